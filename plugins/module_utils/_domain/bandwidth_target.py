# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From traffic to the right size: what a policy decides about one connection at one moment (section 9.3). Pure.

The rules, in this order: pause; bandwidth outside the bounds; no data; units differ; failures; raise; lower; hold. Nothing
here reads a clock, and the same input gives the same decision.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .._errors import InvalidError
from .._values import iso_utc
from .bandwidth_policy import RAISE_ONLY, STATISTICS, BandwidthPolicy, Bounds
from .demand import Demands, DemandSeries, Hole, end_of, entries_of, highest, read_series, trend
from .statistics import percentile, plain

RAISE = "raise"
LOWER = "lower"
HOLD = "hold"

MOST_FAILURES = 3
"""After so many failed changes in a row nothing is tried any more."""
# A line cannot carry more than it has; what is measured above that is measured in another unit.
_MOST_MEASURED = 1.2
_DAY = 86400.0


class Reason(NamedTuple):
    """Why: the name of a rule, and the numbers that its sentence needs."""

    rule: str
    numbers: Mapping[str, Any] = {}


@dataclass
class Decision:
    """What becomes of a bandwidth, and why; the deciding reason comes first."""

    target: int
    decision: str
    bounds: Bounds
    reasons: list[Reason]
    demand: float | None = None
    utilisation: float | None = None
    clipped: bool = False
    not_before: float | None = None


@dataclass
class Situation:
    """Everything a decision is taken on. `complete` tells whether every direction that is watched has data.

    Times are epoch seconds. `last_change` is when the last change was ordered, `last_change_ended` when it took effect.
    `thorough` asks for the highest demand of the past also where any that is high enough decides.
    """

    policy: BandwidthPolicy
    bandwidth: int
    demands: Demands
    now: float
    last_change: float | None = None
    last_change_ended: float | None = None
    failures: int = 0
    complete: bool = True
    thorough: bool = True
    hole: Hole | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Work out the time of the last change, whose samples are left out."""
        if self.last_change is not None:
            ended = self.last_change if self.last_change_ended is None else max(self.last_change_ended, self.last_change)
            self.hole = Hole(self.last_change, ended + self.policy.settle)

    @property
    def settled(self) -> float:
        """The moment since which samples show what the line carries at its bandwidth."""
        return self.hole.end if self.hole else float("-inf")

    def recent(self) -> float | None:
        """Return the demand of the raise window."""
        return self.demands.at(self.now, self.hole)

    def highest_bucket(self, enough: float) -> float | None:
        """Return the highest demand of the buckets of the lower window; unless thorough, any that is `enough` will do."""
        buckets = max(int(self.policy.lower_window // self.policy.raise_window), 1)
        return self.demands.highest_of(self.now, buckets, self.hole, math.inf if self.thorough else enough)

    def remembered(self) -> float:
        """Return what the same time of earlier days needed until the horizon: the quantile over the days, else 0."""
        policy = self.policy
        if not policy.daily_memory:
            return 0.0
        buckets = max(int(policy.daily_horizon // policy.raise_window), 1)
        days = (self.demands.need_after(self.now - day * _DAY, buckets) for day in range(1, policy.daily_memory + 1))
        needs = sorted(need for need in days if need is not None)
        return percentile(needs, policy.daily_quantile) if needs else 0.0

    def rise(self) -> float:
        """Return how much the trend of the raise window adds until the end of the look-ahead; never less than 0."""
        if not self.policy.look_ahead:
            return 0.0
        start = self.now - self.policy.raise_window
        slopes = [trend(series.points(start, self.now, self.hole)) for series in self.demands.series]
        return max([0.0, *slopes]) * self.policy.look_ahead

    def peak_since_settled(self) -> float | None:
        """Return the largest sample since the last change has settled."""
        return highest(series.highest_since(self.settled, self.now) for series in self.demands.series)

    def recent_peak(self) -> float | None:
        """Return the largest sample of the raise window since the last change has settled."""
        start = max(self.settled, self.now - self.policy.raise_window)
        return highest(series.highest_between(start, self.now) for series in self.demands.series)

    def coverage(self) -> float:
        """Return how many of the expected samples of the lower window are there, in percent; of the poorest direction."""
        return min(series.coverage(self.now, self.policy.lower_window, self.hole) for series in self.demands.series)


def decide(situation: Situation) -> Decision:
    """Return what becomes of the bandwidth, by the first rule that applies."""
    bounds = situation.policy.bounds_at(situation.now)
    held = Decision(situation.bandwidth, HOLD, bounds, [])
    if bounds.pause == "all":
        held.reasons.append(Reason("paused"))
        return held
    outside = _into_bounds(situation, bounds)
    if outside is not None:
        return outside
    demand = situation.recent()
    if demand is None:
        held.reasons.append(Reason("no_data", {"window": situation.policy.raise_window}))
        return held
    held.demand = demand
    held.utilisation = 100 * demand / situation.bandwidth
    peak = situation.peak_since_settled()
    if peak is not None and peak > _MOST_MEASURED * situation.bandwidth:
        held.reasons.append(Reason("units_differ", {"peak": peak, "bandwidth": situation.bandwidth}))
        return held
    if situation.failures >= MOST_FAILURES:
        held.reasons.append(Reason("failures", {"failures": situation.failures}))
        return held
    remembered = situation.remembered()
    raised = _raised(situation, held, remembered)
    if raised.decision == RAISE:
        return raised
    return _lowered(situation, raised, remembered)


def _into_bounds(situation: Situation, bounds: Bounds) -> Decision | None:
    """Return the way into the bounds in force, at once and without a look at the traffic."""
    policy, bandwidth = situation.policy, situation.bandwidth
    top = _top(policy, bounds)
    numbers = {"bandwidth": bandwidth, **bounds._asdict()}
    if bandwidth < bounds.minimum:
        return Decision(_bottom(policy, bounds), RAISE, bounds, [Reason("under_minimum", {**numbers, "top": top})])
    if bandwidth <= bounds.maximum:
        return None
    kept = _lowering_forbidden(policy, bounds)
    if kept is not None:
        return Decision(bandwidth, HOLD, bounds, [kept, Reason("over_maximum", numbers)])
    return Decision(top, LOWER, bounds, [Reason("over_maximum", numbers)])


def _top(policy: BandwidthPolicy, bounds: Bounds) -> int:
    return policy.sizes.ends(bounds.minimum, bounds.maximum)[1]


def _bottom(policy: BandwidthPolicy, bounds: Bounds) -> int:
    return policy.sizes.ends(bounds.minimum, bounds.maximum)[0]


def _lowering_forbidden(policy: BandwidthPolicy, bounds: Bounds) -> Reason | None:
    if bounds.pause == "lower":
        return Reason("lowering_paused")
    return Reason("raise_only") if policy.direction == RAISE_ONLY else None


# Raise


def _raised(situation: Situation, held: Decision, remembered: float) -> Decision:
    """Return the raise, or what holds it."""
    policy, bandwidth = situation.policy, situation.bandwidth
    demand = max((held.demand or 0.0) + situation.rise(), remembered)
    peak = situation.recent_peak()
    clipped = peak is not None and peak >= policy.clipped_at / 100 * bandwidth
    decision = Decision(bandwidth, HOLD, held.bounds, [], demand, 100 * demand / bandwidth, clipped, _hold_end(situation))
    numbers = {
        "demand": demand,
        "statistic": policy.statistic,
        "window": policy.raise_window,
        "bandwidth": bandwidth,
        "utilisation": decision.utilisation,
        "headroom": policy.headroom,
        "raise_above": policy.raise_above,
        "from_memory": remembered >= demand and remembered > 0,
        "days": policy.daily_memory,
    }
    if not clipped and demand <= policy.raise_above / 100 * bandwidth:
        decision.reasons.append(Reason("calm", numbers))
        return decision
    need = demand * (1 + policy.headroom / 100)
    if clipped:
        need = max(need, bandwidth * (1 + policy.clipped_raise / 100))
        numbers = {**numbers, "peak": peak, "clipped_raise": policy.clipped_raise}
    return _raise_to(situation, decision, need, numbers)


def _raise_to(situation: Situation, decision: Decision, need: float, numbers: dict[str, Any]) -> Decision:
    policy, bandwidth, sizes = situation.policy, situation.bandwidth, situation.policy.sizes
    top = _top(policy, decision.bounds)
    wanted = min(sizes.at_least(need) or top, top)
    target = wanted
    if policy.max_raise is not None and wanted > bandwidth * (1 + policy.max_raise / 100):
        limited = sizes.at_most(bandwidth * (1 + policy.max_raise / 100))
        # One size more at least: with sizes far apart, a limit would otherwise never let it rise.
        target = limited if limited and limited > bandwidth else min(sizes.at_least(bandwidth + 1) or top, top)
    numbers = {**numbers, "target": target, "wanted": wanted, "top": top, "max_raise": policy.max_raise}
    if target <= bandwidth:
        decision.reasons.append(Reason("at_the_top" if bandwidth >= top else "large_enough", numbers))
    elif target - bandwidth < policy.deadband / 100 * bandwidth and not decision.clipped:
        decision.reasons.append(Reason("deadband", {**numbers, "deadband": policy.deadband}))
    else:
        decision.target, decision.decision, decision.not_before = target, RAISE, None
        decision.reasons.append(Reason("clipped" if decision.clipped else "raise", numbers))
        if target < wanted:
            decision.reasons.append(Reason("limited_raise", numbers))
    return decision


# Lower


def _hold_end(situation: Situation) -> float | None:
    """Return until when nothing is lowered after the last change; None when that is over."""
    if situation.last_change is None:
        return None
    end = situation.last_change + situation.policy.min_hold
    return end if end > situation.now else None


def _lowered(situation: Situation, held: Decision, remembered: float) -> Decision:
    """Return the lowering, or what holds it; `held` is what the look at raising has found."""
    policy, bandwidth = situation.policy, situation.bandwidth
    bottom = _bottom(policy, held.bounds)
    if held.reasons[0].rule != "calm" or bandwidth <= bottom:
        if held.reasons[0].rule == "calm":
            held.reasons.append(Reason("at_the_bottom", {"bandwidth": bandwidth}))
        return held
    obstacle = _obstacle(situation, held)
    if obstacle is not None:
        return _hold_for(held, obstacle)
    limit = policy.lower_below / 100 * bandwidth
    busiest = max(situation.highest_bucket(limit) or 0.0, remembered)
    numbers = {
        **held.reasons[0].numbers,
        "demand": busiest,
        "lower_window": policy.lower_window,
        "lower_below": policy.lower_below,
        "utilisation": 100 * busiest / bandwidth,
    }
    if busiest >= limit:
        return _hold_for(held, Reason("busy_before", numbers))
    if busiest == 0 and policy.on_idle == HOLD:
        return _hold_for(held, Reason("idle", numbers))
    return _lower_to(situation, held, busiest, bottom, numbers)


def _hold_for(held: Decision, obstacle: Reason) -> Decision:
    held.reasons.insert(0, obstacle)
    return held


def _obstacle(situation: Situation, held: Decision) -> Reason | None:
    """Return what forbids lowering whatever the traffic was."""
    policy = situation.policy
    forbidden = _lowering_forbidden(policy, held.bounds)
    if forbidden is not None:
        return forbidden
    if not situation.complete:
        return Reason("one_direction")
    if held.not_before is not None:
        return Reason("too_soon", {"not_before": held.not_before, "min_hold": policy.min_hold})
    coverage = situation.coverage()
    if coverage < policy.min_coverage:
        return Reason(
            "coverage",
            {"coverage": coverage, "min_coverage": policy.min_coverage, "lower_window": policy.lower_window},
        )
    return None


def _lower_to(situation: Situation, held: Decision, busiest: float, bottom: int, numbers: dict[str, Any]) -> Decision:
    policy, bandwidth, sizes = situation.policy, situation.bandwidth, situation.policy.sizes
    wanted = max(sizes.at_least(busiest * (1 + policy.headroom / 100)) or bandwidth, bottom)
    target = wanted
    if policy.max_lower is not None:
        target = max(target, sizes.at_least(bandwidth * (1 - policy.max_lower / 100)) or bandwidth)
    numbers = {**numbers, "target": target, "wanted": wanted, "max_lower": policy.max_lower}
    if target >= bandwidth:
        rule = "needed" if wanted >= bandwidth else "limited_lower"
        return _hold_for(held, Reason(rule, numbers))
    if bandwidth - target < policy.deadband / 100 * bandwidth:
        return _hold_for(held, Reason("deadband", {**numbers, "deadband": policy.deadband}))
    held.target, held.decision, held.demand = target, LOWER, busiest
    held.utilisation = 100 * busiest / bandwidth
    _hold_for(held, Reason("lower", numbers))
    if target > wanted:
        held.reasons.append(Reason("limited_lower", numbers))
    return held


# In words


def sentences(decision: Decision) -> list[str]:
    """Return the reasons as sentences, the deciding one first."""
    return [_SENTENCES[reason.rule].format_map(_Words(reason.numbers)) for reason in decision.reasons]


def _shown_number(number: float) -> str:
    return f"{plain(round(number, 1)):,}"


def _shown_time(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{int(seconds // size)} {unit}"
    return f"{seconds:g} s"


class _Words(dict[str, Any]):
    """The numbers of a reason as they are written in its sentence."""

    _TIMES = frozenset({"window", "lower_window", "min_hold"})
    _PERCENTS = frozenset(
        {"utilisation", "headroom", "raise_above", "lower_below", "clipped_raise", "deadband", "coverage", "min_coverage"}
    )

    def __init__(self, numbers: Mapping[str, Any]) -> None:
        super().__init__({key: self._word(key, value) for key, value in numbers.items()})
        self["measure"] = (
            f"what {numbers['days']} earlier days needed at this time"
            if numbers.get("from_memory")
            else f"{self.get('statistic', 'demand')} of the last {self.get('window', 'window')}"
        )

    def _word(self, key: str, value: Any) -> Any:
        if key in self._TIMES:
            return _shown_time(value)
        if key == "not_before":
            return iso_utc(value)
        if key in self._PERCENTS or key in {"max_raise", "max_lower"}:
            return value if value is None else f"{value:.0f}"
        return _shown_number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


_SENTENCES = {
    "paused": "the policy is paused: nothing is changed",
    "under_minimum": "{bandwidth} is under the minimum {minimum} in force",
    "over_maximum": "{bandwidth} is over the maximum {maximum} in force",
    "no_data": "there is no sample in the last {window}: nothing is known, so nothing is changed",
    "units_differ": "units differ: a sample of {peak} is over 120 % of the bandwidth {bandwidth}; set traffic_unit",
    "failures": "the last {failures} changes failed: nothing is tried until one succeeds or the service is mended",
    "calm": "{measure} is {demand}, {utilisation} % of {bandwidth}, not over the {raise_above} % at which it is raised",
    "raise": "{measure} is {demand}, {utilisation} % of {bandwidth}; the next size with {headroom} % headroom is {target}",
    "clipped": (
        "the line is full: a sample of {peak} at a bandwidth of {bandwidth} is only a lower bound of demand; at least"
        " {clipped_raise} % more is {target}"
    ),
    "limited_raise": "max_raise {max_raise} % allows {target} now, {wanted} is wanted",
    "at_the_top": "{measure} is {demand}, {utilisation} % of {bandwidth}, which is the largest size allowed",
    "large_enough": "{measure} is {demand}, {utilisation} % of {bandwidth}; with {headroom} % headroom that is large enough",
    "deadband": "the change from {bandwidth} to {target} is less than the deadband of {deadband} %",
    "lowering_paused": "lowering is paused",
    "raise_only": "direction is raise: nothing is lowered",
    "one_direction": "one direction has no data: nothing is lowered without both",
    "too_soon": "nothing is lowered before {not_before}, {min_hold} after the last change",
    "coverage": "only {coverage} % of the samples of the last {lower_window} are there, {min_coverage} % are needed to lower",
    "busy_before": (
        "the last {lower_window} had a demand of {demand}, {utilisation} % of {bandwidth}, not under the {lower_below} % at"
        " which it is lowered"
    ),
    "idle": "no traffic in the last {lower_window}: on_idle holds the bandwidth, as a broken line looks the same",
    "needed": "the highest demand of the last {lower_window} is {demand}; with {headroom} % headroom no smaller size is enough",
    "limited_lower": "max_lower {max_lower} % allows {target} now, {wanted} would be enough",
    "lower": (
        "the highest demand of the last {lower_window} is {demand}, {utilisation} % of {bandwidth}; the size with {headroom} %"
        " headroom is {target}"
    ),
    "at_the_bottom": "{bandwidth} is the smallest size allowed",
}


# The filter's view


def demands_of(policy: BandwidthPolicy, series: Sequence[DemandSeries]) -> Demands:
    """Return the demands of the windows that a policy looks at."""
    return Demands(series, policy.raise_window, STATISTICS[policy.statistic])


def read_situation(
    traffic: Any,
    bandwidth: int,
    policy: BandwidthPolicy,
    now: float | None = None,
    last_change: float | None = None,
    last_change_ended: float | None = None,
    failures: int = 0,
) -> Situation:
    """Return the situation out of one entry of `ies_vpn_traffic_info.traffic`, or of a list of them, one per direction.

    With a list both directions are expected: one that is missing or empty makes the situation incomplete. `now` defaults to
    the end of the series. Raises InvalidError.
    """
    if bandwidth <= 0:
        raise InvalidError(f"bandwidth is {bandwidth}; it must be a positive whole number")
    entries = entries_of(traffic)
    series = [read_series(entry, policy.unit) for entry in entries]
    ends = [end for entry, one in zip(entries, series) if (end := end_of(entry, one)) is not None]
    moment = now if now is not None else max(ends, default=0.0)
    filled = [one for one in series if any(value is not None for value in one.values)]
    complete = isinstance(traffic, Mapping) or (len(filled) == len(series) and len(series) >= 2)
    demands = demands_of(policy, filled)
    return Situation(policy, bandwidth, demands, moment, last_change, last_change_ended, failures, complete)


def to_result(decision: Decision) -> dict[str, Any]:
    """Return a decision as the filter returns it (public interface, section 9.3)."""
    return {
        "target": decision.target,
        "decision": decision.decision,
        "demand": None if decision.demand is None else plain(round(decision.demand, 3)),
        "utilisation": None if decision.utilisation is None else round(decision.utilisation, 1),
        "clipped": decision.clipped,
        "reasons": sentences(decision),
        "not_before": iso_utc(decision.not_before),
        "bounds": {"minimum": decision.bounds.minimum, "maximum": decision.bounds.maximum},
    }
