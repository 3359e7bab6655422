# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks `drift` and `outcome`, in this process: what they hand over, and when the status file says what."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.action.ies_services import ActionModule as ServicesModule
from ansible_collections.cloudopera.ies.plugins.plugin_utils import _files, _status_file
from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT, make_action
from tests.unit.modules.support import NAME, VPN

DRIFTED = [{"name": NAME, "bandwidth": 80000}]
CLEAN = [{"name": NAME, "bandwidth": 60000}]


class HostVars(dict[str, Any]):
    """The variables of hosts, as Ansible gives them."""

    def raw_get(self, host: str) -> Any:
        """Return those of a host, untemplated."""
        return self[host]


def look(sim: SimulatorServer, path: Path, hosts: int = 1, **options: Any) -> dict[str, Any]:
    """Run the task `drift`, in a play of so many hosts."""
    auth_token, bearer_token = sim.tokens(TENANT)
    ies = {"api_url": sim.url, "auth_token": auth_token, "bearer_token": bearer_token}
    action = make_action("drift", {"ies": ies, "status_file": str(path), **options})

    def get(_name: str, **more: Any) -> ServicesModule:
        return ServicesModule(**more)

    action._shared_loader_obj = SimpleNamespace(action_loader=SimpleNamespace(get=get))
    names = [f"tenant-{number}" for number in range(hosts)]
    result: dict[str, Any] = action.run(task_vars={"inventory_hostname": names[0], "ansible_play_hosts_all": names})
    assert sim.journal.writes == []
    assert auth_token not in json.dumps([result, action._task.args], default=str)
    return result


def hand_over(hosts: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Run the task `outcome`."""
    action = make_action("outcome", {"result": "found", **options})
    result: dict[str, Any] = action.run(task_vars={"hostvars": HostVars(hosts), "ansible_play_hosts_all": list(hosts)})
    return result


def status_of(path: Path) -> str:
    found = json.loads(path.read_text(encoding="utf-8"))
    return str(found["status"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "status.json"


def test_drift(sim: SimulatorServer, path: Path) -> None:
    result = look(sim, path, services=DRIFTED)
    assert (result["failed"], result["changed"], result["status"]) == (True, False, "drift")
    assert [(entry["kind"], entry["fields"]) for entry in result["drift"]] == [("changed", [f"connections.{VPN}.Bandwidth"])]
    assert status_of(path) == "drift"
    allowed = look(sim, path, services=json.dumps(DRIFTED), fail_on_drift="no")
    assert (allowed["failed"], status_of(path)) == (False, "drift")


def test_no_drift(sim: SimulatorServer, path: Path) -> None:
    result = look(sim, path, services=[*CLEAN, {"name": "never", "state": "absent"}])
    assert (result["failed"], result["status"], result["drift"]) == (False, "clean", [])
    assert status_of(path) == "clean"


def test_of_several_hosts_none_has_the_last_word(sim: SimulatorServer, path: Path) -> None:
    result = look(sim, path, hosts=2, services=CLEAN)
    assert result["status"] == "clean"
    assert status_of(path) == "error"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"services": [{"name": NAME, "bandwidth": 0}]}, "bandwidth is 0"),
        ({"services": [{"name": NAME, "bandwith": 5}]}, "bandwith"),
        ({"services": CLEAN, "fail_on_drift": "perhaps"}, "fail_on_drift is 'perhaps'"),
        ({"services": CLEAN, "prune": True}, "drift has no option prune"),
        ({"services": "{"}, "services"),
    ],
)
def test_errors(sim: SimulatorServer, path: Path, options: Any, reason: str) -> None:
    result = look(sim, path, **options)
    assert (result["failed"], result["status"], result["drift"]) == (True, "error", [])
    assert reason in result["msg"]
    assert status_of(path) == "error"


def test_a_mistake_of_ours_is_an_error_as_well(sim: SimulatorServer, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_more: Any) -> Any:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(ServicesModule, "run", fail)
    with pytest.raises(RuntimeError, match="no such thing"):
        look(sim, path, services=CLEAN)
    assert json.loads(path.read_text(encoding="utf-8"))["message"] == "no such thing"


def test_a_file_that_cannot_be_written_in_the_end_is_a_failure(
    sim: SimulatorServer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_status_file, "end", full)
    result = look(sim, path, services=CLEAN)
    assert (result["failed"], result["status"]) == (True, "error")
    assert result["msg"] == f"status_file: cannot write {path}: No space left on device; every service is as declared"


def test_a_file_that_cannot_be_begun_keeps_everything_from_being_sent(
    sim: SimulatorServer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_files, "write_file", full)
    assert look(sim, path, services=CLEAN)["msg"].endswith("No space left on device; nothing was sent")
    assert sim.journal.entries == []
    _status_file.break_off(path, "tenant", "the reason goes on")


class TestOutcome:
    """The last task of a play."""

    def test_status_files_of_the_hosts(self, tmp_path: Path) -> None:
        shared, own = tmp_path / "shared.json", tmp_path / "own.json"
        good: dict[str, Any] = {"status": "clean", "msg": "fine", "drift": []}
        hosts = {
            "east": {"found": good, "file": str(shared)},
            "north": {"file": str(shared)},
            "south": {"found": "no result", "file": " "},
            "west": {"found": good, "file": str(own)},
        }
        result = hand_over(hosts, status_file="file")
        assert result["ansible_stats"]["data"] == result["outcome"]
        assert result["ansible_stats"]["per_host"] is False
        assert (status_of(shared), status_of(own)) == ("error", "clean")
        assert result["outcome"]["cloudvpn_counts"]["failed_tenants"] == 2

    @pytest.mark.parametrize("status", ["clean", "error"])
    def test_a_file_that_cannot_be_written(self, tmp_path: Path, status: str) -> None:
        found = {"status": status, "failed": status == "error", "msg": "so it is", "drift": []}
        result = hand_over({"east": {"found": found, "file": str(tmp_path / "missing" / "file.json")}}, status_file="file")
        if status == "clean":
            assert result["failed"] is True
            assert "does not exist; create it first" in result["msg"]
        else:
            # One failure is enough.
            assert "does not exist; create it first" in result["warnings"][0]

    @pytest.mark.parametrize("options", [{"result": ""}, {"result": None}, {"results": "found"}])
    def test_a_mistake_is_said(self, options: Any) -> None:
        assert hand_over({}, **options)["failed"] is True


def test_the_mode_of_the_umask() -> None:
    before = os.umask(0o027)
    try:
        assert _files.mode_by_umask() == 0o640
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
