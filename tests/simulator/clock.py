# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated time: the real clock times a factor, or a clock that stands still until a test moves it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Clock:
    """Simulated epoch seconds that run `speed` times as fast as the wall clock."""

    def __init__(self, speed: float = 1.0, start: float | None = None, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._lock = threading.Lock()
        self._anchor = wall()
        self._base = self._anchor if start is None else start
        self._speed = _checked_speed(speed)
        self._listeners: list[Callable[[], None]] = []

    @property
    def speed(self) -> float:
        return self._speed

    def now(self) -> float:
        """Return simulated epoch seconds."""
        with self._lock:
            return self._reading()

    def wall(self) -> float:
        """Return real epoch seconds: tokens are judged by the time their user sees, not by the sped-up one."""
        return self._wall()

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        with self._lock:
            self._base += seconds
        self._tell()

    def set_speed(self, speed: float) -> None:
        checked = _checked_speed(speed)
        with self._lock:
            self._base, self._anchor, self._speed = self._reading(), self._wall(), checked
        self._tell()

    def resume(self, now: float, wall: float) -> None:
        """Go on from an earlier reading, as if this clock had been running since the wall time `wall`."""
        with self._lock:
            self._base, self._anchor = now, min(wall, self._wall())
        self._tell()

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each jump and change of speed until the returned function is called."""
        with self._lock:
            self._listeners.append(listener)

        def forget() -> None:
            with self._lock:
                self._listeners.remove(listener)

        return forget

    def _tell(self) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def _reading(self) -> float:
        return self._base + (self._wall() - self._anchor) * self._speed


class ManualClock(Clock):
    """A clock that moves only by `advance`."""

    def __init__(self, start: float | None = None) -> None:
        super().__init__(speed=0.0, start=start)


def _checked_speed(speed: float) -> float:
    if speed < 0:
        raise ValueError("the speed factor must not be negative")
    return speed
