# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The last change of a service, and how many changes in a row have failed: read off its operations (contract 5.6). Pure.

The server remembers, so that a runner that is thrown away after each run knows as much as one that lives on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .._api.models import Operation

_CREATE = "create"
_UPDATE = "update"


class ChangeHistory(NamedTuple):
    """When a service was last changed, and how many changes in a row have failed since one went well. Epoch seconds.

    `readable` is False where the operations could not be read: then the rest is not known.
    """

    readable: bool
    last_change: float | None = None
    last_change_ended: float | None = None
    failures: int = 0


UNREADABLE = ChangeHistory(readable=False)


def read_history(operations: Sequence[Operation] | None) -> ChangeHistory:
    """Return the history in operations, whatever their order; None stands for operations that cannot be read."""
    if operations is None:
        return UNREADABLE
    dated = sorted(
        (operation for operation in operations if operation.operate_at is not None),
        key=lambda operation: operation.operate_at or 0.0,
        reverse=True,
    )
    changes = [operation for operation in dated if (operation.operation or "").casefold() in {_CREATE, _UPDATE}]
    if not changes:
        return ChangeHistory(readable=True)
    last = changes[0]
    return ChangeHistory(True, last.operate_at, _end_of(last), _failures(changes))


def _end_of(operation: Operation) -> float | None:
    """Return when an operation ended. Until it has, the server shows there when it was ordered (contract 5.6)."""
    ordered, finished = operation.operate_at, operation.finished_at
    if ordered is not None and finished is not None and operation.has_ended and finished > ordered:
        return finished
    return ordered


def _failures(changes: Sequence[Operation]) -> int:
    """Return how many of the newest updates have failed; one that is under way says nothing."""
    count = 0
    for operation in changes:
        if (operation.operation or "").casefold() != _UPDATE or not operation.has_ended:
            continue
        if not operation.has_failed:
            break
        count += 1
    return count
