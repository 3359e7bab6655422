# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moments as people write them (public interface, section 6)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._domain.period import read_moment, read_period
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError

NOW = 1_700_000_000.75


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", 1_700_000_000),
        (" now ", 1_700_000_000),
        ("-1h", 1_700_000_000 - 3600),
        ("-90m", 1_700_000_000 - 5400),
        ("-7d", 1_700_000_000 - 604_800),
        ("-30s", 1_700_000_000 - 30),
        ("-2w", 1_700_000_000 - 1_209_600),
        ("-0m", 1_700_000_000),
        ("1493367320", 1_493_367_320),
        ("0", 0),
        ("2017-04-28T08:15:20Z", 1_493_367_320),
        ("2017-04-28T08:15:20", 1_493_367_320),
        ("2017-04-28T10:15:20+02:00", 1_493_367_320),
        ("2017-04-28 08:15:20", 1_493_367_320),
        ("2017-04-28", 1_493_337_600),
        ("20170428T081520Z", 1_493_367_320),
        ("2017-04-28T16:15:20+0800", 1_493_367_320),
        ("2017-04-28T16:15:20+08", 1_493_367_320),
        ("2017-04-28T08:15:20.1234567Z", 1_493_367_320),
    ],
)
def test_moments(text: str, expected: int) -> None:
    assert read_moment("start_time", text, NOW) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "1h", "+1h", "-1", "-1y", "-1.5h", "- 1h", "-h", "--1h", "-99999999999d", "-999999999w"),
        *(
            "2017-13-01",
            "2017-04-28T25:00:00Z",
            "28.04.2017",
            "1e9",
            "-5",
            "1493367320000000",
            "0001-01-01T00:00:00Z",
            "now-1h",
        ),
    ],
    ids=repr,
)
def test_anything_else_is_refused_with_the_ways_to_write_it(text: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read_moment("start_time", text, NOW)
    for expected in ("start_time", repr(text), "-90m", "ISO 8601", "epoch"):
        assert expected in str(caught.value)


def test_a_period() -> None:
    assert read_period("-1h", "now", NOW) == (1_700_000_000 - 3600, 1_700_000_000)


@pytest.mark.parametrize(("start", "end"), [("now", "-1h"), ("now", "now"), ("2017-04-29", "2017-04-28T23:59:59Z")])
def test_a_period_has_its_start_before_its_end(start: str, end: str) -> None:
    with pytest.raises(InvalidError, match="start_time .* is not before end_time"):
        read_period(start, end, NOW)


def test_the_option_at_fault_is_named() -> None:
    with pytest.raises(InvalidError, match="end_time is 'soon'"):
        read_period("-1h", "soon", NOW)


@settings(max_examples=100)
@given(st.one_of(st.text(max_size=30), st.from_regex(r"-?[0-9]{1,12}[smhdw]?", fullmatch=True), st.datetimes().map(str)))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read_moment("start_time", text, NOW)
    except InvalidError:
        found = 0
    assert found >= 0
