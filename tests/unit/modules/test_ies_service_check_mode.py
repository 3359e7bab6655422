# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ies_service in check mode: one decision serves the forecast, the diff and the writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT, Runner
from tests.unit.modules.support import (
    NAME,
    SERVICE_ID,
    VPN,
    add_service,
    check_service_shape,
    declared,
    site2dc,
    written,
)


def _nothing(_sim: SimulatorServer) -> None:
    """Leave the sample service as it is."""


def _empty(sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)


def _status(status: str | None = None, active: str | None = None) -> Callable[[SimulatorServer], None]:
    return lambda sim: sim.state.set_status(SERVICE_ID, status, active)


SCENARIOS: dict[str, tuple[Callable[[SimulatorServer], None], dict[str, Any], list[str]]] = {
    "create": (_empty, declared(), ["create"]),
    "create two": (_empty, declared(site2dc=[site2dc("a", 1), site2dc("b", 2)], description="x"), ["create"]),
    "create without waiting": (_empty, declared(wait=False), ["create"]),
    "unchanged": (_nothing, {"name": NAME, "bandwidth": 60000}, []),
    "scale": (_nothing, {"name": NAME, "bandwidth": 70000}, ["update"]),
    "scale without waiting": (_nothing, {"name": NAME, "bandwidth": 70000, "wait": False}, ["update"]),
    "rename": (_nothing, {"service_id": SERVICE_ID, "name": "new", "description": "new"}, ["update"]),
    "add": (
        _nothing,
        {"name": NAME, "site2dc": [site2dc(VPN, 9), site2dc("b", 2)], "on_immutable_change": "update"},
        ["update"],
    ),
    "recreate": (
        _nothing,
        {"name": NAME, "site2dc": [site2dc(VPN, vni="1")], "on_immutable_change": "recreate"},
        ["delete", "create"],
    ),
    "recreate active": (
        _status(active="Active"),
        {"name": NAME, "site2dc": [site2dc(VPN, vni="1")], "on_immutable_change": "recreate", "deactivate": True},
        ["deactivate", "delete", "create"],
    ),
    "replace": (_status("CreateFailed"), declared(), ["delete", "create"]),
    "reapply": (_status("Failed"), {"name": NAME, "bandwidth": 60000}, ["update"]),
    "delete": (_nothing, {"name": NAME, "state": "absent"}, ["delete"]),
    "delete by id": (_nothing, {"service_id": SERVICE_ID, "state": "absent"}, ["delete"]),
    "delete active": (
        _status(active="Active"),
        {"name": NAME, "state": "absent", "deactivate": True},
        ["deactivate", "delete"],
    ),
    "delete leftover": (_status("CreateFailed"), {"name": NAME, "state": "absent"}, ["delete"]),
    "nothing to delete": (_empty, {"name": NAME, "state": "absent"}, []),
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_check_mode_shows_is_what_a_run_does(run: Runner, sim: SimulatorServer, scenario: str) -> None:
    prepare, declaration, actions = SCENARIOS[scenario]
    prepare(sim)
    checked = run.ok("ies_service", check_mode=True, diff=True, **declaration)
    assert {entry.method for entry in sim.journal.entries} == {"GET"}
    real = run.ok("ies_service", diff=True, **declaration)
    assert checked["actions"] == real["actions"] == actions
    assert checked["changed"] is real["changed"] is bool(actions)
    assert checked["diff"] == real["diff"]
    assert checked["operation_id"] is None
    assert (checked["diff"]["before"] != checked["diff"]["after"]) is bool(actions)
    foreseen, service = checked["service"], real["service"]
    if service is None:
        assert foreseen is None
        return
    check_service_shape(foreseen)
    check_service_shape(service)
    for key in ("name", "description", "service_definition_id", "template_id", "status", "phase"):
        assert foreseen[key] == service[key], key
    assert _without_action(foreseen) == _without_action(service)
    assert foreseen["service_id"] == (None if "create" in actions else SERVICE_ID)
    if "create" in actions:
        assert foreseen["created_at"] is None


def _without_action(service: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {**entry, "parameters": {key: value for key, value in entry["parameters"].items() if key != "action"}}
        for entry in service["connections"]
    ]


@pytest.mark.parametrize("scenario", [name for name, (_prepare, _declaration, actions) in SCENARIOS.items() if actions])
def test_a_second_run_changes_nothing(run: Runner, sim: SimulatorServer, scenario: str) -> None:
    prepare, declaration, _actions = SCENARIOS[scenario]
    prepare(sim)
    run.ok("ies_service", **declaration)
    before = written(sim)
    again = run.ok("ies_service", **declaration)
    assert (again["changed"], again["actions"]) == (False, [])
    assert written(sim) == before


def test_check_mode_does_not_wait(run: Runner, sim: SimulatorServer) -> None:
    add_service(sim, "busy", "vpn-busy", status="UpdateInProgress")
    begun = sim.clock.now()
    result = run.ok("ies_service", name="busy", bandwidth=5, check_mode=True)
    assert (result["changed"], result["actions"]) == (True, ["update"])
    assert sim.clock.now() == begun
    run.fails("ies_service", "conflict", "busy", name="busy", bandwidth=5, wait=False, check_mode=True)


def test_check_mode_sees_what_would_be_refused(run: Runner, sim: SimulatorServer) -> None:
    sim.state.set_status(SERVICE_ID, active_status="Active")
    for check_mode in (True, False):
        run.fails("ies_service", "conflict", "active", "deactivate", name=NAME, state="absent", check_mode=check_mode)
    assert written(sim) == []
