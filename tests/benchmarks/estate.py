# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure what an estate costs: many tenants of few services in which nothing differs, side by side.

The playbook of the collection, against a single `ies_services` task per tenant and against a thread pool that reads the same.
Prints a table in Markdown and exits with 1
when a target is missed. Run it as: python -m tests.benchmarks.estate
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import sys
import tempfile
from pathlib import Path

import yaml

from tests.benchmarks._measure import ROOT, Simulator, run, simulator
from tests.benchmarks.fleet import HERE, TENANT

FORKS = 5
SERVICES = 5
MOST_TIMES_TASK = 1.5
MOST_TIMES_POOL = 2.0
# Seconds on the way to the server and back.
LATENCY = 0.02


def carriers(inventory: Path, tenants: int) -> dict[str, list[str]]:
    """Return the ways to do it: name and command."""
    playbook = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(inventory), "--forks", str(FORKS)]
    return {
        "provision": [*playbook, "cloudopera.ies.provision", "-e", "cloudvpn_hosts=all"],
        "task": [*playbook, str(HERE / "playbooks" / "task.yml")],
        "pool": [sys.executable, str(HERE / "_bare_estate.py"), str(tenants), str(SERVICES), str(FORKS)],
    }


def inventory_of(folder: Path, tenants: int) -> Path:
    """Write an inventory in which every host stands for a tenant that declares the same services, and return its path."""
    services = [{"name": f"fleet-{number:04d}", "bandwidth": 60000} for number in range(1, SERVICES + 1)]
    hosts = {f"tenant-{number:03d}": {"cloudvpn_services": services} for number in range(1, tenants + 1)}
    path = folder / "inventory.yml"
    path.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": {"cloudvpn_progress": False}}}), encoding="utf-8")
    return path


def measure(folder: Path, ies: Simulator, tenants: int, rounds: int) -> dict[str, float]:
    """Return the median of the seconds per carrier; raises RuntimeError when one did not do what was to be done."""
    ies.admin("POST", "reset")
    ies.admin("POST", "services", {"tenant": TENANT, "count": SERVICES, "prefix": "fleet", "bandwidth": "60000"})
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "IES_"))}
    environment = {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".tree"),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
        **ies.environment(TENANT),
    }
    commands = carriers(inventory_of(folder, tenants), tenants)
    log = folder / "output.txt"
    seconds: dict[str, list[float]] = {carrier: [] for carrier in commands}
    # In turn, so that a busy moment of the machine hits all of them.
    for _round in range(rounds):
        for carrier, command in commands.items():
            ies.admin("DELETE", "journal")
            done = run(command, environment, log)
            reads = len(ies.admin("GET", "journal")["entries"])
            if done.status or reads != tenants * (SERVICES + 1):
                output = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])
                raise RuntimeError(f"{carrier}: status {done.status}, {reads} requests:\n{output}")
            seconds[carrier].append(done.seconds)
    return {carrier: statistics.median(found) for carrier, found in seconds.items()}


def main() -> int:
    """Measure, print, and tell whether it is good enough."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    # Leave by the way of an error, which ends the simulator and the playbook too.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="ies-bench-") as name, simulator(Path(name), latency=LATENCY) as ies:
        seconds = measure(Path(name), ies, given.tenants, given.rounds)
    to_task, to_pool = seconds["provision"] / seconds["task"], seconds["provision"] / seconds["pool"]
    print(f"{given.tenants} tenants of {SERVICES} unchanged services, {FORKS} forks, {1000 * LATENCY:g} ms per request\n")
    print("| way | seconds | against the task | against the pool |\n| --- | --- | --- | --- |")
    labels = {
        "provision": "`cloudopera.ies.provision`",
        "task": "a single `ies_services` task per tenant",
        "pool": f"a thread pool of {FORKS}, without Ansible",
    }
    for carrier, label in labels.items():
        took = seconds[carrier]
        print(f"| {label} | {took:.1f} | {took / seconds['task']:.2f} | {took / seconds['pool']:.2f} |")
    print(f"\nTargets: at most {MOST_TIMES_TASK} times the task, at most {MOST_TIMES_POOL:g} times the pool")
    return 0 if to_task <= MOST_TIMES_TASK and to_pool <= MOST_TIMES_POOL else 1


if __name__ == "__main__":
    sys.exit(main())
