# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A range instead of one bandwidth (public interface, section 9.1), through the modules and against the simulator."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.cloudopera.ies.plugins.filter.cloudvpn import cloudvpn_plan
from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT, Runner
from tests.unit.modules.support import (
    DEFINITION,
    MODIFY_BODY,
    NAME,
    SERVICE,
    SERVICE_ID,
    SERVICES,
    VPN,
    add_service,
    bandwidths,
    declared,
    site2dc,
    written,
)

# The connection of the sample service has 60000.
AROUND: dict[str, Any] = {"bandwidth_min": 50000, "bandwidth_max": 100000}
ABOVE: dict[str, Any] = {"bandwidth_min": 80000, "bandwidth_max": 100000}
BELOW: dict[str, Any] = {"bandwidth_min": 1000, "bandwidth_max": 20000}


def ways(bounds: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the ways to declare a range for the only connection of the sample service."""
    typed = {"cloud_vpn_name": VPN, **bounds}
    return [bounds, {**bounds, "cloud_vpn_name": VPN}, {"site2dc": [typed]}, {"site2site": [typed]}]


def sent(sim: SimulatorServer) -> list[dict[str, str]]:
    """Return the Bandwidth of each connection, write by write."""
    lists = [(entry.body or {}).get("service", {}).get("parameters", {}).get("Site2DCList", []) for entry in sim.journal.writes]
    return [{item["CloudVpnName"]: item["Bandwidth"] for item in items} for items in lists]


@pytest.mark.parametrize("way", range(4))
@pytest.mark.parametrize("module", ["ies_service", "ies_services"])
def test_a_bandwidth_inside_is_no_difference(run: Runner, sim: SimulatorServer, way: int, module: str) -> None:
    item = {"name": NAME, **ways(AROUND)[way]}
    given = {"services": [item]} if module == "ies_services" else item
    result = run.ok(module, **given)
    assert result["changed"] is False
    assert written(sim) == []
    if module == "ies_services":
        (unchanged,) = result["plan"]["unchanged"]
    else:
        unchanged = result["diff"]
    assert unchanged["before"] == unchanged["after"]
    assert unchanged["after"]["connections"][VPN]["Bandwidth"] == "60000"


@pytest.mark.parametrize("way", range(4))
def test_one_outside_is_brought_to_the_nearer_bound(run: Runner, sim: SimulatorServer, way: int) -> None:
    item = {"name": NAME, **ways(ABOVE)[way]}
    checked = run.ok("ies_service", check_mode=True, **item)
    assert written(sim) == []
    result = run.ok("ies_service", **item)
    # 80000, with the whole item, as a declared bandwidth of 80000 would send it.
    assert [entry.body for entry in sim.journal.writes] == [MODIFY_BODY]
    assert checked["diff"] == result["diff"]
    assert checked["actions"] == result["actions"] == ["update"]
    assert result["diff"]["before"]["connections"][VPN]["Bandwidth"] == "60000"
    assert result["diff"]["after"]["connections"][VPN]["Bandwidth"] == "80000"
    assert result["service"]["connections"][0]["bandwidth"] == 80000
    assert run.ok("ies_service", **item)["changed"] is False
    assert run.ok("ies_service", name=NAME, **BELOW)["service"]["connections"][0]["bandwidth"] == 20000
    assert sent(sim) == [{VPN: "80000"}, {VPN: "20000"}]


@pytest.mark.parametrize(("bandwidth", "expected"), [(None, "50000"), (70000, "70000")])
def test_an_order_takes_the_bandwidth(run: Runner, sim: SimulatorServer, bandwidth: int | None, expected: str) -> None:
    item = declared(name="new", site2dc=[site2dc("vpn-new", **AROUND)])
    item["site2dc"][0]["bandwidth"] = bandwidth
    checked = run.ok("ies_service", check_mode=True, **item)
    result = run.ok("ies_service", **item)
    assert checked["diff"] == result["diff"]
    assert sent(sim) == [{"vpn-new": expected}]
    assert "bandwidth_min" not in str(sim.journal.writes[0].body)
    assert result["service"]["connections"][0]["bandwidth"] == int(expected)
    # Whatever it is changed to inside the range, by whomever, stays.
    run.ok("ies_service", name="new", bandwidth=90000)
    assert run.ok("ies_service", **item)["changed"] is False
    assert len(written(sim)) == 2


@pytest.mark.parametrize("value", ["60000.0", " 60000", "60000.5"])
def test_a_stored_number_is_one_however_it_is_written(run: Runner, sim: SimulatorServer, value: str) -> None:
    add_service(sim, "odd", "vpn-odd", bandwidth=value)
    assert run.ok("ies_service", name="odd", **AROUND)["changed"] is False
    assert written(sim) == []


def test_what_is_stored_and_no_number_becomes_the_bandwidth(run: Runner, sim: SimulatorServer) -> None:
    service_id = add_service(sim, "odd", "vpn-odd", bandwidth="fast")
    result = run.ok("ies_service", name="odd", **AROUND, bandwidth=70000)
    assert (result["changed"], bandwidths(sim, service_id)) == (True, {"vpn-odd": "70000"})
    assert run.ok("ies_service", name="odd", **AROUND, bandwidth=80000)["changed"] is False


def test_a_numeric_bandwidth_stays_a_number(run: Runner, sim: SimulatorServer) -> None:
    sim.options.bandwidth_type = "number"
    assert run.ok("ies_service", name=NAME, **AROUND)["changed"] is False
    run.ok("ies_service", name=NAME, **ABOVE)
    assert sim.journal.writes[0].body["service"]["parameters"]["Site2DCList"][0]["Bandwidth"] == 80000


def test_the_shorthand_picks_the_connection(run: Runner, sim: SimulatorServer) -> None:
    service_id = add_service(sim, "many", "vpn-a", "vpn-b")
    run.fails("ies_service", "invalid", "'vpn-a'", "'vpn-b'", "cloud_vpn_name", name="many", **ABOVE)
    run.ok("ies_service", name="many", **ABOVE, cloud_vpn_name="vpn-b")
    assert bandwidths(sim, service_id) == {"vpn-a": "60000", "vpn-b": "80000"}


@pytest.mark.parametrize("way", range(4))
@pytest.mark.parametrize(("stored", "expected"), [("60000", "60000"), ("40000", "50000"), ("200000", "100000")])
def test_a_failed_service_is_applied_again_as_it_is_stored(
    run: Runner, sim: SimulatorServer, way: int, stored: str, expected: str
) -> None:
    service_id = add_service(sim, "broken", VPN, bandwidth=stored, status="Failed")
    item = {"name": "broken", **ways(AROUND)[way]}
    checked = run.ok("ies_service", check_mode=True, **item)
    result = run.ok("ies_service", **item)
    assert written(sim) == [("PUT", f"{SERVICES}/{service_id}")]
    assert sent(sim) == [{VPN: expected}]
    assert checked["diff"] == result["diff"]
    assert result["diff"]["after"] == {"name": "broken", "status": "Completed", **result["diff"]["after"]}
    assert result["diff"]["after"]["connections"][VPN]["Bandwidth"] == expected
    assert result["service"]["phase"] == "ready"


@pytest.mark.parametrize(("bounds", "expected"), [(AROUND, "60000"), (ABOVE, "80000"), (BELOW, "20000")])
def test_a_recreated_connection_keeps_what_is_stored(
    run: Runner, sim: SimulatorServer, bounds: dict[str, Any], expected: str
) -> None:
    connections = [site2dc(VPN, **bounds, vni="9999"), site2dc("vpn-more", **bounds)]
    for connection in connections:
        connection["bandwidth"] = bounds["bandwidth_max"]
    item = declared(site2dc=connections, on_immutable_change="recreate")
    checked = run.ok("ies_service", check_mode=True, **item)
    result = run.ok("ies_service", **item)
    assert written(sim) == [("DELETE", SERVICE), ("POST", SERVICES)]
    assert sent(sim)[1] == {VPN: expected, "vpn-more": str(bounds["bandwidth_max"])}
    assert checked["diff"] == result["diff"]
    assert result["diff"]["after"]["connections"][VPN]["Bandwidth"] == expected
    assert run.ok("ies_service", **item)["changed"] is False


def test_a_connection_is_added_with_the_bandwidth(run: Runner, sim: SimulatorServer) -> None:
    connections = [site2dc(VPN, **AROUND), site2dc("vpn-more", 70000, **AROUND)]
    run.fails("ies_service", "conflict", "'vpn-more' is not there", **declared(site2dc=connections))
    run.ok("ies_service", **declared(site2dc=connections, on_immutable_change="update"))
    assert sent(sim) == [{"vpn-more": "70000"}]
    assert bandwidths(sim) == {VPN: "60000", "vpn-more": "70000"}


def test_while_the_service_is_busy(run: Runner, sim: SimulatorServer) -> None:
    sim.state.set_status(SERVICE_ID, status="UpdateInProgress")
    assert run.ok("ies_service", name=NAME, **AROUND, wait=False)["changed"] is False
    run.fails("ies_service", "conflict", "busy", name=NAME, **ABOVE, wait=False)
    assert written(sim) == []


def test_a_lost_answer_is_settled_by_looking(run: Runner, sim: SimulatorServer) -> None:
    sim.faults.add("drop_after", method="PUT", path=SERVICE)
    result = run.ok("ies_service", name=NAME, **ABOVE)
    assert (result["changed"], bandwidths(sim)) == (True, {VPN: "80000"})
    assert len(written(sim)) == 1


PROBLEMS: dict[str, tuple[dict[str, Any], str]] = {
    "min alone": ({"bandwidth_min": 5}, "bandwidth_min is 5, and there is no bandwidth_max; a range needs both"),
    "max alone": ({"bandwidth_max": 5}, "bandwidth_max is 5, and there is no bandwidth_min; a range needs both"),
    "wrong way round": ({"bandwidth_min": 6, "bandwidth_max": 5}, "bandwidth_min is 6, which is above bandwidth_max, 5"),
    "bandwidth outside": ({**AROUND, "bandwidth": 7}, "bandwidth is 7, outside its range of 50000 to 100000"),
    "zero": ({"bandwidth_min": 0, "bandwidth_max": 5}, "bandwidth_min is 0; it must be a positive whole number"),
}


@pytest.mark.parametrize("case", PROBLEMS)
@pytest.mark.parametrize("option", ["", "site2dc", "site2site"])
def test_what_cannot_be_right_is_refused_alike_everywhere(run: Runner, sim: SimulatorServer, case: str, option: str) -> None:
    bounds, problem = PROBLEMS[case]
    item = {"name": NAME, **({option: [{"cloud_vpn_name": VPN, **bounds}]} if option else bounds)}
    message = f"{option}[0].{problem}" if option else problem
    refused = run.fails("ies_service", "invalid", f"{NAME}: {message}", **item)
    assert refused["changed"] is False
    assert run.fails("ies_service", "invalid", message, check_mode=True, **item)["msg"] == refused["msg"]
    fleet = run("ies_services", services=[item, {"name": "nobody", "state": "absent"}])
    assert [entry["error"] is None for entry in fleet["services"]] == [False, True]
    assert fleet["services"][0]["error"].startswith(message)
    with pytest.raises(AnsibleFilterError, match=re.escape(f"cloudvpn_plan: {NAME}: {message}")):
        cloudvpn_plan([item], [])
    assert written(sim) == []


@pytest.mark.parametrize("option", ["bandwidth_min", "bandwidth_max"])
@pytest.mark.parametrize("typed", [True, False])
def test_a_boolean_is_no_bound(run: Runner, sim: SimulatorServer, option: str, typed: bool) -> None:
    bounds = {**AROUND, option: True}
    item = {"name": NAME, **({"site2dc": [{"cloud_vpn_name": VPN, **bounds}]} if typed else bounds)}
    message = f"{'site2dc[0].' if typed else ''}{option} is true; it must be a positive whole number"
    run.fails("ies_service", "invalid", f"{NAME}: {message}", **item)
    fleet = run("ies_services", services=[item])
    assert fleet["failed"] is True
    assert re.search(f"{NAME}.*{re.escape(option)} is (true|True); .* whole number", fleet["msg"])
    with pytest.raises(AnsibleFilterError, match=f"{NAME}: .*{option} is true"):
        cloudvpn_plan([item], [])
    assert written(sim) == []


@pytest.mark.parametrize("minimum", ["50000", 50000.0, "50000.0", " 50000 "], ids=repr)
def test_bounds_are_written_as_a_bandwidth_is(run: Runner, sim: SimulatorServer, minimum: Any) -> None:
    typed = {"cloud_vpn_name": VPN, "bandwidth_min": minimum, "bandwidth_max": "100000"}
    items = [{"bandwidth_min": minimum, "bandwidth_max": 100000.0}, {"site2dc": [typed]}]
    for item in items:
        assert run.ok("ies_service", name=NAME, **item)["changed"] is False
        assert run.ok("ies_services", services=[{"name": NAME, **item}])["changed"] is False
        services = run.ok("ies_service_info")["services"]
        assert [entry["name"] for entry in cloudvpn_plan([{"name": NAME, **item}], services)["unchanged"]] == [NAME]
    assert written(sim) == []


def test_module_and_filter_plan_alike(run: Runner, sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)
    for name, bandwidth, status in [
        *(("inside", "60000", "Completed"), ("low", "10", "Completed"), ("high", "900000", "Completed")),
        *(("odd", "fast", "Completed"), ("broken", "60000", "Failed"), ("left", "60000", "CreateFailed")),
    ]:
        add_service(sim, name, f"vpn-{name}", bandwidth=bandwidth, status=status)
    fleet = [
        {"name": name, "service_definition": DEFINITION, "site2dc": [{"cloud_vpn_name": f"vpn-{name}", **AROUND}]}
        for name in ("inside", "low", "high", "odd", "broken", "left", "new")
    ]
    foreseen = cloudvpn_plan(fleet, run.ok("ies_service_info")["services"], run.ok("ies_catalog_info")["service_definitions"])
    assert run.ok("ies_services", services=fleet, check_mode=True)["plan"] == foreseen
    assert run.ok("ies_services", services=fleet)["plan"] == foreseen
    after = {
        entry["name"]: entry["after"]["connections"][f"vpn-{entry['name']}"]["Bandwidth"]
        for kind in ("create", "update", "recreate", "unchanged")
        for entry in foreseen[kind]
    }
    assert after == {
        **{"inside": "60000", "low": "50000", "high": "100000", "odd": "50000", "broken": "60000"},
        **{"left": "50000", "new": "50000"},
    }
    assert run.ok("ies_services", services=fleet)["changed"] is False
