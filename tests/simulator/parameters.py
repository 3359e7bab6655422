# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of contract 6: what a template accepts, what is stored, how a modify merges lists, what is read back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from .model import SYSTEM_ERROR, Item, Parameters, Refusal, Template
from .options import Options

MANDATORY_ITEM_KEYS = ("CloudVpnName", "Bandwidth")
CONNECTION_KEY = "CloudVpnName"
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def storable(parameters: Any) -> Parameters:
    """Keep strings and lists of objects: other top-level types get lost (contract 6)."""
    if parameters is None:
        return {}
    if not isinstance(parameters, dict):
        raise _parse_error("parameters")
    kept: Parameters = {}
    for name, value in parameters.items():
        if isinstance(value, list):
            if not all(isinstance(item, dict) for item in value):
                raise _parse_error(name)
            kept[name] = [dict(item) for item in value]
        elif isinstance(value, str):
            kept[name] = value
    return kept


def check_fit(template: Template, parameters: Parameters, options: Options) -> None:
    """Raise the parse error of contract 3.3 where a value contradicts its declaration."""
    for name, value in parameters.items():
        spec = template.parameters.get(name)
        if spec is None:
            if options.undeclared_parameters == "refuse":
                raise _parse_error(name)
            continue
        if isinstance(value, list) != spec.is_list:
            raise _parse_error(name)
        if spec.type == "Number" and not _NUMBER.fullmatch(value):
            raise _parse_error(name)
        if spec.valid_values is not None and isinstance(value, str) and value not in spec.valid_values:
            raise _parse_error(name)
        if isinstance(value, list) and spec.map is not None and options.undeclared_item_keys == "refuse":
            for item in value:
                if set(item) - set(spec.map):
                    raise Refusal(SYSTEM_ERROR)


def check_items(parameters: Parameters, options: Options, *, only_created: bool = False) -> None:
    """Refuse an item that lacks a mandatory key (A-25); on a modify only inserted items must be whole."""
    if not options.mandatory_item_keys:
        return
    for name, value in parameters.items():
        if not isinstance(value, list):
            continue
        for item in value:
            if only_created and item.get("action") != "create":
                continue
            missing = [key for key in MANDATORY_ITEM_KEYS if _is_blank(item.get(key))]
            if missing:
                raise Refusal(
                    "servicemgr.service.parameter.validate_error",
                    400,
                    desc=[f"{name}.{key}" for key in missing],
                )


def check_new_lists(parameters: Parameters) -> None:
    """Refuse a keyed list in which an item has no key: 0.5 stores such items one by one (contract 6.1)."""
    for value in parameters.values():
        if isinstance(value, list) and value and value[0].get("logicalName"):
            keys = [item.get("logicalName") for item in value]
            if any(_is_blank(key) for key in keys) or len(set(map(str, keys))) != len(keys):
                raise Refusal(SYSTEM_ERROR)


def merged(stored: Parameters, sent: Parameters, *, replace: bool = False) -> Parameters:
    """Return the parameters after a modify; raises before anything has changed."""
    result = dict(stored)
    for name, value in sent.items():
        if isinstance(value, list):
            before = result.get(name)
            after = merged_list(before if isinstance(before, list) else None, value, replace=replace)
            if name in result or after is not None:
                result[name] = after
        else:
            result[name] = value
    return result


def merged_list(stored: list[Item] | None, sent: list[Item], *, replace: bool = False) -> list[Item] | None:
    """Apply the actions of `sent` in order; an item without one is skipped (contract 6.1).

    An update merges key by key, or with `replace` puts the item sent in the place of the stored one (contract 5.4).
    """
    items = [_without_action(item) for item in stored or []]
    inserted = removed = False
    for entry in sent:
        index = _position(items, entry)
        action = entry.get("action")
        if action == "create":
            if _has_key(entry) and index is not None:
                raise Refusal("servicemgr.db.oper_db_error")
            items.append(_without_action(entry))
            inserted = True
        elif action == "update":
            if index is None:
                raise Refusal("servicemgr.service.not_exist", business=True)
            items[index] = {**({} if replace else items[index]), **_without_action(entry)}
        elif action == "delete" and index is not None:
            del items[index]
            removed = True
    if items:
        return items
    return None if removed or (stored is None and not inserted) else []


def visible(template: Template | None, parameters: Parameters, options: Options) -> Parameters:
    """Return what a read shows: hidden parameters and keys never, numbers in the type asked for (A-12)."""
    shown: Parameters = {}
    for name, value in parameters.items():
        spec = template.parameters.get(name) if template else None
        if spec is not None and spec.hidden and not spec.is_list:
            continue
        if isinstance(value, list):
            hidden = spec.hidden_keys if spec is not None else ()
            items = [_typed({key: item[key] for key in item if key not in hidden}, options) for item in value]
            shown[name] = json.dumps(items) if options.parameters_style == "json-strings" else items
        else:
            shown[name] = _number(value) if options.scalar_type == "number" else value
    return shown


def connections(parameters: Parameters) -> Iterator[Item]:
    """Yield every object that names a connection: list items, else the flat service itself."""
    found = False
    for value in parameters.values():
        for item in value if isinstance(value, list) else ():
            if not _is_blank(item.get(CONNECTION_KEY)):
                found = True
                yield item
    if not found and not _is_blank(parameters.get(CONNECTION_KEY)):
        yield parameters


def _typed(item: Item, options: Options) -> Item:
    bandwidth = item.get("Bandwidth")
    if bandwidth is None or isinstance(bandwidth, (bool, dict, list)):
        return dict(item)
    if options.bandwidth_type == "string":
        return {**item, "Bandwidth": str(bandwidth)}
    return {**item, "Bandwidth": _number(str(bandwidth))}


def _number(text: Any) -> Any:
    """Return a numeric text as a number, anything else as it is."""
    if not isinstance(text, str) or not _NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)


def _position(items: list[Item], entry: Item) -> int | None:
    for key in ("logicalName", CONNECTION_KEY):
        if not _is_blank(entry.get(key)):
            return next((at for at, item in enumerate(items) if item.get(key) == entry[key]), None)
    return 0 if len(items) == 1 else None


def _has_key(entry: Item) -> bool:
    return not (_is_blank(entry.get("logicalName")) and _is_blank(entry.get(CONNECTION_KEY)))


def _without_action(item: Item) -> Item:
    return {key: value for key, value in item.items() if key != "action"}


def _is_blank(value: Any) -> bool:
    return value is None or not str(value).strip()


def _parse_error(name: str) -> Refusal:
    return Refusal("servicemgr.service.template.parse_error", business=True, desc=[name])
