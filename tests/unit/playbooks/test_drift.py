# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drift: the playbook as pipelines run it, its status file whatever happens, and the script that makes exit statuses of it."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import REPOSITORY, Ansible, Run, print_fact
from tests.unit.playbooks.test_fleet import GONE, NEW, SAME, STORED, TENANT, order, store

PLAYBOOK = "cloudopera.ies.drift"
SCRIPT = REPOSITORY / "extensions" / "scripts" / "drift.sh"
STORED_ID = "BkLfGSbKQXybr0kkj8MQTQ"
STORED_VPN = "0S2DC6201705071300"
CLEAN = [{"name": STORED, "bandwidth": 60000}]
DRIFTED = [{"name": STORED, "bandwidth": 80000}]
CHANGED: dict[str, Any] = {
    "name": STORED,
    "service_id": STORED_ID,
    "kind": "changed",
    "fields": [f"connections.{STORED_VPN}.Bandwidth"],
}
STALE = '{\n  "status": "clean",\n  "drift": []\n}\n'


@pytest.fixture
def status_file(ansible: Ansible) -> Path:
    """Return the path of a status file that says what an earlier run has found."""
    return Path(ansible.write("status.json", STALE))


def look(ansible: Ansible, services: Any, *arguments: str, **variables: Any) -> Run:
    """Run the playbook, which writes nothing."""
    given = {"cloudvpn_services": services, "cloudvpn_status_file": str(ansible.folder / "status.json"), **variables}
    run = ansible.playbook(PLAYBOOK, *arguments, tenant=TENANT, variables=given)
    assert ansible.sim.journal.writes == []
    return run


def told(status_file: Path) -> dict[str, Any]:
    """Return the status file."""
    found: dict[str, Any] = json.loads(status_file.read_text(encoding="utf-8"))
    return found


def test_nothing_is_other_than_declared(ansible: Ansible, status_file: Path) -> None:
    run = look(ansible, CLEAN).went_well()
    assert run.count("changed") == 0
    page = told(status_file)
    assert list(page) == ["status", "format_version", "time", "message", "counts", "tenants", "drift"]
    assert (page["status"], page["drift"], page["message"]) == ("clean", [], "every service is as declared")
    assert page["tenants"] == [{"tenant": "localhost", "status": "clean", "message": page["message"]}]


def test_every_kind_of_drift(sim: SimulatorServer, ansible: Ansible, status_file: Path) -> None:
    gone = store(sim, GONE, "vpn-8")
    active = store(sim, "still-active", "vpn-10")
    sim.state.set_status(active, active_status="Active")
    same = store(sim, SAME, "vpn-9")
    services: list[dict[str, Any]] = [
        order(NEW, "vpn-7"),
        {"name": STORED, "bandwidth": 80000, "description": "of the branch"},
        {"name": GONE, "state": "absent"},
        {"name": "still-active", "state": "absent"},
        # Of these, the one must not be changed and the other is inside its range.
        {"name": SAME, "site2dc": [{"cloud_vpn_name": "vpn-9", "bandwidth_min": 50000, "bandwidth_max": 70000, "vni": "1"}]},
        {"name": "site2dc_never", "state": "absent"},
    ]
    run = look(ansible, services).failed()
    expected: list[dict[str, Any]] = [
        {"name": STORED, "service_id": STORED_ID, "kind": "changed", "fields": ["description", *CHANGED["fields"]]},
        {"name": NEW, "service_id": None, "kind": "missing", "fields": []},
        {"name": GONE, "service_id": gone, "kind": "unexpected", "fields": []},
        {"name": SAME, "service_id": same, "kind": "changed", "fields": ["connections.vpn-9.VNI"]},
        {"name": "still-active", "service_id": active, "kind": "unexpected", "fields": []},
    ]
    page = told(status_file)
    assert page["status"] == "drift"
    assert page["drift"] == [{"tenant": "localhost", **entry} for entry in expected]
    assert f"5 services are not as declared: {STORED} (changed: description, " in run.words
    assert page["message"].startswith("5 services are not as declared: ")
    assert page["counts"]["drift"] == 5


def test_a_failed_service_is_drift_in_its_status(sim: SimulatorServer, ansible: Ansible, status_file: Path) -> None:
    sim.state.set_status(STORED_ID, status="Failed")
    look(ansible, CLEAN).failed()
    assert [entry["fields"] for entry in told(status_file)["drift"]] == [["status"]]


def test_ownership(sim: SimulatorServer, ansible: Ansible, status_file: Path) -> None:
    marks = {
        SAME: " [managed: netops]",
        "undeclared": "old [managed: netops]",
        "protected": " [managed: netops, protected]",
        "kept": " [managed: netops, keep]",
        "foreign": " [managed: others]",
        "nobodys": "",
    }
    ids = {name: store(sim, name, f"vpn-{name}") for name in marks}
    for name, mark in marks.items():
        sim.state.set_description(ids[name], mark)
    # One waits for its adoption, and the other is the owner's already.
    services = [*CLEAN, {"name": SAME, "bandwidth": 60000}]
    look(ansible, services, cloudvpn_owner="netops").failed()
    expected = [
        {"name": "protected", "service_id": ids["protected"], "kind": "undeclared", "fields": []},
        {"name": STORED, "service_id": STORED_ID, "kind": "changed", "fields": ["owner"]},
        {"name": "undeclared", "service_id": ids["undeclared"], "kind": "undeclared", "fields": []},
    ]
    assert told(status_file)["drift"] == [{"tenant": "localhost", **entry} for entry in expected]
    # Without an owner, the mark is nothing to compare.
    look(ansible, services).went_well()
    # Who else has it is a question to answer first.
    look(ansible, [{"name": "foreign", "bandwidth": 60000}], cloudvpn_owner="netops").failed()
    assert told(status_file)["status"] == "error"


def test_what_is_undeclared_is_told_beside_what_must_not_be_changed(
    sim: SimulatorServer, ansible: Ansible, status_file: Path
) -> None:
    undeclared = store(sim, SAME, "vpn-9")
    sim.state.set_description(undeclared, "[managed: netops]")
    fixed = [{"name": STORED, "site2dc": [{"cloud_vpn_name": STORED_VPN, "bandwidth": 60000, "vni": "1"}]}]
    look(ansible, fixed, cloudvpn_owner="netops").failed()
    page = told(status_file)
    assert page["status"] == "drift"
    assert [(entry["name"], entry["kind"]) for entry in page["drift"]] == [(STORED, "changed"), (SAME, "undeclared")]


@pytest.mark.parametrize("fails", ["false", "False", "no", "0"])
def test_drift_may_be_no_failure(ansible: Ansible, status_file: Path, fails: str) -> None:
    run = look(ansible, DRIFTED, "-e", f"cloudvpn_fail_on_drift={fails}")
    assert run.status == 0, run.output
    assert told(status_file)["status"] == "drift"


def test_variables_of_a_command_line(ansible: Ansible, status_file: Path) -> None:
    blank = ("fail_on_drift", "owner", "max_parallel", "report", "ies", "hosts", "take_over")
    arguments = [argument for name in blank for argument in ("-e", f"cloudvpn_{name}=")]
    run = look(ansible, json.dumps(DRIFTED), *arguments, "-e", "cloudvpn_progress=false").failed()
    assert "Plan:" not in run.stdout
    assert told(status_file)["drift"] == [{"tenant": "localhost", **CHANGED}]
    # As they come as artifacts of an earlier job, whatever that was.
    handed = {"cloudvpn_changed": True, "cloudvpn_status": "clean", "cloudvpn_counts": {}, "cloudvpn_plan_fingerprint": "f1"}
    look(ansible, DRIFTED, "--check", **handed).failed()
    assert told(status_file)["status"] == "drift"


@pytest.mark.parametrize("fails", [True, False])
def test_the_fact_is_there_for_later_plays(ansible: Ansible, status_file: Path, fails: bool) -> None:
    hosts = {"clean": {"cloudvpn_services": CLEAN}, "drifted": {"cloudvpn_services": DRIFTED}, "watcher": {}}
    inventory = ansible.write("inventory.yml", {"all": {"hosts": hosts}})
    found = "{{ dict(['clean', 'drifted'] | zip(['clean', 'drifted'] | map('extract', hostvars, 'cloudvpn_drift'))) }}"
    later = {"hosts": "watcher", "connection": "local", "gather_facts": False, "vars": {"found": found}}
    plays: list[dict[str, Any]] = [{"import_playbook": PLAYBOOK}, {**later, "tasks": [print_fact("found")]}]
    arguments = ["-i", inventory, "-e", "cloudvpn_hosts=clean,drifted", "-e", f"cloudvpn_fail_on_drift={fails}"]
    run = ansible.playbook(plays, *arguments, tenant=TENANT)
    assert (run.status != 0) is fails
    assert run.fact("found") == {"clean": [], "drifted": [CHANGED]}


class TestErrors:
    """Whatever goes wrong, the file says error, and never what an earlier run has found."""

    @pytest.mark.parametrize(
        ("services", "arguments", "reason"),
        [
            (None, [], "Say which services there shall be"),
            ([{"name": STORED, "bandwith": 5}], [], "did you mean bandwidth?"),
            ([{"name": STORED}, {"name": STORED}], [], "is declared twice"),
            ("{{ nowhere.at_all }}", [], "Say which services there shall be"),
            ("{{ 1 // 0 }}", [], "zero"),
            (CLEAN, ["-e", "cloudvpn_fail_on_drift=perhaps"], "cloudvpn_fail_on_drift"),
            (CLEAN, ["-e", "cloudvpn_host=tenants"], "cloudvpn_host is not a variable"),
            (CLEAN, ["-e", "cloudvpn_report=nowhere/page.md"], "does not exist"),
            ([*CLEAN, {"name": "unknown", "bandwidth": 5}], [], "1 of 2 services failed"),
        ],
    )
    def test_what_is_declared(
        self, ansible: Ansible, status_file: Path, services: Any, arguments: list[str], reason: str
    ) -> None:
        look(ansible, services, *arguments).failed()
        page = told(status_file)
        assert page["status"] == "error"
        assert reason in page["message"]
        assert page["drift"] == []

    def test_a_refused_token(self, sim: SimulatorServer, ansible: Ansible, status_file: Path) -> None:
        sim.options.tokens_expired = True
        look(ansible, CLEAN).failed()
        assert "auth_token" in told(status_file)["message"]

    def test_a_server_that_is_not_there(self, sim: SimulatorServer, ansible: Ansible, status_file: Path) -> None:
        ies = {**ansible.options(TENANT), "api_url": "http://127.0.0.1:1", "api_retries": 0}
        look(ansible, CLEAN, cloudvpn_ies=ies).failed()
        assert told(status_file)["status"] == "error"

    def test_a_host_that_is_not_there(self, ansible: Ansible, status_file: Path) -> None:
        host = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
        inventory = ansible.write("inventory.yml", {"all": {"hosts": {"far": host}}})
        run = look(ansible, CLEAN, "-i", inventory, "-e", "cloudvpn_hosts=far")
        assert run.status != 0
        page = told(status_file)
        assert (page["status"], page["tenants"][0]["tenant"]) == ("error", "far")

    def test_an_error_beside_drift(self, ansible: Ansible, status_file: Path) -> None:
        look(ansible, [*DRIFTED, {"name": "unknown", "bandwidth": 5}]).failed()
        page = told(status_file)
        assert (page["status"], page["drift"]) == ("error", [{"tenant": "localhost", **CHANGED}])

    @pytest.mark.parametrize(("path", "reason"), [("missing/status.json", "does not exist"), ("link.json", "symbolic link")])
    def test_a_file_that_cannot_be_written(self, ansible: Ansible, path: str, reason: str) -> None:
        victim = Path(ansible.write("victim", STALE))
        (ansible.folder / "link.json").symlink_to(victim)
        run = look(ansible, CLEAN, cloudvpn_status_file=path)
        assert f"cloudvpn_status_file: cannot write {ansible.folder / path}: " in run.failed().words
        assert reason in run.words
        assert ansible.sim.journal.entries == []
        assert victim.read_text(encoding="utf-8") == STALE


class TestTenants:
    """One file for all of them, or one for each."""

    @staticmethod
    def estate(ansible: Ansible, **more: dict[str, Any]) -> str:
        connection = {"cloudvpn_ies": ansible.options(TENANT)}
        hosts = {f"tenant-{number}": {**connection, "cloudvpn_services": CLEAN} for number in range(9)}
        hosts.update({name: {**connection, **variables} for name, variables in more.items()})
        return ansible.write("inventory.yml", {"all": {"hosts": hosts}})

    @pytest.mark.parametrize(
        ("more", "status", "message"),
        [
            ({}, "clean", "9 tenants: 9 clean"),
            ({"aaa": {"cloudvpn_services": DRIFTED}}, "drift", "10 tenants: 9 clean, 1 drift (aaa)"),
            (
                {"aaa": {"cloudvpn_services": []}, "zzz": {"cloudvpn_services": DRIFTED}, "mmm": {"cloudvpn_services": "{"}},
                "error",
                "12 tenants: 10 clean, 1 drift (zzz), 1 error (mmm)",
            ),
            (
                {"far": {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}},
                "error",
                "10 tenants: 9 clean, 1 error (far)",
            ),
        ],
    )
    @pytest.mark.parametrize("strategy", ["linear", "free"])
    def test_the_worst_decides(
        self, ansible: Ansible, status_file: Path, more: Any, status: str, message: str, strategy: str
    ) -> None:
        ansible.environment["ANSIBLE_STRATEGY"] = strategy
        arguments = ["-i", self.estate(ansible, **more), "-e", "cloudvpn_hosts=all", "--forks", "4"]
        run = ansible.playbook(PLAYBOOK, *arguments, "-e", f"cloudvpn_status_file={status_file}")
        assert (run.status == 0) is (status == "clean"), run.output
        page = told(status_file)
        assert (page["status"], page["message"]) == (status, message)
        assert {entry["tenant"] for entry in page["drift"]} == {name for name in more if f"drift ({name})" in message}

    def test_a_file_for_each(self, ansible: Ansible) -> None:
        inventory = self.estate(ansible, zzz={"cloudvpn_services": DRIFTED})
        arguments = ["-i", inventory, "-e", "cloudvpn_hosts=tenant-1,zzz"]
        ansible.playbook(PLAYBOOK, *arguments, "-e", "cloudvpn_status_file='{{ inventory_hostname }}.json'").failed()
        pages = [told(ansible.folder / f"{name}.json") for name in ("tenant-1", "zzz")]
        assert [(page["status"], len(page["tenants"])) for page in pages] == [("clean", 1), ("drift", 1)]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_a_new_file_has_the_mode_of_the_umask(ansible: Ansible, umask: int, mode: int) -> None:
    variables = ansible.write("variables.yml", {"cloudvpn_services": CLEAN, "cloudvpn_status_file": "new.json"})
    command = f"umask {umask:03o} && exec ansible-playbook {PLAYBOOK} -e @{variables}"
    ansible.run(["sh", "-c", command], {**ansible.environment, **ansible.connection(TENANT)}).went_well()
    assert stat.S_IMODE((ansible.folder / "new.json").stat().st_mode) == mode


class TestScript:
    """What a pipeline asks for: 0, 1 or 2."""

    @staticmethod
    def run(ansible: Ansible, services: Any, *arguments: str, keep: Path | None = None) -> Run:
        variables = ansible.write("variables.yml", {"cloudvpn_services": services})
        environment = {**ansible.environment, **ansible.connection(TENANT)}
        if keep is not None:
            environment["CLOUDVPN_STATUS_FILE"] = str(keep)
        run = ansible.run(["sh", str(SCRIPT), "-e", f"@{variables}", *arguments], environment)
        # It leaves nothing behind.
        assert not list((ansible.folder / "tmp").glob("tmp.*"))
        return run

    @pytest.mark.parametrize(
        ("services", "arguments", "status"),
        [
            (CLEAN, [], 0),
            (DRIFTED, [], 2),
            (DRIFTED, ["-e", "cloudvpn_fail_on_drift=false"], 2),
            ([{"name": STORED, "bandwith": 5}], [], 1),
            # Before any task: an inventory that is none, hosts that are not there, a play that is only listed.
            (CLEAN, ["-e", "cloudvpn_hosts='{{'"], 1),
            (CLEAN, ["-e", "cloudvpn_hosts=nobody"], 1),
            (CLEAN, ["--no-such-option"], 1),
            (CLEAN, ["--list-tasks"], 1),
        ],
    )
    def test_the_exit_status(self, ansible: Ansible, services: Any, arguments: list[str], status: int) -> None:
        kept = ansible.folder / "kept file.json"
        kept.write_text(STALE, encoding="utf-8")
        assert self.run(ansible, services, *arguments, keep=kept).status == status
        if status != 1:
            assert told(kept)["status"] == {0: "clean", 2: "drift"}[status]

    def test_any_name_of_a_file(self, ansible: Ansible) -> None:
        kept = ansible.folder / 'it\'s "kept" a=b\\.json'
        assert self.run(ansible, DRIFTED, keep=kept).status == 2
        assert told(kept)["status"] == "drift"

    def test_without_a_file_to_keep(self, ansible: Ansible) -> None:
        assert self.run(ansible, DRIFTED).status == 2

    def test_a_file_among_the_arguments_is_refused(self, ansible: Ansible) -> None:
        run = self.run(ansible, CLEAN, "-e", "cloudvpn_status_file=status.json")
        assert run.status == 1
        assert "CLOUDVPN_STATUS_FILE" in run.stderr
