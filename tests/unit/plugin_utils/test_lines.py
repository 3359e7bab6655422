# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""That a signal ends a worker of Ansible between two lines that it shows."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.plugin_utils import _lines
from ansible_collections.cloudopera.ies.plugins.plugin_utils._lines import Lines

LIMIT = 30


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    _lines._guard.cache_clear()
    yield
    _lines._guard.cache_clear()
    for number, handler in before.items():
        signal.signal(number, handler)


def send(number: signal.Signals) -> None:
    """Send a signal as it comes to a worker, where no other thread takes any: to the main thread."""
    ident = threading.main_thread().ident
    assert ident is not None
    signal.pthread_kill(ident, number)


def awaits(event: threading.Event) -> bool:
    """Wait for an event, and look up now and then: a signal that comes when the wait begins does not end it."""
    return any(event.wait(LIMIT / 100) for _look in range(100))


class ToldLock:
    """A lock that tells when the main thread asks for it."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._lock = threading.Lock()

    def acquire(self, timeout: float = -1) -> bool:
        if threading.current_thread() is threading.main_thread():
            self.asked.set()
        return self._lock.acquire(timeout=timeout)

    def release(self) -> None:
        self._lock.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_error: object) -> None:
        self.release()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_for_the_line_of_another_thread(number: signal.Signals) -> None:
    lines, lock, seen, heard = Lines(), ToldLock(), [], threading.Event()
    lines._lock = lock  # type: ignore[assignment]  # a lock that shows that it is waited for
    within = threading.Event()

    def end(taken: int, _frame: FrameType | None) -> None:
        seen.append((taken, within.is_set()))
        heard.set()

    def display(_line: str) -> None:
        within.set()
        send(number)
        assert lock.asked.wait(LIMIT)
        within.clear()

    signal.signal(number, lines.let_end(end))
    thread = threading.Thread(target=lines.show, args=(display, "half a line"))
    thread.start()
    assert awaits(heard)
    thread.join(LIMIT)
    assert seen == [(number, False)]


def test_a_signal_waits_for_the_line_of_its_own_thread() -> None:
    lines, seen = Lines(), []
    signal.signal(signal.SIGTERM, lines.let_end(lambda _number, _frame: seen.append("signal")))

    def display(line: str) -> None:
        send(signal.SIGTERM)
        seen.append(line)

    lines.show(display, "line")
    assert seen == ["line", "signal"]


def test_lines_go_on_after_a_handler_that_goes_on() -> None:
    shown: list[str] = []
    lines = Lines()
    signal.signal(signal.SIGINT, lines.let_end(signal.default_int_handler))
    with pytest.raises(KeyboardInterrupt):
        send(signal.SIGINT)
    lines.show(shown.append, "line")
    assert shown == ["line"]


def test_a_second_signal_does_not_wait_for_the_first() -> None:
    lines, lock, seen = Lines(), ToldLock(), []
    lines._lock = lock  # type: ignore[assignment]  # a lock that shows that it is waited for

    def first(_number: int, _frame: FrameType | None) -> None:
        lock.asked.clear()
        send(signal.SIGTERM)
        seen.append("first")

    signal.signal(signal.SIGINT, lines.let_end(first))
    signal.signal(signal.SIGTERM, lines.let_end(lambda _number, _frame: seen.append("second")))
    send(signal.SIGINT)
    assert seen == ["second", "first"]
    assert not lock.asked.is_set()
    lines.show(seen.append, "the lock is free")
    assert lock.asked.is_set()


def test_a_line_that_never_ends_does_not_keep_a_signal_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_lines, "_LONGEST_WAIT", 0.01)
    lines, heard, within = Lines(), threading.Event(), threading.Event()
    signal.signal(signal.SIGTERM, lines.let_end(lambda _number, _frame: heard.set()))

    def display(_line: str) -> None:
        within.set()
        assert heard.wait(LIMIT)

    thread = threading.Thread(target=lines.show, args=(display, "line"))
    thread.start()
    assert within.wait(LIMIT)
    send(signal.SIGTERM)
    assert heard.is_set()
    thread.join(LIMIT)
    lines.show(lambda _line: None, "the lock is free")


def _worker(number: signal.Signals, ready: Any) -> None:
    signal.signal(number, signal.SIG_DFL)
    _lines.end_between_lines()
    ready.set()
    awaits(threading.Event())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_without_a_handler_ends_by_the_signal(number: signal.Signals) -> None:
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    worker = context.Process(target=_worker, args=(number, ready))
    worker.start()
    assert ready.wait(LIMIT)
    assert worker.pid is not None
    os.kill(worker.pid, number)
    worker.join(LIMIT)
    assert worker.exitcode == -number


def test_what_was_not_forked_keeps_its_handlers() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    _lines.end_between_lines()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize("ignored", [signal.SIGINT, signal.SIGTERM])
def test_an_ignored_signal_stays_ignored(monkeypatch: pytest.MonkeyPatch, ignored: signal.Signals) -> None:
    monkeypatch.setattr(multiprocessing, "parent_process", object)
    signal.signal(ignored, signal.SIG_IGN)
    _lines.end_between_lines()
    assert signal.getsignal(ignored) is signal.SIG_IGN
    (other,) = {signal.SIGINT, signal.SIGTERM} - {ignored}
    assert callable(signal.getsignal(other))
