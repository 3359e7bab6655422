# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the benchmarks share: a simulated IES in a process of its own, and processes measured from the outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_SAMPLE_EVERY = 0.1


@dataclass(frozen=True)
class Simulator:
    """A running simulator: its address, its tokens, and its own interface under /_sim/."""

    url: str
    tenants: Mapping[str, Mapping[str, str]]

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Call the simulator's own interface, which is neither delayed nor journalled."""
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/_sim/{path}", content, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            text = response.read()
        return json.loads(text) if text else None

    def environment(self, tenant: str) -> dict[str, str]:
        """Return the variables by which our modules, and the other carriers, find the simulator."""
        tokens = self.tenants[tenant]
        return {
            "IES_API_URL": self.url,
            "IES_AUTH_TOKEN": tokens["auth_token"],
            "IES_BEARER_TOKEN": tokens["bearer_token"],
        }


@contextmanager
def simulator(folder: Path, **options: Any) -> Iterator[Simulator]:
    """Run a simulated IES on a free port; it ends with the block, or with this process."""
    ready_file = folder / "ready.json"
    command = [sys.executable, "-m", "tests.simulator", "--port", "0", "--ready-file", str(ready_file)]
    command += ["--parent-pid", str(os.getpid())]
    for name, value in options.items():
        command += ["--option", f"{name}={value}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            if "ready" not in process.stdout.readline():
                raise RuntimeError("the simulator did not start")
            ready = json.loads(ready_file.read_text(encoding="utf-8"))
            yield Simulator(ready["url"], ready["tenants"])
        finally:
            process.terminate()


@dataclass(frozen=True)
class Run:
    """One process as seen from the outside; processor time and memory are those of its whole tree."""

    status: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int


def run(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Run:
    """Run a command to its end; what it prints goes into the log."""
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        peak = _Peak(process.pid)
        try:
            # Its children are in there as well, once it has waited for them.
            _pid, status, usage = os.wait4(process.pid, 0)
            took = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            _end(process)
            raise
        finally:
            peak.stop()
    return Run(process.returncode, took, usage.ru_utime + usage.ru_stime, peak.most)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process; asked politely, Ansible ends its workers first."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class _Peak(threading.Thread):
    """Watch how much memory a process and all its descendants hold."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self._pid = pid
        self._ended = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(_SAMPLE_EVERY):
            self.most = max(self.most, sum(_held(pid) for pid in process_tree(self._pid)))

    def stop(self) -> None:
        self._ended.set()
        self.join()


def process_tree(pid: int) -> Iterator[int]:
    """Yield a process and all its descendants."""
    yield pid
    try:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text(encoding="ascii").split():
                yield from process_tree(int(child))
    except OSError:
        return  # it has ended meanwhile


def _held(pid: int) -> int:
    """Return the bytes a process holds, with its share of what it has in common with others (PSS)."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:")), 0)


def memory_bytes() -> int:
    """Return how much memory this machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
