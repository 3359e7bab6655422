# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of elastic bandwidth tells a person: a line per connection, and warnings. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from .._text import padded, shown, width
from .sparkline import BLOCKS, sparkline

# What a connection carried, per direction.
Values = Sequence[Sequence[Optional[float]]]

_WIDEST_LABEL = 60
_LONGEST_NAME = 80
_NAMED = 5

FIND_THE_UNIT = (
    "to find it, send a known rate through a connection for some minutes, read ies_vpn_traffic_info for that time, and set"
    " policy.traffic_unit to the rate in units of Bandwidth divided by the value read"
)


def connection_label(entry: Mapping[str, Any]) -> str:
    """Return service and connection of an entry of `connections`."""
    parts = (entry.get("name") or entry.get("service_id"), entry.get("cloud_vpn_name"))
    return ", ".join(shown(part, _LONGEST_NAME) for part in parts if part) or "a connection without a name"


def connection_lines(entries: Sequence[Mapping[str, Any]], values: Mapping[str, Values], signs: str = BLOCKS) -> list[str]:
    """Return one line per entry of `connections`, with its traffic against its bandwidth where `values` has it by name."""
    labels = [connection_label(entry) for entry in entries]
    columns = min(max(map(width, labels), default=0), _WIDEST_LABEL)
    return [
        f"{padded(label, columns)}  {_told(entry, _line_of(entry, values, signs))}" for label, entry in zip(labels, entries)
    ]


def _line_of(entry: Mapping[str, Any], values: Mapping[str, Values], signs: str) -> str:
    """Return the traffic of the busier direction as a sparkline; nothing where there is none."""
    bandwidth = entry.get("before")
    directions = values.get(str(entry.get("cloud_vpn_name")), ()) if bandwidth else ()
    busiest = max(directions, key=lambda direction: sum(value or 0 for value in direction), default=())
    return sparkline(busiest, bandwidth or 0, signs=signs)


def _told(entry: Mapping[str, Any], line: str) -> str:
    drawn = f"{line}  " if line.strip() else ""
    if entry["decision"] is None:
        return f"{drawn}error: {shown(entry['error'])}"
    before, target = f"{entry['before']:,}", f"{entry['target']:,}"
    what = before if entry["target"] == entry["before"] else f"{before} -> {target}"
    reason = entry["reasons"][0] if entry["reasons"] else ""
    failure = f"; error: {shown(entry['error'])}" if entry["error"] else ""
    return f"{drawn}{entry['decision']} {what}: {reason}{failure}"


def unit_warning(labels: Sequence[str]) -> str:
    """Return the warning for connections whose policy has no `traffic_unit`."""
    return (
        f"traffic_unit is not set for {_named(labels)}: it is not known what the traffic measures, so changes are only"
        f" recommended, never applied; {FIND_THE_UNIT}"
    )


def operations_warning(labels: Sequence[str]) -> str:
    """Return the warning for connections whose service does not show its operations."""
    return f"operations could not be read for {_named(labels)}: the last change is not known, so nothing is lowered there"


def direction_warning(label: str, message: str) -> str:
    """Return the warning for a connection of which one direction could not be read."""
    return f"{label}: one direction of its traffic could not be read, so nothing is lowered: {message}"


def _named(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    return "; ".join(labels[:_NAMED]) + more
