# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time: the clock that everything waits by, deadlines, and rounds of polling. Nothing here reads a clock of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

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
class Pace:
    """How long to wait and how often to look, both in seconds."""

    timeout: float
    interval: float


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
        """Tell whether nothing is left."""
        return self.left() <= 0


class Beat(NamedTuple):
    """Something to call whenever it is due while nothing else happens; C(due) tells the seconds until then."""

    due: Callable[[], float]
    call: Callable[[], None]


def rounds(clock: Clock, interval: float, time_left: Callable[[], float], beat: Beat | None = None) -> Iterator[int]:
    """Yield 1, 2, 3, ... at once and then once per C(interval) seconds, as long as the caller goes on.

    C(time_left) tells the seconds to the nearest deadline; the sleep is clipped to it, so that a deadline is met by one
    last look and not overslept. C(beat) is called during long ones.
    """
    number = 0
    while True:
        number += 1
        yield number
        pause = min(interval, max(time_left(), 0.0))
        while beat is not None and pause > (due := max(beat.due(), 0.0)) + _SOON:
            clock.sleep(due)
            pause -= due
            beat.call()
        clock.sleep(pause)
