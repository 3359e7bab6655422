# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The choice of definition and template: never a guess (contract 4)."""

from __future__ import annotations

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import ServiceDefinition, Template
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.catalogue import (
    OrderIds,
    choose_definition,
    choose_template,
    is_meant,
    resolve_order,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError

from ..support import Shelf

DEFINITIONS = [
    ServiceDefinition("d1", "Site2DC"),
    ServiceDefinition("d2", "Site2Site"),
    ServiceDefinition("d3", "Twin"),
    ServiceDefinition("d4", "Twin"),
    ServiceDefinition("Site2Site", "named like another's name"),
]
ONE, TWO, THREE = Template("t1", "first"), Template("t2", "second"), Template("t3", "second")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param("d1", "d1", id="id"),
        pytest.param("Site2DC", "d1", id="name"),
        pytest.param("d3", "d3", id="id-of-an-ambiguous-name"),
        pytest.param("Site2Site", "Site2Site", id="id-before-name"),
    ],
)
def test_a_definition_by_id_or_name(wanted: str, expected: str) -> None:
    assert choose_definition(DEFINITIONS, wanted).service_definition_id == expected


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        pytest.param("Twin", ["ambiguous", "d3", "d4"], id="ambiguous"),
        pytest.param("nope", ["'nope' is unknown", "Site2DC (d1)", "Twin (d4)"], id="unknown"),
        pytest.param("site2dc", ["unknown"], id="names-are-exact"),
    ],
)
def test_no_definition_is_guessed(wanted: str, words: list[str]) -> None:
    with pytest.raises(InvalidError) as caught:
        choose_definition(DEFINITIONS, wanted)
    for word in words:
        assert word in str(caught.value)


OLD, NEW = ServiceDefinition("d8", "Site2DC", status="inactive"), ServiceDefinition("d9", "Site2DC", status="active")
LEAVING = ServiceDefinition("d7", "Site2DC", status="delete pending")


@pytest.mark.parametrize(
    ("definitions", "current_id", "expected"),
    [
        pytest.param([OLD, NEW], None, "d9", id="the-active-one"),
        pytest.param([NEW, OLD, LEAVING], None, "d9", id="the-only-active-one"),
        pytest.param([OLD, NEW], "d8", "d9", id="not-what-it-is-made-of-when-that-is-inactive"),
        pytest.param([OLD], None, "d8", id="an-inactive-one-alone"),
        pytest.param(DEFINITIONS[2:4], "d4", "d4", id="of-two-active-ones-what-it-is-made-of"),
    ],
)
def test_an_inactive_definition_of_the_same_name_is_no_ambiguity(
    definitions: list[ServiceDefinition], current_id: str | None, expected: str
) -> None:
    assert choose_definition(definitions, definitions[0].name or "", current_id).service_definition_id == expected


def test_several_definitions_of_a_name_none_of_them_active() -> None:
    with pytest.raises(InvalidError, match="ambiguous.*d8, d7"):
        choose_definition([OLD, LEAVING], "Site2DC")


@pytest.mark.parametrize(
    ("wanted", "current_id", "meant"),
    [("Site2DC", "d8", True), ("Site2DC", "d9", True), ("d9", "d8", False), ("d8", "d8", True), ("Site2DC", "d1", False)],
)
def test_what_a_service_is_made_of_may_be_the_inactive_one(wanted: str, current_id: str, meant: bool) -> None:
    assert is_meant([OLD, NEW], wanted, current_id) is meant


def test_an_empty_catalogue_says_so() -> None:
    with pytest.raises(InvalidError, match="known: none"):
        choose_definition([], "Site2DC")


def test_a_long_catalogue_is_not_all_shown() -> None:
    with pytest.raises(InvalidError, match="and 15 more"):
        choose_definition([ServiceDefinition(f"d{number}", "x") for number in range(25)], "y")


@pytest.mark.parametrize(
    ("templates", "wanted", "expected"),
    [
        pytest.param((ONE,), None, "t1", id="the-only-one"),
        pytest.param((ONE, TWO), "t2", "t2", id="id"),
        pytest.param((ONE, TWO), "second", "t2", id="name"),
        pytest.param((ONE,), "first", "t1", id="the-only-one-by-name"),
    ],
)
def test_a_template(templates: tuple[Template, ...], wanted: str | None, expected: str) -> None:
    assert choose_template(ServiceDefinition("d", "x", templates=templates), wanted).template_id == expected


@pytest.mark.parametrize(
    ("templates", "wanted", "words"),
    [
        pytest.param((), None, ["has no template"], id="none"),
        pytest.param((ONE, TWO), None, ["several templates", "first (t1)", "second (t2)"], id="several"),
        pytest.param((ONE, TWO), "t9", ["'t9' is unknown", "t1", "t2"], id="unknown"),
        pytest.param((TWO, THREE), "second", ["ambiguous", "t2", "t3"], id="ambiguous"),
        pytest.param((ONE,), "t9", ["unknown"], id="not-even-the-only-one"),
    ],
)
def test_no_template_is_guessed(templates: tuple[Template, ...], wanted: str | None, words: list[str]) -> None:
    with pytest.raises(InvalidError) as caught:
        choose_template(ServiceDefinition("d", "x", templates=templates), wanted)
    for word in words:
        assert word in str(caught.value)


def test_an_order_names_both_ids() -> None:
    shelf = Shelf(ServiceDefinition("d1", "Site2DC", status="active", templates=(ONE,)))
    assert resolve_order(shelf, "Site2DC", None) == OrderIds("d1", "t1")


@pytest.mark.parametrize("status", ["active", "Active", None])
def test_what_can_be_ordered_from(status: str | None) -> None:
    shelf = Shelf(ServiceDefinition("d1", "Site2DC", status=status, templates=(ONE,)))
    assert resolve_order(shelf, "d1", "first") == OrderIds("d1", "t1")


@pytest.mark.parametrize("status", ["inactive", "delete pending", "draft"])
def test_only_an_active_definition_can_be_ordered_from(status: str) -> None:
    shelf = Shelf(ServiceDefinition("d1", "Site2DC", status=status, templates=(ONE,)))
    with pytest.raises(InvalidError, match=f"'Site2DC' .d1. is '{status}'"):
        resolve_order(shelf, "d1", None)
