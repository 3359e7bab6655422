# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A traffic series in any of the forms of contract 8."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Sample
from ansible_collections.cloudopera.ies.plugins.module_utils._api.traffic import read_series
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import BadResponseError

from ..support import sample

T0, T1, T2 = 1493367360, 1493367420, 1493367480


def series(body: Any, metric: str = "traffic-rate", indicator: str = "max") -> list[tuple[float, float | None]]:
    """Return the points of a response as pairs."""
    return [(point.epoch, point.value) for point in read_series(body, metric, indicator)]


POINTS = [(T0, 41230.0), (T1, 40875.0)]


class TestSeries:
    def test_the_sample_of_contract_8(self) -> None:
        assert series(sample("traffic")) == POINTS

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param([{"time": T0, "value": 41230}, {"time": T1, "value": "40875"}], id="bare"),
            pytest.param({"a": {"b": [{"c": [{"time": T0, "value": 41230}, {"time": T1, "value": 40875}]}]}}, id="deep"),
            pytest.param([[T0, 41230], [T1, "40875"]], id="pairs"),
            pytest.param({"data": [[T0 * 1000, 41230], [T1 * 1000, 40875]]}, id="pairs-milliseconds"),
            pytest.param([{"time": T0 * 1000, "value": 41230}, {"time": str(T1 * 1000), "value": 40875}], id="milliseconds"),
            pytest.param(
                [{"time": "2017-04-28T08:16:00Z", "value": 41230}, {"time": "2017-04-28 08:17:00", "value": 40875}], id="iso"
            ),
            pytest.param([{"Collect_Time": T0, "VAL": 41230}, {"collect-time": T1, "Val": 40875}], id="key-spellings"),
            pytest.param({"times": [T0, T1], "values": ["41230", 40875]}, id="parallel"),
            pytest.param({"data": {"timestamps": [T0, T1], "rate": [41230, 40875]}}, id="parallel-deeper"),
            pytest.param({"ts": [T0, T1], "max": [41230, 40875]}, id="parallel-indicator"),
            pytest.param([{"time": T1, "value": 40875}, {"time": T0, "value": 41230}], id="sorted-by-time"),
            pytest.param([{"time": T0, "value": 41230}] * 3 + [{"time": T1, "value": 40875}], id="duplicates-dropped"),
            pytest.param(
                {"errors": [], "data": [{"time": T0, "value": 41230}, {"time": T1, "value": 40875}]}, id="empty-array-first"
            ),
            pytest.param({"tags": ["a", "b"], "data": [[T0, 41230], [T1, 40875]]}, id="array-of-something-else-first"),
            pytest.param({"times": [T0], "values": [1, 2], "data": [[T0, 41230], [T1, 40875]]}, id="arrays-of-unequal-length"),
        ],
    )
    def test_shapes(self, body: Any) -> None:
        assert series(body) == POINTS

    @pytest.mark.parametrize(
        "key", ["time", "timestamp", "ts", "date", "collecttime", "collect_time", "starttime", "startTime"]
    )
    def test_time_keys(self, key: str) -> None:
        assert series([{key: T0, "value": 1}]) == [(T0, 1.0)]

    @pytest.mark.parametrize("key", ["value", "val", "rate", "max", "Max", "traffic-rate", "trafficRate", "mbps"])
    def test_value_keys(self, key: str) -> None:
        assert series([{"time": T0, key: "1"}]) == [(T0, 1.0)]

    def test_the_only_other_number_is_the_value(self) -> None:
        assert series([{"time": T0, "unit": "kbit/s", "throughput": 3.5, "endpoint": "a"}]) == [(T0, 3.5)]

    def test_a_gap_under_a_value_key_that_nobody_knows(self) -> None:
        assert series([{"time": T0, "throughput": 3}, {"time": T1, "throughput": None}]) == [(T0, 3.0), (T1, None)]

    @pytest.mark.parametrize("value", [None, "", "--", "-", " -- "], ids=repr)
    def test_gaps_are_no_zeros(self, value: Any) -> None:
        assert series([{"time": T0, "value": value}, {"time": T1, "value": 0}]) == [(T0, None), (T1, 0.0)]
        assert series([[T0, value], [T1, 0]]) == [(T0, None), (T1, 0.0)]
        assert series({"times": [T0, T1], "values": [value, 0]}) == [(T0, None), (T1, 0.0)]

    def test_one_time_with_two_values_keeps_both(self) -> None:
        assert series([{"time": T0, "value": 2}, {"time": T0, "value": 1}]) == [(T0, 1.0), (T0, 2.0)]

    @pytest.mark.parametrize("body", [None, [], {}, {"data": []}, {"data": None}, {"data": [], "state": "ok"}], ids=str)
    def test_no_points(self, body: Any) -> None:
        assert series(body) == []

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param({"state": "ok"}, id="something-else"),
            pytest.param("no data", id="text"),
            pytest.param(5, id="number"),
            pytest.param([1, 2, 3], id="numbers"),
            pytest.param([{"value": 1}], id="no-time"),
            pytest.param([{"time": T0}], id="no-value"),
            pytest.param([{"time": T0, "a": 1, "b": 2}], id="two-candidates"),
            pytest.param([{"time": "soon", "value": 1}], id="unreadable-time"),
            pytest.param([{"time": 1e300, "value": 1}], id="impossible-time"),
            pytest.param([{"time": T0, "value": "many"}], id="unreadable-value"),
            pytest.param([[T0, 1, 2]], id="triple"),
        ],
    )
    def test_what_cannot_be_read_is_an_error_that_says_what_came(self, body: Any) -> None:
        with pytest.raises(BadResponseError, match="holds no points"):
            series(body)

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param({"connection_name": "a", "metric": "traffic-rate", "data": None}, id="canonical"),
            pytest.param({"connection_name": "a", "DATA": None}, id="spelling"),
            *(
                pytest.param({"state": "ok", key: None}, id=key)
                for key in ("samples", "points", "dataPoints", "values", "series")
            ),
            pytest.param({"state": "ok", "traffic-rate": None}, id="metric"),
            pytest.param({"state": "ok", "times": None, "values": None}, id="parallel"),
            pytest.param({"meta": {"a": 1}, "result": {"unit": "kbit/s", "points": None}}, id="deeper"),
        ],
    )
    def test_a_null_list_of_samples_is_an_empty_series(self, body: Any) -> None:
        assert series(body) == []

    @pytest.mark.parametrize("body", [{"error": None, "state": "ok"}, {"a": {"name": None, "b": 1}}], ids=str)
    def test_another_null_is_no_empty_series(self, body: Any) -> None:
        with pytest.raises(BadResponseError, match="holds no points"):
            series(body)

    @pytest.mark.parametrize(
        ("bad", "unreadable", "unplaced"),
        [
            pytest.param({"time": T1, "value": "many"}, 1, 0, id="words"),
            pytest.param({"time": T1, "value": True}, 1, 0, id="boolean"),
            pytest.param({"time": T1, "value": float("nan")}, 1, 0, id="nan"),
            pytest.param({"time": T1, "value": [1]}, 1, 0, id="list"),
            pytest.param({"time": T1, "value": {"max": 1}}, 1, 0, id="object"),
            pytest.param({"time": T1}, 1, 0, id="no-value"),
            pytest.param([T1, "many"], 1, 0, id="pair"),
            pytest.param([T1, 1, 2], 1, 0, id="triple"),
            pytest.param({"time": "soon", "value": 1}, 0, 1, id="time"),
            pytest.param({"time": 1e300, "value": 1}, 0, 1, id="impossible-time"),
            pytest.param({"value": 1}, 0, 1, id="no-time"),
            pytest.param(None, 0, 1, id="null"),
            pytest.param("words", 0, 1, id="text"),
            pytest.param([], 0, 1, id="empty"),
        ],
    )
    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_one_unreadable_sample_is_a_gap_and_not_the_end(self, bad: Any, unreadable: int, unplaced: int, place: int) -> None:
        entries: list[Any] = [{"time": T0, "value": 1}, {"time": T1 + 60, "value": 3}]
        entries.insert(place, bad)
        found = read_series({"data": entries}, "traffic-rate", "max")
        gap = [Sample(T1, None)] * unreadable
        assert found == [Sample(T0, 1.0), *gap, Sample(T1 + 60, 3.0)]
        assert (found.unreadable, found.unplaced) == (unreadable, unplaced)

    def test_parallel_arrays_may_have_unreadable_entries_too(self) -> None:
        found = read_series({"times": [T0, T1, "soon"], "values": [1, "many", 3]}, "m", "max")
        assert (list(found), found.unreadable, found.unplaced) == ([Sample(T0, 1.0), Sample(T1, None)], 1, 1)

    def test_nothing_but_null_samples(self) -> None:
        found = read_series({"data": [None, None]}, "m", "max")
        assert (list(found), found.unreadable, found.unplaced) == ([], 0, 2)

    def test_a_list_that_can_be_read_whole_goes_first(self) -> None:
        body = {"marks": [[T0, "a"], [T1, 5], [T1, "b"]], "data": [[T0, 41230], [T1, 40875]]}
        assert series(body) == POINTS

    def test_a_month_by_the_minute_is_read_quickly(self) -> None:
        body = {"data": [{"time": T0 + 60 * number, "value": str(number)} for number in range(28_180)]}
        found = series(body)
        assert len(found) == 28_180
        assert found[-1] == (T0 + 60 * 28_179, 28_179.0)

    def test_the_points_are_samples(self) -> None:
        assert read_series([[T0, 1]], "m", "max") == [Sample(T0, 1.0)]
