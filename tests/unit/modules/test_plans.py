# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans through both doors, and the plan file as the controller keeps it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.plugin_utils import _files
from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT, Runner, make_action, run_action
from tests.unit.modules.support import NAME, written

SERVICES = [{"name": NAME, "bandwidth": 80000}]
Act = Callable[..., dict[str, Any]]


@pytest.fixture
def act(sim: SimulatorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Act:
    """Return a function that runs the action plugin with the plan file of this test."""
    local = tmp_path / "ansible-local"
    local.mkdir()
    monkeypatch.setattr("ansible.constants.DEFAULT_LOCAL_TMP", str(local))
    auth_token, bearer_token = sim.tokens(TENANT)
    connection = {"api_url": sim.url, "auth_token": auth_token, "bearer_token": bearer_token}

    def run(mode: str, check_mode: bool = False, **given: Any) -> dict[str, Any]:
        arguments = {**connection, "services": SERVICES, "mode": mode, "plan_file": str(tmp_path / "plan.json"), **given}
        return run_action("ies_services", arguments, check_mode=check_mode)

    return run


def test_a_fingerprint_through_both_doors(run: Runner, sim: SimulatorServer) -> None:
    planned = run.ok("ies_services", services=SERVICES, mode="plan")
    assert written(sim) == []
    refused = run("ies_services", services=SERVICES, mode="apply", plan_fingerprint="0" * 64)
    assert (refused["failed"], refused["error"]["kind"]) == (True, "conflict")
    assert written(sim) == []
    assert run.ok("ies_services", services=SERVICES, mode="apply", plan_fingerprint=planned["fingerprint"])["changed"]


def test_a_plan_file_is_written_read_and_marked(act: Act, sim: SimulatorServer, tmp_path: Path) -> None:
    planned = act("plan")
    document = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert document["fingerprint"] == planned["fingerprint"]
    assert "plan_document" not in planned
    assert act("apply", check_mode=True)["changed"]
    assert written(sim) == []
    applied = act("apply")
    assert applied["changed"]
    assert "plan_document" not in json.dumps(applied)
    again = act("apply")
    assert "was applied at" in again["msg"]
    assert again["error"]["kind"] == "conflict"
    assert again["plan"]["update"] == []


def test_a_plan_that_cannot_be_kept_is_a_failure(act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: Any, **_named: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_files, "write_file", full)
    result = act("plan")
    assert result["failed"]
    assert f"plan_file: cannot write {tmp_path / 'plan.json'}: No space left on device" in result["msg"]
    assert result["fingerprint"] is None
    assert result["plan"]["update"]


def test_an_incomplete_plan_is_kept(act: Act, tmp_path: Path) -> None:
    result = act("plan", services=[*SERVICES, {"name": "never-there", "bandwidth": 5}])
    assert result["failed"]
    assert json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["complete"] is False


def test_a_task_that_is_not_waited_for_has_no_plan_file(sim: SimulatorServer, tmp_path: Path) -> None:
    arguments = {"api_url": sim.url, "auth_token": "x", "services": SERVICES, "mode": "plan", "plan_file": str(tmp_path / "p")}
    result = make_action("ies_services", arguments, async_val=5).run(task_vars={})
    assert "which a task with async does not see" in result["msg"]
    assert sim.journal.entries == []
