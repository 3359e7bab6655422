# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbook tests share: a fast simulated IES, and real ansible-playbook processes in a home of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Serve, as_at_first
from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import Ansible

# Seconds that work takes. The processes run by the real clock, and so does this simulator.
_DURATIONS = dict.fromkeys(("create", "modify", "delete", "activate", "deactivate"), 0.1)


@pytest.fixture(scope="module")
def module_sim(serve: Serve) -> Iterator[SimulatorServer]:
    with serve(durations=_DURATIONS) as server:
        yield server


@pytest.fixture
def sim(module_sim: SimulatorServer) -> Iterator[SimulatorServer]:
    """Return a simulated IES in its preloaded state, whose operations end at once."""
    with as_at_first(module_sim) as server:
        yield server


@pytest.fixture
def ansible(sim: SimulatorServer, tmp_path: Path) -> Ansible:
    """Return a runner of Ansible processes that know the simulator from their environment."""
    return Ansible(sim, tmp_path)
