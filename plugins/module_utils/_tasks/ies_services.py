# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Task body of `ies_services`: converge a tenant's declared services, all together (public interface, section 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._domain.declaration import Declaration, check_distinct, check_strings, read_declaration
from .._domain.fleet_plan import collect_plans
from .._domain.ownership import DEFAULT_CAP, UNDECLARED, check_wide, read_prune, with_wide
from .._domain.report import summary_lines
from .._errors import FailedError, IesError, NotFoundError
from .._run.fleet import Job, run_fleet
from .._run.progress import ProgressReporter, show
from .._run.prune import Prune
from .._run.steps import RunOptions
from .._run.tenant import Tenant
from .._text import shown, unforeseen
from .._wire.client import IesClient
from . import _approval
from ._approval import APPLY, PLAN, Approval
from ._context import Context
from ._options import IES_OPTIONS, read_max_parallel, read_poll_options, wait_options
from .ies_service import DECLARATION_OPTIONS

OPTIONS: dict[str, dict[str, Any]] = {
    "services": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": DECLARATION_OPTIONS,
        "required_one_of": [("name", "service_id")],
    },
    "max_parallel": {"type": "int", "default": 16},
    "progress": {"type": "bool", "default": True},
    "missing_ok": {"type": "bool", "default": True},
    "owner": {"type": "str"},
    "take_over": {"type": "bool", "default": False},
    "prune": {"type": "bool", "default": False},
    "prune_max": {"type": "str", "default": DEFAULT_CAP},
    "allow_empty": {"type": "bool", "default": False},
    "deactivate": {"type": "bool", "default": False},
    # Both are the action plugin's, which takes them out before the task goes anywhere.
    "report": {"type": "path"},
    "ies": {"type": "dict", "options": IES_OPTIONS},
    **_approval.OPTIONS,
    **wait_options(default=True),
}
CONSTRAINTS: dict[str, Any] = {}


def check_given(given: Mapping[str, Any]) -> None:
    """Check the options as the user gave them, before Ansible makes strings of them; raises InvalidError."""
    services = given.get("services")
    for index, item in enumerate(services if isinstance(services, (list, tuple)) else ()):
        if isinstance(item, Mapping):
            name = next((item[option] for option in ("name", "service_id") if isinstance(item.get(option), str)), None)
            check_strings(item, f"services[{index}]{f' ({shown(name, 80)})' if name else ''}: ")


def run(params: Mapping[str, Any], client: IesClient, context: Context) -> dict[str, Any]:
    """Converge the services and return plan and results; raises FailedError with both when one could not be converged."""
    approval = Approval(params, client.connection.api_url, context.clock)
    foreseen = context.check_mode or approval.mode == PLAN
    options = RunOptions(foreseen, params["wait"], read_poll_options(params), as_planned=approval.mode == APPLY)
    max_parallel = read_max_parallel(params)
    declared: Sequence[Mapping[str, Any]] = params["services"]
    check_distinct(declared)
    check_wide(params)
    wanted = read_prune(params, declared)
    readable, refused = _read(declared, params)
    unreadable = {_name_of(declared[index]): error.message for index, error in refused.items()}
    reporter = _reporter(params, context, unreadable)
    tenant = Tenant(client)
    prune = Prune(wanted, declared, tenant, max_parallel, bool(refused)) if wanted is not None else None
    gate = approval.gate(unreadable, context)
    jobs: list[Job] = []
    if readable or prune is not None or gate is not None:
        jobs = run_fleet(list(readable.values()), tenant, options, context.clock, max_parallel, reporter, gate, prune)
    # Those that are pruned come after those that are declared.
    result = _result(params, dict(zip(readable, jobs)), refused, jobs[len(readable) :])
    result["progress_shown"] = bool(context.tell is not None and params["progress"])
    if prune is not None:
        result["undeclared"] = [{"name": service.name, "service_id": service.service_id} for service in prune.undeclared]
        result["warnings"] += prune.left(jobs)
    gained = approval.result(jobs, result)
    result["warnings"] += gained.pop("warnings", [])
    result.update(gained)
    if reporter is not None and context.tell is not None and not foreseen:
        reporter.warnings += show(context.tell, "the summary", lambda: summary_lines(result["services"]))
    result["warnings"] += reporter.warnings if reporter is not None else []
    return _unless_failed(result)


def _read(
    declared: Sequence[Mapping[str, Any]], params: Mapping[str, Any]
) -> tuple[dict[int, Declaration], dict[int, IesError]]:
    """Return the declarations that can be read, and why the others cannot, both by their place."""
    readable: dict[int, Declaration] = {}
    refused: dict[int, IesError] = {}
    for index, item in enumerate(declared):
        try:
            readable[index] = read_declaration(with_wide(item, params))
        except IesError as error:
            refused[index] = error
        except Exception as error:
            refused[index] = FailedError(unforeseen("it could not be read", error))
    return readable, refused


def _result(
    params: Mapping[str, Any], jobs: Mapping[int, Job], refused: Mapping[int, IesError], pruned: Sequence[Job]
) -> dict[str, Any]:
    """Return what became of each declared service, by its place, and then of each that was pruned."""
    declared: Sequence[Mapping[str, Any]] = params["services"]
    entries = [
        _entry(item, jobs.get(index), refused.get(index) or (jobs[index].error if index in jobs else None))
        for index, item in enumerate(declared)
    ]
    missing = _missing(entries, declared, params["missing_ok"])
    entries += [_pruned_entry(job) for job in pruned]
    every = [*jobs.values(), *pruned]
    return {
        "changed": any(entry["changed"] for entry in entries),
        "plan": _plan_of(every),
        "services": entries,
        "missing": missing,
        "diff": _diff_of(every),
        "warnings": list(dict.fromkeys(warning for job in every for warning in job.outcome.warnings)),
    }


def _unless_failed(result: dict[str, Any]) -> dict[str, Any]:
    """Return the result; raises FailedError with it that names each service that failed, with its reason."""
    failed = [entry for entry in result["services"] if entry["error"] is not None]
    if not failed:
        return result
    reasons = "; ".join(f"{entry['name']}: {entry['error']}" for entry in failed)
    failure = FailedError(f"{len(failed)} of {len(result['services'])} services failed: {reasons}")
    failure.result = result
    raise failure


def _reporter(params: Mapping[str, Any], context: Context, refused: Mapping[str, str]) -> ProgressReporter | None:
    if context.tell is None or not params["progress"]:
        return None
    return ProgressReporter(context.tell, context.clock, refused)


def _name_of(item: Mapping[str, Any]) -> str:
    return str(item.get("name") or item.get("service_id"))


def _entry(item: Mapping[str, Any], job: Job | None, error: IesError | None) -> dict[str, Any]:
    outcome = job.outcome if job is not None else None
    service = outcome.service if outcome is not None else None
    shown = service.to_result() if service is not None else None
    if error is not None:
        shown = error.result.get("service") or shown
    name = item.get("name") or (service.name if service is not None else None) or item.get("service_id")
    diff = error.result.get("diff", {}) if error is not None else {}
    return {
        "name": name,
        "changed": bool(outcome and outcome.actions),
        "actions": outcome.actions if outcome is not None else [],
        "service": shown,
        "operation_id": outcome.operation_id if outcome is not None else None,
        "error": error.message if error is not None else None,
        "error_kind": error.kind if error is not None else None,
        **({"diff": diff} if any(diff.values()) else {}),
    }


def _pruned_entry(job: Job) -> dict[str, Any]:
    """Return the entry of a service that is pruned: nobody declares it, so its name comes from the server."""
    item = {"name": job.declaration.name, "service_id": job.declaration.service_id}
    return {**_entry(item, job, job.error), "reason": UNDECLARED}


def _missing(entries: Sequence[dict[str, Any]], declared: Sequence[Mapping[str, Any]], missing_ok: bool) -> list[str]:
    """Return the names of what shall be absent and was not there to begin with; unless `missing_ok`, that is an error."""
    names = []
    for entry, item in zip(entries, declared):
        if item["state"] == "absent" and entry["error"] is None and entry["service"] is None and not entry["actions"]:
            names.append(str(entry["name"]))
            if not missing_ok:
                entry["error"], entry["error_kind"] = f"there is no service {entry['name']!r}", NotFoundError.kind
    return names


def _plan_of(jobs: Sequence[Job]) -> dict[str, list[dict[str, Any]]]:
    plans = ((job.declaration, job.outcome.plan) for job in jobs)
    return collect_plans((declaration, plan) for declaration, plan in plans if plan is not None)


def _diff_of(jobs: Sequence[Job]) -> dict[str, Any]:
    """Return one diff of all that changes, by the names of the services."""
    sides: dict[str, Any] = {"before": {}, "after": {}}
    for job in jobs:
        plan = job.outcome.plan
        if plan is not None and plan.changed:
            label = str(job.declaration.name or job.declaration.service_id)
            sides["before"][label], sides["after"][label] = plan.before, plan.after
    return sides
