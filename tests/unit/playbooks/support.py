# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run Ansible as a user does, as a process, and read what it printed."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.simulator.server import SimulatorServer

REPOSITORY = Path(__file__).resolve().parents[3]
SERVICES = "/rest/servicemanager/v1/services"
PACE = {"cloudvpn_wait_sleep": 0.1, "cloudvpn_wait_timeout": 30}
_TIMEOUT = 120

# A fact that a playbook under test prints, so that nothing has to be read out of what Ansible makes of it.
_FACT = re.compile(r"FACT (\w+) ([A-Za-z0-9+/=]+)")
_RECAP = re.compile(r"^(\S+) +: (.*)$", re.MULTILINE)


def contract(name: str) -> Any:
    """Return a payload of the wire contract."""
    return json.loads((REPOSITORY / "tests" / "fixtures" / "contract" / f"{name}.json").read_text(encoding="utf-8"))


def print_fact(name: str) -> dict[str, Any]:
    """Return a task that prints a fact for L(Run.fact)."""
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
        """The lines of the diffs."""
        return [line for line in self.stdout.splitlines() if re.match(r"[-+ ]|@@", line) and not line.startswith("    ")]

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


class Ansible:
    """Starts processes that see no settings of whoever runs the tests."""

    def __init__(self, sim: SimulatorServer, folder: Path) -> None:
        self.sim = sim
        self.folder = folder
        home = folder / "home"
        home.mkdir()
        # Coverage would double the time and see nothing: what runs in Ansible's workers is killed before it could save.
        left_out = ("ANSIBLE_", "COVERAGE_", "IES_", "XDG_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        self.environment = {
            **kept,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_LOCAL_TEMP": str(home / ".ansible" / "tmp"),
            "ANSIBLE_REMOTE_TMP": str(home / ".ansible" / "remote_tmp"),
            "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY / ".tree"),
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        }

    def connection(self, tenant: str) -> dict[str, str]:
        """Return the environment variables of the connection."""
        auth_token, bearer_token = self.sim.tokens(tenant)
        return {"IES_API_URL": self.sim.url, "IES_AUTH_TOKEN": auth_token, "IES_BEARER_TOKEN": bearer_token}

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

    def run(self, command: list[str], environment: Mapping[str, str]) -> Run:
        """Run a process to its end."""
        ended = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
        return Run(ended.returncode, ended.stdout, ended.stderr)

    def start(self, playbook: str, tenant: str, variables: Mapping[str, Any]) -> subprocess.Popen[str]:
        """Start a playbook by its name, in a process group of its own; what it prints comes through its stdout."""
        return subprocess.Popen(
            ["ansible-playbook", playbook, "-e", f"@{self.write('variables.yml', variables)}"],
            cwd=self.folder,
            env={**self.environment, **self.connection(tenant)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def write(self, name: str, content: Any) -> str:
        """Write a YAML file and return its path."""
        path = self.folder / name
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return str(path)
