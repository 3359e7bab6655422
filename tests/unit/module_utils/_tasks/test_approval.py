# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan is made, time passes and other hands work, and it is applied: the same plan, or nothing (interface, 10.3)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import ConflictError, FailedError, IesError, InvalidError
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks import ies_services
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks._approval import Approval
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks._context import Context
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.client import IesClient
from tests.simulator.server import SimulatorServer
from tests.unit.conftest import TENANT, FakeTime

from ..support import NAME, SERVICE_ID, VPN, caught_from, orderable, service_params

Run = Callable[..., dict[str, Any]]
SCALED = {"name": NAME, "bandwidth": 80000}
SAME = {"name": NAME, "bandwidth": 60000}


@pytest.fixture
def run(client: IesClient, fake_time: FakeTime) -> Run:
    """Return a function that runs the task in a mode, and tells in its result how often it asked before writing."""

    def run_it(mode: str, *declared: dict[str, Any], check_mode: bool = False, **given: Any) -> dict[str, Any]:
        asked: list[None] = []
        params = {option: spec.get("default") for option, spec in ies_services.OPTIONS.items()}
        services = [service_params(**item) for item in declared]
        context = Context(check_mode, fake_time.clock, before_writing=given.pop("before_writing", lambda: asked.append(None)))
        result = ies_services.run({**params, "services": services, "mode": mode, **given}, client, context)
        return {**json.loads(json.dumps(result)), "asked": len(asked)}

    return run_it


def plan(run: Run, *declared: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Return what is kept of a plan."""
    document: dict[str, Any] = run("plan", *declared, **given)["plan_document"]
    return document


def writes(simulator: SimulatorServer) -> list[str]:
    """Return the methods of the writes that arrived."""
    return [entry.method for entry in simulator.journal.writes]


def refusal(call: Callable[[], Any], simulator: SimulatorServer) -> str:
    """Return why nothing was written."""
    error = caught_from(call)
    assert isinstance(error, ConflictError), error
    assert writes(simulator) == []
    return error.message


def test_a_plan_reads_only(run: Run, simulator: SimulatorServer) -> None:
    result = run("plan", SCALED, orderable())
    assert writes(simulator) == []
    assert result["asked"] == 0
    assert result["fingerprint"] == result["plan_document"]["fingerprint"]
    assert [entry["actions"] for entry in result["services"]] == [["update"], ["create"]]


def test_the_fingerprint_is_the_same_by_whatever_mode(run: Run) -> None:
    kept = run("plan", SCALED)["fingerprint"]
    assert run("converge", SCALED, check_mode=True)["fingerprint"] == kept
    assert run("plan", SCALED, check_mode=True)["fingerprint"] == kept
    assert run("apply", SCALED, check_mode=True, plan_fingerprint=kept)["fingerprint"] == kept
    assert run("converge", SCALED)["fingerprint"] == kept
    assert run("converge", SCALED)["fingerprint"] != kept
    assert "plan_document" not in run("converge", SCALED)


def test_it_is_asked_once_before_the_first_write(run: Run, simulator: SimulatorServer) -> None:
    kept = plan(run, SCALED, orderable())
    seen: list[int] = []
    result = run("apply", SCALED, orderable(), plan_document=kept, before_writing=lambda: seen.append(len(writes(simulator))))
    assert seen == [0]
    assert sorted(writes(simulator)) == ["POST", "PUT"]
    assert [entry["actions"] for entry in result["services"]] == [["update"], ["create"]]


def test_in_check_mode_it_is_not_asked(run: Run, simulator: SimulatorServer) -> None:
    kept = plan(run, SCALED)
    assert run("apply", SCALED, plan_document=kept, check_mode=True)["asked"] == 0
    assert writes(simulator) == []


def test_who_forbids_the_first_write_forbids_them_all(run: Run, simulator: SimulatorServer) -> None:
    kept = plan(run, SCALED, orderable())

    def forbid() -> None:
        raise ConflictError("the plan file cannot be marked")

    words = refusal(lambda: run("apply", SCALED, orderable(), plan_document=kept, before_writing=forbid), simulator)
    assert words == "the plan file cannot be marked"


def test_nothing_is_needed_where_nothing_is_declared(run: Run, simulator: SimulatorServer) -> None:
    kept = plan(run)
    result = run("apply", plan_document=kept)
    assert (result["changed"], result["asked"]) == (False, 1)
    assert "service 'new' is not in the plan" in refusal(lambda: run("apply", orderable(), plan_document=kept), simulator)


def test_what_cannot_be_read_makes_a_plan_incomplete(run: Run, simulator: SimulatorServer) -> None:
    wrong = {**orderable(), "description": "x" * 256}
    error = caught_from(lambda: run("plan", SCALED, wrong))
    assert isinstance(error, FailedError)
    kept = error.result["plan_document"]
    assert (kept["complete"], kept["fingerprint"]) == (False, None)
    assert [entry["name"] for entry in kept["errors"]] == ["new"]
    good = plan(run, SCALED, orderable())
    words = refusal(lambda: run("apply", SCALED, wrong, plan_document=good), simulator)
    assert "can no longer be carried out: new: description has 256 characters" in words


def test_a_service_that_has_to_be_there_and_is_not_makes_a_plan_incomplete(run: Run) -> None:
    error = caught_from(lambda: run("plan", {"name": "gone", "state": "absent"}, missing_ok=False))
    assert error.result["plan_document"]["complete"] is False


# Time passes


@pytest.fixture
def busy(simulator: SimulatorServer) -> Callable[..., None]:
    """Return a function that lets another hand begin an update of the sample service."""

    def begin(**values: str) -> None:
        simulator.state.durations.update({"modify": 100})
        item = {"CloudVpnName": VPN, "action": "update", **values}
        simulator.state.modify(TENANT, SERVICE_ID, {"service": {"parameters": {"Site2DCList": [item]}}})

    return begin


def test_what_is_in_progress_when_the_plan_is_made_ends_as_asked_for(
    run: Run, busy: Callable[..., None], simulator: SimulatorServer, fake_time: FakeTime
) -> None:
    busy(Bandwidth="70000")
    kept = plan(run, SCALED)
    result = run("apply", SCALED, plan_document=kept)
    assert [entry["actions"] for entry in result["services"]] == [["update"]]
    assert sum(fake_time.slept) >= 100


def test_what_is_in_progress_when_the_plan_is_made_fails(
    run: Run, busy: Callable[..., None], simulator: SimulatorServer
) -> None:
    busy(Bandwidth="80000")
    kept = plan(run, SCALED)
    assert [item["name"] for item in kept["plan"]["unchanged"]] == [NAME]
    simulator.state.set_status(SERVICE_ID, "Failed")
    words = refusal(lambda: run("apply", SCALED, plan_document=kept), simulator)
    assert f"service {NAME!r}: status was (nothing) and is Failed" in words


def test_what_begins_after_the_plan_is_waited_for(run: Run, busy: Callable[..., None], simulator: SimulatorServer) -> None:
    kept = plan(run, SCALED)
    busy(VNI="9")
    words = refusal(lambda: run("apply", SCALED, plan_document=kept), simulator)
    assert f"service {NAME!r}: VNI of connection {VPN!r}" in words


def test_without_waiting_what_is_busy_cannot_be_carried_out(
    run: Run, busy: Callable[..., None], simulator: SimulatorServer
) -> None:
    kept = plan(run, SCALED, wait=False)
    busy(Bandwidth="60000")
    words = refusal(lambda: run("apply", SCALED, plan_document=kept, wait=False), simulator)
    assert f"can no longer be carried out: {NAME}: service {NAME!r} is busy" in words


def test_a_plan_that_did_not_wait_is_applied_by_one_that_does(run: Run) -> None:
    kept = plan(run, SCALED, orderable(), wait=False)
    assert run("apply", SCALED, orderable(), plan_document=kept, wait=True)["changed"] is True


def test_a_failed_order_is_replaced_as_planned(run: Run, simulator: SimulatorServer) -> None:
    simulator.state.set_status(SERVICE_ID, "CreateFailed")
    declared = {**orderable(), "name": NAME}
    declared["site2dc"] = [{"cloud_vpn_name": VPN, "bandwidth": 60000}]
    kept = plan(run, declared)
    assert [item["name"] for item in kept["plan"]["recreate"]] == [NAME]
    run("apply", declared, plan_document=kept)
    assert writes(simulator) == ["DELETE", "POST"]
    simulator.journal.clear()
    words = refusal(lambda: run("apply", declared, plan_document=kept), simulator)
    assert f"service {NAME!r}: service_id is now" in words


def test_a_service_that_was_created_by_another_hand(run: Run, simulator: SimulatorServer) -> None:
    kept = plan(run, orderable())
    run("converge", orderable())
    simulator.journal.clear()
    words = refusal(lambda: run("apply", orderable(), plan_document=kept), simulator)
    assert "service 'new': service_id: it is there now, as " in words


def test_a_service_that_was_removed_by_another_hand(run: Run, simulator: SimulatorServer) -> None:
    kept = plan(run, {"name": NAME, "state": "absent"})
    simulator.state.remove_service(SERVICE_ID)
    words = refusal(lambda: run("apply", {"name": NAME, "state": "absent"}, plan_document=kept), simulator)
    assert f"service {NAME!r}: service_id: it is no longer there" in words


def test_another_declaration_is_named(run: Run, simulator: SimulatorServer) -> None:
    kept = plan(run, SCALED)
    words = refusal(lambda: run("apply", {**SCALED, "deactivate": True}, plan_document=kept), simulator)
    assert f"service {NAME!r}: declared deactivate; plan again" in words


def test_a_plan_expires(run: Run, simulator: SimulatorServer, fake_time: FakeTime) -> None:
    kept = plan(run, SCALED, plan_expiry="15m")
    fake_time.sleep(899)
    assert run("apply", SCALED, plan_document=kept, check_mode=True)["changed"]
    fake_time.sleep(1)
    reads = len(simulator.journal.entries)
    assert "has expired" in refusal(lambda: run("apply", SCALED, plan_document=kept), simulator)
    assert len(simulator.journal.entries) == reads


# Beside the plan


@pytest.mark.parametrize("given", [{}, {"plan_file": "plan.json"}])
def test_nothing_approved_fails_closed(given: dict[str, Any], run: Run, simulator: SimulatorServer) -> None:
    error = caught_from(lambda: run("apply", SCALED, **given))
    assert isinstance(error, InvalidError)
    assert "name the plan that was approved" in error.message
    assert simulator.journal.entries == []


def test_a_fingerprint_that_cannot_be_worked_out_costs_no_results(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: Any) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(Approval, "_planned", fail)
    result = run("converge", SCALED)
    assert (result["changed"], result["fingerprint"]) == (True, None)
    assert any("the fingerprint could not be worked out: RecursionError" in warning for warning in result["warnings"])


def test_where_a_service_failed_the_fingerprint_is_none(run: Run) -> None:
    error: IesError = caught_from(lambda: run("converge", SAME, {"name": "never-there", "bandwidth": 5}))
    assert error.result["fingerprint"] is None


# Owners and prune


def own(simulator: SimulatorServer, name: str, mark: str = " [managed: netops]") -> str:
    """Put a service with a mark into the tenant, and return its id."""
    (made,) = simulator.simulation.preload(TENANT, 1, name)
    simulator.state.set_description(made.service_id, f"text{mark}")
    return str(made.service_id)


OWNED = {"owner": "netops", "prune": True, "prune_max": "100%"}


def test_what_prune_would_delete_is_part_of_the_plan(run: Run, simulator: SimulatorServer) -> None:
    service_id = own(simulator, "old")
    kept = plan(run, SCALED, **OWNED)
    (pruned,) = kept["plan"]["delete"]
    assert (pruned["service_id"], pruned["reason"]) == (service_id, "undeclared")
    assert set(kept["fingerprints"]) == {NAME, pruned["name"]}
    # Without prune it is another plan, and for another owner it is a foreign one.
    words = refusal(lambda: run("apply", SCALED, plan_document=kept, **{**OWNED, "prune": False}), simulator)
    assert f"service {pruned['name']!r} is in the plan, and is neither declared nor removed now" in words
    words = refusal(lambda: run("apply", SCALED, plan_document=kept, **{**OWNED, "owner": "other"}), simulator)
    assert "was made for owner 'netops', and this run has owner 'other'" in words
    run("apply", SCALED, plan_document=kept, **OWNED)
    assert writes(simulator) == ["PUT", "DELETE"]


def test_one_more_to_prune_voids_the_plan(run: Run, simulator: SimulatorServer) -> None:
    own(simulator, "old")
    kept = plan(run, SCALED, **OWNED)
    own(simulator, "more")
    words = refusal(lambda: run("apply", SCALED, plan_document=kept, **OWNED), simulator)
    assert "is not in the plan" in words


@pytest.mark.parametrize("mark", [" [managed: netops, protected]", " [managed: netops, keep]", " [managed: other]", ""])
def test_what_prune_would_no_longer_delete_voids_the_plan(mark: str, run: Run, simulator: SimulatorServer) -> None:
    service_id = own(simulator, "old")
    kept = plan(run, SCALED, **OWNED)
    simulator.state.set_description(service_id, f"text{mark}")
    words = refusal(lambda: run("apply", SCALED, plan_document=kept, **OWNED), simulator)
    assert "is in the plan, and is neither declared nor removed now" in words


@pytest.mark.parametrize("mark", [" [managed: other]", "", " [managed: other, keep]"])
def test_what_is_not_for_this_owner_to_prune_voids_nothing(mark: str, run: Run, simulator: SimulatorServer) -> None:
    service_id = own(simulator, "theirs", " [managed: other]")
    kept = plan(run, SCALED, **OWNED)
    simulator.state.set_description(service_id, f"another text{mark}")
    run("apply", SCALED, plan_document=kept, **OWNED)
    assert writes(simulator) == ["PUT"]


def test_a_mark_that_changes_hands_is_named(run: Run, simulator: SimulatorServer) -> None:
    kept = plan(run, SCALED, owner="netops", take_over=True)
    assert kept["owner"] == "netops"
    simulator.state.set_description(SERVICE_ID, "[managed: other]")
    words = refusal(lambda: run("apply", SCALED, plan_document=kept, owner="netops", take_over=True), simulator)
    assert f"service {NAME!r}: owner was (nothing) and is other" in words


def test_what_is_only_reported_voids_nothing(run: Run, simulator: SimulatorServer) -> None:
    declared = [{**SCALED, "managed": False}, orderable()]
    kept = plan(run, *declared)
    assert set(kept["fingerprints"]) == {"new"}
    item = simulator.state.connection(TENANT, VPN)
    assert item is not None
    item["Bandwidth"] = "5"
    run("apply", *declared, plan_document=kept)
    assert writes(simulator) == ["POST"]
