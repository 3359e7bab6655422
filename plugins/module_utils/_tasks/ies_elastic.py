# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Task body of `ies_elastic`: decide the bandwidth of connections, and change it (public interface, section 9.4)."""

from __future__ import annotations

import locale
from collections.abc import Mapping, Sequence
from typing import Any

from .._domain.declaration import check_strings
from .._domain.elastic_words import connection_label, connection_lines, direction_warning, operations_warning, unit_warning
from .._domain.period import read_moment
from .._domain.sparkline import ASCII, BLOCKS
from .._domain.watched import Watched, may_apply, share, watched_connections
from .._errors import FailedError, InvalidError
from .._run.elastic import apply, decide_all, find
from .._run.fleet import Job
from .._run.progress import ProgressReporter, show
from .._run.steps import RunOptions
from .._run.tenant import Tenant
from .._values import iso_utc
from .._wire.client import IesClient
from ._context import Context
from ._options import IES_OPTIONS, read_max_parallel, read_poll_options, wait_options

RECOMMEND = "recommend"
APPLY = "apply"

CONNECTION_OPTIONS: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "service_id": {"type": "str"},
    "cloud_vpn_name": {"type": "str"},
    "policy": {"type": "dict"},
}
OPTIONS: dict[str, dict[str, Any]] = {
    "connections": {"type": "list", "elements": "dict", "options": CONNECTION_OPTIONS},
    "services": {"type": "list", "elements": "dict"},
    "policy": {"type": "dict"},
    "mode": {"type": "str", "choices": [RECOMMEND, APPLY], "default": RECOMMEND},
    "total_maximum": {"type": "int"},
    "end_time": {"type": "str", "default": "now"},
    "traffic": {"type": "bool", "default": False},
    "max_parallel": {"type": "int", "default": 16},
    "progress": {"type": "bool", "default": True},
    # These are the action plugin's, which takes them out before the task goes anywhere.
    "report": {"type": "path"},
    "metrics_file": {"type": "path"},
    "ies": {"type": "dict", "options": IES_OPTIONS},
    **wait_options(default=True),
}
CONSTRAINTS: dict[str, Any] = {"required_one_of": [("connections", "services")]}


def check_given(given: Mapping[str, Any]) -> None:
    """Check the options as the user gave them, before Ansible makes strings of them; raises InvalidError."""
    for option in ("connections", "services"):
        listed = given.get(option)
        for index, item in enumerate(listed if isinstance(listed, (list, tuple)) else ()):
            if isinstance(item, Mapping):
                check_strings(item, f"{option}[{index}]: ")


def run(params: Mapping[str, Any], client: IesClient, context: Context) -> dict[str, Any]:
    """Decide and, in the mode `apply`, change; raises FailedError with all results when something is wrong with one."""
    policy = RunOptions(check_mode=False, wait=params["wait"], poll=read_poll_options(params))
    max_parallel = read_max_parallel(params)
    total = params["total_maximum"]
    if total is not None and (isinstance(total, bool) or total < 1):
        raise InvalidError(f"total_maximum is {total}; it must be a positive whole number")
    now = float(read_moment("end_time", params["end_time"], context.clock.now()))
    watched = watched_connections(params["connections"], params["services"], params["policy"])
    tenant = Tenant(client)
    find(watched, tenant, max_parallel)
    decide_all(watched, client, now, max_parallel)
    if total is not None:
        share(watched, total)
    told = _tell_decisions(params, context, watched)
    jobs: list[Job] = []
    if params["mode"] == APPLY and not context.check_mode:
        narrator = ProgressReporter(context.tell, context.clock) if context.tell is not None and params["progress"] else None
        jobs = apply(watched, tenant, policy, context.clock, max_parallel, narrator)
        told += [warning for job in jobs for warning in job.outcome.warnings]
        told += narrator.warnings if narrator is not None else []
    result = _result(params, context, watched, jobs, now)
    result["warnings"] = list(dict.fromkeys([*_warnings(watched, params), *told]))
    _raise_for(result)
    return result


def _tell_decisions(params: Mapping[str, Any], context: Context, watched: Sequence[Watched]) -> list[str]:
    """Show a line per connection, and return a warning where that went wrong."""
    if context.tell is None or not params["progress"]:
        return []
    values = {str(one.cloud_vpn_name): one.values() for one in watched}
    signs = BLOCKS if _can_show(BLOCKS) else ASCII
    return show(context.tell, "the decisions", lambda: connection_lines([one.to_result() for one in watched], values, signs))


def _can_show(signs: str) -> bool:
    """Return whether the terminal takes these signs. A worker of Ansible has no stdout that would know, so the locale tells."""
    try:
        signs.encode(locale.getpreferredencoding(False))
    except (UnicodeError, LookupError):
        return False
    return True


def _result(
    params: Mapping[str, Any], context: Context, watched: Sequence[Watched], jobs: Sequence[Job], now: float
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "changed": any(job.outcome.actions for job in jobs),
        "connections": [one.to_result() for one in watched],
        "diff": _diff([one for one in watched if (may_apply(one) if context.check_mode else one.applied)]),
        "decided_at": iso_utc(now),
        "progress_shown": bool(context.tell is not None and params["progress"]),
    }
    if params["traffic"]:
        result["traffic"] = [entry for one in watched for entry in one.traffic()]
        result["history"] = [entry for one in watched for entry in _bandwidth_history(one)]
    return result


def _bandwidth_history(one: Watched) -> list[dict[str, Any]]:
    """Return since when the bandwidth is known to be what it was read as; the server remembers no earlier ones."""
    if one.bandwidth is None or one.policy is None or not one.series:
        return []
    since = one.history.last_change
    target = one.decided["target"] if one.decided is not None else one.bandwidth
    costs = {"before": one.policy.cost_per_hour(one.bandwidth), "target": one.policy.cost_per_hour(target)}
    return [
        {
            "service_id": one.service_id,
            "cloud_vpn_name": one.cloud_vpn_name,
            "time": iso_utc(since) if since is not None else iso_utc(one.period[0]),
            "bandwidth": one.bandwidth,
            "traffic_unit": one.policy.traffic_unit,
            "cost": None if None in costs.values() else costs,
        }
    ]


def _diff(changing: Sequence[Watched]) -> dict[str, Any]:
    """Return the bandwidths of connections before and after."""
    return {
        "before": {one.label(): {"Bandwidth": one.bandwidth} for one in changing},
        "after": {one.label(): {"Bandwidth": one.decided["target"]} for one in changing if one.decided is not None},
    }


def _warnings(watched: Sequence[Watched], params: Mapping[str, Any]) -> list[str]:
    decided = [one for one in watched if one.decided is not None]
    no_unit = [one for one in decided if one.policy is not None and one.policy.traffic_unit is None]
    no_operations = [one for one in decided if not one.history.readable]
    found = [unit_warning([one.label() for one in no_unit])] if no_unit else []
    found += [operations_warning([one.label() for one in no_operations])] if no_operations else []
    found += [direction_warning(one.label(), one.unread[0].message) for one in decided if one.unread]
    if not watched and params["connections"] is None:
        found.append("no declared service has a connection with bandwidth_min and bandwidth_max: there is nothing to decide")
    return found


def _raise_for(result: dict[str, Any]) -> None:
    entries: Sequence[Mapping[str, Any]] = result["connections"]
    failed = [entry for entry in entries if entry["error"] is not None]
    if not failed:
        return
    if len(failed) > 1 and len({entry["error"] for entry in failed}) == 1:
        labels = "; ".join(connection_label(entry) for entry in failed)
        reasons = f"{failed[0]['error']} ({labels})"
    else:
        reasons = "; ".join(f"{connection_label(entry)}: {entry['error']}" for entry in failed)
    failure = FailedError(f"{len(failed)} of {len(entries)} connections failed: {reasons}")
    failure.result = result
    raise failure
