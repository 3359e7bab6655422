# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The promises of the public interface: names and defaults of options, and documentation that says what the code does."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.cloudopera.ies.plugins.module_utils._argspec import CONNECTION_OPTIONS, ENVIRONMENT, spec_of
from ansible_collections.cloudopera.ies.plugins.module_utils._domain import bandwidth_policy
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks import _export
from ansible_collections.cloudopera.ies.plugins.plugin_utils import _replay_action, _validate_action

ROOT = Path(__file__).resolve().parents[3]
PLUGINS = "ansible_collections.cloudopera.ies.plugins"
MODULES = ("ies_catalog_info", "ies_elastic", "ies_service", "ies_service_info", "ies_services", "ies_vpn_traffic_info")
INFO_MODULES = tuple(name for name in MODULES if name.endswith("_info"))

# On the controller only, whatever the host: an action plugin, whose module is documentation and nothing else.
CONTROLLER_ONLY = {"awx_kit", "drift", "elastic_replay", "export", "outcome", "validate"}

NONE = object()
# Option -> type, default (NONE: required), as sections 1 to 6 of the interface have them.
CONNECTION = {
    "api_url": ("str", NONE),
    "auth_token": ("str", NONE),
    "bearer_token": ("str", None),
    "validate_certs": ("bool", True),
    "ca_path": ("path", None),
    "api_timeout": ("int", 30),
    "api_retries": ("int", 5),
}
WAIT = {"wait": ("bool", True), "wait_timeout": ("int", 1800), "wait_sleep": ("float", 15)}
SERVICE = {
    "state": ("str", "present"),
    "name": ("str", None),
    "service_id": ("str", None),
    "description": ("str", None),
    "service_definition": ("str", None),
    "template": ("str", None),
    "parameters": ("dict", None),
    "site2dc": ("list", None),
    "site2site": ("list", None),
    **dict.fromkeys(("bandwidth", "bandwidth_min", "bandwidth_max"), ("int", None)),
    "cloud_vpn_name": ("str", None),
    "on_failure": ("str", "rollback"),
    "on_immutable_change": ("str", "fail"),
    "replace_failed": ("bool", True),
    "deactivate": ("bool", False),
}
PROMISED: dict[str, dict[str, tuple[str, Any]]] = {
    "ies_service": {**SERVICE, **WAIT},
    "ies_service_info": {
        **dict.fromkeys(("name", "service_id", "cloud_vpn_name", "status", "phase", "owner"), ("list", None)),
        "details": ("bool", True),
        "operations": ("bool", False),
        "max_parallel": ("int", 8),
        **WAIT,
        "wait": ("bool", False),
    },
    "ies_catalog_info": {"name": ("list", None), "service_definition_id": ("list", None), "details": ("bool", True)},
    "ies_vpn_traffic_info": {
        "cloud_vpn_names": ("list", NONE),
        "metric": ("str", "traffic-rate"),
        "start_time": ("str", "-1h"),
        "end_time": ("str", "now"),
        "timedim": ("str", "minute"),
        "direction": ("str", "outbound"),
        "indicator": ("str", "max"),
        "max_parallel": ("int", None),
    },
    "ies_services": {
        "services": ("list", NONE),
        **WAIT,
        "mode": ("str", "converge"),
        "plan_file": ("path", None),
        "plan_fingerprint": ("raw", None),
        "plan_expiry": ("str", "24h"),
        "commit": ("str", None),
    },
    "ies_elastic": {
        **dict.fromkeys(("connections", "services"), ("list", None)),
        "policy": ("dict", None),
        "mode": ("str", "recommend"),
        "total_maximum": ("int", None),
        "max_parallel": ("int", None),
        **WAIT,
    },
}
SITE = {
    "cloud_vpn_name": ("str", NONE),
    **dict.fromkeys(("bandwidth", "bandwidth_min", "bandwidth_max"), ("int", None)),
    **dict.fromkeys(("vni", "cpe_a_site", "cpe_a_type", "cpe_a_esn", "cpe_a_position", "cpe_a_pop", "cidr"), ("str", None)),
    "extra": ("dict", None),
}
SITE2DC = {**SITE, "vpc_id": ("str", None)}
SITE2SITE = {
    **SITE,
    **dict.fromkeys(("cpe_b_site", "cpe_b_type", "cpe_b_esn", "cpe_b_position", "cpe_b_pop"), ("str", None)),
}


def task_of(name: str) -> Any:
    """Return the task body of a module."""
    return importlib.import_module(f"{PLUGINS}.module_utils._tasks.{name}")


def argument_spec(name: str) -> dict[str, Any]:
    """Return the argument spec of a module."""
    spec: dict[str, Any] = spec_of(task_of(name))["argument_spec"]
    return spec


def documentation(name: str) -> dict[str, Any]:
    """Return what a module documents, the options of its fragments included."""
    module = importlib.import_module(f"{PLUGINS}.modules.{name}")
    document: dict[str, Any] = yaml.safe_load(module.DOCUMENTATION)
    options: dict[str, Any] = {}
    for fragment in document.get("extends_documentation_fragment", []):
        parts = fragment.removeprefix("cloudopera.ies.").split(".")
        holder = importlib.import_module(f"{PLUGINS}.doc_fragments.{parts[0]}").ModuleDocFragment
        text = getattr(holder, parts[1].upper() if len(parts) > 1 else "DOCUMENTATION")
        options.update(yaml.safe_load(text).get("options") or {})
    document["options"] = {**options, **document["options"]}
    return document


def shape(options: Mapping[str, Any], nested: str) -> dict[str, Any]:
    """Return what an argument spec and its documentation have to agree about."""
    return {
        name: {
            "type": option.get("type", "str"),
            "elements": option.get("elements"),
            "required": bool(option.get("required", False)),
            "default": option.get("default"),
            "choices": list(option["choices"]) if "choices" in option else None,
            "aliases": list(option.get("aliases", [])),
            "options": shape(option[nested], nested) if nested in option else None,
        }
        for name, option in options.items()
    }


def check_promised(spec: Mapping[str, Any], promised: Mapping[str, tuple[str, Any]]) -> None:
    """Check that the promised options are there with their types and defaults."""
    found = {}
    for name, (kind, default) in promised.items():
        option = spec.get(name, {})
        wanted_default = default if default is not None or name != "max_parallel" else option.get("default")
        found[name] = (kind, wanted_default) == (
            option.get("type"),
            NONE if option.get("required") else option.get("default"),
        )
    assert [name for name, agrees in found.items() if not agrees] == []


@pytest.mark.parametrize("name", MODULES)
def test_the_promised_options_have_the_promised_defaults(name: str) -> None:
    check_promised(argument_spec(name), {**CONNECTION, **PROMISED[name]})


@pytest.mark.parametrize(("option", "promised"), [("site2dc", SITE2DC), ("site2site", SITE2SITE)])
def test_the_typed_connections_have_the_promised_options(option: str, promised: Mapping[str, tuple[str, Any]]) -> None:
    own = argument_spec("ies_service")[option]
    assert own["elements"] == "dict"
    assert set(own["options"]) == set(promised)
    check_promised(own["options"], promised)


def test_a_declared_service_takes_the_options_of_ies_service() -> None:
    listed = argument_spec("ies_services")["services"]
    assert listed["elements"] == "dict"
    single = argument_spec("ies_service")
    assert listed["options"] == {name: single[name] for name in listed["options"]}
    assert set(single) - set(listed["options"]) == {*CONNECTION, *WAIT, "progress"}
    assert listed["required_one_of"] == spec_of(task_of("ies_service"))["required_one_of"]


@pytest.mark.parametrize(
    ("module", "option", "choices"),
    [
        ("ies_service", "state", ["present", "absent"]),
        ("ies_service", "on_immutable_change", ["fail", "update", "recreate"]),
        ("ies_elastic", "mode", ["recommend", "apply"]),
        ("ies_service_info", "phase", ["in_progress", "ready", "failed", "create_failed", "unknown"]),
    ],
)
def test_choices(module: str, option: str, choices: list[str]) -> None:
    assert argument_spec(module)[option]["choices"] == choices


@pytest.mark.parametrize("option", ["metric", "timedim", "direction", "indicator"])
def test_what_is_only_guessed_of_traffic_is_not_enforced(option: str) -> None:
    assert "choices" not in argument_spec("ies_vpn_traffic_info")[option]


@pytest.mark.parametrize(
    ("module", "option"),
    [
        *(("ies_service_info", option) for option in ("name", "service_id", "cloud_vpn_name", "status", "phase", "owner")),
        *(("ies_catalog_info", option) for option in ("name", "service_definition_id")),
        ("ies_vpn_traffic_info", "cloud_vpn_names"),
    ],
)
def test_filters_take_a_text_or_a_list_of_texts(module: str, option: str) -> None:
    own = argument_spec(module)[option]
    assert (own["type"], own["elements"]) == ("list", "str")


def test_aliases() -> None:
    assert argument_spec("ies_vpn_traffic_info")["cloud_vpn_names"]["aliases"] == ["cloud_vpn_name"]


def test_the_connection_comes_from_the_environment() -> None:
    assert ENVIRONMENT == {
        "api_url": "IES_API_URL",
        "auth_token": "IES_AUTH_TOKEN",
        "bearer_token": "IES_BEARER_TOKEN",
        "validate_certs": "IES_VALIDATE_CERTS",
        "ca_path": "IES_CA_PATH",
        "api_timeout": "IES_API_TIMEOUT",
        "api_retries": "IES_API_RETRIES",
    }


def test_tokens_are_never_logged() -> None:
    assert {name for name, option in CONNECTION_OPTIONS.items() if option.get("no_log")} == {"auth_token", "bearer_token"}


@pytest.mark.parametrize("name", MODULES)
def test_every_module_supports_check_mode(name: str) -> None:
    assert spec_of(task_of(name))["supports_check_mode"] is True


def test_one_of_name_and_service_id() -> None:
    assert spec_of(task_of("ies_service"))["required_one_of"] == [("name", "service_id")]


def test_every_module_is_in_the_action_group_and_has_all_its_parts() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    # An export talks to an IES too, and so takes the defaults for the connection.
    assert sorted(runtime["action_groups"]["ies"]) == sorted([*MODULES, "export"])
    for folder in ("modules", "action", "module_utils/_tasks"):
        present = {path.stem for path in (ROOT / "plugins" / folder).glob("*.py") if not path.stem.startswith("_")}
        assert present - (set() if folder == "module_utils/_tasks" else CONTROLLER_ONLY) == set(MODULES), folder


def test_export_is_documented_as_it_is_read() -> None:
    specified = spec_of(_export)["argument_spec"]
    assert shape(documentation("export")["options"], "suboptions") == shape(specified, "options")


def test_validate_is_documented_as_it_is_read() -> None:
    documented = documentation("validate")["options"]
    assert {option: entry["type"] for option, entry in documented.items()} == _validate_action.OPTIONS
    assert all(entry["description"] for entry in documented.values())


def test_elastic_replay_is_documented_as_it_is_read() -> None:
    documented = documentation("elastic_replay")["options"]
    assert set(documented) == {*_replay_action.OPTIONS, "ies"}
    for option, (kind, _variable) in _replay_action.OPTIONS.items():
        assert documented[option]["type"] == kind, option
        assert documented[option]["description"], option


@pytest.mark.parametrize("name", MODULES)
def test_module_and_action_carry_the_same_task(name: str) -> None:
    action = importlib.import_module(f"{PLUGINS}.action.{name}")
    module = importlib.import_module(f"{PLUGINS}.modules.{name}")
    assert action.ActionModule.task is task_of(name)
    assert task_of(name) in vars(module).values()
    assert callable(module.main)


@pytest.mark.parametrize("name", MODULES)
def test_the_documentation_is_of_the_argument_spec(name: str) -> None:
    documented, specified = documentation(name), argument_spec(name)
    assert documented["module"] == name
    assert shape(documented["options"], "suboptions") == shape(specified, "options")


@pytest.mark.parametrize("name", MODULES)
def test_every_option_is_described(name: str) -> None:
    def silent(options: Mapping[str, Any], before: str = "") -> list[str]:
        found: list[str] = []
        for option, told in options.items():
            if not told.get("description"):
                found.append(before + option)
            found += silent(told.get("suboptions") or {}, f"{before}{option}.")
        return found

    assert silent(documentation(name)["options"]) == []


@pytest.mark.parametrize("name", MODULES)
def test_the_environment_is_told_with_each_option(name: str) -> None:
    options = documentation(name)["options"]
    for option, variable in ENVIRONMENT.items():
        assert variable in json.dumps(options[option]["description"])


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_yaml_and_use_options_that_exist(name: str) -> None:
    module = importlib.import_module(f"{PLUGINS}.modules.{name}")
    tasks = yaml.safe_load(module.EXAMPLES)
    assert tasks
    used = {option for task in tasks for option in (task.get(f"cloudopera.ies.{name}") or {})}
    aliases = {alias for option in argument_spec(name).values() for alias in option.get("aliases", [])}
    assert used
    assert used <= set(argument_spec(name)) | aliases


@pytest.mark.parametrize("name", MODULES)
def test_examples_use_no_result_of_another_page(name: str) -> None:
    examples = importlib.import_module(f"{PLUGINS}.modules.{name}").EXAMPLES
    known = {*re.findall(r"register: (\w+)", examples), "item"}
    templates = [first or second for first, second in re.findall(r"\{\{(.*?)\}\}|that: (.*)", examples)]
    used = {found for text in templates for found in re.findall(r"(?<![\w.'])([a-z]\w*)(?=\.[a-z0-9])", text)}
    assert used - known == set()


RETURNED = {
    "ies_service": {"service", "operation_id", "diff", "actions", "error"},
    "ies_service_info": {"services", "error"},
    "ies_catalog_info": {"service_definitions", "error"},
    "ies_vpn_traffic_info": {"traffic", "error"},
    "ies_services": {"services", "plan", "fingerprint", "error"},
    "ies_elastic": {"connections", "error"},
}


def test_the_role_has_the_promised_defaults() -> None:
    defaults = yaml.safe_load((ROOT / "roles" / "cloudvpn" / "defaults" / "main.yml").read_text(encoding="utf-8"))
    specified = yaml.safe_load((ROOT / "roles" / "cloudvpn" / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    promised = {
        **{f"cloudvpn_{option}": default for option, (_type, default) in WAIT.items()},
        # A fleet reads more at once than a look at some services does.
        "cloudvpn_max_parallel": 16,
    }
    options = specified["argument_specs"]["main"]["options"]
    assert {name: defaults[name] for name in promised} == promised
    assert {name: options[name]["default"] for name in promised} == promised
    assert "cloudvpn_services" in options


def test_the_elastic_role_has_the_promised_defaults() -> None:
    role = ROOT / "roles" / "cloudvpn_elastic"
    defaults = yaml.safe_load((role / "defaults" / "main.yml").read_text(encoding="utf-8"))
    specified = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    options = specified["argument_specs"]["main"]["options"]
    assert defaults["cloudvpn_elastic_mode"] == "recommend"
    assert {name: options[name]["default"] for name in defaults} == defaults
    # What other roles take as well has the defaults of the module.
    spec = argument_spec("ies_elastic")
    shared = ("wait", "wait_timeout", "wait_sleep", "max_parallel", "progress")
    assert {name: options[f"cloudvpn_{name}"]["default"] for name in shared} == {name: spec[name]["default"] for name in shared}
    assert {"cloudvpn_elastic", "cloudvpn_services", "cloudvpn_metrics_file"} <= set(options)


@pytest.mark.parametrize("name", MODULES)
def test_what_is_returned_is_documented(name: str) -> None:
    module = importlib.import_module(f"{PLUGINS}.modules.{name}")
    documented = yaml.safe_load(module.RETURN)
    assert RETURNED[name] <= set(documented)


def test_the_fixtures_are_the_samples_of_the_contract() -> None:
    contract = (ROOT / "docs" / "wire-contract.md").read_text(encoding="utf-8")
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", contract, re.DOTALL)]
    fixtures = {
        path.name: json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "tests/fixtures/contract").iterdir()
    }
    assert fixtures
    assert [name for name, payload in fixtures.items() if payload not in blocks] == []


def test_the_keys_of_a_policy_are_documented_with_their_defaults() -> None:
    told = yaml.safe_load((ROOT / "plugins" / "filter" / "bandwidth_target.yml").read_text(encoding="utf-8"))
    keys = told["DOCUMENTATION"]["options"]["policy"]["suboptions"]
    assert set(keys) == set(bandwidth_policy.KEYS)
    bounds = {"minimum": 20000, "maximum": 100000}
    written = {key: one["default"] for key, one in keys.items() if "default" in one}
    explicit, implicit = (vars(bandwidth_policy.read_policy(policy)) for policy in ({**bounds, **written}, bounds))
    assert {**explicit, "sizes": None} == {**implicit, "sizes": None}
    silent = {key for key, default in bandwidth_policy.DEFAULTS.items() if default is not None} - set(written)
    assert silent == set()
    assert set(keys["profile"]["choices"]) == set(bandwidth_policy.PROFILES)
    assert set(keys["statistic"]["choices"]) == set(bandwidth_policy.STATISTICS)
