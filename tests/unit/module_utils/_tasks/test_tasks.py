# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task bodies against a simulated IES, without Ansible around them (public interface, sections 3 to 8)."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import (
    FailedError,
    IesError,
    InvalidError,
    WaitTimeoutError,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks import (
    ies_catalog_info,
    ies_service,
    ies_service_info,
    ies_services,
    ies_vpn_traffic_info,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks._context import Context
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.client import IesClient
from tests.simulator import samples
from tests.simulator.server import SimulatorServer
from tests.unit.conftest import TENANT, FakeTime

from ..support import DEFINITION, NAME, SERVICE_ID, VPN, orderable, service_params

SERVICES = "/rest/servicemanager/v1/services"
Task = Callable[..., dict[str, Any]]


@pytest.fixture
def task(client: IesClient, fake_time: FakeTime) -> Task:
    """Return a function that runs a task body with its options, defaults filled in."""

    def run(body: ModuleType, *, check_mode: bool = False, **given: Any) -> dict[str, Any]:
        params = {option: spec.get("default") for option, spec in body.OPTIONS.items()}
        assert set(given) <= set(params)
        result: dict[str, Any] = body.run({**params, **given}, client, Context(check_mode, fake_time.clock))
        return result

    return run


def names(result: dict[str, Any]) -> list[str]:
    """Return the names of the services found."""
    return [service["name"] for service in result["services"]]


class TestService:
    def test_the_result(self, task: Task) -> None:
        result = task(ies_service, **service_params(name=NAME, bandwidth=80000))
        assert set(result) == {"changed", "actions", "service", "operation_id", "diff", "warnings"}
        assert (result["changed"], result["actions"]) == (True, ["update"])

    def test_an_error_comes_out(self, task: Task) -> None:
        with pytest.raises(InvalidError):
            task(ies_service, **service_params(name="missing", bandwidth=5))

    @pytest.mark.parametrize("option", ["wait_timeout", "wait_sleep"])
    @pytest.mark.parametrize("body", [ies_service, ies_service_info, ies_services], ids=lambda body: str(body.__name__))
    def test_no_negative_times(self, body: ModuleType, option: str, task: Task, simulator: SimulatorServer) -> None:
        given = {ies_service: service_params(name="x"), ies_services: {"services": []}}.get(body, {})
        with pytest.raises(InvalidError, match=f"{option} is -1"):
            task(body, **{**given, option: -1})
        assert simulator.journal.entries == []

    @pytest.mark.parametrize(
        ("body", "given"),
        [
            (ies_service_info, {}),
            (ies_catalog_info, {}),
            (ies_services, {"services": []}),
            (ies_vpn_traffic_info, {"cloud_vpn_names": ["x"]}),
        ],
        ids=str,
    )
    def test_no_parallelism_below_one(self, body: ModuleType, given: dict[str, Any], task: Task) -> None:
        with pytest.raises(InvalidError, match="max_parallel is 0"):
            task(body, max_parallel=0, **given)
        with pytest.raises(InvalidError, match="max_parallel is true; it must be a number"):
            task(body, max_parallel=True, **given)


class TestServiceInfo:
    @pytest.fixture(autouse=True)
    def _services(self, simulator: SimulatorServer) -> None:
        simulator.simulation.preload(TENANT, 3)
        for number, status in ((1, "Failed"), (2, "CreateFailed")):
            service = simulator.state.named(TENANT, f"fleet-000{number}")[0]
            simulator.state.set_status(service.service_id, status)

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            pytest.param({}, ["fleet-0001", "fleet-0002", "fleet-0003", NAME], id="all-sorted-by-name"),
            pytest.param({"name": [NAME]}, [NAME], id="name"),
            pytest.param({"name": ["fleet-0003", NAME, "nope"]}, ["fleet-0003", NAME], id="names"),
            pytest.param({"name": [NAME.upper()]}, [], id="names-are-exact"),
            pytest.param({"service_id": [SERVICE_ID]}, [NAME], id="id"),
            pytest.param({"service_id": [SERVICE_ID], "name": ["fleet-0001"]}, [], id="all-must-match"),
            pytest.param({"cloud_vpn_name": [VPN, "fleet-vpn-0001"]}, ["fleet-0001", NAME], id="connections"),
            pytest.param({"status": ["Failed"]}, ["fleet-0001"], id="status"),
            pytest.param({"status": ["failed", "COMPLETED"]}, ["fleet-0001", "fleet-0003", NAME], id="status-case"),
            pytest.param({"phase": ["failed", "create_failed"]}, ["fleet-0001", "fleet-0002"], id="phase"),
            pytest.param({"phase": ["ready"], "cloud_vpn_name": ["fleet-vpn-0001"]}, [], id="phase-and-connection"),
            pytest.param({"name": []}, [], id="an-empty-filter-matches-nothing"),
        ],
    )
    def test_filters(self, given: dict[str, Any], expected: list[str], task: Task) -> None:
        result = task(ies_service_info, **given)
        assert (names(result), result["changed"]) == (expected, False)

    def test_details_are_read_of_those_only_that_are_left(self, task: Task, simulator: SimulatorServer) -> None:
        (service,) = task(ies_service_info, name=[NAME])["services"]
        assert service["connections"][0]["cloud_vpn_name"] == VPN
        assert len(simulator.journal.entries) == 2

    def test_without_details_one_request(self, task: Task, simulator: SimulatorServer) -> None:
        found = task(ies_service_info, details=False)["services"]
        assert len(found) == 4
        assert all(service["parameters"] == {} for service in found)
        assert len(simulator.journal.entries) == 1

    def test_a_filter_on_connections_needs_the_details(self, task: Task, simulator: SimulatorServer) -> None:
        assert names(task(ies_service_info, details=False, cloud_vpn_name=[VPN])) == [NAME]
        assert len(simulator.journal.entries) == 5

    def test_details_in_parallel(self, task: Task, simulator: SimulatorServer) -> None:
        simulator.simulation.preload(TENANT, 8, "more")
        simulator.faults.add("delay", path=f"{SERVICES}/", seconds=0.05, times=None)
        task(ies_service_info, max_parallel=3)
        assert 2 <= simulator.journal.max_concurrency <= 3

    def test_one_that_goes_between_list_and_details_is_not_there(self, task: Task, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", path=f"{SERVICES}/{SERVICE_ID}", status=404, body=None)
        assert NAME not in names(task(ies_service_info))

    def test_an_empty_tenant(self, task: Task, simulator: SimulatorServer) -> None:
        simulator.state.clear_services()
        assert task(ies_service_info)["services"] == []
        assert task(ies_service_info, wait=True)["services"] == []

    def test_of_one_name_by_id(self, task: Task, simulator: SimulatorServer) -> None:
        for service_id in ("zz", "aa", "mm"):
            simulator.state.add_service(
                TENANT, "same", {}, service_definition_id=DEFINITION, template_id="t", service_id=service_id
            )
        assert [service["service_id"] for service in task(ies_service_info, name=["same"])["services"]] == ["aa", "mm", "zz"]

    def test_wait_until_none_is_in_progress(self, task: Task, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        task(ies_service, **service_params(name=NAME, bandwidth=5), wait=False)
        (service,) = task(ies_service_info, name=[NAME], wait=True)["services"]
        assert (service["status"], service["connections"][0]["bandwidth"]) == ("Completed", 5)
        assert sum(fake_time.slept) == pytest.approx(60)

    def test_nothing_in_progress_is_not_waited_for(self, task: Task, fake_time: FakeTime) -> None:
        task(ies_service, **service_params(name=NAME, bandwidth=5), wait=False)
        assert task(ies_service_info, name=["fleet-0003"], wait=True)["services"]
        assert fake_time.slept == []

    def test_without_wait_nothing_is_waited_for(self, task: Task, fake_time: FakeTime) -> None:
        task(ies_service, **service_params(name=NAME, bandwidth=5), wait=False)
        assert task(ies_service_info, name=[NAME])["services"][0]["phase"] == "in_progress"
        assert fake_time.slept == []

    def test_a_wait_has_its_limit(self, task: Task, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        task(ies_service, **service_params(name=NAME, bandwidth=5), wait=False)
        with pytest.raises(WaitTimeoutError, match=f"1 of 4 services .*40 s.*{NAME}") as caught:
            task(ies_service_info, wait=True, wait_timeout=40)
        assert sum(fake_time.slept) == pytest.approx(40)
        assert caught.value.kind == "timeout"
        assert caught.value.result["service"]["service_id"] == SERVICE_ID
        assert len(caught.value.result["services"]) == 4

    def test_many_that_take_too_long_are_not_all_named(self, task: Task, simulator: SimulatorServer) -> None:
        for service in simulator.simulation.preload(TENANT, 7, "busy"):
            simulator.state.set_status(service.service_id, "UpdateInProgress")
        with pytest.raises(WaitTimeoutError, match="7 of 11 services .*and 2 more"):
            task(ies_service_info, wait=True, wait_timeout=0)

    def test_the_list_is_sorted_after_a_wait_too(self, task: Task) -> None:
        task(ies_service, **service_params(name="fleet-0003", bandwidth=5), wait=False)
        assert names(task(ies_service_info, wait=True)) == ["fleet-0001", "fleet-0002", "fleet-0003", NAME]

    def test_an_outage_passes_while_waiting(self, task: Task, simulator: SimulatorServer) -> None:
        task(ies_service, **service_params(name=NAME, bandwidth=5), wait=False)
        simulator.faults.add("drop_before", method="GET", after=3, times=5)
        assert task(ies_service_info, name=[NAME], wait=True)["services"][0]["status"] == "Completed"


class TestCatalogInfo:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            pytest.param({}, ["Site2DC", "Site2Site"], id="all-sorted-by-name"),
            pytest.param({"name": ["Site2Site"]}, ["Site2Site"], id="name"),
            pytest.param({"service_definition_id": [DEFINITION]}, ["Site2DC"], id="id"),
            pytest.param({"service_definition_id": [DEFINITION], "name": ["Site2Site"]}, [], id="both-must-match"),
            pytest.param({"name": ["nope"]}, [], id="nothing"),
        ],
    )
    def test_filters(self, given: dict[str, Any], expected: list[str], task: Task) -> None:
        found = task(ies_catalog_info, **given)
        assert [definition["name"] for definition in found["service_definitions"]] == expected
        assert found["changed"] is False

    def test_details(self, task: Task, simulator: SimulatorServer) -> None:
        (definition,) = task(ies_catalog_info, name=["Site2DC"])["service_definitions"]
        assert definition == {
            "service_definition_id": DEFINITION,
            "name": "Site2DC",
            "description": "Site to data centre CloudVPN",
            "service_type": "CloudVPN",
            "domain": "CloudVPN",
            "status": "active",
            "version": "1.0",
            "templates": [
                {
                    "template_id": samples.SITE2DC_TEMPLATE,
                    "name": "Site2DC_template",
                    "url": f"/rest/catalog/v1/servicedefs/{DEFINITION}/templates/{samples.SITE2DC_TEMPLATE}",
                }
            ],
        }
        assert len(simulator.journal.entries) == 2

    def test_without_details_one_request(self, task: Task, simulator: SimulatorServer) -> None:
        found = task(ies_catalog_info, details=False)["service_definitions"]
        assert [definition["templates"] for definition in found] == [[], []]
        assert len(simulator.journal.entries) == 1

    def test_an_empty_catalogue(self, task: Task, simulator: SimulatorServer) -> None:
        simulator.state.load([], [])
        assert task(ies_catalog_info)["service_definitions"] == []


class TestTraffic:
    PERIOD = {"start_time": "2017-04-28T08:00:00Z", "end_time": "2017-04-28T08:03:00Z"}

    def test_a_series(self, task: Task, simulator: SimulatorServer) -> None:
        result = task(ies_vpn_traffic_info, cloud_vpn_names=[VPN], **self.PERIOD)
        (traffic,) = result["traffic"]
        assert {key: traffic[key] for key in traffic if key not in {"samples", "statistics"}} == {
            "cloud_vpn_name": VPN,
            "metric": "traffic-rate",
            "timedim": "minute",
            "direction": "outbound",
            "indicator": "max",
            "start_time": "2017-04-28T08:00:00Z",
            "end_time": "2017-04-28T08:03:00Z",
        }
        assert [sample["time"] for sample in traffic["samples"]] == [f"2017-04-28T08:0{minute}:00Z" for minute in range(3)]
        assert [sample["epoch"] for sample in traffic["samples"]] == [1493366400, 1493366460, 1493366520]
        values = [sample["value"] for sample in traffic["samples"]]
        assert traffic["statistics"]["max"] == max(values)
        assert traffic["statistics"]["last"] == values[-1]
        assert traffic["statistics"]["count"] == 3
        assert simulator.journal.entries[0].query == {
            "starttime": "1493366400",
            "endtime": "1493366580",
            "timedim": "minute",
            "direction": "outbound",
            "indicator": "max",
        }

    def test_both_directions_of_several_connections(self, task: Task, simulator: SimulatorServer) -> None:
        simulator.simulation.preload(TENANT, 1)
        result = task(ies_vpn_traffic_info, cloud_vpn_names=[VPN, "fleet-vpn-0001"], direction="both", **self.PERIOD)
        assert [(traffic["cloud_vpn_name"], traffic["direction"]) for traffic in result["traffic"]] == [
            (VPN, "outbound"),
            (VPN, "inbound"),
            ("fleet-vpn-0001", "outbound"),
            ("fleet-vpn-0001", "inbound"),
        ]
        assert len(simulator.journal.entries) == 4

    def test_relative_times_are_of_the_clock(self, task: Task, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        task(ies_vpn_traffic_info, cloud_vpn_names=[VPN])
        now = int(fake_time.clock.now())
        query = simulator.journal.entries[0].query
        assert (query["starttime"], query["endtime"]) == (str(now - 3600), str(now))

    def test_an_unknown_connection_is_an_empty_series_with_a_warning(self, task: Task) -> None:
        result = task(ies_vpn_traffic_info, cloud_vpn_names=["nope", VPN], **self.PERIOD)
        empty, known = result["traffic"]
        assert (empty["samples"], empty["statistics"]["count"], empty["statistics"]["p95"]) == ([], 0, None)
        assert known["samples"]
        assert len(result["warnings"]) == 1
        assert "'nope'" in result["warnings"][0]

    def test_unreadable_samples_are_gaps_and_told(self, task: Any, simulator: SimulatorServer) -> None:
        points = [{"time": 1493366400, "value": 5}, {"time": 1493366460, "value": "many"}, {"time": "soon", "value": 7}]
        simulator.faults.add("status", status=200, body={"data": points})
        result = task(ies_vpn_traffic_info, cloud_vpn_names=[VPN], **self.PERIOD)
        (traffic,) = result["traffic"]
        assert [sample["value"] for sample in traffic["samples"]] == [5, None]
        assert (traffic["statistics"]["count"], traffic["statistics"]["gaps"]) == (1, 1)
        assert result["warnings"] == [
            f"outbound traffic of '{VPN}': 1 of the samples came with a time that could not be read, left out",
            f"outbound traffic of '{VPN}': 1 of the samples came with a value that could not be read, shown as gaps",
        ]

    def test_null_samples_are_an_empty_series(self, task: Any, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", status=200, body={"connection_name": VPN, "metric": "traffic-rate", "data": None})
        result = task(ies_vpn_traffic_info, cloud_vpn_names=[VPN], **self.PERIOD)
        assert (result["traffic"][0]["samples"], result["warnings"]) == ([], [])

    def test_an_empty_series_is_no_warning(self, task: Task, simulator: SimulatorServer) -> None:
        simulator.options.update({"traffic_shape": "empty"})
        result = task(ies_vpn_traffic_info, cloud_vpn_names=[VPN], **self.PERIOD)
        assert (result["traffic"][0]["samples"], result["warnings"]) == ([], [])

    def test_gaps_are_null(self, task: Task, simulator: SimulatorServer) -> None:
        simulator.options.update({"traffic_shape": "gaps"})
        period = {**self.PERIOD, "end_time": "2017-04-28T08:20:00Z"}
        (traffic,) = task(ies_vpn_traffic_info, cloud_vpn_names=[VPN], **period)["traffic"]
        assert [sample["value"] is None for sample in traffic["samples"]].count(True) == 4
        assert (traffic["statistics"]["count"], traffic["statistics"]["gaps"]) == (16, 4)

    @pytest.mark.parametrize("shape", ["bare", "pairs", "ms", "iso", "numbers", "parallel", "named"])
    def test_every_shape_gives_the_same(self, shape: str, task: Task, simulator: SimulatorServer) -> None:
        expected = task(ies_vpn_traffic_info, cloud_vpn_names=[VPN], **self.PERIOD)
        simulator.options.update({"traffic_shape": shape})
        assert task(ies_vpn_traffic_info, cloud_vpn_names=[VPN], **self.PERIOD) == expected

    def test_an_unknown_shape_is_an_error(self, task: Task, simulator: SimulatorServer) -> None:
        simulator.options.update({"traffic_shape": "unknown"})
        with pytest.raises(IesError) as caught:
            task(ies_vpn_traffic_info, cloud_vpn_names=[VPN], **self.PERIOD)
        assert caught.value.kind == "bad_response"

    @pytest.mark.parametrize(
        "given",
        [
            {"cloud_vpn_names": [" "]},
            {"metric": ""},
            {"timedim": " "},
            {"direction": ""},
            {"indicator": ""},
            {"start_time": "soon"},
            {"start_time": "now"},
        ],
        ids=str,
    )
    def test_bad_input_is_refused_before_anything_is_sent(
        self, given: dict[str, Any], task: Task, simulator: SimulatorServer
    ) -> None:
        with pytest.raises(InvalidError, match=next(iter(given))):
            task(ies_vpn_traffic_info, **{"cloud_vpn_names": [VPN], **given})
        assert simulator.journal.entries == []


class TestServices:
    def test_several(self, task: Task, simulator: SimulatorServer) -> None:
        simulator.simulation.preload(TENANT, 3)
        declared = [
            service_params(**orderable()),
            service_params(name="fleet-0001", bandwidth=80000),
            service_params(name="fleet-0002", state="absent"),
            service_params(name="fleet-0003", bandwidth=60000),
            service_params(name="nope", state="absent"),
        ]
        planned = task(ies_services, check_mode=True, services=declared)
        assert simulator.journal.writes == []
        result = task(ies_services, services=declared)
        assert {key: len(entries) for key, entries in result["plan"].items()} == {
            "create": 1,
            "update": 1,
            "recreate": 0,
            "delete": 1,
            "unchanged": 2,
        }
        assert planned["plan"] == result["plan"]
        assert planned["diff"] == result["diff"]
        assert set(result["diff"]["after"]) == {"new", "fleet-0001", "fleet-0002"}
        assert [(entry["name"], entry["changed"], entry["actions"], entry["error"]) for entry in result["services"]] == [
            ("new", True, ["create"], None),
            ("fleet-0001", True, ["update"], None),
            ("fleet-0002", True, ["delete"], None),
            ("fleet-0003", False, [], None),
            ("nope", False, [], None),
        ]
        assert [entry["service"] and entry["service"]["phase"] for entry in result["services"]] == [
            "ready",
            "ready",
            None,
            "ready",
            None,
        ]
        assert result["changed"] is True
        again = task(ies_services, services=declared)
        assert (again["changed"], len(again["plan"]["unchanged"])) == (False, 5)

    def test_a_plan_entry(self, task: Task) -> None:
        result = task(ies_services, check_mode=True, services=[service_params(service_id=SERVICE_ID, bandwidth=5)])
        (entry,) = result["plan"]["update"]
        assert set(entry) == {"name", "service_id", "before", "after"}
        assert (entry["name"], entry["service_id"]) == (NAME, SERVICE_ID)
        assert entry["after"]["connections"] == {VPN: {"CloudVpnName": VPN, "Bandwidth": "5"}}

    def test_failing_ones_do_not_stop_the_others_and_are_named(self, task: Task, simulator: SimulatorServer) -> None:
        simulator.simulation.preload(TENANT, 2)
        declared = [
            service_params(name="fleet-0001", bandwidth=80000),
            service_params(name="x", description="d" * 256),
            service_params(name="missing", bandwidth=5),
            service_params(name="fleet-0002", bandwidth=80000),
        ]
        with pytest.raises(FailedError, match="2 of 4 services failed: x: .*; missing: ") as caught:
            task(ies_services, services=declared)
        result = caught.value.result
        assert [(entry["name"], entry["actions"], entry["error_kind"]) for entry in result["services"]] == [
            ("fleet-0001", ["update"], None),
            ("x", [], "invalid"),
            ("missing", [], "invalid"),
            ("fleet-0002", ["update"], None),
        ]
        assert result["changed"] is True

    def test_all_of_them_refused_sends_nothing(self, task: Task, simulator: SimulatorServer) -> None:
        with pytest.raises(FailedError, match="1 of 1"):
            task(ies_services, services=[service_params(name="")])
        assert simulator.journal.entries == []

    @pytest.mark.parametrize("twice", [{"name": "a"}, {"service_id": "a"}], ids=str)
    def test_the_same_twice_is_an_error_before_anything_is_sent(
        self, twice: dict[str, Any], task: Task, simulator: SimulatorServer
    ) -> None:
        with pytest.raises(InvalidError, match="declared twice"):
            task(ies_services, services=[service_params(**twice), service_params(**twice)])
        assert simulator.journal.entries == []

    def test_one_that_takes_too_long_shows_its_service(self, task: Task) -> None:
        with pytest.raises(FailedError, match="new: .*wait_timeout") as caught:
            task(ies_services, services=[service_params(**orderable())], wait_timeout=60)
        (entry,) = caught.value.result["services"]
        assert entry["error_kind"] == "timeout"
        assert entry["service"]["status"] == "CreateInProgress"
        assert entry["operation_id"]

    def test_nothing_declared(self, task: Task, simulator: SimulatorServer) -> None:
        result = task(ies_services, services=[])
        assert (result["changed"], result["services"]) == (False, [])
        assert simulator.journal.entries == []

    def test_warnings_are_collected_once(self, task: Task, simulator: SimulatorServer) -> None:
        declared = [service_params(name=NAME, site2dc=[{"cloud_vpn_name": VPN, "bandwidth": 60000, "extra": {"Secret": "s"}}])]
        assert len(task(ies_services, services=declared)["warnings"]) == 1
