# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work side by side, in threads that leave the signals to the main thread."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM})

# Seconds. A signal that comes when the main thread is about to wait does not wake it, and is heard at its next move.
_HEARTBEAT = 0.5

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def in_parallel(work: Callable[[_In], _Out], entries: Iterable[_In], max_parallel: int) -> list[_Out]:
    """Return the results in the order of the entries, from at most `max_parallel` threads; alone, in this one."""
    waiting = list(entries)
    workers = min(max_parallel, len(waiting))
    if workers <= 1:
        return [work(entry) for entry in waiting]
    with ThreadPoolExecutor(workers) as pool:
        futures: list[Future[_Out]] = []
        try:
            with signals_held():  # for the threads that are started here
                futures += [pool.submit(work, entry) for entry in waiting]
            return [_result(future) for future in futures]
        finally:
            for future in futures:
                future.cancel()


def _result(future: Future[_Out]) -> _Out:
    while not future.done():
        wait([future], _HEARTBEAT)
    return future.result()


@contextmanager
def signals_held() -> Iterator[None]:
    """Have the signals that end a run wait until the end of the block; threads that are started in it never take any.

    Only the main thread can act on a signal, and one that another thread took would not wake it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
