# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of declared services: current, right, of one mind with validation, and in the hook of pre-commit."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ansible_collections.cloudopera.ies.plugins.plugin_utils._validation import check_services
from tests.tools import schema
from tests.unit.plugin_utils.declared import RIGHT_SERVICES, SERVICES

ROOT = Path(__file__).resolve().parents[3]
VALIDATOR = Draft202012Validator(schema.build())
SITE = {"cloud_vpn_name": "v", "bandwidth": 60000}


def errors(*items: Any) -> list[str]:
    """Return what the schema says to declared services."""
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors({"cloudvpn_services": list(items)})]


def test_the_file_is_current() -> None:
    assert schema.PATH.read_text(encoding="utf-8") == schema.render(), "run make schema"


def test_it_is_a_schema_of_the_draft_it_names() -> None:
    built = schema.build()
    assert built["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(built)


def test_every_option_is_described_in_plain_words() -> None:
    built = schema.build()["$defs"]
    for name in ("service", "site2dc", "site2site"):
        for option, value in built[name]["properties"].items():
            assert value["description"], option
            assert not re.search(r"\b[OVCMP]\(", value["description"]), option


def test_check_tells_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    path = tmp_path / "docs" / "schema.json"
    monkeypatch.setattr(schema, "PATH", path)
    monkeypatch.setattr(schema, "ROOT", tmp_path)
    assert schema.main(["--check"]) == 1
    assert "docs/schema.json is not current; run make schema" in capsys.readouterr().err
    assert not path.exists()
    assert schema.main([]) == 0
    assert schema.main(["--check"]) == 0


@pytest.mark.parametrize(
    "item",
    [
        {"name": "s", "description": "", "site2dc": [{**SITE, "cidr": "163.113.12.1/24", "vni": "0012", "extra": {"a": 1}}]},
        {"name": "s", "site2dc": [{"cloud_vpn_name": "v", "bandwidth_min": 1, "bandwidth_max": 2}]},
        {"service_id": "x", "bandwidth": "80000", "deactivate": "yes", "state": None},
        {"name": "{{ prefix }}-1", "bandwidth": "{{ size }}", "state": "{{ state }}", "site2dc": "{{ sites }}"},
        {"name": "s", "bandwidth": "$ANSIBLE_VAULT;1.1;AES256\n6666"},
        {"name": "s", "site2dc": [{**SITE, "cidr": "{{ cidr }}", "vni": 12}]},
        {"name": "s", "parameters": {"a": "b", "n": 5, "L": [{"CloudVpnName": "v", "Bandwidth": 5}]}},
        "{{ service }}",
    ],
)
def test_what_is_right_passes(item: Any) -> None:
    assert errors(item) == []


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ({"name": "s", "site2dc": [{**SITE, "bandwith": 5}]}, "$.cloudvpn_services[0].site2dc[0]: Additional properties"),
        ({"name": "s", "desciption": ""}, "'desciption' was unexpected"),
        ({"bandwidth": 5}, "'name' is a required property"),
        ({"name": "s", "site2dc": [{"bandwidth": 5}]}, "'cloud_vpn_name' is a required property"),
        ({"name": "s", "site2dc": [{"cloud_vpn_name": "v"}]}, "'bandwidth' is a required property"),
        ({"name": "s", "site2dc": [{**SITE, "cidr": "10.0.0.1/33"}]}, "site2dc[0].cidr: '10.0.0.1/33' does not match"),
        ({"name": "s", "site2dc": [{**SITE, "cidr": "10.0.0.256/8"}]}, "does not match"),
        ({"name": "s", "site2dc": "v"}, "site2dc: 'v' does not match"),
        ({"name": "s", "bandwidth": "many"}, "bandwidth: 'many' does not match"),
        ({"name": "s", "bandwidth": 0}, "0 is less than the minimum of 1"),
        ({"name": "s", "bandwidth": 2.5}, "2.5 is not of type 'integer'"),
        ({"name": "s", "bandwidth_min": 5}, "'bandwidth_max' is a dependency of 'bandwidth_min'"),
        ({"name": "s", "state": "gone"}, "'gone' is not one of ['present', 'absent']"),
        ({"name": "n" * 256}, "is too long"),
        ({"name": " "}, "does not match"),
        ({"name": "s", "template": "t" * 37}, "does not match"),
        ({"name": "s", "description": True}, "True is not of type 'string'"),
        ({"name": "s", "deactivate": "maybe"}, "'maybe' does not match"),
        ({"name": "s", "parameters": {"a": None}}, "None is not of type 'string', 'number', 'array'"),
        ("muc", "'muc' does not match"),
    ],
)
def test_what_is_wrong_is_told(item: Any, told: str) -> None:
    found = errors(item)
    assert len(found) == 1, found
    assert told in found[0]


def test_a_list_alone_and_other_variables() -> None:
    assert not list(VALIDATOR.iter_errors([{"name": "s"}]))
    assert list(VALIDATOR.iter_errors([{"nam": "s"}]))
    assert not list(VALIDATOR.iter_errors({"ansible_host": "x", "cloudvpn_wait": False}))
    assert not list(VALIDATOR.iter_errors(None))
    (error,) = VALIDATOR.iter_errors({"cloudvpn_servces": []})
    assert "'cloudvpn_servces' is not one of" in error.message


@settings(max_examples=300)
@given(st.one_of(SERVICES, RIGHT_SERVICES, RIGHT_SERVICES))
def test_what_validation_takes_the_schema_takes(item: dict[str, Any]) -> None:
    # Of a service that is to be absent, validation judges nothing else; and Ansible makes a string of any on_failure.
    assume(item.get("state") in {None, "present"} and isinstance(item.get("on_failure", ""), str))
    # To a schema, a bound that is null is one.
    bounds = [
        entry
        for entry in (item, *_connections(item))
        if {None, ""} & {entry.get("bandwidth_min", 1), entry.get("bandwidth_max", 1)}
    ]
    assume(not bounds)
    found = check_services([item], "cloudvpn_services", None, False)
    if not found.errors:
        assert errors(item) == []


def _connections(item: dict[str, Any]) -> list[dict[str, Any]]:
    listed = [*(item.get("site2dc") or ()), *(item.get("site2site") or ())]
    return [entry for entry in listed if isinstance(entry, dict)]


# The hook.


def hook(*files: Path) -> subprocess.CompletedProcess[str]:
    """Run what the hook runs, in a folder of its own."""
    call = "import sys; sys.path.insert(0, sys.argv.pop(1)); from schema.hook import main; main()"
    return subprocess.run(
        [sys.executable, "-c", call, str(ROOT / "docs"), *map(str, files)], capture_output=True, text=True, check=False
    )


def test_the_hook_takes_ansible_s_tags(tmp_path: Path) -> None:
    path = tmp_path / "services.yml"
    path.write_text(
        'token: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6666\ncloudvpn_services:\n  - name: !unsafe "{{ x }}"\n'
        "    bandwidth: !vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      6666\n",
        encoding="utf-8",
    )
    done = hook(path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_hook_tells_what_is_wrong(tmp_path: Path) -> None:
    good, bad = tmp_path / "services.json", tmp_path / "cloudvpn.yml"
    good.write_text(json.dumps([{"name": "s"}]), encoding="utf-8")
    bad.write_text("cloudvpn_services:\n  - name: s\n    bandwith: 5\n", encoding="utf-8")
    done = hook(good, bad)
    assert done.returncode == 1
    assert "'bandwith' was unexpected" in done.stdout
    assert "services.json" not in done.stdout


def test_pre_commit_installs_what_the_hook_calls() -> None:
    (declared,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\n{declared["entry"]} = "cloudvpn_schema.hook:main"\n' in project
    assert 'package-dir = { cloudvpn_schema = "docs/schema" }' in project
    matches = re.compile(declared["files"]).search
    assert all(map(matches, ("services.yml", "group_vars/north/cloudvpn.yaml", "services/x/services-north.json")))
    assert not any(map(matches, ("playbook.yml", "services/readme.md", "my_services.yml")))
