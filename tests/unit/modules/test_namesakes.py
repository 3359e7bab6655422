# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services of one name that were there before: told apart by id, they are no race (public interface, section 3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT, Runner
from tests.unit.modules.support import NAME, SERVICE, SERVICE_ID, SERVICES, VPN, add_service, site2dc, stored, written

OTHER_VNI: dict[str, Any] = {"on_immutable_change": "recreate", "site2dc": [site2dc(VPN, vni="7")]}


def _ids(sim: SimulatorServer) -> set[str]:
    return {service.service_id for service in sim.state.services(TENANT)}


@pytest.mark.parametrize("named", [{}, {"name": NAME}], ids=["by-id", "by-id-and-name"])
@pytest.mark.parametrize("wait", [True, False])
def test_a_recreation_by_id_leaves_a_namesake_alone(
    run: Runner, sim: SimulatorServer, named: dict[str, str], wait: bool
) -> None:
    namesake = add_service(sim, NAME, "vpn-of-another", bandwidth="5")
    sim.clock.advance(60)
    result = run.ok("ies_service", service_id=SERVICE_ID, wait=wait, **named, **OTHER_VNI)
    assert (result["actions"], result.get("warnings", [])) == (["delete", "create"], [])
    assert written(sim) == [("DELETE", SERVICE), ("POST", SERVICES)]
    made = result["service"]["service_id"]
    assert made not in {namesake, SERVICE_ID}
    assert _ids(sim) == {namesake, made}
    other = sim.state.service(TENANT, namesake)
    assert other is not None
    assert [item["Bandwidth"] for item in other.parameters["Site2DCList"]] == ["5"]


def test_an_empty_answer_does_not_make_a_namesake_a_twin(run: Runner, sim: SimulatorServer) -> None:
    namesake = add_service(sim, NAME, "vpn-of-another")
    sim.faults.add("status", method="GET", path=f"{SERVICES}$", status=404, body=None)
    made = run.ok("ies_service", service_id=SERVICE_ID, **OTHER_VNI)["service"]["service_id"]
    assert _ids(sim) == {namesake, made}


def test_namesakes_that_one_run_recreates_are_no_twins_of_each_other(run: Runner, sim: SimulatorServer) -> None:
    namesake = add_service(sim, NAME, VPN)
    items = [{"service_id": service_id, **OTHER_VNI} for service_id in (SERVICE_ID, namesake)]
    result = run.ok("ies_services", services=items)
    assert [entry["actions"] for entry in result["services"]] == [["delete", "create"]] * 2
    assert stored(sim) == [(NAME, "Completed")] * 2
    assert _ids(sim) == {entry["service"]["service_id"] for entry in result["services"]}
