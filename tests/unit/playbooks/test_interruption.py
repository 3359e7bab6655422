# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is ended by a signal leaves no process behind, and nothing that a re-run does not finish."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import pytest

from tests.simulator.journal import Entry
from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import PACE, SERVICES, Ansible

TENANT = "nbitest_16"
STORED = "site2dc6_201705071300"
NAMES = [f"branch-{number}" for number in range(1, 5)]
# One order at a time, so that the second is not the last.
DECLARED: dict[str, Any] = {
    **PACE,
    "cloudvpn_max_parallel": 1,
    "cloudvpn_services": [
        {"name": name, "service_definition": "Site2DC", "site2dc": [{"cloud_vpn_name": f"{name}-vpn", "bandwidth": 60000}]}
        for name in NAMES
    ],
}
# Seconds a signal may take to end everything; fewer than api_timeout, so that nobody just gave up.
LIMIT = 25


class SecondOrder:
    """Holds the orders from the second on, before they are stored or after.

    Tells when the second has come, and when its sender has gone.
    """

    def __init__(self, sim: SimulatorServer, monkeypatch: pytest.MonkeyPatch, *, stored: bool) -> None:
        self.arrived = threading.Event()
        self.left = threading.Event()
        self._orders: list[Entry] = []
        self._begin, self._end = sim.journal.begin, sim.journal.end
        sim.faults.add("hang", method="POST", after=1, times=None, process=stored)
        monkeypatch.setattr(sim.journal, "begin", self._begun)
        monkeypatch.setattr(sim.journal, "end", self._ended)

    @property
    def body(self) -> Any:
        """What was asked for."""
        return self._orders[1].body

    def _begun(self, **facts: Any) -> Entry:
        entry = self._begin(**facts)
        if entry.method == "POST":
            self._orders.append(entry)
            if len(self._orders) == 2:
                self.arrived.set()
        return entry

    def _ended(self, entry: Entry, status: int | None) -> None:
        self._end(entry, status)
        if entry in self._orders[1:2]:
            self.left.set()


@pytest.mark.parametrize(
    ("number", "stored"),
    [
        (signal.SIGINT, False),
        (signal.SIGTERM, False),
        (signal.SIGKILL, False),
        (signal.SIGKILL, True),
    ],
)
def test_a_re_run_finishes_what_a_signal_broke_off(
    sim: SimulatorServer, ansible: Ansible, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, stored: bool
) -> None:
    order = SecondOrder(sim, monkeypatch, stored=stored)
    with ansible.start("cloudopera.ies.provision", TENANT, DECLARED) as process:
        try:
            assert order.arrived.wait(LIMIT)
            if number == signal.SIGINT:
                os.killpg(process.pid, number)  # as a terminal does
            else:
                process.send_signal(number)
            assert process.wait(LIMIT) != 0
            # The worker had the connection, so it is gone as well; and it did not wait for its response.
            assert order.left.wait(LIMIT)
        finally:
            process.kill()
        assert process.stdout is not None
        assert "Traceback" not in process.stdout.read()
    assert len(sim.journal.writes) == 2
    assert len(sim.state.services(TENANT)) == (3 if stored else 2)

    sim.faults.clear()
    ansible.playbook("cloudopera.ies.provision", tenant=TENANT, variables=DECLARED).went_well()
    assert sorted((service.name, service.status) for service in sim.state.services(TENANT)) == sorted(
        (name, "Completed") for name in [*NAMES, STORED]
    )
    orders = [entry for entry in sim.journal.writes if (entry.method, entry.path) == ("POST", SERVICES)]
    assert len(orders) == len(sim.journal.writes) == len(NAMES) + (0 if stored else 1)

    sim.journal.clear()
    ansible.playbook("cloudopera.ies.provision", tenant=TENANT, variables=DECLARED).went_well()
    assert sim.journal.writes == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_orders_that_are_sent_side_by_side(
    sim: SimulatorServer, ansible: Ansible, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    # Each order has a thread of its own, and a signal that such a thread took would be heard only when its order is through.
    order = SecondOrder(sim, monkeypatch, stored=False)
    variables = {**DECLARED, "cloudvpn_max_parallel": len(NAMES)}
    with ansible.start("cloudopera.ies.provision", TENANT, variables) as process:
        try:
            assert order.arrived.wait(LIMIT)
            os.killpg(process.pid, number)
            assert process.wait(LIMIT) != 0
            assert order.left.wait(LIMIT)
        finally:
            process.kill()


def test_an_order_that_the_server_takes_up_after_the_re_run_is_reported(
    sim: SimulatorServer, ansible: Ansible, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The API has nothing by which it could know the same order again, and no look can see what is not yet there.
    order = SecondOrder(sim, monkeypatch, stored=False)
    with ansible.start("cloudopera.ies.provision", TENANT, DECLARED) as process:
        assert order.arrived.wait(LIMIT)
        process.kill()
        assert order.left.wait(LIMIT)
    sim.faults.clear()
    ansible.playbook("cloudopera.ies.provision", tenant=TENANT, variables=DECLARED).went_well()
    late = sim.state.create(TENANT, order.body).service_id
    sim.journal.clear()

    run = ansible.playbook("cloudopera.ies.provision", tenant=TENANT, variables=DECLARED).failed()
    twins = [service.service_id for service in sim.state.named(TENANT, NAMES[1])]
    assert late in twins
    assert len(twins) == 2
    for twin in twins:
        assert twin in run.words
    assert sim.journal.writes == []
