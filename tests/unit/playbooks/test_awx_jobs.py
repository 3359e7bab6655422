# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The job templates of the AWX kit, run as AWX runs them: by ansible-runner, with survey answers, credentials and slices.

A job gets what the kit makes: the playbook of its project, the inventory of its tenants, the files and the environment of its
credential type, and the answers to its survey as strings.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import ansible_runner
import pytest
import yaml

from ansible_collections.cloudopera.ies.plugins.plugin_utils._awx_action import DATA, read_data
from ansible_collections.cloudopera.ies.plugins.plugin_utils._awx_kit import kit, read_options
from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.awx_api import check_credential_type, check_inputs, check_survey, render_injectors
from tests.unit.playbooks.support import PACE, REPOSITORY, Ansible, Run
from tests.unit.playbooks.test_fleet import ESTATE, NEW, STORED, TENANT, order, slice_of
from tests.unit.playbooks.test_interruption import LIMIT, SecondOrder

# Below the minimum: no traffic is needed to see that it is too little.
ELASTIC = [{"name": STORED, "policy": {"minimum": 70000, "maximum": 100000, "traffic_unit": 1}}]
# What the tenant of these tests declares, in the inventory: it differs from what is there.
DECLARED = {**PACE, "cloudvpn_services": [{"name": STORED, "bandwidth": 70000}], "cloudvpn_elastic": ELASTIC}


class Row(NamedTuple):
    """A job template with the answers to its survey that have no default, and what comes of it."""

    template: str
    answers: Mapping[str, str] = {}
    writes: tuple[str, ...] = ()
    succeeds: bool = True
    says: str = ""


ROWS = (
    Row("provision", writes=("PUT",)),
    Row("order", {"cloudvpn_services": json.dumps([order(NEW, "vpn-7")])}, writes=("POST",)),
    Row("scale", {"cloudvpn_name": STORED, "cloudvpn_bandwidth": "80000"}, writes=("PUT",)),
    Row("decommission", {"cloudvpn_name": STORED, "cloudvpn_deactivate": "true"}, writes=("DELETE",)),
    Row("plan", says="Plan: 0 to create, 1 to update"),
    Row("plan is empty", succeeds=False, says="Nothing is known of a plan"),
    Row("apply", {"cloudvpn_plan_fingerprint": "no-plan-has-this"}, succeeds=False),
    Row("drift", succeeds=False, says=STORED),
    Row("drift", {"cloudvpn_fail_on_drift": "false"}, says=STORED),
    Row("elastic"),
    Row("elastic", {"cloudvpn_elastic_mode": "apply"}, writes=("PUT",)),
    Row("export", {"cloudvpn_name": STORED}, says=STORED),
    Row("export", says=STORED),
)
# What a job needs an answer for, so that it does not do anything when all are blank.
NEEDS = {
    "order": "Say which services",
    "scale": "Say which service to scale",
    "decommission": "Name the service to remove",
}


class Jobs:
    """Runs job templates of the kit, each in a folder of its own."""

    def __init__(self, ansible: Ansible, **options: Any) -> None:
        self.ansible = ansible
        self.options = read_options({"prefix": "K", "project_folder": ".", **options})
        self.kit = kit(read_data(), self.options, {"credential", "tenants_credential"})
        self.templates = {item["name"].removeprefix("K "): item for item in self.kit["job_templates"]}
        self._count = 0

    def prepare(
        self,
        answers: Mapping[str, Any],
        inputs: Mapping[str, Mapping[str, str]],
        hosts: Mapping[str, Any],
        where: str | None = None,
    ) -> Path:
        """Make the folder of a job; `where` is where its files will be when it runs, as /runner in a container."""
        self._count += 1
        private = self.ansible.folder / f"job-{self._count}"
        shutil.copytree(DATA / "project", private / "project", ignore=shutil.ignore_patterns("collections"))
        for folder in ("env", "inventory"):
            (private / folder).mkdir()
        environment = {}
        for of_type in self.kit["credential_types"]:
            if of_type["name"] in inputs:
                check_inputs(of_type["inputs"], dict(inputs[of_type["name"]]))
                files, found = render_injectors(of_type["injectors"], inputs[of_type["name"]])
                for path, text in files.items():
                    self.ansible.write(f"{private.name}/{Path(path).relative_to('/runner')}", text)
                environment.update(found)
        environment = {name: value.replace("/runner/", f"{where or private}/") for name, value in environment.items()}
        self.ansible.write(f"{private.name}/env/envvars", environment)
        self.ansible.write(f"{private.name}/env/extravars", dict(answers))
        (tenants,) = (item for item in self.kit["inventories"] if item["name"] == "K tenants")
        inventory = {"vars": tenants["variables"], "children": {"tenants": {"hosts": dict(hosts)}}}
        self.ansible.write(f"{private.name}/inventory/hosts.yml", {"all": inventory})
        return private

    def inputs(self, tenant: str, **more: str) -> dict[str, dict[str, str]]:
        """Return what the credential of a tenant holds."""
        given = {name: value for name, value in self.ansible.options(tenant).items() if name != "ca_path"}
        return {"K IES": {**given, **more}}

    def answers(self, template: str, given: Mapping[str, str]) -> dict[str, str]:
        """Return the answers of a person who leaves all other questions as they are, in strings."""
        questions = self.templates[template].get("survey_spec", {}).get("spec", [])
        assert set(given) <= {question["variable"] for question in questions}
        return {
            question["variable"]: str(given.get(question["variable"], question.get("default", ""))) for question in questions
        }

    def run(self, template: str, answers: Mapping[str, Any], **more: Any) -> Run:
        """Run a job for the tenant of these tests."""
        inputs = more.pop("inputs", self.inputs(TENANT))
        private = self.prepare(answers, inputs, {TENANT: {**DECLARED, **more}})
        return self.started(template, private)

    def started(self, template: str, private: Path) -> Run:
        """Run a job whose folder is ready."""
        command = ["ansible-runner", "run", str(private), "-p", self.templates[template]["playbook"]]
        return self.ansible.run(command, self.ansible.environment)


def is_there(template: str) -> bool:
    """Return whether the collection has the playbook that a job template runs."""
    (playbook,) = (item["playbook"] for item in read_data()["job_templates"] if item["name"] == f"{{prefix}} {template}")
    text = (DATA / "project" / playbook).read_text(encoding="utf-8")
    imported = [
        play["ansible.builtin.import_playbook"] for play in yaml.safe_load(text) if "ansible.builtin.import_playbook" in play
    ]
    return all((REPOSITORY / "playbooks" / f"{name.rpartition('.')[2]}.yml").is_file() for name in imported)


PRESENT = tuple(row for row in ROWS if is_there(row.template))


def test_every_job_template_has_a_row() -> None:
    data = read_data()
    assert {row.template for row in ROWS} == {item["name"].removeprefix("{prefix} ") for item in data["job_templates"]}
    assert {"provision", "order", "scale", "decommission", "elastic", "plan is empty"} <= {row.template for row in PRESENT}


@pytest.mark.slow
@pytest.mark.parametrize("row", PRESENT, ids=lambda row: f"{row.template} {' '.join(row.answers)}".strip())
def test_a_job_does_what_its_survey_says(sim: SimulatorServer, ansible: Ansible, row: Row) -> None:
    jobs = Jobs(ansible, tenants=TENANT)
    run = jobs.run(row.template, jobs.answers(row.template, row.answers))
    assert (run.status == 0) is row.succeeds, run.output
    assert row.says in run.words
    assert tuple(entry.method for entry in sim.journal.writes) == row.writes
    assert "Traceback" not in run.output


@pytest.mark.slow
@pytest.mark.parametrize("template", dict.fromkeys(row.template for row in PRESENT))
def test_blank_answers_count_as_not_given(sim: SimulatorServer, ansible: Ansible, template: str) -> None:
    """All of them, the tenant too: then the job is for nobody in particular, and has what the inventory gives to all."""
    jobs = Jobs(ansible, tenants=TENANT)
    run = jobs.run(template, dict.fromkeys(jobs.answers(template, {}), ""))
    assert sim.journal.writes == []
    assert "Traceback" not in run.output
    if template in NEEDS:
        assert run.status != 0
        assert NEEDS[template] in run.words


@pytest.mark.slow
def test_a_blank_ca_counts_as_none(sim: SimulatorServer, ansible: Ansible) -> None:
    jobs = Jobs(ansible, tenants=TENANT)
    answers = jobs.answers("scale", {"cloudvpn_name": STORED, "cloudvpn_bandwidth": "60000"})
    for number, ca in enumerate(("", "  "), start=1):
        run = jobs.run("scale", answers, inputs=jobs.inputs(TENANT, ca=ca, api_timeout="", api_retries="0"))
        assert run.status == 0, run.output
        environment = yaml.safe_load((ansible.folder / f"job-{number}" / "env" / "envvars").read_text(encoding="utf-8"))
        assert environment["IES_CA_PATH"] == environment["IES_API_TIMEOUT"] == ""
        assert (ansible.folder / f"job-{number}" / "env" / "ca_file").read_text(encoding="utf-8") == ca
    # A credential type of somebody's that gives the path of the empty file all the same.
    path = str(ansible.folder / "job-1" / "env" / "ca_file")
    run = jobs.run("scale", answers, cloudvpn_ies={"ca_path": path})
    assert run.status == 0, run.output


def test_a_ca_of_the_credential_is_used(ansible: Ansible) -> None:
    jobs = Jobs(ansible, tenants=TENANT)
    text = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
    private = jobs.prepare({}, jobs.inputs(TENANT, ca=text), {})
    environment = yaml.safe_load((private / "env" / "envvars").read_text(encoding="utf-8"))
    assert environment["IES_CA_PATH"] == str(private / "env" / "ca_file")
    assert Path(environment["IES_CA_PATH"]).read_text(encoding="utf-8") == text


def test_credential_types_are_what_awx_and_eda_take() -> None:
    data = read_data()
    secret = {"auth_token", "bearer_token", "tokens"}
    for name, namespace in (("credential_types", "tower"), ("eda_credential_types", "eda")):
        for item in data[name]:
            check_credential_type(item, namespace)
            for one in item["inputs"]["fields"]:
                assert one.get("secret", False) is (one["id"] in secret)
    # What AWX makes of a credential with the two inputs that are needed: nothing turns the check of certificates off.
    _files, environment = render_injectors(
        data["credential_types"][0]["injectors"], {"api_url": "https://h", "auth_token": "t"}
    )
    assert environment == {
        **{"IES_API_URL": "https://h", "IES_AUTH_TOKEN": "t", "IES_BEARER_TOKEN": "", "IES_VALIDATE_CERTS": ""},
        **{"IES_CA_PATH": "", "IES_API_TIMEOUT": "", "IES_API_RETRIES": ""},
    }


def test_surveys_are_what_awx_takes(ansible: Ansible) -> None:
    jobs = Jobs(ansible, tenants="north,south")
    for item in [*jobs.templates.values(), *jobs.kit["workflows"]]:
        if item["survey_enabled"]:
            check_survey(item["survey_spec"])


@pytest.mark.slow
def test_a_cancelled_job_is_finished_by_the_next(
    sim: SimulatorServer, ansible: Ansible, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = SecondOrder(sim, monkeypatch, stored=True)
    names = ("branch-1", "branch-2", "branch-3")
    services = json.dumps([order(name, f"{name}-vpn") for name in names])
    jobs = Jobs(ansible, tenants=TENANT)
    answers = {**jobs.answers("order", {"cloudvpn_services": services}), "cloudvpn_max_parallel": "1"}
    private = jobs.prepare(answers, jobs.inputs(TENANT), {TENANT: dict(PACE)})
    for name, value in ansible.environment.items():
        monkeypatch.setenv(name, value)
    results: list[Any] = []

    def job() -> None:
        results.append(
            ansible_runner.run(
                private_data_dir=str(private), playbook="provision.yml", quiet=True, cancel_callback=held.arrived.is_set
            )
        )

    thread = threading.Thread(target=job)
    thread.start()
    assert held.arrived.wait(LIMIT)
    thread.join(LIMIT)
    assert not thread.is_alive()
    assert results[0].status == "canceled"
    assert held.left.wait(LIMIT)
    assert len(sim.state.services(TENANT)) == 3  # the stored one, the first, and the second, of which no response came

    sim.faults.clear()
    run = jobs.run("order", answers)
    assert run.status == 0, run.output
    assert sorted(service.name for service in sim.state.services(TENANT)) == sorted([*names, STORED])


@pytest.mark.slow
def test_slices_on_a_remote_node(sim: SimulatorServer, ansible: Ansible) -> None:
    """Each slice goes to another node and back, by transmit, worker and process; each tenant has its own token."""
    tenants = [
        {"name": tenant, "variables": {**PACE, "cloudvpn_services": [{"name": name, "bandwidth": 70000}]}}
        for tenant, (name, _service_id) in ESTATE.items()
    ]
    jobs = Jobs(ansible, tenants=tenants, slices="2")
    template = jobs.templates["provision"]
    hosts = {host["name"]: host["variables"] for host in jobs.kit["hosts"]}
    tokens = {tenant: ansible.options(tenant)["auth_token"] for tenant in ESTATE}
    # The token of the common credential is that of one tenant; none of the others may be worked on with it.
    inputs = {**jobs.inputs("nbitest_12"), "K tenant tokens": {"tokens": yaml.safe_dump(tokens, width=10**6)}}
    answers = jobs.answers("provision", {})
    assert answers["cloudvpn_hosts"] == "tenants"
    for number in range(1, template["job_slice_count"] + 1):
        part = slice_of(hosts, number, template["job_slice_count"])
        worker = ansible.folder / f"worker-{number}"
        private = jobs.prepare(answers, inputs, part, where=str(worker))
        sim.journal.clear()
        ident = f"--ident slice-{number}"
        pipe = (
            f"ansible-runner transmit {private} {ident} -p {template['playbook']} | "
            f"ansible-runner worker --delete --private-data-dir {worker} | "
            f"ansible-runner process {private} {ident}"
        )
        run = ansible.run(["bash", "-euo", "pipefail", "-c", pipe], ansible.environment)
        assert run.status == 0, run.output
        assert sorted(str(entry.tenant) for entry in sim.journal.writes) == sorted(part)
        assert not worker.exists()
        events = [json.loads(path.read_text(encoding="utf-8")) for path in private.glob("artifacts/**/job_events/*.json")]
        (stats,) = (event["event_data"] for event in events if event["event"] == "playbook_on_stats")
        assert stats["changed"] == dict.fromkeys(part, 1)


@pytest.mark.slow
def test_a_tenant_without_a_token_is_not_worked_on_with_that_of_another(sim: SimulatorServer, ansible: Ansible) -> None:
    tenants = [{"name": tenant, "variables": {**DECLARED}} for tenant in (TENANT, "nbitest_15")]
    jobs = Jobs(ansible, tenants=tenants)
    tokens = {TENANT: ansible.options(TENANT)["auth_token"]}
    inputs = {**jobs.inputs(TENANT), "K tenant tokens": {"tokens": yaml.safe_dump(tokens, width=10**6)}}
    hosts = {host["name"]: host["variables"] for host in jobs.kit["hosts"]}
    run = jobs.started("provision", jobs.prepare(jobs.answers("provision", {}), inputs, hosts))
    assert run.status != 0
    assert "there is no token for nbitest_15 in the credential with the tokens of the tenants" in run.words
    assert [entry.tenant for entry in sim.journal.writes] == [TENANT]
    # Without that credential, for none of them.
    sim.journal.clear()
    run = jobs.started("provision", jobs.prepare(jobs.answers("provision", {}), jobs.inputs(TENANT), hosts))
    assert run.status != 0
    assert sim.journal.entries == []


class Workflow:
    """Launches the workflow as AWX does: what a job sets by set_stats goes to all after it, whether they ask for it or not."""

    def __init__(self, jobs: Jobs, sim: SimulatorServer) -> None:
        self.jobs = jobs
        self.sim = sim
        (workflow,) = jobs.kit["workflows"]
        questions = workflow["survey_spec"]["spec"]
        self.answers = {question["variable"]: str(question["default"]) for question in questions}
        self.links = {link["identifier"]: link for link in jobs.kit["workflow_links"]}
        self.nodes = {node["identifier"]: node for node in jobs.kit["workflow_nodes"]}

    def launch(self, meanwhile: Callable[[], object] | None = None) -> tuple[list[str], bool]:
        """Return the nodes that ran, and whether the workflow is green; `meanwhile` happens before the approval."""
        ran: list[str] = []
        artifacts: dict[str, Any] = {}
        green = True
        following = ["plan"]
        while following:
            name = following.pop(0)
            ran.append(name)
            node = self.nodes[name]
            succeeded = True
            if "approval_node" in node:
                if meanwhile is not None:
                    meanwhile()
            else:
                template = node["unified_job_template"].removeprefix("K ")
                folder = self.jobs.prepare({**self.answers, **artifacts}, self.jobs.inputs(TENANT), {TENANT: DECLARED})
                succeeded = self.jobs.started(template, folder).status == 0
                artifacts.update(artifacts_of(folder))
            after = [*self.links[name]["success_nodes" if succeeded else "failure_nodes"], *self.links[name]["always_nodes"]]
            green = green and (succeeded or bool(after))
            following += after
        return ran, green


def artifacts_of(private: Path) -> dict[str, Any]:
    """Return what AWX keeps as the artifacts of a job."""
    events = (json.loads(path.read_text(encoding="utf-8")) for path in private.glob("artifacts/*/job_events/*.json"))
    (stats,) = (event["event_data"] for event in events if event["event"] == "playbook_on_stats")
    found: dict[str, Any] = stats.get("artifact_data") or {}
    return found


def test_the_workflow_applies_what_was_approved_and_ends_green_without_when_nothing_is_to_be_done(
    sim: SimulatorServer, ansible: Ansible
) -> None:
    workflow = Workflow(Jobs(ansible, tenants=TENANT), sim)
    assert workflow.launch(sim.journal.clear) == (["plan", "plan_is_empty", "approval", "apply"], True)
    assert [entry.method for entry in sim.journal.writes] == ["PUT"]

    sim.journal.clear()
    assert workflow.launch() == (["plan", "plan_is_empty"], True)
    assert sim.journal.writes == []


@pytest.mark.slow
def test_the_workflow_does_nothing_when_it_is_no_longer_what_was_approved(sim: SimulatorServer, ansible: Ansible) -> None:
    workflow = Workflow(Jobs(ansible, tenants=TENANT), sim)

    def changed_by_somebody() -> None:
        (service,) = sim.state.named(TENANT, STORED)
        service.parameters["Site2DCList"][0]["Bandwidth"] = "50000"

    assert workflow.launch(changed_by_somebody) == (["plan", "plan_is_empty", "approval", "apply"], False)
    assert sim.journal.writes == []


def test_the_inventory_source_shows_the_services(ansible: Ansible) -> None:
    jobs = Jobs(ansible, tenants=TENANT)
    (source,) = jobs.kit["inventory_sources"]
    assert source["credential"] == "K IES"
    private = jobs.prepare({}, jobs.inputs(TENANT), {})
    environment = yaml.safe_load((private / "env" / "envvars").read_text(encoding="utf-8"))
    command = ["ansible-inventory", "-i", str(private / "project" / source["source_path"]), "--list", "--export"]
    run = ansible.run(command, {**ansible.environment, **environment, "ANSIBLE_VERBOSITY": "0"})
    assert run.status == 0, run.output
    assert json.loads(run.stdout)["cloudvpn"]["hosts"] == [STORED]
