# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rulebook of the collection in a real ansible-rulebook: start, event, playbook, outage, recovery, end."""

from __future__ import annotations

import shlex
import signal
import subprocess
import threading
from typing import Any

import pytest

from tests.documentation.blocks import Block, blocks
from tests.eda.support import BIN, LIMIT, PATIENCE, Rulebook, environment_of
from tests.simulator.journal import Entry
from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import REPOSITORY, SERVICES, Ansible
from tests.unit.playbooks.test_fleet import STORED, TENANT, store

RULEBOOK = "cloudopera.ies.elastic"
STORED_VPN = "0S2DC6201705071300"
POLICY = {"minimum": 20000, "maximum": 100000, "step": 10000, "traffic_unit": 1}
# Which its examples are about, in the samples.
PAGE = "docs/eda.md"
PAGE_TENANT = "nbitest_14"
PAGE_VPN = "0S2DC4201705092039"
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
    inventory = ansible.write("inventory.yml", {"all": {"hosts": {"localhost": {"ansible_connection": "local"}}}})
    path = ansible.write("elastic.yml", variables)
    command = ["ansible-rulebook", "--rulebook", RULEBOOK, "--inventory", inventory, "--vars", path, "--print-events"]
    return Rulebook(ansible, [*command, *arguments], TENANT)


class Looks:
    """Tells when the source has asked for the list of services again."""

    def __init__(self, sim: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
        self._begin = sim.journal.begin
        self._changed = threading.Condition()
        self._count = 0
        monkeypatch.setattr(sim.journal, "begin", self._begun)

    def _begun(self, **facts: Any) -> Entry:
        entry = self._begin(**facts)
        if entry.path == SERVICES:
            with self._changed:
                self._count += 1
                self._changed.notify_all()
        return entry

    def wait_for(self, more: int) -> None:
        """Wait until so many have come after now."""
        with self._changed:
            wanted = self._count + more
            assert self._changed.wait_for(lambda: self._count >= wanted, PATIENCE)


def assert_untold(ansible: Ansible, running: Rulebook) -> None:
    """Assert that no token is in what was printed, nor in what was left behind."""
    canaries = ansible.canaries()
    found = [*canaries.sightings_in({"the output": running.output}), *ansible.sightings(canaries)]
    assert not found, "\n".join(["a secret shows in", *found])


def test_start_event_outage_recovery_end(sim: SimulatorServer, ansible: Ansible, monkeypatch: pytest.MonkeyPatch) -> None:
    ansible.environment["IES_API_RETRIES"] = "0"
    looks = Looks(sim, monkeypatch)
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
        looks.wait_for(2)
        assert running.count("the next look is in") == 1
        events = running.count(RAISE)
        sim.faults.clear()
        load(sim, STORED_VPN, 69900)
        running.wait_for(r"the traffic can be looked at again, after \d+ looks that failed")
        running.wait_for(RAISE, events + 1)

        status, took = running.end()
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.write_text(running.output, encoding="utf-8")
    assert status == 0
    assert took < 2 * LIMIT
    assert "Traceback" not in running.output
    assert_untold(ansible, running)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_and_tells_no_token_at_its_most_verbose(
    sim: SimulatorServer, ansible: Ansible, number: signal.Signals
) -> None:
    ansible.environment["IES_API_TIMEOUT"] = "600"
    load(sim, STORED_VPN, 55000)
    variables = {"cloudvpn_elastic": [{"name": STORED}], "cloudvpn_elastic_policy": POLICY, **FAST}
    with rulebook(ansible, variables, "-vv") as running:
        running.wait_for(RECAP)
        running.wait_for(r"cloudvpn_traffic - DEBUG - GET http")
        # Also while a request hangs, for as long as api_timeout.
        hang = sim.faults.add("hang", path="/services$", times=None)
        sim.faults.wait_until_held(hang)
        status, took = running.end(number)
    sim.faults.clear()
    assert status == 0
    assert took < 2 * LIMIT
    assert_untold(ansible, running)


def test_java_may_end_it(sim: SimulatorServer, ansible: Ansible) -> None:
    # Without -Xrs Java takes the signal, and nothing of Python is heard any more.
    ansible.environment["JAVA_TOOL_OPTIONS"] = ""
    load(sim, STORED_VPN, 55000)
    variables = {"cloudvpn_elastic": [{"name": STORED}], "cloudvpn_elastic_policy": POLICY, **FAST}
    with rulebook(ansible, variables) as running:
        running.wait_for(RECAP)
        status, took = running.end()
    assert status == 128 + signal.SIGTERM
    assert took < 2 * LIMIT
    assert_untold(ansible, running)


def test_a_playbook_that_is_under_way_ends_with_it(sim: SimulatorServer, ansible: Ansible) -> None:
    sim.state.durations.update({"modify": 600})
    load(sim, STORED_VPN, 55000)
    variables = {"cloudvpn_elastic": [{"name": STORED}], "cloudvpn_elastic_policy": POLICY, **FAST}
    with rulebook(ansible, variables) as running:
        running.wait_for("1 in progress")
        status, _took = running.end()
        running.wait_for_children()
    assert status == 0
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


def page_of(ansible: Ansible) -> list[Block]:
    """Write the files that the page shows into the folder, and return the blocks of the page."""
    found = [block for block in blocks() if block.page == PAGE]
    for block in found:
        if block.language == "yaml":
            (ansible.folder / block.file).parent.mkdir(exist_ok=True)
            ansible.write(block.file, block.text)
    return found


def test_the_page_watches_and_applies(sim: SimulatorServer, ansible: Ansible) -> None:
    (command,) = [block.text for block in page_of(ansible) if "ansible-rulebook --rulebook" in block.text]
    load(sim, PAGE_VPN, 55000)
    with Rulebook(ansible, ["env", *shlex.split(command)], PAGE_TENANT) as running:
        # The page does not hurry, and nor does the playbook: what it orders is enough.
        running.wait_for("~ update   site2dc4_201705071158  Bandwidth 60000 -> 80000")
        running.end()


def test_the_page_shows_decisions(sim: SimulatorServer, ansible: Ansible) -> None:
    page_of(ansible)
    load(sim, PAGE_VPN, 40000)
    with Rulebook(ansible, ["ansible-rulebook", "--rulebook", "look.yml"], PAGE_TENANT) as running:
        running.wait_for("site2dc4_201705071158 has 60000: hold")
        running.end()
    assert "traffic_unit is not set" in running.output


def test_every_rulebook_of_the_page_is_one(ansible: Ansible) -> None:
    shown = [block for block in page_of(ansible) if block.text.startswith(("# look.yml", "# rulebooks/"))]
    assert len(shown) == 2
    check = "import sys, yaml; from ansible_rulebook.validators import Validate; Validate.rulebook(yaml.safe_load(sys.stdin))"
    for block in shown:
        ended = subprocess.run(
            [BIN / "python", "-c", check],
            input=block.text,
            env=environment_of(ansible, {}),
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert ended.returncode == 0, block
