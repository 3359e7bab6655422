# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The figures of a replay as a table of plain text. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils._text import padded, shown, width

# Heading, key, and digits behind the point.
_COLUMNS = (
    ("changes", "changes", 0),
    ("reversals", "reversals", 0),
    ("full min", "saturated_minutes", 0),
    ("full %", "saturated_percent", 3),
    ("undelivered", "undelivered", 0),
    ("free %", "mean_headroom", 1),
    ("bandwidth h", "bandwidth_hours", 0),
    ("cost", "cost", 2),
)
_NOTHING = "-"
FLATTERS = (
    "recorded traffic flatters: what a full line would have carried is not in it, so a larger size may need more than it shows"
)


def replay_lines(results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the table of what the filter `elastic_replay` returns, with a heading, and what to keep in mind about it."""
    rows = [["policy", *(heading for heading, _key, _digits in _COLUMNS)]]
    rows += [
        [shown(name), *(_cell(found.get(key), digits) for _heading, key, digits in _COLUMNS)] for name, found in results.items()
    ]
    widths = [max(width(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = [
        "  ".join([padded(row[0], widths[0]), *(cell.rjust(columns) for cell, columns in zip(row[1:], widths[1:]))])
        for row in rows
    ]
    censored = max((found.get("censored") or 0 for found in results.values()), default=0)
    counted = f" ({censored:,} samples were at the limit)" if censored else ""
    return [*lines, f"{FLATTERS}{counted}"]


def _cell(value: Any, digits: int) -> str:
    return _NOTHING if value is None else f"{value:,.{digits}f}"
