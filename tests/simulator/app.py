# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP face of the simulator: which path does what, and nothing else.

Paths reach these routes still percent-encoded (see gate.py), so that an encoded slash stays inside its segment.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter, FastAPI, Request, Response

from . import openapi, traffic
from .admin import admin_router
from .model import Outcome, Refusal
from .simulation import Simulation
from .state import Accepted
from .views import Views, error_body, refusal_status

CATALOG = "/rest/catalog/v1/servicedefs"
SERVICES = "/rest/servicemanager/v1/services"
TRAFFIC = "/rest/cloudvpnwatch/v1/traffic/connections"
JSON_TYPE = "application/json"


@dataclass
class Call:
    """What the gate knows about a request when it hands it to a route."""

    tenant: str
    body: bytes = b""
    skew: float = 0.0
    outcome: Outcome = field(default_factory=Outcome)


def build_app(simulation: Simulation) -> FastAPI:
    app = FastAPI(
        title="IES northbound API (CloudVPN)",
        version="1.0",
        description="The wire API of the simulated IES; the rules are in docs/wire-contract.md.",
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.include_router(_catalog_router(simulation))
    app.include_router(_service_router(simulation))
    app.include_router(_operation_router(simulation))
    app.include_router(_traffic_router(simulation))
    app.include_router(admin_router(simulation))
    return app


def json_response(simulation: Simulation, status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    """Answer with JSON; None is a null body in the spelling the options ask for (contract 3.1)."""
    options = simulation.options
    content = b"" if body is None and options.null_body == "empty" else json.dumps(body).encode()
    typed = body is not None or options.null_body_content_type
    return Response(content, status, headers=headers, media_type=JSON_TYPE if typed else None)


def refusal_response(simulation: Simulation, refusal: Refusal, *, auth: bool = False) -> Response:
    options = simulation.options
    status = refusal_status(refusal, options)
    body, media_type = error_body(refusal, status, options.auth_error_shape if auth else options.error_shape)
    if media_type is not None:
        return Response(body, status, media_type=media_type)
    return json_response(simulation, status, body)


def not_routed_response(status: int) -> Response:
    """Answer like a gateway that does not know the API: not in the error body of IES."""
    body = {"error_code": "APIGW.0101", "error_msg": "The API does not exist or has not been published"}
    return Response(json.dumps(body), status, media_type=JSON_TYPE)


def _call(request: Request) -> Call:
    call: Call = request.scope["ies.call"]
    return call


def _segment(request: Request, name: str) -> str:
    return unquote(request.path_params[name])


def _json_body(call: Call) -> Any:
    try:
        return json.loads(call.body) if call.body else None
    except ValueError as error:
        raise Refusal("servicemgr.bad_param", 400, desc=["request"]) from error


def _views(simulation: Simulation, call: Call) -> Views:
    return Views(simulation.options, call.skew)


def _catalog_router(simulation: Simulation) -> APIRouter:
    router = APIRouter(prefix=CATALOG, tags=["catalog"])

    @router.get("", **openapi.LIST_DEFINITIONS)
    async def list_definitions(request: Request) -> Response:
        call = _call(request)
        body = _views(simulation, call).definition_list(simulation.state.definitions(call.tenant))
        return json_response(simulation, 404 if body is None else 200, body)

    def details(request: Request, spelling: str) -> Response:
        call = _call(request)
        if simulation.options.details_path not in ("both", spelling):
            return not_routed_response(simulation.options.details_missing_status)
        definition = simulation.state.definition(call.tenant, _segment(request, "servicedef_id"))
        return json_response(simulation, 200, _views(simulation, call).definition(definition))

    @router.get("/{servicedef_id}/details", **openapi.GET_DEFINITION)
    async def get_definition_details(request: Request) -> Response:
        return details(request, "details")

    @router.get("/{servicedef_id}/detail", **openapi.GET_DEFINITION_OLD)
    async def get_definition_detail(request: Request) -> Response:
        return details(request, "detail")

    @router.get("/{servicedef_id}/templates/{template_id}", **openapi.GET_TEMPLATE)
    async def get_template(request: Request) -> Response:
        call = _call(request)
        definition = simulation.state.definition(call.tenant, _segment(request, "servicedef_id"))
        template = definition.template(_segment(request, "template_id"))
        if template is None:
            raise Refusal("servicemgr.template.not_exist", 404)
        return json_response(simulation, 200, _views(simulation, call).template(template))

    return router


def _service_router(simulation: Simulation) -> APIRouter:
    router = APIRouter(prefix=SERVICES, tags=["services"])
    state = simulation.state

    def accepted_response(request: Request, accepted: Accepted, body: Any) -> Response:
        views = _views(simulation, _call(request))
        base_url = str(request.base_url).rstrip("/")
        location = views.location(accepted.service_id, accepted.operation_id, base_url)
        headers = {} if location is None else {"Location": location}
        return json_response(simulation, 200 if accepted.removed else simulation.options.success_status, body, headers)

    @router.get("", **openapi.LIST_SERVICES)
    async def list_services(request: Request) -> Response:
        call = _call(request)
        body = _views(simulation, call).service_list(state.services(call.tenant))
        empty_404 = body is None and simulation.options.empty_list == "404"
        return json_response(simulation, 404 if empty_404 else 200, body)

    @router.post("", **openapi.CREATE_SERVICE)
    async def create_service(request: Request) -> Response:
        call = _call(request)
        accepted = state.create(call.tenant, _json_body(call), call.outcome)
        body = _views(simulation, call).created(accepted.service_id, accepted.operation_id or "")
        return accepted_response(request, accepted, body)

    @router.get("/{service_id}", **openapi.GET_SERVICE)
    async def get_service(request: Request) -> Response:
        call = _call(request)
        views = _views(simulation, call)
        service = state.service(call.tenant, _segment(request, "service_id"))
        if service is None:
            body = views.no_service()
            return json_response(simulation, 404 if body is None else 200, body)
        return json_response(simulation, 200, views.service(service, state.template_of(service)))

    @router.put("/{service_id}", **openapi.MODIFY_SERVICE)
    async def modify_service(request: Request) -> Response:
        call = _call(request)
        accepted = state.modify(call.tenant, _segment(request, "service_id"), _json_body(call), call.outcome)
        return accepted_response(request, accepted, _views(simulation, call).accepted(accepted.operation_id))

    @router.delete("/{service_id}", **openapi.DELETE_SERVICE)
    async def delete_service(request: Request) -> Response:
        call = _call(request)
        accepted = state.delete(call.tenant, _segment(request, "service_id"), call.outcome)
        return accepted_response(request, accepted, _views(simulation, call).accepted(accepted.operation_id))

    def switch(request: Request, act: Callable[[str, str, Outcome], Accepted]) -> Response:
        call = _call(request)
        _json_body(call)
        accepted = act(call.tenant, _segment(request, "service_id"), call.outcome)
        return accepted_response(request, accepted, _views(simulation, call).accepted(accepted.operation_id))

    @router.post("/{service_id}/activation", **openapi.ACTIVATE_SERVICE)
    async def activate_service(request: Request) -> Response:
        return switch(request, state.activate)

    @router.post("/{service_id}/deactivation", **openapi.DEACTIVATE_SERVICE)
    async def deactivate_service(request: Request) -> Response:
        return switch(request, state.deactivate)

    @router.get("/{service_id}/resources", **openapi.GET_RESOURCES)
    async def get_resources(request: Request) -> Response:
        call = _call(request)
        known = state.service(call.tenant, _segment(request, "service_id")) is not None
        return json_response(simulation, 200 if known else 404, {} if known else None)

    return router


def _operation_router(simulation: Simulation) -> APIRouter:
    router = APIRouter(prefix=SERVICES + "/{service_id}/operations", tags=["operations"])

    def closed() -> Response | None:
        closings = {"404": 404, "403": 403, "405": 405}
        status = closings.get(simulation.options.operations)
        return None if status is None else not_routed_response(status)

    @router.get("", **openapi.LIST_OPERATIONS)
    async def list_operations(request: Request) -> Response:
        found = simulation.state.operations(_segment(request, "service_id"))
        body = _views(simulation, _call(request)).operation_list(found)
        return closed() or json_response(simulation, 200, body)

    @router.get("/{operation_id}", **openapi.GET_OPERATION)
    async def get_operation(request: Request) -> Response:
        found = simulation.state.operation(_segment(request, "service_id"), _segment(request, "operation_id"))
        body = _views(simulation, _call(request)).operation(found)
        return closed() or json_response(simulation, 200, body)

    return router


def _traffic_router(simulation: Simulation) -> APIRouter:
    router = APIRouter(prefix=TRAFFIC, tags=["traffic"])

    @router.get("/{cloud_vpn_name}/{metric}", **openapi.GET_TRAFFIC)
    async def get_traffic(request: Request) -> Response:
        name = _segment(request, "cloud_vpn_name")
        query = traffic.parse_query(name, _segment(request, "metric"), request.query_params)
        bandwidths = simulation.state.bandwidths(_call(request).tenant, name)
        if bandwidths is None:
            return json_response(simulation, 404, None)
        shapes = simulation.shapes
        points = traffic.series(query, shapes.of(name), shapes.seed_of(name), bandwidths)
        return json_response(simulation, 200, traffic.reply_body(query, points, simulation.options.traffic_shape))

    return router
