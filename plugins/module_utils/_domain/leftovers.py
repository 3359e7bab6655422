# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an order that failed (CreateFailed) has left, and what of it goes into the order that replaces it. Pure.

A recreation orders undeclared connections too. When that order fails, they stand in the leftover and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .._api.models import Service
from .._api.parameters import (
    ACTION_DELETE,
    ACTION_KEY,
    LOGICAL_NAME_KEY,
    NAME_KEY,
    decode_json_text,
    find_connections,
    find_key,
    find_value,
)
from .._errors import ConflictError
from .declaration import Declaration


class CarriedOver(NamedTuple):
    """The parameters to order, and what of them comes from the leftover, in words."""

    parameters: dict[str, Any]
    words: tuple[str, ...]


def carry_over(declaration: Declaration, ordered: Mapping[str, Any], leftovers: Sequence[Service]) -> CarriedOver:
    """Return the declared parameters `ordered` with what the leftovers hold beyond them.

    Raises ConflictError when several leftovers hold different things, or one holds a connection that has no place in the
    order.
    """
    found = [_with_leftover(declaration, ordered, leftover) for leftover in leftovers]
    if any(entry.parameters != found[0].parameters for entry in found):
        ids = " and ".join(str(service.service_id) for service in leftovers)
        raise ConflictError(
            f"{declaration.label()} is CreateFailed more than once ({ids}), and what these hold beyond the declaration differs;"
            " remove those that are not to be kept by service_id (state absent), then run again"
        )
    return found[0]


def _with_leftover(declaration: Declaration, ordered: Mapping[str, Any], leftover: Service) -> CarriedOver:
    declared = find_connections(declaration.parameters)
    removed = {entry.cloud_vpn_name for entry in declared if find_value(entry.parameters, ACTION_KEY) == ACTION_DELETE}
    named = {entry.cloud_vpn_name for entry in declared}
    left = _as_lists(leftover.parameters or {})
    parameters: dict[str, Any] = dict(ordered)
    words: list[str] = []
    flat = any(connection.place.key is None for connection in leftover.connections)
    if flat and any(connection.place.key is not None for connection in find_connections(ordered)):
        # Beside lists, what makes up a flat connection means nothing.
        left = {}
    for key, value in left.items():
        own = parameters.get(key)
        if isinstance(value, list) and (own is None or isinstance(own, list)):
            items, carried = _merged_list(own or [], value, named)
            if items or own is not None:
                parameters[key] = items
            words += carried
        elif key not in parameters and value is not None and not _holds(key, value, removed):
            parameters[key] = value
            words.append(key)
    _check_nothing_lost(leftover, parameters, removed)
    return CarriedOver(parameters, tuple(words))


def _as_lists(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters that were read as they are written: a list of connections that reads as JSON text is a list."""
    listed = {entry.place.key for entry in find_connections(parameters) if entry.place.encoded and entry.place.in_list}
    return {key: decode_json_text(value) if key in listed else value for key, value in parameters.items()}


def _holds(key: str, value: Any, names: set[str]) -> bool:
    return any(connection.cloud_vpn_name in names for connection in find_connections({key: value}))


def _merged_list(own: Sequence[Any], left: Sequence[Any], named: set[str]) -> tuple[list[Any], list[str]]:
    """Return the ordered items with their undeclared properties, and after them the undeclared connections."""
    by_name = {str(find_value(item, NAME_KEY)): _bare(item) for item in left if isinstance(item, Mapping)}
    items: list[Any] = []
    words: list[str] = []
    for item in own:
        name = str(find_value(item, NAME_KEY)) if isinstance(item, Mapping) else ""
        kept = {key: value for key, value in by_name.get(name, {}).items() if find_key(item, key) is None}
        items.append({**kept, **item} if kept else item)
        words += [f"{key} of {name}" for key in kept if key != LOGICAL_NAME_KEY]
    undeclared = {name: item for name, item in by_name.items() if find_key(item, NAME_KEY) and name not in named}
    return _keyed([*items, *undeclared.values()]), [*words, *undeclared]


def _keyed(items: list[Any]) -> list[Any]:
    """Return the items with a `logicalName` on all of them where one has it (contract 6.1)."""
    if not any(isinstance(item, Mapping) and LOGICAL_NAME_KEY in item for item in items):
        return items
    return [
        {**item, LOGICAL_NAME_KEY: find_value(item, NAME_KEY)}
        if isinstance(item, Mapping) and find_key(item, NAME_KEY) and LOGICAL_NAME_KEY not in item
        else item
        for item in items
    ]


def _bare(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key != ACTION_KEY and value is not None}


def _check_nothing_lost(leftover: Service, parameters: Mapping[str, Any], removed: set[str]) -> None:
    ordered = find_connections(parameters)
    flat = any(connection.place.key is None for connection in ordered)
    kept = {connection.cloud_vpn_name for connection in ordered}
    lost = [connection.cloud_vpn_name for connection in leftover.connections if connection.cloud_vpn_name not in kept | removed]
    # A flat service holds one connection: the declared one takes its place.
    if lost and not (flat and all(connection.place.key is None for connection in leftover.connections)):
        raise ConflictError(
            f"{leftover.label()} is CreateFailed and holds {', '.join(lost)}, which is not declared and has no place in the new"
            " order; declare it, or remove the service with state absent first"
        )
