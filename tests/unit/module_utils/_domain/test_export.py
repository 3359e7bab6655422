# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services as declarations from which nothing follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._api.mark import Mark
from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Service
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.export import Exported, export_services
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.fleet_plan import plan_fleet
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks.ies_service import DECLARATION_OPTIONS
from tests.unit.module_utils.support import DEFINITION, NAME, SERVICE_ID, TEMPLATE, sample_service

OPTIONS = {*DECLARATION_OPTIONS, "owner", "protected", "on_removal", "managed"}
ITEM = {"CloudVpnName": "v", "Bandwidth": "60000"}


def exported(*services: Service, known: Sequence[Service] | None = None, options: Any = OPTIONS) -> list[Exported]:
    """Return the services as they are exported."""
    return export_services(services, services if known is None else known, options)


def item_of(parameters: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the item of the sample service with these parameters."""
    (entry,) = exported(sample_service(parameters=dict(parameters), **changes))
    assert entry.item is not None
    return entry.item


def test_the_sample_is_typed() -> None:
    (entry,) = exported(sample_service())
    assert entry.item == {
        "name": NAME,
        "description": "",
        "service_definition": DEFINITION,
        "template": TEMPLATE,
        "site2dc": [
            {
                "cloud_vpn_name": "0S2DC4201705092039",
                "bandwidth": 60000,
                "vpc_id": "db79cd8b-91e2-43f8-9791-54b8b2181a70",
                "vni": "2236",
                "cpe_a_site": "siteDC201705071132",
                "cpe_a_type": "AR169FGW-L",
                "cpe_a_esn": "21500102003GG3000704",
                "cpe_a_position": "siteDC201705071132",
                "cpe_a_pop": "Manager_VPC",
                "cidr": "163.113.12.1/24",
            }
        ],
    }
    assert list(entry.item) == ["name", "description", "service_definition", "template", "site2dc"]
    assert (entry.remarks, entry.losses) == ((), ())


@pytest.mark.parametrize(
    ("parameters", "declared"),
    [
        ({}, {}),
        ({"Site2DCList": []}, {}),
        ({"Site2DCList": [ITEM]}, {"site2dc": [{"cloud_vpn_name": "v", "bandwidth": 60000}]}),
        ({"Site2SiteList": [ITEM]}, {"site2site": [{"cloud_vpn_name": "v", "bandwidth": 60000}]}),
        # A number of the server's is the string that it stores.
        (
            {"Site2DCList": [{**ITEM, "Bandwidth": 60000, "VNI": 12}]},
            {"site2dc": [{"cloud_vpn_name": "v", "bandwidth": 60000, "vni": "12"}]},
        ),
        ({"Site2DCList": [{**ITEM, "VNI": "0012"}]}, {"site2dc": [{"cloud_vpn_name": "v", "bandwidth": 60000, "vni": "0012"}]}),
        # What only steers is no property.
        (
            {"Site2DCList": [{**ITEM, "action": "create", "logicalName": "l"}]},
            {"site2dc": [{"cloud_vpn_name": "v", "bandwidth": 60000}]},
        ),
        (
            {"Site2DCList": [{**ITEM, "QosClass": "gold", "none": None}]},
            {"site2dc": [{"cloud_vpn_name": "v", "bandwidth": 60000, "extra": {"QosClass": "gold"}}]},
        ),
        # Half an address is no cidr, and so is what is none.
        (
            {"Site2DCList": [{**ITEM, "cidr": "10.0.0.1"}]},
            {"site2dc": [{"cloud_vpn_name": "v", "bandwidth": 60000, "extra": {"cidr": "10.0.0.1"}}]},
        ),
        (
            {"Site2DCList": [{**ITEM, "cidr": "ten", "cidrBlockSize": "99"}]},
            {"site2dc": [{"cloud_vpn_name": "v", "bandwidth": 60000, "extra": {"cidr": "ten", "cidrBlockSize": "99"}}]},
        ),
        # As JSON text.
        (
            {"Site2DCList": '[{"CloudVpnName": "v", "Bandwidth": "60000"}]'},
            {"site2dc": [{"cloud_vpn_name": "v", "bandwidth": 60000}]},
        ),
        ({"List": '[{"CloudVpnName": "v", "Bandwidth": "60000"}]'}, {"parameters": {"List": [{**ITEM}]}}),
        ({"Note": '["a"]'}, {"parameters": {"Note": '["a"]'}}),
        # A Bandwidth that is a number, and no whole one, has no typed form.
        ({"Site2DCList": [{**ITEM, "Bandwidth": "0.5"}]}, {"parameters": {"Site2DCList": [{**ITEM, "Bandwidth": "0.5"}]}}),
        # Nor has another spelling.
        (
            {"Site2DCList": [{"cloudvpnname": "v", "bandwidth": "5"}]},
            {"parameters": {"Site2DCList": [{"bandwidth": "5", "cloudvpnname": "v"}]}},
        ),
        # Lists of which nothing is known, and flat services.
        ({"HubList": [ITEM]}, {"parameters": {"HubList": [ITEM]}}),
        ({"Others": [{"a": 1}, {"b": "2"}]}, {"parameters": {"Others": [{"a": "1"}, {"b": "2"}]}}),
        ({**ITEM, "VNI": "0022"}, {"parameters": {**ITEM, "VNI": "0022"}}),
        ({**ITEM, "Bandwidth": 60000}, {"parameters": {**ITEM}}),
        ({"flag": True, "count": 3, "gone": None}, {"parameters": {"flag": "true", "count": "3"}}),
    ],
)
def test_parameters_are_declared_in_the_best_form_they_have(parameters: dict[str, Any], declared: dict[str, Any]) -> None:
    item = item_of(parameters)
    assert {option: item[option] for option in ("site2dc", "site2site", "parameters") if option in item} == declared


def test_connections_are_sorted_and_opaque_lists_are_not() -> None:
    item = item_of({"Site2DCList": [{**ITEM, "CloudVpnName": name} for name in "ba"], "Others": [{"z": "1"}, {"a": "1"}]})
    assert [entry["cloud_vpn_name"] for entry in item["site2dc"]] == ["a", "b"]
    assert item["parameters"] == {"Others": [{"z": "1"}, {"a": "1"}]}


@pytest.mark.parametrize(
    ("parameters", "loss"),
    [
        ({"Site2DCList": [{**ITEM, "Bandwidth": "unlimited"}]}, "connection 'v' is left out: its Bandwidth is 'unlimited'"),
        ({"Site2DCList": [{"CloudVpnName": "v"}]}, "connection 'v' is left out: its Bandwidth is None"),
        ({"Site2DCList": [ITEM, ITEM]}, "a second connection 'v' is left out"),
        ({"Site2DCList": [{"Bandwidth": "5"}]}, "an entry of 'Site2DCList' is left out: it has no CloudVpnName"),
        ({"Site2DCList": ["v"]}, "an entry of 'Site2DCList' is left out"),
        ({"object": {"a": "b"}}, "parameter 'object' is left out: it is an object with the keys a"),
        ({"mixed": [{"a": "b"}, "c"]}, "parameter 'mixed' is left out: it is a list of more than one kind"),
        ({**ITEM, "Bandwidth": "much"}, "its parameters cannot be declared: connection 'v': Bandwidth is 'much'"),
    ],
)
def test_what_cannot_be_declared_is_said(parameters: dict[str, Any], loss: str) -> None:
    (entry,) = exported(sample_service(parameters=parameters))
    assert entry.item is not None
    assert entry.item["name"] == NAME
    assert len(entry.losses) == 1
    assert loss in entry.losses[0]


def test_namesakes_are_told_apart_by_their_ids() -> None:
    twins = [sample_service(service_id="2"), sample_service(service_id="1")]
    both = exported(*twins)
    assert [(entry.item or {}).get("service_id") for entry in both] == ["1", "2"]
    assert all("name" not in (entry.item or {}) for entry in both)
    assert both[0].remarks == (f"one of 2 services named '{NAME}'",)
    # Also where only one of them is exported.
    (one,) = exported(twins[0], known=twins)
    assert (one.item or {})["service_id"] == "2"


def test_a_failed_or_a_leaving_namesake_does_not_count() -> None:
    others = [sample_service(service_id="2", status="CreateFailed"), sample_service(service_id="3", status="DeleteInProgress")]
    entries = exported(sample_service(), *others)
    assert [entry.item is None for entry in sorted(entries, key=lambda entry: str(entry.service.service_id))] == [
        True,
        True,
        False,
    ]
    assert [entry.item["name"] for entry in entries if entry.item] == [NAME]


@pytest.mark.parametrize(
    ("name", "identity"),
    [(None, "service_id"), ("  ", "service_id"), ("n" * 256, "service_id"), ("n" * 255, "name"), ("{{ 1 }}", "name")],
)
def test_a_name_that_cannot_be_declared_is_left_to_the_server(name: str | None, identity: str) -> None:
    (entry,) = exported(sample_service(name=name))
    assert entry.item is not None
    assert {"name", "service_id"} & set(entry.item) == {identity}


@pytest.mark.parametrize(
    ("service", "reason"),
    [
        (sample_service(status="CreateFailed"), "it is CreateFailed"),
        (sample_service(status="DeleteInProgress"), "it is being deleted"),
        (sample_service(description="half \ud800"), "half of a surrogate pair"),
        (sample_service(service_definition_id="i" * 40, name=None), None),
    ],
)
def test_services_that_no_declaration_keeps_are_left_out(service: Service, reason: str | None) -> None:
    (entry,) = exported(service)
    if reason is None:
        assert entry.item == {"service_id": SERVICE_ID}
    else:
        assert entry.item is None
        assert reason in entry.losses[0]


def test_a_description_that_is_too_long_is_left_to_the_server() -> None:
    (entry,) = exported(sample_service(description="d" * 256))
    assert entry.item is not None
    assert "description" not in entry.item
    assert entry.losses == ("its description has 256 characters, more than can be declared",)


def test_a_failed_service_is_declared_and_not_managed() -> None:
    failed = sample_service(status="Failed")
    (entry,) = exported(failed)
    assert entry.item is not None
    assert entry.item["managed"] is False
    assert "set managed to true" in entry.remarks[0]
    (entry,) = exported(failed, options=set(DECLARATION_OPTIONS) - {"managed"})
    assert entry.item is None
    assert "it is Failed" in entry.losses[0]


def test_a_service_in_progress_is_declared_as_it_was_read() -> None:
    (entry,) = exported(sample_service(status="UpdateInProgress"))
    assert entry.item is not None
    assert entry.remarks == ("it was UpdateInProgress when it was read",)


@pytest.mark.parametrize(
    ("mark", "options"),
    [
        (Mark("netops"), {"owner": "netops"}),
        (Mark("netops", protected=True), {"owner": "netops", "protected": True}),
        (Mark("netops", keep=True), {"owner": "netops", "on_removal": "keep"}),
    ],
)
def test_a_mark_becomes_options(mark: Mark, options: dict[str, Any]) -> None:
    (entry,) = exported(replace(sample_service(), mark=mark))
    assert entry.item is not None
    assert {option: entry.item[option] for option in ("owner", "protected", "on_removal") if option in entry.item} == options


_WORDS = st.one_of(
    st.sampled_from(["60000", "0012", "on", "1e3", "", "10.0.0.1", "24", "{{ x }}", "a\nb"]), st.text(max_size=6)
)
_VALUES = st.one_of(_WORDS, st.integers(-5, 10**6), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none())
_KEYS = st.one_of(
    st.sampled_from(["CloudVpnName", "Bandwidth", "VNI", "cidr", "cidrBlockSize", "action", "logicalName", "bandwidth", "Qos"]),
    st.text(max_size=4),
)
_ITEMS = st.one_of(
    st.dictionaries(_KEYS, _VALUES, max_size=6),
    st.builds(
        lambda more, name, size: {**more, "CloudVpnName": name, "Bandwidth": size},
        st.dictionaries(_KEYS, _VALUES, max_size=4),
        _WORDS,
        _VALUES,
    ),
)
_PARAMETERS = st.dictionaries(
    st.one_of(st.sampled_from(["Site2DCList", "Site2SiteList", "CloudVpnName", "Bandwidth", "HubList"]), st.text(max_size=4)),
    st.one_of(
        _VALUES, st.lists(_ITEMS, max_size=3), st.lists(_VALUES, max_size=2), st.dictionaries(_KEYS, _VALUES, max_size=2)
    ),
    max_size=4,
)
_SERVICES = st.builds(
    lambda number, name, description, parameters, status: Service(
        f"id-{number}", name, description, "d" * 32, "t" * 32, status, None, None, parameters
    ),
    st.integers(0, 10**9),
    st.one_of(st.none(), _WORDS),
    st.one_of(st.none(), _WORDS),
    _PARAMETERS,
    st.sampled_from(["Completed", "Completed", "UpdateInProgress", "CreateFailed", "DeleteInProgress", "Odd"]),
)


@given(st.lists(_SERVICES, max_size=3, unique_by=lambda service: service.service_id))
def test_planning_what_is_exported_shows_no_change(services: list[Service]) -> None:
    items = [entry.item for entry in exported(*services, options=DECLARATION_OPTIONS) if entry.item is not None]
    plan = plan_fleet(items, [{**vars(service)} for service in services], [])
    assert {kind: entries for kind, entries in plan.items() if kind != "unchanged" and entries} == {}
    assert len(plan["unchanged"]) == len(items)


@given(st.lists(_SERVICES, max_size=3, unique_by=lambda service: service.service_id), st.randoms())
def test_the_order_of_the_server_makes_no_difference(services: list[Service], random: Any) -> None:
    shuffled = [
        replace(one, parameters=dict(random.sample(list((one.parameters or {}).items()), len(one.parameters or {}))))
        for one in services
    ]
    random.shuffle(shuffled)
    assert [(one.item, one.losses) for one in exported(*shuffled)] == [(one.item, one.losses) for one in exported(*services)]
