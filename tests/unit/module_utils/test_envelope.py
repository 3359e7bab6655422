# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Envelopes, keys, numbers and times (contract 1.2, 3.1 and 11)."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings

from ansible_collections.cloudopera.ies.plugins.module_utils._envelope import (
    describe,
    fold,
    folded,
    iso_utc,
    objects,
    parse_iso,
    pick_string,
    to_epoch,
    to_number,
    unwrap_list,
    unwrap_object,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import BadResponseError

from .support import JSON_VALUES

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
        with pytest.raises(BadResponseError, match="a text where objects were expected"):
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


class TestWords:
    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (None, "null"),
            (True, "a boolean"),
            ("x", "a text"),
            (1, "a number"),
            (1.5, "a number"),
            ([], "a list"),
            ({}, "an empty object"),
            ({"b": 1, "a": 2}, "an object with the keys a, b"),
        ],
        ids=str,
    )
    def test_kinds(self, value: Any, words: str) -> None:
        assert describe(value) == words

    def test_a_large_object_is_described_briefly(self) -> None:
        assert len(describe({f"{number:0100d}": 1 for number in range(50)})) <= 200


class TestNumbers:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (0, 0.0),
            (-3, -3.0),
            (2.5, 2.5),
            ("60000", 60000.0),
            (" 7 ", 7.0),
            ("-1.5", -1.5),
            ("+2", 2.0),
            ("1e3", 1000.0),
            ("", None),
            ("--", None),
            ("12 Mbit/s", None),
            ("0x10", None),
            ("1_000", None),
            ("1,5", None),
            ("nan", None),
            ("inf", None),
            ("1e999", None),
            ("9" * 41, None),
            (math.nan, None),
            (math.inf, None),
            (10**400, None),
            (True, None),
            (None, None),
            ([1], None),
            ({}, None),
        ],
        ids=lambda value: str(value)[:20],
    )
    def test_numbers_may_be_texts(self, value: Any, expected: float | None) -> None:
        assert to_number(value) == expected


class TestTimes:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            pytest.param(1494129480000, 1494129480.0, id="milliseconds"),
            pytest.param("1494129480000", 1494129480.0, id="milliseconds-text"),
            pytest.param(1494129480, 1494129480.0, id="seconds"),
            pytest.param("1494129480", 1494129480.0, id="seconds-text"),
            pytest.param(10**11, 1e8, id="the-first-milliseconds"),
            pytest.param(10**11 - 1, 1e11 - 1, id="the-last-seconds"),
            pytest.param(0, 0.0, id="zero"),
            pytest.param("2017-05-07T03:58:00Z", 1494129480.0, id="iso-utc"),
            pytest.param("2017-05-07T03:58:00", 1494129480.0, id="iso-no-zone"),
            pytest.param("2017-05-07T11:58:00+08:00", 1494129480.0, id="iso-zone"),
            pytest.param("2017-05-07 03:58:00.500", 1494129480.5, id="iso-space-fraction"),
            pytest.param("", None, id="empty"),
            pytest.param(None, None, id="null"),
            pytest.param("yesterday", None, id="words"),
            pytest.param("2017-13-45T00:00:00Z", None, id="impossible"),
            pytest.param(True, None, id="boolean"),
            pytest.param([1494129480], None, id="list"),
            pytest.param("2017-05-07T03:58:00Z" + " " * 40, None, id="too-long"),
        ],
    )
    def test_the_units_of_contract_1_2(self, value: Any, expected: float | None) -> None:
        assert to_epoch(value) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2017-05-07T03:58:00Z", 1494129480.0),
            ("2017-05-07t03:58:00z", 1494129480.0),
            (" 2017-05-07T03:58:00Z\n", 1494129480.0),
            ("2017-05-07 03:58:00", 1494129480.0),
            ("2017-05-07T03:58", 1494129480.0),
            ("2017-05-07T03:58Z", 1494129480.0),
            ("2017-05-07T03", 1494129480.0 - 58 * 60),
            ("2017-05-07T03+00", 1494129480.0 - 58 * 60),
            # Zones.
            ("2017-05-07T11:58:00+08:00", 1494129480.0),
            ("2017-05-07T11:58:00+0800", 1494129480.0),
            ("2017-05-07T11:58:00+08", 1494129480.0),
            ("2017-05-07 11:58:00 +0800", 1494129480.0),
            ("2017-05-07T00:28:00-0330", 1494129480.0),
            ("2017-05-07T00:28:00-03:30", 1494129480.0),
            ("2017-05-06T19:58:00-08", 1494129480.0),
            ("2017-05-07T03:58:00+00:00", 1494129480.0),
            ("2017-05-07T03:58:00-0000", 1494129480.0),
            ("2017-05-07T11:58+0800", 1494129480.0),
            # Fractions of any number of digits, with a point or a comma.
            ("2017-05-07T03:58:00.5Z", 1494129480.5),
            ("2017-05-07T03:58:00,5Z", 1494129480.5),
            ("2017-05-07T03:58:00.25", 1494129480.25),
            ("2017-05-07T03:58:00.135Z", 1494129480.135),
            ("2017-05-07T03:58:00.1234", 1494129480.1234),
            ("2017-05-07T03:58:00.123456789Z", 1494129480.123456789),
            ("2017-05-07T11:58:00.50000000000000000000+0800", 1494129480.5),
            # Compact forms.
            ("20170507T035800Z", 1494129480.0),
            ("20170507T035800", 1494129480.0),
            ("20170507T0358Z", 1494129480.0),
            ("20170507T115800+0800", 1494129480.0),
            ("20170507T115800.5+08:00", 1494129480.5),
            ("20170507 035800Z", 1494129480.0),
            # Dates alone, and the ends of days.
            ("2017-05-07", 1494115200.0),
            ("20170507", 1494115200.0),
            ("2017-05-06T24:00:00Z", 1494115200.0),
            ("2017-05-06T24:00", 1494115200.0),
            ("1969-12-31T23:59:59.5Z", -0.5),
            ("1970-01-01T00:00:00Z", 0.0),
        ],
    )
    def test_iso_is_read_alike_on_every_python(self, text: str, expected: float) -> None:
        assert parse_iso(text) == pytest.approx(expected, abs=1e-6)

    @pytest.mark.parametrize(
        "text",
        [
            *("", "z", "T", "2017", "2017-05", "2017-5-7", "17-05-07", "2017-05-07T", "2017-05-07TZ", "2017-05-07Z"),
            *("2017-00-07", "2017-13-07", "2017-02-29", "2017-05-00", "2017-05-32", "0000-01-01", "20171332T000000Z"),
            *("2017-05-07T24:00:01", "2017-05-07T25:00", "2017-05-07T03:60", "2017-05-07T03:58:60", "2017-05-07T3:58"),
            *(
                "2017-05-07T03:58:00.",
                "2017-05-07T03:58:00.Z",
                "2017-05-07T03.5",
                "2017-05-07T03:58:00+8",
                "2017-05-07T03:58:00+",
            ),
            *(
                "2017-05-07T03:58:00+24:00",
                "2017-05-07T03:58:00+08:60",
                "2017-05-07T03:58:00+08:00:00",
                "2017-W19-7",
                "2017-127",
            ),
            *(
                "2017-05-07T03:58:00 UTC",
                "07.05.2017",
                "2017/05/07",
                "2017-05-07x",
                "x2017-05-07",
                "２０１７-05-07",
                "2017-05-07T٠٣:58",
            ),
            "2017-05-07T03:58:00." + "1" * 200,
        ],
        ids=repr,
    )
    def test_anything_else_is_no_time(self, text: str) -> None:
        assert parse_iso(text) is None

    def test_a_numeric_text_is_a_number_before_it_is_a_date(self) -> None:
        assert to_epoch("20170507") == 20170507.0
        assert to_epoch("20170507T000000Z") == 1494115200.0

    @pytest.mark.parametrize("text", ["0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00", "z", ""])
    def test_times_at_the_end_of_the_calendar_are_no_crash(self, text: str) -> None:
        found = parse_iso(text)
        assert found is None or math.isfinite(found)

    @pytest.mark.parametrize(
        ("epoch", "expected"),
        [
            (1494129480.0, "2017-05-07T03:58:00Z"),
            (1494129480.9, "2017-05-07T03:58:00Z"),
            (0.0, "1970-01-01T00:00:00Z"),
            (None, None),
            (1e18, None),
            (-1e18, None),
        ],
        ids=str,
    )
    def test_shown_as_iso_in_utc(self, epoch: float | None, expected: str | None) -> None:
        assert iso_utc(epoch) == expected


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
