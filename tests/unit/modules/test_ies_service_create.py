# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ies_service, state present: what is not there is ordered, in one write."""

from __future__ import annotations

import pytest

from tests.simulator.model import Definition, ParameterSpec, Template
from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT, Runner
from tests.unit.modules.support import (
    CREATE_BODY,
    DEFINITION,
    NAME,
    NEW_VPN,
    SERVICES,
    SITE2SITE_DEFINITION,
    SITE2SITE_TEMPLATE,
    TEMPLATE,
    bandwidths,
    check_service_shape,
    declared,
    site2dc,
    stored,
    wire_item,
    written,
)


@pytest.fixture(autouse=True)
def _empty(sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)


@pytest.mark.parametrize(
    ("definition", "template"),
    [(DEFINITION, None), (DEFINITION, TEMPLATE), ("Site2DC", None), ("Site2DC", "Site2DC_template")],
)
def test_a_typed_connection_is_ordered_as_in_the_sample(
    run: Runner, sim: SimulatorServer, definition: str, template: str | None
) -> None:
    result = run.ok("ies_service", **declared(service_definition=definition, template=template))
    assert written(sim) == [("POST", SERVICES)]
    assert sim.journal.writes[0].body == CREATE_BODY
    assert sim.journal.writes[0].content_type == "application/json"
    assert all(entry.has_auth_token and entry.has_bearer for entry in sim.journal.entries)
    assert (result["changed"], result["actions"]) == (True, ["create"])
    service = result["service"]
    check_service_shape(service)
    (made,) = sim.state.services(TENANT)
    assert service["service_id"] == made.service_id
    assert (service["name"], service["description"]) == (NAME, "")
    assert (service["service_definition_id"], service["template_id"]) == (DEFINITION, TEMPLATE)
    assert (service["status"], service["active_status"], service["phase"]) == ("Completed", "Deactive", "ready")
    assert service["created_at"].endswith("Z")
    (connection,) = service["connections"]
    assert (connection["cloud_vpn_name"], connection["bandwidth"], connection["list"]) == (NEW_VPN, 60000, "Site2DCList")
    assert connection["parameters"]["cidrBlockSize"] == "24"
    assert result["operation_id"] == sim.state.operations(made.service_id)[0].operation_id
    assert result["diff"]["before"] == {}
    assert result["diff"]["after"]["name"] == NAME
    assert result["diff"]["after"]["connections"][NEW_VPN] == wire_item()


def test_a_repeat_writes_nothing(run: Runner, sim: SimulatorServer) -> None:
    first = run.ok("ies_service", **declared())
    sim.journal.clear()
    second = run.ok("ies_service", **declared())
    assert (second["changed"], second["actions"], second["operation_id"]) == (False, [], None)
    assert second["service"] == first["service"]
    assert second["diff"]["before"] == second["diff"]["after"]
    assert written(sim) == []
    assert {entry.method for entry in sim.journal.entries} == {"GET"}


@pytest.mark.parametrize("action", [None, "create", "update"])
def test_raw_parameters_get_the_action_that_the_request_needs(run: Runner, sim: SimulatorServer, action: str | None) -> None:
    item = wire_item() if action is None else wire_item(action=action)
    raw = declared(site2dc=None, parameters={"Site2DCList": [item]})
    run.ok("ies_service", **raw)
    assert [entry.body for entry in sim.journal.writes] == [CREATE_BODY]
    assert run.ok("ies_service", **raw)["changed"] is False
    assert len(sim.journal.writes) == 1


def test_raw_numbers_are_sent_as_texts(run: Runner, sim: SimulatorServer) -> None:
    item = wire_item(bandwidth="60000", VNI=2236, cidrBlockSize=24)
    item["Bandwidth"] = 60000
    run.ok("ies_service", **declared(site2dc=None, parameters={"Site2DCList": [item], "Region": 7}))
    sent = sim.journal.writes[0].body["service"]["parameters"]
    assert sent["Region"] == "7"
    assert sent["Site2DCList"] == CREATE_BODY["service"]["parameters"]["Site2DCList"]


def test_extra_keys_are_sent_as_they_stand(run: Runner, sim: SimulatorServer) -> None:
    run.ok("ies_service", **declared(site2dc=[site2dc(extra={"QoS": "gold", "Nested": {"a": [1]}})]))
    (item,) = sim.journal.writes[0].body["service"]["parameters"]["Site2DCList"]
    assert item == {**CREATE_BODY["service"]["parameters"]["Site2DCList"][0], "QoS": "gold", "Nested": {"a": [1]}}


def test_site_to_site(run: Runner, sim: SimulatorServer) -> None:
    ends = {f"cpe_{end}_{part}": f"{end}-{part}" for end in "ab" for part in ("site", "type", "esn", "position", "pop")}
    connection = {"cloud_vpn_name": "s2s-vpn", "bandwidth": 10000, "vni": "7", "cidr": "10.1.2.3/16", **ends}
    declaration = {"name": "two-sites", "service_definition": "Site2Site", "site2site": [connection]}
    result = run.ok("ies_service", **declaration)
    sent = sim.journal.writes[0].body["service"]
    assert (sent["service_definition_id"], sent["template_id"]) == (SITE2SITE_DEFINITION, SITE2SITE_TEMPLATE)
    wire_ends = {
        f"CPE_{end.upper()}_{key}": f"{end}-{part}"
        for end in "ab"
        for part, key in (("site", "Site"), ("type", "Type"), ("esn", "ESN"), ("position", "Position"), ("pop", "POP"))
    }
    assert sent["parameters"] == {
        "Site2SiteList": [
            {
                **{"CloudVpnName": "s2s-vpn", "Bandwidth": "10000", "VNI": "7", "cidr": "10.1.2.3", "cidrBlockSize": "16"},
                **wire_ends,
                "action": "create",
            }
        ]
    }
    assert result["service"]["connections"][0]["list"] == "Site2SiteList"
    assert run.ok("ies_service", **declaration)["changed"] is False


def test_on_failure_and_description_are_sent(run: Runner, sim: SimulatorServer) -> None:
    result = run.ok("ies_service", **declared(on_failure="keep", description="for Müller & Söhne"))
    body = sim.journal.writes[0].body
    assert body["onfailure"] == "keep"
    assert body["service"]["description"] == result["service"]["description"] == "for Müller & Söhne"


def test_without_waiting_the_service_is_in_progress(run: Runner, sim: SimulatorServer) -> None:
    begun = sim.clock.now()
    result = run.ok("ies_service", **declared(wait=False))
    assert sim.clock.now() == begun
    assert (result["service"]["status"], result["service"]["phase"]) == ("CreateInProgress", "in_progress")
    assert result["operation_id"]
    repeated = run.ok("ies_service", **declared(wait=False))
    assert (repeated["changed"], repeated["service"]["phase"]) == (False, "in_progress")
    run.fails("ies_service", "conflict", "busy", NAME, **declared(wait=False, site2dc=[site2dc(bandwidth=1)]))
    assert len(written(sim)) == 1


def test_waiting_looks_every_wait_sleep_seconds(run: Runner, sim: SimulatorServer) -> None:
    begun = sim.clock.now()
    run.ok("ies_service", **declared(wait_sleep=25))
    assert sim.clock.now() - begun == 75
    looks = [entry.time - begun for entry in sim.journal.entries if "/operations/" in entry.path]
    assert looks == [0, 25, 50, 75]


def test_several_connections_in_one_order(run: Runner, sim: SimulatorServer) -> None:
    result = run.ok("ies_service", **declared(site2dc=[site2dc("vpn-a", 1000), site2dc("vpn-b", 2000)]))
    assert [entry["bandwidth"] for entry in result["service"]["connections"]] == [1000, 2000]
    assert bandwidths(sim, result["service"]["service_id"]) == {"vpn-a": "1000", "vpn-b": "2000"}
    assert len(written(sim)) == 1


def test_the_bandwidth_shorthand_wins_over_the_list_on_create(run: Runner, sim: SimulatorServer) -> None:
    result = run.ok("ies_service", **declared(bandwidth=75000))
    assert result["service"]["connections"][0]["bandwidth"] == 75000
    assert run.ok("ies_service", **declared(bandwidth=75000))["changed"] is False


@pytest.mark.parametrize("name", ["a/b", "..", "what?", "c#", "two words", "Zürich-Köln", '-50%&="'])
def test_any_name_can_be_used(run: Runner, sim: SimulatorServer, name: str) -> None:
    declaration = declared(name=name, site2dc=[site2dc(f"vpn {name}")])
    assert run.ok("ies_service", **declaration)["service"]["name"] == name
    assert run.ok("ies_service", **declaration)["changed"] is False
    assert run.ok("ies_service", name=name, bandwidth=1)["service"]["connections"][0]["bandwidth"] == 1
    run.ok("ies_service", name=name, state="absent")
    assert stored(sim) == []


def test_names_are_matched_exactly(run: Runner, sim: SimulatorServer) -> None:
    run.ok("ies_service", **declared(name="Office"))
    run.ok("ies_service", **declared(name="office"))
    run.ok("ies_service", **declared(name="office "))
    assert [name for name, _status in stored(sim)] == ["Office", "office", "office "]


def test_another_tenant_is_not_seen(run: Runner, sim: SimulatorServer) -> None:
    run.ok("ies_service", **declared())
    other = run.ok("ies_service", tenant="nbitest_16", **declared())
    assert other["changed"] is True
    assert run.ok("ies_service", tenant="nbitest_16", state="absent", name=NAME)["changed"] is True
    assert stored(sim) == [(NAME, "Completed")]


def test_a_key_that_is_never_shown_is_a_warning_not_a_change(run: Runner, sim: SimulatorServer) -> None:
    sim.state.add_definition(
        Definition(
            definition_id="d" * 32,
            name="Hidden",
            templates=[
                Template(
                    "t" * 32,
                    "Hidden_template",
                    {"Site2DCList": ParameterSpec("List<ParamGroup>"), "Secret": ParameterSpec("String", hidden=True)},
                )
            ],
        )
    )
    declaration = declared(service_definition="Hidden", parameters={"Secret": "x"})
    assert run.ok("ies_service", **declaration)["changed"] is True
    repeated = run.ok("ies_service", **declaration)
    assert repeated["changed"] is False
    (warning,) = repeated["warnings"]
    assert "Secret" in warning
    assert len(written(sim)) == 1


def test_an_order_needs_definition_and_connection(run: Runner, sim: SimulatorServer) -> None:
    run.fails("ies_service", "invalid", NAME, "service_definition", "site2dc", name=NAME)
    run.fails("ies_service", "invalid", "service_definition", **declared(service_definition=None))
    run.fails("ies_service", "invalid", "connection", **declared(site2dc=None))
    run.fails("ies_service", "invalid", NAME, name=NAME, bandwidth=5)
    run.fails("ies_service", "not_found", "nowhere", service_id="nowhere", **declared())
    assert written(sim) == []


def test_an_inactive_definition_of_the_same_name_is_no_ambiguity(run: Runner, sim: SimulatorServer) -> None:
    spec = {"Site2DCList": ParameterSpec("List<ParamGroup>")}
    for letter, status in (("a", "inactive"), ("b", "active"), ("c", "delete pending")):
        template = Template(letter.upper() * 32, "T", spec)
        sim.state.add_definition(Definition(letter * 32, "Versioned", status=status, templates=[template]))
    declaration = declared(service_definition="Versioned")
    checked = run.ok("ies_service", check_mode=True, **declaration)
    assert run.ok("ies_service", **declaration)["service"]["service_definition_id"] == "b" * 32
    assert checked["service"]["service_definition_id"] == "b" * 32
    assert sim.journal.writes[0].body["service"]["template_id"] == "B" * 32
    assert run.ok("ies_service", **declaration)["changed"] is False


def test_definitions_and_templates_that_cannot_be_ordered(run: Runner, sim: SimulatorServer) -> None:
    spec = {"Site2DCList": ParameterSpec("List<ParamGroup>")}
    for definition in (
        Definition("a" * 32, "Twin", templates=[Template("1" * 32, "T", spec)]),
        Definition("b" * 32, "Twin", templates=[Template("2" * 32, "T", spec)]),
        Definition("c" * 32, "Asleep", status="inactive", templates=[Template("3" * 32, "T", spec)]),
        Definition("d" * 32, "Leaving", status="delete pending", templates=[Template("4" * 32, "T", spec)]),
        Definition("e" * 32, "Many", templates=[Template("5" * 32, "T", spec), Template("6" * 32, "T", spec)]),
        Definition("f" * 32, "None", templates=[]),
    ):
        sim.state.add_definition(definition)
    cases = [
        ({"service_definition": "Nothing"}, ("'Nothing'", "unknown", "Site2DC", DEFINITION)),
        ({"service_definition": "Twin"}, ("'Twin'", "ambiguous", "a" * 32, "b" * 32)),
        ({"service_definition": "Asleep"}, ("'Asleep'", "inactive")),
        ({"service_definition": "Leaving"}, ("'Leaving'", "delete pending")),
        ({"service_definition": "Many"}, ("'Many'", "several templates", "5" * 32, "6" * 32)),
        ({"service_definition": "Many", "template": "T"}, ("'T'", "ambiguous", "5" * 32, "6" * 32)),
        ({"service_definition": "Many", "template": "U"}, ("'U'", "unknown", "5" * 32)),
        ({"service_definition": "None"}, ("'None'", "no template")),
    ]
    for check_mode in (False, True):
        for changes, phrases in cases:
            run.fails("ies_service", "invalid", *phrases, check_mode=check_mode, **declared(**changes))
    assert written(sim) == []
    run.ok("ies_service", **declared(service_definition="Many", template="6" * 32))
    assert sim.journal.writes[0].body["service"]["template_id"] == "6" * 32
