# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The story of scale elastically: bandwidth and traffic (contract 5.4, 8), and hosts that stand for tenants."""

from __future__ import annotations

import copy

from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import PACE, SERVICES, Ansible, contract, print_fact

TENANT = "nbitest_14"
NAME = "site2dc4_201705071158"
SERVICE_ID = "L8YNdmm4Rg-SJcMnlicUQA"
VPN = "0S2DC4201705092039"


def test_scale_does_what_it_foresees(sim: SimulatorServer, ansible: Ansible) -> None:
    variables = {**PACE, "cloudvpn_name": NAME, "cloudvpn_bandwidth": 80000}

    foreseen = ansible.playbook("cloudopera.ies.scale", "--check", "--diff", tenant=TENANT, variables=variables)
    assert foreseen.went_well().count("changed") == 1
    assert sim.journal.writes == []

    done = ansible.playbook("cloudopera.ies.scale", "--diff", tenant=TENANT, variables=variables).went_well()
    assert done.count("changed") == 1
    assert [(entry.method, entry.path, entry.body) for entry in sim.journal.writes] == [
        ("PUT", f"{SERVICES}/{SERVICE_ID}", contract("modify_request"))
    ]
    # Diff and message tell both bandwidths, and the check run told the same.
    assert '- "Bandwidth": "60000"' in [" ".join(line.rstrip(",").split()) for line in done.diff]
    assert "60000" in done.message
    assert "80000" in done.message
    assert (foreseen.diff, foreseen.message) == (done.diff, done.message)


def test_scale_picks_a_connection(sim: SimulatorServer, ansible: Ansible) -> None:
    service = sim.state.service(TENANT, SERVICE_ID)
    assert service is not None
    items = copy.deepcopy(service.parameters["Site2DCList"])
    parameters = {"Site2DCList": [*items, {**items[0], "CloudVpnName": "second"}]}
    made = sim.state.add_service(
        TENANT,
        "two-connections",
        parameters,
        service_definition_id=service.service_definition_id,
        template_id=service.template_id,
    )
    variables = {**PACE, "cloudvpn_name": made.name, "cloudvpn_bandwidth": 1000, "cloudvpn_connection": "second"}
    ansible.playbook("cloudopera.ies.scale", tenant=TENANT, variables=variables).went_well()
    (write,) = sim.journal.writes
    assert [(item["CloudVpnName"], item["Bandwidth"]) for item in write.body["service"]["parameters"]["Site2DCList"]] == [
        ("second", "1000")
    ]


def test_hosts_stand_for_tenants(sim: SimulatorServer, ansible: Ansible) -> None:
    hosts = {
        "north": {"cloudvpn_ies": ansible.options("nbitest_12"), "cloudvpn_name": "site2dc_201705071132"},
        "south": {"cloudvpn_ies": ansible.options("nbitest_13"), "cloudvpn_name": "site2dc3_201705081840"},
    }
    inventory = ansible.write("inventory.yml", {"all": {"hosts": hosts}})
    variables = {**PACE, "cloudvpn_hosts": "all", "cloudvpn_bandwidth": 70000}
    run = ansible.playbook("cloudopera.ies.scale", "-i", inventory, variables=variables).went_well()
    assert run.count("changed", "north") == run.count("changed", "south") == 1
    assert sorted(entry.tenant or "" for entry in sim.journal.writes) == ["nbitest_12", "nbitest_13"]


def test_traffic_is_asked_for_as_in_the_contract(sim: SimulatorServer, ansible: Ansible) -> None:
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {
                "name": "Read traffic",
                "cloudopera.ies.ies_vpn_traffic_info": {
                    "cloud_vpn_name": "VPNS2S201705061433",
                    "start_time": "1493367320",
                    "end_time": "1495058150",
                },
                "register": "answer",
            },
            {**print_fact("statistics"), "vars": {"statistics": "{{ answer.traffic[0].statistics }}"}},
        ],
    }
    run = ansible.playbook([play], tenant="nbitest_11").went_well()
    (entry,) = sim.journal.entries
    assert entry.method == "GET"
    assert entry.path == "/rest/cloudvpnwatch/v1/traffic/connections/VPNS2S201705061433/traffic-rate"
    assert entry.query == {
        "starttime": "1493367320",
        "endtime": "1495058150",
        "timedim": "minute",
        "direction": "outbound",
        "indicator": "max",
    }
    assert run.fact("statistics")["count"] == 28180
