# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recorded traffic under policies, and the oracle against every schedule that there is."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.filter.elastic import elastic_replay
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.bandwidth_policy import read_policy
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.oracle import cheapest_schedule
from ansible_collections.cloudopera.ies.plugins.module_utils._values import parse_iso

BEGIN = 1_493_337_600
POLICY = {"minimum": 20, "maximum": 100, "sizes": [20, 40, 60, 80, 100]}


def recorded(value: Callable[[int], float | None], hours: float) -> dict[str, Any]:
    return {"samples": [{"epoch": BEGIN + 60 * minute, "value": value(minute)} for minute in range(int(hours * 60))]}


def day(minute: int) -> float:
    return 40 - 30 * math.cos(2 * math.pi * minute / 1440)


def test_every_policy_and_every_reference_has_its_figures() -> None:
    result = elastic_replay(recorded(day, 48), {"a": POLICY, "b": {**POLICY, "profile": "tight", "price": 2}}, 40)
    assert list(result) == ["a", "b", "fixed", "naive", "oracle"]
    keys = {
        *("changes", "reversals", "saturated_minutes", "undelivered", "mean_headroom", "bandwidth_hours", "cost"),
        *("timeline", "censored", "saturated_percent"),
    }
    assert all(set(figures) == keys for figures in result.values())
    assert result["fixed"]["bandwidth_hours"] == 4800
    assert result["fixed"]["changes"] == result["fixed"]["saturated_minutes"] == 0
    assert result["b"]["cost"] == pytest.approx(2 * result["b"]["bandwidth_hours"], abs=0.2)
    assert result["a"]["cost"] is None
    hours = {name: figures["bandwidth_hours"] for name, figures in result.items()}
    assert hours["oracle"] <= min(hours["a"], hours["b"]) < hours["fixed"]


def test_a_change_takes_its_time() -> None:
    step = recorded(lambda minute: 10 if minute < 120 else 50, 6)
    result = elastic_replay(step, {"a": {**POLICY, "minimum": 20}}, 20, provisioning=1200)
    first = result["a"]["timeline"][0]
    assert (first["before"], first["ordered"], first["time"]) == (20, "2017-04-28T02:00:00Z", "2017-04-28T02:20:00Z")
    assert result["a"]["saturated_minutes"] >= 20
    assert result["oracle"]["saturated_minutes"] == 0


def test_what_could_not_be_carried_is_counted() -> None:
    result = elastic_replay(recorded(lambda minute: 30, 1), {"a": {**POLICY, "pause": "all"}}, 20)
    assert (result["a"]["saturated_minutes"], result["a"]["undelivered"], result["a"]["mean_headroom"]) == (60, 36000, 0)


def test_samples_at_the_recorded_limit_are_counted() -> None:
    traffic = recorded(lambda minute: 40 if minute % 2 else 30, 1)
    history: list[dict[str, Any]] = [{"time": "2017-04-28T00:00:00Z", "bandwidth": 40}, {"time": BEGIN + 1800, "bandwidth": 80}]
    result = elastic_replay(traffic, {"a": POLICY}, 40, bandwidth_history=history)
    assert result["a"]["censored"] == 15


def test_a_gap_is_neither_saturated_nor_free() -> None:
    traffic = recorded(lambda minute: None if minute >= 30 else 50, 1)
    result = elastic_replay(traffic, {"a": {**POLICY, "pause": "all"}}, 100)
    assert (result["a"]["mean_headroom"], result["a"]["bandwidth_hours"]) == (50, 100)


def test_the_busier_direction_counts() -> None:
    result = elastic_replay([recorded(lambda m: 10, 1), recorded(lambda m: 50, 1)], {"a": {**POLICY, "pause": "all"}}, 40)
    assert result["a"]["saturated_minutes"] == 60


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"policies": {}}, "policies is not a dictionary of policies by name"),
        ({"policies": [POLICY]}, "policies is not a dictionary of policies by name"),
        ({"policies": {"a": "calm"}}, "policy is 'calm'; write a dictionary"),
        ({"traffic": "60000"}, "traffic is neither an entry of ies_vpn_traffic_info.traffic nor a list of them"),
        ({"traffic": [5]}, "traffic is neither an entry"),
        ({"policies": {"naive": POLICY}}, "a policy is named naive, which is a reference of every replay"),
        ({"policies": {"a": {**POLICY, "colour": 1}}}, "unknown key 'colour'"),
        ({"bandwidth": 0}, "bandwidth is 0"),
        ({"bandwidth": "wide"}, "bandwidth is 'wide'; it must be a whole number"),
        ({"provisioning": -1}, "provisioning is -1"),
        ({"provisioning": "slow"}, "provisioning is 'slow'"),
        ({"traffic": {"samples": []}}, "traffic has no value to replay"),
        ({"traffic": {}}, "it has no list of samples"),
        ({"traffic": {"samples": [{"value": 1}]}}, "traffic.samples[0] has no time"),
        ({"traffic": {"samples": [{"epoch": 1, "value": "x"}]}}, "traffic.samples[0].value is 'x'"),
        ({"traffic": {"samples": [{"epoch": 1, "value": 1}, {"epoch": 1, "value": 2}]}}, "occurs twice"),
        ({"bandwidth_history": [{"time": "noon", "bandwidth": 4}]}, "bandwidth_history[0] is "),
    ],
)
def test_bad_input_is_named(arguments: dict[str, Any], message: str) -> None:
    whole = {"traffic": recorded(day, 1), "policies": {"a": POLICY}, "bandwidth": 40, **arguments}
    with pytest.raises(AnsibleFilterError) as caught:
        elastic_replay(whole.pop("traffic"), whole.pop("policies"), whole.pop("bandwidth"), **whole)
    assert message in str(caught.value)


@settings(max_examples=25, deadline=None)
@given(
    levels=st.lists(st.integers(0, 120), min_size=4, max_size=40),
    profile=st.sampled_from(["balanced", "tight", "calm"]),
    hold=st.sampled_from([0, 1800, 7200]),
)
def test_nothing_is_lowered_within_the_hold_after_a_change(levels: list[int], profile: str, hold: int) -> None:
    traffic = recorded(lambda minute: levels[(minute // 20) % len(levels)], 36)
    policy = {**POLICY, "profile": profile, "lower_window": "30m", "min_hold": hold}
    timeline = elastic_replay(traffic, {"a": policy}, 60)["a"]["timeline"]
    ordered = [parse_iso(change["ordered"]) or 0.0 for change in timeline]
    lowered = [change["after"] < change["before"] for change in timeline]
    assert all(later - earlier >= hold for earlier, later, down in zip(ordered, ordered[1:], lowered[1:]) if down)


# The oracle


def cost_of(schedule: list[tuple[float, int, int]], times: list[float], start: int) -> float:
    """Return bandwidth times seconds until the last sample."""
    changes = [(times[0], start), *((time, after) for time, _before, after in schedule), (times[-1], 0)]
    return sum(size * (end - begin) for (begin, size), (end, _after) in zip(changes, changes[1:]))


def cheapest_by_trying(
    times: list[float], needs: list[float], start: int, sizes: list[int], delay: float, hold: float
) -> float:
    """Return the cost of the best schedule, found by trying all of them."""
    best = math.inf
    for plan in itertools.product(sizes, repeat=len(times)):
        changes = [(at, plan[at - 1], plan[at]) for at in range(1, len(plan)) if plan[at] != plan[at - 1]]
        if plan[0] != start or any(times[at] - times[0] < delay for at, _before, _after in changes):
            continue
        moments = [times[0] - hold, *(times[at] for at, _before, _after in changes)]
        gaps = [
            later - earlier >= (hold if after < before else delay)
            for (earlier, later), (_at, before, after) in zip(zip(moments, moments[1:]), changes)
        ]
        first_may_be_late = [size < need and times[at] - times[0] >= delay for at, (size, need) in enumerate(zip(plan, needs))]
        if all(gaps) and not any(first_may_be_late):
            best = min(best, cost_of([(times[at], b, a) for at, b, a in changes], times, start))
    return best


@settings(max_examples=40, deadline=None)
@given(
    needs=st.lists(st.integers(0, 30), min_size=2, max_size=8),
    start=st.sampled_from([10, 20, 30]),
    delay=st.sampled_from([60, 120]),
    hold=st.sampled_from([0, 60, 180]),
)
def test_no_schedule_is_cheaper_than_that_of_the_oracle(needs: list[int], start: int, delay: int, hold: int) -> None:
    sizes = [10, 20, 30]
    policy = read_policy({"minimum": 10, "maximum": 30, "sizes": sizes, "headroom": 0, "min_hold": hold})
    times = [float(60 * at) for at in range(len(needs))]
    schedule = cheapest_schedule(times, [float(need) for need in needs], start, delay, policy)
    expected = cheapest_by_trying(times, [float(need) for need in needs], start, sizes, delay, max(hold, delay))
    assert cost_of(schedule, times, start) == pytest.approx(expected)


def test_the_oracle_is_never_full_where_a_change_could_have_prevented_it() -> None:
    rng = random.Random(7)
    values = [max(rng.gauss(45, 15), 1.0) for _minute in range(600)]
    times = [float(60 * minute) for minute in range(600)]
    policy = read_policy({"minimum": 20, "maximum": 200, "step": 20, "headroom": 20})
    schedule = cheapest_schedule(times, values, 40, 600, policy)
    size = 40
    upcoming = iter([*schedule, (math.inf, 0, 0)])
    change = next(upcoming)
    for time, value in zip(times, values):
        if change[0] <= time:
            size, change = change[2], next(upcoming)
        assert value * 1.2 <= size or time < 600
