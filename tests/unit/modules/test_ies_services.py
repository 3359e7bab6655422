# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ies_services: a tenant's services, declared together, planned together, waited for together."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._domain.report import markdown_report, plan_lines
from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT, Runner
from tests.unit.modules.support import (
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

PLAN = ("create", "update", "recreate", "delete", "unchanged")


@pytest.fixture
def fleet(sim: SimulatorServer) -> dict[str, str]:
    """Services of several names; the declarations in `DECLARED` do something else to each."""
    return {name: add_service(sim, name, f"vpn-{name}") for name in ("alpha", "beta", "gamma", "delta")}


DECLARED: list[dict[str, Any]] = [
    declared(name="new", site2dc=[site2dc("vpn-new", 100)]),
    {"name": "beta", "bandwidth": 200},
    {"name": "gamma", "state": "absent"},
    {"name": "delta", "site2dc": [site2dc("vpn-delta", vni="1")], "on_immutable_change": "recreate"},
    {"name": "alpha", "bandwidth": 60000},
    {"name": "nobody", "state": "absent"},
]


def test_one_run_creates_changes_and_removes(run: Runner, sim: SimulatorServer, fleet: dict[str, str]) -> None:
    checked = run.ok("ies_services", services=DECLARED, check_mode=True)
    assert written(sim) == []
    result = run.ok("ies_services", services=DECLARED)
    assert result["changed"] is checked["changed"] is True
    assert result["plan"] == checked["plan"]
    plan = result["plan"]
    assert tuple(plan) == PLAN
    assert {kind: [entry["name"] for entry in plan[kind]] for kind in PLAN} == {
        "create": ["new"],
        "update": ["beta"],
        "recreate": ["delta"],
        "delete": ["gamma"],
        "unchanged": ["alpha", "nobody"],
    }
    for entries in plan.values():
        for entry in entries:
            assert set(entry) == {"name", "service_id", "before", "after"}
    assert plan["create"][0]["service_id"] is None
    assert plan["update"][0] == {
        "name": "beta",
        "service_id": fleet["beta"],
        "before": {"name": "beta", "connections": {"vpn-beta": {"CloudVpnName": "vpn-beta", "Bandwidth": "60000"}}},
        "after": {"name": "beta", "connections": {"vpn-beta": {"CloudVpnName": "vpn-beta", "Bandwidth": "200"}}},
    }
    assert plan["delete"][0]["after"] == {}
    entries = result["services"]
    assert [entry["name"] for entry in entries] == ["new", "beta", "gamma", "delta", "alpha", "nobody"]
    assert [entry["actions"] for entry in entries] == [["create"], ["update"], ["delete"], ["delete", "create"], [], []]
    assert [entry["actions"] for entry in checked["services"]] == [entry["actions"] for entry in entries]
    assert [entry["changed"] for entry in entries] == [True, True, True, True, False, False]
    assert [entry["error"] for entry in entries] == [None] * 6
    for entry in entries:
        assert {"name", "changed", "actions", "service", "error"} <= set(entry)
        if entry["name"] in {"gamma", "nobody"}:
            assert entry["service"] is None
        else:
            check_service_shape(entry["service"])
            assert entry["service"]["phase"] == "ready"
    assert stored(sim) == [(name, "Completed") for name in sorted(["alpha", "beta", "delta", "new", NAME])]
    assert sorted(written(sim)) == sorted(
        [
            ("POST", SERVICES),
            ("PUT", f"{SERVICES}/{fleet['beta']}"),
            ("DELETE", f"{SERVICES}/{fleet['gamma']}"),
            ("DELETE", f"{SERVICES}/{fleet['delta']}"),
            ("POST", SERVICES),
        ]
    )
    assert set(result["diff"]["before"]) == set(result["diff"]["after"]) == {"new", "beta", "gamma", "delta"}
    again = run.ok("ies_services", services=DECLARED)
    assert again["changed"] is False
    assert [entry["name"] for entry in again["plan"]["unchanged"]] == [item["name"] for item in DECLARED]
    assert again["diff"] == {"before": {}, "after": {}}
    assert len(written(sim)) == 5


def test_all_are_waited_for_together(run: Runner, sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)
    begun = sim.clock.now()
    run.ok("ies_services", services=[declared(name=f"s{number}") for number in range(20)])
    # The list shows them ready after 60 s, and once more a look later (contract 7.1, rule 3).
    assert sim.clock.now() - begun == 75
    assert len(sim.state.services(TENANT)) == 20
    # One list per round shows what is still in progress; only at its end each is asked for its operation.
    asked = [entry.time for entry in sim.journal.entries if "/operations/" in entry.path]
    assert asked == [begun + 75] * 20


def test_no_more_at_once_than_max_parallel(run: Runner, sim: SimulatorServer) -> None:
    items = [declared(name=f"s{number}") for number in range(6)]
    run.ok("ies_services", services=items, max_parallel=1)
    assert sim.journal.max_concurrency == 1
    sim.journal.clear()
    sim.options.latency = 0.02
    run.ok("ies_services", services=[{"name": item["name"], "bandwidth": 5} for item in items], max_parallel=3)
    assert 1 < sim.journal.max_concurrency <= 3


def test_the_list_is_read_once_to_plan(run: Runner, sim: SimulatorServer, fleet: dict[str, str]) -> None:
    run.ok("ies_services", services=[{"name": name, "bandwidth": 60000} for name in fleet])
    paths = [entry.path for entry in sim.journal.entries]
    assert paths.count(SERVICES) == 1
    assert len(paths) == 1 + len(fleet)


def test_one_failing_service_does_not_stop_the_others(run: Runner, sim: SimulatorServer, fleet: dict[str, str]) -> None:
    sim.faults.add("fail_async", method="PUT", path=fleet["beta"], operation="modify", reason="the line is cut")
    sim.state.set_status(fleet["gamma"], active_status="Active")
    items = [
        {"name": "alpha", "bandwidth": 7},
        {"name": "beta", "bandwidth": 7},
        {"name": "gamma", "state": "absent"},
        declared(name="new", service_definition="Nothing"),
        declared(name="odd", site2dc=[site2dc(cidr="nonsense")]),
        {"name": "delta", "bandwidth": 7},
    ]
    result = run.fails("ies_services", "failed", "4 of 6", *("beta", "gamma", "new", "odd", "the line is cut"), services=items)
    errors = {entry["name"]: entry["error"] for entry in result["services"]}
    assert errors["alpha"] is None
    assert errors["delta"] is None
    for name, phrase in (("beta", "the line is cut"), ("gamma", "deactivate"), ("new", "'Nothing'"), ("odd", "nonsense")):
        assert phrase in errors[name]
        assert errors[name] in result["msg"]
    assert result["changed"] is True
    assert [entry["changed"] for entry in result["services"]] == [True, True, False, False, False, True]
    assert [entry["name"] for entry in result["plan"]["update"]] == ["alpha", "beta", "delta"]
    assert bandwidths(sim, fleet["alpha"]) == {"vpn-alpha": "7"}
    assert bandwidths(sim, fleet["delta"]) == {"vpn-delta": "7"}
    failed = next(entry for entry in result["services"] if entry["name"] == "beta")
    assert failed["service"]["phase"] == "failed"


def test_check_mode_names_what_would_fail(run: Runner, sim: SimulatorServer, fleet: dict[str, str]) -> None:
    sim.state.set_status(fleet["gamma"], active_status="Active")
    items = [{"name": "alpha", "bandwidth": 7}, {"name": "gamma", "state": "absent"}]
    result = run.fails("ies_services", "failed", "1 of 2", "gamma", services=items, check_mode=True)
    assert [entry["changed"] for entry in result["services"]] == [True, False]
    assert written(sim) == []


@pytest.mark.parametrize(
    ("items", "twice"),
    [
        ([{"name": NAME}, {"name": "other"}, {"name": NAME, "state": "absent"}], NAME),
        ([{"service_id": SERVICE_ID}, {"service_id": SERVICE_ID, "name": "other"}], SERVICE_ID),
    ],
)
def test_declared_twice(run: Runner, sim: SimulatorServer, items: list[dict[str, Any]], twice: str) -> None:
    run.fails("ies_services", "invalid", repr(twice), "twice", services=items)
    assert sim.journal.entries == []


def test_nothing_declared(run: Runner, sim: SimulatorServer) -> None:
    result = run.ok("ies_services", services=[])
    assert (result["changed"], result["services"]) == (False, [])
    assert result["plan"] == {kind: [] for kind in PLAN}
    assert sim.journal.entries == []


def test_services_by_id(run: Runner, sim: SimulatorServer, fleet: dict[str, str]) -> None:
    items = [{"service_id": fleet["alpha"], "name": "renamed"}, {"service_id": fleet["beta"], "state": "absent"}]
    result = run.ok("ies_services", services=items)
    assert [entry["name"] for entry in result["services"]] == ["renamed", fleet["beta"]]
    assert [(entry["name"], entry["service_id"]) for entry in result["plan"]["delete"]] == [("beta", fleet["beta"])]
    assert [name for name, _status in stored(sim)] == sorted(["renamed", "gamma", "delta", NAME])


def test_without_waiting(run: Runner, sim: SimulatorServer) -> None:
    begun = sim.clock.now()
    result = run.ok("ies_services", services=[declared(name="new"), {"name": NAME, "bandwidth": 5}], wait=False)
    assert sim.clock.now() == begun
    assert [entry["service"]["phase"] for entry in result["services"]] == ["in_progress", "in_progress"]


def test_a_wait_that_is_too_short_for_one(run: Runner, sim: SimulatorServer) -> None:
    sim.state.durations.update({"create": 500})
    items = [declared(name="slow"), {"name": NAME, "bandwidth": 5}]
    result = run.fails("ies_services", "failed", "slow", "wait_timeout", services=items, wait_timeout=100)
    slow, quick = result["services"]
    assert slow["service"]["status"] == "CreateInProgress"
    assert (quick["error"], quick["service"]["phase"]) == (None, "ready")
    again = run.ok("ies_services", services=items)
    assert again["changed"] is False
    assert len(written(sim)) == 2


def test_answers_lost_in_the_middle_of_a_fleet(run: Runner, sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)
    sim.faults.add("drop_after", method="POST", times=3)
    items = [declared(name=f"s{number}", site2dc=[site2dc(f"vpn-{number}")]) for number in range(8)]
    result = run.ok("ies_services", services=items)
    assert [service.name for service in sorted(sim.state.services(TENANT), key=lambda service: service.name)] == [
        item["name"] for item in items
    ]
    assert len(written(sim)) == 8
    assert len(result["warnings"]) == 3


def test_a_list_that_cannot_be_read_fails_all(run: Runner, sim: SimulatorServer) -> None:
    sim.faults.add("status", times=None, status=500)
    result = run.fails("ies_services", "server", services=DECLARED)
    assert result["changed"] is False
    assert written(sim) == []
    assert len(sim.journal.entries) == 6


def test_warnings_of_all_are_shown_once(run: Runner, sim: SimulatorServer) -> None:
    leftover = add_service(sim, NAME, "vpn-left", status="CreateFailed")
    result = run.ok("ies_services", services=[{"name": NAME, "bandwidth": 5, "cloud_vpn_name": VPN}])
    assert [leftover in warning for warning in result["warnings"]] == [True]
    assert written(sim) == [("PUT", SERVICE)]


def test_failing_looks_are_survived(run: Runner, sim: SimulatorServer) -> None:
    items = [declared(name="new"), {"name": NAME, "bandwidth": 5}]
    sim.faults.add("status", method="GET", path=f"{SERVICES}$", after=2, times=2, status=503, body=None)
    assert run.ok("ies_services", services=items, api_retries=0)["changed"] is True
    sim.reset()
    sim.faults.add("status", method="GET", path=f"{SERVICES}$", after=2, times=None, status=503, body=None)
    result = run.fails("ies_services", "failed", "new", NAME, services=items, api_retries=0)
    assert [entry["service"]["phase"] for entry in result["services"]] == ["in_progress", "in_progress"]


@pytest.mark.parametrize("check_mode", [False, True])
def test_declared_by_name_and_once_more_by_id(run: Runner, sim: SimulatorServer, check_mode: bool) -> None:
    items = [{"name": NAME, "bandwidth": 70000}, {"service_id": SERVICE_ID, "bandwidth": 80000}]
    result = run("ies_services", check_mode=check_mode, services=items)
    assert [entry["actions"] for entry in result["services"]] == [["update"], []]
    assert "is the same as" in result["services"][1]["error"]
    assert len(written(sim)) == (0 if check_mode else 1)


def test_a_change_of_a_plain_parameter_is_planned_told_and_reported(run: Runner, sim: SimulatorServer) -> None:
    add_service(sim, "noted", parameters={"Site2DCList": [wire_item()], "note": "old"})
    items = [{"name": "noted", "parameters": {"note": "new"}, "on_immutable_change": "update"}]
    checked = run.ok("ies_services", services=items, check_mode=True)
    assert written(sim) == []
    result = run.ok("ies_services", services=items)
    assert result["plan"] == checked["plan"]
    assert result["services"][0]["actions"] == checked["services"][0]["actions"] == ["update"]
    assert plan_lines(result["plan"])[0] == "  ~ update   noted  note old -> new"
    assert "note old -\\> new" in markdown_report(result["plan"], result["services"])
    assert run.ok("ies_services", services=items)["changed"] is False
