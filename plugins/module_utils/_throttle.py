# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many requests may be under way at once, and less when the server says that it is too many (HTTP 429)."""

from __future__ import annotations

import threading
from types import TracebackType

from ansible_collections.cloudopera.ies.plugins.module_utils._poll import Clock


class Throttle:
    """A gate for requests. Use it as a context manager around each one.

    Each 429 takes one place away from those that were in use when the first one came, and holds every new request until
    the server's C(Retry-After) is over. A burst of 16 of which a server refuses 8 so leaves exactly the 8 places it has.
    They are not given back: a server that was overrun once is not overrun again by the same run.
    """

    def __init__(self, clock: Clock, limit: int) -> None:
        self.limit = max(limit, 1)
        self._clock = clock
        self._free = threading.Condition()
        self._under_way = 0
        self._held_until: float | None = None

    def __enter__(self) -> None:
        """Wait for a place."""
        while True:
            with self._free:
                self._free.wait_for(lambda: self._under_way < self.limit)
                held = 0.0 if self._held_until is None else self._held_until - self._clock.monotonic()
                if held <= 0:
                    self._held_until = None
                    self._under_way += 1
                    return
            self._clock.sleep(held)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give the place back."""
        with self._free:
            self._under_way -= 1
            self._free.notify_all()

    def too_many(self, retry_after: float) -> None:
        """Take note of a 429 to a request that still has its place."""
        with self._free:
            self.limit = max(1, min(self.limit, self._under_way) - 1)
            until = self._clock.monotonic() + retry_after
            if self._held_until is None or until > self._held_until:
                self._held_until = until
