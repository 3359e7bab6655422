# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API payload to our shapes: service, definition, operation, the ids of a write. Pure.

Everything here reads what a server sent and tolerates what contract section 11 lists; only BadResponseError comes out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._errors import BadResponseError
from .._values import describe, to_epoch
from .envelope import folded, objects, pick_string, unwrap_list, unwrap_object
from .mark import split_mark
from .models import Operation, Service, ServiceDefinition, Submitted, Template


def read_service(payload: Mapping[str, Any]) -> Service:
    """Read one service object, from the list or from the details (contract 5.2, 5.3)."""
    fields = folded(payload)
    service_id = pick_string(fields, "serviceid", "id")
    if not service_id:
        raise BadResponseError(f"a service in the response has no service_id ({describe(dict(payload))}); check api_url")
    parameters = fields.get("parameters")
    description, mark = split_mark(pick_string(fields, "description"))
    return Service(
        service_id=service_id,
        name=pick_string(fields, "name", "servicename"),
        description=description,
        service_definition_id=pick_string(fields, "servicedefinitionid", "servicedefid"),
        template_id=pick_string(fields, "templateid"),
        status=pick_string(fields, "status"),
        active_status=pick_string(fields, "activestatus"),
        created_at=to_epoch(fields.get("createdat")),
        parameters=dict(parameters) if isinstance(parameters, Mapping) else None,
        mark=mark,
    )


def read_services(body: Any) -> list[Service]:
    """Read the response of the service list (contract 5.2)."""
    return [read_service(entry) for entry in objects(unwrap_list(body, "services"))]


def read_service_details(body: Any) -> Service | None:
    """Read the response of the service details; None for `{"service": null}` (contract 5.3)."""
    payload = unwrap_object(body, "service")
    if payload is None:
        return None
    service = read_service(payload)
    return service if service.parameters is not None else service.with_parameters({})


def read_definition(payload: Mapping[str, Any]) -> ServiceDefinition:
    """Read one service definition, from the list or from the details (contract 4.1, 4.2)."""
    fields = folded(payload)
    definition_id = pick_string(fields, "servicedefid", "servicedefinitionid", "id")
    if not definition_id:
        raise BadResponseError(f"a service definition in the response has no id ({describe(dict(payload))}); check api_url")
    return ServiceDefinition(
        service_definition_id=definition_id,
        name=pick_string(fields, "name"),
        description=pick_string(fields, "description"),
        service_type=pick_string(fields, "servicetype"),
        domain=pick_string(fields, "domain"),
        status=pick_string(fields, "status"),
        version=pick_string(fields, "version"),
        templates=tuple(_read_templates(fields)),
    )


def _read_templates(fields: Mapping[str, Any]) -> Iterator[Template]:
    entries = fields.get("templates") or fields.get("templatelist")
    if isinstance(entries, list):
        for entry in objects(entries):
            inner = folded(entry)
            template_id = pick_string(inner, "templateid", "id")
            if template_id:
                yield Template(template_id, pick_string(inner, "name"), pick_string(inner, "url"))
        return
    template_id = pick_string(fields, "templateid")
    if template_id:
        yield Template(template_id)


def read_definitions(body: Any) -> list[ServiceDefinition]:
    """Read the response of the definition list (contract 4.1, A-06)."""
    names = ("data", "servicedefs", "services", "servicedefinitions")
    return [read_definition(entry) for entry in objects(unwrap_list(body, *names))]


def read_definition_details(body: Any) -> ServiceDefinition | None:
    """Read the response of the definition details, bare or wrapped (contract 4.2, A-07)."""
    payload = unwrap_object(body, "servicedef", "servicedefinition")
    return None if payload is None else read_definition(payload)


def read_operation(body: Any) -> Operation | None:
    """Read the response of the operation query; None for `{"operation": null}`."""
    payload = unwrap_object(body, "operation")
    if not payload:
        return None
    fields = folded(payload)
    return Operation(
        operation_id=pick_string(fields, "operationid", "id"),
        operation=pick_string(fields, "operation"),
        progress=(pick_string(fields, "progress") or "").casefold(),
        result=(pick_string(fields, "result") or "").casefold(),
        reason=pick_string(fields, "reason") or None,
        operate_at=to_epoch(fields.get("operateat")),
        finished_at=to_epoch(fields.get("finishedat", fields.get("finished"))),
    )


def read_operations(body: Any) -> list[Operation]:
    """Read the response of the operation list."""
    entries = objects(unwrap_list(body, "operations"))
    return [operation for operation in map(read_operation, entries) if operation is not None]


def read_known_operations(body: Any) -> list[Operation] | None:
    """Read the response of the operation list, newest first; None where the server could not read them (contract 5.6)."""
    if isinstance(body, Mapping) and "operations" in (fields := folded(body)) and fields["operations"] is None:
        return None
    return sorted(read_operations(body), key=lambda operation: operation.operate_at or 0.0, reverse=True)


def read_submitted(body: Any, location: str | None) -> Submitted:
    """Read the ids of an accepted write from the body, and from the path of `Location` only what the body lacks."""
    payload = body if isinstance(body, Mapping) else {}
    inner = unwrap_object(payload, "service", "operation") or {}
    outer = folded(payload)
    fields = folded(inner)
    from_location = _ids_of_location(location)
    service_id = pick_string(fields, "serviceid") or pick_string(outer, "serviceid") or from_location.service_id
    operation_id = pick_string(fields, "operationid") or pick_string(outer, "operationid")
    # A null is a response (nothing was deleted, contract 5.5), a missing key is none.
    if "operationid" not in fields and "operationid" not in outer:
        operation_id = from_location.operation_id
    return Submitted(service_id or None, operation_id or None)


def _ids_of_location(location: str | None) -> Submitted:
    parts = (location or "").split("?", 1)[0].rstrip("/").split("/")
    if len(parts) >= 4 and parts[-4] == "services" and parts[-2] == "operations":
        return Submitted(*(None if part in {"", "null"} else part for part in (parts[-3], parts[-1])))
    return Submitted(None, None)
