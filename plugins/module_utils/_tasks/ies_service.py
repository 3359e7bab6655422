# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Task body of `ies_service`: make one service present or absent (public interface, section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._domain.declaration import check_strings, name_service, read_declaration, suggestion
from .._domain.fields import CONNECTION_LISTS
from .._domain.plan import UNCHANGED
from .._errors import IesError
from .._run.fleet import run_fleet
from .._run.progress import WaitReporter
from .._run.steps import RunOptions
from .._run.tenant import Tenant
from .._wire.client import IesClient
from ._context import Context
from ._options import read_poll_options, wait_options

DECLARATION_OPTIONS: dict[str, dict[str, Any]] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "name": {"type": "str"},
    "service_id": {"type": "str"},
    "description": {"type": "str"},
    "service_definition": {"type": "str"},
    "template": {"type": "str"},
    "parameters": {"type": "dict"},
    **{entry.option: {"type": "list", "elements": "dict", "options": entry.options()} for entry in CONNECTION_LISTS},
    "bandwidth": {"type": "int"},
    "bandwidth_min": {"type": "int"},
    "bandwidth_max": {"type": "int"},
    "cloud_vpn_name": {"type": "str"},
    "on_failure": {"type": "str", "default": "rollback"},
    "on_immutable_change": {"type": "str", "choices": ["fail", "update", "recreate"], "default": "fail"},
    "replace_failed": {"type": "bool", "default": True},
    "deactivate": {"type": "bool", "default": False},
    "owner": {"type": "str"},
    "protected": {"type": "bool"},
    "take_over": {"type": "bool"},
    "managed": {"type": "bool", "default": True},
    "on_removal": {"type": "str", "choices": ["keep", "delete"]},
    "update_items": {"type": "str", "choices": ["full", "minimal"], "default": "full"},
    "update_with_definition": {"type": "bool", "default": False},
}
OPTIONS = {**DECLARATION_OPTIONS, "progress": {"type": "bool", "default": True}, **wait_options(default=True)}
CONSTRAINTS: dict[str, Any] = {"required_one_of": [("name", "service_id")]}


def check_given(given: Mapping[str, Any]) -> None:
    """Check the options as the user gave them, before Ansible makes strings of them; raises InvalidError."""
    check_strings(given)


def run(params: Mapping[str, Any], client: IesClient, context: Context) -> dict[str, Any]:
    """Converge the service and return the result; raises IesError."""
    try:
        declaration = read_declaration(params)
    except IesError as error:
        name_service(error, params)
        raise
    options = RunOptions(check_mode=context.check_mode, wait=params["wait"], poll=read_poll_options(params))
    reporter = _reporter(params, context)
    tenant = Tenant(client)
    job = run_fleet([declaration], tenant, options, context.clock, progress=reporter)[0]
    told = reporter.warnings if reporter is not None else []
    if job.error is not None:
        job.error.result["warnings"] = [*job.error.result.get("warnings", ()), *told]
        raise job.error
    result = job.outcome.to_result()
    plan = job.outcome.plan
    if not declaration.present and plan is not None and plan.kind == UNCHANGED and plan.current is None:
        similar = suggestion(declaration.name, tenant.names()) if declaration.service_id is None else None
        result["msg"] = f"{declaration.label()} was not there" + (f"; {similar}" if similar else "")
    return {**result, "warnings": [*result["warnings"], *told]}


def _reporter(params: Mapping[str, Any], context: Context) -> WaitReporter | None:
    if context.tell is None or not params["progress"]:
        return None
    return WaitReporter(context.tell, context.clock, str(params["name"] or params["service_id"]))
