# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The story of a fleet: what a run of many services shows, what a failure leaves, and tenants side by side."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.samples import SITE2DC_DEFINITION, SITE2DC_TEMPLATE, site2dc_item
from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import PACE, SERVICES, Ansible, Run, print_fact

TENANT = "nbitest_16"
STORED = "site2dc6_201705071300"
NEW = "site2dc7"
GONE = "site2dc8"
SAME = "site2dc9"

# Tenant -> its service (contract 10); five of them are tenants of an estate.
ESTATE = {
    "nbitest_12": ("site2dc_201705071132", "9LbuAd11Qe-cuGnVONz6qw"),
    "nbitest_13": ("site2dc3_201705081840", "FLAUUc8NT0qN-mNTM_lcfw"),
    "nbitest_14": ("site2dc4_201705071158", "L8YNdmm4Rg-SJcMnlicUQA"),
    "nbitest_15": ("site2dc5_201705071256", "FbqROiHgSyGhZpzJPXH_BA"),
    "nbitest_16": (STORED, "BkLfGSbKQXybr0kkj8MQTQ"),
}
# What slices are run by.
PROGRAMS = ["ansible-playbook", "ansible-runner"]


def order(name: str, vpn: str, **changes: Any) -> dict[str, Any]:
    """Return a declaration of a service with one connection."""
    return {"name": name, "service_definition": "Site2DC", "site2dc": [{"cloud_vpn_name": vpn, "bandwidth": 60000}], **changes}


def store(sim: SimulatorServer, name: str, vpn: str) -> str:
    """Put a service into the simulator and return its id."""
    parameters = {"Site2DCList": [site2dc_item(vpn)]}
    ids = {"service_definition_id": SITE2DC_DEFINITION, "template_id": SITE2DC_TEMPLATE}
    return sim.state.add_service(TENANT, name, parameters, **ids).service_id


@pytest.fixture
def declared(sim: SimulatorServer) -> list[dict[str, Any]]:
    """Declarations of which one creates, one changes, one removes, and one does nothing."""
    store(sim, GONE, "vpn-8")
    store(sim, SAME, "vpn-9")
    return [
        order(NEW, "vpn-7"),
        {"name": STORED, "bandwidth": 80000},
        {"name": GONE, "state": "absent"},
        {"name": SAME, "bandwidth": 60000},
    ]


def told(run: Run, host: str = "localhost") -> list[str]:
    """Return the lines that were shown for a host while a task was going on."""
    return [line.removeprefix(f"[{host}] ") for line in run.stdout.splitlines() if line.startswith(f"[{host}] ")]


def role_play(services: list[dict[str, Any]], **variables: Any) -> list[dict[str, Any]]:
    """Return a playbook that applies the role and prints its facts, also when the role fails."""
    role = {"name": "cloudopera.ies.cloudvpn"}
    variables = {**PACE, "cloudvpn_services": services, **variables}
    facts = [print_fact("cloudvpn_plan"), print_fact("cloudvpn_result")]
    tasks = [{"block": [{"ansible.builtin.include_role": role, "vars": variables}], "always": facts}]
    return [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]


def test_a_run_shows_plan_progress_and_summary(sim: SimulatorServer, ansible: Ansible, declared: list[dict[str, Any]]) -> None:
    gone = sim.state.named(TENANT, GONE)[0].service_id
    run = ansible.playbook(role_play(declared), tenant=TENANT).went_well()
    lines = told(run)
    assert lines[:4] == [
        f"  + create   {NEW:<{len(STORED)}}  vpn-7 Bandwidth 60000",
        f"  ~ update   {STORED}  Bandwidth 60000 -> 80000",
        f"  - delete   {GONE:<{len(STORED)}}  {gone}",
        "Plan: 1 to create, 1 to update, 0 to recreate, 1 to delete, 1 unchanged",
    ]
    waits = [line for line in lines if "in progress" in line]
    assert lines[4 : 4 + len(waits)] == waits
    assert re.fullmatch(r"[12] ready, (1 gone, )?[123] in progress \(oldest \d+s\), 0 failed", waits[0])
    assert waits[-1] == "3 ready, 1 gone, 0 in progress, 0 failed"
    assert [re.sub(" +", " ", line) for line in lines[4 + len(waits) :]] == [
        "service done status result",
        f"{NEW} create Completed ok",
        f"{STORED} update Completed ok",
        f"{GONE} delete gone ok",
        "Done: 3 changed, 1 unchanged, 0 failed",
    ]
    # Once, and not again by a task.
    assert run.output.count("Plan: ") == 1


def test_a_check_shows_the_plan_alone(sim: SimulatorServer, ansible: Ansible, declared: list[dict[str, Any]]) -> None:
    lines = told(ansible.playbook(role_play(declared), "--check", tenant=TENANT).went_well())
    assert [line.split()[:2] for line in lines[:-1]] == [["+", "create"], ["~", "update"], ["-", "delete"]]
    assert lines[-1].startswith("Plan: 1 to create, 1 to update")
    assert sim.journal.writes == []


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_without_progress_it_is_quiet(ansible: Ansible, declared: list[dict[str, Any]], arguments: list[str]) -> None:
    run = ansible.playbook(role_play(declared, cloudvpn_progress=False), *arguments, tenant=TENANT).went_well()
    assert told(run) == []
    assert "Plan: " not in run.output
    assert "Done: " not in run.output
    assert run.count("changed") == 1


def test_what_nobody_could_follow_is_shown_afterwards(ansible: Ansible, declared: list[dict[str, Any]]) -> None:
    play = role_play(declared)
    # Beyond the variables of the collection: then a process of its own does the work.
    play[0]["environment"] = {"LANG": "C.UTF-8"}
    play[0]["vars"] = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    run = ansible.playbook(play, tenant=TENANT).went_well()
    assert "in progress" not in run.words
    assert told(run)[0].startswith("  + create")
    assert told(run)[-1] == "Done: 3 changed, 1 unchanged, 0 failed"
    for phrase in (f"~ update {STORED}", "Plan: 1 to create", f"{NEW} create Completed ok", "Done: 3 changed"):
        assert phrase in run.words


def test_the_report_tells_the_plan_before_and_the_result_after(
    sim: SimulatorServer, ansible: Ansible, declared: list[dict[str, Any]]
) -> None:
    report = ansible.folder / "plan.md"
    play = role_play([*declared, {"name": "a|b", "state": "absent"}], cloudvpn_report=str(report))
    sim.state.add_service(
        TENANT, "a|b", {}, service_definition_id=SITE2DC_DEFINITION, template_id=SITE2DC_TEMPLATE, service_id="id-1"
    )
    checked = ansible.playbook(play, "--check", tenant=TENANT).went_well()
    foreseen = report.read_text(encoding="utf-8")
    rows = foreseen.splitlines()
    assert rows[2:4] == ["- Tenant: localhost", f"- Server: `{sim.url}`"]
    assert re.fullmatch(r"- Time: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", rows[4])
    assert rows[6] == "Plan: 1 to create, 1 to update, 0 to recreate, 2 to delete, 1 unchanged"
    assert f"| `+` create | {NEW} |  | vpn-7 Bandwidth 60000 |" in rows
    assert "| `-` delete | a\\|b | id-1 | id-1 |" in rows
    assert "Done" not in foreseen
    assert sim.journal.writes == []
    # A page is no change to a tenant: what changed is what would be done, in one task.
    assert checked.count("changed") == 1

    done = ansible.playbook(play, tenant=TENANT).went_well()
    page = report.read_text(encoding="utf-8").splitlines()
    assert page[:4] + page[5:] == [*rows[:4], *rows[5:], "", "Done: 4 changed, 1 unchanged, 0 failed"]
    assert done.count("changed") == 1


def test_the_report_is_written_although_a_service_fails(sim: SimulatorServer, ansible: Ansible) -> None:
    sim.faults.add("fail_async", method="PUT", reason="no | route")
    (ansible.folder / "plays").mkdir()
    play = ansible.write("plays/play.yml", role_play([{"name": STORED, "bandwidth": 80000}], cloudvpn_report="plan.md"))
    ansible.playbook(play, tenant=TENANT).failed()
    # Where the play was started, not where its playbook lies.
    page = (ansible.folder / "plan.md").read_text(encoding="utf-8")
    assert "## Failed" in page
    assert "no \\| route" in page
    assert page.endswith("Done: 0 changed, 0 unchanged, 1 failed\n")


def test_the_report_of_check_mode_names_what_cannot_be_planned(sim: SimulatorServer, ansible: Ansible) -> None:
    play = role_play([order("refused", "vpn-r", service_definition="Site2Moon")], cloudvpn_report="plan.md")
    ansible.playbook(play, "--check", tenant=TENANT).failed()
    page = (ansible.folder / "plan.md").read_text(encoding="utf-8")
    assert re.search(r"## Cannot be planned\n\n.*\n.*\n\| refused \| .*Site2Moon", page)
    assert "Done" not in page
    assert sim.journal.writes == []


def test_the_next_run_deals_only_with_what_is_left(
    sim: SimulatorServer, ansible: Ansible, declared: list[dict[str, Any]]
) -> None:
    sim.faults.add("fail_async", method="PUT", operation="modify", reason="no route to the device")
    play = role_play([*declared, order("refused", "vpn-r", service_definition="Site2Moon")])
    run = ansible.playbook(play, tenant=TENANT).failed()
    assert "2 of 5 services failed" in run.words
    assert told(run)[-1] == "Done: 2 changed, 1 unchanged, 2 failed"
    assert any(re.search(rf"2 failed: .*{STORED} \(.*no route", line) for line in told(run))
    assert {service.name: service.status for service in sim.state.services(TENANT)} == {
        NEW: "Completed",
        SAME: "Completed",
        STORED: "Failed",
    }

    sim.journal.clear()
    play = role_play([*declared, order("refused", "vpn-r")])
    again = ansible.playbook(play, tenant=TENANT).went_well()
    plan = {kind: [item["name"] for item in items] for kind, items in again.fact("cloudvpn_plan").items()}
    assert plan == {
        "create": ["refused"],
        "update": [STORED],
        "recreate": [],
        "delete": [],
        "unchanged": [NEW, GONE, SAME],
    }
    assert sorted((entry.method, entry.path) for entry in sim.journal.writes) == [
        ("POST", SERVICES),
        ("PUT", f"{SERVICES}/{ESTATE[TENANT][1]}"),
    ]
    assert told(again)[-1] == "Done: 2 changed, 3 unchanged, 0 failed"


def test_a_server_with_fewer_places_than_the_run_would_use(sim: SimulatorServer, ansible: Ansible) -> None:
    """Refusals (429) come with the first burst; the run backs off and then keeps to what the server can do."""
    paths = [f"{SERVICES}/{store(sim, f's{number}', f'v{number}')}" for number in range(32)]
    sim.options.update({"max_in_flight": 8, "retry_after": 1, "latency": 0.2})
    services = [{"name": f"s{number}", "bandwidth": 70000} for number in range(32)]
    run = ansible.playbook(role_play(services, cloudvpn_max_parallel=16), tenant=TENANT).went_well()
    assert told(run)[-1] == "Done: 32 changed, 0 unchanged, 0 failed"
    assert sorted(entry.path for entry in sim.journal.writes if entry.status != 429) == sorted(paths)
    refused = [number for number, entry in enumerate(sim.journal.entries) if entry.status == 429]
    assert refused
    # While the services are read, that is; none once they are written to.
    first_write = next(number for number, entry in enumerate(sim.journal.entries) if entry.method == "PUT")
    assert refused[-1] < first_write


# Tenants side by side


def estate(ansible: Ansible, bandwidth: int = 70000, **changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the hosts of an inventory, one per tenant, each with its own connection and its own services."""
    return {
        tenant: {
            "cloudvpn_ies": {**ansible.options(tenant), "api_retries": 0, **changes.get(tenant, {})},
            "cloudvpn_services": [{"name": name, "bandwidth": bandwidth}],
        }
        for tenant, (name, _service_id) in ESTATE.items()
    }


def inventory_of(ansible: Ansible, hosts: dict[str, Any], name: str = "inventory.yml") -> str:
    """Write an inventory with the group of tenants, and return its path."""
    return ansible.write(name, {"all": {"children": {"tenants": {"hosts": hosts}}}})


def provision(ansible: Ansible, inventory: str, *arguments: str) -> Run:
    """Run the playbook of the collection on the group of tenants."""
    variables = {**PACE, "cloudvpn_hosts": "tenants"}
    return ansible.playbook("cloudopera.ies.provision", "-i", inventory, *arguments, variables=variables)


def changed_tenants(sim: SimulatorServer) -> list[str]:
    """Return the tenants whose service has been written to, once per write."""
    return sorted(str(entry.tenant) for entry in sim.journal.writes)


@pytest.fixture
def nobody_listens() -> Iterator[str]:
    """Return the address of a port that is taken, so that nobody else can get it, and refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_tenants_run_side_by_side(sim: SimulatorServer, ansible: Ansible) -> None:
    sim.options.latency = 0.5
    run = provision(ansible, inventory_of(ansible, estate(ansible)), "--forks", "5").went_well()
    assert changed_tenants(sim) == sorted(ESTATE)
    # A tenant's requests come one after another here: several at once are those of several tenants.
    assert sim.journal.max_concurrency > 1
    for tenant, (name, _service_id) in ESTATE.items():
        assert run.count("changed", tenant) == 1
        assert told(run, tenant)[0] == f"  ~ update   {name}  Bandwidth 60000 -> 70000"
        assert told(run, tenant)[-1] == "Done: 1 changed, 0 unchanged, 0 failed"


@pytest.mark.parametrize("outage", ["no-server", "broken-service", "refused-token"])
def test_an_outage_of_a_tenant_is_that_of_no_other(
    sim: SimulatorServer, ansible: Ansible, nobody_listens: str, outage: str
) -> None:
    broken = "nbitest_14"
    name, service_id = ESTATE[broken]
    changes: dict[str, Any] = {"no-server": {"api_url": nobody_listens}, "refused-token": {"auth_token": "nobody's"}}
    reasons = {"no-server": "refused", "broken-service": "1 of 1 services failed", "refused-token": "auth_token"}
    if outage == "broken-service":
        sim.faults.add("status", method="PUT", path=service_id, times=None, status=503, body=None)
    hosts = estate(ansible, **{broken: changes.get(outage, {})})
    run = provision(ansible, inventory_of(ansible, hosts), "--forks", "5").failed()
    assert reasons[outage] in run.words
    assert {tenant: run.count("failed", tenant) for tenant in ESTATE} == {tenant: int(tenant == broken) for tenant in ESTATE}
    for tenant, (other, _service_id) in ESTATE.items():
        bandwidth = sim.state.named(tenant, other)[0].parameters["Site2DCList"][0]["Bandwidth"]
        assert bandwidth == ("60000" if tenant == broken else "70000")

    # When it is over, the same run deals with what was left.
    sim.faults.clear()
    sim.journal.clear()
    provision(ansible, inventory_of(ansible, estate(ansible)), "--forks", "5").went_well()
    assert changed_tenants(sim) == [broken]
    assert sim.state.named(broken, name)[0].parameters["Site2DCList"][0]["Bandwidth"] == "70000"


def slice_of(hosts: dict[str, Any], job_slice_number: int, job_slice_count: int) -> dict[str, Any]:
    """Return the part of an inventory that a slice of an AWX job sees: every n-th host, with all of its variables."""
    return {name: hosts[name] for name in sorted(hosts)[job_slice_number - 1 :: job_slice_count]}


@pytest.mark.parametrize("program", PROGRAMS)
def test_slices_of_an_estate_converge_their_part(sim: SimulatorServer, ansible: Ansible, program: str, tmp_path: Path) -> None:
    hosts = estate(ansible)
    slices = [slice_of(hosts, number, 2) for number in (1, 2)]
    assert [sorted(part) for part in slices] == [["nbitest_12", "nbitest_14", "nbitest_16"], ["nbitest_13", "nbitest_15"]]
    for number, part in enumerate(slices, start=1):
        sim.journal.clear()
        if program == "ansible-runner":
            private = tmp_path / f"slice-{number}"
            for folder in ("env", "inventory", "project"):
                (private / folder).mkdir(parents=True)
            inventory_of(ansible, part, f"slice-{number}/inventory/hosts.yml")
            ansible.write(f"slice-{number}/env/extravars", {**PACE, "cloudvpn_hosts": "tenants"})
            run = ansible.run(["ansible-runner", "run", str(private), "-p", "cloudopera.ies.provision"], ansible.environment)
            (stats,) = (
                event["event_data"]
                for event in (
                    json.loads(path.read_text(encoding="utf-8")) for path in private.glob("artifacts/*/job_events/*.json")
                )
                if event["event"] == "playbook_on_stats"
            )
            assert stats["changed"] == dict.fromkeys(part, 1)
        else:
            run = provision(ansible, inventory_of(ansible, part, f"slice-{number}.yml"))
        assert run.status == 0, run.output
        assert changed_tenants(sim) == sorted(part)
        assert {tenant for tenant in hosts if told(run, tenant)} == set(part)
    assert provision(ansible, inventory_of(ansible, hosts)).went_well()
    assert changed_tenants(sim) == sorted(slices[1])
