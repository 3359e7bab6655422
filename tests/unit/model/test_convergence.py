# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever happens to runs, a re-run converges on what is declared: the state machine of `machine.py`, a short walk of it.

`make soak` goes a long way, each time another one.
"""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.unit.model.approval import machine_of
from tests.unit.model.machine import PAIR, Desired, Disturbance, open_world
from tests.unit.model.runs import TENANT


def test_a_quiet_rerun_converges_whatever_happened_before() -> None:
    with open_world() as world:
        walks = settings(max_examples=26, stateful_step_count=25, phases=(Phase.generate, Phase.shrink))
        run_state_machine_as_test(machine_of(world), settings=walks)
    assert {"tracebacks", "canaries", "doubles", "losses", "trespasses"}.isdisjoint(world.tally)
    # A walk that met nothing would prove nothing.
    for met in ("faults", "kills", "unanswered", "races", "errors told"):
        assert world.tally[met] > 5, world.tally
    for met in ("answers dropped by the proxy", "walks with TLS", "runs beside a namesake", "pruned", "caps held", "adopted"):
        assert world.tally[met] > 0, world.tally
    for met in ("plans void", "plans applied"):
        assert world.tally[met] > 0, world.tally


@pytest.mark.parametrize("fleet", [False, True], ids=["alone", "in-a-fleet"])
@pytest.mark.parametrize(
    ("tls", "how"),
    [
        (False, Disturbance()),
        (False, Disturbance(faults=({"action": "drop_after", "method": "POST"},), proxied=True)),
        (True, Disturbance(faults=({"action": "tls_break", "method": "POST"},))),
        (True, Disturbance(faults=({"action": "tls_break", "method": "DELETE"},), proxied=True)),
    ],
    ids=["undisturbed", "dropped-behind-a-proxy", "broken-tls", "broken-tls-behind-a-proxy"],
)
def test_a_recreation_by_id_converges_beside_a_namesake(tls: bool, how: Disturbance, fleet: bool) -> None:
    with open_world() as world:
        machine = machine_of(world)()
        machine.begin([], 0, tls)
        for vni, disturbed in (("1", Disturbance()), ("2", how)):
            desired = Desired(connections=(("vpn-1", 60000, vni),), on_immutable_change="recreate")
            machine.declare_by_id(desired, disturbed, named=True, fleet=fleet, wait=True)
        machine.nobody_else_is_touched()
        assert world.tally["recreated beside a namesake"] == 2
        assert [service.status for service in machine.sim.state.named(TENANT, PAIR)] == ["Completed", "Completed"]
