# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of `ies_services`, with what role and playbooks need beside the module.

Role and playbooks consist of this one task. What they need beside the module is done here: their variables are checked before
anything is sent, and report and plan file are read and written here, wherever the task is carried out.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from ..module_utils._domain.plan import KINDS
from ..module_utils._domain.report import count_unplanned, markdown_report, plan_lines, summary_lines
from ..module_utils._errors import FailedError, InvalidError
from ..module_utils._run.progress import show
from ..module_utils._task_runner import SYSTEM_CLOCK
from ..module_utils._tasks import ies_services
from ..module_utils._tasks._approval import APPLY, PLAN
from ..module_utils._text import for_people
from ..module_utils._values import iso_utc
from . import _files, _plans, _playbooks
from ._action import TaskAction, with_environment
from ._plan_file import PlanFile

_NO_PLAN: dict[str, list[Any]] = {kind: [] for kind in KINDS}


class ServicesAction(TaskAction):
    """Checks before the task, and lines and report after it."""

    task = ies_services
    _report: Path | None = None
    _report_option = "report"
    _progress = False
    _foreseen = False
    _plan_file: PlanFile | None = None
    _server: str | None = None

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task; a whole plan is nothing to tell callbacks of."""
        result = super().run(tmp, task_vars)
        self._task.args.pop("plan_document", None)
        result.get("invocation", {}).get("module_args", {}).pop("plan_document", None)
        return result

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
        self._take_plan(options, task_vars, caller)
        self._progress = options.get("progress", True)
        self._server = with_environment(options).get("api_url") or None
        return options

    def _take_plan(self, options: dict[str, Any], task_vars: dict[str, Any], caller: str) -> None:
        """Complete the options about plans, and read the plan to apply; raises InvalidError and ConflictError."""
        host = str(task_vars.get("inventory_hostname", "localhost"))
        mode = _plans.read_plan_options(options, host, caller)
        self._foreseen = bool(self._task.check_mode) or mode == PLAN
        path = options.get("plan_file")
        if mode not in {PLAN, APPLY} or path is None:
            return
        if self._task.async_val:
            raise InvalidError("plan_file needs the end of the run, which a task with async does not see")
        self._plan_file = PlanFile(_plans.option_name("plan_file", caller), path)
        if caller:
            _plans.check_not_shared(self._plan_file, host, task_vars)
        self._plan_file.reserve(options["tenant"])
        if mode == APPLY:
            options["plan_document"] = self._plan_file.read()
            if self._task.check_mode:
                return
            self.before_writing = self._mark_applied
        self._plan_file.check_writable()

    def _mark_applied(self) -> None:
        if self._plan_file is not None:
            self._plan_file.mark_applied(SYSTEM_CLOCK.now())

    def finish(self, result: dict[str, Any], task_vars: dict[str, Any], secrets: set[str]) -> dict[str, Any]:
        """Show what nobody could follow, and write the report; every failed result has `services` and `plan`."""
        document = result.pop("plan_document", None)
        if self._task.async_val:
            return result
        if result.get("failed") and "plan" not in result:
            # So that what follows, such as a rescue, can rely on both.
            result["plan"] = {kind: list(items) for kind, items in _NO_PLAN.items()}
            result.setdefault("services", [])
        elif "plan" in result:
            warnings = self._tell_afterwards(result, task_vars, secrets) + self._write_report(result, task_vars)
            if document is not None:
                warnings += self._keep_plan(document, result, task_vars, secrets)
            if warnings:
                result["warnings"] = [*result.get("warnings", []), *(for_people(warning, secrets) for warning in warnings)]
        return result

    def _keep_plan(
        self, document: dict[str, Any], result: dict[str, Any], task_vars: dict[str, Any], secrets: set[str]
    ) -> list[str]:
        """Write the plan file, and show where it is; a plan that is not whole or cannot be kept is a failure."""
        lines = [] if document["fingerprint"] is None else [f"Fingerprint: {document['fingerprint']}"]
        if self._plan_file is not None:
            try:
                self._plan_file.write(document)
                lines = [f"Plan file: {self._plan_file.path}", *lines]
            except OSError as error:
                reason = _files.write_failure(self._plan_file.option, self._plan_file.path, error)
                result.update(failed=True, msg=for_people(reason, secrets), fingerprint=None, error=FailedError("").as_dict())
                return []
        if not self._progress or self._task.no_log:
            return []
        return show(lambda line: self.show(line, task_vars, secrets), "the plan file", lambda: lines)

    def _tell_afterwards(self, result: dict[str, Any], task_vars: dict[str, Any], secrets: set[str]) -> list[str]:
        """Show plan and summary of a run on another host, of which no line could be seen while it went on."""
        if result.get("progress_shown") or not self._progress or self._task.no_log:
            return []
        services = result["services"]

        def lines() -> list[str]:
            told = plan_lines(result["plan"], count_unplanned(result["plan"], services))
            return told if self._foreseen else told + summary_lines(services)

        return show(lambda line: self.show(line, task_vars, secrets), "the plan", lines)

    def _write_report(self, result: dict[str, Any], task_vars: dict[str, Any]) -> list[str]:
        """Write the report, and return a warning when that fails: the results come first."""
        if self._report is None:
            return []
        page = partial(
            markdown_report,
            result["plan"],
            result["services"],
            self._foreseen,
            tenant=str(task_vars.get("inventory_hostname", "localhost")),
            server=self._server,
            time=iso_utc(SYSTEM_CLOCK.now()),
        )
        return _files.write_or_warn(self._report_option, self._report, page)
