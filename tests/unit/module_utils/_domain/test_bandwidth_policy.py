# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a policy may say, and the sentence for what it may not."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._domain.bandwidth_policy import Sizes, read_duration, read_policy
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError

BOUNDS = {"minimum": 20000, "maximum": 100000}


def test_the_defaults_are_those_of_balanced() -> None:
    policy = read_policy(BOUNDS)
    assert (policy.raise_window, policy.lower_window, policy.min_hold, policy.settle) == (900, 21600, 3600, 300)
    assert (policy.statistic, policy.headroom, policy.raise_above, policy.lower_below) == ("p95", 20, 80, 50)


def test_keys_beside_a_profile_win() -> None:
    policy = read_policy({**BOUNDS, "profile": "tight", "min_hold": "2h"})
    assert (policy.lower_window, policy.raise_above, policy.lower_below, policy.min_hold) == (3600, 90, 70, 7200)


@pytest.mark.parametrize(
    ("written", "lower_window"),
    [
        ({"daily_memory": 7}, 10800),
        ({"daily_memory": 7, "profile": "balanced"}, 10800),
        ({"daily_memory": 0}, 21600),
        ({"daily_memory": 7, "lower_window": "6h"}, 21600),
        ({"daily_memory": 7, "profile": "tight"}, 3600),
        ({"daily_memory": 7, "profile": "calm"}, 86400),
    ],
)
def test_a_policy_that_remembers_days_looks_back_for_less_long(written: dict[str, Any], lower_window: float) -> None:
    assert read_policy({**BOUNDS, **written}).lower_window == lower_window


def test_the_range_of_a_connection_gives_the_bounds_unless_the_policy_does() -> None:
    policy = read_policy({"maximum": 80000}, minimum=20000, maximum=100000)
    assert (policy.minimum, policy.maximum) == (20000, 80000)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("24h", 86400), ("7d", 604800), ("600", 600), (600, 600), (0, 0), (" 15m ", 900)],
)
def test_durations(text: Any, seconds: float) -> None:
    assert read_duration("policy.settle", text) == seconds


@pytest.mark.parametrize(
    ("sizes", "value", "at_least", "at_most"),
    [
        (Sizes([20, 40]), 21, 40, 20),
        (Sizes([40, 20]), 40, 40, 40),
        (Sizes([20, 40]), 41, None, 40),
        (Sizes([20, 40]), 10, 20, None),
        (Sizes(step=25), 26, 50, 25),
        (Sizes(step=25), 24, 25, None),
        (Sizes(), 20.4, 21, 20),
    ],
)
def test_sizes(sizes: Sizes, value: float, at_least: int | None, at_most: int | None) -> None:
    assert (sizes.at_least(value), sizes.at_most(value)) == (at_least, at_most)


def test_bounds_need_not_be_sizes() -> None:
    policy = read_policy({"minimum": 15000, "maximum": 95000, "sizes": [20000, 60000, 100000]})
    assert (policy.minimum, policy.maximum) == (15000, 95000)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"headrom": 20}, "unknown key 'headrom'; did you mean headroom?"),
        ({"qqq": 20}, "unknown key 'qqq'; known keys are profile, "),
        ({"headrom": None}, "unknown key 'headrom'; did you mean headroom?"),
        ({"schedule": [{"days": 5}]}, "policy.schedule[0].days is 5; write a list of mon, tue"),
        ({"profile": "bold"}, "policy.profile is 'bold'; choose one of balanced, tight, calm"),
        ({"minimum": 120000}, "policy.minimum 120000 is over policy.maximum 100000"),
        ({"minimum": 0}, "policy.minimum is 0; it must be a whole number of at least 1"),
        ({"minimum": True}, "policy.minimum is True"),
        ({"maximum": "much"}, "policy.maximum is 'much'"),
        ({"lower_below": 80}, "policy.lower_below 80 is not under policy.raise_above 80"),
        ({"raise_window": "1h", "lower_window": "30m"}, "policy.lower_window is shorter than policy.raise_window"),
        (
            {"sizes": [10000, 200000]},
            "no size lies between 20000 and 100000 (minimum and maximum); the sizes are 10000, 200000",
        ),
        ({"step": 150000}, "no size lies between 20000 and 100000"),
        ({"sizes": []}, "policy.sizes is []"),
        ({"sizes": [20000], "step": 5}, "policy has both sizes and step"),
        ({"sizes": ["big"]}, "policy.sizes[0] is 'big'"),
        ({"statistic": "p42"}, "policy.statistic is 'p42'; choose one of max, mean, p50, p90, p95, p99"),
        ({"headroom": -1}, "policy.headroom is -1"),
        ({"clipped_at": 101}, "policy.clipped_at is 101; it must be a number over 0 and at most 100"),
        ({"clipped_at": 0}, "policy.clipped_at is 0; it must be a number over 0 and at most 100"),
        ({"raise_window": 0}, "policy.raise_window is 0; a window must be longer than nothing"),
        ({"settle": "soon"}, "policy.settle is 'soon'; write a duration such as 90s, 15m, 24h or 7d"),
        ({"settle": -5}, "policy.settle is -5"),
        ({"max_raise": 0}, "policy.max_raise is 0; it must be a number over 0"),
        ({"daily_memory": 1.5}, "policy.daily_memory is 1.5"),
        ({"pause": "yes"}, "policy.pause is 'yes'; choose one of none, lower, all"),
        ({"traffic_unit": 0}, "policy.traffic_unit is 0"),
        ({"price": "dear"}, "policy.price is 'dear'"),
        ({"schedule": {"days": ["mon"]}}, "policy.schedule is "),
        ({"schedule": ["mon"]}, "policy.schedule[0] is 'mon'; an entry has the keys days, from, to"),
        ({"schedule": [{"day": "mon"}]}, "policy.schedule[0] has the unknown key 'day'; did you mean days?"),
        ({"schedule": [{"days": ["monday"]}]}, "policy.schedule[0].days is 'monday'"),
        ({"schedule": [{"timezone": "Mars/Base"}]}, "policy.schedule[0].timezone is 'Mars/Base'"),
        ({"schedule": [{"from": "25:00"}]}, "policy.schedule[0].from is '25:00'; write a time of day in quotes"),
        ({"schedule": [{"minimum": 120000}]}, "policy.schedule[0] has the minimum 120000 over the maximum 100000"),
        ({"boosts": [{"minimum": 60000}]}, "policy.boosts[0] has no until"),
        (
            {"boosts": [{"minimum": 60000, "from": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}]},
            "policy.boosts[0] ends (2026-01-01T00:00:00Z) before it begins (2026-02-01T00:00:00Z)",
        ),
        ({"boosts": [{"minimum": 60000, "until": "tomorrow"}]}, "policy.boosts[0].until is 'tomorrow'; write ISO 8601"),
        ({"boosts": [{"minimum": 120000, "until": "2030-01-01"}]}, "policy.boosts[0].minimum 120000 is over policy.maximum"),
    ],
)
def test_what_is_wrong_is_named_with_the_way_out(written: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read_policy({**BOUNDS, **written})
    assert message in caught.value.message
    assert "\n" not in caught.value.message


def test_a_policy_is_a_dictionary() -> None:
    name: Any = "calm"
    with pytest.raises(InvalidError, match="policy is 'calm'; write a dictionary"):
        read_policy(name)


def test_bounds_are_needed() -> None:
    with pytest.raises(InvalidError, match="policy.maximum is not set; give maximum in the policy"):
        read_policy({"minimum": 20000})


def test_an_unquoted_time_of_day_is_what_yaml_makes_of_it() -> None:
    assert read_policy({**BOUNDS, "schedule": [{"from": 1350, "to": "24:00"}]}).schedule[0].start == 22 * 60 + 30


@pytest.mark.parametrize(("price", "cost"), [(0.5, 10000.0), ({20000: 3}, 3), ({"40000": 3}, None), (None, None)])
def test_prices(price: Any, cost: float | None) -> None:
    assert read_policy({**BOUNDS, "price": price}).cost_per_hour(20000) == cost


@pytest.mark.parametrize(
    ("sizes", "bounds", "ends"),
    [
        (Sizes([20, 40, 60]), (30, 50), (40, 40)),
        (Sizes([20, 40, 60]), (20, 60), (20, 60)),
        (Sizes([20, 60]), (30, 50), (20, 20)),
        (Sizes([60]), (30, 50), (50, 50)),
        (Sizes(step=25), (30, 110), (50, 100)),
    ],
)
def test_the_smallest_and_the_largest_size_in_bounds(sizes: Sizes, bounds: tuple[int, int], ends: tuple[int, int]) -> None:
    assert sizes.ends(*bounds) == ends
