# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks plan and apply: what was approved is what runs, at most once, or nothing does."""

from __future__ import annotations

import json
import stat
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import PACE, Ansible, Run
from tests.unit.playbooks.test_fleet import GONE, NEW, SAME, STORED, TENANT, order, store, told

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
    assert document["collection_version"] == "0.1.0"
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
