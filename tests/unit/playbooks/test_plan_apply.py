# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks plan and apply: what was approved is what runs, at most once, or nothing does."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import PACE, REPOSITORY, Ansible, Run, print_fact
from tests.unit.playbooks.test_fleet import ESTATE, GONE, NEW, SAME, STORED, TENANT, order, store, told
from tests.unit.playbooks.test_outcome import statistics

VPN = "0S2DC6201705092039"


@pytest.fixture
def declared(sim: SimulatorServer) -> list[dict[str, Any]]:
    """Declarations of which one creates, one changes, one removes, and one does nothing."""
    store(sim, GONE, "vpn-8")
    store(sim, SAME, "vpn-9")
    return [
        order(NEW, "vpn-7"),
        {"name": STORED, "bandwidth": 80000},
        {"name": GONE, "state": "absent"},
        {"name": SAME, "bandwidth_min": 50000, "bandwidth_max": 70000},
    ]


class Tenant:
    """Plans and applies the same declarations with the same file."""

    def __init__(self, ansible: Ansible, declared: list[dict[str, Any]]) -> None:
        self.ansible = ansible
        self.declared = declared
        self.file = ansible.folder / "plan.json"

    def run(self, playbook: str, *arguments: str, **variables: Any) -> Run:
        given = {**PACE, "cloudvpn_services": self.declared, **variables}
        return self.ansible.playbook(f"cloudopera.ies.{playbook}", *arguments, tenant=TENANT, variables=given)

    def plan(self, *arguments: str, **variables: Any) -> Run:
        return self.run("plan", *arguments, **{"cloudvpn_plan_file": str(self.file), **variables})

    def apply(self, *arguments: str, **variables: Any) -> Run:
        return self.run("apply", *arguments, **{"cloudvpn_plan_file": str(self.file), **variables})

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        return found


@pytest.fixture
def tenant(ansible: Ansible, declared: list[dict[str, Any]]) -> Tenant:
    return Tenant(ansible, declared)


def writes(sim: SimulatorServer) -> list[str]:
    """Return the methods of the requests that changed something, sorted."""
    return sorted(entry.method for entry in sim.journal.writes)


def test_a_plan_is_made_and_applied_once(tenant: Tenant, sim: SimulatorServer) -> None:
    planned = tenant.plan(cloudvpn_commit="abc123").went_well()
    assert sim.journal.writes == []
    document = tenant.document
    assert stat.S_IMODE(tenant.file.stat().st_mode) == 0o600
    assert document["format_version"] == "1.0"
    galaxy = yaml.safe_load((REPOSITORY / "galaxy.yml").read_text(encoding="utf-8"))
    assert document["collection_version"] == galaxy["version"]
    assert (document["api_url"], document["tenant"], document["owner"]) == (sim.url, "localhost", None)
    assert (document["commit"], document["complete"], document["errors"]) == ("abc123", True, [])
    assert {kind: [item["name"] for item in items] for kind, items in document["plan"].items()} == {
        **{"create": [NEW], "update": [STORED], "recreate": []},
        **{"delete": [GONE], "unchanged": [SAME]},
    }
    assert set(document["fingerprints"]) == {NEW, STORED, GONE, SAME}
    assert told(planned)[-2:] == [f"Plan file: {tenant.file}", f"Fingerprint: {document['fingerprint']}"]
    tenant.apply().went_well()
    assert writes(sim) == ["DELETE", "POST", "PUT"]
    assert {**document, "applied_at": tenant.document["applied_at"]} == tenant.document
    again = tenant.apply().failed()
    assert f"the plan {tenant.file} was applied at" in again.words
    assert len(sim.journal.writes) == 3


def test_the_outcome_is_handed_to_the_job_that_applies(tenant: Tenant, sim: SimulatorServer) -> None:
    """As AWX does: what a job hands over comes as variables of the next one."""
    tenant.ansible.environment["ANSIBLE_SHOW_CUSTOM_STATS"] = "true"
    run = tenant.plan(cloudvpn_plan_file="").went_well()
    handed = statistics(run)
    assert f"Fingerprint: {handed['cloudvpn_plan_fingerprint']}" in told(run)
    expected = {"create": 1, "update": 1, "recreate": 0, "delete": 1, "unchanged": 1}
    assert {kind: handed["cloudvpn_counts"][kind] for kind in expected} == expected
    assert (handed["cloudvpn_changed"], handed["cloudvpn_status"]) == (True, "ok")
    # The plan is made once more, with what the first one handed over, and is the same.
    assert statistics(tenant.plan(cloudvpn_plan_file="", **handed).went_well()) == handed
    tenant.apply(cloudvpn_plan_file="", **handed).went_well()
    assert writes(sim) == ["DELETE", "POST", "PUT"]


def set_bandwidth(sim: SimulatorServer, name: str, bandwidth: int) -> None:
    """Change a bandwidth by another hand."""
    (service,) = sim.state.named(TENANT, name)
    service.parameters["Site2DCList"][0]["Bandwidth"] = str(bandwidth)


def test_what_does_not_concern_the_plan_voids_nothing(tenant: Tenant, sim: SimulatorServer) -> None:
    undeclared = "undeclared"
    store(sim, undeclared, "vpn-10")
    tenant.plan().went_well()
    set_bandwidth(sim, undeclared, 5)
    store(sim, "one more", "vpn-11")
    set_bandwidth(sim, SAME, 65000)  # inside its range
    tenant.apply().went_well()
    assert writes(sim) == ["DELETE", "POST", "PUT"]


def test_what_changed_behind_its_back_is_named_and_nothing_is_written(tenant: Tenant, sim: SimulatorServer) -> None:
    tenant.plan().went_well()
    before = tenant.file.read_bytes()
    set_bandwidth(sim, STORED, 61000)
    run = tenant.apply().failed()
    assert f"service '{STORED}': Bandwidth of connection " in run.words
    assert " was 60000 and is 61000; plan again and have that approved (nothing was written)" in run.words
    assert sim.journal.writes == []
    # It was not used up.
    assert tenant.file.read_bytes() == before
    set_bandwidth(sim, STORED, 60000)
    tenant.apply().went_well()
    # Once it was, no state makes it valid again.
    sim.reset()
    store(sim, GONE, "vpn-8")
    store(sim, SAME, "vpn-9")
    assert "was applied at" in tenant.apply().failed().words
    assert sim.journal.writes == []


def test_check_mode_compares_and_uses_nothing_up(tenant: Tenant, sim: SimulatorServer) -> None:
    tenant.plan("--check").went_well()
    tenant.apply("--check").went_well()
    assert sim.journal.writes == []
    set_bandwidth(sim, SAME, 80000)
    run = tenant.apply("--check").failed()
    assert f"service '{SAME}': Bandwidth of connection 'vpn-9' was 60000 and is 80000" in run.words
    assert "applied_at" not in tenant.document


def test_a_fingerprint_is_enough_for_jobs_that_share_no_files(tenant: Tenant, sim: SimulatorServer) -> None:
    planned = tenant.plan(cloudvpn_plan_file="").went_well()
    assert not tenant.file.exists()
    fingerprint = told(planned)[-1].removeprefix("Fingerprint: ")
    set_bandwidth(sim, STORED, 61000)
    run = tenant.apply("-e", f"cloudvpn_plan_fingerprint={fingerprint}", cloudvpn_plan_file="").failed()
    assert f"and not {fingerprint}; now it would create '{NEW}'; update '{STORED}' (Bandwidth 61000 -> 80000)" in run.words
    assert sim.journal.writes == []
    set_bandwidth(sim, STORED, 60000)
    by_host = json.dumps({"localhost": fingerprint})
    tenant.apply("-e", f"cloudvpn_plan_fingerprint='{by_host}'", cloudvpn_plan_file=None).went_well()
    assert writes(sim) == ["DELETE", "POST", "PUT"]


def test_an_empty_plan_is_applied_without_a_write(tenant: Tenant, sim: SimulatorServer) -> None:
    tenant.declared = [{"name": STORED, "bandwidth": 60000}]
    assert tenant.plan().went_well().count("changed") == 0
    assert tenant.apply().went_well().count("changed") == 0
    tenant.declared = []
    tenant.plan().went_well()
    tenant.apply().went_well()
    assert sim.journal.writes == []


def test_a_plan_that_is_not_complete_is_kept_and_fails(tenant: Tenant, sim: SimulatorServer) -> None:
    tenant.declared += [{"name": "never-there", "bandwidth": 5}]
    tenant.ansible.environment["ANSIBLE_SHOW_CUSTOM_STATS"] = "true"
    run = tenant.plan().failed()
    assert "cloudvpn_plan_fingerprint" not in statistics(run)
    document = tenant.document
    assert (document["complete"], document["fingerprint"]) == (False, None)
    assert [(entry["name"], entry["kind"]) for entry in document["errors"]] == [("never-there", "invalid")]
    assert document["plan"]["create"][0]["name"] == NEW
    assert f"Plan file: {tenant.file}" in told(run)
    assert "Fingerprint:" not in run.stdout
    run = tenant.apply().failed()
    assert "is incomplete (never-there: service 'never-there' does not exist" in run.words
    # Once it can be planned, that is another plan.
    tenant.declared.pop()
    assert "is incomplete" in tenant.apply().failed().words
    assert sim.journal.writes == []


def test_what_can_no_longer_be_planned_stops_everything(tenant: Tenant, sim: SimulatorServer) -> None:
    tenant.plan().went_well()
    sim.state.set_status(sim.state.named(TENANT, GONE)[0].service_id, active_status="Active")
    run = tenant.apply().failed()
    assert f"can no longer be carried out: {GONE}: service '{GONE}'" in run.words
    assert sim.journal.writes == []


BAD = {
    "missing": (None, "cannot be read: No such file"),
    "empty": ("", "is empty"),
    "cut": ('{"format_version": "1.0", ', "is no plan, or was cut"),
    "none": ("[]", "is no plan: it is not a JSON object"),
    "other": ("{}", "is no plan: it has no format_version"),
    "tomorrow": ({"format_version": "2.0"}, "has format_version 2.0"),
    "expired": ({"expires_at": "2001-01-01T00:00:00Z"}, "has expired at 2001-01-01T00:00:00Z"),
    "url": ({"api_url": "https://other"}, "made for api_url 'https://other'"),
    "tenant": ({"tenant": "other"}, "made for tenant 'other'"),
    "owner": ({"owner": "other"}, "made for owner 'other'"),
    "commit": ({"commit": "other"}, "made for commit 'other', and this run has commit 'abc'"),
    "damaged": ({"fingerprint": 5}, "its fingerprint is missing or damaged"),
}


def test_every_file_that_is_no_plan_to_apply(tenant: Tenant, sim: SimulatorServer, tmp_path: Path) -> None:
    tenant.plan(cloudvpn_commit="abc").went_well()
    reads = len(sim.journal.entries)
    files = {}
    for name, (content, _words) in BAD.items():
        files[name] = tmp_path / f"{name}.json"
        if content is not None:
            text = content if isinstance(content, str) else json.dumps({**tenant.document, **content})
            files[name].write_text(text, encoding="utf-8")
    tasks = [
        {
            "cloudopera.ies.ies_services": {
                **{"services": tenant.declared, "mode": "apply", "plan_file": str(path), "commit": "abc", "ies": "{{ ies }}"},
            },
            "register": f"bad_{name}",
            "ignore_errors": True,
        }
        for name, path in files.items()
    ]
    prints = [print_fact(f"bad_{name}") for name in files]
    play = [{"hosts": "localhost", "gather_facts": False, "tasks": [*tasks, *prints]}]
    run = tenant.ansible.playbook(play, variables={"ies": tenant.ansible.options(TENANT)})
    assert run.status == 0
    for name, (_content, words) in BAD.items():
        result = run.fact(f"bad_{name}")
        assert words in result["msg"], result["msg"]
        assert str(files[name]) in result["msg"]
        assert "\n" not in result["msg"]
        assert result["error"]["kind"] == "conflict"
    assert len(sim.journal.entries) == reads


WRONG = {
    "nothing approved": ("apply", {}, "Say which services there shall be, and which plan was approved"),
    "blank": ("apply", {"cloudvpn_plan_file": " ", "cloudvpn_plan_fingerprint": ""}, "cloudvpn_plan_fingerprint=FINGERPRINT"),
    "no fingerprint": ("apply", {"cloudvpn_plan_fingerprint": "abc"}, "cloudvpn_plan_fingerprint is 'abc'"),
    "no services": ("plan", {"cloudvpn_services": ""}, "Say which services there shall be"),
    "no expiry": ("plan", {"cloudvpn_plan_expiry": "ten"}, "cloudvpn_plan_expiry is 'ten'; write a duration"),
    "no folder": ("plan", {"cloudvpn_plan_file": "nowhere/plan.json"}, "nowhere does not exist; create it first"),
    "a typing mistake": ("plan", {"cloudvpn_planfile": "p"}, "did you mean cloudvpn_plan_file?"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_variables(case: str, tenant: Tenant, sim: SimulatorServer) -> None:
    playbook, variables, words = WRONG[case]
    assert words in tenant.run(playbook, **variables).failed().words
    assert sim.journal.entries == []


def test_a_link_is_neither_written_through_nor_read(tenant: Tenant, sim: SimulatorServer) -> None:
    victim = tenant.ansible.folder / "victim"
    victim.write_text("{}", encoding="utf-8")
    tenant.file.symlink_to(victim)
    assert "it is a symbolic link, which is not followed" in tenant.plan().failed().words
    assert "symbolic link" in tenant.apply().failed().words
    assert victim.read_text(encoding="utf-8") == "{}"
    assert sim.journal.entries == []


def test_strings_from_the_command_line(tenant: Tenant, sim: SimulatorServer) -> None:
    arguments = ["-e", f"cloudvpn_services='{json.dumps(tenant.declared)}'", "-e", "cloudvpn_wait_sleep=0.1"]
    arguments += ["-e", f"cloudvpn_plan_file={tenant.file}", "-e", "cloudvpn_commit=", "-e", "cloudvpn_progress=false"]
    plan = ["-e", "cloudvpn_plan_expiry=15m"]
    run = tenant.ansible.playbook("cloudopera.ies.plan", *arguments, *plan, tenant=TENANT).went_well()
    assert told(run) == []
    assert tenant.document["commit"] is None
    tenant.ansible.playbook("cloudopera.ies.apply", *arguments, tenant=TENANT).went_well()
    assert writes(sim) == ["DELETE", "POST", "PUT"]


class TestTenants:
    """Hosts that stand for tenants."""

    def run(self, ansible: Ansible, playbook: str, file: str, **variables: Any) -> Run:
        hosts = {
            f"tenant-{number}": {
                "ansible_connection": "local",
                "cloudvpn_ies": ansible.options(f"nbitest_{number}"),
                "cloudvpn_services": [{"name": ESTATE[f"nbitest_{number}"][0], "bandwidth": 80000}],
            }
            for number in (15, 16)
        }
        inventory = ansible.write("inventory.yml", {"all": {"hosts": hosts}})
        given = {**PACE, "cloudvpn_hosts": "all", "cloudvpn_plan_file": file, **variables}
        return ansible.playbook(f"cloudopera.ies.{playbook}", "-i", inventory, variables=given)

    def test_a_file_for_each(self, ansible: Ansible, sim: SimulatorServer) -> None:
        file = f"{ansible.folder}/plan-{{{{ inventory_hostname }}}}.json"
        self.run(ansible, "plan", file).went_well()
        documents = [json.loads((ansible.folder / f"plan-tenant-{number}.json").read_text()) for number in (15, 16)]
        assert [document["tenant"] for document in documents] == ["tenant-15", "tenant-16"]
        assert documents[0]["fingerprint"] != documents[1]["fingerprint"]
        fingerprints = {document["tenant"]: document["fingerprint"] for document in documents}
        self.run(ansible, "apply", file, cloudvpn_plan_fingerprint=fingerprints).went_well()
        assert writes(sim) == ["PUT", "PUT"]

    @pytest.mark.parametrize("playbook", ["plan", "apply"])
    def test_one_file_for_all_is_refused_before_anything_is_sent(
        self, playbook: str, ansible: Ansible, sim: SimulatorServer
    ) -> None:
        run = self.run(ansible, playbook, f"{ansible.folder}/plan.json")
        assert run.status != 0
        assert "each tenant has a plan of its own: write {{ inventory_hostname }} into the name" in run.words
        assert (run.count("failed", "tenant-15"), run.count("failed", "tenant-16")) == (1, 1)
        assert sim.journal.entries == []
        assert not (ansible.folder / "plan.json").exists()
