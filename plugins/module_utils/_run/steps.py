# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a convergence yields, is sent and returns: the words between it and whoever drives it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Union

from .._api.models import Service
from .._domain.plan import Plan
from .._errors import WaitTimeoutError
from .._time import Deadline, PollOptions
from .completion import CompletionCheck


@dataclass(frozen=True)
class RunOptions:
    """How a run goes about it: only look, wait for the end or not, and how.

    `as_planned`: nothing is written that was not planned at the beginning, whatever another run does in the meantime.
    """

    check_mode: bool
    wait: bool
    poll: PollOptions
    as_planned: bool = False


@dataclass
class Watch:
    """Something that takes time: an operation on a service, or its disappearance.

    `what` names it in words ("the update"); `service` is the service as last seen.
    """

    service_id: str
    operation_id: str | None
    check: CompletionCheck
    deadline: Deadline
    what: str
    service: Service | None = None
    failed_looks: int = 0
    failed_operations: int = 0


class Ended(NamedTuple):
    """How a watch ended: whether well, the reason or a warning in words, and the service as seen then."""

    well: bool
    text: str | None
    service: Service | None


class Planned(NamedTuple):
    """The convergence knows what it will write, and has written nothing yet."""

    plan: Plan


@dataclass
class Outcome:
    """What became of one declaration. `service` is the state read last, in check mode the one foreseen."""

    plan: Plan | None = None
    actions: list[str] = field(default_factory=list)
    service: Service | None = None
    operation_id: str | None = None
    warnings: list[str] = field(default_factory=list)

    def to_result(self) -> dict[str, Any]:
        """Return the result of `ies_service` (public interface, section 3)."""
        return {
            "changed": bool(self.actions),
            "actions": self.actions,
            "service": None if self.service is None else self.service.to_result(),
            "operation_id": self.operation_id,
            "diff": self.plan.diff if self.plan is not None else {"before": {}, "after": {}},
            "warnings": list(dict.fromkeys(self.warnings)),
        }


Steps = Generator[Union[Planned, Watch], Any, Outcome]
Waiting = Generator[Watch, Ended, Ended]


def timed_out(watch: Watch) -> WaitTimeoutError:
    """Return the error for a watch whose time is over."""
    seen = watch.service
    status = seen.status if seen is not None else "unknown"
    label = seen.label() if seen is not None else f"service {watch.service_id}"
    error = WaitTimeoutError(
        f"{label}: {watch.what} has not ended within {watch.deadline.seconds:g} s (wait_timeout), its status is {status};"
        " it goes on in the server: run again to go on waiting"
    )
    error.result = {"service": seen.to_result() if seen is not None else None, "operation_id": watch.operation_id}
    return error
