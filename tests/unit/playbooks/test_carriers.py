# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the connection can come from, how a task can be carried, and that no output ever shows a token."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import PACE, Ansible

TENANT = "nbitest_15"
NAME = "site2dc5_201705071256"


def read(name: str, **more: Any) -> dict[str, Any]:
    """Return a task that reads the services, and fails unless it sees the tenant's."""
    register = re.sub(r"\W", "_", name)
    return {
        "name": name,
        "cloudopera.ies.ies_service_info": {"details": False},
        "register": register,
        "failed_when": f"{register}.services | map(attribute='name') | list != ['{NAME}']",
        **more,
    }


def test_ways_to_connect_and_to_run(sim: SimulatorServer, ansible: Ansible) -> None:
    connection, options = ansible.connection(TENANT), ansible.options(TENANT)
    defaults = {"group/cloudopera.ies.ies": {option: f"{{{{ tenant_{option} }}}}" for option in options}}
    elsewhere = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    inventory = ansible.write("inventory.yml", {"all": {"hosts": {"localhost": elsewhere, "gateway": elsewhere}}})
    tasks = [
        read("by module options", **{"cloudopera.ies.ies_service_info": {"details": False, **options}}),
        read("by environment", environment=connection),
        read("by module defaults", module_defaults=defaults),
        read("as a module process", environment={**connection, "LANG": "C.UTF-8"}),
        read("delegated", module_defaults=defaults, delegate_to="gateway"),
        read("in the background", environment=connection, **{"async": 60, "poll": 1}),
        read("in a loop", module_defaults=defaults, loop=[1, 2]),
        {
            "name": "refused",
            "cloudopera.ies.ies_service_info": {**options, "auth_token": options["auth_token"][::-1]},
            "register": "refused",
            "failed_when": "refused.error.kind != 'auth'",
        },
    ]
    variables = {"ansible_async_dir": str(ansible.folder / "async")}
    variables.update({f"tenant_{option}": value for option, value in options.items()})
    ansible.secrets["a token that is refused"] = options["auth_token"][::-1]
    play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": tasks}
    run = ansible.playbook([play], "-i", inventory)
    assert run.status == 0, run.output
    assert len(sim.journal.entries) == 9
    assert "Traceback" not in run.output


def test_no_output_of_a_playbook_shows_a_token(sim: SimulatorServer, ansible: Ansible) -> None:
    variables = {**PACE, "cloudvpn_services": [{"name": NAME, "bandwidth": 70000}, {"name": "bad", "bandwidth": 0}]}
    run = ansible.playbook("cloudopera.ies.provision", "--diff", tenant=TENANT, variables=variables)
    assert "1 of 2 services failed: bad: bandwidth is 0" in run.words
    assert len(sim.journal.writes) == 1


def test_ansible_runner_runs_a_playbook_by_its_name(sim: SimulatorServer, ansible: Ansible, tmp_path: Path) -> None:
    private = tmp_path / "runner"
    (private / "env").mkdir(parents=True)
    (private / "project").mkdir()
    ansible.write("runner/env/envvars", {**ansible.connection(TENANT)})
    ansible.write("runner/env/extravars", {**PACE, "cloudvpn_services": [{"name": NAME, "bandwidth": 90000}]})
    run = ansible.run(["ansible-runner", "run", str(private), "-p", "cloudopera.ies.provision"], ansible.environment)
    assert run.status == 0, run.output
    assert run.count("changed") == 1
    assert [entry.method for entry in sim.journal.writes] == ["PUT"]
