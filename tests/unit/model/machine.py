# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A state machine that declares services at random, disturbs the runs, and checks that a quiet re-run makes it all true.

What it holds a run to, whatever happened before: one service per declared name, as declared, none for those declared
absent; everybody else's services untouched, also one of the same name; no write in the run after; check mode foresees the
run; errors are IesError; no token is shown.
"""

from __future__ import annotations

import base64
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.simulator.clock import ManualClock
from tests.simulator.model import Service
from tests.simulator.proxy import Proxy
from tests.simulator.samples import site2dc_item
from tests.simulator.server import SimulatorServer
from tests.unit.model.runs import TENANT, Result, Run, entries_of, play
from tests.unit.modules.fixtures import DURATIONS, START
from tests.unit.modules.support import add_service

NAMES = ("alpha", "beta", "gamma")
# The name of two services that only their ids tell apart: one is declared by its id, the other one by nobody.
PAIR = "delta"
OTHER_TENANT = "nbitest_15"
BANDWIDTHS = (10000, 60000, 80000)
VNIS = ("1", "2")
DESCRIPTIONS = ("", "first", "second")
# Longer than all that the simulated network layer can be busy with at once.
_LONG = 3600.0

# What is open in the contract and decides what a run sees of a race or of a lost response.
DIALECTS: tuple[dict[str, Any], ...] = (
    {},
    {"bandwidth_type": "number"},
    {"parameters_style": "json-strings"},
    {"create_operation_id": "hex", "empty_list": "200-list"},
    {"operations": "storage-trouble"},
    {"operations": "purged"},
    {"ids_in_body": False, "location": "absent"},
    {"time_style": "seconds"},
    {"key_style": "camel", "service_name_key": "serviceName"},
    {"operations": "404"},
    {"operation_style": "gso"},
    {"auto_activate": True},
    {"ids_in_body": False},
    {"null_body": "null", "empty_list": "200-null", "service_not_found": "200-null"},
    {"service_list_shape": "bare", "service_shape": "bare", "refusal_status": 409},
    {"time_style": "empty"},
)

FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("drop_before", {}),
    ("drop_after", {}),
    *(("status", {"status": status}) for status in (500, 502, 504)),
    *(("status_after", {"status": status}) for status in (500, 502, 503, 504)),
    *(("status", {"status": status, "body": None}) for status in (429, 503)),
    *(("status", {"status": status, "headers": {"Retry-After": "7"}}) for status in (429, 503)),
    ("status", {"status": 429, "headers": {"Retry-After": "4000"}}),
    ("truncate", {}),
    ("truncate", {"mode": "body"}),
    *(("tls_break", {"when": when}) for when in ("headers", "body")),
    ("html", {}),
    ("html", {"status": 502}),
    ("duplicate", {}),
    ("fail_async", {"reason": "no free VNI"}),
    ("create_failed_after_store", {}),
    ("fail_sync", {}),
    ("delay", {"seconds": 0.001}),
    ("clock_skew", {"seconds": 90}),
)


@dataclass(frozen=True)
class Desired:
    """What is declared of one name; `connections`: bandwidth and VNI by connection."""

    present: bool = True
    description: str = ""
    connections: tuple[tuple[str, int, str], ...] = ()
    on_immutable_change: str = "update"
    update_items: str = "full"

    def options(self, name: str) -> dict[str, Any]:
        """Return it as options of `ies_service`."""
        if not self.present:
            return {"name": name, "state": "absent", "deactivate": True}
        return {
            "name": name,
            "description": self.description,
            "service_definition": "Site2DC",
            "site2dc": [
                {"cloud_vpn_name": vpn, "bandwidth": bandwidth, "vni": vni} for vpn, bandwidth, vni in self.connections
            ],
            "on_immutable_change": self.on_immutable_change,
            "update_items": self.update_items,
            "deactivate": True,
        }


@dataclass(frozen=True)
class Disturbance:
    """What happens to a run.

    `faults` are rules for the simulator; `killed_at` is the point of its end; `unanswered` is the request that gets no
    response; at the point `meddled`, somebody does to the service what the second value says. `proxied`: its requests go
    through a proxy, which drops the response of the request `dropped`.
    """

    faults: tuple[dict[str, Any], ...] = ()
    killed_at: int | None = None
    unanswered: int | None = None
    meddled: tuple[int, str] | None = None
    proxied: bool = False
    dropped: int | None = None


@dataclass
class World:
    """The simulated IES with http and with https, a proxy before them, and what was counted over all examples."""

    plain: SimulatorServer
    secure: SimulatorServer
    proxy: Proxy
    tally: Counter[str] = field(default_factory=Counter)


@contextmanager
def open_world() -> Iterator[World]:
    """Start what a walk needs."""
    with (
        SimulatorServer(clock=ManualClock(START), durations=DURATIONS) as plain,
        SimulatorServer(clock=ManualClock(START), durations=DURATIONS, tls=True) as secure,
        Proxy() as proxy,
    ):
        yield World(plain, secure, proxy)


_faults = st.builds(
    lambda action, method, after, times: {"action": action[0], **action[1], "method": method, "after": after, "times": times},
    st.sampled_from(FAULTS),
    st.sampled_from((None, "GET", "POST", "PUT", "DELETE")),
    st.integers(0, 3),
    st.sampled_from((1, 1, 2, 7)),
)
disturbances = st.builds(
    Disturbance,
    st.lists(_faults, max_size=3).map(tuple),
    st.one_of(st.none(), st.integers(1, 45)),
    st.one_of(st.none(), st.none(), st.integers(1, 12)),
    st.one_of(
        st.none(), st.none(), st.tuples(st.integers(1, 30), st.sampled_from(("removed", "failed", "activated", "scaled")))
    ),
    st.sampled_from((False, False, True)),
    st.one_of(st.none(), st.integers(1, 12)),
)
_names = st.sampled_from(NAMES)
_modes = st.sampled_from(("update", "recreate"))
_items = st.sampled_from(("full", "minimal"))
_connections = st.builds(
    lambda numbers, bandwidth, vni: tuple((f"vpn-{number}", bandwidth, vni) for number in sorted(numbers)),
    st.sets(st.integers(1, 3), min_size=1, max_size=2),
    st.sampled_from(BANDWIDTHS),
    st.sampled_from(VNIS),
)
_desired = st.builds(Desired, st.just(True), st.sampled_from(DESCRIPTIONS), _connections, _modes, _items)


class Machine(RuleBasedStateMachine):
    """Random declarations and disturbances; see the module."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self._handled = sys.exc_info()[1]
        self.sim = self.world.plain
        self.tally = self.world.tally
        self.desired: dict[str, Desired] = {}
        # Connections that a name may have beyond those declared now: they are left alone.
        self.ever: dict[str, set[str]] = {name: set() for name in (*NAMES, PAIR)}
        # The id of the service of the pair that nobody declares.
        self.namesake = ""
        # Services of a name that a race could not tidy up, because something happened to the one that should have yielded.
        self.torn: dict[str, set[str]] = {}
        self.foreign: dict[str, Any] = {}

    @initialize(
        dialects=st.lists(st.sampled_from(DIALECTS), max_size=3),
        seed=st.integers(0, 7),
        tls=st.sampled_from((False, False, True)),
    )
    def begin(self, dialects: list[dict[str, Any]], seed: int, tls: bool) -> None:
        """Start from the samples, with services that nobody declares, in this tenant and in another one."""
        self.sim = self.world.secure if tls else self.world.plain
        self.tally["walks with TLS"] += tls
        self.sim.reset()
        for dialect in dialects:
            self.sim.options.update(dialect)
        ids = random.Random(seed)
        self.sim.state.new_id = lambda: base64.urlsafe_b64encode(ids.randbytes(16)).rstrip(b"=").decode()
        self.sim.simulation.preload(TENANT, 2, "theirs")
        self.sim.simulation.preload(OTHER_TENANT, 1, "theirs")
        for name in NAMES:
            add_service(self.sim, name, "vpn-1", tenant=OTHER_TENANT)
        self.namesake = add_service(self.sim, PAIR, "vpn-1")
        self.foreign = self._foreign()

    # Declarations, each followed by a run that may be disturbed

    @rule(name=_names, desired=_desired, how=disturbances, wait=st.booleans())
    def declare(self, name: str, desired: Desired, how: Disturbance, wait: bool) -> None:
        """Declare one service, by itself."""
        self._declare(name, desired)
        self._step([self._one(name, wait=wait, how=how)], how)

    @rule(
        several=st.dictionaries(_names, st.one_of(_desired, st.just(Desired(present=False))), min_size=2),
        how=disturbances,
        wait=st.booleans(),
    )
    def declare_fleet(self, several: dict[str, Desired], how: Disturbance, wait: bool) -> None:
        """Declare several services at once."""
        for name, desired in several.items():
            self._declare(name, desired)
        self._step([self._fleet(several, wait=wait, how=how)], how)

    @rule(name=_names, index=st.integers(0, 1), bandwidth=st.sampled_from(BANDWIDTHS), how=disturbances)
    def scale(self, name: str, index: int, bandwidth: int, how: Disturbance) -> None:
        """Change a bandwidth without repeating the rest."""
        desired = self._present(name)
        vpn, _old, vni = chosen = desired.connections[index % len(desired.connections)]
        others = tuple((vpn, bandwidth, vni) if entry == chosen else entry for entry in desired.connections)
        self._declare(name, replace(desired, connections=others))
        options = {"name": name, "cloud_vpn_name": vpn, "bandwidth": bandwidth}
        self._step([self._run("ies_service", options, how)], how, asked_all=False)

    @rule(name=_names, description=st.sampled_from(DESCRIPTIONS), vni=st.sampled_from(VNIS), mode=_modes, how=disturbances)
    def alter(self, name: str, description: str, vni: str, mode: str, how: Disturbance) -> None:
        """Change what is no bandwidth."""
        desired = self._present(name)
        connections = tuple((vpn, bandwidth, vni) for vpn, bandwidth, _vni in desired.connections)
        changed = replace(desired, description=description, connections=connections, on_immutable_change=mode)
        self._declare(name, changed)
        self._step([self._one(name, how=how)], how)

    @rule(name=_names, number=st.integers(1, 4), mode=_modes, how=disturbances)
    def connect(self, name: str, number: int, mode: str, how: Disturbance) -> None:
        """Add a connection."""
        desired = self._present(name)
        vpn = f"vpn-{number}"
        kept = tuple(entry for entry in desired.connections if entry[0] != vpn)
        changed = replace(desired, connections=(*kept, (vpn, BANDWIDTHS[0], VNIS[0])), on_immutable_change=mode)
        self._declare(name, changed)
        self._step([self._one(name, how=how)], how)

    @rule(name=_names, how=disturbances, wait=st.booleans())
    def retire(self, name: str, how: Disturbance, wait: bool) -> None:
        """Declare a service absent."""
        self._declare(name, Desired(present=False))
        self._step([self._one(name, wait=wait, how=how)], how)

    @rule(
        name=_names,
        desired=_desired,
        other=st.one_of(st.none(), st.none(), _desired, st.just(Desired(present=False))),
        is_new=st.booleans(),
        turns=st.lists(st.integers(1, 8), min_size=1, max_size=10),
        how=disturbances,
        second=disturbances,
        fleet=st.booleans(),
        wait=st.sampled_from((True, True, False)),
    )
    def race(
        self,
        name: str,
        desired: Desired,
        other: Desired | None,
        is_new: bool,
        turns: list[int],
        how: Disturbance,
        second: Disturbance,
        fleet: bool,
        wait: bool,
    ) -> None:
        """Run a declaration twice side by side; the second run may declare something else.

        `is_new`: nothing of that name is there when they begin. `fleet`: the first run is one of all declarations.
        """
        if is_new:
            self._remove_by_hand(name)
        self._declare(name, desired)
        rival = other or desired
        self.ever[name].update(vpn for vpn, _bandwidth, _vni in rival.connections)
        first = self._fleet(self.desired, wait=wait, how=how) if fleet else self._one(name, wait=wait, how=how)
        runs = [first, self._run("ies_service", {**rival.options(name), "wait": wait}, second)]
        self.tally["races"] += 1
        self._step(runs, replace(how, faults=how.faults + second.faults), turns, asked_all=other is None and wait)

    @rule(name=_names, desired=_desired, turns=st.lists(st.integers(1, 6), min_size=1, max_size=8), many=st.booleans())
    def order_at_once(self, name: str, desired: Desired, turns: list[int], many: bool) -> None:
        """Order the same service by two or three runs side by side, with nothing else in their way: the oldest one stays."""
        self._remove_by_hand(name)
        self._declare(name, desired)
        runs = [self._one(name) for _number in range(3 if many else 2)]
        self.tally["races"] += 1
        self._step(runs, Disturbance(), turns, asked_all=False)
        if not self._races_are_clear():
            return
        # One that comes when two services stand there, and has ordered none of them, can only tell of both.
        failed = [run.result["msg"] for run in runs if run.failed and (run.made or run.result["error"]["kind"] != "conflict")]
        assert not failed, f"a race that nothing disturbed did not end well: {failed}"
        self._check_names([name])
        made = {service_id: created_at for run in runs for service_id, created_at in run.made.items()}
        oldest = min((self._age(created_at), service_id) for service_id, created_at in made.items())
        assert [service.service_id for service in self._named(name)] == [oldest[1]], "not the oldest service stayed"
        self.tally["races settled"] += len(made) > 1

    @rule(
        desired=st.one_of(_desired, _desired, st.just(Desired(present=False))),
        how=st.one_of(st.just(Disturbance()), disturbances),
        named=st.booleans(),
        fleet=st.booleans(),
        wait=st.booleans(),
    )
    def declare_by_id(self, desired: Desired, how: Disturbance, named: bool, fleet: bool, wait: bool) -> None:
        """Declare a service by its id beside a namesake; `named`: with the name that they share.

        Where a run that recreates it is broken off, nothing but the message of that run knows its id, so a re-run is possible
        only as long as it stands.
        """
        self.sim.clock.advance(_LONG)
        self.ever[PAIR].update(vpn for vpn, _bandwidth, _vni in desired.connections)
        options = {**desired.options(PAIR), "service_id": self._declared_of_pair()}
        if not named:
            del options["name"]
        run = self._run_by_id(options, fleet, how, wait)
        self._step([run], how, asked_all=False)
        self.tally["runs beside a namesake"] += 1
        ours = self._standing(PAIR)
        if len(ours) > 1:
            self.tally["doubles"] += 1
            raise AssertionError(f"there are {len(ours)} services beside the namesake: {run.result}")
        if wait and not (run.failed or run.killed or run.interfered):
            self._check_names([PAIR], {PAIR: desired})
            self.tally["recreated beside a namesake"] += any("create" in entry["actions"] for entry in entries_of(run))
        self._settle_by_id(desired, options, fleet)

    def _run_by_id(self, options: dict[str, Any], fleet: bool, how: Disturbance | None = None, wait: bool = True) -> Run:
        if fleet:
            return self._run("ies_services", {"services": [options], "max_parallel": 1, "wait": wait}, how)
        return self._run("ies_service", {**options, "wait": wait}, how)

    def _declared_of_pair(self) -> str:
        """Return the id of the service beside the namesake; somebody orders it first where there is none that stands."""
        for service in self._named(PAIR):
            if service.status == "CreateFailed":
                self.sim.state.remove_service(service.service_id)
        standing = self._standing(PAIR)
        if standing:
            return standing[0].service_id
        self.ever[PAIR].add("vpn-2")
        return add_service(self.sim, PAIR, "vpn-2")

    def _settle_by_id(self, desired: Desired, options: dict[str, Any], fleet: bool) -> None:
        """Run the declaration again undisturbed, by the id that is there now; a further run writes nothing."""
        self.sim.clock.advance(_LONG)
        for quiet in (False, True):
            standing = self._standing(PAIR)
            if not standing:
                return
            self.sim.journal.clear()
            run = self._run_by_id({**options, "service_id": standing[0].service_id}, fleet)
            self._play([run])
            if run.failed:
                self.tally["losses"] += 1
                raise AssertionError(f"a quiet run by id failed: {run.result['msg']}")
            self._check_names([PAIR], {PAIR: desired})
            assert not (quiet and self.sim.journal.writes), "the run by id after a quiet one wrote"

    # What others do

    def _remove_by_hand(self, name: str) -> None:
        for service in self._named(name):
            self.sim.state.remove_service(service.service_id)

    @rule(name=_names, vpn=st.integers(1, 3), status=st.sampled_from(("Completed", "Failed", "CreateFailed")))
    def ordered_by_hand(self, name: str, vpn: int, status: str) -> None:
        """Somebody orders a service of a declared name, or leaves a failed one."""
        if status != "CreateFailed" and self._standing(name):
            return
        self.ever[name].add(f"vpn-{vpn}")
        item = site2dc_item(f"vpn-{vpn}", "5000")
        service_id = add_service(self.sim, name, parameters={"Site2DCList": [item]}, status=status)
        self.desired.setdefault(name, Desired(connections=((f"vpn-{vpn}", 5000, item["VNI"]),)))
        assert self.sim.state.service(TENANT, service_id) is not None

    @rule(name=_names, status=st.sampled_from(("Failed", "Completed")), active=st.booleans())
    def changed_by_hand(self, name: str, status: str, active: bool) -> None:
        """Somebody activates a service, or an update of somebody's fails."""
        for service in self._standing(name):
            if not service.in_progress:
                self.sim.state.set_status(service.service_id, status, "Active" if active else None)

    @rule(seconds=st.sampled_from((10.0, 45.0, _LONG)))
    def time_passes(self, seconds: float) -> None:
        """Let the network layer work."""
        self.sim.clock.advance(seconds)

    # What has to hold

    @invariant()
    def nobody_else_is_touched(self) -> None:
        """After every step, what nobody declared is as it was."""
        self.tally["steps"] += 1
        assert self._foreign() == self.foreign, "a service that nobody declared was touched"

    @rule(name=_names)
    def refused(self, name: str) -> None:
        """What cannot be done is told by check mode as by a run, and nothing is written."""
        self.settle(patient=True, fleet=True)
        for service in self._standing(name):
            self._check_refusal(name, service)

    def _check_refusal(self, name: str, service: Service) -> None:
        if service.active_status == "Active":
            options: dict[str, Any] = {"name": name, "state": "absent"}
        else:
            stored = service.parameters["Site2DCList"][0]
            options = {
                "name": name,
                "site2dc": [{"cloud_vpn_name": stored["CloudVpnName"], "bandwidth": 5, "vni": stored["VNI"] + "0"}],
            }
        self.sim.journal.clear()
        told = []
        for check_mode in (True, False):
            run = self._run("ies_service", options, check_mode=check_mode)
            self._play([run])
            told.append((run.failed, run.result.get("msg"), run.result.get("error")))
        assert told[0] == told[1]
        assert told[0][0] is True
        assert self.sim.journal.writes == []

    @rule(patient=st.booleans(), fleet=st.booleans())
    def settle(self, patient: bool, fleet: bool) -> None:
        """Run all declarations again undisturbed; `patient`: only when nothing is in progress any more."""
        if not self.desired:
            return
        if patient or self.torn:
            self.sim.clock.advance(_LONG)
        self._remove_doubles()
        at_rest = not any(service.in_progress for name in self.desired for service in self._named(name))
        foreseen = self._quiet(fleet, check_mode=True) if at_rest else None
        done = self._quiet(fleet)
        self._check_all(done)
        if foreseen is not None:
            self._check_foreseen(foreseen, done)
        self.sim.journal.clear()
        again = self._quiet(fleet)
        assert self.sim.journal.writes == [], "the run after a quiet one wrote"
        assert not any(run.result["changed"] for run in again)

    def teardown(self) -> None:
        """Settle once more, in the end."""
        # After a failure the state is that failure's, and another one would hide it.
        if self.foreign and sys.exc_info()[1] is self._handled:
            self.settle(patient=False, fleet=True)
            self.nobody_else_is_touched()

    # How runs are made and looked at

    def _meddle(self, names: Sequence[str], what: str) -> None:
        """Let somebody else do something to the services of these names while a run is under way."""
        self.tally["meddled"] += 1
        for service in [service for name in names for service in self._standing(name)]:
            if what == "removed":
                self.sim.state.remove_service(service.service_id)
            elif what == "scaled" and not service.in_progress:
                items = [{**item, "Bandwidth": "5000", "action": "update"} for item in service.parameters["Site2DCList"]]
                self.sim.state.modify(TENANT, service.service_id, {"service": {"parameters": {"Site2DCList": items}}})
            elif not service.in_progress:
                status, active = ("Failed", None) if what == "failed" else (None, "Active")
                self.sim.state.set_status(service.service_id, status, active)

    def _declare(self, name: str, desired: Desired) -> None:
        self.desired[name] = desired
        self.ever[name].update(vpn for vpn, _bandwidth, _vni in desired.connections)

    def _present(self, name: str) -> Desired:
        desired = self.desired.get(name)
        if desired is not None and desired.present:
            return desired
        return Desired(connections=(("vpn-1", BANDWIDTHS[0], VNIS[0]),))

    def _run(self, module: str, arguments: dict[str, Any], how: Disturbance | None = None, check_mode: bool = False) -> Run:
        how = how or Disturbance()
        meddled = None
        if how.meddled is not None:
            point, what = how.meddled
            names = [entry.get("name", PAIR) for entry in arguments.get("services", [arguments])]
            meddled = (point, partial(self._meddle, names, what))
        return Run(
            self.sim,
            module,
            arguments,
            check_mode=check_mode,
            killed_at=how.killed_at,
            unanswered=how.unanswered,
            meddled=meddled,
            proxy=self.world.proxy if how.proxied else None,
            dropped=None if self.sim.ca_path else how.dropped,
        )

    def _one(self, name: str, how: Disturbance | None = None, **more: Any) -> Run:
        return self._run("ies_service", {**self.desired[name].options(name), **more}, how)

    def _fleet(self, names: Iterable[str], how: Disturbance | None = None, check_mode: bool = False, **more: Any) -> Run:
        services = [self.desired[name].options(name) for name in names]
        return self._run("ies_services", {"services": services, "max_parallel": 1, **more}, how, check_mode)

    def _step(self, runs: Sequence[Run], how: Disturbance, turns: Sequence[int] = (), asked_all: bool = True) -> None:
        """Play a disturbed step; `asked_all`: the runs declare all that is declared of these names."""
        for fault in how.faults:
            self.sim.faults.add(**fault)
        self._play(runs, turns)
        self.tally["answers dropped by the proxy"] += sum(run.faults.count("dropped by the proxy") for run in runs)
        self.tally["broken TLS"] += sum(run.faults.count("tls_break") for run in runs if self.sim.ca_path)
        self.tally["faults"] += sum(fault.fired for fault in self.sim.faults.rules)
        self.sim.faults.clear()
        self._check_doubles(runs)
        self._check_removals(runs)
        if asked_all and not any(run.interfered for run in runs) and all(not run.killed and not run.failed for run in runs):
            waited = [run for run in runs if run.arguments.get("wait", True)]
            self._check_names(entry["name"] for run in waited for entry in entries_of(run))

    def _play(self, runs: Sequence[Run], turns: Sequence[int] = ()) -> None:
        play(runs, turns)
        secrets = self.sim.tokens(TENANT)
        for run in runs:
            self.tally["runs"] += 1
            self.tally["kills"] += run.killed
            self.tally["unanswered"] += run.timed_out
            self.tally["errors told"] += run.failed
            if run.crash is not None:
                self.tally["tracebacks"] += 1
                raise AssertionError(f"{run.module} ended with {type(run.crash).__name__}, no IesError") from run.crash
            if run.leaks(secrets):
                self.tally["canaries"] += 1
                raise AssertionError("a token is shown")
            if run.failed:
                assert "\n" not in run.result["msg"]

    def _quiet(self, fleet: bool, check_mode: bool = False) -> list[Run]:
        """Run all declarations undisturbed, together or one by one."""
        if fleet:
            runs = [self._fleet(self.desired, check_mode=check_mode)]
        else:
            runs = [self._run("ies_service", self.desired[name].options(name), check_mode=check_mode) for name in self.desired]
        for run in runs:
            self._play([run])
        if any(run.failed for run in runs) and self._remove_contrary_leftovers(runs):
            return self._quiet(fleet, check_mode)
        for run in runs:
            if run.failed:
                self.tally["losses"] += 1
                raise AssertionError(f"a quiet run failed: {run.result['msg']}")
        return runs

    def _remove_contrary_leftovers(self, runs: Sequence[Run]) -> bool:
        """Do what an engineer does where CreateFailed services of one name hold different things: keep one of them.

        Return whether there were any. What they hold beyond the declaration is nobody's to guess, so a run refuses.
        """
        words = "".join(run.result["msg"] for run in runs if run.failed)
        found = False
        for name in self.desired:
            left = [service.service_id for service in self._named(name) if service.status == "CreateFailed"]
            if len(left) > 1 and f"service {name!r} is CreateFailed more than once" in words:
                assert all(service_id in words for service_id in left)
                found = True
                for service_id in left[1:]:
                    removal = self._run("ies_service", {"service_id": service_id, "state": "absent"})
                    self._play([removal])
                    assert not removal.failed, removal.result["msg"]
                self.tally["pairs left to an engineer"] += 1
        return found

    # Checks

    def _foreign(self) -> dict[str, Any]:
        with self.sim.state.lock:
            known = [service for tenant in (TENANT, OTHER_TENANT) for service in self.sim.state.services(tenant)]
            return {
                service.service_id: asdict(service)
                for service in known
                if service.tenant != TENANT or service.name not in (*NAMES, PAIR) or service.service_id == self.namesake
            }

    def _named(self, name: str) -> list[Service]:
        return [service for service in self.sim.state.named(TENANT, name) if service.service_id != self.namesake]

    def _standing(self, name: str) -> list[Service]:
        """Return the services of a name that count as one: neither CreateFailed nor on their way out; the oldest first."""
        standing = [service for service in self._named(name) if service.status not in {"CreateFailed", "DeleteInProgress"}]
        return sorted(standing, key=lambda service: (self._age(service.created_at), service.service_id))

    def _age(self, created_at: int) -> int:
        """Return a time as exactly as the server tells it."""
        return created_at // (1000 if self.sim.options.time_style == "seconds" else 1)

    def _races_are_clear(self) -> bool:
        """Return whether the server says which service an order made, and which of two is older."""
        options = self.sim.options
        return options.time_style != "empty" and (options.ids_in_body or options.location != "absent")

    def _check_doubles(self, runs: Sequence[Run]) -> None:
        """Two services of one name may only be left where something happened to the run that should have taken one back."""
        # It made way, unless it could not: killed, or failed because of what happened to it or was not told.
        clear = self._races_are_clear()
        # Without waiting, nobody makes way, and the one that orders last has to say so, unless it is killed before it can.
        reported = any((run.failed or run.killed) and not run.arguments.get("wait", True) for run in runs)
        for name in NAMES:
            standing = [service.service_id for service in self._standing(name)]
            known = self.torn.pop(name, set())
            if len(standing) < 2:
                continue
            for younger in standing[1:]:
                excused = len(runs) > 1 and any(
                    run.killed or (run.failed and not (run.undisturbed and clear)) for run in runs if younger in run.made
                )
                if younger not in known and not excused and not reported:
                    self.tally["doubles"] += 1
                    ends = "; ".join(f"made {run.made}: {run.result.get('msg') or run.result.get('actions')}" for run in runs)
                    raise AssertionError(f"{name} exists more than once: {', '.join(standing)} ({ends})")
            self.torn[name] = set(standing)
            self.tally["pairs left to an engineer"] += 1

    def _check_removals(self, runs: Sequence[Run]) -> None:
        """A run removes what stands only if that was declared, or if it has ordered that itself."""
        for run in runs:
            services = run.arguments.get("services", [run.arguments])
            if all(entry.get("state") != "absent" and entry.get("on_immutable_change") != "recreate" for entry in services):
                if run.removed:
                    self.tally["losses"] += 1
                assert not run.removed, "a run removed a service that it had not ordered"

    def _remove_doubles(self) -> None:
        """Do what an engineer does about a conflict: read the two ids in the message, and remove the younger service."""
        for name in list(self.torn):
            del self.torn[name]
            while len(standing := self._standing(name)) > 1:
                self.sim.journal.clear()
                run = self._one(name)
                self._play([run])
                assert run.failed, f"{name} exists {len(standing)} times, and the run ended well"
                assert run.result["error"]["kind"] == "conflict"
                for service in standing:
                    assert service.service_id in run.result["msg"]
                assert self.sim.journal.writes == []
                removal = {"service_id": standing[-1].service_id, "state": "absent", "deactivate": True}
                removed = self._run("ies_service", removal)
                self._play([removed])
                assert not removed.failed, removed.result["msg"]

    def _check_all(self, runs: Sequence[Run]) -> None:
        self._check_names(self.desired)
        warnings = "".join(warning for run in runs for warning in run.result.get("warnings", []))
        for name in self.desired:
            for service in self._named(name):
                assert service.status != "CreateFailed" or service.service_id in warnings, "a leftover is not reported"

    def _check_names(self, names: Iterable[str], declared: Mapping[str, Desired] | None = None) -> None:
        """Compare what the server has with what is declared."""
        for name in names:
            reason = self._difference(name, (declared or self.desired)[name])
            if reason is not None:
                self.tally["losses"] += 1
                raise AssertionError(f"{name} is not as declared: {reason}")

    def _difference(self, name: str, desired: Desired) -> str | None:
        if not desired.present:
            left = [service.status for service in self._named(name)]
            return f"absent, but there is {left}" if left else None
        healthy = [service for service in self._named(name) if service.status != "CreateFailed"]
        if [service.status for service in healthy] != ["Completed"]:
            return f"there are {[service.status for service in healthy]}"
        (service,) = healthy
        if (service.description or "") != desired.description:
            return f"description {service.description!r}"
        stored = {item["CloudVpnName"]: item for item in service.parameters["Site2DCList"]}
        for vpn, bandwidth, vni in desired.connections:
            item = stored.get(vpn)
            if item is None:
                return f"no connection {vpn}"
            if (str(item["Bandwidth"]), item["VNI"]) != (str(bandwidth), vni):
                return f"connection {vpn} is {item}"
        unknown = set(stored) - self.ever[name]
        return f"nobody declared {unknown}" if unknown else None

    def _check_foreseen(self, foreseen: Sequence[Run], done: Sequence[Run]) -> None:
        for before, after in zip(foreseen, done):
            assert before.result["changed"] == after.result["changed"]
            assert before.result["diff"] == after.result["diff"]
            for told, did in zip(entries_of(before), entries_of(after)):
                assert (told["name"], told["changed"], told["actions"]) == (did["name"], did["changed"], did["actions"])
                assert _seen(told["service"]) == _seen(did["service"])


def _seen(service: Result | None) -> Any:
    """Return what check mode can know of a service."""
    if service is None:
        return None
    connections = sorted((entry["cloud_vpn_name"], entry["bandwidth"]) for entry in service["connections"])
    return service["name"], service["description"], service["template_id"], service["phase"], connections
