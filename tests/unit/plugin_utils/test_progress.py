# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes to the terminal while ies_services runs: whose lines, without tokens, and when there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.plugins.action.normal import ActionModule as ModuleAction
from ansible.utils.display import Display

from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT, make_action, run_module
from tests.unit.modules.support import NAME, VPN

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


def test_a_task_with_no_log_is_quiet(sim: SimulatorServer, shown: list[str]) -> None:
    action = make_action("ies_services", arguments(sim))
    action._task.no_log = True
    assert action.run(task_vars={})["progress_shown"] is False
    assert shown == []


@pytest.mark.parametrize("module", ["ies_service", "ies_service_info", "ies_catalog_info", "ies_vpn_traffic_info"])
def test_other_tasks_are_quiet(sim: SimulatorServer, shown: list[str], module: str) -> None:
    params: dict[str, Any] = {"ies_service": {"name": NAME, "bandwidth": 5}, "ies_vpn_traffic_info": {"cloud_vpn_names": [VPN]}}
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
