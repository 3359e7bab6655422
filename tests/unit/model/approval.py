# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state machine with plans that wait for their approval, while other hands work.

What it holds an apply to, whatever happens to it: after any change that concerns the plan it writes nothing; without one it
writes exactly what was planned; and a plan is applied at most once. Which change concerns which declaration stands here in a
table of its own.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.simulator.model import Service
from tests.simulator.samples import site2dc_item
from tests.unit.model.machine import Disturbance, World, disturbances
from tests.unit.model.ownership import OwnedMachine
from tests.unit.model.runs import TENANT, Run
from tests.unit.modules.support import add_service

APPROVED = ("west-1", "west-2", "west-3", "west-4")
BYSTANDER = "west-by"
_INSIDE, _OUTSIDE = "55000", "90000"
_RANGE = {"bandwidth_min": 50000, "bandwidth_max": 70000}
_SECONDS = {"15m": 900.0, "24h": 86400.0}

# What of a service another hand may have changed, as it is compared here.
_ALL = frozenset({"identity", "inside", "outside", "vni", "description", "active"})


@dataclass(frozen=True)
class Kind:
    """A way to declare a service, and the changes of it that concern the plan."""

    options: Callable[[str], dict[str, Any]]
    concerned: frozenset[str]
    actions: tuple[str, ...]


def _connection(name: str, **more: Any) -> list[dict[str, Any]]:
    return [{"cloud_vpn_name": f"vpn-{name}", **more}]


KINDS: Mapping[str, Kind] = {
    # What an update resends is part of it: the whole item, and the description.
    "scaled": Kind(
        lambda name: {"bandwidth": 80000}, frozenset({"identity", "inside", "outside", "vni", "description"}), ("update",)
    ),
    "as it is": Kind(lambda name: {"bandwidth": 60000}, frozenset({"identity", "inside", "outside"}), ()),
    "in a range": Kind(lambda name: dict(_RANGE), frozenset({"identity", "outside"}), ()),
    "described": Kind(
        lambda name: {"description": "new", **_RANGE}, frozenset({"identity", "outside", "description"}), ("update",)
    ),
    "with another VNI": Kind(
        lambda name: {"site2dc": _connection(name, vni="7", **_RANGE), "on_immutable_change": "update"},
        frozenset({"identity", "outside", "vni", "description"}),
        ("update",),
    ),
    "recreated": Kind(
        lambda name: {
            "site2dc": _connection(name, vni="7", **_RANGE),
            **{"on_immutable_change": "recreate", "deactivate": True},
        },
        frozenset({"identity", "outside", "vni", "description", "active"}),
        ("delete", "create"),
    ),
    "removed": Kind(lambda name: {"state": "absent", "deactivate": True}, _ALL, ("delete",)),
    "reported": Kind(lambda name: {"bandwidth": 80000, "managed": False}, frozenset(), ()),
}
_METHODS = {"create": "POST", "update": "PUT", "delete": "DELETE", "deactivate": "POST"}
_HANDS = ("inside", "outside", "vni", "description", "active", "gone", "replaced", "busy", "back", "time", "bystander")

_declared = st.dictionaries(st.sampled_from(APPROVED), st.sampled_from(tuple(KINDS)), min_size=1)
_hands = st.lists(st.tuples(st.sampled_from(APPROVED), st.sampled_from(_HANDS)), max_size=3)
_hows = st.one_of(st.just(Disturbance()), st.just(Disturbance()), disturbances)


class ApprovedMachine(OwnedMachine):
    """Random plans, hands that change things behind their backs, and applies; see the module."""

    @rule(
        declared=_declared,
        hands=_hands,
        how=_hows,
        expiry=st.sampled_from(tuple(_SECONDS)),
        passes=st.sampled_from((0.0, 60.0, 1000.0)),
        check_first=st.booleans(),
    )
    def approve(
        self,
        declared: dict[str, str],
        hands: list[tuple[str, str]],
        how: Disturbance,
        expiry: str,
        passes: float,
        check_first: bool,
    ) -> None:
        """Plan, let time pass and other hands work, and apply; then apply once more after all was put back."""
        self._begin()
        services = [{"name": name, **KINDS[kind].options(name)} for name, kind in declared.items()]
        given = {"services": services, "max_parallel": 1, "tenant": "west", "plan_expiry": expiry}
        planned = self._plain_run({**given, "mode": "plan"})
        assert not planned.failed, planned.result["msg"]
        assert self.sim.journal.writes == [], "a plan wrote"
        document = json.loads(json.dumps(planned.result["plan_document"]))
        before = self._look()
        for name, what in hands:
            self._lay_hands_on(name, what, before)
        self.sim.clock.advance(passes)
        concerned = [
            f"{name}: {', '.join(sorted(found))}"
            for name, kind in declared.items()
            if (found := self._changes(before[name], name) & KINDS[kind].concerned)
        ]
        void = bool(concerned) or passes >= _SECONDS[expiry]
        self.tally["plans"] += 1
        self.tally["plans void"] += void
        if check_first:
            self._check_apply(self._apply(given, document, Disturbance(), check_mode=True), void, concerned)
            assert self.sim.journal.writes == [], "an apply in check mode wrote"
            assert "applied_at" not in document
        run = self._apply(given, document, how)
        if void and self.sim.journal.writes:
            self._trespass(f"a void plan was applied ({concerned}): {run.result}")
        if run.undisturbed:
            self._check_apply(run, void, concerned)
            if not void:
                self._check_written(run, planned, declared)
                assert hands or run.result["plan"] == planned.result["plan"]
        if "applied_at" not in document:
            return
        self.tally["plans applied"] += 1
        self.sim.faults.clear()
        self._begin(before)
        again = self._apply(given, document, Disturbance())
        assert again.failed
        assert again.result["error"]["kind"] == "conflict"
        if self.sim.journal.writes:
            self._trespass("a plan was applied twice")

    def _check_apply(self, run: Run, void: bool, concerned: Sequence[str]) -> None:
        assert run.failed is void, (concerned, run.result.get("msg"))
        if void:
            assert run.result["error"]["kind"] == "conflict", run.result["msg"]
            names = [entry.partition(":")[0] for entry in concerned]
            assert not names or "has expired" in run.result["msg"] or any(name in run.result["msg"] for name in names)

    def _check_written(self, run: Run, planned: Run, declared: Mapping[str, str]) -> None:
        """Check that nothing but the plan was written, and all of it."""
        foreseen, done = ({entry["name"]: entry["actions"] for entry in one.result["services"]} for one in (planned, run))
        assert done == foreseen
        for name, kind in declared.items():
            assert tuple(action for action in done[name] if action != "deactivate") == KINDS[kind].actions
        expected = Counter(_METHODS[action] for actions in done.values() for action in actions)
        assert Counter(entry.method for entry in self.sim.journal.writes) == expected

    # How runs are made

    def _plain_run(self, given: Mapping[str, Any], how: Disturbance | None = None, check_mode: bool = False) -> Run:
        return self._owned_run("ies_services", given, how, check_mode=check_mode)

    def _apply(self, given: Mapping[str, Any], document: dict[str, Any], how: Disturbance, check_mode: bool = False) -> Run:
        """Apply the document, which is marked before the first write as its file would be."""

        def mark() -> None:
            assert "applied_at" not in document, "a plan was marked twice"
            assert self.sim.journal.writes == [], "it wrote before it marked the plan"
            document["applied_at"] = "now"

        handed_over = {**given, "mode": "apply", "plan_document": dict(document)}
        return self._owned_run("ies_services", handed_over, how, check_mode=check_mode, before_writing=mark)

    # What others do

    def _begin(self, there: Mapping[str, Service | None] | None = None) -> None:
        """Let what is under way end, and put the services there as they were, or as they are at the beginning."""
        self._place({})
        for name in (*APPROVED, BYSTANDER):
            for service in self.sim.state.named(TENANT, name):
                self.sim.state.remove_service(service.service_id)
            old = there[name] if there is not None else None
            parameters = {"Site2DCList": [site2dc_item(f"vpn-{name}", "60000")]}
            add_service(
                self.sim,
                name,
                parameters=parameters if old is None else copy.deepcopy(old.parameters),
                **({} if old is None else {"service_id": old.service_id}),
                description="as it was",
            )

    def _look(self) -> dict[str, Service]:
        return {name: self._copy_of(name) for name in (*APPROVED, BYSTANDER)}

    def _copy_of(self, name: str) -> Service:
        (service,) = self.sim.state.named(TENANT, name)
        return copy.deepcopy(service)

    def _lay_hands_on(self, name: str, what: str, before: Mapping[str, Service]) -> None:
        if what == "time":
            self.sim.clock.advance(30)
            return
        if what == "bystander":
            name, what = BYSTANDER, "outside"
        found = self.sim.state.named(TENANT, name)
        if not found:
            return
        service = found[0]
        item = service.parameters["Site2DCList"][0]
        if what in {"inside", "outside"}:
            item["Bandwidth"] = _INSIDE if what == "inside" else _OUTSIDE
        elif what == "vni":
            item["VNI"] = "9"
        elif what == "description":
            self.sim.state.set_description(service.service_id, "by another hand")
        elif what == "active":
            self.sim.state.set_status(service.service_id, active_status="Active")
        elif what == "back":
            service.parameters = copy.deepcopy(before[name].parameters)
        elif what == "busy" and not service.in_progress:
            same = {"Site2DCList": [{**item, "action": "update"}]}
            self.sim.state.modify(TENANT, service.service_id, {"service": {"parameters": same}})
        elif what in {"gone", "replaced"}:
            self.sim.state.remove_service(service.service_id)
            if what == "replaced":
                add_service(self.sim, name, parameters=service.parameters, description=service.description)

    def _changes(self, before: Service, name: str) -> frozenset[str]:
        """Return what of a service is no longer as it was."""
        found = self.sim.state.named(TENANT, name)
        if not found or found[0].service_id != before.service_id:
            return _ALL
        after, old = found[0], before.parameters["Site2DCList"][0]
        new = after.parameters["Site2DCList"][0]
        changed = {
            "inside": new["Bandwidth"] == _INSIDE,
            "outside": new["Bandwidth"] == _OUTSIDE,
            "vni": new["VNI"] != old["VNI"],
            "description": after.description != before.description,
            "active": after.active_status != before.active_status,
        }
        return frozenset(aspect for aspect, differs in changed.items() if differs)

    def _foreign(self) -> dict[str, Any]:
        ours = (*APPROVED, BYSTANDER)
        return {service_id: service for service_id, service in super()._foreign().items() if service["name"] not in ours}


def machine_of(world: World) -> type[ApprovedMachine]:
    """Return the state machine of this world."""
    return type("Machine", (ApprovedMachine,), {"world": world})
