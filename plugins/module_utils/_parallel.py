# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work side by side, in threads that leave the signals to the main thread."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
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
    futures: list[Future[_Out]] = [Future() for _entry in waiting]
    jobs: SimpleQueue[tuple[Future[_Out], _In]] = SimpleQueue()
    for job in zip(futures, waiting):
        jobs.put(job)
    threads: list[Thread] = []
    try:
        threads += start_threads(partial(_work_off, work, jobs), workers)
        return [_result(future) for future in futures]
    finally:
        for future in futures:
            future.cancel()
        for thread in threads:
            thread.join()


def start_threads(run: Callable[[], None], count: int = 1) -> list[Thread]:
    """Start so many threads that take no signal, and that the end of the process does not wait for.

    A pool of the standard library is waited for: a request that hangs would hold a process that is to end.
    """
    threads = [Thread(target=run, daemon=True) for _number in range(count)]
    with signals_held():
        for thread in threads:
            thread.start()
    return threads


def _work_off(work: Callable[[_In], _Out], jobs: SimpleQueue[tuple[Future[_Out], _In]]) -> None:
    while True:
        try:
            future, entry = jobs.get_nowait()
        except Empty:
            return
        if not future.set_running_or_notify_cancel():
            continue
        try:
            result = work(entry)
        except BaseException as error:  # for who waits for the result
            future.set_exception(error)
        else:
            future.set_result(result)


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
