# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bandwidth policy: what a user writes (public interface, section 9.2), checked and normalised. Pure.

Everything that may be bought, and when, is decided here; what the traffic asks for is decided in `bandwidth_target`.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta, timezone, tzinfo
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from .._errors import InvalidError
from .._text import nearest
from .._values import iso_utc, to_moment, to_number, to_whole

BOTH = "both"
RAISE_ONLY = "raise"
PAUSES = ("none", "lower", "all")
IDLE = ("hold", "lower")
STATISTICS: dict[str, float | None] = {"max": 100, "mean": None, "p50": 50, "p90": 90, "p95": 95, "p99": 99}
"""Statistic -> its percentile; the mean has none."""

DEFAULTS: dict[str, Any] = {
    "statistic": "p95",
    "headroom": 20,
    "raise_above": 80,
    "lower_below": 50,
    "raise_window": "15m",
    "lower_window": "6h",
    "clipped_at": 97,
    "clipped_raise": 50,
    "deadband": 10,
    "min_hold": "1h",
    "settle": "5m",
    "max_raise": None,
    "max_lower": None,
    "min_coverage": 50,
    "on_idle": "hold",
    "look_ahead": 0,
    "daily_memory": 0,
    "daily_horizon": "1h",
    "daily_quantile": 75,
    "direction": BOTH,
    "schedule": (),
    "boosts": (),
    "pause": "none",
    "traffic_unit": None,
    "price": None,
    "minimum": None,
    "maximum": None,
    "sizes": None,
    "step": None,
}
PROFILES: dict[str, dict[str, Any]] = {
    "balanced": {},
    "tight": {"lower_window": "1h", "raise_above": 90, "lower_below": 70, "min_hold": "3h"},
    "calm": {"lower_window": "24h"},
}
REMEMBERING: dict[str, Any] = {"lower_window": "3h"}
"""Defaults of the profile `balanced` with `daily_memory`: what comes back every day is known without a long look back."""
KEYS = ("profile", *DEFAULTS)

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DURATION = re.compile(r"(\d{1,9})\s*([smhd]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
_DAY = 86400
# Entries of lists with which nothing is wrong, whatever is added to them. The moment is the last that there is.
_ENTRIES: dict[str, Any] = {"sizes": 1, "schedule": {}, "boosts": {"minimum": 1, "until": 253402300799}}


class Bounds(NamedTuple):
    """What is allowed at one moment: the least and the most bandwidth, and what is paused (`none`, `lower`, `all`)."""

    minimum: int
    maximum: int
    pause: str


class Sizes:
    """The bandwidths that can be bought: listed ones, multiples of a step, or any integer."""

    def __init__(self, listed: Sequence[int] = (), step: int = 1) -> None:
        self.listed = sorted(set(listed))
        self.step = step

    def at_least(self, value: float) -> int | None:
        """Return the smallest size of at least `value`; None when there is none."""
        if not self.listed:
            return max(math.ceil(round(value / self.step, 9)), 1) * self.step
        place = bisect_left(self.listed, value)
        return self.listed[place] if place < len(self.listed) else None

    def at_most(self, value: float) -> int | None:
        """Return the largest size of at most `value`; None when there is none."""
        if not self.listed:
            return math.floor(round(value / self.step, 9)) * self.step or None
        place = bisect_right(self.listed, value)
        return self.listed[place - 1] if place else None

    def ends(self, minimum: int, maximum: int) -> tuple[int, int]:
        """Return the smallest and the largest size inside bounds; where none is inside, the largest one stands for both."""
        top = self.at_most(maximum) or maximum
        return min(self.at_least(minimum) or top, top), top


@dataclass(frozen=True)
class ScheduleEntry:
    """A time of the week with bounds of its own; minutes count from midnight in its time zone."""

    days: frozenset[int]
    start: int
    end: int
    zone: tzinfo
    minimum: int | None = None
    maximum: int | None = None
    pause: str = "none"

    def covers(self, moment: float) -> bool:
        """Return whether a moment (epoch seconds) lies within the entry."""
        local = datetime.fromtimestamp(moment, tz=self.zone)
        minute = local.hour * 60 + local.minute
        if self.start < self.end:
            return local.weekday() in self.days and self.start <= minute < self.end
        # It passes midnight: the rest of the night belongs to the day on which it began.
        if minute >= self.start:
            return local.weekday() in self.days
        return minute < self.end and (local - timedelta(days=1)).weekday() in self.days


@dataclass(frozen=True)
class Boost:
    """A minimum for a while, in epoch seconds."""

    minimum: int
    start: float
    end: float


@dataclass(frozen=True)
class BandwidthPolicy:
    """A checked policy. Percentages as they are written, times in seconds."""

    minimum: int
    maximum: int
    sizes: Sizes
    statistic: str
    headroom: float
    raise_above: float
    lower_below: float
    raise_window: float
    lower_window: float
    clipped_at: float
    clipped_raise: float
    deadband: float
    min_hold: float
    settle: float
    max_raise: float | None
    max_lower: float | None
    min_coverage: float
    on_idle: str
    look_ahead: float
    daily_memory: int
    daily_horizon: float
    daily_quantile: float
    direction: str
    schedule: tuple[ScheduleEntry, ...]
    boosts: tuple[Boost, ...]
    pause: str
    traffic_unit: float | None
    price: float | dict[int, float] | None

    @property
    def unit(self) -> float:
        """Units of Bandwidth that one unit of the traffic is; 1 where that is not known."""
        return 1.0 if self.traffic_unit is None else self.traffic_unit

    def bounds_at(self, moment: float) -> Bounds:
        """Return the bounds in force at a moment (epoch seconds).

        A later schedule entry wins over an earlier one; a boost lifts the minimum, never over the maximum.
        """
        minimum, maximum, pause = self.minimum, self.maximum, self.pause
        for entry in self.schedule:
            if entry.covers(moment):
                minimum = entry.minimum if entry.minimum is not None else minimum
                maximum = entry.maximum if entry.maximum is not None else maximum
                pause = max(pause, entry.pause, key=PAUSES.index)
        for boost in self.boosts:
            if boost.start <= moment < boost.end:
                minimum = max(minimum, boost.minimum)
        return Bounds(min(minimum, maximum), maximum, pause)

    def cost_per_hour(self, bandwidth: float) -> float | None:
        """Return the price of an hour at a bandwidth; None where the policy has no price for it."""
        if isinstance(self.price, dict):
            return self.price.get(int(bandwidth))
        return None if self.price is None else self.price * bandwidth


def read_policy(written: Mapping[str, Any] | None, minimum: int | None = None, maximum: int | None = None) -> BandwidthPolicy:
    """Return the policy as written, over the defaults of its profile; `minimum` and `maximum` are those of a range.

    Raises InvalidError that names the key, its value and the way out.
    """
    merged = _merged(written, minimum, maximum)
    values = {field.name: _READERS[field.name](field.name, merged) for field in fields(BandwidthPolicy)}
    policy = BandwidthPolicy(**values)
    _check_together(policy)
    return policy


def policy_problems(written: Any, minimum: int | None = None, maximum: int | None = None) -> list[str]:
    """Return in words everything that `read_policy` refuses, one key after the other."""
    if not isinstance(written, Mapping):
        return _refusals(lambda: read_policy(written, minimum, maximum))
    unknown = {str(key) for key in written} - set(KEYS)
    problems = [told for key in sorted(unknown) for told in _refusals(partial(_check_keys, "policy", {key: None}, KEYS))]
    known = {str(key): value for key, value in written.items() if str(key) in KEYS}
    refused = _refusals(lambda: _merged(known, minimum, maximum))
    problems += refused
    merged = _merged({**known, "profile": None} if refused else known, minimum, maximum)
    single = [
        told
        for field in fields(BandwidthPolicy)
        for part in _parts(field.name, merged)
        for told in _refusals(partial(_READERS[field.name], field.name, part))
    ]
    # Values that are wrong by themselves are not judged together.
    if not single and not refused:
        problems += _refusals(lambda: read_policy(known, minimum, maximum))
    problems += single
    return list(dict.fromkeys(problems))


def _parts(name: str, merged: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield all keys with ever more of what stands under one of them, so that each mistake in there is met by itself."""
    value = merged[name]
    alone = {**merged, "step": None} if name == "sizes" else merged
    if name == "sizes":
        yield {**merged, "sizes": None}
    if name in _ENTRIES and isinstance(value, (list, tuple)):
        right = _ENTRIES[name]
        for index, entry in enumerate(value):
            before = [right] * index
            for key, inner in entry.items() if isinstance(entry, Mapping) else ():
                yield {**alone, name: [*before, {**right, key: inner}]}
            yield {**alone, name: [*before, entry]}
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield {**alone, name: {key: inner}}
    else:
        yield alone
    yield merged


def _refusals(read: Callable[[], Any]) -> list[str]:
    try:
        read()
    except InvalidError as error:
        return [error.message]
    return []


def _merged(written: Mapping[str, Any] | None, minimum: int | None, maximum: int | None) -> dict[str, Any]:
    """Return all keys as written, over the defaults; raises InvalidError for an unknown key or profile."""
    if written is not None and not isinstance(written, Mapping):
        raise InvalidError(f"policy is {written!r}; write a dictionary, such as {{minimum: 20000, maximum: 100000}}")
    named = {str(key): value for key, value in (written or {}).items()}
    _check_keys("policy", named, KEYS)
    given = {key: value for key, value in named.items() if value is not None}
    profile = str(given.pop("profile", "balanced"))
    if profile not in PROFILES:
        raise InvalidError(f"policy.profile is {profile!r}; choose one of {', '.join(PROFILES)}")
    remembering = REMEMBERING if profile == "balanced" and given.get("daily_memory") not in (None, 0, "0") else {}
    return {
        **DEFAULTS,
        "minimum": minimum,
        "maximum": maximum,
        **PROFILES[profile],
        **remembering,
        **given,
    }


def _check_keys(where: str, given: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in map(str, given):
        if key not in known:
            near = nearest(key, known)
            hint = f"did you mean {near}?" if near else f"known keys are {', '.join(known)}"
            raise InvalidError(f"{where} has the unknown key {key!r}; {hint}")


# One value


def read_duration(where: str, value: Any) -> float:
    """Return seconds for `90s`, `15m`, `24h`, `7d` or a number of seconds; raises InvalidError."""
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match:
        return float(match.group(1)) * _SECONDS[match.group(2)]
    number = None if isinstance(value, str) else to_number(value)
    if number is None or number < 0:
        raise InvalidError(f"{where} is {value!r}; write a duration such as 90s, 15m, 24h or 7d, or seconds")
    return number


def _number(where: str, value: Any, least: float = 0, most: float = math.inf, *, over: bool = False) -> float:
    number = to_number(value)
    if number is None or number > most or number < least or (over and number <= least):
        limits = f"over {least:g}" if over else f"from {least:g}"
        upper = "" if most == math.inf else f" and at most {most:g}" if over else f" to {most:g}"
        raise InvalidError(f"{where} is {value!r}; it must be a number {limits}{upper}")
    return number


def _whole(where: str, value: Any, least: int = 1) -> int:
    number = to_whole(value)
    if number is None or number < least:
        raise InvalidError(f"{where} is {value!r}; it must be a whole number of at least {least}")
    return number


def _choice(where: str, value: Any, choices: Sequence[str]) -> str:
    if value not in choices:
        raise InvalidError(f"{where} is {value!r}; choose one of {', '.join(choices)}")
    return str(value)


def _duration_of(name: str, merged: Mapping[str, Any]) -> float:
    return read_duration(f"policy.{name}", merged[name])


def _window_of(name: str, merged: Mapping[str, Any]) -> float:
    seconds = _duration_of(name, merged)
    if seconds <= 0:
        raise InvalidError(f"policy.{name} is {merged[name]!r}; a window must be longer than nothing")
    return seconds


def _percent_of(name: str, merged: Mapping[str, Any]) -> float:
    return _number(f"policy.{name}", merged[name], 0, 100)


def _share_of(name: str, merged: Mapping[str, Any]) -> float:
    return _number(f"policy.{name}", merged[name])


def _limit_of(name: str, merged: Mapping[str, Any]) -> float | None:
    value = merged[name]
    return None if value is None or value == "none" else _number(f"policy.{name}", value, 0, over=True)


def _bound_of(name: str, merged: Mapping[str, Any]) -> int:
    if merged[name] is None:
        raise InvalidError(f"policy.{name} is not set; give {name} in the policy, or declare the connection with a range")
    return _whole(f"policy.{name}", merged[name])


def _sizes_of(_name: str, merged: Mapping[str, Any]) -> Sizes:
    listed, step = merged["sizes"], merged["step"]
    if listed is None:
        return Sizes(step=1 if step is None else _whole("policy.step", step))
    if step is not None:
        raise InvalidError("policy has both sizes and step; keep one of them")
    if isinstance(listed, str) or not isinstance(listed, Sequence) or not listed:
        raise InvalidError(f"policy.sizes is {listed!r}; write a list of the bandwidths that can be bought")
    return Sizes([_whole(f"policy.sizes[{index}]", size) for index, size in enumerate(listed)])


def _entries(name: str, merged: Mapping[str, Any], known: Sequence[str]) -> list[tuple[str, Mapping[str, Any]]]:
    listed = merged[name]
    if isinstance(listed, str) or not isinstance(listed, Sequence):
        raise InvalidError(f"policy.{name} is {listed!r}; write a list of entries")
    entries: list[tuple[str, Mapping[str, Any]]] = []
    for index, entry in enumerate(listed):
        where = f"policy.{name}[{index}]"
        if not isinstance(entry, Mapping):
            raise InvalidError(f"{where} is {entry!r}; an entry has the keys {', '.join(known)}")
        _check_keys(where, entry, known)
        entries.append((where, {key: value for key, value in entry.items() if value is not None}))
    return entries


def _schedule_of(name: str, merged: Mapping[str, Any]) -> tuple[ScheduleEntry, ...]:
    known = ("days", "from", "to", "timezone", "minimum", "maximum", "pause")
    return tuple(_read_entry(where, entry) for where, entry in _entries(name, merged, known))


def _read_entry(where: str, entry: Mapping[str, Any]) -> ScheduleEntry:
    days = entry.get("days", list(_DAYS))
    names = days.split(",") if isinstance(days, str) else days
    if not isinstance(names, Sequence):
        raise InvalidError(f"{where}.days is {days!r}; write a list of {', '.join(_DAYS)}")
    numbers = [_DAYS.index(_choice(f"{where}.days", str(day).strip().lower(), _DAYS)) for day in names]
    zone = str(entry.get("timezone", "UTC"))
    try:
        found: tzinfo = timezone.utc if zone == "UTC" else ZoneInfo(zone)
    except (OSError, ValueError, KeyError):
        raise InvalidError(
            f"{where}.timezone is {zone!r}, which this machine does not know; write an IANA name such as Europe/Berlin"
        ) from None
    return ScheduleEntry(
        frozenset(numbers),
        _minute(f"{where}.from", entry.get("from", "00:00")),
        _minute(f"{where}.to", entry.get("to", "24:00")),
        found,
        _whole(f"{where}.minimum", entry["minimum"]) if "minimum" in entry else None,
        _whole(f"{where}.maximum", entry["maximum"]) if "maximum" in entry else None,
        _choice(f"{where}.pause", entry.get("pause", "none"), PAUSES),
    )


def _minute(where: str, text: Any) -> int:
    # YAML 1.1 reads an unquoted 22:30 as a number of base 60.
    plain = f"{text // 60:02d}:{text % 60:02d}" if isinstance(text, int) and not isinstance(text, bool) else str(text)
    match = _CLOCK.fullmatch(plain)
    minute = int(match.group(1)) * 60 + int(match.group(2)) if match else None
    if minute is None or minute > 24 * 60:
        raise InvalidError(f'{where} is {text!r}; write a time of day in quotes, such as "22:30"')
    return minute


def _boosts_of(name: str, merged: Mapping[str, Any]) -> tuple[Boost, ...]:
    boosts = []
    for where, entry in _entries(name, merged, ("minimum", "from", "until")):
        for key in ("minimum", "until"):
            if key not in entry:
                raise InvalidError(f"{where} has no {key}; a boost needs minimum and until")
        start = _moment(f"{where}.from", entry["from"]) if "from" in entry else -math.inf
        end = _moment(f"{where}.until", entry["until"])
        if end <= start:
            raise InvalidError(f"{where} ends ({iso_utc(end)}) before it begins ({iso_utc(start)}); correct from or until")
        boosts.append(Boost(_whole(f"{where}.minimum", entry["minimum"]), start, end))
    return tuple(boosts)


def _moment(where: str, value: Any) -> float:
    if isinstance(value, datetime):
        aware = value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)
        return aware.timestamp()
    moment = to_moment(value)
    if moment is None:
        raise InvalidError(f"{where} is {value!r}; write ISO 8601, such as 2026-12-24T18:00:00+01:00")
    return moment


def _price_of(_name: str, merged: Mapping[str, Any]) -> float | dict[int, float] | None:
    price = merged["price"]
    if price is None:
        return None
    if isinstance(price, Mapping):
        return {
            _whole("a size of policy.price", size): _number(f"policy.price[{size}]", amount) for size, amount in price.items()
        }
    return _number("policy.price", price)


def _unit_of(_name: str, merged: Mapping[str, Any]) -> float | None:
    unit = merged["traffic_unit"]
    return None if unit is None or unit == "" else _number("policy.traffic_unit", unit, 0, over=True)


_READERS: dict[str, Any] = {
    **dict.fromkeys(("minimum", "maximum"), _bound_of),
    "sizes": _sizes_of,
    "statistic": lambda name, merged: _choice(f"policy.{name}", merged[name], tuple(STATISTICS)),
    **dict.fromkeys(("headroom", "clipped_raise", "deadband"), _share_of),
    **dict.fromkeys(("raise_above", "lower_below", "min_coverage", "daily_quantile"), _percent_of),
    # At 0 percent every sample would be one of a full line, and every look a reason to raise.
    "clipped_at": lambda name, merged: _number(f"policy.{name}", merged[name], 0, 100, over=True),
    **dict.fromkeys(("raise_window", "lower_window", "daily_horizon"), _window_of),
    **dict.fromkeys(("min_hold", "settle", "look_ahead"), _duration_of),
    **dict.fromkeys(("max_raise", "max_lower"), _limit_of),
    "on_idle": lambda name, merged: _choice(f"policy.{name}", merged[name], IDLE),
    "daily_memory": lambda name, merged: _whole(f"policy.{name}", merged[name], 0),
    "direction": lambda name, merged: _choice(f"policy.{name}", merged[name], (BOTH, RAISE_ONLY)),
    "schedule": _schedule_of,
    "boosts": _boosts_of,
    "pause": lambda name, merged: _choice(f"policy.{name}", merged[name], PAUSES),
    "traffic_unit": _unit_of,
    "price": _price_of,
}


# Values together


def _check_together(policy: BandwidthPolicy) -> None:
    if policy.minimum > policy.maximum:
        raise InvalidError(f"policy.minimum {policy.minimum} is over policy.maximum {policy.maximum}; swap or correct them")
    if policy.lower_below >= policy.raise_above:
        raise InvalidError(
            f"policy.lower_below {policy.lower_below:g} is not under policy.raise_above {policy.raise_above:g};"
            " a bandwidth would be raised and lowered by the same demand"
        )
    if policy.lower_window < policy.raise_window:
        raise InvalidError("policy.lower_window is shorter than policy.raise_window; lowering looks back at least as far")
    _check_range(policy, policy.minimum, policy.maximum, "minimum and maximum")
    for index, entry in enumerate(policy.schedule):
        minimum = policy.minimum if entry.minimum is None else entry.minimum
        maximum = policy.maximum if entry.maximum is None else entry.maximum
        if minimum > maximum:
            raise InvalidError(f"policy.schedule[{index}] has the minimum {minimum} over the maximum {maximum}; correct them")
        _check_range(policy, minimum, maximum, f"the bounds of schedule[{index}]")
    for index, boost in enumerate(policy.boosts):
        if boost.minimum > policy.maximum:
            raise InvalidError(
                f"policy.boosts[{index}].minimum {boost.minimum} is over policy.maximum {policy.maximum}; raise the maximum too"
            )


def _check_range(policy: BandwidthPolicy, minimum: int, maximum: int, what: str) -> None:
    top = policy.sizes.at_most(maximum)
    if top is None or top < minimum:
        offered = ", ".join(map(str, policy.sizes.listed)) or f"multiples of {policy.sizes.step}"
        raise InvalidError(f"no size lies between {minimum} and {maximum} ({what}); the sizes are {offered}")
