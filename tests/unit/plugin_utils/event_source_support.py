# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the event source share: connections with a known load, pauses without waiting, and a queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.plugin_utils._event_source import TrafficSource
from ansible_collections.cloudopera.ies.plugins.plugin_utils._event_source_arguments import read_arguments
from tests.simulator.server import SimulatorServer
from tests.unit.conftest import TENANT, FakeTime

NAME = "site2dc4_201705071158"
SERVICE_ID = "L8YNdmm4Rg-SJcMnlicUQA"
VPN = "0S2DC4201705092039"
POLICY = {"minimum": 20000, "maximum": 100000, "step": 10000, "traffic_unit": 1}
LOGGER = "cloudopera.ies.cloudvpn_traffic"


class Enough(Exception):
    """The source has looked as often as the test wants."""


class Events(list[dict[str, Any]]):
    """A queue that never is full."""

    async def put(self, item: dict[str, Any], /) -> None:
        """Keep an event."""
        self.append(item)


class Pauses(list[float]):
    """The pauses between looks: time passes in none, deeds happen in some, and the last one is the end of the test.

    `deeds` are called in the pauses by their number, from 0.
    """

    def __init__(self, time: FakeTime, looks: int, deeds: Mapping[int, Callable[[], Any]] | None = None) -> None:
        super().__init__()
        self._time = time
        self._looks = looks
        self._deeds = deeds or {}

    async def sleep(self, seconds: float) -> None:
        """Note a pause instead of making it."""
        number = len(self)
        self.append(seconds)
        if number + 1 == self._looks:
            raise Enough
        self._time.sleep(seconds)
        self._deeds.get(number, lambda: None)()


def load(sim: SimulatorServer, value: float | None, vpn: str = VPN) -> None:
    """Have a connection carry so much in every minute of half a day before now and two hours after."""
    now = int(sim.clock.now())
    points = [{"time": at, "value": value} for at in range(now - 12 * 3600, now + 2 * 3600, 60)]
    path = f"traffic/connections/{vpn}/"
    sim.faults.add("status", method="GET", path=path, times=None, status=200, body={"data": points})


def args_of(sim: SimulatorServer, **more: Any) -> dict[str, Any]:
    """Return the arguments of a source that looks at one connection, without repeating what fails."""
    auth_token, bearer_token = sim.tokens(TENANT)
    return {
        "api_url": sim.url,
        "auth_token": auth_token,
        "bearer_token": bearer_token,
        "api_retries": 0,
        "connections": [{"name": NAME}],
        "policy": POLICY,
        **more,
    }


def look_at(
    sim: SimulatorServer, time: FakeTime, looks: int = 1, deeds: Mapping[int, Callable[[], Any]] | None = None, **more: Any
) -> tuple[Events, Pauses]:
    """Run a source for so many looks; return the events it has put and the pauses it has made."""
    events, pauses = Events(), Pauses(time, looks, deeds)
    source = TrafficSource(read_arguments(args_of(sim, **more)), time.clock, pauses.sleep)
    with pytest.raises(Enough):
        asyncio.run(source.run(events))
    return events, pauses
