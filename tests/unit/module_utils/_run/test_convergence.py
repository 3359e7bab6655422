# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One declaration against a simulated IES: sequences, lost responses, waiting (public interface, sections 2 and 3)."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Service, Submitted
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import (
    ConflictError,
    FailedError,
    IesError,
    NotFoundError,
    ServerError,
    UnreachableError,
    WaitTimeoutError,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._run.fleet import run_fleet
from ansible_collections.cloudopera.ies.plugins.module_utils._run.steps import Outcome, RunOptions
from ansible_collections.cloudopera.ies.plugins.module_utils._run.tenant import Tenant
from ansible_collections.cloudopera.ies.plugins.module_utils._time import PollOptions
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.client import IesClient
from tests.simulator import samples
from tests.simulator.model import Definition, ParameterSpec, Template
from tests.simulator.server import SimulatorServer
from tests.unit.conftest import TENANT, FakeTime

from ..support import DEFINITION, NAME, SERVICE_ID, TEMPLATE, VPN, declare, orderable, sample_item

SERVICES = "/rest/servicemanager/v1/services"
OWN = f"{SERVICES}/{SERVICE_ID}$"
NEW = "new"
SCALED: dict[str, Any] = {"bandwidth": 80000}
OTHER_VNI: dict[str, Any] = {"site2dc": [{"cloud_vpn_name": VPN, "bandwidth": 60000, "vni": "7"}]}
# What may become of the response to a write, and whether the write itself arrived.
ACCIDENTS = [
    pytest.param("drop_before", {}, id="dropped-before"),
    pytest.param("drop_after", {}, id="dropped-after"),
    pytest.param("status_after", {"status": 500}, id="500-after"),
    pytest.param("status_after", {"status": 502, "body": "<html/>"}, id="502-html-after"),
    pytest.param("status_after", {"status": 503, "body": None}, id="503-after"),
    pytest.param("status_after", {"status": 504, "body": None}, id="504-after"),
    pytest.param("status", {"status": 503, "body": None}, id="503-before"),
    pytest.param("status", {"status": 429, "body": None}, id="429"),
    pytest.param("truncate", {}, id="truncated"),
    pytest.param("truncate", {"mode": "body"}, id="cut-off-json"),
    pytest.param("html", {"status": 502}, id="502-html"),
]
CERTAIN_TO_ARRIVE = {"drop_after", "status_after", "truncate"}

Run = Callable[..., Outcome]
OrderBeside = Callable[..., list[str]]


@pytest.fixture
def run(client: IesClient, fake_time: FakeTime) -> Run:
    """Return a function that converges a declaration and returns its outcome, or raises its error."""

    def run_it(
        *,
        check_mode: bool = False,
        wait: bool = True,
        timeout: float = 1800,
        interval: float = 60,
        as_planned: bool = False,
        **given: Any,
    ) -> Outcome:
        options = RunOptions(check_mode, wait, PollOptions(timeout, interval), as_planned)
        (job,) = run_fleet([declare(**given)], Tenant(client), options, fake_time.clock)
        if job.error is not None:
            raise job.error
        return job.outcome

    return run_it


def writes(simulator: SimulatorServer) -> list[tuple[str, str]]:
    """Return the writes that arrived: method and the path after the services' own."""
    return [(entry.method, entry.path.replace(SERVICES, "")) for entry in simulator.journal.writes]


def stored(simulator: SimulatorServer, name: str = NAME) -> list[str]:
    """Return the states of the services of that name."""
    return [service.status for service in simulator.state.named(TENANT, name)]


def bandwidth(simulator: SimulatorServer, cloud_vpn_name: str = VPN) -> Any:
    """Return what the server has stored."""
    item = simulator.state.connection(TENANT, cloud_vpn_name)
    assert item is not None
    return item["Bandwidth"]


class TestSequences:
    def test_create(self, run: Run, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        outcome = run(**orderable(description="d"))
        result = outcome.to_result()
        (made,) = simulator.state.named(TENANT, NEW)
        assert result["changed"] is True
        assert result["actions"] == ["create"]
        assert result["warnings"] == []
        assert result["service"]["service_id"] == made.service_id
        assert result["service"]["phase"] == "ready"
        assert [(entry["cloud_vpn_name"], entry["bandwidth"]) for entry in result["service"]["connections"]] == [("vpn", 100)]
        assert result["operation_id"] == simulator.state.operations(made.service_id)[0].operation_id
        assert result["diff"]["before"] == {}
        assert writes(simulator) == [("POST", "")]
        assert sum(fake_time.slept) == pytest.approx(600)

    def test_a_second_run_changes_nothing(self, run: Run, simulator: SimulatorServer) -> None:
        run(**orderable())
        simulator.journal.clear()
        result = run(**orderable()).to_result()
        assert (result["changed"], result["actions"], writes(simulator)) == (False, [], [])
        assert result["diff"]["before"] == result["diff"]["after"]
        assert result["operation_id"] is None

    def test_update(self, run: Run, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        result = run(interval=15, **SCALED).to_result()
        assert (result["changed"], result["actions"], result["warnings"]) == (True, ["update"], [])
        assert result["service"]["connections"][0]["bandwidth"] == 80000
        assert result["service"]["status"] == "Completed"
        assert result["operation_id"] == simulator.state.operations(SERVICE_ID)[0].operation_id
        assert writes(simulator) == [("PUT", f"/{SERVICE_ID}")]
        assert fake_time.slept == [15, 15, 15, 15]

    def test_delete(self, run: Run, simulator: SimulatorServer) -> None:
        result = run(state="absent").to_result()
        assert (result["changed"], result["actions"], result["service"]) == (True, ["delete"], None)
        assert result["operation_id"]
        assert writes(simulator) == [("DELETE", f"/{SERVICE_ID}")]
        assert stored(simulator) == []

    def test_deactivate_and_delete(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.state.set_status(SERVICE_ID, active_status="Active")
        result = run(state="absent", deactivate=True).to_result()
        assert (result["actions"], result["service"]) == (["deactivate", "delete"], None)
        assert writes(simulator) == [("POST", f"/{SERVICE_ID}/deactivation"), ("DELETE", f"/{SERVICE_ID}")]

    def test_active_without_leave_to_deactivate(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.state.set_status(SERVICE_ID, active_status="Active")
        with pytest.raises(ConflictError, match="active") as caught:
            run(state="absent")
        assert caught.value.result["service"]["service_id"] == SERVICE_ID
        assert writes(simulator) == []

    def test_recreate(self, run: Run, simulator: SimulatorServer) -> None:
        result = run(on_immutable_change="recreate", **OTHER_VNI).to_result()
        (made,) = simulator.state.named(TENANT, NAME)
        assert result["actions"] == ["delete", "create"]
        assert made.service_id != SERVICE_ID
        assert result["service"]["service_id"] == made.service_id
        assert made.parameters["Site2DCList"] == [sample_item(VNI="7")]
        assert writes(simulator) == [("DELETE", f"/{SERVICE_ID}"), ("POST", "")]

    def test_recreate_without_waiting_waits_for_the_delete_only(self, run: Run, simulator: SimulatorServer) -> None:
        result = run(on_immutable_change="recreate", wait=False, **OTHER_VNI).to_result()
        assert result["actions"] == ["delete", "create"]
        assert result["service"]["status"] == "CreateInProgress"
        assert stored(simulator) == ["CreateInProgress"]

    def test_recreate_an_active_one(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.state.set_status(SERVICE_ID, active_status="Active")
        assert run(on_immutable_change="recreate", deactivate=True, **OTHER_VNI).actions == ["deactivate", "delete", "create"]

    def test_add_a_connection(self, run: Run, simulator: SimulatorServer) -> None:
        result = run(on_immutable_change="update", site2dc=[{"cloud_vpn_name": "more", "bandwidth": 5}]).to_result()
        assert result["actions"] == ["update"]
        assert [entry["cloud_vpn_name"] for entry in result["service"]["connections"]] == [VPN, "more"]
        assert bandwidth(simulator, "more") == "5"

    def test_remove_a_connection(self, run: Run, simulator: SimulatorServer) -> None:
        run(on_immutable_change="update", site2dc=[{"cloud_vpn_name": "more", "bandwidth": 5}])
        items = [{"CloudVpnName": "more", "action": "delete"}]
        result = run(on_immutable_change="update", parameters={"Site2DCList": items}).to_result()
        assert [entry["cloud_vpn_name"] for entry in result["service"]["connections"]] == [VPN]
        assert simulator.state.connection(TENANT, "more") is None

    def test_replace_what_was_never_created(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.state.set_status(SERVICE_ID, "CreateFailed")
        result = run(service_definition="Site2DC", site2dc=[{"cloud_vpn_name": VPN, "bandwidth": 5}]).to_result()
        assert result["actions"] == ["delete", "create"]
        assert stored(simulator) == ["Completed"]
        assert result["service"]["service_id"] != SERVICE_ID

    def test_not_replaced_when_that_is_not_wanted(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.state.set_status(SERVICE_ID, "CreateFailed")
        with pytest.raises(ConflictError, match="replace_failed"):
            run(replace_failed=False, **orderable(name=NAME))
        assert writes(simulator) == []

    def test_apply_again_to_a_failed_service(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.state.set_status(SERVICE_ID, "Failed")
        result = run(bandwidth=60000).to_result()
        assert (result["actions"], result["service"]["status"]) == (["update"], "Completed")
        assert run(bandwidth=60000).actions == []

    def test_rename(self, run: Run, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        """The trap of contract 5.4: Completed at once, but the operation says inprogress for ever."""
        result = run(service_id=SERVICE_ID, name="renamed").to_result()
        assert (result["actions"], result["service"]["name"]) == (["update"], "renamed")
        assert len(result["warnings"]) == 1
        assert "inprogress" in result["warnings"][0]
        assert len(fake_time.slept) == 1
        assert stored(simulator, "renamed") == ["Completed"]

    def test_rename_and_a_hidden_key_warn_once_of_each(self, run: Run, simulator: SimulatorServer) -> None:
        hidden = {"Hidden": ParameterSpec(hidden=True), "Site2DCList": ParameterSpec("List<ParamGroup>")}
        simulator.state.add_definition(Definition(DEFINITION, "Site2DC", templates=[Template(TEMPLATE, "t", hidden)]))
        result = run(service_id=SERVICE_ID, name="renamed", parameters={"Hidden": "x"}, bandwidth=5).to_result()
        assert result["actions"] == ["update"]
        assert len([warning for warning in result["warnings"] if "Hidden" in warning]) == 1

    def test_a_name_that_is_taken(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.simulation.preload(TENANT, 1, "taken")
        with pytest.raises(ConflictError, match="taken-0001"):
            run(service_id=SERVICE_ID, name="taken-0001")
        assert writes(simulator) == []

    def test_a_leftover_by_id_makes_no_second_service(self, run: Run, simulator: SimulatorServer) -> None:
        (other,) = simulator.simulation.preload(TENANT, 1, NEW)
        simulator.state.set_status(SERVICE_ID, "CreateFailed")
        with pytest.raises(ConflictError, match=other.service_id):
            run(**orderable(service_id=SERVICE_ID, name=other.name))
        assert writes(simulator) == []

    def test_an_unknown_id(self, run: Run, simulator: SimulatorServer) -> None:
        with pytest.raises(NotFoundError, match="nope"):
            run(service_id="nope", **SCALED)
        assert run(service_id="nope", state="absent").to_result()["changed"] is False
        assert writes(simulator) == []

    @pytest.mark.parametrize(
        "options",
        [{"bandwidth_type": "number"}, {"key_style": "camel"}, {"operation_style": "gso"}, {"service_shape": "bare"}],
        ids=str,
    )
    def test_update_in_other_dialects(self, options: dict[str, Any], run: Run, simulator: SimulatorServer) -> None:
        simulator.options.update(options)
        result = run(**SCALED).to_result()
        assert (result["actions"], result["service"]["connections"][0]["bandwidth"]) == (["update"], 80000)
        sent = simulator.journal.writes[0].body["service"]["parameters"]["Site2DCList"][0]["Bandwidth"]
        assert isinstance(sent, int if "bandwidth_type" in options else str)
        assert run(**SCALED).actions == []

    @pytest.mark.parametrize("update_items", ["full", "minimal"])
    def test_both_ways_to_send_items(self, update_items: str, run: Run, simulator: SimulatorServer) -> None:
        run(update_items=update_items, **SCALED)
        item = simulator.state.connection(TENANT, VPN)
        assert item == sample_item(Bandwidth="80000", action=None)

    def test_without_waiting(self, run: Run, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        for given, status in ((orderable(), "CreateInProgress"), (SCALED, "UpdateInProgress")):
            result = run(wait=False, **given).to_result()
            assert (result["changed"], result["service"]["status"], result["service"]["phase"]) == (True, status, "in_progress")
            assert result["operation_id"]
        assert fake_time.slept == []

    def test_delete_without_waiting(self, run: Run, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        result = run(wait=False, state="absent").to_result()
        assert (result["actions"], result["service"]["status"]) == (["delete"], "DeleteInProgress")
        assert fake_time.slept == []
        again = run(wait=False, state="absent").to_result()
        assert (again["changed"], again["actions"]) == (False, [])
        assert len(writes(simulator)) == 1

    def test_one_that_disappears_between_list_and_details(
        self, run: Run, client: IesClient, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add("status", method="GET", path=OWN, status=404, body=None)
        assert run(bandwidth=60000).actions == []

    def test_list_and_details_that_never_agree_are_an_error(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", method="GET", path=OWN, status=404, body=None, times=60)
        with pytest.raises(IesError, match=NAME):
            run(bandwidth=60000)
        assert len(simulator.journal.entries) < 20


def comparable(service: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a service without what check mode cannot know: ids and times that are new, and how it is activated."""
    if service is None:
        return None
    text = json.dumps({**service, "service_id": None, "created_at": None, "active_status": None})
    return dict(json.loads(text.replace(', "action": "create"', "")))


FORESEEN = [
    pytest.param(None, orderable(), id="create"),
    pytest.param(None, SCALED, id="update"),
    pytest.param(None, {"bandwidth": 60000}, id="unchanged"),
    pytest.param(None, {"description": "d", "service_id": SERVICE_ID, "name": "renamed"}, id="rename"),
    pytest.param(None, {"on_immutable_change": "update", **OTHER_VNI}, id="immutable-update"),
    pytest.param(None, {"on_immutable_change": "recreate", **OTHER_VNI}, id="recreate"),
    pytest.param(None, {"on_immutable_change": "update", "site2dc": [{"cloud_vpn_name": "b", "bandwidth": 1}]}, id="add"),
    pytest.param(None, {"state": "absent"}, id="absent"),
    pytest.param("CreateFailed", orderable(name=NAME), id="replace"),
    pytest.param("CreateFailed", {"state": "absent"}, id="absent-leftover"),
    pytest.param("Failed", {"bandwidth": 60000}, id="reapply"),
    pytest.param("Failed", SCALED, id="failed-update"),
]


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize(("status", "given"), FORESEEN)
def test_what_check_mode_shows_is_what_a_run_does(
    status: str | None, given: dict[str, Any], wait: bool, run: Run, simulator: SimulatorServer
) -> None:
    simulator.state.set_status(SERVICE_ID, status)
    foreseen = run(check_mode=True, wait=wait, **given).to_result()
    assert simulator.journal.writes == []
    done = run(wait=wait, **given).to_result()
    for key in ("changed", "actions", "diff"):
        assert foreseen[key] == done[key]
    if wait or given.get("state") != "absent":
        assert comparable(foreseen["service"]) == comparable(done["service"])
    assert set(foreseen) == set(done)
    again = run(check_mode=True, **given).to_result()
    assert (again["changed"], again["actions"]) == (False, [])


class TestInProgress:
    def test_wait_then_compare(self, run: Run, simulator: SimulatorServer) -> None:
        run(wait=False, **SCALED)
        result = run(**SCALED).to_result()
        assert (result["changed"], result["service"]["status"]) == (False, "Completed")
        run(wait=False, bandwidth=70000)
        result = run(bandwidth=90000).to_result()
        assert (result["actions"], bandwidth(simulator)) == (["update"], "90000")

    def test_identical_without_waiting(self, run: Run, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        run(wait=False, **SCALED)
        simulator.journal.clear()
        result = run(wait=False, **SCALED).to_result()
        assert (result["changed"], result["service"]["status"]) == (False, "UpdateInProgress")
        assert writes(simulator) == []
        assert fake_time.slept == []

    @pytest.mark.parametrize("given", [{"bandwidth": 70000}, {"state": "absent"}], ids=str)
    def test_different_without_waiting(self, given: dict[str, Any], run: Run, simulator: SimulatorServer) -> None:
        run(wait=False, **SCALED)
        simulator.journal.clear()
        with pytest.raises(ConflictError, match="busy") as caught:
            run(wait=False, **given)
        assert caught.value.result["service"]["status"] == "UpdateInProgress"
        assert writes(simulator) == []

    def test_being_created(self, run: Run, simulator: SimulatorServer) -> None:
        run(wait=False, **orderable())
        assert run(**orderable()).to_result()["changed"] is False
        assert stored(simulator, NEW) == ["Completed"]

    def test_being_created_and_it_fails(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add("fail_async", method="POST")
        run(wait=False, **orderable())
        assert run(**orderable()).actions == ["delete", "create"]
        assert stored(simulator, NEW) == ["Completed"]

    def test_being_updated_and_it_fails(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add("fail_async", method="PUT")
        run(wait=False, **SCALED)
        assert run(**SCALED).actions == ["update"]
        assert stored(simulator) == ["Completed"]

    def test_being_deleted_to_be_present(self, run: Run, simulator: SimulatorServer) -> None:
        run(wait=False, state="absent")
        result = run(**orderable(name=NAME)).to_result()
        assert result["actions"] == ["create"]
        assert stored(simulator) == ["Completed"]
        assert result["service"]["service_id"] != SERVICE_ID

    def test_being_deleted_to_be_absent(self, run: Run, simulator: SimulatorServer) -> None:
        run(wait=False, state="absent")
        result = run(state="absent").to_result()
        assert (result["changed"], result["service"]) == (False, None)
        assert stored(simulator) == []

    def test_being_deleted_and_it_fails(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add("fail_async", method="DELETE")
        run(wait=False, state="absent")
        assert run(state="absent").actions == ["delete"]
        assert stored(simulator) == []

    def test_waiting_for_another_operation_has_its_limit(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.state.set_status(SERVICE_ID, "UpdateInProgress")
        with pytest.raises(WaitTimeoutError, match="in progress.*UpdateInProgress") as caught:
            run(timeout=100, **SCALED)
        assert caught.value.result["service"]["service_id"] == SERVICE_ID
        assert writes(simulator) == []


class TestLostAnswers:
    """One declaration never becomes two services, whatever becomes of a response (contract 3.4)."""

    @pytest.mark.parametrize("wait", [True, False])
    @pytest.mark.parametrize(("fault", "params"), ACCIDENTS)
    def test_create(self, fault: str, params: dict[str, Any], wait: bool, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add(fault, method="POST", **params)
        try:
            outcome: Outcome | None = run(wait=wait, **orderable())
        except IesError as error:
            outcome = None
            # It never arrived, and that is not known: nothing was sent again.
            lost = (error.outcome_unknown, fault not in CERTAIN_TO_ARRIVE, len(stored(simulator, NEW)))
            assert lost == (True, True, 0)
        if outcome is not None:
            assert outcome.actions == ["create"]
            assert len(stored(simulator, NEW)) == 1
        assert len(writes(simulator)) <= 2
        # And in any case the next run ends it well.
        run(**orderable())
        assert stored(simulator, NEW) == ["Completed"]
        assert run(**orderable()).actions == []

    @pytest.mark.parametrize(("fault", "params"), ACCIDENTS)
    def test_create_when_every_answer_is_lost(
        self, fault: str, params: dict[str, Any], run: Run, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add(fault, method="POST", times=None, **params)
        try:
            actions = run(**orderable()).actions
        except IesError:
            actions = []
        assert len(stored(simulator, NEW)) == (1 if fault in CERTAIN_TO_ARRIVE else 0)
        assert bool(actions) is (fault in CERTAIN_TO_ARRIVE)

    def test_a_create_that_was_found_is_a_warning_with_its_id(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add("drop_after", method="POST")
        result = run(**orderable()).to_result()
        (made,) = simulator.state.named(TENANT, NEW)
        assert len(result["warnings"]) == 1
        assert made.service_id in result["warnings"][0]

    def test_a_create_that_shows_late_is_still_found(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add("drop_after", method="POST")
        # What the list shows right after the accident is as old as before it.
        simulator.faults.add("status", method="GET", path=f"{SERVICES}$", status=200, body={"services": []}, after=1, times=2)
        assert run(**orderable()).actions == ["create"]
        assert len(stored(simulator, NEW)) == 1

    def test_an_accepted_create_that_names_no_id(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.options.update({"ids_in_body": False, "location": "absent"})
        result = run(**orderable()).to_result()
        assert result["actions"] == ["create"]
        assert len(stored(simulator, NEW)) == 1

    def test_a_create_that_left_a_failed_service(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add("create_failed_after_store", method="POST")
        with pytest.raises(FailedError, match="CreateFailed.*run again") as caught:
            run(**orderable())
        assert caught.value.result["service"]["status"] == "CreateFailed"
        assert stored(simulator, NEW) == ["CreateFailed"]
        assert len(writes(simulator)) == 1
        assert run(**orderable()).actions == ["delete", "create"]
        assert stored(simulator, NEW) == ["Completed"]

    def test_a_service_of_the_name_with_other_connections_is_not_taken_for_it(
        self, run: Run, client: IesClient, simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent = client.create_service

        def beside_another(payload: dict[str, Any]) -> Submitted:
            items = {"Site2DCList": [samples.site2dc_item("not-ours")]}
            simulator.state.add_service(TENANT, NEW, items, service_definition_id=DEFINITION, template_id=TEMPLATE)
            return sent(payload)

        monkeypatch.setattr(client, "create_service", beside_another)
        simulator.faults.add("drop_before", method="POST")
        with pytest.raises(UnreachableError, match="not known") as caught:
            run(**orderable())
        assert caught.value.result["actions"] == []
        assert len(writes(simulator)) == 1

    def test_a_lost_create_that_cannot_be_looked_up_either(
        self, connect: Callable[..., IesClient], simulator: SimulatorServer, fake_time: FakeTime
    ) -> None:
        simulator.faults.add("drop_after", method="POST")
        simulator.faults.add("status", method="GET", path=f"{SERVICES}$", status=503, after=1, times=None)
        options = RunOptions(False, True, PollOptions(1800, 15))
        (job,) = run_fleet([declare(**orderable())], Tenant(connect(api_retries=0)), options, fake_time.clock)
        assert job.error is not None
        assert job.error.outcome_unknown
        assert "run again" in job.error.message
        assert len(writes(simulator)) == 1

    @pytest.mark.parametrize(
        ("method", "given"),
        [("PUT", SCALED), ("DELETE", {"state": "absent"}), ("POST", {"state": "absent", "deactivate": True})],
    )
    def test_a_lost_write_that_cannot_be_looked_up_either(
        self,
        method: str,
        given: dict[str, Any],
        connect: Callable[..., IesClient],
        simulator: SimulatorServer,
        fake_time: FakeTime,
    ) -> None:
        simulator.state.set_status(SERVICE_ID, active_status="Active" if method == "POST" else "Deactive")
        simulator.faults.add("drop_after", method=method)
        # A service that is to go is read once more right before.
        reads = 1 if method == "PUT" else 2
        simulator.faults.add("status", method="GET", path=OWN, status=503, after=reads, times=None)
        options = RunOptions(False, True, PollOptions(1800, 15))
        (job,) = run_fleet([declare(**given)], Tenant(connect(api_retries=0)), options, fake_time.clock)
        assert job.error is not None
        assert job.error.outcome_unknown
        assert "run again" in job.error.message
        assert job.error.result["service"]["service_id"] == SERVICE_ID
        assert len(writes(simulator)) == 1

    def test_an_update_of_what_has_just_gone(
        self, run: Run, client: IesClient, simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent = client.update_service

        def after_another(service_id: str, payload: dict[str, Any]) -> Submitted:
            simulator.state.remove_service(service_id)
            return sent(service_id, payload)

        monkeypatch.setattr(client, "update_service", after_another)
        simulator.faults.add("drop_before", method="PUT")
        with pytest.raises(NotFoundError):
            run(**SCALED)

    def test_a_found_create_that_goes_before_it_is_read(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add("drop_after", method="POST")
        simulator.faults.add("status", method="GET", path=f"{SERVICES}/", status=404, body=None, times=3)
        with pytest.raises(UnreachableError, match="not known"):
            run(**orderable())
        assert run(**orderable()).actions == []

    @pytest.mark.parametrize("refusal", ["servicemgr.bad_param", "servicemgr.service.template.parse_error"])
    def test_a_refused_create_is_no_lost_one(
        self, refusal: str, run: Run, simulator: SimulatorServer, fake_time: FakeTime
    ) -> None:
        simulator.faults.add("status", method="POST", status=500, exceptionId=refusal)
        with pytest.raises(IesError) as caught:
            run(**orderable())
        assert (caught.value.kind, caught.value.exception_id) == ("invalid", refusal)
        assert len(writes(simulator)) == 1
        assert fake_time.slept == []

    def test_429_is_sent_again_as_often_as_reads_are(self, run: Run, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        simulator.faults.add("status", method="POST", status=429, body=None, headers={"Retry-After": "4"}, times=5)
        assert run(**orderable()).actions == ["create"]
        assert len(writes(simulator)) == 6
        assert len(stored(simulator, NEW)) == 1
        assert fake_time.slept.count(4.0) == 5

    @pytest.mark.parametrize("wait", [True, False])
    @pytest.mark.parametrize(("fault", "params"), ACCIDENTS)
    def test_update(self, fault: str, params: dict[str, Any], wait: bool, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add(fault, method="PUT", **params)
        outcome = run(wait=wait, **SCALED)
        assert outcome.actions == ["update"]
        assert bandwidth(simulator) == "80000"
        assert len(writes(simulator)) == (1 if fault in CERTAIN_TO_ARRIVE else 2)
        # Who has a response needs no telling.
        told = [warning for warning in outcome.warnings if "the response to the update was lost" in warning]
        assert len(told) == (1 if fault in CERTAIN_TO_ARRIVE else 0)
        assert len(simulator.state.operations(SERVICE_ID)) == 1

    @pytest.mark.parametrize(("fault", "params"), ACCIDENTS)
    def test_an_update_whose_every_answer_is_lost(
        self, fault: str, params: dict[str, Any], run: Run, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add(fault, method="PUT", times=None, **params)
        if fault in CERTAIN_TO_ARRIVE:
            assert run(**SCALED).actions == ["update"]
            assert len(writes(simulator)) == 1
        else:
            with pytest.raises(IesError) as caught:
                run(**SCALED)
            assert caught.value.result["service"]["service_id"] == SERVICE_ID
            assert len(writes(simulator)) == (6 if params.get("status") == 429 else 2)

    @pytest.mark.parametrize(("fault", "params"), ACCIDENTS)
    def test_an_update_of_a_failed_service(
        self, fault: str, params: dict[str, Any], run: Run, simulator: SimulatorServer
    ) -> None:
        simulator.state.set_status(SERVICE_ID, "Failed")
        simulator.faults.add(fault, method="PUT", **params)
        assert run(bandwidth=60000).actions == ["update"]
        assert stored(simulator) == ["Completed"]

    @pytest.mark.parametrize(("fault", "params"), ACCIDENTS)
    def test_rename(self, fault: str, params: dict[str, Any], run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add(fault, method="PUT", **params)
        assert run(service_id=SERVICE_ID, name="renamed").actions == ["update"]
        assert stored(simulator, "renamed") == ["Completed"]
        assert len(writes(simulator)) == (1 if fault in CERTAIN_TO_ARRIVE else 2)

    @pytest.mark.parametrize("wait", [True, False])
    @pytest.mark.parametrize(("fault", "params"), ACCIDENTS)
    def test_delete(self, fault: str, params: dict[str, Any], wait: bool, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add(fault, method="DELETE", **params)
        outcome = run(wait=wait, state="absent")
        assert outcome.actions == ["delete"]
        assert stored(simulator) == ([] if wait else ["DeleteInProgress"])
        assert len(writes(simulator)) == (1 if fault in CERTAIN_TO_ARRIVE else 2)

    @pytest.mark.parametrize(("fault", "params"), ACCIDENTS)
    def test_delete_of_a_leftover(self, fault: str, params: dict[str, Any], run: Run, simulator: SimulatorServer) -> None:
        simulator.state.set_status(SERVICE_ID, "CreateFailed")
        simulator.faults.add(fault, method="DELETE", **params)
        assert run(state="absent").actions == ["delete"]
        assert stored(simulator) == []

    @pytest.mark.parametrize(("fault", "params"), ACCIDENTS)
    def test_recreate(self, fault: str, params: dict[str, Any], run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add(fault, method="DELETE", **params)
        assert run(on_immutable_change="recreate", **OTHER_VNI).actions == ["delete", "create"]
        assert stored(simulator) == ["Completed"]

    @pytest.mark.parametrize("wait", [True, False])
    @pytest.mark.parametrize(("fault", "params"), ACCIDENTS)
    def test_deactivate(self, fault: str, params: dict[str, Any], wait: bool, run: Run, simulator: SimulatorServer) -> None:
        simulator.state.set_status(SERVICE_ID, active_status="Active")
        simulator.faults.add(fault, method="POST", path="deactivation", **params)
        if fault not in CERTAIN_TO_ARRIVE and params.get("status") != 429:
            # A POST is not sent again on a guess (contract 3.4): the next run does it.
            with pytest.raises(IesError, match="run again") as caught:
                run(wait=wait, state="absent", deactivate=True)
            assert caught.value.outcome_unknown
            assert len(writes(simulator)) == 1
        outcome = run(wait=wait, state="absent", deactivate=True)
        assert outcome.actions == ["deactivate", "delete"]
        assert stored(simulator) == ([] if wait else ["DeleteInProgress"])

    @pytest.mark.parametrize("headers", [{}, {"Retry-After": "4"}], ids=["plain", "retry-after"])
    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_an_order_is_not_sent_again_after_any_5xx(
        self, status: int, headers: dict[str, str], run: Run, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add("status", method="POST", status=status, body=None, headers=headers)
        with pytest.raises(ServerError, match="run again") as caught:
            run(**orderable())
        assert caught.value.outcome_unknown
        assert writes(simulator) == [("POST", "")]
        # It has been looked for before that is said.
        after = [entry.method for entry in simulator.journal.entries][-3:]
        assert after == ["GET", "GET", "GET"]
        assert run(**orderable()).actions == ["create"]
        assert stored(simulator, NEW) == ["Completed"]

    @pytest.mark.parametrize(("status", "method"), [(429, "POST"), (429, "PUT"), (503, "PUT")])
    def test_a_write_is_not_sent_again_when_the_server_asks_for_too_long_a_wait(
        self, status: int, method: str, run: Run, simulator: SimulatorServer, fake_time: FakeTime
    ) -> None:
        simulator.faults.add("status", method=method, status=status, body=None, headers={"Retry-After": "301"}, times=None)
        with pytest.raises(IesError):
            run(**(orderable() if method == "POST" else SCALED))
        assert len(writes(simulator)) == 1
        assert sum(fake_time.slept) < 60

    def test_a_refused_write_is_not_sent_again(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", method="PUT", status=500, exceptionId="servicemgr.service.status_inprogress", times=None)
        with pytest.raises(ConflictError):
            run(**SCALED)
        assert len(writes(simulator)) == 1

    def test_a_delete_that_the_server_took_but_did_not_do(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", method="DELETE", status=200, body={"operation_id": None})
        with pytest.raises(FailedError, match="still there"):
            run(state="absent")

    def test_a_delete_of_what_has_just_gone(
        self, run: Run, client: IesClient, simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent = client.delete_service

        def after_another(service_id: str) -> Submitted:
            simulator.state.remove_service(service_id)
            return sent(service_id)

        monkeypatch.setattr(client, "delete_service", after_another)
        result = run(state="absent").to_result()
        assert (result["service"], result["operation_id"]) == (None, None)


class TestTwins:
    """A run beside this one (public interface, section 3)."""

    @pytest.fixture
    def order_beside(
        self, client: IesClient, simulator: SimulatorServer, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
    ) -> OrderBeside:
        """Return a function that lets another run order the same, or with other values, a second before or after this one."""

        def arrange(when: str, **values: str) -> list[str]:
            sent = client.create_service
            made: list[str] = []

            def both(payload: dict[str, Any]) -> Submitted:
                submitted = sent(payload) if when == "after" else None
                if when == "after":
                    fake_time.sleep(1)
                other = copy.deepcopy(payload)
                other["service"]["parameters"]["Site2DCList"][0].update(values)
                made.append(simulator.state.create(TENANT, other).service_id)
                if when == "before":
                    fake_time.sleep(1)
                return submitted or sent(payload)

            monkeypatch.setattr(client, "create_service", both)
            return made

        return arrange

    @pytest.mark.parametrize("auto_activate", [False, True])
    def test_the_younger_one_makes_way(
        self,
        auto_activate: bool,
        run: Run,
        order_beside: OrderBeside,
        simulator: SimulatorServer,
    ) -> None:
        simulator.options.auto_activate = auto_activate
        made = order_beside("before")
        outcome = run(**orderable())
        (left,) = simulator.state.named(TENANT, NEW)
        assert left.service_id == made[0]
        assert outcome.service is not None
        assert (outcome.service.service_id, outcome.service.status) == (made[0], "Completed")
        assert outcome.actions == (["create", "deactivate", "delete"] if auto_activate else ["create", "delete"])
        assert made[0] in outcome.warnings[0]
        simulator.journal.clear()
        assert run(**orderable()).actions == []
        assert writes(simulator) == []

    @pytest.mark.parametrize(
        ("ends_as", "actions"),
        [pytest.param("Completed", ["create", "delete"], id="well"), pytest.param("CreateFailed", ["create"], id="badly")],
    )
    def test_the_younger_one_waits_for_the_end_of_the_older(
        self,
        ends_as: str,
        actions: list[str],
        run: Run,
        client: IesClient,
        simulator: SimulatorServer,
        fake_time: FakeTime,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        sent = client.create_service
        made: list[str] = []

        def both(payload: dict[str, Any]) -> Submitted:
            # Set by hand, so that it takes longer than the second one.
            older = simulator.state.add_service(
                TENANT,
                NEW,
                payload["service"]["parameters"],
                service_definition_id=DEFINITION,
                template_id=TEMPLATE,
                status="CreateInProgress",
            )
            made.append(older.service_id)
            fake_time.sleep(1)
            return sent(payload)

        def end(slept: float) -> None:
            if sum(fake_time.slept) > 900:
                simulator.state.set_status(made[0], ends_as)

        monkeypatch.setattr(client, "create_service", both)
        with fake_time.after_each_sleep(end):
            assert run(**orderable()).actions == actions
        left = simulator.state.named(TENANT, NEW)
        assert [service.status for service in left if service.service_id == made[0]] == [ends_as]
        assert len([service for service in left if service.status == "Completed"]) == 1

    def test_what_stays_is_updated_to_what_is_declared(
        self, run: Run, order_beside: OrderBeside, simulator: SimulatorServer
    ) -> None:
        order_beside("before", Bandwidth="7")
        assert run(**orderable()).actions == ["create", "delete", "update"]
        assert bandwidth(simulator, "vpn") == "100"
        assert len(stored(simulator, NEW)) == 1

    def test_what_stays_is_not_updated_where_only_the_plan_may_be_written(
        self, run: Run, order_beside: OrderBeside, simulator: SimulatorServer
    ) -> None:
        made = order_beside("before", Bandwidth="7")
        with pytest.raises(ConflictError, match="differs from the declaration: Bandwidth 7 -> 100; .* plan again"):
            run(as_planned=True, **orderable())
        assert [service.service_id for service in simulator.state.named(TENANT, NEW)] == made
        assert bandwidth(simulator, "vpn") == "7"

    def test_what_stays_and_is_as_declared_is_what_was_planned(
        self, run: Run, order_beside: OrderBeside, simulator: SimulatorServer
    ) -> None:
        order_beside("before")
        assert run(as_planned=True, **orderable()).actions == ["create", "delete"]

    def test_what_stays_is_not_replaced(self, run: Run, order_beside: OrderBeside, simulator: SimulatorServer) -> None:
        order_beside("before", VNI="7")
        declared = orderable(on_immutable_change="recreate")
        declared["site2dc"][0]["vni"] = "8"
        with pytest.raises(ConflictError, match="VNI"):
            run(**declared)
        item = simulator.state.connection(TENANT, "vpn")
        assert item is not None
        assert item["VNI"] == "7"

    def test_the_older_one_sees_the_younger_make_way(
        self, run: Run, order_beside: OrderBeside, simulator: SimulatorServer, fake_time: FakeTime
    ) -> None:
        made = order_beside("after")

        def make_way(slept: float) -> None:
            if sum(fake_time.slept) > 800 and simulator.state.named(TENANT, NEW)[1:]:
                simulator.state.delete(TENANT, made[0])

        with fake_time.after_each_sleep(make_way):
            outcome = run(**orderable())
        states = {service.service_id == made[0]: service.status for service in simulator.state.named(TENANT, NEW)}
        assert states == {False: "Completed", True: "DeleteInProgress"}
        assert outcome.actions == ["create"]
        assert made[0] in outcome.warnings[0]

    @pytest.mark.parametrize("wait", [True, False])
    @pytest.mark.parametrize("when", ["before", "after"])
    def test_a_twin_that_stays_is_reported_by_id(
        self,
        when: str,
        wait: bool,
        run: Run,
        order_beside: OrderBeside,
        simulator: SimulatorServer,
    ) -> None:
        made = order_beside(when)
        # Without times nobody can tell who is older.
        simulator.options.time_style = "empty" if when == "before" else "ms"
        with pytest.raises(ConflictError) as caught:
            run(wait=wait, **orderable())
        own = caught.value.result["service"]["service_id"]
        assert {own, made[0]} == {service.service_id for service in simulator.state.named(TENANT, NEW)}
        assert own in caught.value.message
        assert made[0] in caught.value.message
        assert len(writes(simulator)) == 1

    def test_a_younger_one_whose_removal_failed_does_not_hold_the_run_up_for_ever(
        self, run: Run, order_beside: OrderBeside, simulator: SimulatorServer, fake_time: FakeTime
    ) -> None:
        made = order_beside("after")

        def fail(slept: float) -> None:
            if sum(fake_time.slept) > 610:
                simulator.state.set_status(made[0], "Failed")

        with fake_time.after_each_sleep(fail), pytest.raises(ConflictError) as caught:
            run(interval=15, **orderable())
        own = caught.value.result["service"]["service_id"]
        assert own != made[0]
        assert made[0] in caught.value.message
        # Waited for the end of both, and then for four rounds.
        assert sum(fake_time.slept) < 601 + 8 * 15
        assert min(fake_time.slept) >= 1

    def test_a_look_at_another_run_that_fails_tells_of_the_own_service(
        self, run: Run, order_beside: OrderBeside, simulator: SimulatorServer, fake_time: FakeTime
    ) -> None:
        made = order_beside("after")

        def cut(slept: float) -> None:
            if sum(fake_time.slept) > 650 and not simulator.faults.rules:
                simulator.faults.add("status", method="GET", path=f"{SERVICES}/{made[0]}$", status=403, body=None, times=None)

        with fake_time.after_each_sleep(cut), pytest.raises(IesError) as caught:
            run(interval=15, **orderable())
        (own,) = (entry for entry in simulator.state.named(TENANT, NEW) if entry.service_id != made[0])
        assert caught.value.kind == "forbidden"
        assert caught.value.result["service"]["service_id"] == own.service_id
        assert caught.value.result["operation_id"] == simulator.state.operations(own.service_id)[0].operation_id

    def test_both_gone_in_the_end(
        self,
        run: Run,
        order_beside: OrderBeside,
        client: IesClient,
        simulator: SimulatorServer,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        made = order_beside("before")
        removed = client.delete_service

        def both(service_id: str) -> Submitted:
            simulator.state.remove_service(made[0])
            return removed(service_id)

        monkeypatch.setattr(client, "delete_service", both)
        with pytest.raises(ConflictError, match="run again"):
            run(**orderable())
        assert stored(simulator, NEW) == []

    def test_a_twin_made_while_the_list_was_read_for_another_is_not_missed(
        self, client: IesClient, simulator: SimulatorServer, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Services declared together share the list. One that was read before this order was sent tells nothing of a twin.
        tenant = Tenant(client)
        sent = client.create_service

        def with_neighbour(payload: dict[str, Any]) -> Submitted:
            tenant.listing(after=tenant.mark())
            simulator.state.create(TENANT, payload)
            return sent(payload)

        monkeypatch.setattr(client, "create_service", with_neighbour)
        (job,) = run_fleet([declare(**orderable())], tenant, RunOptions(False, False, PollOptions(1800, 15)), fake_time.clock)
        assert isinstance(job.error, ConflictError)

    def test_two_in_the_answer_to_a_lost_order(self, run: Run, order_beside: OrderBeside, simulator: SimulatorServer) -> None:
        made = order_beside("before")
        simulator.faults.add("drop_after", method="POST")
        with pytest.raises(ConflictError) as caught:
            run(**orderable())
        assert made[0] in caught.value.message
        assert len(stored(simulator, NEW)) == 2

    def test_a_failed_or_leaving_one_is_no_twin(
        self, run: Run, client: IesClient, simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent = client.create_service

        def beside(payload: dict[str, Any]) -> Submitted:
            for status in ("CreateFailed", "DeleteInProgress"):
                simulator.state.add_service(
                    TENANT, NEW, {}, service_definition_id=DEFINITION, template_id=TEMPLATE, status=status
                )
            return sent(payload)

        monkeypatch.setattr(client, "create_service", beside)
        assert run(**orderable()).actions == ["create"]

    def test_two_healthy_services_of_the_name(self, run: Run, simulator: SimulatorServer) -> None:
        for service_id in ("twin-a", "twin-b"):
            simulator.state.add_service(
                TENANT, NEW, {}, service_definition_id=DEFINITION, template_id=TEMPLATE, service_id=service_id
            )
        with pytest.raises(ConflictError, match=r"twin-a \(created .*\) and twin-b \(created"):
            run(**orderable())
        with pytest.raises(ConflictError, match=r"twin-a \(created .*\) and twin-b \(created"):
            run(name=NEW, state="absent")
        assert writes(simulator) == []


class TestWaiting:
    def test_a_time_out_carries_service_and_operation_and_a_run_takes_up(
        self, run: Run, simulator: SimulatorServer, fake_time: FakeTime
    ) -> None:
        with pytest.raises(WaitTimeoutError, match="within 100 s .*CreateInProgress.*run again") as caught:
            run(timeout=100, interval=15, **orderable())
        (made,) = simulator.state.named(TENANT, NEW)
        assert caught.value.kind == "timeout"
        assert sum(fake_time.slept) == pytest.approx(100)
        result = caught.value.result
        assert result["service"]["service_id"] == made.service_id
        assert result["service"]["status"] == "CreateInProgress"
        assert result["operation_id"] == simulator.state.operations(made.service_id)[0].operation_id
        assert (result["changed"], result["actions"]) == (True, ["create"])
        again = run(**orderable()).to_result()
        assert (again["changed"], again["service"]["status"]) == (False, "Completed")
        assert len(writes(simulator)) == 1

    @pytest.mark.parametrize("given", [SCALED, {"state": "absent"}], ids=str)
    def test_other_time_outs(self, given: dict[str, Any], run: Run, simulator: SimulatorServer) -> None:
        with pytest.raises(WaitTimeoutError) as caught:
            run(timeout=10, **given)
        assert caught.value.result["service"]["service_id"] == SERVICE_ID
        assert caught.value.result["operation_id"] == simulator.state.operations(SERVICE_ID)[0].operation_id
        run(**given)
        assert len(writes(simulator)) == 1

    def test_a_state_that_flaps_has_its_limit(
        self, run: Run, client: IesClient, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Busy whenever it is planned, failed whenever it is waited for: each wait ends, and the next one begins.
        found = client.find_service
        states = itertools.cycle(["UpdateInProgress", "Failed"])

        def flapping(service_id: str) -> Service | None:
            service = found(service_id)
            assert service is not None
            return service.with_parameters(service.parameters, status=next(states))

        monkeypatch.setattr(client, "find_service", flapping)
        with pytest.raises(WaitTimeoutError) as caught:
            run(timeout=100, interval=15, **SCALED)
        assert caught.value.result["service"]["service_id"] == SERVICE_ID
        assert sum(fake_time.slept) == pytest.approx(100)

    @pytest.mark.parametrize("interval", [0, 0.0])
    def test_no_pause_at_all_is_a_short_one(
        self, interval: float, run: Run, simulator: SimulatorServer, fake_time: FakeTime
    ) -> None:
        with pytest.raises(WaitTimeoutError):
            run(timeout=5, interval=interval, **SCALED)
        assert sum(fake_time.slept) == pytest.approx(5, abs=0.2)
        assert len(simulator.journal.entries) < 200

    @pytest.mark.parametrize(
        ("fault", "params"),
        [
            *[
                pytest.param("status", {"status": status, "body": None}, id=str(status))
                for status in (400, 401, 410, 429, 500, 503)
            ],
            pytest.param("html", {}, id="html"),
            pytest.param("html", {"status": 502}, id="html-502"),
            pytest.param("truncate", {"mode": "json"}, id="broken-json"),
            pytest.param("status", {"status": 200, "body": [1]}, id="strange"),
            pytest.param("drop_before", {}, id="dropped"),
        ],
    )
    def test_what_fails_on_the_path_of_operations_alone_leaves_it_to_the_status(
        self, fault: str, params: dict[str, Any], run: Run, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add(fault, method="GET", path="/operations", times=None, **params)
        assert run(interval=15, **SCALED).to_result()["service"]["status"] == "Completed"
        simulator.faults.add("fail_async", method="PUT")
        with pytest.raises(FailedError, match="no reason"):
            run(bandwidth=5)

    def test_no_time_at_all_is_one_look(self, run: Run, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        with pytest.raises(WaitTimeoutError):
            run(timeout=0, **SCALED)
        assert fake_time.slept == []

    @pytest.mark.parametrize(
        ("method", "given", "status"),
        [
            pytest.param("POST", orderable(), "CreateFailed", id="create"),
            pytest.param("PUT", SCALED, "Failed", id="update"),
            pytest.param("DELETE", {"state": "absent"}, "Failed", id="delete"),
        ],
    )
    @pytest.mark.parametrize("style", ["svcmgr", "gso"])
    def test_a_failed_operation_tells_its_reason(
        self, method: str, given: dict[str, Any], status: str, style: str, run: Run, simulator: SimulatorServer
    ) -> None:
        simulator.options.update({"operation_style": style})
        simulator.faults.add("fail_async", method=method, reason="no route to the CPE")
        with pytest.raises(FailedError, match="no route to the CPE.*run again") as caught:
            run(**given)
        assert caught.value.kind == "failed"
        assert caught.value.result["service"]["status"] == status
        assert caught.value.result["operation_id"]
        assert run(**given).to_result()["changed"] is True

    @pytest.mark.parametrize("operations", ["404", "403", "405", "purged", "storage-trouble"])
    def test_without_operations_the_status_decides(self, operations: str, run: Run, simulator: SimulatorServer) -> None:
        simulator.options.update({"operations": operations})
        result = run(**SCALED).to_result()
        assert (result["service"]["status"], result["warnings"]) == ("Completed", [])
        reads = [entry for entry in simulator.journal.entries if "/operations/" in entry.path]
        assert len(reads) == 1
        simulator.faults.add("fail_async", method="PUT")
        with pytest.raises(FailedError, match="no reason|serviceDecomposer"):
            run(bandwidth=5)

    def test_a_failure_whose_operation_is_not_known_still_tells_the_reason(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add("drop_after", method="PUT")
        simulator.faults.add("fail_async", method="PUT", reason="no route to the CPE")
        with pytest.raises(FailedError, match="no route to the CPE"):
            run(**SCALED)

    def test_a_deactivation_that_fails(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.state.set_status(SERVICE_ID, active_status="Active")
        simulator.faults.add("fail_async", method="POST", reason="no route")
        with pytest.raises(FailedError, match="the deactivation failed: no route") as caught:
            run(state="absent", deactivate=True)
        assert caught.value.result["actions"] == ["deactivate"]
        assert [entry.method for entry in simulator.journal.writes] == ["POST"]

    @pytest.mark.parametrize(
        ("fault", "params"),
        [
            ("drop_before", {}),
            ("status", {"status": 503}),
            ("status", {"status": 500}),
            ("status", {"status": 429, "body": None}),
        ],
        ids=str,
    )
    def test_a_passing_outage_does_not_end_a_wait(
        self, fault: str, params: dict[str, Any], run: Run, simulator: SimulatorServer
    ) -> None:
        # Two looks fail with all their repeats: at six requests each.
        outage = simulator.faults.add(fault, method="GET", after=4, times=12, **params)
        assert run(interval=15, **SCALED).to_result()["service"]["status"] == "Completed"
        first = next(entry for entry in simulator.journal.entries if entry.faults)
        assert (outage.fired, first.path.split("/")[-2]) == (12, "operations")

    def test_an_outage_that_does_not_pass_ends_it_and_tells_what_is_known(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", method="GET", after=4, times=None, status=503)
        with pytest.raises(ServerError) as caught:
            run(**SCALED)
        assert caught.value.result["service"]["service_id"] == SERVICE_ID
        assert caught.value.result["operation_id"]
        assert caught.value.result["actions"] == ["update"]

    def test_a_page_in_the_place_of_an_answer_does_not_end_a_wait(self, run: Run, simulator: SimulatorServer) -> None:
        pages = simulator.faults.add("html", method="GET", after=4, times=3)
        assert run(**SCALED).to_result()["service"]["status"] == "Completed"
        assert pages.spent

    def test_pages_only_end_it(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add("html", method="GET", after=4, times=None)
        with pytest.raises(IesError, match="HTML") as caught:
            run(**SCALED)
        assert (caught.value.kind, caught.value.result["actions"]) == ("bad_response", ["update"])

    @pytest.mark.parametrize("active", [False, True])
    def test_what_failed_to_be_removed_or_deactivated_has_its_own_advice(
        self, active: bool, run: Run, simulator: SimulatorServer
    ) -> None:
        simulator.state.set_status(SERVICE_ID, active_status="Active" if active else "Deactive")
        simulator.faults.add("fail_async", reason="no route")
        what = "deactivation" if active else "delete"
        with pytest.raises(FailedError, match=f"the {what} failed: no route; correct the cause and run again") as caught:
            run(state="absent", deactivate=True)
        assert "values" not in caught.value.message

    def test_credentials_that_end_during_a_wait_end_it(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", method="GET", after=4, times=None, status=401, body=None)
        with pytest.raises(IesError) as caught:
            run(**SCALED)
        assert caught.value.kind == "auth"

    def test_a_value_that_did_not_take_is_an_error(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", method="PUT", status=202, body={"operation_id": "never"})
        with pytest.raises(FailedError, match="Bandwidth.*'60000'.*'80000'") as caught:
            run(**SCALED)
        assert caught.value.result["service"]["connections"][0]["bandwidth"] == 60000

    def test_a_service_that_was_rolled_back(
        self, run: Run, simulator: SimulatorServer, client: IesClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent = client.create_service

        def and_remove(payload: dict[str, Any]) -> Submitted:
            submitted = sent(payload)
            simulator.state.remove_service(str(submitted.service_id))
            return submitted

        monkeypatch.setattr(client, "create_service", and_remove)
        with pytest.raises(FailedError, match="gone"):
            run(**orderable())

    @pytest.mark.parametrize(("method", "given"), [("POST", orderable()), ("PUT", SCALED)], ids=["create", "update"])
    def test_a_failure_that_is_seen_without_waiting(
        self, method: str, given: dict[str, Any], run: Run, simulator: SimulatorServer
    ) -> None:
        simulator.state.durations.update({"create": 0, "modify": 0})
        simulator.faults.add("fail_async", method=method)
        with pytest.raises(FailedError, match="Failed.*run again"):
            run(wait=False, **given)

    def test_a_create_that_has_gone_without_waiting(
        self, run: Run, simulator: SimulatorServer, client: IesClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent = client.create_service

        def and_remove(payload: dict[str, Any]) -> Submitted:
            submitted = sent(payload)
            simulator.state.remove_service(str(submitted.service_id))
            return submitted

        monkeypatch.setattr(client, "create_service", and_remove)
        try:
            shown = run(wait=False, **orderable()).to_result()["service"]
        except IesError as error:
            shown = error.result["service"]
        assert shown["service_id"]

    @pytest.mark.parametrize("given", [{"state": "absent"}, {"state": "absent", "deactivate": True}], ids=str)
    def test_other_refusals_of_a_removal(self, given: dict[str, Any], run: Run, simulator: SimulatorServer) -> None:
        simulator.state.set_status(SERVICE_ID, active_status="Active" if "deactivate" in given else "Deactive")
        simulator.faults.add("status", method="POST" if "deactivate" in given else "DELETE", status=403, body=None)
        with pytest.raises(IesError) as caught:
            run(**given)
        assert caught.value.kind == "forbidden"
        assert caught.value.result["actions"] == []
        assert stored(simulator) == ["Completed"]

    def test_a_failure_whose_reason_cannot_be_read(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.faults.add("drop_after", method="PUT")
        simulator.faults.add("fail_async", method="PUT", reason="no route")
        simulator.faults.add("status", method="GET", path="operations", status=401, body=None, times=None)
        with pytest.raises(FailedError, match="the update failed: the server gives no reason"):
            run(**SCALED)

    def test_a_hidden_key_is_a_warning_and_no_change(self, run: Run, simulator: SimulatorServer) -> None:
        hidden = {"Hidden": ParameterSpec(hidden=True), "Site2DCList": ParameterSpec("List<ParamGroup>")}
        simulator.state.add_definition(Definition("d9", "Secretive", templates=[Template("t9", "t", hidden)]))
        given = orderable(service_definition="Secretive", parameters={"Hidden": "x"})
        for actions in (["create"], []):
            result = run(**given).to_result()
            assert result["actions"] == actions
            assert len([warning for warning in result["warnings"] if "Hidden" in warning]) == 1

    def test_an_active_state_that_changes_before_the_delete(
        self, run: Run, client: IesClient, simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent = client.delete_service
        times: list[str] = []

        def activated_meanwhile(service_id: str) -> Submitted:
            if not times:
                simulator.state.set_status(service_id, active_status="Active")
            times.append(service_id)
            return sent(service_id)

        monkeypatch.setattr(client, "delete_service", activated_meanwhile)
        assert run(state="absent", deactivate=True).actions == ["deactivate", "delete"]
        assert stored(simulator) == []

    def test_a_deactivation_that_somebody_else_has_done(
        self, run: Run, client: IesClient, simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        simulator.state.set_status(SERVICE_ID, active_status="Active")
        sent = client.deactivate_service

        def deactivated_meanwhile(service_id: str) -> Submitted:
            simulator.state.set_status(service_id, active_status="Deactive")
            return sent(service_id)

        monkeypatch.setattr(client, "deactivate_service", deactivated_meanwhile)
        assert run(state="absent", deactivate=True).actions == ["delete"]

    def test_a_server_that_activates_by_itself(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.options.update({"auto_activate": True})
        assert run(**orderable()).service is not None
        with pytest.raises(ConflictError, match="deactivate"):
            run(name=NEW, state="absent")
        assert run(name=NEW, state="absent", deactivate=True).actions == ["deactivate", "delete"]


class TestOtherForms:
    def test_a_flat_service(self, run: Run, simulator: SimulatorServer) -> None:
        spec = {"CloudVpnName": ParameterSpec(), "Bandwidth": ParameterSpec(), "VNI": ParameterSpec()}
        simulator.state.add_definition(Definition("flat", "Flat", templates=[Template("t9", "t", spec)]))
        flat = {"CloudVpnName": "f", "Bandwidth": "1", "VNI": "7"}
        given = orderable(service_definition="Flat", site2dc=None, parameters=flat)
        assert run(**given).actions == ["create"]
        assert run(**given).actions == []
        result = run(name=NEW, bandwidth=9).to_result()
        assert (result["actions"], result["service"]["connections"][0]["bandwidth"]) == (["update"], 9)
        assert run(name=NEW, bandwidth=9).actions == []

    def test_a_site_to_site_service(self, run: Run, simulator: SimulatorServer) -> None:
        given = orderable(
            service_definition="Site2Site", site2dc=None, site2site=[{"cloud_vpn_name": "s", "bandwidth": 5, "cpe_b_site": "B"}]
        )
        assert run(**given).actions == ["create"]
        assert run(**given).actions == []
        (made,) = simulator.state.named(TENANT, NEW)
        assert made.service_definition_id == samples.SITE2SITE_DEFINITION

    def test_a_keyed_list(self, run: Run, simulator: SimulatorServer) -> None:
        items = [{"CloudVpnName": name, "Bandwidth": "1", "logicalName": f"L{name}"} for name in "ab"]
        given = orderable(site2dc=None, parameters={"Site2DCList": items})
        assert run(**given).actions == ["create"]
        assert run(**given).actions == []
        result = run(name=NEW, bandwidth=9, cloud_vpn_name="b").to_result()
        assert [(entry["cloud_vpn_name"], entry["bandwidth"]) for entry in result["service"]["connections"]] == [
            ("a", 1),
            ("b", 9),
        ]
        run(name=NEW, on_immutable_change="update", site2dc=[{"cloud_vpn_name": "c", "bandwidth": 3}])
        assert bandwidth(simulator, "c") == "3"

    def test_lists_that_are_read_as_json_texts(self, run: Run, simulator: SimulatorServer) -> None:
        simulator.options.update({"parameters_style": "json-strings"})
        assert run(bandwidth=60000).actions == []
        result = run(check_mode=True, **SCALED).to_result()
        assert (result["actions"], result["service"]["connections"][0]["bandwidth"]) == (["update"], 80000)
