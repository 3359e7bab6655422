# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of role and playbooks, as the command line, a survey and files give them; and what a failure leaves."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import PACE, SERVICES, Ansible, Run, print_fact
from tests.unit.playbooks.test_fleet import NEW, STORED, TENANT, order, store, told

STORED_ID = "BkLfGSbKQXybr0kkj8MQTQ"
STORED_PATH = f"{SERVICES}/{STORED_ID}"
QUICK = ["-e", "cloudvpn_wait_sleep=0.1", "-e", "cloudvpn_wait_timeout=30.0"]
BLANK = [
    argument
    for name in ("wait", "max_parallel", "report", "ies", "hosts", "connection", "service_id", "missing_ok", "deactivate")
    for argument in ("-e", f"cloudvpn_{name}=")
]


def bandwidth(sim: SimulatorServer) -> str:
    """Return the bandwidth of the stored service."""
    (service,) = sim.state.named(TENANT, STORED)
    return str(service.parameters["Site2DCList"][0]["Bandwidth"])


def writes(sim: SimulatorServer) -> list[tuple[str, str]]:
    """Return the requests that changed something."""
    return [(entry.method, entry.path) for entry in sim.journal.writes]


class TestOwnVariables:
    """No playbook acts on a variable that is not its own."""

    def test_decommission_never_orders(self, sim: SimulatorServer, ansible: Ansible) -> None:
        tenant = {**PACE, "cloudvpn_services": [order(NEW, "vpn-new")], "cloudvpn_name": STORED, "cloudvpn_bandwidth": 5}
        ansible.playbook("cloudopera.ies.decommission", tenant=TENANT, variables=tenant).went_well()
        assert writes(sim) == [("DELETE", STORED_PATH)]

    def test_scale_changes_a_bandwidth_only(self, sim: SimulatorServer, ansible: Ansible) -> None:
        tenant = {**PACE, "cloudvpn_services": [order(NEW, "vpn-new")], "cloudvpn_name": STORED, "cloudvpn_bandwidth": 5}
        ansible.playbook("cloudopera.ies.scale", tenant=TENANT, variables=tenant).went_well()
        assert writes(sim) == [("PUT", STORED_PATH)]
        assert bandwidth(sim) == "5"

    @pytest.mark.parametrize("name", ["provision", "scale", "decommission"])
    def test_a_typing_mistake_is_an_error_before_anything_is_sent(
        self, name: str, sim: SimulatorServer, ansible: Ansible
    ) -> None:
        tenant = {"cloudvpn_services": [order(NEW, "vpn-new")], "cloudvpn_name": STORED, "cloudvpn_bandwidth": 5}
        run = ansible.playbook(f"cloudopera.ies.{name}", "-e", "cloudvpn_host=tenants", tenant=TENANT, variables=tenant)
        assert "cloudvpn_host is not a variable of cloudopera.ies; did you mean cloudvpn_hosts?" in run.failed().words
        assert sim.journal.entries == []


class TestCommandLine:
    """Strings from -e and from AWX surveys."""

    def test_provision(self, sim: SimulatorServer, ansible: Ansible) -> None:
        services = json.dumps([{"name": STORED, "bandwidth": "80000.0"}])
        arguments = ["-e", f"cloudvpn_services='{services}'", *QUICK, *BLANK, "-e", "cloudvpn_progress=false"]
        run = ansible.playbook("cloudopera.ies.provision", *arguments, tenant=TENANT).went_well()
        assert told(run) == []
        assert bandwidth(sim) == "80000"

    def test_provision_without_waiting(self, sim: SimulatorServer, ansible: Ansible) -> None:
        sim.options.latency = 0
        arguments = ["-e", "cloudvpn_wait=false", "-e", "cloudvpn_max_parallel=4"]
        variables = {"cloudvpn_services": [{"name": STORED, "bandwidth": 70000}], "cloudvpn_report": None}
        run = ansible.playbook("cloudopera.ies.provision", *arguments, tenant=TENANT, variables=variables).went_well()
        assert not [line for line in told(run) if "in progress, " in line and "ready, 0" in line]
        assert writes(sim) == [("PUT", STORED_PATH)]

    @pytest.mark.parametrize("value", ["80000", "80000.0"])
    def test_scale(self, sim: SimulatorServer, ansible: Ansible, value: str) -> None:
        arguments = ["-e", f"cloudvpn_name={STORED}", "-e", f"cloudvpn_bandwidth={value}", *QUICK, *BLANK]
        ansible.playbook("cloudopera.ies.scale", *arguments, tenant=TENANT).went_well()
        assert bandwidth(sim) == "80000"

    def test_scale_tells_namesakes_apart(self, sim: SimulatorServer, ansible: Ansible) -> None:
        other = store(sim, STORED, "vpn-other")
        arguments = ["-e", f"cloudvpn_name={STORED}", "-e", f"cloudvpn_service_id={other}", "-e", "cloudvpn_bandwidth=5"]
        ansible.playbook("cloudopera.ies.scale", *arguments, *QUICK, tenant=TENANT).went_well()
        assert writes(sim) == [("PUT", f"{SERVICES}/{other}")]

    @pytest.mark.parametrize("names", [f"{STORED},second", f'["{STORED}", "second"]'])
    def test_decommission_several(self, sim: SimulatorServer, ansible: Ansible, names: str) -> None:
        second = store(sim, "second", "vpn-2")
        sim.state.set_status(STORED_ID, active_status="Active")
        arguments = ["-e", f"cloudvpn_name='{names}'", "-e", "cloudvpn_deactivate=true", *QUICK]
        ansible.playbook("cloudopera.ies.decommission", *arguments, tenant=TENANT).went_well()
        assert sorted(path for method, path in writes(sim) if method == "DELETE") == sorted(
            [STORED_PATH, f"{SERVICES}/{second}"]
        )

    def test_decommission_by_id(self, sim: SimulatorServer, ansible: Ansible) -> None:
        other = store(sim, STORED, "vpn-other")
        arguments = ["-e", "cloudvpn_name=", "-e", f"cloudvpn_service_id={other}", *QUICK]
        ansible.playbook("cloudopera.ies.decommission", *arguments, tenant=TENANT).went_well()
        assert writes(sim) == [("DELETE", f"{SERVICES}/{other}")]

    def test_a_name_that_is_not_there_is_said(self, sim: SimulatorServer, ansible: Ansible) -> None:
        arguments = ["-e", "cloudvpn_name=never-there"]
        run = ansible.playbook("cloudopera.ies.decommission", *arguments, tenant=TENANT).went_well()
        assert "    not there: never-there" in told(run)
        arguments += ["-e", "cloudvpn_missing_ok=false"]
        run = ansible.playbook("cloudopera.ies.decommission", *arguments, tenant=TENANT).failed()
        assert "there is no service 'never-there'" in run.words
        assert sim.journal.writes == []

    def test_blank_settings_of_the_connection_are_none(self, ansible: Ansible) -> None:
        ansible.environment.update({"IES_API_RETRIES": "", "IES_CA_PATH": "", "IES_VALIDATE_CERTS": " ", "IES_API_TIMEOUT": ""})
        tasks = [
            {"name": "Blank in the environment", "cloudopera.ies.ies_service_info": {"details": False}},
            {
                "name": "Blank options",
                "cloudopera.ies.ies_service_info": {"details": False, "ca_path": "", "api_retries": "", "bearer_token": ""},
            },
            {
                "name": "Blank in the environment of a process",
                "cloudopera.ies.ies_service_info": {"details": False},
                "environment": {"LANG": "C.UTF-8"},
                "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            },
        ]
        ansible.playbook([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}], tenant=TENANT).went_well()

    def test_a_missing_option_names_its_service(self, sim: SimulatorServer, ansible: Ansible) -> None:
        services = [{"name": f"branch-{number}", "bandwidth": 5} for number in range(1, 19)]
        services[17]["site2dc"] = [{"cloud_vpn_name": "vpn-18"}]
        run = ansible.playbook("cloudopera.ies.provision", tenant=TENANT, variables={"cloudvpn_services": services}).failed()
        assert "cloudvpn_services[17] (branch-18): site2dc[0] has no bandwidth" in run.words
        assert sim.journal.entries == []


def rescued(services: Any, **variables: Any) -> list[dict[str, Any]]:
    """Return the play of the role's README, with its rescue; it prints the facts."""
    role: dict[str, Any] = {
        "ansible.builtin.include_role": {"name": "cloudopera.ies.cloudvpn"},
        "vars": {**PACE, **variables},
    }
    if services is not None:
        role["vars"]["cloudvpn_services"] = services
    message = (
        "{{ cloudvpn_result.services | rejectattr('error', 'none') | items2dict(key_name='name', value_name='error')"
        " or cloudvpn_result.msg }}"
    )
    show = {"name": "Show what failed", "ansible.builtin.debug": {"msg": message}}
    rescue = [show, print_fact("cloudvpn_plan"), print_fact("cloudvpn_result")]
    return [{"hosts": "localhost", "gather_facts": False, "tasks": [{"block": [role], "rescue": rescue}]}]


class TestFailure:
    """Facts and reasons survive a failure, wherever it comes from."""

    @staticmethod
    def survived(run: Run, reason: str) -> Run:
        assert run.status == 0, run.output
        assert reason in run.words.partition("TASK [Show what failed]")[2]
        assert run.count("skipped") == 0
        return run

    def test_a_failed_service(self, sim: SimulatorServer, ansible: Ansible) -> None:
        sim.faults.add("fail_async", method="PUT", reason="no route")
        run = ansible.playbook(rescued([{"name": STORED, "bandwidth": 5}, order(NEW, "vpn-new")]), tenant=TENANT)
        failed = {entry["name"]: entry["error"] for entry in run.fact("cloudvpn_result")["services"]}
        assert "no route" in failed[STORED]
        assert failed[NEW] is None
        assert [item["name"] for item in run.fact("cloudvpn_plan")["create"]] == [NEW]
        assert f"1 of 2 services failed: {STORED}: " in run.words
        assert "failed_when" not in run.output

    @pytest.mark.parametrize(
        ("services", "reason"),
        [
            (None, "cloudvpn_services is not given"),
            ("", "cloudvpn_services is not given"),
            ([{"name": STORED}, {"name": STORED}], "is declared twice"),
            ([{"name": STORED, "bandwith": 5}], "did you mean bandwidth?"),
        ],
    )
    def test_a_refused_declaration(self, sim: SimulatorServer, ansible: Ansible, services: Any, reason: str) -> None:
        run = self.survived(ansible.playbook(rescued(services), tenant=TENANT), reason)
        assert run.fact("cloudvpn_result")["services"] == []
        assert run.fact("cloudvpn_result")["error"]["kind"] == "invalid"
        assert run.fact("cloudvpn_plan")["create"] == []
        assert sim.journal.entries == []

    def test_a_refused_token(self, sim: SimulatorServer, ansible: Ansible) -> None:
        sim.options.tokens_expired = True
        self.survived(ansible.playbook(rescued([{"name": STORED, "bandwidth": 5}]), tenant=TENANT), "auth_token")


class TestReport:
    """The report is safe to write anywhere, and never in the way."""

    @pytest.mark.parametrize(
        ("path", "reason"),
        [("missing/plan.md", "does not exist; create it first"), ("link.md", "symbolic link"), (".", "is a directory")],
    )
    def test_what_cannot_be_written_is_found_before_anything_is_sent(
        self, sim: SimulatorServer, ansible: Ansible, path: str, reason: str
    ) -> None:
        victim = ansible.folder / "victim"
        victim.write_text("untouched", encoding="utf-8")
        victim.chmod(0o600)
        (ansible.folder / "link.md").symlink_to(victim)
        variables = {"cloudvpn_services": [{"name": STORED, "bandwidth": 5}], "cloudvpn_report": str(ansible.folder / path)}
        run = ansible.playbook("cloudopera.ies.provision", tenant=TENANT, variables=variables).failed()
        assert reason in run.words
        assert "cloudvpn_report: cannot write" in run.words
        assert sim.journal.entries == []
        assert victim.read_text(encoding="utf-8") == "untouched"
        assert stat.S_IMODE(victim.stat().st_mode) == 0o600

    def test_one_that_fails_in_the_end_hides_no_reason(self, sim: SimulatorServer, ansible: Ansible) -> None:
        folder = ansible.folder / "reports"
        folder.mkdir()
        sim.faults.add("fail_async", method="PUT", reason="no route")
        held = sim.faults.add("hang", method="PUT", process=True)
        variables = {
            **PACE,
            "cloudvpn_services": [{"name": STORED, "bandwidth": 5}],
            "cloudvpn_report": str(folder / "plan.md"),
        }
        started = ansible.start("cloudopera.ies.provision", TENANT, variables)
        sim.faults.wait_until_held(held)
        folder.rmdir()
        sim.faults.release(held.id)
        output = " ".join(started.communicate(timeout=60)[0].split())
        assert started.returncode == 2
        assert "no route" in output
        assert "[WARNING]: cloudvpn_report: cannot write" in output

    def test_an_existing_one_keeps_its_mode(self, ansible: Ansible) -> None:
        report = Path(ansible.folder / "plan.md")
        report.write_text("old", encoding="utf-8")
        report.chmod(0o640)
        play = rescued([{"name": STORED, "bandwidth": 60000}], cloudvpn_report=str(report))
        ansible.playbook(play, tenant=TENANT).went_well()
        assert report.read_text(encoding="utf-8").startswith("# CloudVPN plan")
        assert stat.S_IMODE(report.stat().st_mode) == 0o640


@pytest.mark.parametrize("hosts", ["north,south", '["north", "south"]', ["north", "south"]])
def test_hosts_in_every_form(sim: SimulatorServer, ansible: Ansible, hosts: Any) -> None:
    inventory = ansible.write("inventory.yml", {"all": {"hosts": {"north": {}, "south": {}, "west": {}}}})
    variables = {"cloudvpn_hosts": hosts, "cloudvpn_name": "never-there"}
    arguments = ["-i", inventory]
    run = ansible.playbook("cloudopera.ies.decommission", *arguments, tenant=TENANT, variables=variables).went_well()
    # The last task, which is one for all hosts, counts for the first.
    assert (run.count("ok", "north"), run.count("ok", "south")) == (2, 1)
    assert "west" not in run.stdout.partition("PLAY RECAP")[2]


def test_a_connection_among_the_variables_of_the_role_is_not_shown(sim: SimulatorServer, ansible: Ansible) -> None:
    services = [{"name": STORED, "bandwidth": 60000}]
    variables = {"cloudvpn_ies": ansible.options(TENANT), "cloudvpn_services": services}
    # Parameters beside the name of a role are another matter: Ansible hands them to every callback plugin as they are.
    role = {"role": "cloudopera.ies.cloudvpn", "vars": variables}
    ansible.playbook([{"hosts": "localhost", "gather_facts": False, "roles": [role]}]).went_well()
    assert {entry.tenant for entry in sim.journal.entries} == {TENANT}


def test_tenants_are_looped_over_with_the_role(sim: SimulatorServer, ansible: Ansible) -> None:
    tenants = {"nbitest_12": "site2dc_201705071132", "nbitest_16": STORED}
    items = [{"ies": ansible.options(tenant), "services": [{"name": name, "bandwidth": 5}]} for tenant, name in tenants.items()]
    task: dict[str, Any] = {
        "ansible.builtin.include_role": {"name": "cloudopera.ies.cloudvpn"},
        "vars": {**PACE, "cloudvpn_ies": "{{ tenant.ies }}", "cloudvpn_services": "{{ tenant.services }}"},
        "loop": [0, 1],
        "loop_control": {"loop_var": "number"},
    }
    task["vars"]["tenant"] = "{{ tenants[number] }}"
    play = {"hosts": "localhost", "gather_facts": False, "vars": {"tenants": items}, "tasks": [task]}
    # Not those of the environment, which are of another tenant.
    ansible.playbook([play], tenant="nbitest_14").went_well()
    assert sorted(str(entry.tenant) for entry in sim.journal.writes) == sorted(tenants)
