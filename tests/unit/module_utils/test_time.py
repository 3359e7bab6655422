# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deadlines and rounds, on a clock of paper."""

from __future__ import annotations

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._time import (
    LEAST_PAUSE,
    Beat,
    Clock,
    Deadline,
    PollOptions,
    rounds,
)


class Paper:
    """A clock that a test turns by hand."""

    def __init__(self, now: float = 100.0) -> None:
        self.time = now
        self.slept: list[float] = []
        self.clock = Clock(now=lambda: -1.0, monotonic=lambda: self.time, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        """Turn it on."""
        self.slept.append(seconds)
        self.time += seconds


def test_a_deadline_counts_down_on_the_monotonic_clock() -> None:
    paper = Paper()
    deadline = Deadline(paper.clock, 10)
    assert (deadline.left(), deadline.passed, deadline.seconds) == (10, False, 10)
    paper.time += 9.5
    assert (deadline.left(), deadline.passed) == (0.5, False)
    paper.time += 0.5
    assert (deadline.left(), deadline.passed) == (0, True)
    paper.time += 100
    assert (deadline.left(), deadline.passed) == (0, True)


@pytest.mark.parametrize(
    ("timeout", "interval", "slept"),
    [
        pytest.param(45, 15, [15, 15, 15], id="even"),
        pytest.param(40, 15, [15, 15, 10], id="the-last-sleep-is-clipped"),
        pytest.param(5, 15, [5], id="shorter-than-an-interval"),
        pytest.param(0, 15, [], id="one-look-only"),
    ],
)
def test_rounds_end_with_a_look_at_the_deadline(timeout: float, interval: float, slept: list[float]) -> None:
    paper = Paper()
    deadline = Deadline(paper.clock, timeout)
    looks = []
    for number in rounds(paper.clock, interval, deadline.left):
        looks.append((number, paper.time))
        if deadline.passed:
            break
    assert paper.slept == slept
    assert looks[0] == (1, 100.0)
    assert looks[-1] == (len(slept) + 1, 100.0 + timeout)


@pytest.mark.parametrize("interval", [0, 0.0, 1e-9, float("nan"), -1])
def test_a_pause_of_zero_does_not_exist(interval: float) -> None:
    assert PollOptions(10, interval).interval == LEAST_PAUSE
    paper = Paper()
    for number in rounds(paper.clock, interval, lambda: 50.0):
        if number == 3:
            break
    assert paper.slept == [LEAST_PAUSE] * 2


def test_a_beat_that_is_always_overdue_does_not_spin() -> None:
    paper = Paper()
    heard: list[float] = []
    for number in rounds(paper.clock, 15, lambda: 50, Beat(lambda: -1.0, lambda: heard.append(paper.time))):
        if number == 2:
            break
    assert len(heard) <= 15 / LEAST_PAUSE + 1
    assert sum(paper.slept) == pytest.approx(15)


def test_a_deadline_that_has_passed_already_is_no_negative_sleep() -> None:
    paper = Paper()
    for number in rounds(paper.clock, 15, lambda: -3.0):
        if number == 2:
            break
    assert paper.slept == [LEAST_PAUSE]


@pytest.mark.parametrize(
    ("interval", "timeout", "slept", "beats"),
    [
        pytest.param(15, 15, [15], [], id="a-short-pause-needs-none"),
        pytest.param(30, 30, [30], [], id="a-look-is-in-time"),
        pytest.param(31, 31, [31], [], id="a-look-is-soon"),
        pytest.param(32, 32, [30, 2], [130], id="a-look-is-too-late"),
        pytest.param(45, 90, [30, 15, 15, 30], [130, 160], id="it-goes-on-over-the-looks"),
        pytest.param(100, 200, [30, 30, 30, 10, 20, 30, 30, 20], [130, 160, 190, 220, 250, 280], id="as-many-as-fit"),
        pytest.param(600, 40, [30, 10], [130], id="the-deadline-clips-the-pause"),
    ],
)
def test_a_beat_is_heard_when_it_is_due(interval: float, timeout: float, slept: list[float], beats: list[float]) -> None:
    paper = Paper()
    heard: list[float] = []
    deadline = Deadline(paper.clock, timeout)
    looks = []

    def due() -> float:
        return (heard[-1] if heard else 100.0) + 30 - paper.time

    for _number in rounds(paper.clock, interval, deadline.left, Beat(due, lambda: heard.append(paper.time))):
        looks.append(paper.time)
        if deadline.passed:
            break
    assert paper.slept == slept
    assert heard == beats
    assert looks == [100.0 + min(interval * number, timeout) for number in range(len(looks))]


def test_a_beat_that_is_overdue_is_heard_at_once() -> None:
    paper = Paper()
    heard: list[float] = []
    late = [-5.0, 99.0]
    for number in rounds(paper.clock, 15, lambda: 50, Beat(lambda: late.pop(0), lambda: heard.append(paper.time))):
        if number == 2:
            break
    assert heard == [100.0]
    assert paper.slept == [0.0, 15]
