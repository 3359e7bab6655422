# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moments as people write them: epoch seconds, ISO 8601, or relative to now. Pure; "now" is passed in."""

from __future__ import annotations

import re

from .._errors import InvalidError
from .._values import iso_utc, parse_iso

_RELATIVE = re.compile(r"-(\d{1,9})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_EPOCH = re.compile(r"\d{1,12}")


def read_moment(option: str, text: str, now: float) -> int:
    """Return epoch seconds for `now`, `-90m`, `1493367320` or ISO 8601 (UTC when it names no zone).

    Raises InvalidError for anything else.
    """
    plain = text.strip()
    if plain == "now":
        return int(now)
    relative = _RELATIVE.fullmatch(plain)
    moment: float | None
    if relative:
        moment = int(now) - int(relative.group(1)) * _SECONDS[relative.group(2)]
    elif _EPOCH.fullmatch(plain):
        moment = float(plain)
    else:
        moment = parse_iso(plain)
    if moment is None or moment < 0 or iso_utc(moment) is None:
        raise InvalidError(
            f"{option} is {text!r}; write epoch seconds (1493367320), ISO 8601 (2017-04-28T08:15:20Z), now, or a time before"
            " now such as -90m or -7d (units s, m, h, d, w)"
        )
    return int(moment)


def read_period(start: str, end: str, now: float) -> tuple[int, int]:
    """Return start and end as epoch seconds; raises InvalidError unless the start lies before the end."""
    first, last = read_moment("start_time", start, now), read_moment("end_time", end, now)
    if first >= last:
        raise InvalidError(
            f"start_time {start!r} ({iso_utc(first)}) is not before end_time {end!r} ({iso_utc(last)}); swap them"
        )
    return first, last
