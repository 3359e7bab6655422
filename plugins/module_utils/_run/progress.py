# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tell a person how a run of services stands: the plan, then a line at each change and at least every 30 s.

What is told is never more than that: a mistake in it becomes a warning, and run and results go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from .._domain.fleet_plan import collect_plans
from .._domain.report import plan_lines, progress_line
from .._text import unforeseen
from .._time import Clock
from .fleet import Job
from .steps import Planned, Watch

_LONGEST_SILENCE = 30.0

Tell = Callable[[str], None]


def show(tell: Tell, what: str, lines: Callable[[], Iterable[str]]) -> list[str]:
    """Show lines and return no warning; when they cannot be made or shown, return one that says so.

    `what` names them, such as "the summary". For everything that only tells of a run: results come first.
    """
    try:
        for line in lines():
            tell(line)
    except Exception as error:
        return [unforeseen(f"{what} could not be shown", error)]
    return []


class ProgressReporter:
    """Turn the states of the jobs into lines; `tell` shows one line.

    `refused` are services that never became jobs: name and reason. What goes wrong in telling stands in `warnings`.
    """

    def __init__(self, tell: Tell, clock: Clock, refused: Mapping[str, str] | None = None) -> None:
        self._tell = tell
        self._clock = clock
        self._refused = refused or {}
        self._told_at = clock.monotonic()
        self._told: tuple[int, ...] = ()
        self.warnings: list[str] = []

    def planned(self, jobs: Sequence[Job]) -> None:
        """Show what will be done."""
        self._show("the plan", lambda: _plan_lines(jobs, len(self._refused)))

    def due(self) -> float:
        """Return the seconds until a line is shown even if nothing changes."""
        return self._told_at + _LONGEST_SILENCE - self._clock.monotonic()

    def looked(self, jobs: Sequence[Job]) -> None:
        """Show where the wait stands, if that has changed or nothing was shown for a while."""
        self._show("progress", lambda: self._progress_lines(jobs))

    def _progress_lines(self, jobs: Sequence[Job]) -> list[str]:
        waits = [job.waiting.deadline.elapsed() for job in jobs if isinstance(job.waiting, Watch)]
        failures = {
            **self._refused,
            **{str(job.declaration.name or job.declaration.service_id): job.error.message for job in jobs if job.error},
        }
        ended = [job for job in jobs if job.error is None and not isinstance(job.waiting, (Planned, Watch))]
        gone = sum(1 for job in ended if not job.declaration.present)
        counts = (len(ended) - gone, gone, len(waits), len(failures))
        if counts == self._told and self.due() > 0:
            return []
        # Noted before it is shown: what cannot be shown is tried again at the next change, not at every look.
        self._told, self._told_at = counts, self._clock.monotonic()
        return [progress_line(counts[0], waits, failures, gone)]

    def _show(self, what: str, lines: Callable[[], Iterable[str]]) -> None:
        self.warnings += [warning for warning in show(self._tell, what, lines) if warning not in self.warnings]


class WaitReporter(ProgressReporter):
    """Tell of one service while it is waited for, and of nothing else: its plan is the result of its task."""

    def __init__(self, tell: Tell, clock: Clock, label: str) -> None:
        super().__init__(lambda line: tell(f"{label}: {line}"), clock)

    def planned(self, jobs: Sequence[Job]) -> None:
        """Show nothing."""


def _plan_lines(jobs: Sequence[Job], refused: int) -> list[str]:
    plans = [(job.declaration, job.outcome.plan) for job in jobs]
    unplanned = sum(1 for job in jobs if job.error is not None)
    waiting = sum(1 for job in jobs if job.error is None and isinstance(job.waiting, Watch))
    plan = collect_plans((declaration, plan) for declaration, plan in plans if plan is not None)
    return plan_lines(plan, unplanned + refused, waiting)
