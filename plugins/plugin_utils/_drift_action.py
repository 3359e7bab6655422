# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin `drift`: the plan of `ies_services`, read as what is not as declared. It writes nothing on the server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ansible.plugins.action import ActionBase

from ..module_utils._domain.drift import drift_message, drift_of, drift_status
from ..module_utils._domain.outcome import DRIFT, ERROR
from ..module_utils._errors import IesError, InvalidError
from ..module_utils._secrets import masked, secrets_of
from ..module_utils._text import for_people, shown
from . import _files, _playbooks, _status_file
from ._action import failed_result, plain_arguments, without_tokens
from ._values import is_blank, normalise

SERVICES_MODULE = "cloudopera.ies.ies_services"
_FAIL = "fail_on_drift"
# What is passed on to `ies_services`; what would make it write, or wait, is not.
PASSED_ON = ("services", "owner", "take_over", "max_parallel", "progress", "report", "ies")
# More than are there: what is only looked at needs no cap.
_ALL = "100%"


class Asked(NamedTuple):
    """What is asked for, checked."""

    arguments: dict[str, Any]
    fails: bool


class DriftAction(ActionBase):
    """Runs on the controller; `ies_services` runs in check mode, whatever is set."""

    TRANSFERS_FILES = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Look, compare, and keep the status file true whatever happens."""
        variables = task_vars or {}
        given: dict[str, Any] = plain_arguments(self._task.args)
        inner = given.get("ies")
        secrets = secrets_of(inner if isinstance(inner, Mapping) else {})
        tenant = str(variables.get("inventory_hostname", "localhost"))
        caller = _playbooks.caller_of(variables)
        status_file: Path | None = None
        try:
            status_file = _begin(given, tenant, caller)
            result = self._looked(_read(given, caller), variables)
        except IesError as error:
            result = _failed(error, secrets)
        except Exception as error:
            # It may be that a host was not reached, which Ansible deals with.
            if status_file is not None:
                _status_file.break_off(status_file, tenant, for_people(shown(error), secrets))
            raise
        finally:
            self._task.args = masked(without_tokens({name: value for name, value in given.items() if name != "ies"}), secrets)
        if status_file is not None and not result.get("unreachable") and len(variables.get("ansible_play_hosts_all", ())) < 2:
            # Of several tenants each knows its own part only; the task `outcome` at the end knows all of them.
            result = _ended(result, status_file, tenant, _option(_status_file.OPTION, caller))
        safe: dict[str, Any] = masked(result, secrets)
        return safe

    def _looked(self, asked: Asked, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Return the result of `ies_services` in check mode with what it means."""
        task = self._task.copy()
        task.action = SERVICES_MODULE
        task.args = asked.arguments
        task.check_mode = True
        action = self._shared_loader_obj.action_loader.get(
            SERVICES_MODULE,
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        result: dict[str, Any] = action.run(task_vars=task_vars)
        drift = drift_of(result)
        status = drift_status(result, drift)
        result.update(drift=drift, status=status, changed=False)
        if status == ERROR:
            return result
        # What must not be made as declared is a failure to plan, and here what was looked for.
        result.pop("error", None)
        result["failed"] = status == DRIFT and asked.fails
        result["msg"] = drift_message(drift)
        return result


def _begin(given: Mapping[str, Any], tenant: str, caller: str) -> Path | None:
    """Return the path of the status file, which no longer says what an earlier run found; raises InvalidError."""
    where = _option(_status_file.OPTION, caller)
    path = _status_file.read_path(given.get(_status_file.OPTION), where)
    if path is not None:
        _status_file.begin(path, tenant, where)
    return path


def _ended(result: dict[str, Any], path: Path, tenant: str, where: str) -> dict[str, Any]:
    """Return the result with what it came to in the status file; that this cannot be written is a failure."""
    try:
        _status_file.end(path, {tenant: result})
    except OSError as error:
        message = f"{_files.write_failure(where, path, error)}; {result['msg']}"
        return {**result, "failed": True, "status": ERROR, "msg": message}
    return result


def _option(name: str, caller: str) -> str:
    """Return an option as whoever set it knows it."""
    return f"cloudvpn_{name}" if caller else name


def _read(given: Mapping[str, Any], caller: str) -> Asked:
    """Return what is asked for; raises InvalidError before anything is sent."""
    unknown = ", ".join(sorted(set(given) - {*PASSED_ON, _FAIL, _status_file.OPTION}))
    if unknown:
        known = ", ".join((*PASSED_ON, _FAIL, _status_file.OPTION))
        raise InvalidError(f"drift has no option {unknown}; its options are {known}")
    fails = normalise(given.get(_FAIL), "bool", _option(_FAIL, caller))
    arguments = {name: given[name] for name in PASSED_ON if not is_blank(given.get(name))}
    services = normalise(given.get("services"), "list", _option("services", caller))
    if services is not None:
        arguments["services"] = [_looked_at(item) for item in services]
    if "owner" in arguments:
        # What is the owner's and not declared is drift, whether or not a run would remove it.
        arguments.update(prune=True, prune_max=_ALL, allow_empty=True, deactivate=True)
    return Asked(arguments, fails is not False)


def _looked_at(item: Any) -> Any:
    """Return a declared service such that one which is there and shall not be is told, active or not."""
    if isinstance(item, Mapping) and item.get("state") == "absent":
        return {**item, "deactivate": True}
    return item


def _failed(error: IesError, secrets: set[str]) -> dict[str, Any]:
    return {**failed_result(error, secrets), "status": ERROR, "drift": []}
