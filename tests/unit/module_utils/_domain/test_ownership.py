# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decisions about owners, protection and prune, as tables (public interface, 10.1 and 10.2)."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._api.mark import Mark
from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Service
from ansible_collections.cloudopera.ies.plugins.module_utils._domain import ownership
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.ownership import Cap, PruneOptions
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import ConflictError, InvalidError

from ..support import declare

MINE, PROTECTED, KEPT, FOREIGN = Mark("a"), Mark("a", True), Mark("a", False, True), Mark("b")


def service(mark: Mark | None, name: str = "s", status: str = "Completed", service_id: str | None = None) -> Service:
    """Return a service with a mark."""
    return Service(service_id or f"id-{name}", name, "text", status=status, mark=mark)


@pytest.mark.parametrize(
    ("declared", "mark", "wanted"),
    [
        ({}, None, None),
        ({}, PROTECTED, PROTECTED),
        ({"owner": "a"}, None, MINE),
        ({"owner": "a"}, PROTECTED, PROTECTED),
        ({"owner": "a"}, KEPT, KEPT),
        ({"owner": "a", "protected": True}, MINE, PROTECTED),
        ({"owner": "a", "protected": False}, PROTECTED, MINE),
        ({"protected": False}, PROTECTED, MINE),
        ({"protected": True}, MINE, PROTECTED),
        ({"protected": False}, None, None),
        ({"on_removal": "keep"}, MINE, KEPT),
        ({"on_removal": "delete"}, KEPT, MINE),
        ({"owner": "a", "protected": True, "on_removal": "keep"}, None, Mark("a", True, True)),
        ({"owner": "b", "take_over": True}, Mark("a", True, True), Mark("b", True, True)),
        ({"owner": "a", "protected": True, "managed": False}, None, None),
        ({"owner": "a", "managed": False}, FOREIGN, FOREIGN),
    ],
)
def test_the_mark_that_is_wanted(declared: dict[str, Any], mark: Mark | None, wanted: Mark | None) -> None:
    assert ownership.wanted_mark(declare(name="s", **declared), mark) == wanted


@pytest.mark.parametrize(
    ("declared", "mark", "refused"),
    [
        ({}, FOREIGN, False),
        ({"owner": "a"}, None, False),
        ({"owner": "a"}, MINE, False),
        ({"owner": "a"}, FOREIGN, True),
        ({"owner": "a", "state": "absent"}, FOREIGN, True),
        ({"owner": "a", "take_over": True}, FOREIGN, False),
    ],
)
def test_another_owner(declared: dict[str, Any], mark: Mark | None, refused: bool) -> None:
    declaration = declare(name="s", **declared)
    if not refused:
        ownership.check_owner(declaration, service(mark))
        return
    with pytest.raises(ConflictError, match="is managed by b, and declared with the owner a; set take_over"):
        ownership.check_owner(declaration, service(mark))


@pytest.mark.parametrize(
    ("declared", "mark", "status", "refusal"),
    [
        ({}, None, "Completed", None),
        ({}, MINE, "Completed", None),
        ({}, KEPT, "Completed", None),
        ({}, FOREIGN, "Completed", None),
        ({"owner": "a"}, FOREIGN, "Completed", "is managed by b"),
        ({}, PROTECTED, "Completed", "is protected"),
        ({"owner": "a"}, PROTECTED, "Failed", "is protected"),
        ({"owner": "b", "take_over": True}, PROTECTED, "Completed", "is protected"),
        ({"protected": False}, PROTECTED, "Completed", "is protected"),
        ({}, PROTECTED, "CreateFailed", "CreateFailed and protected"),
        ({"protected": False}, PROTECTED, "CreateFailed", None),
    ],
)
def test_what_may_be_deleted(declared: dict[str, Any], mark: Mark | None, status: str, refusal: str | None) -> None:
    declaration = declare(name="s", state="absent", **declared)
    if refusal is None:
        ownership.check_removable(declaration, service(mark, status=status))
        return
    with pytest.raises(ConflictError, match=refusal):
        ownership.check_removable(declaration, service(mark, status=status))


@pytest.mark.parametrize("mark", [None, FOREIGN, KEPT, PROTECTED])
def test_what_is_no_longer_to_be_pruned_is_not(mark: Mark | None) -> None:
    removal = ownership.removal_of(service(MINE), PruneOptions("a", Cap(1)))
    ownership.check_removable(removal, service(MINE))
    with pytest.raises(ConflictError):
        ownership.check_removable(removal, service(mark))


@pytest.mark.parametrize(
    ("value", "owned", "most"),
    [
        ("10%", 0, 1),
        ("10%", 9, 1),
        ("10%", 10, 1),
        ("10%", 19, 1),
        ("10%", 20, 2),
        ("10%", 1000, 100),
        (" 29 % ", 100, 29),
        ("0.1%", 1000, 1),
        ("12.5%", 16, 2),
        ("33.3%", 1000, 333),
        ("100%", 7, 7),
        (1, 1000, 1),
        ("12", 3, 12),
        (5.0, 100, 5),
        ("5.0", 100, 5),
    ],
)
def test_a_cap(value: Any, owned: int, most: int) -> None:
    assert ownership.read_cap(value).most(owned) == most


@pytest.mark.parametrize(
    "value",
    [0, "0", -1, "-1", "ten", "", "%", "0%", "-1%", "150%", "100.1%", "ten%", "10%%", 1.5, "1.5", True, False, [], "nan%"],
)
def test_what_is_no_cap_is_named(value: Any) -> None:
    with pytest.raises(InvalidError, match="prune_max") as caught:
        ownership.read_cap(value)
    assert repr(value) in caught.value.message


@pytest.mark.parametrize(
    ("params", "declared", "refusal"),
    [
        ({"prune": True}, [{}], "needs owner"),
        ({"prune": True, "owner": "a", "prune_max": "0"}, [{}], "prune_max"),
        ({"prune": True, "owner": "a"}, [], "allow_empty"),
        ({"prune": True, "owner": "a", "allow_empty": True}, [], None),
        ({"prune": True, "owner": "a"}, [{}], None),
        ({"prune": False, "prune_max": "0"}, [], None),
    ],
)
def test_what_a_prune_needs(params: dict[str, Any], declared: list[Any], refusal: str | None) -> None:
    if refusal is None:
        found = ownership.read_prune(params, declared)
        assert (found is not None) is params["prune"]
        assert found is None or found.cap == ownership.read_cap("10%")
        return
    with pytest.raises(InvalidError, match=refusal):
        ownership.read_prune(params, declared)


@pytest.mark.parametrize("params", [{"owner": "net ops"}, {"owner": ""}, {"owner": "A"}, {"take_over": True}])
def test_options_for_all_that_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(InvalidError, match="owner"):
        ownership.check_wide(params)


def test_an_item_goes_before_what_counts_for_all() -> None:
    wide = {"owner": "a", "take_over": True}
    assert ownership.with_wide({"name": "s"}, wide) == {"name": "s", **wide}
    own = {"name": "s", "owner": "b", "take_over": False}
    assert ownership.with_wide(own, wide) == own
    assert ownership.with_wide({"owner": None}, {}) == {"owner": None}


ESTATE = [
    service(MINE, "b"),
    service(MINE, "a"),
    service(MINE, "declared"),
    service(MINE, "by-id"),
    service(MINE, "left", "CreateFailed"),
    service(MINE, "leaving", "DeleteInProgress"),
    service(PROTECTED, "protected"),
    service(KEPT, "kept"),
    service(FOREIGN, "foreign"),
    service(None, "unmarked"),
]


def test_what_is_undeclared_is_found_by_name() -> None:
    declared = ownership.names_and_ids([{"name": "declared"}, {"service_id": "id-by-id"}, {"name": None}])
    found = ownership.find_undeclared(ESTATE, declared, PruneOptions("a", Cap(3)))
    assert [one.name for one in found] == ["a", "b", "left"]


@pytest.mark.parametrize(
    ("cap", "allowed"), [(Cap(3), True), (Cap(2), False), (Cap(None, 42.0), False), (Cap(None, 43.0), True)]
)
def test_more_than_the_cap_are_named(cap: Cap, allowed: bool) -> None:
    # Seven are owned: what is on its way out is not counted.
    declared = ownership.names_and_ids([{"name": "declared"}, {"name": "by-id"}])
    if allowed:
        assert len(ownership.find_undeclared(ESTATE, declared, PruneOptions("a", cap))) == 3
        return
    with pytest.raises(ConflictError, match=r"3 undeclared .* 7 owned") as caught:
        ownership.find_undeclared(ESTATE, declared, PruneOptions("a", cap))
    assert all(f"{name} (id-{name})" in caught.value.message for name in ("a", "b", "left"))
    assert "protected (" not in caught.value.message


def test_leftovers_with_different_marks_are_for_an_engineer() -> None:
    left = [service(mark, "s", "CreateFailed", f"id-{mark}") for mark in (MINE, MINE)]
    assert ownership.mark_of_leftovers(declare(name="s"), left) == MINE
    assert ownership.mark_of_leftovers(declare(name="s"), []) is None
    with pytest.raises(ConflictError, match="marks of ownership differ"):
        ownership.mark_of_leftovers(declare(name="s"), [*left, service(PROTECTED, "s", "CreateFailed", "id-3")])
