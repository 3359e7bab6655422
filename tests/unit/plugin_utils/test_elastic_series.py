# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is drawn of a series: nothing high or low is lost, gaps stay gaps, and times are those of UTC."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.plugin_utils._elastic_series import (
    MOST_PIXELS,
    Step,
    Track,
    busiest_days,
    changes_of,
    hours_of,
    in_force,
    merged,
    peak_of,
    profile_of,
    reaching,
    read_steps,
    read_tracks,
    sparse,
    thinned,
    ticks_between,
)
from tests.unit.plugin_utils.elastic_support import START, samples

DAY = 86400


def track(values: list[Any], step: float = 60, start: float = START) -> Track:
    """Return a series without holes."""
    return Track("outbound", [start + step * at for at in range(len(values))], values, step)


def test_a_long_series_keeps_its_extremes() -> None:
    values: list[Any] = [100.0 + at % 7 for at in range(43200)]
    values[12345], values[30000] = 900.0, 1.0
    times, drawn = thinned(track(values))
    assert len(drawn) <= 2 * MOST_PIXELS
    assert times == sorted(times)
    assert dict(zip(times, drawn))[START + 60 * 12345] == 900.0
    assert dict(zip(times, drawn))[START + 60 * 30000] == 1.0


def test_a_short_series_is_drawn_as_it_is() -> None:
    times, drawn = thinned(track([1.0, 2.0, 3.0]))
    assert (times, drawn) == ([START, START + 60, START + 120], [1.0, 2.0, 3.0])


@pytest.mark.parametrize("count", [60, 43200], ids=["short", "long"])
def test_a_gap_interrupts_the_line(count: int) -> None:
    values: list[Any] = [10.0] * count
    values[count // 3 : count // 2] = [None] * (count // 2 - count // 3)
    _times, drawn = thinned(track(values))
    assert sum(map(math.isnan, drawn)) >= 1
    assert not math.isnan(drawn[0])


def test_a_hole_in_the_times_interrupts_the_line() -> None:
    _times, drawn = thinned(Track("outbound", [0, 60, 6000, 6060], [1.0, 1.0, 1.0, 1.0], 60))
    assert [math.isnan(value) for value in drawn] == [False, False, True, False, False]


def test_a_series_that_begins_with_a_gap_begins_with_its_first_value() -> None:
    assert thinned(track([None, 2.0])) == ([START + 60], [2.0])


@pytest.mark.parametrize(
    "entry",
    [
        {"samples": samples(200), "direction": "outbound"},
        {"samples": [{"epoch": 60, "value": 1}, {"epoch": 0, "value": 2}], "direction": "outbound"},
        {"samples": [{"time": "1970-01-01T00:01:00Z", "value": "1.5"}], "direction": "outbound"},
        {"samples": [{"epoch": True, "value": 1}, {"epoch": 60, "value": math.nan}], "direction": "outbound"},
    ],
    ids=["plain", "unsorted", "words", "odd"],
)
@pytest.mark.parametrize("unit", [1.0, 0.5])
def test_the_short_way_reads_what_the_long_one_reads(entry: dict[str, Any], unit: float) -> None:
    words = [{**sample, "epoch": str(sample["epoch"])} if "epoch" in sample else sample for sample in entry["samples"]]

    def read(wanted: dict[str, Any]) -> Any:
        try:
            return read_tracks(wanted, unit)
        except InvalidError as error:
            return error.message.partition(" is ")[0].partition(" has ")[0]

    assert read(entry) == read({**entry, "samples": words})


def test_directions_have_names() -> None:
    pair = [{"samples": samples(3), "direction": "outbound"}, {"samples": samples(3)}, {"samples": []}]
    assert [found.name for found in read_tracks(pair)] == ["outbound", "direction 2"]
    assert [found.name for found in read_tracks({"samples": samples(3)})] == ["traffic"]
    assert read_tracks(None) == []


@pytest.mark.parametrize("epoch", [-1, 253402300799, 1e30])
def test_times_that_no_calendar_has_are_refused(epoch: float) -> None:
    with pytest.raises(InvalidError, match="which is no time of our days"):
        read_tracks({"samples": [{"epoch": 0 if epoch > 0 else epoch, "value": 1}, {"epoch": max(epoch, 60), "value": 1}]})


def test_the_larger_direction_counts() -> None:
    one, other = track([1.0, None, 5.0]), track([2.0, 3.0, None, 9.0])
    assert list(merged([one, other]).values) == [2.0, 3.0, 5.0, 9.0]
    assert merged([one]) is one


def test_steps_are_sorted_and_refused_when_odd() -> None:
    assert read_steps([{"time": "1970-01-01T00:01:00Z", "bandwidth": 2}, {"time": 0, "bandwidth": 1}]) == [
        Step(0, 1),
        Step(60, 2),
    ]
    with pytest.raises(InvalidError, match=r"bandwidth_history\[1\] is .*'soon'"):
        read_steps([{"time": 0, "bandwidth": 1}, {"time": "soon", "bandwidth": 2}])


def test_bandwidth_over_time() -> None:
    steps = [Step(0, 10), Step(50, 10), Step(100, 20), Step(200, 5)]
    assert changes_of(steps) == [(100, 10, 20), (200, 20, 5)]
    assert in_force(steps, 120, 200) == [Step(100, 20)]
    assert in_force(steps, -5, 150) == [Step(0, 10), Step(50, 10), Step(100, 20)]


def test_samples_that_reach_the_bandwidth() -> None:
    found = Track("outbound", [-5, 0, 60, 120, 180], [99.0, 97.0, None, 20.0, 96.9], 60)
    steps = [Step(0, 100), Step(120, 20), Step(150, 100)]
    assert reaching(found, steps, 97) == [(0, 97.0), (120, 20.0)]
    assert reaching(found, steps, 100, beyond=True) == []


def test_marks_do_not_cover_each_other() -> None:
    points = [(float(at), float(at % 10)) for at in range(1000)]
    assert len(sparse(points, 0, 1000, columns=100)) == 100
    assert {value for _time, value in sparse(points, 0, 1000, columns=100)} == {9.0}


def test_the_days_with_the_most_changes() -> None:
    moments = [*(10 * DAY + at for at in range(3)), *(20 * DAY + at * 3600 for at in range(5)), 30 * DAY]
    steps = [Step(0, 0), *(Step(moment, at + 1) for at, moment in enumerate(moments))]
    assert busiest_days(steps, 3) == 20 * DAY


def test_a_day_profile_is_by_time_of_day() -> None:
    # Three days of quarters of an hour; the last quarter is much higher on one of them.
    values: list[Any] = [10.0] * (3 * 96)
    values[95] = 50.0
    profile = profile_of(track(values, 900, 0))
    assert profile is not None
    assert (len(profile.hours), profile.hours[-1]) == (96, 23.75)
    assert (profile.medians[-1], profile.high[-1], profile.high[0]) == (10.0, 50.0, 10.0)


@pytest.mark.parametrize(("step", "buckets"), [(60, 96), (900, 96), (3600, 24)])
def test_a_slow_series_has_an_hourly_profile(step: int, buckets: int) -> None:
    profile = profile_of(track([1.0] * 30, step))
    assert profile is not None
    assert len(profile.hours) == buckets
    assert profile_of(track([None], step)) is None


@pytest.mark.parametrize(
    ("span", "labels"),
    [
        (1800, ["05-01", "00:05", "00:10", "00:15", "00:20", "00:25", "00:30"]),
        (DAY, ["05-01", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "05-02"]),
        (7 * DAY, [f"05-{day:02d}" for day in range(1, 9)]),
    ],
)
def test_ticks(span: int, labels: list[str]) -> None:
    assert [label for _moment, label in ticks_between(START, START + span)] == labels


@pytest.mark.parametrize("span", [0, 1, 59, 61, 3601, 30 * DAY, 400 * DAY, 4000 * DAY, 2000000 * DAY])
def test_ticks_are_not_too_many(span: int) -> None:
    marks = ticks_between(START, START + span)
    assert len(marks) <= 9
    assert all(START <= moment <= START + span for moment, _label in marks)


def test_figures_of_a_series() -> None:
    assert hours_of(track([1.0] * 60)) == 1.0
    assert peak_of(track([1.0, 3.0, None, 3.0])) == (START + 60, 3.0)
    assert peak_of(track([None])) is None
    part = track([1.0, 2.0, 3.0, 4.0]).between(START + 60, START + 180)
    assert list(part.values) == [2.0, 3.0]
