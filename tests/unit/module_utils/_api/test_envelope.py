# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Envelopes, keys, numbers and times (contract 1.2, 3.1 and 11)."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings

from ansible_collections.cloudopera.ies.plugins.module_utils._api.envelope import (
    fold,
    folded,
    objects,
    pick_string,
    unwrap_list,
    unwrap_object,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import BadResponseError
from ansible_collections.cloudopera.ies.plugins.module_utils._values import describe, to_epoch

from ..support import JSON_VALUES

ITEM = {"service_id": "a"}
DEEP = 5000


def nested(key: str, depth: int = DEEP) -> dict[str, Any]:
    """Return objects inside each other, as deep as the JSON decoder of a newer Python lets them come."""
    body: dict[str, Any] = {}
    for _number in range(depth):
        body = {key: body}
    return body


class TestKeys:
    @pytest.mark.parametrize("key", ["service_id", "serviceId", "ServiceID", "SERVICE-ID", "service-id", "s_e-rviceid"])
    def test_case_underscores_and_hyphens_do_not_count(self, key: str) -> None:
        assert fold(key) == "serviceid"

    @pytest.mark.parametrize(
        ("payload", "expected"),
        [
            pytest.param({"service_id": None, "serviceId": "a"}, "a", id="null-first"),
            pytest.param({"serviceId": "a", "service_id": None}, "a", id="null-last"),
            pytest.param({"serviceId": "a", "service_id": "b"}, "a", id="first-of-two"),
            pytest.param({"service_id": None}, None, id="null-only"),
        ],
    )
    def test_of_two_spellings_the_first_with_a_value_counts(self, payload: dict[str, Any], expected: Any) -> None:
        assert folded(payload) == {"serviceid": expected}

    @pytest.mark.parametrize(
        ("value", "expected"),
        [("x", "x"), ("", ""), (5, "5"), (-1, "-1"), (True, None), (1.5, None), (None, None), ([], None), ({}, None)],
        ids=str,
    )
    def test_a_text_field_may_be_a_whole_number(self, value: Any, expected: str | None) -> None:
        assert pick_string({"id": value}, "id") == expected

    def test_the_next_name_is_asked_when_one_has_no_text(self) -> None:
        assert pick_string({"name": None, "servicename": "x"}, "name", "servicename") == "x"


class TestLists:
    @pytest.mark.parametrize(
        "body",
        [
            pytest.param([ITEM], id="bare"),
            pytest.param({"services": [ITEM]}, id="expected-key"),
            pytest.param({"Services": [ITEM]}, id="expected-key-case"),
            pytest.param({"ser-vices": [ITEM], "other": []}, id="expected-key-beside-another-array"),
            pytest.param({"entries": [ITEM], "total": 1, "next": None}, id="only-array"),
            pytest.param({"data": [ITEM]}, id="data"),
            pytest.param({"result": [ITEM], "code": 0}, id="result"),
            pytest.param({"data": {"services": [ITEM]}}, id="under-data"),
            pytest.param({"result": {"services": [ITEM], "links": []}}, id="under-result"),
            pytest.param({"result": {"entries": [ITEM]}, "code": "0"}, id="only-array-under-result"),
            pytest.param({"Data": {"Services": [ITEM]}}, id="under-data-case"),
            pytest.param({"data": None, "result": {"services": [ITEM]}}, id="under-result-beside-null-data"),
            pytest.param({"result": None, "data": {"services": [ITEM]}}, id="under-data-beside-null-result"),
        ],
    )
    def test_a_list_is_found(self, body: Any) -> None:
        assert unwrap_list(body, "services") == [ITEM]

    def test_a_null_under_one_expected_key_does_not_hide_the_list_under_another(self) -> None:
        # Absent optional values are usually explicit nulls (contract 1).
        assert unwrap_list({"data": None, "servicedefs": [ITEM]}, "data", "servicedefs") == [ITEM]

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(None, id="null"),
            pytest.param([], id="bare"),
            pytest.param({"services": None}, id="null-under-key"),
            pytest.param({"services": []}, id="empty-under-key"),
            pytest.param({"services": None, "links": [1]}, id="null-beside-another-array"),
            pytest.param({"data": None}, id="null-data"),
            pytest.param({"result": None, "code": 0}, id="null-result"),
            pytest.param({"data": {"services": None}}, id="null-under-data"),
            pytest.param({"data": {"services": []}}, id="empty-under-data"),
        ],
    )
    def test_a_null_is_an_empty_list(self, body: Any) -> None:
        assert unwrap_list(body, "services") == []

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param("text", id="text"),
            pytest.param(5, id="number"),
            pytest.param(True, id="boolean"),
            pytest.param({}, id="empty-object"),
            pytest.param({"message": "no"}, id="no-array"),
            pytest.param({"a": [1], "b": [2]}, id="two-arrays"),
            pytest.param({"services": {"a": 1}}, id="object-under-key"),
            pytest.param({"data": {"result": {"services": [ITEM]}}}, id="too-deep"),
        ],
    )
    def test_no_list_is_an_error_that_says_what_came(self, body: Any) -> None:
        with pytest.raises(BadResponseError, match="holds no list .*api_url"):
            unwrap_list(body, "services")

    def test_entries_have_to_be_objects(self) -> None:
        assert objects([ITEM, {}]) == [ITEM, {}]
        with pytest.raises(BadResponseError, match="a string where objects were expected"):
            objects([ITEM, "a"])


class TestObjects:
    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(ITEM, id="bare"),
            pytest.param({"service": ITEM}, id="expected-key"),
            pytest.param({"Service": ITEM, "code": 0}, id="expected-key-case"),
            pytest.param({"data": ITEM}, id="data"),
            pytest.param({"result": ITEM, "code": 0}, id="result"),
            pytest.param({"data": {"service": ITEM}}, id="key-under-data"),
            pytest.param({"service": None, "data": ITEM}, id="data-beside-null"),
        ],
    )
    def test_an_object_is_found(self, body: Any) -> None:
        assert unwrap_object(body, "service") == ITEM

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(None, id="null"),
            pytest.param({"service": None}, id="null-under-key"),
            pytest.param({"Service": None, "data": None}, id="nulls"),
            pytest.param({"data": {"service": None}}, id="null-under-data"),
            pytest.param({"service": None, "code": 0, "message": "ok"}, id="null-beside-unknown-keys"),
        ],
    )
    def test_a_null_is_no_object(self, body: Any) -> None:
        assert unwrap_object(body, "service") is None

    @pytest.mark.parametrize("body", ["text", 5, True, [], [ITEM]], ids=str)
    def test_something_else_is_an_error(self, body: Any) -> None:
        with pytest.raises(BadResponseError, match="where an object was expected"):
            unwrap_object(body, "service")

    @pytest.mark.parametrize("key", ["data", "result"])
    def test_very_deep_nesting_is_no_crash(self, key: str) -> None:
        try:
            found = unwrap_object(nested(key), "service")
        except BadResponseError:
            found = {}
        assert isinstance(found, dict)


@settings(max_examples=100)
@given(JSON_VALUES)
def test_any_json_is_read_or_refused(body: Any) -> None:
    for unwrap, kind in ((unwrap_list, list), (unwrap_object, dict)):
        try:
            found = unwrap(body, "services", "service")
        except BadResponseError:
            found = None
        assert found is None or isinstance(found, kind)
    epoch = to_epoch(body)
    assert epoch is None or math.isfinite(epoch)
    assert describe(body)
