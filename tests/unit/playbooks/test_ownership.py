# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Owners, protection and prune as role and playbooks take them: from the command line, from surveys and from files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import PACE, SERVICES, Ansible
from tests.unit.playbooks.test_fleet import STORED, TENANT, role_play, store, told

MINE = " [managed: netops]"
PACED = [argument for name, value in PACE.items() for argument in ("-e", f"{name}={value}")]


def put(sim: SimulatorServer, name: str, mark: str = MINE) -> str:
    """Put a service with a mark into the simulator and return its id."""
    service_id = store(sim, name, f"vpn-{name}")
    sim.state.set_description(service_id, mark)
    return service_id


def writes(sim: SimulatorServer) -> list[tuple[str, str]]:
    """Return the requests that changed something."""
    return [(entry.method, entry.path.removeprefix(SERVICES)) for entry in sim.journal.writes]


def given(**values: str) -> list[str]:
    """Return variables as the command line gives them: all of them strings."""
    return [argument for name, value in values.items() for argument in ("-e", f"cloudvpn_{name}={value}")]


def test_provision_takes_strings_and_prunes(sim: SimulatorServer, ansible: Ansible) -> None:
    old, kept = put(sim, "old"), put(sim, "kept", " [managed: netops, keep]")
    services = json.dumps([{"name": STORED, "protected": "true"}])
    blank = given(take_over="", allow_empty="", deactivate="")
    arguments = [*given(services=f"'{services}'", owner="netops", prune="true", prune_max="1"), *blank, *PACED]
    report = ansible.folder / "plan.md"
    run = ansible.playbook("cloudopera.ies.provision", *arguments, *given(report=str(report)), tenant=TENANT).went_well()
    lines = told(run)
    (deleted,) = (line for line in lines if line.startswith("  - delete"))
    assert deleted.split() == ["-", "delete", "old", old, "(undeclared)"]
    (updated,) = (line for line in lines if line.startswith("  ~ update"))
    assert updated.endswith("owner (empty) -> netops, protected False -> True")
    assert [method for method, _path in writes(sim)] == ["PUT", "DELETE"]
    assert {service.service_id for service in sim.state.services(TENANT)} >= {kept}
    assert f"| `-` delete | old | {old} | {old} (undeclared) |" in report.read_text(encoding="utf-8").replace("\\", "")
    assert any(line.startswith("old ") and "delete" in line for line in lines)


def test_blank_variables_are_none(sim: SimulatorServer, ansible: Ansible) -> None:
    put(sim, "old")
    blank = given(owner="", take_over="", prune="", prune_max="", allow_empty="", deactivate="")
    services = json.dumps([{"name": STORED}])
    ansible.playbook("cloudopera.ies.provision", *given(services=f"'{services}'"), *blank, *PACED, tenant=TENANT).went_well()
    assert writes(sim) == []


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"cloudvpn_prune_max": "ten"}, "prune_max (cloudvpn_prune_max) is 'ten'"),
        ({"cloudvpn_services": "[]"}, "cloudvpn_allow_empty"),
        ({"cloudvpn_owner": " "}, "prune (cloudvpn_prune) needs owner"),
        ({"cloudvpn_owner": "net ops"}, "owner is 'net ops'"),
        ({"cloudvpn_prune": "perhaps"}, "cloudvpn_prune is 'perhaps'"),
    ],
)
def test_what_is_refused_before_anything_is_sent(
    sim: SimulatorServer, ansible: Ansible, variables: dict[str, Any], reason: str
) -> None:
    every = {"cloudvpn_services": [{"name": STORED}], "cloudvpn_owner": "netops", "cloudvpn_prune": True, **variables}
    run = ansible.playbook("cloudopera.ies.provision", tenant=TENANT, variables=every).failed()
    assert reason in run.words
    assert sim.journal.entries == []


def test_more_than_the_cap_leaves_everything_as_it_is(sim: SimulatorServer, ansible: Ansible) -> None:
    ids = [put(sim, f"old-{number}") for number in range(3)]
    play = role_play(
        [{"name": STORED, "bandwidth": 80000}], cloudvpn_owner="netops", cloudvpn_prune=True, cloudvpn_prune_max="50%"
    )
    run = ansible.playbook(play, tenant=TENANT).failed()
    assert all(f"old-{number} ({service_id})" in run.words for number, service_id in enumerate(ids))
    assert run.fact("cloudvpn_result")["error"]["kind"] == "conflict"
    assert run.fact("cloudvpn_result")["changed"] is False
    assert writes(sim) == []


def test_decommission_honours_protection_and_owners(sim: SimulatorServer, ansible: Ansible) -> None:
    put(sim, "guarded", " [managed: netops, protected]")
    theirs = put(sim, "theirs", " [managed: other]")
    arguments = given(name="guarded", deactivate="true")
    run = ansible.playbook("cloudopera.ies.decommission", *arguments, *PACED, tenant=TENANT).failed()
    assert "is protected (owner netops)" in run.words
    arguments = given(name="theirs", owner="netops", take_over="")
    run = ansible.playbook("cloudopera.ies.decommission", *arguments, *PACED, tenant=TENANT).failed()
    assert "is managed by other, and declared with the owner netops" in run.words
    assert writes(sim) == []
    arguments = given(name="theirs", owner="netops", take_over="true")
    ansible.playbook("cloudopera.ies.decommission", *arguments, *PACED, tenant=TENANT).went_well()
    assert writes(sim) == [("DELETE", f"/{theirs}")]
