# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo of elastic bandwidth: the burst is recommended for, followed, and lowered after, and the report is there."""

from __future__ import annotations

from pathlib import Path

from tests.unit.playbooks.support import Ansible


def test_the_demo_follows_a_burst_up_and_down_and_leaves_its_report(ansible: Ansible, tmp_path: Path) -> None:
    report = tmp_path / "reports" / "elastic.html"
    run = ansible.playbook("cloudopera.ies.demo_elastic", variables={"demo_report": str(report)})
    assert run.status == 0, run.output
    story = [
        "raise: 60000 -> 100000",
        "raise: 60000 -> 100000, applied",
        "raise: 100000 -> 160000, applied",
        "hold: 160000",
        "lower: 160000 -> 40000, applied",
        f"Decisions and pictures: {report}",
    ]
    told = iter(line.strip(' ",') for line in run.output.splitlines())
    assert [line for line in story if line in told] == story, run.output
    assert "0S2DC201705071132" in report.read_text(encoding="utf-8")
    assert list((tmp_path / "tmp").iterdir()) == []
