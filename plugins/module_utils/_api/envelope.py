# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How loosely the API's responses are read (contract 3.1 and 11): envelopes, keys, lists, objects. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from .._errors import BadResponseError
from .._values import describe

_DEEPER = ("data", "result")


@lru_cache(maxsize=4096)
def fold(key: str) -> str:
    """Return an envelope key as it is compared: without case, `_` and `-`."""
    return key.replace("_", "").replace("-", "").casefold()


def folded(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload under folded keys; of two keys that fold alike the first one with a value stays."""
    result: dict[str, Any] = {}
    for key, value in payload.items():
        short = fold(key)
        if result.get(short) is None:
            result[short] = value
    return result


def pick_string(fields: Mapping[str, Any], *names: str, empty: bool = True) -> str | None:
    """Return the first named field that holds a string or a whole number, as a string. `names` are folded.

    `empty`: whether an empty string counts.
    """
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and (value or empty):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None


def unwrap_list(body: Any, *names: str) -> list[Any]:
    """Return the list in a response: bare, under an expected key, the only array, or one level deeper. Null is empty.

    Raises BadResponseError when no list can be made out.
    """
    found = _find_list(body, tuple(fold(name) for name in names), deeper=True)
    if found is None:
        raise BadResponseError(f"the response holds no list ({describe(body)}); check api_url")
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
    """Return the object in a response: under an expected key, `data` or `result`, else bare. Null is None.

    Raises BadResponseError when the response is neither an object nor null.
    """
    if body is None:
        return None
    if not isinstance(body, Mapping):
        raise BadResponseError(f"the response is {describe(body)} where an object was expected; check api_url")
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
            raise BadResponseError(f"a list in the response holds {describe(entry)} where objects were expected; check api_url")
    return entries
