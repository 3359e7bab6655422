# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deterministic, plausible traffic series (contract 8) and the reply shapes that A-14 leaves open."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .model import Refusal

STEPS = {"minute": 60, "hour": 3600, "day": 86400}
DIRECTIONS = ("outbound", "inbound")
INDICATORS = {"min": 0.6, "avg": 0.8, "max": 1.0}
_DAY = 86400
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


def series(query: Query, bandwidth: Any) -> list[tuple[int, int]]:
    """Return (epoch seconds, value) on the grid from starttime up to, not including, endtime.

    A value depends on its own time only, so that overlapping windows agree.
    """
    step = STEPS[query.timedim]
    first = -(-query.starttime // step) * step
    scale = _number(bandwidth) * (1.0 if query.direction == "outbound" else 0.55)
    seed = zlib.crc32(f"{query.connection_name}\0{query.metric}\0{query.direction}".encode())
    phase = seed % _DAY
    factor = INDICATORS[query.indicator]
    points = []
    for at in range(first, query.endtime, step):
        wave = 0.5 - 0.35 * math.cos(2 * math.pi * ((at + phase) % _DAY) / _DAY)
        noise = ((at * 2654435761 ^ seed * 40503) >> 7 & 0xFFFF) / 0xFFFF
        points.append((at, round(scale * min(1.0, wave + 0.1 * noise) * factor)))
    return points


def reply_body(query: Query, points: list[tuple[int, int]], shape: str) -> Any:
    """Return the series in one of the shapes a client must be able to read."""
    head = {
        "connection_name": query.connection_name,
        "metric": query.metric,
        "timedim": query.timedim,
        "direction": query.direction,
        "indicator": query.indicator,
    }
    plain = [{"time": at, "value": str(value)} for at, value in points]
    bodies: dict[str, Any] = {
        "canonical": lambda: {**head, "data": plain},
        "bare": lambda: plain,
        "pairs": lambda: {**head, "data": [[at, value] for at, value in points]},
        "ms": lambda: {**head, "data": [{"time": at * 1000, "value": str(value)} for at, value in points]},
        "iso": lambda: {**head, "data": [{"time": _iso(at), "value": str(value)} for at, value in points]},
        "numbers": lambda: {**head, "data": [{"time": str(at), "value": value} for at, value in points]},
        "empty": lambda: {**head, "data": []},
        "parallel": lambda: {
            **head,
            "times": [at for at, _value in points],
            "values": [str(value) for _at, value in points],
        },
        "gaps": lambda: {**head, "data": _with_gaps(plain)},
        "named": lambda: {"result": {"series": [{"collect_time": at, query.indicator: str(value)} for at, value in points]}},
        "unknown": lambda: {**head, "state": "ok"},
    }
    return bodies[shape]()


def _with_gaps(plain: list[dict[str, Any]]) -> list[dict[str, Any]]:
    marked = []
    for index, point in enumerate(plain):
        number, rest = divmod(index, _GAP_EVERY)
        marked.append({**point, "value": _GAP_MARKS[number % len(_GAP_MARKS)]} if rest == _GAP_EVERY - 1 else point)
    return marked


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _number(bandwidth: Any) -> float:
    try:
        number = float(bandwidth)
    except (TypeError, ValueError):
        return _FALLBACK_BANDWIDTH
    return number if 0 < number < math.inf else _FALLBACK_BANDWIDTH
