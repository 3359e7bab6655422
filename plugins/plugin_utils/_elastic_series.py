# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers behind the pictures of elastic: what is drawn of a series, and what is said about it. Pure, standard library only.

Times are epoch seconds, values and bandwidths in Bandwidth units.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from operator import lt
from typing import Any, NamedTuple

from ..module_utils._domain.bandwidth_policy import DEFAULTS
from ..module_utils._domain.demand import read_series, step_of
from ..module_utils._domain.replay import read_bandwidths
from ..module_utils._domain.statistics import percentile
from ..module_utils._errors import InvalidError

MOST_PIXELS = 640
"""Columns of a picture: of so many buckets of a longer series the least and the largest value are drawn."""

FULL_AT = float(DEFAULTS["clipped_at"])
"""Percent of the bandwidth from which a sample counts as at the limit."""

_DAY = 86400.0
_QUARTER = 900.0
# The end of the year 9999, less a day for what is drawn behind it.
_LAST = 253402300799 - 86400
_HOUR = 3600.0
# Longer distances than so many steps are holes in a recording.
_HOLE = 2.5
_STEPS = (
    60,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    10800,
    21600,
    43200,
    *(86400 * days for days in (1, 2, 3, 7, 14, 28, 56, 91, 182, 365)),
)
_MOST_TICKS = 8


class Track(NamedTuple):
    """Traffic of one direction: its name, times, values (None is a gap), and the usual distance of two samples."""

    name: str
    times: Sequence[float]
    values: Sequence[float | None]
    step: float

    def between(self, start: float, end: float) -> Track:
        """Return the samples from `start` on, before `end`."""
        first, last = bisect_left(self.times, start), bisect_left(self.times, end)
        return self._replace(times=self.times[first:last], values=self.values[first:last])


class Step(NamedTuple):
    """A bandwidth, and since when it is in force."""

    time: float
    bandwidth: float


class Profile(NamedTuple):
    """A day: the hours at which its buckets begin, and median and p95 of the samples in each."""

    hours: list[float]
    medians: list[float]
    high: list[float]


def read_tracks(traffic: Any, unit: float = 1.0) -> list[Track]:
    """Return the directions of a connection that have a sample; `unit` is in Bandwidth units per traffic unit.

    `traffic` is one entry of `ies_vpn_traffic_info.traffic` or a list of them. Raises InvalidError.
    """
    entries = [traffic] if isinstance(traffic, Mapping) else list(traffic or [])
    tracks = []
    for number, entry in enumerate(entries, 1):
        found = _plainly_read(entry, unit)
        if found is None:
            series = read_series(entry, unit)
            found = Track("", series.times, series.values, series.step)
        if found.times:
            _check_times(found.times)
            name = str(entry.get("direction") or (f"direction {number}" if len(entries) > 1 else "traffic"))
            tracks.append(found._replace(name=name))
    return tracks


def _check_times(times: Sequence[float]) -> None:
    """Refuse times that no calendar has; one of them would keep all others from being drawn."""
    for time in (times[0], times[-1]):
        if not 0 <= time <= _LAST:
            raise InvalidError(f"traffic has a sample at {time:g} seconds, which is no time of our days; read another period")


def _plainly_read(entry: Any, unit: float) -> Track | None:
    """Return a series as ies_vpn_traffic_info gives it: numbers in the order of time; None for any other.

    It is read for every picture of every connection, and most of the time would go into reading it.
    """
    try:
        times = [sample["epoch"] for sample in entry["samples"]]
        values = [sample["value"] for sample in entry["samples"]]
        kinds = {*map(type, times), *map(type, filter(_is_there, values))}
        if not all(issubclass(kind, (int, float)) and kind is not bool for kind in kinds):
            return None
        if not all(map(math.isfinite, (*times, *filter(_is_there, values)))) or not all(map(lt, times, times[1:])):
            return None
    except (KeyError, TypeError, OverflowError):
        return None
    scaled = values if unit == 1 else [None if value is None else value * unit for value in values]
    return Track("", times, scaled, step_of(times, entry.get("timedim")))


def _is_there(value: Any) -> bool:
    return value is not None


def read_steps(history: Iterable[Mapping[str, Any]]) -> list[Step]:
    """Return the bandwidth over time out of entries with `time` (ISO 8601 or epoch) and `bandwidth`. Raises InvalidError."""
    return [Step(*known) for known in read_bandwidths(history or ())]


def merged(tracks: Sequence[Track]) -> Track:
    """Return the larger value of all directions at each moment, as a replay looks at them."""
    if len(tracks) == 1:
        return tracks[0]
    largest = dict(zip(tracks[0].times, tracks[0].values))
    for track in tracks[1:]:
        for time, value in zip(track.times, track.values):
            known = largest.get(time)
            if known is None or (value is not None and value > known):
                largest[time] = value
    times = sorted(largest)
    return Track("larger of both directions", times, [largest[time] for time in times], tracks[0].step)


def changes_of(steps: Sequence[Step]) -> list[tuple[float, float, float]]:
    """Return the changes of a bandwidth: when, from what, to what."""
    return [
        (later.time, earlier.bandwidth, later.bandwidth)
        for earlier, later in zip(steps, steps[1:])
        if later.bandwidth != earlier.bandwidth
    ]


def busiest_days(steps: Sequence[Step], days: int) -> float:
    """Return the first of so many days (UTC) in a row that have the most changes."""
    changes = [time // _DAY for time, _before, _after in changes_of(steps)]
    starts = sorted(set(changes))
    return max(starts, key=lambda day: sum(day <= change < day + days for change in changes)) * _DAY


def in_force(steps: Sequence[Step], start: float, end: float) -> list[Step]:
    """Return what is in force from one moment to another: the last step before, and those in between."""
    first = max(bisect_right(steps, (start, math.inf)) - 1, 0)
    return [step for step in steps[first:] if step.time < end]


def reaching(track: Track, steps: Sequence[Step], percent: float, beyond: bool = False) -> list[tuple[float, float]]:
    """Return the samples at or above (`beyond`: above) that percent of the bandwidth in force at their time."""
    found = []
    starts = [step.time for step in steps]
    for time, value in zip(track.times, track.values):
        place = bisect_right(starts, time) - 1
        if value is None or place < 0:
            continue
        limit = steps[place].bandwidth * percent / 100
        if value > limit or (value == limit and not beyond):
            found.append((time, value))
    return found


# Drawn


def thinned(track: Track, columns: int = MOST_PIXELS) -> tuple[list[float], list[float]]:
    """Return times and values to draw: all of a short series, the least and the largest value per column of a long one.

    A gap is NaN, which interrupts a line; in a long series, a gap that is shorter than a column is not seen.
    """
    if len(track.times) <= 2 * columns:
        return _whole(track)
    start, width = track.times[0], (track.times[-1] - track.times[0]) / columns
    times: list[float] = []
    values: list[float] = []
    for column in _columns(track, start, width, columns):
        if column is None:
            _add_gap(times, values)
            continue
        ends = sorted({min(column, key=_by_value), max(column, key=_by_value)})
        times.extend(time for time, _value in ends)
        values.extend(value for _time, value in ends)
    return times, values


def _by_value(point: tuple[float, float]) -> float:
    return point[1]


def _columns(track: Track, start: float, width: float, columns: int) -> Iterable[list[tuple[float, float]] | None]:
    """Yield the points of each column that has some, and None for one or more empty columns in between."""
    points: list[tuple[float, float]] = []
    current = 0
    for time, value in zip(track.times, track.values):
        if value is None:
            continue
        column = int((time - start) / width)
        column = column if column < columns else columns - 1
        if column != current and points:
            yield points
            points = []
            if (column - current) * width > max(_HOLE * track.step, 1.5 * width):
                yield None
        current = column
        points.append((time, value))
    if points:
        yield points


def _whole(track: Track) -> tuple[list[float], list[float]]:
    times: list[float] = []
    values: list[float] = []
    before: float | None = None
    for time, value in zip(track.times, track.values):
        if value is None or (before is not None and time - before > _HOLE * track.step):
            _add_gap(times, values)
        if value is not None:
            times.append(time)
            values.append(value)
        before = time
    return times, values


def _add_gap(times: list[float], values: list[float]) -> None:
    if times:
        times.append(times[-1])
        values.append(math.nan)


def sparse(
    points: Sequence[tuple[float, float]], start: float, end: float, columns: int = MOST_PIXELS // 4
) -> list[tuple[float, float]]:
    """Return of each column of a picture only the largest point, so that marks do not cover each other."""
    width = max(end - start, 1.0) / columns
    largest: dict[int, tuple[float, float]] = {}
    for point in points:
        column = int((point[0] - start) / width)
        if column not in largest or point[1] > largest[column][1]:
            largest[column] = point
    return [largest[column] for column in sorted(largest)]


def profile_of(track: Track) -> Profile | None:
    """Return median and p95 by time of day (UTC), in quarters of an hour, or hours of a slower series; None without values."""
    width = _QUARTER if track.step <= _QUARTER else _HOUR
    buckets: dict[int, list[float]] = {}
    for time, value in zip(track.times, track.values):
        if value is not None:
            buckets.setdefault(int((time % _DAY) // width), []).append(value)
    if not buckets:
        return None
    profile = Profile([], [], [])
    for place in range(int(_DAY / width)):
        values = sorted(buckets.get(place, ()))
        profile.hours.append(place * width / _HOUR)
        profile.medians.append(percentile(values, 50) if values else math.nan)
        profile.high.append(percentile(values, 95) if values else math.nan)
    return profile


# Told


def hours_of(track: Track) -> float:
    """Return for how long a series stands: each sample until the next one, the last one and holes for a step."""
    lengths = (min(later - time, 2 * track.step) for time, later in zip(track.times, track.times[1:]))
    return (math.fsum(lengths) + track.step) / _HOUR


def peak_of(track: Track) -> tuple[float, float] | None:
    """Return time and value of the first largest sample; None without values."""
    points = [(time, value) for time, value in zip(track.times, track.values) if value is not None]
    return max(points, key=_by_value) if points else None


def ticks_between(start: float, end: float) -> list[tuple[float, str]]:
    """Return moments for an axis of time, at most nine of them, with what is written there (UTC): hour or date."""
    span = max(end - start, 1.0)
    step = next(
        (step for step in _STEPS if span / step <= _MOST_TICKS), math.ceil(span / _MOST_TICKS / _STEPS[-1]) * _STEPS[-1]
    )
    first = math.ceil(start / step) * step
    return [(moment, _tick(moment, step)) for moment in range(first, math.floor(end) + 1, step)]


def _tick(moment: float, step: float) -> str:
    time = datetime.fromtimestamp(moment, tz=timezone.utc)
    return time.strftime("%m-%d") if step >= _DAY or moment % _DAY == 0 else time.strftime("%H:%M")


def moment_in_words(epoch: float) -> str:
    """Return a time to the minute, as `2017-05-07 03:58`, in UTC."""
    return datetime.fromtimestamp(epoch, tz=timezone.utc).strftime("%Y-%m-%d %H:%M")
