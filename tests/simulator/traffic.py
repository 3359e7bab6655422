# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic series (contract 8): the demand of a connection as far as its bandwidth carries it, in the shapes of A-14."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .demand import Demand, Shape
from .model import Refusal

STEPS = {"minute": 60, "hour": 3600, "day": 86400}
DIRECTIONS = ("outbound", "inbound")
# The least and the mean within a minute, as shares of its most.
INDICATORS = {"min": 0.6, "avg": 0.8, "max": 1.0}
# Minutes of which a longer sample is made, by seconds from one to the next.
_WITHIN = {"minute": 60, "hour": 300, "day": 1800}
Point = tuple[int, "float | None"]
_FALLBACK_BANDWIDTH = 10000.0
_GAP_MARKS = (None, "", "--", "-")
_GAP_EVERY = 5
_LATEST = 253402300799


@dataclass(frozen=True)
class Query:
    connection_name: str
    metric: str
    starttime: int
    endtime: int
    timedim: str
    direction: str
    indicator: str


def parse_query(connection_name: str, metric: str, raw: Mapping[str, str]) -> Query:
    """Check the query parameters; anything wrong is a bad_param that names the parameter."""
    times = {}
    for key in ("starttime", "endtime"):
        text = raw.get(key, "")
        if not (text.isascii() and text.isdigit()) or int(text) > _LATEST:
            raise Refusal("servicemgr.bad_param", 400, desc=[key])
        times[key] = int(text)
    if times["starttime"] >= times["endtime"]:
        raise Refusal("servicemgr.bad_param", 400, desc=["starttime", "endtime"])
    chosen = {
        "timedim": raw.get("timedim", "minute"),
        "direction": raw.get("direction", "outbound"),
        "indicator": raw.get("indicator", "max"),
    }
    for key, allowed in (("timedim", tuple(STEPS)), ("direction", DIRECTIONS), ("indicator", tuple(INDICATORS))):
        if chosen[key] not in allowed:
            raise Refusal("servicemgr.bad_param", 400, desc=[key], detail=list(allowed))
    return Query(connection_name, metric, times["starttime"], times["endtime"], **chosen)


def series(query: Query, shape: Shape, seed: int, bandwidths: Sequence[tuple[float, Any]]) -> list[Point]:
    """Return (epoch seconds, value) on the grid from starttime up to, not including, endtime; None is a gap.

    `bandwidths` tells since when which Bandwidth is in force; before the first entry that one counts. A value depends on its
    own time only, so that overlapping windows agree.
    """
    step, inner = STEPS[query.timedim], _WITHIN[query.timedim]
    first = -(-query.starttime // step) * step
    inbound = query.direction == "inbound"
    demand = Demand(shape, seed, f"{query.metric}/{query.direction}", shape.inbound if inbound else 1.0)
    since = [start for start, _bandwidth in bandwidths]
    limits = [_number(bandwidth) for _start, bandwidth in bandwidths]
    factor = INDICATORS[query.indicator]

    def carried(at: int) -> float | None:
        asked = demand.at(at)
        return None if asked is None else min(asked * factor, limits[max(bisect_right(since, at) - 1, 0)])

    points: list[Point] = []
    for at in range(first, query.endtime, step):
        found = [value for minute in range(at, at + step, inner) if (value := carried(minute)) is not None]
        points.append((at, _in_unit(_summary(query.indicator, found), shape.unit) if found else None))
    return points


def _summary(indicator: str, values: list[float]) -> float:
    if indicator == "avg":
        return math.fsum(values) / len(values)
    return min(values) if indicator == "min" else max(values)


def _in_unit(value: float, unit: float) -> float:
    # Whole numbers, as in the contract's sample, unless a large unit would leave nothing of them.
    return round(value / unit) if unit <= 1 else round(value / unit, 6)


def reply_body(query: Query, points: Sequence[Point], shape: str) -> Any:
    """Return the series in one of the shapes a client must be able to read."""
    head = {
        "connection_name": query.connection_name,
        "metric": query.metric,
        "timedim": query.timedim,
        "direction": query.direction,
        "indicator": query.indicator,
    }
    plain = [{"time": at, "value": _text(value)} for at, value in points]
    bodies: dict[str, Any] = {
        "canonical": lambda: {**head, "data": plain},
        "bare": lambda: plain,
        "pairs": lambda: {**head, "data": [[at, value] for at, value in points]},
        "ms": lambda: {**head, "data": [{"time": at * 1000, "value": _text(value)} for at, value in points]},
        "iso": lambda: {**head, "data": [{"time": _iso(at), "value": _text(value)} for at, value in points]},
        "numbers": lambda: {**head, "data": [{"time": str(at), "value": value} for at, value in points]},
        "empty": lambda: {**head, "data": []},
        "parallel": lambda: {
            **head,
            "times": [at for at, _value in points],
            "values": [_text(value) for _at, value in points],
        },
        "gaps": lambda: {**head, "data": _with_gaps(plain)},
        "named": lambda: {"result": {"series": [{"collect_time": at, query.indicator: _text(value)} for at, value in points]}},
        "unknown": lambda: {**head, "state": "ok"},
    }
    return bodies[shape]()


def _with_gaps(plain: list[dict[str, Any]]) -> list[dict[str, Any]]:
    marked = []
    for index, point in enumerate(plain):
        number, rest = divmod(index, _GAP_EVERY)
        marked.append({**point, "value": _GAP_MARKS[number % len(_GAP_MARKS)]} if rest == _GAP_EVERY - 1 else point)
    return marked


def _text(value: float | None) -> str | None:
    return None if value is None else str(value)


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _number(bandwidth: Any) -> float:
    try:
        number = float(bandwidth)
    except (TypeError, ValueError):
        return _FALLBACK_BANDWIDTH
    return number if 0 < number < math.inf else _FALLBACK_BANDWIDTH
