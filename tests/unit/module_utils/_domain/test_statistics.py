# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Statistics of a series (public interface, section 6)."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Sample
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.statistics import percentile, plain, statistics

NUMBERS = ("min", "max", "mean", "p50", "p95", "p99", "last")


def stats(*values: float | None) -> dict[str, Any]:
    """Return the statistics of values a minute apart."""
    return statistics([Sample(60.0 * number, value) for number, value in enumerate(values)])


@pytest.mark.parametrize(
    ("count", "percent", "rank"),
    [
        pytest.param(1, 50, 1, id="one-value"),
        pytest.param(1, 99, 1, id="one-value-99"),
        pytest.param(2, 50, 1, id="two-values"),
        pytest.param(5, 50, 3, id="odd-median"),
        pytest.param(5, 30, 2, id="the-textbook-30"),
        pytest.param(5, 100, 5, id="all"),
        pytest.param(20, 95, 19, id="95-of-20"),
        pytest.param(21, 95, 20, id="95-of-21"),
        pytest.param(100, 95, 95, id="95-of-100"),
        pytest.param(100, 99, 99, id="99-of-100"),
        pytest.param(101, 99, 100, id="99-of-101"),
        pytest.param(1440, 95, 1368, id="95-of-a-day"),
        pytest.param(28180, 95, 26771, id="95-of-the-sample-month"),
    ],
)
def test_percentiles_by_nearest_rank(count: int, percent: float, rank: int) -> None:
    assert percentile([float(number) for number in range(1, count + 1)], percent) == rank


def test_a_series() -> None:
    assert stats(40.0, 10.0, 30.0, 20.0) == {
        "count": 4,
        "gaps": 0,
        "min": 10,
        "max": 40,
        "mean": 25,
        "p50": 20,
        "p95": 40,
        "p99": 40,
        "last": 20,
    }


def test_gaps_are_counted_and_nothing_else() -> None:
    found = stats(None, 10.0, None, 0.0, None)
    assert found == {"count": 2, "gaps": 3, "min": 0, "max": 10, "mean": 5, "p50": 0, "p95": 10, "p99": 10, "last": 0}


@pytest.mark.parametrize(("values", "gaps"), [((), 0), ((None, None), 2)], ids=["empty", "gaps-only"])
def test_no_values_have_null_statistics(values: Sequence[float | None], gaps: int) -> None:
    assert stats(*values) == {"count": 0, "gaps": gaps, **dict.fromkeys(NUMBERS)}


@pytest.mark.parametrize(("number", "text"), [(5.0, "5"), (-2.0, "-2"), (2.5, "2.5"), (None, "null"), (7, "7")], ids=str)
def test_whole_numbers_have_no_fraction(number: float | None, text: str) -> None:
    assert json.dumps(plain(number)) == text


def test_the_mean_is_rounded_where_it_does_not_matter() -> None:
    assert stats(0.1, 0.1, 0.1)["mean"] == 0.1
    assert stats(1.0, 1.0, 2.0)["mean"] == 1.333333


@settings(max_examples=100)
@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), max_size=30))
def test_any_series_has_statistics(values: list[float | None]) -> None:
    found = stats(*values)
    known = sorted(value for value in values if value is not None)
    assert (found["count"], found["gaps"]) == (len(known), len(values) - len(known))
    if known:
        assert found["min"] <= found["p50"] <= found["p95"] <= found["p99"] <= found["max"]
        assert {found["p50"], found["p95"], found["p99"], found["last"]} <= set(known)
        assert math.isfinite(found["mean"])


def test_huge_values_have_a_mean() -> None:
    assert stats(1.5e308, 1.5e308, 1.5e308)["mean"] == pytest.approx(1.5e308)
