# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""States, and the rules of contract 7.1 one by one."""

from __future__ import annotations

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._api.status import is_active, is_deleting, phase_of


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        *(
            (f"{kind}InProgress", "in_progress")
            for kind in ("Create", "Update", "Delete", "Activate", "Deactivate", "Something")
        ),
        ("Processing", "in_progress"),
        ("createINPROGRESS", "in_progress"),
        ("Completed", "ready"),
        ("COMPLETED", "ready"),
        ("Activate", "ready"),
        ("Deactivate", "ready"),
        ("Failed", "failed"),
        ("failed", "failed"),
        ("CreateFailed", "create_failed"),
        ("createfailed", "create_failed"),
        ("Suspended", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_phases(status: str | None, phase: str) -> None:
    assert phase_of(status) == phase


@pytest.mark.parametrize(
    ("status", "deleting"), [("DeleteInProgress", True), ("deleteinprogress", True), ("CreateInProgress", False), (None, False)]
)
def test_on_its_way_out(status: str | None, deleting: bool) -> None:
    assert is_deleting(status) is deleting


@pytest.mark.parametrize(
    ("active_status", "active"),
    [
        ("Active", True),
        ("ACTIVE", True),
        ("Deactive", False),
        ("DeactivateInProgress", False),
        ("ActivateInProgress", False),
        (None, False),
    ],
)
def test_only_active_hinders_a_delete(active_status: str | None, active: bool) -> None:
    assert is_active(active_status) is active
