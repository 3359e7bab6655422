# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API payload to our shapes: a traffic series in any of the forms of contract 8. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .._errors import BadResponseError
from .._values import describe, to_epoch, to_number
from .envelope import fold, folded
from .models import Sample, Series

_TIME_KEYS = ("time", "timestamp", "ts", "date", "collecttime", "starttime")
# What can be written as a date: the years 1 to 9999.
_EARLIEST = -62135596800
_LATEST = 253402300799
_VALUE_KEYS = ("value", "val", "rate")
_GAPS = frozenset({"", "--", "-"})
# Where the list of samples stands when there is one; null there means that there are none.
_LIST_KEYS = frozenset(
    {
        *("data", "result", "samples", "points", "datapoints", "values", "series", "list", "items", "records", "traffic"),
        *("times", "timestamps", "metrics"),
    }
)


class TrafficQuery(NamedTuple):
    """One series to read. Times are epoch seconds; of the words only some are known (contract 8, A-14)."""

    cloud_vpn_name: str
    metric: str
    start: int
    end: int
    timedim: str
    direction: str
    indicator: str

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the request."""
        return {
            "starttime": self.start,
            "endtime": self.end,
            "timedim": self.timedim,
            "direction": self.direction,
            "indicator": self.indicator,
        }


def read_series(body: Any, metric: str, indicator: str) -> Series:
    """Read a traffic response of any of the shapes of contract 8.

    A list in which every point can be read goes before one in which some cannot; these are gaps then, and counted.

    Raises BadResponseError when there is something in the response, but no points can be made out.
    """
    value_keys = (*_VALUE_KEYS, fold(indicator), fold(metric))
    candidates = [candidate for candidate in _walk(body) if candidate]
    for strict in (True, False):
        for candidate in candidates:
            read = _read_points if isinstance(candidate, list) else _read_parallel
            found = read(candidate, value_keys, strict)
            if found is not None:
                return found
    if body is None or [] in _walk(body) or _holds_a_null_list(body, fold(metric)):
        return Series()
    raise BadResponseError(f"the traffic response holds no points that could be read ({describe(body)})")


def _holds_a_null_list(body: Any, metric: str) -> bool:
    """Return whether null stands where the list of samples would, or nothing but nulls."""
    level = [body]
    while level:
        objects_here = [entry for entry in level if isinstance(entry, Mapping)]
        for entry in objects_here:
            fields = folded(entry)
            if any(key in fields and fields[key] is None for key in (*_LIST_KEYS, metric)):
                return True
            if all(value is None for value in fields.values()):
                return True
        level = [inner for entry in objects_here for inner in entry.values()]
    return False


def _walk(body: Any, limit: int = 16) -> Iterator[Any]:
    """Yield the arrays and objects of a response, outer ones first; no deeper than anything sensible is nested."""
    level = [body]
    for _depth in range(limit):
        deeper: list[Any] = []
        for entry in level:
            if isinstance(entry, Mapping):
                yield entry
                deeper += [inner for inner in entry.values() if isinstance(inner, (list, Mapping))]
            elif isinstance(entry, list):
                yield entry
                deeper += [inner for inner in entry if isinstance(inner, (list, Mapping))]
        if not deeper:
            return
        level = deeper


class _Keys(NamedTuple):
    """Under which keys of a point its time and its value stand, as they are spelled."""

    time: str
    value: str


def _keys_of(entry: Any, value_keys: tuple[str, ...]) -> _Keys | None:
    """Return the keys of a point that are known by name; the points of a list are nearly always alike."""
    if not isinstance(entry, dict):
        return None
    spelled = {fold(key): key for key in entry if isinstance(key, str)}
    time = next((key for key in _TIME_KEYS if key in spelled), None)
    value = next((key for key in value_keys if key in spelled and key != time), None)
    if time is None or value is None or len(spelled) < len(entry):
        return None
    return _Keys(spelled[time], spelled[value])


def _read_points(entries: list[Any], value_keys: tuple[str, ...], strict: bool) -> Series | None:
    """Read a list of points; with `strict` every one of them, else at least one, or nulls alone."""
    if not strict and all(entry is None for entry in entries):
        return Series(unplaced=len(entries))
    keys = _keys_of(entries[0], value_keys)
    points = [
        _sample(entry[keys.time], entry[keys.value])
        if keys is not None and isinstance(entry, dict) and entry.keys() == entries[0].keys()
        else _read_point(entry, value_keys)
        for entry in entries
    ]
    return _series(points, [_time_of(entry) for entry in entries] if None in points else [], strict)


def _series(points: list[Sample | None], times: list[float | None], strict: bool) -> Series | None:
    """Return the points with a gap for each that could not be read; `times` is needed where one is None."""
    readable = [point for point in points if point is not None]
    if len(readable) == len(points):
        return Series(readable)
    if strict or not readable:
        return None
    left = [time for point, time in zip(points, times) if point is None]
    gaps = [Sample(time, None) for time in left if time is not None]
    return Series([*readable, *gaps], unreadable=len(gaps), unplaced=len(left) - len(gaps))


def _time_of(entry: Any) -> float | None:
    """Return the time of a point whose value cannot be read."""
    if isinstance(entry, list) and entry:
        return _epoch(entry[0])
    if not isinstance(entry, Mapping):
        return None
    fields = folded(entry)
    return next((_epoch(fields[key]) for key in _TIME_KEYS if key in fields), None)


def _epoch(time: Any) -> float | None:
    epoch = to_epoch(time)
    return epoch if epoch is not None and _EARLIEST <= epoch <= _LATEST else None


def _read_point(entry: Any, value_keys: tuple[str, ...]) -> Sample | None:
    if isinstance(entry, list) and len(entry) == 2:
        return _sample(entry[0], entry[1])
    if not isinstance(entry, Mapping):
        return None
    fields = folded(entry)
    time_key = next((key for key in _TIME_KEYS if key in fields), None)
    if time_key is None:
        return None
    value_key = next((key for key in value_keys if key in fields and key != time_key), None)
    if value_key is None:
        others = {key: value for key, value in fields.items() if key not in _TIME_KEYS}
        numeric = [key for key, value in others.items() if to_number(value) is not None]
        candidates = numeric or [key for key, value in others.items() if _is_gap(value)]
        if len(candidates) != 1:
            return None
        value_key = candidates[0]
    return _sample(fields[time_key], fields[value_key])


def _is_gap(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.strip() in _GAPS)


def _sample(time: Any, value: Any) -> Sample | None:
    epoch = _epoch(time)
    if epoch is None:
        return None
    if _is_gap(value):
        return Sample(epoch, None)
    number = to_number(value)
    return None if number is None else Sample(epoch, number)


def _read_parallel(payload: Mapping[str, Any], value_keys: tuple[str, ...], strict: bool) -> Series | None:
    """Read two arrays of equal length, times and values."""
    fields = {key: value for key, value in folded(payload).items() if isinstance(value, list)}
    singular = {key[:-1] if key.endswith("s") and key != "ts" else key: value for key, value in fields.items()}
    times = next((singular[key] for key in _TIME_KEYS if key in singular), None)
    values = next((singular[key] for key in value_keys if key in singular), None)
    if not times or not values or len(times) != len(values):
        return None
    points = [_sample(time, value) for time, value in zip(times, values)]
    return _series(points, [_epoch(time) for time in times], strict)
