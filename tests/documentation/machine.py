# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A reader's machine: a folder and a home of its own, the simulator as its IES, and what a block of a page does there."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import certifi
import jinja2
import yaml

from tests.documentation.blocks import INLINE, REPOSITORY, Block, blocks
from tests.documentation.table import VALUES, VARIABLES, WARNINGS_OF_ANSIBLE, Setting, Shown, setting_of
from tests.simulator import samples
from tests.simulator.model import Service
from tests.simulator.server import SimulatorServer
from tests.tools.stage import stage

DOCUMENTATION = Path(__file__).resolve().parent
TENANT = "nbitest_14"
# The pages order this service with this connection, and then go on with it; in the samples its connection has another name.
_ORDERED = ("site2dc4_201705071158", "0S2DC4201705071158")
_TIMEOUT = 120
# What has the IES asked something: a program of Ansible, one of its modules, the role or a playbook of the collection.
_ASKS = re.compile(
    r"^ansible(-inventory|-playbook| localhost -m cloudopera)"
    r"|^[ -]*((plugin|role|name|\S+\.import_playbook): )?cloudopera\.ies\.\w+",
    re.MULTILINE,
)
_HINT = """\
Mend the page; or, where a reader replaces a value or has something before the block, say so in tests/documentation/table.py:
VALUES replaces text, VARIABLES holds variables, SETTINGS arranges services, files, faults and earlier blocks for one block.
"""
_COMPLAINTS = ("[WARNING]", "[ERROR]", "[DEPRECATION WARNING]", "Traceback", "no hosts matched")
# Programs in Python that the pages show leave out what is of no interest there.
_PROLOGUE = """\
import contextlib, requests, threading
from tests.simulator.samples import SITE2DC_DEFINITION, SITE2DC_TEMPLATE
from tests.simulator.model import Service
from tests.simulator.server import SimulatorServer

def send(method):
    service = {"name": "one", "service_definition_id": SITE2DC_DEFINITION, "template_id": SITE2DC_TEMPLATE}
    item = {"CloudVpnName": "one", "Bandwidth": "60000", "action": "create"}
    body = {"service": {**service, "parameters": {"Site2DCList": [item]}}} if method == "POST" else None
    with contextlib.suppress(requests.ConnectionError):
        url = sim.url + "/rest/servicemanager/v1/services"
        requests.request(method, url, json=body, headers=sim.headers("nbitest_14"), timeout=9)

"""
_TWO_THREADS = """\
for method in ("POST", "GET"):
    threading.Thread(target=send, args=(method,), daemon=True).start()
"""


class UnknownBlock(Exception):
    """A block of which nobody knows what a reader would do with it."""


@dataclasses.dataclass(frozen=True)
class Ended:
    """What a command printed, and its status."""

    status: int
    output: str


@cache
def staged() -> Path:
    """Return a folder with the content of the repository, as the archive has it."""
    return stage(f"{os.environ.get('STAGE', 'own')}-examples")


class Machine:
    """Runs one block, in an empty folder."""

    def __init__(self, sim: SimulatorServer, folder: Path) -> None:
        self.sim = sim
        self.folder = folder / "folder"
        self._home = folder / "home"
        self._inventory = folder / "inventory.yml"
        auth_token, bearer_token = sim.tokens(TENANT)
        self.connection = {"IES_API_URL": sim.url, "IES_AUTH_TOKEN": auth_token, "IES_BEARER_TOKEN": bearer_token}
        self.places = {
            "auth_token": auth_token,
            "bearer_token": bearer_token,
            "url": sim.url,
            "ca_path": certifi.where(),
            "folder": str(self.folder),
            "repository": str(REPOSITORY),
            "documentation": str(DOCUMENTATION),
            "python": sys.executable,
            "two_threads": _TWO_THREADS,
        }
        files = {
            self._home / ".ies" / "auth_token": f"{auth_token}\n",
            self._home / ".ies" / "bearer_token": f"{bearer_token}\n",
            self._home / ".ies" / "vault_password": "a password\n",
            self.folder / "secrets" / "ies_auth_token": f"{auth_token}\n",
            self.folder / "secrets" / "ies_bearer_token": f"{bearer_token}\n",
        }
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")

    # What runs.

    def run(self, block: Block) -> None:
        """Do what a reader would do with a block, and assert that it goes well."""
        setting = setting_of(block.id)
        self._arrange(block, setting)
        for earlier in setting.before:
            self._carry_out(_named(earlier), Setting())
        ended = self._carry_out(block, setting)
        self._assert_went_well(block, setting, ended)

    def show(self, block: Block, shown: Shown) -> None:
        """Run what a block shows the output of, and assert that each of its lines is printed, in their order."""
        by = _named(shown.by)
        self._arrange(by, shown.setting)
        for _time in range(shown.runs):
            ended = self._play(by, self._text(by), *shown.arguments)
        self._assert_went_well(by, shown.setting, ended)
        printed = iter([_loosely(line) for line in ended.output.splitlines()])
        for line in block.text.splitlines():
            wanted = _loosely(line)
            if wanted and wanted != "...":
                assert wanted in printed, f"{block.id} shows a line that is not printed there: {line}\n{ended.output}"

    def _carry_out(self, block: Block, setting: Setting) -> Ended:
        language = setting.run_as or block.language
        deeds: Mapping[str, Callable[[Block, Setting], Ended]] = {
            INLINE: self._shell,
            "sh": self._shell,
            "shell": self._shell,
            "bash": self._shell,
            "console": self._shell,
            "yaml": self._yaml,
            "json": self._json,
            "python": self._python,
        }
        if language not in deeds:
            raise UnknownBlock(
                f"nobody runs a block in {language or 'no language'}: {block}\n"
                "Give its fence a language that machine.py knows, or name the block in tests/documentation/table.py: in SHOWN\n"
                "with the block that prints it, or in NOT_RUN with the reason why nothing can be run."
            )
        return deeds[language](block, setting)

    def _shell(self, block: Block, setting: Setting) -> Ended:
        text = self._text(block)
        if block.language == "console":
            text = "\n".join(line[2:] for line in text.splitlines() if line.startswith("$ "))
        shell = "bash" if block.language == "bash" else "sh"
        more = {name: _filled(value, self.places) for name, value in setting.environment.items()}
        return self._process([shell, "-e", "-c", text], {**self.connection, **more})

    def _python(self, block: Block, _setting: Setting) -> Ended:
        text = self._text(block)
        if "SimulatorServer(" not in text:
            text = "with SimulatorServer() as sim:\n" + "".join(f"    {line}\n" for line in text.splitlines())
        return self._process([sys.executable, "-W", "error", "-c", _PROLOGUE + text], {"PYTHONPATH": str(REPOSITORY)})

    def _json(self, block: Block, _setting: Setting) -> Ended:
        json.loads(block.text)
        return Ended(0, "")

    def _yaml(self, block: Block, setting: Setting) -> Ended:
        """Do with a block what is done with the kind of file that it is, by what it holds."""
        text = self._text(block)
        content: Any = yaml.load(text, _Loader)
        if isinstance(content, list) and all(isinstance(item, dict) for item in content):
            is_playbook = any("hosts" in item or "ansible.builtin.import_playbook" in item for item in content)
            return self._play(block, text if is_playbook else _as_play(text, setting))
        if not isinstance(content, dict):
            raise UnknownBlock(f"neither a list of plays or tasks nor a dictionary: {block}")
        connection_options = {name.removeprefix("IES_").lower() for name in _environment_of_modules()}
        if "plugin" in content:
            return self._inventory_file(block, text)
        if set(content) == {"collections"}:
            command = ["ansible-galaxy", "collection", "install", "-r", block.file, "-p", str(self.folder / "installed")]
            return self._process(command, {"ANSIBLE_COLLECTIONS_PATH": str(self.folder / "installed")})
        if set(content) <= connection_options:
            play = [_read_services(content)]
            return self._play(block, yaml.safe_dump(play))
        if set(content) == {"fields", "required"}:
            ids = {item["id"] for item in content["fields"]}
            assert set(content["required"]) <= ids, block
            return Ended(0, "")
        if set(content) == {"env", "file"}:
            return self._process(
                ["ansible", "localhost", "-m", "cloudopera.ies.ies_service_info"], self._injected(block, content)
            )
        if block.file:
            return self._given_file(block, content)
        raise UnknownBlock(
            f"a dictionary of which nobody knows what it is: {block}\n"
            "Say which file it is: in the first line (# FILE), or as the last words before the block, or with\n"
            "<!-- test: FILE --> before it."
        )

    def _inventory_file(self, block: Block, text: str) -> Ended:
        """List what an inventory plugin makes of its file; one that says itself where its IES is has to say all of it."""
        assert block.file, f"say which file it is: {block}"
        self._write(block.file, text)
        return self._process(["ansible-inventory", "-i", block.file, "--list"], {} if "api_url:" in text else self.connection)

    def _given_file(self, block: Block, content: Mapping[str, Any]) -> Ended:
        """Look at a file of variables or an inventory by the program that takes it; commands of its page use it too."""
        if "cloudvpn_services" in content and "/" not in block.file:
            command = ["ansible-playbook", "cloudopera.ies.provision", "-e", f"@{block.file}", "--check"]
            return self._process(command, self.connection)
        if "/" in block.file:
            return self._process(["ansible-inventory", "-i", block.file.split("/")[0], "--list"], self.connection)
        used = [other.id for other in blocks() if other.page == block.page and other != block and block.file in other.text]
        assert used, f"no other block of its page uses the file {block.file}: {block}"
        return self._process(["ansible", "localhost", "-m", "ansible.builtin.include_vars", "-a", block.file], {})

    def _injected(self, block: Block, content: Mapping[str, Any]) -> dict[str, str]:
        """Return the environment that AWX makes of a credential."""
        known = {"api_url": self.sim.url, "auth_token": self.places["auth_token"], "ca": Path(certifi.where()).read_text()}
        declared: Any = next(
            yaml.safe_load(other.text)
            for other in blocks()
            if other.page == block.page and other.language == "yaml" and other.text.startswith("fields:")
        )
        fields = {item["id"]: known.get(item["id"], self.places.get(item["id"], "")) for item in declared["fields"]}
        engine = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
        names = {}
        for name, template in content["file"].items():
            path = self.folder / name
            path.write_text(engine.from_string(template).render(fields), encoding="utf-8")
            names[name.partition(".")[2]] = str(path)
        assert set(content["env"]) <= _environment_of_modules(), block
        tower = {"filename": names}
        return {name: engine.from_string(text).render(fields, tower=tower) for name, text in content["env"].items()}

    def _play(self, block: Block, text: str, *arguments: str) -> Ended:
        path = block.file or "playbook.yml"
        self._write(path, text)
        # A play that says itself where its IES is has to say all of it; tasks beside it may have it from the environment.
        says_itself = "api_url:" in text and "\n  hosts:" in text
        return self._process(["ansible-playbook", path, *arguments], {} if says_itself else self.connection)

    # What surrounds it.

    def _arrange(self, block: Block, setting: Setting) -> None:
        self.sim.reset()
        self.sim.state.load(
            samples.definitions(), [_of_the_reader(it) for it in samples.services() if it.name not in setting.absent]
        )
        for name, service_id in setting.present.items():
            self.sim.state.add_service(
                TENANT,
                name,
                {"Site2DCList": [samples.site2dc_item(f"{name}-vpn")]},
                service_definition_id=samples.SITE2DC_DEFINITION,
                template_id=samples.SITE2DC_TEMPLATE,
                service_id=service_id or None,
            )
        for fault in setting.faults:
            self.sim.faults.add(**fault)
        self._inventory.write_text(yaml.safe_dump(self._hosts(setting)), encoding="utf-8")
        if block.page.startswith("examples/"):
            # A reader is in the folder of the example.
            shutil.copytree((REPOSITORY / block.page).parent, self.folder, dirs_exist_ok=True)
        for name, content in setting.files.items():
            self._write(name, _filled(content, self.places))
        for other in blocks():
            # `services.yml` of one page is not that of another.
            if other.page == block.page and other.file and other.language == "yaml":
                self._write(other.file, self._text(other))

    def _hosts(self, setting: Setting) -> dict[str, Any]:
        variables = yaml.safe_load(_filled(yaml.safe_dump({**VARIABLES, **setting.variables}), self.places))
        cloudvpn_ies = {option.removeprefix("IES_").lower(): value for option, value in self.connection.items()}
        tenants = {"hosts": {"north": {}, "south": {}}, "vars": {"cloudvpn_ies": cloudvpn_ies}}
        return {"all": {"vars": variables, "children": {"tenants": tenants}}}

    def _write(self, name: str, content: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")

    def _text(self, block: Block) -> str:
        text = block.text
        for value in VALUES:
            if re.search(value.pattern, text, re.MULTILINE):
                if "{staged}" in value.by:
                    self.places["staged"] = str(staged())
                text = value.apply(text, self.places)
        return text

    def _process(self, command: list[str], environment: Mapping[str, str]) -> Ended:
        left_out = ("ANSIBLE_", "COVERAGE_", "IES_", "MAKE", "MFLAGS", "XDG_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        given = {
            **kept,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self._home),
            "TMPDIR": str(self._home),
            "PYTHONPATH": str(DOCUMENTATION / "hurry"),
            "ANSIBLE_HOME": str(self._home / ".ansible"),
            "ANSIBLE_REMOTE_TMP": str(self._home / ".ansible" / "tmp"),
            "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY / ".tree"),
            "ANSIBLE_INVENTORY": str(self._inventory),
            "ANSIBLE_NOCOLOR": "true",
            # The hosts of the pages stand for tenants, and here all of them are the same one: side by side they would collide.
            "ANSIBLE_FORKS": "1",
            **environment,
        }
        ended = subprocess.run(
            command,
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

    def _assert_went_well(self, block: Block, setting: Setting, ended: Ended) -> None:
        told = f"{block}\n\nwhich ended, with everything replaced, with {ended.status}:\n{ended.output}\n{_HINT}"
        assert ended.status == setting.status, told
        expected = {"[ERROR]"} if setting.rescued or setting.status else set()
        # Ansible 2.16 breaks the lines of a warning.
        output = " ".join(ended.output.split())
        for warning in setting.warnings:
            assert warning in output, f"the warning {warning!r} did not come: {told}"
        for warning in (*setting.warnings, *WARNINGS_OF_ANSIBLE):
            output = re.sub(rf"\[WARNING\]:(?=[^\[]*{re.escape(warning)})", "", output)
        complaints = [word for word in _COMPLAINTS if word in output and word not in expected]
        assert not complaints, f"{complaints}: {told}"
        rescued = sum(map(int, re.findall(r" rescued=(\d+)", ended.output)))
        assert rescued == setting.rescued, f"{rescued} tasks failed and were rescued: {told}"
        if _ASKS.search(block.text) and not setting.offline:
            assert self.sim.journal.entries, f"nothing was asked of the IES: {told}"


class _Loader(yaml.SafeLoader):
    """Reads YAML as Ansible does, as far as kinds of blocks are concerned: a vault is a string."""


_Loader.add_constructor("!vault", lambda _loader, node: str(node.value))


@cache
def _environment_of_modules() -> frozenset[str]:
    """Return the environment variables of the connection, by the documentation of the modules."""
    text = (REPOSITORY / "plugins" / "doc_fragments" / "connection.py").read_text(encoding="utf-8")
    return frozenset(re.findall(r"\bIES_[A-Z_]+\b", text))


def _of_the_reader(service: Service) -> Service:
    """Return a service of the samples as one of the tenant who reads all pages."""
    name, connection = _ORDERED
    parameters = {"Site2DCList": [samples.site2dc_item(connection)]} if service.name == name else service.parameters
    return dataclasses.replace(service, tenant=TENANT, parameters=parameters)


def _named(name: str) -> Block:
    return next(block for block in blocks() if block.id == name)


def _read_services(options: Mapping[str, Any]) -> dict[str, Any]:
    task = {"name": "Read the services", "cloudopera.ies.ies_service_info": dict(options)}
    return {"name": "Try options", "hosts": "localhost", "gather_facts": False, "tasks": [task]}


def _as_play(text: str, setting: Setting) -> str:
    """Return tasks as the play that a reader would put them into."""
    for name, before in setting.tasks.items():
        assert f"- name: {name}\n" in text, f"table.py inserts tasks before a task that is not there: {name}"
        text = text.replace(f"- name: {name}\n", f"{before}- name: {name}\n")
    tasks = "".join(f"    {line}" if line.strip() else line for line in text.splitlines(keepends=True))
    # On the first line, so that it is no play of the page's own: see Machine._play.
    return f"- hosts: localhost\n  gather_facts: false\n  name: Try the tasks\n  tasks:\n{tasks}"


def _filled(text: str, places: Mapping[str, str]) -> str:
    return re.sub(r"\{(url|auth_token|bearer_token)\}", lambda name: places[name[1]], text)


def _loosely(line: str) -> str:
    """Return a line without what differs from run to run: ids, and how wide a headline is."""
    return re.sub(r"\*{3,}", "***", re.sub(r"\([\w-]{22}\)", "(id)", line)).strip()
