# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Desired against current (public interface, section 3)."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Service, ServiceDefinition, Template
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.compare import Change, Differences, compare, like
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError

from ..support import DEFINITION, NAME, TEMPLATE, VPN, Shelf, declare, sample_item, sample_service

OTHER = ServiceDefinition("d2", "Other", status="active", templates=(Template("t1", "first"), Template("t2", "second")))
OWN = ServiceDefinition(DEFINITION, "Site2DC", templates=(Template(TEMPLATE, "first"), Template("t9", "second")))


def differences(current: Service | None = None, shelf: Shelf | None = None, **given: Any) -> Differences:
    """Compare a declaration with the sample service, or another."""
    return compare(declare(**given), current or sample_service(), shelf or Shelf(OWN, OTHER))


def changes_of(found: Differences) -> dict[str, dict[str, Change]]:
    """Return the changed keys by connection."""
    return {entry.connection.cloud_vpn_name: entry.changes for entry in found.connections if entry.changes}


EQUAL = [
    pytest.param({}, id="name-only"),
    pytest.param({"description": ""}, id="description"),
    pytest.param({"service_definition": DEFINITION}, id="definition-id"),
    pytest.param({"service_definition": "Site2DC"}, id="definition-name"),
    pytest.param({"template": TEMPLATE}, id="template-id"),
    pytest.param({"template": "first"}, id="template-name"),
    pytest.param({"parameters": {"Site2DCList": [sample_item()]}}, id="whole-item"),
    pytest.param({"parameters": {"Site2DCList": [sample_item(action="update")]}}, id="another-action"),
    pytest.param({"parameters": {"Site2DCList": [sample_item(action=None)]}}, id="no-action"),
    pytest.param({"parameters": {"Site2DCList": [sample_item(logicalName="x")]}}, id="logicalName"),
    pytest.param({"parameters": {"Site2DCList": [{"CloudVpnName": VPN, "Bandwidth": 60000}]}}, id="number"),
    pytest.param(
        {"parameters": {"Site2DCList": [{"CloudVpnName": VPN, "Bandwidth": "60000.0"}]}}, id="same-number-otherwise-written"
    ),
    pytest.param({"parameters": {"Site2DCList": [{"cloudVPNname": VPN, "bandwidth": "60000", "vni": "2236"}]}}, id="key-case"),
    pytest.param(
        {"site2dc": [{"cloud_vpn_name": VPN, "bandwidth": 60000, "cidr": "163.113.12.1/24", "vni": "2236"}]}, id="typed"
    ),
    pytest.param({"site2dc": []}, id="no-connections-declared"),
    pytest.param({"bandwidth": 60000}, id="shorthand"),
    pytest.param({"bandwidth": 60000, "cloud_vpn_name": VPN}, id="shorthand-by-name"),
]


@pytest.mark.parametrize("given", EQUAL)
def test_equal(given: dict[str, Any]) -> None:
    found = differences(**given)
    assert not found
    assert (found.unechoed, found.in_words(), found.immutable()) == ([], [], [])


def test_only_what_is_declared_is_compared() -> None:
    current = sample_service(
        {"Site2DCList": [sample_item(), sample_item(CloudVpnName="another")], "More": "x"}, description="y"
    )
    assert not differences(current, parameters={"Site2DCList": [{"CloudVpnName": VPN, "Bandwidth": "60000"}]})


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        pytest.param({"description": "new"}, {"description": Change("", "new")}, id="description"),
        pytest.param({"name": "new"}, {"name": Change(NAME, "new")}, id="name"),
        pytest.param(
            {"name": "new", "description": "d"}, {"name": Change(NAME, "new"), "description": Change("", "d")}, id="both"
        ),
    ],
)
def test_fields(given: dict[str, Any], fields: dict[str, Change]) -> None:
    found = differences(**given)
    assert found.fields == fields
    assert found
    assert found.immutable() == []


def test_a_null_description_equals_an_empty_one() -> None:
    assert not differences(sample_service(description=None), description="")
    assert differences(sample_service(description=None), description="x").fields == {"description": Change(None, "x")}


@pytest.mark.parametrize(
    ("given", "fixed"),
    [
        pytest.param({"service_definition": "Other"}, {"service_definition_id": Change(DEFINITION, "d2")}, id="definition"),
        pytest.param({"template": "second"}, {"template_id": Change(TEMPLATE, "t9")}, id="template"),
        pytest.param(
            {"service_definition": "d2", "template": "second"},
            {"service_definition_id": Change(DEFINITION, "d2"), "template_id": Change(TEMPLATE, "t2")},
            id="both",
        ),
    ],
)
def test_what_no_update_changes(given: dict[str, Any], fixed: dict[str, Change]) -> None:
    found = differences(**given)
    assert found.fixed == fixed
    assert len(found.immutable()) == len(fixed)


@pytest.mark.parametrize("given", [{"service_definition": "nope"}, {"template": "nope"}], ids=str)
def test_an_unknown_definition_or_template_is_an_error(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidError, match="'nope' is unknown"):
        differences(**given)


def test_the_catalogue_is_asked_only_when_it_matters() -> None:
    shelf = Shelf(OWN)
    differences(shelf=shelf, service_definition=DEFINITION, template=TEMPLATE, bandwidth=1)
    assert shelf.asked == 0


@pytest.mark.parametrize(
    ("stored", "declared", "change"),
    [
        pytest.param("60000", "80000", Change("60000", "80000"), id="text"),
        pytest.param(60000, "80000", Change(60000, 80000), id="number-stays-a-number"),
        pytest.param(60000.5, "80000.5", Change(60000.5, 80000.5), id="fraction"),
        pytest.param(60000, "80000.0", Change(60000, 80000), id="number-otherwise-written"),
    ],
)
def test_bandwidth_keeps_the_type_it_was_read_with(stored: Any, declared: str, change: Change) -> None:
    current = sample_service({"Site2DCList": [sample_item(Bandwidth=stored)]})
    found = differences(current, parameters={"Site2DCList": [{"CloudVpnName": VPN, "Bandwidth": declared}]})
    assert changes_of(found) == {VPN: {"Bandwidth": change}}
    assert type(found.connections[0].changes["Bandwidth"].new) is type(change.new)
    assert found.connections[0].in_place
    assert found.immutable() == []
    assert found.in_words() == [f"Bandwidth of connection {VPN!r} is {stored!r}, declared {change.new!r}"]


def test_changes_stand_under_the_items_own_spelling() -> None:
    current = sample_service({"L": [{"cloudvpnname": "a", "BANDWIDTH": "1", "vni": "7"}]})
    found = differences(current, parameters={"L": [{"CloudVpnName": "a", "Bandwidth": "2", "VNI": "8"}]})
    assert changes_of(found) == {"a": {"BANDWIDTH": Change("1", "2"), "vni": Change("7", "8")}}


def test_another_value_is_not_what_an_update_is_for() -> None:
    found = differences(site2dc=[{"cloud_vpn_name": VPN, "bandwidth": 1, "vni": "7", "cidr": "10.0.0.1/8"}])
    assert set(changes_of(found)[VPN]) == {"Bandwidth", "VNI", "cidr", "cidrBlockSize"}
    assert [word.split(" ", 1)[0] for word in found.immutable()] == ["VNI", "cidr", "cidrBlockSize"]
    assert len(found.in_words()) == 4


def test_a_declared_connection_that_is_not_there() -> None:
    found = differences(site2dc=[{"cloud_vpn_name": "new", "bandwidth": 1}])
    assert [want.cloud_vpn_name for want in found.missing] == ["new"]
    assert found.immutable() == ["the declared connection 'new' is not there"]


def test_a_connection_declared_to_go() -> None:
    found = differences(parameters={"Site2DCList": [{"CloudVpnName": VPN, "action": "delete"}]})
    assert [connection.cloud_vpn_name for connection in found.removed] == [VPN]
    assert found.immutable() == [f"the connection {VPN!r} is declared to be removed"]
    assert not differences(parameters={"Site2DCList": [{"CloudVpnName": "gone", "action": "delete"}]})


def test_a_connection_under_another_list_is_the_same_connection() -> None:
    # The client must not depend on the names of lists (contract 6.3).
    assert not differences(parameters={"AnotherList": [{"CloudVpnName": VPN, "Bandwidth": "60000"}]})


@pytest.mark.parametrize(
    ("stored", "declared", "texts"),
    [
        pytest.param({"A": "x"}, {"A": "x"}, {}, id="equal"),
        pytest.param({"A": "5"}, {"A": 5}, {}, id="number-for-text"),
        pytest.param({"a": "x"}, {"A": "x"}, {}, id="case"),
        pytest.param({"A": "x"}, {"A": "y"}, {"A": Change("x", "y")}, id="other"),
        pytest.param({"a": "x"}, {"A": "y"}, {"a": Change("x", "y")}, id="other-own-spelling"),
        pytest.param({"L": [{"k": 1}]}, {"L": [{"k": "1", "action": "create"}]}, {}, id="opaque-list"),
        pytest.param(
            {"L": [{"k": "1"}]}, {"L": [{"k": "2"}]}, {"L": Change([{"k": "1"}], [{"k": "2"}])}, id="opaque-list-other"
        ),
        pytest.param({"L": ["a", 1]}, {"L": ["a", "1"]}, {}, id="list-of-texts"),
    ],
)
def test_texts_and_opaque_lists(stored: dict[str, Any], declared: dict[str, Any], texts: dict[str, Change]) -> None:
    found = differences(sample_service(stored), parameters=declared)
    assert found.parameters == texts
    assert bool(found) is bool(texts)
    assert len(found.immutable()) == len(texts)


@pytest.mark.parametrize(
    ("stored", "declared", "unechoed"),
    [
        pytest.param({}, {"Hidden": "x"}, ["Hidden"], id="text"),
        pytest.param({"Hidden": None}, {"Hidden": "x"}, ["Hidden"], id="null-text"),
        pytest.param(
            {"L": [{"CloudVpnName": "a", "Bandwidth": "1"}]},
            {"L": [{"CloudVpnName": "a", "Bandwidth": "1", "Secret": "s"}]},
            ["Secret of connection 'a'"],
            id="key-of-a-connection",
        ),
        pytest.param(
            {"L": [{"CloudVpnName": "a", "Bandwidth": None}]},
            {"L": [{"CloudVpnName": "a", "Bandwidth": "1"}]},
            ["Bandwidth of connection 'a'"],
            id="null-key-of-a-connection",
        ),
    ],
)
def test_what_the_server_never_shows_is_no_change(stored: Any, declared: Any, unechoed: list[str]) -> None:
    found = differences(sample_service(stored), parameters=declared)
    assert not found
    assert found.unechoed == unechoed


@pytest.mark.parametrize(
    ("stored", "bandwidth", "expected"),
    [
        pytest.param({"CloudVpnName": "f", "Bandwidth": "1", "VNI": "7"}, 2, {"f": {"Bandwidth": Change("1", "2")}}, id="flat"),
        pytest.param(
            {"J": '[{"CloudVpnName":"j","Bandwidth":"1"}]'}, 2, {"j": {"Bandwidth": Change("1", "2")}}, id="json-text"
        ),
        pytest.param({"J": '{"CloudVpnName":"j","Bandwidth":1}'}, 2, {"j": {"Bandwidth": Change(1, 2)}}, id="json-object"),
    ],
)
def test_other_forms_of_connections(stored: Any, bandwidth: int, expected: Any) -> None:
    assert changes_of(differences(sample_service(stored), bandwidth=bandwidth)) == expected


def test_a_flat_declaration_for_a_flat_service() -> None:
    current = sample_service({"CloudVpnName": "f", "Bandwidth": "1", "VNI": "7"})
    found = differences(current, parameters={"CloudVpnName": "f", "Bandwidth": "2", "VNI": "8"})
    assert changes_of(found) == {"f": {"Bandwidth": Change("1", "2"), "VNI": Change("7", "8")}}
    assert found.parameters == {}


TWO = {"L": [{"CloudVpnName": "a", "Bandwidth": "1"}, {"CloudVpnName": "b", "Bandwidth": "2"}]}


class TestShorthand:
    def test_it_picks_by_name(self) -> None:
        assert changes_of(differences(sample_service(TWO), bandwidth=9, cloud_vpn_name="b")) == {
            "b": {"Bandwidth": Change("2", "9")}
        }

    @pytest.mark.parametrize(
        ("stored", "given", "words"),
        [
            pytest.param(TWO, {}, ["several connections", "cloud_vpn_name", "'a'", "'b'"], id="several"),
            pytest.param(TWO, {"cloud_vpn_name": "c"}, ["no connection 'c'", "'a'", "'b'"], id="unknown"),
            pytest.param({}, {}, ["no connection"], id="none"),
            pytest.param({}, {"cloud_vpn_name": "c"}, ["no connection 'c'", "none"], id="none-by-name"),
        ],
    )
    def test_it_never_guesses(self, stored: Any, given: dict[str, Any], words: list[str]) -> None:
        with pytest.raises(InvalidError) as caught:
            differences(sample_service(stored), bandwidth=9, **given)
        for word in words:
            assert word in str(caught.value)

    def test_it_stands_beside_a_declared_connection(self) -> None:
        found = differences(site2dc=[{"cloud_vpn_name": VPN, "bandwidth": 60000, "vni": "7"}], bandwidth=9, cloud_vpn_name=VPN)
        assert changes_of(found) == {VPN: {"VNI": Change("2236", "7"), "Bandwidth": Change("60000", "9")}}

    def test_it_may_mean_a_declared_connection_that_is_not_there_yet(self) -> None:
        found = differences(site2dc=[{"cloud_vpn_name": "new", "bandwidth": 1}], bandwidth=9, cloud_vpn_name="new")
        assert [want.item for want in found.missing] == [{"CloudVpnName": "new", "Bandwidth": "9"}]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [("1", "2", "2"), (1, "2", 2), (1.5, "2.5", 2.5), (1, "x", "x"), (True, "2", "2"), (None, "2", "2")],
    ids=str,
)
def test_a_new_value_takes_the_type_of_the_old_one(old: Any, new: Any, expected: Any) -> None:
    assert like(old, new) == expected
    assert type(like(old, new)) is type(expected)


def test_a_long_value_is_shown_shortened() -> None:
    found = differences(sample_service({"A": "x" * 500}), parameters={"A": "y" * 500})
    assert len(found.in_words()[0]) < 300


def test_of_two_connections_with_one_name_the_first_counts() -> None:
    current = sample_service({"L": [{"CloudVpnName": "a", "Bandwidth": "1"}, {"CloudVpnName": "a", "Bandwidth": "2"}]})
    assert not differences(current, parameters={"L": [{"CloudVpnName": "a", "Bandwidth": "1"}]})
