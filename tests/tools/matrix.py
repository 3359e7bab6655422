# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run unit and integration tests on each supported ansible-core, with the Pythons this machine has.

What the documentation shows is run on the oldest and on the newest of them.
Every combination has a virtual environment of its own in .venv-matrix/. What cannot be run is named; a combination that
is marked as needed must run. At the end come, once each, the contract check, dashboard and traces, the event source in
ansible-rulebook, and an audit of what the requirements files ask for among known vulnerabilities.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Combination:
    """One ansible-core on one Python, by their minor versions."""

    core: str
    python: int
    needed: bool = False

    @property
    def venv(self) -> Path:
        return ROOT / ".venv-matrix" / f"core-{self.core}-python-3.{self.python}"

    def __str__(self) -> str:
        return f"ansible-core {self.core} on Python 3.{self.python}"


COMBINATIONS = (
    Combination("2.16", 11, needed=True),
    Combination("2.18", 11, needed=True),
    Combination("2.19", 11, needed=True),
    Combination("2.21", 12),
    Combination("2.21", 13),
)


def working_pythons() -> dict[int, str]:
    """Return the interpreters that work, by their minor version."""
    found = subprocess.run(
        ["sh", "tests/tools/find_python.sh", "--all"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return {int(minor): path for minor, path in (line.split(" ", 1) for line in found.stdout.splitlines())}


def run(combination: Combination, python: str) -> str:
    """Run the tests and say how it went."""
    environment = os.environ | {
        "PYTHON": python,
        "PATH": f"{combination.venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "STAGE": f"matrix-{combination.core}-{combination.python}",
    }
    steps = {
        "preparation": [
            *("sh", "tests/tools/venv.sh", str(combination.venv.relative_to(ROOT))),
            *("-r", "requirements-test.txt", f"ansible-core=={combination.core}.*"),
        ],
        "unit tests": ["pytest", "-q", "-m", ""],
        "integration tests": ["bash", "tests/tools/ansible_test.sh", "integration"],
    }
    if combination.core in (COMBINATIONS[0].core, COMBINATIONS[-1].core):
        steps["examples of the documentation"] = ["pytest", "-q", "-m", "", "tests/documentation"]
    failed = []
    for step, command in steps.items():
        print(f"--> {combination}: {step}", flush=True)
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
            failed.append(step)
            if step == "preparation":
                break
    return f"FAILED: {', '.join(failed)}" if failed else "passed"


def check_contract() -> tuple[str, bool]:
    """Run the contract check; return how it went, and whether that is good enough: it needs npm."""
    print("--> contract", flush=True)
    started = time.monotonic()
    status = subprocess.run([sys.executable, "tests/tools/contract.py"], cwd=ROOT, check=False).returncode
    if status == 77:
        return "not run: npm was not found", True
    return f"{'FAILED' if status else 'passed'} in {time.monotonic() - started:.0f} s", status == 0


def check_observability() -> tuple[str, bool]:
    """Evaluate the dashboard with promtool, and run a playbook with the callback of OpenTelemetry; return how it went."""
    print("--> observability", flush=True)
    started = time.monotonic()
    prepared = subprocess.run(
        ["sh", "tests/tools/venv.sh", ".venv-observability", "-r", "requirements-observability.txt"], cwd=ROOT, check=False
    )
    tested = subprocess.run(["pytest", "-q", "tests/observability"], cwd=ROOT, check=False)
    good = prepared.returncode == tested.returncode == 0
    skipped = "" if shutil.which("promtool") else "; queries not evaluated: promtool was not found (Debian: prometheus)"
    return f"{'passed' if good else 'FAILED'} in {time.monotonic() - started:.0f} s{skipped}", good


def run_rulebook() -> tuple[str, bool]:
    """Run the event source in ansible-rulebook; return how it went, and whether that is good enough: it needs Java."""
    print("--> ansible-rulebook", flush=True)
    started = time.monotonic()
    ended = subprocess.run([sys.executable, "tests/tools/eda.py"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    print(ended.stdout, end="", flush=True)
    if ended.returncode == 77:
        return ended.stdout.strip(), True
    return f"{'FAILED' if ended.returncode else 'passed'} in {time.monotonic() - started:.0f} s", ended.returncode == 0


def audit() -> tuple[str, bool]:
    """Look up known vulnerabilities; return a line for the results, and whether it is a good one."""
    ended = subprocess.run([sys.executable, "tests/tools/audit.py"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    print(ended.stdout, end="", flush=True)
    return (ended.stdout.splitlines() or ["audit of the requirements files: FAILED"])[-1], ended.returncode == 0


def main() -> int:
    """Run what can be run and list the results."""
    pythons = working_pythons()
    lines = []
    good = True
    for combination in COMBINATIONS:
        python = pythons.get(combination.python)
        started = time.monotonic()
        if python is None:
            verdict = f"not run: no working Python 3.{combination.python} found"
            good = good and not combination.needed
        else:
            outcome = run(combination, python)
            verdict = f"{outcome} in {time.monotonic() - started:.0f} s"
            good = good and outcome == "passed"
        lines.append(f"{combination}: {verdict}")
    verdict, passed = check_contract()
    lines.append(f"contract, checked by Prism: {verdict}")
    good = good and passed
    verdict, passed = check_observability()
    lines.append(f"dashboard, alerts and traces: {verdict}")
    good = good and passed
    verdict, passed = run_rulebook()
    lines.append(f"event source in ansible-rulebook: {verdict}")
    good = good and passed
    text, sound = audit()
    lines.append(text)
    print("\n".join(["", *lines]))
    return 0 if good and sound else 1


if __name__ == "__main__":
    sys.exit(main())
