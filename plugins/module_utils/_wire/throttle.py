# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many requests may be under way at once, and less when the server says that it is too many (HTTP 429)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from .._errors import RateLimitedError
from .._time import Clock, Deadline


class Throttle:
    """A gate for requests. Use `place` around each one; what it gives tells the burst that a request is in.

    A burst is what is sent until the response 429 comes. Half of the places are left then, or as many as were in use at the
    height of the burst and were not refused, if that is less; and every new request is held until the server's
    `Retry-After` is over. To take only the refused ones away is not enough: how many of the others were at the server at
    the same time cannot be seen from here. Places are not given back: a server that was overrun once is not overrun again
    by the same run.
    """

    def __init__(self, clock: Clock, limit: int) -> None:
        self.limit = max(limit, 1)
        self._clock = clock
        self._free = threading.Condition()
        self._under_way = 0
        self._held_until: float | None = None
        self._burst = 0
        self._height = 0
        # Of the burst before, some of whose responses may be still to come.
        self._refused = 0
        self._refused_height = 0
        self._half = self.limit

    @contextmanager
    def place(self, deadline: Deadline | None = None) -> Iterator[int]:
        """Wait for a place, give the number of the burst, and take the place back in the end.

        Raises RateLimitedError at the deadline when the server's `Retry-After` is not over by then.
        """
        burst = self._take(deadline)
        try:
            yield burst
        finally:
            self._leave()

    def __enter__(self) -> int:
        """Wait for a place; return the number of the burst."""
        return self._take(None)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give the place back."""
        self._leave()

    def _take(self, deadline: Deadline | None) -> int:
        while True:
            with self._free:
                self._free.wait_for(lambda: self._under_way < self.limit)
                held = 0.0 if self._held_until is None else self._held_until - self._clock.monotonic()
                if held <= 0:
                    self._held_until = None
                    self._under_way += 1
                    # What was once in use does not count after a time when only one was.
                    self._height = max(self._height, self._under_way) if self._under_way > 1 else 1
                    return self._burst
            left = held if deadline is None else deadline.left()
            if left > 0:
                self._clock.sleep(min(held, left))
            if held > left:
                raise RateLimitedError(
                    f"the server answered 429 and asks for {held:.0f} s without requests, longer than there is time left to"
                    " wait; run again later",
                    retry_after=held,
                )

    def _leave(self) -> None:
        with self._free:
            self._under_way -= 1
            self._free.notify_all()

    def too_many(self, burst: int, retry_after: float) -> None:
        """Take note of a 429 to a request of that burst that still has its place."""
        with self._free:
            if burst == self._burst:
                self._refused, self._refused_height = 0, self._height
                self._burst, self._height = burst + 1, 0
                self._half = self.limit // 2
            self._refused += 1
            self.limit = max(1, min(self._half, self._refused_height - self._refused))
            until = self._clock.monotonic() + retry_after
            if self._held_until is None or until > self._held_until:
                self._held_until = until
