# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many declarations at once: read once, write in parallel, wait together, fail alone (public interface, section 8)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Service
from ansible_collections.cloudopera.ies.plugins.module_utils._domain import plan
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.declaration import check_distinct
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import ConflictError, IesError, InvalidError
from ansible_collections.cloudopera.ies.plugins.module_utils._run import convergence
from ansible_collections.cloudopera.ies.plugins.module_utils._run import fleet as fleet_module
from ansible_collections.cloudopera.ies.plugins.module_utils._run.fleet import Gate, Job, Progress, Removals, run_fleet
from ansible_collections.cloudopera.ies.plugins.module_utils._run.steps import RunOptions, Watch
from ansible_collections.cloudopera.ies.plugins.module_utils._run.tenant import Listing, Tenant
from ansible_collections.cloudopera.ies.plugins.module_utils._time import PollOptions
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.client import IesClient
from tests.simulator.server import SimulatorServer
from tests.unit.conftest import TENANT, FakeTime

from ..support import declare, orderable

SERVICES = "/rest/servicemanager/v1/services"
Fleet = Callable[..., list[Job]]


@pytest.fixture
def fleet(client: IesClient, fake_time: FakeTime) -> Fleet:
    """Return a function that converges several declarations."""

    def run(
        *declared: dict[str, Any],
        check_mode: bool = False,
        wait: bool = True,
        timeout: float = 1800,
        interval: float = 60,
        parallel: int = 4,
        by: IesClient | None = None,
        progress: Progress | None = None,
        gate: Gate | None = None,
        removals: Removals | None = None,
    ) -> list[Job]:
        options = RunOptions(check_mode, wait, PollOptions(timeout, interval))
        declarations = [declare(**given) for given in declared]
        return run_fleet(declarations, Tenant(by or client), options, fake_time.clock, parallel, progress, gate, removals)

    return run


def scaled(count: int, bandwidth: int = 80000) -> list[dict[str, Any]]:
    """Return declarations that scale the preloaded services."""
    return [{"name": f"fleet-{number:04d}", "bandwidth": bandwidth} for number in range(1, count + 1)]


def created(count: int) -> list[dict[str, Any]]:
    """Return declarations of services that are not there."""
    return [
        orderable(name=f"new-{number}", site2dc=[{"cloud_vpn_name": f"vpn-{number}", "bandwidth": 5}])
        for number in range(count)
    ]


def lists(simulator: SimulatorServer) -> int:
    """Return how often the list was read."""
    return simulator.journal.calls().count(("GET", SERVICES))


def errors(jobs: Sequence[Job]) -> list[str | None]:
    """Return what became of each."""
    return [job.error.kind if job.error is not None else None for job in jobs]


def test_the_list_is_read_once_and_the_catalogue_too(fleet: Fleet, simulator: SimulatorServer) -> None:
    simulator.simulation.preload(TENANT, 5)
    jobs = fleet(*scaled(5), *created(3), check_mode=True)
    assert errors(jobs) == [None] * 8
    calls = Counter(entry.path for entry in simulator.journal.entries)
    assert lists(simulator) == 1
    assert max(calls.values()) == 1
    assert simulator.journal.writes == []


def test_services_by_id_need_no_list(fleet: Fleet, simulator: SimulatorServer) -> None:
    made = simulator.simulation.preload(TENANT, 3)
    jobs = fleet(*({"service_id": service.service_id, "bandwidth": 60000} for service in made))
    assert [job.outcome.actions for job in jobs] == [[], [], []]
    assert len(simulator.journal.entries) == 3


def test_details_are_read_in_parallel(fleet: Fleet, simulator: SimulatorServer) -> None:
    simulator.simulation.preload(TENANT, 8)
    # A server that is slow enough for requests to meet.
    simulator.faults.add("delay", method="GET", path=f"{SERVICES}/", seconds=0.05, times=None)
    fleet(*scaled(8, 60000), parallel=4)
    assert 2 <= simulator.journal.max_concurrency <= 4


def test_never_more_at_once_than_allowed(fleet: Fleet, simulator: SimulatorServer) -> None:
    simulator.simulation.preload(TENANT, 6)
    simulator.faults.add("delay", seconds=0.01, times=None)
    jobs = fleet(*scaled(6), parallel=2)
    assert errors(jobs) == [None] * 6
    assert simulator.journal.max_concurrency == 2


def test_writes_come_after_all_plans(fleet: Fleet, simulator: SimulatorServer) -> None:
    simulator.simulation.preload(TENANT, 4)
    fleet(*scaled(4), *created(2))
    calls = [entry.method for entry in simulator.journal.entries]
    first_write = next(index for index, method in enumerate(calls) if method != "GET")
    assert calls[:first_write].count("GET") == 1 + 4 + 2
    assert Counter(calls)["PUT"] == 4
    assert Counter(calls)["POST"] == 2


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_ends_in_time_however_long_the_server_asks_to_be_left_alone(
    count: int, status: int, fleet: Fleet, simulator: SimulatorServer, fake_time: FakeTime
) -> None:
    simulator.simulation.preload(TENANT, count)
    simulator.state.durations.update({"modify": 10**6})
    begun = fake_time.clock.monotonic()

    def spoil(_seconds: float) -> None:
        if not simulator.faults.rules:
            headers = {"Retry-After": "290"}
            simulator.faults.add("status", method="GET", status=status, body=None, headers=headers, times=None)

    with fake_time.after_each_sleep(spoil):
        jobs = fleet(*scaled(count), timeout=200, interval=30)
    assert errors(jobs) == ["timeout"] * count
    assert all(job.outcome.actions == ["update"] for job in jobs)
    assert fake_time.clock.monotonic() - begun == pytest.approx(200)


def test_a_list_given_up_for_one_watch_is_not_held_against_another(
    fleet: Fleet, simulator: SimulatorServer, fake_time: FakeTime
) -> None:
    # Recreated: its wait begins again with its create, after five others have begun theirs.
    simulator.simulation.preload(TENANT, 6)
    simulator.state.durations.update({"modify": 10**6, "delete": 100, "create": 10**6})
    recreated = orderable(
        name="fleet-0006",
        site2dc=[{"cloud_vpn_name": "fleet-vpn-0006", "bandwidth": 5, "vni": "1"}],
        on_immutable_change="recreate",
    )

    def spoil(_seconds: float) -> None:
        if fake_time.clock.monotonic() - begun >= 150 and not simulator.faults.rules:
            simulator.faults.add("status", method="GET", status=503, body=None, headers={"Retry-After": "290"}, times=None)

    begun = fake_time.clock.monotonic()
    with fake_time.after_each_sleep(spoil):
        jobs = fleet(*scaled(5), recreated, timeout=200, interval=30)
    assert errors(jobs) == ["timeout"] * 6
    assert fake_time.clock.monotonic() - begun > 290


@pytest.mark.parametrize(("status", "kind"), [(429, "rate_limited"), (503, "server")])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_is_not_sent_again_when_the_server_asks_for_hours(
    method: str, status: int, kind: str, fleet: Fleet, simulator: SimulatorServer, fake_time: FakeTime
) -> None:
    simulator.simulation.preload(TENANT, 1)
    simulator.faults.add("status", method=method, status=status, body=None, headers={"Retry-After": "7200"}, times=None)
    given = {"POST": created(1)[0], "PUT": scaled(1)[0], "DELETE": {"name": "fleet-0001", "state": "absent"}}[method]
    (job,) = fleet(given)
    assert errors([job]) == [kind]
    assert job.error is not None
    assert "7200 s (Retry-After)" in job.error.message
    assert len(simulator.journal.writes) == 1
    # Short looks for what a lost order may have made are all that is waited for.
    assert sum(fake_time.slept) <= 8


def test_one_list_per_round_of_waiting(fleet: Fleet, simulator: SimulatorServer, fake_time: FakeTime) -> None:
    simulator.simulation.preload(TENANT, 5)
    simulator.state.durations.update({"modify": 300})
    jobs = fleet(*scaled(5), interval=60)
    assert errors(jobs) == [None] * 5
    assert [job.outcome.actions for job in jobs] == [["update"]] * 5
    rounds = len(fake_time.slept) + 1
    assert lists(simulator) == 1 + rounds
    # One by one only what the list no longer shows in progress: the plan, and the end of each.
    details = [path for method, path in simulator.journal.calls() if path.startswith(f"{SERVICES}/") and method == "GET"]
    assert len([path for path in details if "/operations/" not in path]) <= 5 + 2 * 5


def test_together_is_as_long_as_the_longest(fleet: Fleet, simulator: SimulatorServer, fake_time: FakeTime) -> None:
    simulator.simulation.preload(TENANT, 4)
    jobs = fleet(*scaled(2), *created(2), *({"name": f"fleet-000{n}", "state": "absent"} for n in (3, 4)))
    assert errors(jobs) == [None] * 6
    assert sum(fake_time.slept) <= 600 + 60
    assert [job.outcome.actions for job in jobs] == [["update"]] * 2 + [["create"]] * 2 + [["delete"]] * 2


def test_outcomes_are_in_the_order_of_the_declarations(fleet: Fleet, simulator: SimulatorServer) -> None:
    simulator.simulation.preload(TENANT, 3)
    declared = [scaled(3)[2], created(1)[0], scaled(3)[0]]
    jobs = fleet(*declared)
    assert [job.declaration.name for job in jobs] == ["fleet-0003", "new-0", "fleet-0001"]
    assert [str(job.outcome.service and job.outcome.service.name) for job in jobs] == ["fleet-0003", "new-0", "fleet-0001"]


def test_one_that_cannot_be_planned_does_not_stop_the_others(fleet: Fleet, simulator: SimulatorServer) -> None:
    simulator.simulation.preload(TENANT, 2)
    jobs = fleet(scaled(2)[0], {"name": "missing", "bandwidth": 5}, scaled(2)[1])
    assert errors(jobs) == [None, "invalid", None]
    assert [job.outcome.actions for job in jobs] == [["update"], [], ["update"]]


def test_one_that_fails_does_not_stop_the_others(fleet: Fleet, simulator: SimulatorServer) -> None:
    first, second, third = simulator.simulation.preload(TENANT, 3)
    simulator.faults.add("fail_async", method="PUT", path=second.service_id, reason="no route")
    simulator.faults.add("status", method="PUT", path=third.service_id, status=403, body=None)
    jobs = fleet(*scaled(3), created(1)[0])
    assert errors(jobs) == [None, "failed", "forbidden", None]
    assert "no route" in str(jobs[1].error)
    assert first.service_id not in str(jobs[1].error)


def test_one_that_takes_too_long_does_not_stop_the_others(fleet: Fleet, simulator: SimulatorServer) -> None:
    simulator.simulation.preload(TENANT, 2)
    jobs = fleet(*scaled(2), *created(1), timeout=200)
    assert errors(jobs) == [None, None, "timeout"]
    assert jobs[2].error is not None
    assert jobs[2].error.result["service"]["name"] == "new-0"
    assert jobs[2].error.result["operation_id"]


def test_each_operation_has_the_time_for_itself(fleet: Fleet, simulator: SimulatorServer) -> None:
    simulator.state.durations.update({"create": 150, "delete": 150})
    simulator.simulation.preload(TENANT, 1)
    given = {"name": "fleet-0001", "on_immutable_change": "recreate", "template": None}
    jobs = fleet({**given, "site2dc": [{"cloud_vpn_name": "fleet-vpn-0001", "bandwidth": 5, "vni": "1"}]}, timeout=200)
    assert errors(jobs) == [None]
    assert jobs[0].outcome.actions == ["delete", "create"]


def test_a_list_that_cannot_be_read_fails_all_before_anything_is_written(fleet: Fleet, simulator: SimulatorServer) -> None:
    simulator.simulation.preload(TENANT, 2)
    simulator.faults.add("status", method="GET", path=f"{SERVICES}$", status=403, body=None, times=None)
    with pytest.raises(IesError) as caught:
        fleet(*scaled(2))
    assert caught.value.kind == "forbidden"
    assert len(simulator.journal.entries) == 1


def test_a_catalogue_that_cannot_be_read_fails_those_that_need_it(fleet: Fleet, simulator: SimulatorServer) -> None:
    simulator.simulation.preload(TENANT, 1)
    simulator.faults.add("status", method="GET", path="servicedefs", status=403, body=None, times=None)
    jobs = fleet(*created(3), *scaled(1))
    assert errors(jobs) == ["forbidden", "forbidden", "forbidden", None]
    assert len([path for _method, path in simulator.journal.calls() if path.endswith("/servicedefs")]) == 1


def test_an_outage_of_the_list_passes(fleet: Fleet, simulator: SimulatorServer) -> None:
    simulator.simulation.preload(TENANT, 2)
    outage = simulator.faults.add("status", method="GET", path=f"{SERVICES}$", after=1, times=12, status=503)
    jobs = fleet(*scaled(2), interval=15)
    assert (errors(jobs), outage.fired) == ([None, None], 12)


def test_an_outage_that_lasts_fails_each_with_its_own_service(
    fleet: Fleet, connect: Callable[..., IesClient], simulator: SimulatorServer
) -> None:
    simulator.simulation.preload(TENANT, 3)
    simulator.faults.add("status", method="GET", path=f"{SERVICES}$", after=1, times=None, status=503)
    jobs = fleet(*scaled(3), by=connect(api_retries=0))
    assert errors(jobs) == ["server"] * 3
    results = [job.error.result for job in jobs if job.error is not None]
    assert [result["service"]["name"] for result in results] == ["fleet-0001", "fleet-0002", "fleet-0003"]
    assert len({result["operation_id"] for result in results}) == 3
    assert [result["diff"]["after"]["name"] for result in results] == ["fleet-0001", "fleet-0002", "fleet-0003"]


class Listener:
    """Keep what is told: for each time, which jobs wait for something."""

    def __init__(self, told: list[list[bool]]) -> None:
        self.told = told

    def planned(self, jobs: Sequence[Job]) -> None:
        self.told.append([job.waiting is not None for job in jobs])

    def looked(self, jobs: Sequence[Job]) -> None:
        self.told.append([job.waiting is not None for job in jobs])

    def due(self) -> float:
        return 3600.0


def test_progress_is_told_when_the_plans_are_known_and_after_each_round(fleet: Fleet, simulator: SimulatorServer) -> None:
    simulator.simulation.preload(TENANT, 2)
    told: list[list[bool]] = []
    fleet(*scaled(2), interval=30, progress=Listener(told))
    assert told[0] == [True, True]
    assert told[-1] == [False, False]
    # At 0, 30, 60 and 90 seconds: the updates have ended by the third look, which the list has to show twice.
    assert len(told) == 5


def test_nothing_to_do_does_not_wait(fleet: Fleet, simulator: SimulatorServer, fake_time: FakeTime) -> None:
    simulator.simulation.preload(TENANT, 2)
    assert errors(fleet(*scaled(2, 60000))) == [None, None]
    assert fleet() == []
    assert fake_time.slept == []


def test_those_in_progress_are_waited_for_together(fleet: Fleet, simulator: SimulatorServer, fake_time: FakeTime) -> None:
    simulator.simulation.preload(TENANT, 3)
    fleet(*scaled(3), wait=False)
    jobs = fleet(*scaled(3))
    assert [job.outcome.actions for job in jobs] == [[], [], []]
    assert sum(fake_time.slept) <= 180


def test_a_hundred_at_once(fleet: Fleet, simulator: SimulatorServer) -> None:
    simulator.simulation.preload(TENANT, 100)
    jobs = fleet(*scaled(100), parallel=8)
    assert errors(jobs) == [None] * 100
    assert {service.parameters["Site2DCList"][0]["Bandwidth"] for service in simulator.state.services(TENANT)[1:]} == {"80000"}
    assert len(simulator.journal.writes) == 100


class TestDistinct:
    @pytest.mark.parametrize(
        ("declared", "words"),
        [
            pytest.param([{"name": "a"}, {"name": "b"}, {"name": "a"}], "name 'a' is declared twice", id="name"),
            pytest.param([{"service_id": "1"}, {"service_id": "1", "name": "x"}], "service_id '1' is declared twice", id="id"),
        ],
    )
    def test_the_same_twice(self, declared: list[dict[str, Any]], words: str) -> None:
        with pytest.raises(InvalidError, match=words):
            check_distinct(declared)

    def test_different_ones(self) -> None:
        declared: list[dict[str, Any]] = [
            *({"name": "a", "service_id": None}, {"name": "A"}),
            *({"name": None, "service_id": "1"}, {"service_id": "2"}),
        ]
        check_distinct(declared)
        assert len(declared) == 4


class TestTenant:
    def test_a_list_is_read_anew_only_after_a_mark(self, client: IesClient, simulator: SimulatorServer) -> None:
        tenant = Tenant(client)
        first = tenant.listing()
        assert tenant.listing() is first
        mark = tenant.mark()
        second = tenant.listing(after=mark)
        assert second is not first
        assert tenant.listing(after=mark) is second
        assert tenant.listing() is second
        assert len(simulator.journal.entries) == 2

    def test_a_listing_finds_by_name_and_id(self) -> None:
        one, two, other = Service("1", "x"), Service("2", "x"), Service("3", None)
        listing = Listing([one, two, other])
        assert listing.named("x") == [one, two]
        assert listing.named(None) == [other]
        assert listing.named("y") == []
        assert listing.find("2") is two
        assert listing.find("9") is None


class TestAMistakeOfOurs:
    """An exception that nobody foresaw is the error of one service; the others are converged."""

    def test_in_the_plan_of_one_service(
        self, simulator: SimulatorServer, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        simulator.simulation.preload(TENANT, 3)
        plan_service = plan.plan_service

        def broken(declaration: Any, *more: Any, **options: Any) -> Any:
            if declaration.name == "fleet-0002":
                raise TypeError("unhashable type\nof a value")
            return plan_service(declaration, *more, **options)

        monkeypatch.setattr(convergence, "plan_service", broken)
        jobs = fleet(*scaled(3))
        assert errors(jobs) == [None, "failed", None]
        assert [job.outcome.actions for job in jobs] == [["update"], [], ["update"]]
        assert jobs[1].error is not None
        assert re.fullmatch(
            r"service 'fleet-0002': it was broken off: TypeError: unhashable type\\nof a value at test_fleet\.py:\d+;"
            r" this is a mistake in cloudopera\.ies, please report it",
            jobs[1].error.message,
        )

    def test_in_a_look_at_one_service(self, simulator: SimulatorServer, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
        simulator.simulation.preload(TENANT, 3)
        verdict = fleet_module._Round._verdict

        def broken(self: Any, watch: Any) -> Any:
            if watch.service.name == "fleet-0002":
                raise KeyError("status")
            return verdict(self, watch)

        monkeypatch.setattr(fleet_module._Round, "_verdict", broken)
        jobs = fleet(*scaled(3))
        assert errors(jobs) == [None, "failed", None]
        assert jobs[1].error is not None
        # What is known of it goes with the error.
        assert jobs[1].error.result["service"]["name"] == "fleet-0002"
        assert jobs[1].error.result["operation_id"] is not None
        assert jobs[1].waiting is None

    def test_in_the_list_that_all_wait_by(
        self, simulator: SimulatorServer, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        simulator.simulation.preload(TENANT, 2)
        listing = Tenant.listing

        def broken(self: Tenant, after: int | None = None, **more: Any) -> Listing:
            if after is not None:
                raise RecursionError("too deep")
            return listing(self, after, **more)

        monkeypatch.setattr(Tenant, "listing", broken)
        jobs = fleet(*scaled(2))
        assert errors(jobs) == ["failed", "failed"]
        assert all("RecursionError: too deep" in str(job.error) for job in jobs)
        assert all(job.outcome.actions == ["update"] for job in jobs)


# The gate between planning and writing


def make_busy(simulator: SimulatorServer, service_id: str) -> None:
    """Have an update of the service begin by another hand."""
    simulator.state.modify(TENANT, service_id, {"service": {"parameters": {"Region": "x"}}})


def kinds(jobs: Sequence[Job]) -> list[str | None]:
    """Return what is planned for each; None where there is no plan."""
    return [job.outcome.plan.kind if job.outcome.plan is not None else None for job in jobs]


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_gate_sees_every_plan_before_anything_is_written(
    check_mode: bool, fleet: Fleet, simulator: SimulatorServer, fake_time: FakeTime
) -> None:
    # One of them is in progress, and is waited for before the gate is asked; a look alone does not wait.
    made = simulator.simulation.preload(TENANT, 3)
    simulator.state.durations.update({"modify": 100})
    make_busy(simulator, made[0].service_id)
    seen: list[list[str | None]] = []
    writes: list[int] = []

    def gate(jobs: Sequence[Job]) -> None:
        seen.append(kinds(jobs))
        writes.append(len(simulator.journal.writes))

    jobs = fleet(*scaled(3), *created(1), {"name": "gone", "state": "absent"}, check_mode=check_mode, gate=gate)
    assert seen == [["update", "update", "update", "create", "unchanged"]]
    assert writes == [0]
    assert errors(jobs) == [None] * 5
    assert len(simulator.journal.writes) == (0 if check_mode else 4)
    assert (sum(fake_time.slept) >= 100) is not check_mode


def test_a_closed_gate_is_the_error_of_the_run_and_nothing_is_written(fleet: Fleet, simulator: SimulatorServer) -> None:
    simulator.simulation.preload(TENANT, 2)

    def gate(_jobs: Sequence[Job]) -> None:
        raise ConflictError("not what was approved")

    with pytest.raises(ConflictError, match="not what was approved"):
        fleet(*scaled(2), *created(1), gate=gate)
    assert simulator.journal.writes == []


def test_what_does_not_end_in_time_comes_to_the_gate_with_its_error(fleet: Fleet, simulator: SimulatorServer) -> None:
    made = simulator.simulation.preload(TENANT, 2)
    simulator.state.durations.update({"modify": 10**6})
    make_busy(simulator, made[0].service_id)
    seen: list[list[str | None]] = []
    jobs = fleet(*scaled(2), gate=lambda jobs: seen.append(errors(jobs)), timeout=200, interval=30)
    assert seen == [["timeout", None]]
    # The other one is written after the gate, and does not end in time either.
    assert errors(jobs) == ["timeout", "timeout"]
    assert [call for call in simulator.journal.calls() if call[0] != "GET"] == [("PUT", f"{SERVICES}/{made[1].service_id}")]


class Meddler(Listener):
    """Does something when the run looks for the first so many times."""

    def __init__(self, do: Callable[[], None], times: int = 1) -> None:
        super().__init__([])
        self._do = do
        self._times = times

    def looked(self, jobs: Sequence[Job]) -> None:
        if len(self.told) < self._times:
            self._do()
        super().looked(jobs)


def describe(simulator: SimulatorServer, service_id: str, description: str) -> None:
    """Have the service described by another hand."""
    simulator.state.modify(TENANT, service_id, {"service": {"description": description}})


def test_the_gate_sees_what_has_changed_while_another_service_was_waited_for(fleet: Fleet, simulator: SimulatorServer) -> None:
    made = simulator.simulation.preload(TENANT, 2)
    simulator.state.durations.update({"modify": 100})
    make_busy(simulator, made[0].service_id)
    seen: list[list[str | None]] = []

    def gate(jobs: Sequence[Job]) -> None:
        currents = [job.outcome.plan.current if job.outcome.plan is not None else None for job in jobs]
        seen.append([current.description if current is not None else None for current in currents])

    meddler = Meddler(lambda: describe(simulator, made[1].service_id, "changed"))
    fleet(*scaled(2), gate=gate, progress=meddler)
    assert seen == [["", "changed"]]


@pytest.mark.parametrize("mark", [" [managed: a, protected]", " [managed: b]"])
def test_a_mark_that_is_set_while_another_service_is_waited_for_is_kept(
    mark: str, fleet: Fleet, simulator: SimulatorServer
) -> None:
    # Both services are declared, so nothing is to be removed; it is enough that a run may remove something.
    made = simulator.simulation.preload(TENANT, 2)
    simulator.state.durations.update({"modify": 100})
    describe(simulator, made[1].service_id, " [managed: a]")
    simulator.clock.advance(100)
    make_busy(simulator, made[0].service_id)
    meddler = Meddler(lambda: describe(simulator, made[1].service_id, mark))
    declared = [{**item, "owner": "a"} for item in scaled(2)]
    jobs = fleet(*declared, removals=lambda _jobs: [], progress=meddler)
    assert errors(jobs) == ([None, None] if "managed: a" in mark else [None, "conflict"])
    stored = simulator.state.service(TENANT, made[1].service_id)
    assert stored is not None
    assert stored.description == mark


def test_what_is_busy_after_every_wait_is_an_error_of_its_own(fleet: Fleet, simulator: SimulatorServer) -> None:
    made = simulator.simulation.preload(TENANT, 2)
    simulator.state.durations.update({"modify": 100})
    make_busy(simulator, made[0].service_id)

    class Rival(Listener):
        """Begins an update whenever a wait is over."""

        def looked(self, jobs: Sequence[Job]) -> None:
            if not any(isinstance(job.waiting, Watch) for job in jobs):
                make_busy(simulator, made[0].service_id)

    jobs = fleet(*scaled(2), gate=lambda _jobs: None, progress=Rival([]))
    assert errors(jobs) == ["conflict", None]
    assert "is busy again after 3 waits" in str(jobs[0].error)


def test_a_second_declaration_that_shows_after_the_wait_is_refused_before_the_gate(
    fleet: Fleet, simulator: SimulatorServer
) -> None:
    made = simulator.simulation.preload(TENANT, 1)
    simulator.state.durations.update({"modify": 100})
    make_busy(simulator, made[0].service_id)
    seen: list[list[str | None]] = []
    fleet(*scaled(1), {"service_id": made[0].service_id, "bandwidth": 70000}, gate=lambda jobs: seen.append(errors(jobs)))
    assert seen == [[None, "invalid"]]
