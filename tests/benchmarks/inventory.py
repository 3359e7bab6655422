# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure what an inventory of many services costs: ansible-inventory, against a thread pool that reads the same.

Both have as many requests under way. Prints a table in Markdown and exits with 1 when a target is missed. Run it as:
python -m tests.benchmarks.inventory
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.benchmarks._measure import ROOT, Run, Simulator, run, simulator
from tests.benchmarks.fleet import DEFINITION, HERE, LATENCY, TENANT

# The default of the plugin.
WIDTH = 8
MOST_TIMES_READS = 1.5

LABELS = {
    "inventory": "`ansible-inventory --list`",
    "cached": "the same, from its cache",
    "pool": f"a thread pool of {WIDTH}, without Ansible",
    "empty": "`ansible-inventory --list` of one host in a file",
}


def carriers(folder: Path, services: int) -> dict[str, list[str]]:
    """Return the ways to do it: name and command; in their order, as one of them fills the cache of another."""
    program = str(Path(sys.executable).with_name("ansible-inventory"))
    plugin = {"plugin": "cloudopera.ies.cloudvpn"}
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(folder / "cache")}
    files = {
        "inventory": ("services.cloudvpn.yml", plugin),
        "cached": ("cached.cloudvpn.yml", {**plugin, **cache}),
        "empty": ("hosts.yml", {"all": {"hosts": {"one": None}}}),
    }
    commands = {}
    for carrier, (name, content) in files.items():
        (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
        commands[carrier] = [program, "-i", str(folder / name), "--list"]
    # Nothing of these is declared, so that the pool only reads them.
    declared = [{"name": f"fleet-{number:04d}", "item": {}} for number in range(1, services + 1)]
    path = folder / "declared.json"
    path.write_text(json.dumps({"definition": DEFINITION, "services": declared}), encoding="utf-8")
    return {**commands, "pool": [sys.executable, str(HERE / "_bare.py"), str(path), str(WIDTH), "1"]}


class Figures(NamedTuple):
    """Medians of seconds and of processor time, and the requests."""

    seconds: float
    cpu_seconds: float
    reads: int


def measure(folder: Path, ies: Simulator, services: int, rounds: int) -> dict[str, Figures]:
    """Return the figures of each carrier; raises RuntimeError when one did not do its work."""
    ies.admin("POST", "reset")
    ies.admin("POST", "services", {"tenant": TENANT, "count": services, "prefix": "fleet", "bandwidth": "60000"})
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "IES_"))}
    environment = {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".tree"),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
        **ies.environment(TENANT),
    }
    commands = carriers(folder, services)
    log = folder / "output.txt"
    run(commands["cached"], environment, log)
    runs: dict[str, list[Run]] = {carrier: [] for carrier in commands}
    # The list and the details: the inventory also reads those of the sample, the pool the catalogue.
    wanted = {"inventory": services + 2, "pool": services + 2, "cached": 0, "empty": 0}
    # In turn, so that a busy moment of the machine hits all of them.
    for _round in range(rounds):
        for carrier, command in commands.items():
            ies.admin("DELETE", "journal")
            done = run(command, environment, log)
            reads = len(ies.admin("GET", "journal")["entries"])
            if done.status or reads != wanted[carrier]:
                output = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])
                raise RuntimeError(f"{carrier}: status {done.status}, {reads} requests:\n{output}")
            runs[carrier].append(done)
    return {
        carrier: Figures(
            statistics.median(one.seconds for one in found),
            statistics.median(one.cpu_seconds for one in found),
            wanted[carrier],
        )
        for carrier, found in runs.items()
    }


def main() -> int:
    """Measure, print, and tell whether it is good enough."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    # Leave by the way of an error, which ends the simulator and the process that is measured too.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="ies-bench-") as name, simulator(Path(name), latency=LATENCY) as ies:
        found = measure(Path(name), ies, given.services, given.rounds)
    print(f"an inventory of {given.services} services, {1000 * LATENCY:g} ms per request\n")
    print("| way | requests | seconds | against the reads | CPU seconds |\n| --- | --- | --- | --- | --- |")
    reads = found["pool"].seconds
    for carrier, label in LABELS.items():
        took = found[carrier]
        print(f"| {label} | {took.reads} | {took.seconds:.1f} | {took.seconds / reads:.2f} | {took.cpu_seconds:.1f} |")
    print(f"\nTarget: at most {MOST_TIMES_READS} times the reads")
    return 0 if found["inventory"].seconds <= MOST_TIMES_READS * reads else 1


if __name__ == "__main__":
    sys.exit(main())
