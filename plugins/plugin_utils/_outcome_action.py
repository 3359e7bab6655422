# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin `outcome`: what a play has done, for the jobs after it.

Ansible takes statistics of a task that went well only, and those of the last host for which it ran win. So this is a task of
its own at the end, for all hosts together, which reads what the task before has registered for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._domain.outcome import Result, outcome_variables
from ..module_utils._errors import IesError, InvalidError
from ._action import plain_arguments
from ._files import write_failure
from ._status_file import VARIABLE, end, read_path
from ._values import normalise

OPTIONS = ("result", "status_file")


class OutcomeAction(ActionBase):
    """Runs once on the controller, whatever the hosts; sends nothing."""

    TRANSFERS_FILES = False
    # Once for all hosts, as with run_once. A host whose task failed counts as well.
    BYPASS_HOST_LOOP = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Hand the outcome over, as `set_stats` does, and write the status files."""
        given: dict[str, Any] = plain_arguments(self._task.args)
        hosts = _Hosts(task_vars or {})
        try:
            name, status_file = _read(given)
            results = hosts.registered(name)
            warnings = _write_status_files(hosts.paths(status_file), results) if status_file is not None else []
        except IesError as error:
            return {"changed": False, "failed": True, "msg": error.message, "error": error.as_dict()}
        variables = outcome_variables(results)
        return {
            "changed": False,
            "outcome": variables,
            "ansible_stats": {"data": variables, "per_host": False, "aggregate": False},
            **({"warnings": warnings} if warnings else {}),
        }


def _read(given: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return the names of the variables with the result and with the path of the status file; raises InvalidError."""
    unknown = ", ".join(sorted(set(given) - set(OPTIONS)))
    if unknown:
        raise InvalidError(f"outcome has no option {unknown}; its options are {', '.join(OPTIONS)}")
    names = {option: normalise(given.get(option), "str", option) for option in OPTIONS}
    if names["result"] is None:
        raise InvalidError("result is not given; set it to the name of the variable that the task before registers")
    return names["result"].strip(), names["status_file"]


class _Hosts:
    """The hosts of the play with their variables, those that are lost included."""

    def __init__(self, task_vars: Mapping[str, Any]) -> None:
        self._hostvars = task_vars["hostvars"]
        self._names = [str(host) for host in task_vars["ansible_play_hosts_all"]]

    def registered(self, name: str) -> dict[str, Result | None]:
        """Return what a task has registered for each host, None where it has not.

        A host that an earlier play has lost, or that was not reached, is one of them.
        """
        results: dict[str, Result | None] = {}
        for host in self._names:
            # Raw, as it was registered: to template the plans of a thousand services takes seconds.
            result = self._hostvars.raw_get(host).get(name)
            results[plain_arguments(host)] = result if isinstance(result, Mapping) else None
        return results

    def paths(self, name: str) -> dict[Path, list[str]]:
        """Return the hosts by the path that a variable of theirs holds; raises InvalidError."""
        found: dict[Path, list[str]] = {}
        for host in self._names:
            variables = self._hostvars[host]
            path = read_path(plain_arguments(variables[name]) if name in variables else None, name)
            if path is not None:
                found.setdefault(path, []).append(plain_arguments(host))
        return found


def _write_status_files(paths: Mapping[Path, Sequence[str]], results: Mapping[str, Result | None]) -> list[str]:
    """Write the files, and return a warning for one that cannot be written.

    Raises InvalidError when nothing else tells that something is wrong.
    """
    failures = []
    for path, hosts in paths.items():
        try:
            end(path, {host: results[host] for host in hosts})
        except OSError as error:
            failures.append(write_failure(VARIABLE, path, error))
    if failures and not any(result is None or result.get("failed") for result in results.values()):
        raise InvalidError("; ".join(failures))
    return failures
