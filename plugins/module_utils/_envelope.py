# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How loosely the API's answers are read (contract 1.2, 3.1 and 11): envelopes, keys, numbers, times. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import BadResponseError
from ansible_collections.cloudopera.ies.plugins.module_utils._text import shown

_MILLISECONDS_FROM = 1e11
_LONGEST_NUMBER = 40
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?")
_DEEPER = ("data", "result")
# A time may have a fraction of any number of digits; this is beyond all that are sensible.
_LONGEST_TIME = 56
# Read alike on every Python: what C(datetime.fromisoformat) takes differs from 3.9 to 3.13.
_ISO = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)-(?P<day>\d\d)|(?P<short_month>\d\d)(?P<short_day>\d\d))"
    r"(?:[Tt ](?P<hour>\d\d)(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?)?"
    r" ?(?P<zone>[Zz]|(?P<sign>[+-])(?P<zone_hour>\d\d)(?::?(?P<zone_minute>\d\d))?)?)?",
    re.ASCII,
)


@lru_cache(maxsize=4096)
def fold(key: str) -> str:
    """Return an envelope key as it is compared: without case, C(_) and C(-)."""
    return key.replace("_", "").replace("-", "").casefold()


def folded(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload under folded keys; of two keys that fold alike the first one with a value stays."""
    result: dict[str, Any] = {}
    for key, value in payload.items():
        short = fold(key)
        if result.get(short) is None:
            result[short] = value
    return result


def pick_string(fields: Mapping[str, Any], *names: str) -> str | None:
    """Return the first named field that holds a text or a whole number, as text. C(names) are folded."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None


def unwrap_list(body: Any, *names: str) -> list[Any]:
    """Return the list in an answer: bare, under an expected key, the only array, or one level deeper. Null is empty.

    Raises BadResponseError when no list can be made out.
    """
    found = _find_list(body, tuple(fold(name) for name in names), deeper=True)
    if found is None:
        raise BadResponseError(f"the answer holds no list ({describe(body)}); check api_url")
    return found


def _find_list(body: Any, names: tuple[str, ...], deeper: bool) -> list[Any] | None:
    if body is None:
        return []
    if isinstance(body, list):
        return body
    if not isinstance(body, Mapping):
        return None
    fields = folded(body)
    # Absent values are usually explicit nulls: one must not hide what stands under the next name (contract 1).
    expected = [fields[name] for name in names if name in fields and (fields[name] is None or isinstance(fields[name], list))]
    if expected:
        return next((value for value in expected if value is not None), [])
    arrays = [value for value in body.values() if isinstance(value, list)]
    if len(arrays) == 1:
        return arrays[0]
    if not deeper:
        return None
    wrapped = [fields[name] for name in _DEEPER if name in fields]
    inner = next((value for value in wrapped if isinstance(value, Mapping)), None)
    if inner is not None:
        return _find_list(inner, names, deeper=False)
    return [] if None in wrapped else None


def unwrap_object(body: Any, *names: str) -> dict[str, Any] | None:
    """Return the object in an answer: under an expected key, C(data) or C(result), else bare. Null is None.

    Raises BadResponseError when the answer is neither an object nor null.
    """
    if body is None:
        return None
    if not isinstance(body, Mapping):
        raise BadResponseError(f"the answer is {describe(body)} where an object was expected; check api_url")
    return _find_object(body, tuple(fold(name) for name in names), deeper=True)


def _find_object(body: Mapping[str, Any], names: tuple[str, ...], deeper: bool) -> dict[str, Any] | None:
    fields = folded(body)
    for name in names:
        if isinstance(fields.get(name), Mapping):
            return dict(fields[name])
    inner = next((fields[name] for name in _DEEPER if isinstance(fields.get(name), Mapping)), None) if deeper else None
    if inner is not None:
        return _find_object(inner, names, deeper=False)
    if any(name in fields and fields[name] is None for name in names) or (
        body and all(value is None for value in body.values())
    ):
        return None
    return dict(body)


def objects(entries: list[Any]) -> list[dict[str, Any]]:
    """Return the entries of a list, every one of which has to be an object."""
    for entry in entries:
        if not isinstance(entry, dict):
            raise BadResponseError(f"a list in the answer holds {describe(entry)} where objects were expected; check api_url")
    return entries


def describe(value: Any) -> str:
    """Return a few words for the kind of a JSON value, for messages."""
    if value is None:
        return "null"
    for kind, words in ((bool, "a boolean"), (str, "a text"), ((int, float), "a number"), (list, "a list")):
        if isinstance(value, kind):
            return words
    keys = ", ".join(sorted(str(key) for key in value)[:8])
    return shown(f"an object with the keys {keys}", 200) if keys else "an empty object"


def to_number(value: Any) -> float | None:
    """Read a number or a numeric text; None for anything else, for NaN and for infinities."""
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


def to_epoch(value: Any) -> float | None:
    """Read a time: seconds, milliseconds (from 10^11 on), numeric text or ISO 8601 (UTC when it names no zone)."""
    number = to_number(value)
    if number is not None:
        return number / 1000 if abs(number) >= _MILLISECONDS_FROM else number
    return parse_iso(value) if isinstance(value, str) else None


def parse_iso(text: str) -> float | None:
    """Read an ISO 8601 time as epoch seconds (UTC when it names no zone); None when it is not one.

    A date alone is its midnight. Date and time may be written compactly (C(20170507T035800Z)), with a space for the C(T), a
    fraction of any length, and a zone as C(Z), C(+08), C(+0800) or C(+08:00).
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
    """Write epoch seconds as ISO 8601 in UTC, whole seconds (C(2017-05-07T03:58:00Z)); None for an impossible time."""
    if epoch is None:
        return None
    try:
        return datetime.fromtimestamp(int(epoch), tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return None
