# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bandwidth policy: its rules one by one, and what holds for any traffic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.filter.elastic import bandwidth_target

NOW = 1_493_400_000
HOUR = 3600
SIZES = [20000, 40000, 60000, 80000, 100000, 120000]
POLICY = {"minimum": 20000, "maximum": 120000, "sizes": SIZES}


def series(
    value: float | Callable[[int], float | None] | None, hours: float = 24, direction: str = "outbound", step: int = 60
) -> dict[str, Any]:
    """Return traffic that ends now; a function is asked with the minutes before now."""
    count = int(hours * HOUR / step)
    samples = []
    for ago in range(count - 1, -1, -1):
        epoch = NOW - ago * step
        samples.append({"epoch": epoch, "value": value(ago * step // 60) if callable(value) else value})
    return {"direction": direction, "timedim": "minute", "samples": samples}


def target(traffic: Any, bandwidth: int = 80000, policy: Mapping[str, Any] | None = None, **known: Any) -> dict[str, Any]:
    return bandwidth_target(traffic, bandwidth, {**POLICY, **(policy or {})}, **known)


# Rule by rule


def test_a_busy_line_is_raised_to_the_next_size_with_headroom() -> None:
    decided = target(series(71200))
    assert (decided["target"], decided["decision"], decided["demand"], decided["utilisation"]) == (100000, "raise", 71200, 89.0)
    assert decided["reasons"][0] == (
        "p95 of the last 15 min is 71,200, 89 % of 80,000; the next size with 20 % headroom is 100,000"
    )
    assert decided["bounds"] == {"minimum": 20000, "maximum": 120000}


def test_a_calm_line_is_held() -> None:
    decided = target(series(50000))
    assert (decided["target"], decided["decision"], decided["clipped"]) == (80000, "hold", False)


def test_an_oversized_line_is_lowered_to_what_the_highest_bucket_needs() -> None:
    decided = target(series(lambda ago: 30000 if 120 <= ago < 135 else 10000))
    assert (decided["target"], decided["decision"], decided["demand"]) == (40000, "lower", 30000)


def test_a_peak_within_the_lower_window_holds() -> None:
    decided = target(series(lambda ago: 60000 if 300 <= ago < 330 else 10000))
    assert decided["decision"] == "hold"
    assert "the last 6 h had a demand of 60,000" in decided["reasons"][0]


def test_a_full_line_rises_by_more_than_it_shows() -> None:
    decided = target(series(79000), policy={"headroom": 0})
    assert (decided["target"], decided["clipped"]) == (120000, True)
    assert "only a lower bound" in decided["reasons"][0]


def test_a_full_line_reaches_the_top_although_the_step_is_less_than_the_deadband() -> None:
    decided = target(series(95000), bandwidth=95000, policy={"maximum": 100000, "sizes": [20000, 95000, 100000]})
    assert decided["target"] == 100000


def test_a_full_line_at_the_top_says_so() -> None:
    decided = target(series(120000), bandwidth=120000)
    assert decided["decision"] == "hold"
    assert "the largest size allowed" in decided["reasons"][0]


@pytest.mark.parametrize(
    ("bandwidth", "expected", "decision"), [(10000, 20000, "raise"), (150000, 120000, "lower"), (20000, 20000, "hold")]
)
def test_outside_of_the_bounds_is_brought_to_the_nearer_size_without_data(bandwidth: int, expected: int, decision: str) -> None:
    decided = target([], bandwidth)
    assert (decided["target"], decided["decision"], decided["utilisation"]) == (expected, decision, None)


def test_a_pause_wins_over_the_bounds() -> None:
    assert target([], 10000, {"pause": "all"})["decision"] == "hold"


@pytest.mark.parametrize("policy", [{"pause": "lower"}, {"direction": "raise"}])
def test_what_may_not_lower_does_not_lower_into_the_bounds_either(policy: dict[str, Any]) -> None:
    assert target([], 150000, policy)["decision"] == "hold"
    assert target(series(1000), 80000, policy)["decision"] == "hold"
    assert target(series(70000), 80000, policy)["decision"] == "raise"


@pytest.mark.parametrize("traffic", [[], series(None), series(70000, hours=0)])
def test_without_data_it_is_held(traffic: Any) -> None:
    decided = target(traffic, now=NOW)
    assert (decided["target"], decided["decision"], decided["demand"], decided["utilisation"]) == (80000, "hold", None, None)
    assert "nothing is known" in decided["reasons"][0]


def test_old_data_is_no_data() -> None:
    assert target(series(79000), now=NOW + HOUR)["demand"] is None


@pytest.mark.parametrize("factor", [1000, 0.5 * 1000])
def test_a_wrong_unit_holds(factor: float) -> None:
    decided = target(series(71.2 * factor), policy={"traffic_unit": 1000})
    assert decided["decision"] == "hold"
    assert "units differ" in decided["reasons"][0]


def test_the_unit_is_converted_before_anything_is_compared() -> None:
    assert target(series(71.2), policy={"traffic_unit": 1000})["demand"] == 71200


def test_three_failures_in_a_row_hold() -> None:
    assert target(series(71200), failures=2)["decision"] == "raise"
    assert "failed" in target(series(71200), failures=3)["reasons"][0]


def test_nothing_is_lowered_within_the_hold_and_it_says_until_when() -> None:
    decided = target(series(10000), last_change=NOW - 1800)
    assert decided["decision"] == "hold"
    assert decided["not_before"] == "2017-04-28T17:50:00Z"
    assert target(series(10000), last_change=NOW - HOUR)["decision"] == "lower"


def test_raising_is_exempt_from_the_hold() -> None:
    assert target(series(71200), last_change=NOW - 1800)["decision"] == "raise"


def test_samples_of_the_last_change_are_left_out() -> None:
    # Until five minutes after its end the line was full; since then it is not.
    change: dict[str, Any] = {"last_change": NOW - 1800, "last_change_ended": NOW - 1200}
    decided = target(series(lambda ago: 80000 if 15 <= ago <= 30 else 40000), **change)
    assert (decided["decision"], decided["clipped"], decided["demand"]) == ("hold", False, 40000)


def test_too_few_samples_lower_nothing() -> None:
    thin = series(lambda ago: 10000 if ago < 60 else None)
    decided = target(thin)
    assert decided["decision"] == "hold"
    assert decided["reasons"][0].startswith("only 17 % of the samples of the last 6 h are there")


@pytest.mark.parametrize(("on_idle", "expected"), [("hold", 80000), ("lower", 20000)])
def test_an_idle_line_is_held_unless_the_policy_says_otherwise(on_idle: str, expected: int) -> None:
    assert target(series(0), policy={"on_idle": on_idle})["target"] == expected


def test_of_two_directions_the_larger_demand_counts() -> None:
    both = [series(10000), series(71200, direction="inbound")]
    assert target(both)["target"] == 100000


@pytest.mark.parametrize("other", [[], [series(None, direction="inbound")], [series(0, hours=0, direction="inbound")]])
def test_with_one_direction_missing_nothing_is_lowered(other: list[Any]) -> None:
    decided = target([series(10000), *other])
    assert decided["decision"] == "hold"
    assert "one direction has no data" in decided["reasons"][0]
    assert target([series(71200), *other])["decision"] == "raise"


def test_the_deadband_holds_small_changes() -> None:
    policy = {"sizes": None, "step": 1000, "raise_above": 80, "headroom": 20}
    assert target(series(67000), policy=policy)["decision"] == "hold"
    assert target(series(75000), policy=policy)["target"] == 90000


@pytest.mark.parametrize(("limit", "expected"), [(50, 60000), (10, 60000), (200, 120000)])
def test_a_raise_is_limited_but_never_to_nothing(limit: int, expected: int) -> None:
    decided = target(series(40000), bandwidth=40000, policy={"clipped_raise": 150, "max_raise": limit})
    assert decided["target"] == (100000 if limit == 200 else expected)


def test_a_lowering_is_limited() -> None:
    assert target(series(1000), bandwidth=120000, policy={"max_lower": 50})["target"] == 60000


def test_the_trend_raises_earlier_and_never_lowers() -> None:
    climbing = series(lambda ago: 60000 - 400 * ago if ago < 120 else 10000)
    assert target(climbing)["decision"] == "hold"
    assert target(climbing, policy={"look_ahead": "30m"})["decision"] == "raise"
    falling = series(lambda ago: min(64000 + 200 * ago, 70000))
    assert target(falling, policy={"look_ahead": "2h"})["target"] == target(falling)["target"]


def test_the_memory_of_days_raises_before_the_hour_and_keeps_from_lowering() -> None:
    def daily(ago: int) -> float:
        # Every day, half an hour after what is now, the line is busy for an hour.
        return 70000 if -90 <= (ago % 1440) - 1440 <= -30 or ago % 1440 >= 1350 else 30000

    month = series(daily, hours=24 * 8)
    assert target(month)["target"] == 40000
    decided = target(month, policy={"daily_memory": 7})
    assert decided["target"] == 100000
    assert "7 earlier days" in decided["reasons"][0]


# Schedules and boosts

FRIDAY_17_20_UTC = NOW


@pytest.mark.parametrize(
    ("entry", "minimum"),
    [
        ({"days": ["fri"], "from": "17:00", "to": "18:00", "minimum": 100000}, 100000),
        ({"days": ["thu"], "from": "17:00", "to": "18:00", "minimum": 100000}, 20000),
        ({"days": ["fri"], "from": "19:00", "to": "20:00", "timezone": "Europe/Berlin", "minimum": 100000}, 100000),
        ({"days": ["fri"], "from": "17:00", "to": "18:00", "timezone": "Europe/Berlin", "minimum": 100000}, 20000),
        ({"days": ["thu"], "from": "18:00", "to": "17:30", "minimum": 100000}, 100000),
        ({"days": ["fri"], "from": "18:00", "to": "17:30", "minimum": 100000}, 20000),
        ({"minimum": 60000}, 60000),
    ],
)
def test_a_schedule_sets_bounds(entry: dict[str, Any], minimum: int) -> None:
    assert target(series(50000), 120000, {"schedule": [entry]})["bounds"]["minimum"] == minimum


def test_a_schedule_pauses() -> None:
    entry = {"days": ["fri"], "pause": "all"}
    assert target(series(79000), policy={"schedule": [entry]})["reasons"][0].startswith("the policy is paused")


@pytest.mark.parametrize(("until", "minimum"), [("2017-04-28T18:00:00Z", 100000), ("2017-04-28T17:00:00Z", 20000)])
def test_a_boost_is_a_minimum_for_a_while(until: str, minimum: int) -> None:
    decided = target(series(10000), policy={"boosts": [{"minimum": 100000, "until": until}]})
    assert decided["bounds"]["minimum"] == minimum


def test_a_boost_stays_under_the_maximum_of_a_schedule() -> None:
    policy = {"boosts": [{"minimum": 100000, "until": "2030-01-01T00:00:00Z"}], "schedule": [{"maximum": 60000}]}
    assert target(series(10000), policy=policy)["bounds"] == {"minimum": 60000, "maximum": 60000}


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_the_days_of_daylight_saving_have_all_their_hours(day: str) -> None:
    entry = {"from": "01:00", "to": "04:00", "timezone": "Europe/Berlin", "minimum": 60000}
    inside = target([], 80000, {"schedule": [entry]}, now=f"{day}T01:30:00Z")
    outside = target([], 80000, {"schedule": [entry]}, now=f"{day}T03:30:00Z")
    assert (inside["bounds"]["minimum"], outside["bounds"]["minimum"]) == (60000, 20000)


# Strings, as variables arrive


def test_everything_may_be_a_string() -> None:
    policy = {"minimum": "20000", "maximum": "120000", "sizes": ["100000", "20000", "120000"], "headroom": "20"}
    decided = bandwidth_target(series(71200), "80000", policy, now="2017-04-28T17:20:00Z", failures="0")
    assert decided["target"] == 100000


# For any traffic

levels = st.lists(st.one_of(st.none(), st.integers(0, 80000)), min_size=1, max_size=48)


def any_series(levels: list[int | None], direction: str = "outbound") -> dict[str, Any]:
    return series(lambda ago: levels[(ago // 15) % len(levels)], hours=12, direction=direction)


@given(levels=levels, profile=st.sampled_from(["balanced", "tight", "calm"]), bandwidth=st.integers(1000, 200000))
def test_a_change_ends_at_a_size_within_the_bounds(levels: list[int | None], profile: str, bandwidth: int) -> None:
    policy = {"profile": profile, "look_ahead": "10m", "daily_memory": 2, "max_raise": 40, "max_lower": 30}
    decided = target(any_series(levels), bandwidth, policy)
    assert decided == target(any_series(levels), bandwidth, policy)
    if decided["decision"] == "hold":
        assert decided["target"] == bandwidth
    else:
        assert decided["target"] in SIZES
        assert (decided["target"] > bandwidth) == (decided["decision"] == "raise")


@given(levels=levels, gaps=st.lists(st.booleans(), min_size=1, max_size=48))
def test_zeros_and_missing_data_never_lower(levels: list[int | None], gaps: list[bool]) -> None:
    nothing = series(lambda ago: None if gaps[(ago // 15) % len(gaps)] else 0, hours=12)
    assert target(nothing)["decision"] == "hold"
    empty = any_series([None])
    assert target([any_series(levels), empty])["decision"] != "lower"


@given(
    levels=st.lists(st.integers(0, 80000), min_size=1, max_size=48),
    more=st.integers(0, 40000),
)
def test_more_demand_never_lowers_the_target(levels: list[int], more: int) -> None:
    before = target(any_series([*levels]))
    after = target(any_series([min(level + more, 80000) for level in levels]))
    assert after["target"] >= before["target"] or before["decision"] == "hold"


@given(start=st.sampled_from(SIZES), clipped_raise=st.integers(10, 100), max_raise=st.one_of(st.none(), st.integers(1, 60)))
def test_a_full_line_reaches_the_top_in_a_bounded_number_of_changes(
    start: int, clipped_raise: int, max_raise: int | None
) -> None:
    bandwidth, changes = start, 0
    while bandwidth < SIZES[-1]:
        decided = target(series(bandwidth, hours=1), bandwidth, {"clipped_raise": clipped_raise, "max_raise": max_raise})
        assert decided["target"] > bandwidth
        bandwidth, changes = decided["target"], changes + 1
    assert changes < len(SIZES)
