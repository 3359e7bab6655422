# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from tests.simulator.clock import Clock, ManualClock


class Wall:
    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def test_runs_at_its_speed_and_keeps_the_reading_when_the_speed_changes() -> None:
    wall = Wall(1000.0)
    clock = Clock(speed=600, wall=wall)
    assert clock.now() == 1000.0
    wall.at += 2
    assert clock.now() == 2200.0
    clock.set_speed(1)
    assert clock.now() == 2200.0
    wall.at += 2
    assert clock.now() == 2202.0
    clock.advance(10)
    assert clock.now() == 2212.0
    assert clock.wall() == 1004.0


def test_resumes_as_if_it_had_never_stopped() -> None:
    wall = Wall(5000.0)
    clock = Clock(speed=10, wall=wall)
    clock.resume(now=9000.0, wall=4990.0)
    assert clock.now() == 9100.0


def test_a_manual_clock_moves_only_by_hand() -> None:
    clock = ManualClock(100.0)
    assert clock.now() == 100.0
    clock.advance(5)
    assert clock.now() == 105.0


@pytest.mark.parametrize("misuse", [lambda clock: clock.advance(-1), lambda clock: clock.set_speed(-1)])
def test_never_runs_backwards(misuse) -> None:
    with pytest.raises(ValueError, match="forward|negative"):
        misuse(Clock())


def test_who_wants_to_know_is_told_of_jumps() -> None:
    clock = ManualClock(100.0)
    seen: list[float] = []
    forget = clock.on_change(lambda: seen.append(clock.now()))
    clock.advance(5)
    clock.set_speed(0)
    clock.resume(7, 0)
    forget()
    clock.advance(5)
    assert seen == [105, 105, 7]
