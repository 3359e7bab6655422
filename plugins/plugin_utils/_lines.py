# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines that a worker of Ansible shows while its task runs, of which no signal breaks one off.

A line goes to the main process through a queue, under a lock between the processes. A worker that ended while one of its
threads had that lock would leave it locked, and ansible-playbook, which then says goodbye through the same queue, would
hang at Ctrl-C.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from functools import lru_cache
from types import FrameType
from typing import Any, Union

from ansible import constants

from ..module_utils._domain.plan import CREATE, DELETE, RECREATE, UPDATE
from ..module_utils._domain.report import kind_of
from ..module_utils._parallel import SIGNALS, signals_held

# Seconds that a signal waits for the line under way. It is there at once, unless what the main process writes to is blocked.
_LONGEST_WAIT = 5.0

# A plan is a difference, and has the colours that Ansible gives to one; what removes a service has that of a removal.
_SETTINGS = {
    CREATE: "COLOR_DIFF_ADD",
    UPDATE: "COLOR_DIFF_LINES",
    RECREATE: "COLOR_DIFF_REMOVE",
    DELETE: "COLOR_DIFF_REMOVE",
}

_Handler = Union[Callable[[int, Union[FrameType, None]], Any], signal.Handlers]


def colour_of(line: str) -> str | None:
    """Return the colour of a line as the user has set it, for `Display.display`, which knows when not to colour at all."""
    kind = kind_of(line)
    return getattr(constants, _SETTINGS[kind]) if kind is not None else None


class Lines:
    """One line at a time, and a signal only between two of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ending = False

    def show(self, display: Callable[[str], None], line: str) -> None:
        """Show a line. May be called from any thread."""
        with signals_held(), self._lock:
            display(line)

    def let_end(self, handler: _Handler) -> Callable[[int, FrameType | None], None]:
        """Return a handler of signals that lets the line under way end, and then does as `handler`: a function, or SIG_DFL."""

        def handle(number: int, frame: FrameType | None) -> None:
            # A second signal finds the first one's handler at work, which has the lock.
            entered = not self._ending and self._lock.acquire(timeout=_LONGEST_WAIT)
            outer, self._ending = self._ending, True
            try:
                if callable(handler):
                    handler(number, frame)
                else:
                    signal.signal(number, signal.SIG_DFL)
                    os.kill(os.getpid(), number)
            finally:
                # Not reached by a handler that ends the process.
                self._ending = outer
                if entered:
                    self._lock.release()

        return handle


_lines = Lines()
show_line = _lines.show


def end_between_lines() -> None:
    """From now on, have this worker of Ansible end between two lines when a signal ends it. For its main thread."""
    _guard(os.getpid())


@lru_cache(maxsize=1)
def _guard(_pid: int) -> None:
    if multiprocessing.parent_process() is None:
        return  # no worker
    for number in SIGNALS:
        handler = signal.getsignal(number)
        if callable(handler) or handler is signal.SIG_DFL:
            signal.signal(number, _lines.let_end(handler))
