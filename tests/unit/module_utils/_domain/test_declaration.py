# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user declares, checked before anything is sent (public interface, section 3; contract 1.1 and 6)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._domain.declaration import (
    check_creatable,
    check_strings,
    read_declaration,
    split_cidr,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError

from ..support import DEFINITION, JSON_VALUES, declare, orderable, sample, service_params

CONNECTION = {"CloudVpnName": "vpn", "Bandwidth": "100"}
TYPED = {"cloud_vpn_name": "vpn", "bandwidth": 100}


@pytest.mark.parametrize("value", [80000, 80000.0, "80000", "80000.0", " 80000 ", "8e4"], ids=repr)
def test_a_bandwidth_is_a_whole_number_however_it_is_written(value: Any) -> None:
    assert declare(bandwidth=value).bandwidth == 80000
    for option, key in (("site2dc", "Site2DCList"), ("site2site", "Site2SiteList")):
        declaration = declare(**{option: [{**TYPED, "bandwidth": value}]})
        assert declaration.parameters == {key: [{"CloudVpnName": "vpn", "Bandwidth": "80000"}]}


def test_a_long_bandwidth_keeps_its_digits() -> None:
    assert declare(bandwidth="90071992547409931").bandwidth == 90071992547409931


def test_the_typed_form_of_the_sample_of_contract_5_1() -> None:
    declaration = declare(
        site2dc=[
            {
                "cloud_vpn_name": "0S2DC4201705071158",
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
        ]
    )
    (item,) = sample("create_request")["service"]["parameters"]["Site2DCList"]
    del item["action"]
    assert declaration.parameters == {"Site2DCList": [item]}


def test_the_typed_form_of_site_to_site() -> None:
    declaration = declare(
        site2site=[{**TYPED, "vni": "1", "cpe_a_pop": "A", "cpe_b_site": "B1", "cpe_b_type": "B2", "cpe_b_esn": "B3"}]
    )
    assert declaration.parameters == {
        "Site2SiteList": [
            {
                **CONNECTION,
                "VNI": "1",
                "CPE_A_POP": "A",
                "CPE_B_Site": "B1",
                "CPE_B_Type": "B2",
                "CPE_B_ESN": "B3",
            }
        ]
    }


def test_extra_is_sent_as_it_stands() -> None:
    declaration = declare(site2dc=[{**TYPED, "extra": {"QoS": 5, "Tags": ["a"], "logicalName": "L"}}])
    assert declaration.parameters == {"Site2DCList": [{**CONNECTION, "QoS": 5, "Tags": ["a"], "logicalName": "L"}]}


def test_both_lists_and_texts_side_by_side() -> None:
    declaration = declare(
        site2dc=[TYPED], site2site=[{"cloud_vpn_name": "other", "bandwidth": 1}], parameters={"Comment": "x", "Size": 5}
    )
    assert declaration.parameters == {
        "Comment": "x",
        "Size": "5",
        "Site2DCList": [CONNECTION],
        "Site2SiteList": [{"CloudVpnName": "other", "Bandwidth": "1"}],
    }


@pytest.mark.parametrize(
    ("given_params", "expected"),
    [
        pytest.param({}, None, id="nothing-declared-is-not-managed"),
        pytest.param({"parameters": {}}, {}, id="empty"),
        pytest.param({"site2dc": []}, {"Site2DCList": []}, id="empty-list"),
        pytest.param({"parameters": {"a": "x", "b": 5, "c": 1.5}}, {"a": "x", "b": "5", "c": "1.5"}, id="texts"),
        pytest.param(
            {"parameters": {"L": [{"a": 1, "b": True, "c": None}]}}, {"L": [{"a": "1", "b": "true"}]}, id="values-of-items"
        ),
        pytest.param(
            {"parameters": {"L": [{**CONNECTION, "action": "create"}]}},
            {"L": [{**CONNECTION, "action": "create"}]},
            id="action-kept",
        ),
        pytest.param({"parameters": {"L": ["a", 2]}}, {"L": ["a", "2"]}, id="list-of-texts"),
        pytest.param(
            {"parameters": {"L": [{"CloudVpnName": "vpn", "action": "delete"}]}},
            {"L": [{"CloudVpnName": "vpn", "action": "delete"}]},
            id="removal-needs-no-bandwidth",
        ),
        pytest.param(
            {"parameters": {"CloudVpnName": "vpn", "Bandwidth": 7}}, {"CloudVpnName": "vpn", "Bandwidth": "7"}, id="flat"
        ),
        pytest.param(
            {"parameters": {"J": '[{"CloudVpnName":"a","Bandwidth":"5"}]'}},
            {"J": '[{"CloudVpnName":"a","Bandwidth":"5"}]'},
            id="json-text",
        ),
        pytest.param(
            {"parameters": {"L": [{"cloudvpnname": "vpn", "BANDWIDTH": "1"}]}},
            {"L": [{"cloudvpnname": "vpn", "BANDWIDTH": "1"}]},
            id="own-spelling",
        ),
    ],
)
def test_parameters(given_params: dict[str, Any], expected: Any) -> None:
    assert declare(**given_params).parameters == expected


@pytest.mark.parametrize("option", ["name", "description"])
def test_255_characters_are_allowed(option: str) -> None:
    text = "ä" * 255
    assert getattr(declare(**{"name": "x", option: text}), option) == text


@pytest.mark.parametrize("option", ["service_definition", "template"])
@pytest.mark.parametrize("value", ["d" * 36, DEFINITION, "a name of more than thirty-six characters"])
def test_ids_of_36_characters_and_names_are_allowed(option: str, value: str) -> None:
    assert getattr(declare(**{option: value}), option) == value


def test_an_empty_description_clears_it() -> None:
    assert declare(description="").description == ""
    assert declare().description is None


BAD = [
    pytest.param({"name": "x" * 256}, ["name has 256 characters", "255"], id="name-too-long"),
    pytest.param({"name": ""}, ["name is empty"], id="name-empty"),
    pytest.param({"name": "  "}, ["name is empty"], id="name-blank"),
    pytest.param({"service_id": ""}, ["service_id is empty"], id="service_id-empty"),
    pytest.param({"description": "x" * 256}, ["description has 256 characters", "255"], id="description-too-long"),
    pytest.param({"service_definition": "d" * 37}, ["service_definition has 37 characters", "36"], id="definition-too-long"),
    pytest.param({"template": "d" * 37}, ["template has 37 characters", "36"], id="template-too-long"),
    pytest.param({"service_definition": "a b" * 100}, ["service_definition has 300 characters"], id="definition-name-too-long"),
    pytest.param({"service_definition": ""}, ["service_definition is empty"], id="definition-empty"),
    pytest.param({"template": " "}, ["template is empty"], id="template-empty"),
    pytest.param({"bandwidth": 0}, ["bandwidth is 0", "positive"], id="bandwidth-zero"),
    pytest.param({"bandwidth": -5}, ["bandwidth is -5", "positive"], id="bandwidth-negative"),
    *(
        pytest.param(given, [f"{where} is {shown};", "positive whole number"], id=f"{where}-{shown}")
        for value, shown in [(True, "true"), (False, "false"), ("yes", "'yes'"), (80000.5, "80000.5"), ("80000.5", "'80000.5'")]
        for where, given in [
            ("bandwidth", {"bandwidth": value}),
            ("site2dc[0].bandwidth", {"site2dc": [{**TYPED, "bandwidth": value}]}),
            ("site2site[0].bandwidth", {"site2site": [{**TYPED, "bandwidth": value}]}),
        ]
    ),
    pytest.param({"site2dc": [{**TYPED, "extra": {"bandwidth": True}}]}, ["extra repeats bandwidth"], id="extra-other-case"),
    pytest.param({"site2dc": [{"cloud_vpn_name": "v"}]}, ["site2dc[0] has no bandwidth"], id="typed-no-bandwidth"),
    pytest.param({"site2dc": [{"bandwidth": 5}]}, ["site2dc[0] has no cloud_vpn_name"], id="typed-no-name"),
    pytest.param(
        {"parameters": {"CloudVpnName": "f", "Bandwidth": True}}, ["parameters.Bandwidth is a boolean"], id="flat-true"
    ),
    pytest.param(
        {"parameters": {"J": '[{"CloudVpnName":"a","Bandwidth":true}]'}}, ["Bandwidth is True", "positive"], id="json-text-true"
    ),
    pytest.param({"cloud_vpn_name": "vpn"}, ["cloud_vpn_name", "bandwidth"], id="cloud_vpn_name-alone"),
    pytest.param({"cloud_vpn_name": "", "bandwidth": 5}, ["cloud_vpn_name is empty"], id="cloud_vpn_name-empty"),
    pytest.param(
        {"site2dc": [{**TYPED, "bandwidth": 0}]}, ["site2dc[0].bandwidth is 0", "positive"], id="typed-bandwidth-zero"
    ),
    pytest.param(
        {"site2site": [TYPED, {**TYPED, "bandwidth": -1}]}, ["site2site[1].bandwidth is -1"], id="typed-bandwidth-negative"
    ),
    pytest.param(
        {"site2dc": [{**TYPED, "cloud_vpn_name": " "}]}, ["site2dc[0].cloud_vpn_name is empty"], id="typed-name-blank"
    ),
    pytest.param(
        {"site2dc": [{**TYPED, "cloud_vpn_name": "v" * 256}]},
        ["site2dc[0].cloud_vpn_name has 256 characters"],
        id="typed-name-too-long",
    ),
    pytest.param({"site2dc": [TYPED, TYPED]}, ["'vpn' is declared twice"], id="typed-duplicate"),
    pytest.param({"site2dc": [TYPED], "site2site": [TYPED]}, ["'vpn' is declared twice"], id="duplicate-over-lists"),
    pytest.param(
        {"site2dc": [TYPED], "parameters": {"Site2DCList": []}}, ["site2dc and parameters.Site2DCList"], id="both-forms"
    ),
    pytest.param(
        {"site2site": [TYPED], "parameters": {"Site2SiteList": [CONNECTION]}},
        ["site2site and parameters.Site2SiteList"],
        id="both-forms-s2s",
    ),
    pytest.param(
        {"site2dc": [{**TYPED, "extra": {"Bandwidth": "5"}}]}, ["extra repeats Bandwidth"], id="extra-repeats-an-option"
    ),
    pytest.param(
        {"site2dc": [{**TYPED, "cidr": "1.2.3.4/8", "extra": {"cidrBlockSize": "5"}}]},
        ["extra repeats cidrBlockSize"],
        id="extra-repeats-cidr",
    ),
    pytest.param(
        {"site2dc": [{**TYPED, "cidr": "163.113.12.1"}]},
        ["site2dc[0].cidr is '163.113.12.1'", "163.113.12.1/24"],
        id="cidr-without-length",
    ),
    pytest.param(
        {"parameters": {"Site2DCList": [{"Bandwidth": "1"}]}}, ["Site2DCList[0] has no CloudVpnName"], id="raw-no-name"
    ),
    pytest.param({"parameters": {"Site2DCList": [{"CloudVpnName": "vpn"}]}}, ["has no Bandwidth"], id="raw-no-bandwidth"),
    pytest.param(
        {"parameters": {"L": [{**CONNECTION, "CloudVpnName": "v" * 256}]}}, ["L[0]", "256 characters"], id="raw-name-too-long"
    ),
    pytest.param(
        {"parameters": {"L": [{"CloudVpnName": "vpn"}]}}, ["L[0] ('vpn') has no Bandwidth"], id="raw-other-list-no-bandwidth"
    ),
    pytest.param(
        {"parameters": {"L": [{"CloudVpnName": "vpn", "Bandwidth": ""}]}}, ["has no Bandwidth"], id="raw-empty-bandwidth"
    ),
    pytest.param(
        {"parameters": {"L": [{"CloudVpnName": "vpn", "Bandwidth": None}]}}, ["has no Bandwidth"], id="raw-null-bandwidth"
    ),
    pytest.param(
        {"parameters": {"L": [{"CloudVpnName": "vpn", "Bandwidth": "fast"}]}},
        ["Bandwidth is 'fast'"],
        id="raw-word-as-bandwidth",
    ),
    pytest.param({"parameters": {"L": [{"CloudVpnName": "vpn", "Bandwidth": "0"}]}}, ["Bandwidth is '0'"], id="raw-zero"),
    pytest.param({"parameters": {"L": [{"CloudVpnName": "vpn", "Bandwidth": -3}]}}, ["Bandwidth is '-3'"], id="raw-negative"),
    pytest.param(
        {"parameters": {"L": [{"CloudVpnName": "vpn", "Bandwidth": True}]}}, ["Bandwidth is 'true'"], id="raw-boolean-bandwidth"
    ),
    pytest.param(
        {"parameters": {"L": [{"CloudVpnName": "vpn", "Bandwidth": [5]}]}}, ["Bandwidth is"], id="raw-list-as-bandwidth"
    ),
    pytest.param({"parameters": {"L": [{"CloudVpnName": "", "Bandwidth": "5"}]}}, ["has no CloudVpnName"], id="raw-empty-name"),
    pytest.param(
        {"parameters": {"L": [{"CloudVpnName": {"a": 1}, "Bandwidth": "5"}]}}, ["has no CloudVpnName"], id="raw-object-as-name"
    ),
    pytest.param({"parameters": {"L": [CONNECTION, {"VNI": "1"}]}}, ["L[1] has no CloudVpnName"], id="raw-second-without-name"),
    pytest.param({"parameters": {"L": [CONNECTION, CONNECTION]}}, ["'vpn' is declared twice"], id="raw-duplicate"),
    pytest.param(
        {"parameters": {"A": [CONNECTION], "B": [CONNECTION]}}, ["'vpn' is declared twice"], id="raw-duplicate-over-lists"
    ),
    pytest.param(
        {"parameters": {"A": [CONNECTION], "J": '[{"CloudVpnName":"vpn","Bandwidth":"1"}]'}},
        ["'vpn' is declared twice"],
        id="duplicate-in-json-text",
    ),
    pytest.param({"parameters": {"J": '[{"CloudVpnName":"a"}]'}}, ["'a' has no Bandwidth"], id="json-text-no-bandwidth"),
    pytest.param({"parameters": {"CloudVpnName": "vpn"}}, ["'vpn' has no Bandwidth"], id="flat-no-bandwidth"),
    pytest.param({"parameters": {"CloudVpnName": "vpn", "Bandwidth": "0"}}, ["Bandwidth is '0'"], id="flat-zero"),
    pytest.param({"parameters": {"on": True}}, ["parameters.on is a boolean", "quote"], id="boolean"),
    pytest.param({"parameters": {"n": None}}, ["parameters.n is null"], id="null"),
    pytest.param({"parameters": {"d": {"a": 1}}}, ["parameters.d is an object"], id="object"),
    pytest.param({"parameters": {"L": [[1]]}}, ["parameters.L[0] is a list"], id="list-of-lists"),
    pytest.param({"parameters": {"L": [{"a": 1}, "b"]}}, ["parameters.L mixes objects"], id="mixed-list"),
    pytest.param({"parameters": {"Site2DCList": ["vpn"]}}, ["Site2DCList[0] is a string"], id="texts-as-connections"),
]


@pytest.mark.parametrize(("given_params", "words"), BAD)
def test_what_cannot_be_right_is_refused_with_its_place(given_params: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(InvalidError) as caught:
        read_declaration(service_params(**{"name": "x", **given_params}))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("163.113.12.1/24", ("163.113.12.1", "24")),
        ("10.0.0.0/8", ("10.0.0.0", "8")),
        ("0.0.0.0/0", ("0.0.0.0", "0")),
        ("255.255.255.255/32", ("255.255.255.255", "32")),
    ],
)
def test_a_cidr_is_split_and_its_host_bits_kept(text: str, expected: tuple[str, str]) -> None:
    assert split_cidr("cidr", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "10.0.0.1", "10.0.0/8", "10.0.0.1.2/8", "10.0.0.1/33", "10.0.0.256/24", "10.0.0.1/", "10.0.0.1/-1", "/24"),
        *(
            "10.0.0.1/255.255.255.0",
            "10.0.0.1/24 ",
            " 10.0.0.1/24",
            "10.0.0.1 / 24",
            "10.0.0.1/24\n",
            "fe80::1/64",
            "a.b.c.d/e",
        ),
        *("٣.٣.٣.٣/٨", "10.0.0.1/24/8", "10.0.0.1/1e1", "+1.0.0.1/8"),
    ],
    ids=repr,
)
def test_anything_else_is_no_cidr(text: str) -> None:
    with pytest.raises(InvalidError, match="site2dc.0..cidr .*163.113.12.1/24"):
        split_cidr("site2dc[0].cidr", text)


def test_what_is_to_be_absent_needs_no_right_parameters() -> None:
    declaration = read_declaration(service_params(name="x", state="absent", parameters={"on": True}, bandwidth=-1))
    assert (declaration.present, declaration.parameters, declaration.bandwidth) == (False, None, None)


@pytest.mark.parametrize(
    ("given_params", "label"),
    [
        ({"name": "x"}, "service 'x'"),
        ({"service_id": "abc"}, "service abc"),
        ({"name": "x", "service_id": "abc"}, "service 'x' (abc)"),
    ],
)
def test_labels(given_params: dict[str, Any], label: str) -> None:
    assert declare(**given_params).label() == label


@pytest.mark.parametrize(
    ("given_params", "words"),
    [
        pytest.param({"service_definition": None}, ["service_definition"], id="no-definition"),
        pytest.param({"site2dc": None}, ["a connection"], id="no-connection"),
        pytest.param({"site2dc": []}, ["a connection"], id="empty-connections"),
        pytest.param({"site2dc": None, "parameters": {"a": "x"}}, ["a connection"], id="texts-only"),
        pytest.param({"site2dc": None, "bandwidth": 5}, ["a connection"], id="shorthand-only"),
        pytest.param(
            {"site2dc": None, "parameters": {"L": [{"CloudVpnName": "a", "action": "delete"}]}},
            ["a connection"],
            id="removal-only",
        ),
        pytest.param({"name": None, "service_id": "s"}, ["name"], id="no-name"),
        pytest.param({"service_definition": None, "site2dc": None}, ["service_definition", "a connection"], id="both"),
    ],
)
def test_what_a_create_lacks_is_named(given_params: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(InvalidError, match="does not exist") as caught:
        check_creatable(declare(**orderable(**given_params)))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "given_params",
    [
        pytest.param({}, id="typed"),
        pytest.param({"site2dc": None, "parameters": {"Any": [CONNECTION]}}, id="raw"),
        pytest.param({"site2dc": None, "parameters": CONNECTION}, id="flat"),
        pytest.param({"site2dc": None, "parameters": {"J": '[{"CloudVpnName":"a","Bandwidth":"5"}]'}}, id="json-text"),
    ],
)
def test_what_suffices_for_a_create(given_params: dict[str, Any]) -> None:
    declaration = declare(**orderable(**given_params))
    check_creatable(declaration)
    assert declaration.parameters


@settings(max_examples=100)
@given(st.dictionaries(st.text(max_size=8), JSON_VALUES, max_size=3))
def test_any_parameters_are_read_or_refused(parameters: dict[str, Any]) -> None:
    try:
        declaration = declare(parameters=parameters)
    except InvalidError:
        return
    assert declaration.parameters is not None
    assert set(declaration.parameters) == set(parameters)
    assert all(isinstance(value, (str, list)) for value in declaration.parameters.values())


@pytest.mark.parametrize(
    ("given_params", "words"),
    [
        ({"name": False}, "name is False, a boolean: YAML reads yes, no, on and off as booleans; write the string in quotes"),
        ({"name": 83}, "name is 83, a number: YAML drops the leading zeros of a number; write the string in quotes"),
        ({"name": "n", "description": 1.5}, "description is 1.5, a number"),
        ({"name": "n", "service_id": 7}, "service_id is 7, a number"),
        ({"name": "n", "cloud_vpn_name": True, "bandwidth": 1}, "cloud_vpn_name is True, a boolean"),
        ({"name": "n", "site2dc": [{"cloud_vpn_name": "v", "bandwidth": 1, "vni": 8.5}]}, "site2dc[0].vni is 8.5, a number"),
        ({"name": "n", "site2dc": [{"cloud_vpn_name": "v", "bandwidth": 1, "cpe_a_esn": 7}]}, "site2dc[0].cpe_a_esn is 7"),
        ({"name": "n", "site2site": [{"cloud_vpn_name": 7, "bandwidth": 1}]}, "site2site[0].cloud_vpn_name is 7"),
        ({"name": ["branch-12"]}, "name is a list; write one string, in quotes"),
        ({"name": "n", "description": {"of": "n"}}, "description is an object with the keys of; write one string"),
        ({"name": "n", "site2dc": [{"cloud_vpn_name": "v", "bandwidth": 1, "cidr": []}]}, "site2dc[0].cidr is a list"),
    ],
)
def test_a_string_that_yaml_has_taken_for_something_else(given_params: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidError) as caught:
        declare(**given_params)
    assert words in str(caught.value)
    with pytest.raises(InvalidError) as caught:
        check_strings(given_params, "services[3] (n): ")
    assert f"services[3] (n): {words}" in str(caught.value)


@pytest.mark.parametrize("given_params", [{}, {"site2dc": None}, {"site2dc": "text"}, {"site2dc": ["text"]}, {"bandwidth": 7}])
def test_what_is_no_string_at_all_is_for_the_argument_spec(given_params: dict[str, Any]) -> None:
    check_strings(given_params)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (
            ["branch-12", "x", None],
            "service 'brnach-12' does not exist in this tenant; did you mean 'branch-12'? Creating it requires",
        ),
        (["centre"], "service 'brnach-12' does not exist in this tenant; check its name. Creating it requires"),
        (["branch-11", "branch-12"], "did you mean 'branch-12' or 'branch-11'?"),
    ],
)
def test_similar_names_come_before_how_to_create(names: list[str | None], words: str) -> None:
    with pytest.raises(InvalidError) as caught:
        check_creatable(declare(name="brnach-12", bandwidth=5), lambda: names)
    assert words in str(caught.value)


def test_a_number_by_nature_needs_no_quotes() -> None:
    check_strings({"name": "n", "site2dc": [{"cloud_vpn_name": "v", "bandwidth": 1, "vni": 2236}]})
    declaration = declare(name="n", site2dc=[{**TYPED, "vni": 2236}])
    assert declaration.parameters == {"Site2DCList": [{"CloudVpnName": "vpn", "Bandwidth": "100", "VNI": "2236"}]}
