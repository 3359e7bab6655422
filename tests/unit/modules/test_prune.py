# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prune through both doors, with the journal of the simulator as witness (interface 10.2)."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT, Runner
from tests.unit.modules.support import SERVICES, add_service, written

MINE = " [managed: netops]"
SAVED = (" [managed: netops, protected]", " [managed: netops, keep]", " [managed: other]", "", " [managed: netops")


@pytest.fixture(autouse=True)
def _nothing_else(sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)


def add(sim: SimulatorServer, name: str, mark: str = MINE, **more: Any) -> str:
    """Put a service with a mark into the simulator and return its id."""
    return add_service(sim, name, f"vpn-{name}", description=f"text{mark}", **more)


def names(sim: SimulatorServer) -> list[str]:
    """Return the names of the tenant's services."""
    return sorted(service.name for service in sim.state.services(TENANT))


def prune(*declared: str, **more: Any) -> dict[str, Any]:
    """Return the options of a run that prunes for netops; services are declared by name."""
    return {"services": [{"name": name} for name in declared], "owner": "netops", "prune": True, **more}


def test_what_is_owned_and_undeclared_goes_after_everything_else(run: Runner, sim: SimulatorServer) -> None:
    add(sim, "stays")
    old = add(sim, "old")
    for number, mark in enumerate(SAVED):
        add(sim, f"saved-{number}", mark)
    given = prune("stays")
    given["services"] = [{"name": "stays", "bandwidth": 80000}]
    foreseen = run.ok("ies_services", check_mode=True, **given)
    assert written(sim) == []
    result = run.ok("ies_services", **given)
    assert [method for method, _path in written(sim)] == ["PUT", "DELETE"]
    assert written(sim)[1] == ("DELETE", f"{SERVICES}/{old}")
    assert names(sim) == [*(f"saved-{number}" for number in range(len(SAVED))), "stays"]
    assert result["plan"] == foreseen["plan"]
    (planned,) = result["plan"]["delete"]
    assert (planned["name"], planned["service_id"], planned["reason"], planned["after"]) == ("old", old, "undeclared", {})
    assert planned["before"]["owner"] == "netops"
    for one in (result, foreseen):
        assert one["changed"] is True
        entry = one["services"][-1]
        assert len(one["services"]) == 2
        assert (entry["name"], entry["changed"], entry["actions"], entry["reason"]) == ("old", True, ["delete"], "undeclared")
        assert (entry["service"], entry["error"]) == (None, None)
    again = run.ok("ies_services", **given)
    assert (again["changed"], len(again["services"]), again["plan"]["delete"]) == (False, 1, [])


def test_without_prune_nothing_undeclared_is_touched(run: Runner, sim: SimulatorServer) -> None:
    add(sim, "stays")
    add(sim, "old")
    result = run.ok("ies_services", services=[{"name": "stays"}], owner="netops")
    assert (result["changed"], result["plan"]["delete"], written(sim)) == (False, [], [])


@pytest.mark.parametrize(
    "declared",
    [
        {"name": "old"},
        {"name": "old", "managed": False},
        {"name": "old", "state": "absent"},
        {"id": True},
        {"id": True, "managed": False},
        {"id": True, "name": "renamed"},
    ],
)
def test_what_is_declared_in_any_way_is_not_undeclared(run: Runner, sim: SimulatorServer, declared: dict[str, Any]) -> None:
    old = add(sim, "old")
    item = {key: value for key, value in declared.items() if key != "id"}
    if "id" in declared:
        item["service_id"] = old
    result = run.ok("ies_services", services=[item], owner="netops", prune=True, prune_max=5)
    assert not any("reason" in entry for entry in [*result["plan"]["delete"], *result["services"]])


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ({"name": "bad", "bandwidth": 0}, "bandwidth is 0"),
        ({"name": "nowhere", "bandwidth": 5}, "does not exist"),
        ({"name": "theirs"}, "other"),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_nothing_is_pruned_when_something_cannot_be_planned(
    run: Runner, sim: SimulatorServer, item: dict[str, Any], told: str, check_mode: bool
) -> None:
    add(sim, "old")
    add(sim, "theirs", " [managed: other]")
    result = run.fails("ies_services", "failed", told, check_mode=check_mode, **{**prune(), "services": [item]})
    assert written(sim) == []
    assert result["plan"]["delete"] == []
    assert any("nothing was pruned" in warning and "old" in warning for warning in result["warnings"])


def test_nothing_is_pruned_when_a_write_fails(run: Runner, sim: SimulatorServer) -> None:
    add(sim, "old")
    add(sim, "stays")
    sim.faults.add("fail_async", method="PUT", reason="no free VNI")
    result = run.fails("ies_services", "failed", "stays", **{**prune(), "services": [{"name": "stays", "bandwidth": 7}]})
    assert [method for method, _path in written(sim)] == ["PUT"]
    assert [item["name"] for item in result["plan"]["delete"]] == ["old"]
    entry = result["services"][-1]
    assert (entry["name"], entry["changed"], entry["actions"], entry["error"]) == ("old", False, [], None)
    assert entry["service"]["name"] == "old"
    assert any("nothing was pruned" in warning and "old" in warning for warning in result["warnings"])


# The cap


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("cap", "undeclared", "allowed"),
    [
        (None, 1, True),
        (None, 2, False),
        ("10%", 1, True),
        ("30%", 3, True),
        ("30%", 4, False),
        ("39%", 4, False),
        ("100%", 9, True),
        (3, 3, True),
        ("3", 4, False),
        (9, 9, True),
    ],
)
def test_the_cap(run: Runner, sim: SimulatorServer, cap: Any, undeclared: int, allowed: bool, check_mode: bool) -> None:
    # Ten are owned; what others own and what nobody does is not counted.
    for number in range(10):
        add(sim, f"s{number}")
    for number, mark in enumerate((" [managed: other]", "")):
        add(sim, f"x{number}", mark)
    given = prune(*(f"s{number}" for number in range(undeclared, 10)), prune_max=cap)
    given["services"][0]["bandwidth"] = 80000
    if allowed:
        result = run.ok("ies_services", check_mode=check_mode, **given)
        assert len(result["plan"]["delete"]) == undeclared
        return
    named = [f"s{number}" for number in range(undeclared)]
    run.fails("ies_services", "conflict", f"{undeclared} undeclared", "prune_max", *named, check_mode=check_mode, **given)
    assert written(sim) == []
    assert len(names(sim)) == 12


@pytest.mark.parametrize("cap", [0, "ten", "-1", "150%", "0%", "-5%", "%", "1.5", True, "5%5"])
def test_a_cap_that_is_none_is_refused(run: Runner, sim: SimulatorServer, cap: Any) -> None:
    run.fails("ies_services", "invalid", "prune_max", str(cap), **prune("any", prune_max=cap))
    assert sim.journal.entries == []


def test_prune_needs_an_owner(run: Runner, sim: SimulatorServer) -> None:
    run.fails("ies_services", "invalid", "owner", services=[{"name": "any"}], prune=True)
    run.fails("ies_services", "invalid", "owner is 'net ops'", services=[{"name": "any"}], prune=True, owner="net ops")
    assert sim.journal.entries == []


def test_an_empty_declaration_needs_to_be_meant(run: Runner, sim: SimulatorServer) -> None:
    add(sim, "last")
    run.fails("ies_services", "invalid", "allow_empty", **prune())
    assert sim.journal.entries == []
    assert run.ok("ies_services", services=[], owner="netops")["changed"] is False
    assert sim.journal.entries == []
    run.ok("ies_services", **prune(allow_empty=True))
    assert names(sim) == []


@pytest.mark.parametrize("empty_list", ["404", "200-list", "200-null"])
def test_an_empty_tenant(run: Runner, sim: SimulatorServer, empty_list: str) -> None:
    sim.options.update({"empty_list": empty_list})
    assert run.ok("ies_services", **prune(allow_empty=True))["changed"] is False
    assert written(sim) == []


# What a server may do otherwise


def without_descriptions(sim: SimulatorServer) -> Any:
    """Have the list of services show no descriptions; the details do."""
    listed = sim.state.services

    def services(tenant: str) -> list[Any]:
        found = listed(tenant)
        for service in found:
            service.description = None
        return found

    return mock.patch.object(sim.state, "services", services)


def test_a_list_without_descriptions_has_the_details_read(run: Runner, sim: SimulatorServer) -> None:
    for number in range(5):
        add(sim, f"s{number}")
    for number, mark in enumerate(SAVED):
        add(sim, f"saved-{number}", mark)
    declared = [f"s{number}" for number in range(1, 5)]
    with without_descriptions(sim):
        result = run.ok("ies_services", **prune(*declared))
        assert [item["name"] for item in result["plan"]["delete"]] == ["s0"]
        # Owned are the four that stay and two of the saved ones: 28% of them is one.
        run.fails("ies_services", "conflict", "6 owned", **prune(*declared[2:], prune_max="28%"))
    assert names(sim) == sorted([*declared, *(f"saved-{number}" for number in range(len(SAVED)))])


def test_an_absent_service_is_protected_when_only_its_details_say_so(run: Runner, sim: SimulatorServer) -> None:
    for status in ("Completed", "CreateFailed", "CreateFailed"):
        add(sim, "left", SAVED[0] if status == "CreateFailed" else MINE, status=status)
    with without_descriptions(sim):
        run.fails("ies_services", "failed", "protected", services=[{"name": "left", "state": "absent"}])
    assert written(sim) == []
    assert names(sim) == ["left"] * 3


@pytest.mark.parametrize("mark", SAVED)
def test_a_mark_that_changes_before_the_delete_holds(run: Runner, sim: SimulatorServer, mark: str) -> None:
    add(sim, "stays")
    old = add(sim, "old")
    asked = sim.state.service
    reads = 0

    def service(tenant: str, service_id: str) -> Any:
        nonlocal reads
        reads += service_id == old
        if reads == 2:
            sim.state.set_description(old, f"text{mark}")
        return asked(tenant, service_id)

    with mock.patch.object(sim.state, "service", service):
        run.fails("ies_services", "failed", "old", **prune("stays"))
    assert written(sim) == []


def test_an_active_service_is_deactivated_only_when_that_is_wanted(run: Runner, sim: SimulatorServer) -> None:
    old = add(sim, "old", active_status="Active")
    given = prune(allow_empty=True)
    result = run.fails("ies_services", "failed", "old", "active", **given)
    assert (written(sim), result["services"][0]["error_kind"]) == ([], "conflict")
    result = run.ok("ies_services", deactivate=True, **given)
    assert written(sim) == [("POST", f"{SERVICES}/{old}/deactivation"), ("DELETE", f"{SERVICES}/{old}")]
    assert result["services"][0]["actions"] == ["deactivate", "delete"]


def test_a_failed_order_with_our_mark_is_pruned(run: Runner, sim: SimulatorServer) -> None:
    add(sim, "stays")
    add(sim, "left", status="CreateFailed")
    run.ok("ies_services", **prune("stays"))
    assert names(sim) == ["stays"]


def test_one_that_is_on_its_way_out_is_left_to_it(run: Runner, sim: SimulatorServer) -> None:
    add(sim, "stays")
    sim.state.delete(TENANT, add(sim, "old"))
    assert run.ok("ies_services", **prune("stays"))["changed"] is False
    assert written(sim) == []


def test_what_is_in_progress_is_waited_for_before_anything_is_written(run: Runner, sim: SimulatorServer) -> None:
    add(sim, "stays")
    old = add(sim, "old")
    sim.state.modify(TENANT, old, {"service": {"parameters": {"Region": "x"}}})
    given = {**prune(), "services": [{"name": "stays", "bandwidth": 80000}]}
    run.ok("ies_services", **given)
    assert [method for method, _path in written(sim)] == ["PUT", "DELETE"]
    assert names(sim) == ["stays"]


# Owner and items


def test_the_owner_of_an_item_goes_before_that_of_all(run: Runner, sim: SimulatorServer) -> None:
    ids = {name: add(sim, name, "") for name in ("a", "b", "c")}
    add(sim, "d", " [managed: other]")
    services = [
        {"name": "a"},
        {"name": "b", "owner": "other", "protected": True},
        {"name": "c", "on_removal": "keep"},
        {"name": "d", "take_over": True},
    ]
    result = run.ok("ies_services", services=services, owner="netops")
    wanted = [(" [managed: netops]"), " [managed: other, protected]", " [managed: netops, keep]"]
    found = {service.name: service.description for service in sim.state.services(TENANT)}
    assert [found[name] for name in ids] == [f"text{mark}" for mark in wanted]
    assert found["d"] == "text [managed: netops]"
    planned = {item["name"]: (item["before"].get("owner"), item["after"].get("owner")) for item in result["plan"]["update"]}
    assert planned == {"a": (None, "netops"), "b": (None, "other"), "c": (None, "netops"), "d": ("other", "netops")}


@pytest.mark.parametrize("count", [60])
def test_owners_and_prune_cost_no_request_where_nothing_changes(run: Runner, sim: SimulatorServer, count: int) -> None:
    for number in range(count):
        add(sim, f"s{number}")
    run.ok("ies_services", **prune(*(f"s{number}" for number in range(count))))
    with_prune = len(sim.journal.entries)
    sim.journal.clear()
    run.ok("ies_services", services=[{"name": f"s{number}"} for number in range(count)])
    assert with_prune == len(sim.journal.entries) == count + 1
