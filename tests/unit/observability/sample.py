# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sample of the metrics of two tenants, by the code that writes them, and the queries of the dashboard and of the alerts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.cloudopera.ies.plugins.plugin_utils._metrics import prometheus_text
from tests.unit.module_utils.support import ELASTIC_ENTRY, ELASTIC_FAILED

FOLDER = Path(__file__).resolve().parents[3] / "extensions" / "observability"
DASHBOARD: Mapping[str, Any] = json.loads((FOLDER / "grafana_dashboard.json").read_text(encoding="utf-8"))
RULES = FOLDER / "prometheus_rules.yml"

# In seconds: the runs of the first hour recommend, the last one at its end applies. Then nothing runs any more.
LAST_RUN = 3600

_SAMPLE = re.compile(r"^([a-z_]+)(\{.*\}) (\S+)$", re.MULTILINE)
_LABEL = re.compile(r'([a-z_]+)="')


def _entry(connection: str, before: int, target: int, decision: str, demand: float, **more: Any) -> dict[str, Any]:
    named = {"name": f"service of {connection}", "service_id": f"id-{connection}", "cloud_vpn_name": connection}
    decided = {"before": before, "target": target, "decision": decision, "demand": demand, "clipped": False}
    return {**ELASTIC_ENTRY, **named, **decided, "utilisation": 100 * demand / before, **more}


def text(*, applied: bool) -> str:
    """Return what the node exporters of both tenants read: before the change, or after it."""
    now = LAST_RUN if applied else 0
    north = [
        _entry("vpn-a", 60000, 80000, "raise", 57000, applied=applied),
        _entry("vpn-full", 100000, 100000, "hold", 99000, clipped=True),
    ]
    south = [_entry("vpn-b", 60000, 40000, "lower", 15000), ELASTIC_FAILED]
    return prometheus_text({"connections": north}, "north", now) + prometheus_text(
        {"connections": south, "failed": True}, "south", now
    )


def samples(exposition: str) -> dict[str, str]:
    """Return the value of each series of a text in the format of Prometheus."""
    return {name + labels: value for name, labels, value in _SAMPLE.findall(exposition)}


def labels_of_metrics() -> dict[str, set[str]]:
    """Return the labels that each metric of the sample has."""
    return {name: set(_LABEL.findall(labels)) for name, labels, _value in _SAMPLE.findall(text(applied=True))}


def filled(query: str) -> str:
    """Return a query as Grafana sends it when all tenants and connections are chosen."""
    return re.sub(r"\$(tenant|connection)\b", ".*", query)


def panels() -> dict[str, list[str]]:
    """Return the queries of each panel, by its title."""
    return {panel["title"]: [target["expr"] for target in panel["targets"]] for panel in DASHBOARD["panels"]}


def queries() -> Iterator[str]:
    """Yield every query: of panels, of variables, of alerts."""
    for expressions in panels().values():
        yield from expressions
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]
