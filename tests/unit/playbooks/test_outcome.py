# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbooks hand to later jobs, and what these make of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import PACE, Ansible, Run
from tests.unit.playbooks.test_elastic import POLICIES, POLICY, load
from tests.unit.playbooks.test_fleet import NEW, STORED, TENANT, order

STORED_VPN = "0S2DC6201705071300"
COUNTS = dict.fromkeys(
    ("create", "update", "recreate", "delete", "unchanged", "failed", "tenants", "failed_tenants"),
    0,
)


def counts(**some: int) -> dict[str, int]:
    """Return the counts of one tenant."""
    return {**COUNTS, "tenants": 1, **some}


def statistics(run: Run) -> dict[str, Any]:
    """Return the statistics of the run, as Ansible shows them at the end."""
    (shown,) = re.findall(r"^\tRUN: (\{.*?^\}|\{.*\})", run.stdout.partition("CUSTOM STATS")[2], re.MULTILINE | re.DOTALL)
    found: dict[str, Any] = json.loads(shown)
    return found


def without_fingerprint(found: dict[str, Any]) -> dict[str, Any]:
    """Return the statistics without the fingerprint of the plan, which has to be there."""
    assert found["cloudvpn_plan_fingerprint"]
    return {name: value for name, value in found.items() if name != "cloudvpn_plan_fingerprint"}


@pytest.fixture(autouse=True)
def _shown(ansible: Ansible) -> None:
    ansible.environment["ANSIBLE_SHOW_CUSTOM_STATS"] = "true"


def test_provision(sim: SimulatorServer, ansible: Ansible) -> None:
    variables = {**PACE, "cloudvpn_services": [order(NEW, "vpn-new"), {"name": STORED, "bandwidth": 60000}]}
    expected = {
        "cloudvpn_changed": True,
        "cloudvpn_status": "ok",
        "cloudvpn_counts": counts(create=1, unchanged=1),
    }
    checked = ansible.playbook("cloudopera.ies.provision", "--check", tenant=TENANT, variables=variables).went_well()
    assert without_fingerprint(statistics(checked)) == expected
    assert sim.journal.writes == []
    run = ansible.playbook("cloudopera.ies.provision", tenant=TENANT, variables=variables).went_well()
    assert without_fingerprint(statistics(run)) == expected
    # A later job gets them as extra variables, which win over all others, and does what it would do without.
    handed = {**variables, **expected, "cloudvpn_status": "error", "cloudvpn_counts": counts(failed=9)}
    again = ansible.playbook("cloudopera.ies.provision", tenant=TENANT, variables=handed).went_well()
    assert without_fingerprint(statistics(again)) == {
        "cloudvpn_changed": False,
        "cloudvpn_status": "ok",
        "cloudvpn_counts": counts(unchanged=2),
    }


@pytest.mark.parametrize(
    ("playbook", "arguments", "expected"),
    [
        ("scale", ["cloudvpn_bandwidth=80000"], (True, "ok", counts(update=1))),
        ("decommission", [], (True, "ok", counts(delete=1))),
        # What fails in each way: a variable, a value, the server, a template.
        ("scale", ["cloudvpn_bandwith=80000"], (False, "error", counts(failed_tenants=1))),
        ("scale", ["cloudvpn_bandwidth="], (False, "error", counts(failed_tenants=1))),
        ("decommission", ["cloudvpn_name=gone", "cloudvpn_missing_ok=false"], (False, "error", (1, 1))),
        ("decommission", ["cloudvpn_report='{{ 1 // 0 }}'"], (False, "error", counts(failed_tenants=1))),
    ],
)
def test_others(ansible: Ansible, playbook: str, arguments: list[str], expected: tuple[Any, ...]) -> None:
    given = [
        argument for pair in (f"cloudvpn_name={STORED}", "cloudvpn_wait_sleep=0.1", *arguments) for argument in ("-e", pair)
    ]
    run = ansible.playbook(f"cloudopera.ies.{playbook}", *given, tenant=TENANT)
    changed, status, counted = expected
    (run.went_well if status == "ok" else run.failed)()
    found = statistics(run)
    assert (found["cloudvpn_changed"], found["cloudvpn_status"]) == (changed, status)
    if isinstance(counted, tuple):
        assert (found["cloudvpn_counts"]["failed"], found["cloudvpn_counts"]["failed_tenants"]) == counted
    else:
        assert found["cloudvpn_counts"] == counted


def test_elastic(sim: SimulatorServer, ansible: Ansible) -> None:
    load(sim, STORED_VPN, 55000)
    variables = {**PACE, "cloudvpn_elastic": [{"name": STORED}], "cloudvpn_elastic_policy": POLICY}
    run = ansible.playbook("cloudopera.ies.elastic", tenant=TENANT, variables=variables).went_well()
    assert statistics(run) == {
        "cloudvpn_changed": False,
        "cloudvpn_status": "ok",
        "cloudvpn_counts": {**counts(update=1), "raise": 1, "lower": 0, "hold": 0, "applied": 0},
    }


def test_elastic_replay(ansible: Ansible) -> None:
    ansible.write("traffic.csv", "time,value\n2026-01-01T00:00:00Z,10\n2026-01-01T00:01:00Z,20\n")
    variables = {"cloudvpn_traffic_file": "traffic.csv", "cloudvpn_bandwidth": 60000, "cloudvpn_elastic_policies": POLICIES}
    run = ansible.playbook("cloudopera.ies.elastic_replay", variables=variables).went_well()
    found = statistics(run)
    assert (found["cloudvpn_changed"], found["cloudvpn_status"]) == (False, "ok")
    assert found["cloudvpn_counts"]["policies"] == len(POLICIES) + 3


def test_plan(ansible: Ansible) -> None:
    variables = {"cloudvpn_services": [{"name": STORED, "bandwidth": 80000}]}
    alone = statistics(ansible.playbook("cloudopera.ies.plan", tenant=TENANT, variables=variables).went_well())
    assert (alone["cloudvpn_changed"], alone["cloudvpn_counts"]) == (True, counts(update=1))
    fingerprint = alone["cloudvpn_plan_fingerprint"]
    assert re.fullmatch(r"\S{16,}", fingerprint)
    inventory = ansible.write("inventory.yml", {"all": {"hosts": {"north": {}, "south": {}}}})
    several = ["-i", inventory, "-e", "cloudvpn_hosts=all"]
    run = ansible.playbook("cloudopera.ies.plan", *several, tenant=TENANT, variables=variables).went_well()
    assert sorted(statistics(run)["cloudvpn_plan_fingerprint"]) == ["north", "south"]
    # The next job gets it as an extra variable.
    handed = {**PACE, **variables, **alone}
    applied = ansible.playbook("cloudopera.ies.apply", tenant=TENANT, variables=handed).went_well()
    assert statistics(applied)["cloudvpn_counts"] == counts(update=1)
    again = ansible.playbook("cloudopera.ies.apply", tenant=TENANT, variables=handed).failed()
    assert (statistics(again)["cloudvpn_status"], "cloudvpn_plan_fingerprint" in statistics(again)) == ("error", False)


def test_export_and_validate(ansible: Ansible) -> None:
    exported = ansible.playbook("cloudopera.ies.export", "-e", "cloudvpn_export_file=services.yml", tenant=TENANT).went_well()
    found = statistics(exported)
    assert (found["cloudvpn_changed"], found["cloudvpn_status"]) == (True, "ok")
    number = found["cloudvpn_counts"]["services"]
    assert number > 0
    validated = ansible.playbook("cloudopera.ies.validate", "-e", "@services.yml").went_well()
    assert statistics(validated)["cloudvpn_counts"] == {**counts(), "services": number, "errors": 0}
    wrong = {"cloudvpn_services": [{"name": STORED, "bandwith": 5}, {"bandwidth": 5}]}
    refused = statistics(ansible.playbook("cloudopera.ies.validate", variables=wrong).failed())
    assert (refused["cloudvpn_status"], refused["cloudvpn_counts"]["errors"]) == ("error", 2)


def test_all_tenants_together(sim: SimulatorServer, ansible: Ansible) -> None:
    good = {"cloudvpn_ies": ansible.options(TENANT), "cloudvpn_services": [{"name": STORED, "bandwidth": 60000}]}
    hosts = {
        # The first of them fails: it is also the host that the last task runs for.
        "aaa": {**good, "cloudvpn_services": [{"name": STORED, "bandwith": 5}]},
        "lost": {**good, "ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1},
        **{f"tenant-{number}": good for number in range(8)},
    }
    inventory = ansible.write("inventory.yml", {"all": {"hosts": hosts}})
    run = ansible.playbook("cloudopera.ies.provision", "-i", inventory, "-e", "cloudvpn_hosts=all", variables=PACE)
    assert run.status != 0
    fingerprints = statistics(run)["cloudvpn_plan_fingerprint"]
    assert sorted(fingerprints) == [f"tenant-{number}" for number in range(8)]
    assert without_fingerprint(statistics(run)) == {
        "cloudvpn_changed": False,
        "cloudvpn_status": "error",
        "cloudvpn_counts": {**COUNTS, "unchanged": 8, "tenants": 10, "failed_tenants": 2},
    }
    assert run.stdout.count("TASK [Hand the outcome to later jobs]") == 1


@pytest.mark.parametrize("bandwidth", [60000, 0])
def test_ansible_runner_and_awx_take_them_as_artifacts(ansible: Ansible, tmp_path: Path, bandwidth: int) -> None:
    private = tmp_path / "runner"
    for folder in ("env", "project"):
        (private / folder).mkdir(parents=True)
    ansible.write("runner/env/envvars", {**ansible.connection(TENANT)})
    ansible.write("runner/env/extravars", {**PACE, "cloudvpn_services": [{"name": STORED, "bandwidth": bandwidth}]})
    ansible.run(["ansible-runner", "run", str(private), "-p", "cloudopera.ies.provision"], ansible.environment)
    events = (json.loads(path.read_text(encoding="utf-8")) for path in private.glob("artifacts/*/job_events/*.json"))
    (stats,) = (event["event_data"] for event in events if event["event"] == "playbook_on_stats")
    assert stats["artifact_data"]["cloudvpn_status"] == ("ok" if bandwidth else "error")
    assert stats["artifact_data"]["cloudvpn_counts"]["tenants"] == 1


class TestOwnPlays:
    """The task at the end of a play of the user's."""

    @staticmethod
    def run(ansible: Ansible, arguments: dict[str, Any]) -> Run:
        task = {"name": "Hand over", "cloudopera.ies.outcome": arguments}
        return ansible.playbook([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}])

    def test_a_variable_that_is_not_there_is_a_failure(self, ansible: Ansible) -> None:
        run = self.run(ansible, {"result": "cloudvpn_result"}).went_well()
        assert statistics(run)["cloudvpn_status"] == "error"

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [({}, "result is not given"), ({"result": " "}, "result is not given"), ({"results": "x"}, "has no option results")],
    )
    def test_a_mistake_is_said(self, ansible: Ansible, arguments: dict[str, Any], reason: str) -> None:
        assert reason in self.run(ansible, arguments).failed().words
