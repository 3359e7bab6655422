# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ies_service, state absent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT, Runner
from tests.unit.modules.support import NAME, SERVICE, SERVICE_ID, SERVICES, add_service, stored, written

GONE: dict[str, Any] = {"name": NAME, "state": "absent"}


@pytest.mark.parametrize("by", [GONE, {"service_id": SERVICE_ID, "state": "absent"}, {**GONE, "service_id": SERVICE_ID}])
def test_a_service_is_removed_and_stays_removed(run: Runner, sim: SimulatorServer, by: dict[str, Any]) -> None:
    result = run.ok("ies_service", **by)
    assert written(sim) == [("DELETE", SERVICE)]
    assert sim.journal.writes[0].body is None
    assert sim.journal.writes[0].content_type == "application/json"
    assert (result["changed"], result["actions"], result["service"]) == (True, ["delete"], None)
    assert result["operation_id"]
    assert result["diff"]["before"]["name"] == NAME
    assert result["diff"]["after"] == {}
    assert stored(sim) == []
    again = run.ok("ies_service", **by)
    assert (again["changed"], again["actions"], again["service"]) == (False, [], None)
    assert again["diff"] == {"before": {}, "after": {}}
    assert len(written(sim)) == 1


@pytest.mark.parametrize("by", [{"name": "unknown"}, {"service_id": "unknown"}, {"name": NAME, "tenant": "nbitest_16"}])
@pytest.mark.parametrize("check_mode", [False, True])
def test_what_is_not_there_is_unchanged(run: Runner, sim: SimulatorServer, by: dict[str, Any], check_mode: bool) -> None:
    result = run.ok("ies_service", state="absent", check_mode=check_mode, **by)
    assert (result["changed"], result["service"]) == (False, None)
    assert written(sim) == []


@pytest.mark.parametrize("status", ["Completed", "CreateFailed"])
@pytest.mark.parametrize("check_mode", [False, True])
def test_an_id_under_another_name_is_not_removed(run: Runner, sim: SimulatorServer, status: str, check_mode: bool) -> None:
    sim.state.set_status(SERVICE_ID, status)
    wrong = {"service_id": SERVICE_ID, "name": "another", "state": "absent"}
    run.fails("ies_service", "conflict", "is not named 'another', so it is not removed", check_mode=check_mode, **wrong)
    assert written(sim) == []


@pytest.mark.parametrize("empty_list", ["404", "200-list", "200-null"])
def test_an_empty_tenant(run: Runner, sim: SimulatorServer, empty_list: str) -> None:
    sim.options.update({"empty_list": empty_list})
    sim.state.clear_services(TENANT)
    assert run.ok("ies_service", **GONE)["changed"] is False


def test_declarations_of_present_do_not_matter(run: Runner, sim: SimulatorServer) -> None:
    result = run.ok("ies_service", bandwidth=5, parameters={"Site2DCList": []}, service_definition="Nothing", **GONE)
    assert result["changed"] is True
    assert written(sim) == [("DELETE", SERVICE)]


def test_a_create_failed_service_is_removed_at_once(run: Runner, sim: SimulatorServer) -> None:
    sim.state.set_status(SERVICE_ID, "CreateFailed")
    begun = sim.clock.now()
    assert run.ok("ies_service", **GONE)["actions"] == ["delete"]
    assert sim.clock.now() == begun
    assert stored(sim) == []


def test_leftovers_go_with_the_service(run: Runner, sim: SimulatorServer) -> None:
    leftover = add_service(sim, NAME, "vpn-left", status="CreateFailed")
    result = run.ok("ies_service", **GONE)
    assert sorted(written(sim)) == sorted([("DELETE", SERVICE), ("DELETE", f"{SERVICES}/{leftover}")])
    assert result["actions"] == ["delete", "delete"]
    assert stored(sim) == []


def test_an_active_service_needs_deactivate(run: Runner, sim: SimulatorServer) -> None:
    sim.state.set_status(SERVICE_ID, active_status="Active")
    result = run.fails("ies_service", "conflict", NAME, SERVICE_ID, "deactivate", **GONE)
    assert result["service"]["active_status"] == "Active"
    assert written(sim) == []
    result = run.ok("ies_service", deactivate=True, **GONE)
    assert written(sim) == [("POST", f"{SERVICE}/deactivation"), ("DELETE", SERVICE)]
    assert sim.journal.writes[0].body == {}
    assert (result["actions"], result["service"]) == (["deactivate", "delete"], None)
    assert stored(sim) == []


def test_deactivate_is_not_used_without_need(run: Runner, sim: SimulatorServer) -> None:
    assert run.ok("ies_service", deactivate=True, **GONE)["actions"] == ["delete"]
    assert written(sim) == [("DELETE", SERVICE)]


def test_activated_after_it_was_read(run: Runner, sim: SimulatorServer) -> None:
    refusal = {"status": 500, "exceptionId": "servicemgr.service.status_active"}
    sim.faults.add("status", method="DELETE", **refusal)
    result = run.fails("ies_service", "conflict", "deactivate", **GONE)
    assert result["error"]["exception_id"] == "servicemgr.service.status_active"
    sim.faults.add("status", method="DELETE", **refusal)
    sim.journal.clear()
    # By now it is no longer active, which is no reason to stop.
    assert run.ok("ies_service", deactivate=True, **GONE)["actions"] == ["delete"]
    assert [method for method, _path in written(sim)] == ["DELETE", "POST", "DELETE"]


def test_without_waiting(run: Runner, sim: SimulatorServer) -> None:
    result = run.ok("ies_service", wait=False, **GONE)
    assert result["service"]["status"] == "DeleteInProgress"
    again = run.ok("ies_service", wait=False, **GONE)
    assert (again["changed"], again["actions"]) == (False, [])
    assert len(written(sim)) == 1
    last = run.ok("ies_service", **GONE)
    assert (last["changed"], last["service"], stored(sim)) == (False, None, [])


def test_in_progress_is_waited_for(run: Runner, sim: SimulatorServer) -> None:
    sim.state.modify(TENANT, SERVICE_ID, {"service": {"parameters": {"Region": "x"}}})
    run.fails("ies_service", "conflict", "busy", wait=False, **GONE)
    assert written(sim) == []
    assert run.ok("ies_service", **GONE)["actions"] == ["delete"]
    assert stored(sim) == []


def test_a_failing_delete_tells_the_reason(run: Runner, sim: SimulatorServer) -> None:
    sim.faults.add("fail_async", method="DELETE", reason="the line is in use")
    result = run.fails("ies_service", "failed", NAME, SERVICE_ID, "the line is in use", **GONE)
    assert result["service"]["status"] == "Failed"
    assert result["operation_id"]
    assert (result["changed"], result["actions"]) == (True, ["delete"])
    assert run.ok("ies_service", **GONE)["changed"] is True


def test_a_delete_that_takes_too_long(run: Runner, sim: SimulatorServer) -> None:
    sim.state.durations.update({"delete": 100})
    result = run.fails("ies_service", "timeout", NAME, SERVICE_ID, "wait_timeout", wait_timeout=40, **GONE)
    assert result["service"]["status"] == "DeleteInProgress"
    assert result["operation_id"] == sim.state.operations(SERVICE_ID)[0].operation_id
    again = run.ok("ies_service", **GONE)
    assert (again["changed"], again["service"]) == (False, None)
    assert len(written(sim)) == 1


@pytest.mark.parametrize("fault", [{"action": "drop_after"}, {"action": "status_after", "status": 500}, {"action": "html"}])
def test_a_lost_answer_is_settled_by_looking(run: Runner, sim: SimulatorServer, fault: dict[str, Any]) -> None:
    sim.faults.add(method="DELETE", **fault)
    result = run.ok("ies_service", **GONE)
    assert (result["changed"], result["actions"], result["service"]) == (True, ["delete"], None)
    # The page in the server's place was no delete, so one had to follow.
    assert len(written(sim)) == (2 if fault["action"] == "html" else 1)
    assert stored(sim) == []
