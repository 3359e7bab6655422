# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recorded traffic out of a CSV file."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.plugin_utils._traffic_csv import read_traffic_csv

CSV = "time,value,note\n2026-03-01T00:00:00Z,5,x\n2026-03-01T00:01:00Z,,y\n2026-03-01T00:02:00Z,7.5\n"


class TestCsv:
    """Recorded traffic out of a file."""

    def test_a_file(self) -> None:
        entry = read_traffic_csv(CSV, "t.csv")
        assert [(sample["time"], sample["value"]) for sample in entry["samples"]] == [
            ("2026-03-01T00:00:00Z", 5),
            ("2026-03-01T00:01:00Z", None),
            ("2026-03-01T00:02:00Z", 7.5),
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "0,5\n60,6\n",
            "\ufefftime;value\n0;5\n60;6\n",
            "note,Value,Time\nx,5,0\ny,6,60\n",
            "when,how much\n\n0,5\n\n60,6",
            '"0","5"\r\n"60","6"\r\n',
        ],
    )
    def test_forms(self, text: str) -> None:
        assert [(sample["epoch"], sample["value"]) for sample in read_traffic_csv(text, "t.csv")["samples"]] == [
            (0, 5),
            (60, 6),
        ]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("time,value\n0,5\n60,much\n", "t.csv, line 3: the value is 'much'; it must be a number"),
            ("time,value\n0,5\nyesterday,5\n", "t.csv, line 3: the time is 'yesterday'; write ISO 8601"),
            ("0,5\n60,5\n60,6\n", "t.csv, line 3: the time '60' stands on line 2 as well; keep one of the two"),
            ("0,5\n120,5\n60,6\n", "t.csv, line 3: the time '60' is before that of line 2; sort the file by time"),
            ("0,5\n60,-5\n", "t.csv, line 2: the value is '-5'"),
            ("0,5\n60\n", "t.csv, line 2 has 1 columns"),
            ("", "t.csv has no value"),
            ("time,value\n", "t.csv has no value"),
            ("0,\n60,\n", "t.csv has no value"),
            ("0,inf\n", "t.csv, line 1: the value is 'inf'"),
        ],
    )
    def test_errors(self, text: str, message: str) -> None:
        with pytest.raises(InvalidError) as raised:
            read_traffic_csv(text, "t.csv")
        assert raised.value.message.startswith(message)
        assert "\n" not in raised.value.message

    @given(st.text())
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        # What it is read as is up to the other tests; here no other error may come out.
        with contextlib.suppress(InvalidError):
            assert read_traffic_csv(text, "t.csv")["samples"]
