# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two doors to a task body, both in this process: the module's main(), and the action plugin's run()."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings as module_warnings
from ansible.module_utils.common.parameters import PASS_VARS
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import connection_loader
from ansible.template import Templar
from ansible.utils.display import Display

from tests.simulator.server import SimulatorServer

PLUGINS = "ansible_collections.cloudopera.ies.plugins"
MODULES = ("ies_service", "ies_services", "ies_service_info", "ies_catalog_info", "ies_vpn_traffic_info", "ies_elastic")
DOORS = ("module", "action")
TENANT = "nbitest_14"
# Wanted in every core, so that it is looked at for tokens.
TASK_VARS = {"ansible_inject_invocation": True}

Result = dict[str, Any]


def run_module(
    name: str,
    arguments: dict[str, Any],
    *,
    check_mode: bool = False,
    diff: bool = False,
    tmp: str = "",
    log: Callable[[str], object] = str,
) -> Result:
    """Run a module's main() as its own process would, and return the JSON it printed; `log` gets what went to syslog."""
    main = importlib.import_module(f"{PLUGINS}.modules.{name}").main
    internal = {"_ansible_check_mode": check_mode, "_ansible_diff": diff, "_ansible_remote_tmp": tmp}
    if "inject_invocation" in PASS_VARS:  # from ansible-core 2.21 on
        internal["_ansible_inject_invocation"] = True
    printed = io.StringIO()
    with (
        _module_process({**arguments, **internal}, log),
        contextlib.redirect_stdout(printed),
        pytest.raises(SystemExit) as exited,
    ):
        main()
    result: Result = json.loads(printed.getvalue())
    assert exited.value.code == (1 if result.get("failed") else 0)
    if "warnings" in result:
        # From ansible-core 2.19 on a warning is an object on its way to the controller.
        result["warnings"] = [entry["event"]["msg"] if isinstance(entry, dict) else entry for entry in result["warnings"]]
    return result


@contextlib.contextmanager
def _module_process(arguments: dict[str, Any], log: Callable[[str], object]) -> Iterator[None]:
    """Let AnsibleModule find these arguments, and no trace of an earlier run or of the controller in this process."""
    for recorded in ("_global_warnings", "_global_deprecations"):
        getattr(module_warnings, recorded).clear()
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(basic.AnsibleModule, "log", lambda _self, line, **_more: log(line)))
        try:
            patch_module_args = importlib.import_module("ansible.module_utils.testing").patch_module_args
        except ImportError:  # before ansible-core 2.19
            encoded = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
            stack.enter_context(mock.patch.object(basic, "_ANSIBLE_ARGS", encoded))
        else:
            internal = importlib.import_module("ansible.module_utils._internal")
            stack.enter_context(mock.patch.object(internal, "is_controller", False))
            stack.enter_context(patch_module_args(arguments))
        yield


def make_action(
    name: str,
    arguments: dict[str, Any],
    *,
    check_mode: bool = False,
    diff: bool = False,
    connection: str = "local",
    environment: dict[str, Any] | None = None,
    async_val: int = 0,
) -> Any:
    """Return the action plugin of that name with a task of these arguments, ready to run."""
    loader = DataLoader()
    task = Task()
    task.action = f"cloudopera.ies.{name}"
    task.args = arguments
    task.check_mode = check_mode
    task.diff = diff
    task.async_val = async_val
    task.environment = [environment] if environment else None
    play_context = PlayContext()
    action_class = importlib.import_module(f"{PLUGINS}.action.{name}").ActionModule
    return action_class(
        task=task,
        connection=connection_loader.get(connection, play_context, "/dev/null"),
        play_context=play_context,
        loader=loader,
        templar=Templar(loader=loader),
        shared_loader_obj=None,
    )


def run_action(name: str, arguments: dict[str, Any], **more: Any) -> Result:
    """Run an action plugin and return its result as it goes through JSON to a callback or a registered variable."""
    result: Result = json.loads(json.dumps(make_action(name, arguments, **more).run(task_vars=TASK_VARS)))
    return result


class Runner:
    """Run tasks through one door against one simulator, and check what every result has to keep to."""

    def __init__(self, door: str, sim: SimulatorServer, tmp: str) -> None:
        self.door = door
        self.sim = sim
        self.told: list[str] = []
        self._tmp = tmp

    def __call__(
        self, module: str, *, check_mode: bool = False, diff: bool = False, tenant: str = TENANT, **params: Any
    ) -> Result:
        """Run a task; the connection options are the simulator's unless given, None leaves an option out."""
        auth_token, bearer_token = self.sim.tokens(tenant)
        given = {"api_url": self.sim.url, "auth_token": auth_token, "bearer_token": bearer_token, **params}
        arguments = {option: value for option, value in given.items() if value is not None}
        if self.door == "module":
            result = run_module(module, arguments, check_mode=check_mode, diff=diff, tmp=self._tmp, log=self.told.append)
        else:
            with mock.patch.object(Display, "vvv", lambda _self, line, *_more, **_options: self.told.append(line)):
                result = run_action(module, arguments, check_mode=check_mode, diff=diff)
        secrets = [arguments.get("auth_token"), arguments.get("bearer_token"), auth_token, bearer_token]
        self._check(result, [secret for secret in secrets if secret and len(secret) > 3])
        return result

    def ok(self, module: str, **params: Any) -> Result:
        """Run a task that has to succeed."""
        result = self(module, **params)
        assert not result.get("failed"), result["msg"]
        return result

    def fails(self, module: str, kind: str | None, *phrases: str, **params: Any) -> Result:
        """Run a task that has to fail with that kind (None: refused by the argument spec) and these phrases in msg."""
        result = self(module, **params)
        assert result.get("failed"), result
        assert (result["error"]["kind"] if "error" in result else None) == kind, result["msg"]
        for phrase in phrases:
            assert phrase in result["msg"], result["msg"]
        return result

    def _check(self, result: Result, secrets: list[str]) -> None:
        shown = json.dumps(result) + "".join(self.told)
        for secret in secrets:
            for form in (secret, "".join(secret.split()), json.dumps(secret)[1:-1]):
                assert form not in shown, "a token stands in the output"
        if result.get("failed"):
            assert "\n" not in result["msg"]
            assert "Traceback" not in json.dumps({key: value for key, value in result.items() if key != "exception"})
            if "error" in result:
                assert sorted(result["error"]) == ["exception_id", "kind", "method", "status", "url"]
