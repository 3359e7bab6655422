# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections found in the parameters of any service, and values as the API stores them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._api.parameters import (
    as_string,
    find_connections,
    find_key,
    find_value,
    to_bandwidth,
)


class TestConnections:
    @pytest.mark.parametrize(
        ("parameters", "expected"),
        [
            pytest.param(
                {"AnyList": [{"CloudVpnName": "a", "Bandwidth": "5"}, {"CloudVpnName": "b"}]},
                [("a", 5, "AnyList"), ("b", None, "AnyList")],
                id="any-list",
            ),
            pytest.param(
                {"One": [{"CloudVpnName": "a"}], "Two": [{"CloudVpnName": "b"}]},
                [("a", None, "One"), ("b", None, "Two")],
                id="two-lists",
            ),
            pytest.param(
                {"L": [{"cloudvpnname": "a", "BANDWIDTH": "7"}, {"CLOUDVPNNAME": "b"}]},
                [("a", 7, "L"), ("b", None, "L")],
                id="case",
            ),
            pytest.param(
                {"L": [{"VNI": "1"}, "text", {"CloudVpnName": "a"}, None, {"CloudVpnName": None}, {"CloudVpnName": ""}]},
                [("a", None, "L")],
                id="items-that-are-none",
            ),
            pytest.param({"CloudVpnName": "f", "Bandwidth": "9", "VNI": "1"}, [("f", 9, None)], id="flat"),
            pytest.param({"cloudVpnName": "f", "bandwidth": 9}, [("f", 9, None)], id="flat-case"),
            pytest.param({"CloudVpnName": "f", "L": [{"CloudVpnName": "a"}]}, [("a", None, "L")], id="lists-before-flat"),
            pytest.param({"L": '[{"CloudVpnName":"a","Bandwidth":"5"}]'}, [("a", 5, "L")], id="json-list"),
            pytest.param({"L": ' {"CloudVpnName":"a","Bandwidth":5}'}, [("a", 5, "L")], id="json-object"),
            pytest.param({"L": '{"X":[{"CloudVpnName":"a"}],"Y":1}'}, [("a", None, "L")], id="json-object-of-lists"),
            pytest.param(
                {"A": '[{"CloudVpnName":"j"}]', "B": [{"CloudVpnName": "l"}]},
                [("l", None, "B"), ("j", None, "A")],
                id="json-and-list",
            ),
            pytest.param({"L": "[broken", "M": "{", "N": "[1]", "O": "{}"}, [], id="json-of-nothing"),
            pytest.param({"L": [{"CloudVpnName": 12}]}, [("12", None, "L")], id="number-as-name"),
            pytest.param({"L": [{"CloudVpnName": True}, {"CloudVpnName": ["a"]}]}, [], id="not-names"),
            pytest.param(
                {"Cloud_Vpn_Name": "a", "L": [{"cloud-vpn-name": "b"}]}, [], id="inside-parameters-only-case-is-loose"
            ),
            pytest.param({}, [], id="empty"),
            pytest.param(None, [], id="null"),
        ],
    )
    def test_they_are_found_whatever_the_lists_are_called(self, parameters: Any, expected: list[Any]) -> None:
        found = [connection.to_result() for connection in find_connections(parameters)]
        assert [(entry["cloud_vpn_name"], entry["bandwidth"], entry["list"]) for entry in found] == expected

    def test_the_item_is_kept_as_the_api_has_it(self) -> None:
        item = {"cloudVpnName": "a", "Extra": 1, "action": "create", "logicalName": "x"}
        (connection,) = find_connections({"L": [item]})
        assert connection.to_result()["parameters"] == item

    @pytest.mark.parametrize(
        ("value", "expected"),
        [("60000", 60000), (60000, 60000), (60000.0, 60000), ("6e4", 60000), ("1.5", None), ("", None), (None, None)],
        ids=str,
    )
    def test_bandwidth_is_a_whole_number_or_null(self, value: Any, expected: int | None) -> None:
        assert to_bandwidth(value) == expected

    def test_very_deep_json_text_is_no_crash(self) -> None:
        assert find_connections({"L": "[" * 100_000}) == []

    def test_own_spelling_first(self) -> None:
        item = {"bandwidth": 1, "Bandwidth": 2}
        assert find_key(item, "Bandwidth") == "Bandwidth"
        assert find_value(item, "BANDWIDTH") == 1
        assert find_value(item, "x") is None


class TestTexts:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (None, None),
            ("", ""),
            ("x", "x"),
            (5, "5"),
            (5.0, "5"),
            (2.5, "2.5"),
            (True, "true"),
            (False, "false"),
            ([1, "a", None], ["1", "a", None]),
            ({"a": 1, 2: [True]}, {"a": "1", "2": ["true"]}),
        ],
        ids=str,
    )
    def test_values_as_the_api_stores_them(self, value: Any, expected: Any) -> None:
        assert as_string(value) == expected
