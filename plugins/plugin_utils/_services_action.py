# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of `ies_services`, with what role and playbooks need beside the module.

Role and playbooks consist of this one task. What they need beside the module is done here: their variables are checked before
anything is sent, and the report is written at the end, wherever the task was carried out.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from ..module_utils._domain.plan import KINDS
from ..module_utils._domain.report import count_unplanned, markdown_report, plan_lines, summary_lines
from ..module_utils._run.progress import show
from ..module_utils._task_runner import SYSTEM_CLOCK
from ..module_utils._tasks import ies_services
from ..module_utils._text import for_people
from ..module_utils._values import iso_utc
from . import _files, _playbooks
from ._action import TaskAction, with_environment

_NO_PLAN: dict[str, list[Any]] = {kind: [] for kind in KINDS}


class ServicesAction(TaskAction):
    """Checks before the task, and lines and report after it."""

    task = ies_services
    _report: Path | None = None
    _report_option = "report"
    _progress = False
    _server: str | None = None

    def take_connection(self, given: dict[str, Any], task_vars: dict[str, Any]) -> None:
        """Move the connection out of the option `ies`."""
        _playbooks.take_connection(given, _playbooks.caller_of(task_vars))

    def prepare(self, given: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Check what role, playbook or task were told, and that the report can be written; raises InvalidError."""
        caller = _playbooks.caller_of(task_vars)
        if caller not in {"", _playbooks.ROLE}:
            _playbooks.check_variables(task_vars)
        options = _playbooks.read_options(given, caller)
        if caller:
            _playbooks.check_connection(with_environment(options))
            self._report_option = "cloudvpn_report"
        report = options.pop("report", None)
        if report is not None:
            self._report = self.checked_path(self._report_option, report)
        self._progress = options.get("progress", True)
        self._server = with_environment(options).get("api_url") or None
        return options

    def finish(self, result: dict[str, Any], task_vars: dict[str, Any], secrets: set[str]) -> dict[str, Any]:
        """Show what nobody could follow, and write the report; every failed result has `services` and `plan`."""
        if self._task.async_val:
            return result
        if result.get("failed") and "plan" not in result:
            # So that what follows, such as a rescue, can rely on both.
            result["plan"] = {kind: list(items) for kind, items in _NO_PLAN.items()}
            result.setdefault("services", [])
        elif "plan" in result:
            warnings = self._tell_afterwards(result, task_vars, secrets) + self._write_report(result, task_vars)
            if warnings:
                result["warnings"] = [*result.get("warnings", []), *(for_people(warning, secrets) for warning in warnings)]
        return result

    def _tell_afterwards(self, result: dict[str, Any], task_vars: dict[str, Any], secrets: set[str]) -> list[str]:
        """Show plan and summary of a run on another host, of which no line could be seen while it went on."""
        if result.get("progress_shown") or not self._progress or self._task.no_log:
            return []
        services = result["services"]

        def lines() -> list[str]:
            told = plan_lines(result["plan"], count_unplanned(result["plan"], services))
            return told if self._task.check_mode else told + summary_lines(services)

        return show(lambda line: self.show(line, task_vars, secrets), "the plan", lines)

    def _write_report(self, result: dict[str, Any], task_vars: dict[str, Any]) -> list[str]:
        """Write the report, and return a warning when that fails: the results come first."""
        if self._report is None:
            return []
        page = partial(
            markdown_report,
            result["plan"],
            result["services"],
            bool(self._task.check_mode),
            tenant=str(task_vars.get("inventory_hostname", "localhost")),
            server=self._server,
            time=iso_utc(SYSTEM_CLOCK.now()),
        )
        return _files.write_or_warn(self._report_option, self._report, page)
