# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our shapes to API payload: the bodies of create and modify, and parameters as they will stand afterwards. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .._api.mark import Mark, with_mark
from .._api.models import Service
from .._api.parameters import (
    ACTION_CREATE,
    ACTION_DELETE,
    ACTION_KEY,
    ACTION_UPDATE,
    LOGICAL_NAME_KEY,
    NAME_KEY,
    STEERING_KEYS,
    Connection,
    as_string,
    decode_json_text,
    find_connections,
    find_key,
    find_value,
)
from .catalogue import OrderIds
from .compare import ConnectionChange, Differences, Want, wanted_state
from .declaration import Declaration
from .fields import NAME_AND_IN_PLACE_KEYS


def order_parameters(declaration: Declaration) -> dict[str, Any]:
    """Return the declared parameters as an order sends them, without `action`."""
    wants = {want.cloud_vpn_name: want for want in wanted_state(declaration, []).connections}
    ordered: dict[str, Any] = {}
    for key, value in (declaration.parameters or {}).items():
        ordered[key] = [_ordered_item(item, wants) for item in value if not _goes(item)] if isinstance(value, list) else value
    flat = next((want for want in wants.values() if want.key is None), None)
    return {**ordered, **flat.values} if flat else ordered


def _goes(item: Any) -> bool:
    return isinstance(item, Mapping) and find_value(item, ACTION_KEY) == ACTION_DELETE


def _ordered_item(item: Any, wants: Mapping[str, Want]) -> Any:
    if not isinstance(item, Mapping):
        return item
    want = wants.get(str(find_value(item, NAME_KEY)))
    return dict(want.item if want else item)


def create_payload(
    declaration: Declaration,
    ids: OrderIds,
    name: str,
    description: str | None,
    parameters: Mapping[str, Any],
    mark: Mark | None = None,
) -> dict[str, Any]:
    """Return the body of an order (contract 5.1); every connection gets `action: create`."""
    return {
        "onfailure": declaration.on_failure,
        "service": {
            "name": name,
            "description": with_mark(description, mark) or "",
            "service_definition_id": ids.service_definition_id,
            "template_id": ids.template_id,
            "parameters": {
                key: [_with_action(item, ACTION_CREATE) for item in value] if isinstance(value, list) else value
                for key, value in parameters.items()
            },
        },
    }


def _with_action(item: Any, action: str) -> Any:
    if isinstance(item, Mapping) and find_key(item, NAME_KEY):
        return {**item, ACTION_KEY: action}
    return item


def update_payload(
    declaration: Declaration, current: Service, found: Differences, reapply: bool, mark: Mark | None = None
) -> dict[str, Any]:
    """Return the body of a modification (contract 5.4).

    Every changed connection is sent as the whole stored item (`update_items: minimal`: as name and changed keys), with
    the keys that differ replaced and the declared ones that the server does not show: a server may replace the item.
    `reapply`: all declared connections are sent, also those that look equal. `mark` stands behind the description.
    """
    service: dict[str, Any] = {"name": declaration.name if declaration.name is not None else current.name}
    description = declaration.description if declaration.description is not None else current.description
    if description is not None or mark is not None:
        service["description"] = with_mark(description, mark)
    if declaration.update_with_definition:
        service["service_definition_id"] = current.service_definition_id
        service["template_id"] = current.template_id
    parameters = _update_parameters(declaration, current, found, reapply)
    if parameters:
        service["parameters"] = parameters
    return {"service": service}


def _update_parameters(declaration: Declaration, current: Service, found: Differences, reapply: bool) -> dict[str, Any]:
    stored = current.parameters or {}
    sent: dict[str, Any] = {key: change.new for key, change in found.parameters.items()}
    if reapply:
        sent = {**{find_key(stored, key) or key: value for key, value in found.wanted.parameters.items()}, **sent}
    encoded = dict(stored)
    for entry in found.connections:
        if not entry.changes and not reapply:
            continue
        place = entry.connection.place
        if place.key is None:
            sent = {**_scalars(stored), **sent, **entry.hidden, **entry.values}
        elif not place.in_list:
            encoded = put_item(encoded, entry.connection, _whole_item(entry))
            sent[place.key] = encoded[place.key]
        else:
            sent.setdefault(place.key, []).append({**_sent_item(declaration, entry), ACTION_KEY: ACTION_UPDATE})
    for want in found.missing:
        key = str(want.key)
        if any(not entry.place.in_list for entry in find_connections({key: encoded.get(key)})):
            encoded = add_item(encoded, key, _bare(want.item))
            sent[key] = encoded[key]
        else:
            sent.setdefault(key, []).append({**_new_item(want, stored), ACTION_KEY: ACTION_CREATE})
    for connection in found.removed:
        if connection.place.key is not None and not connection.place.encoded:
            sent.setdefault(connection.place.key, []).append({**connection.parameters, ACTION_KEY: ACTION_DELETE})
    # A rename stays one: alone, what is not shown is no reason to send parameters.
    return {**found.hidden, **sent} if sent else sent


def _sent_item(declaration: Declaration, entry: ConnectionChange) -> dict[str, Any]:
    if declaration.update_items != "minimal":
        return _whole_item(entry)
    item = entry.connection.parameters
    keys = [find_key(item, name) for name in (*NAME_AND_IN_PLACE_KEYS, LOGICAL_NAME_KEY)]
    return {**{key: item[key] for key in keys if key is not None}, **entry.hidden, **entry.values}


def _whole_item(entry: ConnectionChange, hidden: bool = True) -> dict[str, Any]:
    return {**entry.connection.parameters, **(entry.hidden if hidden else {}), **entry.values}


def _scalars(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return all parameters but the lists, as they are written."""
    return {key: value for key, value in _as_written(parameters).items() if not isinstance(value, list)}


def _new_item(want: Want, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item to add; it gets a logicalName when the stored ones have one: all or none (contract 6.1)."""
    entries = stored.get(str(want.key))
    keyed = isinstance(entries, list) and any(isinstance(entry, Mapping) and LOGICAL_NAME_KEY in entry for entry in entries)
    if keyed and LOGICAL_NAME_KEY not in want.item:
        return {**want.item, LOGICAL_NAME_KEY: want.cloud_vpn_name}
    return want.item


def merged_parameters(current: Service, found: Differences, hidden: bool = False) -> dict[str, Any]:
    """Return the parameters as they stand once the declaration is applied; undeclared connections stay as they are.

    `hidden`: with what is declared and the server does not show.
    """
    merged = dict(current.parameters or {})
    merged.update({key: change.new for key, change in found.parameters.items()})
    if hidden:
        merged.update(found.hidden)
    for entry in found.connections:
        merged = put_item(merged, entry.connection, _whole_item(entry, hidden))
    for connection in found.removed:
        merged = put_item(merged, connection, None)
    for want in found.missing:
        if want.key is None:
            # A flat service holds one connection: the declared one takes its place.
            merged.update(want.values)
        else:
            merged = add_item(merged, want.key, _bare(_new_item(want, merged)))
    return {
        key: [item for item in value if item is not None] if isinstance(value, list) else value for key, value in merged.items()
    }


def reordered_parameters(current: Service, found: Differences, hidden: bool = True) -> dict[str, Any]:
    """Return the parameters for an order in the place of a service: all that is stored and all that is declared.

    Without `hidden` they are what a read will show.
    """
    return _as_written(merged_parameters(current, found, hidden))


def _as_written(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters that were read as they are written: strings and lists, anything else gets lost (contract 6).

    A list of connections that reads as JSON text is a list; a null is no value.
    """
    listed = {entry.place.key for entry in find_connections(parameters) if entry.place.encoded and entry.place.in_list}
    written: dict[str, Any] = {}
    for key, value in parameters.items():
        if key in listed:
            written[key] = decode_json_text(value)
        elif isinstance(value, Mapping):
            written[key] = json.dumps(value, ensure_ascii=False)
        elif value is not None:
            written[key] = value if isinstance(value, list) else as_string(value)
    return written


def put_item(parameters: Mapping[str, Any], connection: Connection, item: dict[str, Any] | None) -> dict[str, Any]:
    """Return a copy of the parameters with a connection's item replaced, or with None in its place."""
    place = connection.place
    if place.key is None:
        return {**parameters, **{key: value for key, value in (item or {}).items() if not isinstance(value, list)}}
    value = parameters[place.key]
    if not place.encoded:
        return {**parameters, place.key: _put(value, place.position, _bare(item))}
    document = decode_json_text(value)
    if place.inner is not None:
        document = {**document, place.inner: _put(document[place.inner], place.position, item)}
    else:
        document = item if place.position is None else _put(document, place.position, item)
    return {**parameters, place.key: json.dumps(document, ensure_ascii=False)}


def add_item(parameters: Mapping[str, Any], key: str, item: dict[str, Any] | None) -> dict[str, Any]:
    """Return a copy of the parameters with a connection added, in the form of those that stand under the key."""
    value = parameters.get(key)
    place = next((entry.place for entry in find_connections({key: value})), None)
    if place is None or not place.encoded:
        return {**parameters, key: [*(value if isinstance(value, list) else []), item]}
    document = decode_json_text(str(value))
    if place.inner is not None:
        document = {**document, place.inner: [*document[place.inner], item]}
    else:
        document = [*(document if isinstance(document, list) else [document]), item]
    return {**parameters, key: json.dumps(document, ensure_ascii=False)}


def _bare(item: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the item as it reads after a modification, which strips `action` (contract 5.3)."""
    return None if item is None else {key: value for key, value in item.items() if key != ACTION_KEY}


def _put(entries: list[Any], position: int | None, item: dict[str, Any] | None) -> list[Any]:
    return [item if at == position else entry for at, entry in enumerate(entries)]


def without_steering(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item's own properties."""
    return {key: value for key, value in item.items() if key not in STEERING_KEYS}
