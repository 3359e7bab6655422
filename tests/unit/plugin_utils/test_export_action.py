# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action `export` does with what was read; tests/unit/playbooks/test_export.py runs it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.plugin_utils._export_action import ExportAction

READ = {"changed": False, "exported": [{"item": {"name": "s"}, "remarks": ["why"]}], "left_out": ["service 'x' is left out"]}


def action(path: Path, check_mode: bool = False, diff: bool = False) -> Any:
    """Return the action of a task that writes this file."""
    made = ExportAction.__new__(ExportAction)
    made._task = SimpleNamespace(check_mode=check_mode, diff=diff, async_val=0, environment=None, args={})
    made._path = path
    return made


def finished(path: Path, secrets: set[str] | None = None, **options: Any) -> dict[str, Any]:
    """Return the result for what was read."""
    result: dict[str, Any] = action(path, **options).finish(dict(READ), {}, secrets or set())
    return result


def test_a_file_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "services.yml"
    result = finished(path)
    assert result == {
        "changed": True,
        "services": 1,
        "left_out": ["service 'x' is left out"],
        "export_file": str(path),
        "counts": {"services": 1, "left_out": 1},
        "warnings": ["service 'x' is left out"],
    }
    assert path.read_text(encoding="utf-8").endswith('cloudvpn_services:\n  # why\n  - name: "s"\n')
    assert finished(path)["changed"] is False


def test_check_mode_and_diff(tmp_path: Path) -> None:
    path = tmp_path / "services.yml"
    path.write_bytes(b"\xff")
    result = finished(path, check_mode=True, diff=True)
    assert result["changed"] is True
    assert path.read_bytes() == b"\xff"
    assert result["diff"]["before"] == ""
    assert '- name: "s"' in result["diff"]["after"]


def test_a_file_that_cannot_be_written_after_all(tmp_path: Path) -> None:
    result = finished(tmp_path / "gone" / "services.yml")
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["msg"].endswith("gone does not exist; create it first")


def test_what_failed_is_handed_on(tmp_path: Path) -> None:
    assert action(tmp_path / "f").finish({"failed": True, "msg": "x"}, {}, set()) == {"failed": True, "msg": "x"}


def test_options_come_in_strings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = action(tmp_path / "f")
    monkeypatch.setattr(made, "_check_place", lambda: None)
    given = {"export_file": str(tmp_path / "f"), "name": "a,b", "service_id": "", "max_parallel": "4.0", "api_url": "u"}
    assert made.prepare(given, {}) == {
        "export_file": str(tmp_path / "f"),
        "name": ["a", "b"],
        "max_parallel": 4,
        "api_url": "u",
    }


def test_the_environment_of_a_task_does_not_reach_the_controller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = action(tmp_path / "f")
    monkeypatch.setattr(made, "_compute_environment_string", lambda raw: raw.update(HTTPS_PROXY="x", IES_API_URL="y"))
    with pytest.raises(InvalidError, match="set HTTPS_PROXY in that of ansible-playbook"):
        made.prepare({}, {})
