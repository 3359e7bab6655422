# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook `validate`, as a user runs it: without a credential, and without a request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import Ansible, Run

SITE = {"cloud_vpn_name": "v", "bandwidth": 60000}
BAD = [
    {"name": "good", "site2dc": [SITE]},
    {"name": "good", "bandwidth": 80000},
    {"name": "muc-dc2", "site2dc": [{**SITE, "bandwith": 5, "cidr": "10.0.0.1"}]},
]


def validate(ansible: Ansible, *arguments: str, **variables: Any) -> Run:
    """Run the playbook with these variables, without any connection."""
    return ansible.playbook("cloudopera.ies.validate", *arguments, variables=variables)


def test_what_is_right_passes(sim: SimulatorServer, ansible: Ansible) -> None:
    validate(ansible, cloudvpn_services=[{"name": "a", "site2dc": [SITE]}], cloudvpn_wait="false").went_well()
    assert sim.journal.entries == []


def test_all_mistakes_of_all_variables_are_told_at_once(ansible: Ansible) -> None:
    run = validate(
        ansible,
        cloudvpn_services=json.dumps(BAD),
        cloudvpn_elastic_policy={"headrom": 5},
        cloudvpn_elastic=[{"name": "a", "policy": {"minimum": 5, "maximum": 1}}],
        cloudvpn_wait_timeout="-3",
        cloudvpn_max_parallel="many",
        cloudvpn_owner="Net Ops",
        cloudvpn_plan_expiry="soon",
        cloudvpn_servces=[],
        cloudvpn_ies={"auth_tokn": "x"},
    ).failed()
    for told in (
        "11 errors: ",
        "cloudvpn_services[1] (good): name 'good' is declared twice",
        "cloudvpn_services[2] (muc-dc2) site2dc[0].bandwith: unknown option; did you mean bandwidth?",
        "cloudvpn_services[2] (muc-dc2) site2dc[0].cidr is '10.0.0.1'; write it as address/length",
        "cloudvpn_elastic_policy: policy has the unknown key 'headrom'; did you mean headroom?",
        "cloudvpn_elastic[0] (a): policy.minimum 5 is over policy.maximum 1",
        "cloudvpn_wait_timeout is -3; it must not be negative",
        "cloudvpn_max_parallel is 'many'; write a whole number",
        "cloudvpn_owner is 'Net Ops'",
        "cloudvpn_plan_expiry is 'soon'",
        "cloudvpn_servces is not a variable of cloudopera.ies; did you mean cloudvpn_services?",
        "cloudvpn_ies: unknown option auth_tokn; did you mean auth_token?",
    ):
        assert told in run.words
        # In a line of its own, and in the message.
        assert told == "11 errors: " or f"[localhost] {told}" in run.words


def test_a_connection_in_a_vault_is_not_opened(ansible: Ansible) -> None:
    vault = "$ANSIBLE_VAULT;1.1;AES256\n" + "6" * 80
    text = "\n".join(
        [
            "cloudvpn_services: [{name: a, bandwidth: 5}]",
            "cloudvpn_ies:",
            "  auth_token: !vault |",
            *(f"    {line}" for line in vault.splitlines()),
        ]
    )
    path = ansible.write("vaulted.yml", text + "\n")
    ansible.playbook("cloudopera.ies.validate", "-e", f"@{path}").went_well()


def test_each_host_has_its_own_findings(ansible: Ansible) -> None:
    hosts = {"north": {"cloudvpn_services": BAD}, "south": {"cloudvpn_services": BAD[:1]}}
    inventory = ansible.write("inventory.yml", {"all": {"hosts": hosts}})
    run = ansible.playbook("cloudopera.ies.validate", "-i", inventory, "-e", "cloudvpn_hosts=all")
    assert run.status != 0
    assert "[north] cloudvpn_services[2] (muc-dc2)" in run.stdout
    assert "[south] cloudvpn_services" not in run.stdout
    assert run.count("ok", "south") == 1


def test_overlaps_are_warnings_unless_told_otherwise(ansible: Ansible) -> None:
    services = [{"name": name, "site2dc": [{**SITE, "cidr": "10.0.0.0/8"}]} for name in "ab"]
    run = validate(ansible, cloudvpn_services=services)
    assert run.status == 0
    assert "these cidr overlap: 10.0.0.0/8 (connection 'v' of a), 10.0.0.0/8 (connection 'v' of b)" in run.words
    assert "these cidr overlap" in validate(ansible, cloudvpn_services=services, cloudvpn_fail_on_overlap="yes").failed().words


@pytest.mark.parametrize("whole", [True, False])
def test_a_saved_catalogue(sim: SimulatorServer, ansible: Ansible, whole: bool) -> None:
    save = {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {"cloudopera.ies.ies_catalog_info": {}, "register": "found"},
            {
                "ansible.builtin.copy": {
                    "content": "{{ found | to_json }}" if whole else "{{ found.service_definitions | to_nice_yaml }}",
                    "dest": str(ansible.folder / "catalogue"),
                    "mode": "0600",
                }
            },
        ],
    }
    ansible.playbook([save], tenant="nbitest_14").went_well()
    services = [{"name": "a", "service_definition": "Site2DC"}, {"name": "b", "service_definition": "Site3DC"}]
    run = validate(ansible, cloudvpn_services=services, cloudvpn_catalogue_file="catalogue").failed()
    assert "1 error: cloudvpn_services[1] (b): service definition 'Site3DC' is unknown; known: Site2DC (" in run.words


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read"),
        ("{", "is neither JSON nor YAML; save a result of ies_catalog_info in it"),
        ("a: 1", "has no list service_definitions; save a result of ies_catalog_info in it"),
        ("[{name: a}]", "is no result of ies_catalog_info"),
    ],
)
def test_a_catalogue_that_is_none(ansible: Ansible, content: str | None, message: str) -> None:
    if content is not None:
        ansible.write("catalogue", content)
    run = validate(ansible, cloudvpn_services=[{"name": "a"}], cloudvpn_catalogue_file="catalogue").failed()
    assert message in run.words


def test_nothing_to_check(ansible: Ansible) -> None:
    run = ansible.playbook("cloudopera.ies.validate").failed()
    assert "Say what to check: ansible-playbook cloudopera.ies.validate -e @services.yml" in run.words


def test_later_jobs_get_the_outcome(ansible: Ansible) -> None:
    ansible.environment["ANSIBLE_SHOW_CUSTOM_STATS"] = "true"
    run = validate(ansible, cloudvpn_services=BAD).failed()
    told = "".join(run.stdout.partition("CUSTOM STATS")[2].split())
    assert '"cloudvpn_status":"error"' in told
    assert '"errors":3' in told
    assert '"services":3' in told
