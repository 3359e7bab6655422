# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan, read as drift; and what the status file says."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._domain.drift import (
    changed_fields,
    drift_message,
    drift_of,
    drift_status,
    status_page,
    unfinished_page,
)

TIME = "2026-01-01T00:00:00Z"


def planned(name: str | None, before: Any = None, after: Any = None, **more: Any) -> dict[str, Any]:
    """Return an item of a plan, or of an entry of `services`."""
    return {"name": name, "service_id": f"id-{name}", "before": before or {}, "after": after or {}, **more}


def failed(name: str, kind: str, **more: Any) -> dict[str, Any]:
    """Return the entry of a service that could not be planned."""
    return {"name": name, "error": "no", "error_kind": kind, "service": {"service_id": f"id-{name}"}, **more}


SIDES: dict[str, Any] = {"before": {"description": "a"}, "after": {"description": "b"}}


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ({}, {}, []),
        ({"description": None}, {"description": ""}, []),
        ({"description": None}, {"description": "x"}, ["description"]),
        ({"owner": None, "protected": False}, {"owner": "netops", "protected": True}, ["owner", "protected"]),
        (
            {"connections": {"vpn": {"Bandwidth": "1", "vni": "2"}}},
            {"connections": {"vpn": {"Bandwidth": "3", "vni": "2"}}},
            ["connections.vpn.Bandwidth"],
        ),
        ({"connections": {"gone": {"Bandwidth": "1"}}}, {"connections": {"new": {}}}, ["connections.gone", "connections.new"]),
        ({}, {"connections": {"new": {"Bandwidth": "1"}}}, ["connections.new"]),
        ({"parameters": {"a": [1], "b": "x"}}, {"parameters": {"a": [2], "b": "x"}}, ["parameters.a"]),
        ({"parameters": {"a": "1"}}, {}, ["parameters.a"]),
        # A connection may have any name, and any key.
        (
            {"connections": {"connections": {"name": "1"}}},
            {"connections": {"connections": {"name": "2"}}},
            ["connections.connections.name"],
        ),
    ],
)
def test_fields(before: Any, after: Any, paths: list[str]) -> None:
    assert changed_fields(before, after) == paths


def test_kinds() -> None:
    result = {
        "plan": {
            "create": [{**planned("new"), "service_id": None}],
            "update": [planned("other", *SIDES.values())],
            "recreate": [planned("failed", {"description": None}, {"description": ""})],
            "delete": [planned("gone"), planned("stray", reason="undeclared")],
            "unchanged": [planned("same")],
        },
        "undeclared": [{"name": "protected", "service_id": "id-protected"}, {"name": "stray", "service_id": "id-stray"}],
        "services": [
            {"name": "new", "error": None},
            failed("fixed", "conflict", diff=SIDES),
            failed("lost", "server", diff=SIDES),
            failed("busy", "conflict"),
        ],
    }
    found = drift_of(result)
    assert [(entry["name"], entry["kind"], entry["fields"]) for entry in found] == [
        ("failed", "changed", ["status"]),
        ("fixed", "changed", ["description"]),
        ("gone", "unexpected", []),
        ("new", "missing", []),
        ("other", "changed", ["description"]),
        ("protected", "undeclared", []),
        ("stray", "undeclared", []),
    ]
    assert [entry["service_id"] for entry in found] == [
        None if entry["name"] == "new" else f"id-{entry['name']}" for entry in found
    ]


@pytest.mark.parametrize(
    ("result", "drift", "status"),
    [
        ({"services": []}, [], "clean"),
        ({"services": []}, [{}], "drift"),
        ({"failed": True}, [], "error"),
        ({"failed": True, "services": []}, [], "error"),
        ({"unreachable": True}, [], "error"),
        ({"failed": True, "services": [failed("fixed", "conflict", diff=SIDES)]}, [{}], "drift"),
        ({"failed": True, "services": [failed("busy", "conflict")]}, [{}], "error"),
        ({"failed": True, "services": [failed("lost", "server", diff=SIDES)]}, [{}], "error"),
    ],
)
def test_status(result: dict[str, Any], drift: list[Any], status: str) -> None:
    assert drift_status(result, drift) == status


def test_a_message_names_some() -> None:
    drift = [{"name": f"s{number}", "kind": "changed", "fields": [f"f{key}" for key in range(number)]} for number in range(8)]
    assert drift_message([]) == "every service is as declared"
    assert drift_message(drift[1:2]).startswith("1 service is not as declared: s1 (changed: f0). ")
    assert drift_message(drift).startswith("8 services are not as declared: s0 (changed); s1 (changed: f0); ")
    assert "; and 3 more. " in drift_message(drift)
    assert "(changed: f0, f1, f2, f3, f4, ...)" in drift_message(drift[7:])
    assert "\n" not in drift_message([{"name": "two\nlines", "kind": "missing", "fields": []}])


def test_page() -> None:
    entry = {"name": "s", "service_id": "i", "kind": "missing", "fields": []}
    results: dict[str, Any] = {
        "west": {"status": "clean", "msg": "fine", "drift": []},
        "east": {"status": "drift", "msg": "not fine", "drift": [entry], "failed": True},
    }
    page = status_page(results, TIME)
    assert (page["status"], page["time"]) == ("drift", TIME)
    assert page["message"] == "2 tenants: 1 clean, 1 drift (east)"
    assert [one["tenant"] for one in page["tenants"]] == ["east", "west"]
    assert page["drift"] == [{"tenant": "east", **entry}]
    assert page["counts"]["tenants"] == 2
    lost = status_page({**results, "north": None, "south": {"failed": True, "msg": "two\nlines"}, "x": {}}, TIME)
    assert lost["status"] == "error"
    assert {one["tenant"]: one["status"] for one in lost["tenants"]} == {
        **{"east": "drift", "west": "clean"},
        **dict.fromkeys(("north", "south", "x"), "error"),
    }
    assert all("\n" not in one["message"] for one in lost["tenants"])


def test_a_page_names_some_tenants() -> None:
    page = status_page(dict.fromkeys((f"tenant-{number}" for number in range(9)), None), TIME)
    assert page["message"].endswith("tenant-4, and 4 more)")
    assert status_page({}, TIME)["status"] == "error"


def test_a_page_of_a_run_that_has_not_ended() -> None:
    page = unfinished_page("east", "not yet", TIME)
    assert list(page) == list(status_page({"east": None}, TIME))
    assert (page["status"], page["message"], page["drift"]) == ("error", "not yet", [])
