# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from tests.unit.simulator.support import SAMPLE, SERVICES, TENANT, TRAFFIC, Api, scaled


def test_health_needs_no_token_and_is_not_journalled(api: Api) -> None:
    assert api.admin("GET", "health").json() == {"status": "ok"}
    assert api.sim.journal.entries == []


def test_journal(api: Api) -> None:
    api.get(SERVICES)
    body = api.admin("GET", "journal").json()
    assert (body["max_concurrency"], body["in_flight"]) == (1, 0)
    assert [(entry["seq"], entry["method"], entry["status"]) for entry in body["entries"]] == [(1, "GET", 200)]
    assert api.admin("DELETE", "journal").status_code == 204
    assert api.admin("GET", "journal").json()["entries"] == []


def test_state_shows_all_tenants_and_no_token(api: Api) -> None:
    api.send("PUT", SAMPLE, scaled())
    answer = api.admin("GET", "state")
    body = answer.json()
    assert len(body["services"]) == 6
    assert "nbitest_11" in body["tenants"]
    assert body["operations"][SAMPLE.rsplit("/", 1)[1]][0]["operation"] == "Update"
    assert len(body["jobs"]) == 1
    assert all(token not in answer.text for token in api.sim.tokens(TENANT))


def test_options(api: Api) -> None:
    assert api.admin("PUT", "options", {"null_body": "null"}).json()["null_body"] == "null"
    assert api.get(f"{SERVICES}/unknown").content == b"null"
    assert api.admin("PUT", "options", {"null_body": "empty", "surprise": 1}).status_code == 400
    assert api.admin("GET", "options").json()["null_body"] == "null"


def test_durations(api: Api) -> None:
    assert api.admin("PUT", "durations", {"modify": 5}).json()["modify"] == 5
    assert api.admin("PUT", "durations", {"boil": 5}).status_code == 400


def test_clock(api: Api) -> None:
    before = api.admin("GET", "clock").json()
    after = api.admin("POST", "clock", {"advance": 60}).json()
    assert after == {"now": before["now"] + 60, "speed": 0.0}
    assert api.sim.clock.now() == after["now"]
    assert api.admin("POST", "clock", {"speed": 5}).json()["speed"] == 5
    api.sim.clock.set_speed(0)


@pytest.mark.parametrize("change", [{"advance": -1}, {"speed": -1}, {"rewind": 5}])
def test_clock_changes_are_checked(api: Api, change: Any) -> None:
    assert api.admin("POST", "clock", change).status_code == 422


def test_demand(api: Api) -> None:
    now = api.sim.clock.now()
    burst = {"from": 100, "to": 200, "level": 90000, "every": None}
    made = api.admin("PUT", "demand/a/b", {"level": 5000, "bursts": [burst]}).json()
    assert (made["level"], made["bursts"], made["since"]) == (5000, [burst], now)
    assert isinstance(made["seed"], int)
    assert api.admin("PUT", "demand/other", {"seed": 3, "idle": True}).json()["seed"] == 3
    assert set(api.admin("GET", "demand").json()) == {"a/b", "other"}
    assert api.admin("DELETE", "demand/other").status_code == 204
    assert set(api.admin("GET", "demand").json()) == {"a/b"}
    assert api.admin("DELETE", "demand").status_code == 204
    assert api.admin("GET", "demand").json() == {}
    api.admin("PUT", "demand/other", {})
    api.admin("POST", "reset")
    assert api.admin("GET", "demand").json() == {}


@pytest.mark.parametrize(
    "shape",
    [
        {"colour": 1},
        {"level": -1},
        {"gaps": 2},
        {"unit": 0},
        {"peak": 24},
        {"bursts": [{"from": 2, "to": 1, "level": 1}]},
        {"bursts": [{"from": 2}]},
    ],
)
def test_demand_is_checked(api: Api, shape: Any) -> None:
    answer = api.admin("PUT", f"demand/{TENANT}", shape)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert next(iter(shape)) in answer.json()["error"]
    assert api.admin("GET", "demand").json() == {}


def test_faults(api: Api) -> None:
    made = api.admin("POST", "faults", [{"action": "html"}, {"action": "status", "params": {"status": 503}}])
    assert made.status_code == 201
    first, second = made.json()["ids"]
    assert api.admin("DELETE", f"faults/{first}").status_code == 204
    assert [rule["id"] for rule in api.admin("GET", "faults").json()["faults"]] == [second]
    assert api.get(SERVICES).status_code == 503
    assert api.admin("GET", "faults").json()["faults"][0]["fired"] == 1
    assert api.admin("POST", "faults", {"action": "html", "times": None}).status_code == 201
    assert api.admin("DELETE", "faults").status_code == 204
    assert api.get(SERVICES).status_code == 200
    assert api.admin("POST", "faults/release").status_code == 204


@pytest.mark.parametrize("rule", [{"action": "explode"}, {}, "text", [5], None])
def test_faults_are_checked(api: Api, rule: Any) -> None:
    assert api.admin("POST", "faults", rule).status_code == 400
    assert api.sim.faults.rules == []


def test_preloading_a_fleet(api: Api) -> None:
    body = {"tenant": TENANT, "count": 1000, "prefix": "fleet", "bandwidth": "5000"}
    made = api.admin("POST", "services", body).json()["service_ids"]
    listed = api.get(SERVICES).json()["services"]
    assert [item["service_id"] for item in listed[1:]] == made
    assert listed[1]["name"] == "fleet-0001"
    service = api.get(f"{SERVICES}/{made[-1]}").json()["service"]
    assert service["status"] == "Completed"
    (item,) = service["parameters"]["Site2DCList"]
    assert (item["CloudVpnName"], item["Bandwidth"]) == ("fleet-vpn-1000", "5000")
    window = {"starttime": 1493596800, "endtime": 1493597400}
    assert api.get(f"{TRAFFIC}/fleet-vpn-0500/traffic-rate", params=window).status_code == 200


def test_reset_returns_to_the_preloaded_state(api: Api) -> None:
    api.create()
    api.send("PUT", SAMPLE, scaled())
    api.sim.options.update({"null_body": "null"})
    api.sim.state.durations.update({"create": 1})
    api.sim.faults.add("html", times=None)
    assert api.admin("POST", "reset").status_code == 204
    assert api.sim.journal.entries == []
    assert (api.sim.options.null_body, api.sim.state.durations.create, api.sim.faults.rules) == ("empty", 600, [])
    (service,) = api.get(SERVICES).json()["services"]
    assert service["status"] == "Completed"
    assert api.get(SAMPLE).json()["service"]["parameters"]["Site2DCList"][0]["Bandwidth"] == "60000"
