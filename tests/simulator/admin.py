# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's own interface under /_sim/: no part of the wire API, not authenticated, not journalled."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .simulation import Simulation

PREFIX = "/_sim"


class ClockChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    advance: float | None = Field(default=None, ge=0)
    speed: float | None = Field(default=None, ge=0)


class ServiceBatch(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tenant: str
    count: int = Field(default=1, ge=0, le=100_000)
    prefix: str = "fleet"
    bandwidth: str = "60000"


def admin_router(simulation: Simulation) -> APIRouter:
    router = APIRouter(prefix=PREFIX, include_in_schema=False)
    _add_control(router, simulation)
    _add_demand(router, simulation)
    _add_faults(router, simulation)
    return router


def _add_control(router: APIRouter, simulation: Simulation) -> None:
    def clock_body() -> dict[str, float]:
        return {"now": simulation.clock.now(), "speed": simulation.clock.speed}

    @router.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/journal")
    async def read_journal() -> dict[str, Any]:
        return simulation.journal.as_json()

    @router.delete("/journal")
    async def clear_journal() -> Response:
        simulation.journal.clear()
        return Response(status_code=204)

    @router.get("/state")
    async def read_state() -> dict[str, Any]:
        with simulation.state.lock:
            simulation.state.settle()
            return {**simulation.state.snapshot(), "tenants": simulation.tokens.tenants}

    @router.get("/options")
    async def read_options() -> dict[str, Any]:
        return simulation.options.model_dump()

    @router.put("/options")
    async def change_options(changes: Annotated[dict[str, Any], Body()]) -> Response:
        try:
            simulation.options.update(changes)
        except ValidationError as error:
            return _invalid(error)
        return JSONResponse(simulation.options.model_dump())

    @router.put("/durations")
    async def change_durations(changes: Annotated[dict[str, float], Body()]) -> Response:
        try:
            simulation.state.durations.update(changes)
        except ValueError as error:
            return _invalid(error)
        return JSONResponse(simulation.state.durations.__dict__)

    @router.get("/clock")
    async def read_clock() -> dict[str, float]:
        return clock_body()

    @router.post("/clock")
    async def change_clock(change: ClockChange) -> dict[str, float]:
        if change.speed is not None:
            simulation.clock.set_speed(change.speed)
        if change.advance is not None:
            simulation.clock.advance(change.advance)
        return clock_body()

    @router.post("/reset")
    async def reset() -> Response:
        simulation.reset()
        return Response(status_code=204)

    @router.post("/services")
    async def preload(batch: ServiceBatch) -> dict[str, Any]:
        made = simulation.preload(batch.tenant, batch.count, batch.prefix, batch.bandwidth)
        return {"service_ids": [service.service_id for service in made]}


def _add_demand(router: APIRouter, simulation: Simulation) -> None:
    @router.get("/demand")
    async def read_demand() -> dict[str, Any]:
        return simulation.shapes.snapshot()

    @router.put("/demand/{cloud_vpn_name:path}")
    async def change_demand(cloud_vpn_name: str, changes: Annotated[dict[str, Any], Body()]) -> Response:
        with simulation.state.lock:
            try:
                shape = simulation.shapes.put(cloud_vpn_name, changes, simulation.clock.now())
            except ValidationError as error:
                return _invalid(error)
            simulation.state.on_write()
        return JSONResponse(shape.model_dump(by_alias=True))

    @router.delete("/demand")
    async def clear_demand() -> Response:
        return remove_demand(None)

    @router.delete("/demand/{cloud_vpn_name:path}")
    async def default_demand(cloud_vpn_name: str) -> Response:
        return remove_demand(cloud_vpn_name)

    def remove_demand(cloud_vpn_name: str | None) -> Response:
        with simulation.state.lock:
            simulation.shapes.remove(cloud_vpn_name)
            simulation.state.on_write()
        return Response(status_code=204)


def _add_faults(router: APIRouter, simulation: Simulation) -> None:
    @router.get("/faults")
    async def read_faults() -> dict[str, Any]:
        return {"faults": [rule.model_dump() for rule in simulation.faults.rules]}

    @router.post("/faults")
    async def add_faults(request: Request) -> Response:
        try:
            raw = await request.json()
            made = [simulation.faults.add(**rule) for rule in (raw if isinstance(raw, list) else [raw])]
        except (ValueError, TypeError) as error:
            return _invalid(error)
        return JSONResponse({"ids": [rule.id for rule in made]}, 201)

    @router.delete("/faults")
    async def clear_faults() -> Response:
        simulation.faults.clear()
        return Response(status_code=204)

    @router.delete("/faults/{rule_id}")
    async def remove_fault(rule_id: int) -> Response:
        simulation.faults.remove(rule_id)
        return Response(status_code=204)

    @router.post("/faults/release")
    async def release() -> Response:
        simulation.faults.release()
        return Response(status_code=204)

    @router.post("/faults/{rule_id}/release")
    async def release_one(rule_id: int) -> Response:
        simulation.faults.release(rule_id)
        return Response(status_code=204)


def _invalid(error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 400)
