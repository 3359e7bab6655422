# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the unit tests share: a simulated IES, a clock that never really sleeps, and clients of both."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from ansible_collections.cloudopera.ies.plugins.module_utils._time import Clock
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.client import IesClient
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.connection import ConnectionOptions
from tests.conftest import as_at_first
from tests.simulator.clock import ManualClock
from tests.simulator.server import SimulatorServer

# The same examples everywhere, however slow the machine is, and no folder of examples beside the sources.
settings.register_profile("unit", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unit")

START = 1_700_000_000.0
TENANT = "nbitest_14"
_FROM_TERMINALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
_ENVIRONMENT = (
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"),
    *("IES_API_URL", "IES_AUTH_TOKEN", "IES_BEARER_TOKEN", "IES_VALIDATE_CERTS", "IES_CA_PATH"),
    *("IES_API_TIMEOUT", "IES_API_RETRIES"),
)


class FakeTime:
    """Time that passes only when somebody sleeps, and then for the simulator too."""

    def __init__(self, ticking: ManualClock, most_sleeps: int = 2000) -> None:
        self.slept: list[float] = []
        self._ticking = ticking
        self._most_sleeps = most_sleeps
        self._afterwards: list[Callable[[float], None]] = []
        self.clock = Clock(now=ticking.now, monotonic=ticking.now, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.slept.append(seconds)
        assert len(self.slept) < self._most_sleeps, "this wait has no end"
        self._ticking.advance(seconds)
        for deed in self._afterwards:
            deed(seconds)

    @contextlib.contextmanager
    def after_each_sleep(self, deed: Callable[[float], None]) -> Iterator[None]:
        """Have something done after each sleep, as another run might; `deed` gets the seconds slept."""
        self._afterwards.append(deed)
        yield
        self._afterwards.remove(deed)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep proxies, CA files and tokens of the developer's machine out of the tests."""
    for name in _ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session", autouse=True)
def _signals_are_heard() -> Iterator[None]:
    """Let what tests start hear signals, also where these tests inherit that they are ignored.

    A shell has its background ignore SIGINT and SIGQUIT, and nohup has it ignore SIGHUP. The tests go on ignoring them, by a
    handler that does nothing, which is not inherited as SIG_IGN is.
    """
    deaf = [number for number in _FROM_TERMINALS if signal.getsignal(number) is signal.SIG_IGN]
    for number in deaf:
        signal.signal(number, lambda _number, _frame: None)
    yield
    for number in deaf:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture(scope="session")
def _running_simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(clock=ManualClock(START)) as server:
        yield server


@pytest.fixture
def simulator(_running_simulator: SimulatorServer) -> Iterator[SimulatorServer]:
    """Return a simulated IES in its preloaded state; its clock stands still until somebody sleeps."""
    with as_at_first(_running_simulator) as server:
        yield server


@pytest.fixture
def fake_time(simulator: SimulatorServer) -> FakeTime:
    """Return the time of the simulator."""
    assert isinstance(simulator.clock, ManualClock)
    return FakeTime(simulator.clock)


@pytest.fixture
def connect(simulator: SimulatorServer, fake_time: FakeTime) -> Iterator[Callable[..., IesClient]]:
    """Return a function that makes clients of the simulator: connection options as keywords, and the tenant."""
    opened: list[IesClient] = []

    def open_client(tenant: str = TENANT, pool_size: int = 8, **options: Any) -> IesClient:
        auth_token, bearer_token = simulator.tokens(tenant)
        given = {"api_url": simulator.url, "auth_token": auth_token, "bearer_token": bearer_token, **options}
        client = IesClient(ConnectionOptions(**given), fake_time.clock, pool_size)
        opened.append(client)
        return client

    yield open_client
    for client in opened:
        client.close()


@pytest.fixture
def client(connect: Callable[..., IesClient]) -> IesClient:
    """Return a client for the tenant of the contract's samples."""
    return connect()
