# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state machine with owners: services with marks of every kind, runs that adopt, remove, recreate and prune them.

What it holds a run to, whatever happens to it: it deletes nothing that is protected; prune deletes nothing of another owner,
nothing without a mark, nothing that is to be kept or is declared, never more than its cap, and nothing once something else
has failed. Marks are read here by a second reading of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.simulator.model import Service
from tests.simulator.samples import site2dc_item
from tests.unit.model.machine import Disturbance, Machine, disturbances
from tests.unit.model.runs import TENANT, Run
from tests.unit.modules.support import add_service

OWNERS = ("north", "south")
OWNED = ("east-1", "east-2", "east-3", "east-4", "east-5", "east-6")
_RESTS = (["protected"], ["keep"], ["protected", "keep"])
CAPS = (None, "10%", "50%", *("100%",) * 3, 1, "2", *(6,) * 3)
_DEFAULT_CAP = "10%"
_TEXTS = ("", "text", "[managed: nobody", "x [managed: North]")
_LONG = 3600.0


class Flags(NamedTuple):
    """What a mark says, as this test reads it."""

    owner: str
    protected: bool
    keep: bool

    def __str__(self) -> str:
        return f" [managed: {self.owner}{', protected' * self.protected}{', keep' * self.keep}]"


def flags_of(description: str | None) -> Flags | None:
    """Read the mark at the end of a description."""
    head, _bracket, tail = (description or "").rpartition("[managed: ")
    words = tail.removesuffix("]").split(", ") if tail.endswith("]") and (head or _bracket) else []
    if not words or not re.fullmatch("[a-z0-9][a-z0-9._/-]{0,39}", words[0]):
        return None
    rest = words[1:]
    return Flags(words[0], "protected" in rest, "keep" in rest) if not rest or rest in _RESTS else None


@dataclass(frozen=True)
class Placement:
    """A service as somebody has left it."""

    mark: Flags | None
    text: str
    status: str = "Completed"
    active: bool = False


@dataclass(frozen=True)
class Item:
    """How a name is declared in a run that prunes."""

    name: str
    by_id: bool = False
    options: tuple[tuple[str, Any], ...] = ()


_marks = st.one_of(
    st.builds(Flags, st.sampled_from(OWNERS), st.sampled_from((False, False, True)), st.sampled_from((False, False, True))),
    st.none(),
)
_names = st.sampled_from(OWNED)
_placements = st.builds(
    Placement,
    _marks,
    st.sampled_from(_TEXTS),
    st.sampled_from((*("Completed",) * 8, "Failed", "CreateFailed")),
    st.sampled_from((*(False,) * 5, True)),
)
_ours = st.builds(
    Placement,
    st.builds(
        Flags,
        st.sampled_from((*(OWNERS[0],) * 6, OWNERS[1])),
        st.sampled_from((*(False,) * 5, True)),
        st.sampled_from((*(False,) * 5, True)),
    ),
    st.sampled_from(_TEXTS),
)
_placed = st.builds(Placement, _marks, st.sampled_from(_TEXTS))
_quiet = st.just(Disturbance())
_hows = st.one_of(_quiet, _quiet, disturbances)
_items = st.builds(
    Item,
    _names,
    st.booleans(),
    st.sampled_from(
        (
            *[()] * 8,
            (("state", "absent"), ("deactivate", True)),
            (("managed", False),),
            (("protected", True),),
            (("protected", False),),
            (("on_removal", "keep"),),
            (("bandwidth", 70000),),
            (("take_over", True),),
        )
    ),
)
_meddlings = st.one_of(st.none(), st.none(), st.none(), st.tuples(st.integers(1, 40), _names, _marks))


class OwnedMachine(Machine):
    """Random owners, marks, caps and runs; see the module."""

    @rule(
        name=_names,
        placed=st.one_of(st.none(), _placed),
        owner=st.sampled_from((*OWNERS, None)),
        protected=st.sampled_from((None, True, False)),
        keep=st.sampled_from((None, "keep", "delete")),
        take_over=st.booleans(),
        how=_hows,
    )
    def adopt(
        self,
        name: str,
        placed: Placement | None,
        owner: str | None,
        protected: bool | None,
        keep: str | None,
        take_over: bool,
        how: Disturbance,
    ) -> None:
        """Declare owner and protection of a service that is there."""
        self._place({name: placed} if placed else {})
        before = self._one_standing(name)
        if before is None:
            return
        flags = flags_of(before.description)
        options: dict[str, Any] = {"owner": owner, "protected": protected, "on_removal": keep}
        options["take_over"] = take_over if owner else None
        given = {"name": name, **{option: value for option, value in options.items() if value is not None}}
        run = self._owned_run("ies_service", given, how)
        if not run.undisturbed:
            return
        refused = (flags is not None and owner not in {None, flags.owner} and not take_over) or (
            flags is None and owner is None and (protected is True or keep == "keep")
        )
        assert run.failed is refused, run.result.get("msg")
        wanted = flags
        if not refused and (owner or flags):
            known = flags or Flags(str(owner), False, False)
            wanted = Flags(
                owner or known.owner,
                known.protected if protected is None else protected,
                known.keep if keep is None else keep == "keep",
            )
        after = self.sim.state.service(TENANT, before.service_id)
        assert after is not None
        assert flags_of(after.description) == wanted
        assert after.parameters == before.parameters
        assert len(self.sim.journal.writes) == (wanted != flags)
        self.tally["adopted"] += flags is None and wanted is not None

    @rule(
        name=_names,
        placed=st.one_of(st.none(), _placed),
        what=st.sampled_from(("absent", "recreate")),
        owner=st.sampled_from((None, *OWNERS)),
        unprotect=st.booleans(),
        how=_hows,
        meddling=_meddlings,
    )
    def remove(
        self,
        name: str,
        placed: Placement | None,
        what: str,
        owner: str | None,
        unprotect: bool,
        how: Disturbance,
        meddling: tuple[int, str, Flags | None] | None,
    ) -> None:
        """Remove a service, or have it recreated; what is protected stays."""
        self._place({name: placed} if placed else {})
        before = self._one_standing(name)
        if before is None:
            return
        given: dict[str, Any] = {"name": name, "deactivate": True, **({"owner": owner} if owner else {})}
        if unprotect:
            given["protected"] = False
        if what == "absent":
            given["state"] = "absent"
        else:
            vni = str(int(before.parameters["Site2DCList"][0]["VNI"]) + 1)
            connection = {"cloud_vpn_name": f"vpn-{name}", "bandwidth": 60000, "vni": vni}
            given |= {"site2dc": [connection], "service_definition": "Site2DC", "on_immutable_change": "recreate"}
        flags = flags_of(before.description)
        run = self._owned_run("ies_service", given, how, meddling)
        if not run.undisturbed:
            return
        foreign = flags is not None and owner not in {None, flags.owner}
        refused = foreign or (flags is not None and flags.protected)
        assert run.failed is refused, run.result.get("msg")
        self.tally["protected stood"] += bool(flags is not None and flags.protected)
        if refused:
            assert self.sim.journal.writes == []
        elif what == "absent":
            assert self.sim.state.named(TENANT, name) == []
        else:
            (after,) = self.sim.state.named(TENANT, name)
            assert flags_of(after.description) == (flags or (Flags(owner, False, False) if owner else None))

    @rule(
        estate=st.dictionaries(_names, _placements, min_size=2, max_size=len(OWNED)),
        there=st.sampled_from((True, True, True, False)),
        items=st.lists(_items, max_size=4, unique_by=lambda item: item.name),
        owner=st.sampled_from(OWNERS),
        cap=st.sampled_from(CAPS),
        deactivate=st.sampled_from((True, True, False)),
        how=_hows,
        meddling=_meddlings,
        wait=st.sampled_from((True, True, False)),
    )
    def prune(
        self,
        estate: dict[str, Placement],
        there: bool,
        items: list[Item],
        owner: str,
        cap: Any,
        deactivate: bool,
        how: Disturbance,
        meddling: tuple[int, str, Flags | None] | None,
        wait: bool,
    ) -> None:
        """Run a declaration that prunes; `there`: only of services that are there."""
        self._place(estate)
        items = [item for item in items if not there or self.sim.state.named(TENANT, item.name)]
        given = {"deactivate": deactivate, "wait": wait, **({} if cap is None else {"prune_max": cap})}
        self._prune({}, items, owner, given, how, meddling)

    @rule(
        estate=st.fixed_dictionaries(dict.fromkeys(OWNED, _ours)),
        items=st.lists(_items, max_size=3, unique_by=lambda item: item.name),
        cap=st.sampled_from((None, "50%", "100%", 2, 6)),
        how=st.one_of(_quiet, _quiet, _quiet, disturbances),
        meddling=st.one_of(st.none(), st.tuples(st.integers(8, 40), _names, _marks)),
    )
    def prune_an_estate(
        self,
        estate: dict[str, Placement],
        items: list[Item],
        cap: Any,
        how: Disturbance,
        meddling: tuple[int, str, Flags | None] | None,
    ) -> None:
        """Prune where most services are those of one owner, and most of them are not declared."""
        self._prune(estate, items, OWNERS[0], {"deactivate": True} | ({} if cap is None else {"prune_max": cap}), how, meddling)

    # How runs are made and looked at

    def _prune(
        self,
        estate: Mapping[str, Placement],
        items: Sequence[Item],
        owner: str,
        options: Mapping[str, Any],
        how: Disturbance,
        meddling: tuple[int, str, Flags | None] | None,
    ) -> None:
        """Run a declaration that prunes, after a look in check mode."""
        self._place(estate)
        services = [self._declared(item) for item in items]
        given = {"services": services, "owner": owner, "prune": True, "allow_empty": True, "max_parallel": 1, **options}
        standing = {service.service_id: service for service in self.sim.state.services(TENANT)}
        owned = [service for service in standing.values() if (flags := flags_of(service.description)) and flags.owner == owner]
        going = {service.service_id for service in owned if self._goes(service, owner, services)}
        most = _most(given.get("prune_max", _DEFAULT_CAP), len(owned))
        foreseen = self._owned_run("ies_services", given, check_mode=True)
        assert self.sim.journal.writes == []
        run = self._owned_run("ies_services", given, how, meddling)
        self.tally["prunes"] += 1
        pruned = self._pruned(run, services)
        self._check_pruned(run, pruned, owner, services)
        assert len(pruned) <= most or run.interfered, "prune went over its cap"
        self.tally["pruned"] += len(pruned)
        if not run.undisturbed:
            return
        if len(going) > most:
            self.tally["caps held"] += 1
            for one in (foreseen, run):
                assert one.failed
                assert one.result["error"]["kind"] == "conflict"
                assert all(service_id in one.result["msg"] for service_id in going)
            assert self.sim.journal.writes == []
            return
        self._check_spared(standing, owner, services)
        planned = [[item for item in one.result["plan"]["delete"] if "reason" in item] for one in (foreseen, run)]
        assert planned[0] == planned[1]
        if not run.failed:
            assert {item["service_id"] for item in planned[1]} == going == set(pruned)
            left = {service.service_id for service in self.sim.state.services(TENANT)} & going
            assert not given.get("wait", True) or not left

    def _owned_run(
        self,
        module: str,
        given: Mapping[str, Any],
        how: Disturbance | None = None,
        meddling: tuple[int, str, Flags | None] | None = None,
        check_mode: bool = False,
        before_writing: Callable[[], None] | None = None,
    ) -> Run:
        """Play a run, with the faults and what somebody does to a mark meanwhile, and check what it deleted."""
        how = how or Disturbance()
        meddled: tuple[int, Callable[[], None]] | None = None
        if meddling is not None:
            point, name, mark = meddling
            meddled = (point, partial(self._mark, name, mark, "meanwhile"))
        run = Run(
            self.sim,
            module,
            dict(given),
            check_mode=check_mode,
            killed_at=how.killed_at,
            unanswered=how.unanswered,
            meddled=meddled,
            proxy=self.world.proxy if how.proxied else None,
            dropped=None if self.sim.ca_path else how.dropped,
        )
        run.before_writing = before_writing
        for fault in how.faults:
            self.sim.faults.add(**fault)
        self.sim.journal.clear()
        self._play([run])
        self.sim.faults.clear()
        self._check_protected(run, given)
        return run

    def _check_protected(self, run: Run, given: Mapping[str, Any]) -> None:
        unprotected = {item.get("name") for item in given.get("services", [given]) if item.get("protected") is False}
        for deleted in run.deleted:
            flags = flags_of(deleted.seen)
            excused = deleted.service_id in run.made or (deleted.status == "CreateFailed" and deleted.name in unprotected)
            if not deleted.looked and deleted.service_id not in run.made:
                self._trespass(f"{deleted} was not looked at right before")
            if flags is not None and flags.protected and not excused:
                self._trespass(f"{deleted} is protected")

    def _pruned(self, run: Run, services: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return what the run deleted without a declaration of it, by id."""
        return {
            deleted.service_id: deleted
            for deleted in run.deleted
            if deleted.service_id not in run.made and not _is_declared(deleted.name, deleted.service_id, services)
        }

    def _check_pruned(self, run: Run, pruned: Mapping[str, Any], owner: str, services: Sequence[Mapping[str, Any]]) -> None:
        for deleted in pruned.values():
            flags = flags_of(deleted.seen)
            if flags is None or flags.owner != owner or flags.protected or flags.keep:
                self._trespass(f"{deleted} was pruned for {owner}")
        failed = [entry["name"] for entry in run.result.get("services", [])[: len(services)] if entry["error"]]
        if pruned and failed:
            self._trespass(f"{list(pruned)} were pruned although {failed} had failed")

    def _check_spared(self, standing: Mapping[str, Service], owner: str, services: Sequence[Mapping[str, Any]]) -> None:
        """Check that nobody has touched what is neither declared nor to be pruned."""
        after = {service.service_id: service for service in self.sim.state.services(TENANT)}
        for service_id, service in standing.items():
            if _is_declared(service.name, service_id, services) or self._goes(service, owner, services):
                continue
            if service_id not in after or asdict(after[service_id]) != asdict(service):
                self._trespass(f"{service} was not {owner}'s to touch, and is {after.get(service_id)}")

    def _trespass(self, words: str) -> None:
        self.tally["trespasses"] += 1
        raise AssertionError(words)

    def _goes(self, service: Service, owner: str, services: Sequence[Mapping[str, Any]]) -> bool:
        flags = flags_of(service.description)
        removable = flags is not None and flags.owner == owner and not flags.protected and not flags.keep
        return removable and not _is_declared(service.name, service.service_id, services)

    def _declared(self, item: Item) -> dict[str, Any]:
        found = self.sim.state.named(TENANT, item.name)
        if item.by_id and len(found) == 1:
            return {"service_id": found[0].service_id, **dict(item.options)}
        return {"name": item.name, **dict(item.options)}

    def _one_standing(self, name: str) -> Service | None:
        found = self.sim.state.named(TENANT, name)
        return found[0] if len(found) == 1 and found[0].status == "Completed" else None

    def _place(self, estate: Mapping[str, Placement]) -> None:
        """Let what is under way end, and somebody leave services of these names."""
        self.sim.clock.advance(_LONG)
        for name, placed in estate.items():
            for service in self.sim.state.named(TENANT, name):
                self.sim.state.remove_service(service.service_id)
            add_service(
                self.sim,
                name,
                parameters={"Site2DCList": [site2dc_item(f"vpn-{name}", "60000")]},
                status=placed.status,
                active_status="Active" if placed.active and placed.status != "CreateFailed" else "Deactive",
                description=f"{placed.text}{placed.mark or ''}",
            )

    def _mark(self, name: str, mark: Flags | None, text: str) -> None:
        for service in self.sim.state.named(TENANT, name):
            self.sim.state.set_description(service.service_id, f"{text}{mark or ''}")

    def _foreign(self) -> dict[str, Any]:
        return {service_id: service for service_id, service in super()._foreign().items() if service["name"] not in OWNED}


def _is_declared(name: str, service_id: str, services: Sequence[Mapping[str, Any]]) -> bool:
    return any(name == item.get("name") or service_id == item.get("service_id") for item in services)


def _most(cap: Any, owned: int) -> int:
    if str(cap).endswith("%"):
        return max(1, owned * int(str(cap)[:-1]) // 100)
    return int(cap)
