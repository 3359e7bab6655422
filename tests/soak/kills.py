# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kill `cloudopera.ies.provision` of ten services at random moments, run it again, and look at what is there.

Each round starts from a fresh simulated IES. The process group is sent SIGKILL in the middle of ordering, changing or removing
ten services; a re-run then has to leave each service once and as declared, and no process of the killed run may live on.
A write that the server had read when its run was killed is carried out all the same in every other case, as servers do.
Rounds go over http or https, directly or through a proxy; in some of them a response is lost on the way before the kill. In
some, each service has a namesake that nobody declares, and is declared by its id.
Prints how often the runs were killed in which phase, and exits with 1 on any deviation. Run it as: python -m tests.soak.kills
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from tests.benchmarks._measure import process_tree
from tests.simulator.journal import Entry
from tests.simulator.proxy import Proxy
from tests.simulator.samples import SITE2DC_DEFINITION, SITE2DC_TEMPLATE, site2dc_item
from tests.simulator.server import SimulatorServer
from tests.unit.playbooks.support import Ansible, kill_group

TENANT = "nbitest_16"
PLAYBOOK = "cloudopera.ies.provision"
NAMES = [f"branch-{number:02d}" for number in range(1, 11)]
BANDWIDTH, SCALED = "60000", "80000"
# Requests take a while, and so does the work they start: ten services take about a second.
OPTIONS = {"latency": 0.03}
DURATIONS = dict.fromkeys(("create", "modify", "delete"), 0.6)
PACE = {"cloudvpn_max_parallel": 2, "cloudvpn_wait_sleep": 0.1, "cloudvpn_wait_timeout": 60}
REPEAT_EVERY = 10
# Seconds after a kill by which no more requests may come, and by which everything has to be gone on a busy machine.
QUIET_LIMIT = 0.3
GONE_LIMIT = 5.0
MOST_AFTER_REQUEST = 0.05
BY_REQUEST = 0.7
# The last part of a run only looks once more at what is done.
WORKING = 0.75
LOOK_EVERY = 0.002
# With as many rounds, each phase and each way has to occur.
MANY_ROUNDS = 100
# How many rounds lose the response of a write, of those in which something can break on the way.
LOST = 0.4

PHASES = ("before the first write", "between writes", "waiting", "after")


@dataclass(frozen=True)
class Work:
    """What a run is to do, and how many rounds in a hundred are about it."""

    name: str
    share: int
    method: str
    before: str | None
    after: str | None
    namesakes: bool = False

    def variables(self, ids: Mapping[str, str]) -> dict[str, Any]:
        """Return the extra variables of the playbook; beside namesakes the services are declared by their `ids`."""
        return {**PACE, "cloudvpn_services": [self._declared(name, ids) for name in NAMES]}

    def _declared(self, name: str, ids: Mapping[str, str]) -> dict[str, Any]:
        identity = {"service_id": ids[name]} if self.namesakes else {"name": name}
        if self.after is None:
            return {**identity, "state": "absent"}
        connection = {"cloud_vpn_name": f"{name}-vpn", "bandwidth": int(self.after), "vni": "2236"}
        return {**identity, "service_definition": "Site2DC", "site2dc": [connection]}


WORKS = (
    Work("create", 60, "POST", before=None, after=BANDWIDTH),
    Work("update", 10, "PUT", before=BANDWIDTH, after=SCALED),
    Work("remove", 10, "DELETE", before=BANDWIDTH, after=None),
    Work("update by id", 10, "PUT", before=BANDWIDTH, after=SCALED, namesakes=True),
    Work("remove by id", 10, "DELETE", before=BANDWIDTH, after=None, namesakes=True),
)


@dataclass(frozen=True)
class Way:
    """How the requests of a round travel."""

    name: str
    tls: bool
    proxied: bool

    @property
    def fault(self) -> str | None:
        """What breaks on it after a write was carried out; None: nothing that the kill itself does not break."""
        if self.tls:
            return "tls_break"
        return "drop_after" if self.proxied else None


WAYS = (
    Way("http", tls=False, proxied=False),
    Way("http through a proxy", tls=False, proxied=True),
    Way("https", tls=True, proxied=False),
    Way("https through a proxy", tls=True, proxied=True),
)


@dataclass(frozen=True)
class Undisturbed:
    """How long a run takes when nobody kills it, and how many requests it sends."""

    seconds: float
    requests: int


@dataclass(frozen=True)
class Round:
    """What became of one round."""

    number: int
    work: str
    way: str
    lost: int
    phase: str
    seconds: float
    under_way: int
    carried_out: int
    deviations: Sequence[str]


class Lane:
    """Simulators with http and https, a proxy before them, and the runs against them, one after another."""

    def __init__(self, plain: SimulatorServer, secure: SimulatorServer, proxy: Proxy, folder: Path) -> None:
        self._servers = {False: plain, True: secure}
        self._sim = plain
        self._proxy = proxy
        self._ansible = Ansible(plain, folder)
        self._environment = dict(self._ansible.environment)
        self._ids: dict[str, str] = {}
        self._namesakes: set[str] = set()

    def _take(self, way: Way) -> None:
        self._sim = self._ansible.sim = self._servers[way.tls]
        self._ansible.environment = {**self._environment, **(self._proxy.environment() if way.proxied else {})}

    def prepare(self, work: Work) -> None:
        """Start from an IES in which there is what there is before such work, and services that are nobody's business."""
        self._sim.faults.clear()
        self._sim.reset()
        self._ids = {} if work.before is None else {name: self._add(name, f"{name}-vpn", work.before) for name in NAMES}
        self._namesakes = {self._add(name, f"{name}-other", "5000") for name in NAMES if work.namesakes}

    def _add(self, name: str, vpn: str, bandwidth: str) -> str:
        of_site2dc = {"service_definition_id": SITE2DC_DEFINITION, "template_id": SITE2DC_TEMPLATE}
        parameters = {"Site2DCList": [site2dc_item(vpn, bandwidth)]}
        return self._sim.state.add_service(TENANT, name, parameters, **of_site2dc).service_id

    def measure(self, work: Work) -> Undisturbed:
        """Run it once without a kill."""
        self._take(WAYS[0])
        self.prepare(work)
        started = time.monotonic()
        deviations = [*self._run(work), *self._compare(work)]
        if deviations:
            raise RuntimeError(f"an undisturbed {work.name} deviates: {'; '.join(deviations)}")
        return Undisturbed(time.monotonic() - started, len(self._sim.journal.entries))

    def play(self, number: int, work: Work, undisturbed: Undisturbed, chance: random.Random) -> Round:
        """Kill a run, run again, and compare."""
        started = time.monotonic()
        way = chance.choice(WAYS)
        self._take(way)
        self.prepare(work)
        foreign = self._foreign()
        if way.fault is not None and chance.random() < LOST:
            self._sim.faults.add(way.fault, method=work.method, after=chance.randrange(len(NAMES)))
        phase, deviations = self._kill(work, undisturbed, chance)
        self._sim.faults.clear()
        killed = len(self._sim.journal.writes)
        lost = [entry for entry in self._sim.journal.writes if entry.faults]
        under_way = [entry for entry in self._sim.journal.writes if entry.status is None and not entry.faults]
        carried_out = [entry for entry in under_way if chance.random() < 0.5]
        for entry in carried_out:
            self._carry_out(entry)
        deviations += self._run(work)
        deviations += self._compare(work)
        if self._foreign() != foreign:
            deviations.append("a service that is not declared was touched")
        others = {entry.method for entry in self._sim.journal.writes} - {work.method}
        if others:
            deviations.append(f"writes that nobody asked for: {', '.join(sorted(others))}")
        if number % REPEAT_EVERY == 0:
            written = len(self._sim.journal.writes)
            deviations += self._run(work)
            if len(self._sim.journal.writes) != written:
                deviations.append("a further run wrote again")
        if deviations:
            deviations.append(f"{killed} writes had arrived from the killed run, {len(self._sim.journal.writes)} in all")
        took = time.monotonic() - started
        return Round(number, work.name, way.name, len(lost), phase, took, len(under_way), len(carried_out), deviations)

    def _kill(self, work: Work, undisturbed: Undisturbed, chance: random.Random) -> tuple[str, list[str]]:
        """Start a run, kill it at a moment chosen by chance, and return the phase it was in."""
        by_request = chance.random() < BY_REQUEST
        request = chance.randint(1, int(undisturbed.requests * WORKING))
        pause = chance.uniform(0, MOST_AFTER_REQUEST if by_request else undisturbed.seconds * WORKING)
        with self._ansible.start(PLAYBOOK, TENANT, work.variables(self._ids)) as process:
            try:
                while by_request and len(self._sim.journal.entries) < request and process.poll() is None:
                    time.sleep(LOOK_EVERY)
                time.sleep(pause)
                family = list(process_tree(process.pid))
                ended = process.poll() is not None
                phase = self._phase(work, ended)
            finally:
                kill_group(process)
            killed_at = self._sim.clock.now()
            process.wait()
        left_over = _still_there(set(family) - {process.pid})
        deviations = [f"process {pid} of the killed run lived on" for pid in left_over]
        if not _comes_about(lambda: self._sim.journal.in_flight == 0):
            deviations.append("a connection of the killed run lived on")
        late = [entry for entry in self._sim.journal.entries if entry.time > killed_at + QUIET_LIMIT]
        if late:
            deviations.append(f"the killed run sent {len(late)} more requests, up to {late[-1].time - killed_at:.1f} s after")
        return phase, deviations

    def _carry_out(self, entry: Entry) -> None:
        """Do what a write asks for that was read but not yet looked at: the simulator drops those whose sender is gone."""
        service_id = entry.path.rpartition("/")[2]
        if entry.method == "POST":
            self._sim.state.create(TENANT, entry.body)
        elif entry.method == "PUT":
            self._sim.state.modify(TENANT, service_id, entry.body)
        else:
            self._sim.state.delete(TENANT, service_id)

    def _phase(self, work: Work, ended: bool) -> str:
        writes = len(self._sim.journal.writes)
        if ended or not self._deviating(work):
            return "after"
        if writes == 0:
            return "before the first write"
        return "between writes" if writes < len(NAMES) else "waiting"

    def _run(self, work: Work) -> list[str]:
        run = self._ansible.playbook(PLAYBOOK, tenant=TENANT, variables=work.variables(self._ids))
        return [] if run.status == 0 else [f"a re-run failed: {run.words[-600:]}"]

    def _foreign(self) -> list[Any]:
        services = self._sim.state.services(TENANT)
        return [service for service in services if service.name not in NAMES or service.service_id in self._namesakes]

    def _deviating(self, work: Work) -> list[str]:
        wanted = {} if work.after is None else {name: (f"{name}-vpn", work.after) for name in NAMES}
        named = [service for service in self._sim.state.services(TENANT) if service.name in NAMES]
        services = [service for service in named if service.service_id not in self._namesakes]
        found = Counter(service.name for service in services)
        deviations = [f"{name}: {found[name]} services" for name in NAMES if found[name] != (name in wanted)]
        for service in services:
            items = service.parameters.get("Site2DCList") or []
            stored = [(item["CloudVpnName"], item["Bandwidth"]) for item in items]
            if service.status != "Completed" or stored != [wanted.get(service.name)]:
                deviations.append(f"{service.name} ({service.service_id}): {service.status}, {stored}")
        return deviations

    def _compare(self, work: Work) -> list[str]:
        """Say in what the tenant differs from what is declared, and what else of it is there."""
        known = {service.name for service in self._sim.state.services(TENANT)} - set(NAMES)
        return [*self._deviating(work), *(f"{name} was not declared" for name in known - {"site2dc6_201705071300"})]


def _still_there(family: Iterable[int]) -> list[int]:
    """Return which of these processes do not end within the limit."""
    left = list(family)
    _comes_about(lambda: not any(map(_alive, left)))
    return [pid for pid in left if _alive(pid)]


def _comes_about(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + GONE_LIMIT
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(LOOK_EVERY)
    return True


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def works_of(seed: int, count: int, first: int) -> dict[int, Work]:
    """Return what each round is about."""
    shares = [work.share for work in WORKS]
    return {number: random.Random(f"{seed}/{number}/work").choices(WORKS, shares)[0] for number in range(first, first + count)}


def play_all(seed: int, works: Mapping[int, Work], lanes: Sequence[Lane]) -> list[Round]:
    """Play the rounds, as many at once as there are lanes."""
    free: SimpleQueue[Lane] = SimpleQueue()
    for lane in lanes:
        free.put(lane)
    undisturbed = {work: lanes[0].measure(work) for work in WORKS}
    for work, measured in undisturbed.items():
        print(f"undisturbed {work.name}: {measured.seconds:.1f} s, {measured.requests} requests", flush=True)

    def play(number: int, work: Work) -> Round:
        lane = free.get()
        try:
            played = lane.play(number, work, undisturbed[work], random.Random(f"{seed}/{number}"))
        finally:
            free.put(lane)
        for deviation in played.deviations:
            print(f"round {number} ({work.name}, {played.way}, killed {played.phase}): {deviation}", flush=True)
        if number % 20 == 0:
            print(f"round {number} played", flush=True)
        return played

    with ThreadPoolExecutor(len(lanes)) as pool:
        return list(pool.map(play, works, works.values()))


def summary(rounds: Sequence[Round]) -> list[str]:
    """Return a table of when the runs were killed."""
    counted = Counter((played.work, played.phase) for played in rounds)
    lines = [f"{'killed':24}" + "".join(f"{work.name:>14}" for work in WORKS) + f"{'all':>8}"]
    for phase in PHASES:
        numbers = [counted[work.name, phase] for work in WORKS]
        lines.append(f"{phase:24}" + "".join(f"{number:>14}" for number in numbers) + f"{sum(numbers):>8}")
    lines.append("")
    for way in WAYS:
        taken = [played for played in rounds if played.way == way.name]
        lines.append(f"{len(taken):>8}  {way.name}, {sum(played.lost for played in taken)} answers lost before the kill")
    return lines


def main() -> int:
    """Play the rounds and tell whether each ended as declared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="rounds")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="default: a random one")
    parser.add_argument("--first", type=int, default=1, help="number of the first round, to play one of a seed again")
    parser.add_argument("--lanes", type=int, default=os.cpu_count() or 1, help="rounds at once, each with its own simulator")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    print(f"seed {given.seed}, {given.count} rounds, {given.lanes} at once", flush=True)
    started = time.monotonic()
    with ExitStack() as stack:
        lanes = []
        for _lane in range(given.lanes):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ies-kills-", ignore_cleanup_errors=True))
            plain = stack.enter_context(SimulatorServer(OPTIONS, durations=DURATIONS))
            secure = stack.enter_context(SimulatorServer(OPTIONS, durations=DURATIONS, tls=True))
            lanes.append(Lane(plain, secure, stack.enter_context(Proxy()), Path(folder)))
        rounds = play_all(given.seed, works_of(given.seed, given.count, given.first), lanes)
    took = time.monotonic() - started
    print("\n".join(["", *summary(rounds), ""]))
    deviating = [played.number for played in rounds if played.deviations]
    missed = [f"killed {phase}" for phase in PHASES[:-1] if not any(played.phase == phase for played in rounds)]
    missed += [f"sent over {way.name}" for way in WAYS if not any(played.way == way.name for played in rounds)]
    each = statistics.median(played.seconds for played in rounds)
    under_way = sum(played.under_way for played in rounds)
    carried_out = sum(played.carried_out for played in rounds)
    print(f"{under_way} writes were under way when their run was killed; {carried_out} of them were carried out all the same")
    print(f"{len(rounds)} rounds in {took:.0f} s, {each:.1f} s each; {len(deviating)} ended otherwise than declared")
    if deviating:
        print(f"seed {given.seed}, rounds {', '.join(map(str, deviating))}; one again: --seed {given.seed} --first N --count 1")
        return 1
    if missed and len(rounds) >= MANY_ROUNDS:
        print(f"seed {given.seed}: no run was {', nor '.join(missed)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
