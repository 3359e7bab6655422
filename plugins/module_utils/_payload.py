# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our shapes to API payload: the bodies of create and modify, and parameters as they will stand afterwards. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.cloudopera.ies.plugins.module_utils._catalogue import OrderIds
from ansible_collections.cloudopera.ies.plugins.module_utils._compare import Differences, Want, texts_of, wants_of
from ansible_collections.cloudopera.ies.plugins.module_utils._declaration import Declaration
from ansible_collections.cloudopera.ies.plugins.module_utils._models import (
    ACTION_KEY,
    LOGICAL_NAME_KEY,
    NAME_KEY,
    STEERING_KEYS,
    Connection,
    Service,
    decode_json_text,
    find_connections,
    find_key,
    find_value,
)


def order_parameters(declaration: Declaration) -> dict[str, Any]:
    """Return the declared parameters as an order sends them, without C(action)."""
    wants = {want.cloud_vpn_name: want for want in wants_of(declaration, [])}
    ordered: dict[str, Any] = {}
    for key, value in (declaration.parameters or {}).items():
        ordered[key] = [_ordered_item(item, wants) for item in value if not _goes(item)] if isinstance(value, list) else value
    flat = next((want for want in wants.values() if want.key is None), None)
    return {**ordered, **flat.values} if flat else ordered


def _goes(item: Any) -> bool:
    return isinstance(item, Mapping) and find_value(item, ACTION_KEY) == "delete"


def _ordered_item(item: Any, wants: Mapping[str, Want]) -> Any:
    if not isinstance(item, Mapping):
        return item
    want = wants.get(str(find_value(item, NAME_KEY)))
    return dict(want.item if want else item)


def create_payload(
    declaration: Declaration, ids: OrderIds, name: str, description: str | None, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the body of an order (contract 5.1); every connection gets C(action: create)."""
    return {
        "onfailure": declaration.on_failure,
        "service": {
            "name": name,
            "description": description or "",
            "service_definition_id": ids.service_definition_id,
            "template_id": ids.template_id,
            "parameters": {
                key: [_with_action(item, "create") for item in value] if isinstance(value, list) else value
                for key, value in parameters.items()
            },
        },
    }


def _with_action(item: Any, action: str) -> Any:
    if isinstance(item, Mapping) and find_key(item, NAME_KEY):
        return {**item, ACTION_KEY: action}
    return item


def update_payload(declaration: Declaration, current: Service, found: Differences, reapply: bool) -> dict[str, Any]:
    """Return the body of a modification (contract 5.4).

    Every changed connection is sent as the whole stored item (C(update_items: minimal): as name and changed keys), with
    the keys that differ replaced. C(reapply): all declared connections are sent, also those that look equal.
    """
    service: dict[str, Any] = {"name": declaration.name if declaration.name is not None else current.name}
    description = declaration.description if declaration.description is not None else current.description
    if description is not None:
        service["description"] = description
    if declaration.update_with_definition:
        service["service_definition_id"] = current.service_definition_id
        service["template_id"] = current.template_id
    parameters = _update_parameters(declaration, current, found, reapply)
    if parameters:
        service["parameters"] = parameters
    return {"service": service}


def _update_parameters(declaration: Declaration, current: Service, found: Differences, reapply: bool) -> dict[str, Any]:
    stored = current.parameters or {}
    sent: dict[str, Any] = {key: change.new for key, change in found.texts.items()}
    if reapply:
        sent = {**dict(texts_of(declaration, wants_of(declaration, current.connections))), **sent}
    encoded = dict(stored)
    for entry in found.connections:
        if not entry.changes and not reapply:
            continue
        place = entry.connection.place
        values = {key: change.new for key, change in entry.changes.items()}
        if place.key is None:
            sent = {**{key: value for key, value in stored.items() if isinstance(value, str)}, **sent, **values}
        elif not place.in_list:
            encoded = put_item(encoded, entry.connection, {**entry.connection.parameters, **values})
            sent[place.key] = encoded[place.key]
        else:
            item = {**_kept(declaration, entry.connection, values), **values, ACTION_KEY: "update"}
            sent.setdefault(place.key, []).append(item)
    for want in found.missing:
        key = str(want.key)
        if any(not entry.place.in_list for entry in find_connections({key: encoded.get(key)})):
            encoded = add_item(encoded, key, _bare(want.item))
            sent[key] = encoded[key]
        else:
            sent.setdefault(key, []).append({**_new_item(want, stored), ACTION_KEY: "create"})
    for connection in found.removed:
        if connection.place.key is not None and not connection.place.encoded:
            sent.setdefault(connection.place.key, []).append({**connection.parameters, ACTION_KEY: "delete"})
    return sent


def _kept(declaration: Declaration, connection: Connection, values: Mapping[str, Any]) -> dict[str, Any]:
    if declaration.update_items != "minimal":
        return connection.parameters
    names = (NAME_KEY, LOGICAL_NAME_KEY, "Bandwidth")
    keys = [key for key in (find_key(connection.parameters, name) for name in names) if key is not None]
    return {key: connection.parameters[key] for key in keys if key not in values}


def _new_item(want: Want, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item to add; it gets a logicalName when the stored ones have one: all or none (contract 6.1)."""
    entries = stored.get(str(want.key))
    keyed = isinstance(entries, list) and any(isinstance(entry, Mapping) and LOGICAL_NAME_KEY in entry for entry in entries)
    if keyed and LOGICAL_NAME_KEY not in want.item:
        return {**want.item, LOGICAL_NAME_KEY: want.cloud_vpn_name}
    return want.item


def merged_parameters(current: Service, found: Differences) -> dict[str, Any]:
    """Return the parameters as they stand once the declaration is applied; undeclared connections stay as they are."""
    merged = dict(current.parameters or {})
    for key, change in found.texts.items():
        merged[key] = change.new
    for entry in found.connections:
        values = {key: change.new for key, change in entry.changes.items()}
        merged = put_item(merged, entry.connection, {**entry.connection.parameters, **values})
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


def as_lists(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters that were read as they are written: a list of connections that reads as JSON text is a list."""
    listed = {entry.place.key for entry in find_connections(parameters) if entry.place.encoded and entry.place.in_list}
    return {key: decode_json_text(value) if key in listed else value for key, value in parameters.items()}


def put_item(parameters: Mapping[str, Any], connection: Connection, item: dict[str, Any] | None) -> dict[str, Any]:
    """Return a copy of the parameters with a connection's item replaced, or with None in its place."""
    place = connection.place
    if place.key is None:
        return dict(item) if item is not None else dict(parameters)
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
    """Return the item as it reads after a modification, which strips C(action) (contract 5.3)."""
    return None if item is None else {key: value for key, value in item.items() if key != ACTION_KEY}


def _put(entries: list[Any], position: int | None, item: dict[str, Any] | None) -> list[Any]:
    return [item if at == position else entry for at, entry in enumerate(entries)]


def without_steering(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item's own properties."""
    return {key: value for key, value in item.items() if key not in STEERING_KEYS}
