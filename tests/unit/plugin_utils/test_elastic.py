# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The small pure parts of elastic bandwidth: history, sparkline, one maximum for all, ranges, words, metrics, CSV, table."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Operation
from ansible_collections.cloudopera.ies.plugins.module_utils._api.readers import read_known_operations
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.bandwidth_policy import Sizes
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.budget import Wish, share_out
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.change_history import UNREADABLE, read_history
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.elastic_words import connection_lines, unit_warning
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.sparkline import ASCII, BLOCKS, sparkline
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.plugin_utils._elastic_options import read_elastic_options
from ansible_collections.cloudopera.ies.plugins.plugin_utils._metrics import prometheus_text
from ansible_collections.cloudopera.ies.plugins.plugin_utils._replay_table import replay_lines
from ansible_collections.cloudopera.ies.plugins.plugin_utils._traffic_csv import read_traffic_csv


def operation(
    name: str, at: float | None, result: str = "success", finished: float | None = None, progress: str = "done"
) -> Operation:
    """Return an operation; unless told otherwise it has no end of its own."""
    return Operation("id", name, progress, result if progress == "done" else "", None, at, at if finished is None else finished)


class TestHistory:
    """The last change and the failures in a row."""

    @pytest.mark.parametrize(
        ("operations", "expected"),
        [
            ([], (None, None, 0)),
            ([operation("Update", 100, finished=160)], (100, 160, 0)),
            # At the start the end is the order (contract 5.6), and an end before the order is none.
            ([operation("Update", 100, finished=100, progress="inprogress")], (100, 100, 0)),
            ([operation("Update", 100, finished=190, progress="inprogress")], (100, 100, 0)),
            ([operation("Update", 100, finished=50)], (100, 100, 0)),
            ([operation("Update", 100), operation("Update", 300, finished=330), operation("Update", 200)], (300, 330, 0)),
            ([operation("Create", 100, finished=700)], (100, 700, 0)),
            ([operation("Update", 100), operation("Activate", 300), operation("Delete", 400)], (100, 100, 0)),
            ([operation("update", 100, "error", progress="100")], (100, 100, 1)),
            ([operation("Update", 100, "failed"), operation("Update", 200), operation("Update", 300, "failed")], (300, 300, 1)),
            ([operation("Update", at, "failed") for at in (100, 200, 300, 400)], (400, 400, 4)),
            (
                [
                    operation("Update", 100, "failed"),
                    operation("Update", 200, "failed"),
                    operation("Update", 300, progress="inprogress"),
                ],
                (300, 300, 2),
            ),
            ([operation("Create", 50, "failed"), operation("Update", 100, "failed")], (100, 100, 1)),
            ([operation("Update", None)], (None, None, 0)),
        ],
    )
    def test_history(self, operations: list[Operation], expected: tuple[float | None, float | None, int]) -> None:
        if operations and operations[0].progress == "100":
            operations = [Operation("id", "update", "100", "error", None, 100, 100)]
        history = read_history(operations)
        assert history.readable
        assert (history.last_change, history.last_change_ended, history.failures) == expected

    def test_what_cannot_be_read_is_not_known(self) -> None:
        assert read_history(None) is UNREADABLE
        assert read_known_operations({"operations": None}) is None
        assert read_known_operations({"operations": []}) == []

    def test_the_newest_comes_first(self) -> None:
        body = {"operations": [{"operation_id": str(at), "operate_at": at * 10**12} for at in (1, 3, 2)]}
        found = read_known_operations(body)
        assert found is not None
        assert [one.operation_id for one in found] == ["3", "2", "1"]


class TestSparkline:
    """One sign for each part of a series."""

    @pytest.mark.parametrize(
        ("values", "top", "columns", "signs", "expected"),
        [
            ([], 10, 8, BLOCKS, ""),
            ([0, 2, 4, 6, 8, 10], 10, 8, BLOCKS, "▁▂▄▅▇█"),
            ([0, 10], 10, 8, ASCII, "_#"),
            ([5, None, 20], 10, 8, BLOCKS, "▅ █"),
            ([1, 9, 1, 1], 10, 2, BLOCKS, "█▁"),
            ([None, None, 3], 0, 3, BLOCKS, "  █"),
        ],
    )
    def test_line(self, values: list[float | None], top: float, columns: int, signs: str, expected: str) -> None:
        assert sparkline(values, top, columns, signs) == expected

    @given(st.lists(st.none() | st.floats(0, 1e9), max_size=300), st.floats(1, 1e9))
    def test_any_series(self, values: list[float | None], top: float) -> None:
        line = sparkline(values, top)
        assert len(line) == min(24, len(values))
        assert set(line) <= {*BLOCKS, " "}


TENS = Sizes(step=10)


class TestTotal:
    """One maximum for all."""

    @pytest.mark.parametrize(
        ("total", "wishes", "expected"),
        [
            (200, [Wish(50, 80, False, 90, TENS), Wish(50, 80, False, 95, TENS)], [80, 80]),
            (140, [Wish(50, 80, False, 95, TENS), Wish(50, 80, True, 99, TENS)], [60, 80]),
            (130, [Wish(50, 80, False, 90, TENS), Wish(50, 80, False, 95, TENS)], [50, 80]),
            (125, [Wish(50, 80, True, 99, TENS)], [80]),
            (65, [Wish(50, 80, True, 99, TENS)], [60]),
            (59, [Wish(50, 80, True, 99, TENS)], [50]),
            (65, [Wish(50, 80, False, 99, TENS, least=15)], [50]),
            # What is given back counts once it has been given, and nothing is lowered for the sake of the total.
            (100, [Wish(50, 20, False, 10, TENS), Wish(50, 80, True, 99, TENS)], [20, 50]),
            (60, [Wish(50, 50, False, 10, TENS), Wish(50, 80, True, 99, TENS)], [50, 50]),
            (75, [Wish(50, 80, True, 99, Sizes([80, 100]))], [50]),
        ],
    )
    def test_share(self, total: int, wishes: list[Wish], expected: list[int]) -> None:
        assert share_out(total, wishes) == expected

    @given(
        st.integers(1, 1000),
        st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30), st.booleans(), st.integers(0, 200)), max_size=12),
    )
    def test_the_total_is_never_passed_by_a_raise(self, total: int, drawn: list[tuple[int, int, bool, int]]) -> None:
        wishes = [Wish(before * 10, target * 10, clipped, use, TENS) for before, target, clipped, use in drawn]
        granted = share_out(total, wishes)
        highest = sum(max(wish.bandwidth, size) for wish, size in zip(wishes, granted))
        assert highest <= max(total, sum(wish.bandwidth for wish in wishes))
        assert all(
            min(wish.bandwidth, wish.target) <= size <= max(wish.bandwidth, wish.target) for wish, size in zip(wishes, granted)
        )


ENTRY: dict[str, Any] = {
    **{"name": "s", "service_id": "id", "cloud_vpn_name": "v", "before": 60000, "target": 80000, "decision": "raise"},
    **{"demand": 55000.5, "utilisation": 91.7, "clipped": True, "reasons": ["because"], "not_before": None, "bounds": None},
    **{"applied": False, "error": None},
}
FAILED = {
    **{**ENTRY, "name": "other", "before": None, "target": None, "decision": None, "demand": None, "utilisation": None},
    **{"clipped": False, "reasons": [], "error": "there is no service"},
}


class TestWords:
    """A line per connection."""

    def test_lines(self) -> None:
        traffic: dict[str, list[list[float | None]]] = {"v": [[0, 60000], [None]]}
        assert connection_lines([ENTRY, {**ENTRY, "decision": "hold", "target": 60000}, FAILED], traffic) == [
            "s, v      ▁█  raise 60,000 -> 80,000: because",
            "s, v      ▁█  hold 60,000: because",
            "other, v  error: there is no service",
        ]

    def test_a_failed_change(self) -> None:
        assert connection_lines([{**ENTRY, "error": "no capacity"}], {}) == [
            "s, v  raise 60,000 -> 80,000: because; error: no capacity"
        ]

    def test_many_are_counted(self) -> None:
        told = unit_warning([f"c{number}" for number in range(7)])
        assert "c0; c1; c2; c3; c4 and 2 more" in told


SAMPLE = re.compile(r'[a-z_]+\{([a-z_]+="(?:[^"\\\n]|\\.)*",?)+\} -?[0-9.e+]+')


class TestMetrics:
    """The text format of Prometheus."""

    def test_metrics(self) -> None:
        text = prometheus_text({"connections": [ENTRY, FAILED], "failed": True}, "t", 1.5)
        labels = 'tenant="t",service="s",service_id="id",connection="v"'
        for line in (
            f"cloudopera_ies_bandwidth{{{labels}}} 60000",
            f"cloudopera_ies_bandwidth_target{{{labels}}} 80000",
            f"cloudopera_ies_demand{{{labels}}} 55000.5",
            f"cloudopera_ies_utilisation_percent{{{labels}}} 91.7",
            f"cloudopera_ies_clipped{{{labels}}} 1",
            f'cloudopera_ies_decision{{{labels},decision="raise"}} 1',
            f'cloudopera_ies_decision{{{labels},decision="hold"}} 0',
            'cloudopera_ies_elastic_errors{tenant="t"} 1',
            'cloudopera_ies_elastic_connections{tenant="t"} 2',
            'cloudopera_ies_elastic_failed{tenant="t"} 1',
            'cloudopera_ies_elastic_last_run_timestamp_seconds{tenant="t"} 1.5',
            "# TYPE cloudopera_ies_clipped gauge",
        ):
            assert line in text.splitlines()
        assert text.endswith("\n")
        assert 'service="other"' not in text

    def test_what_was_applied_is_the_bandwidth(self) -> None:
        assert "cloudopera_ies_bandwidth{" in prometheus_text({"connections": [{**ENTRY, "applied": True}]}, "t", 1)
        assert "} 80000\n# HELP cloudopera_ies_bandwidth_target" in prometheus_text(
            {"connections": [{**ENTRY, "applied": True}]}, "t", 1
        )

    def test_a_run_that_failed_early(self) -> None:
        assert 'cloudopera_ies_elastic_failed{tenant="t"} 1' in prometheus_text({"failed": True}, "t", 1)

    @given(st.text(), st.text())
    def test_any_name_stays_one_line(self, name: str, tenant: str) -> None:
        text = prometheus_text({"connections": [{**ENTRY, "name": name}]}, tenant, 1)
        for line in text.split("\n")[:-1]:
            assert line.startswith("# ") or SAMPLE.fullmatch(line), line


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


def test_the_table_of_a_replay() -> None:
    figures: Mapping[str, Any] = {
        **{"changes": 12, "reversals": 3, "saturated_minutes": 4.5, "saturated_percent": 0.01, "undelivered": 12345},
        **{"mean_headroom": 33.3, "bandwidth_hours": 1234567, "cost": None, "censored": 2},
    }
    heading, line, note = replay_lines({"calm": figures})
    assert " ".join(heading.split()) == "policy changes reversals full min full % undelivered free % bandwidth h cost"
    assert line.split() == ["calm", "12", "3", "4", "0.010", "12,345", "33.3", "1,234,567", "-"]
    assert len(heading) == len(line)
    assert note.startswith("recorded traffic flatters")
    assert note.endswith("(2 samples were at the limit)")


class TestOptions:
    """Variables as strings."""

    def test_strings(self) -> None:
        given_options = {
            **{
                "connections": '[{"name": "a", "cloud_vpn_name": "", "policy": "{\\"step\\": 5}"}]',
                "services": "",
                "policy": "{}",
            },
            **{"mode": "apply", "total_maximum": "80000.0", "wait": "false", "report": " ", "end_time": None, "api_url": "u"},
        }
        assert read_elastic_options(given_options, "elastic") == {
            **{"connections": [{"name": "a", "policy": {"step": 5}}], "policy": {}, "mode": "apply", "total_maximum": 80000},
            **{"wait": False, "api_url": "u"},
        }

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({}, "Say which connections to watch"),
            ({"connections": "", "services": None}, "Say which connections to watch"),
            ({"connections": "a"}, "cloudvpn_elastic is a string; write a list"),
            ({"connections": [{"nam": "a"}]}, "cloudvpn_elastic[0] has no option nam"),
            ({"connections": [{"name": "a", "policy": 5}]}, "cloudvpn_elastic[0].policy is a number"),
            ({"connections": [], "mode": "do"}, "cloudvpn_elastic_mode is 'do'; write recommend or apply"),
            ({"connections": [], "total_maximum": "much"}, "cloudvpn_elastic_total_maximum is 'much'"),
            ({"connections": [], "policy": "calm"}, "cloudvpn_elastic_policy is a string"),
        ],
    )
    def test_errors(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(InvalidError) as raised:
            read_elastic_options(options, "elastic")
        assert raised.value.message.startswith(message)
