# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin `export`: the services of a tenant, read on the controller, as a file of variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..module_utils._argspec import ENVIRONMENT
from ..module_utils._errors import InvalidError
from ..module_utils._secrets import MASK
from ..module_utils._tasks import _export
from ..module_utils._text import for_people
from ..module_utils._wire.transport import HAS_REQUESTS
from . import _files, _playbooks
from ._action import TaskAction, with_environment
from ._declarations_yaml import declarations_yaml
from ._values import is_blank, normalise

# Option -> how it is read; the variable of the playbook has the same name behind its prefix.
_KINDS = {"export_file": "path", "name": "names", "service_id": "names", "owner": "str", "max_parallel": "int"}


class ExportAction(TaskAction):
    """Reads on the controller, whatever the host, and writes the file when all has been read."""

    task = _export
    _path: Path
    _option = "export_file"

    def take_connection(self, given: dict[str, Any], task_vars: dict[str, Any]) -> None:
        """Move the connection out of the option `ies`."""
        _playbooks.take_connection(given, _playbooks.caller_of(task_vars))

    def prepare(self, given: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Check what playbook or task were told, and that the file can be written; raises InvalidError."""
        self._check_place()
        caller = _playbooks.caller_of(task_vars)
        if caller:
            _playbooks.check_variables(task_vars)
        options = _read_options(given, caller)
        if caller and "export_file" not in options:
            raise InvalidError(_playbooks.NEEDS[caller])
        if caller:
            _playbooks.check_connection(with_environment(options))
        if "export_file" in options:
            self._option = _playbooks.variable_of("export_file", caller)
            self._path = self.checked_path(self._option, options["export_file"])
            self._check_not_shared(caller, task_vars)
        return options

    def finish(self, result: dict[str, Any], task_vars: dict[str, Any], secrets: set[str]) -> dict[str, Any]:
        """Compare the file with what was read, and write it where they differ; in check mode only tell."""
        exported = result.pop("exported", None)
        if result.get("failed") or exported is None:
            return result
        left_out = result.pop("left_out")
        text = declarations_yaml(exported)
        before = _content_of(self._path)
        result.update(changed=text != before, services=len(exported), left_out=left_out, export_file=str(self._path))
        result["counts"] = {"services": len(exported), "left_out": len(left_out)}
        warnings = [*result.get("warnings", ()), *left_out]
        if MASK in text:
            warnings.append(f"a token of this run stands in a service; {self._path} has {MASK} in its place")
        if warnings:
            result["warnings"] = [for_people(warning, secrets) for warning in warnings]
        if self._task.diff:
            header = str(self._path)
            result["diff"] = {"before": before or "", "after": text, "before_header": header, "after_header": header}
        if result["changed"] and not self._task.check_mode:
            try:
                _files.write_file(self._path, text, 0o666 & ~_umask())
            except OSError as error:
                message = _files.write_failure(self._option, self._path, error)
                return {"changed": False, "failed": True, "msg": for_people(message, secrets)}
        return result

    def _runs_here(self, environment: dict[str, Any]) -> bool:
        """Return that the task runs on the controller, whatever the host: there is no module of it."""
        return True

    def _check_not_shared(self, caller: str, task_vars: Mapping[str, Any]) -> None:
        """Check that the file is of one tenant; raises InvalidError."""
        host = str(task_vars.get("inventory_hostname", "localhost"))
        other = _playbooks.neighbour_with(self._path, self._option, task_vars, host) if caller else None
        if other is not None:
            raise InvalidError(
                f"{self._option} is {self._path} for {host} and for {other}; give each host a file of its own, such as"
                " 'services-{{ inventory_hostname }}.yml'"
            )

    def _check_place(self) -> None:
        """Check that the controller can do it as it is; raises InvalidError."""
        if not HAS_REQUESTS:
            raise InvalidError("export needs the Python library requests on the controller; install it there")
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        others = sorted(set(environment) - set(ENVIRONMENT.values()))
        if others:
            raise InvalidError(
                f"export runs on the controller, where the environment of a task does not reach; set {', '.join(others)}"
                " in that of ansible-playbook"
            )


def _read_options(given: Mapping[str, Any], caller: str) -> dict[str, Any]:
    """Return the options with their types; raises InvalidError that names the variable."""
    options: dict[str, Any] = {}
    for option, value in given.items():
        read = normalise(value, _KINDS[option], _playbooks.variable_of(option, caller)) if option in _KINDS else value
        if not is_blank(read):
            options[option] = read
    return options


def _content_of(path: Path) -> str | None:
    """Return the text of the file as it is; None where there is none, or none in UTF-8."""
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeError):
        return None


def _umask() -> int:
    # There is no way to look at it without setting it.
    umask = os.umask(0o077)
    os.umask(umask)
    return umask
