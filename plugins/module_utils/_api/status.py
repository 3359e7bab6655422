# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of an IES for the states of a service (contract 7) and of an operation (contract 5.6). Pure."""

from __future__ import annotations

IN_PROGRESS = "in_progress"
READY = "ready"
FAILED = "failed"
CREATE_FAILED = "create_failed"
UNKNOWN = "unknown"
PHASES = (IN_PROGRESS, READY, FAILED, CREATE_FAILED, UNKNOWN)

COMPLETED = "Completed"
CREATE_IN_PROGRESS = "CreateInProgress"
UPDATE_IN_PROGRESS = "UpdateInProgress"

# Of an operation: when it is over, and how it then ended.
FINISHED = frozenset({"done", "completed", "finished", "100"})
SUCCESSFUL = frozenset({"success", "finished"})
UNSUCCESSFUL = frozenset({"failed", "error"})

_READY_STATES = frozenset({"completed", "activate", "deactivate"})


def phase_of(status: str | None) -> str:
    """Return the phase (one of PHASES) of a raw status; case does not matter, "in progress" is tested as *contains*."""
    text = (status or "").casefold()
    if "inprogress" in text or "processing" in text:
        return IN_PROGRESS
    if text in _READY_STATES:
        return READY
    if text == "failed":
        return FAILED
    if text == "createfailed":
        return CREATE_FAILED
    return UNKNOWN


def is_deleting(status: str | None) -> bool:
    """Return whether the service is on its way out."""
    return (status or "").casefold() == "deleteinprogress"


def is_active(active_status: str | None) -> bool:
    """Return whether the server would refuse a delete (contract 5.5)."""
    return (active_status or "").casefold() == "active"
