# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook `export`, as a user runs it, and what the other playbooks make of its file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.simulator import samples
from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import SERVICES, Ansible

TENANT = "nbitest_14"
EXPORT = ("cloudopera.ies.export", "-e", "cloudvpn_export_file=services.yml")


def add(sim: SimulatorServer, name: str, *vpns: str, **more: str) -> str:
    """Add a Site2DC service, and return its id."""
    return sim.state.add_service(
        TENANT,
        name,
        {"Site2DCList": [samples.site2dc_item(vpn) for vpn in vpns]},
        service_definition_id=samples.SITE2DC_DEFINITION,
        template_id=samples.SITE2DC_TEMPLATE,
        **more,
    ).service_id


@pytest.fixture
def grown(sim: SimulatorServer) -> SimulatorServer:
    """Return a tenant with services that somebody has made by hand."""
    add(sim, "{{ lookup('pipe', 'touch /tmp/never') }}", "{% a %}", description="{{ 1 / 0 }}\n\u202eü\\\"'")
    add(sim, "twin", "t1")
    add(sim, "twin", "t2", description="0123")
    add(sim, "gone", "g", status="CreateFailed")
    return sim


def test_a_tenant_is_exported_and_planned(grown: SimulatorServer, ansible: Ansible) -> None:
    path = ansible.folder / "services.yml"
    run = ansible.playbook(*EXPORT, tenant=TENANT)
    assert run.status == 0, run.output
    assert run.count("changed") == 1
    assert "service 'gone'" in run.words
    assert "is left out: it is CreateFailed" in run.words
    text = path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~os.umask(os.umask(0o022))
    assert grown.journal.writes == []

    # The same services, the same file, which is not even written again.
    before = path.stat()
    again = ansible.playbook(*EXPORT, tenant=TENANT)
    assert again.count("changed") == 0
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert path.read_text(encoding="utf-8") == text

    planned = ansible.playbook("cloudopera.ies.provision", "-e", f"@{path}", "--check", tenant=TENANT).went_well()
    assert "Plan: 0 to create, 0 to update, 0 to recreate, 0 to delete, 4 unchanged" in planned.stdout
    validated = ansible.playbook("cloudopera.ies.validate", "-e", f"@{path}")
    assert validated.status == 0, validated.output
    assert not Path("/tmp/never").exists()


def test_check_mode_compares_and_writes_nothing(sim: SimulatorServer, ansible: Ansible) -> None:
    path = ansible.folder / "services.yml"
    path.write_text("cloudvpn_services: [] # by hand\n", encoding="utf-8")
    path.chmod(0o640)
    run = ansible.playbook(*EXPORT, "--check", "--diff", tenant=TENANT).went_well()
    assert run.count("changed") == 1
    assert "-cloudvpn_services: [] # by hand" in run.stdout
    assert '+  - name: "site2dc4_201705071158"' in run.stdout
    assert path.read_text(encoding="utf-8") == "cloudvpn_services: [] # by hand\n"
    ansible.playbook(*EXPORT, tenant=TENANT).went_well()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert ansible.playbook(*EXPORT, "--check", tenant=TENANT).went_well().count("changed") == 0


def test_selected_services_by_the_variables_of_a_survey(grown: SimulatorServer, ansible: Ansible) -> None:
    variables = {
        "cloudvpn_export_file": "some.yml",
        "cloudvpn_name": "twin,site2dc4_201705071158",
        "cloudvpn_service_id": " ",
        "cloudvpn_owner": "",
        "cloudvpn_max_parallel": "2.0",
    }
    grown.journal.clear()
    ansible.playbook("cloudopera.ies.export", tenant=TENANT, variables=variables).went_well()
    text = (ansible.folder / "some.yml").read_text(encoding="utf-8")
    assert text.count("  - ") - text.count("      - ") == 3
    assert [entry.path for entry in grown.journal.entries].count(SERVICES) == 1
    assert len(grown.journal.entries) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Say where to write the services: ansible-playbook cloudopera.ies.export -e cloudvpn_export_file=services.yml"),
        (["cloudvpn_export_file=no/s.yml"], "no does not exist; create it first; nothing was sent"),
        (["cloudvpn_export_file=."], "it is a directory; name a file in it"),
        (["cloudvpn_export_file=link.yml"], "it is a symbolic link, which is not followed"),
        (["cloudvpn_export_file=s.yml", "cloudvpn_max_parallel=0"], "max_parallel is 0; it must be at least 1"),
        (["cloudvpn_export_file=s.yml", "cloudvpn_owner=Net Ops"], "owner is 'Net Ops'"),
        (["cloudvpn_export_file=s.yml", "cloudvpn_export_fil=s.yml"], "did you mean cloudvpn_export_file?"),
    ],
)
def test_bad_input(sim: SimulatorServer, ansible: Ansible, arguments: list[str], message: str) -> None:
    (ansible.folder / "link.yml").symlink_to(ansible.folder / "target.yml")
    given = [part for argument in arguments for part in ("-e", f"{argument.split('=')[0]}='{argument.split('=')[1]}'")]
    run = ansible.playbook("cloudopera.ies.export", *given, tenant=TENANT).failed()
    assert message in run.words
    assert sim.journal.entries == []
    assert {path.name for path in ansible.folder.iterdir()} <= {"home", "tmp", "link.yml"}


def test_what_fails_leaves_the_file_as_it_was(sim: SimulatorServer, ansible: Ansible) -> None:
    path = ansible.folder / "services.yml"
    path.write_text("before\n", encoding="utf-8")
    sim.faults.add("status", method="GET", path=f"{SERVICES}/.", times=None, status=403)
    ansible.playbook(*EXPORT, tenant=TENANT).failed()
    sim.faults.clear()
    assert path.read_text(encoding="utf-8") == "before\n"
    unknown = ansible.playbook(*EXPORT, "-e", "cloudvpn_name=site2dc4_201705071159", tenant=TENANT).failed()
    assert "there is no service 'site2dc4_201705071159' in this tenant; did you mean 'site2dc4_201705071158'?" in unknown.words
    assert path.read_text(encoding="utf-8") == "before\n"


def test_a_token_in_a_description_is_masked(sim: SimulatorServer, ansible: Ansible) -> None:
    add(sim, "leak", "v", description=f"token {sim.tokens(TENANT)[1]}")
    run = ansible.playbook(*EXPORT, tenant=TENANT)
    assert run.status == 0, run.output
    assert "a token of this run stands in a service" in run.words


def test_as_a_task_for_any_host(sim: SimulatorServer, ansible: Ansible) -> None:
    task = {
        "name": "Export",
        "cloudopera.ies.export": {"export_file": "here.yml", "ies": ansible.options(TENANT)},
        "register": "exported",
    }
    inventory = ansible.write("inventory.yml", {"all": {"hosts": {"router": {"ansible_connection": "ssh"}}}})
    play = [{"hosts": "all", "gather_facts": False, "tasks": [task]}]
    ansible.playbook(play, "-i", inventory).went_well()
    assert (ansible.folder / "here.yml").exists()
    play[0]["tasks"] = [{**task, "environment": {"HTTPS_PROXY": "http://proxy.invalid"}}]
    run = ansible.playbook(play, "-i", inventory).failed()
    assert "set HTTPS_PROXY in that of ansible-playbook" in run.words


def test_tenants_side_by_side_have_files_of_their_own(sim: SimulatorServer, ansible: Ansible) -> None:
    hosts = {name: {"cloudvpn_ies": ansible.options(tenant)} for name, tenant in (("north", TENANT), ("south", "nbitest_15"))}
    inventory = ansible.write("inventory.yml", {"all": {"hosts": hosts}})
    run = ansible.playbook(*EXPORT, "-i", inventory, "-e", "cloudvpn_hosts=all")
    assert run.status != 0
    assert "services.yml for north and for south; give each host a file of its own" in run.words
    assert sim.journal.entries == []
    path = "cloudvpn_export_file=services-{{ inventory_hostname }}.yml"
    ansible.playbook("cloudopera.ies.export", "-e", path, "-i", inventory, "-e", "cloudvpn_hosts=all").went_well()
    assert "site2dc4_" in (ansible.folder / "services-north.yml").read_text(encoding="utf-8")
    assert "site2dc5_" in (ansible.folder / "services-south.yml").read_text(encoding="utf-8")


def test_later_jobs_get_the_outcome(grown: SimulatorServer, ansible: Ansible) -> None:
    ansible.environment["ANSIBLE_SHOW_CUSTOM_STATS"] = "true"
    run = ansible.playbook(*EXPORT, tenant=TENANT)
    told = "".join(run.stdout.partition("CUSTOM STATS")[2].split())
    assert '"cloudvpn_changed":true' in told
    assert '"cloudvpn_status":"ok"' in told
    assert '"services":4' in told
    assert '"left_out":1' in told
