# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users of a connection ask for: its shape, one property at a time."""

from __future__ import annotations

import json
from statistics import mean
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulator.demand import DAY, Demand, Shape, Shapes

MONDAY = 1_493_596_800
SATURDAY = MONDAY + 5 * DAY
HOUR = 3600


def shape(**changes: Any) -> Shape:
    """Return a shape that is flat but for these changes."""
    return Shape.model_validate({"level": 1000, "daily": 0, "weekly": 1, "noise": 0, "peak": 12, **changes})


def values(wanted: Shape, start: int = MONDAY, hours: int = 24, seed: int = 1, stream: str = "outbound") -> list[Any]:
    demand = Demand(wanted, seed, stream)
    return [demand.at(at) for at in range(start, start + hours * HOUR, 60)]


def test_a_flat_demand_is_its_level() -> None:
    assert set(values(shape())) == {1000}


def test_the_day_has_a_busiest_and_a_quietest_hour() -> None:
    demand = Demand(shape(daily=0.6, peak=15), 1)
    assert demand.at(MONDAY + 15 * HOUR) == pytest.approx(1600)
    assert demand.at(MONDAY + 3 * HOUR) == pytest.approx(400)
    assert mean(values(shape(daily=0.6))) == pytest.approx(1000)


def test_the_seed_chooses_the_busiest_hour_for_all_directions() -> None:
    def busiest(seed: int, stream: str) -> int:
        found = values(shape(daily=0.5, peak=None), seed=seed, stream=stream)
        return found.index(max(found))

    assert busiest(1, "outbound") == busiest(1, "inbound")
    assert len({busiest(seed, "outbound") for seed in range(6)}) == 6


def test_saturday_and_sunday_differ() -> None:
    wanted = shape(weekly=0.5)
    assert [Demand(wanted, 1).at(MONDAY + day * DAY) for day in range(-1, 8)] == [500, *[1000] * 5, 500, 500, 1000]


def test_noise_stays_within_its_share_and_differs_by_direction() -> None:
    found = values(shape(noise=0.2), hours=240)
    assert 800 <= min(found) < 850
    assert 1150 < max(found) <= 1200
    assert mean(found) == pytest.approx(1000, rel=0.02)
    assert found != values(shape(noise=0.2), hours=240, stream="inbound")


def test_a_burst_lifts_the_demand_while_it_lasts() -> None:
    burst = {"from": MONDAY + HOUR, "to": MONDAY + 2 * HOUR, "level": 5000}
    assert values(shape(bursts=[burst]), hours=3) == [*[1000] * 60, *[5000] * 60, *[1000] * 60]
    assert set(values(shape(bursts=[{**burst, "level": 900}]), hours=3)) == {1000}
    daily = Demand(shape(bursts=[{**burst, "every": DAY}]), 1)
    assert [daily.at(MONDAY + HOUR + day * DAY) for day in range(-1, 3)] == [1000, 5000, 5000, 5000]
    assert daily.at(MONDAY + DAY) == 1000


def test_growth_is_by_the_day() -> None:
    demand = Demand(shape(growth=0.1, since=MONDAY), 1)
    assert [demand.at(MONDAY + day * DAY) for day in (-1, 0, 1, 2)] == pytest.approx([1000 / 1.1, 1000, 1100, 1210])
    assert demand.at(MONDAY + 100_000 * DAY) is not None


def test_gaps_have_their_share_and_come_in_both_directions_together() -> None:
    wanted = shape(gaps=0.2)
    found = values(wanted, hours=2400)
    assert found.count(None) / len(found) == pytest.approx(0.2, abs=0.03)
    missing = [at for at, value in enumerate(found) if value is None]
    assert missing == [at for at, value in enumerate(values(wanted, hours=2400, stream="inbound")) if value is None]


def test_an_idle_line_has_zeros() -> None:
    assert set(values(shape(idle=True, noise=0.5))) == {0}


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(-(2**63), 2**63),
    noise=st.floats(0, 1),
    daily=st.floats(0, 1),
    first=st.integers(0, 2000),
    length=st.integers(1, 50),
)
def test_overlapping_windows_agree_and_nothing_is_negative(
    seed: int, noise: float, daily: float, first: int, length: int
) -> None:
    demand, again = (Demand(shape(noise=noise, daily=daily, gaps=0.1, peak=None), seed) for _turn in range(2))
    whole = {at: demand.at(MONDAY + 60 * at) for at in range(first, first + length)}
    assert {at: again.at(MONDAY + 60 * at) for at in reversed(whole)} == whole
    assert all(value is None or value >= 0 for value in whole.values())


def test_shapes_survive_a_snapshot() -> None:
    shapes, restored = Shapes(), Shapes()
    shapes.put("a", {"level": 7, "bursts": [{"from": 1, "to": 2, "level": 3}]}, 5.0)
    shapes.put("b", {"seed": 9, "since": 1.0}, 5.0)
    restored.restore(json.loads(json.dumps(shapes.snapshot())))
    assert (restored.of("a"), restored.of("b")) == (shapes.of("a"), shapes.of("b"))
    assert (restored.of("a").since, restored.of("b").since, restored.seed_of("b")) == (5.0, 1.0, 9)
    assert restored.of("c") == Shape()
    restored.remove("a")
    assert restored.of("a") == Shape()


def test_the_seed_stays_when_the_shape_changes() -> None:
    shapes = Shapes()
    by_name = shapes.seed_of("a")
    assert shapes.put("a", {"level": 7}, 5.0).seed == by_name
    shapes.put("a", {"seed": 4}, 5.0)
    assert shapes.put("a", {"level": 8}, 5.0).seed == shapes.seed_of("a") == 4
    assert Shapes().seed_of("b") != by_name
