# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of a playbook hands to later jobs: the results of its tenants in a few variables. Pure.

A result is what the task of a playbook registered for a tenant: that of `ies_services`, `ies_elastic`, `elastic_replay`, or
another one that counts by itself (`counts`). A failed one may be cut short, and one that never came is None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .bandwidth_target import HOLD, LOWER, RAISE
from .plan import KINDS, UNCHANGED, UPDATE

# What a tenant is: of a playbook that does something, and of one that looks for drift.
OK = "ok"
CLEAN = "clean"
DRIFT = "drift"
ERROR = "error"
# The worst first: a run is what the worst of its tenants is.
_BY_SEVERITY = (ERROR, DRIFT, CLEAN, OK)

FAILED = "failed"
# These are always there, so that a later job can ask for them whatever became of this one.
_COUNTS = (*KINDS, FAILED, "tenants", "failed_tenants")

Result = Mapping[str, Any]


def status_of(result: Result | None) -> str:
    """Return what a result is in one word."""
    if result is None or result.get("unreachable"):
        return ERROR
    told = result.get("status")
    if told in (CLEAN, DRIFT, ERROR):
        return str(told)
    return ERROR if result.get("failed") else OK


def worst(statuses: Iterable[str]) -> str:
    """Return the worst of the words of `status_of`; that of no tenant at all is an error."""
    found = set(statuses)
    return next((status for status in _BY_SEVERITY if status in found), ERROR)


def outcome_variables(results: Mapping[str, Result | None]) -> dict[str, Any]:
    """Return the variables for later jobs, from the results by tenant.

    `cloudvpn_changed`, `cloudvpn_status`, `cloudvpn_counts`, and where a plan has been made `cloudvpn_plan_fingerprint`: that
    of the only tenant, or one per tenant. A failed tenant hands over none, for nobody shall approve what is not whole.
    """
    statuses = {tenant: status_of(result) for tenant, result in results.items()}
    counts = dict.fromkeys(_COUNTS, 0)
    for result in results.values():
        for name, number in _counts_of(result or {}).items():
            counts[name] = counts.get(name, 0) + number
    counts["tenants"] = len(results)
    counts["failed_tenants"] = sum(1 for status in statuses.values() if status == ERROR)
    variables: dict[str, Any] = {
        "cloudvpn_changed": any(bool(result.get("changed")) for result in results.values() if result is not None),
        "cloudvpn_status": worst(statuses.values()),
        "cloudvpn_counts": counts,
    }
    fingerprints = {
        tenant: str(result["fingerprint"])
        for tenant, result in results.items()
        if result is not None and result.get("fingerprint") and statuses[tenant] != ERROR
    }
    if fingerprints:
        alone = len(results) == 1
        variables["cloudvpn_plan_fingerprint"] = next(iter(fingerprints.values())) if alone else fingerprints
    return variables


def _counts_of(result: Result) -> dict[str, int]:
    if isinstance(result.get("counts"), Mapping):
        return {str(name): int(number) for name, number in result["counts"].items()}
    if "connections" in result:
        return _counts_of_connections(result["connections"])
    counts = {kind: len(items) for kind, items in (result.get("plan") or {}).items() if kind in KINDS}
    services = result.get("services")
    if isinstance(services, int):
        # So many were exported, or validated.
        counts["services"] = services
    else:
        counts[FAILED] = sum(1 for entry in services or () if entry.get("error"))
    if "errors" in result:
        counts[FAILED] = len(result["errors"])
    if "drift" in result:
        counts["drift"] = len(result["drift"])
    if "replay" in result:
        counts["policies"] = len(result["replay"])
    return counts


def _counts_of_connections(connections: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many connections were decided in which way; one that is to change counts as an update."""
    decisions = [entry.get("decision") for entry in connections if not entry.get("error")]
    counts = {decision: decisions.count(decision) for decision in (RAISE, LOWER, HOLD)}
    return {
        **counts,
        UPDATE: counts[RAISE] + counts[LOWER],
        UNCHANGED: counts[HOLD],
        "applied": sum(1 for entry in connections if entry.get("applied")),
        FAILED: len(connections) - len(decisions),
    }
