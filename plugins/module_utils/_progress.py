# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tell a person how a run of many services stands: the plan, then a line at each change and at least every 30 s."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ansible_collections.cloudopera.ies.plugins.module_utils._fleet import Job
from ansible_collections.cloudopera.ies.plugins.module_utils._planning import collect_plans
from ansible_collections.cloudopera.ies.plugins.module_utils._poll import Clock
from ansible_collections.cloudopera.ies.plugins.module_utils._report import plan_lines, progress_line
from ansible_collections.cloudopera.ies.plugins.module_utils._services import Watch

_LONGEST_SILENCE = 30.0


class Narrator:
    """Turn the states of the jobs into lines; C(tell) shows one line."""

    def __init__(self, tell: Callable[[str], None], clock: Clock) -> None:
        self._tell = tell
        self._clock = clock
        self._told_at = clock.monotonic()
        self._told: tuple[int, ...] = ()

    def planned(self, jobs: Sequence[Job]) -> None:
        """Show what will be done."""
        plans = [(job.declaration, job.outcome.plan) for job in jobs]
        for line in plan_lines(collect_plans((declaration, plan) for declaration, plan in plans if plan is not None)):
            self._tell(line)

    def due(self) -> float:
        """Return the seconds until a line is shown even if nothing changes."""
        return self._told_at + _LONGEST_SILENCE - self._clock.monotonic()

    def looked(self, jobs: Sequence[Job]) -> None:
        """Show where the wait stands, if that has changed or nothing was shown for a while."""
        waits = [job.waiting.deadline.elapsed() for job in jobs if isinstance(job.waiting, Watch)]
        failures = {
            str(job.declaration.name or job.declaration.service_id): job.error.message for job in jobs if job.error is not None
        }
        counts = (len(jobs) - len(waits) - len(failures), len(waits), len(failures))
        if counts == self._told and self.due() > 0:
            return
        self._told, self._told_at = counts, self._clock.monotonic()
        self._tell(progress_line(counts[0], waits, failures))
