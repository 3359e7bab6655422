# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The seam between an action plugin and a task body: the same task inside the controller, without a new Python.

A task whose connection is local runs right here. One for another host, under `async`, with `become`, or with an
environment that more than our own options would feel, is handed over to the module of the same name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action.normal import ActionModule as ModuleAction
from ansible.utils.display import Display

from ..module_utils._argspec import CONNECTION_OPTIONS, ENVIRONMENT, spec_of, with_whole_numbers
from ..module_utils._errors import IesError, InvalidError
from ..module_utils._secrets import TOKEN_OPTIONS, masked, secrets_of
from ..module_utils._task_runner import refused, run_task
from ..module_utils._text import for_people, visible
from ..module_utils._time import Clock
from ..module_utils._wire.client import IesClient
from ..module_utils._wire.connection import ConnectionOptions
from ..module_utils._wire.transport import HAS_REQUESTS
from . import _files
from ._lines import colour_of, end_between_lines, show_line
from ._parent import end_with_parent
from ._values import is_blank

_MASKED = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


class TaskAction(ModuleAction):
    """Base of the action plugins; a child names its task body."""

    TRANSFERS_FILES = False
    task: ModuleType
    # Called before the first write of an approved plan; where a module does the work, before it is started.
    before_writing: Callable[[], None] | None = None
    # Arguments and environment of the task as they were before its first run.
    _asked: tuple[dict[str, Any], Any] | None = None

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task body here, or hand over to the module."""
        if self._asked is None:
            self._asked = (dict(self._task.args), self._task.environment)
        else:
            # Once more, for `until`.
            self._task.args, self._task.environment = self._asked
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        given: dict[str, Any] = plain_arguments(self._task.args)
        refusal: IesError | None = None
        try:
            self.take_connection(given, task_vars or {})
        except IesError as error:
            refusal = error
        _fill_in(given, environment)
        secrets = secrets_of(given)
        others = {name: value for name, value in environment.items() if name not in ENVIRONMENT.values()}
        try:
            try:
                if refusal is not None:
                    raise refusal
                given = with_whole_numbers(self.prepare(given, task_vars or {}), spec_of(self.task)["argument_spec"])
                runs_here = self._runs_here(environment)
                if self.before_writing is not None and not runs_here and not self._task.check_mode:
                    self.before_writing()
            except IesError as error:
                failure = {"changed": False, "failed": True, "msg": masked(error.message, secrets), "error": error.as_dict()}
                return self.finish(failure, task_vars or {}, secrets)
            if runs_here:
                return self.finish(self._run_here(given, task_vars or {}, secrets), task_vars or {}, secrets)
            # Ansible shows at -vvv the command lines that it builds from an environment; as arguments, tokens are not told.
            self._task.args, self._task.environment = given, [others]
            return self.finish(masked(super().run(tmp, task_vars), secrets), task_vars or {}, secrets)
        finally:
            # What callback plugins are told of a task comes from here, its arguments with all that module_defaults added.
            self._task.args = masked(without_tokens(given), secrets)
            self._task.environment = [masked(others, secrets)]
            self._task.module_defaults = []

    def take_connection(self, given: dict[str, Any], task_vars: dict[str, Any]) -> None:
        """Move a connection that is given in another form to the options of the connection; may raise IesError."""

    def prepare(self, given: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Return the options to run with; may raise IesError, before anything is sent."""
        return given

    def checked_path(self, option: str, path: str) -> Path:
        """Return where to write a file at the end of the run; raises InvalidError when that cannot be done."""
        if self._task.async_val:
            raise InvalidError(f"{option} needs the end of the run, which a task with async does not see")
        full = _files.full_path(path)
        _files.check_writable(option, full)
        return full

    def finish(self, result: dict[str, Any], task_vars: dict[str, Any], secrets: set[str]) -> dict[str, Any]:
        """Return the result, whoever made it, with what is done after it on the controller."""
        return result

    def show(self, line: str, task_vars: dict[str, Any], secrets: set[str]) -> None:
        """Show a line with the host in front."""
        host = task_vars.get("inventory_hostname", "localhost")
        show_line(partial(Display().display, color=colour_of(line)), for_people(f"[{host}] {line}", secrets))

    def _runs_here(self, environment: dict[str, Any]) -> bool:
        """Return whether the module would run on this host, as this user, with this environment."""
        return (
            HAS_REQUESTS
            and self._connection.transport == "local"
            and not self._task.async_val
            and not self._connection.become
            and set(environment) <= set(ENVIRONMENT.values())
        )

    def _run_here(self, given: dict[str, Any], task_vars: dict[str, Any], secrets: set[str]) -> dict[str, Any]:
        end_with_parent()
        end_between_lines()
        spec = spec_of(self.task)
        spec.pop("supports_check_mode")
        validated = ArgumentSpecValidator(**spec).validate(given)
        params = validated.validated_parameters
        # Beside what was given, the connection can come from the controller's own environment.
        secrets = secrets | secrets_of({option: params.get(option) for option in ENVIRONMENT})
        not_taken = refused(self.task, given)
        if not_taken is not None:
            result: dict[str, Any] = not_taken
        elif validated.error_messages:
            message = validated.errors.msg
            if isinstance(validated.errors[0], UnsupportedError):
                message = f"Unsupported parameters for ({self._task.action}) module: {message}"
            result = {"failed": True, "msg": for_people(message, secrets)}
        else:

            def tell(line: str) -> None:
                self.show(line, task_vars, secrets)

            check_mode = bool(self._task.check_mode)
            # What a task with no_log does is for nobody's eyes, neither now nor in its result.
            shown = None if self._task.no_log else tell
            result = run_task(
                self.task,
                params,
                check_mode=check_mode,
                secrets=secrets,
                client_for=_shared_client,
                tell=shown,
                before_writing=self.before_writing,
            )
        if _wants_invocation(task_vars):
            # What a module says of its call, shown at -vvv.
            result["invocation"] = {"module_args": masked(without_tokens(params), secrets)}
        return result


def plain_arguments(value: Any) -> Any:
    """Return arguments without what Ansible's templating has attached to each of their values.

    The validator copies them, and result and task take them back to Ansible's main process; with their origins, that takes
    seconds for a thousand services.
    """
    if isinstance(value, str) or getattr(value, "__ENCRYPTED__", False):
        return str.__str__(str(value))
    if isinstance(value, Mapping):
        return {plain_arguments(key): plain_arguments(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_arguments(inner) for inner in value]
    return value


def _fill_in(given: dict[str, Any], environment: Mapping[str, Any]) -> None:
    """Take options of the connection that are not given from the environment of the task. A blank one counts as not given.

    A blank option that nothing else can fill in stays, if it is required, so that the error says that it is empty.
    """
    for option, variable in ENVIRONMENT.items():
        if not is_blank(given.get(option)):
            continue
        if not is_blank(environment.get(variable)):
            given[option] = str(environment[variable])
        elif not CONNECTION_OPTIONS[option].get("required") or not is_blank(os.environ.get(variable)):
            given.pop(option, None)


def with_environment(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with those of the connection that are not among them out of the environment of the controller."""
    return {**{option: os.environ.get(variable) for option, variable in ENVIRONMENT.items()}, **options}


def without_tokens(params: dict[str, Any]) -> dict[str, Any]:
    """Return options with Ansible's usual words in the place of the tokens."""
    return {**params, **{option: _MASKED for option in TOKEN_OPTIONS if params.get(option)}}


def _wants_invocation(task_vars: dict[str, Any]) -> bool:
    """Return whether to return the invocation: from ansible-core 2.21 on by that setting, before where it would be shown."""
    try:
        return bool(constants.config.get_config_value("INJECT_INVOCATION", variables=task_vars))
    except AnsibleError:
        return bool(Display().verbosity >= 3)


def failed_result(error: IesError, secrets: set[str]) -> dict[str, Any]:
    """Return the failed result of a task that has nothing else to tell."""
    return {"changed": False, "failed": True, "msg": for_people(error.message, secrets), "error": error.as_dict()}


def tell_request(line: str) -> None:
    """Show a line about a request at -vvv."""
    show_line(Display().vvv, visible(f"cloudopera.ies: {line}"))


@lru_cache(maxsize=8)
def _shared_client(connection: ConnectionOptions, clock: Clock, pool_size: int) -> IesClient:
    """Return a client for these settings; a loop's items share one, and with it the open connections."""
    return IesClient(connection, clock, pool_size, on_request=tell_request)
