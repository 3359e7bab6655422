# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.clock import ManualClock
from tests.simulator.server import SimulatorServer
from tests.unit.simulator.support import START, Api


@pytest.fixture(scope="module")
def module_sim() -> Iterator[SimulatorServer]:
    with SimulatorServer(clock=ManualClock(START)) as server:
        yield server


@pytest.fixture
def sim(module_sim: SimulatorServer) -> SimulatorServer:
    module_sim.reset()
    return module_sim


@pytest.fixture
def api(sim: SimulatorServer) -> Iterator[Api]:
    client = Api(sim)
    yield client
    client.close()
