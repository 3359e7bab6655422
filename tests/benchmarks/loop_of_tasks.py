# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure what a loop of tasks costs: unchanged services against plain GETs with ansible.builtin.uri.

Three playbooks run several times in turn, with a simulated IES in a process of its own, so that a busy moment of the
machine hits all of them. Exits with 1 when the loop of ies_service takes more than its share of the time of the other.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TENANT = "nbitest_14"
ITEMS = 20
MOST = Fraction(1, 6)

HEAD = "- hosts: localhost\n  gather_facts: false\n  tasks:\n"
PLAYBOOKS = {
    "ies_service": f"""{HEAD}
    - name: An unchanged service
      cloudopera.ies.ies_service:
        name: "bench-{{{{ '%04d' % item }}}}"
        bandwidth: 60000
      loop: "{{{{ range(1, {ITEMS} + 1) | list }}}}"
""",
    "uri": f"""{HEAD}
    - name: The same list of services, asked for once per item
      ansible.builtin.uri:
        url: "{{{{ lookup('ansible.builtin.env', 'IES_API_URL') }}}}/rest/servicemanager/v1/services"
        headers:
          X-Auth-Token: "{{{{ lookup('ansible.builtin.env', 'IES_AUTH_TOKEN') }}}}"
          Authorization: "Bearer {{{{ lookup('ansible.builtin.env', 'IES_BEARER_TOKEN') }}}}"
      loop: "{{{{ range(1, {ITEMS} + 1) | list }}}}"
""",
    "nothing": f"{HEAD}\n    - ansible.builtin.meta: noop\n",
}
LABELS = {
    "ies_service": f"(a) {ITEMS} unchanged ies_service items in a loop",
    "uri": f"(b) {ITEMS} ansible.builtin.uri GETs in a loop",
    "nothing": "(c) a playbook that does nothing",
}


@contextmanager
def simulator(folder: Path) -> Iterator[dict[str, Any]]:
    """Run a simulated IES in a process of its own and yield what its ready file says."""
    ready_file = folder / "ready.json"
    command = [sys.executable, "-m", "tests.simulator", "--ready-file", str(ready_file), "--parent-pid", str(os.getpid())]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            if "ready" not in process.stdout.readline():
                raise RuntimeError("the simulator did not start")
            yield json.loads(ready_file.read_text(encoding="utf-8"))
        finally:
            process.terminate()


def admin(url: str, method: str, path: str, body: Any = None) -> Any:
    """Call the simulator's own interface."""
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/_sim/{path}", content, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=30) as response:
        text = response.read()
    return json.loads(text) if text else None


def run(playbook: Path, environment: dict[str, str]) -> float:
    """Run a playbook, check that it went well and changed nothing, and return the seconds it took."""
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", "-c", "local", str(playbook)]
    started = time.perf_counter()
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    took = time.perf_counter() - started
    recap = re.search(r"changed=(\d+)", done.stdout)
    if done.returncode or (recap is not None and recap.group(1) != "0"):
        raise RuntimeError(f"{playbook.name} failed or changed something:\n{done.stdout}")
    return took


def measure(rounds: int) -> dict[str, list[float]]:
    """Return the seconds of every run, by playbook."""
    seconds: dict[str, list[float]] = {name: [] for name in PLAYBOOKS}
    with tempfile.TemporaryDirectory(prefix="ies-bench-") as name:
        folder = Path(name)
        for playbook, text in PLAYBOOKS.items():
            (folder / f"{playbook}.yml").write_text(text, encoding="utf-8")
        with simulator(folder) as ready:
            admin(ready["url"], "POST", "services", {"tenant": TENANT, "count": ITEMS, "prefix": "bench"})
            environment = {
                **os.environ,
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".tree"),
                "ANSIBLE_HOME": str(folder / "ansible"),
                "ANSIBLE_REMOTE_TMP": str(folder / "ansible" / "remote_tmp"),
                "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
                "IES_API_URL": ready["url"],
                "IES_AUTH_TOKEN": ready["tenants"][TENANT]["auth_token"],
                "IES_BEARER_TOKEN": ready["tenants"][TENANT]["bearer_token"],
            }
            # The first round fills caches and is not counted.
            for number in range(rounds + 1):
                for playbook in PLAYBOOKS:
                    took = run(folder / f"{playbook}.yml", environment)
                    if number:
                        seconds[playbook].append(took)
            check_journal(admin(ready["url"], "GET", "journal")["entries"], rounds + 1)
    return seconds


def check_journal(entries: list[dict[str, Any]], rounds: int) -> None:
    """Make sure that each loop really asked the server, once per item at least, and wrote nothing."""
    reads = sum(entry["method"] == "GET" and entry["status"] == 200 for entry in entries)
    if reads < rounds * ITEMS * 2 or reads != len(entries):
        raise RuntimeError(f"{reads} reads and {len(entries) - reads} other requests arrived, which is not what was ordered")


def main() -> int:
    """Print the medians and the ratio, and tell whether it is good enough."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each playbook runs")
    rounds = parser.parse_args().rounds
    seconds = measure(rounds)
    median = {name: statistics.median(values) for name, values in seconds.items()}
    width = max(map(len, LABELS.values()))
    print(f"{'':{width}}  median   fastest  slowest  per item beyond (c)")
    for name, label in LABELS.items():
        values = seconds[name]
        per_item = "" if name == "nothing" else f"  {(median[name] - median['nothing']) / ITEMS * 1000:.0f} ms"
        print(f"{label:{width}}  {median[name]:6.2f} s {min(values):6.2f} s {max(values):6.2f} s{per_item}")
    ratio = median["ies_service"] / median["uri"]
    beyond = (median["ies_service"] - median["nothing"]) / (median["uri"] - median["nothing"])
    print(f"a/b = {ratio:.3f} = 1/{1 / ratio:.1f}; without what (c) takes: {beyond:.3f} = 1/{1 / beyond:.1f}")
    good = ratio <= MOST
    print(f"target: a/b at most {MOST}: {'met' if good else 'MISSED'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
