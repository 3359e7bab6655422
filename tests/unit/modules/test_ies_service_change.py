# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ies_service, state present: what is there is changed where it differs from what is declared, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.model import Definition, ParameterSpec, Template
from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT, Runner
from tests.unit.modules.support import (
    CREATE_BODY,
    DEFINITION,
    MODIFY_BODY,
    NAME,
    SERVICE,
    SERVICE_ID,
    SERVICES,
    SITE2SITE_DEFINITION,
    TEMPLATE,
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

ITEM = MODIFY_BODY["service"]["parameters"]["Site2DCList"][0]


def test_the_shorthand_sends_the_sample_of_the_contract(run: Runner, sim: SimulatorServer) -> None:
    result = run.ok("ies_service", name=NAME, bandwidth=80000)
    assert written(sim) == [("PUT", SERVICE)]
    assert sim.journal.writes[0].body == MODIFY_BODY
    assert (result["changed"], result["actions"]) == (True, ["update"])
    check_service_shape(result["service"])
    assert result["service"]["connections"][0]["bandwidth"] == 80000
    assert result["service"]["phase"] == "ready"
    assert result["operation_id"] == sim.state.operations(SERVICE_ID)[0].operation_id
    assert result["diff"] == {
        "before": {"name": NAME, "connections": {VPN: {"CloudVpnName": VPN, "Bandwidth": "60000"}}},
        "after": {"name": NAME, "connections": {VPN: {"CloudVpnName": VPN, "Bandwidth": "80000"}}},
    }
    again = run.ok("ies_service", name=NAME, bandwidth=80000)
    assert (again["changed"], again["service"]) == (False, result["service"])
    assert len(written(sim)) == 1


@pytest.mark.parametrize(
    "declaration",
    [
        {"service_id": SERVICE_ID, "bandwidth": 80000},
        {"name": NAME, "service_id": SERVICE_ID, "bandwidth": 80000},
        {"name": NAME, "bandwidth": 80000, "cloud_vpn_name": VPN},
        {"name": NAME, "site2dc": [{"cloud_vpn_name": VPN, "bandwidth": 80000}]},
        {"name": NAME, "site2dc": [site2dc(VPN, 80000)], "description": "", "service_definition": "Site2DC"},
        {"name": NAME, "parameters": {"Site2DCList": [{"CloudVpnName": VPN, "Bandwidth": 80000}]}},
        {"name": NAME, "parameters": {"Site2DCList": [{"CloudVpnName": VPN, "Bandwidth": "80000", "action": "create"}]}},
    ],
)
def test_every_way_to_declare_a_bandwidth_sends_the_same(
    run: Runner, sim: SimulatorServer, declaration: dict[str, Any]
) -> None:
    assert run.ok("ies_service", **declaration)["changed"] is True
    assert [entry.body for entry in sim.journal.writes] == [MODIFY_BODY]
    assert run.ok("ies_service", **declaration)["changed"] is False
    assert len(written(sim)) == 1


@pytest.mark.parametrize("value", ["60000", 60000, "60000.0", " 60000"])
def test_an_equal_bandwidth_is_no_change(run: Runner, sim: SimulatorServer, value: Any) -> None:
    declaration = {"name": NAME, "parameters": {"Site2DCList": [{"CloudVpnName": VPN, "Bandwidth": value}]}}
    assert run.ok("ies_service", **declaration)["changed"] is False
    assert written(sim) == []


def test_a_numeric_bandwidth_stays_a_number(run: Runner, sim: SimulatorServer) -> None:
    sim.options.bandwidth_type = "number"
    assert run.ok("ies_service", name=NAME, bandwidth=60000)["changed"] is False
    run.ok("ies_service", name=NAME, bandwidth=80000)
    assert sim.journal.writes[0].body["service"]["parameters"]["Site2DCList"][0]["Bandwidth"] == 80000


def test_the_shorthand_needs_to_know_which_connection(run: Runner, sim: SimulatorServer) -> None:
    service_id = add_service(sim, "many", "vpn-a", "vpn-b")
    run.fails("ies_service", "invalid", "'vpn-a'", "'vpn-b'", "cloud_vpn_name", name="many", bandwidth=5)
    run.fails("ies_service", "invalid", "'vpn-c'", "'vpn-a'", name="many", bandwidth=5, cloud_vpn_name="vpn-c")
    run.fails("ies_service", "invalid", "bandwidth", name="many", cloud_vpn_name="vpn-a")
    assert written(sim) == []
    result = run.ok("ies_service", name="many", bandwidth=5, cloud_vpn_name="vpn-b")
    assert bandwidths(sim, service_id) == {"vpn-a": "60000", "vpn-b": "5"}
    assert [item["CloudVpnName"] for item in sim.journal.writes[0].body["service"]["parameters"]["Site2DCList"]] == ["vpn-b"]
    assert [entry["bandwidth"] for entry in result["service"]["connections"]] == [60000, 5]


def test_several_connections_are_scaled_in_one_write(run: Runner, sim: SimulatorServer) -> None:
    service_id = add_service(sim, "many", "vpn-a", "vpn-b", "vpn-c")
    run.ok("ies_service", name="many", site2dc=[site2dc("vpn-c", 3), site2dc("vpn-a", 1)])
    assert written(sim) == [("PUT", f"{SERVICES}/{service_id}")]
    assert bandwidths(sim, service_id) == {"vpn-a": "1", "vpn-b": "60000", "vpn-c": "3"}


def test_undeclared_connections_are_left_alone(run: Runner, sim: SimulatorServer) -> None:
    service_id = add_service(sim, "many", "vpn-a", "vpn-b")
    assert run.ok("ies_service", name="many", site2dc=[site2dc("vpn-b")])["changed"] is False
    assert run.ok("ies_service", name="many", site2dc=[])["changed"] is False
    assert list(bandwidths(sim, service_id)) == ["vpn-a", "vpn-b"]
    assert written(sim) == []


def test_only_what_is_declared_is_compared(run: Runner, sim: SimulatorServer) -> None:
    for declaration in (
        {"name": NAME},
        {"service_id": SERVICE_ID},
        {"name": NAME, "service_definition": "Site2DC", "template": "Site2DC_template"},
        {"name": NAME, "service_definition": DEFINITION, "template": TEMPLATE},
        {"name": NAME, "parameters": {"Site2DCList": [{**ITEM, "Bandwidth": "60000", "action": "delete-me-not"}]}},
        {"name": NAME, "parameters": {"Site2DCList": [{**ITEM, "Bandwidth": "60000", "logicalName": "other"}]}},
        {"name": NAME, "on_immutable_change": "recreate", "on_failure": "anything"},
    ):
        result = run.ok("ies_service", **declaration)
        assert (result["changed"], result["actions"]) == (False, []), declaration
        assert result["diff"]["before"] == result["diff"]["after"]
        check_service_shape(result["service"])
    assert written(sim) == []


def test_rename(run: Runner, sim: SimulatorServer) -> None:
    add_service(sim, "taken", "vpn-t")
    run.fails("ies_service", "conflict", "'taken'", service_id=SERVICE_ID, name="taken")
    assert written(sim) == []
    checked = run.ok("ies_service", service_id=SERVICE_ID, name="renamed", check_mode=True)
    assert written(sim) == []
    result = run.ok("ies_service", service_id=SERVICE_ID, name="renamed")
    assert sim.journal.writes[0].body == {"service": {"name": "renamed", "description": ""}}
    assert written(sim) == [("PUT", SERVICE)]
    assert (result["changed"], result["actions"]) == (True, ["update"])
    assert result["service"]["name"] == checked["service"]["name"] == "renamed"
    assert result["diff"] == checked["diff"] == {"before": {"name": NAME}, "after": {"name": "renamed"}}
    assert run.ok("ies_service", service_id=SERVICE_ID, name="renamed")["changed"] is False
    run.fails("ies_service", "not_found", "unknown-id", service_id="unknown-id", name="renamed")


def test_description_is_set_kept_and_cleared(run: Runner, sim: SimulatorServer) -> None:
    assert run.ok("ies_service", name=NAME, description="hello")["diff"]["after"]["description"] == "hello"
    run.ok("ies_service", name=NAME, bandwidth=80000)
    kept = sim.state.service(TENANT, SERVICE_ID)
    assert kept is not None
    assert kept.description == "hello"
    assert sim.journal.writes[1].body["service"]["description"] == "hello"
    assert run.ok("ies_service", name=NAME, description="hello")["changed"] is False
    assert run.ok("ies_service", name=NAME, description="")["service"]["description"] == ""
    assert sim.journal.writes[2].body == {"service": {"name": NAME, "description": ""}}
    assert run.ok("ies_service", name=NAME, description="")["changed"] is False
    assert len(written(sim)) == 3


def test_something_else_differs_fail(run: Runner, sim: SimulatorServer) -> None:
    for changes in ({"site2dc": [site2dc(VPN, vni="9999")]}, {"site2dc": [site2dc("vpn-new")]}):
        result = run.fails("ies_service", "conflict", NAME, SERVICE_ID, "on_immutable_change", name=NAME, **changes)
        assert result["service"]["service_id"] == SERVICE_ID
        assert (result["changed"], result["actions"]) == (False, [])
        run.fails("ies_service", "conflict", "on_immutable_change", check_mode=True, name=NAME, **changes)
    run.fails("ies_service", "conflict", "on_immutable_change", name=NAME, service_definition="Site2Site")
    assert written(sim) == []


def test_something_else_differs_update(run: Runner, sim: SimulatorServer) -> None:
    declaration = {"name": NAME, "site2dc": [site2dc(VPN, 70000, vni="9999")], "on_immutable_change": "update"}
    result = run.ok("ies_service", **declaration)
    assert written(sim) == [("PUT", SERVICE)]
    (item,) = sim.journal.writes[0].body["service"]["parameters"]["Site2DCList"]
    assert item == {**ITEM, "Bandwidth": "70000", "VNI": "9999"}
    assert result["actions"] == ["update"]
    assert result["diff"]["before"]["connections"][VPN]["VNI"] == "2236"
    assert result["diff"]["after"]["connections"][VPN]["VNI"] == "9999"
    assert run.ok("ies_service", **declaration)["changed"] is False


def test_a_missing_connection_is_added_by_update(run: Runner, sim: SimulatorServer) -> None:
    declaration = {"name": NAME, "site2dc": [site2dc(VPN), site2dc("vpn-new", 500)], "on_immutable_change": "update"}
    result = run.ok("ies_service", **declaration)
    sent = sim.journal.writes[0].body["service"]["parameters"]["Site2DCList"]
    assert sent == [{**wire_item("vpn-new", "500"), "action": "create"}]
    assert bandwidths(sim) == {VPN: "60000", "vpn-new": "500"}
    assert "vpn-new" not in result["diff"]["before"]["connections"]
    assert result["diff"]["after"]["connections"]["vpn-new"] == wire_item("vpn-new", "500")
    assert run.ok("ies_service", **declaration)["changed"] is False
    assert written(sim) == [("PUT", SERVICE)]


def test_an_added_connection_gets_a_key_when_the_others_have_one(run: Runner, sim: SimulatorServer) -> None:
    add_service(sim, "keyed", parameters={"Site2DCList": [wire_item("vpn-a", logicalName="k1")]})
    run.ok("ies_service", name="keyed", site2dc=[site2dc("vpn-b")], on_immutable_change="update")
    (item,) = sim.journal.writes[0].body["service"]["parameters"]["Site2DCList"]
    assert item["logicalName"] == "vpn-b"
    run.ok("ies_service", name="keyed", bandwidth=5, cloud_vpn_name="vpn-a")
    (item,) = sim.journal.writes[1].body["service"]["parameters"]["Site2DCList"]
    assert (item["logicalName"], item["action"], item["Bandwidth"]) == ("k1", "update", "5")


def test_a_raw_item_with_action_delete_removes_its_connection(run: Runner, sim: SimulatorServer) -> None:
    service_id = add_service(sim, "many", "vpn-a", "vpn-b")
    gone = {"Site2DCList": [{"CloudVpnName": "vpn-a", "action": "delete"}]}
    run.fails("ies_service", "conflict", "vpn-a", name="many", parameters=gone)
    result = run.ok("ies_service", name="many", parameters=gone, on_immutable_change="update")
    assert [entry["cloud_vpn_name"] for entry in result["service"]["connections"]] == ["vpn-b"]
    assert list(bandwidths(sim, service_id)) == ["vpn-b"]
    assert run.ok("ies_service", name="many", parameters=gone, on_immutable_change="update")["changed"] is False


def test_something_else_differs_recreate(run: Runner, sim: SimulatorServer) -> None:
    declaration = declared(site2dc=[site2dc(VPN, vni="9999")], on_immutable_change="recreate")
    result = run.ok("ies_service", **declaration)
    assert written(sim) == [("DELETE", SERVICE), ("POST", SERVICES)]
    assert result["actions"] == ["delete", "create"]
    assert result["service"]["service_id"] != SERVICE_ID
    expected = {**CREATE_BODY["service"]["parameters"]["Site2DCList"][0], "CloudVpnName": VPN, "VNI": "9999"}
    assert sim.journal.writes[1].body["service"]["parameters"] == {"Site2DCList": [expected]}
    assert stored(sim) == [(NAME, "Completed")]
    assert run.ok("ies_service", **declaration)["changed"] is False


def test_recreate_keeps_what_is_not_declared(run: Runner, sim: SimulatorServer) -> None:
    add_service(sim, "many", "vpn-a", "vpn-b", description="kept")
    run.ok("ies_service", name="many", site2dc=[site2dc("vpn-b", vni="1")], on_immutable_change="recreate")
    body = sim.journal.writes[1].body["service"]
    assert (body["description"], body["service_definition_id"], body["template_id"]) == ("kept", DEFINITION, TEMPLATE)
    assert [(item["CloudVpnName"], item["VNI"]) for item in body["parameters"]["Site2DCList"]] == [
        ("vpn-a", "2236"),
        ("vpn-b", "1"),
    ]


def test_a_service_is_not_given_up_for_one_that_cannot_be_ordered(run: Runner, sim: SimulatorServer) -> None:
    spec = {"Site2DCList": ParameterSpec("List<ParamGroup>")}
    asleep = Definition("a" * 32, "Asleep", status="inactive", templates=[Template("1" * 32, "T", spec)])
    sim.state.add_definition(asleep)
    run.fails("ies_service", "invalid", "inactive", name=NAME, service_definition="Asleep", on_immutable_change="recreate")
    sim.state.set_status(SERVICE_ID, active_status="Active")
    changes = {"name": NAME, "site2dc": [site2dc(VPN, vni="1")], "on_immutable_change": "recreate"}
    run.fails("ies_service", "conflict", "active", "deactivate", **changes)
    assert written(sim) == []
    result = run.ok("ies_service", deactivate=True, **changes)
    assert result["actions"] == ["deactivate", "delete", "create"]


def test_another_definition_needs_recreate(run: Runner, sim: SimulatorServer) -> None:
    other = {"name": NAME, "service_definition": "Site2Site"}
    run.fails("ies_service", "conflict", "recreate", on_immutable_change="update", **other)
    assert written(sim) == []
    result = run.ok(
        "ies_service",
        on_immutable_change="recreate",
        parameters={"Site2SiteList": [{"CloudVpnName": "s2s", "Bandwidth": "10"}]},
        **other,
    )
    assert result["service"]["service_definition_id"] == SITE2SITE_DEFINITION


def test_plain_text_parameters(run: Runner, sim: SimulatorServer) -> None:
    service_id = add_service(sim, "texts", parameters={"Site2DCList": [wire_item("vpn-t")], "Region": "east", "Class": "1"})
    assert run.ok("ies_service", name="texts", parameters={"Class": 1})["changed"] is False
    changes = {"name": "texts", "parameters": {"Region": "west"}}
    run.fails("ies_service", "conflict", "Region", **changes)
    result = run.ok("ies_service", on_immutable_change="update", **changes)
    assert sim.journal.writes[0].body["service"]["parameters"] == {"Region": "west"}
    assert result["diff"]["before"]["parameters"] == {"Region": "east"}
    service = sim.state.service(TENANT, service_id)
    assert service is not None
    assert service.parameters["Class"] == "1"


def test_a_flat_service_is_scaled_but_not_extended(run: Runner, sim: SimulatorServer) -> None:
    add_service(sim, "flat", parameters={"CloudVpnName": "flat-vpn", "Bandwidth": "10", "VNI": "3"})
    result = run.ok("ies_service", name="flat", bandwidth=20)
    assert sim.journal.writes[0].body["service"]["parameters"] == {"CloudVpnName": "flat-vpn", "Bandwidth": "20", "VNI": "3"}
    assert result["service"]["connections"][0]["list"] is None
    assert run.ok("ies_service", name="flat", bandwidth=20)["changed"] is False


@pytest.mark.parametrize(
    "text",
    ['{"CloudVpnName": "json-vpn", "Bandwidth": "10"}', '{"Sites": [{"CloudVpnName": "json-vpn", "Bandwidth": "10"}]}'],
)
def test_parameters_that_are_json_texts(run: Runner, sim: SimulatorServer, text: str) -> None:
    service_id = add_service(sim, "json", parameters={"Connections": text})
    result = run.ok("ies_service", name="json", bandwidth=20)
    assert (result["service"]["connections"][0]["bandwidth"], result["actions"]) == (20, ["update"])
    service = sim.state.service(TENANT, service_id)
    assert service is not None
    assert service.parameters["Connections"] == text.replace('"10"', '"20"')
    assert run.ok("ies_service", name="json", bandwidth=20)["changed"] is False


def test_lists_that_are_read_as_json_texts(run: Runner, sim: SimulatorServer) -> None:
    sim.options.parameters_style = "json-strings"
    assert run.ok("ies_service", name=NAME, bandwidth=60000)["changed"] is False
    assert run.ok("ies_service", name=NAME, bandwidth=80000)["changed"] is True
    assert bandwidths(sim) == {VPN: "80000"}
    assert run.ok("ies_service", name=NAME, bandwidth=80000)["changed"] is False


def test_options_for_other_servers(run: Runner, sim: SimulatorServer) -> None:
    run.ok("ies_service", name=NAME, bandwidth=1, update_items="minimal", update_with_definition=True)
    assert sim.journal.writes[0].body == {
        "service": {
            "name": NAME,
            "description": "",
            "service_definition_id": DEFINITION,
            "template_id": TEMPLATE,
            "parameters": {"Site2DCList": [{"CloudVpnName": VPN, "Bandwidth": "1", "action": "update"}]},
        }
    }
    assert bandwidths(sim) == {VPN: "1"}


def test_two_healthy_services_of_one_name(run: Runner, sim: SimulatorServer) -> None:
    other = add_service(sim, NAME, "vpn-other")
    for state in ("present", "absent"):
        run.fails("ies_service", "conflict", NAME, SERVICE_ID, other, "service_id", name=NAME, state=state)
        run.fails("ies_service", "conflict", SERVICE_ID, other, name=NAME, state=state, check_mode=True)
    assert written(sim) == []
    assert run.ok("ies_service", service_id=other, bandwidth=5)["changed"] is True
    assert bandwidths(sim) == {VPN: "60000"}


def test_a_value_that_does_not_take_is_an_error(run: Runner, sim: SimulatorServer) -> None:
    # A response in the server's place that accepts and does nothing.
    sim.faults.add("status", method="PUT", status=202, body={"operation_id": "none"})
    run.fails("ies_service", "failed", NAME, "Bandwidth", "80000", name=NAME, bandwidth=80000)
    assert written(sim) == [("PUT", SERVICE)]


def test_a_list_that_reads_as_json_text_is_written_as_a_list(run: Runner, sim: SimulatorServer) -> None:
    sim.options.update({"parameters_style": "json-strings"})
    result = run.ok("ies_service", name=NAME, bandwidth=80000)
    assert sim.journal.writes[0].body == MODIFY_BODY
    assert result["service"]["connections"][0]["bandwidth"] == 80000
    result = run.ok(
        "ies_service",
        name=NAME,
        on_immutable_change="recreate",
        site2dc=[{"cloud_vpn_name": VPN, "bandwidth": 80000, "vni": "7"}],
    )
    assert result["actions"] == ["delete", "create"]
    assert [entry.body["service"]["parameters"]["Site2DCList"][0]["VNI"] for entry in sim.journal.writes[2:]] == ["7"]


def test_a_service_of_a_definition_that_has_become_inactive(run: Runner, sim: SimulatorServer) -> None:
    spec = {"Site2DCList": ParameterSpec("List<ParamGroup>")}
    sim.state.add_definition(Definition("b" * 32, "Site2DC", templates=[Template("B" * 32, "T", spec)]))
    old = sim.state.definition(TENANT, DEFINITION)
    assert old is not None
    old.status = "inactive"
    assert run.ok("ies_service", name=NAME, service_definition="Site2DC")["changed"] is False
    declaration = declared(service_definition="Site2DC", site2dc=[site2dc(VPN, vni="1")], on_immutable_change="recreate")
    checked = run.ok("ies_service", check_mode=True, **declaration)
    result = run.ok("ies_service", **declaration)
    assert checked["diff"] == result["diff"]
    assert checked["actions"] == result["actions"] == ["delete", "create"]
    assert [result["diff"][side]["service_definition_id"] for side in ("before", "after")] == [DEFINITION, "b" * 32]
    assert result["service"]["template_id"] == checked["service"]["template_id"] == "B" * 32
    assert run.ok("ies_service", **declaration)["changed"] is False


def _secretive(sim: SimulatorServer, *, flat: bool = False) -> dict[str, Any]:
    """Let the server replace items and hide a parameter and a key; return a declaration with both."""
    sim.options.item_update = "replace"
    listed = {} if flat else {"Site2DCList": ParameterSpec("List<ParamGroup>", hidden_keys=["Pin"])}
    template = Template("t" * 32, "Secretive_template", {"Secret": ParameterSpec("String", hidden=True), **listed})
    sim.state.add_definition(Definition("d" * 32, "Secretive", templates=[template]))
    if flat:
        parameters = {"CloudVpnName": "vpn-s", "Bandwidth": "5", "Secret": "s"}
        return {"name": "secretive", "service_definition": "Secretive", "parameters": parameters}
    connection = {"cloud_vpn_name": "vpn-s", "bandwidth": 5, "vni": "7", "extra": {"Pin": "p"}}
    return {
        "name": "secretive",
        "service_definition": "Secretive",
        "parameters": {"Secret": "s"},
        "site2dc": [connection, {"cloud_vpn_name": "vpn-t", "bandwidth": 5, "extra": {"Pin": "q"}}],
    }


def _stored_parameters(sim: SimulatorServer, name: str) -> dict[str, Any]:
    (service,) = [service for service in sim.state.services(TENANT) if service.name == name]
    return service.parameters


@pytest.mark.parametrize(("vni", "actions"), [("7", ["update"]), ("8", ["delete", "create"])], ids=["update", "recreate"])
def test_what_is_never_shown_is_not_lost(run: Runner, sim: SimulatorServer, vni: str, actions: list[str]) -> None:
    declaration = _secretive(sim)
    run.ok("ies_service", **declaration)
    first, second = declaration["site2dc"]
    changed = {**declaration, "site2dc": [{**first, "bandwidth": 6, "vni": vni}, second], "on_immutable_change": "recreate"}
    checked = run.ok("ies_service", check_mode=True, **changed)
    result = run.ok("ies_service", **changed)
    assert checked["actions"] == result["actions"] == actions
    assert checked["diff"] == result["diff"]
    # What is foreseen shows as little as what is read.
    assert "Secret" not in checked["service"]["parameters"]
    assert [set(entry["parameters"]) - {"action"} for entry in checked["service"]["connections"]] == [
        set(entry["parameters"]) - {"action"} for entry in result["service"]["connections"]
    ]
    kept = _stored_parameters(sim, "secretive")
    assert kept["Secret"] == "s"
    assert {item["CloudVpnName"]: item["Pin"] for item in kept["Site2DCList"]} == {"vpn-s": "p", "vpn-t": "q"}
    (warning,) = result["warnings"]
    assert "Pin of connection 'vpn-s', Pin of connection 'vpn-t', Secret" in warning
    assert run.ok("ies_service", **changed)["changed"] is False


def test_what_a_flat_service_never_shows_is_not_lost(run: Runner, sim: SimulatorServer) -> None:
    declaration = _secretive(sim, flat=True)
    run.ok("ies_service", **declaration)
    run.ok("ies_service", **declaration, bandwidth=6)
    assert sim.journal.writes[-1].body["service"]["parameters"] == {**declaration["parameters"], "Bandwidth": "6"}


@pytest.mark.parametrize(
    "change", [{"bandwidth": 6}, {"parameters": {"note": "new"}, "on_immutable_change": "recreate"}], ids=str
)
@pytest.mark.parametrize("flat", [True, False], ids=["flat", "list"])
def test_numbers_beside_the_connections_are_strings_on_the_wire(
    run: Runner, sim: SimulatorServer, flat: bool, change: dict[str, Any]
) -> None:
    sim.options.scalar_type = "number"
    connection = {"CloudVpnName": "vpn-n", "Bandwidth": "5"}
    plain = {"size": "42", "note": "old"}
    add_service(sim, "numbers", parameters={**plain, **(connection if flat else {"L": [connection]})})
    if flat and "parameters" in change:
        change = {**change, "parameters": {**connection, "note": "new"}}
    declaration = {"name": "numbers", **change}
    checked = run.ok("ies_service", check_mode=True, **declaration)
    result = run.ok("ies_service", **declaration)
    assert checked["actions"] == result["actions"] == (["update"] if "bandwidth" in change else ["delete", "create"])
    assert checked["diff"] == result["diff"]
    sent = sim.journal.writes[-1].body["service"]["parameters"]
    assert {type(value) for value in sent.values()} <= {str, list}
    kept = _stored_parameters(sim, "numbers")
    assert (kept["size"], kept["note"]) == ("42", "old" if "bandwidth" in change else "new")
    assert run.ok("ies_service", **declaration)["changed"] is False
