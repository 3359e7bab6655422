# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What later jobs are told of a run."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._domain.outcome import outcome_variables, status_of, worst


def result(*, error: str | None = None, **more: Any) -> dict[str, Any]:
    """Return the result of a run that creates one service and leaves two alone, one of which may fail."""
    services = [{"error": None}, {"error": None}, {"error": error}]
    plan: dict[str, Any] = {"create": [{}], "update": [], "recreate": [], "delete": [], "unchanged": [{}, {}]}
    return {"changed": True, "plan": plan, "services": services, **({"failed": True} if error else {}), **more}


def counts(**some: int) -> dict[str, int]:
    names = ("create", "update", "recreate", "delete", "unchanged", "failed", "tenants", "failed_tenants")
    return {**dict.fromkeys(names, 0), "tenants": 1, **some}


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (None, "error"),
        ({}, "ok"),
        ({"failed": True}, "error"),
        ({"unreachable": True}, "error"),
        ({"failed": True, "status": "drift"}, "drift"),
        ({"status": "clean"}, "clean"),
        ({"unreachable": True, "status": "clean"}, "error"),
        # What a server or an older result may say is no word of ours.
        ({"status": 500}, "ok"),
    ],
)
def test_the_status_of_a_tenant(found: dict[str, Any] | None, status: str) -> None:
    assert status_of(found) == status


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ([], "error"),
        (["ok"], "ok"),
        (["clean", "drift", "clean"], "drift"),
        (["drift", "error", "clean"], "error"),
        (["clean"], "clean"),
    ],
)
def test_the_worst_tenant_decides(statuses: list[str], status: str) -> None:
    assert worst(statuses) == status


def test_one_tenant() -> None:
    assert outcome_variables({"localhost": result(fingerprint="f1")}) == {
        "cloudvpn_changed": True,
        "cloudvpn_status": "ok",
        "cloudvpn_counts": counts(create=1, unchanged=2),
        "cloudvpn_plan_fingerprint": "f1",
    }


def test_several_tenants() -> None:
    found = outcome_variables(
        {
            "east": result(fingerprint="f1", changed=False),
            "lost": None,
            "north": result(error="no route", fingerprint="f2", changed=False),
            "west": result(fingerprint="f3", changed=False),
        }
    )
    assert found == {
        "cloudvpn_changed": False,
        "cloudvpn_status": "error",
        "cloudvpn_counts": counts(create=3, unchanged=6, failed=1, tenants=4, failed_tenants=2),
        "cloudvpn_plan_fingerprint": {"east": "f1", "west": "f3"},
    }


def test_a_failed_plan_hands_over_no_fingerprint() -> None:
    assert "cloudvpn_plan_fingerprint" not in outcome_variables({"localhost": result(error="no route", fingerprint="f1")})


def test_a_fingerprint_of_the_only_good_tenant_says_whose_it_is() -> None:
    found = outcome_variables({"east": result(fingerprint="f1"), "west": None})
    assert found["cloudvpn_plan_fingerprint"] == {"east": "f1"}


def test_nothing_but_a_failure() -> None:
    assert outcome_variables({"localhost": {"failed": True, "msg": "no"}}) == {
        "cloudvpn_changed": False,
        "cloudvpn_status": "error",
        "cloudvpn_counts": counts(failed_tenants=1),
    }


def test_connections() -> None:
    connections = [
        {"decision": "raise", "applied": True, "error": None},
        {"decision": "lower", "applied": False, "error": None},
        {"decision": "hold", "applied": False, "error": None},
        {"decision": "raise", "applied": False, "error": "no route"},
        {"error": "it is not there"},
    ]
    found = outcome_variables({"localhost": {"changed": True, "failed": True, "connections": connections}})
    assert found["cloudvpn_counts"] == {
        **counts(update=2, unchanged=1, failed=2, failed_tenants=1),
        **{"raise": 1, "lower": 1, "hold": 1, "applied": 1},
    }


def test_other_results() -> None:
    replayed = outcome_variables({"localhost": {"changed": False, "replay": {"balanced": {}, "fixed": {}}}})
    assert replayed["cloudvpn_counts"] == {**counts(), "policies": 2}
    counted = outcome_variables({"localhost": {"changed": False, "counts": {"exported": 7}}})
    assert counted["cloudvpn_counts"] == {**counts(), "exported": 7}
    refused = outcome_variables({"localhost": {"failed": True, "services": 7, "errors": [{}, {}]}})
    assert refused["cloudvpn_counts"] == {**counts(failed=2, failed_tenants=1), "services": 7}
    drifted = outcome_variables({"localhost": result(drift=[{}], status="drift", failed=True)})
    assert drifted["cloudvpn_counts"] == {**counts(create=1, unchanged=2), "drift": 1}
    assert drifted["cloudvpn_status"] == "drift"
