# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ies_catalog_info: what can be ordered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.model import Definition, Template
from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import Runner
from tests.unit.modules.support import DEFINITION, SITE2SITE_DEFINITION, SITE2SITE_TEMPLATE, TEMPLATE, written

CATALOG = "/rest/catalog/v1/servicedefs"
SITE2DC = {
    "service_definition_id": DEFINITION,
    "name": "Site2DC",
    "description": "Site to data centre CloudVPN",
    "service_type": "CloudVPN",
    "domain": "CloudVPN",
    "status": "active",
    "version": "1.0",
    "templates": [
        {
            "template_id": TEMPLATE,
            "name": "Site2DC_template",
            "url": f"{CATALOG}/{DEFINITION}/templates/{TEMPLATE}",
        }
    ],
}


@pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check"])
def test_the_whole_catalogue(run: Runner, sim: SimulatorServer, check_mode: bool) -> None:
    result = run.ok("ies_catalog_info", check_mode=check_mode)
    assert result["changed"] is False
    site2dc, site2site = result["service_definitions"]
    assert site2dc == SITE2DC
    assert (site2site["name"], site2site["service_definition_id"]) == ("Site2Site", SITE2SITE_DEFINITION)
    assert site2site["templates"][0]["template_id"] == SITE2SITE_TEMPLATE
    assert sorted(entry.path for entry in sim.journal.entries) == sorted(
        [CATALOG, f"{CATALOG}/{DEFINITION}/details", f"{CATALOG}/{SITE2SITE_DEFINITION}/details"]
    )
    assert written(sim) == []


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"name": "Site2DC"}, ["Site2DC"]),
        ({"name": ["Site2Site", "Site2DC", "Other"]}, ["Site2DC", "Site2Site"]),
        ({"name": "site2dc"}, []),
        ({"service_definition_id": SITE2SITE_DEFINITION}, ["Site2Site"]),
        ({"service_definition_id": [DEFINITION, "unknown"]}, ["Site2DC"]),
        ({"name": "Site2DC", "service_definition_id": DEFINITION}, ["Site2DC"]),
        ({"name": "Site2DC", "service_definition_id": SITE2SITE_DEFINITION}, []),
    ],
)
def test_filters(run: Runner, sim: SimulatorServer, filters: dict[str, Any], names: list[str]) -> None:
    found = run.ok("ies_catalog_info", **filters)["service_definitions"]
    assert [definition["name"] for definition in found] == names
    assert len(sim.journal.entries) == 1 + len(names)


def test_without_details(run: Runner, sim: SimulatorServer) -> None:
    found = run.ok("ies_catalog_info", details=False)["service_definitions"]
    assert found[0] == {**SITE2DC, "templates": []}
    assert [entry.path for entry in sim.journal.entries] == [CATALOG]


def test_several_templates_and_none(run: Runner, sim: SimulatorServer) -> None:
    sim.state.add_definition(Definition("b" * 32, "Same", status="inactive", templates=[]))
    sim.state.add_definition(
        Definition("a" * 32, "Same", version="2", templates=[Template("1" * 32, "one"), Template("2" * 32, "two", url="/u")])
    )
    first, second = run.ok("ies_catalog_info", name="Same")["service_definitions"]
    assert (first["service_definition_id"], second["service_definition_id"]) == ("a" * 32, "b" * 32)
    assert [template["name"] for template in first["templates"]] == ["one", "two"]
    assert first["templates"][1]["url"] == "/u"
    assert (second["templates"], second["status"]) == ([], "inactive")


@pytest.mark.parametrize("empty", ["list", "404"])
def test_an_empty_catalogue(run: Runner, sim: SimulatorServer, empty: str) -> None:
    sim.options.update({"empty_definitions": empty})
    sim.state.load([], [])
    assert run.ok("ies_catalog_info")["service_definitions"] == []


@pytest.mark.parametrize(
    "options",
    [
        {"definition_list_shape": "servicedefs", "definition_id_key": "serviceDefId", "definition_shape": "data"},
        {"definition_list_shape": "serviceDefs", "definition_id_key": "service_definition_id", "definition_shape": "result"},
        {"definition_list_shape": "services", "definition_id_key": "id", "definition_shape": "servicedef"},
        {"definition_list_shape": "nested", "templates_shape": "templateList", "template_id_key": "templateId"},
        {"definition_list_shape": "bare", "template_id_key": "id"},
        {"details_path": "detail"},
        {"details_path": "detail", "details_missing_status": 405},
    ],
    ids=str,
)
def test_shapes_that_the_contract_leaves_open(run: Runner, sim: SimulatorServer, options: dict[str, Any]) -> None:
    sim.options.update(options)
    assert run.ok("ies_catalog_info", name="Site2DC")["service_definitions"] == [SITE2DC]


def test_a_single_template_without_a_list(run: Runner, sim: SimulatorServer) -> None:
    sim.options.update({"templates_shape": "single"})
    (definition,) = run.ok("ies_catalog_info", name="Site2DC")["service_definitions"]
    assert definition["templates"] == [{"template_id": TEMPLATE, "name": None, "url": None}]
