# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queries of the dashboard and alerts, evaluated by promtool on a sample that the code wrote; `make matrix` runs these."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.observability.sample import LAST_RUN, RULES, filled, panels, samples, text

PROMTOOL = shutil.which("promtool")
pytestmark = pytest.mark.skipif(PROMTOOL is None, reason="promtool was not found; Debian has it in the package prometheus")

ASKED_AT = LAST_RUN + 1800


def _labels(tenant: str, connection: str) -> str:
    named = {
        "tenant": tenant,
        "service": f"service of {connection}",
        "service_id": f"id-{connection}",
        "connection": connection,
    }
    return "{" + ", ".join(f'{label}="{value}"' for label, value in named.items()) + "}"


_A, _FULL, _B = _labels("north", "vpn-a"), _labels("north", "vpn-full"), _labels("south", "vpn-b")


def _by_connection(metric: str, a: float, full: float, b: float) -> dict[str, float]:
    return {f"{metric}{_A}": a, f"{metric}{_FULL}": full, f"{metric}{_B}": b}


# What each query of each panel returns half an hour after the last run, all tenants and connections chosen.
RESULTS: dict[str, list[dict[str, float]]] = {
    "Connections watched": [{"{}": 4}],
    "Connections with an error": [{"{}": 1}],
    "Full lines": [{"{}": 1}],
    "Tenants whose last run failed": [{"{}": 1}],
    "Oldest last run": [{"{}": 1800}],
    "Bandwidth and demand": [
        _by_connection("cloudopera_ies_bandwidth", 80000, 100000, 60000),
        _by_connection("cloudopera_ies_bandwidth_target", 80000, 100000, 40000),
        _by_connection("cloudopera_ies_demand", 57000, 99000, 15000),
    ],
    "Utilisation": [_by_connection("cloudopera_ies_utilisation_percent", 95, 99, 25)],
    "Decisions": [{'{decision="raise"}': 1, '{decision="hold"}': 1, '{decision="lower"}': 1}],
    "Changes in a day": [
        {
            '{tenant="north", connection="vpn-a"}': 1,
            '{tenant="north", connection="vpn-full"}': 0,
            '{tenant="south", connection="vpn-b"}': 0,
        }
    ],
    "Asked for and not there": [_by_connection("", 0, 0, -20000)],
}

# Alert -> minutes after the begin -> whose it is.
ALERTS: dict[str, dict[int, list[dict[str, str]]]] = {
    "CloudVpnElasticStopped": {90: [], 125: [{"tenant": "north"}, {"tenant": "south"}]},
    "CloudVpnElasticFailed": {10: [], 40: [{"tenant": "south"}]},
    "CloudVpnLineFull": {30: [], 70: [{"tenant": "north", "connection": "vpn-full"}]},
}


def series() -> list[dict[str, str]]:
    """Return the sample as promtool wants it: a value a minute, an hour of the first text and two of the second."""
    before, after = samples(text(applied=False)), samples(text(applied=True))
    return [
        {"series": name, "values": f"{before.get(name, '_')}x59 {after.get(name, '_')}x120"}
        for name in sorted({*before, *after})
    ]


def run_promtool(folder: Path, **tests: Any) -> str:
    """Run one test of promtool, and return what it complains of."""
    whole = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": series(), **tests}],
    }
    path = folder / "test.yml"
    path.write_text(yaml.safe_dump(whole), encoding="utf-8")
    ended = subprocess.run([PROMTOOL or "", "test", "rules", path], capture_output=True, text=True, check=False)
    return "" if ended.returncode == 0 else ended.stdout + ended.stderr


def _expected(results: dict[str, float]) -> list[dict[str, Any]]:
    return [{"labels": labels, "value": value} for labels, value in results.items()]


@pytest.mark.parametrize("title", panels())
def test_a_panel_shows_what_the_sample_holds(tmp_path: Path, title: str) -> None:
    asked = [filled(query) for query in panels()[title]]
    tests = [
        {"expr": query, "eval_time": f"{ASKED_AT}s", "exp_samples": _expected(results)}
        for query, results in zip(asked, RESULTS[title], strict=True)
    ]
    assert run_promtool(tmp_path, promql_expr_test=tests) == ""


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_comes_when_it_has_to(tmp_path: Path, alert: str) -> None:
    known = {rule["alert"]: rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]}
    assert set(known) == set(ALERTS)
    for minutes, due in ALERTS[alert].items():
        ended = run_promtool(
            tmp_path,
            alert_rule_test=[{"eval_time": f"{minutes}m", "alertname": alert, "exp_alerts": _alerts(known[alert], due)}],
        )
        assert ended == "", (minutes, ended)


def _alerts(rule: dict[str, Any], due: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Return alerts as promtool expects them, with all their labels and with their summaries filled in."""
    every = {}
    for one in due:
        connection = one.get("connection")
        named = {"service": f"service of {connection}", "service_id": f"id-{connection}"} if connection else {}
        every[json.dumps(one)] = {**one, **named}
    return [
        {
            "exp_labels": {**rule["labels"], **labels},
            "exp_annotations": {name: _filled(told, labels) for name, told in rule["annotations"].items()},
        }
        for labels in every.values()
    ]


def _filled(told: str, labels: dict[str, str]) -> str:
    for label, value in labels.items():
        told = told.replace(f"{{{{ $labels.{label} }}}}", value)
    return told


def test_promtool_finds_a_wrong_value(tmp_path: Path) -> None:
    wrong = [
        {"expr": "sum(cloudopera_ies_elastic_errors)", "eval_time": "5400s", "exp_samples": [{"labels": "{}", "value": 9}]}
    ]
    assert "exp" in run_promtool(tmp_path, promql_expr_test=wrong)
