# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The seam between a module process and a task body: AnsibleModule in, exit_json or fail_json out."""

from __future__ import annotations

from collections.abc import Set
from types import ModuleType
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._argspec import spec_of
from ._secrets import TOKEN_OPTIONS, masked, secrets_of
from ._task_runner import refused, run_task
from ._text import for_people
from ._wire.transport import HAS_REQUESTS, REQUESTS_IMPORT_ERROR


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
    """Be the `main` of a module: validate, run the task body, exit."""
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
