# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin `outcome`: what a play has done, for the jobs after it.

Ansible takes statistics of a task that went well only, and those of the last host for which it ran win. So this is a task of
its own at the end, for all hosts together, which reads what the task before has registered for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._domain.outcome import outcome_variables
from ..module_utils._errors import InvalidError
from ._action import plain_arguments

OPTIONS = ("result",)


class OutcomeAction(ActionBase):
    """Runs once on the controller, whatever the hosts; sends nothing."""

    TRANSFERS_FILES = False
    # Once for all hosts, as with run_once. A host whose task failed counts as well.
    BYPASS_HOST_LOOP = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Hand the outcome over, as `set_stats` does."""
        given: dict[str, Any] = plain_arguments(self._task.args)
        try:
            name = _read(given)
        except InvalidError as error:
            return {"changed": False, "failed": True, "msg": error.message, "error": error.as_dict()}
        variables = outcome_variables(registered(name, task_vars or {}))
        return {
            "changed": False,
            "outcome": variables,
            "ansible_stats": {"data": variables, "per_host": False, "aggregate": False},
        }


def _read(given: Mapping[str, Any]) -> str:
    """Return the name of the registered variable; raises InvalidError."""
    unknown = ", ".join(sorted(set(given) - set(OPTIONS)))
    if unknown:
        raise InvalidError(f"outcome has no option {unknown}; its only option is result")
    name = given.get("result")
    if not isinstance(name, str) or not name.strip():
        raise InvalidError("result is not given; set it to the name of the variable that the task before registers")
    return name.strip()


def registered(name: str, task_vars: Mapping[str, Any]) -> dict[str, Mapping[str, Any] | None]:
    """Return what a task has registered for each host of the play, None where it has not.

    A host that an earlier play has lost, or that was not reached, is one of them.
    """
    own = str(task_vars.get("inventory_hostname", "localhost"))
    hostvars = task_vars.get("hostvars")
    results: dict[str, Mapping[str, Any] | None] = {}
    for host in task_vars.get("ansible_play_hosts_all") or [own]:
        # Raw, as it was registered: to template the plans of a thousand services takes seconds.
        variables = task_vars if hostvars is None else hostvars.raw_get(host)
        result = variables.get(name)
        results[plain_arguments(str(host))] = result if isinstance(result, Mapping) else None
    return results
