# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What validation finds: all of it at once, and exactly what a run would refuse."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._api.readers import read_definition
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.declaration import check_distinct, read_declaration
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks import ies_services
from ansible_collections.cloudopera.ies.plugins.plugin_utils._playbooks import read_options
from ansible_collections.cloudopera.ies.plugins.plugin_utils._validation import Finding, check_services
from tests.unit.plugin_utils.declared import RIGHT_SERVICES, SERVICES

SITE = {"cloud_vpn_name": "v", "bandwidth": 60000}


def errors(*items: Any, **options: Any) -> list[str]:
    """Return the errors of declared services."""
    return [str(finding) for finding in checked(*items, **options).errors]


def checked(*items: Any, definitions: Any = None, fail_on_overlap: bool = False) -> Any:
    """Return the findings of declared services."""
    return check_services(items, "cloudvpn_services", definitions, fail_on_overlap)


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ({"name": "s", "site2dc": [{**SITE, "bandwith": 5}]}, "site2dc[0].bandwith: unknown option; did you mean bandwidth?"),
        ({"name": "s", "desciption": ""}, "desciption: unknown option; did you mean description?"),
        ({"name": "s", "x": 1}, "x: unknown option"),
        ({"name": "s", "site2dc": [{"bandwidth": 5}]}, "site2dc[0] has no cloud_vpn_name"),
        ({"name": "s", "site2dc": [{"cloud_vpn_name": "v"}]}, "site2dc[0] has no bandwidth; give bandwidth, or"),
        (
            {"name": "s", "site2dc": [SITE, {**SITE, "cloud_vpn_name": "w", "cidr": "1/2"}]},
            "site2dc[1].cidr is '1/2'; write it",
        ),
        ({"name": "s", "site2dc": [SITE, SITE]}, "the connection 'v' is declared twice; keep one of them"),
        ({"name": "s", "site2dc": [SITE, "v"]}, "site2dc[1] is not a dictionary"),
        ({"name": "s", "site2dc": "v"}, "site2dc is not a list"),
        ({"name": "s", "bandwidth": "many"}, "bandwidth is 'many'; write a whole number"),
        ({"name": "s", "bandwidth": 0}, "bandwidth is 0; it must be a positive whole number"),
        ({"name": "s", "bandwidth_min": 5}, "bandwidth_min is 5, and there is no bandwidth_max; a range needs both"),
        (
            {"name": "s", "site2dc": [{"cloud_vpn_name": "v", "bandwidth_min": 9, "bandwidth_max": 5}]},
            "bandwidth_min is 9, which",
        ),
        ({"name": "s", "cloud_vpn_name": "v"}, "cloud_vpn_name picks the connection that bandwidth changes"),
        ({"name": "s", "state": "gone"}, "value of state must be one of: present, absent, got: gone"),
        ({"name": "n" * 256}, "name has 256 characters, at most 255 are allowed"),
        ({"name": "s", "template": "t" * 37}, "template has 37 characters, an id has at most 36"),
        ({"name": "s", "description": True}, "description is True, a boolean"),
        ({"name": "s", "parameters": {"a": None}}, "parameters.a is null; IES keeps strings and lists of objects only"),
        ({"name": "s", "parameters": {"L": [{"CloudVpnName": "v"}]}}, "L[0] ('v') has no Bandwidth"),
        ({"name": "s", "parameters": {"Site2DCList": []}, "site2dc": [SITE]}, "declare the same list; keep one of them"),
        (
            {"name": "s", "site2dc": [{**SITE, "extra": {"VNI": "1"}, "vni": "2"}]},
            "extra repeats VNI, which an option of its own",
        ),
    ],
)
def test_every_mistake_is_named(item: dict[str, Any], told: str) -> None:
    (error,) = errors(item)
    assert told in error
    assert error.startswith("cloudvpn_services[0] (")


def test_an_item_without_a_name_is_named_by_its_index() -> None:
    assert errors({"name": "a", "bandwidth": 1}, {"bandwidth": 1}) == [
        "cloudvpn_services[1]: it has neither name nor service_id; give one of them"
    ]


def test_all_mistakes_are_told_at_once() -> None:
    found = errors(
        {"name": "a", "bandwidth": -1, "description": "d" * 256, "sate": "present"},
        {
            "name": "b",
            "parameters": {"x": True, "y": {}},
            "site2dc": [{**SITE, "cidr": "x", "vni": True}, {"cloud_vpn_name": "w", "bandwidth_min": 2, "bandwidth_max": 1}],
        },
        {"name": "a", "bandwidth": 5},
    )
    assert len(found) == 9
    assert [
        word
        for word in ("sate", "bandwidth is -1", "description has", "parameters.x", "parameters.y", "cidr", "vni")
        if word not in str(found)
    ] == []
    assert "site2dc[1].bandwidth_min is 2" in str(found)
    assert found[-1] == "cloudvpn_services[2] (a): name 'a' is declared twice; keep one of the two"


def test_mistakes_that_show_only_together_are_told_beside_others() -> None:
    found = errors({"name": "a", "description": "d" * 256, "site2dc": [SITE, {**SITE, "cidr": "x"}, SITE]})
    assert len(found) == 3
    assert "declared twice" in found[-1]


def test_a_finding_as_an_entry_of_the_result() -> None:
    (finding,) = checked({"name": "muc", "site2dc": [{**SITE, "bandwith": 1}]}).errors
    assert finding.as_dict() == {
        "variable": "cloudvpn_services",
        "index": 0,
        "name": "muc",
        "path": "site2dc[0].bandwith",
        "message": "cloudvpn_services[0] (muc) site2dc[0].bandwith: unknown option; did you mean bandwidth?",
    }
    assert str(Finding("cloudvpn_wait_timeout", "is -3; it must not be negative")) == (
        "cloudvpn_wait_timeout is -3; it must not be negative"
    )


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        ("10.0.0.1/8", "10.200.0.0/24", True),
        ("163.113.12.1/24", "163.113.12.99/24", True),
        ("10.0.0.0/24", "10.0.1.0/24", False),
        ("0.0.0.0/0", "1.2.3.4/32", True),
    ],
)
def test_address_ranges_that_overlap_are_a_warning_or_an_error(first: str, second: str, overlap: bool) -> None:
    items = [
        {"name": "a", "site2dc": [{**SITE, "cidr": first}]},
        {"name": "b", "parameters": {"L": [{"CloudVpnName": "w", "Bandwidth": 1, **_split(second)}]}},
        {"name": "c", "state": "absent", "site2dc": [{**SITE, "cidr": first}]},
    ]
    found = checked(*items)
    assert found.errors == []
    told = [f"cloudvpn_services: these cidr overlap: {first} (connection 'v' of a), {second} (connection 'w' of b)"]
    assert [str(finding) for finding in found.warnings] == (told if overlap else [])
    assert errors(*items, fail_on_overlap=True) == (told if overlap else [])


def _split(cidr: str) -> dict[str, str]:
    address, length = cidr.split("/")
    return {"cidr": address, "cidrBlockSize": length}


def test_many_overlaps_are_one_line() -> None:
    items = [{"name": f"s{number}", "site2dc": [{**SITE, "cidr": "10.0.0.0/8"}]} for number in range(30)]
    (finding,) = checked(*items).warnings
    assert str(finding).endswith("and 20 more")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"state": "absent", "protected": True}, "protected: true and state: absent contradict each other"),
        ({"state": "absent", "managed": "no"}, "managed: false and state: absent contradict each other"),
        ({"take_over": True}, "take_over needs owner"),
        ({"owner": "Net Ops"}, "owner is 'Net Ops'"),
        ({"description": "x [managed: netops]"}, "description ends in a mark of ownership"),
        ({"owner": "netops", "description": "d" * 250}, "description has 250 characters and the mark of ownership"),
        ({"on_removal": "kepp"}, "value of on_removal must be one of"),
    ],
)
def test_ownership_that_fights_itself(options: dict[str, Any], told: str) -> None:
    (error,) = errors({"name": "s", **options})
    assert told in error


def test_what_counts_for_all_services_counts_for_each() -> None:
    item = {"name": "s", "description": "d" * 250}
    wide = {"owner": "netops", "take_over": None}
    (finding,) = check_services([item], "cloudvpn_services", None, False, wide).errors
    assert "description has 250 characters and the mark of ownership behind it" in str(finding)
    assert check_services([{"name": "s", "take_over": True}], "cloudvpn_services", None, False, wide).errors == []


DEFINITIONS = [
    read_definition({"id": "d1", "name": "Site2DC", "status": "active", "templates": [{"id": "t1", "name": "T"}]}),
    read_definition({"id": "d2", "name": "Two", "templates": [{"id": "t2"}, {"id": "t3"}]}),
    read_definition({"id": "d3", "name": "Twin"}),
    read_definition({"id": "d4", "name": "Twin"}),
    read_definition({"id": "d5", "name": "Old", "status": "inactive", "templates": [{"id": "t5"}]}),
]


@pytest.mark.parametrize(
    ("options", "error", "warning"),
    [
        ({"service_definition": "Site2DC"}, None, None),
        ({"service_definition": "d1", "template": "T"}, None, None),
        ({}, None, None),
        ({"service_definition": "Site3DC"}, "service definition 'Site3DC' is unknown; known: Site2DC (d1)", None),
        ({"service_definition": "Twin"}, "service definition 'Twin' is ambiguous; use one of the ids d3, d4", None),
        ({"service_definition": "d1", "template": "t2"}, "template of service definition 'Site2DC' (d1) 't2' is unknown", None),
        ({"service_definition": "d3", "template": "t2"}, None, None),
        ({"service_definition": "Two"}, None, "to be ordered, service definition 'Two' (d2) has several templates"),
        ({"service_definition": "Old"}, None, "service definition 'Old' (d5) is 'inactive'; nothing can be ordered from it"),
    ],
)
def test_a_catalogue_is_asked_for_definitions_and_templates(
    options: dict[str, str], error: str | None, warning: str | None
) -> None:
    found = checked({"name": "s", **options}, definitions=DEFINITIONS)
    for findings, told in ((found.errors, error), (found.warnings, warning)):
        assert len(findings) == (told is not None)
        assert told is None or told in str(findings[0])


# What a run does before it sends anything.


def refusal(items: list[Any]) -> str | None:
    """Return what a run says to declared services that it refuses."""
    try:
        options = read_options({"services": items}, "provision")
        ies_services.check_given(options)
        validated = ArgumentSpecValidator({"services": ies_services.OPTIONS["services"]}).validate(options)
        if validated.error_messages:
            return str(validated.error_messages)
        services = validated.validated_parameters["services"]
        check_distinct(services)
        for item in services:
            read_declaration(item)
    except InvalidError as error:
        return error.message
    return None


@settings(max_examples=400)
@given(st.lists(st.one_of(SERVICES, RIGHT_SERVICES, RIGHT_SERVICES), max_size=3))
def test_validation_finds_a_mistake_exactly_where_a_run_refuses(items: list[dict[str, Any]]) -> None:
    found = checked(*items)
    assert bool(found.errors) == (refusal(items) is not None), (refusal(items), list(map(str, found.errors)))
