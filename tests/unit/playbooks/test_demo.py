# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo: what it shows, what it needs, and that its simulator never outlives it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.playbooks.support import REPOSITORY, Ansible

LIMIT = 60


def test_demo_plays_to_its_end_and_cleans_up(ansible: Ansible, tmp_path: Path) -> None:
    # A minimal Debian has neither kill nor ps, so there is nothing here but what Ansible itself asks for.
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("chmod", "mkdir", "rm", "sh", "sleep"):
        (programs / name).symlink_to(shutil.which(name) or name)
    environment = {**ansible.environment, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{programs}"}
    run = ansible.run(["ansible-playbook", "cloudopera.ies.demo"], environment)
    assert run.status == 0, run.output
    assert "nothing, because everything is as declared" in run.output
    assert "before: 60000" in run.words
    assert "scaled: 80000, Completed" in run.words
    assert list((tmp_path / "tmp").iterdir()) == []
    # The demo's simulator makes its tokens up: they start like every PKI token does (contract 2.1).
    told = Path(ansible.environment["EVERYTHING_FILE"]).read_text(encoding="utf-8")
    assert not re.search(r"MII[0-9A-Za-z+/_-]{30}", run.output + told)
    assert simulators(tmp_path) == []


def test_demo_stops_a_simulator_that_is_never_ready(ansible: Ansible, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.simulator", "--while-exists={{ demo_running_file }}"]
    variables = {"demo_command": command, "demo_start_timeout": 1}
    run = ansible.playbook("cloudopera.ies.demo", variables=variables)
    assert "The simulator did not start" in run.failed().words
    assert list((tmp_path / "tmp").iterdir()) == []
    assert simulators(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_simulator_of_make_demo_ends_with_its_playbook(ansible: Ansible, tmp_path: Path, number: signal.Signals) -> None:
    kept = {name: value for name, value in ansible.environment.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "--silent", f"--directory={REPOSITORY}", "--old-file=.venv/.demo", "demo"]
    with subprocess.Popen(
        command, env=kept, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as run:
        try:
            assert comes_about(lambda: any((tmp_path / "tmp").rglob("ready.json")))
            assert len(simulators(tmp_path)) == 1
        finally:
            os.killpg(run.pid, number)
        assert run.wait(LIMIT) != 0
    assert comes_about(lambda: not simulators(tmp_path))
    assert list((tmp_path / "tmp").rglob("ready.json")) == []
    if number != signal.SIGKILL:
        assert comes_about(lambda: not list((tmp_path / "tmp").iterdir()))


def simulators(folder: Path) -> list[bytes]:
    """Return the command lines of the simulators that have their temporary files below a folder."""
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes()
        except OSError:  # it has ended
            continue
        if b"tests.simulator" in line and str(folder).encode() in line:
            lines.append(line)
    return lines


def comes_about(condition: Callable[[], bool]) -> bool:
    """Wait for a condition, and return whether it came about in time."""
    until = time.monotonic() + LIMIT
    pause = threading.Event()
    while not condition():
        if time.monotonic() > until:
            return False
        pause.wait(0.05)
    return True
