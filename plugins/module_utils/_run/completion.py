# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When waiting has come to an end: what one look at a service and its operation tells (contract 7.1)."""

from __future__ import annotations

from typing import NamedTuple

from .._api.models import Operation, Service
from .._api.status import CREATE_FAILED, FAILED, READY


class Verdict(NamedTuple):
    """What one look tells: `pending`, `done` or `failed`, with a reason or a warning in words."""

    state: str
    text: str | None = None


PENDING = Verdict("pending")


class CompletionCheck:
    """Decide, look by look, whether what was waited for has happened (contract 7.1).

    `until_gone`: the service is to disappear (a delete); otherwise its operation is to end, or (`by_status`) its status
    alone tells.
    """

    def __init__(self, until_gone: bool = False, by_status: bool = False) -> None:
        self.until_gone = until_gone
        self.operation_readable = not by_status
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
        if operation is None:
            return None
        if operation.has_failed:
            return Verdict("failed", operation.reason or "the operation failed without a reason")
        if operation.has_succeeded:
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
