# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic, policy, order, and traffic again: the loop closed over the simulator's API, on a clock that is moved on."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.filter.elastic import bandwidth_target
from tests.unit.simulator.support import SAMPLE, SAMPLE_ID, SAMPLE_VPN, SERVICES, TRAFFIC, Api, scaled

LOOK_EVERY = 300
POLICY = {
    "minimum": 40000,
    "maximum": 160000,
    "step": 20000,
    "lower_window": "1h",
    "traffic_unit": 1,
}


class Loop:
    """A scheduled run that keeps nothing from one look to the next: all it knows is what the API tells."""

    def __init__(self, api: Api, policy: dict[str, Any]) -> None:
        self.api = api
        self.policy = policy
        self.begun = int(api.sim.clock.now())
        self.changes: list[tuple[int, int]] = []
        self.reasons: list[str] = []

    def run(self, hours: float) -> None:
        """Look, decide and order for so long."""
        for _look in range(int(hours * 3600 / LOOK_EVERY)):
            self.api.sim.clock.advance(LOOK_EVERY)
            self._look()

    def _look(self) -> None:
        service = self.api.get(SAMPLE).json()["service"]
        if "InProgress" in service["status"]:
            return
        bandwidth = int(service["parameters"]["Site2DCList"][0]["Bandwidth"])
        now = int(self.api.sim.clock.now())
        ended = self._last_change()
        decision = bandwidth_target(self._traffic(now), bandwidth, self.policy, now, *ended)
        self.reasons.append(decision["reasons"][0])
        if decision["target"] != bandwidth:
            self.changes.append((bandwidth, decision["target"]))
            assert self.api.send("PUT", SAMPLE, scaled(str(decision["target"]))).status_code == 202

    def _traffic(self, now: int) -> list[dict[str, Any]]:
        entries = []
        for direction in ("outbound", "inbound"):
            query = {"starttime": str(now - 7200), "endtime": str(now), "direction": direction}
            points = self.api.get(f"{TRAFFIC}/{SAMPLE_VPN}/traffic-rate", params=query).json()["data"]
            entries.append({"samples": [{"epoch": point["time"], "value": point["value"]} for point in points]})
        return entries

    def _last_change(self) -> tuple[float | None, float | None]:
        operations = self.api.get(f"{SERVICES}/{SAMPLE_ID}/operations").json()["operations"]
        if not operations:
            return None, None
        last = max(operations, key=lambda operation: operation["operate_at"])
        return last["operate_at"] / 1000, last["finished_at"] / 1000

    def written(self) -> list[str]:
        """Return the bandwidths of the orders in the journal."""
        return [entry.body["service"]["parameters"]["Site2DCList"][0]["Bandwidth"] for entry in self.api.sim.journal.writes]


@pytest.fixture
def loop(api: Api) -> Loop:
    api.sim.state.durations.update({"modify": 600})
    return Loop(api, POLICY)


def ask_for(loop: Loop, **changes: Any) -> None:
    flat = {"level": 30000, "daily": 0, "weekly": 1, "noise": 0.05, "seed": 1}
    assert loop.api.admin("PUT", f"demand/{SAMPLE_VPN}", {**flat, **changes}).status_code == 200


def test_a_burst_is_followed_up_and_down(loop: Loop) -> None:
    burst = {"from": loop.begun + 1800, "to": loop.begun + 9000, "level": 110000}
    ask_for(loop, bursts=[burst])
    loop.run(hours=6)
    assert loop.changes == [(60000, 100000), (100000, 160000), (160000, 40000)]
    assert loop.written() == ["100000", "160000", "40000"]
    assert any(reason.startswith("the line is full: a sample of 60,000") for reason in loop.reasons)
    assert any(reason.startswith("nothing is lowered before") for reason in loop.reasons)


def test_a_demand_over_the_top_ends_at_the_top(loop: Loop) -> None:
    ask_for(loop, level=500000)
    loop.run(hours=4)
    assert loop.changes == [(60000, 100000), (100000, 160000)]
    assert loop.reasons[-1].endswith("which is the largest size allowed")


def test_a_bandwidth_does_not_run_away_from_its_demand(loop: Loop) -> None:
    ask_for(loop, level=50000)
    loop.run(hours=6)
    assert loop.changes == [(60000, 80000)]


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ({"gaps": 1}, "there is no sample"),
        ({"idle": True}, "no traffic in the last 1 h"),
        ({"unit": 0.001}, "units differ"),
    ],
)
def test_what_is_not_known_changes_nothing(loop: Loop, shape: dict[str, Any], reason: str) -> None:
    ask_for(loop, **shape)
    loop.run(hours=3)
    assert loop.written() == []
    assert loop.reasons[-1].startswith(reason)


def test_a_unit_that_is_told_is_converted(loop: Loop) -> None:
    loop.policy = {**POLICY, "traffic_unit": 0.001}
    ask_for(loop, unit=0.001, level=50000)
    loop.run(hours=3)
    assert loop.changes == [(60000, 80000)]
