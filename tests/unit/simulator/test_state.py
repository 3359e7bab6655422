# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state machine of contract 5-7, without HTTP."""

from __future__ import annotations

import base64
import copy
import json
import uuid
from typing import Any

import pytest

from tests.simulator import samples
from tests.simulator.clock import ManualClock
from tests.simulator.model import Definition, Durations, Outcome, ParameterSpec, Refusal, Template
from tests.simulator.options import Options
from tests.simulator.state import State
from tests.unit.simulator.support import SAMPLE_ID, SAMPLE_VPN, START, TENANT, create_body, modify_body, scaled

VERBS = ("modify", "delete", "activate", "deactivate")


class World:
    """A state with its clock and switches at hand."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.options = Options()
        self.state = State(self.clock, self.options, Durations(), samples.definitions(), samples.services())

    def act(self, verb: str, service_id: str = SAMPLE_ID, outcome: Outcome | None = None, tenant: str = TENANT) -> Any:
        if verb == "create":
            return self.state.create(tenant, create_body(), outcome)
        if verb == "modify":
            return self.state.modify(tenant, service_id, scaled(), outcome)
        return getattr(self.state, verb)(tenant, service_id, outcome)

    def states(self, service_id: str = SAMPLE_ID) -> tuple[str, str] | None:
        service = self.state.service(TENANT, service_id)
        return None if service is None else (service.status, service.active_status)

    def bandwidth(self) -> Any:
        service = self.state.service(TENANT, SAMPLE_ID)
        assert service is not None
        return service.parameters["Site2DCList"][0]["Bandwidth"]


@pytest.fixture
def world() -> World:
    return World()


def refusal_of(call: Any) -> tuple[str, int]:
    with pytest.raises(Refusal) as refused:
        call()
    return refused.value.exception_id, refused.value.status


# verb, states before, immediately, seconds, on success, on failure
TRANSITIONS = [
    ("create", None, ("CreateInProgress", "Deactive"), 600, ("Completed", "Deactive"), ("CreateFailed", "Deactive")),
    (
        "modify",
        ("Completed", "Active"),
        ("UpdateInProgress", "Active"),
        60,
        ("Completed", "Active"),
        ("Failed", "Active"),
    ),
    (
        "modify",
        ("Failed", "Deactive"),
        ("UpdateInProgress", "Deactive"),
        60,
        ("Completed", "Deactive"),
        ("Failed", "Deactive"),
    ),
    (
        "activate",
        ("Completed", "Deactive"),
        ("ActivateInProgress", "ActivateInProgress"),
        20,
        ("Completed", "Active"),
        ("Failed", "ActivateInProgress"),
    ),
    (
        "activate",
        ("Failed", "ActivateInProgress"),
        ("ActivateInProgress", "ActivateInProgress"),
        20,
        ("Completed", "Active"),
        ("Failed", "ActivateInProgress"),
    ),
    (
        "deactivate",
        ("Completed", "Active"),
        ("DeactivateInProgress", "DeactivateInProgress"),
        20,
        ("Completed", "Deactive"),
        ("Failed", "DeactivateInProgress"),
    ),
    ("delete", ("Completed", "Deactive"), ("DeleteInProgress", "Deactive"), 30, None, ("Failed", "Deactive")),
    (
        "delete",
        ("Failed", "DeactivateInProgress"),
        ("DeleteInProgress", "DeactivateInProgress"),
        30,
        None,
        ("Failed", "DeactivateInProgress"),
    ),
]


@pytest.mark.parametrize("fails", [False, True], ids=["succeeds", "fails"])
@pytest.mark.parametrize(("verb", "before", "at_once", "seconds", "success", "failure"), TRANSITIONS)
def test_transitions(
    world: World, verb: str, before: Any, at_once: Any, seconds: float, success: Any, failure: Any, fails: bool
) -> None:
    if before is not None:
        world.state.set_status(SAMPLE_ID, *before)
    outcome = Outcome(reason="no route" if fails else None)
    accepted = world.act(verb, outcome=outcome)
    service_id = accepted.service_id
    assert outcome.used
    assert not accepted.removed
    assert world.states(service_id) == at_once
    world.clock.advance(seconds - 0.5)
    assert world.states(service_id) == at_once
    running = world.state.operation(service_id, accepted.operation_id)
    assert running is not None
    assert (running.progress, running.result, running.reason) == ("inprogress", None, None)
    assert running.finished_at == running.operate_at
    world.clock.advance(0.5)
    assert world.states(service_id) == (failure if fails else success)
    ended = world.state.operation(service_id, accepted.operation_id)
    if verb == "delete" and not fails:
        assert ended is None
        assert world.state.operations(service_id) == []
    else:
        assert ended is not None
        assert (ended.progress, ended.result) == ("done", "failed" if fails else "success")
        assert ended.reason == ("no route" if fails else None)
        assert ended.finished_at - ended.operate_at == seconds * 1000


# verb, status, active_status, refusal; where two apply, contract 7 gives the order
REFUSALS = [
    ("modify", "CreateFailed", "Deactive", "servicemgr.service.create_failed"),
    *[
        ("modify", f"{word}InProgress", "Deactive", "servicemgr.service.status_inprogress")
        for word in ("Create", "Update", "Delete", "Activate", "Deactivate")
    ],
    ("delete", "UpdateInProgress", "Active", "servicemgr.service.status_active"),
    ("delete", "CreateFailed", "Active", "servicemgr.service.status_active"),
    ("delete", "Completed", "Active", "servicemgr.service.status_active"),
    ("delete", "UpdateInProgress", "Deactive", "servicemgr.service.status_inprogress"),
    ("activate", "CreateFailed", "Active", "servicemgr.service.create_failed"),
    ("activate", "UpdateInProgress", "Active", "servicemgr.service.status_active"),
    ("activate", "UpdateInProgress", "Deactive", "servicemgr.service.status_inprogress"),
    ("deactivate", "CreateFailed", "Deactive", "servicemgr.service.create_failed"),
    ("deactivate", "UpdateInProgress", "Deactive", "servicemgr.service.status_deactive"),
    ("deactivate", "UpdateInProgress", "Active", "servicemgr.service.status_inprogress"),
]


@pytest.mark.parametrize(("verb", "status", "active_status", "exception_id"), REFUSALS)
def test_refusals_and_their_order(world: World, verb: str, status: str, active_status: str, exception_id: str) -> None:
    world.state.set_status(SAMPLE_ID, status, active_status)
    outcome = Outcome()
    assert refusal_of(lambda: world.act(verb, outcome=outcome)) == (exception_id, 500)
    assert world.states() == (status, active_status)
    assert world.bandwidth() == "60000"
    assert world.state.operations(SAMPLE_ID) == []
    assert not outcome.used


@pytest.mark.parametrize("verb", ["modify", "activate", "deactivate"])
@pytest.mark.parametrize(("service_id", "tenant"), [("unknown", TENANT), (SAMPLE_ID, "nbitest_11")])
def test_writes_to_unknown_or_foreign_services(world: World, verb: str, service_id: str, tenant: str) -> None:
    refused = refusal_of(lambda: world.act(verb, service_id, tenant=tenant))
    assert refused == ("servicemgr.service.not_exist", 400)
    assert world.states() == ("Completed", "Deactive")


@pytest.mark.parametrize(("service_id", "tenant"), [("unknown", TENANT), (SAMPLE_ID, "nbitest_11")])
def test_delete_of_an_unknown_or_foreign_service_deletes_nothing(world: World, service_id: str, tenant: str) -> None:
    accepted = world.act("delete", service_id, tenant=tenant)
    assert (accepted.operation_id, accepted.removed) == (None, True)
    assert world.states() == ("Completed", "Deactive")


def test_delete_of_a_failed_creation_is_done_at_once(world: World) -> None:
    world.state.set_status(SAMPLE_ID, "CreateFailed")
    accepted = world.act("delete")
    assert accepted.removed
    assert accepted.operation_id
    assert world.states() is None
    assert world.state.operation(SAMPLE_ID, accepted.operation_id) is None


def test_a_modify_stores_the_new_value_at_once_and_keeps_it_after_a_failure(world: World) -> None:
    world.act("modify", outcome=Outcome(reason="no route"))
    assert world.bandwidth() == "80000"
    world.clock.advance(60)
    assert world.states() == ("Failed", "Deactive")
    assert world.bandwidth() == "80000"


@pytest.mark.parametrize("parameters", [None, {}, {"number": 5}])
@pytest.mark.parametrize("status", ["Completed", "Failed"])
def test_rename_only_trap(world: World, parameters: Any, status: str) -> None:
    world.state.set_status(SAMPLE_ID, status)
    outcome = Outcome(reason="never used")
    body = {"service": {"name": "renamed", "description": "", "parameters": parameters}}
    accepted = world.state.modify(TENANT, SAMPLE_ID, body, outcome)
    assert world.states() == ("Completed", "Deactive")
    world.clock.advance(10**6)
    operation = world.state.operation(SAMPLE_ID, accepted.operation_id or "")
    assert operation is not None
    assert (operation.progress, operation.result) == ("inprogress", None)
    assert world.states() == ("Completed", "Deactive")
    assert [item.service_id for item in world.state.named(TENANT, "renamed")] == [SAMPLE_ID]
    assert not outcome.used


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"name": "new", "description": "text"}, ("new", "text")),
        ({"name": None, "description": None}, ("old", "words")),
        ({"description": ""}, ("old", "")),
        ({"name": ""}, ("old", "words")),
    ],
)
def test_name_and_description_of_a_modify(world: World, sent: Any, expected: tuple[str, str]) -> None:
    world.state.modify(TENANT, SAMPLE_ID, {"service": {"name": "old", "description": "words"}})
    world.state.modify(TENANT, SAMPLE_ID, {"service": sent})
    service = world.state.service(TENANT, SAMPLE_ID)
    assert service is not None
    assert (service.name, service.description) == expected


def test_definition_and_template_of_a_modify_are_ignored(world: World) -> None:
    world.state.modify(TENANT, SAMPLE_ID, {"service": {"service_definition_id": "x", "template_id": "y"}})
    service = world.state.service(TENANT, SAMPLE_ID)
    assert service is not None
    assert service.service_definition_id == samples.SITE2DC_DEFINITION
    assert service.template_id == samples.SITE2DC_TEMPLATE


def test_a_modify_that_is_refused_changes_nothing(world: World) -> None:
    body = modify_body(
        {"CloudVpnName": SAMPLE_VPN, "Bandwidth": "9", "action": "update"},
        {"CloudVpnName": "unknown", "action": "update"},
        name="renamed",
    )
    assert refusal_of(lambda: world.state.modify(TENANT, SAMPLE_ID, body)) == ("servicemgr.service.not_exist", 500)
    assert world.bandwidth() == "60000"
    assert world.state.named(TENANT, "renamed") == []
    assert world.states() == ("Completed", "Deactive")


DEFINITION_STATES = [
    ("inactive", "servicemgr.service.service_package_status_inactive"),
    ("delete pending", "servicemgr.service.service_package_status_delete_depending"),
    ("draft", "servicemgr.servicePackage.not_activation"),
    ("", "servicemgr.servicePackage.not_activation"),
]


@pytest.mark.parametrize("verb", ["create", "modify"])
@pytest.mark.parametrize(("status", "exception_id"), DEFINITION_STATES)
def test_only_active_definitions_can_be_used(world: World, verb: str, status: str, exception_id: str) -> None:
    world.state.definition(TENANT, samples.SITE2DC_DEFINITION).status = status
    assert refusal_of(lambda: world.act(verb)) == (exception_id, 500)
    assert len(world.state.services(TENANT)) == 1


def test_the_service_refuses_before_its_definition(world: World) -> None:
    world.state.definition(TENANT, samples.SITE2DC_DEFINITION).status = "inactive"
    world.state.set_status(SAMPLE_ID, "UpdateInProgress")
    assert refusal_of(lambda: world.act("modify"))[0] == "servicemgr.service.status_inprogress"
    world.state.set_status(SAMPLE_ID, "Completed")
    world.act("delete")


BAD = "servicemgr.bad_param"
LENGTH = "servicemgr.attrCheckMsg.StrOutOfRange"
BAD_CREATES: list[tuple[Any, str, int]] = [
    (None, BAD, 400),
    ([], BAD, 400),
    ({}, BAD, 400),
    ({"service": None}, BAD, 400),
    ({"service": "text"}, BAD, 400),
    (create_body(name=""), BAD, 400),
    (create_body(name=None), BAD, 400),
    (create_body(name=5), BAD, 400),
    (create_body(service_definition_id=""), BAD, 400),
    (create_body(template_id=None), BAD, 400),
    (create_body(name="n" * 256), LENGTH, 400),
    (create_body(description="n" * 256), LENGTH, 400),
    (create_body(template_id="n" * 37, name=""), LENGTH, 400),
    (create_body(service_id="n" * 23), LENGTH, 400),
    (create_body(service_definition_id="unknown", template_id="unknown"), "catalog.servicedef.not_exist", 404),
    (create_body(template_id="unknown", parameters=[]), "servicemgr.template.not_exist", 400),
    (create_body(template_id=samples.SITE2SITE_TEMPLATE), "servicemgr.template.not_exist", 400),
    (create_body(parameters={"Site2DCList": "text"}), "servicemgr.service.template.parse_error", 500),
    (create_body(parameters={"Site2DCList": [{}]}), "servicemgr.service.parameter.validate_error", 400),
]


@pytest.mark.parametrize(("body", "exception_id", "status"), BAD_CREATES)
def test_checks_of_a_create_and_their_order(world: World, body: Any, exception_id: str, status: int) -> None:
    assert refusal_of(lambda: world.state.create(TENANT, body)) == (exception_id, status)
    assert len(world.state.services(TENANT)) == 1


@pytest.mark.parametrize("body", [item[0] for item in BAD_CREATES[:5]])
def test_a_modify_needs_a_body_before_it_looks_for_the_service(world: World, body: Any) -> None:
    assert refusal_of(lambda: world.state.modify(TENANT, "unknown", body)) == (BAD, 400)


def test_length_refusals_name_field_and_range(world: World) -> None:
    world.options.validator_prefix = "brs.attrCheckMsg."
    with pytest.raises(Refusal) as refused:
        world.state.create(TENANT, create_body(name="ü" * 256))
    assert refused.value.exception_id == "brs.attrCheckMsg.StrOutOfRange"
    assert (refused.value.desc, refused.value.detail) == (["name"], ["1-255"])


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "ü" * 255},
        {"description": None},
        {"description": "d" * 255},
        {"parameters": None},
        {"parameters": {"Site2DCList": []}},
        {"type": "x"},
    ],
)
def test_creates_at_the_edge_of_what_is_allowed(world: World, changes: Any) -> None:
    accepted = world.state.create(TENANT, create_body(**changes))
    service = world.state.service(TENANT, accepted.service_id)
    assert service is not None
    assert service.description == create_body(**changes)["service"].get("description")
    assert service.parameters == create_body(**changes)["service"].get("parameters", {})


@pytest.mark.parametrize(
    ("domain", "url", "parameters", "exception_id", "status"),
    [
        ("", None, {"p": ParameterSpec()}, BAD, 400),
        ("CloudVPN", "", {"p": ParameterSpec()}, BAD, 400),
        ("CloudVPN", None, {}, "servicemgr.template.not_exist", 500),
    ],
)
def test_definitions_no_service_can_be_made_of(
    world: World, domain: str, url: str | None, parameters: Any, exception_id: str, status: int
) -> None:
    world.state.add_definition(
        Definition("d1", "broken", domain=domain, templates=[Template("t1", "template", parameters, url)])
    )
    body = create_body(service_definition_id="d1", template_id="t1")
    assert refusal_of(lambda: world.state.create(TENANT, body)) == (exception_id, status)


def test_a_definition_can_be_one_tenants_own(world: World) -> None:
    world.state.add_definition(Definition("d1", "private", tenants=["nbitest_11"]))
    assert [item.name for item in world.state.definitions("nbitest_11")] == ["Site2DC", "Site2Site", "private"]
    assert [item.name for item in world.state.definitions(TENANT)] == ["Site2DC", "Site2Site"]
    assert refusal_of(lambda: world.state.definition(TENANT, "d1"))[1] == 404


@pytest.mark.parametrize("kind", ["ignore", "refuse"])
def test_unknown_request_keys(world: World, kind: str) -> None:
    world.options.update({"unknown_request_keys": kind})
    body = create_body(surprise="x")
    if kind == "refuse":
        assert refusal_of(lambda: world.state.create(TENANT, body)) == (BAD, 400)
    else:
        assert world.state.create(TENANT, body).operation_id


def test_names_are_not_unique(world: World) -> None:
    first, second = world.act("create"), world.act("create")
    assert first.service_id != second.service_id
    assert len(world.state.named(TENANT, "site2dc4_201705071158")) == 3


@pytest.mark.parametrize(
    ("verb", "before", "after"),
    [
        ("create", None, ("CreateFailed", "Deactive")),
        ("modify", ("Completed", "Deactive"), ("Failed", "Deactive")),
        ("activate", ("Completed", "Deactive"), ("Failed", "Deactive")),
        ("deactivate", ("Completed", "Active"), ("Failed", "Active")),
    ],
)
def test_an_immediate_failure_leaves_a_record_and_restores_active_status(
    world: World, verb: str, before: Any, after: Any
) -> None:
    if before:
        world.state.set_status(SAMPLE_ID, *before)
    outcome = Outcome(reason="refused", immediate=True, exception_id="network.refused")
    assert refusal_of(lambda: world.act(verb, outcome=outcome)) == ("network.refused", 500)
    service = world.state.services(TENANT)[-1]
    assert (service.status, service.active_status) == after
    (operation,) = world.state.operations(service.service_id)
    assert (operation.result, operation.reason) == ("failed", "refused")


def test_auto_activation_makes_a_delete_need_a_deactivation(world: World) -> None:
    world.options.auto_activate = True
    service_id = world.act("create").service_id
    world.clock.advance(600)
    assert world.states(service_id) == ("Completed", "Active")
    assert refusal_of(lambda: world.act("delete", service_id))[0] == "servicemgr.service.status_active"
    world.act("deactivate", service_id)
    world.clock.advance(20)
    world.act("delete", service_id)


def test_tenants_do_not_see_each_other_but_operations_do_not_check(world: World) -> None:
    accepted = world.act("modify")
    assert world.state.service("nbitest_11", SAMPLE_ID) is None
    assert SAMPLE_ID not in [item.service_id for item in world.state.services("nbitest_11")]
    assert world.state.operation(SAMPLE_ID, accepted.operation_id) is not None
    assert world.state.operations("unknown") == []


def test_ids_are_made_as_the_contract_says(world: World) -> None:
    made = {world.state.new_id() for _turn in range(200)}
    assert len(made) == 200
    for identifier in made:
        assert len(identifier) == 22
        assert uuid.UUID(bytes=base64.urlsafe_b64decode(identifier + "==")).version == 4
    world.options.create_operation_id = "hex"
    operation_id = world.act("create").operation_id
    assert len(operation_id) == 22
    assert int(operation_id, 16) >= 0


def test_work_ends_in_the_order_in_which_it_falls_due(world: World) -> None:
    service_id = world.act("create").service_id
    world.act("delete")
    world.clock.advance(600)
    assert world.states() is None
    assert world.states(service_id) == ("Completed", "Deactive")
    assert not world.state.busy


def test_durations_are_settings(world: World) -> None:
    world.state.durations.update({"modify": 5})
    world.act("modify")
    world.clock.advance(5)
    assert world.states() == ("Completed", "Deactive")


@pytest.mark.parametrize("changes", [{"boil": 1}, {"modify": -1}])
def test_durations_are_checked(changes: dict[str, float]) -> None:
    durations = Durations()
    with pytest.raises(ValueError, match="duration"):
        durations.update(changes)
    assert durations == Durations()


def test_a_snapshot_continues_elsewhere(world: World) -> None:
    created = world.act("create").service_id
    world.act("modify", outcome=Outcome(reason="no route"))
    world.clock.advance(30)
    snapshot = json.loads(json.dumps(world.state.snapshot()))
    other = World()
    other.state.clear_services()
    other.state.restore(copy.deepcopy(snapshot))
    assert other.clock.now() == START + 30
    assert other.states() == ("UpdateInProgress", "Deactive")
    other.clock.advance(30)
    assert other.states() == ("Failed", "Deactive")
    assert other.bandwidth() == "80000"
    assert other.states(created) == ("CreateInProgress", "Deactive")
    other.clock.advance(540)
    assert other.states(created) == ("Completed", "Deactive")
    assert other.state.bandwidths(TENANT, SAMPLE_VPN) == world.state.bandwidths(TENANT, SAMPLE_VPN) == [(0.0, "60000")]


def test_a_bandwidth_is_in_force_from_the_end_of_its_change_and_never_if_that_fails(world: World) -> None:
    def history() -> list[tuple[float, Any]] | None:
        return world.state.bandwidths(TENANT, SAMPLE_VPN)

    world.act("modify")
    assert (world.bandwidth(), history()) == ("80000", [(0.0, "60000")])
    world.clock.advance(90)
    assert history() == [(0.0, "60000"), (START + 60, "80000")]
    world.state.modify(TENANT, SAMPLE_ID, scaled("40000"), Outcome(reason="no route"))
    world.clock.advance(60)
    assert (world.bandwidth(), history()) == ("40000", [(0.0, "60000"), (START + 60, "80000")])
    world.state.load([], [])
    assert history() is None


def test_helpers_for_tests(world: World) -> None:
    writes: list[int] = []
    world.state.on_write = lambda: writes.append(1)
    service = world.state.add_service("t", "n", {"CloudVpnName": "v"}, service_definition_id="d", template_id="t")
    assert world.state.connection("t", "v") == {"CloudVpnName": "v"}
    assert world.state.connection(TENANT, "v") is None
    assert world.state.bandwidths("t", "v") == [(0.0, None)]
    assert world.state.bandwidths(TENANT, "v") is None
    world.state.remove_service(service.service_id)
    assert world.state.services("t") == []
    world.state.clear_services(TENANT)
    assert world.state.services(TENANT) == []
    assert len(world.state.services("nbitest_11")) == 1
    world.state.clear_services()
    assert world.state.services("nbitest_11") == []
    assert len(writes) == 4
