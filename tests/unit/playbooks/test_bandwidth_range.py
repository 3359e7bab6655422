# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ranges in the declaration of a role, as variables and the command line give them, and beside the filter."""

from __future__ import annotations

import json
from typing import Any

from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import PACE, Ansible
from tests.unit.playbooks.test_fleet import NEW, STORED, TENANT, order, role_play, told

RANGED = {"cloud_vpn_name": "vpn-new", "bandwidth_min": "50000.0", "bandwidth_max": "100000", "bandwidth": "  "}
SERVICES: list[dict[str, Any]] = [
    order(NEW, "vpn-new", site2dc=[RANGED]),
    {"name": STORED, "bandwidth_min": 80000, "bandwidth_max": "90000.0"},
]


def bandwidths(sim: SimulatorServer) -> dict[str, str]:
    """Return the Bandwidth of the first connection of each service."""
    return {service.name: service.parameters["Site2DCList"][0]["Bandwidth"] for service in sim.state.services(TENANT)}


def test_the_role_takes_ranges(sim: SimulatorServer, ansible: Ansible) -> None:
    play = role_play(SERVICES)
    arguments = ["-e", f"cloudvpn_services='{json.dumps(SERVICES)}'"]
    lines = told(ansible.playbook(play, "--check", *arguments, tenant=TENANT).went_well())
    assert [" ".join(line.split()) for line in lines] == [
        f"+ create {NEW} vpn-new Bandwidth 50000",
        f"~ update {STORED} Bandwidth 60000 -> 80000",
        "Plan: 1 to create, 1 to update, 0 to recreate, 0 to delete, 0 unchanged",
    ]
    assert sim.journal.writes == []
    ansible.playbook(play, *arguments, tenant=TENANT).went_well()
    assert bandwidths(sim) == {NEW: "50000", STORED: "80000"}
    assert ansible.playbook(play, *arguments, tenant=TENANT).went_well().count("changed") == 0
    assert len(sim.journal.writes) == 2


def test_role_and_filter_plan_alike(ansible: Ansible) -> None:
    (play,) = role_play(SERVICES)
    planned = "{{ services | cloudopera.ies.cloudvpn_plan(read.services, catalog.service_definitions) }}"
    play["tasks"] = [
        {"cloudopera.ies.ies_service_info": {}, "register": "read"},
        {"cloudopera.ies.ies_catalog_info": {}, "register": "catalog"},
        {"ansible.builtin.set_fact": {"own_plan": planned}, "vars": {"services": given_plainly()}},
        *play["tasks"],
        {"ansible.builtin.assert": {"that": ["own_plan == cloudvpn_plan"]}},
    ]
    ansible.playbook([play], "--check", tenant=TENANT).went_well()


def given_plainly() -> list[dict[str, Any]]:
    """Return the declaration without the blank value, which only role and playbooks take for none."""
    return [{**SERVICES[0], "site2dc": [{**RANGED, "bandwidth": None}]}, SERVICES[1]]


def test_an_error_names_service_and_connection(sim: SimulatorServer, ansible: Ansible) -> None:
    services = [SERVICES[1], order(NEW, "vpn-new", site2dc=[RANGED, {"cloud_vpn_name": "vpn-more"}])]
    words = ansible.playbook(role_play(services), tenant=TENANT).failed().words
    assert (
        f"cloudvpn_services[1] ({NEW}): site2dc[1] has no bandwidth; give bandwidth, or bandwidth_min and bandwidth_max"
    ) in words
    assert sim.journal.entries == []


def test_what_an_elastic_run_has_set_stays(sim: SimulatorServer, ansible: Ansible) -> None:
    """The playbook that scales a connection inside its range does not quarrel with the declaration."""
    scale = ["-e", f"cloudvpn_name={STORED}", "-e", "cloudvpn_bandwidth=85000"]
    ansible.playbook("cloudopera.ies.scale", *scale, tenant=TENANT, variables=PACE).went_well()
    run = ansible.playbook(role_play(SERVICES[1:]), tenant=TENANT).went_well()
    assert run.count("changed") == 0
    assert bandwidths(sim) == {STORED: "85000"}
