# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure what an export costs: the playbook against an empty one and the bare reads of the same services.

Prints a table in Markdown and exits with 1 when the target is missed. Run it as: python -m tests.benchmarks.export
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import sys
import tempfile
from pathlib import Path

from tests.benchmarks._measure import ROOT, Simulator, run, simulator
from tests.benchmarks.fleet import HERE, LATENCY, TENANT, WIDTH

# Of the bare reads, beside what Ansible takes to start.
MOST_TIMES_READS = 1.3


def measure(folder: Path, ies: Simulator, services: int, rounds: int) -> dict[str, float]:
    """Return the median of the seconds per way; raises RuntimeError when one did not do what was to be done."""
    ies.admin("POST", "reset")
    # Beside the one of the samples.
    ies.admin("POST", "services", {"tenant": TENANT, "count": services - 1, "prefix": "fleet", "bandwidth": "60000"})
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "IES_"))}
    environment = {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".tree"),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
        **ies.environment(TENANT),
    }
    playbook = str(Path(sys.executable).with_name("ansible-playbook"))
    path = folder / "services.yml"
    commands = {
        "export": [playbook, "cloudopera.ies.export", "-e", f"cloudvpn_export_file={path}"],
        "reads": [sys.executable, str(HERE / "_bare_reads.py"), str(WIDTH)],
        "empty": [playbook, str(HERE / "playbooks" / "empty.yml")],
    }
    log = folder / "output.txt"
    seconds: dict[str, list[float]] = {way: [] for way in commands}
    # In turn, so that a busy moment of the machine hits all of them.
    for _round in range(rounds):
        for way, command in commands.items():
            ies.admin("DELETE", "journal")
            path.unlink(missing_ok=True)
            done = run(command, environment, log)
            reads = len(ies.admin("GET", "journal")["entries"])
            written = path.read_text(encoding="utf-8").count("cloud_vpn_name") if path.exists() else 0
            expected = (0, 0) if way == "empty" else (services + 1, services if way == "export" else 0)
            if done.status or (reads, written) != expected:
                output = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])
                raise RuntimeError(f"{way}: status {done.status}, {reads} requests, {written} services:\n{output}")
            seconds[way].append(done.seconds)
    return {way: statistics.median(found) for way, found in seconds.items()}


def main() -> int:
    """Measure, print, and tell whether it is good enough."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    # Leave by the way of an error, which ends the simulator and the playbook too.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="ies-bench-") as name, simulator(Path(name), latency=LATENCY) as ies:
        seconds = measure(Path(name), ies, given.services, given.rounds)
    times = (seconds["export"] - seconds["empty"]) / seconds["reads"]
    print(f"{given.services} services, {WIDTH} requests at a time, {1000 * LATENCY:g} ms per request\n")
    print("| way | seconds |\n| --- | --- |")
    labels = {
        "export": "`cloudopera.ies.export`",
        "reads": "the same reads, without Ansible",
        "empty": "a playbook that does nothing",
    }
    for way, label in labels.items():
        print(f"| {label} | {seconds[way]:.1f} |")
    print(f"\nBeside the empty playbook, {times:.2f} times the reads. Target: at most {MOST_TIMES_READS} times")
    return 0 if times <= MOST_TIMES_READS else 1


if __name__ == "__main__":
    sys.exit(main())
