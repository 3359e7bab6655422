# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a connection asked for: a series of samples, and the demand of a window of it. Pure."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .._errors import InvalidError
from .._values import parse_iso, to_moment, to_number
from .statistics import percentile

_STEPS = {"minute": 60.0, "hour": 3600.0, "day": 86400.0}


class Hole(NamedTuple):
    """The time of a change, whose samples say nothing: after `start`, up to and with `end` (epoch seconds)."""

    start: float
    end: float


class DemandSeries:
    """Samples in the order of time; None is a gap. Windows are open at their start and closed at their end.

    A series may grow at its end.
    """

    def __init__(self, times: Iterable[float], values: Iterable[float | None], step: float) -> None:
        self.times = list(times)
        self.values = list(values)
        self.step = step
        # How many values there are before each place.
        self._counts = [0]
        for value in self.values:
            self._counts.append(self._counts[-1] + (value is not None))
        self._peak: tuple[int, int, float | None] = (0, 0, None)

    def append(self, time: float, value: float | None) -> None:
        """Add a sample behind all others."""
        self.times.append(time)
        self.values.append(value)
        self._counts.append(self._counts[-1] + (value is not None))

    def between(self, start: float, end: float) -> range:
        """Return the places of the samples after `start`, up to and with `end`."""
        return range(bisect_right(self.times, start), bisect_right(self.times, end))

    def points(self, start: float, end: float, hole: Hole | None = None) -> list[tuple[float, float]]:
        """Return time and value of the samples of a window, without gaps and without those in the hole."""
        return [
            (self.times[at], value)
            for at in self.between(start, end)
            if (value := self.values[at]) is not None and not (hole and hole.start < self.times[at] <= hole.end)
        ]

    def demand(self, end: float, length: float, percent: float | None, hole: Hole | None = None) -> float | None:
        """Return the statistic of the window that ends at `end`: a percentile, or the mean; None without a value."""
        if hole and hole.start < end and end - length < hole.end:
            return _statistic([value for _time, value in self.points(end - length, end, hole)], percent)
        places = self.between(end - length, end)
        return _statistic([value for value in self.values[places.start : places.stop] if value is not None], percent)

    def count(self, start: float, end: float) -> int:
        """Return how many values there are after `start`, up to and with `end`."""
        places = self.between(start, end)
        return self._counts[places.stop] - self._counts[places.start] if end > start else 0

    def coverage(self, end: float, length: float, hole: Hole | None = None) -> float:
        """Return how many of the samples that a window should have are there, in percent."""
        found = self.count(end - length, end)
        if hole:
            found -= self.count(max(hole.start, end - length), min(hole.end, end))
        return min(100.0, 100 * found / max(length / self.step, 1.0))

    def highest_since(self, start: float, end: float) -> float | None:
        """Return the largest value after `start`, up to and with `end`; asked again for a later end, it goes on from there."""
        places = self.between(start, end)
        first, stop, highest = self._peak
        if first != places.start or stop > places.stop:
            stop, highest = places.start, None
        for value in self.values[stop : places.stop]:
            if value is not None and (highest is None or value > highest):
                highest = value
        self._peak = (places.start, places.stop, highest)
        return highest

    def highest_between(self, start: float, end: float) -> float | None:
        """Return the largest value after `start`, up to and with `end`."""
        places = self.between(start, end)
        return highest(self.values[places.start : places.stop])


class Demands:
    """The demand of windows of one length: of several directions, the larger one.

    What was worked out once is remembered, also while the series grow, so that a replay asks for a window once and not a
    hundred times.
    """

    def __init__(self, series: Sequence[DemandSeries], length: float, percent: float | None) -> None:
        self.series = series
        self.length = length
        self._percent = percent
        self._known: dict[float, float | None] = {}
        self._needs: dict[tuple[float, int], float | None] = {}
        self._busiest = 0.0

    def at(self, end: float, hole: Hole | None = None) -> float | None:
        """Return the demand of the window that ends at `end`; None without a value."""
        if hole and hole.start < end and end - self.length < hole.end:
            return self._worked_out(end, hole)
        if end in self._known:
            return self._known[end]
        demand = self._worked_out(end, None)
        if self._complete(end):
            self._known[end] = demand
        return demand

    def _worked_out(self, end: float, hole: Hole | None) -> float | None:
        return highest(series.demand(end, self.length, self._percent, hole) for series in self.series)

    def _complete(self, end: float) -> bool:
        """Return whether no sample that belongs to a window until `end` can still come."""
        return all(series.times and end <= series.times[-1] for series in self.series)

    def highest_of(self, now: float, buckets: int, hole: Hole | None, enough: float = math.inf) -> float | None:
        """Return the highest demand of so many windows, end to end, the last one ending at `now`.

        A search for `enough` begins with the bucket in which the highest was the last time, and ends with the first one found.
        """
        if enough < math.inf:
            number = round((now - self._busiest) / self.length)
            demand = self.at(now - number * self.length, hole) if 0 <= number < buckets else None
            if demand is not None and demand >= enough:
                return demand
        found: float | None = None
        for number in range(buckets):
            end = now - number * self.length
            demand = self.at(end, hole)
            if demand is not None and (found is None or demand > found):
                found, self._busiest = demand, end
                if demand >= enough:
                    break
        return found

    def need_after(self, start: float, buckets: int) -> float | None:
        """Return the highest demand of so many windows, end to end, the first one beginning at `start`."""
        key = (start, buckets)
        if key not in self._needs:
            need = highest(self.at(start + number * self.length) for number in range(1, buckets + 1))
            if not self._complete(start + buckets * self.length):
                return need
            self._needs[key] = need
        return self._needs[key]


def highest(values: Iterable[float | None]) -> float | None:
    """Return the largest of the values that are known; None where there is none."""
    return max((value for value in values if value is not None), default=None)


def _statistic(values: list[float], percent: float | None) -> float | None:
    if not values:
        return None
    if percent is None:
        return math.fsum(values) / len(values)
    return max(values) if percent == 100 else percentile(sorted(values), percent)


def trend(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of the line of least squares through points, per second; 0 for fewer than two."""
    if len(points) < 2:
        return 0.0
    middle = math.fsum(time for time, _value in points) / len(points)
    mean = math.fsum(value for _time, value in points) / len(points)
    spread = math.fsum((time - middle) ** 2 for time, _value in points)
    return math.fsum((time - middle) * (value - mean) for time, value in points) / spread if spread else 0.0


def entries_of(traffic: Any) -> list[Mapping[str, Any]]:
    """Return one entry of `ies_vpn_traffic_info.traffic`, or a list of them, as a list; raises InvalidError."""
    entries = [traffic] if isinstance(traffic, Mapping) else traffic or []
    if isinstance(entries, str) or not isinstance(entries, Sequence) or not all(isinstance(one, Mapping) for one in entries):
        raise InvalidError(
            "traffic is neither an entry of ies_vpn_traffic_info.traffic nor a list of them; pass what the module returns"
        )
    return list(entries)


def read_series(entry: Mapping[str, Any], unit: float = 1.0) -> DemandSeries:
    """Return the samples of an entry of `ies_vpn_traffic_info.traffic`, in Bandwidth units (`unit` of them are one of its own).

    Raises InvalidError for what is no such entry, and for a time that occurs twice with different values.
    """
    samples = entry.get("samples")
    if isinstance(samples, (str, Mapping)) or not isinstance(samples, Sequence):
        raise InvalidError("traffic is no entry of ies_vpn_traffic_info.traffic: it has no list of samples")
    found: dict[float, float | None] = {}
    for index, sample in enumerate(samples):
        time, value = _read_sample(f"traffic.samples[{index}]", sample)
        value = value * unit if value is not None else None
        if time in found and found[time] != value:
            raise InvalidError(f"traffic.samples[{index}]: the time {time:g} occurs twice with different values; keep one")
        found[time] = value
    times = sorted(found)
    return DemandSeries(times, (found[time] for time in times), step_of(times, entry.get("timedim")))


def _read_sample(where: str, sample: Any) -> tuple[float, float | None]:
    if not isinstance(sample, Mapping):
        raise InvalidError(f"{where} is {sample!r}; a sample has epoch (or time) and value")
    epoch = to_number(sample.get("epoch"))
    time = epoch if epoch is not None else parse_iso(str(sample.get("time") or ""))
    if time is None:
        raise InvalidError(f"{where} has no time; a sample has epoch in seconds, or time in ISO 8601")
    value = sample.get("value")
    number = to_number(value)
    if number is None and value not in (None, ""):
        raise InvalidError(f"{where}.value is {value!r}; it must be a number, or null for a gap")
    return time, number


def step_of(times: Sequence[float], timedim: Any = None) -> float:
    """Return the seconds between two samples: the usual distance, else the one that the time dimension names."""
    distances = sorted(later - earlier for earlier, later in zip(times, times[1:]))
    return distances[len(distances) // 2] if distances else _STEPS.get(str(timedim), 60.0)


def end_of(entry: Mapping[str, Any], series: DemandSeries) -> float | None:
    """Return when a series ends: the end of its period where that is known, else its last sample."""
    end = to_moment(entry.get("end_time"))
    return end if end is not None else (series.times[-1] if series.times else None)
