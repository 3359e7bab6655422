# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decisions about bandwidth as a Prometheus text file, for the textfile collector of a node exporter. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..module_utils._domain.bandwidth_target import HOLD, LOWER, RAISE

_DECISIONS = (RAISE, LOWER, HOLD)

_Value = Callable[[Mapping[str, Any]], Any]

# Name, help, and where the value is in an entry of the result; a value of None gives no sample.
_OF_CONNECTIONS: tuple[tuple[str, str, _Value], ...] = (
    (
        "cloudopera_ies_bandwidth",
        "Bandwidth of the connection after the run, in units of the IES.",
        lambda entry: entry["target"] if entry["applied"] else entry["before"],
    ),
    (
        "cloudopera_ies_bandwidth_target",
        "Bandwidth that the policy asks for, in units of the IES.",
        lambda entry: entry["target"],
    ),
    ("cloudopera_ies_demand", "Demand that the decision was taken on, in units of Bandwidth.", lambda entry: entry["demand"]),
    ("cloudopera_ies_utilisation_percent", "Demand in percent of the bandwidth.", lambda entry: entry["utilisation"]),
    (
        "cloudopera_ies_clipped",
        "Whether the connection was full, so that its demand is only a lower bound.",
        lambda entry: int(bool(entry["clipped"])),
    ),
)


def prometheus_text(result: Mapping[str, Any], tenant: str, now: float) -> str:
    """Return the metrics of a run. `now` is its end, in epoch seconds.

    A connection that could not be decided has no metrics of its own: it counts among the errors.
    """
    entries = [entry for entry in result.get("connections", ()) if entry["decision"] is not None]
    failed = sum(1 for entry in result.get("connections", ()) if entry["error"] is not None)
    lines: list[str] = []
    for name, told, value in _OF_CONNECTIONS:
        lines += _family(name, told, _samples(entries, tenant, value))
    lines += _family("cloudopera_ies_decision", "The decision is 1, the other ones are 0.", _decisions(entries, tenant))
    of_tenant = {"tenant": tenant}
    lines += _family(
        "cloudopera_ies_elastic_connections", "Connections of the last run.", [(of_tenant, len(result.get("connections", ())))]
    )
    lines += _family(
        "cloudopera_ies_elastic_errors", "Connections of the last run that something was wrong with.", [(of_tenant, failed)]
    )
    lines += _family(
        "cloudopera_ies_elastic_failed", "Whether the last run failed.", [(of_tenant, int(bool(result.get("failed"))))]
    )
    lines += _family(
        "cloudopera_ies_elastic_last_run_timestamp_seconds", "End of the last run, in epoch seconds.", [(of_tenant, now)]
    )
    return "".join(f"{line}\n" for line in lines)


def _labels_of(entry: Mapping[str, Any], tenant: str) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "service": entry["name"],
        "service_id": entry["service_id"],
        "connection": entry["cloud_vpn_name"],
    }


def _samples(entries: Sequence[Mapping[str, Any]], tenant: str, value: _Value) -> list[tuple[dict[str, Any], Any]]:
    found = ((_labels_of(entry, tenant), value(entry)) for entry in entries)
    return [(labels, number) for labels, number in found if number is not None]


def _decisions(entries: Sequence[Mapping[str, Any]], tenant: str) -> list[tuple[dict[str, Any], Any]]:
    return [
        ({**_labels_of(entry, tenant), "decision": decision}, int(entry["decision"] == decision))
        for entry in entries
        for decision in _DECISIONS
    ]


def _family(name: str, told: str, samples: Sequence[tuple[Mapping[str, Any], Any]]) -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"{name}{{{inside}}} {value}"


def _escaped(text: Any) -> str:
    plain = "" if text is None else str(text)
    return plain.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", " ")
