# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.simulator.clock import ManualClock
from tests.simulator.proxy import Proxy
from tests.simulator.server import SimulatorServer
from tests.unit.simulator.support import SERVICES, TENANT, create_body


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy() as running:
        yield running


@pytest.fixture(scope="module", params=[False, True], ids=["http", "https"])
def sim(request: pytest.FixtureRequest) -> Iterator[SimulatorServer]:
    with SimulatorServer(clock=ManualClock(), tls=request.param) as server:
        yield server


def send(sim: SimulatorServer, proxy: Proxy, method: str = "GET", **more: object) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": proxy.url, "https": proxy.url}
        return session.request(
            method,
            f"{sim.url}{SERVICES}",
            headers=sim.headers(TENANT),
            verify=sim.ca_path,
            **more,  # type: ignore[arg-type]
        )


def test_requests_go_through(sim: SimulatorServer, proxy: Proxy) -> None:
    sim.reset()
    listed = send(sim, proxy).json()["services"]
    ordered = send(sim, proxy, "POST", json=create_body())
    assert (len(listed), ordered.status_code) == (1, 202)
    assert ordered.headers["Location"]
    assert [entry.method for entry in sim.journal.entries] == ["GET", "POST"]
    assert len(proxy.seen) == 2
    assert {method for method, _target in proxy.seen} == ({"CONNECT"} if sim.ca_path else {"GET", "POST"})


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "truncate", "tls_break"])
def test_what_breaks_behind_it_breaks_in_front_of_it(fault: str, sim: SimulatorServer, proxy: Proxy) -> None:
    sim.reset()
    sim.faults.add(fault)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        send(sim, proxy)
    assert send(sim, proxy).status_code == 200


def test_an_answer_is_kept(proxy: Proxy) -> None:
    proxy.drop_answers = 1
    with SimulatorServer(clock=ManualClock()) as sim:
        with pytest.raises(requests.ConnectionError):
            send(sim, proxy, "POST", json=create_body())
        assert len(sim.journal.writes) == 1
        assert send(sim, proxy).status_code == 200


def test_a_tunnel_is_refused(proxy: Proxy) -> None:
    proxy.refuse_tunnels = 407
    with SimulatorServer(clock=ManualClock(), tls=True) as sim:
        with pytest.raises(requests.exceptions.ProxyError, match="407"):
            send(sim, proxy)
        assert sim.journal.entries == []


def test_the_environment_names_it(proxy: Proxy) -> None:
    assert proxy.environment()["https_proxy"] == proxy.url == proxy.environment()["HTTP_PROXY"]
    assert proxy.environment()["no_proxy"] == ""
