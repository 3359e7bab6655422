# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The seam between a module process and a task body: AnsibleModule in, exit_json or fail_json out."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Set
from types import ModuleType
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.cloudopera.ies.plugins.module_utils._argspec import spec_of
from ansible_collections.cloudopera.ies.plugins.module_utils._client import (
    HAS_REQUESTS,
    REQUESTS_IMPORT_ERROR,
    Connection,
    IesClient,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import IesError
from ansible_collections.cloudopera.ies.plugins.module_utils._poll import Clock
from ansible_collections.cloudopera.ies.plugins.module_utils._secrets import TOKEN_OPTIONS, masked, secrets_of
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks._context import Context
from ansible_collections.cloudopera.ies.plugins.module_utils._text import all_visible, for_people, visible

SYSTEM_CLOCK = Clock(time.time, time.monotonic, time.sleep)


def run_task(
    task: ModuleType,
    params: dict[str, Any],
    *,
    check_mode: bool,
    secrets: Set[str],
    client_for: Callable[[Connection, Clock, int], IesClient] = IesClient,
    tell: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Run a task body and return the result as Ansible takes it, C(failed) and C(msg) included.

    The same for a module process and for the controller; only how the result is handed over differs. C(secrets) are masked
    in it, see C(secrets_of).
    """
    clock = SYSTEM_CLOCK
    warnings: list[str] = []
    try:
        client = client_for(Connection.from_params(params), clock, params.get("max_parallel") or 1)
        expired = client.token_warning()
        if expired:
            warnings.append(expired)
        result: dict[str, Any] = task.run(params, client, Context(check_mode, clock, tell))
    except IesError as error:
        result = _failed(error)
    except Exception:
        # A mistake of ours. Ansible shows it with all that led to it, and whatever that was may quote an option.
        told = traceback.format_exc()
        if masked(told, secrets) == told:
            raise
        raise RuntimeError(masked(told, secrets)) from None
    warnings += result.pop("warnings", [])
    if warnings:
        result["warnings"] = warnings
    return presentable(result, secrets)


def refused(task: ModuleType, given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the failed result for options, as the user gave them, that the task refuses before Ansible converts them."""
    check: Callable[[Mapping[str, Any]], None] | None = getattr(task, "check_given", None)
    try:
        if check is not None:
            check(given)
    except IesError as error:
        return presentable(_failed(error), secrets_of(given))
    return None


def _failed(error: IesError) -> dict[str, Any]:
    return {"changed": False, **error.result, "failed": True, "msg": error.message, "error": error.as_dict()}


def presentable(result: dict[str, Any], secrets: Set[str]) -> dict[str, Any]:
    """Return a result without secrets, and with what a person reads of it made visible.

    That are messages, warnings, the reasons of single services and the diff; what a playbook goes on with, such as
    `service`, stays as the server has it.
    """
    safe: dict[str, Any] = dict(masked(result, secrets))
    if "msg" in safe:
        safe["msg"] = for_people(safe["msg"], secrets)
    if "warnings" in safe:
        safe["warnings"] = [for_people(warning, secrets) for warning in safe["warnings"]]
    if "diff" in safe:
        safe["diff"] = all_visible(safe["diff"])
    if safe.get("error"):
        safe["error"] = {key: visible(value) if isinstance(value, str) else value for key, value in safe["error"].items()}
    for name in ("services", "connections"):
        if any(entry.get("error") for entry in safe.get(name, ())):
            safe[name] = [
                {**entry, "error": for_people(entry["error"], secrets)} if entry.get("error") else entry for entry in safe[name]
            ]
    return safe


class TaskModule(AnsibleModule):
    """A module that also masks what its argument spec does not know as a secret, from its first check of the options on.

    `refused` is the failed result for options that only look right once Ansible has converted them, or None.
    """

    def __init__(self, task: ModuleType) -> None:
        self._task = task
        self.refused: dict[str, Any] | None = None
        super().__init__(**spec_of(task))

    def _load_params(self) -> None:
        super()._load_params()
        self.refused = refused(self._task, self.params)

    def log(self, msg: str, log_args: dict[str, Any] | None = None) -> None:
        """Write to the system's log."""
        secrets = secrets_of(self.params)
        super().log(masked(msg, secrets), log_args=masked(log_args, secrets))

    def fail_json(self, msg: str, **kwargs: Any) -> None:
        """Print a failed result and exit."""
        self.conceal(secrets_of(self.params))
        super().fail_json(for_people(msg, self.no_log_values), **kwargs)

    def conceal(self, secrets: Set[str]) -> None:
        """Let what is returned of the call hold none of these: as values, and as keys, which Ansible does not look at."""
        self.no_log_values.update(secrets)
        # Those of the tokens themselves Ansible replaces, by words of its own.
        self.params: dict[str, Any] = {
            option: value if option in TOKEN_OPTIONS else masked(value, secrets) for option, value in self.params.items()
        }


def run_module(task: ModuleType) -> None:
    """Be the C(main) of a module: validate, run the task body, exit."""
    module = TaskModule(task)
    if not HAS_REQUESTS:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    secrets = secrets_of(module.params)
    result = module.refused or run_task(task, module.params, check_mode=module.check_mode, secrets=secrets)
    module.conceal(secrets)
    for warning in result.pop("warnings", []):
        module.warn(warning)
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
