# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Places for requests: how many, fewer after a 429, and a pause for all of them."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import RateLimitedError
from ansible_collections.cloudopera.ies.plugins.module_utils._time import Clock
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.client import IesClient
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.connection import ConnectionOptions
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.throttle import Throttle
from tests.simulator.clock import ManualClock
from tests.simulator.server import SimulatorServer
from tests.unit.conftest import TENANT, FakeTime
from tests.unit.module_utils.test_time import Paper

# Nothing is ever waited for this long, unless it fails.
_LONG = 20.0
# What must not happen is given this long to happen.
_SHORT = 0.1


def use(throttle: Throttle) -> None:
    """Go through the gate once."""
    with throttle:
        pass


def test_nobody_enters_before_a_place_is_free() -> None:
    throttle = Throttle(Paper().clock, 2)
    entered = threading.Event()

    def enter() -> None:
        with throttle:
            entered.set()

    throttle.__enter__()
    throttle.__enter__()
    third = threading.Thread(target=enter)
    third.start()
    assert not entered.wait(_SHORT)
    throttle.__exit__(None, None, None)
    assert entered.wait(_LONG)
    third.join(_LONG)
    throttle.__exit__(None, None, None)


def test_a_place_is_free_again_after_an_error() -> None:
    throttle = Throttle(Paper().clock, 1)
    with pytest.raises(ZeroDivisionError), throttle:
        _result = 1 / 0
    throttle.limit = 1
    entered = threading.Thread(target=use, args=(throttle,), daemon=True)
    entered.start()
    entered.join(_LONG)
    assert not entered.is_alive()


@pytest.mark.parametrize("limit", [0, -3, 1])
def test_there_is_always_one_place(limit: int) -> None:
    throttle = Throttle(Paper().clock, limit)
    assert throttle.limit == 1
    use(throttle)


@pytest.mark.parametrize(
    ("limit", "under_way", "refused", "left"),
    [
        pytest.param(16, 16, 8, 8, id="what-the-server-has"),
        pytest.param(16, 16, 1, 8, id="half"),
        pytest.param(16, 16, 13, 3, id="less-than-half"),
        pytest.param(16, 10, 1, 8, id="half-of-those-that-were-not-in-use-too"),
        pytest.param(16, 6, 1, 5, id="fewer-than-were-in-use"),
        pytest.param(5, 5, 1, 2, id="rounded-down"),
        pytest.param(16, 1, 1, 1, id="alone"),
        pytest.param(4, 4, 4, 1, id="all-refused"),
        pytest.param(1, 1, 1, 1, id="never-none"),
    ],
)
def test_a_refusal_leaves_half_of_the_places_or_less(limit: int, under_way: int, refused: int, left: int) -> None:
    throttle = Throttle(Paper().clock, limit)
    bursts = [throttle.__enter__() for _request in range(under_way)]
    for burst in bursts[-refused:]:
        throttle.too_many(burst, 0)
        throttle.__exit__(None, None, None)
    assert throttle.limit == left


@pytest.mark.parametrize("over", [0, 5, 15], ids=["none", "some", "all-others"])
def test_it_does_not_matter_how_many_are_through_when_the_refusal_is_read(over: int) -> None:
    throttle = Throttle(Paper().clock, 16)
    bursts = [throttle.__enter__() for _request in range(16)]
    for _request in range(over):
        throttle.__exit__(None, None, None)
    throttle.too_many(bursts[-1], 0)
    assert throttle.limit == 8


def test_a_late_refusal_is_of_its_own_burst() -> None:
    throttle = Throttle(Paper().clock, 16)
    bursts = [throttle.__enter__() for _request in range(16)]
    throttle.too_many(bursts[0], 0)
    for _request in range(15):
        throttle.__exit__(None, None, None)
    next_burst = throttle.__enter__()
    for burst in bursts[1:3]:
        throttle.too_many(burst, 0)
    assert throttle.limit == 8
    throttle.too_many(next_burst, 0)
    assert throttle.limit == 1


def test_the_height_of_a_burst_is_forgotten_when_one_at_a_time_is_enough() -> None:
    throttle = Throttle(Paper().clock, 16)
    for _request in range(16):
        throttle.__enter__()
    for _request in range(16):
        throttle.__exit__(None, None, None)
    with throttle, throttle, throttle, throttle as burst:
        throttle.too_many(burst, 0)
    assert throttle.limit == 3


def test_places_are_not_given_back() -> None:
    throttle = Throttle(Paper().clock, 4)
    with throttle, throttle as burst:
        throttle.too_many(burst, 1)
    for _request in range(10):
        use(throttle)
    assert throttle.limit == 1


def test_a_refusal_holds_the_next_request_once() -> None:
    paper = Paper()
    throttle = Throttle(paper.clock, 4)
    with throttle as burst:
        throttle.too_many(burst, 7)
    use(throttle)
    assert paper.slept == [7]
    use(throttle)
    assert paper.slept == [7]


@pytest.mark.parametrize(
    ("asked", "passed", "slept"),
    [
        pytest.param([3, 9], 0, [9], id="the-longest-counts"),
        pytest.param([9, 3], 0, [9], id="a-shorter-one-does-not-shorten"),
        pytest.param([9], 5, [4], id="what-has-passed-is-not-waited-for"),
        pytest.param([9], 9, [], id="over"),
        pytest.param([0], 0, [], id="nothing-asked"),
    ],
)
def test_the_pause_ends_when_the_server_said(asked: list[float], passed: float, slept: list[float]) -> None:
    paper = Paper()
    throttle = Throttle(paper.clock, 4)
    with throttle as burst:
        for seconds in asked:
            throttle.too_many(burst, seconds)
    paper.time += passed
    use(throttle)
    assert paper.slept == slept


def test_a_pause_that_grows_while_it_is_slept_is_slept_to_its_end() -> None:
    paper = Paper()

    def sleep(seconds: float) -> None:
        if not paper.slept:
            throttle.too_many(burst, seconds + 5)
        paper.sleep(seconds)

    throttle = Throttle(Clock(now=paper.clock.now, monotonic=paper.clock.monotonic, sleep=sleep), 4)
    with throttle as burst:
        throttle.too_many(burst, 2)
    use(throttle)
    assert paper.slept == [2, 5]


def test_a_burst_is_too_much_once(simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen threads meet a server with eight places: eight are refused, and from then on none."""
    really_send, sent, all_there = requests.Session.send, itertools.count(), threading.Barrier(16)

    def send(session: requests.Session, *arguments: Any, **options: Any) -> requests.Response:
        if next(sent) < 16:
            all_there.wait(_LONG)
        return really_send(session, *arguments, **options)

    monkeypatch.setattr(requests.Session, "send", send)
    simulator.options.max_in_flight = 8
    simulator.options.retry_after = 3
    simulator.faults.add("hang", times=8)
    assert isinstance(simulator.clock, ManualClock)
    ticking = simulator.clock

    def go_on() -> None:
        ticking.advance(3)
        simulator.faults.clear()

    # All refused ones have their answer before time passes, and the eight others theirs after that.
    refused = threading.Barrier(8, action=go_on)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        refused.wait(_LONG)

    auth_token, bearer_token = simulator.tokens(TENANT)
    connection = ConnectionOptions(api_url=simulator.url, auth_token=auth_token, bearer_token=bearer_token)
    client = IesClient(connection, Clock(now=ticking.now, monotonic=ticking.now, sleep=sleep), 16)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _number: client.list_services(), range(16)))
        assert [len(services) for services in found] == [1] * 16
        assert slept == [3] * 8
        # The simulator may still be writing the last response's status down: what counts is which ones were refused.
        assert [entry.status == 429 for entry in simulator.journal.entries] == [False] * 8 + [True] * 8 + [False] * 8
        simulator.journal.clear()
        simulator.options.latency = 0.01
        list(pool.map(lambda _number: client.list_services(), range(48)))
    client.close()
    assert len(simulator.journal.entries) == 48
    assert 429 not in {entry.status for entry in simulator.journal.entries}
    assert simulator.journal.max_concurrency <= 8


def test_a_wait_that_nobody_waits_for_holds_other_requests_for_a_moment(
    connect: Callable[..., IesClient], simulator: SimulatorServer, fake_time: FakeTime
) -> None:
    client = connect()
    simulator.faults.add("status", status=429, body=None, headers={"Retry-After": "301"})
    with pytest.raises(RateLimitedError):
        client.list_services()
    assert client.list_services()
    assert fake_time.slept == [8.0]
