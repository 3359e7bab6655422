# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""That a worker of Ansible does not outlive ansible-playbook."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator

import pytest

from ansible_collections.cloudopera.ies.plugins.plugin_utils import _parent

LIMIT = 30


class Parent:
    """A parent process that ends when it is told to."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.waits = 0

    def join(self) -> None:
        self.waits += 1
        self.ended.wait(LIMIT)


@pytest.fixture(autouse=True)
def _nothing_guarded() -> Iterator[None]:
    _parent._guard.cache_clear()
    yield
    _parent._guard.cache_clear()


def test_a_worker_ends_when_its_parent_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    parent, exits, exited = Parent(), [], threading.Event()

    def leave(status: int) -> None:
        exits.append(status)
        exited.set()

    monkeypatch.setattr(multiprocessing, "parent_process", lambda: parent)
    monkeypatch.setattr(os, "_exit", leave)
    for _task in range(3):
        _parent.end_with_parent()
    assert exits == []
    parent.ended.set()
    assert exited.wait(LIMIT)
    assert (exits, parent.waits) == ([1], 1)


def test_what_was_not_forked_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: None)
    before = threading.active_count()
    _parent.end_with_parent()
    assert threading.active_count() == before


def test_signals_are_for_the_main_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    parent, masks, exited = Parent(), [], threading.Event()
    monkeypatch.setattr(parent, "join", lambda: masks.append(signal.pthread_sigmask(signal.SIG_BLOCK, ())))
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: parent)
    monkeypatch.setattr(os, "_exit", lambda _status: exited.set())
    _parent.end_with_parent()
    assert exited.wait(LIMIT)
    (mask,) = masks
    assert {signal.SIGINT, signal.SIGTERM} <= mask
    assert {signal.SIGINT, signal.SIGTERM}.isdisjoint(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
