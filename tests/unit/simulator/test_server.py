# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulator.clock import Clock, ManualClock
from tests.simulator.options import Options
from tests.simulator.server import SimulatorServer
from tests.simulator.simulation import Config
from tests.simulator.tls import self_signed
from tests.unit.simulator.support import SAMPLE, SERVICES, START, TENANT, Api, reachable_again, scaled


def test_starts_and_stops_quickly_and_leaves_no_thread() -> None:
    before = threading.active_count()
    began = time.monotonic()
    with SimulatorServer() as sim:
        assert requests.get(f"{sim.url}/_sim/health", timeout=10).status_code == 200
    assert time.monotonic() - began < 5
    assert threading.active_count() == before
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{sim.url}/_sim/health", timeout=10)


def test_two_servers_share_nothing() -> None:
    with SimulatorServer() as one, SimulatorServer() as two:
        one.state.clear_services()
        assert one.url != two.url
        assert len(two.state.services(TENANT)) == 1
        assert requests.get(two.url + SERVICES, headers=one.headers(TENANT), timeout=10).status_code == 401


@pytest.mark.parametrize("action", ["hang", "delay"])
def test_stops_while_a_request_is_held(action: str) -> None:
    with ThreadPoolExecutor(1) as pool, SimulatorServer() as sim:
        sim.faults.add(action, **({"seconds": 60} if action == "delay" else {}))
        pending = pool.submit(requests.get, sim.url + SERVICES, headers=sim.headers(TENANT), timeout=30)
        pause = threading.Event()
        while sim.journal.in_flight == 0:
            pause.wait(0.01)
        began = time.monotonic()
        sim.stop()
        assert time.monotonic() - began < 5
        with pytest.raises(requests.ConnectionError):
            pending.result(timeout=10)


def test_stops_while_it_restarts() -> None:
    before = threading.active_count()
    clock = ManualClock(START)
    with SimulatorServer(clock=clock) as sim:
        sim.faults.add("restart", seconds=60)
        with pytest.raises(requests.ConnectionError):
            requests.get(sim.url + SERVICES, headers=sim.headers(TENANT), timeout=10)
    clock.advance(60)
    assert threading.active_count() == before
    with pytest.raises(requests.ConnectionError, match="refused"):
        requests.get(f"{sim.url}/_sim/health", timeout=10)


def test_comes_back_by_itself_where_the_clock_runs() -> None:
    # A tenth of a real second.
    with SimulatorServer(clock=Clock(speed=600), tls=True) as sim:
        sim.faults.add("restart", seconds=60)
        with pytest.raises(requests.ConnectionError):
            requests.get(sim.url + SERVICES, headers=sim.headers(TENANT), verify=sim.ca_path, timeout=10)
        assert reachable_again(f"{sim.url}/_sim/health", str(sim.ca_path))


def test_tls_with_a_certificate_of_its_own() -> None:
    with SimulatorServer(tls=True) as sim:
        assert sim.url.startswith("https://")
        assert sim.ca_path is not None
        answer = requests.get(sim.url + SERVICES, headers=sim.headers(TENANT), verify=sim.ca_path, timeout=10)
        assert answer.status_code == 200
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(sim.url + SERVICES, timeout=10)
        sim.faults.add("drop_after")
        with pytest.raises(requests.ConnectionError):
            requests.get(sim.url + SERVICES, headers=sim.headers(TENANT), verify=sim.ca_path, timeout=10)
    assert not Path(sim.ca_path).exists()


def test_tls_with_given_files(tmp_path: Path) -> None:
    files = self_signed(tmp_path)
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    with SimulatorServer(tls=files) as sim:
        assert requests.get(f"{sim.url}/_sim/health", verify=str(files.ca), timeout=10).status_code == 200
    assert files.certificate.exists()


@pytest.mark.parametrize("options", [{"empty_list": "200-list"}, Options(empty_list="200-list")])
def test_settings(options: Any) -> None:
    config = Config.model_validate(
        {
            "samples": False,
            "tenants": {"acme": {"auth_token": "opaque", "bearer_token": "b"}},
            "definitions": [
                {
                    "definition_id": "d1",
                    "name": "Own",
                    "templates": [
                        {
                            "template_id": "t1",
                            "name": "T",
                            "parameters": {"secret": {"hidden": True}, "text": {"type": "String"}},
                        }
                    ],
                }
            ],
            "services": [
                {
                    "tenant": "acme",
                    "name": "one",
                    "service_definition_id": "d1",
                    "template_id": "t1",
                    "parameters": {"secret": "s", "text": "t"},
                }
            ],
            "faults": [{"action": "status", "params": {"status": 503}}],
            "durations": {"delete": 1},
        }
    )
    clock = ManualClock(START)
    with SimulatorServer(options, clock, config=config, tenants={"empty": {}}, durations={"modify": 2}) as sim:
        assert sim.tokens("acme") == ("opaque", "b")
        assert sim.token_store.tenants == ["acme", "empty"]
        api = Api(sim, "acme")
        assert api.get(SERVICES).status_code == 503
        (listed,) = api.get(SERVICES).json()["services"]
        path = f"{SERVICES}/{listed['service_id']}"
        assert api.get(path).json()["service"]["parameters"] == {"text": "t"}
        assert (sim.state.durations.delete, sim.state.durations.modify) == (1, 2)
        api.send("DELETE", path)
        clock.advance(1)
        assert api.get(SERVICES).json() == {"services": []}
        sim.reset()
        assert sim.options.empty_list == "200-list"
        assert [rule.spent for rule in sim.faults.rules] == [False]
        assert len(sim.state.services("acme")) == 1
        api.close()


def test_a_restart_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    state_file = tmp_path / "state.json"
    with SimulatorServer(clock=ManualClock(START), state_file=state_file) as sim:
        api = Api(sim)
        ids = api.create().json()["service"]
        sim.faults.add("fail_async", reason="link down")
        api.send("PUT", SAMPLE, scaled())
        headers = sim.headers(TENANT)
        api.close()
    assert stat.S_IMODE(state_file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [state_file]
    clock = ManualClock(0)
    with SimulatorServer(clock=clock, state_file=state_file) as sim:
        assert clock.now() == START
        path = f"{SERVICES}/{ids['service_id']}"

        def status_of(where: str) -> str:
            answer = requests.get(sim.url + where, headers=headers, timeout=10)
            assert answer.status_code == 200
            return str(answer.json()["service"]["status"])

        assert (status_of(path), status_of(SAMPLE)) == ("CreateInProgress", "UpdateInProgress")
        clock.advance(60)
        assert (status_of(path), status_of(SAMPLE)) == ("CreateInProgress", "Failed")
        clock.advance(540)
        assert status_of(path) == "Completed"
        operation = requests.get(f"{sim.url}{path}/operations/{ids['operation_id']}", headers=headers, timeout=10)
        assert operation.json()["operation"]["result"] == "success"


def test_many_clients_at_once() -> None:
    with SimulatorServer(clock=Clock(speed=600)) as sim:

        def create(_number: int) -> int:
            api = Api(sim)
            status = api.create().status_code
            api.close()
            return status

        with ThreadPoolExecutor(16) as pool:
            assert set(pool.map(create, range(64))) == {202}
        assert len(sim.state.services(TENANT)) == 65
        assert [entry.seq for entry in sim.journal.entries] == list(range(1, 65))


def test_an_accident_of_the_simulator_is_a_system_error(sim: SimulatorServer, api: Api, caplog: Any) -> None:
    def explode() -> str:
        raise RuntimeError("on purpose")

    before, sim.state.new_id = sim.state.new_id, explode
    answer = api.create()
    sim.state.new_id = before
    assert (answer.status_code, answer.json()["exceptionId"]) == (500, "framwork.remote.SystemError")
    assert "on purpose" in caplog.text


def test_a_port_in_use_is_an_error(sim: SimulatorServer) -> None:
    with pytest.raises(OSError, match="in use"), SimulatorServer(port=int(sim.url.rsplit(":", 1)[1])):
        raise AssertionError("started on a port in use")
