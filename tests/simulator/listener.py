# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The socket the simulator listens on: it can go away for some simulated seconds and come back on the same port."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable

from .clock import Clock
from .faults import Faults

_BACKLOG = 1024


class Listener:
    """A bound socket, open for connections from the beginning.

    While it is shut the port stays bound, so that connections are refused by the system and nobody else gets the port.
    `on_shut` and `on_reopen` are called when it goes and comes.
    """

    def __init__(self, host: str, port: int, clock: Clock, faults: Faults) -> None:
        self._host = host
        self._clock = clock
        self._lock = threading.Lock()
        self._back_at: float | None = None
        self.on_shut: Callable[[], None] = lambda: None
        self.on_reopen: Callable[[socket.socket], None] = lambda _opened: None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.socket = _bound(host, port)
        self.socket.listen(_BACKLOG)
        self.port: int = self.socket.getsockname()[1]
        self._forget = [clock.on_change(self._look), faults.on_release(self._open)]

    @property
    def is_shut(self) -> bool:
        with self._lock:
            return self._back_at is not None

    def shut(self, seconds: float) -> None:
        """Refuse connections for so many simulated seconds; called in the server's event loop."""
        if self.is_shut:
            return
        self.on_shut()
        with self._lock:
            self._back_at = self._clock.now() + seconds
            self._loop = asyncio.get_running_loop()
            self.socket.close()
            self.socket = _bound(self._host, self.port)
        self._look()

    def close(self) -> None:
        """Give the port up."""
        for forget in self._forget:
            forget()
        with self._lock:
            self._back_at = None
            self.socket.close()

    def _look(self) -> None:
        """Open when it is time, from whichever thread; a clock that runs by itself is looked at again."""
        with self._lock:
            if self._back_at is None or self._loop is None:
                return
            left, speed, loop = self._back_at - self._clock.now(), self._clock.speed, self._loop
        if left <= 0:
            self._open()
        elif speed > 0:
            loop.call_soon_threadsafe(loop.call_later, left / speed, self._look)

    def _open(self) -> None:
        with self._lock:
            if self._back_at is None:
                return
            self._back_at = None
            # From now on the system takes connections, and keeps them until the server comes to accept them.
            self.socket.listen(_BACKLOG)
        self.on_reopen(self.socket)


def _bound(host: str, port: int) -> socket.socket:
    # Only with the protocol given does asyncio switch Nagle's delay off, which costs 40 ms per answer.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
