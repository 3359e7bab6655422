# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of `ies_elastic`, with what role and playbook need beside the module.

Their variables are checked before anything is sent, and the files are written at the end, wherever the task was carried out.
"""

from __future__ import annotations

import importlib
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any

from ..module_utils._domain.elastic_words import connection_lines
from ..module_utils._run.progress import show
from ..module_utils._task_runner import SYSTEM_CLOCK
from ..module_utils._tasks import ies_elastic
from ..module_utils._text import for_people
from ..module_utils._values import iso_utc
from . import _files, _playbooks
from ._action import TaskAction, with_environment
from ._elastic_options import option_name, read_elastic_options
from ._metrics import prometheus_text

PAGE = "ansible_collections.cloudopera.ies.plugins.plugin_utils._elastic_page"
# What is written on the controller, in this order.
_FILES = ("metrics_file", "report")


class ElasticAction(TaskAction):
    """Checks before the task, and lines, metrics and report after it."""

    task = ies_elastic
    _progress = False
    _keeps_traffic = False
    _server: str | None = None
    _caller = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._paths: dict[str, Path] = {}

    def take_connection(self, given: dict[str, Any], task_vars: dict[str, Any]) -> None:
        """Move the connection out of the option `ies`."""
        _playbooks.take_connection(given, _playbooks.caller_of(task_vars))

    def prepare(self, given: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Check what role, playbook or task were told, and that the files can be written; raises InvalidError."""
        self._caller = caller = _playbooks.caller_of(task_vars)
        if caller not in {"", _playbooks.ELASTIC_ROLE}:
            _playbooks.check_variables(task_vars)
        options = read_elastic_options(given, caller)
        if caller:
            _playbooks.check_connection(with_environment(options))
        self._paths = {}
        for option in _FILES:
            path = options.pop(option, None)
            if path is not None:
                self._paths[option] = self.checked_path(option_name(option, caller), path)
        self._progress = options.get("progress", True)
        self._server = with_environment(options).get("api_url") or None
        self._keeps_traffic = bool(options.get("traffic", False))
        if "report" in self._paths:
            options["traffic"] = True
        return options

    def finish(self, result: dict[str, Any], task_vars: dict[str, Any], secrets: set[str]) -> dict[str, Any]:
        """Show what nobody could follow, and write the files; every failed result has `connections`."""
        if self._task.async_val:
            return result
        if result.get("failed"):
            # So that what follows, such as a rescue, can rely on it.
            result.setdefault("connections", [])
        warnings = self._tell_afterwards(result, task_vars, secrets)
        for option, path in self._paths.items():
            make = self._metrics if option == "metrics_file" else self._page
            warnings += _files.write_or_warn(option_name(option, self._caller), path, partial(make, result, task_vars))
        if not self._keeps_traffic:
            for key in ("traffic", "history"):
                result.pop(key, None)
        if warnings:
            result["warnings"] = [*result.get("warnings", []), *(for_people(warning, secrets) for warning in warnings)]
        return result

    def _tell_afterwards(self, result: dict[str, Any], task_vars: dict[str, Any], secrets: set[str]) -> list[str]:
        """Show the decisions of a run on another host, of which no line could be seen while it went on."""
        if result.get("progress_shown") or not self._progress or self._task.no_log or "progress_shown" not in result:
            return []
        return show(
            lambda line: self.show(line, task_vars, secrets),
            "the decisions",
            lambda: connection_lines(result["connections"], _values_of(result)),
        )

    def _metrics(self, result: dict[str, Any], task_vars: dict[str, Any]) -> str:
        return prometheus_text(result, _tenant_of(task_vars), SYSTEM_CLOCK.now())

    def _page(self, result: dict[str, Any], task_vars: dict[str, Any]) -> str:
        # It draws pictures, for which it needs much that nobody else does.
        elastic_page = importlib.import_module(PAGE).elastic_page
        page: str = elastic_page(
            _with_costs(result),
            series_of(result),
            tenant=_tenant_of(task_vars),
            server=str(self._server),
            time=str(result.get("decided_at") or iso_utc(SYSTEM_CLOCK.now())),
        )
        return page


def _tenant_of(task_vars: dict[str, Any]) -> str:
    return str(task_vars.get("inventory_hostname", "localhost"))


def _by_connection(result: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the traffic of each connection, by its name."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in result.get("traffic", ()):
        found[str(entry["cloud_vpn_name"])].append(entry)
    return found


def _values_of(result: dict[str, Any]) -> dict[str, list[list[Any]]]:
    """Return what each connection carried, per direction, by its name."""
    return {
        name: [[sample["value"] for sample in entry["samples"]] for entry in entries]
        for name, entries in _by_connection(result).items()
    }


def _with_costs(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of the result with `traffic_unit` and `cost` where they are known."""
    known = {(one["service_id"], one["cloud_vpn_name"]): one for one in result.get("history", ())}
    return [
        {**entry, **{key: found[key] for key in ("traffic_unit", "cost") if found.get(key) is not None}}
        for entry in result["connections"]
        for found in [known.get((entry["service_id"], entry["cloud_vpn_name"]), {})]
    ]


def series_of(result: dict[str, Any]) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Return, by the name of the connection, `traffic` and `bandwidth_history` for the page of the report."""
    history: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in result.get("history", ()):
        history[str(entry["cloud_vpn_name"])].append({"time": entry["time"], "bandwidth": entry["bandwidth"]})
    return {name: {"traffic": traffic, "bandwidth_history": history[name]} for name, traffic in _by_connection(result).items()}
