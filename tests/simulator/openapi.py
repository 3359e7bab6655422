# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The OpenAPI description of the wire API, as the simulator answers with its default options."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_STRINGS_OR_NULL: Schema = {"type": ["array", "null"], "items": _TEXT}
# Contract 1.1: 22 characters of URL-safe base64, or of hexadecimal digits; those of the catalogue have their own length.
_ID: Schema = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,22}$"}
_CATALOGUE_ID: Schema = {"type": "string", "minLength": 1, "maxLength": 36}
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 255}
# Contract 1.2: smaller numbers are seconds.
_MILLISECONDS: Schema = {"type": "integer", "minimum": 100_000_000_000, "description": "epoch milliseconds"}
_SECONDS: Schema = {"type": "integer", "minimum": 0, "maximum": 99_999_999_999, "description": "epoch seconds"}
# Contract 6.2: a positive decimal number, of the type that was read (A-12).
_BANDWIDTH: Schema = {
    "type": ["string", "number"],
    "pattern": r"^0*[1-9][0-9]*(\.[0-9]+)?$",
    "exclusiveMinimum": 0,
}
_ACTION: Schema = {"type": "string", "enum": ["create", "update", "delete"]}
_ACTION_OR_NULL: Schema = {"type": ["string", "null"], "enum": ["create", "update", "delete", None]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _limited(most: int) -> Schema:
    return {"type": ["string", "null"], "maxLength": most}


def _object(properties: dict[str, Schema], *, required: list[str] | None = None) -> Schema:
    """Describe an object of these keys and no others; all are required unless the required ones are named."""
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties if required is None else required),
        "additionalProperties": False,
    }


def _item(required: list[str], action: Schema) -> Schema:
    """Describe an item of a list of parameters: further keys belong to the kind of service (contract 6.2, 6.3)."""
    return {
        "type": "object",
        "properties": {
            "CloudVpnName": {"type": "string", "minLength": 1},
            "Bandwidth": _BANDWIDTH,
            "logicalName": _TEXT_OR_NULL,
            "action": action,
        },
        "required": required,
        "additionalProperties": True,
    }


def _parameters(item: str, description: str, *more: Schema) -> Schema:
    lists: Schema = {"type": "array", "items": _ref(item)}
    return {"type": "object", "description": description, "additionalProperties": {"anyOf": [_TEXT, lists, *more]}}


def _request_fields(parameters: str, *, create: bool) -> Schema:
    return _object(
        {
            "name": _NAME if create else _limited(255),
            "description": _limited(255),
            "service_definition_id": _CATALOGUE_ID if create else _limited(36),
            "template_id": _CATALOGUE_ID if create else _limited(36),
            "parameters": {"anyOf": [_ref(parameters), {"type": "null"}]},
            "service_id": _limited(22),
            "type": _limited(255),
            "project_id": _limited(255),
            "nsd_script": _TEXT_OR_NULL,
        },
        required=["name", "service_definition_id", "template_id"] if create else [],
    )


_DEFINITION_HEAD: dict[str, Schema] = {
    "servicedefId": _CATALOGUE_ID,
    "name": _NAME,
    "description": _TEXT,
    "serviceType": _TEXT,
    "domain": _TEXT,
    "status": {"type": "string", "description": "active, inactive, delete pending, or another word"},
    "version": _TEXT,
    "categories": {
        "type": ["array", "null"],
        "items": _object({"id": _TEXT, "name": _TEXT}),
    },
}

_SERVICE_HEAD: dict[str, Schema] = {
    "service_id": _ID,
    "service_definition_id": _CATALOGUE_ID,
    "template_id": _CATALOGUE_ID,
    "name": _NAME,
    "description": _limited(255),
    "created_at": _MILLISECONDS,
    "active_status": {
        "type": "string",
        "enum": ["Active", "Deactive", "ActivateInProgress", "DeactivateInProgress"],
    },
    "status": {
        "type": "string",
        "enum": [
            "CreateInProgress",
            "UpdateInProgress",
            "DeleteInProgress",
            "ActivateInProgress",
            "DeactivateInProgress",
            "Completed",
            "Failed",
            "CreateFailed",
            "Activate",
            "Deactivate",
        ],
    },
}

SCHEMAS: dict[str, Schema] = {
    "Error": _object(
        {
            "exceptionId": _TEXT,
            "exceptionType": _TEXT,
            "descArgs": _STRINGS_OR_NULL,
            "reasonArgs": _STRINGS_OR_NULL,
            "detailArgs": _STRINGS_OR_NULL,
            "adviceArgs": _STRINGS_OR_NULL,
        }
    ),
    "GatewayError": _object({"error_code": _TEXT, "error_msg": _TEXT}),
    "ListItem": _item([], _ACTION_OR_NULL),
    "CreateItem": _item(["CloudVpnName", "Bandwidth", "action"], {"type": "string", "enum": ["create"]}),
    # An item without an action is skipped by the server, and one without a key is not found (contract 6.1).
    "ModifyItem": _item(["CloudVpnName", "action"], _ACTION),
    "Parameters": _parameters(
        "ListItem",
        "A string, or a list of objects, per name; a list emptied by a modify reads as null.",
        {"type": "null"},
    ),
    "CreateParameters": _parameters("CreateItem", "A string, or a list of objects, per name; values of other types get lost."),
    "ModifyParameters": _parameters("ModifyItem", "A string, or a list of objects with the action each asks for, per name."),
    "CreateRequest": _object(
        {"onfailure": _TEXT_OR_NULL, "service": _request_fields("CreateParameters", create=True)}, required=["service"]
    ),
    "ModifyRequest": _object(
        {"onfailure": _TEXT_OR_NULL, "service": _request_fields("ModifyParameters", create=False)}, required=["service"]
    ),
    "SwitchRequest": {
        "description": "The create envelope or an empty object; ignored.",
        "anyOf": [_object({}), _ref("CreateRequest")],
    },
    "CreateAccepted": _object({"service": _object({"service_id": _ID, "operation_id": _ID})}),
    "Accepted": _object({"operation_id": _ID}),
    "Deleted": _object({"operation_id": {"anyOf": [_ID, {"type": "null"}]}}),
    "ServiceSummary": _object(dict(_SERVICE_HEAD)),
    "Service": _object({**_SERVICE_HEAD, "parameters": _ref("Parameters")}),
    "ServiceList": _object({"services": {"type": "array", "items": _ref("ServiceSummary")}}),
    "ServiceEnvelope": _object({"service": _ref("Service")}),
    "Operation": _object(
        {
            "operation_id": _ID,
            "operation": {"type": "string", "enum": ["Create", "Update", "Delete", "Activate", "Deactivate"]},
            "tenant_id": _TEXT,
            "service_id": _ID,
            "user_id": _TEXT_OR_NULL,
            "operation_content": _TEXT_OR_NULL,
            "result": {"type": ["string", "null"], "enum": ["success", "failed", None]},
            "reason": _TEXT_OR_NULL,
            "progress": {"type": "string", "enum": ["inprogress", "done"]},
            "task_uri": _TEXT_OR_NULL,
            "operate_at": _MILLISECONDS,
            "finished_at": _MILLISECONDS,
        }
    ),
    "OperationEnvelope": _object({"operation": {"anyOf": [_ref("Operation"), {"type": "null"}]}}),
    "OperationList": _object({"operations": {"type": ["array", "null"], "items": _ref("Operation")}}),
    "Definition": _object(dict(_DEFINITION_HEAD)),
    "DefinitionList": _object({"data": {"type": "array", "items": _ref("Definition")}}),
    "TemplateReference": _object({"template_id": _CATALOGUE_ID, "id": _CATALOGUE_ID, "name": _TEXT, "url": _TEXT}),
    "DefinitionDetails": _object({**_DEFINITION_HEAD, "templates": {"type": "array", "items": _ref("TemplateReference")}}),
    "Template": _object(
        {
            "template_id": _CATALOGUE_ID,
            "name": _TEXT,
            "parameters": {
                "type": "object",
                "additionalProperties": _object(
                    {
                        "type": {
                            "type": "string",
                            "enum": [
                                "String",
                                "Number",
                                "List<Number>",
                                "List<String>",
                                "List<ParamGroup>",
                                "List<ResParamGroup>",
                            ],
                        },
                        "hidden": {"type": "string", "enum": ["true", "false"]},
                        "validValues": _STRINGS_OR_NULL,
                        "map": {"type": ["object", "null"], "additionalProperties": {"type": "object"}},
                    }
                ),
            },
        }
    ),
    "Resources": {"type": "object"},
    "TrafficPoint": _object({"time": _SECONDS, "value": _TEXT_OR_NULL}),
    "Traffic": _object(
        {
            "connection_name": _TEXT,
            "metric": _TEXT,
            "timedim": _TEXT,
            "direction": _TEXT,
            "indicator": _TEXT,
            "data": {"type": "array", "items": _ref("TrafficPoint")},
        }
    ),
}

_NULL_BODY = "The body is empty or the text null."
_LOCATION: Schema = {
    "Location": {
        "description": "Relative path of the operation; it may be missing.",
        "schema": {"type": "string", "pattern": "^/rest/servicemanager/v1/services/[^/]+/operations/[^/]+$"},
    }
}
_RETRY_AFTER: Schema = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}}}


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _path_parameter(name: str, description: str) -> Schema:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": f"{description}; percent-encoded as one segment",
        "schema": {"type": "string", "minLength": 1},
    }


def _common_responses() -> dict[int | str, Schema]:
    error = _ref("Error")
    return {
        400: {"description": "Invalid request, or a write to an unknown service.", "content": _json(error)},
        401: {"description": "A header is missing, unknown or expired.", "content": _json(error)},
        403: {"description": "The token's roles lack the verb.", "content": _json(error)},
        404: {
            "description": f"Nothing found. {_NULL_BODY}",
            "content": _json({"anyOf": [error, _ref("GatewayError"), {"type": "null"}]}),
        },
        429: {"description": "Too many requests.", "headers": _RETRY_AFTER, "content": _json(_ref("GatewayError"))},
        500: {"description": "Business refusal, or a server error.", "content": _json(error)},
    }


def _route(
    summary: str,
    schema: str,
    *,
    status: int = 200,
    parameters: list[Schema] | None = None,
    request: str | None = None,
    request_required: bool = True,
    also_200: str | None = None,
) -> dict[str, Any]:
    """Return the keyword arguments of a route decorator."""
    responses = _common_responses()
    answer: Schema = {"description": summary, "content": _json(_ref(schema))}
    if status != 200:
        answer["headers"] = _LOCATION
    responses[status] = answer
    if also_200 is not None:
        responses[200] = {"description": also_200, "headers": _LOCATION, "content": _json(_ref("Deleted"))}
    extra: dict[str, Any] = {"security": [{"AuthToken": [], "Bearer": []}]}
    if parameters:
        extra["parameters"] = parameters
    if request is not None:
        extra["requestBody"] = {"required": request_required, "content": _json(_ref(request))}
    return {
        "summary": summary,
        "status_code": status,
        "response_class": Response,
        "responses": responses,
        "openapi_extra": extra,
    }


_DEFINITION_ID = _path_parameter("servicedef_id", "Id of a service definition")
_TEMPLATE_ID = _path_parameter("template_id", "Id of a template")
_SERVICE_ID = _path_parameter("service_id", "Id of a service")
_OPERATION_ID = _path_parameter("operation_id", "Id of an operation")


def _query(name: str, schema: Schema, description: str, *, required: bool = False) -> Schema:
    return {"name": name, "in": "query", "required": required, "description": description, "schema": schema}


LIST_DEFINITIONS = _route("List the service definitions of the tenant", "DefinitionList")
GET_DEFINITION = _route("Read a service definition with its templates", "DefinitionDetails", parameters=[_DEFINITION_ID])
GET_DEFINITION_OLD = _route(
    "Read a service definition with its templates (path of release 0.5)",
    "DefinitionDetails",
    parameters=[_DEFINITION_ID],
)
GET_TEMPLATE = _route("Read a template", "Template", parameters=[_DEFINITION_ID, _TEMPLATE_ID])
LIST_SERVICES = _route("List the services of the tenant, without parameters", "ServiceList")
CREATE_SERVICE = _route("Create a service", "CreateAccepted", status=202, request="CreateRequest")
GET_SERVICE = _route("Read a service with its parameters", "ServiceEnvelope", parameters=[_SERVICE_ID])
MODIFY_SERVICE = _route("Modify a service", "Accepted", status=202, parameters=[_SERVICE_ID], request="ModifyRequest")
DELETE_SERVICE = _route(
    "Delete a service",
    "Accepted",
    status=202,
    parameters=[_SERVICE_ID],
    also_200="Removed at once, or there was nothing to delete (operation_id is null)",
)
ACTIVATE_SERVICE = _route(
    "Activate a service",
    "Accepted",
    status=202,
    parameters=[_SERVICE_ID],
    request="SwitchRequest",
    request_required=False,
)
DEACTIVATE_SERVICE = _route(
    "Deactivate a service",
    "Accepted",
    status=202,
    parameters=[_SERVICE_ID],
    request="SwitchRequest",
    request_required=False,
)
GET_RESOURCES = _route("Read the resources of a service", "Resources", parameters=[_SERVICE_ID])
LIST_OPERATIONS = _route("List the operations of a service", "OperationList", parameters=[_SERVICE_ID])
GET_OPERATION = _route("Read an operation", "OperationEnvelope", parameters=[_SERVICE_ID, _OPERATION_ID])
GET_TRAFFIC = _route(
    "Read a traffic series of a connection",
    "Traffic",
    parameters=[
        _path_parameter("cloud_vpn_name", "CloudVpnName of a connection"),
        _path_parameter("metric", "Metric, such as traffic-rate"),
        _query("starttime", _SECONDS, "epoch seconds", required=True),
        _query("endtime", _SECONDS, "epoch seconds, after starttime", required=True),
        _query("timedim", {"type": "string", "enum": ["minute", "hour", "day"], "default": "minute"}, "grid"),
        _query("direction", {"type": "string", "enum": ["outbound", "inbound"], "default": "outbound"}, "direction"),
        _query("indicator", {"type": "string", "enum": ["min", "avg", "max"], "default": "max"}, "indicator"),
    ],
)


def document(app: FastAPI) -> dict[str, Any]:
    """Return the description of the wire API with its schemas and security schemes."""
    described = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    described["components"] = {
        "schemas": SCHEMAS,
        "securitySchemes": {
            "AuthToken": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
            "Bearer": {"type": "http", "scheme": "bearer"},
        },
    }
    return described


def as_string(app: FastAPI) -> str:
    """Return the description as it stands in docs/openapi.json."""
    return json.dumps(document(app), indent=2, sort_keys=True) + "\n"
