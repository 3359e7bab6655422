# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Task body of `ies_vpn_traffic_info`: the traffic of connections (public interface, section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._api.models import Series
from .._api.traffic import TrafficQuery
from .._domain.period import read_period
from .._domain.statistics import statistics, traffic_entry
from .._errors import InvalidError
from .._parallel import in_parallel
from .._wire.client import IesClient
from ._context import Context
from ._options import read_max_parallel

# Only some values of these options are known, so none is refused (contract 8, A-14).
OPTIONS: dict[str, dict[str, Any]] = {
    "cloud_vpn_names": {"type": "list", "elements": "str", "required": True, "aliases": ["cloud_vpn_name"]},
    "metric": {"type": "str", "default": "traffic-rate"},
    "start_time": {"type": "str", "default": "-1h"},
    "end_time": {"type": "str", "default": "now"},
    "timedim": {"type": "str", "default": "minute"},
    "direction": {"type": "str", "default": "outbound"},
    "indicator": {"type": "str", "default": "max"},
    "max_parallel": {"type": "int", "default": 8},
}
CONSTRAINTS: dict[str, Any] = {}


def run(params: Mapping[str, Any], client: IesClient, context: Context) -> dict[str, Any]:
    """Return a series with its statistics per connection and direction, in the order asked for; raises IesError."""
    max_parallel = read_max_parallel(params)
    start, end = read_period(params["start_time"], params["end_time"], context.clock.now())
    for option in ("metric", "timedim", "direction", "indicator"):
        if not params[option].strip():
            raise InvalidError(f"{option} is empty; give it a value or leave it out")
    if any(not name.strip() for name in params["cloud_vpn_names"]):
        raise InvalidError("cloud_vpn_names holds an empty name; name the connection (CloudVpnName)")
    directions = ("outbound", "inbound") if params["direction"] == "both" else (params["direction"],)
    queries = [
        TrafficQuery(name, params["metric"], start, end, params["timedim"], direction, params["indicator"])
        for name in params["cloud_vpn_names"]
        for direction in directions
    ]
    warnings: list[str] = []

    def read(query: TrafficQuery) -> Series:
        samples = client.read_traffic(query.cloud_vpn_name, query.metric, query.parameters(), query.indicator)
        if samples is None:
            warnings.append(
                f"no {query.direction} traffic for {query.cloud_vpn_name!r} (404): the connection may be unknown; the name"
                " wanted is the CloudVpnName, not the service's name or id"
            )
            return Series()
        warnings.extend(_unreadable(query, samples))
        return samples

    series = in_parallel(read, queries, max_parallel)
    traffic = [{**traffic_entry(query, samples), "statistics": statistics(samples)} for query, samples in zip(queries, series)]
    return {"changed": False, "traffic": traffic, "warnings": sorted(warnings)}


def _unreadable(query: TrafficQuery, series: Series) -> list[str]:
    """Return the warnings for samples that could not be read."""
    of = f"{query.direction} traffic of {query.cloud_vpn_name!r}"
    counted = (
        (series.unreadable, "with a value that could not be read, shown as gaps"),
        (series.unplaced, "with a time that could not be read, left out"),
    )
    return [f"{of}: {count} of the samples came {what}" for count, what in counted if count]
