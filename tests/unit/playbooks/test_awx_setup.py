# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook `cloudopera.ies.awx_setup`, with the modules of awx.awx and against a small AWX."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.cloudopera.ies.plugins.plugin_utils._awx_action import read_data
from ansible_collections.cloudopera.ies.plugins.plugin_utils._awx_kit import kit, read_options
from tests.tools.awx_collection import collections_path
from tests.unit.playbooks import awx_api
from tests.unit.playbooks.awx_api import Awx
from tests.unit.playbooks.support import REPOSITORY, Ansible, Run

TENANT = "nbitest_15"
FOLDER = "extensions/awx/project"
# AWX offers a file of the project as a playbook when it has such a line.
_PLAYBOOK = re.compile(r"^\s*(-\s*)?(hosts|(ansible\.builtin\.)?import_playbook):", re.MULTILINE)
PLAYBOOKS = frozenset(
    str(path.relative_to(REPOSITORY))
    for path in (REPOSITORY / FOLDER).glob("*.yml")
    if _PLAYBOOK.search(path.read_text(encoding="utf-8"))
)


@pytest.fixture
def awx() -> Iterator[Awx]:
    """Return an empty AWX, whose projects are a clone of this repository."""
    with awx_api.serve(Awx(PLAYBOOKS)) as served:
        yield served


@pytest.fixture
def with_awx(ansible: Ansible, awx: Awx) -> Ansible:
    """Return a runner of Ansible that has awx.awx and knows the AWX."""
    paths = (ansible.environment["ANSIBLE_COLLECTIONS_PATH"], str(collections_path()))
    ansible.environment["ANSIBLE_COLLECTIONS_PATH"] = os.pathsep.join(paths)
    ansible.environment |= {"CONTROLLER_HOST": awx.url, "CONTROLLER_OAUTH_TOKEN": awx_api.TOKEN}
    # Some thirty processes of Python, one after the other, and awx.awx looks each name up: no copies of them on the way.
    ansible.environment["ANSIBLE_PIPELINING"] = "true"
    ansible.timeout = 600
    ansible.secrets["the token of AWX"] = awx_api.TOKEN
    return ansible


def setup(ansible: Ansible, *arguments: str, variables: Mapping[str, Any] | None = None, tenant: str | None = TENANT) -> Run:
    return ansible.playbook("cloudopera.ies.awx_setup", *arguments, tenant=tenant, variables=variables)


def test_a_second_run_changes_nothing(with_awx: Ansible, awx: Awx) -> None:
    first = setup(with_awx).went_well()
    assert first.count("changed") > 10
    assert awx.names("job_templates") == [
        *("Cloud VPN provision", "Cloud VPN order", "Cloud VPN scale", "Cloud VPN decommission", "Cloud VPN plan"),
        *("Cloud VPN plan is empty", "Cloud VPN apply", "Cloud VPN drift", "Cloud VPN elastic", "Cloud VPN export"),
    ]
    awx.writes.clear()
    second = setup(with_awx).went_well()
    assert awx.writes == []
    assert second.count("changed") == 0


# What makes a run short: everything that is many is left out.
FEW = [
    *("order", "scale", "decommission", "plan", "apply", "drift", "export", "tenants_credential_type"),
    *("services_source", "services", "project"),
]


def test_check_mode_foresees_everything_on_an_empty_awx(with_awx: Ansible, awx: Awx) -> None:
    run = setup(with_awx, "--check").went_well()
    assert awx.writes == []
    # Each task but the first, which only fills in, and the one for tokens of several tenants, which are not given.
    assert run.count("changed") == 14
    assert run.count("failed") == 0


def test_objects_are_renamed_and_left_out(with_awx: Ansible, awx: Awx) -> None:
    token = awx_api.TOKEN[::-1]
    with_awx.secrets["the token of a tenant"] = token
    awx.answer("POST", "/api/v2/organizations/", {}, {"name": "Network", "description": "ours"})
    awx.answer("POST", "/api/v2/projects/", {}, {"name": "GitOps", "organization": 1})
    awx.answer("POST", "/api/v2/notification_templates/", {}, {"name": "chat"})
    awx.writes.clear()
    variables: dict[str, Any] = {
        "cloudvpn_awx_names": {"organization": "Network", "project": "GitOps", "provision": "VPN: converge"},
        "cloudvpn_awx_leave_out": ",".join([*FEW, "execution_environment"]),
        "cloudvpn_awx_prefix": "VPN",
        "cloudvpn_awx_tenants": '[{"name": "north", "variables": {"cloudvpn_services": []}}, {"name": "south"}]',
        "cloudvpn_awx_tenant_tokens": {"north": token, "south": token},
        "cloudvpn_awx_leave_nothing": "",
        "cloudvpn_awx_slices": "3",
        "cloudvpn_awx_project_folder": ".",
        "cloudvpn_awx_notifications": {"error": ["chat"]},
        "cloudvpn_awx_eda_url": awx.url,
        "cloudvpn_awx_update_secrets": "",
    }
    refused = setup(with_awx, variables=variables).failed()
    assert (
        "cloudvpn_awx_leave_nothing is not a variable of cloudopera.ies; did you mean cloudvpn_awx_leave_out?" in refused.words
    )
    del variables["cloudvpn_awx_leave_nothing"]
    # The type of the tokens is wanted after all.
    variables["cloudvpn_awx_leave_out"] = variables["cloudvpn_awx_leave_out"].replace("tenants_credential_type,", "")
    awx.playbooks = frozenset({"provision.yml", "plan_is_empty.yml", "elastic.yml"})
    setup(with_awx, variables=variables).went_well()
    assert awx.names("organizations") == ["Network"]
    assert awx.names("projects") == ["GitOps"]
    assert awx.names("execution_environments") == []
    assert awx.names("job_templates") == ["VPN: converge", "VPN plan is empty", "VPN elastic"]
    # No workflow without all that it runs, and no schedule of what is not there.
    assert awx.names("workflow_job_templates") == []
    assert awx.names("schedules") == ["VPN elastic every 15 minutes"]
    assert awx.linked("job_templates", "VPN: converge", "credentials") == ["VPN IES", "VPN tenant tokens"]
    assert awx.linked("job_templates", "VPN: converge", "notification_templates_error") == ["chat"]
    assert awx.find("job_templates", "VPN: converge")["job_slice_count"] == 3
    assert awx.linked("groups", "tenants", "hosts") == ["north", "south"]
    assert yaml.safe_load(awx.secrets[awx.find("credentials", "VPN tenant tokens")["id"]]["tokens"]) == {
        "north": token,
        "south": token,
    }
    # Tokens are in credentials only: the inventory says where to find them.
    assert token not in json.dumps([awx.objects[kind] for kind in ("hosts", "inventories", "groups")])
    assert "IES_TENANT_TOKENS_PATH" in awx.find("hosts", "south")["variables"]
    assert [one["name"] for one in awx.eda_types] == ["VPN IES"]

    awx.writes.clear()
    assert setup(with_awx, variables=variables).went_well().count("changed") == 0
    assert awx.writes == []


def test_without_a_token_no_credential_is_made_or_touched(with_awx: Ansible, awx: Awx) -> None:
    variables = {"cloudvpn_awx_leave_out": ["elastic", *FEW, "execution_environment"]}
    awx.answer("POST", "/api/v2/organizations/", {}, {"name": "Cloud VPN"})
    awx.answer("POST", "/api/v2/projects/", {}, {"name": "Cloud VPN", "organization": 1})
    setup(with_awx, variables=variables, tenant=None).went_well()
    assert awx.names("credentials") == []
    assert [path for _method, path, _body in awx.writes if path.endswith("/credentials/")] == []


def test_an_error_of_awx_is_told(with_awx: Ansible, awx: Awx) -> None:
    # The credential is made by a task whose arguments are secret; what was wrong is said all the same.
    variables = {"cloudvpn_ies": {"api_url": "https://ies.example.com:17100", "auth_token": "not-empty", "api_timeout": 30}}
    awx.refuse_credentials = True
    run = setup(with_awx, variables={**variables, "cloudvpn_awx_leave_out": FEW}, tenant=None)
    assert run.status != 0
    assert "Unable to create credential Cloud VPN IES" in run.words
    assert awx.names("job_templates") == []


def specs() -> dict[str, Mapping[str, Any]]:
    """Return what each module of awx.awx that the playbook runs gives to AnsibleModule."""
    found: dict[str, Mapping[str, Any]] = {}
    folder = collections_path() / "ansible_collections" / "awx" / "awx" / "plugins"
    for name in {task["module"] for task in tasks()}:
        source = (folder / "modules" / f"{name}.py").read_text(encoding="utf-8")
        main = next(node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == "main")
        # Up to the module itself, main only builds dictionaries.
        statements = [node for node in main.body if isinstance(node, ast.Assign)]
        names: dict[str, Any] = {"KIND_CHOICES": dict.fromkeys(("ssh", "vault", "net", "scm", "cloud", "insights"))}
        for node in statements:
            target = node.targets[0]
            if isinstance(target, ast.Name) and target.id in ("argument_spec", "mutually_exclusive", "required_if"):
                exec(compile(ast.Module([node], []), name, "exec"), names)
        found[name] = {key: names.get(key) for key in ("argument_spec", "mutually_exclusive", "required_if")}
    return found


def tasks() -> list[dict[str, Any]]:
    """Return the tasks of the playbook that run a module of awx.awx."""
    (play,) = yaml.safe_load((REPOSITORY / "playbooks" / "awx_setup.yml").read_text(encoding="utf-8"))
    return [
        {"module": key.removeprefix("awx.awx."), "arguments": task[key], "kind": _KIND.search(task["loop"]).group(1)}  # type: ignore[union-attr]
        for task in play["tasks"]
        for key in task
        if key.startswith("awx.awx.")
    ]


_KIND = re.compile(r"\.kit\.(\w+)")
_OF_ITEM = re.compile(r"\{\{ item\.(\w+)( \| default\(omit\))? \}\}")
_SECRETS = {
    "credentials": {"api_url": "https://ies.example.com:17100", "auth_token": "token", "validate_certs": "true"},
    "tenants_credentials": {"tokens": "north: token"},
}


def arguments_of(task: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a task gives to its module for one item of its loop."""
    given: dict[str, Any] = {}
    for option, value in task["arguments"].items():
        template = _OF_ITEM.fullmatch(value) if isinstance(value, str) else None
        if template is None:
            given[option] = {"inputs": _SECRETS.get(task["kind"]), "update_secrets": False}.get(option, value)
        elif template.group(1) in item or not template.group(2):
            given[option] = item[template.group(1)]
    return given


@pytest.mark.parametrize(
    "options",
    [
        {},
        {
            **{"tenants": ["north", "south"], "galaxy_credentials": ["Galaxy"], "ee_credential": "registry"},
            **{"project_credential": "git", "tenants_path": "inventory", "tenants_variables": {"cloudvpn_owner": "network"}},
            "notifications": {event: ["chat"] for event in ("started", "success", "error", "approvals")},
        },
    ],
    ids=["nothing said", "everything said"],
)
def test_every_task_fits_the_argument_spec_of_its_module(options: dict[str, Any]) -> None:
    made = kit(read_data(), read_options(options), {"credential", "tenants_credential"})
    known = specs()
    used = {"eda_credential_types"}
    for task in tasks():
        spec = known[task["module"]]
        used.add(task["kind"])
        for item in made[task["kind"]]:
            given = arguments_of(task, item)
            checked = ArgumentSpecValidator(
                spec["argument_spec"], mutually_exclusive=spec["mutually_exclusive"], required_if=spec["required_if"]
            ).validate(given)
            assert checked.error_messages == [], (task["module"], item)
            # What an item says reaches the module, and with the type it has.
            said = {name: value for name, value in item.items() if value is not None}
            assert {name: checked.validated_parameters[name] for name in said} == said, task["module"]
    # No kind of object is filled in for nobody.
    assert used == set(made)
