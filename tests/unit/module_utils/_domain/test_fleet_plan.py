# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans from data that was read before. That they equal those of the modules is proved in tests/unit/modules."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._api.mark import Mark
from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import ServiceDefinition
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.fleet_plan import KnownCatalogue, plan_fleet
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.plan import KINDS
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.report import plan_lines
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import (
    ConflictError,
    IesError,
    InvalidError,
    NotFoundError,
)
from tests.unit.module_utils.support import DEFINITION, NAME, SERVICE_ID, TEMPLATE, VPN, orderable, sample_service

DEFINITIONS = [
    {"service_definition_id": DEFINITION, "name": "Site2DC", "status": "active", "templates": [{"template_id": TEMPLATE}]}
]


def known(**changes: Any) -> dict[str, Any]:
    """Return the sample service as ies_service_info does."""
    return sample_service(**changes).to_result()


def kinds(plan: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    """Return the names in a plan, without the kinds that are empty."""
    return {kind: [entry["name"] for entry in entries] for kind, entries in plan.items() if entries}


def test_a_plan_has_every_kind() -> None:
    assert plan_fleet([], [], []) == {kind: [] for kind in KINDS}


def test_each_service_stands_under_what_becomes_of_it() -> None:
    declared = [
        orderable(name="new"),
        {"name": NAME, "bandwidth": 80000},
        {"service_id": "other", "state": "absent"},
        {"name": "nobody", "state": "absent"},
    ]
    plan = plan_fleet(declared, [known(), known(service_id="other", name="b")], DEFINITIONS)
    assert kinds(plan) == {"create": ["new"], "update": [NAME], "delete": ["b"], "unchanged": ["nobody"]}
    (update,) = plan["update"]
    assert update["service_id"] == SERVICE_ID
    assert update["before"]["connections"][VPN]["Bandwidth"] == "60000"
    assert update["after"]["connections"][VPN]["Bandwidth"] == "80000"


@pytest.mark.parametrize(
    ("item", "phrases"),
    [
        pytest.param({"state": "absent"}, ["neither name nor service_id"], id="nameless"),
        pytest.param({"name": "", "service_id": None}, ["neither name nor service_id"], id="empty"),
        pytest.param({"name": "site-7", "bandwidth": 0}, ["site-7: bandwidth is 0"], id="value"),
        pytest.param({"service_id": "id-7", "bandwidth": 0}, ["id-7: bandwidth is 0"], id="value-by-id"),
        pytest.param({"name": "site-7", "bandwith": 1}, ["site-7: unknown options bandwith"], id="misspelt"),
        pytest.param({"name": "site-7", "wait": True}, ["site-7: unknown options wait"], id="not-of-a-service"),
        pytest.param({"name": "site-7"}, ["service 'site-7' does not exist", "service_definition"], id="not-creatable"),
        pytest.param({"service_id": "id-7"}, ["service id-7 does not exist"], id="unknown-id"),
        pytest.param(orderable(name="site-7", service_definition="Other"), ["site-7: ", "'Other'"], id="unknown-definition"),
        pytest.param({"name": NAME, "template": "other"}, [NAME, "template"], id="immutable"),
    ],
)
def test_what_cannot_be_planned_is_named(item: dict[str, Any], phrases: list[str]) -> None:
    with pytest.raises(IesError) as caught:
        plan_fleet([{"name": "fine", "state": "absent"}, item], [known()], DEFINITIONS)
    for phrase in phrases:
        assert phrase in caught.value.message
    # Named, and not twice.
    assert caught.value.message.count(str(item.get("name") or item.get("service_id") or "neither")) == 1


def test_twice_the_same_is_refused() -> None:
    with pytest.raises(IesError, match="declared twice"):
        plan_fleet([{"name": "site-7"}, {"name": "site-7", "state": "absent"}], [], [])


def test_by_name_and_once_more_by_id_is_refused() -> None:
    with pytest.raises(IesError, match=f"service {SERVICE_ID} is the same as service '{NAME}'"):
        plan_fleet([{"name": NAME}, {"service_id": SERVICE_ID, "state": "absent"}], [known()], [])


@pytest.mark.parametrize(("wait", "fails"), [(True, False), (False, True)])
def test_without_waiting_a_busy_service_is_an_error(wait: bool, fails: bool) -> None:
    busy = [known(status="UpdateInProgress")]
    declared = [{"name": NAME, "bandwidth": 1}]
    if fails:
        with pytest.raises(IesError, match="busy"):
            plan_fleet(declared, busy, [], wait)
    else:
        assert kinds(plan_fleet(declared, busy, [], wait)) == {"update": [NAME]}


def test_a_catalogue_knows_what_it_was_given() -> None:
    shelf = KnownCatalogue([ServiceDefinition("one"), ServiceDefinition("two", "Two")])
    assert [definition.service_definition_id for definition in shelf.definitions()] == ["one", "two"]
    assert shelf.details("two").name == "Two"
    with pytest.raises(NotFoundError, match="three is not among those given"):
        shelf.details("three")


@pytest.mark.parametrize(
    ("declared", "lines"),
    [
        ({"name": "old", "state": "absent"}, ["    not there: old"]),
        ({"service_id": "old-id", "state": "absent"}, ["    not there: old-id"]),
        ({"name": "old", "service_id": "old-id", "state": "absent"}, ["    not there: old"]),
        ({"service_id": SERVICE_ID}, []),
        ({"name": NAME}, []),
    ],
)
def test_what_is_not_there_is_known_by_its_plan(declared: dict[str, Any], lines: list[str]) -> None:
    plan = plan_fleet([declared], [sample_service().to_result()], [])
    assert len(plan["unchanged"]) == 1
    assert plan_lines(plan)[:-1] == lines


def test_owners_are_planned_as_modules_plan_them() -> None:
    wide = {"owner": "netops", "take_over": False}
    services = [known(mark=None), known(service_id="b", name="b", mark=Mark("netops", True))]
    plan = plan_fleet([{"name": NAME}, {"name": "b", "on_removal": "keep"}], services, [], wide=wide)
    assert kinds(plan) == {"update": [NAME], "unchanged": ["b"]}
    assert (plan["update"][0]["before"]["owner"], plan["update"][0]["after"]["owner"]) == (None, "netops")
    own = plan_fleet([{"name": "b", "owner": "netops"}], services, [], wide={"owner": "other"})
    assert kinds(own) == {"unchanged": ["b"]}
    for declared in ({"name": "b"}, {"name": "b", "state": "absent"}):
        with pytest.raises(ConflictError, match="is managed by netops, and declared with the owner other"):
            plan_fleet([declared], services, [], wide={"owner": "other"})
    with pytest.raises(ConflictError, match="is protected"):
        plan_fleet([{"name": "b", "state": "absent"}], services, [])


def test_a_mark_in_the_description_counts_as_one_that_was_read_before() -> None:
    raw = {"service_id": "b", "name": "b", "description": "text [managed: netops, protected]", "status": "Completed"}
    with pytest.raises(ConflictError, match="is protected"):
        plan_fleet([{"name": "b", "state": "absent"}], [raw], [])


@pytest.mark.parametrize("wide", [{"owner": "net ops"}, {"take_over": True}])
def test_odd_owners_are_refused(wide: dict[str, Any]) -> None:
    with pytest.raises(InvalidError, match="owner"):
        plan_fleet([], [], [], wide=wide)
