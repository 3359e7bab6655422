# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values as `-e key=value`, an AWX survey and templates give them, brought to the types of an argument spec. Pure.

The command line knows strings only, and a survey field that nobody filled in is an empty one. What a template makes of such a
string differs between the versions of Ansible; what stands here does not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..module_utils._errors import InvalidError

_TRUE = frozenset({"true", "yes", "on", "y", "t", "1", "1.0"})
_FALSE = frozenset({"false", "no", "off", "n", "f", "0", "0.0"})
_LONGEST_SHOWN = 60


def is_blank(value: Any) -> bool:
    """Return whether a value counts as not given: null, or a string of nothing but white space."""
    return value is None or (isinstance(value, str) and not value.strip())


def normalise(value: Any, kind: str, where: str) -> Any:
    """Return the value as `bool`, `int`, `float`, `str`, `path`, `dict`, `list` of dictionaries, or `names`.

    `names` is a list of strings: `a,b`, JSON, or a list. A blank value becomes None. Raises InvalidError that names `where`.
    """
    if is_blank(value):
        return None
    return _READERS[kind](value, where)


def normalise_options(given: Mapping[str, Any], spec: Mapping[str, Mapping[str, Any]], prefix: str = "") -> dict[str, Any]:
    """Return options without blank ones, numbers and switches read; names in errors get `prefix`.

    Options that the spec does not know stay as they are, and so do lists, whose items have a spec of their own.
    """
    read: dict[str, Any] = {}
    for option, value in given.items():
        kind = spec.get(option, {}).get("type")
        if kind not in {"bool", "int", "float", "str", "path", "dict"}:
            read[option] = value
        elif not is_blank(value):
            read[option] = normalise(value, kind, f"{prefix}{option}")
    return read


def normalise_item(item: Mapping[str, Any], spec: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return one declared service, or a typed connection, with its numbers and switches read; a blank one is left out.

    Strings stay as they are, because an empty description clears it. What cannot be read stays for the validation to refuse.
    """
    read: dict[str, Any] = {}
    for option, value in item.items():
        known = spec.get(option, {})
        kind = known.get("type")
        if kind in {"int", "bool"} and is_blank(value):
            continue
        try:
            read[option] = normalise(value, kind, option) if kind in {"int", "bool"} else value
        except InvalidError:
            read[option] = value
        if "options" in known and isinstance(value, list):
            read[option] = [normalise_item(inner, known["options"]) if isinstance(inner, Mapping) else inner for inner in value]
    return read


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"a value of {len(text)} characters"


def _bool(value: Any, where: str) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise InvalidError(f"{where} is {_shown(value)}; write true or false")


def _float(value: Any, where: str) -> float:
    if not isinstance(value, bool):
        try:
            number = float(value)
            if abs(number) < float("inf"):
                return number
        except (TypeError, ValueError, OverflowError):
            pass
    raise InvalidError(f"{where} is {_shown(value)}; write a number")


def _int(value: Any, where: str) -> int:
    """Read a whole number; 80000.0 is one, which a survey makes of 80000."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lstrip("+-").isdecimal():
        return int(value)
    try:
        number = _float(value, where)
        if number.is_integer():
            return int(number)
    except InvalidError:
        pass
    raise InvalidError(f"{where} is {_shown(value)}; write a whole number")


def _str(value: Any, where: str) -> str:
    if isinstance(value, (Mapping, list, tuple)):
        raise InvalidError(f"{where} is {_shown(value)}; write a string")
    return str(value)


def _dict(value: Any, where: str) -> dict[str, Any]:
    found = _from_json(value)
    if isinstance(found, Mapping):
        return dict(found)
    raise InvalidError(f'{where} is {_kind(value)}; write a dictionary, or JSON such as {{"key": "value"}}')


def _list(value: Any, where: str) -> list[Any]:
    found = _from_json(value)
    items = [found] if isinstance(found, Mapping) else found
    if isinstance(items, (list, tuple)):
        for index, item in enumerate(items):
            if not isinstance(item, Mapping):
                raise InvalidError(f"{where}[{index}] is {_kind(item)}; write a dictionary such as {{name: NAME}}")
        return list(items)
    raise InvalidError(f'{where} is {_kind(value)}; write a list of dictionaries, or JSON such as [{{"name": "NAME"}}]')


def _names(value: Any, where: str) -> list[str]:
    found = _from_json(value)
    if isinstance(found, str):
        return [part.strip() for part in found.split(",") if part.strip()]
    if isinstance(found, (bool, Mapping)):
        raise InvalidError(f"{where} is {_kind(value)}; write a name, or several as a list or as NAME,OTHER")
    items = list(found) if isinstance(found, Sequence) else [found]
    return [_str(item, f"{where}[{index}]") for index, item in enumerate(items) if not is_blank(item)]


def _from_json(value: Any) -> Any:
    """Return what a string of JSON stands for; other values, and strings that are not a JSON list or object, unchanged."""
    if isinstance(value, str) and value.lstrip()[:1] in {"[", "{"}:
        try:
            return json.loads(value)
        except ValueError:
            pass
    return value


def _kind(value: Any) -> str:
    if isinstance(value, str):
        broken = value.lstrip()[:1] in {"[", "{"}
        return "a string that is not JSON" if broken else "a string"
    return {bool: "a bool", list: "a list", tuple: "a list", dict: "a dictionary", type(None): "null"}.get(
        type(value), "a number"
    )


_READERS = {
    "bool": _bool,
    "int": _int,
    "float": _float,
    "str": _str,
    "path": _str,
    "dict": _dict,
    "list": _list,
    "names": _names,
}
