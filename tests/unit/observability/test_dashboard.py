# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dashboard and the alerts ask for what the metrics have; tests/observability evaluates them."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.documentation.blocks import REPOSITORY
from tests.unit.observability.sample import DASHBOARD, RULES, labels_of_metrics, panels, queries

_METRIC = re.compile(r"\bcloudopera_ies_[a-z_]+")
_MATCHED = re.compile(r'([a-z_]+) *(?:=~|!~|!=|=) *"')
_GROUPED = re.compile(r"\b(?:by|without|on|ignoring) \(([^)]*)\)")
_OF_LABEL_VALUES = re.compile(r"^label_values\((.*), *([a-z_]+)\)$")
_OF_LEGEND = re.compile(r"\{\{ *(?:\$labels\.)?([a-z_]+) *\}\}")


def unknown(query: str) -> list[str]:
    """Return the metrics and labels of a query that the sample does not have."""
    known = labels_of_metrics()
    metrics = _METRIC.findall(query)
    labels = _MATCHED.findall(query)
    labels += [label.strip() for group in _GROUPED.findall(query) for label in group.split(",")]
    labels += [found[2]] if (found := _OF_LABEL_VALUES.match(query)) else []
    wrong = [metric for metric in metrics if metric not in known]
    return wrong + [label for label in labels if any(label not in known[metric] for metric in metrics if metric in known)]


@pytest.mark.parametrize("query", list(queries()))
def test_a_query_asks_for_metrics_and_labels_that_are_written(query: str) -> None:
    assert _METRIC.search(query)
    assert unknown(query) == []


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("cloudopera_ies_nothing", ["cloudopera_ies_nothing"]),
        ('cloudopera_ies_demand{tenannt=~"$tenant"}', ["tenannt"]),
        ("sum by (decision) (cloudopera_ies_demand)", ["decision"]),
        ("label_values(cloudopera_ies_elastic_errors, connection)", ["connection"]),
    ],
)
def test_a_wrong_query_is_found(query: str, wrong: list[str]) -> None:
    assert unknown(query) == wrong


def test_every_metric_is_asked_for() -> None:
    assert set(labels_of_metrics()) == {metric for query in queries() for metric in _METRIC.findall(query)}


def test_legends_and_summaries_name_labels_that_are_there() -> None:
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            (first, *_rest) = _METRIC.findall(target["expr"])
            assert set(_OF_LEGEND.findall(target["legendFormat"])) <= labels_of_metrics()[first], panel["title"]
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]:
        for rule in group["rules"]:
            (first, *_rest) = _METRIC.findall(rule["expr"])
            assert set(_OF_LEGEND.findall(rule["annotations"]["summary"])) <= labels_of_metrics()[first], rule["alert"]


def test_the_dashboard_is_complete() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids) == len(panels())
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        for asked in (panel, *panel["targets"]):
            assert asked["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    places = [
        (column, row)
        for place in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for column in range(place["x"], place["x"] + place["w"])
        for row in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(places)) == len(places), "panels lie over each other"


def test_the_page_names_the_alerts() -> None:
    page = (REPOSITORY / "docs" / "observability.md").read_text(encoding="utf-8")
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]:
        for rule in group["rules"]:
            assert f"`{rule['alert']}`" in page
