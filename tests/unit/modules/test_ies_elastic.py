# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ies_elastic: connections decided by their traffic, in one task, through both doors."""

from __future__ import annotations

import locale
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.plugin_utils import _elastic_action
from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import Runner, make_action, run_action
from tests.unit.modules.support import (
    NAME,
    NEW_VPN,
    SERVICE,
    SERVICE_ID,
    SERVICES,
    VPN,
    add_service,
    bandwidths,
    wire_item,
    written,
)

POLICY = {"minimum": 20000, "maximum": 100000, "step": 10000, "traffic_unit": 1}
ONE = {"connections": [{"name": NAME}], "policy": POLICY}
KEYS = {
    *("name", "service_id", "cloud_vpn_name", "before", "target", "decision", "demand", "utilisation", "clipped"),
    *("reasons", "not_before", "bounds", "applied", "error"),
}
HOURS = 3600.0


def load(sim: SimulatorServer, vpn: str, value: float | None, hours: float = 12, direction: str = "") -> None:
    """Have the simulator tell that a connection carried so much in every minute until now."""
    now = int(sim.clock.now())
    points = [{"time": at, "value": value} for at in range(now - int(hours * HOURS), now, 60)]
    path = f"traffic/connections/{vpn}/"
    sim.faults.add("status", method="GET", path=path, times=None, status=200, body={"data": points})


def only(result: dict[str, Any]) -> dict[str, Any]:
    """Return the one connection of a result."""
    (entry,) = result["connections"]
    assert set(entry) == KEYS
    return dict(entry)


class TestDecisions:
    """What is decided, and what is sent for it."""

    def test_recommend_is_the_default_and_only_reads(self, run: Runner, sim: SimulatorServer) -> None:
        load(sim, VPN, 55000)
        result = run.ok("ies_elastic", **ONE)
        entry = only(result)
        assert (entry["before"], entry["target"], entry["decision"]) == (60000, 70000, "raise")
        assert (entry["service_id"], entry["cloud_vpn_name"]) == (SERVICE_ID, VPN)
        assert (entry["applied"], entry["error"], result["changed"]) == (False, None, False)
        assert "p95 of the last 15 min is 55,000, 92 % of 60,000" in entry["reasons"][0]
        assert written(sim) == []

    def test_apply_changes_the_bandwidth(self, run: Runner, sim: SimulatorServer) -> None:
        load(sim, VPN, 55000)
        result = run.ok("ies_elastic", mode="apply", **ONE)
        entry = only(result)
        assert (entry["before"], entry["target"], entry["applied"], result["changed"]) == (60000, 70000, True, True)
        assert written(sim) == [("PUT", SERVICE)]
        assert bandwidths(sim) == {VPN: "70000"}
        assert result["diff"]["after"] == {f"{NAME}, {VPN}": {"Bandwidth": 70000}}

    def test_check_mode_is_recommend(self, run: Runner, sim: SimulatorServer) -> None:
        load(sim, VPN, 55000)
        recommended = run.ok("ies_elastic", **ONE)
        checked = run.ok("ies_elastic", mode="apply", check_mode=True, **ONE)
        assert checked["connections"] == recommended["connections"]
        assert checked["changed"] is False
        assert checked["diff"] == {
            "before": {f"{NAME}, {VPN}": {"Bandwidth": 60000}},
            "after": {f"{NAME}, {VPN}": {"Bandwidth": 70000}},
        }
        assert recommended["diff"] == {"before": {}, "after": {}}
        assert written(sim) == []

    def test_check_mode_foresees_no_change_where_none_would_be_made(self, run: Runner, sim: SimulatorServer) -> None:
        load(sim, VPN, 55000)
        without_unit = {**POLICY, "traffic_unit": None}
        checked = run.ok("ies_elastic", mode="apply", check_mode=True, **{**ONE, "policy": without_unit})
        assert (only(checked)["decision"], checked["diff"]["after"]) == ("raise", {})

    def test_what_is_large_enough_is_left_alone(self, run: Runner, sim: SimulatorServer) -> None:
        load(sim, VPN, 40000)
        result = run.ok("ies_elastic", mode="apply", **ONE)
        assert only(result)["decision"] == "hold"
        assert result["changed"] is False
        assert written(sim) == []

    def test_a_service_that_somebody_else_has_begun_to_change_is_left_alone(self, run: Runner, sim: SimulatorServer) -> None:
        load(sim, VPN, 55000)
        busy = "servicemgr.service.status_inprogress"
        sim.faults.add("status", method="PUT", times=None, status=500, exceptionId=busy)
        result = run.ok("ies_elastic", mode="apply", **ONE)
        entry = only(result)
        assert (entry["decision"], entry["target"], entry["applied"], entry["error"]) == ("hold", 60000, False, None)
        assert entry["reasons"][0].startswith("the service has been in progress since it was looked at")
        assert (result["changed"], len(written(sim))) == (False, 1)

    def test_it_lowers_and_then_holds(self, run: Runner, sim: SimulatorServer) -> None:
        load(sim, VPN, 20000)
        assert only(run.ok("ies_elastic", mode="apply", **ONE))["target"] == 30000
        sim.faults.clear()
        sim.clock.advance(1200)
        load(sim, VPN, 5000)
        again = only(run.ok("ies_elastic", mode="apply", **ONE))
        assert (again["decision"], again["before"]) == ("hold", 30000)
        assert again["not_before"] is not None
        assert "after the last change" in again["reasons"][0]
        assert bandwidths(sim) == {VPN: "30000"}

    def test_one_list_and_then_everything_once(self, run: Runner, sim: SimulatorServer) -> None:
        load(sim, VPN, 40000)
        run.ok("ies_elastic", **ONE)
        paths = sorted(entry.path for entry in sim.journal.entries)
        traffic = f"/rest/cloudvpnwatch/v1/traffic/connections/{VPN}/traffic-rate"
        assert paths == sorted([SERVICES, SERVICE, f"{SERVICE}/operations", traffic, traffic])
        assert {entry.query["direction"] for entry in sim.journal.entries if entry.path == traffic} == {"outbound", "inbound"}

    def test_one_update_carries_all_connections_of_a_service(self, run: Runner, sim: SimulatorServer) -> None:
        service_id = add_service(sim, "both", "vpn-a", "vpn-b")
        for vpn in ("vpn-a", "vpn-b"):
            load(sim, vpn, 55000)
        both = [{"name": "both", "cloud_vpn_name": vpn} for vpn in ("vpn-a", "vpn-b")]
        result = run.ok("ies_elastic", mode="apply", connections=both, policy=POLICY)
        assert [entry["applied"] for entry in result["connections"]] == [True, True]
        assert written(sim) == [("PUT", f"{SERVICES}/{service_id}")]
        assert bandwidths(sim, service_id) == {"vpn-a": "70000", "vpn-b": "70000"}

    def test_a_connection_that_is_the_service_itself(self, run: Runner, sim: SimulatorServer) -> None:
        service_id = add_service(sim, "flat", parameters={"CloudVpnName": "vpn-flat", "Bandwidth": "60000"})
        load(sim, "vpn-flat", 55000)
        result = run.ok("ies_elastic", mode="apply", connections=[{"service_id": service_id}], policy=POLICY)
        assert only(result)["applied"] is True
        service = sim.state.service("nbitest_14", service_id)
        assert service is not None
        assert service.parameters["Bandwidth"] == "70000"


class TestRanges:
    """Left-out connections are those of the declared services that have a range."""

    def test_ranges_are_the_bounds(self, run: Runner, sim: SimulatorServer) -> None:
        load(sim, VPN, 60000)
        site = {"cloud_vpn_name": VPN, "bandwidth_min": 30000, "bandwidth_max": 65000}
        services = [{"name": NAME, "site2dc": [site]}, {"name": "no-range", "bandwidth": 5}]
        entry = only(run.ok("ies_elastic", services=services, policy={"traffic_unit": 1}))
        assert entry["bounds"] == {"minimum": 30000, "maximum": 65000}
        assert (entry["target"], entry["clipped"]) == (65000, True)

    def test_the_shorthand(self, run: Runner, sim: SimulatorServer) -> None:
        load(sim, VPN, 40000)
        services = [{"name": NAME, "bandwidth_min": "30000", "bandwidth_max": "90000"}]
        entry = only(run.ok("ies_elastic", services=services))
        assert (entry["bounds"], entry["decision"]) == ({"minimum": 30000, "maximum": 90000}, "hold")

    def test_a_range_outside_is_brought_to_the_bound_and_inside_nothing_is_written(
        self, run: Runner, sim: SimulatorServer
    ) -> None:
        load(sim, VPN, 40000)
        inside = [{"name": NAME, "bandwidth_min": 50000, "bandwidth_max": 70000}]
        run.ok("ies_elastic", mode="apply", services=inside, policy={"traffic_unit": 1})
        assert written(sim) == []
        outside = [{"name": NAME, "bandwidth_min": 65000, "bandwidth_max": 70000}]
        run.ok("ies_elastic", mode="apply", services=outside, policy={"traffic_unit": 1})
        assert bandwidths(sim) == {VPN: "65000"}

    def test_a_range_of_a_connection_that_is_asked_for(self, run: Runner, sim: SimulatorServer) -> None:
        load(sim, VPN, 40000)
        services = [{"name": NAME, "bandwidth_min": 30000, "bandwidth_max": 90000}]
        entry = only(run.ok("ies_elastic", services=services, connections=[{"name": NAME, "policy": {"maximum": 80000}}]))
        assert entry["bounds"] == {"minimum": 30000, "maximum": 80000}

    def test_no_range_is_a_warning(self, run: Runner, sim: SimulatorServer) -> None:
        result = run.ok("ies_elastic", services=[{"name": NAME, "bandwidth": 5}])
        assert result["connections"] == []
        assert "nothing to decide" in result["warnings"][0]
        assert sim.journal.entries == []

    @pytest.mark.parametrize(
        ("bounds", "phrase"),
        [
            ({"bandwidth_min": 5}, "bandwidth_min is 5, and there is no bandwidth_max"),
            ({"bandwidth_min": 9, "bandwidth_max": 5}, "bandwidth_min is 9, which is above bandwidth_max, 5"),
            ({"bandwidth_min": "much", "bandwidth_max": 5}, "bandwidth_min is 'much'"),
        ],
    )
    def test_no_range_at_all(self, run: Runner, sim: SimulatorServer, bounds: dict[str, Any], phrase: str) -> None:
        run.fails("ies_elastic", "failed", phrase, services=[{"name": NAME, **bounds}])
        assert sim.journal.entries == []


class TestNothingIsKnown:
    """What is not known never lowers, and without a unit nothing is applied."""

    def test_without_a_unit_nothing_is_applied(self, run: Runner, sim: SimulatorServer) -> None:
        load(sim, VPN, 55000)
        policy = {key: value for key, value in POLICY.items() if key != "traffic_unit"}
        result = run.ok("ies_elastic", mode="apply", connections=[{"name": NAME}], policy=policy)
        assert (only(result)["decision"], only(result)["applied"]) == ("raise", False)
        assert "traffic_unit is not set" in result["warnings"][0]
        assert "to find it" in result["warnings"][0]
        assert written(sim) == []

    @pytest.mark.parametrize("operations", ["404", "403", "405", "storage-trouble"])
    def test_without_operations_nothing_is_lowered(self, run: Runner, sim: SimulatorServer, operations: str) -> None:
        sim.options.update({"operations": operations})
        load(sim, VPN, 20000)
        result = run.ok("ies_elastic", mode="apply", **ONE)
        assert (only(result)["decision"], only(result)["target"]) == ("hold", 60000)
        assert "operations of the service could not be read" in only(result)["reasons"][0]
        assert "operations could not be read" in result["warnings"][0]
        assert written(sim) == []

    def test_without_operations_it_is_raised_all_the_same(self, run: Runner, sim: SimulatorServer) -> None:
        sim.options.update({"operations": "404"})
        load(sim, VPN, 55000)
        assert only(run.ok("ies_elastic", mode="apply", **ONE))["applied"] is True

    def test_without_data_nothing_happens(self, run: Runner, sim: SimulatorServer) -> None:
        sim.options.traffic_shape = "empty"
        entry = only(run.ok("ies_elastic", mode="apply", **ONE))
        assert (entry["decision"], entry["demand"]) == ("hold", None)
        assert written(sim) == []

    def test_one_direction_that_cannot_be_read_only_keeps_from_lowering(self, run: Runner, sim: SimulatorServer) -> None:
        sim.faults.add("status", method="GET", path=f"connections/{VPN}/", times=1, status=400, body={"code": "x"})
        load(sim, VPN, 20000)
        result = run.ok("ies_elastic", mode="apply", max_parallel=1, **ONE)
        assert only(result)["decision"] == "hold"
        assert any("one direction of its traffic could not be read" in warning for warning in result["warnings"])
        assert written(sim) == []

    def test_a_service_in_progress_is_left_alone(self, run: Runner, sim: SimulatorServer) -> None:
        load(sim, VPN, 59000)
        run.ok("ies_service", name=NAME, bandwidth=61000, wait=False)
        sim.journal.clear()
        entry = only(run.ok("ies_elastic", mode="apply", **ONE))
        assert (entry["decision"], entry["target"], entry["error"]) == ("hold", 61000, None)
        assert "UpdateInProgress" in entry["reasons"][0]
        assert written(sim) == []


class TestTrouble:
    """What is wrong with one connection stays with it."""

    def go_wrong(self, run: Runner, sim: SimulatorServer, bad: list[dict[str, Any]], *phrases: str) -> list[dict[str, Any]]:
        """Run with a good connection beside bad ones; the good one is changed, the bad ones are errors."""
        service_id = add_service(sim, "good", "vpn-good")
        for vpn in ("vpn-good", VPN):
            load(sim, vpn, 55000)
        counted = f"{len(bad)} of {len(bad) + 1} connections failed"
        asked: dict[str, Any] = {"mode": "apply", "connections": [*bad, {"name": "good"}], "policy": POLICY}
        result = run.fails("ies_elastic", "failed", counted, *phrases, **asked)
        assert result["connections"][-1]["applied"] is True
        assert written(sim) == [("PUT", f"{SERVICES}/{service_id}")]
        assert result["changed"] is True
        entries: list[dict[str, Any]] = result["connections"][:-1]
        assert all(entry["error"] and set(entry) == KEYS for entry in entries)
        return entries

    @pytest.mark.parametrize(
        ("bad", "phrase"),
        [
            ({"name": "site2dc4_20170507115"}, "there is no service site2dc4_20170507115 in this tenant; did you mean"),
            ({"service_id": "nosuchid"}, "there is no service nosuchid"),
            ({"name": NAME, "cloud_vpn_name": "vpn-x"}, f"has no connection vpn-x; it has {VPN}"),
            ({"cloud_vpn_name": VPN}, "neither name nor service_id"),
            ({"name": NAME, "policy": {"headrom": 5}}, "unknown key 'headrom'; did you mean headroom?"),
            ({"name": NAME, "policy": {"minimum": 200000}}, "policy.minimum 200000 is over policy.maximum 100000"),
            ({"name": NAME, "policy": {"lower_below": 80}}, "policy.lower_below 80 is not under policy.raise_above 80"),
            ({"name": NAME, "policy": {"step": None, "sizes": [5]}}, "no size lies between 20000 and 100000"),
            ({"name": NAME, "policy": {"schedule": [{"timezone": "Mars/Olympus"}]}}, "timezone is 'Mars/Olympus'"),
            (
                {"name": NAME, "policy": {"boosts": [{"minimum": 5, "from": "2026-02-02", "until": "2026-02-01"}]}},
                "before it begins",
            ),
        ],
    )
    def test_bad_input(self, run: Runner, sim: SimulatorServer, bad: dict[str, Any], phrase: str) -> None:
        self.go_wrong(run, sim, [bad], phrase)

    def test_a_connection_twice(self, run: Runner, sim: SimulatorServer) -> None:
        self.go_wrong(run, sim, [{"name": NAME}, {"service_id": SERVICE_ID, "cloud_vpn_name": VPN}], "given twice")

    def test_several_connections_need_a_name(self, run: Runner, sim: SimulatorServer) -> None:
        add_service(sim, "many", "vpn-1", "vpn-2")
        self.go_wrong(run, sim, [{"name": "many"}], "say which one in cloud_vpn_name: vpn-1, vpn-2")

    def test_namesakes(self, run: Runner, sim: SimulatorServer) -> None:
        first, second = add_service(sim, "twin", "vpn-1"), add_service(sim, "twin", "vpn-2")
        self.go_wrong(run, sim, [{"name": "twin"}], "2 services are named twin", first, second)

    def test_a_bandwidth_that_is_no_number(self, run: Runner, sim: SimulatorServer) -> None:
        add_service(sim, "odd", "vpn-odd", bandwidth="plenty")
        self.go_wrong(run, sim, [{"name": "odd"}], "its Bandwidth is plenty")

    def test_traffic_that_cannot_be_read(self, run: Runner, sim: SimulatorServer) -> None:
        sim.faults.add("status", method="GET", path=f"connections/{VPN}/", times=None, status=403, body=None)
        (entry,) = self.go_wrong(run, sim, [{"name": NAME}], "its traffic could not be read")
        assert entry["before"] == 60000

    def test_units_that_differ_hold(self, run: Runner, sim: SimulatorServer) -> None:
        load(sim, VPN, 55_000_000)
        entry = only(run.ok("ies_elastic", mode="apply", **ONE))
        assert entry["decision"] == "hold"
        assert "units differ" in entry["reasons"][0]

    def test_the_same_error_is_told_once(self, run: Runner) -> None:
        result = run.fails(
            *("ies_elastic", "failed", "2 of 2 connections failed"),
            connections=[{"name": NAME}, {"name": "other"}],
            policy={"headrom": 5},
        )
        assert result["msg"].count("headrom") == 1

    def test_a_failed_change_is_not_ordered_again(self, run: Runner, sim: SimulatorServer) -> None:
        load(sim, VPN, 55000)
        sim.faults.add("fail_async", operation="modify", reason="no capacity")
        result = run.fails("ies_elastic", "failed", "no capacity", mode="apply", **ONE)
        entry = only(result)
        assert (entry["applied"], entry["decision"]) == (False, "raise")
        assert result["changed"] is True
        assert written(sim) == [("PUT", SERVICE)]

    def test_three_failures_in_a_row_stop_it(self, run: Runner, sim: SimulatorServer) -> None:
        sim.faults.add("fail_async", operation="modify", times=None, reason="no capacity")
        for bandwidth in (61000, 62000, 63000):
            run.fails("ies_service", "failed", name=NAME, bandwidth=bandwidth)
        sim.clock.advance(3600)
        load(sim, VPN, 60000, hours=0.5)
        sim.journal.clear()
        entry = only(run.ok("ies_elastic", mode="apply", **ONE))
        assert entry["reasons"][0].startswith("the last 3 changes failed")
        assert written(sim) == []

    @pytest.mark.parametrize("total", [0, -5])
    def test_a_total_that_is_none(self, run: Runner, sim: SimulatorServer, total: int) -> None:
        run.fails("ies_elastic", "invalid", f"total_maximum is {total}", total_maximum=total, **ONE)
        assert sim.journal.entries == []

    def test_neither_connections_nor_services(self, run: Runner) -> None:
        run.fails("ies_elastic", None, "connections, services")


class TestTotal:
    """One maximum for all connections."""

    def test_saturated_connections_come_first(self, run: Runner, sim: SimulatorServer) -> None:
        add_service(sim, "full", "vpn-full")
        load(sim, VPN, 55000)
        load(sim, "vpn-full", 60000)
        both = [{"name": NAME}, {"name": "full"}]
        result = run.ok("ies_elastic", connections=both, policy=POLICY, total_maximum=155000)
        busy, full = result["connections"]
        assert (full["clipped"], full["target"], full["decision"]) == (True, 90000, "raise")
        assert (busy["target"], busy["decision"]) == (60000, "hold")
        assert "the total maximum of 155,000" in busy["reasons"][0]

    def test_a_smaller_size_where_all_does_not_fit(self, run: Runner, sim: SimulatorServer) -> None:
        load(sim, VPN, 60000)
        entry = only(run.ok("ies_elastic", total_maximum=75000, **ONE))
        assert (entry["target"], entry["decision"]) == (70000, "raise")
        assert "90,000 is wanted" in entry["reasons"][-1]


@pytest.mark.parametrize(("encoding", "sign"), [("UTF-8", "█"), ("ANSI_X3.4-1968", "#"), ("no-such-encoding", "#")])
def test_a_line_per_connection_for_any_terminal(
    sim: SimulatorServer, monkeypatch: pytest.MonkeyPatch, encoding: str, sign: str
) -> None:
    told: list[str] = []
    monkeypatch.setattr(locale, "getpreferredencoding", lambda _do_set: encoding)
    monkeypatch.setattr(_elastic_action.ElasticAction, "show", lambda _self, line, *_more: told.append(line))
    load(sim, VPN, 60000)
    auth_token, bearer_token = sim.tokens("nbitest_14")
    arguments = {"api_url": sim.url, "auth_token": auth_token, "bearer_token": bearer_token, **ONE}
    run_action("ies_elastic", arguments)
    assert told[0].startswith(f"{NAME}, {VPN}  {sign * 24}  raise 60,000 -> 90,000: the line is full")
    told.clear()
    run_action("ies_elastic", {**arguments, "progress": False})
    assert told == []


class TestReading:
    """What is read beside the decisions."""

    def test_traffic_is_returned_when_asked_for(self, run: Runner, sim: SimulatorServer) -> None:
        load(sim, VPN, 40000)
        assert "traffic" not in run.ok("ies_elastic", **ONE)
        result = run.ok("ies_elastic", traffic=True, **ONE)
        assert [entry["direction"] for entry in result["traffic"]] == ["outbound", "inbound"]
        assert set(result["traffic"][0]["samples"][0]) == {"time", "epoch", "value"}
        assert result["history"][0]["bandwidth"] == 60000

    @pytest.mark.parametrize(
        ("policy", "hours"), [({}, 6), ({"lower_window": "24h"}, 24), ({"daily_memory": 7}, 7 * 24 + 0.25)]
    )
    def test_the_period_is_long_enough_for_the_policy(
        self, run: Runner, sim: SimulatorServer, policy: dict[str, Any], hours: float
    ) -> None:
        run.ok("ies_elastic", connections=[{"name": NAME, "policy": policy}], policy=POLICY)
        queries = [entry.query for entry in sim.journal.entries if "traffic" in entry.path]
        assert {int(query["endtime"]) - int(query["starttime"]) for query in queries} == {int(hours * HOURS)}

    def test_another_moment(self, run: Runner, sim: SimulatorServer) -> None:
        result = run.ok("ies_elastic", end_time="-2h", **ONE)
        queries = [entry.query for entry in sim.journal.entries if "traffic" in entry.path]
        assert {int(query["endtime"]) for query in queries} == {int(sim.clock.now()) - 7200}
        assert result["decided_at"] is not None


def test_an_item_with_another_list(run: Runner, sim: SimulatorServer) -> None:
    parameters = {"OwnList": [wire_item(NEW_VPN, "60000")]}
    service_id = add_service(sim, "own", parameters=parameters)
    load(sim, NEW_VPN, 55000)
    run.ok("ies_elastic", mode="apply", connections=[{"name": "own"}], policy=POLICY)
    service = sim.state.service("nbitest_14", service_id)
    assert service is not None
    assert service.parameters["OwnList"][0]["Bandwidth"] == "70000"


class TestFiles:
    """Report and metrics, written on the controller."""

    @staticmethod
    def act(sim: SimulatorServer, **more: Any) -> dict[str, Any]:
        """Run the action plugin."""
        auth_token, bearer_token = sim.tokens("nbitest_14")
        arguments = {"api_url": sim.url, "auth_token": auth_token, "bearer_token": bearer_token, **ONE, **more}
        return run_action("ies_elastic", arguments)

    @staticmethod
    def page_of(monkeypatch: pytest.MonkeyPatch, make: Any) -> None:
        """Put a stand-in in the place of the page, whose pictures take a while."""
        page = ModuleType(_elastic_action.PAGE)
        vars(page)["elastic_page"] = make
        monkeypatch.setitem(sys.modules, _elastic_action.PAGE, page)

    def test_the_report(self, sim: SimulatorServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        given: dict[str, Any] = {}

        def make(connections: Any, series: Any, **more: Any) -> str:
            given.update(connections=connections, series=series, **more)
            return "<html>"

        self.page_of(monkeypatch, make)
        load(sim, VPN, 55000)
        result = self.act(sim, report=str(tmp_path / "page.html"), policy={**POLICY, "price": 0.5})
        assert (tmp_path / "page.html").read_text(encoding="utf-8") == "<html>"
        assert "traffic" not in result
        assert "warnings" not in result
        (entry,) = given["connections"]
        assert (entry["target"], entry["traffic_unit"], entry["cost"]) == (70000, 1, {"before": 30000, "target": 35000})
        assert [one["direction"] for one in given["series"][VPN]["traffic"]] == ["outbound", "inbound"]
        assert given["series"][VPN]["bandwidth_history"][0]["bandwidth"] == 60000
        assert (given["tenant"], given["server"]) == ("localhost", sim.url)

    def test_a_page_that_cannot_be_made_is_a_warning(
        self, sim: SimulatorServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        def make(*_given: Any, **_more: Any) -> str:
            raise InvalidError("matplotlib is missing; install it")

        self.page_of(monkeypatch, make)
        load(sim, VPN, 55000)
        result = self.act(sim, report=str(tmp_path / "page.html"))
        assert "failed" not in result
        assert "report: matplotlib is missing; install it" in result["warnings"][0]

    def test_a_file_that_cannot_be_written_is_found_out_before(self, sim: SimulatorServer, tmp_path: Path) -> None:
        for option in ("report", "metrics_file"):
            result = self.act(sim, **{option: str(tmp_path / "nowhere" / "file")})
            assert f"{option}: cannot write" in result["msg"]
        assert sim.journal.entries == []

    def test_metrics_of_a_run_that_failed(self, sim: SimulatorServer, tmp_path: Path) -> None:
        sim.options.tokens_expired = True
        result = self.act(sim, metrics_file=str(tmp_path / "file.prom"))
        assert result["connections"] == []
        assert 'cloudopera_ies_elastic_failed{tenant="localhost"} 1' in (tmp_path / "file.prom").read_text(encoding="utf-8")

    def test_a_task_with_async_sees_no_end(self, sim: SimulatorServer, tmp_path: Path) -> None:
        auth_token, bearer_token = sim.tokens("nbitest_14")
        given = {"api_url": sim.url, "auth_token": auth_token, "bearer_token": bearer_token, **ONE}
        action = make_action("ies_elastic", {**given, "metrics_file": str(tmp_path / "m.prom")}, async_val=60)
        assert "metrics_file needs the end of the run" in action.run(task_vars={})["msg"]
