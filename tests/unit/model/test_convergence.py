# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever happens to runs, a re-run converges on what is declared: the state machine of C(machine.py), a short walk of it.

C(make soak) goes a long way, each time another one.
"""

from __future__ import annotations

from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.simulator.clock import ManualClock
from tests.simulator.server import SimulatorServer
from tests.unit.model.machine import World, machine_of
from tests.unit.modules.fixtures import DURATIONS, START


def test_a_quiet_rerun_converges_whatever_happened_before() -> None:
    with SimulatorServer(clock=ManualClock(START), durations=DURATIONS) as sim:
        world = World(sim)
        walks = settings(max_examples=18, stateful_step_count=25, phases=(Phase.generate, Phase.shrink))
        run_state_machine_as_test(machine_of(world), settings=walks)
    assert {"tracebacks", "canaries", "doubles", "losses"}.isdisjoint(world.tally)
    # A walk that met nothing would prove nothing.
    for met in ("faults", "kills", "unanswered", "races", "errors told"):
        assert world.tally[met] > 5, world.tally
