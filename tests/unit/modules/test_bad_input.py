# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What cannot be right: refused with one line that says what, where and what to do, before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import Runner
from tests.unit.modules.support import DEFINITION, NAME, VPN, add_service, declared, site2dc, stored, wire_item, written


def _raw(*items: Any, **more: Any) -> dict[str, Any]:
    return declared(name="new", site2dc=None, parameters={"Site2DCList": list(items)}, **more)


def _typed(**changes: Any) -> dict[str, Any]:
    return declared(name="new", site2dc=[site2dc(**changes)])


def _item(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in wire_item(**changes).items() if value is not None}


WITHOUT_BANDWIDTH = {key: value for key, value in wire_item().items() if key != "Bandwidth"}
LONG = "x" * 256

# Refused before anything is sent, the same for an order and for what exists.
INVALID: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "empty name": (declared(name=""), ("name is empty",)),
    "blank name": (declared(name="  "), ("name is empty",)),
    "empty id": ({"service_id": ""}, ("service_id is empty",)),
    "long name": (declared(name=LONG), ("name has 256 characters", "255")),
    "long description": (declared(description=LONG), ("description has 256", "255")),
    "long definition": (declared(service_definition="a" * 37), ("service_definition has 37", "36")),
    "long template": (declared(template="a" * 37), ("template has 37", "36")),
    "empty definition": (declared(service_definition=""), ("service_definition is empty",)),
    "empty template": (declared(template=""), ("template is empty",)),
    "no CloudVpnName": (_raw(_item(CloudVpnName=None)), ("Site2DCList[0]", "CloudVpnName")),
    "empty CloudVpnName": (_raw(_item(CloudVpnName="")), ("Site2DCList[0]", "CloudVpnName")),
    "empty typed CloudVpnName": (_typed(cloud_vpn_name=" "), ("site2dc[0]", "cloud_vpn_name")),
    "long CloudVpnName": (_typed(cloud_vpn_name=LONG), ("site2dc[0]", "cloud_vpn_name", "256")),
    "second item without CloudVpnName": (_raw(wire_item(), _item(CloudVpnName=None)), ("Site2DCList[1]", "CloudVpnName")),
    "no Bandwidth": (_raw(WITHOUT_BANDWIDTH), ("Bandwidth",)),
    "empty Bandwidth": (_raw(wire_item(bandwidth="")), ("Bandwidth",)),
    "zero Bandwidth": (_raw(wire_item(bandwidth="0")), ("Bandwidth", "'0'", "positive")),
    "negative Bandwidth": (_raw(wire_item(bandwidth="-5")), ("Bandwidth", "'-5'", "positive")),
    "wordy Bandwidth": (_raw(wire_item(bandwidth="fast")), ("Bandwidth", "'fast'", "positive")),
    "infinite Bandwidth": (_raw(wire_item(bandwidth="Infinity")), ("Bandwidth", "positive")),
    "zero typed bandwidth": (_typed(bandwidth=0), ("site2dc[0]", "bandwidth", "positive")),
    "negative typed bandwidth": (_typed(bandwidth=-1), ("site2dc[0]", "bandwidth", "positive")),
    "typed without bandwidth": (
        declared(site2dc=[site2dc(), {"cloud_vpn_name": "v"}]),
        (NAME, "site2dc[1] has no bandwidth; give bandwidth, or bandwidth_min and bandwidth_max"),
    ),
    "zero shorthand": ({"name": NAME, "bandwidth": 0}, ("bandwidth is 0", "positive")),
    "negative shorthand": ({"name": NAME, "bandwidth": -7}, ("bandwidth is -7", "positive")),
    "boolean typed bandwidth": (_typed(bandwidth=True), ("site2dc[0].bandwidth is true", "positive whole number")),
    "boolean Bandwidth": (_raw(wire_item(Bandwidth=True)), ("Bandwidth", "'true'", "positive")),
    "boolean shorthand": ({"name": NAME, "bandwidth": True}, ("bandwidth is true", "positive whole number")),
    "false shorthand": ({"name": NAME, "bandwidth": False}, ("bandwidth is false", "positive whole number")),
    "boolean wait_timeout": ({"name": NAME, "wait_timeout": True}, ("wait_timeout is true", "number")),
    "bandwidth in a list of another name": (
        declared(name="new", site2dc=None, parameters={"Odd": [{"CloudVpnName": "v"}]}),
        ("Odd[0]", "Bandwidth"),
    ),
    "connection that is no object": (_raw("vpn-a"), ("Site2DCList[0]", "object")),
    "declared twice": (_raw(wire_item("a"), wire_item("a")), ("'a'", "twice")),
    "typed and raw": (declared(parameters={"Site2DCList": []}), ("site2dc", "Site2DCList")),
    "extra repeats": (_typed(extra={"VNI": "1"}), ("site2dc[0].extra", "VNI")),
    "boolean parameter": (declared(parameters={"Flag": True}), ("parameters.Flag", "boolean")),
    "object parameter": (declared(parameters={"Nest": {"a": 1}}), ("parameters.Nest", "object")),
    "null parameter": (declared(parameters={"Null": None}), ("parameters.Null",)),
    "list of lists": (declared(parameters={"L": [[1]]}), ("parameters.L[0]", "list")),
    "mixed list": (declared(parameters={"L": [{"a": "1"}, "b"]}), ("parameters.L", "mixes")),
    "negative wait_timeout": (declared(wait_timeout=-1), ("wait_timeout", "-1")),
    "negative wait_sleep": (declared(wait_sleep=-0.5), ("wait_sleep", "-0.5")),
    **{
        f"cidr {text!r}": (_typed(cidr=text), ("site2dc[0].cidr", repr(text), "163.113.12.1/24"))
        for text in (
            *("", "163.113.12.1", "163.113.12.1/", "163.113.12.1/33", "163.113.12.1/-1", "256.1.1.1/24", "1.2.3/24"),
            *("1.2.3.4.5/24", "::1/64", "host/24", "1.2.3.4/255.255.255.0", "1.2.3.4/2 4", " 1.2.3.4/24", "1.2.3.4/24\n"),
        )
    },
}


@pytest.mark.parametrize("case", INVALID)
def test_invalid_declarations(run: Runner, sim: SimulatorServer, case: str) -> None:
    declaration, phrases = INVALID[case]
    result = run.fails("ies_service", "invalid", *phrases, **declaration)
    checked = run.fails("ies_service", "invalid", check_mode=True, **declaration)
    assert checked["msg"] == result["msg"]
    assert sim.journal.entries == []
    assert result["changed"] is False
    assert (result["error"]["status"], result["error"]["method"], result["error"]["url"]) == (None, None, None)


@pytest.mark.parametrize("longest", [{"name": "n" * 255}, {"description": "d" * 255}])
def test_the_longest_that_is_allowed(run: Runner, longest: dict[str, Any]) -> None:
    assert run.ok("ies_service", **declared(**{"name": "new", **longest}))["changed"] is True


@pytest.mark.parametrize("cidr", ["163.113.12.1/24", "0.0.0.0/0", "255.255.255.255/32"])
def test_host_bits_are_allowed(run: Runner, sim: SimulatorServer, cidr: str) -> None:
    run.ok("ies_service", **_typed(cidr=cidr))
    (item,) = sim.journal.writes[0].body["service"]["parameters"]["Site2DCList"]
    assert f"{item['cidr']}/{item['cidrBlockSize']}" == cidr


# Refused by the argument spec.
REFUSED: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "neither name nor id": ("ies_service", {"bandwidth": 5}, ("name", "service_id")),
    "typed without CloudVpnName": (
        "ies_service",
        declared(site2dc=[{"bandwidth": 5}]),
        ("cloud_vpn_name", "site2dc"),
    ),
    "bandwidth that is no number": ("ies_service", {"name": NAME, "bandwidth": "fast"}, ("bandwidth", "int")),
    "typed bandwidth that is no number": ("ies_service", _typed(bandwidth="fast"), ("bandwidth", "int")),
    "fractional bandwidth": ("ies_service", {"name": NAME, "bandwidth": "1.5"}, ("bandwidth", "int")),
    "parameters of another type": ("ies_service", {"name": NAME, "parameters": ["a"]}, ("parameters",)),
    "unknown state": ("ies_service", {"name": NAME, "state": "here"}, ("state", "present", "absent", "here")),
    "unknown option": ("ies_service", {"name": NAME, "bandwith": 5}, ("Unsupported parameters", "bandwith", "bandwidth")),
    "unknown option of a connection": ("ies_service", _typed(vpcid="x"), ("vpcid",)),
    "vpc_id between sites": (
        "ies_service",
        declared(site2dc=None, site2site=[{"cloud_vpn_name": "v", "bandwidth": 1, "vpc_id": "x"}]),
        ("vpc_id",),
    ),
    "unknown on_immutable_change": ("ies_service", {"name": NAME, "on_immutable_change": "never"}, ("never", "recreate")),
    "no auth_token": ("ies_service", {"name": NAME, "auth_token": None}, ("auth_token", "missing")),
    "no api_url": ("ies_service_info", {"api_url": None}, ("api_url", "missing")),
    "retries that are no number": ("ies_catalog_info", {"api_retries": "often"}, ("api_retries", "int")),
    "fleet without services": ("ies_services", {}, ("services", "missing")),
    "traffic of nothing": ("ies_vpn_traffic_info", {}, ("cloud_vpn_names", "missing")),
    "unknown phase": ("ies_service_info", {"phase": "fine"}, ("phase", "fine", "ready")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_by_the_argument_spec(run: Runner, sim: SimulatorServer, case: str) -> None:
    module, params, phrases = REFUSED[case]
    run.fails(module, None, *phrases, **params)
    assert sim.journal.entries == []


def test_a_fleet_item_without_a_name(run: Runner, sim: SimulatorServer) -> None:
    # On the controller the item is looked at before Ansible's argument spec, so that the error can say which one it is.
    kind = "invalid" if run.door == "action" else None
    run.fails("ies_services", kind, "name", "service_id", services=[{"bandwidth": 5}])
    assert sim.journal.entries == []


# Connection options.
CONNECTION: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "no address": ({"api_url": "ies.example.com"}, ("api_url", "ies.example.com", "https://host:17100")),
    "another scheme": ({"api_url": "ftp://ies.example.com"}, ("api_url", "ftp")),
    "no host": ({"api_url": "https://"}, ("api_url",)),
    "a query": ({"api_url": "https://ies.example.com/?a=b"}, ("api_url", "query")),
    "a fragment": ({"api_url": "https://ies.example.com/#a"}, ("api_url", "fragment")),
    "white space": ({"api_url": "https://ies.example.com/a b"}, ("api_url",)),
    "an impossible port": ({"api_url": "https://ies.example.com:99999"}, ("api_url", "port")),
    "port 0": ({"api_url": "https://ies.example.com:0"}, ("api_url", "port 0")),
    "an empty token": ({"auth_token": " \n"}, ("auth_token is empty",)),
    "a token with an umlaut": ({"auth_token": "tökentökentöken"}, ("auth_token",)),
    "a bearer with a control character": ({"bearer_token": "bearer\x00bearer"}, ("bearer_token",)),
    "no time": ({"api_timeout": 0}, ("api_timeout is 0",)),
    "negative retries": ({"api_retries": -1}, ("api_retries is -1",)),
    "a CA file that is not there": ({"ca_path": "/nowhere/ca.pem"}, ("ca_path", "/nowhere/ca.pem")),
}


@pytest.mark.parametrize("case", CONNECTION)
def test_connection_options(run: Runner, sim: SimulatorServer, case: str) -> None:
    options, phrases = CONNECTION[case]
    run.fails("ies_service_info", "invalid", *phrases, **options)
    assert sim.journal.entries == []


def test_credentials_in_the_address_are_not_shown(run: Runner) -> None:
    result = run.fails("ies_service_info", "invalid", "credentials", api_url="https://someone:hush@ies.example.com")
    assert "hush" not in result["msg"]


@pytest.mark.parametrize("value", [0, -1])
@pytest.mark.parametrize(
    ("module", "params"),
    [
        ("ies_services", {"services": []}),
        ("ies_service_info", {}),
        ("ies_catalog_info", {}),
        ("ies_vpn_traffic_info", {"cloud_vpn_names": VPN}),
    ],
)
def test_max_parallel(run: Runner, sim: SimulatorServer, module: str, params: dict[str, Any], value: int) -> None:
    run.fails(module, "invalid", "max_parallel", str(value), max_parallel=value, **params)
    assert sim.journal.entries == []


@pytest.mark.parametrize("service_id", ["..", "."])
def test_an_id_that_cannot_be_addressed(run: Runner, sim: SimulatorServer, service_id: str) -> None:
    run.fails("ies_service", "invalid", repr(service_id), service_id=service_id, state="absent")
    assert written(sim) == []


@pytest.mark.parametrize("service_id", ["a/b", "../services", "what?", "c#d", "two words", "Zürich", "%2e%2e", "-x_"])
def test_odd_ids_stay_one_segment(run: Runner, sim: SimulatorServer, service_id: str) -> None:
    assert run.ok("ies_service", service_id=service_id, state="absent")["changed"] is False
    (entry,) = sim.journal.entries
    assert entry.path == f"/rest/servicemanager/v1/services/{service_id}"
    assert entry.raw_path.count("/") == 5
    assert stored(sim) == [(NAME, "Completed")]


def test_an_order_refused_by_the_server_for_its_parameters(run: Runner, sim: SimulatorServer) -> None:
    sim.options.undeclared_parameters = "refuse"
    result = run.fails("ies_service", "invalid", "template", **declared(name="new", parameters={"Odd": "1"}))
    assert result["error"]["exception_id"] == "servicemgr.service.template.parse_error"
    assert [name for name, _status in stored(sim)] == [NAME]


def test_a_definition_by_an_unknown_id(run: Runner, sim: SimulatorServer) -> None:
    run.fails("ies_service", "invalid", "b" * 32, DEFINITION, **declared(name="new", service_definition="b" * 32))
    assert written(sim) == []


@pytest.mark.parametrize(
    ("options", "phrase"),
    [
        ({"name": False, "state": "absent"}, "name is False, a boolean: YAML reads yes, no, on and off as booleans"),
        ({"name": 83, "state": "absent"}, "name is 83, a number: YAML drops the leading zeros"),
        # Ansible would order a service with brackets in its name.
        ({"name": [NAME], "state": "absent"}, "name is a list; write one string"),
        (_typed(vni=True), "site2dc[0].vni is True, a boolean"),
        (_typed(cpe_a_esn=21500102), "site2dc[0].cpe_a_esn is 21500102, a number"),
    ],
    ids=["boolean", "number", "list", "vni", "esn"],
)
def test_a_string_without_its_quotes(run: Runner, sim: SimulatorServer, options: dict[str, Any], phrase: str) -> None:
    run.fails("ies_service", "invalid", phrase, "in quotes", **options)
    named = f" ({options['name']})" if isinstance(options["name"], str) else ""
    run.fails("ies_services", "invalid", f"services[1]{named}: {phrase}", services=[{"name": NAME}, options])
    assert sim.journal.entries == []


def test_a_name_that_is_not_there(run: Runner, sim: SimulatorServer) -> None:
    wrong = f"{NAME}x"
    phrase = f"service {wrong!r} does not exist in this tenant; did you mean {NAME!r}? Creating it requires"
    run.fails("ies_service", "invalid", phrase, name=wrong, bandwidth=5)
    result = run.ok("ies_service", name=wrong, state="absent")
    assert result["msg"] == f"service {wrong!r} was not there; did you mean {NAME!r}?"
    assert run.ok("ies_service", name="quite-another", state="absent")["msg"] == "service 'quite-another' was not there"
    assert run.ok("ies_service", service_id="no-id", state="absent")["msg"] == "service no-id was not there"
    assert written(sim) == []


def test_two_of_a_name(run: Runner, sim: SimulatorServer) -> None:
    ids = [add_service(sim, "twice", *vpns) for vpns in (("vpn-a", "vpn-b"), ("vpn-c",))]
    created = run.ok("ies_service_info", service_id=ids)["services"][0]["created_at"]
    first, second = (
        f"{service_id} (created {created}, connections {names})"
        for service_id, names in zip(ids, ("'vpn-a', 'vpn-b'", "'vpn-c'"))
    )
    result = run.fails("ies_service", "conflict", "2 services are named 'twice': ", "service_id", name="twice", state="absent")
    assert first in result["msg"]
    assert second in result["msg"]
    assert written(sim) == []


def test_two_of_a_name_whose_connections_cannot_be_read(run: Runner, sim: SimulatorServer) -> None:
    ids = [add_service(sim, "twice") for _time in range(2)]
    sim.faults.add("status", path=ids[0], times=None, status=403, body=None)
    result = run.fails("ies_service", "conflict", "2 services are named 'twice': ", name="twice", state="absent")
    assert all(service_id in result["msg"] for service_id in ids)
    assert "connections" not in result["msg"]
