# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exports of a simulated IES, whatever it leaves open, planned at once."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import IesError, InvalidError, NotFoundError
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks import _export, ies_services
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks._context import Context
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks.ies_service import DECLARATION_OPTIONS
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.client import IesClient
from tests.simulator import samples
from tests.simulator.options import Options
from tests.simulator.server import SimulatorServer
from tests.unit.conftest import TENANT, FakeTime

SERVICES = "/rest/servicemanager/v1/services"
# Each value of each switch, one at a time. Left out is what concerns tokens and load, and has no values to name.
UNREADABLE = {"tokens_expired", "latency", "retry_after", "max_in_flight", "token_alphabet"}
VARIANTS = [
    (name, value)
    for name, field in Options.model_fields.items()
    if name not in UNREADABLE
    for value in (typing.get_args(field.annotation) or ([True, False] if field.annotation is bool else []))
]


@pytest.fixture
def run(client: IesClient, fake_time: FakeTime) -> Callable[..., dict[str, Any]]:
    """Return a function that runs the export."""

    def export(**given: Any) -> dict[str, Any]:
        params = {option: spec.get("default") for option, spec in _export.OPTIONS.items()}
        return _export.run({**params, **given}, client, Context(False, fake_time.clock))

    return export


def add(simulator: SimulatorServer, name: str, parameters: dict[str, Any], **more: Any) -> str:
    """Add a service to the tenant, and return its id."""
    more.setdefault("service_definition_id", samples.SITE2DC_DEFINITION)
    more.setdefault("template_id", samples.SITE2DC_TEMPLATE)
    return simulator.state.add_service(TENANT, name, parameters, **more).service_id


def populate(simulator: SimulatorServer) -> None:
    """Add services of every kind to the one of the samples."""
    item = samples.site2dc_item
    add(simulator, "two", {"Site2DCList": [item("b", "70000"), {**item("a"), "VNI": "0012", "QosClass": "1e3"}]})
    add(simulator, "lines", {"Site2SiteList": [samples.site2site_item("s")]})
    add(simulator, "flat", {"CloudVpnName": "flat", "Bandwidth": "70000", "VNI": "0022", "note": "no"})
    add(simulator, "hub", {"HubList": [item("hub")], "Opaque": [{"k": "0123", "action": "create"}], "flag": "on"})
    add(simulator, "{{ name }}", {"Site2DCList": [item("{% x %}")]}, description='{{ lookup("pipe", "id") }}\n\u202eü "\\')
    add(simulator, "twin", {"Site2DCList": [item("t1")]})
    add(simulator, "twin", {"Site2DCList": [item("t2")]}, description="another")
    add(simulator, "marked", {"Site2DCList": [item("m")]}, description="ours [managed: netops, protected, keep]")
    add(simulator, "broken", {"Site2DCList": [item("f")]}, status="Failed")
    add(simulator, "busy", {"Site2DCList": [item("busy")]}, status="UpdateInProgress")


def planned(client: IesClient, fake_time: FakeTime, result: dict[str, Any]) -> dict[str, Any]:
    """Plan what was exported."""
    defaults = {option: spec.get("default") for option, spec in DECLARATION_OPTIONS.items()}
    services = [{**defaults, **entry["item"]} for entry in result["exported"]]
    params = {option: spec.get("default") for option, spec in ies_services.OPTIONS.items()}
    return ies_services.run({**params, "services": services}, client, Context(True, fake_time.clock))


@pytest.mark.parametrize(("option", "value"), VARIANTS, ids=str)
def test_planning_an_export_at_once_shows_no_change(
    simulator: SimulatorServer, client: IesClient, fake_time: FakeTime, run: Any, option: str, value: Any
) -> None:
    populate(simulator)
    simulator.options.update({option: value})
    result = run()
    assert len(result["exported"]) == 11
    assert result["left_out"] == []
    plan = planned(client, fake_time, result)
    assert {kind: len(entries) for kind, entries in plan["plan"].items()} == {
        **dict.fromkeys(("create", "update", "recreate", "delete"), 0),
        "unchanged": 11,
    }
    assert plan["warnings"] == []
    assert simulator.journal.writes == []


def test_connections_are_typed_on_every_shape_of_parameters(simulator: SimulatorServer, run: Any) -> None:
    plain = run()["exported"]
    for changes in ({"parameters_style": "json-strings"}, {"bandwidth_type": "number"}, {"scalar_type": "number"}):
        simulator.options.update(changes)
        assert run()["exported"] == plain
    assert list(plain[0]["item"]["site2dc"][0])[:2] == ["cloud_vpn_name", "bandwidth"]


def test_the_reads_are_the_list_and_each_service_once(simulator: SimulatorServer, run: Any) -> None:
    populate(simulator)
    simulator.journal.clear()
    run()
    assert len(simulator.journal.entries) == 12
    assert {entry.method for entry in simulator.journal.entries} == {"GET"}


def test_only_what_is_asked_for_is_read(simulator: SimulatorServer, run: Any) -> None:
    populate(simulator)
    simulator.journal.clear()
    named = run(name=["flat", "twin"])
    assert [entry["item"].get("name") for entry in named["exported"]] == ["flat", None, None]
    assert len(simulator.journal.entries) == 4
    (service_id,) = {entry["item"]["service_id"] for entry in named["exported"][1:2]}
    assert [entry["item"]["service_id"] for entry in run(service_id=[service_id])["exported"]] == [service_id]


def test_an_owner_s_services(simulator: SimulatorServer, run: Any) -> None:
    add(simulator, "ours", {"Site2DCList": [samples.site2dc_item("o")]}, description="x [managed: net/ops, protected]")
    add(simulator, "theirs", {"Site2DCList": [samples.site2dc_item("t")]}, description="[managed: others]")
    (entry,) = run(owner="net/ops")["exported"]
    assert (entry["item"]["name"], entry["item"]["description"]) == ("ours", "x")
    with pytest.raises(InvalidError, match="owner is 'Net Ops'"):
        run(owner="Net Ops")


def test_an_unknown_name_is_an_error_that_suggests(run: Any) -> None:
    with pytest.raises(
        NotFoundError, match="there is no service 'site2dc4_201705071159' in this tenant; did you mean 'site2dc4_201705071158'?"
    ):
        run(name=["site2dc4_201705071159"])
    with pytest.raises(NotFoundError, match="there is no service with the id 'x' in this tenant; check its id"):
        run(service_id=["x"])


def test_an_empty_tenant_is_believed_at_the_second_look(simulator: SimulatorServer, run: Any) -> None:
    for service in simulator.state.services(TENANT):
        simulator.state.remove_service(service.service_id)
    simulator.journal.clear()
    assert run()["exported"] == []
    assert len(simulator.journal.entries) == 2


def test_one_that_cannot_be_read_fails_all(simulator: SimulatorServer, run: Any) -> None:
    populate(simulator)
    simulator.options.update({"tokens_expired": True})
    with pytest.raises(IesError):
        run()
