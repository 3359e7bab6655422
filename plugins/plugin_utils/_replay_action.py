# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin `elastic_replay`: traffic out of a file or of a live connection, replayed on the controller."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils._domain.bandwidth_policy import BandwidthPolicy, read_policy
from ..module_utils._domain.replay import replay
from ..module_utils._errors import IesError, InvalidError
from ..module_utils._secrets import masked, secrets_of
from ..module_utils._task_runner import SYSTEM_CLOCK
from ..module_utils._text import for_people
from ..module_utils._values import iso_utc
from . import _files, _playbooks
from ._action import failed_result, plain_arguments, with_environment, without_tokens
from ._lines import show_line
from ._replay_table import replay_lines
from ._traffic_csv import read_traffic_csv
from ._values import normalise

PAGE = "ansible_collections.cloudopera.ies.plugins.plugin_utils._elastic_page"
TRAFFIC_MODULE = "cloudopera.ies.ies_vpn_traffic_info"
# Option -> type, and the variable of the playbook that it comes from.
OPTIONS = {
    "traffic_file": ("path", "cloudvpn_traffic_file"),
    "cloud_vpn_name": ("str", "cloudvpn_connection"),
    "start_time": ("str", "cloudvpn_elastic_start_time"),
    "end_time": ("str", "cloudvpn_elastic_end_time"),
    "policies": ("dict", "cloudvpn_elastic_policies"),
    "policy": ("dict", "cloudvpn_elastic_policy"),
    "bandwidth": ("int", "cloudvpn_bandwidth"),
    "provisioning": ("float", "cloudvpn_elastic_provisioning"),
    "report": ("path", "cloudvpn_elastic_report"),
}
_DEFAULTS = {"start_time": "-7d", "end_time": "now", "provisioning": 600.0}


class Asked(NamedTuple):
    """What is to be replayed, checked."""

    options: Mapping[str, Any]
    policies: Mapping[str, Mapping[str, Any]]
    connection: Mapping[str, Any]
    report: Path | None
    report_option: str


class ReplayAction(ActionBase):
    """Runs on the controller, whatever the host; sends nothing when it reads a file."""

    TRANSFERS_FILES = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Replay, show the table, and write the report."""
        variables = task_vars or {}
        given: dict[str, Any] = plain_arguments(self._task.args)
        inner = given.get("ies")
        secrets = secrets_of({**(inner if isinstance(inner, Mapping) else {}), **given})
        try:
            result = self._replayed(_read(given, variables), variables, secrets)
        except IesError as error:
            result = failed_result(error, secrets)
        finally:
            self._task.args = masked(without_tokens({name: value for name, value in given.items() if name != "ies"}), secrets)
        safe: dict[str, Any] = masked(result, secrets)
        return safe

    def _replayed(self, asked: Asked, task_vars: dict[str, Any], secrets: set[str]) -> dict[str, Any]:
        options = asked.options
        if options.get("traffic_file") is not None:
            traffic: Any = _read_file(str(options["traffic_file"]))
        else:
            read = self._read_live(asked, task_vars)
            if read.get("failed"):
                return read
            traffic = read["traffic"]
        results = replay(traffic, asked.policies, options["bandwidth"], options["provisioning"])
        host = task_vars.get("inventory_hostname", "localhost")
        if not self._task.no_log:
            for line in replay_lines(results):
                show_line(partial(Display().display), for_people(f"[{host}] {line}", secrets))
        result: dict[str, Any] = {"changed": False, "replay": results}
        warnings = []
        if asked.report is not None:
            warnings = _files.write_or_warn(asked.report_option, asked.report, partial(_page, asked, results, traffic))
        if warnings:
            result["warnings"] = [for_people(warning, secrets) for warning in warnings]
        return result

    def _read_live(self, asked: Asked, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Return the result of `ies_vpn_traffic_info` for the connection, both directions."""
        task = self._task.copy()
        task.action = TRAFFIC_MODULE
        task.args = {
            "cloud_vpn_names": [asked.options["cloud_vpn_name"]],
            "direction": "both",
            "start_time": asked.options["start_time"],
            "end_time": asked.options["end_time"],
            **asked.connection,
        }
        action = self._shared_loader_obj.action_loader.get(
            TRAFFIC_MODULE,
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        result: dict[str, Any] = action.run(task_vars=task_vars)
        return result


def _read(given: dict[str, Any], task_vars: Mapping[str, Any]) -> Asked:
    """Return what is asked for; raises InvalidError before anything is sent."""
    caller = _playbooks.caller_of(task_vars)
    if caller:
        _playbooks.check_variables(task_vars)
    connection: dict[str, Any] = {"ies": given.get("ies")}
    _playbooks.take_connection(connection, caller)
    options: dict[str, Any] = dict(_DEFAULTS)
    for option, value in given.items():
        if option == "ies":
            continue
        if option not in OPTIONS:
            raise InvalidError(f"elastic_replay has no option {option}; its options are {', '.join(OPTIONS)}, ies")
        kind, variable = OPTIONS[option]
        read = normalise(value, kind, variable if caller else option)
        if read is not None:
            options[option] = read
    live = options.get("traffic_file") is None
    given_policies = options.get("policies") or options.get("policy")
    if not given_policies or options.get("bandwidth") is None or (live and options.get("cloud_vpn_name") is None):
        raise InvalidError(_playbooks.NEEDS[_playbooks.ELASTIC_REPLAY])
    if live:
        _playbooks.check_connection(with_environment(connection))
    report = options.pop("report", None)
    path = None if report is None else _files.full_path(report)
    names = {option: variable if caller else option for option, (_kind, variable) in OPTIONS.items()}
    if path is not None:
        _files.check_writable(names["report"], path)
    return Asked(options, _read_policies(options, names), connection, path, names["report"])


def _read_policies(options: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    """Return the policies by name, each of them checked; raises InvalidError that names the policy.

    The keys of each go before those of the option `policy`, which alone is one policy of that name.
    """
    where, alone = names["policies"], names["policy"]
    common = options.get("policy") or {}
    written = options.get("policies")
    if not written:
        _checked(alone, common)
        return {"policy": common}
    policies: dict[str, Mapping[str, Any]] = {}
    for name, policy in written.items():
        if not isinstance(policy, Mapping):
            raise InvalidError(f"{where}.{name} is no dictionary; write a policy, such as {{minimum: 20000, maximum: 100000}}")
        policies[str(name)] = {**common, **policy}
        _checked(f"{where}.{name}", policies[str(name)])
    return policies


def _checked(where: str, policy: Mapping[str, Any]) -> BandwidthPolicy:
    try:
        return read_policy(policy)
    except InvalidError as error:
        raise InvalidError(f"{where}: {error.message}") from None


def _read_file(path: str) -> dict[str, Any]:
    full = _files.full_path(path)
    try:
        text = full.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is no text in UTF-8"
        raise InvalidError(f"cannot read {full}: {reason}") from None
    return read_traffic_csv(text, full.name)


def _page(asked: Asked, results: Mapping[str, Any], traffic: Any) -> str:
    options = asked.options
    units = {read_policy(policy).traffic_unit for policy in asked.policies.values()}
    page: str = importlib.import_module(PAGE).replay_page(
        results,
        traffic,
        title=f"Replay of {options.get('cloud_vpn_name') or Path(str(options.get('traffic_file'))).name}",
        time=iso_utc(SYSTEM_CLOCK.now()),
        traffic_unit=units.pop() if len(units) == 1 else None,
    )
    return page
