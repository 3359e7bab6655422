# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugins: what runs inside the controller, and what is handed over to the module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.plugins.action.normal import ActionModule as ModuleAction
from ansible.utils.display import Display

from ansible_collections.cloudopera.ies.plugins.module_utils._wire.client import IesClient
from ansible_collections.cloudopera.ies.plugins.plugin_utils import _action
from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import MODULES, TASK_VARS, TENANT, make_action
from tests.unit.modules.support import NAME, VPN, written

PARAMS: dict[str, dict[str, Any]] = {
    "ies_service": {"name": NAME},
    "ies_services": {"services": [{"name": NAME}]},
    "ies_service_info": {},
    "ies_catalog_info": {},
    "ies_vpn_traffic_info": {"cloud_vpn_names": [VPN]},
    "ies_elastic": {"connections": [{"name": NAME}], "policy": {"minimum": 5, "maximum": 90000}},
}


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The actions that were handed over to their module, in order."""
    calls: list[str] = []

    def run(self: Any, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        calls.append(self._task.action)
        return {"changed": False, "by": "the module"}

    monkeypatch.setattr(ModuleAction, "run", run)
    return calls


def _arguments(sim: SimulatorServer, **more: Any) -> dict[str, Any]:
    auth_token, bearer_token = sim.tokens(TENANT)
    return {"api_url": sim.url, "auth_token": auth_token, "bearer_token": bearer_token, **more}


@pytest.mark.parametrize("module", MODULES)
def test_a_local_task_runs_here(sim: SimulatorServer, handed_over: list[str], module: str) -> None:
    result = make_action(module, _arguments(sim, **PARAMS[module])).run(task_vars={})
    assert "failed" not in result
    assert result["changed"] is False
    assert handed_over == []
    assert sim.journal.entries


@pytest.mark.parametrize("value", [80000.0, "80000.0"], ids=repr)
@pytest.mark.parametrize("connection", ["local", "ssh"])
def test_a_whole_number_is_an_integer_for_every_core(
    sim: SimulatorServer, handed_over: list[str], connection: str, value: Any
) -> None:
    arguments = _arguments(sim, name=NAME, bandwidth=value)
    action = make_action("ies_service", arguments, connection=connection, check_mode=True)
    assert "failed" not in action.run(task_vars={})
    assert repr(action._task.args["bandwidth"]) == "80000"
    assert bool(handed_over) is (connection == "ssh")


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("connection", ["ssh", "paramiko_ssh", "winrm", "psrp"])
def test_another_connection_is_handed_over(sim: SimulatorServer, handed_over: list[str], module: str, connection: str) -> None:
    action = make_action(module, _arguments(sim, **PARAMS[module]))
    action._connection = _Elsewhere(action._connection, connection)
    assert action.run(task_vars={}) == {"changed": False, "by": "the module"}
    assert handed_over == [f"cloudopera.ies.{module}"]
    assert sim.journal.entries == []


class _Elsewhere:
    """A connection of another transport, otherwise like the one it stands for."""

    def __init__(self, like: Any, transport: str) -> None:
        self._like = like
        self.transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._like, name)


@pytest.mark.parametrize("module", MODULES)
def test_async_is_handed_over(sim: SimulatorServer, handed_over: list[str], module: str) -> None:
    make_action(module, _arguments(sim, **PARAMS[module]), async_val=60).run(task_vars={})
    assert handed_over == [f"cloudopera.ies.{module}"]
    assert sim.journal.entries == []


def test_a_report_needs_the_end_of_the_run(sim: SimulatorServer, handed_over: list[str], tmp_path: Path) -> None:
    arguments = _arguments(sim, services=[{"name": NAME}], report=str(tmp_path / "plan.md"))
    result = make_action("ies_services", arguments, async_val=60).run(task_vars={})
    assert result["failed"] is True
    assert "report needs the end of the run" in result["msg"]
    assert handed_over == []


def test_the_connection_in_one_dictionary_wins_and_is_told_to_nobody(sim: SimulatorServer, handed_over: list[str]) -> None:
    other = _arguments(sim)
    auth_token, bearer_token = sim.tokens("nbitest_16")
    ies = {"auth_token": auth_token, "bearer_token": bearer_token, "ca_path": ""}
    action = make_action("ies_services", {**other, "ies": ies, "services": [{"name": "never-there", "state": "absent"}]})
    assert action.run(task_vars={})["missing"] == ["never-there"]
    assert {entry.tenant for entry in sim.journal.entries} == {"nbitest_16"}
    assert auth_token not in str(action._task.args)
    assert handed_over == []


@pytest.fixture(name="verbose")
def _verbose(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the invocation shown, as at -vvv."""
    monkeypatch.setattr(Display(), "verbosity", 3)


def test_become_is_handed_over(sim: SimulatorServer, handed_over: list[str]) -> None:
    action = make_action("ies_service", _arguments(sim, name=NAME))
    action._connection.set_become_plugin(object())
    action.run(task_vars={})
    assert handed_over == ["cloudopera.ies.ies_service"]
    assert sim.journal.entries == []


def test_a_missing_library_is_left_to_the_module(
    sim: SimulatorServer, handed_over: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The module may run under another Python, which has it; and it says what is missing when not.
    monkeypatch.setattr(_action, "HAS_REQUESTS", False)
    make_action("ies_catalog_info", _arguments(sim)).run(task_vars={})
    assert handed_over == ["cloudopera.ies.ies_catalog_info"]


@pytest.mark.usefixtures("verbose")
def test_an_environment_of_our_own_options_stays_here(sim: SimulatorServer, handed_over: list[str]) -> None:
    auth_token, bearer_token = sim.tokens(TENANT)
    environment = {
        "IES_API_URL": sim.url,
        "IES_AUTH_TOKEN": auth_token,
        "IES_BEARER_TOKEN": bearer_token,
        "IES_API_RETRIES": 2,
        "IES_VALIDATE_CERTS": False,
    }
    result = make_action("ies_service_info", {}, environment=environment).run(task_vars=TASK_VARS)
    assert [service["name"] for service in result["services"]] == [NAME]
    assert auth_token not in str(result)
    assert bearer_token not in str(result)
    assert result["invocation"]["module_args"]["api_retries"] == 2
    assert handed_over == []


@pytest.mark.usefixtures("verbose")
def test_an_option_of_the_task_wins_over_its_environment(
    sim: SimulatorServer, handed_over: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # ... and that over the controller's own.
    monkeypatch.setenv("IES_API_URL", "http://controller.invalid")
    monkeypatch.setenv("IES_API_RETRIES", "0")
    environment = {"IES_API_URL": sim.url, "IES_AUTH_TOKEN": "of-the-environment"}
    arguments = {key: value for key, value in _arguments(sim).items() if key != "api_url"}
    result = make_action("ies_service_info", arguments, environment=environment).run(task_vars=TASK_VARS)
    assert len(result["services"]) == 1
    assert result["invocation"]["module_args"]["api_retries"] == 0
    assert handed_over == []


@pytest.mark.parametrize("variable", ["https_proxy", "REQUESTS_CA_BUNDLE", "PATH", "IES_UNKNOWN"])
def test_any_other_environment_is_handed_over(sim: SimulatorServer, handed_over: list[str], variable: str) -> None:
    environment = {"IES_API_URL": sim.url, variable: "x"}
    make_action("ies_service_info", _arguments(sim), environment=environment).run(task_vars={})
    assert handed_over == ["cloudopera.ies.ies_service_info"]
    assert sim.journal.entries == []


def test_an_unsupported_option_is_named_with_its_module(sim: SimulatorServer, handed_over: list[str]) -> None:
    result = make_action("ies_catalog_info", _arguments(sim, colour="blue")).run(task_vars={})
    assert result["failed"] is True
    assert result["msg"].startswith("Unsupported parameters for (cloudopera.ies.ies_catalog_info) module: colour.")
    assert "max_parallel" in result["msg"]
    assert handed_over == []


def test_tokens_of_a_refused_task_are_masked(sim: SimulatorServer) -> None:
    arguments = _arguments(sim, name=NAME, bandwidth="fast")
    result = make_action("ies_service", arguments).run(task_vars={})
    assert result["failed"] is True
    assert "bandwidth" in result["msg"]
    assert arguments["auth_token"] not in str(result)
    assert arguments["bearer_token"] not in str(result)


@pytest.mark.usefixtures("verbose")
def test_the_invocation_is_returned_where_it_is_shown(sim: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = make_action("ies_catalog_info", _arguments(sim)).run(task_vars=TASK_VARS)
    assert wanted["invocation"]["module_args"]["details"] is True
    # A thousand services would otherwise be carried once more for nobody.
    monkeypatch.setattr(Display(), "verbosity", 2)
    assert "invocation" not in make_action("ies_catalog_info", _arguments(sim)).run(task_vars={})


def test_results_carry_nothing_of_the_templates_they_came_from(sim: SimulatorServer) -> None:
    class Tagged(str):
        """As strings are that Ansible has read from a file."""

    arguments = {**_arguments(sim), "services": [{Tagged("name"): Tagged(NAME), Tagged("bandwidth"): 60000}], "progress": False}
    result = make_action("ies_services", arguments).run(task_vars={})
    assert result["services"][0]["name"] == NAME
    assert not isinstance(result["services"][0]["name"], Tagged)


def test_the_items_of_a_loop_share_a_client(sim: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    class CountedClient(IesClient):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            made.append(self)

    monkeypatch.setattr(_action, "IesClient", CountedClient)
    _action._shared_client.cache_clear()
    for _item in range(5):
        assert "failed" not in make_action("ies_service", _arguments(sim, name=NAME)).run(task_vars={})
    assert len(made) == 1
    make_action("ies_service", _arguments(sim, name=NAME, api_timeout=20)).run(task_vars={})
    auth_token, bearer_token = sim.tokens("nbitest_16")
    other = {**_arguments(sim), "auth_token": auth_token, "bearer_token": bearer_token}
    make_action("ies_service_info", other).run(task_vars={})
    assert len(made) == 3
    assert {entry.tenant for entry in sim.journal.entries} == {TENANT, "nbitest_16"}
    _action._shared_client.cache_clear()
    for client in made:
        client.close()


def test_check_mode_of_the_task_is_kept(sim: SimulatorServer) -> None:
    arguments = _arguments(sim, name=NAME, bandwidth=5)
    checked = make_action("ies_service", arguments, check_mode=True).run(task_vars={})
    assert checked["actions"] == ["update"]
    assert written(sim) == []
    real = make_action("ies_service", arguments).run(task_vars={})
    assert real["actions"] == ["update"]
    assert len(written(sim)) == 1


def test_the_arguments_of_the_task_are_left_as_they_are(sim: SimulatorServer) -> None:
    arguments = _arguments(sim, name=NAME, bandwidth="80000")
    before = dict(arguments)
    make_action("ies_service", arguments, check_mode=True).run(task_vars={})
    assert arguments == before
