# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time: the clock that everything waits by, deadlines, and rounds of polling. Nothing here reads a clock of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

# Seconds. No pause between two looks is shorter, whatever is asked for: a wait must never become a flood of requests.
LEAST_PAUSE = 0.1
# A look that comes within so many seconds after a beat is due will do for it.
_SOON = 1.0


@dataclass(frozen=True)
class Clock:
    """The three ways time is used.

    Attributes:
        now: seconds since the epoch (wall clock), for times that are shown or sent.
        monotonic: seconds of a clock that never jumps, for deadlines.
        sleep: wait so many seconds.
    """

    now: Callable[[], float]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


@dataclass(frozen=True)
class PollOptions:
    """How long to wait and how often to look, both in seconds; `interval` is LEAST_PAUSE at least."""

    timeout: float
    interval: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "interval", max(LEAST_PAUSE, self.interval))


class Deadline:
    """A moment on the monotonic clock."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._start = clock.monotonic()
        self.seconds = seconds

    def elapsed(self) -> float:
        """Return the seconds since the deadline was set."""
        return self._clock.monotonic() - self._start

    def left(self) -> float:
        """Return the seconds left, 0 when it has passed."""
        return max(0.0, self.seconds - self.elapsed())

    @property
    def passed(self) -> bool:
        """Return whether nothing is left."""
        return self.left() <= 0


class Beat(NamedTuple):
    """Something to call whenever it is due while nothing else happens; `due` tells the seconds until then."""

    due: Callable[[], float]
    call: Callable[[], None]


def rounds(clock: Clock, interval: float, time_left: Callable[[], float], beat: Beat | None = None) -> Iterator[int]:
    """Yield 1, 2, 3, ... at once and then once per `interval` seconds, as long as the caller goes on.

    `time_left` tells the seconds to the nearest deadline; the sleep is clipped to it, so that a deadline is met by one
    last look and not overslept. No sleep is shorter than LEAST_PAUSE. `beat` is called during long ones.
    """
    number = 0
    while True:
        number += 1
        yield number
        pause = max(LEAST_PAUSE, min(interval, time_left()))
        # Only the first beat of a pause can be overdue.
        soonest = 0.0
        while beat is not None and pause > (due := max(soonest, beat.due())) + _SOON:
            clock.sleep(due)
            pause -= due
            beat.call()
            soonest = LEAST_PAUSE
        clock.sleep(pause)
