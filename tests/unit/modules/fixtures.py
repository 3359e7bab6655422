# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the folders whose tests run whole tasks: a simulator, its clock as the tasks' clock, and the two doors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils import _task_runner
from ansible_collections.cloudopera.ies.plugins.module_utils._time import Clock
from ansible_collections.cloudopera.ies.plugins.plugin_utils import _action
from tests.conftest import Serve, as_at_first
from tests.simulator.clock import ManualClock
from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import DOORS, Runner

START = 1_700_000_000.0
# A few looks at the usual wait_sleep of 15 s.
DURATIONS = {"create": 60.0, "modify": 30.0, "delete": 30.0, "activate": 30.0, "deactivate": 30.0}


@pytest.fixture(scope="session")
def session_sim(serve: Serve) -> Iterator[SimulatorServer]:
    """A simulator whose clock only tests move."""
    with serve(clock=ManualClock(START), durations=DURATIONS) as server:
        yield server
        _action._shared_client.cache_clear()


@pytest.fixture
def sim(session_sim: SimulatorServer) -> Iterator[SimulatorServer]:
    """The simulator as it was at its start, the clock apart."""
    with as_at_first(session_sim) as server:
        yield server


@pytest.fixture(autouse=True)
def _no_waiting(sim: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sleeping moves the simulator's clock, and nothing of this machine's environment reaches a task."""
    clock = Clock(now=sim.clock.now, monotonic=sim.clock.now, sleep=sim.clock.advance)
    monkeypatch.setattr(_task_runner, "SYSTEM_CLOCK", clock)
    for variable in list(os.environ):
        if variable.startswith("IES_") or variable.lower().endswith(("_proxy", "_ca_bundle")):
            monkeypatch.delenv(variable)


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    """Each door in turn."""
    return str(request.param)


@pytest.fixture
def run(door: str, sim: SimulatorServer, tmp_path: Path) -> Runner:
    """Run a task through the door of this test."""
    return Runner(door, sim, str(tmp_path))
