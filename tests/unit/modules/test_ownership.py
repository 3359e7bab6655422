# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ownership, protection and adoption through both doors, with the journal of the simulator as witness (interface 10.1)."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT, Runner
from tests.unit.modules.support import (
    NAME,
    SERVICE,
    SERVICE_ID,
    VPN,
    add_service,
    bandwidths,
    declared,
    site2dc,
    stored,
    written,
)

MINE = " [managed: netops]"
PROTECTED = " [managed: netops, protected]"
KEPT = " [managed: netops, keep]"
FOREIGN = " [managed: other]"


def describe(sim: SimulatorServer, description: str | None, service_id: str = SERVICE_ID) -> None:
    """Store a description by another hand."""
    sim.state.set_description(service_id, description)


def described(sim: SimulatorServer, service_id: str = SERVICE_ID) -> str | None:
    """Return the description that the server stores."""
    service = sim.state.service(TENANT, service_id)
    assert service is not None
    return service.description


# Creation and adoption


@pytest.mark.parametrize(
    ("options", "mark"),
    [
        ({}, MINE),
        ({"protected": True}, PROTECTED),
        ({"on_removal": "keep"}, KEPT),
        ({"protected": True, "on_removal": "keep"}, " [managed: netops, protected, keep]"),
        ({"protected": False, "on_removal": "delete"}, MINE),
    ],
)
def test_an_order_carries_the_mark(run: Runner, sim: SimulatorServer, options: dict[str, Any], mark: str) -> None:
    result = run.ok("ies_service", owner="netops", **options, **declared(name="new", description="Branch"))
    (order,) = sim.journal.writes
    assert order.body["service"]["description"] == f"Branch{mark}"
    service = result["service"]
    assert (service["description"], service["owner"]) == ("Branch", "netops")
    assert service["protected"] is ("protected" in mark)
    after = result["diff"]["after"]
    assert (after["description"], after["owner"], after["protected"]) == ("Branch", "netops", "protected" in mark)
    again = run.ok("ies_service", owner="netops", **options, **declared(name="new", description="Branch"))
    assert (again["changed"], len(sim.journal.writes)) == (False, 1)


def test_adoption_is_one_update_without_parameters(run: Runner, sim: SimulatorServer) -> None:
    describe(sim, "Headquarters")
    given: dict[str, Any] = {"name": NAME, "owner": "netops", "site2dc": [site2dc(VPN)]}
    foreseen = run.ok("ies_service", check_mode=True, **given)
    assert written(sim) == []
    result = run.ok("ies_service", **given)
    assert written(sim) == [("PUT", SERVICE)]
    assert sim.journal.writes[0].body == {"service": {"name": NAME, "description": f"Headquarters{MINE}"}}
    assert result["diff"] == foreseen["diff"]
    assert (result["diff"]["before"]["owner"], result["diff"]["after"]["owner"]) == (None, "netops")
    assert result["actions"] == foreseen["actions"] == ["update"]
    assert (result["service"]["owner"], result["service"]["description"]) == ("netops", "Headquarters")
    assert foreseen["service"]["owner"] == "netops"
    # Its operation never ends, and that is nothing to warn of.
    assert not result.get("warnings")
    assert run.ok("ies_service", **given)["changed"] is False
    assert len(written(sim)) == 1


def test_adoption_together_with_other_changes_is_one_update(run: Runner, sim: SimulatorServer) -> None:
    result = run.ok("ies_service", name=NAME, owner="netops", protected=True, bandwidth=80000)
    assert written(sim) == [("PUT", SERVICE)]
    assert described(sim) == PROTECTED
    assert bandwidths(sim) == {VPN: "80000"}
    assert result["diff"]["before"]["protected"] is False
    assert result["diff"]["after"]["protected"] is True


@pytest.mark.parametrize("description", [None, "", "Headquarters", "[managed: ", " [managed: netops"])
def test_what_is_no_mark_stays_in_the_description(run: Runner, sim: SimulatorServer, description: str | None) -> None:
    describe(sim, description)
    result = run.ok("ies_service", name=NAME, owner="netops")
    assert described(sim) == f"{description or ''}{MINE}"
    assert (result["service"]["description"] or "", result["service"]["owner"]) == (description or "", "netops")


def test_without_an_owner_the_mark_stays_and_nothing_is_compared(run: Runner, sim: SimulatorServer) -> None:
    describe(sim, f"old{PROTECTED}")
    assert run.ok("ies_service", name=NAME, bandwidth=60000)["changed"] is False
    run.ok("ies_service", name=NAME, bandwidth=80000, description="new")
    assert described(sim) == f"new{PROTECTED}"
    assert run.ok("ies_service", name=NAME, owner="netops")["changed"] is False


def test_the_mark_is_changed_and_what_is_not_declared_stays(run: Runner, sim: SimulatorServer) -> None:
    describe(sim, f"text{MINE}")
    steps: tuple[tuple[dict[str, Any], str], ...] = (
        ({"protected": True}, PROTECTED),
        ({"on_removal": "keep"}, " [managed: netops, protected, keep]"),
        ({"owner": "netops"}, " [managed: netops, protected, keep]"),
        ({"protected": False}, KEPT),
        ({"on_removal": "delete"}, MINE),
    )
    for options, mark in steps:
        run.ok("ies_service", name=NAME, **options)
        assert described(sim) == f"text{mark}", options


# Other owners


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("more", [{"bandwidth": 80000}, {"state": "absent"}, {}])
def test_another_owner_is_an_error_that_names_both(
    run: Runner, sim: SimulatorServer, more: dict[str, Any], check_mode: bool
) -> None:
    describe(sim, FOREIGN)
    run.fails(
        "ies_service",
        "conflict",
        "other",
        "netops",
        "take_over",
        SERVICE_ID,
        name=NAME,
        owner="netops",
        check_mode=check_mode,
        **more,
    )
    assert written(sim) == []


def test_take_over(run: Runner, sim: SimulatorServer) -> None:
    describe(sim, "text [managed: other, protected, keep]")
    result = run.ok("ies_service", name=NAME, owner="netops", take_over=True)
    assert described(sim) == "text [managed: netops, protected, keep]"
    assert (result["diff"]["before"]["owner"], result["diff"]["after"]["owner"]) == ("other", "netops")
    describe(sim, FOREIGN)
    assert run.ok("ies_service", name=NAME, owner="netops", take_over=True, state="absent")["actions"] == ["delete"]


# Protection


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    "given",
    [
        {"state": "absent"},
        {"state": "absent", "owner": "netops"},
        {"state": "absent", "owner": "other", "take_over": True},
        {"state": "absent", "protected": False},
        {"state": "absent", "deactivate": True, "active": True},
        {"site2dc": [site2dc(VPN, vni="1")], "on_immutable_change": "recreate"},
        {"site2dc": [site2dc(VPN, vni="1")], "on_immutable_change": "recreate", "protected": False},
    ],
)
def test_protected_is_neither_deleted_nor_recreated(
    run: Runner, sim: SimulatorServer, given: dict[str, Any], check_mode: bool
) -> None:
    describe(sim, PROTECTED)
    given = dict(given)
    if given.pop("active", False):
        sim.state.set_status(SERVICE_ID, active_status="Active")
    run.fails("ies_service", "conflict", NAME, "protected", "protected: false", name=NAME, check_mode=check_mode, **given)
    assert written(sim) == []


def test_protection_is_removed_by_a_run_and_then_the_service_may_go(run: Runner, sim: SimulatorServer) -> None:
    describe(sim, PROTECTED)
    result = run.ok("ies_service", name=NAME, protected=False)
    assert (result["actions"], described(sim)) == (["update"], MINE)
    assert run.ok("ies_service", name=NAME, state="absent")["actions"] == ["delete"]


def test_a_protected_service_is_scaled_all_the_same(run: Runner, sim: SimulatorServer) -> None:
    describe(sim, PROTECTED)
    run.ok("ies_service", name=NAME, bandwidth=80000)
    assert (bandwidths(sim), described(sim)) == ({VPN: "80000"}, PROTECTED)


@pytest.mark.parametrize("wanted", [{"state": "absent"}, declared(name=None)])
def test_a_protected_order_that_failed_goes_when_that_is_declared(
    run: Runner, sim: SimulatorServer, wanted: dict[str, Any]
) -> None:
    # The server refuses to change its description (contract 5.4).
    wanted = {key: value for key, value in wanted.items() if value is not None}
    left = add_service(sim, "left", "vpn-left", status="CreateFailed")
    describe(sim, PROTECTED, left)
    run.fails("ies_service", "conflict", "CreateFailed", "protected: false", name="left", **wanted)
    assert written(sim) == []
    result = run.ok("ies_service", name="left", protected=False, **wanted)
    assert result["actions"][0] == "delete"
    if "state" not in wanted:
        assert result["service"]["owner"] == "netops"
        assert result["service"]["protected"] is False


@pytest.mark.parametrize("active", [False, True])
@pytest.mark.parametrize("mark", [PROTECTED, FOREIGN])
def test_a_mark_that_comes_between_plan_and_delete_holds(
    run: Runner, sim: SimulatorServer, active: bool, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if active:
        sim.state.set_status(SERVICE_ID, active_status="Active")
    asked = sim.state.service
    reads = 0

    def service(tenant: str, service_id: str) -> Any:
        nonlocal reads
        reads += 1
        if reads == 2:
            sim.state.set_description(SERVICE_ID, f"in use{mark}")
        return asked(tenant, service_id)

    monkeypatch.setattr(sim.state, "service", service)
    options = {"name": NAME, "owner": "netops", "state": "absent", "deactivate": True}
    result = run.fails("ies_service", "conflict", NAME, SERVICE_ID, **options)
    assert written(sim) == []
    assert (result["changed"], result["actions"]) == (False, [])


def test_a_mark_that_comes_while_it_is_deactivated_holds(run: Runner, sim: SimulatorServer) -> None:
    sim.state.set_status(SERVICE_ID, active_status="Active")
    deactivate = sim.state.deactivate

    def marked(*given: Any) -> Any:
        sim.state.set_description(SERVICE_ID, PROTECTED)
        return deactivate(*given)

    with mock.patch.object(sim.state, "deactivate", marked):
        result = run.fails("ies_service", "conflict", "protected", name=NAME, state="absent", deactivate=True)
    assert written(sim) == [("POST", f"{SERVICE}/deactivation")]
    assert (result["actions"], stored(sim)) == (["deactivate"], [(NAME, "Completed")])


# Bad input


@pytest.mark.parametrize(
    ("options", "phrases"),
    [
        ({"owner": "net ops"}, ("owner is 'net ops'", "lower-case")),
        ({"owner": "Netops"}, ("owner is 'Netops'",)),
        ({"owner": ""}, ("owner is ''",)),
        ({"owner": "a" * 41}, ("40 characters",)),
        ({"owner": "netops]"}, ("owner is 'netops]'",)),
        ({"protected": True, "state": "absent"}, ("protected", "absent", "contradict")),
        ({"managed": False, "state": "absent"}, ("managed", "absent", "contradict")),
        ({"take_over": True}, ("take_over needs owner",)),
        ({"description": f"text{PROTECTED}"}, ("ends in a mark", "[managed: netops, protected]")),
        ({"description": "a" * 240, "owner": "netops"}, ("258", "at most 255", "240")),
    ],
)
def test_refused_before_anything_is_sent(
    run: Runner, sim: SimulatorServer, options: dict[str, Any], phrases: tuple[str, ...]
) -> None:
    run.fails("ies_service", "invalid", NAME, *phrases, name=NAME, **options)
    assert sim.journal.entries == []


@pytest.mark.parametrize("option", [{"protected": True}, {"on_removal": "keep"}])
@pytest.mark.parametrize("name", [NAME, "new"])
def test_a_mark_needs_an_owner(run: Runner, sim: SimulatorServer, option: dict[str, Any], name: str) -> None:
    run.fails("ies_service", "invalid", name, "owner", **declared(name=name, site2dc=[site2dc(VPN)], **option))
    assert written(sim) == []


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("before", "options"),
    [
        ("a" * 250, {"owner": "netops"}),
        ("a" * 230 + MINE, {"protected": True}),
        (f"text{PROTECTED}", {"description": "a" * 240}),
        (FOREIGN, {"description": "a" * 235, "owner": "network-operations", "take_over": True}),
    ],
)
def test_text_and_mark_that_are_too_long_together(
    run: Runner, sim: SimulatorServer, before: str, options: dict[str, Any], check_mode: bool
) -> None:
    describe(sim, before)
    run.fails("ies_service", "invalid", NAME, "at most 255 are allowed", name=NAME, check_mode=check_mode, **options)
    assert written(sim) == []


# What is not managed


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("mark", ["", MINE, FOREIGN, PROTECTED])
def test_what_is_not_managed_is_reported_and_never_written(
    run: Runner, sim: SimulatorServer, mark: str, check_mode: bool
) -> None:
    describe(sim, mark)
    result = run.ok(
        "ies_service", name=NAME, owner="netops", protected=True, bandwidth=80000, managed=False, check_mode=check_mode
    )
    assert written(sim) == []
    assert (result["changed"], result["actions"], result["service"]["service_id"]) == (False, [], SERVICE_ID)
    assert result["diff"]["before"] == result["diff"]["after"]
    (warning,) = result["warnings"]
    assert all(word in warning for word in ("managed: false", "Bandwidth", "80000"))


def test_what_is_not_managed_is_not_waited_for(run: Runner, sim: SimulatorServer) -> None:
    sim.state.modify(TENANT, SERVICE_ID, {"service": {"parameters": {"Region": "x"}}})
    begun = sim.clock.now()
    result = run.ok("ies_service", name=NAME, managed=False)
    assert (result["service"]["phase"], sim.clock.now()) == ("in_progress", begun)


def test_what_is_not_managed_and_not_there(run: Runner, sim: SimulatorServer) -> None:
    result = run.ok("ies_service", managed=False, **declared(name="new"))
    assert (result["changed"], result["service"]) == (False, None)
    assert any("is not there" in warning for warning in result["warnings"])
    assert written(sim) == []
    assert stored(sim) == [(NAME, "Completed")]
