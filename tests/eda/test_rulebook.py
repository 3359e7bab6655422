# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rulebook of the collection in a real ansible-rulebook: start, event, playbook, outage, recovery, end."""

from __future__ import annotations

import signal
import subprocess
from typing import Any

import pytest
import yaml

from ansible_collections.cloudopera.ies.tests.simulator.server import SimulatorServer
from tests.documentation.blocks import blocks
from tests.eda.support import BIN, LIMIT, PATIENCE, Rulebook, environment_of
from tests.unit.playbooks.support import REPOSITORY, Ansible
from tests.unit.playbooks.test_fleet import STORED, TENANT, store

RULEBOOK = "cloudopera.ies.elastic"
STORED_VPN = "0S2DC6201705071300"
POLICY = {"minimum": 20000, "maximum": 100000, "step": 10000, "traffic_unit": 1}
FAST = {"cloudvpn_elastic_interval": 0.5, "cloudvpn_wait_sleep": 0.1}
RAISE = r"'decision': 'raise'"
# What the journey below has printed, for people.
LOG = REPOSITORY / ".cache" / "logs" / "rulebook.log"
PLAY = r"^PLAY \["
RECAP = r"^localhost +: ok="


def load(sim: SimulatorServer, vpn: str, value: float) -> None:
    """Have a connection carry so much in every minute of the last half day, and of the hour to come."""
    now = int(sim.clock.now())
    points = [{"time": at, "value": value} for at in range(now - 12 * 3600, now + 3600, 60)]
    sim.faults.add("status", path=f"traffic/connections/{vpn}/", times=None, status=200, body={"data": points})


def bandwidth(sim: SimulatorServer, name: str = STORED) -> str:
    """Return the bandwidth of a service."""
    (service,) = sim.state.named(TENANT, name)
    return str(service.parameters["Site2DCList"][0]["Bandwidth"])


def rulebook(ansible: Ansible, variables: dict[str, Any], *arguments: str) -> Rulebook:
    """Return the rulebook of the collection with a file of variables."""
    path = ansible.write("elastic.yml", variables)
    return Rulebook(ansible, RULEBOOK, TENANT, "--vars", path, "--print-events", *arguments)


def assert_untold(ansible: Ansible, running: Rulebook) -> None:
    """Assert that no token is in what was printed, nor in what was left behind."""
    canaries = ansible.canaries()
    found = [*canaries.sightings_in({"the output": running.output}), *ansible.sightings(canaries)]
    assert not found, "\n".join(["a secret shows in", *found])


def test_start_event_outage_recovery_end(sim: SimulatorServer, ansible: Ansible) -> None:
    ansible.environment["IES_API_RETRIES"] = "0"
    store(sim, "second", "vpn-2")
    load(sim, STORED_VPN, 55000)
    load(sim, "vpn-2", 40000)
    watched = [{"name": STORED}, {"name": "second", "policy": {"step": 20000}}]
    variables = {"cloudvpn_elastic": watched, "cloudvpn_elastic_policy": POLICY, **FAST}
    with rulebook(ansible, variables) as running:
        # An event starts the playbook, which decides again and changes the bandwidth.
        running.wait_for(RECAP)
        assert bandwidth(sim) == "70000"
        assert running.count(PLAY) == 1

        # The line is full again at once: events, but no second start within the time of the throttle.
        sim.faults.clear()
        load(sim, STORED_VPN, 69900)
        load(sim, "vpn-2", 40000)
        running.wait_for(RAISE, running.count(RAISE) + 3)
        assert running.count(PLAY) == 1

        # It is throttled by connection: another one is not held up. Its own policy counts, which is not that of all.
        load_second = sim.faults.rules[-1]
        sim.faults.remove(load_second.id)
        load(sim, "vpn-2", 55000)
        running.wait_for(RECAP, 2)
        assert bandwidth(sim, "second") == "80000"
        assert bandwidth(sim) == "70000"

        # An outage is told once, and survived.
        sim.faults.clear()
        sim.faults.add("drop_before", times=None)
        running.wait_for(r"the next look is in")
        held = len(sim.journal.entries)
        while len(sim.journal.entries) < held + 2:
            sim.journal.wait_until_idle()
        assert running.count("the next look is in") == 1
        events = running.count(RAISE)
        sim.faults.clear()
        load(sim, STORED_VPN, 69900)
        running.wait_for(r"the traffic can be looked at again, after \d+ looks that failed")
        running.wait_for(RAISE, events + 1)

        status, took = running.end()
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.write_text(running.output, encoding="utf-8")
    assert status in {0, 128 + signal.SIGTERM}
    assert took < LIMIT
    assert "Traceback" not in running.output
    assert_untold(ansible, running)


@pytest.mark.parametrize("hangs", [False, True])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_and_tells_no_token_at_its_most_verbose(
    sim: SimulatorServer, ansible: Ansible, hangs: bool, number: signal.Signals
) -> None:
    load(sim, STORED_VPN, 55000)
    variables = {"cloudvpn_elastic": [{"name": STORED}], "cloudvpn_elastic_policy": POLICY, **FAST}
    with rulebook(ansible, variables, "-vv") as running:
        running.wait_for(RECAP)
        running.wait_for(r"cloudvpn_traffic - DEBUG - GET http")
        if hangs:
            hang = sim.faults.add("hang", path="/services$", times=None)
            sim.faults.wait_until_held(hang)
        status, took = running.end(number)
    sim.faults.clear()
    assert status in {0, 128 + number}
    assert took < LIMIT
    assert_untold(ansible, running)


def test_nothing_to_watch_ends_it_in_one_line(sim: SimulatorServer, ansible: Ansible) -> None:
    with rulebook(ansible, {"cloudvpn_elastic_policy": POLICY}) as running:
        assert running.wait() == 1
    assert running.count("Source error: .*cloudvpn_traffic: connections is not given; list the connections to watch") == 1
    assert sim.journal.entries == []


def test_a_name_from_the_server_is_never_run(sim: SimulatorServer, ansible: Ansible) -> None:
    touched = ansible.folder / "touched"
    name = f"{{{{ lookup('ansible.builtin.pipe', 'touch {touched}') }}}}"
    service_id = store(sim, name, "vpn-2")
    load(sim, "vpn-2", 55000)
    watched = [{"service_id": service_id}]
    with rulebook(ansible, {"cloudvpn_elastic": watched, "cloudvpn_elastic_policy": POLICY, **FAST}) as running:
        running.wait_for(RECAP)
        running.end()
    assert bandwidth(sim, name) == "70000"
    assert not touched.exists()


def test_rulebooks_that_the_documentation_shows(ansible: Ansible) -> None:
    shown = [block for block in blocks() if block.page == "docs/eda.md" and block.text.lstrip().startswith("- name:")]
    assert shown
    check = "import sys, yaml; from ansible_rulebook.validators import Validate; Validate.rulebook(yaml.safe_load(sys.stdin))"
    for block in shown:
        assert all("rules" in ruleset for ruleset in yaml.safe_load(block.text)), block
        subprocess.run(
            [BIN / "python", "-c", check],
            input=block.text,
            env=environment_of(ansible, {}),
            text=True,
            check=True,
            timeout=PATIENCE,
        )
    assert (REPOSITORY / "extensions/eda/rulebooks/elastic.yml").exists()
