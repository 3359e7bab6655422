# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A copy of examples/gitops as a repository of its own, its people's and runners' machines, and the jobs of its pipelines."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.documentation.blocks import REPOSITORY
from tests.documentation.machine import DOCUMENTATION, Ended, staged
from tests.simulator.server import SimulatorServer

EXAMPLE = REPOSITORY / "examples" / "gitops"
TENANTS = {"north": "nbitest_11", "south": "nbitest_12"}
PASSWORD = "the password of the vault"
_TIMEOUT = 400
# `gh`, which no test may have ask GitHub: it keeps what it was told.
_GH = """\
#!/bin/sh
printf '%s\\n' "$@" > "$GH_TOLD/arguments"
while [ $# -gt 1 ]; do [ "$1" != --body-file ] || cp "$2" "$GH_TOLD/body"; shift; done
"""


@contextmanager
def keyring() -> Iterator[Path]:
    """Make a home of GnuPG with a key that needs no passphrase; its path is short, because sockets lie in it."""
    home = Path(tempfile.mkdtemp(prefix="gpg-"))
    environment = {**os.environ, "GNUPGHOME": str(home)}
    try:
        command = ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "Approver <approver@example.com>"]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield home
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], env=environment, check=False)
        shutil.rmtree(home, ignore_errors=True)


def archive(folder: Path) -> Path:
    """Build the archive of the collection, as Galaxy would have it, and return its path."""
    builder = Path(sys.executable).parent / "ansible-galaxy"
    subprocess.run([builder, "collection", "build", "--output-path", folder, staged()], check=True, stdout=subprocess.DEVNULL)
    (made,) = folder.glob("cloudopera-ies-*.tar.gz")
    return made


class Machine:
    """A machine with a home of its own, where a copy of the example is worked with.

    Attributes:
        home: `~` there; collections are installed into it.
        folder: where commands run.
        environment: what was exported there, beside what every process of a test is given.
    """

    def __init__(self, sim: SimulatorServer, home: Path, folder: Path, environment: Mapping[str, str]) -> None:
        self.sim = sim
        self.home = home
        self.folder = folder
        self.environment = dict(environment)
        for made in (home, folder):
            made.mkdir(parents=True, exist_ok=True)

    def run(self, script: str, *, shell: str = "sh", **more: str) -> Ended:
        """Run lines of a shell until one of them fails."""
        left_out = ("ANSIBLE_", "CI", "COVERAGE_", "GIT", "GNUPGHOME", "IES_", "MAKE", "MFLAGS", "SIGNING_", "VAULT_", "XDG_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        given = {
            **kept,
            "PATH": os.pathsep.join([str(self.home / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            "PYTHONPATH": str(DOCUMENTATION / "hurry"),
            # Only what was installed there is there.
            "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false",
            "ANSIBLE_NOCOLOR": "true",
            "NO_COLOR": "true",
            "PIP_NO_INDEX": "true",
            "PIP_DISABLE_PIP_VERSION_CHECK": "true",
            **{f"GIT_{who}_{what}": "a.person@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
            **self.environment,
            **more,
        }
        ended = subprocess.run(
            [shell, "-e", "-c", script],
            cwd=self.folder,
            env=given,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout)

    def do(self, script: str, **more: str) -> str:
        """Run lines of a shell that have to go well, and return what they print."""
        ended = self.run(script, **more)
        assert ended.status == 0, f"{script}\n{ended.output}"
        return ended.output

    def make(self, target: str, **more: str) -> Ended:
        """Run a step of the Makefile."""
        return self.run(f"make {target}", **more)

    def refused(self, target: str, **more: str) -> str:
        """Run a step that has to fail without a write on the server, and return what it prints."""
        self.sim.journal.clear()
        ended = self.make(target, **more)
        assert ended.status != 0, ended.output
        assert not self.sim.journal.writes, ended.output
        return ended.output


def no_galaxy(path: Path, made: Path) -> None:
    """Write a requirements.yml that takes the archive of this repository for what Galaxy has."""
    path.write_text(f"---\ncollections:\n  - name: {made}\n    type: file\n", encoding="utf-8")


def keep_tokens(machine: Machine) -> None:
    """Write the tokens of every tenant into files outside of the repository, where the README has them."""
    for tenant, of in TENANTS.items():
        for name, token in zip(("ies_auth_token", "ies_bearer_token"), machine.sim.tokens(of), strict=True):
            path = machine.home / ".ies" / tenant / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{token}\n", encoding="utf-8")


def bandwidth_of(sim: SimulatorServer, tenant: str, name: str) -> str:
    """Return the bandwidth of the one connection of a service."""
    (service,) = sim.state.named(TENANTS[tenant], name)
    return str(service.parameters["Site2DCList"][0]["Bandwidth"])


def change_by_hand(sim: SimulatorServer, tenant: str, name: str, bandwidth: int) -> None:
    """Change a bandwidth as somebody in the portal would."""
    (service,) = sim.state.named(TENANTS[tenant], name)
    item = {**service.parameters["Site2DCList"][0], "Bandwidth": str(bandwidth), "action": "update"}
    body = {"service": {"name": name, "description": service.description, "parameters": {"Site2DCList": [item]}}}
    sim.state.modify(TENANTS[tenant], service.service_id, body)
    sim.clock.advance(10)
    sim.state.settle()
    assert bandwidth_of(sim, tenant, name) == str(bandwidth)


# Pipelines.


@dataclass(frozen=True)
class Step:
    """A step of a job: a command, or what the forge does by itself (`uses`)."""

    run: str = ""
    uses: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    condition: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """A job of a pipeline."""

    name: str
    steps: tuple[Step, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


PULL_REQUEST, PUSH, NIGHT, QUARTER = "pull request", "push", "night", "quarter of an hour"

_GITHUB_EVENTS = {PULL_REQUEST: "pull_request", PUSH: "push", NIGHT: "schedule", QUARTER: "schedule"}
_CRON = {NIGHT: "23 2 * * *", QUARTER: "*/15 * * * *"}
# Conditions, by whether they hold: for which events, and also after a failure?
EVENTS = (PULL_REQUEST, PUSH, NIGHT, QUARTER)
_GITHUB_CONDITIONS: Mapping[str, tuple[tuple[str, ...], bool]] = {
    "": (EVENTS, False),
    "always()": (EVENTS, True),
    "github.event_name == 'pull_request'": ((PULL_REQUEST,), False),
    "github.event_name == 'push'": ((PUSH,), False),
    "github.event_name == 'push' || github.event.pull_request.head.repo.full_name == github.repository": (
        (PULL_REQUEST, PUSH),
        False,
    ),
}
_GITLAB_CONDITIONS: Mapping[str, tuple[str, ...]] = {
    '$CI_PIPELINE_SOURCE == "merge_request_event"': (PULL_REQUEST,),
    '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE != "schedule"': (PUSH,),
    '$CI_PIPELINE_SOURCE == "schedule" && $RUN == "drift"': (NIGHT,),
    '$CI_PIPELINE_SOURCE == "schedule" && $RUN == "elastic"': (QUARTER,),
}
_VARIABLES = {"IES_API_URL": "secrets", "VAULT_PASSWORD": "secrets", "SIGNING_KEY": "vars"}
_DONE_BY_THE_FORGE = ("actions/checkout", "actions/setup-python", "actions/upload-artifact", "actions/download-artifact")


def holds(condition: str, event: str, *, failed: bool = False) -> bool:
    """Return whether a step or job of GitHub runs; a condition that nobody knows is an error."""
    events, also_then = _GITHUB_CONDITIONS[" ".join(condition.split())]
    return event in events and (also_then or not failed)


def github_jobs(event: str) -> list[Job]:
    """Return the jobs of GitHub that an event starts, in their order."""
    jobs = []
    for path in sorted((EXAMPLE / ".github" / "workflows").glob("*.yml")):
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        # YAML 1.1 takes `on` for a truth value.
        started_by = content[True]
        if _GITHUB_EVENTS[event] not in started_by:
            continue
        if event in _CRON and {"cron": _CRON[event]} not in started_by["schedule"]:
            continue
        for name, job in content["jobs"].items():
            steps = tuple(
                Step(it.get("run", ""), it.get("uses", ""), it.get("with", {}), it.get("if", ""), it.get("env", {}))
                for it in job["steps"]
            )
            if holds(job.get("if", ""), event):
                jobs.append(Job(name, steps, {**content.get("env", {}), **job.get("env", {})}))
    return jobs


def gitlab_jobs(event: str) -> list[Job]:
    """Return the jobs of GitLab that an event starts, in the order of their stages."""
    content: Any = yaml.safe_load((EXAMPLE / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    stages, default = content.pop("stages"), content.pop("default")
    jobs = []
    for name, job in sorted(content.items(), key=lambda item: stages.index(item[1]["stage"])):
        if not any(event in _GITLAB_CONDITIONS[rule["if"]] for rule in job["rules"]):
            continue
        steps = [Step(uses="actions/checkout"), Step(uses="actions/download-artifact", given={"name": "all"})]
        steps += [Step(run=line) for line in (*default["before_script"], *job["script"])]
        steps += [Step(run=line, condition="always()") for line in job.get("after_script", [])]
        steps += [
            Step(uses="actions/upload-artifact", given={"name": "all", "path": path, "into": path}, condition="always()")
            for path in job.get("artifacts", {}).get("paths", [])
        ]
        # Every job has all variables.
        jobs.append(Job(name, tuple(steps), {name: f"${{{{ {where}.{name} }}}}" for name, where in _VARIABLES.items()}))
    return jobs


class Forge:
    """Runs jobs: each in a clone of its own, on a machine that has nothing but its variables."""

    def __init__(self, sim: SimulatorServer, origin: Path, folder: Path, variables: Mapping[str, str]) -> None:
        self._sim = sim
        self._origin = origin
        self._folder = folder
        self._variables = variables
        self._home = folder / "runner"
        self._count = 0
        self.told = folder / "told"
        self.artifacts = folder / "artifacts"
        for made in (self.told, self._home / "bin"):
            made.mkdir(parents=True)
        (self._home / "bin" / "gh").write_text(_GH, encoding="utf-8")
        (self._home / "bin" / "gh").chmod(0o755)

    def pipeline(self, jobs: list[Job], event: str) -> dict[str, Ended]:
        """Run jobs until one of them fails, and return how each of them ended, by its name."""
        assert jobs
        ended: dict[str, Ended] = {}
        for job in jobs:
            ended[job.name] = self._run(job, event)
            if ended[job.name].status:
                break
        return ended

    def _run(self, job: Job, event: str) -> Ended:
        self._count += 1
        folder = self._folder / f"job-{self._count}"
        with tempfile.TemporaryDirectory(prefix="gpg-") as keys:
            given = {name: self._resolved(value) for name, value in job.environment.items()}
            machine = Machine(
                self._sim,
                self._home,
                folder,
                {**given, "GNUPGHOME": keys, "GH_TOLD": str(self.told), "GITHUB_REPOSITORY": "somebody/tenants"},
            )
            status, output = 0, ""
            for step in job.steps:
                if not holds(step.condition, event, failed=bool(status)):
                    continue
                if step.run:
                    more = {name: self._resolved(value) for name, value in step.environment.items()}
                    one = machine.run(step.run, shell="bash", **more)
                    status, output = status or one.status, output + one.output
                else:
                    self._by_itself(step, folder)
            machine.run("gpgconf --kill all")
        return Ended(status, output)

    def _resolved(self, value: str) -> str:
        known = {
            "secrets.IES_API_URL": self._variables["IES_API_URL"],
            "secrets.VAULT_PASSWORD": self._variables["VAULT_PASSWORD"],
            "vars.SIGNING_KEY": self._variables["SIGNING_KEY"],
            "github.token": "a token of GitHub",
            "github.event.number": "7",
        }
        return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: known[found[1]], value)

    def _by_itself(self, step: Step, folder: Path) -> None:
        action = step.uses.partition("@")[0]
        assert action in _DONE_BY_THE_FORGE, step
        if action == "actions/checkout":
            subprocess.run(["git", "clone", "--quiet", self._origin, folder], check=True)
        elif action == "actions/upload-artifact":
            _copy(folder / step.given["path"], self.artifacts / step.given["name"] / step.given.get("into", ""))
        elif action == "actions/download-artifact" and (self.artifacts / step.given["name"]).is_dir():
            shutil.copytree(self.artifacts / step.given["name"], folder / step.given.get("path", "."), dirs_exist_ok=True)


def _copy(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
