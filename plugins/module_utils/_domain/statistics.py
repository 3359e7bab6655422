# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Statistics of a traffic series; percentiles by nearest rank, as bandwidth is billed. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .._api.models import Sample
from .._api.traffic import TrafficQuery
from .._values import iso_utc


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile of values in ascending order, at least one of them."""
    rank = max(1, math.ceil(percent / 100 * len(ordered)))
    return ordered[rank - 1]


def plain(number: float | None) -> float | int | None:
    """Return a whole number without its fraction."""
    return int(number) if number is not None and float(number).is_integer() else number


def traffic_entry(query: TrafficQuery, samples: Sequence[Sample]) -> dict[str, Any]:
    """Return a series as an entry of `traffic` of the public interface, section 6, without its statistics."""
    return {
        "cloud_vpn_name": query.cloud_vpn_name,
        "metric": query.metric,
        "timedim": query.timedim,
        "direction": query.direction,
        "indicator": query.indicator,
        "start_time": iso_utc(query.start),
        "end_time": iso_utc(query.end),
        "samples": [
            {"time": iso_utc(sample.epoch), "epoch": int(sample.epoch), "value": plain(sample.value)} for sample in samples
        ],
    }


def statistics(samples: Sequence[Sample]) -> dict[str, Any]:
    """Return the `statistics` of the public interface: `count` counts values, `gaps` the rest; nulls when empty."""
    values = [sample.value for sample in samples if sample.value is not None]
    counted: dict[str, Any] = {"count": len(values), "gaps": len(samples) - len(values)}
    if not values:
        return {**counted, **dict.fromkeys(("min", "max", "mean", "p50", "p95", "p99", "last"))}
    ordered = sorted(values)
    return {
        **counted,
        "min": plain(ordered[0]),
        "max": plain(ordered[-1]),
        "mean": plain(round(math.fsum(value / len(values) for value in values), 6)),
        "p50": plain(percentile(ordered, 50)),
        "p95": plain(percentile(ordered, 95)),
        "p99": plain(percentile(ordered, 99)),
        "last": plain(values[-1]),
    }
