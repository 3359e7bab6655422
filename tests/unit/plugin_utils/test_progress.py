# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes to the terminal while services are converged: whose lines, without tokens, and when there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible import constants
from ansible.plugins.action.normal import ActionModule as ModuleAction
from ansible.utils import color as ansible_color
from ansible.utils.display import Display

from ansible_collections.cloudopera.ies.plugins.module_utils._run import progress
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks import ies_services as task_body
from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT, make_action, run_module
from tests.unit.modules.support import NAME, VPN, add_service

PLAN = "Plan: 0 to create, 1 to update, 0 to recreate, 0 to delete, 0 unchanged"


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is displayed, line by line."""
    lines: list[str] = []
    monkeypatch.setattr(Display, "display", lambda _self, line, *_more, **_options: lines.append(line))
    return lines


def arguments(sim: SimulatorServer, bandwidth: int = 80000, tenant: str = TENANT, **more: Any) -> dict[str, Any]:
    """Return the options of a task that gives the sample service another bandwidth."""
    auth_token, bearer_token = sim.tokens(tenant)
    services = [{"name": NAME, "bandwidth": bandwidth}]
    return {"api_url": sim.url, "auth_token": auth_token, "bearer_token": bearer_token, "services": services, **more}


def test_each_line_begins_with_the_host(sim: SimulatorServer, shown: list[str]) -> None:
    result = make_action("ies_services", arguments(sim)).run(task_vars={"inventory_hostname": "tenant-7"})
    assert result["progress_shown"] is True
    assert [line.removeprefix("[tenant-7] ") for line in shown] == [
        f"  ~ update   {NAME}  Bandwidth 60000 -> 80000",
        PLAN,
        "0 ready, 1 in progress (oldest 0s), 0 failed",
        "1 ready, 0 in progress, 0 failed",
        f"{'service':<{len(NAME)}}  done    status     result",
        f"{NAME}  update  Completed  ok",
        "Done: 1 changed, 0 unchanged, 0 failed",
    ]
    assert all(line.startswith("[tenant-7] ") for line in shown)


def test_a_long_wait_is_told_every_thirty_seconds(sim: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[float] = []
    monkeypatch.setattr(Display, "display", lambda *_line, **_options: told.append(sim.clock.now()))
    sim.state.durations.update({"modify": 400})
    begun = sim.clock.now()
    make_action("ies_services", arguments(sim, wait_sleep=100)).run(task_vars={})
    assert sim.clock.now() - begun == 400
    gaps = [later - earlier for earlier, later in zip(told, told[1:])]
    assert 0 < max(gaps) <= 30


def test_a_check_shows_the_plan_alone(sim: SimulatorServer, shown: list[str]) -> None:
    result = make_action("ies_services", arguments(sim), check_mode=True).run(task_vars={})
    assert result["progress_shown"] is True
    assert shown == [f"[localhost]   ~ update   {NAME}  Bandwidth 60000 -> 80000", f"[localhost] {PLAN}"]


@pytest.mark.parametrize("check_mode", [False, True])
def test_without_progress_it_is_quiet(sim: SimulatorServer, shown: list[str], check_mode: bool) -> None:
    result = make_action("ies_services", arguments(sim, progress=False), check_mode=check_mode).run(task_vars={})
    assert result["changed"] is True
    assert result["progress_shown"] is False
    assert shown == []


def single(sim: SimulatorServer, **more: Any) -> dict[str, Any]:
    """Return the options of a task for the sample service alone."""
    connection = {key: value for key, value in arguments(sim).items() if key != "services"}
    return {**connection, "name": NAME, **more}


def test_a_single_service_shows_the_same_lines_while_it_is_waited_for(sim: SimulatorServer, shown: list[str]) -> None:
    sim.state.durations.update({"modify": 40})
    result = make_action("ies_service", single(sim, bandwidth=80000)).run(task_vars={"inventory_hostname": "tenant-7"})
    assert result["changed"] is True
    assert shown == [
        f"[tenant-7] {NAME}: 0 ready, 1 in progress (oldest 0s), 0 failed",
        f"[tenant-7] {NAME}: 0 ready, 1 in progress (oldest 30s), 0 failed",
        f"[tenant-7] {NAME}: 1 ready, 0 in progress, 0 failed",
    ]


def test_a_single_service_that_is_removed_is_gone(sim: SimulatorServer, shown: list[str]) -> None:
    make_action("ies_service", single(sim, state="absent", deactivate=True)).run(task_vars={})
    assert shown[-1] == f"[localhost] {NAME}: 0 ready, 1 gone, 0 in progress, 0 failed"


@pytest.mark.parametrize(
    "options", [{"bandwidth": 60000}, {"bandwidth": 80000, "wait": False}, {"bandwidth": 5, "progress": False}]
)
def test_a_single_service_that_nobody_waits_for_is_quiet(
    sim: SimulatorServer, shown: list[str], options: dict[str, Any]
) -> None:
    assert "failed" not in make_action("ies_service", single(sim, **options)).run(task_vars={})
    assert shown == []


def test_the_lines_of_a_plan_have_the_colours_of_a_diff(sim: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    colours: list[Any] = []
    monkeypatch.setattr(Display, "display", lambda _self, _line, color=None, **_options: colours.append(color))
    monkeypatch.setattr(constants, "COLOR_DIFF_ADD", "bright green")
    old = add_service(sim, "old", VPN)
    services = [
        {"name": NAME, "bandwidth": 80000},
        {"name": "new", "service_definition": "Site2DC", "site2dc": [{"cloud_vpn_name": "v", "bandwidth": 1}]},
        {"service_id": old, "state": "absent"},
    ]
    make_action("ies_services", arguments(sim, services=services), check_mode=True).run(task_vars={})
    assert colours == ["bright green", constants.COLOR_DIFF_LINES, constants.COLOR_DIFF_REMOVE, None]


@pytest.mark.parametrize(
    ("coloured", "line"), [(True, "\x1b[0;32m[localhost]   + create   new  v Bandwidth 1\x1b[0m"), (False, None)]
)
def test_colours_are_those_of_ansible(
    sim: SimulatorServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], coloured: bool, line: str | None
) -> None:
    # What ANSIBLE_NOCOLOR, NO_COLOR and a terminal that has none lead to.
    monkeypatch.setattr(ansible_color, "ANSIBLE_COLOR", coloured)
    services = [{"name": "new", "service_definition": "Site2DC", "site2dc": [{"cloud_vpn_name": "v", "bandwidth": 1}]}]
    make_action("ies_services", arguments(sim, services=services), check_mode=True).run(task_vars={})
    printed = capfd.readouterr().out.splitlines()
    assert printed[0] == (line or "[localhost]   + create   new  v Bandwidth 1")


def test_a_name_of_the_server_cannot_touch_the_terminal(sim: SimulatorServer, shown: list[str]) -> None:
    hostile = "\x1b[2J\u202eevil\nok"
    service_id = add_service(sim, hostile, VPN)
    services = [{"service_id": service_id, "bandwidth": 5}, {"name": f"no {hostile}", "state": "absent"}]
    make_action("ies_services", arguments(sim, services=services)).run(task_vars={"inventory_hostname": "a\x1bb"})
    assert all(line.isprintable() for line in shown), shown
    assert any("\\x1b[2J\\u202eevil\\nok" in line for line in shown)


def test_a_mistake_in_the_lines_hides_no_result(
    sim: SimulatorServer, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: Any) -> list[str]:
        raise IndexError("no such row")

    for place in (progress, task_body):
        for name in ("plan_lines", "progress_line", "summary_lines"):
            monkeypatch.setattr(place, name, broken, raising=False)
    services = [{"name": NAME, "bandwidth": 80000}, {"name": "not-there", "bandwidth": 5}]
    result = make_action("ies_services", arguments(sim, services=services)).run(task_vars={})
    assert result["failed"] is True
    assert "not-there" in result["msg"]
    assert [entry["changed"] for entry in result["services"]] == [True, False]
    assert shown == []
    assert len(result["warnings"]) == 3
    assert all("could not be shown: IndexError: no such row at " in warning for warning in result["warnings"])


def test_a_task_with_no_log_is_quiet(sim: SimulatorServer, shown: list[str]) -> None:
    action = make_action("ies_services", arguments(sim))
    action._task.no_log = True
    assert action.run(task_vars={})["progress_shown"] is False
    assert shown == []


@pytest.mark.parametrize("module", ["ies_service_info", "ies_catalog_info", "ies_vpn_traffic_info"])
def test_other_tasks_are_quiet(sim: SimulatorServer, shown: list[str], module: str) -> None:
    params: dict[str, Any] = {"ies_vpn_traffic_info": {"cloud_vpn_names": [VPN]}}
    connection = {key: value for key, value in arguments(sim).items() if key != "services"}
    result = make_action(module, {**connection, **params.get(module, {})}).run(task_vars={})
    assert "failed" not in result
    assert "progress_shown" not in result
    assert shown == []


def test_a_module_process_shows_nothing_and_says_so(
    sim: SimulatorServer, shown: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    result = run_module("ies_services", arguments(sim), tmp=str(tmp_path))
    assert result["changed"] is True
    assert result["progress_shown"] is False
    assert shown == []
    # Its output is the result and nothing else.
    assert capfd.readouterr() == ("", "")


def test_a_task_that_is_handed_over_shows_nothing(
    sim: SimulatorServer, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ModuleAction, "run", lambda *_arguments, **_options: {"changed": False, "progress_shown": False})
    make_action("ies_services", arguments(sim), async_val=60).run(task_vars={})
    assert shown == []
    assert sim.journal.entries == []


def test_no_line_shows_a_token(sim: SimulatorServer, shown: list[str]) -> None:
    sim.token_store.issue("short", sim.clock.wall(), auth_token="short-tenant-token", bearer_token="short-bearer")
    services = [
        {"name": "uses short-tenant-token", "state": "absent"},
        {"name": "short-bearer", "bandwidth": 5},
        {"name": "odd", "service_definition": "short-tenant-token", "site2dc": [{"cloud_vpn_name": "v", "bandwidth": 1}]},
        {
            "name": "new short-bearer",
            "service_definition": "Site2DC",
            "site2dc": [{"cloud_vpn_name": "v-short-tenant-token", "bandwidth": 1}],
        },
    ]
    result = make_action("ies_services", arguments(sim, tenant="short", services=services)).run(task_vars={})
    assert result["failed"] is True
    lines = "\n".join(shown)
    for text in (lines, result["msg"], str(result["services"][0]), str(result["plan"]["unchanged"])):
        assert "short-tenant-token" not in text
        assert "short-bearer" not in text
    assert lines.count("********") >= 4
    assert any(line.startswith("[localhost]   + create   new ") for line in shown)
    assert sim.state.services("short")[0].name == "new short-bearer"
