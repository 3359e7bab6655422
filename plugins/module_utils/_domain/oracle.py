# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cheapest schedule for a demand that is known in advance: what no policy can beat (section 9.5). Pure.

A dynamic programme over the moments of the recording. The state is the size that began at a moment; a size stays for at
least the delay of a change, and for the hold of the policy before it is lowered. A size that does not carry the demand with
the policy's headroom is not allowed, except where even the largest one would not, or the first change cannot be there yet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from .bandwidth_policy import BandwidthPolicy

# Where every integer can be bought, so many sizes stand for them.
_MOST_SIZES = 32


class _Begin(NamedTuple):
    """A size that begins at a place: what it costs until there, less what its time before would cost."""

    place: int
    balance: float


def sizes_between(policy: BandwidthPolicy, bandwidth: int) -> list[int]:
    """Return the sizes an oracle chooses from, ascending, with the one it begins with."""
    bottom, top = policy.sizes.ends(policy.minimum, policy.maximum)
    if policy.sizes.listed:
        found = {size for size in policy.sizes.listed if bottom <= size <= top}
    else:
        count = min((top - bottom) // policy.sizes.step, _MOST_SIZES - 1) or 1
        wanted = (bottom + (top - bottom) * number / count for number in range(count + 1))
        found = {min(policy.sizes.at_least(size) or top, top) for size in wanted}
    return sorted({*found, bandwidth})


def cheapest_schedule(
    times: Sequence[float],
    values: Sequence[float | None],
    bandwidth: int,
    provisioning: float,
    policy: BandwidthPolicy,
) -> list[tuple[float, int, int]]:
    """Return the changes as (time of effect, before, after); sorted, and empty when the bandwidth stays."""
    programme = _Programme(times, bandwidth, provisioning, policy)
    factor = 1 + policy.headroom / 100
    for place, (time, value) in enumerate(zip(times, values)):
        programme.visit(place, time, 0.0 if value is None else value * factor)
    return programme.changes()


class _Programme:
    def __init__(self, times: Sequence[float], bandwidth: int, provisioning: float, policy: BandwidthPolicy) -> None:
        self._times = times
        self._sizes = sizes_between(policy, bandwidth)
        self._first = self._sizes.index(bandwidth)
        self._policy = policy
        self._delay = provisioning
        self._hold = max(policy.min_hold, provisioning)
        count = len(self._sizes)
        # Per size: beginnings in the order of their places, and the best of those that may end by a raise, or a lowering.
        self._begun: list[list[_Begin]] = [[] for _size in range(count)]
        self._begun[self._first].append(_Begin(0, -self._sizes[self._first] * times[0]))
        self._ripe = [[0, 0] for _size in range(count)]
        self._best: list[list[_Begin | None]] = [[None, None] for _size in range(count)]
        self._broken = [-1] * count
        self._origin: list[dict[int, tuple[int, int]]] = [{} for _size in range(count)]

    def visit(self, place: int, time: float, need: float) -> None:
        """Go on to a sample: sizes begin here, and those that do not carry it are given up."""
        if place and time - self._times[0] >= self._delay:
            self._ripen(time)
            self._begin(place, time)
        capacity = min(need, self._sizes[-1])
        bounds = self._policy.bounds_at(time) if self._policy.schedule or self._policy.boosts else None
        for at, size in enumerate(self._sizes):
            fits = size >= capacity and (bounds is None or bounds.minimum <= size <= bounds.maximum)
            if not fits and not (at == self._first and time - self._times[0] < self._delay):
                self._broken[at] = place
                self._best[at] = [None, None]
                self._ripe[at] = [len(self._begun[at])] * 2

    def _ripen(self, time: float) -> None:
        for at, begun in enumerate(self._begun):
            for move, lag in enumerate((self._delay, self._hold)):
                ripe, best = self._ripe[at][move], self._best[at][move]
                while ripe < len(begun) and (begun[ripe].place == 0 or self._times[begun[ripe].place] <= time - lag):
                    if best is None or begun[ripe].balance < best.balance:
                        best = begun[ripe]
                    ripe += 1
                self._ripe[at][move], self._best[at][move] = ripe, best

    def _begin(self, place: int, time: float) -> None:
        """Let every size begin here, out of the cheapest smaller one by a raise, or of a larger one by a lowering."""
        raised = self._cheapest(time, range(len(self._sizes)), 0)
        lowered = self._cheapest(time, range(len(self._sizes) - 1, -1, -1), 1)
        for at, size in enumerate(self._sizes):
            cost, origin, begun = min(raised[at], lowered[at])
            if cost < math.inf:
                self._begun[at].append(_Begin(place, cost - size * time))
                self._origin[at][place] = (origin, begun)

    def _cheapest(self, time: float, order: range, move: int) -> list[tuple[float, int, int]]:
        """Return for each size the cheapest one that comes before it in `order`, with its beginning."""
        found = [(math.inf, -1, -1)] * len(self._sizes)
        cheapest = (math.inf, -1, -1)
        for at in order:
            found[at] = cheapest
            best = self._best[at][move]
            if best is not None:
                cost = best.balance + self._sizes[at] * time
                if cost < cheapest[0]:
                    cheapest = (cost, at, best.place)
        return found

    def changes(self) -> list[tuple[float, int, int]]:
        """Return the way to the cheapest end."""
        end = self._times[-1]
        ways = [
            (begin.balance + self._sizes[at] * end, at, begin.place)
            for at, begun in enumerate(self._begun)
            for begin in begun
            if begin.place > self._broken[at]
        ]
        if not ways:
            return []
        _cost, at, place = min(ways)
        changes = []
        while place:
            origin, begun = self._origin[at][place]
            changes.append((self._times[place], self._sizes[origin], self._sizes[at]))
            at, place = origin, begun
        return changes[::-1]
