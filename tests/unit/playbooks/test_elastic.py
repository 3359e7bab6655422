# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role and playbooks of elastic bandwidth, as a user runs them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.journal import Entry
from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import PACE, SERVICES, Ansible, kill_group, print_fact
from tests.unit.playbooks.test_fleet import STORED, TENANT, store

STORED_PATH = f"{SERVICES}/BkLfGSbKQXybr0kkj8MQTQ"
STORED_VPN = "0S2DC6201705071300"
POLICY = {"minimum": 20000, "maximum": 100000, "step": 10000, "traffic_unit": 1}
APPLIED = {
    **PACE,
    "cloudvpn_elastic": [{"name": STORED}],
    "cloudvpn_elastic_policy": POLICY,
    "cloudvpn_elastic_mode": "apply",
}
POLICIES = {"balanced": POLICY, "calm": {**POLICY, "profile": "calm"}}


def load(sim: SimulatorServer, vpn: str, value: float) -> None:
    """Have the simulator tell that a connection carried so much in every minute of the last half day."""
    now = int(sim.clock.now())
    points = [{"time": at, "value": value} for at in range(now - 12 * 3600, now, 60)]
    path = f"traffic/connections/{vpn}/"
    sim.faults.add("status", method="GET", path=path, times=None, status=200, body={"data": points})


def bandwidth(sim: SimulatorServer) -> str:
    """Return the bandwidth of the stored service."""
    (service,) = sim.state.named(TENANT, STORED)
    return str(service.parameters["Site2DCList"][0]["Bandwidth"])


def writes(sim: SimulatorServer) -> list[tuple[str, str]]:
    """Return the requests that changed something."""
    return [(entry.method, entry.path) for entry in sim.journal.writes]


def ordered(entry: Entry) -> list[dict[str, Any]]:
    """Return the connections that a request changes."""
    return list(entry.body["service"]["parameters"]["Site2DCList"])


def play(**variables: Any) -> list[dict[str, Any]]:
    """Return a play with the role, which prints its result whatever becomes of it."""
    role = {"ansible.builtin.include_role": {"name": "cloudopera.ies.cloudvpn_elastic"}, "vars": {**PACE, **variables}}
    tasks = [{"block": [role], "always": [print_fact("cloudvpn_elastic_result")]}]
    return [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]


class TestRole:
    """The role in a play of the user's."""

    def test_recommend_and_then_apply(self, sim: SimulatorServer, ansible: Ansible, tmp_path: Path) -> None:
        load(sim, STORED_VPN, 55000)
        variables: dict[str, Any] = {"cloudvpn_elastic": [{"name": STORED}], "cloudvpn_elastic_policy": POLICY}
        run = ansible.playbook(play(**variables), tenant=TENANT).went_well()
        result = run.fact("cloudvpn_elastic_result")
        (entry,) = result["connections"]
        assert (entry["decision"], entry["target"], entry["applied"], result["changed"]) == ("raise", 70000, False, False)
        assert writes(sim) == []
        line = f"[localhost] {STORED}, {STORED_VPN}  {'█' * 24}  raise 60,000 -> 70,000: p95 of the last 15 min"
        assert line in run.stdout
        metrics = tmp_path / "cloudvpn.prom"
        applying = {**variables, "cloudvpn_elastic_mode": "apply", "cloudvpn_metrics_file": str(metrics)}
        run = ansible.playbook(play(**applying), tenant=TENANT).went_well()
        (entry,) = run.fact("cloudvpn_elastic_result")["connections"]
        assert entry["applied"] is True
        assert writes(sim) == [("PUT", STORED_PATH)]
        assert bandwidth(sim) == "70000"
        text = metrics.read_text(encoding="utf-8")
        assert f'cloudopera_ies_bandwidth{{tenant="localhost",service="{STORED}"' in text
        assert 'cloudopera_ies_elastic_errors{tenant="localhost"} 0' in text

    def test_one_bad_connection(self, sim: SimulatorServer, ansible: Ansible, tmp_path: Path) -> None:
        store(sim, "second", "vpn-2")
        load(sim, STORED_VPN, 55000)
        metrics = tmp_path / "cloudvpn.prom"
        both = [{"name": "never-there"}, {"name": STORED}]
        variables = {"cloudvpn_elastic": both, "cloudvpn_elastic_policy": POLICY, "cloudvpn_elastic_mode": "apply"}
        run = ansible.playbook(play(**variables, cloudvpn_metrics_file=str(metrics)), tenant=TENANT).failed()
        assert "1 of 2 connections failed: never-there: there is no service" in run.words
        bad, good = run.fact("cloudvpn_elastic_result")["connections"]
        assert (bad["error"] is None, good["applied"]) == (False, True)
        assert bandwidth(sim) == "70000"
        assert 'cloudopera_ies_elastic_errors{tenant="localhost"} 1' in metrics.read_text(encoding="utf-8")

    def test_nothing_is_given(self, sim: SimulatorServer, ansible: Ansible) -> None:
        run = ansible.playbook(play(), tenant=TENANT).failed()
        assert "neither cloudvpn_elastic nor cloudvpn_services is given" in run.words
        assert run.fact("cloudvpn_elastic_result")["connections"] == []
        assert sim.journal.entries == []

    def test_a_report_that_cannot_be_made_is_a_warning(self, sim: SimulatorServer, ansible: Ansible, tmp_path: Path) -> None:
        load(sim, STORED_VPN, 55000)
        (tmp_path / "folder").mkdir()
        refused = {"cloudvpn_elastic_report": str(tmp_path / "folder")}
        variables = {"cloudvpn_elastic": [{"name": STORED}], "cloudvpn_elastic_policy": POLICY}
        run = ansible.playbook(play(**variables, **refused), tenant=TENANT).failed()
        assert "cloudvpn_elastic_report: cannot write" in run.words
        assert sim.journal.entries == []


class TestElastic:
    """The playbook `cloudopera.ies.elastic`."""

    def test_strings(self, sim: SimulatorServer, ansible: Ansible) -> None:
        load(sim, STORED_VPN, 55000)
        site = {"cloud_vpn_name": STORED_VPN, "bandwidth_min": "20000", "bandwidth_max": 70000}
        given = {
            "cloudvpn_services": json.dumps([{"name": STORED, "site2dc": [site]}]),
            "cloudvpn_elastic_policy": '{"traffic_unit": 1}',
            **{"cloudvpn_elastic_mode": "apply", "cloudvpn_elastic_total_maximum": "69000.0", "cloudvpn_wait_sleep": "0.1"},
            **dict.fromkeys(("cloudvpn_elastic", "cloudvpn_elastic_report", "cloudvpn_metrics_file", "cloudvpn_ies"), ""),
        }
        arguments = [part for name, value in given.items() for part in ("-e", f"{name}='{value}'")]
        ansible.playbook("cloudopera.ies.elastic", *arguments, tenant=TENANT).went_well()
        assert bandwidth(sim) == "66000"

    def test_check_mode(self, sim: SimulatorServer, ansible: Ansible) -> None:
        load(sim, STORED_VPN, 55000)
        variables = {
            **{"cloudvpn_elastic": [{"name": STORED}], "cloudvpn_elastic_policy": POLICY, "cloudvpn_elastic_mode": "apply"},
        }
        ansible.playbook("cloudopera.ies.elastic", "--check", tenant=TENANT, variables=variables).went_well()
        assert writes(sim) == []

    def test_it_may_be_started_twice(self, sim: SimulatorServer, ansible: Ansible) -> None:
        # As an event source does, which tells a decision until it has been carried out.
        load(sim, STORED_VPN, 55000)
        for _time in range(2):
            ansible.playbook("cloudopera.ies.elastic", tenant=TENANT, variables=APPLIED).went_well()
        assert bandwidth(sim) == "70000"
        assert writes(sim) == [("PUT", STORED_PATH)]

    def test_it_may_run_twice_at_once(self, sim: SimulatorServer, ansible: Ansible) -> None:
        load(sim, STORED_VPN, 55000)
        # Both have looked and decided before either of them changes anything.
        order = sim.faults.add("hang", method="PUT", times=2)
        running = [ansible.start("cloudopera.ies.elastic", TENANT, APPLIED) for _number in range(2)]
        try:
            sim.faults.wait_until_held(order, count=2, limit=60)
            sim.faults.release(order.id)
            printed = [process.communicate(timeout=60)[0] for process in running]
        finally:
            for process in running:
                kill_group(process)
        assert [process.returncode for process in running] == [0, 0], "\n".join(printed)
        assert sorted(re.findall(r"changed=(\d)", "".join(printed))) == ["0", "1"]
        assert bandwidth(sim) == "70000"
        assert {item["Bandwidth"] for entry in sim.journal.writes for item in ordered(entry)} == {"70000"}

    def test_it_says_what_to_pass(self, sim: SimulatorServer, ansible: Ansible) -> None:
        run = ansible.playbook("cloudopera.ies.elastic", tenant=TENANT).failed()
        assert "Say which connections to watch: ansible-playbook cloudopera.ies.elastic -e @services.yml" in run.words
        assert sim.journal.entries == []

    def test_a_typing_mistake(self, sim: SimulatorServer, ansible: Ansible) -> None:
        variables = {"cloudvpn_elastic": [{"name": STORED}], "cloudvpn_elastic_polic": POLICY}
        run = ansible.playbook("cloudopera.ies.elastic", tenant=TENANT, variables=variables).failed()
        assert "did you mean cloudvpn_elastic_policy?" in run.words
        assert sim.journal.entries == []


class TestReplay:
    """The playbook `cloudopera.ies.elastic_replay`."""

    def test_a_file(self, sim: SimulatorServer, ansible: Ansible, tmp_path: Path) -> None:
        rows = [f"{at * 60},{50000 if 600 < at < 900 else 10000},ignored" for at in range(1440)]
        (tmp_path / "traffic.csv").write_text("\n".join(["time,value,more", *rows]), encoding="utf-8")
        variables = {"cloudvpn_elastic_policies": POLICIES}
        arguments = ["-e", "cloudvpn_traffic_file=traffic.csv", "-e", "cloudvpn_bandwidth=60000.0"]
        run = ansible.playbook("cloudopera.ies.elastic_replay", *arguments, variables=variables).went_well()
        lines = [line for line in run.stdout.splitlines() if line.startswith("[localhost] ")]
        assert [line.split()[1] for line in lines] == ["policy", "balanced", "calm", "fixed", "naive", "oracle", "recorded"]
        assert sim.journal.entries == []

    def test_a_single_policy(self, ansible: Ansible, tmp_path: Path) -> None:
        (tmp_path / "traffic.csv").write_text("".join(f"{at * 60},10000\n" for at in range(60)), encoding="utf-8")
        variables = {"cloudvpn_elastic_policy": POLICY, "cloudvpn_traffic_file": "traffic.csv", "cloudvpn_bandwidth": 60000}
        run = ansible.playbook("cloudopera.ies.elastic_replay", variables=variables).went_well()
        assert "[localhost] policy " in run.stdout
        named = {**variables, "cloudvpn_elastic_policies": {"quick": {"min_hold": 0}}}
        run = ansible.playbook("cloudopera.ies.elastic_replay", variables=named).went_well()
        assert "[localhost] quick " in run.stdout

    def test_a_live_connection(self, sim: SimulatorServer, ansible: Ansible) -> None:
        variables = {"cloudvpn_elastic_policies": json.dumps(POLICIES), "cloudvpn_elastic_start_time": "-1d"}
        arguments = ["-e", f"cloudvpn_connection={STORED_VPN}", "-e", "cloudvpn_bandwidth=60000"]
        ansible.playbook("cloudopera.ies.elastic_replay", *arguments, tenant=TENANT, variables=variables).went_well()
        assert {entry.query["direction"] for entry in sim.journal.entries} == {"outbound", "inbound"}
        assert writes(sim) == []

    @pytest.mark.parametrize(
        ("csv", "policies", "message"),
        [
            ("time,value\n0,5\n60,much\n", POLICIES, "traffic.csv, line 3: the value is 'much'"),
            ("0,5\n0,6\n", POLICIES, "traffic.csv, line 2: the time '0' stands on line 1 as well"),
            (
                "0,5\n",
                {"mine": {**POLICY, "headrom": 5}},
                "cloudvpn_elastic_policies.mine: policy has the unknown key 'headrom'",
            ),
            ("0,5\n", {"oracle": POLICY}, "a policy is named oracle"),
            ("0,5\n", {}, "Say what to replay"),
            (None, POLICIES, "No such file or directory"),
        ],
    )
    def test_what_cannot_be_replayed(
        self, ansible: Ansible, tmp_path: Path, csv: str | None, policies: dict[str, Any], message: str
    ) -> None:
        if csv is not None:
            (tmp_path / "traffic.csv").write_text(csv, encoding="utf-8")
        arguments = ["-e", "cloudvpn_traffic_file=traffic.csv", "-e", "cloudvpn_bandwidth=60000"]
        variables = {"cloudvpn_elastic_policies": policies}
        run = ansible.playbook("cloudopera.ies.elastic_replay", *arguments, variables=variables).failed()
        assert message in run.words

    def test_it_says_what_to_pass(self, sim: SimulatorServer, ansible: Ansible) -> None:
        run = ansible.playbook("cloudopera.ies.elastic_replay", tenant=TENANT).failed()
        assert "Say what to replay: ansible-playbook cloudopera.ies.elastic_replay" in run.words
        assert sim.journal.entries == []
