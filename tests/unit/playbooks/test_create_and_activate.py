# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The story of create and activate: the role, and the playbooks that call it (contract 5.1, 5.5)."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import yaml

from ansible_collections.cloudopera.ies.plugins.module_utils._tasks.ies_service import DECLARATION_OPTIONS
from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import PACE, REPOSITORY, SERVICES, Ansible, contract, print_fact

TENANT = "nbitest_16"
NAME = "site2dc4_201705071158"
VPN = "0S2DC4201705071158"
STORED = "site2dc6_201705071300"
STORED_ID = "BkLfGSbKQXybr0kkj8MQTQ"
STORED_VPN = "0S2DC6201705071300"

ORDER: dict[str, Any] = {
    "name": NAME,
    "description": "",
    "service_definition": "Site2DC",
    "site2dc": [
        {
            "cloud_vpn_name": VPN,
            "bandwidth": 60000,
            "vpc_id": "db79cd8b-91e2-43f8-9791-54b8b2181a70",
            "vni": "2236",
            "cpe_a_site": "siteDC201705071132",
            "cpe_a_type": "AR169FGW-L",
            "cpe_a_esn": "21500102003GG3000704",
            "cpe_a_position": "siteDC201705071132",
            "cpe_a_pop": "Manager_VPC",
            "cidr": "163.113.12.1/24",
        }
    ],
}


def role_play(*services: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a playbook that applies the role and prints its facts, also when the role fails."""
    return [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [
                {
                    "block": [
                        {
                            "ansible.builtin.include_role": {"name": "cloudopera.ies.cloudvpn"},
                            "vars": {**PACE, "cloudvpn_services": list(services)},
                        }
                    ],
                    "always": [print_fact("cloudvpn_plan"), print_fact("cloudvpn_result")],
                }
            ],
        }
    ]


def test_check_run_and_repeat(sim: SimulatorServer, ansible: Ansible) -> None:
    variables = {**PACE, "cloudvpn_services": [ORDER, {"name": "never-there", "state": "absent"}]}

    def provision(*arguments: str) -> Any:
        run = ansible.playbook("cloudopera.ies.provision", "--diff", *arguments, tenant=TENANT, variables=variables)
        return run.went_well()

    foreseen = provision("--check")
    assert {entry.method for entry in sim.journal.entries} == {"GET"}
    assert foreseen.count("changed") == 1

    done = provision()
    assert [(entry.method, entry.path, entry.body) for entry in sim.journal.writes] == [
        ("POST", SERVICES, contract("create_request"))
    ]
    assert done.count("changed") == 1
    assert VPN in "".join(done.diff)
    assert foreseen.diff == done.diff

    sim.journal.clear()
    again = provision()
    assert again.count("changed") == 0
    assert again.diff == []
    assert sim.journal.writes == []
    assert {entry.method for entry in sim.journal.entries} == {"GET"}


def test_facts(sim: SimulatorServer, ansible: Ansible) -> None:
    play = role_play(ORDER, {"name": STORED, "bandwidth": 80000}, {"name": "never-there", "state": "absent"})
    run = ansible.playbook(play, tenant=TENANT).went_well()

    plan, result = run.fact("cloudvpn_plan"), run.fact("cloudvpn_result")
    assert {kind: [item["name"] for item in items] for kind, items in plan.items()} == {
        "create": [NAME],
        "update": [STORED],
        "recreate": [],
        "delete": [],
        "unchanged": ["never-there"],
    }
    assert plan["update"] == [
        {
            "name": STORED,
            "service_id": STORED_ID,
            "before": {"name": STORED, "connections": {STORED_VPN: {"CloudVpnName": STORED_VPN, "Bandwidth": "60000"}}},
            "after": {"name": STORED, "connections": {STORED_VPN: {"CloudVpnName": STORED_VPN, "Bandwidth": "80000"}}},
        }
    ]
    assert result["changed"] is True
    for entry in result["services"]:
        assert set(entry) == {"name", "changed", "actions", "service", "operation_id", "error", "error_kind"}
    created, scaled, absent = result["services"]
    assert (created["changed"], created["actions"], created["error"]) == (True, ["create"], None)
    assert created["service"]["phase"] == "ready"
    assert scaled["service"]["connections"][0]["bandwidth"] == 80000
    assert {value for key, value in absent.items() if key not in {"name", "changed", "actions"}} == {None}
    assert (absent["name"], absent["changed"], absent["actions"]) == ("never-there", False, [])


def test_a_failing_service_does_not_stop_the_others(sim: SimulatorServer, ansible: Ansible) -> None:
    sim.faults.add("fail_async", method="PUT", reason="no route to the device")
    refused = {**copy.deepcopy(ORDER), "name": "refused", "service_definition": "Site2Moon"}
    run = ansible.playbook(role_play(refused, {"name": STORED, "bandwidth": 80000}, ORDER), tenant=TENANT).failed()

    assert "2 of 3 services failed: refused: service definition 'Site2Moon' is unknown" in run.words
    assert "no route to the device" in run.words
    assert [service.status for service in sim.state.named(TENANT, NAME)] == ["Completed"]
    result = run.fact("cloudvpn_result")
    assert [entry["error"] is None for entry in result["services"]] == [False, False, True]
    assert result["changed"] is True
    assert [item["name"] for item in run.fact("cloudvpn_plan")["create"]] == [NAME]
    # The task that did the work is the one that fails; what it changed is counted nevertheless.
    assert run.count("changed") == 1


def test_the_same_name_twice_is_refused_before_anything_is_sent(sim: SimulatorServer, ansible: Ansible) -> None:
    variables = {"cloudvpn_services": [ORDER, {"name": NAME, "state": "absent"}]}
    run = ansible.playbook("cloudopera.ies.provision", tenant=TENANT, variables=variables).failed()
    assert f"name '{NAME}' is declared twice" in run.words
    assert sim.journal.entries == []


def test_what_is_no_service_is_refused_before_anything_is_sent(sim: SimulatorServer, ansible: Ansible) -> None:
    variables = {"cloudvpn_services": [{"name": NAME, "bandwith": 60000, "site2dc": [{"bandwidth": 1}]}]}
    run = ansible.playbook("cloudopera.ies.provision", tenant=TENANT, variables=variables).failed()
    assert f"cloudvpn_services[0] ({NAME}): it has no option bandwith; did you mean bandwidth?" in run.words
    assert f"cloudvpn_services[0] ({NAME}): site2dc[0] has no cloud_vpn_name" in run.words
    assert sim.journal.entries == []


def test_a_refused_token_fails_at_once(sim: SimulatorServer, ansible: Ansible) -> None:
    sim.options.tokens_expired = True
    variables = {"cloudvpn_services": [ORDER]}
    run = ansible.playbook("cloudopera.ies.provision", tenant=TENANT, variables=variables).failed()
    assert "IES_AUTH_TOKEN" in run.words or "auth_token" in run.words
    assert "services failed" not in run.words


def test_decommission_several(sim: SimulatorServer, ansible: Ansible) -> None:
    sim.state.set_status(STORED_ID, active_status="Active")
    variables = {**PACE, "cloudvpn_name": [STORED, "never-there"], "cloudvpn_deactivate": True}
    run = ansible.playbook("cloudopera.ies.decommission", tenant=TENANT, variables=variables).went_well()
    assert [(entry.method, entry.path) for entry in sim.journal.writes] == [
        ("POST", f"{SERVICES}/{STORED_ID}/deactivation"),
        ("DELETE", f"{SERVICES}/{STORED_ID}"),
    ]
    assert sim.state.services(TENANT) == []
    assert run.count("changed") == 1


def test_role_takes_the_options_of_the_module() -> None:
    """The role repeats them, because argument specs cannot refer to a module's."""
    spec = yaml.safe_load((REPOSITORY / "roles/cloudvpn/meta/argument_specs.yml").read_text(encoding="utf-8"))
    options = spec["argument_specs"]["main"]["options"]
    defaults = yaml.safe_load((REPOSITORY / "roles/cloudvpn/defaults/main.yml").read_text(encoding="utf-8"))

    def plain(options: dict[str, Any]) -> dict[str, Any]:
        return {
            name: {key: plain(value) if key == "options" else value for key, value in option.items() if key != "description"}
            for name, option in options.items()
        }

    assert json.dumps(plain(options["cloudvpn_services"]["options"]), sort_keys=True) == json.dumps(
        DECLARATION_OPTIONS, sort_keys=True
    )
    assert {name: option["default"] for name, option in options.items() if "default" in option} == defaults


@pytest.mark.parametrize("name", ["provision", "scale", "decommission"])
def test_without_what_it_needs_a_playbook_says_what_to_pass(name: str, sim: SimulatorServer, ansible: Ansible) -> None:
    run = ansible.playbook(f"cloudopera.ies.{name}", tenant=TENANT).failed()
    assert f"ansible-playbook cloudopera.ies.{name} -e " in run.words
    assert sim.journal.entries == []


def test_without_a_connection_a_playbook_says_what_to_pass(ansible: Ansible) -> None:
    run = ansible.playbook("cloudopera.ies.decommission", "-e", "cloudvpn_name=any").failed()
    assert "IES_API_URL=https://ies.example.com:17100" in run.words
    assert "IES_AUTH_TOKEN" in run.words
