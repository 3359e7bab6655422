# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person is told of a run: at each change, at least every 30 seconds, and nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._domain.plan import UNCHANGED, Plan
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import FailedError
from ansible_collections.cloudopera.ies.plugins.module_utils._run.completion import CompletionCheck
from ansible_collections.cloudopera.ies.plugins.module_utils._run.progress import ProgressReporter, WaitReporter, show
from ansible_collections.cloudopera.ies.plugins.module_utils._run.steps import Planned, Watch
from ansible_collections.cloudopera.ies.plugins.module_utils._time import Deadline
from tests.unit.module_utils.support import declare, sample_service
from tests.unit.module_utils.test_time import Paper


class Tale:
    """A narrator with its clock, and what it has told."""

    def __init__(self) -> None:
        self.paper = Paper()
        self.told: list[str] = []
        self.reporter = ProgressReporter(self.told.append, self.paper.clock)

    def job(self, name: str, *, error: str | None = None, waits: bool = False, plan: Plan | None = None) -> Any:
        """Return as much of a job as a narrator looks at."""
        watch = Watch(name, None, CompletionCheck(), Deadline(self.paper.clock, 1800), "the update") if waits else None
        return SimpleNamespace(
            declaration=declare(name=name),
            outcome=SimpleNamespace(plan=plan),
            waiting=watch,
            error=FailedError(error) if error else None,
        )

    def looked(self, jobs: list[Any]) -> list[str]:
        """Return what is told after one more look at the jobs."""
        before = len(self.told)
        self.reporter.looked(jobs)
        return self.told[before:]


@pytest.fixture
def tale() -> Tale:
    """Return a narrator that has not said anything yet."""
    return Tale()


def test_the_plan_is_told_without_what_could_not_be_planned(tale: Tale) -> None:
    jobs = [tale.job("a", plan=Plan(UNCHANGED, current=sample_service())), tale.job("b", error="refused")]
    tale.reporter.planned([*jobs, tale.job("c", waits=True)])
    totals = "Plan: 0 to create, 0 to update, 0 to recreate, 0 to delete, 1 unchanged"
    assert tale.told == [f"{totals}, 1 cannot be planned, 1 in progress"]


def test_the_first_look_is_told(tale: Tale) -> None:
    assert tale.looked([tale.job("a", waits=True), tale.job("b")]) == ["1 ready, 1 in progress (oldest 0s), 0 failed"]


def test_nothing_is_told_while_nothing_changes(tale: Tale) -> None:
    jobs = [tale.job("a", waits=True)]
    tale.looked(jobs)
    for _second in range(29):
        tale.paper.time += 1
        assert tale.looked(jobs) == []


def test_after_thirty_seconds_it_is_told_again(tale: Tale) -> None:
    jobs = [tale.job("a", waits=True)]
    tale.looked(jobs)
    told = []
    for _look in range(8):
        tale.paper.time += 15
        told += tale.looked(jobs)
    assert told == [f"0 ready, 1 in progress (oldest {waited}), 0 failed" for waited in ("30s", "1m00s", "1m30s", "2m00s")]


def test_a_change_is_told_at_once_and_the_thirty_seconds_begin_anew(tale: Tale) -> None:
    jobs = [tale.job("a", waits=True), tale.job("b", waits=True)]
    tale.looked(jobs)
    tale.paper.time += 20
    jobs[0].waiting = None
    assert tale.looked(jobs) == ["1 ready, 1 in progress (oldest 20s), 0 failed"]
    tale.paper.time += 29
    assert tale.looked(jobs) == []
    tale.paper.time += 1
    assert tale.looked(jobs) == ["1 ready, 1 in progress (oldest 50s), 0 failed"]


def test_a_failure_is_told_with_its_reason(tale: Tale) -> None:
    jobs = [tale.job("a", waits=True), tale.job("b", waits=True)]
    tale.looked(jobs)
    jobs[1].waiting, jobs[1].error = None, FailedError("the line is cut")
    assert tale.looked(jobs) == ["0 ready, 1 in progress (oldest 0s), 1 failed: b (the line is cut)"]


def test_a_service_without_a_name_is_told_by_its_id(tale: Tale) -> None:
    job = tale.job("a", error="gone")
    job.declaration = declare(service_id="an-id")
    assert tale.looked([job]) == ["0 ready, 0 in progress, 1 failed: an-id (gone)"]


def test_what_is_planned_only_is_not_waited_for(tale: Tale) -> None:
    job = tale.job("a")
    job.waiting = Planned(Plan(UNCHANGED))
    assert tale.looked([job]) == ["0 ready, 0 in progress, 0 failed"]


def test_what_was_refused_before_counts(tale: Tale) -> None:
    tale.reporter = ProgressReporter(tale.told.append, tale.paper.clock, {"odd": "bandwidth is 0"})
    tale.reporter.planned([])
    assert tale.told[-1].endswith(", 0 unchanged, 1 cannot be planned")
    assert tale.looked([tale.job("a")]) == ["1 ready, 0 in progress, 1 failed: odd (bandwidth is 0)"]


def test_what_has_been_removed_is_gone(tale: Tale) -> None:
    gone, going = tale.job("a"), tale.job("b", waits=True)
    gone.declaration = going.declaration = declare(name="a", state="absent")
    assert tale.looked([gone, going, tale.job("c")]) == ["1 ready, 1 gone, 1 in progress (oldest 0s), 0 failed"]


def test_one_service_is_told_of_while_it_is_waited_for(tale: Tale) -> None:
    tale.reporter = WaitReporter(tale.told.append, tale.paper.clock, "site-1")
    tale.reporter.planned([tale.job("site-1", plan=Plan(UNCHANGED))])
    assert tale.told == []
    assert tale.looked([tale.job("site-1", waits=True)]) == ["site-1: 0 ready, 1 in progress (oldest 0s), 0 failed"]


def test_a_mistake_in_telling_is_a_warning_once(tale: Tale) -> None:
    broken = tale.job("a", waits=True)
    broken.waiting.deadline = None
    for _look in range(3):
        assert tale.looked([broken]) == []
    assert len(tale.reporter.warnings) == 1
    assert tale.reporter.warnings[0].startswith("progress could not be shown: AttributeError: ")
    assert "at progress.py:" in tale.reporter.warnings[0]
    tale.reporter.planned([SimpleNamespace()])  # type: ignore[list-item]  # on purpose no job
    assert tale.reporter.warnings[1].startswith("the plan could not be shown: AttributeError: ")


def test_lines_that_cannot_be_shown_are_a_warning(tale: Tale) -> None:
    def refuse(line: str) -> None:
        raise BrokenPipeError(line)

    assert show(tale.told.append, "the summary", lambda: ["a", "b"]) == []
    assert tale.told == ["a", "b"]
    assert show(refuse, "the summary", lambda: ["a"])[0].startswith("the summary could not be shown: BrokenPipeError: a at ")
