# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One decision: a plan made of what the info modules returned is the plan that ies_services makes in check mode."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.filter.cloudvpn import cloudvpn_plan
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.fleet_plan import plan_fleet
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.plan import KINDS
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import IesError
from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT, Runner
from tests.unit.modules.support import DEFINITION, NAME, SERVICE_ID, TEMPLATE, VPN, add_service, declared, site2dc, written

NAMES = ("a", "b", "c", "d")
STATUSES = ("Completed", "Completed", "Failed", "CreateFailed", "UpdateInProgress", "DeleteInProgress", "Strange")

STORED = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES),
        "status": st.sampled_from(STATUSES),
        "active_status": st.sampled_from(["Active", "Deactive"]),
        "description": st.sampled_from(["", "old"]),
        "bandwidth": st.sampled_from(["5", "6", "8", "fast"]),
        "vpns": st.lists(st.sampled_from(["v", "w"]), min_size=1, max_size=2, unique=True),
    }
)
# Some of them are ranges, and some of these cannot be right.
BOUNDS = st.fixed_dictionaries(
    {}, optional={"bandwidth_min": st.sampled_from([5, 6]), "bandwidth_max": st.sampled_from([5, 7])}
)
CONNECTIONS = st.lists(
    st.builds(
        lambda name, bandwidth, vni, bounds: site2dc(name, bandwidth, vni=vni, **bounds),
        st.sampled_from(["v", "w", "x"]),
        st.sampled_from([None, 5, 6]),
        st.sampled_from(["2236", "9"]),
        BOUNDS,
    ).filter(lambda item: {"bandwidth", "bandwidth_min", "bandwidth_max"} & {key for key in item if item[key] is not None}),
    min_size=1,
    max_size=2,
)
DECLARED = st.fixed_dictionaries(
    {"by_id": st.booleans()},
    optional={
        "state": st.sampled_from(["present", "absent"]),
        "description": st.sampled_from(["", "new"]),
        "service_definition": st.sampled_from([DEFINITION, "Site2DC", "Site2Site", "Site2Moon"]),
        "template": st.sampled_from([TEMPLATE, "Site2DC_template", "another"]),
        "site2dc": CONNECTIONS,
        "bandwidth": st.sampled_from([0, 5, 7]),
        "bandwidth_min": st.sampled_from([5, 6]),
        "bandwidth_max": st.sampled_from([5, 7]),
        "on_immutable_change": st.sampled_from(["fail", "update", "recreate"]),
        "replace_failed": st.booleans(),
        "deactivate": st.booleans(),
    },
)
ANSWERS = st.fixed_dictionaries(
    {
        "key_style": st.sampled_from(["snake", "camel"]),
        "bandwidth_type": st.sampled_from(["string", "number"]),
        "parameters_style": st.sampled_from(["object", "json-strings"]),
        "template_id_key": st.sampled_from(["both", "id"]),
    }
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stored=st.lists(STORED, max_size=6),
    items=st.lists(DECLARED, min_size=len(NAMES), max_size=len(NAMES)),
    answers=ANSWERS,
    wait=st.booleans(),
)
def test_a_plan_of_read_data_is_the_plan_of_the_module(
    sim: SimulatorServer, stored: list[dict[str, Any]], items: list[dict[str, Any]], answers: dict[str, Any], wait: bool
) -> None:
    sim.reset()
    sim.state.clear_services(TENANT)
    sim.options.update(answers)
    ids: dict[str, str] = {}
    for number, service in enumerate(stored):
        values = dict(service)
        name, vpns = values.pop("name"), values.pop("vpns")
        # Ids in the order of the list: ies_service_info sorts by them, and messages name them.
        ids[name] = add_service(sim, name, *vpns, service_id=f"id-{number}", **values)
    fleet = []
    for name, item in zip(NAMES, items):
        options = {key: value for key, value in item.items() if key != "by_id"}
        fleet.append({**options, **({"service_id": ids.get(name, "unknown")} if item["by_id"] else {"name": name})})
    if sum(item.get("service_id") == "unknown" for item in fleet) > 1:
        fleet = [item for item in fleet if item.get("service_id") != "unknown"]

    run = Runner("action", sim, "")
    services = run.ok("ies_service_info")["services"]
    definitions = run.ok("ies_catalog_info")["service_definitions"]
    foreseen = run("ies_services", services=fleet, wait=wait, check_mode=True)
    assert written(sim) == []

    plannable = []
    for item, entry in zip(fleet, foreseen["services"]):
        if entry["error"] is None:
            plannable.append(item)
        else:
            with pytest.raises(IesError) as caught:
                plan_fleet([item], services, definitions, wait)
            assert entry["error"] in caught.value.message
    assert plan_fleet(plannable, services, definitions, wait) == foreseen["plan"]
    assert cloudvpn_plan(plannable, services, definitions, wait) == foreseen["plan"]
    assert sum(len(foreseen["plan"][kind]) for kind in KINDS) == len(plannable)


def test_both_refuse_a_service_declared_by_name_and_by_id(run: Runner) -> None:
    fleet: list[dict[str, Any]] = [{"name": NAME, "bandwidth": 7}, {"service_id": SERVICE_ID, "state": "absent"}]
    (error,) = [entry["error"] for entry in run("ies_services", services=fleet, check_mode=True)["services"] if entry["error"]]
    with pytest.raises(AnsibleFilterError) as caught:
        cloudvpn_plan(fleet, run.ok("ies_service_info")["services"])
    assert error in str(caught.value)


def test_what_is_planned_is_what_a_run_does(run: Runner, sim: SimulatorServer) -> None:
    fleet = [declared(name="new", service_definition="Site2DC"), {"name": NAME, "cloud_vpn_name": VPN, "bandwidth": 7}]
    services = run.ok("ies_service_info")["services"]
    plan = cloudvpn_plan(fleet, services, run.ok("ies_catalog_info")["service_definitions"])
    assert {kind: len(entries) for kind, entries in plan.items() if entries} == {"create": 1, "update": 1}
    assert run.ok("ies_services", services=fleet)["plan"] == plan
    after = run.ok("ies_service_info")["services"]
    assert [entry["name"] for entry in cloudvpn_plan(fleet[1:], after)["unchanged"]] == [NAME]
    with pytest.raises(AnsibleFilterError, match="'Site2DC'"):
        cloudvpn_plan(fleet, services)
