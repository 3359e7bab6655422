# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The repository to copy for GitOps: its README from top to bottom, its pipelines line by line, and what they refuse."""

from __future__ import annotations

import copy
import dataclasses
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from tests.conftest import Serve
from tests.documentation import gitops
from tests.documentation.blocks import INLINE, REPOSITORY, Block, blocks
from tests.documentation.gitops import EXAMPLE, NIGHT, PULL_REQUEST, PUSH, QUARTER, TENANTS, Forge, Machine
from tests.documentation.machine import Ended
from tests.simulator.server import SimulatorServer
from tests.tools.stage import wanted_files

PAGE = "examples/gitops/README.md"
_DURATIONS = dict.fromkeys(("create", "modify", "delete", "activate", "deactivate"), 0.1)


@pytest.fixture(scope="module")
def sim(serve: Serve) -> Iterator[SimulatorServer]:
    with serve(durations=_DURATIONS) as server:
        yield server


@pytest.fixture(scope="module")
def keys() -> Iterator[Path]:
    with gitops.keyring() as home:
        yield home


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gitops.archive(tmp_path_factory.mktemp("archive"))


@dataclasses.dataclass(frozen=True)
class Read:
    """What is there when somebody has read the README from top to bottom.

    Attributes:
        machine: that of the reader, in the repository.
        screen: what all commands printed.
        state: of the simulator.
    """

    machine: Machine
    screen: str
    state: Mapping[str, Any]


@pytest.fixture(scope="module")
def read(sim: SimulatorServer, keys: Path, archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Do what the README tells, from top to bottom."""
    root = tmp_path_factory.mktemp("reader")
    # Without a terminal, ansible-sign wants to know that it is the agent of GnuPG that knows the passphrase.
    given = {"GNUPGHOME": str(keys), "GPG_TTY": "none"}
    environment = {"IES_API_URL": sim.url, "VAULT_PASSWORD": gitops.PASSWORD, **given}
    reader = Machine(sim, root / "home", root, environment)
    gitops.keep_tokens(reader)
    reader.do(f"ansible-galaxy collection install {archive}")
    # `make setup` takes the archive of this repository for what Galaxy has.
    gitops.no_galaxy(root / "requirements.yml", archive)
    script = "\n".join(block.text for block in _blocks()).replace("make setup\n", "cp ../requirements.yml .\nmake setup\n")
    screen = reader.do(script)
    reader.folder /= "tenants"
    return Read(reader, screen, copy.deepcopy(sim.state.snapshot()))


def _blocks() -> list[Block]:
    found = [block for block in blocks() if block.page == PAGE and block.language != INLINE]
    assert {block.language for block in found} == {"sh"}
    return found


@pytest.fixture
def desk(read: Read, sim: SimulatorServer, tmp_path: Path) -> Machine:
    """Return the machine of the reader with a fresh clone of what was signed, and the services of its first change."""
    folder = tmp_path / "tenants"
    read.machine.do(f"git clone --quiet . {folder}")
    sim.reset()
    sim.state.restore(copy.deepcopy(dict(read.state)))
    sim.journal.clear()
    return Machine(sim, read.machine.home, folder, read.machine.environment)


@pytest.fixture
def forge(read: Read, sim: SimulatorServer, tmp_path: Path) -> Forge:
    """Return a forge with what was signed, and an IES without the services of the example."""
    sim.reset()
    key = read.machine.do("gpg --armor --export")
    variables = {"IES_API_URL": sim.url, "VAULT_PASSWORD": gitops.PASSWORD, "SIGNING_KEY": key}
    return Forge(sim, read.machine.folder, tmp_path / "forge", variables)


def _services_file(folder: Path, tenant: str) -> Path:
    return folder / "inventory" / "host_vars" / tenant / "services.yml"


def _declared(folder: Path, tenant: str) -> list[dict[str, Any]]:
    content = yaml.safe_load(_services_file(folder, tenant).read_text(encoding="utf-8"))
    services: list[dict[str, Any]] = content["cloudvpn_services"]
    return services


def _declare(folder: Path, tenant: str, services: list[dict[str, Any]]) -> None:
    text = yaml.safe_dump({"cloudvpn_services": services}, sort_keys=False)
    _services_file(folder, tenant).write_text(f"---\n{text}", encoding="utf-8")


def _plan(folder: Path, tenant: str) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads((folder / "plans" / f"{tenant}.json").read_text(encoding="utf-8"))["plan"]
    return plan


# The README.


def test_the_readme_works_from_top_to_bottom(read: Read) -> None:
    folder = read.machine.folder
    # The archive brings all of it, hidden files as well.
    here = EXAMPLE.relative_to(REPOSITORY).as_posix()
    wanted = {name.removeprefix(f"{here}/") for name in wanted_files() if name.startswith(f"{here}/")}
    assert ".github/workflows/cloudvpn.yml" in wanted
    assert {name for name in wanted if not (folder / name).is_file()} == set()
    assert "2 to create" in read.screen
    assert (folder / "plans" / "comment.txt").read_text(encoding="utf-8").count("north-to-dc1") >= 1
    services = {it["name"]: it["description"] for it in read.state["services"] if "[managed: " in it["description"]}
    assert services == {
        "north-to-dc1": "Head office to data centre 1 [managed: git/cloudvpn, protected]",
        "north-to-dc2": "Head office to data centre 2 [managed: git/cloudvpn]",
        "south-to-dc1": "Warehouse to data centre 1 [managed: git/cloudvpn]",
    }
    assert json.loads((folder / "drift.json").read_text(encoding="utf-8"))["status"] == "clean"
    exported = yaml.load((folder / "exported" / "south.yml").read_text(encoding="utf-8"), yaml.SafeLoader)
    assert "south-to-dc1" in [service["name"] for service in exported["cloudvpn_services"]]


def test_no_token_lies_in_any_file_of_the_repository(read: Read, sim: SimulatorServer) -> None:
    tokens = [token for tenant in TENANTS.values() for token in sim.tokens(tenant)]
    files = [path for path in read.machine.folder.rglob("*") if path.is_file()]
    assert {"plans", "exported", "drift.json"} <= {path.relative_to(read.machine.folder).parts[0] for path in files}
    for path in files:
        text = path.read_bytes().decode(errors="replace")
        assert not [token for token in tokens if token in text], path
    assert not [token for token in tokens if token in read.screen]


def test_what_is_made_is_not_committed(read: Read) -> None:
    assert read.machine.do("git status --short | cut -c 4- | cut -d / -f 1-3 | sort -u").split() == [
        "inventory/host_vars/north",
        "inventory/host_vars/south",
    ]
    assert "plans" not in read.machine.do("git ls-files")


def test_every_target_of_the_makefile_is_run_here(desk: Machine) -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", (EXAMPLE / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    listed = desk.do("make help")
    assert targets == set(re.findall(r"^ {2}([a-z]+) ", listed, re.MULTILINE))
    in_readme = set(re.findall(r"^make ([a-z]+)$", "".join(block.text for block in _blocks()), re.MULTILINE))
    assert targets - {"help"} == in_readme
    in_sentences = {block.text.strip() for block in blocks() if block.page == PAGE and block.language == INLINE}
    assert in_sentences <= {f"make {target}" for target in targets}


# The pipelines.


_PIPELINES = {"github": gitops.github_jobs, "gitlab": gitops.gitlab_jobs}


@pytest.mark.slow
@pytest.mark.parametrize("kind", _PIPELINES)
def test_the_pipelines_line_by_line(kind: str, forge: Forge, sim: SimulatorServer) -> None:
    jobs = _PIPELINES[kind]

    def run(event: str) -> dict[str, int]:
        ended.update(forge.pipeline(jobs(event), event))
        return {job.name: ended[job.name].status for job in jobs(event) if job.name in ended}

    ended: dict[str, Ended] = {}
    assert run(PULL_REQUEST) == {"validate": 0, "plan": 0}, ended
    assert not sim.journal.writes
    comment = (forge.told / "body" if kind == "github" else forge.artifacts / "all" / "plans" / "comment.txt").read_text()
    assert all(name in comment for name in ("north-to-dc1", "north-to-dc2", "south-to-dc1"))
    if kind == "github":
        told = (forge.told / "arguments").read_text(encoding="utf-8").split()
        assert told[:5] == ["pr", "comment", "7", "--repo", "somebody/tenants"]

    ended.clear()
    assert run(PUSH) == {"validate": 0, "plan": 0, "apply": 0}, ended
    assert gitops.bandwidth_of(sim, "north", "north-to-dc2") == "40000"
    assert (gitops.bandwidth_of(sim, "north", "north-to-dc1"), gitops.bandwidth_of(sim, "south", "south-to-dc1")) == (
        "60000",
        "20000",
    )

    sim.simulation.shapes.put("NORTH-DC1", {"level": 55000, "daily": 0, "noise": 0, "weekly": 1}, sim.clock.now())
    ended.clear()
    assert run(QUARTER) == {"elastic": 0}, ended
    followed = int(gitops.bandwidth_of(sim, "north", "north-to-dc1"))
    assert 60000 < followed <= 200000, ended

    ended.clear()
    assert run(NIGHT) == {"drift": 0}, ended
    kept = forge.artifacts / ("exported" if kind == "github" else "all/exported")
    assert "NORTH-DC2" in (kept / "north.yml").read_text(encoding="utf-8")

    gitops.change_by_hand(sim, "north", "north-to-dc2", 70000)
    sim.journal.clear()
    ended.clear()
    assert run(NIGHT) == {"drift": 2}, ended
    assert "north-to-dc2" in ended["drift"].output
    assert "bandwidth: 70000" in (kept / "north.yml").read_text(encoding="utf-8")
    assert not sim.journal.writes


def test_every_line_of_the_pipelines_is_run() -> None:
    run = {step.run for event in gitops.EVENTS for job in gitops.github_jobs(event) for step in job.steps}
    for path in (EXAMPLE / ".github" / "workflows").glob("*.yml"):
        jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
        assert {step["run"] for job in jobs.values() for step in job["steps"] if "run" in step} <= run
    content = yaml.safe_load((EXAMPLE / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    names = {job.name for event in gitops.EVENTS for job in gitops.gitlab_jobs(event)}
    assert names == set(content) - {"stages", "default"}


def test_setup_asks_for_a_release_that_there_is() -> None:
    (wanted,) = yaml.safe_load((EXAMPLE / "requirements.yml").read_text(encoding="utf-8"))["collections"]
    here = yaml.safe_load((REPOSITORY / "galaxy.yml").read_text(encoding="utf-8"))
    assert wanted["name"] == f"{here['namespace']}.{here['name']}"
    assert SpecifierSet(wanted["version"]).contains(here["version"], prereleases=True)


# What is refused.


def test_what_changed_behind_the_plans_back_is_not_applied(desk: Machine, sim: SimulatorServer) -> None:
    services = _declared(desk.folder, "north")
    services[1]["site2dc"][0]["bandwidth"] = 80000
    _declare(desk.folder, "north", services)
    assert desk.make("plan").status == 0
    gitops.change_by_hand(sim, "north", "north-to-dc2", 50000)
    told = desk.refused("apply")
    assert "service 'north-to-dc2': Bandwidth of connection 'NORTH-DC2' was 40000 and is 50000" in _words(told)
    assert gitops.bandwidth_of(sim, "north", "north-to-dc2") == "50000"


def test_a_plan_is_of_one_commit(desk: Machine) -> None:
    assert desk.make("plan").status == 0
    desk.do("git commit --quiet --allow-empty --message later")
    assert "commit" in desk.refused("apply")


@pytest.mark.parametrize(
    "line",
    [
        "echo '    bandwidth: 1' >> inventory/host_vars/north/services.yml",
        "echo 'cloudvpn_prune_max: 99' >> inventory/group_vars/tenants/rules.yml",
        "printf 'all:\\n' > inventory/later.yaml",
        "rm policies/plan.yml",
        "mkdir -p policies/library && touch policies/library/assert.py",
        "cp Makefile GNUmakefile",
    ],
)
def test_a_project_that_is_not_as_signed_is_refused(line: str, desk: Machine) -> None:
    assert desk.make("verify").status == 0
    desk.do(line)
    assert desk.make("verify").status != 0


def test_the_signature_of_somebody_else_is_refused(desk: Machine) -> None:
    with gitops.keyring() as other:
        assert desk.make("verify", GNUPGHOME=str(other)).status != 0
        key = desk.do("gpg --armor --export")
        assert desk.make("verify", GNUPGHOME=str(other), SIGNING_KEY=key).status == 0
        assert desk.make("verify", GNUPGHOME=str(other), SIGNING_KEY="no key").status != 0


def test_too_much_bandwidth_breaks_a_rule(desk: Machine) -> None:
    services = _declared(desk.folder, "north")
    services[1]["site2dc"][0]["bandwidth"] = 300000
    _declare(desk.folder, "north", services)
    assert desk.make("plan").status == 0
    told = _words(desk.refused("policy"))
    assert "260000 would be added to north, at most 200000 may be" in told
    services[1]["site2dc"][0]["bandwidth"] = 240000
    _declare(desk.folder, "north", services)
    assert desk.make("plan").status == 0
    assert desk.make("policy").status == 0


def test_a_recreation_breaks_a_rule(desk: Machine) -> None:
    services = _declared(desk.folder, "north")
    services[1] |= {"service_definition": "Site2Site", "on_immutable_change": "recreate"}
    services[1]["site2site"] = [{"cloud_vpn_name": "NORTH-DC2", "bandwidth": 40000}]
    del services[1]["site2dc"]
    _declare(desk.folder, "north", services)
    assert desk.make("plan").status == 0
    assert "north-to-dc2 would be recreated" in _words(desk.refused("policy"))


def test_a_token_in_plain_text_fails_the_lint(desk: Machine) -> None:
    path = desk.folder / "inventory" / "host_vars" / "north" / "tokens.yml"
    encrypted = path.read_text(encoding="utf-8")
    for text in (f"{encrypted}ies_bearer_token: plain\n", "ies_auth_token: plain\nies_bearer_token: text\n", ""):
        path.write_text(f"---\n{text}" if text else "", encoding="utf-8")
        assert "north/tokens.yml is not encrypted" in desk.refused("lint"), text


def test_drift_has_a_status_of_its_own(desk: Machine, sim: SimulatorServer) -> None:
    script = f"{desk.home}/.ansible/collections/ansible_collections/cloudopera/ies/extensions/scripts/drift.sh"
    line = f"CLOUDVPN_STATUS_FILE=drift.json sh {script} -e cloudvpn_hosts=tenants"
    vault = {"ANSIBLE_VAULT_PASSWORD_FILE": "vault_password.sh"}
    gitops.change_by_hand(sim, "south", "south-to-dc1", 30000)
    sim.journal.clear()
    assert desk.run(line, **vault).status == 2
    document = json.loads((desk.folder / "drift.json").read_text(encoding="utf-8"))
    assert document["status"] == "drift"
    assert [(it["tenant"], it["name"], it["kind"]) for it in document["drift"]] == [("south", "south-to-dc1", "changed")]
    assert desk.run(line, **vault, IES_API_URL="http://127.0.0.1:9").status == 1
    assert json.loads((desk.folder / "drift.json").read_text(encoding="utf-8"))["status"] == "error"
    assert not sim.journal.writes


def test_a_deleted_line_is_pruned_and_a_protected_one_is_not(desk: Machine, sim: SimulatorServer) -> None:
    spare = {"name": "spare", "service_definition": "Site2DC", "site2dc": [{"cloud_vpn_name": "SPARE", "bandwidth": 10000}]}
    _declare(desk.folder, "north", [spare])
    assert desk.make("plan").status == 0
    deleted = {item["name"]: item["reason"] for item in _plan(desk.folder, "north")["delete"]}
    assert deleted == {"north-to-dc2": "undeclared"}
    assert desk.make("apply").status == 0
    assert not sim.state.named(TENANTS["north"], "north-to-dc2")
    assert sim.state.named(TENANTS["north"], "north-to-dc1")
    assert sim.state.named(TENANTS["north"], "spare")


# NetBox.


def test_netbox_makes_exactly_these_declarations(desk: Machine) -> None:
    assert desk.make("netbox").status == 0
    assert _declared(desk.folder, "north") == [
        {
            "name": "north-to-dc1",
            "description": "Head office to data centre 1",
            "service_definition": "Site2DC",
            "site2dc": [
                {
                    "cloud_vpn_name": "NORTH-DC1",
                    "bandwidth_min": 60000,
                    "bandwidth_max": 200000,
                    "vpc_id": "db79cd8b-91e2-43f8-9791-54b8b2181a70",
                    "vni": "2236",
                    "cpe_a_site": "north",
                    "cpe_a_esn": "21500102003GG3000704",
                }
            ],
        }
    ]
    assert _declared(desk.folder, "south") == [
        {
            "name": "south-to-dc1",
            "description": "Warehouse to data centre 1",
            "service_definition": "Site2DC",
            "site2dc": [{"cloud_vpn_name": "SOUTH-DC1", "bandwidth": 20000}],
        }
    ]
    assert desk.make("validate").status == 0
    assert "changed=0" in desk.do("make netbox")
    # What NetBox no longer has active is planned as deleted.
    assert desk.make("plan").status == 0
    assert [item["name"] for item in _plan(desk.folder, "north")["delete"]] == ["north-to-dc2"]


def _next_page(answer: dict[str, Any]) -> None:
    answer["next"] = "https://netbox.example.com/api/vpn/tunnels/?limit=4&offset=4"


def _more(answer: dict[str, Any]) -> None:
    answer["count"] = 5


def _template(answer: dict[str, Any]) -> None:
    answer["results"][0]["description"] = "{{ lookup('ansible.builtin.pipe', 'id') }}"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_next_page, "has 4 of 4 tunnels; ask with limit=0"),
        (_more, "has 4 of 5 tunnels; ask with limit=0"),
        (_template, "holds the beginning of a template; remove it in NetBox"),
    ],
)
def test_an_answer_of_netbox_that_is_refused(change: Callable[[dict[str, Any]], None], told: str, desk: Machine) -> None:
    path = desk.folder / "netbox" / "tunnels.json"
    answer = json.loads(path.read_text(encoding="utf-8"))
    change(answer)
    path.write_text(json.dumps(answer), encoding="utf-8")
    before = _services_file(desk.folder, "north").read_text(encoding="utf-8")
    assert told in _words(desk.refused("netbox"))
    assert _services_file(desk.folder, "north").read_text(encoding="utf-8") == before


def _words(text: str) -> str:
    """Return a screen in one line, with quotes as they are meant: Ansible breaks lines, and shows results as JSON."""
    return " ".join(text.replace("\\n", " ").replace('\\"', '"').split())
