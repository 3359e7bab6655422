# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How loosely values are read: numbers, times, and a few words for what came (contract 1.2 and 11). Pure."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone
from typing import Any

from ._text import shown

_MILLISECONDS_FROM = 1e11
_LONGEST_NUMBER = 40
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?")
# A time may have a fraction of any number of digits; this is beyond all that are sensible.
_LONGEST_TIME = 56
# Read alike on every Python: what `datetime.fromisoformat` takes differs from 3.9 to 3.13.
_ISO = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)-(?P<day>\d\d)|(?P<short_month>\d\d)(?P<short_day>\d\d))"
    r"(?:[Tt ](?P<hour>\d\d)(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?)?"
    r" ?(?P<zone>[Zz]|(?P<sign>[+-])(?P<zone_hour>\d\d)(?::?(?P<zone_minute>\d\d))?)?)?",
    re.ASCII,
)


def describe(value: Any) -> str:
    """Return a few words for the kind of a JSON value, for messages."""
    if value is None:
        return "null"
    for kind, words in ((bool, "a boolean"), (str, "a string"), ((int, float), "a number"), (list, "a list")):
        if isinstance(value, kind):
            return words
    keys = ", ".join(sorted(str(key) for key in value)[:8])
    return shown(f"an object with the keys {keys}", 200) if keys else "an empty object"


def to_number(value: Any) -> float | None:
    """Read a number or a numeric string; None for anything else, for NaN and for infinities."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
            return None
        value = text
    elif not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def to_whole(value: Any) -> int | None:
    """Read a whole number, however it is written (`80000`, `"80000"`, `80000.0`); None for anything else."""
    number = to_number(value)
    if number is None or not number.is_integer():
        return None
    digits = str(value).strip()
    # Digits are read as they are: a float keeps no more than 15 of them.
    return int(digits) if digits.isdecimal() else int(number)


def to_moment(value: Any) -> float | None:
    """Read a time that a person wrote: epoch seconds, or ISO 8601 (UTC when it names no zone), also out of a YAML timestamp."""
    number = to_number(value)
    return number if number is not None else parse_iso(str(value))


def to_epoch(value: Any) -> float | None:
    """Read a time: seconds, milliseconds (from 10^11 on), a numeric string or ISO 8601 (UTC when it names no zone)."""
    number = to_number(value)
    if number is not None:
        return number / 1000 if abs(number) >= _MILLISECONDS_FROM else number
    return parse_iso(value) if isinstance(value, str) else None


def parse_iso(text: str) -> float | None:
    """Read an ISO 8601 time as epoch seconds (UTC when it names no zone); None when it is not one.

    A date alone is its midnight. Date and time may be written compactly (`20170507T035800Z`), with a space for the `T`, a
    fraction of any length, and a zone as `Z`, `+08`, `+0800` or `+08:00`.
    """
    found = _ISO.fullmatch(text.strip()) if len(text) <= _LONGEST_TIME else None
    if found is None:
        return None
    numbers = {name: int(part) for name, part in found.groupdict(default="0").items() if part.isdigit()}
    month, day = numbers["month"] or numbers["short_month"], numbers["day"] or numbers["short_day"]
    clock = (numbers["hour"], numbers["minute"], numbers["second"])
    # The end of a day may be written as 24:00.
    last = clock == (24, 0, 0)
    offset = timedelta(hours=numbers["zone_hour"], minutes=numbers["zone_minute"])
    if numbers["zone_minute"] > 59 or offset >= timedelta(days=1):
        return None
    try:
        moment = datetime(numbers["year"], month, day, *((0, 0, 0) if last else clock), tzinfo=timezone.utc)
    except ValueError:
        return None
    seconds = moment.timestamp() + float(f"0.{found['fraction'] or 0}") + (86400 if last else 0)
    return seconds + offset.total_seconds() * (1 if found["sign"] == "-" else -1)


def iso_utc(epoch: float | None) -> str | None:
    """Write epoch seconds as ISO 8601 in UTC, whole seconds (`2017-05-07T03:58:00Z`); None for an impossible time."""
    if epoch is None:
        return None
    try:
        return datetime.fromtimestamp(int(epoch), tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return None
