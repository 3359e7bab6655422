# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states of a service and of an operation, and when waiting has come to an end (contract 7 and 7.1). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ansible_collections.cloudopera.ies.plugins.module_utils._models import Operation, Service

IN_PROGRESS = "in_progress"
READY = "ready"
FAILED = "failed"
CREATE_FAILED = "create_failed"
UNKNOWN = "unknown"
PHASES = (IN_PROGRESS, READY, FAILED, CREATE_FAILED, UNKNOWN)

COMPLETED = "Completed"
CREATE_IN_PROGRESS = "CreateInProgress"
UPDATE_IN_PROGRESS = "UpdateInProgress"

_READY_STATES = frozenset({"completed", "activate", "deactivate"})
_FINISHED = frozenset({"done", "completed", "finished", "100"})
_SUCCEEDED = frozenset({"success", "finished"})
_FAILED = frozenset({"failed", "error"})


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
    """Tell whether the service is on its way out."""
    return (status or "").casefold() == "deleteinprogress"


def is_active(active_status: str | None) -> bool:
    """Tell whether the server would refuse a delete (contract 5.5)."""
    return (active_status or "").casefold() == "active"


def has_ended(operation: Operation) -> bool:
    """Return whether an operation is over, however it ended."""
    return operation.progress in _FINISHED


def has_failed(operation: Operation) -> bool:
    """Return whether an operation is over and has failed."""
    return has_ended(operation) and operation.result in _FAILED


class Verdict(NamedTuple):
    """What one look tells: C(pending), C(done) or C(failed), with a reason or a warning in words."""

    state: str
    text: str | None = None


PENDING = Verdict("pending")


class Judge:
    """Decide, look by look, whether what was waited for has happened (contract 7.1).

    C(until_gone): the service is to disappear (a delete); otherwise its operation is to end.
    """

    def __init__(self, until_gone: bool = False) -> None:
        self.until_gone = until_gone
        self.operation_readable = True
        self._ready_looks = 0

    def look(self, service: Service | None, operation: Operation | None) -> Verdict:
        """Judge the service and, where it could be read, the operation; both of the same round."""
        if service is None:
            if self.until_gone:
                return Verdict("done")
            return Verdict("failed", "the service is gone (removed by another hand, or rolled back)")
        by_operation = self._by_operation(operation)
        if by_operation is not None:
            return by_operation
        return self._by_status(service, operation)

    def _by_operation(self, operation: Operation | None) -> Verdict | None:
        if operation is None or operation.progress not in _FINISHED:
            return None
        if operation.result in _FAILED:
            return Verdict("failed", operation.reason or "the operation failed without a reason")
        if operation.result in _SUCCEEDED:
            return None if self.until_gone else Verdict("done")
        return None

    def _by_status(self, service: Service, operation: Operation | None) -> Verdict:
        phase = service.phase
        if phase in {FAILED, CREATE_FAILED}:
            return Verdict("failed", operation.reason if operation else None)
        if self.until_gone or phase != READY:
            self._ready_looks = 0
            return PENDING
        self._ready_looks += 1
        if self._ready_looks < 2:
            return PENDING
        if operation is not None:
            return Verdict("done", "its operation still says inprogress although the service is in its final state")
        return Verdict("done")
