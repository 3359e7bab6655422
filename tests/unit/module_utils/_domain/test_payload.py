# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Request bodies (contract 5.1, 5.4 and 6.1)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Service
from ansible_collections.cloudopera.ies.plugins.module_utils._api.parameters import find_connections
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.catalogue import OrderIds
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.compare import compare
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.payload import (
    create_payload,
    merged_parameters,
    order_parameters,
    reordered_parameters,
    update_payload,
)

from ..support import DEFINITION, NAME, TEMPLATE, VPN, Shelf, declare, sample, sample_item, sample_service

A = {"CloudVpnName": "a", "Bandwidth": "1", "VNI": "7"}
B = {"CloudVpnName": "b", "Bandwidth": "2", "VNI": "8"}


def update(current: Service, *, reapply: bool = False, **given: Any) -> dict[str, Any]:
    """Return the service object of the update that a declaration needs."""
    declaration = declare(**given)
    found = compare(declaration, current, Shelf())
    payload = update_payload(declaration, current, found, reapply)
    assert list(payload) == ["service"]
    # What is sent is JSON, and nothing of what was read has been changed in place.
    assert json.dumps(payload)
    service: dict[str, Any] = payload["service"]
    return service


def merged(current: Service, **given: Any) -> dict[str, Any]:
    """Return the parameters as they stand afterwards."""
    return merged_parameters(current, compare(declare(**given), current, Shelf()))


def test_the_create_request_of_contract_5_1() -> None:
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
    ids = OrderIds(DEFINITION, TEMPLATE)
    assert create_payload(declaration, ids, NAME, None, order_parameters(declaration)) == sample("create_request")


def test_the_modify_request_of_contract_5_4() -> None:
    assert {"service": update(sample_service(), bandwidth=80000)} == sample("modify_request")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"parameters": {"L": [A]}}, {"L": [{**A, "action": "create"}]}, id="action-added"),
        pytest.param(
            {"parameters": {"L": [{**A, "action": "update"}]}}, {"L": [{**A, "action": "create"}]}, id="action-set-right"
        ),
        pytest.param(
            {"parameters": {"L": [A, {"CloudVpnName": "b", "action": "delete"}]}},
            {"L": [{**A, "action": "create"}]},
            id="not-the-one-to-go",
        ),
        pytest.param(
            {"parameters": {"O": [{"x": "1"}], "L": [A]}},
            {"O": [{"x": "1"}], "L": [{**A, "action": "create"}]},
            id="opaque-list-as-it-is",
        ),
        pytest.param(
            {"parameters": {"O": ["a"], "L": [A]}}, {"O": ["a"], "L": [{**A, "action": "create"}]}, id="list-of-texts"
        ),
        pytest.param({"parameters": {"T": "x", "L": [A]}}, {"T": "x", "L": [{**A, "action": "create"}]}, id="texts"),
        pytest.param({"parameters": {**A}}, {**A}, id="flat"),
        pytest.param({"parameters": {**A}, "bandwidth": 5}, {**A, "Bandwidth": "5"}, id="flat-shorthand"),
        pytest.param(
            {"parameters": {"L": [A, B]}, "bandwidth": 5, "cloud_vpn_name": "b"},
            {"L": [{**A, "action": "create"}, {**B, "Bandwidth": "5", "action": "create"}]},
            id="shorthand",
        ),
        pytest.param({"parameters": {"J": json.dumps([A])}}, {"J": json.dumps([A])}, id="json-text-as-it-is"),
        pytest.param({"site2dc": []}, {"Site2DCList": []}, id="empty-list"),
        pytest.param(
            {"parameters": {"L": [{**A, "logicalName": "x"}]}},
            {"L": [{**A, "logicalName": "x", "action": "create"}]},
            id="logicalName",
        ),
    ],
)
def test_parameters_of_an_order(given: dict[str, Any], expected: dict[str, Any]) -> None:
    declaration = declare(**given)
    payload = create_payload(declaration, OrderIds("d", "t"), "x", "y", order_parameters(declaration))
    assert payload == {
        "onfailure": "rollback",
        "service": {
            "name": "x",
            "description": "y",
            "service_definition_id": "d",
            "template_id": "t",
            "parameters": expected,
        },
    }


def test_on_failure_is_free_text() -> None:
    assert create_payload(declare(on_failure="keep"), OrderIds("d", "t"), "x", None, {})["onfailure"] == "keep"


class TestUpdate:
    def test_name_and_description_go_along_as_they_are(self) -> None:
        service = update(sample_service(description="old"), bandwidth=1)
        assert (service["name"], service["description"]) == (NAME, "old")

    def test_a_null_description_is_left_out(self) -> None:
        assert "description" not in update(sample_service(description=None), bandwidth=1)

    def test_a_rename_sends_no_parameters(self) -> None:
        assert update(sample_service(), name="new", description="d") == {"name": "new", "description": "d"}

    def test_definition_and_template_on_request(self) -> None:
        service = update(sample_service(), bandwidth=1, update_with_definition=True)
        assert (service["service_definition_id"], service["template_id"]) == (DEFINITION, TEMPLATE)
        assert {"service_definition_id", "template_id"}.isdisjoint(update(sample_service(), bandwidth=1))

    def test_only_the_connection_that_differs_is_sent_and_whole(self) -> None:
        current = sample_service(
            {"L": [{**A, "action": "create"}, {**B, "Extra": 5}], "Other": [{"CloudVpnName": "c"}], "T": "x"}
        )
        service = update(current, bandwidth=9, cloud_vpn_name="b")
        assert service["parameters"] == {"L": [{**B, "Extra": 5, "Bandwidth": "9", "action": "update"}]}

    def test_other_connections_that_are_declared_but_equal_are_not_sent(self) -> None:
        current = sample_service({"L": [A, B]})
        service = update(current, parameters={"L": [A, {**B, "Bandwidth": "9"}]})
        assert service["parameters"] == {"L": [{**B, "Bandwidth": "9", "action": "update"}]}

    @pytest.mark.parametrize(("stored", "sent"), [("60000", "80000"), (60000, 80000)], ids=["text", "number"])
    def test_the_type_of_bandwidth_is_kept(self, stored: Any, sent: Any) -> None:
        service = update(sample_service({"L": [{**A, "Bandwidth": stored}]}), bandwidth=80000)
        assert service["parameters"]["L"] == [{**A, "Bandwidth": sent, "action": "update"}]
        assert type(service["parameters"]["L"][0]["Bandwidth"]) is type(sent)

    def test_the_logical_name_is_kept(self) -> None:
        service = update(
            sample_service({"L": [{**A, "logicalName": "x"}]}), parameters={"L": [{**A, "Bandwidth": "9", "logicalName": "y"}]}
        )
        assert service["parameters"]["L"] == [{**A, "logicalName": "x", "Bandwidth": "9", "action": "update"}]

    def test_minimal_items(self) -> None:
        current = sample_service({"L": [{**A, "logicalName": "x", "Extra": "e"}]})
        service = update(current, bandwidth=9, update_items="minimal")
        assert service["parameters"]["L"] == [{"CloudVpnName": "a", "logicalName": "x", "Bandwidth": "9", "action": "update"}]

    def test_minimal_items_carry_the_changed_keys_and_bandwidth(self) -> None:
        # Only CloudVpnName + Bandwidth + action (contract A-11), and of course what else is to change.
        service = update(sample_service({"L": [A]}), parameters={"L": [{**A, "VNI": "9"}]}, update_items="minimal")
        assert service["parameters"]["L"] == [{"CloudVpnName": "a", "Bandwidth": "1", "VNI": "9", "action": "update"}]

    def test_a_missing_connection_is_added(self) -> None:
        service = update(sample_service({"L": [A]}), parameters={"L": [B]})
        assert service["parameters"] == {"L": [{**B, "action": "create"}]}

    def test_a_missing_connection_beside_a_change(self) -> None:
        service = update(sample_service({"L": [A]}), parameters={"L": [{**A, "Bandwidth": "9"}, B]})
        assert service["parameters"] == {"L": [{**A, "Bandwidth": "9", "action": "update"}, {**B, "action": "create"}]}

    def test_a_missing_connection_in_a_keyed_list_gets_a_key(self) -> None:
        # logicalName on all items or on none (contract 6.1).
        service = update(sample_service({"L": [{**A, "logicalName": "x"}]}), parameters={"L": [B]})
        assert service["parameters"] == {"L": [{**B, "logicalName": "b", "action": "create"}]}

    def test_a_missing_connection_keeps_the_key_it_declares(self) -> None:
        service = update(sample_service({"L": [{**A, "logicalName": "x"}]}), parameters={"L": [{**B, "logicalName": "y"}]})
        assert service["parameters"] == {"L": [{**B, "logicalName": "y", "action": "create"}]}

    def test_a_connection_declared_to_go_is_removed_by_its_whole_item(self) -> None:
        service = update(
            sample_service({"L": [{**A, "logicalName": "x"}, B]}), parameters={"L": [{"CloudVpnName": "a", "action": "delete"}]}
        )
        assert service["parameters"] == {"L": [{**A, "logicalName": "x", "action": "delete"}]}

    def test_a_text_is_sent_alone(self) -> None:
        assert update(sample_service({"T": "x", "U": "y"}), parameters={"T": "z"})["parameters"] == {"T": "z"}

    def test_a_flat_service_is_sent_whole(self) -> None:
        assert update(sample_service({**A}), bandwidth=9)["parameters"] == {**A, "Bandwidth": "9"}

    def test_a_changed_connection_in_json_text_is_sent_with_all_that_stands_there(self) -> None:
        service = update(sample_service({"J": json.dumps({"list": [A, B]})}), bandwidth=9, cloud_vpn_name="b")
        assert list(service["parameters"]) == ["J"]
        assert json.loads(service["parameters"]["J"]) == {"list": [A, {**B, "Bandwidth": "9"}]}

    def test_a_changed_connection_of_a_list_in_json_text_is_sent_as_in_any_list(self) -> None:
        service = update(sample_service({"J": json.dumps([A, B])}), bandwidth=9, cloud_vpn_name="b")
        assert service["parameters"] == {"J": [{**B, "Bandwidth": "9", "action": "update"}]}

    def test_two_changed_connections_in_one_json_text(self) -> None:
        service = update(
            sample_service({"J": json.dumps({"list": [A, B]})}), parameters={"L": [{**A, "VNI": "1"}, {**B, "VNI": "2"}]}
        )
        assert json.loads(service["parameters"]["J"]) == {"list": [{**A, "VNI": "1"}, {**B, "VNI": "2"}]}


SECRET: dict[str, Any] = {"parameters": {"L": [{**A, "Bandwidth": "9", "Pin": "p"}], "Hidden": "h"}}


class TestNeverShown:
    """What is declared and the server never shows goes into every order and every item (public interface, section 3)."""

    def test_an_update_sends_it_with_the_item(self) -> None:
        assert update(sample_service({"L": [A, B]}), **SECRET)["parameters"] == {
            "Hidden": "h",
            "L": [{**A, "Bandwidth": "9", "Pin": "p", "action": "update"}],
        }

    def test_a_minimal_item_too(self) -> None:
        service = update(sample_service({"L": [A]}), update_items="minimal", **SECRET)
        assert service["parameters"]["L"] == [{"CloudVpnName": "a", "Bandwidth": "9", "Pin": "p", "action": "update"}]

    def test_what_is_applied_again_too(self) -> None:
        service = update(sample_service({"L": [{**A, "Bandwidth": "9"}]}), reapply=True, **SECRET)
        assert service["parameters"] == {"Hidden": "h", "L": [{**A, "Bandwidth": "9", "Pin": "p", "action": "update"}]}

    def test_an_added_connection_leaves_the_others_alone(self) -> None:
        current = sample_service({"L": [{**A, "Bandwidth": "9"}]})
        service = update(current, parameters={"L": [*SECRET["parameters"]["L"], B]})
        assert service["parameters"] == {"L": [{**B, "action": "create"}]}

    def test_a_key_that_reads_as_null_is_sent_under_its_own_spelling(self) -> None:
        service = update(sample_service({"L": [{**A, "pin": None}], "hidden": None}), **SECRET)
        assert service["parameters"] == {
            "hidden": "h",
            "L": [{**A, "Bandwidth": "9", "pin": "p", "action": "update"}],
        }

    def test_a_flat_service(self) -> None:
        service = update(sample_service({**A}), parameters={**A, "Bandwidth": "9", "Hidden": "h"})
        assert service["parameters"] == {**A, "Bandwidth": "9", "Hidden": "h"}

    def test_json_text(self) -> None:
        service = update(
            sample_service({"J": json.dumps({"list": [A]})}), parameters={"L": [{**A, "Bandwidth": "9", "Pin": "p"}]}
        )
        assert json.loads(service["parameters"]["J"]) == {"list": [{**A, "Bandwidth": "9", "Pin": "p"}]}

    def test_a_rename_stays_one(self) -> None:
        service = update(sample_service({"L": [A]}), service_id="x", name="new", parameters={"Hidden": "h"})
        assert service == {"name": "new", "description": ""}

    @pytest.mark.parametrize(
        ("stored", "given", "ordered"),
        [
            pytest.param(
                {"L": [A, {**B, "Extra": "e"}], "T": "x"},
                SECRET,
                {"L": [{**A, "Bandwidth": "9", "Pin": "p"}, {**B, "Extra": "e"}], "T": "x", "Hidden": "h"},
                id="union-of-stored-and-declared",
            ),
            pytest.param({**A, "T": "x"}, {"parameters": {**A, "Hidden": "h"}}, {**A, "T": "x", "Hidden": "h"}, id="flat"),
            pytest.param(
                {"J": json.dumps([A])}, {"parameters": {"L": [{**A, "Pin": "p"}]}}, {"J": [{**A, "Pin": "p"}]}, id="json-text"
            ),
        ],
    )
    def test_an_order_in_the_place_of_a_service(self, stored: Any, given: Any, ordered: Any) -> None:
        current = sample_service(stored)
        found = compare(declare(**given), current, Shelf())
        assert reordered_parameters(current, found) == ordered
        shown = reordered_parameters(current, found, hidden=False)
        assert not {"Hidden", "Pin"} & {key for part in (shown, *shown.get("L", [])) for key in part}


class TestTopLevel:
    """What stands in no item is a string on the wire, whatever was read (contract 6)."""

    STORED: dict[str, Any] = {"size": 5, "ratio": 2.0, "on": True, "T": "x", "gone": None, "map": {"k": 1}}
    WRITTEN: dict[str, Any] = {"size": "5", "ratio": "2", "on": "true", "T": "x", "map": '{"k": 1}'}

    def test_a_flat_service_is_sent_whole_as_strings(self) -> None:
        service = update(sample_service({"CloudVpnName": "f", "Bandwidth": 60000, **self.STORED}), bandwidth=80000)
        assert service["parameters"] == {"CloudVpnName": "f", "Bandwidth": "80000", **self.WRITTEN}

    def test_an_order_in_the_place_of_a_service_loses_none(self) -> None:
        current = sample_service({"L": [{**A, "Bandwidth": 1}], **self.STORED})
        found = compare(declare(parameters={"L": [{**A, "VNI": "9"}]}), current, Shelf())
        assert reordered_parameters(current, found) == {"L": [{**A, "Bandwidth": 1, "VNI": "9"}], **self.WRITTEN}

    def test_a_flat_order_in_the_place_of_a_service(self) -> None:
        current = sample_service({"CloudVpnName": "f", "Bandwidth": 1, **self.STORED})
        found = compare(declare(bandwidth=2), current, Shelf())
        assert reordered_parameters(current, found) == {"CloudVpnName": "f", "Bandwidth": "2", **self.WRITTEN}

    @pytest.mark.parametrize("stored", [5, 5.0, "5"], ids=repr)
    def test_an_equal_one_is_no_difference_and_another_is_a_string(self, stored: Any) -> None:
        assert not compare(declare(parameters={"size": "5"}), sample_service({"size": stored}), Shelf())
        assert update(sample_service({"size": stored}), parameters={"size": 6})["parameters"] == {"size": "6"}

    def test_a_list_beside_a_flat_connection_changes_alone(self) -> None:
        stored = {"CloudVpnName": "f", "Bandwidth": "1", "O": [{"k": "1"}]}
        given: dict[str, Any] = {"parameters": {"CloudVpnName": "f", "Bandwidth": "1", "O": [{"k": "2"}]}}
        found = compare(declare(**given), sample_service(stored), Shelf())
        assert (list(found.parameters), [entry.changes for entry in found.connections]) == (["O"], [{}])
        assert update(sample_service(stored), **given)["parameters"] == {"O": [{"k": "2"}]}
        assert merged(sample_service(stored), **given) == {**stored, "O": [{"k": "2"}]}


class TestReapply:
    """A Failed service: declared connections are sent although they look equal (contract 5.3)."""

    def test_an_equal_connection(self) -> None:
        assert update(sample_service({"L": [A, B]}), reapply=True, parameters={"L": [A]})["parameters"] == {
            "L": [{**A, "action": "update"}]
        }

    def test_the_shorthand(self) -> None:
        service = update(sample_service(), reapply=True, bandwidth=60000)
        assert service["parameters"] == {"Site2DCList": [sample_item(action="update")]}

    def test_minimal_items_carry_bandwidth(self) -> None:
        service = update(sample_service({"L": [A]}), reapply=True, bandwidth=1, update_items="minimal")
        assert service["parameters"] == {"L": [{"CloudVpnName": "a", "Bandwidth": "1", "action": "update"}]}

    def test_texts_too(self) -> None:
        assert update(sample_service({"T": "x"}), reapply=True, parameters={"T": "x"})["parameters"] == {"T": "x"}

    def test_flat_and_json(self) -> None:
        assert update(sample_service({**A}), reapply=True, bandwidth=1)["parameters"] == A
        service = update(sample_service({"J": json.dumps([A])}), reapply=True, bandwidth=1)
        assert service["parameters"] == {"J": [{**A, "action": "update"}]}


class TestMerged:
    """What a read will show afterwards."""

    @pytest.mark.parametrize(
        ("stored", "given", "expected"),
        [
            pytest.param(
                {"L": [A, B]}, {"bandwidth": 9, "cloud_vpn_name": "a"}, {"L": [{**A, "Bandwidth": "9"}, B]}, id="scaled"
            ),
            pytest.param(
                {"L": [{**A, "action": "create"}]},
                {"bandwidth": 9},
                {"L": [{**A, "Bandwidth": "9"}]},
                id="the-server-strips-action",
            ),
            pytest.param({"L": [A]}, {"parameters": {"L": [{**B, "action": "create"}]}}, {"L": [A, B]}, id="added"),
            pytest.param({}, {"parameters": {"L": [B]}}, {"L": [B]}, id="added-to-nothing"),
            pytest.param({"L": None}, {"parameters": {"L": [B]}}, {"L": [B]}, id="added-to-null"),
            pytest.param(
                {"L": [{**A, "logicalName": "x"}]},
                {"parameters": {"L": [B]}},
                {"L": [{**A, "logicalName": "x"}, {**B, "logicalName": "b"}]},
                id="added-to-a-keyed-list",
            ),
            pytest.param(
                {"L": [A, B]}, {"parameters": {"L": [{"CloudVpnName": "a", "action": "delete"}]}}, {"L": [B]}, id="removed"
            ),
            pytest.param({"T": "x", "U": "y"}, {"parameters": {"T": "z"}}, {"T": "z", "U": "y"}, id="text"),
            pytest.param({**A}, {"bandwidth": 9}, {**A, "Bandwidth": "9"}, id="flat"),
        ],
    )
    def test_parameters(self, stored: dict[str, Any], given: dict[str, Any], expected: dict[str, Any]) -> None:
        assert merged(sample_service(stored), **given) == expected

    @pytest.mark.parametrize(
        ("stored", "expected"),
        [
            pytest.param([A, B], [{**A, "Bandwidth": "9"}, B], id="list"),
            pytest.param(A, {**A, "Bandwidth": "9"}, id="object"),
            pytest.param({"X": [B, A], "Y": "ä"}, {"X": [B, {**A, "Bandwidth": "9"}], "Y": "ä"}, id="object-of-lists"),
        ],
    )
    def test_json_texts(self, stored: Any, expected: Any) -> None:
        found = merged(sample_service({"J": json.dumps(stored), "T": "x"}), bandwidth=9, cloud_vpn_name="a")
        assert (json.loads(found["J"]), found["T"]) == (expected, "x")
        assert {entry.cloud_vpn_name for entry in find_connections(found)} == {
            entry.cloud_vpn_name for entry in find_connections({"J": json.dumps(stored)})
        }

    @pytest.mark.parametrize(
        ("stored", "expected"),
        [
            pytest.param([A], [A, B], id="list"),
            pytest.param(A, [A, B], id="object"),
            pytest.param({"X": [A], "Y": "ä"}, {"X": [A, B], "Y": "ä"}, id="object-of-lists"),
        ],
    )
    def test_a_connection_added_to_json_text(self, stored: Any, expected: Any) -> None:
        found = merged(sample_service({"J": json.dumps(stored)}), parameters={"J": [{**B, "action": "create"}]})
        assert json.loads(found["J"]) == expected

    def test_what_was_read_is_not_changed_in_place(self) -> None:
        current = sample_service()
        merged(current, bandwidth=9)
        update(current, bandwidth=9)
        assert current == sample_service()
        assert [entry.cloud_vpn_name for entry in current.connections] == [VPN]
