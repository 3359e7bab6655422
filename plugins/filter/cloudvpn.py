# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters on declared CloudVPN services: plan them, and show a plan. They call the same functions as the modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._domain.fleet_plan import plan_fleet
from ..module_utils._domain.report import count_unplanned, markdown_report, plan_lines, summary_lines
from ..module_utils._errors import IesError
from ..module_utils._text import for_people


def cloudvpn_plan(
    declared: Sequence[Mapping[str, Any]],
    services: Sequence[Mapping[str, Any]],
    service_definitions: Sequence[Mapping[str, Any]] = (),
    wait: bool = True,
    owner: str | None = None,
    take_over: bool = False,
) -> dict[str, list[dict[str, Any]]]:
    """Plan declared services against what was read; see the documentation of the filter."""
    with _reading("cloudvpn_plan", "declared, services or service_definitions is not what the modules take and return"):
        return plan_fleet(declared, services, service_definitions, wait, {"owner": owner, "take_over": take_over})


def cloudvpn_plan_text(plan: Mapping[str, Sequence[Mapping[str, Any]]], result: Mapping[str, Any] | None = None) -> list[str]:
    """Show a plan as lines; see the documentation of the filter."""
    with _reading("cloudvpn_plan_text", "plan or result is not one as cloudvpn_plan and cloudvpn_result are"):
        return plan_lines(plan, count_unplanned(plan, result["services"]) if result is not None else 0)


def cloudvpn_summary(result: Mapping[str, Any]) -> list[str]:
    """Show a result as the lines of a table; see the documentation of the filter."""
    with _reading("cloudvpn_summary", "result is not one as cloudvpn_result is"):
        return summary_lines(result["services"])


def cloudvpn_report(
    plan: Mapping[str, Sequence[Mapping[str, Any]]],
    result: Mapping[str, Any] | None = None,
    foreseen: bool = False,
    tenant: str | None = None,
    server: str | None = None,
    time: str | None = None,
) -> str:
    """Write a plan, and what came of it, as a Markdown page; see the documentation of the filter."""
    with _reading("cloudvpn_report", "plan or result is not one as cloudvpn_plan and cloudvpn_result are"):
        services = result["services"] if result is not None else None
        return markdown_report(plan, services, foreseen, tenant=tenant, server=server, time=time)


@contextmanager
def _reading(name: str, otherwise: str) -> Iterator[None]:
    """Turn what goes wrong with the values of a template into an error that names the filter and the value."""
    try:
        yield
    except IesError as error:
        raise AnsibleFilterError(for_people(f"{name}: {error.message}", ())) from None
    except Exception as error:
        told = f"{name}: {otherwise} ({type(error).__name__}: {error})"
        raise AnsibleFilterError(for_people(told, ())) from None


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {
            "cloudvpn_plan": cloudvpn_plan,
            "cloudvpn_plan_text": cloudvpn_plan_text,
            "cloudvpn_report": cloudvpn_report,
            "cloudvpn_summary": cloudvpn_summary,
        }
