# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers, times and words for what came."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._values import (
    describe,
    iso_utc,
    parse_iso,
    to_epoch,
    to_moment,
    to_number,
    to_whole,
)


class TestWords:
    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (None, "null"),
            (True, "a boolean"),
            ("x", "a string"),
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


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (80000, 80000),
        ("80000", 80000),
        (" 80000.0 ", 80000),
        (-5, -5),
        # A float would make 12345678901234568 of it.
        ("12345678901234567", 12345678901234567),
        *((value, None) for value in (0.5, "8e-1", "many", True, None, "", [80000], float("inf"))),
    ],
)
def test_whole_numbers(value: Any, expected: int | None) -> None:
    assert to_whole(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1494129480, 1494129480),
        ("1494129480", 1494129480),
        ("2017-05-07T03:58:00Z", 1494129480),
        # What YAML makes of a time without quotes.
        (datetime(2017, 5, 7, 3, 58, tzinfo=timezone.utc), 1494129480),
        # In seconds, however large: nobody writes milliseconds by hand.
        (1494129480000, 1494129480000),
        *((value, None) for value in (None, "", "yesterday", True)),
    ],
)
def test_moments(value: Any, expected: float | None) -> None:
    assert to_moment(value) == expected
