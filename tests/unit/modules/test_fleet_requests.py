# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet costs: how many requests a run of many services sends, as the journal of the simulator has them."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils import _task_runner
from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT, Runner
from tests.unit.modules.support import DEFINITION, SERVICES, add_service, declared, site2dc

SIZE = 12
DEFINITIONS = "/rest/catalog/v1/servicedefs"


def fleet(bandwidth: int = 60000, **changes: Any) -> list[dict[str, Any]]:
    """Return declarations of a dozen services."""
    return [declared(name=f"s{number}", site2dc=[site2dc(f"v{number}", bandwidth)], **changes) for number in range(SIZE)]


def preload(sim: SimulatorServer) -> list[str]:
    """Put these services into the simulator, and no others, and return their paths."""
    sim.state.clear_services(TENANT)
    return [f"{SERVICES}/{add_service(sim, f's{number}', f'v{number}')}" for number in range(SIZE)]


def sent(sim: SimulatorServer) -> Counter[tuple[str, str]]:
    """Count the requests that arrived, by method and path."""
    return Counter((entry.method, entry.path) for entry in sim.journal.entries)


@pytest.mark.parametrize(
    ("definition", "more"),
    [
        pytest.param("Site2DC", 2, id="by-name"),
        pytest.param(DEFINITION, 1, id="by-id"),
        pytest.param(None, 1, id="not-declared"),
    ],
)
def test_an_unchanged_run(run: Runner, sim: SimulatorServer, definition: str | None, more: int) -> None:
    paths = preload(sim)
    assert run.ok("ies_services", services=fleet(service_definition=definition))["changed"] is False
    expected = {("GET", path): 1 for path in [SERVICES, *paths]}
    assert sent(sim) == {**expected, **({("GET", DEFINITIONS): 1} if more == 2 else {})}
    assert sum(sent(sim).values()) == SIZE + more


def test_a_run_that_removes_what_is_not_there(run: Runner, sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)
    items = [{"name": f"s{number}", "state": "absent"} for number in range(SIZE)]
    assert run.ok("ies_services", services=items)["changed"] is False
    assert sent(sim) == {("GET", SERVICES): 1}


def _operation_of(sim: SimulatorServer, path: str) -> str:
    (operation,) = sim.state.operations(path.rpartition("/")[2])
    return f"{path}/operations/{operation.operation_id}"


def test_an_empty_list_is_confirmed_once_for_all_orders(run: Runner, sim: SimulatorServer) -> None:
    sim.state.clear_services(TENANT)
    run.ok("ies_services", services=fleet(), wait=False)
    first = min(index for index, entry in enumerate(sim.journal.entries) if entry.method == "POST")
    assert [entry.path for entry in sim.journal.entries[:first]].count(SERVICES) == 2


def test_nothing_is_ordered_on_one_empty_list(run: Runner, sim: SimulatorServer) -> None:
    preload(sim)
    sim.faults.add("status", method="GET", path=f"{SERVICES}$", status=404, body=None)
    assert run.ok("ies_services", services=fleet())["changed"] is False
    assert sim.journal.writes == []


@pytest.mark.parametrize(
    ("duration", "rounds"),
    [pytest.param(0, 2, id="at-once"), pytest.param(30, 4, id="half-a-minute"), pytest.param(300, 22, id="five-minutes")],
)
def test_a_wait_is_a_list_per_round_and_two_reads_per_service(
    run: Runner, sim: SimulatorServer, duration: float, rounds: int
) -> None:
    paths = preload(sim)
    sim.state.durations.update({"modify": duration})
    begun = sim.clock.now()
    run.ok("ies_services", services=fleet(70000), wait_sleep=15)
    # Ready at the end, and once more a look later (contract 7.1, rule 3).
    assert sim.clock.now() - begun == 15 * (rounds - 1)
    assert sent(sim) == {
        ("GET", SERVICES): 1 + rounds,
        **{("PUT", path): 1 for path in paths},
        **{("GET", path): 2 for path in paths},
        # A failed operation speaks first (contract 7.1, rule 2).
        **{("GET", _operation_of(sim, path)): 1 for path in paths},
    }


def test_a_wait_for_removals_is_a_list_per_round(run: Runner, sim: SimulatorServer) -> None:
    paths = preload(sim)
    sim.state.durations.update({"delete": 45})
    begun = sim.clock.now()
    run.ok("ies_services", services=[{"name": f"s{number}", "state": "absent"} for number in range(SIZE)])
    assert sim.clock.now() - begun == 45
    looked = sent(sim)
    assert looked[("GET", SERVICES)] == 1 + 4
    assert all(looked[("DELETE", path)] == 1 for path in paths)
    # Read to plan, right before it goes, and once more when the list no longer shows it.
    assert all(looked[("GET", path)] <= 3 for path in paths)


def test_services_that_end_one_after_another_are_read_as_they_end(run: Runner, sim: SimulatorServer) -> None:
    paths = preload(sim)
    sim.state.durations.update({"modify": 30, "create": 90})
    items = [*fleet(70000), declared(name="new", service_definition=DEFINITION, site2dc=[site2dc("v-new")])]
    run.ok("ies_services", services=items)
    times = {path: [entry.time for entry in sim.journal.entries if entry.path == path] for path in paths}
    begun = min(entry.time for entry in sim.journal.entries)
    assert {tuple(moment - begun for moment in moments) for moments in times.values()} == {(0, 0, 45)}


def test_a_failed_operation_speaks_first(run: Runner, sim: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = preload(sim)
    sim.faults.add("fail_async", method="PUT", path=f"{paths[3]}$", reason="the line is cut")
    advance = sim.clock.advance

    def sleep(seconds: float) -> None:
        advance(seconds)
        service = sim.state.service(TENANT, paths[3].rpartition("/")[2])
        assert service is not None
        # A server whose status tells nothing of it.
        if service.status == "Failed":
            sim.state.set_status(service.service_id, "Completed")

    monkeypatch.setattr(_task_runner, "SYSTEM_CLOCK", dataclasses.replace(_task_runner.SYSTEM_CLOCK, sleep=sleep))
    result = run.fails("ies_services", "failed", "1 of 12", "the line is cut", services=fleet(70000))
    assert [entry["name"] for entry in result["services"] if entry["error"]] == ["s3"]


@pytest.mark.parametrize(
    "fault",
    [
        *({"action": "status", "status": status, "body": None} for status in (400, 401, 403, 404, 410, 429, 500)),
        {"action": "html"},
        {"action": "html", "status": 502},
        {"action": "truncate", "mode": "json"},
        {"action": "drop_before"},
    ],
    ids=str,
)
def test_what_fails_on_the_path_of_operations_alone_fails_no_service(
    run: Runner, sim: SimulatorServer, fault: dict[str, Any]
) -> None:
    preload(sim)
    sim.faults.add(method="GET", path="/operations/", times=None, **fault)
    result = run.ok("ies_services", services=fleet(70000), api_retries=1)
    assert [entry["service"]["phase"] for entry in result["services"]] == ["ready"] * SIZE


def test_what_failed_is_asked_for_its_operation(run: Runner, sim: SimulatorServer) -> None:
    paths = preload(sim)
    sim.faults.add("fail_async", method="PUT", path=f"{paths[3]}$", reason="the line is cut")
    result = run.fails("ies_services", "failed", "1 of 12", "the line is cut", services=fleet(70000))
    assert [entry["name"] for entry in result["services"] if entry["error"]] == ["s3"]
    assert {path: count for (_method, path), count in sent(sim).items() if "/operations" in path} == {
        _operation_of(sim, path): 1 for path in paths
    }


def test_a_status_that_nobody_knows_is_explained_by_the_operation(run: Runner, sim: SimulatorServer) -> None:
    paths = preload(sim)
    services = [
        {"service_id": path.rpartition("/")[2], "name": f"s{number}", "status": "Shining", "active_status": "Deactive"}
        for number, path in enumerate(paths)
    ]
    sim.faults.add("status", method="GET", path=f"{SERVICES}$", after=1, times=None, status=200, body={"services": services})
    begun = sim.clock.now()
    result = run.ok("ies_services", services=fleet(70000), wait_timeout=300)
    assert [entry["service"]["phase"] for entry in result["services"]] == ["ready"] * SIZE
    assert sim.clock.now() - begun == 30


def test_a_server_with_fewer_places_than_the_run_would_use(run: Runner, sim: SimulatorServer) -> None:
    paths = preload(sim)
    sim.options.max_in_flight = 8
    sim.options.latency = 0.1
    result = run.ok("ies_services", services=fleet(70000), max_parallel=16, api_retries=20)
    assert [entry["actions"] for entry in result["services"]] == [["update"]] * SIZE
    # A refused write is sent again, and carried out once.
    done = Counter(entry.path for entry in sim.journal.writes if entry.status != 429)
    assert done == Counter(paths)
    refused = [entry.status == 429 for entry in sim.journal.entries]
    assert any(refused)
