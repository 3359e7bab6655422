# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ies_service and time: services found in progress or failed, operations that fail or take too long, answers that get lost."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils import _task_runner
from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT, Runner
from tests.unit.modules.support import (
    MODIFY_BODY,
    NAME,
    SERVICE,
    SERVICE_ID,
    SERVICES,
    VPN,
    add_service,
    bandwidths,
    check_service_shape,
    declared,
    site2dc,
    stored,
    wire_item,
    written,
)

SCALE: dict[str, Any] = {"name": NAME, "bandwidth": 80000}
SYSTEM_ERROR = "framwork.remote.SystemError"


def _scale_elsewhere(sim: SimulatorServer, bandwidth: str) -> None:
    item = {**wire_item(VPN, bandwidth), "action": "update"}
    sim.state.modify(TENANT, SERVICE_ID, {"service": {"parameters": {"Site2DCList": [item]}}})


# Found in progress


def test_in_progress_and_identical(run: Runner, sim: SimulatorServer) -> None:
    _scale_elsewhere(sim, "80000")
    result = run.ok("ies_service", wait=False, **SCALE)
    assert (result["changed"], result["service"]["status"]) == (False, "UpdateInProgress")
    begun = sim.clock.now()
    result = run.ok("ies_service", **SCALE)
    assert (result["changed"], result["service"]["status"]) == (False, "Completed")
    assert sim.clock.now() - begun >= 30
    assert written(sim) == []


def test_in_progress_and_different(run: Runner, sim: SimulatorServer) -> None:
    _scale_elsewhere(sim, "70000")
    run.fails("ies_service", "conflict", "busy", NAME, SERVICE_ID, wait=False, **SCALE)
    assert written(sim) == []
    result = run.ok("ies_service", **SCALE)
    assert result["actions"] == ["update"]
    assert result["diff"]["before"]["connections"][VPN]["Bandwidth"] == "70000"
    assert [entry.body for entry in sim.journal.writes] == [MODIFY_BODY]
    assert [entry.status for entry in sim.journal.writes] == [202]


def test_in_progress_for_longer_than_the_wait(run: Runner, sim: SimulatorServer) -> None:
    sim.state.set_status(SERVICE_ID, "UpdateInProgress")
    begun = sim.clock.now()
    result = run.fails("ies_service", "timeout", NAME, SERVICE_ID, "wait_timeout", wait_timeout=45, **SCALE)
    assert sim.clock.now() - begun == 45
    assert result["service"]["status"] == "UpdateInProgress"
    check_service_shape(result["service"])
    assert "operation_id" in result
    assert written(sim) == []


def test_being_deleted_is_created_anew(run: Runner, sim: SimulatorServer) -> None:
    sim.state.delete(TENANT, SERVICE_ID)
    run.fails("ies_service", "conflict", "busy", **declared(wait=False))
    assert written(sim) == []
    result = run.ok("ies_service", **declared())
    assert written(sim) == [("POST", SERVICES)]
    assert result["actions"] == ["create"]
    assert result["service"]["service_id"] != SERVICE_ID
    assert stored(sim) == [(NAME, "Completed")]


def test_in_progress_ends_as_failed_and_is_applied_again(run: Runner, sim: SimulatorServer) -> None:
    sim.faults.add("fail_async", operation="modify")
    run("ies_service", wait=False, **SCALE)
    result = run.ok("ies_service", **SCALE)
    assert result["actions"] == ["update"]
    assert [method for method, _path in written(sim)] == ["PUT", "PUT"]
    assert stored(sim) == [(NAME, "Completed")]


# Found failed


def test_failed_is_applied_again_although_it_looks_equal(run: Runner, sim: SimulatorServer) -> None:
    sim.state.set_status(SERVICE_ID, "Failed")
    result = run.ok("ies_service", name=NAME, bandwidth=60000)
    assert (result["changed"], result["actions"]) == (True, ["update"])
    assert sim.journal.writes[0].body["service"]["parameters"]["Site2DCList"] == [
        {**wire_item(VPN, "60000"), "action": "update"}
    ]
    assert result["service"]["phase"] == "ready"
    assert run.ok("ies_service", name=NAME, bandwidth=60000)["changed"] is False


def test_failed_without_anything_to_apply_is_reported(run: Runner, sim: SimulatorServer) -> None:
    sim.state.set_status(SERVICE_ID, "Failed")
    result = run.ok("ies_service", name=NAME, description="")
    assert (result["changed"], result["service"]["phase"]) == (False, "failed")
    assert SERVICE_ID in result["warnings"][0]
    assert written(sim) == []


def test_create_failed_is_replaced(run: Runner, sim: SimulatorServer) -> None:
    sim.state.set_status(SERVICE_ID, "CreateFailed")
    refused = declared(replace_failed=False)
    run.fails("ies_service", "conflict", NAME, SERVICE_ID, "replace_failed", **refused)
    run.fails("ies_service", "conflict", "replace_failed", check_mode=True, **refused)
    assert written(sim) == []
    result = run.ok("ies_service", **declared())
    assert written(sim) == [("DELETE", SERVICE), ("POST", SERVICES)]
    assert result["actions"] == ["delete", "create"]
    assert result["diff"]["before"]["connections"][VPN]["Bandwidth"] == "60000"
    assert stored(sim) == [(NAME, "Completed")]
    assert run.ok("ies_service", **declared())["changed"] is False


def test_undeclared_connections_of_a_recreation_that_failed_are_ordered_again(run: Runner, sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)
    add_service(sim, NAME, VPN, "vpn-undeclared", bandwidth="5")
    sim.faults.add("fail_async", operation="create")
    other = declared(on_immutable_change="recreate", site2dc=[site2dc(VPN, 5, vni="7")])
    run.fails("ies_service", "failed", NAME, "run again", **other)
    assert stored(sim) == [(NAME, "CreateFailed")]
    foreseen = run.ok("ies_service", check_mode=True, **other)
    result = run.ok("ies_service", **other)
    assert result["actions"] == foreseen["actions"] == ["delete", "create"]
    assert result["diff"] == foreseen["diff"]
    held = {entry["cloud_vpn_name"]: entry["bandwidth"] for entry in result["service"]["connections"]}
    assert held == {VPN: 5, "vpn-undeclared": 5}
    (warning,) = result["warnings"]
    assert "vpn-undeclared" in warning
    assert stored(sim) == [(NAME, "Completed")]
    assert run.ok("ies_service", **other)["changed"] is False


def test_leftovers_that_hold_different_connections_are_not_replaced(run: Runner, sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)
    left = [add_service(sim, NAME, VPN, more, status="CreateFailed") for more in ("vpn-1", "vpn-2")]
    run.fails("ies_service", "conflict", *left, "service_id", **declared(site2dc=[site2dc(VPN)]))
    assert written(sim) == []
    run.ok("ies_service", service_id=left[1], state="absent")
    result = run.ok("ies_service", **declared(site2dc=[site2dc(VPN)]))
    assert [entry["cloud_vpn_name"] for entry in result["service"]["connections"]] == [VPN, "vpn-1"]


def test_create_failed_named_by_its_id(run: Runner, sim: SimulatorServer) -> None:
    sim.state.set_status(SERVICE_ID, "CreateFailed")
    run.fails("ies_service", "conflict", SERVICE_ID, "name", service_id=SERVICE_ID, **declared(name=None))
    assert written(sim) == []
    assert run.ok("ies_service", service_id=SERVICE_ID, **declared())["actions"] == ["delete", "create"]


def test_a_leftover_beside_a_healthy_service_is_a_warning(run: Runner, sim: SimulatorServer) -> None:
    leftover = add_service(sim, NAME, "vpn-left", status="CreateFailed")
    for declaration, changed in ((SCALE, True), (SCALE, False)):
        result = run.ok("ies_service", **declaration)
        assert result["changed"] is changed
        assert result["service"]["service_id"] == SERVICE_ID
        (warning,) = result["warnings"]
        assert leftover in warning
    assert written(sim) == [("PUT", SERVICE)]
    assert stored(sim) == [(NAME, "Completed"), (NAME, "CreateFailed")]


# The operation fails


def test_a_failing_create(run: Runner, sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)
    sim.faults.add("fail_async", operation="create", reason="no free port at Manager_VPC")
    result = run.fails("ies_service", "failed", NAME, "no free port at Manager_VPC", **declared())
    check_service_shape(result["service"])
    assert (result["service"]["status"], result["service"]["phase"]) == ("CreateFailed", "create_failed")
    assert result["service"]["service_id"] in result["msg"]
    assert result["operation_id"]
    assert (result["changed"], result["actions"]) == (True, ["create"])
    assert run.ok("ies_service", **declared())["actions"] == ["delete", "create"]
    assert stored(sim) == [(NAME, "Completed")]


def test_a_failing_modify(run: Runner, sim: SimulatorServer) -> None:
    sim.faults.add("fail_async", operation="modify")
    result = run.fails("ies_service", "failed", NAME, SERVICE_ID, "serviceDecomposer update failed", **SCALE)
    assert result["service"]["status"] == "Failed"
    assert result["operation_id"] == sim.state.operations(SERVICE_ID)[0].operation_id
    assert result["actions"] == ["update"]
    # What is stored equals what is declared, and was never applied (contract 5.3).
    assert bandwidths(sim) == {VPN: "80000"}
    assert run.ok("ies_service", **SCALE)["changed"] is True
    assert stored(sim) == [(NAME, "Completed")]


@pytest.mark.parametrize("operations", ["404", "403", "405", "purged", "storage-trouble"])
def test_a_failure_without_readable_operations(run: Runner, sim: SimulatorServer, operations: str) -> None:
    sim.options.update({"operations": operations})
    sim.faults.add("fail_async", operation="modify")
    result = run.fails("ies_service", "failed", NAME, SERVICE_ID, **SCALE)
    assert result["service"]["status"] == "Failed"
    assert run.ok("ies_service", **SCALE)["service"]["phase"] == "ready"


def test_a_failing_deactivation(run: Runner, sim: SimulatorServer) -> None:
    sim.state.set_status(SERVICE_ID, active_status="Active")
    sim.faults.add("fail_async", operation="deactivate", reason="stuck")
    result = run.fails("ies_service", "failed", "stuck", name=NAME, state="absent", deactivate=True)
    assert result["actions"] == ["deactivate"]
    assert written(sim) == [("POST", f"{SERVICE}/deactivation")]


def test_gone_while_it_was_waited_for(run: Runner, sim: SimulatorServer) -> None:
    sim.faults.add("status", method="GET", path=f"{SERVICE}$", after=1, times=None, status=404, body=None)
    run.fails("ies_service", "failed", NAME, "gone", **SCALE)


# It takes too long


def test_a_create_that_takes_too_long_is_taken_up(run: Runner, sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)
    begun = sim.clock.now()
    result = run.fails("ies_service", "timeout", NAME, "wait_timeout", "40", **declared(wait_timeout=40))
    assert sim.clock.now() - begun == 40
    check_service_shape(result["service"])
    assert result["service"]["status"] == "CreateInProgress"
    assert result["service"]["service_id"] in result["msg"]
    assert result["operation_id"] == sim.state.operations(result["service"]["service_id"])[0].operation_id
    assert (result["changed"], result["actions"]) == (True, ["create"])
    again = run.ok("ies_service", **declared())
    assert (again["changed"], again["service"]["phase"]) == (False, "ready")
    assert again["service"]["service_id"] == result["service"]["service_id"]
    assert len(written(sim)) == 1


def test_a_modify_that_takes_too_long_is_taken_up(run: Runner, sim: SimulatorServer) -> None:
    result = run.fails("ies_service", "timeout", NAME, SERVICE_ID, wait_timeout=20, **SCALE)
    assert (result["service"]["status"], result["actions"]) == ("UpdateInProgress", ["update"])
    assert run.ok("ies_service", **SCALE)["changed"] is False
    assert len(written(sim)) == 1


def test_looks_that_fail_for_too_long(run: Runner, sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)
    # The first look sees it in progress, the next three fail, and then the one after them.
    sim.faults.add("status", method="GET", path=f"{SERVICES}/", after=2, times=3, status=503, body=None)
    assert run.ok("ies_service", **declared(api_retries=0))["service"]["phase"] == "ready"
    sim.reset()
    sim.state.clear_services(TENANT)
    sim.faults.add("status", method="GET", path=f"{SERVICES}/", after=2, times=None, status=503, body=None)
    result = run.fails("ies_service", "server", **declared(api_retries=0))
    (made,) = sim.state.services(TENANT)
    assert (result["service"]["service_id"], result["service"]["status"]) == (made.service_id, "CreateInProgress")
    assert result["operation_id"] == sim.state.operations(made.service_id)[0].operation_id


def test_a_rename_whose_operation_never_ends(run: Runner, sim: SimulatorServer) -> None:
    begun = sim.clock.now()
    result = run.ok("ies_service", service_id=SERVICE_ID, name="renamed")
    assert sim.clock.now() - begun <= 30
    assert result["service"]["name"] == "renamed"
    assert sim.state.operations(SERVICE_ID)[0].progress == "inprogress"


# Answers get lost


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        ({"action": "drop_after"}, False),
        ({"action": "drop_after"}, True),
        ({"action": "status_after", "status": 500, "exceptionId": SYSTEM_ERROR}, True),
        ({"action": "status_after", "status": 500, "exceptionId": "servicemgr.db.oper_db_error"}, True),
        ({"action": "status_after", "status": 502, "body": "<html>Bad gateway</html>"}, True),
        ({"action": "status_after", "status": 504, "body": None}, True),
        ({"action": "status_after", "status": 200, "body": "<html>Sign in</html>"}, True),
        ({"action": "truncate", "mode": "json"}, True),
        ({"action": "truncate"}, True),
    ],
    ids=str,
)
class TestLostAnswer:
    """The write was carried out, and what came back does not tell."""

    def test_create(self, run: Runner, sim: SimulatorServer, fault: dict[str, Any], wait: bool) -> None:
        sim.state.clear_services(TENANT)
        sim.faults.add(method="POST", **fault)
        result = run.ok("ies_service", **declared(wait=wait))
        assert (result["changed"], result["actions"]) == (True, ["create"])
        (made,) = sim.state.services(TENANT)
        assert result["service"]["service_id"] == made.service_id
        assert any(made.service_id in warning for warning in result["warnings"])
        assert written(sim) == [("POST", SERVICES)]
        assert run.ok("ies_service", **declared())["changed"] is False

    def test_modify(self, run: Runner, sim: SimulatorServer, fault: dict[str, Any], wait: bool) -> None:
        sim.faults.add(method="PUT", **fault)
        result = run.ok("ies_service", wait=wait, **SCALE)
        assert (result["changed"], result["actions"]) == (True, ["update"])
        assert result["service"]["connections"][0]["bandwidth"] == 80000
        assert written(sim) == [("PUT", SERVICE)]

    def test_delete(self, run: Runner, sim: SimulatorServer, fault: dict[str, Any], wait: bool) -> None:
        sim.faults.add(method="DELETE", **fault)
        result = run.ok("ies_service", name=NAME, state="absent", wait=wait)
        assert (result["changed"], result["actions"]) == (True, ["delete"])
        assert written(sim) == [("DELETE", SERVICE)]


def test_an_order_that_never_arrived_is_not_repeated(run: Runner, sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)
    sim.faults.add("drop_before", method="POST")
    result = run.fails("ies_service", "unreachable", NAME, "run again", **declared())
    assert result["error"]["method"] == "POST"
    assert len(written(sim)) == 1
    assert run.ok("ies_service", **declared())["actions"] == ["create"]
    assert stored(sim) == [(NAME, "Completed")]


@pytest.mark.parametrize("fault", [{"action": "drop_before"}, {"action": "html"}, {"action": "status", "status": 500}])
def test_a_modify_that_never_arrived_is_sent_once_more_after_a_look(
    run: Runner, sim: SimulatorServer, fault: dict[str, Any]
) -> None:
    sim.faults.add(method="PUT", **fault)
    assert run.ok("ies_service", **SCALE)["changed"] is True
    assert bandwidths(sim) == {VPN: "80000"}
    calls = [(entry.method, entry.path) for entry in sim.journal.entries]
    first = calls.index(("PUT", SERVICE))
    assert calls[first + 1 : first + 3] == [("GET", SERVICE), ("PUT", SERVICE)]


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [(429, {"Retry-After": "7"}, {"error_code": "APIGW.0308"}), (503, {"Retry-After": "7"}, None), (503, {}, None)],
)
def test_a_write_that_was_turned_away_is_sent_again(
    run: Runner, sim: SimulatorServer, status: int, headers: dict[str, str], body: Any
) -> None:
    # After a 503 the update may be under way: once more after a look, and no more often.
    repeats = 2 if status == 429 else 1
    sim.faults.add("status", method="PUT", times=repeats, status=status, headers=headers, body=body)
    begun = sim.clock.now()
    run.ok("ies_service", **SCALE, wait=False)
    assert sim.clock.now() - begun >= (7 * repeats if headers else 1)
    assert len(written(sim)) == repeats + 1
    assert bandwidths(sim) == {VPN: "80000"}


def test_an_order_that_was_turned_away_is_sent_again(run: Runner, sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)
    sim.faults.add("status", method="POST", times=2, status=429, headers={"Retry-After": "7"}, body=None)
    begun = sim.clock.now()
    run.ok("ies_service", **declared(wait=False))
    assert sim.clock.now() - begun >= 14
    assert len(written(sim)) == 3
    assert stored(sim) == [(NAME, "CreateInProgress")]


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "7"}], ids=["plain", "retry-after"])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_order_is_sent_once_whatever_5xx_it_meets(
    run: Runner, sim: SimulatorServer, status: int, headers: dict[str, str]
) -> None:
    sim.state.clear_services(TENANT)
    sim.faults.add("status", method="POST", status=status, headers=headers, body=None)
    result = run.fails("ies_service", "server", NAME, "run again", **declared())
    assert (result["changed"], result["actions"], result["error"]["method"]) == (False, [], "POST")
    assert written(sim) == [("POST", SERVICES)]
    assert run.ok("ies_service", **declared())["actions"] == ["create"]
    assert stored(sim) == [(NAME, "Completed")]


@pytest.mark.parametrize("status", [404, 200])
def test_nothing_is_ordered_on_one_empty_list(run: Runner, sim: SimulatorServer, status: int) -> None:
    body: dict[str, Any] | None = None if status == 404 else {"services": []}
    sim.faults.add("status", method="GET", path=f"{SERVICES}$", status=status, body=body)
    declaration = declared(site2dc=None, bandwidth=60000)
    assert run.ok("ies_service", **declaration)["changed"] is False
    assert written(sim) == []
    assert stored(sim) == [(NAME, "Completed")]


def test_check_mode_does_not_plan_on_one_empty_list(run: Runner, sim: SimulatorServer) -> None:
    sim.faults.add("status", method="GET", path=f"{SERVICES}$", status=404, body=None)
    assert run.ok("ies_service", check_mode=True, **declared(site2dc=None, bandwidth=60000))["actions"] == []


@pytest.mark.parametrize("null_body", ["empty", "null"])
def test_an_empty_list_is_read_twice_before_an_order(run: Runner, sim: SimulatorServer, null_body: str) -> None:
    sim.options.update({"null_body": null_body})
    sim.state.clear_services(TENANT)
    assert run.ok("ies_service", wait=False, **declared())["actions"] == ["create"]
    calls = [(entry.method, entry.path) for entry in sim.journal.entries]
    assert calls[: calls.index(("POST", SERVICES))].count(("GET", SERVICES)) == 2


def test_turned_away_for_ever(run: Runner, sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)
    sim.faults.add("status", method="POST", times=None, status=429, body=None)
    run.fails("ies_service", "rate_limited", NAME, **declared(api_retries=2))
    assert len(written(sim)) == 3
    sim.reset()
    sim.state.clear_services(TENANT)
    sim.faults.add("status", method="POST", times=None, status=503, body=None)
    run.fails("ies_service", "server", NAME, "run again", **declared())
    assert len(written(sim)) == 1
    assert stored(sim) == []
    sim.reset()
    sim.faults.add("status", method="PUT", times=None, status=503, body=None)
    run.fails("ies_service", "server", NAME, SERVICE_ID, "run again", **SCALE)
    assert len(written(sim)) == 2
    assert bandwidths(sim) == {VPN: "60000"}


def test_an_order_that_fails_after_it_was_stored(run: Runner, sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)
    sim.faults.add("create_failed_after_store")
    result = run.fails("ies_service", "failed", NAME, "CreateFailed", **declared())
    assert result["service"]["phase"] == "create_failed"
    assert result["service"]["service_id"] in result["msg"]
    assert stored(sim) == [(NAME, "CreateFailed")]
    assert written(sim) == [("POST", SERVICES)]
    assert run.ok("ies_service", **declared())["actions"] == ["delete", "create"]
    assert stored(sim) == [(NAME, "Completed")]


def test_a_modify_that_fails_at_once(run: Runner, sim: SimulatorServer) -> None:
    sim.faults.add("fail_sync", operation="modify", times=None)
    result = run.fails("ies_service", "server", SERVICE_ID, **SCALE)
    assert result["error"]["status"] == 500
    assert len(written(sim)) == 2
    sim.faults.clear()
    assert run.ok("ies_service", **SCALE)["changed"] is True


def test_a_known_refusal_is_no_lost_answer(run: Runner, sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)
    refusal = {"status": 500, "exceptionId": "servicemgr.service.template.parse_error"}
    sim.faults.add("status", method="POST", **refusal)
    result = run.fails("ies_service", "invalid", NAME, "template", **declared())
    assert (result["error"]["status"], result["error"]["exception_id"]) == (500, refusal["exceptionId"])
    assert result["error"]["method"] == "POST"
    assert result["error"]["url"] == f"{sim.url}{SERVICES}"
    assert (result["changed"], result["actions"]) == (False, [])
    assert len(written(sim)) == 1


@pytest.mark.parametrize("refusal_status", [500, 409])
def test_refusals_by_id_whatever_their_status(run: Runner, sim: SimulatorServer, refusal_status: int) -> None:
    sim.options.refusal_status = refusal_status
    add_service(sim, "busy", "vpn-busy", status="Completed")
    sim.faults.add("status", method="PUT", status=refusal_status, exceptionId="servicemgr.service.status_inprogress")
    result = run.fails("ies_service", "conflict", "busy", "'busy'", name="busy", bandwidth=5)
    assert result["error"]["status"] == refusal_status


def test_an_order_of_another_run_is_not_taken_for_a_lost_one(run: Runner, sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)
    sim.faults.add("drop_before", method="POST")
    with _meanwhile(sim, lambda: add_service(sim, NAME, "vpn-of-another")):
        run.fails("ies_service", "unreachable", NAME, **declared())
    assert len(written(sim)) == 1


@pytest.mark.parametrize("answer_lost", [False, True])
def test_a_twin_made_beside_this_run_is_reported(run: Runner, sim: SimulatorServer, answer_lost: bool) -> None:
    sim.state.clear_services(TENANT)
    if answer_lost:
        sim.faults.add("drop_after", method="POST")
    with _meanwhile(sim, lambda: add_service(sim, NAME)):
        result = run.fails("ies_service", "conflict", NAME, **declared())
    assert all(service.service_id in result["msg"] for service in sim.state.services(TENANT))
    assert len(sim.state.services(TENANT)) == 2
    assert len(written(sim)) == 1


@contextlib.contextmanager
def _meanwhile(sim: SimulatorServer, deed: Callable[[], object]) -> Iterator[None]:
    """Do something in the simulator while the task sleeps for the first time."""
    left = [deed]

    def sleep(seconds: float) -> None:
        sim.clock.advance(seconds)
        while left:
            left.pop()()

    clock = dataclasses.replace(_task_runner.SYSTEM_CLOCK, sleep=sleep)
    with mock.patch.object(_task_runner, "SYSTEM_CLOCK", clock):
        yield
    assert not left


def test_a_lost_modify_that_cannot_be_looked_up(run: Runner, sim: SimulatorServer) -> None:
    sim.faults.add("drop_after", method="PUT")
    sim.faults.add("status", method="GET", path=f"{SERVICE}$", after=1, times=None, status=503, body=None)
    result = run.fails("ies_service", "unreachable", SERVICE_ID, "looked up", "run again", **SCALE)
    assert result["error"]["method"] == "PUT"
    assert written(sim) == [("PUT", SERVICE)]
    sim.faults.clear()
    assert run.ok("ies_service", **SCALE)["changed"] is False


def test_a_lost_order_that_cannot_be_looked_up(run: Runner, sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)
    sim.faults.add("drop_after", method="POST")
    # The empty list is read twice before the order.
    sim.faults.add("status", method="GET", path=f"{SERVICES}$", after=2, times=None, status=503, body=None)
    run.fails("ies_service", "unreachable", NAME, "run again", **declared())
    assert written(sim) == [("POST", SERVICES)]
    sim.faults.clear()
    assert run.ok("ies_service", **declared())["changed"] is False
    assert len(sim.state.services(TENANT)) == 1


def test_a_service_that_is_gone_when_its_modify_got_lost(run: Runner, sim: SimulatorServer) -> None:
    sim.faults.add("drop_before", method="PUT")
    sim.faults.add("status", method="GET", path=f"{SERVICE}$", after=1, status=404, body=None)
    sim.faults.add("status", method="PUT", status=400, exceptionId="servicemgr.service.not_exist")
    result = run.fails("ies_service", "not_found", NAME, SERVICE_ID, **SCALE)
    assert result["error"]["exception_id"] == "servicemgr.service.not_exist"
    assert len(written(sim)) == 2


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
def test_a_lost_deactivation(run: Runner, sim: SimulatorServer, fault: str) -> None:
    sim.state.set_status(SERVICE_ID, active_status="Active")
    sim.faults.add(fault, method="POST")
    removal: dict[str, Any] = {"name": NAME, "state": "absent", "deactivate": True}
    if fault == "drop_before":
        # A POST is not sent again on a guess (contract 3.4).
        result = run.fails("ies_service", "unreachable", NAME, "run again", **removal)
        assert (result["actions"], written(sim)) == ([], [("POST", f"{SERVICE}/deactivation")])
        sim.journal.clear()
    result = run.ok("ies_service", **removal)
    assert result["actions"] == ["deactivate", "delete"]
    assert [method for method, _path in written(sim)] == ["POST", "DELETE"]
    assert stored(sim) == []


def test_a_modify_that_failed_before_it_was_looked_at(run: Runner, sim: SimulatorServer) -> None:
    sim.state.durations.update({"modify": 0})
    sim.faults.add("fail_async", operation="modify")
    result = run.fails("ies_service", "failed", NAME, SERVICE_ID, "Failed", "run again", wait=False, **SCALE)
    assert result["service"]["phase"] == "failed"
    assert run.ok("ies_service", wait=False, **SCALE)["service"]["phase"] == "ready"


def test_a_service_removed_right_after_its_modify(run: Runner, sim: SimulatorServer) -> None:
    sim.faults.add("status", method="GET", path=f"{SERVICE}$", after=1, times=None, status=404, body=None)
    result = run.ok("ies_service", wait=False, **SCALE)
    assert result["actions"] == ["update"]


def test_a_reason_that_cannot_be_read_does_not_hide_the_failure(run: Runner, sim: SimulatorServer) -> None:
    sim.options.operations = "purged"
    sim.faults.add("fail_async", operation="modify")
    sim.faults.add("status", method="GET", path="/operations$", times=None, status=500)
    result = run.fails("ies_service", "failed", NAME, "no reason", **SCALE)
    assert result["service"]["phase"] == "failed"
