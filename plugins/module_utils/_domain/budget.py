# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One maximum for all connections of a tenant, shared out among those that want more. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .bandwidth_policy import Sizes


class Wish(NamedTuple):
    """What one connection has and what it is to have; `target` is the bandwidth itself where nothing changes.

    `least` is the smallest change worth an order.
    """

    bandwidth: int
    target: int
    clipped: bool
    utilisation: float
    sizes: Sizes
    least: float = 1


def share_out(total: int, wishes: Sequence[Wish]) -> list[int]:
    """Return the targets that keep the sum of all bandwidths at or under `total`, in the order of the wishes.

    What is left is given to the connections that want more: saturated ones first, then by utilisation. One that cannot have
    all gets the largest size that fits. What others give back counts only once they have given it: a lowering may fail.
    """
    left = total - sum(wish.bandwidth for wish in wishes)
    granted = [min(wish.target, wish.bandwidth) for wish in wishes]
    wanting = [place for place, wish in enumerate(wishes) if wish.target > wish.bandwidth]
    for place in sorted(wanting, key=lambda at: (not wishes[at].clipped, -wishes[at].utilisation, at)):
        wish = wishes[place]
        most = min(wish.target, wish.bandwidth + left)
        size = wish.target if most == wish.target else wish.sizes.at_most(most) if most > 0 else None
        granted[place] = size if size is not None and size - wish.bandwidth >= max(wish.least, 1) else wish.bandwidth
        left -= granted[place] - wish.bandwidth
    return granted
