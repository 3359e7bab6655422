# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two sides of a diff: all fields of a service, or the declared ones before and after. Pure."""

from __future__ import annotations

from typing import Any

from .._api.models import Service
from .._api.parameters import find_key
from .compare import Differences
from .declaration import Declaration
from .ownership import mark_fields
from .payload import without_steering


def all_fields(service: Service) -> dict[str, Any]:
    """Return all managed fields of a service, for the diff of an order or a removal."""
    connections = {entry.cloud_vpn_name: without_steering(entry.parameters) for entry in service.connections}
    keys = {entry.place.key for entry in service.connections}
    plain = {} if None in keys else {key: value for key, value in (service.parameters or {}).items() if key not in keys}
    return {
        "name": service.name,
        "description": service.description,
        "service_definition_id": service.service_definition_id,
        "template_id": service.template_id,
        "connections": connections,
        **({"parameters": plain} if plain else {}),
        **({} if service.mark is None else mark_fields(service.mark)),
    }


def declared_fields(declaration: Declaration, current: Service, found: Differences, *, new: bool) -> dict[str, Any]:
    """Return the declared fields as they are, or (`new`) as they will be."""

    def side(changes: dict[str, Any], key: str, value: Any) -> Any:
        return value if key not in changes else changes[key].new if new else changes[key].old

    managed: dict[str, Any] = {}
    if declaration.name is not None:
        managed["name"] = side(found.fields, "name", current.name)
    if declaration.description is not None:
        managed["description"] = side(found.fields, "description", current.description)
    if declaration.service_definition is not None:
        managed["service_definition_id"] = side(found.fixed, "service_definition_id", current.service_definition_id)
    if declaration.template is not None:
        managed["template_id"] = side(found.fixed, "template_id", current.template_id)
    for key, value in mark_fields(current.mark).items() if declaration.managed else ():
        if getattr(declaration, key) is not None:
            managed[key] = side(found.fields, key, value)
    connections: dict[str, Any] = {}
    wanted = found.wanted
    declared = {want.cloud_vpn_name: {key.casefold() for key in want.values} for want in wanted.connections}
    for entry in found.connections:
        keys = declared[entry.connection.cloud_vpn_name]
        connections[entry.connection.cloud_vpn_name] = {
            key: side(entry.changes, key, value) for key, value in entry.connection.parameters.items() if key.casefold() in keys
        }
    if new:
        connections.update({want.cloud_vpn_name: want.values for want in found.missing})
    else:
        connections.update({entry.cloud_vpn_name: without_steering(entry.parameters) for entry in found.removed})
    if connections or wanted.connections:
        managed["connections"] = connections
    stored = current.parameters or {}
    own_keys = [key for key in (find_key(stored, wanted_key) for wanted_key in wanted.parameters) if key is not None]
    plain = {key: side(found.parameters, key, stored[key]) for key in own_keys}
    if plain:
        managed["parameters"] = plain
    return managed
