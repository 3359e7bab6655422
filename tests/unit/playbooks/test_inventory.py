# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin as a user has it: ansible-inventory and playbooks, against the simulator.

Every run is at -vvvv and searched for secrets, see support.Ansible; its cache lies in a folder that is searched too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import samples
from tests.unit.playbooks.support import Ansible, Run
from tests.unit.playbooks.test_carriers import NAME, TENANT

SERVICE_ID, CONNECTION = "FbqROiHgSyGhZpzJPXH_BA", "0S2DC5201705071256"
PLUGIN = {"plugin": "cloudopera.ies.cloudvpn"}
# What Ansible would make of either is 12321, which stands nowhere else.
TEMPLATE = "{{ 111 * 111 }}"
EXPRESSION = "lookup('ansible.builtin.pipe', 'echo $((111*111))')"
EVALUATED = "12321"


def add(ansible: Ansible, name: str, vpn: str = "vpn", description: str = "", service_id: str | None = None) -> str:
    """Add a service to the simulator, and return its id."""
    return ansible.sim.state.add_service(
        TENANT,
        name,
        {"Site2DCList": [samples.site2dc_item(vpn)]},
        service_definition_id=samples.SITE2DC_DEFINITION,
        template_id=samples.SITE2DC_TEMPLATE,
        description=description,
        service_id=service_id,
    ).service_id


def inventory(ansible: Ansible, *arguments: str, environment: bool = True, **options: Any) -> Run:
    """Run ansible-inventory on a file with these options."""
    file = ansible.write("tenant.cloudvpn.yml", {**PLUGIN, **options})
    return ansible.run(
        ["ansible-inventory", "-i", file, *arguments],
        {**ansible.environment, **(ansible.connection(TENANT) if environment else {})},
    )


def listed(run: Run) -> dict[str, Any]:
    """Return what `--list` printed; before it stands what -vvvv adds."""
    found: dict[str, Any] = json.loads(run.stdout[run.stdout.index("\n{\n") :])
    return found


def plain(value: Any) -> Any:
    """Return a variable as `--list` prints it, without the mark of what is never evaluated."""
    return value["__ansible_unsafe"] if isinstance(value, dict) and "__ansible_unsafe" in value else value


def requests(ansible: Ansible) -> int:
    """Return how many requests have arrived."""
    return len(ansible.sim.journal.entries)


def test_graph_and_list(ansible: Ansible) -> None:
    twins = [add(ansible, "twin", f"vpn-{number}") for number in range(2)]
    graph = inventory(ansible, "--graph").went_well()
    assert [line.strip(" |-") for line in graph.stdout.splitlines() if "|  |--" in line] == [
        NAME,
        *sorted(f"twin_{service_id}" for service_id in twins),
    ]
    found = listed(inventory(ansible, "--list").went_well())
    assert set(found["cloudvpn"]["hosts"]) == set(found["_meta"]["hostvars"])
    variables = {key: plain(value) for key, value in found["_meta"]["hostvars"][NAME].items()}
    assert {key: value for key, value in variables.items() if key not in {"ies_connections", "ies_service_definition_id"}} == {
        "ies_service_id": SERVICE_ID,
        "ies_name": NAME,
        "ies_status": "Completed",
        "ies_phase": "ready",
        "ies_active_status": "Deactive",
        "ies_created_at": "2017-05-07T04:56:00Z",
        "ies_owner": None,
        "ies_protected": False,
    }
    assert [plain(entry["cloud_vpn_name"]) for entry in variables["ies_connections"]] == [CONNECTION]


def test_the_second_call_sends_no_request(ansible: Ansible, tmp_path: Path) -> None:
    cache: dict[str, Any] = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
    }
    first = listed(inventory(ansible, "--list", **cache).went_well())
    assert requests(ansible) == 2
    assert listed(inventory(ansible, "--list", **cache).went_well()) == first
    inventory(ansible, "--graph", **cache).went_well()
    assert requests(ansible) == 2


def test_nothing_of_the_server_is_evaluated(ansible: Ansible, tmp_path: Path) -> None:
    add(ansible, TEMPLATE, TEMPLATE, f"{TEMPLATE} [managed: netops]")
    add(ansible, EXPRESSION, EXPRESSION)
    cache: dict[str, Any] = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
    }
    constructed = {
        "compose": {"label": "'composed ' ~ ies_name"},
        "keyed_groups": [{"key": "ies_name", "prefix": "named"}],
        "groups": {"evaluated": f"ies_name == '{EVALUATED}'"},
    }
    file = ansible.write("odd.cloudvpn.yml", {**PLUGIN, **constructed, **cache})
    shown = "{{ [inventory_hostname, ies_name, ies_connections, label, group_names, hostvars[inventory_hostname].ies_name] }}"
    task = {"name": "Show it", "ansible.builtin.debug": {"msg": shown}}
    conditional = {
        "name": "Take a name for a condition",
        "ansible.builtin.debug": {"msg": "REACHED"},
        "when": "{{ ies_name }}",
        "ignore_errors": True,
    }
    hosts = {"hosts": "cloudvpn", "connection": "local", "gather_facts": False}
    for _time in range(2):  # the second time from the cache
        run = ansible.playbook([{**hosts, "tasks": [task]}], "-i", file, tenant=TENANT)
        assert run.status == 0, run.output
        assert EVALUATED not in run.output
        assert f"composed {TEMPLATE}" in run.output
        assert "named____111___111___" in run.output
    assert requests(ansible) == 4
    run = ansible.playbook([{**hosts, "tasks": [conditional]}], "-i", file, "--limit", "lookup*", tenant=TENANT)
    assert '"msg": "REACHED"' not in run.stdout
    assert "Take a name for a condition" in run.stdout


def test_options_may_be_templates(ansible: Ansible) -> None:
    auth_token, bearer_token = ansible.sim.tokens(TENANT)
    token = ansible.write("ies_auth_token", f"{auth_token}\n")
    options = {
        "api_url": "{{ the_url }}",
        "auth_token": f"{{{{ lookup('ansible.builtin.file', '{token}') }}}}",
        "bearer_token": "{{ lookup('ansible.builtin.env', 'GATEWAY') }}",
        "name": f"{{{{ lookup('ansible.builtin.env', 'NOT_THERE', default='{NAME},other') }}}}",
        "api_timeout": "{{ 2 * 4 }}",
    }
    ansible.environment["GATEWAY"] = bearer_token
    run = inventory(ansible, "--list", "-e", f"the_url={ansible.sim.url}", environment=False, **options).went_well()
    assert set(listed(run)["_meta"]["hostvars"]) == {NAME}


def test_a_token_from_a_vault(ansible: Ansible) -> None:
    options = ansible.options(TENANT)
    password = ["--vault-password-file", ansible.write("vault_password", "not the one you use\n")]
    quiet = {**ansible.environment, "ANSIBLE_VERBOSITY": "0"}
    secret = ansible.run(
        ["ansible-vault", "encrypt_string", *password, "--stdin-name", "auth_token"], quiet, told=options["auth_token"]
    ).stdout
    file = ansible.write(
        "vault.cloudvpn.yml",
        f"plugin: cloudopera.ies.cloudvpn\napi_url: {options['api_url']}\nbearer_token: {options['bearer_token']}\n{secret}",
    )
    run = ansible.run(["ansible-inventory", "-i", file, "--list", *password], ansible.environment).went_well()
    assert set(listed(run)["_meta"]["hostvars"]) == {NAME}


FAILURES: list[tuple[dict[str, Any], list[str]]] = [
    ({"phaze": "ready"}, ["phaze is not an option", "did you mean phase?"]),
    ({"phase": "redy"}, ["redy", "ready"]),
    ({"api_timeout": "soon"}, ["api_timeout is 'soon'"]),
    ({"cache_timeout": "soon"}, ["cache_timeout", "soon"]),
    ({"api_url": "http://127.0.0.1:1", "api_retries": 0}, ["no connection"]),
    ({"auth_token": "{{ nobody }}"}, ["auth_token cannot be evaluated", "nobody"]),
    ({"strict": True, "compose": {"wrong": "nothing.there"}}, ["wrong"]),
]


@pytest.mark.parametrize(("options", "told"), FAILURES, ids=[str(next(iter(options))) for options, _told in FAILURES])
def test_failures_are_told_in_words(ansible: Ansible, options: dict[str, Any], told: list[str]) -> None:
    # With the tokens in the file, where an error might quote them.
    connection = ansible.options(TENANT)
    run = inventory(ansible, "--list", environment=False, **{**connection, **options})
    for part in told:
        assert part in run.words
    assert "Failed to parse" in run.words
    assert "please report" not in run.words


def test_a_failure_is_fatal_where_ansible_is_told_so(ansible: Ansible) -> None:
    ansible.environment["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"] = "true"
    assert inventory(ansible, "--list").status == 0
    assert inventory(ansible, "--list", phaze="ready").status != 0
    assert requests(ansible) == 2


def test_a_damaged_cache_is_read_again(ansible: Ansible, tmp_path: Path) -> None:
    cache: dict[str, Any] = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
    }
    first = listed(inventory(ansible, "--list", **cache))
    (file,) = (tmp_path / "cache").iterdir()
    for damaged in ('{"a', "[1]"):
        file.write_text(damaged, encoding="utf-8")
        run = inventory(ansible, "--list", **cache)
        assert run.status == 0
        assert "the services are read again" in run.words
        assert listed(run) == first
    assert requests(ansible) == 6
    assert not ansible.sim.journal.writes
