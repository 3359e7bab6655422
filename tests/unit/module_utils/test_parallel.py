# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work side by side, and who hears signals meanwhile."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.module_utils._parallel import SIGNALS, in_parallel


def mask() -> set[int]:
    """Return the signals that this thread does not take."""
    return signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_results_are_in_order() -> None:
    assert in_parallel(lambda number: number * 2, range(20), 7) == [number * 2 for number in range(20)]


@pytest.mark.parametrize(("entries", "workers"), [([1], 8), ([1, 2, 3], 1), ([], 4)])
def test_alone_it_stays_in_this_thread(entries: list[int], workers: int) -> None:
    names = in_parallel(lambda _entry: threading.current_thread().name, entries, workers)
    assert set(names) <= {threading.current_thread().name}
    assert len(names) == len(entries)


def test_an_error_comes_out() -> None:
    def fail(number: int) -> int:
        if number == 2:
            raise InvalidError("two")
        return number

    with pytest.raises(InvalidError, match="two"):
        in_parallel(fail, range(4), 4)


def test_no_thread_takes_a_signal_from_its_first_moment_on(monkeypatch: pytest.MonkeyPatch) -> None:
    at_start = []
    start = threading.Thread.start

    def watched(thread: threading.Thread) -> None:
        at_start.append(mask())  # which the thread inherits
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", watched)
    within = in_parallel(lambda _entry: mask(), range(8), 2)
    assert len(at_start) == 2
    for taken in (*at_start, *within):
        assert taken >= SIGNALS
    assert mask().isdisjoint(SIGNALS)


def test_the_main_thread_hears_signals_while_others_work() -> None:
    going_on = threading.Event()

    def work(entry: int) -> None:
        # One signal only: a second one could arrive when its handler is no longer there.
        if entry == 0:
            os.kill(os.getpid(), signal.SIGINT)
        assert going_on.wait(30)

    before = signal.signal(signal.SIGINT, lambda _number, _frame: going_on.set())
    try:
        in_parallel(work, range(2), 2)
    finally:
        signal.signal(signal.SIGINT, before)
