# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ies_service_info: filters, details, waiting."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT, Runner
from tests.unit.modules.support import NAME, SERVICE, SERVICE_ID, SERVICES, VPN, add_service, check_service_shape, written


@pytest.fixture
def ids(sim: SimulatorServer) -> dict[str, str]:
    """Services in several states, by name; `twin` is there twice."""
    made = {
        "alpha": add_service(sim, "alpha", "vpn-a"),
        "beta": add_service(sim, "beta", "vpn-b", "vpn-b2", description="Ours [managed: netops]"),
        "failed": add_service(sim, "failed", "vpn-f", status="Failed"),
        "leftover": add_service(sim, "leftover", "vpn-l", status="CreateFailed"),
        "odd": add_service(sim, "odd", parameters={"CloudVpnName": "vpn-odd", "Bandwidth": "much"}, status="Strange"),
        "twin": add_service(sim, "twin", "vpn-t1"),
    }
    add_service(sim, "twin", "vpn-t2")
    return {**made, NAME: SERVICE_ID}


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["alpha", "beta", "failed", "leftover", "odd", NAME, "twin", "twin"]),
    ({"name": "alpha"}, ["alpha"]),
    ({"name": ["alpha", "twin", "nobody"]}, ["alpha", "twin", "twin"]),
    ({"name": "Alpha"}, []),
    ({"name": []}, []),
    ({"service_id": SERVICE_ID}, [NAME]),
    ({"service_id": [SERVICE_ID, "unknown"]}, [NAME]),
    ({"cloud_vpn_name": "vpn-b2"}, ["beta"]),
    ({"cloud_vpn_name": ["vpn-b2", "vpn-odd", VPN]}, ["beta", "odd", NAME]),
    ({"cloud_vpn_name": "vpn"}, []),
    ({"status": "Failed"}, ["failed"]),
    ({"status": ["createfailed", "STRANGE"]}, ["leftover", "odd"]),
    ({"phase": "failed"}, ["failed"]),
    ({"phase": ["create_failed", "unknown"]}, ["leftover", "odd"]),
    ({"phase": "in_progress"}, []),
    ({"owner": "netops"}, ["beta"]),
    ({"owner": ["others", "netops"], "details": False}, ["beta"]),
    ({"owner": "Netops"}, []),
    ({"phase": "ready", "name": ["alpha", "failed"]}, ["alpha"]),
    ({"phase": "ready", "status": "Completed", "name": "beta", "cloud_vpn_name": "vpn-b"}, ["beta"]),
    ({"name": "beta", "cloud_vpn_name": "vpn-a"}, []),
    ({"name": "alpha", "details": False}, ["alpha"]),
    ({"cloud_vpn_name": "vpn-a", "details": False}, ["alpha"]),
]


@pytest.mark.undescribed
@pytest.mark.parametrize(("filters", "names"), FILTERS, ids=[str(filters) for filters, _names in FILTERS])
def test_filters(run: Runner, sim: SimulatorServer, ids: dict[str, str], filters: dict[str, Any], names: list[str]) -> None:
    result = run.ok("ies_service_info", **filters)
    assert result["changed"] is False
    services = result["services"]
    assert [service["name"] for service in services] == names
    assert services == sorted(services, key=lambda service: (service["name"], service["service_id"]))
    for service in services:
        check_service_shape(service)
        if filters.get("details", True):
            assert service["connections"]
            assert service["parameters"]
    assert written(sim) == []


def test_the_shape_of_a_service(run: Runner) -> None:
    (service,) = run.ok("ies_service_info", name=NAME)["services"]
    item = service["parameters"]["Site2DCList"][0]
    assert service == {
        "service_id": SERVICE_ID,
        "name": NAME,
        "description": "",
        "owner": None,
        "protected": False,
        "service_definition_id": "8c34e27ed6644bbfbce93a41a05cb7ab",
        "template_id": "e77fc5e21e1e42c9933ec9574c33a5d8",
        "status": "Completed",
        "active_status": "Deactive",
        "phase": "ready",
        "created_at": "2017-05-07T03:58:00Z",
        "parameters": {"Site2DCList": [item]},
        "connections": [{"cloud_vpn_name": VPN, "bandwidth": 60000, "list": "Site2DCList", "parameters": item}],
    }
    assert (item["CloudVpnName"], item["Bandwidth"], item["cidr"]) == (VPN, "60000", "163.113.12.1")


def test_every_module_has_the_same_shape(run: Runner) -> None:
    (service,) = run.ok("ies_service_info", name=NAME)["services"]
    assert run.ok("ies_service", name=NAME)["service"] == service
    assert run.ok("ies_service", name=NAME, check_mode=True)["service"] == service
    assert run.ok("ies_services", services=[{"name": NAME}])["services"][0]["service"] == service


@pytest.mark.undescribed
def test_a_bandwidth_that_is_no_number_is_null(run: Runner, ids: dict[str, str]) -> None:
    (service,) = run.ok("ies_service_info", name="odd")["services"]
    (connection,) = service["connections"]
    assert (connection["bandwidth"], connection["list"], service["phase"]) == (None, None, "unknown")


@pytest.mark.parametrize("options", [{"time_style": "empty"}, {"time_style": "null"}])
def test_an_unknown_time_is_null(run: Runner, sim: SimulatorServer, options: dict[str, Any]) -> None:
    sim.options.update(options)
    (service,) = run.ok("ies_service_info")["services"]
    assert service["created_at"] is None


@pytest.mark.undescribed
def test_without_details_one_request_is_enough(run: Runner, sim: SimulatorServer, ids: dict[str, str]) -> None:
    services = run.ok("ies_service_info", details=False)["services"]
    assert [entry.path for entry in sim.journal.entries] == [SERVICES]
    assert all(service["parameters"] == {} and service["connections"] == [] for service in services)
    sim.journal.clear()
    run.ok("ies_service_info", name="alpha")
    assert [entry.path for entry in sim.journal.entries] == [SERVICES, f"{SERVICES}/{ids['alpha']}"]


def test_details_are_read_in_parallel(run: Runner, sim: SimulatorServer) -> None:
    sim.simulation.preload(TENANT, 6)
    sim.options.latency = 0.02
    assert len(run.ok("ies_service_info", max_parallel=3)["services"]) == 7
    assert 1 < sim.journal.max_concurrency <= 3
    sim.journal.clear()
    run.ok("ies_service_info", max_parallel=1)
    assert sim.journal.max_concurrency == 1


@pytest.mark.parametrize("empty_list", ["404", "200-list", "200-null"])
@pytest.mark.parametrize("null_body", ["empty", "null"])
def test_an_empty_tenant(run: Runner, sim: SimulatorServer, empty_list: str, null_body: str) -> None:
    sim.options.update({"empty_list": empty_list, "null_body": null_body})
    sim.state.clear_services(TENANT)
    assert run.ok("ies_service_info")["services"] == []


def test_a_service_that_goes_between_list_and_details(run: Runner, sim: SimulatorServer, ids: dict[str, str]) -> None:
    sim.faults.add("status", path=f"{SERVICE}$", status=404, body=None)
    services = run.ok("ies_service_info", name=[NAME, "alpha"])["services"]
    assert [service["name"] for service in services] == ["alpha"]


def test_waiting_until_nothing_is_in_progress(run: Runner, sim: SimulatorServer) -> None:
    sim.state.modify(TENANT, SERVICE_ID, {"service": {"parameters": {"Region": "x"}}})
    (service,) = run.ok("ies_service_info")["services"]
    assert service["phase"] == "in_progress"
    begun = sim.clock.now()
    (service,) = run.ok("ies_service_info", wait=True, phase="in_progress", details=False)["services"] or [{"phase": "gone"}]
    assert sim.clock.now() - begun == 30
    (service,) = run.ok("ies_service_info", wait=True)["services"]
    assert service["phase"] == "ready"


def test_those_waited_for_by_their_state_may_have_another_afterwards(run: Runner, sim: SimulatorServer) -> None:
    sim.state.delete(TENANT, SERVICE_ID)
    assert run.ok("ies_service_info", wait=True)["services"] == []


def test_waiting_only_for_the_selected(run: Runner, sim: SimulatorServer) -> None:
    add_service(sim, "stuck", "vpn-s", status="CreateInProgress")
    begun = sim.clock.now()
    assert len(run.ok("ies_service_info", wait=True, name=NAME)["services"]) == 1
    assert sim.clock.now() == begun


def test_waiting_for_too_long(run: Runner, sim: SimulatorServer) -> None:
    stuck = add_service(sim, "stuck", "vpn-s", status="CreateInProgress")
    begun = sim.clock.now()
    result = run.fails("ies_service_info", "timeout", "'stuck'", stuck, "wait_timeout", wait=True, wait_timeout=40)
    assert sim.clock.now() - begun == 40
    assert [service["status"] for service in result["services"] if service["name"] == "stuck"] == ["CreateInProgress"]
    assert result["service"]["service_id"] == stuck
    assert "operation_id" in result


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_waiting_does_not_end_on_one_empty_list(run: Runner, sim: SimulatorServer, after: int) -> None:
    sim.state.modify(TENANT, SERVICE_ID, {"service": {"parameters": {"Region": "x"}}})
    sim.faults.add("status", method="GET", path=f"{SERVICES}$", status=404, body=None, after=after)
    (service,) = run.ok("ies_service_info", wait=True)["services"]
    assert (service["service_id"], service["phase"]) == (SERVICE_ID, "ready")


def test_a_failed_look_that_ends_a_wait_tells_what_was_seen_last(run: Runner, sim: SimulatorServer) -> None:
    stuck = add_service(sim, "stuck", "vpn-s", status="CreateInProgress")
    sim.faults.add("status", method="GET", path=f"{SERVICES}$", after=2, times=None, status=503, body=None)
    result = run.fails("ies_service_info", "server", wait=True, api_retries=0)
    assert (result["service"]["service_id"], result["operation_id"]) == (stuck, None)
    assert [service["service_id"] for service in result["services"] if service["name"] == "stuck"] == [stuck]


def test_waiting_with_a_wait_timeout_of_zero_looks_once(run: Runner, sim: SimulatorServer) -> None:
    add_service(sim, "stuck", "vpn-s", status="CreateInProgress")
    run.fails("ies_service_info", "timeout", wait=True, wait_timeout=0)
    assert run.ok("ies_service_info", wait=True, wait_timeout=0, name=NAME)["services"][0]["phase"] == "ready"


@pytest.mark.parametrize(
    "options",
    [
        {"service_list_shape": "bare", "service_shape": "bare"},
        {"service_list_shape": "nested", "service_shape": "data"},
        {"service_list_shape": "data", "service_shape": "result", "key_style": "camel"},
        {"service_name_key": "service_name"},
        {"service_name_key": "serviceName", "time_style": "seconds", "bandwidth_type": "number"},
        {"parameters_style": "json-strings", "time_style": "ms-string"},
    ],
    ids=str,
)
def test_shapes_that_the_contract_leaves_open(run: Runner, sim: SimulatorServer, options: dict[str, Any]) -> None:
    sim.options.update(options)
    (service,) = run.ok("ies_service_info", name=NAME, cloud_vpn_name=VPN)["services"]
    assert (service["service_id"], service["created_at"]) == (SERVICE_ID, "2017-05-07T03:58:00Z")
    assert service["connections"][0]["bandwidth"] == 60000


def test_operations_newest_first(run: Runner, sim: SimulatorServer) -> None:
    assert "operations" not in run.ok("ies_service_info", name=NAME)["services"][0]
    for bandwidth in (70000, 80000):
        run.ok("ies_service", name=NAME, bandwidth=bandwidth)
        sim.clock.advance(60)
    run.ok("ies_service", name=NAME, bandwidth=90000, wait=False)
    (service,) = run.ok("ies_service_info", name=NAME, operations=True)["services"]
    operations = service["operations"]
    assert [(one["operation"], one["progress"], one["result"]) for one in operations] == [
        ("Update", "inprogress", None),
        ("Update", "done", "success"),
        ("Update", "done", "success"),
    ]
    keys = {"operation_id", "operation", "progress", "result", "reason", "operate_at", "finished_at"}
    assert all(set(one) == keys for one in operations)
    assert operations[0]["operate_at"] > operations[1]["finished_at"] > operations[1]["operate_at"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, []), ({"operations": "purged"}, []), ({"operations": "storage-trouble"}, None), ({"operations": "404"}, None)],
    ids=str,
)
def test_operations_that_cannot_be_read_are_null(
    run: Runner, sim: SimulatorServer, options: dict[str, Any], expected: list[Any] | None
) -> None:
    sim.options.update(options)
    result = run.ok("ies_service_info", name=NAME, operations=True)
    assert result["services"][0]["operations"] == expected
    assert "warnings" not in result


def test_one_service_without_its_operations_keeps_no_other_one_back(run: Runner, sim: SimulatorServer) -> None:
    other = add_service(sim, "other", "vpn-o")
    sim.faults.add("status", path=f"{other}/operations", times=None, status=500, body=None)
    result = run.ok("ies_service_info", operations=True, api_retries=0)
    assert {service["name"]: service["operations"] for service in result["services"]} == {NAME: [], "other": None}
    assert "operations of service 'other' could not be read" in result["warnings"][0]
