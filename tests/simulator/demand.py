# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the users of a connection ask for, whatever its bandwidth is. Pure: the same seed and time give the same demand.

A value depends on its own time only, so that overlapping windows agree and a series can be read in any pieces.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

DAY = 86400
_HOUR = 3600
_WORD = 0xFFFFFFFFFFFFFFFF
# Noise has a slow part, which lasts, and a fast one, new in every minute.
_SLOW = 1800
_SLOW_SHARE = 0.6
_MINUTE = 60
# Samples are not missing one by one: a collector fails for a while.
_GAP = 600
_FARTHEST = 50.0
_THURSDAY = 3  # the weekday of the epoch
_SATURDAY = 5


class Burst(BaseModel):
    """A time in which the demand is at least `level`: from `from` until `to` (epoch seconds), again `every` so many seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    start: float = Field(alias="from")
    end: float = Field(alias="to")
    level: float = Field(ge=0)
    every: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _check_order(self) -> Burst:
        if self.end <= self.start:
            raise ValueError(f"a burst ends ({self.end:g}) before it begins ({self.start:g})")
        return self

    def covers(self, at: float) -> bool:
        if self.every is not None and at >= self.start:
            at = self.start + (at - self.start) % self.every
        return self.start <= at < self.end


class Shape(BaseModel):
    """How the demand of a connection runs.

    `level` is the mean of a working day, in units of Bandwidth. `daily` is the share of it by which the busiest hour is
    above and the quietest below, `peak` the hour of the day (UTC) that is the busiest (null: the seed chooses), `weekly`
    the factor on Saturday and Sunday, `noise` the share by which a sample may be off, `growth` the share per day since
    `since` (epoch seconds), `gaps` the share of the time without samples, `inbound` the factor of that direction. `idle` is
    a line without any traffic. Samples are told in units of which one is `unit` units of Bandwidth.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: float = Field(default=30000.0, ge=0, allow_inf_nan=False)
    daily: float = Field(default=0.6, ge=0, le=1)
    peak: float | None = Field(default=None, ge=0, lt=24)
    weekly: float = Field(default=0.7, ge=0, allow_inf_nan=False)
    noise: float = Field(default=0.1, ge=0, le=1)
    bursts: tuple[Burst, ...] = ()
    growth: float = Field(default=0.0, gt=-1, le=1)
    since: float | None = None
    gaps: float = Field(default=0.0, ge=0, le=1)
    idle: bool = False
    seed: int | None = None
    unit: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    inbound: float = Field(default=0.55, ge=0, allow_inf_nan=False)


class Demand:
    """The demand of one direction of a connection; `stream` tells apart what has a course of its own, such as a direction."""

    def __init__(self, shape: Shape, seed: int, stream: str = "outbound", factor: float = 1.0) -> None:
        self._shape = shape
        self._factor = factor
        # All streams of a connection have their busiest hour, and their gaps, together.
        self._shared = seed & _WORD
        self._own = zlib.crc32(f"{seed}\0{stream}".encode())
        hours = 24 * _chance(self._shared, 0) if shape.peak is None else shape.peak
        self._peak = hours * _HOUR
        self._growth = math.log1p(shape.growth)

    def at(self, at: int) -> float | None:
        """Return the demand of the minute that begins at `at` (epoch seconds), in units of Bandwidth; None is a gap."""
        shape = self._shape
        if shape.gaps and _chance(self._shared + 1, at // _GAP) < shape.gaps:
            return None
        if shape.idle:
            return 0.0
        level = shape.level * (1 + shape.daily * math.cos(2 * math.pi * (at - self._peak) / DAY))
        if (at // DAY + _THURSDAY) % 7 >= _SATURDAY:
            level *= shape.weekly
        if self._growth:
            days = (at - (shape.since or 0)) / DAY
            level *= math.exp(max(-_FARTHEST, min(days * self._growth, _FARTHEST)))
        for burst in shape.bursts:
            if burst.level > level and burst.covers(at):
                level = burst.level
        return level * self._factor * (1 + shape.noise * self._noise(at))

    def _noise(self, at: int) -> float:
        """Return the noise of a minute, from -1 to 1."""
        knot, rest = divmod(at, _SLOW)
        share = rest / _SLOW
        share = share * share * (3 - 2 * share)
        slow = (1 - share) * _chance(self._own, knot) + share * _chance(self._own, knot + 1)
        fast = _chance(self._own + 1, at // _MINUTE)
        return 2 * (_SLOW_SHARE * slow + (1 - _SLOW_SHARE) * fast) - 1


class Shapes:
    """The shapes of connections, by name; a connection without one has the default shape."""

    def __init__(self) -> None:
        self._shapes: dict[str, Shape] = {}

    def put(self, name: str, changes: Mapping[str, Any], now: float) -> Shape:
        """Set the shape of a connection to the defaults with these changes, or raise ValueError; growth counts from now."""
        shape = Shape.model_validate({"since": now, **changes, "seed": changes.get("seed", self.seed_of(name))})
        self._shapes[name] = shape
        return shape

    def remove(self, name: str | None = None) -> None:
        """Give one connection, or all of them, the default shape again."""
        if name is None:
            self._shapes.clear()
        else:
            self._shapes.pop(name, None)

    def of(self, name: str) -> Shape:
        return self._shapes.get(name, Shape())

    def seed_of(self, name: str) -> int:
        """Return the seed of a connection: that of its shape, else one that its name gives."""
        seed = self.of(name).seed
        return zlib.crc32(name.encode()) if seed is None else seed

    def snapshot(self) -> dict[str, Any]:
        return {name: shape.model_dump(by_alias=True) for name, shape in self._shapes.items()}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        self._shapes = {name: Shape.model_validate(shape) for name, shape in snapshot.items()}


def _chance(seed: int, index: int) -> float:
    """Return a number from 0 up to 1 that looks random, always the same for the same seed and index (SplitMix64)."""
    word = (seed * 0x9E3779B97F4A7C15 + (index + 1) * 0xD1342543DE82EF95) & _WORD
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 & _WORD
    word = (word ^ word >> 27) * 0x94D049BB133111EB & _WORD
    return ((word ^ word >> 31) >> 11) / (1 << 53)
