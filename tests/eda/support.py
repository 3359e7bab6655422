# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A running ansible-rulebook, of which every line that it prints can be waited for."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from tests.tools.canaries import ProcessList
from tests.unit.playbooks.support import REPOSITORY, Ansible, kill_group

BIN = REPOSITORY / ".venv-eda" / "bin"
# Seconds: a JVM has to start, and a playbook.
PATIENCE = 90
# Seconds a signal may take to end it, much fewer than a request may hang in these tests.
LIMIT = 15


class Rulebook:
    """Runs a rulebook until the end of the block; what it prints is in `lines`."""

    def __init__(self, ansible: Ansible, command: Sequence[str], tenant: str) -> None:
        self._ansible = ansible
        self._command = command
        self._environment = environment_of(ansible, ansible.connection(tenant))
        self._changed = threading.Condition()
        self.lines: list[str] = []
        self.process: subprocess.Popen[str]

    def __enter__(self) -> Rulebook:
        self.process = subprocess.Popen(
            self._command,
            cwd=self._ansible.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process.poll() is None:
            kill_group(self.process)
        self.process.wait()
        # A playbook that it has started is in a session of its own.
        for pid in self._children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._reader.join(PATIENCE)

    def _children(self) -> list[int]:
        """Return the processes that have its home in their environment; nobody else has."""
        marker = f"HOME={self._environment['HOME']}".encode()
        return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/environ") if marker in _read(path).split(b"\0")]

    def wait_for_children(self) -> None:
        """Wait until every playbook that it has started has ended."""
        ProcessList().wait_for(f"HOME={self._environment['HOME']}", PATIENCE)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            for line in self.process.stdout:
                with self._changed:
                    self.lines.append(line.rstrip("\n"))
                    self._changed.notify_all()

    @property
    def output(self) -> str:
        """All that has been printed."""
        return "\n".join(self.lines)

    def count(self, pattern: str) -> int:
        """Return in how many lines a regular expression is found."""
        return sum(bool(re.search(pattern, line)) for line in self.lines)

    def wait_for(self, pattern: str, times: int = 1) -> str:
        """Wait until so many lines match, and return the last of them."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.count(pattern) >= times, PATIENCE), f"no {pattern!r} in:\n{self.output}"
            return [line for line in self.lines if re.search(pattern, line)][times - 1]

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal; return the status of the process, and the seconds that its end took.

        ansible-rulebook loses a signal that comes while it hands an event to its rules, so a second one may be needed.
        """
        started = time.monotonic()
        for _time in range(PATIENCE // LIMIT):
            self.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self.process.wait(LIMIT), time.monotonic() - started
        # Where it is shows what is to be mended: it prints that at SIGABRT.
        self.process.send_signal(signal.SIGABRT)
        self.wait()
        raise AssertionError(f"no signal has ended it:\n{self.output[-20_000:]}")

    def wait(self) -> int:
        """Wait until it ends by itself, and until everything that it printed has been read."""
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status


def environment_of(ansible: Ansible, more: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a user who has installed ansible-rulebook, and in it nothing of the tests."""
    # At -vvvv a playbook tells more than anybody reads; `-vv` of ansible-rulebook is what these tests are about.
    left_out = ("ANSIBLE_VERBOSITY", "ANSIBLE_CALLBACK", "EVERYTHING_FILE", "PYTHON")
    kept = {name: value for name, value in ansible.environment.items() if not name.startswith(left_out)}
    path = f"{BIN}{os.pathsep}{_without(Path(ansible.environment['PATH'].split(os.pathsep)[0]), kept['PATH'])}"
    # So that signals are for Python and not for Java, as the documentation says.
    return {"JAVA_TOOL_OPTIONS": "-Xrs", "PYTHONFAULTHANDLER": "1", **kept, "PATH": path, **more}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended, or belongs to somebody else
        return b""


def _without(folder: Path, path: str) -> str:
    return os.pathsep.join(part for part in path.split(os.pathsep) if Path(part) != folder)
