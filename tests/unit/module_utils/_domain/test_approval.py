# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An approved plan: what is kept, what is refused before anything is read, and what is no longer the same (interface, 10.3)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Service
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.approval import (
    Approved,
    PlannedServices,
    Surroundings,
    check_approved,
    check_same,
    plan_document,
    read_expiry,
    read_fingerprint,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.declaration import Declaration
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.fingerprint import by_name, fingerprint_service
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.fleet_plan import collect_plans
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.plan import plan_service
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.selection import Selection
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import ConflictError, IesError, InvalidError

from ..support import JSON_VALUES, NAME, VPN, Shelf, caught_from, declare, orderable, sample_item, sample_service

NOW = 1_700_000_000.0
DAY = 86400.0
HERE = Surroundings("https://ies:17100", "tenant", "netops", "abc")
UPDATED = declare(bandwidth=80000)
ORDERED = declare(**orderable())


def planned(*entries: tuple[Declaration, Service | None], here: Surroundings = HERE) -> tuple[PlannedServices, dict[str, Any]]:
    """Return the fingerprints of what is planned, and the plan."""
    plans = [(declared, plan_service(declared, Selection(found), Shelf(), wait=True)) for declared, found in entries]
    return PlannedServices(here, by_name(fingerprint_service(*entry) for entry in plans)), collect_plans(plans)


def document(*entries: tuple[Declaration, Service | None], **changes: Any) -> dict[str, Any]:
    """Return a plan document as it is read from its file."""
    services, plan = planned(*(entries or [(UPDATED, sample_service())]))
    found: dict[str, Any] = json.loads(json.dumps({**plan_document(services, plan, [], NOW, DAY), **changes}))
    return {key: value for key, value in found.items() if value != "left out"}


def refusal(approved: Approved, *entries: tuple[Declaration, Service | None], **errors: str) -> str:
    """Return why what is planned now is not carried out."""
    services, plan = planned(*entries)
    error = caught_from(lambda: check_same(approved, services, plan, errors))
    assert isinstance(error, ConflictError)
    return error.message


def test_what_is_kept_of_a_plan() -> None:
    services, plan = planned((UPDATED, sample_service()))
    kept = plan_document(services, plan, [], NOW, 90.0)
    assert (kept["created_at"], kept["expires_at"]) == ("2023-11-14T22:13:20Z", "2023-11-14T22:14:50Z")
    assert {key: kept[key] for key in HERE._fields} == HERE._asdict()
    assert (kept["format_version"], kept["complete"], kept["errors"]) == ("1.0", True, [])
    assert kept["plan"] is plan
    assert kept["fingerprint"] == services.fingerprint
    assert kept["fingerprints"] == {NAME: services.services[NAME].digest}


def test_an_incomplete_plan_has_no_fingerprint_to_approve() -> None:
    services, plan = planned((UPDATED, sample_service()))
    errors = [{"name": "x", "error": "why", "kind": "conflict"}]
    kept = plan_document(services, plan, errors, NOW, DAY)
    assert (kept["complete"], kept["errors"], kept["fingerprint"]) == (False, errors, None)


def test_the_commit_does_not_enter_the_fingerprint() -> None:
    entry = (UPDATED, sample_service())
    one, other = (planned(entry, here=HERE._replace(commit=commit))[0].fingerprint for commit in ("a", None))
    assert one == other
    assert planned(entry, here=HERE._replace(owner=None))[0].fingerprint != one


# Before anything is read

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({"format_version": "left out"}, "is no plan: it has no format_version such as 1.0"),
    "a number for a version": ({"format_version": 1.0}, "is no plan"),
    "words for a version": ({"format_version": "newest"}, "is no plan"),
    "tomorrow's format": (
        {"format_version": "2.0", "collection_version": "3.1.0"},
        "has format_version 2.0, made by cloudopera.ies 3.1.0, and this version knows 1.0",
    ),
    "no url": ({"api_url": "left out"}, "its api_url is missing or damaged"),
    "no moment": ({"expires_at": 5}, "its expires_at is missing or damaged"),
    "no list of errors": ({"errors": {}}, "its errors is missing or damaged"),
    "a cut fingerprint": ({"fingerprint": "abc"}, "its fingerprint is missing or damaged"),
    "no fingerprint": ({"fingerprint": None}, "its fingerprint is missing or damaged"),
    "applied": (
        {"applied_at": "2023-11-14T22:20:00Z"},
        "was applied at 2023-11-14T22:20:00Z, and a plan is applied at most once",
    ),
    "incomplete": (
        {"complete": False, "fingerprint": None, "errors": [{"name": "x", "error": "why"}, 5]},
        "is incomplete (x: why)",
    ),
    "expired": ({"expires_at": "2023-11-14T22:13:20Z"}, "and has expired at 2023-11-14T22:13:20Z"),
    "never to expire": ({"expires_at": "never"}, "has expired at never"),
    "another IES": (
        {"api_url": "https://other"},
        "made for api_url 'https://other', and this run has api_url 'https://ies:17100'",
    ),
    "another tenant": ({"tenant": "x"}, "made for tenant 'x', and this run has tenant 'tenant'"),
    "another owner": ({"owner": None}, "made for owner none, and this run has owner 'netops'"),
    "another commit": ({"commit": "def"}, "made for commit 'def', and this run has commit 'abc'"),
    "no commit": ({"commit": None}, "made for commit none, and this run has commit 'abc'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_before_anything_is_read(case: str) -> None:
    changes, words = REFUSED[case]
    error = caught_from(lambda: check_approved(Approved(document(**changes), None, "the plan p"), HERE, NOW + 1))
    assert isinstance(error, ConflictError)
    assert error.message.startswith("the plan p ")
    assert words in error.message
    assert "plan again and have that approved (nothing was written)" in error.message
    assert "\n" not in error.message


@pytest.mark.parametrize(
    ("changes", "here"),
    [
        ({}, HERE),
        ({"format_version": "1.7", "more": "keys"}, HERE),
        ({}, HERE._replace(commit=None)),
        ({"commit": None}, HERE._replace(commit=None)),
    ],
    ids=["same", "a newer minor version", "no commit asked for", "no commit at all"],
)
def test_what_is_let_pass(changes: dict[str, Any], here: Surroundings) -> None:
    check_approved(Approved(document(**changes), None), here, NOW + DAY - 1)


def test_a_fingerprint_beside_the_file_has_to_be_its_own() -> None:
    kept = document()
    check_approved(Approved(kept, kept["fingerprint"]), HERE, NOW)
    error = caught_from(lambda: check_approved(Approved(kept, "0" * 64), HERE, NOW))
    assert f"has the fingerprint {kept['fingerprint']}, and approved was {'0' * 64}" in error.message


def test_a_fingerprint_alone_tells_nothing_before_the_plan_is_made() -> None:
    check_approved(Approved(None, "0" * 64), HERE, NOW)


@given(JSON_VALUES, JSON_VALUES, JSON_VALUES)
def test_a_damaged_document_is_a_conflict_and_no_mistake_of_ours(one: Any, other: Any, third: Any) -> None:
    kept = document(fingerprints=one, fields=other, plan={"update": third})
    entries = [(UPDATED, sample_service({"Site2DCList": [sample_item(Bandwidth="7")]}))]
    with pytest.raises(ConflictError):
        check_same(Approved(kept, None), *planned(*entries), {})


@given(JSON_VALUES)
def test_any_json_is_refused(value: Any) -> None:
    found = value if isinstance(value, dict) else {"format_version": "1.0", "complete": value}
    with pytest.raises(ConflictError):
        check_approved(Approved(found, None), HERE, NOW)


# What is planned now


def test_the_same_passes() -> None:
    kept = document((UPDATED, sample_service()), (ORDERED, None))
    services, plan = planned((UPDATED, sample_service()), (ORDERED, None))
    check_same(Approved(kept, None), services, plan, {})
    check_same(Approved(None, services.fingerprint), services, plan, {})


def test_service_and_field_are_named() -> None:
    other = sample_service({"Site2DCList": [sample_item(Bandwidth="70000")]})
    words = refusal(Approved(document(), None, "the plan p"), (UPDATED, other))
    assert words == (
        f"the plan p is not what would be done now: service {NAME!r}: Bandwidth of connection {VPN!r} was 60000 and is 70000;"
        " plan again and have that approved (nothing was written)"
    )


def test_services_that_came_or_went_are_named() -> None:
    kept = document((UPDATED, sample_service()))
    words = refusal(Approved(kept, None), (ORDERED, None))
    assert "service 'new' is not in the plan" in words
    assert f"service {NAME!r} is in the plan, and is neither declared nor removed now" in words


def test_what_can_no_longer_be_planned_is_named_with_its_reason() -> None:
    words = refusal(Approved(document(), None), (UPDATED, sample_service()), x="it is busy")
    assert "the plan can no longer be carried out: x: it is busy; correct that" in words


def test_many_reasons_are_cut() -> None:
    errors = {f"s{number}": "why" for number in range(9)}
    assert "s4: why; and 4 more services" in refusal(Approved(document(), None), **errors)


def test_a_fingerprint_alone_tells_what_would_be_done_now() -> None:
    words = refusal(Approved(None, "0" * 64), (UPDATED, sample_service()), (ORDERED, None))
    assert f"and not {'0' * 64}; now it would create 'new'; update {NAME!r} (Bandwidth 60000 -> 80000)" in words
    words = refusal(Approved(None, "0" * 64), (declare(bandwidth=60000), sample_service()))
    assert "now nothing would be changed" in words


def test_a_change_of_hands_alone_is_told() -> None:
    # The services are the same; what differs is where the plan belongs.
    kept = document(owner="other")
    services, plan = planned((UPDATED, sample_service()), here=HERE._replace(owner="other"))
    with pytest.raises(ConflictError, match="its fingerprint is"):
        check_same(Approved(kept, None), services, plan, {})


# Options


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("24h", DAY), ("7d", 7 * DAY), (" 3600 ", 3600)])
def test_an_expiry(text: str, seconds: float) -> None:
    assert read_expiry(text) == seconds


@pytest.mark.parametrize("text", ["0", "0s", "ten", "-5m", "1.5h", "999999999d", "36501d"])
def test_no_expiry(text: str) -> None:
    with pytest.raises(InvalidError, match="plan_expiry is"):
        read_expiry(text)


def test_a_fingerprint_is_read_whatever_its_case() -> None:
    assert read_fingerprint(f" {'AB' * 32}\n") == "ab" * 32


@pytest.mark.parametrize("text", ["", "abc", "g" * 64, "a" * 63, "a" * 65, "a" * 32 + " " + "a" * 31])
def test_no_fingerprint(text: str) -> None:
    error: IesError = caught_from(lambda: read_fingerprint(text))
    assert "a fingerprint has 64 hexadecimal digits" in error.message
