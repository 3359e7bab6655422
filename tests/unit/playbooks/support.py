# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run Ansible as a user does, as a process, and read what it printed."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.simulator.server import SimulatorServer
from tests.tools.canaries import Canaries, ProcessList, named_tokens

REPOSITORY = Path(__file__).resolve().parents[3]
SERVICES = "/rest/servicemanager/v1/services"
PACE = {"cloudvpn_wait_sleep": 0.1, "cloudvpn_wait_timeout": 30}
_TIMEOUT = 120
# A task with async leaves its files to a process that looks every five seconds whether it may remove them.
_BACKGROUND = 20

# A fact that a playbook under test prints, so that nothing has to be read out of what Ansible makes of it.
_FACT = re.compile(r"FACT (\w+) ([A-Za-z0-9+/=]+)")
_RECAP = re.compile(r"^(\S+) +: (.*)$", re.MULTILINE)


def contract(name: str) -> Any:
    """Return a payload of the wire contract."""
    return json.loads((REPOSITORY / "tests" / "fixtures" / "contract" / f"{name}.json").read_text(encoding="utf-8"))


def print_fact(name: str) -> dict[str, Any]:
    """Return a task that prints a fact for `Run.fact`."""
    return {
        "name": f"Print {name}",
        "ansible.builtin.debug": {"msg": f"FACT {name} {{{{ {name} | to_json | b64encode }}}}"},
    }


@dataclass(frozen=True)
class Run:
    """An ended process."""

    status: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    @property
    def words(self) -> str:
        """All that was printed, in one line: errors are wrapped by some versions of Ansible and quoted by all."""
        return " ".join(self.output.replace('\\"', '"').split())

    def fact(self, name: str) -> Any:
        """Return a fact that the playbook printed last."""
        found = [value for key, value in _FACT.findall(self.stdout) if key == name]
        return json.loads(base64.b64decode(found[-1]))

    def count(self, what: str, host: str = "localhost") -> int:
        """Return a number of the recap, such as that of changed tasks."""
        numbers = dict(pair.split("=") for pair in dict(_RECAP.findall(self.stdout))[host].split())
        return int(numbers[what])

    @property
    def diff(self) -> list[str]:
        """The lines of the diffs, without what surrounds a difference."""
        blocks = re.findall(r"^--- before.*?(?=\n\n|\Z)", self.stdout, re.MULTILINE | re.DOTALL)
        return [line for block in blocks for line in block.splitlines() if not line.startswith("    ")]

    @property
    def message(self) -> str:
        """The last result that was shown."""
        return str(re.findall(r"^ok: \[\S+\] => (\{.*?^\})", self.stdout, re.MULTILINE | re.DOTALL)[-1])

    def went_well(self) -> Run:
        """Assert success without a warning."""
        assert self.status == 0, self.output
        assert "[WARNING]" not in self.output, self.output
        return self

    def failed(self) -> Run:
        """Assert a failure in words: no traceback, and the reason in red only once."""
        assert self.status != 0, self.output
        assert "Traceback" not in self.output, self.output
        assert self.stdout.count("fatal:") == 1, self.output
        return self


def kill_group(process: subprocess.Popen[str]) -> None:
    """Kill a process that leads its group, and all others of the group."""
    with contextlib.suppress(ProcessLookupError):  # they may have ended
        os.killpg(process.pid, signal.SIGKILL)


class Ansible:
    """Starts processes that see no settings of whoever runs the tests, and asserts that no secret of theirs shows.

    Every run is at -vvvv, and looked through after its end: what it printed and logged, every file below the folder (which
    holds Ansible's home, its temporary folders and what a callback plugin saw), the process list, and the simulator's records.

    Attributes:
        secrets: what may not show beside the tokens of the simulator, by name.
        timeout: seconds that a process may take.
    """

    def __init__(self, sim: SimulatorServer, folder: Path) -> None:
        self.sim = sim
        self.folder = folder
        self.secrets: dict[str, str] = {}
        self.timeout = _TIMEOUT
        self._inputs: dict[Path, bytes] = {}
        home = folder / "home"
        home.mkdir()
        (folder / "tmp").mkdir()
        # Coverage would double the time and see nothing: what runs in Ansible's workers is killed before it could save.
        left_out = ("ANSIBLE_", "COVERAGE_", "IES_", "XDG_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        self.environment = {
            **kept,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "TMPDIR": str(folder / "tmp"),
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_LOCAL_TEMP": str(home / ".ansible" / "tmp"),
            "ANSIBLE_REMOTE_TMP": str(home / ".ansible" / "remote_tmp"),
            "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY / ".tree"),
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_VERBOSITY": "4",
            "ANSIBLE_LOG_PATH": str(home / "ansible.log"),
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callbacks"),
            "ANSIBLE_CALLBACKS_ENABLED": "everything",
            "EVERYTHING_FILE": str(home / "everything.json"),
        }

    def connection(self, tenant: str) -> dict[str, str]:
        """Return the environment variables of the connection."""
        auth_token, bearer_token = self.sim.tokens(tenant)
        tokens = {"IES_AUTH_TOKEN": auth_token, "IES_BEARER_TOKEN": bearer_token}
        return {"IES_API_URL": self.sim.url, **tokens, **({"IES_CA_PATH": self.sim.ca_path} if self.sim.ca_path else {})}

    def options(self, tenant: str) -> dict[str, str]:
        """Return the same as module options."""
        return {name.removeprefix("IES_").lower(): value for name, value in self.connection(tenant).items()}

    def playbook(
        self,
        playbook: str | list[dict[str, Any]],
        *arguments: str,
        tenant: str | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> Run:
        """Run a playbook, by its name or as given, with the connection of a tenant in its environment."""
        if not isinstance(playbook, str):
            playbook = self.write("playbook.yml", playbook)
        if variables is not None:
            arguments = (*arguments, "-e", f"@{self.write('variables.yml', variables)}")
        environment = {**self.environment, **(self.connection(tenant) if tenant else {})}
        return self.run(["ansible-playbook", playbook, *arguments], environment)

    def run(self, command: list[str], environment: Mapping[str, str], told: str = "") -> Run:
        """Run a process to its end, with `told` as its input, and assert that no secret shows anywhere."""
        canaries = self.canaries()
        # Where the tokens are in the environment of the process itself, its children have them too, and nobody else does.
        given = [*environment.values(), *(str(text) for path, text in self._inputs.items() if path.name == "envvars")]
        in_environment = canaries.sightings("\n".join(given))
        marker = None if in_environment else f"HOME={environment['HOME']}"
        with ProcessList(marker) as processes, _log_records() as records:
            ended = self._run(command, environment, told)
            processes.wait_for(f"HOME={environment['HOME']}", _BACKGROUND)
        found = [
            *canaries.sightings_in({"stdout": ended.stdout, "stderr": ended.stderr}),
            *self.sightings(canaries),
            *canaries.sightings_in({"the log of the simulator": "\n".join(records)}),
            *processes.sightings(canaries),
        ]
        assert not found, "\n".join(["a secret shows in", *found])
        return ended

    def _run(self, command: list[str], environment: Mapping[str, str], told: str) -> Run:
        with self._started(command, environment, subprocess.PIPE, subprocess.PIPE) as process:
            try:
                stdout, stderr = process.communicate(told, timeout=self.timeout)
            except BaseException:
                # Its workers would go on without it.
                kill_group(process)
                raise
        return Run(process.returncode, stdout, stderr)

    def start(self, playbook: str, tenant: str, variables: Mapping[str, Any]) -> subprocess.Popen[str]:
        """Start a playbook by its name, in a process group of its own; what it prints comes through its stdout."""
        command = ["ansible-playbook", playbook, "-e", f"@{self.write('variables.yml', variables)}"]
        environment = {**self.environment, **self.connection(tenant)}
        return self._started(command, environment, subprocess.DEVNULL, subprocess.STDOUT)

    def _started(self, command: list[str], environment: Mapping[str, str], stdin: int, stderr: int) -> subprocess.Popen[str]:
        """Start a process in a session of its own, where no signal of a terminal reaches it."""
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )

    def canaries(self) -> Canaries:
        """Return what must not show."""
        tenants = {}
        for tenant in self.sim.token_store.tenants:
            auth_token, bearer_token = self.sim.tokens(tenant)
            tenants[tenant] = {"auth_token": auth_token, "bearer_token": bearer_token}
        return Canaries({**named_tokens(tenants), **self.secrets})

    def sightings(self, canaries: Canaries) -> list[str]:
        """Return where a secret shows that a run has left behind: in a file, or in the simulator's journal."""
        journal = json.dumps([asdict(entry) for entry in self.sim.journal.entries], default=str)
        # ansible-runner keeps the environment it was given beside the command, in a file for its user only.
        kept = {path: path.read_bytes() for path in self.folder.glob("**/artifacts/*/command")}
        assert all(path.stat().st_mode & 0o077 == 0 for path in kept)
        commands = {str(path): json.dumps({**json.loads(text), "env": None}) for path, text in kept.items()}
        return [
            *canaries.sightings_below([self.folder], {**self._inputs, **kept}),
            *canaries.sightings_in({"the journal of the simulator": journal, **commands}),
        ]

    def write(self, name: str, content: Any) -> str:
        """Write a file, as YAML unless it is a string, and return its path. It may hold secrets."""
        path = self.folder / name
        text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
        path.write_text(text, encoding="utf-8")
        self._inputs[path] = path.read_bytes()
        return str(path)


class _Keeper(logging.Handler):
    """Keeps every message."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextlib.contextmanager
def _log_records() -> Iterator[list[str]]:
    """Collect what is logged in this process, where the simulator runs."""
    handler = _Keeper()
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield handler.messages
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
