# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking again and again: events, pauses, outages, what is logged, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils import _task_runner
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import FailedError, InvalidError
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks import ies_elastic
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.client import IesClient
from ansible_collections.cloudopera.ies.plugins.plugin_utils import _event_source
from ansible_collections.cloudopera.ies.plugins.plugin_utils._event_source import Stopped, TrafficSource, run_source
from ansible_collections.cloudopera.ies.plugins.plugin_utils._event_source_arguments import read_arguments
from tests.simulator.server import SimulatorServer
from tests.tools.canaries import Canaries
from tests.unit.conftest import TENANT, FakeTime
from tests.unit.plugin_utils.event_source_support import (
    LOGGER,
    NAME,
    POLICY,
    SERVICE_ID,
    VPN,
    Enough,
    Events,
    Pauses,
    args_of,
    load,
    look_at,
)

KEYS = {
    *("target", "decision", "demand", "utilisation", "clipped", "reasons", "not_before", "bounds"),
    *("name", "service_id", "cloud_vpn_name", "bandwidth"),
}


def lines(caplog: pytest.LogCaptureFixture, least: int = logging.WARNING) -> list[str]:
    """Return what the source has logged, from a level on."""
    return [record.getMessage() for record in caplog.records if record.name == LOGGER and record.levelno >= least]


class TestEvents:
    """What is put into the queue."""

    def test_a_decision_is_an_event(self, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        load(simulator, 55000)
        (event,), _pauses = look_at(simulator, fake_time)
        assert set(event) == {"cloudvpn"}
        told = event["cloudvpn"]
        assert set(told) == KEYS
        assert (told["decision"], told["bandwidth"], told["target"]) == ("raise", 60000, 70000)
        assert (told["name"], told["service_id"], told["cloud_vpn_name"]) == (NAME, SERVICE_ID, VPN)
        assert told["bounds"] == {"minimum": 20000, "maximum": 100000}
        assert "92 % of 60,000" in told["reasons"][0]

    def test_it_comes_with_every_look_and_nothing_is_written(self, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        load(simulator, 55000)
        events, _pauses = look_at(simulator, fake_time, looks=3)
        assert [event["cloudvpn"]["decision"] for event in events] == ["raise"] * 3
        assert simulator.journal.writes == []

    @pytest.mark.parametrize(("wanted", "decisions"), [("changes", []), ("all", ["hold"])])
    def test_a_hold_is_one_when_all_are_wanted(
        self, simulator: SimulatorServer, fake_time: FakeTime, wanted: str, decisions: list[str]
    ) -> None:
        load(simulator, 40000)
        events, _pauses = look_at(simulator, fake_time, events=wanted)
        assert [event["cloudvpn"]["decision"] for event in events] == decisions

    def test_names_begin_no_template(self, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        names = ["{{ lookup('pipe', 'id') }}", "{% raw %}", "{# {{{ #}"]
        ids = [
            simulator.state.add_service(
                TENANT,
                name,
                {"Site2DCList": [{"CloudVpnName": f"vpn-{number}-{name}", "Bandwidth": "5"}]},
                service_definition_id="8c34e27ed6644bbfbce93a41a05cb7ab",
                template_id="e77fc5e21e1e42c9933ec9574c33a5d8",
            ).service_id
            for number, name in enumerate(names)
        ]
        # Below its minimum, so that no traffic is needed.
        events, _pauses = look_at(simulator, fake_time, connections=[{"service_id": one} for one in ids])
        assert [event["cloudvpn"]["name"] for event in events] == [
            *("{ { lookup('pipe', 'id') }}", "{ % raw %}", "{ # { { { #}"),
        ]
        assert "{{" not in str(events)
        assert "{%" not in str(events)


class TestPauses:
    """When the next look is."""

    @pytest.mark.parametrize(("took", "pause"), [(0, 60), (20, 40), (90, 0.1)])
    def test_the_interval_is_from_look_to_look(
        self, simulator: SimulatorServer, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch, took: float, pause: float
    ) -> None:
        run = ies_elastic.run

        def slow(*given: Any) -> dict[str, Any]:
            fake_time.sleep(took)
            return run(*given)

        monkeypatch.setattr(ies_elastic, "run", slow)
        _events, pauses = look_at(simulator, fake_time)
        assert [*pauses] == [pytest.approx(pause)]

    def test_a_full_queue_delays_the_next_look(self, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        load(simulator, 55000)
        asked_while_full = []

        class Full(Events):
            async def put(self, item: dict[str, Any], /) -> None:
                before = len(simulator.journal.entries)
                for _turn in range(20):
                    await asyncio.sleep(0)
                asked_while_full.append(len(simulator.journal.entries) - before)
                fake_time.sleep(100)

        pauses = Pauses(fake_time, 2)
        source = TrafficSource(read_arguments(args_of(simulator)), fake_time.clock, pauses.sleep)
        with pytest.raises(Enough):
            asyncio.run(source.run(Full()))
        assert asked_while_full == [0, 0]
        assert pauses == [0.1, 0.1]

    @pytest.mark.parametrize(
        ("interval", "expected"),
        [
            (60, [120, 240, 300, 300]),
            (2, [4, 8, 16, 32, 32]),
            (1000, [1000, 1000]),
        ],
    )
    def test_failures_double_it_up_to_a_limit(
        self, simulator: SimulatorServer, fake_time: FakeTime, interval: float, expected: list[float]
    ) -> None:
        simulator.faults.add("drop_before", times=None)
        _events, pauses = look_at(simulator, fake_time, looks=len(expected), interval=interval)
        assert pauses == expected

    @pytest.mark.parametrize(("asked", "pause"), [("900", 900), ("100000", 3600), ("5", 120)])
    def test_a_server_may_ask_for_patience(
        self, simulator: SimulatorServer, fake_time: FakeTime, asked: str, pause: float
    ) -> None:
        simulator.faults.add("status", times=None, status=503, headers={"Retry-After": asked})
        _events, pauses = look_at(simulator, fake_time)
        assert pauses == [pause]


class TestOutage:
    """What fails is logged once, and survived."""

    def test_an_outage_and_its_end(
        self, simulator: SimulatorServer, fake_time: FakeTime, caplog: pytest.LogCaptureFixture
    ) -> None:
        simulator.faults.add("drop_before", times=None)

        def end() -> None:
            simulator.faults.clear()
            load(simulator, 55000)

        events, pauses = look_at(simulator, fake_time, looks=4, deeds={2: end})
        assert len(events) == 1
        assert pauses == [120, 240, 300, pytest.approx(60)]
        broken, again = lines(caplog)
        assert "dropped" in broken or "no connection" in broken
        assert broken.endswith("(the next look is in 120 s, until one succeeds)")
        assert again == "the traffic can be looked at again, after 3 looks that failed"

    def test_another_sort_of_failure_is_logged_too(
        self, simulator: SimulatorServer, fake_time: FakeTime, caplog: pytest.LogCaptureFixture
    ) -> None:
        simulator.faults.add("drop_before", times=1)
        simulator.faults.add("status", times=None, status=401)
        look_at(simulator, fake_time, looks=4)
        dropped, refused = lines(caplog)
        assert "401" not in dropped
        assert "was refused (401" in refused
        assert "a new token needs a new start of the rulebook" in refused

    def test_a_token_that_has_expired(
        self,
        simulator: SimulatorServer,
        fake_time: FakeTime,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        hint = "auth_token says that it expired"
        monkeypatch.setattr(IesClient, "token_warning", lambda _client: hint)
        look_at(simulator, fake_time, looks=3)
        assert lines(caplog) == [hint]

    def test_what_is_wrong_with_one_connection_is_logged_once(
        self, simulator: SimulatorServer, fake_time: FakeTime, caplog: pytest.LogCaptureFixture
    ) -> None:
        load(simulator, 55000)
        gone = [{"name": "never-there"}, {"name": "neither", "cloud_vpn_name": "x"}, {"name": NAME}]
        events, pauses = look_at(simulator, fake_time, looks=3, connections=gone)
        assert len(events) == 3
        assert [*pauses] == [pytest.approx(60)] * 3
        first, second = lines(caplog)
        assert first.startswith("never-there: there is no service never-there in this tenant")
        assert second.startswith("neither, x: there is no service")

    def test_what_is_wrong_with_all_of_them_is_an_outage(
        self, simulator: SimulatorServer, fake_time: FakeTime, caplog: pytest.LogCaptureFixture
    ) -> None:
        simulator.faults.add("status", path="traffic/connections", times=None, status=500)
        events, pauses = look_at(simulator, fake_time, looks=3)
        assert events == []
        assert pauses == [120, 240, 300]
        (line,) = lines(caplog)
        assert line.startswith(f"nothing could be decided: {NAME}, {VPN}: its traffic could not be read")

    def test_warnings_are_logged_once(
        self, simulator: SimulatorServer, fake_time: FakeTime, caplog: pytest.LogCaptureFixture
    ) -> None:
        policy = {key: value for key, value in POLICY.items() if key != "traffic_unit"}
        look_at(simulator, fake_time, looks=3, policy=policy)
        (line,) = lines(caplog)
        assert line.startswith("traffic_unit is not set")

    @pytest.mark.parametrize("error", [KeyError("what"), FailedError("without results")])
    def test_a_mistake_of_ours_is_survived(
        self,
        simulator: SimulatorServer,
        fake_time: FakeTime,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
        error: Exception,
    ) -> None:
        def fail(*_given: Any) -> dict[str, Any]:
            raise error

        monkeypatch.setattr(ies_elastic, "run", fail)
        _events, pauses = look_at(simulator, fake_time, looks=2)
        assert pauses == [120, 240]
        assert len(lines(caplog)) == 1


class TestLog:
    """Lines for people, without tokens."""

    def test_decisions_and_requests(
        self, simulator: SimulatorServer, fake_time: FakeTime, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        load(simulator, 55000)
        look_at(simulator, fake_time)
        told = lines(caplog, logging.INFO)
        assert told == [f"{NAME}, {VPN}  raise 60,000 -> 70,000: {told[0].partition(': ')[2]}"]
        assert any(line.startswith("GET http") and line.endswith("-> 200") for line in lines(caplog, logging.DEBUG))

    def test_no_token_is_told_even_when_the_server_sends_it_back(
        self, simulator: SimulatorServer, fake_time: FakeTime, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        auth_token, bearer_token = simulator.tokens(TENANT)
        load(simulator, 55000)
        echo = {"exceptionId": "X", "exceptionDescription": f"headers: {auth_token} Bearer {bearer_token}"}

        def end() -> None:
            simulator.faults.remove(fault.id)
            simulator.state.service(TENANT, SERVICE_ID).status = f"Active {auth_token}"  # type: ignore[union-attr]  # it is there

        fault = simulator.faults.add("status", path="/services$", times=None, status=500, body=echo)
        events, _pauses = look_at(simulator, fake_time, looks=4, deeds={1: end}, events="all")
        canaries = Canaries({"auth_token": auth_token, "bearer_token": bearer_token})
        assert events
        assert canaries.sightings("\n".join(record.getMessage() for record in caplog.records)) == []
        assert canaries.sightings(str(events)) == []
        assert canaries.sightings(repr(read_arguments(args_of(simulator)))) == []


class TestEnd:
    """The source ends when it is cancelled, whatever it does then."""

    def test_while_a_request_hangs(self, simulator: SimulatorServer) -> None:
        hang = simulator.faults.add("hang", path="/services$", times=None)
        source = TrafficSource(read_arguments(args_of(simulator, api_timeout=600)))
        before = set(threading.enumerate())

        async def start_and_cancel() -> None:
            task = asyncio.create_task(source.run(Events()))
            await asyncio.to_thread(simulator.faults.wait_until_held, hang)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        try:
            asyncio.run(start_and_cancel())
            # The request still hangs, in a thread that the end of a process does not wait for.
            left = set(threading.enumerate()) - before
            assert [thread.daemon for thread in left] == [True]
        finally:
            simulator.faults.clear()
        for thread in left:
            thread.join(30)
        assert [entry.path for entry in simulator.journal.entries] == ["/rest/servicemanager/v1/services"]

    def test_while_a_request_is_about_to_be_repeated(self) -> None:
        stop = threading.Event()
        clock = _event_source._interruptible(_task_runner.SYSTEM_CLOCK, stop)
        clock.sleep(0.0)
        stop.set()
        with pytest.raises(Stopped):
            clock.sleep(3600)

    def test_an_interrupt_inside_it_is_for_the_event_loop(self, simulator: SimulatorServer) -> None:
        # As a signal does that comes while the source is at work.
        ends = []

        class Interrupting(Events):
            async def put(self, item: dict[str, Any], /) -> None:
                raise KeyboardInterrupt

        async def watch() -> None:
            try:
                await run_source(Interrupting(), args_of(simulator, events="all"))
            except BaseException as error:
                ends.append(type(error))
            await asyncio.Event().wait()

        with pytest.raises(KeyboardInterrupt):
            asyncio.run(watch())
        assert ends == [asyncio.CancelledError]

    def test_what_cannot_be_right_ends_it_at_once(self, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        given = args_of(simulator, ca_path="/nowhere/ca.pem")
        with pytest.raises(InvalidError, match="ca_path '/nowhere/ca.pem' does not exist"):
            asyncio.run(TrafficSource(read_arguments(given), fake_time.clock).run(Events()))
        assert simulator.journal.entries == []


def test_a_result_that_comes_after_the_end_is_nobodys() -> None:
    going_on = threading.Event()
    threads: list[threading.Thread] = []

    def work() -> None:
        threads.append(threading.current_thread())
        going_on.wait(30)

    async def cancel() -> None:
        task = asyncio.create_task(_event_source._in_thread(work))
        while not threads:
            await asyncio.sleep(0)
        task.cancel()

    asyncio.run(cancel())
    going_on.set()
    threads[0].join(30)
    assert not threads[0].is_alive()


def outcome_of(work: Callable[[], Any]) -> Any:
    """Return what a function returns out of a thread."""
    return asyncio.run(_event_source._in_thread(work))


def test_results_and_errors_come_out_of_the_thread() -> None:
    assert outcome_of(lambda: threading.current_thread() is threading.main_thread()) is False
    with pytest.raises(ZeroDivisionError):
        outcome_of(lambda: 1 // 0)
