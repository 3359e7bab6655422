# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recorded traffic, played again: what policies would have done, and what that would have cost (section 9.5). Pure.

What the line would have carried is not known where it was full: such samples are lower bounds, and they are counted.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .._errors import InvalidError
from .._values import iso_utc, to_moment, to_number
from .bandwidth_policy import BandwidthPolicy, read_policy
from .bandwidth_target import HOLD, LOWER, RAISE, Situation, decide, demands_of, sentences
from .demand import Demands, DemandSeries, entries_of, read_series
from .oracle import cheapest_schedule
from .statistics import plain

FIXED = "fixed"
NAIVE = "naive"
ORACLE = "oracle"
REFERENCES = (FIXED, NAIVE, ORACLE)

# The recipe of docs/scale-elastically.md, every quarter of an hour: the smallest size of which the p95 of the last hour leaves
# a fifth free.
_NAIVE_EVERY = 900.0
_NAIVE_WINDOW = 3600.0
_NAIVE_FREE = 1.25
_HOUR = 3600.0


class Change(NamedTuple):
    """A change of bandwidth: when it was ordered and when it took effect (epoch seconds), from what to what, and why."""

    ordered: float
    effective: float
    before: int
    after: int
    reason: str


@dataclass
class Line:
    """A line during a replay: what it has, and what became of it."""

    bandwidth: int
    changes: list[Change] = field(default_factory=list)
    pending: Change | None = None

    def arrive(self, now: float) -> None:
        """Let the pending change take effect when its time has come."""
        if self.pending is not None and self.pending.effective <= now:
            self.bandwidth, self.pending = self.pending.after, None

    def order(self, now: float, provisioning: float, target: int, reason: str) -> None:
        """Order a change, which takes its time."""
        self.pending = Change(now, now + provisioning, self.bandwidth, target, reason)
        self.changes.append(self.pending)


class Recording(NamedTuple):
    """The demand as recorded: times, values (None is a gap), for how long each one stands, and how many are lower bounds."""

    times: list[float]
    values: list[float | None]
    lengths: list[float]
    step: float
    censored: int


# Who decides: called at each sample with the traffic seen so far, the line and the moment; None leaves the bandwidth.
Decider = Callable[[DemandSeries, Line, float], "tuple[int, str] | None"]


def replay(
    traffic: Any,
    policies: Mapping[str, Mapping[str, Any]],
    bandwidth: int,
    provisioning: float = 600,
    bandwidth_history: Sequence[Mapping[str, Any]] = (),
) -> dict[str, dict[str, Any]]:
    """Return per policy, and for `fixed`, `naive` and `oracle`, what it would have done with the recorded traffic.

    The references have bounds, sizes, headroom, hold and price of the first policy. Raises InvalidError.
    """
    read = {str(name): read_policy(written) for name, written in _checked(policies, bandwidth, provisioning).items()}
    first = next(iter(read.values()))
    recording = read_recording(traffic, first, bandwidth_history)
    runs = {name: play(recording, bandwidth, provisioning, _by_policy(policy)) for name, policy in read.items()}
    results = {name: _measured(recording, line, bandwidth, read[name]) for name, line in runs.items()}
    _bottom, top = first.sizes.ends(first.minimum, first.maximum)
    results[FIXED] = _measured(recording, Line(top), top, first)
    results[NAIVE] = _measured(recording, play(recording, bandwidth, provisioning, _naive(first)), bandwidth, first)
    results[ORACLE] = _measured(recording, foresee(recording, bandwidth, provisioning, first), bandwidth, first)
    return results


def _checked(policies: Mapping[str, Mapping[str, Any]], bandwidth: int, provisioning: float) -> Mapping[str, Mapping[str, Any]]:
    if not policies or not isinstance(policies, Mapping):
        raise InvalidError("policies is not a dictionary of policies by name; give at least one")
    for name in policies:
        if name in REFERENCES:
            raise InvalidError(f"a policy is named {name}, which is a reference of every replay; choose another name")
    if bandwidth <= 0:
        raise InvalidError(f"bandwidth is {bandwidth}; it must be a positive whole number")
    if provisioning < 0:
        raise InvalidError(f"provisioning is {provisioning}; it must be seconds, not negative")
    return policies


def read_recording(traffic: Any, policy: BandwidthPolicy, history: Sequence[Mapping[str, Any]] = ()) -> Recording:
    """Return recorded traffic in Bandwidth units; of several directions, the larger one counts at each moment."""
    entries = entries_of(traffic)
    largest: dict[float, float | None] = {}
    step = 60.0
    for entry in entries:
        series = read_series(entry, policy.unit)
        step = series.step
        for time, value in zip(series.times, series.values):
            known = largest.get(time)
            largest[time] = value if known is None else known if value is None else max(known, value)
    if not any(value is not None for value in largest.values()):
        raise InvalidError("traffic has no value to replay; read a period in which there was traffic")
    times = sorted(largest)
    values = [largest[time] for time in times]
    # A sample stands until the next one; behind the last one, and over a hole in the recording, for one step.
    lengths = [min(later - time, 2 * step) for time, later in zip(times, times[1:])] + [step]
    return Recording(times, values, lengths, step, _censored(times, values, policy, history))


def _censored(
    times: Sequence[float], values: Sequence[float | None], policy: BandwidthPolicy, history: Sequence[Mapping[str, Any]]
) -> int:
    if not history:
        return 0
    known = read_bandwidths(history)
    starts = [time for time, _bandwidth in known]
    count = 0
    for time, value in zip(times, values):
        place = bisect_right(starts, time) - 1
        if value is not None and place >= 0 and value >= policy.clipped_at / 100 * known[place][1]:
            count += 1
    return count


def read_bandwidths(history: Iterable[Mapping[str, Any]]) -> list[tuple[float, float]]:
    """Return since when (epoch seconds) which bandwidth was in force, in the order of time, out of a `bandwidth_history`.

    An entry has `time` (ISO 8601 or epoch seconds) and `bandwidth`. Raises InvalidError that names the entry.
    """
    found = []
    for index, entry in enumerate(history):
        moment, bandwidth = to_moment(entry.get("time")), to_number(entry.get("bandwidth"))
        if moment is None or bandwidth is None or bandwidth <= 0:
            raise InvalidError(f"bandwidth_history[{index}] is {dict(entry)!r}; an entry has time (ISO 8601) and bandwidth")
        found.append((moment, bandwidth))
    return sorted(found)


# Play


def play(recording: Recording, bandwidth: int, provisioning: float, decider: Decider) -> Line:
    """Return the line after the decider has followed the recording; it sees what the line lets through, and no more."""
    line = Line(bandwidth)
    seen = DemandSeries((), (), recording.step)
    for time, value in zip(recording.times, recording.values):
        line.arrive(time)
        seen.append(time, None if value is None else min(value, line.bandwidth))
        if line.pending is None:
            decided = decider(seen, line, time)
            if decided is not None:
                line.order(time, provisioning, *decided)
    return line


def _by_policy(policy: BandwidthPolicy) -> Decider:
    demands: Demands | None = None

    def decider(seen: DemandSeries, line: Line, now: float) -> tuple[int, str] | None:
        nonlocal demands
        if demands is None:
            demands = demands_of(policy, (seen,))
        last = line.changes[-1] if line.changes else None
        ordered, effective = (last.ordered, last.effective) if last else (None, None)
        decision = decide(Situation(policy, line.bandwidth, demands, now, ordered, effective, thorough=False))
        if decision.decision == HOLD or decision.target == line.bandwidth:
            return None
        return decision.target, sentences(decision)[0]

    return decider


def _naive(policy: BandwidthPolicy) -> Decider:
    bottom, top = policy.sizes.ends(policy.minimum, policy.maximum)

    def decider(seen: DemandSeries, line: Line, now: float) -> tuple[int, str] | None:
        if now // _NAIVE_EVERY == (now - seen.step) // _NAIVE_EVERY:
            return None
        demand = seen.demand(now, _NAIVE_WINDOW, 95)
        if demand is None:
            return None
        target = max(min(policy.sizes.at_least(demand * _NAIVE_FREE) or top, top), bottom)
        return (target, "the recipe of a playbook") if target != line.bandwidth else None

    return decider


def foresee(recording: Recording, bandwidth: int, provisioning: float, policy: BandwidthPolicy) -> Line:
    """Return the line of the oracle, which knows the whole recording."""
    return Line(
        bandwidth,
        [
            Change(time - provisioning, time, before, after, "known in advance")
            for time, before, after in cheapest_schedule(recording.times, recording.values, bandwidth, provisioning, policy)
        ],
    )


# Measure


def _measured(recording: Recording, line: Line, bandwidth: int, policy: BandwidthPolicy) -> dict[str, Any]:
    """Return the figures of a line that began with `bandwidth`."""
    saturated = undelivered = hours = 0.0
    free: list[float] = []
    cost: float | None = 0.0
    for value, length, current in zip(recording.values, recording.lengths, _bandwidths(recording, line, bandwidth)):
        hours += current * length / _HOUR
        price = policy.cost_per_hour(current)
        cost = None if price is None or cost is None else cost + price * length / _HOUR
        if value is None:
            continue
        free.append(1 - min(value / current, 1.0))
        if value > current:
            saturated += length / 60
            undelivered += (value - current) * length
    total = math.fsum(recording.lengths) / 60
    moves = [RAISE if change.after > change.before else LOWER for change in line.changes]
    return {
        "changes": len(line.changes),
        "reversals": sum(earlier != later for earlier, later in zip(moves, moves[1:])),
        "saturated_minutes": plain(round(saturated, 2)),
        "saturated_percent": round(100 * saturated / total, 4),
        "undelivered": plain(round(undelivered, 1)),
        "mean_headroom": round(100 * math.fsum(free) / len(free), 1) if free else None,
        "bandwidth_hours": plain(round(hours, 1)),
        "cost": None if cost is None else round(cost, 2),
        "censored": recording.censored,
        "timeline": [
            {
                "time": iso_utc(change.effective),
                "ordered": iso_utc(change.ordered),
                "before": change.before,
                "after": change.after,
                "reason": change.reason,
            }
            for change in line.changes
        ],
    }


def _bandwidths(recording: Recording, line: Line, bandwidth: int) -> Iterable[int]:
    """Yield the bandwidth in force at each sample."""
    current, upcoming = bandwidth, 0
    for time in recording.times:
        while upcoming < len(line.changes) and line.changes[upcoming].effective <= time:
            current = line.changes[upcoming].after
            upcoming += 1
        yield current
