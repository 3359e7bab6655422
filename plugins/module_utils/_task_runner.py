# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a task body: connection options to a client, the task to a result, an error to a failed result."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Set
from types import ModuleType
from typing import Any

from ._errors import IesError
from ._secrets import masked, secrets_of
from ._tasks._context import Context
from ._text import all_visible, for_people, visible
from ._time import Clock
from ._wire.client import IesClient
from ._wire.connection import ConnectionOptions

SYSTEM_CLOCK = Clock(time.time, time.monotonic, time.sleep)


def open_client(
    params: Mapping[str, Any],
    secrets: Set[str],
    clock: Clock,
    client_for: Callable[[ConnectionOptions, Clock, int], IesClient] = IesClient,
) -> tuple[IesClient, list[str]]:
    """Return a client for the connection options, and a warning where the token says that it has expired.

    For everybody who talks to an IES: modules, action plugins, inventory, event sources. `secrets` are those of the options,
    see `secrets_of`. Raises InvalidError that names the option and the way out, and shows none of them.
    """
    try:
        client = client_for(ConnectionOptions.from_params(params), clock, params.get("max_parallel") or 1)
    except IesError as error:
        error.message = masked(error.message, secrets)
        raise
    expired = client.token_warning()
    return client, [] if expired is None else [expired]


def run_task(
    task: ModuleType,
    params: dict[str, Any],
    *,
    check_mode: bool,
    secrets: Set[str],
    client_for: Callable[[ConnectionOptions, Clock, int], IesClient] = IesClient,
    tell: Callable[[str], None] | None = None,
    before_writing: Callable[[], None] | None = None,
) -> dict[str, Any]:
    """Run a task body and return the result as Ansible takes it, `failed` and `msg` included.

    The same for a module process and for the controller; only how the result is handed over differs. `secrets` are masked
    in it, see `secrets_of`.
    """
    clock = SYSTEM_CLOCK
    warnings: list[str] = []
    try:
        client, warnings = open_client(params, secrets, clock, client_for)
        result: dict[str, Any] = task.run(params, client, Context(check_mode, clock, tell, before_writing))
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
