# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How tests start simulators, and what `--through-proxy` adds: Prism between the client and each of them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from tests.contract.proxied import ProxiedSimulator
from tests.contract.proxy import Drift
from tests.simulator.server import SimulatorServer

Serve = Callable[..., AbstractContextManager[SimulatorServer]]


@contextmanager
def as_at_first(server: SimulatorServer) -> Iterator[SimulatorServer]:
    """Lend a simulator that tests share to one of them, in its preloaded state, and take the tokens back that it began with."""
    server.reset()
    store = server.token_store
    pairs = {tenant: server.tokens(tenant) for tenant in store.tenants}
    try:
        yield server
    finally:
        server.faults.clear()
        for tenant, (auth_token, bearer_token) in pairs.items():
            # What a test has issued is of no other test's business.
            if server.tokens(tenant) != (auth_token, bearer_token):
                store.issue(tenant, 0, auth_token=auth_token, bearer_token=bearer_token, validity=None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the contract check."""
    group = parser.getgroup("contract", "check by docs/openapi.json what the client and the simulator send each other")
    group.addoption("--through-proxy", metavar="PRISM", help="the program to put between them")
    group.addoption("--least-share", type=float, default=0.0, help="of the requests, to go through it, in per cent")


def pytest_configure(config: pytest.Config) -> None:
    """Start the contract check if it is asked for."""
    if config.option.through_proxy:
        config.pluginmanager.register(ContractCheck(config.option.through_proxy, config.option.least_share), "contract-check")


@pytest.fixture(scope="session")
def serve(pytestconfig: pytest.Config) -> Serve:
    """Return what makes simulators; they are reached through the proxy if there is one."""
    check = pytestconfig.pluginmanager.get_plugin("contract-check")
    return SimulatorServer if check is None else check.serve


class ContractCheck:
    """Fails each test in which a request or a response was refused, and the session if too few were looked at."""

    def __init__(self, program: str, least_share: float) -> None:
        self._program = program
        self._least_share = least_share
        self._simulators: list[ProxiedSimulator] = []

    def serve(self, **given: Any) -> ProxiedSimulator:
        """Make a simulator behind the proxy."""
        simulator = ProxiedSimulator(self._program, **given)
        self._simulators.append(simulator)
        return simulator

    def _take_drifts(self) -> list[Drift]:
        watches = [simulator.watch for simulator in self._simulators if simulator.watch is not None]
        return [drift for watch in watches for drift in watch.take_drifts()]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Name what drifted, also where the test did not mind or minded for another reason.

        Tests that do on purpose what is not described are left be.
        """
        for simulator in self._simulators:
            simulator.undescribed = item.get_closest_marker("undescribed") is not None
        try:
            yield
        finally:
            drifts = self._take_drifts()
            if drifts:
                pytest.fail("drifted from docs/openapi.json:\n" + "\n".join(map(str, drifts)), pytrace=False)

    @property
    def _counts(self) -> tuple[int, int]:
        passed = sum(simulator.watch.passed for simulator in self._simulators if simulator.watch is not None)
        return passed, sum(simulator.requests for simulator in self._simulators)

    @property
    def _share(self) -> float:
        passed, arrived = self._counts
        return 100 * passed / arrived if arrived else 0.0

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Let a session in which the proxy saw too little fail."""
        if self._share < self._least_share and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how much was looked at."""
        passed, arrived = self._counts
        terminalreporter.write_line(
            f"contract: {passed} of {arrived} requests and their answers went through the proxy ({self._share:.0f} %); "
            f"{arrived - passed} did not, because they or their answers are on purpose otherwise than described"
        )
        if self._share < self._least_share:
            terminalreporter.write_line(f"contract: FAILED, at least {self._least_share:.0f} % have to", red=True)
