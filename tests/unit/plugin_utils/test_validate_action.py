# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action `validate` reads, and what it hands on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.plugin_utils._validate_action import read_catalogue, validate

CATALOGUE = {"service_definitions": [{"service_definition_id": "d", "name": "Site2DC", "templates": [{"template_id": "t"}]}]}
GOOD = [{"name": "s", "bandwidth": 5}]


def errors(task_vars: Any = None, caller: str = "validate", **given: Any) -> list[str]:
    """Return the errors, in words."""
    return [str(finding) for finding in validate(given, task_vars or {}, caller)[0].errors]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"wait": "maybe"}, "cloudvpn_wait is 'maybe'; write true or false"),
        ({"wait_timeout": "-3"}, "cloudvpn_wait_timeout is -3; it must not be negative"),
        ({"wait_sleep": "x"}, "cloudvpn_wait_sleep is 'x'; write a number"),
        ({"max_parallel": "0"}, "cloudvpn_max_parallel is 0; it must be at least 1"),
        ({"elastic_mode": "aply"}, "cloudvpn_elastic_mode is 'aply'; write recommend or apply"),
        ({"elastic_total_maximum": "0"}, "cloudvpn_elastic_total_maximum is 0; it must be a positive whole number"),
        ({"owner": "Net Ops"}, "cloudvpn_owner is 'Net Ops'; an owner has 1 to 40 characters"),
        ({"prune": "true"}, "cloudvpn_prune: prune (cloudvpn_prune) needs owner (cloudvpn_owner)"),
        ({"prune": "true", "owner": "netops", "prune_max": "ten"}, "cloudvpn_prune: prune_max (cloudvpn_prune_max) is 'ten'"),
        ({"prune": "true", "owner": "netops", "services": []}, "cloudvpn_prune: no service is declared, so prune would delete"),
        ({"take_over": "true"}, "cloudvpn_owner: take_over (cloudvpn_take_over) needs owner (cloudvpn_owner)"),
        ({"services": "x"}, "cloudvpn_services is a string; write a list of dictionaries, or JSON such as"),
        ({"services": ["x", *GOOD]}, "cloudvpn_services[0]: it is no dictionary; write one, such as {name: NAME}"),
        ({"services": '["x"]'}, "cloudvpn_services[0]: it is no dictionary; write one, such as {name: NAME}"),
        # A run takes JSON in a string, and no other YAML.
        ({"services": "- x"}, "cloudvpn_services is a string; write a list of dictionaries, or JSON such as"),
        ({"elastic": ["x"]}, "cloudvpn_elastic[0]: it is no dictionary; write one, such as {name: NAME}"),
        ({"elastic_policies": {"a": {"minimum": 1}}}, "cloudvpn_elastic_policies.a: policy.maximum"),
        ({"catalogue_file": "/nowhere/catalogue"}, "cloudvpn_catalogue_file: cannot read /nowhere/catalogue: No such file"),
    ],
)
def test_each_variable_is_checked(given: dict[str, Any], told: str) -> None:
    (error,) = errors(**{"services": GOOD, **given})
    assert error.startswith(told)


def test_blank_is_not_given() -> None:
    blank = dict.fromkeys(("wait", "wait_timeout", "owner", "catalogue_file", "elastic", "fail_on_overlap"), " ")
    assert errors(services=json.dumps(GOOD), **blank) == []


def test_variables_that_there_are_not() -> None:
    task_vars = {"cloudvpn_servics": 1, "cloudvpn_odd": 1, "other": 1, "cloudvpn_ies": {"api_ur": "x"}}
    assert errors(task_vars, services=GOOD) == [
        "cloudvpn_odd is not a variable of cloudopera.ies",
        "cloudvpn_servics is not a variable of cloudopera.ies; did you mean cloudvpn_services?",
        "cloudvpn_ies: unknown option api_ur; did you mean api_url?",
    ]
    # In a play of the user's, variables are his.
    assert errors(task_vars, caller="", services=GOOD) == []


@pytest.mark.parametrize(("given", "told"), [({}, "Say what to check"), ({"odd": 1}, "validate has no option odd")])
def test_nothing_to_check(given: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidError, match=told):
        validate(given, {}, "validate")


def test_an_empty_declaration_is_one() -> None:
    assert errors(services=[]) == []


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(CATALOGUE),
        json.dumps(CATALOGUE["service_definitions"]),
        yaml.safe_dump(CATALOGUE),
        "\ufeff" + json.dumps(CATALOGUE),
    ],
)
def test_a_catalogue_is_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "catalogue"
    path.write_text(text, encoding="utf-8")
    (definition,) = read_catalogue(str(path))
    assert (definition.service_definition_id, definition.templates[0].template_id) == ("d", "t")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff", "it is no text in UTF-8"),
        (b"{", "is neither JSON nor YAML"),
        (b"[" * 100_000, "is neither JSON nor YAML"),
        (b"a: !odd b", "is neither JSON nor YAML"),
        (b"", "is neither JSON nor YAML"),
        (b"text", "has no list service_definitions"),
        (b"[1]", "has no list service_definitions"),
        (b'{"service_definitions": {}}', "has no list service_definitions"),
        (b'[{"name": "x"}]', "is no result of ies_catalog_info: a service definition in the response has no id"),
    ],
)
def test_a_catalogue_that_is_none(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "catalogue"
    path.write_bytes(content)
    with pytest.raises(InvalidError, match=told) as caught:
        read_catalogue(str(path))
    assert "\n" not in caught.value.message
