# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring one declared service about: find it, plan, write, settle lost answers, wait, read again.

A convergence is a generator. It yields its L(Planned) and then, whenever something takes time, a L(Watch); whoever drives
it looks after all the watches of a run together and sends back how each one ended. So one service and a thousand run the
same code.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Union

from ansible_collections.cloudopera.ies.plugins.module_utils._client import IesClient
from ansible_collections.cloudopera.ies.plugins.module_utils._compare import compare
from ansible_collections.cloudopera.ies.plugins.module_utils._declaration import Declaration
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import (
    TRANSIENT,
    BadResponseError,
    ConflictError,
    FailedError,
    IesError,
    RateLimitedError,
    WaitTimeoutError,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._models import Service, Submitted, find_connections
from ansible_collections.cloudopera.ies.plugins.module_utils._plan import Plan, Selection, Step, namesakes, plan_service, select
from ansible_collections.cloudopera.ies.plugins.module_utils._race import (
    ALONE,
    UNDECIDED,
    WAIT,
    YIELD,
    Standing,
    find_twins,
    judge_race,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._refusals import (
    STATUS_ACTIVE,
    STATUS_DEACTIVE,
    STATUS_IN_PROGRESS,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._status import (
    CREATE_FAILED,
    FAILED,
    IN_PROGRESS,
    CompletionCheck,
    is_active,
    is_deleting,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._tenant import Tenant
from ansible_collections.cloudopera.ies.plugins.module_utils._time import Clock, Deadline, PollOptions

# Seconds before each look for what a lost order may have made: what was still under way then has arrived by the last.
_LOOKS_AFTER = (0.0, 2.0, 5.0)
_LONGEST_PAUSE = 30.0
# Rounds of looking within which another run has to remove what it has ordered beside an older service.
_YIELDING_ROUNDS = 4
# How often a service that goes between the list and the details is looked for again.
_MOST_LOOKS = 3
# Services of one name whose connections are read for the error that lists them.
_MOST_TOLD_APART = 5


@dataclass(frozen=True)
class RunOptions:
    """How a run goes about it: only look, wait for the end or not, and how."""

    check_mode: bool
    wait: bool
    poll: PollOptions


@dataclass
class Watch:
    """Something that takes time: an operation on a service, or its disappearance.

    C(what) names it in words ("the update"); C(service) is the service as last seen.
    """

    service_id: str
    operation_id: str | None
    check: CompletionCheck
    deadline: Deadline
    what: str
    service: Service | None = None
    failed_looks: int = 0
    failed_operations: int = 0


class Ended(NamedTuple):
    """How a watch ended: whether well, the reason or a warning in words, and the service as seen then."""

    well: bool
    text: str | None
    service: Service | None


class Planned(NamedTuple):
    """The convergence knows what it will write, and has written nothing yet."""

    plan: Plan


@dataclass
class Outcome:
    """What became of one declaration. C(service) is the state read last, in check mode the one foreseen."""

    plan: Plan | None = None
    actions: list[str] = field(default_factory=list)
    service: Service | None = None
    operation_id: str | None = None
    warnings: list[str] = field(default_factory=list)

    def to_result(self) -> dict[str, Any]:
        """Return the result of C(ies_service) (public interface, section 3)."""
        return {
            "changed": bool(self.actions),
            "actions": self.actions,
            "service": None if self.service is None else self.service.to_result(),
            "operation_id": self.operation_id,
            "diff": self.plan.diff if self.plan is not None else {"before": {}, "after": {}},
            "warnings": list(dict.fromkeys(self.warnings)),
        }


Steps = Generator[Union[Planned, Watch], Any, Outcome]
Waiting = Generator[Watch, Ended, Ended]


class Convergence:
    """One declaration on its way to being true."""

    def __init__(self, declaration: Declaration, tenant: Tenant, options: RunOptions, clock: Clock) -> None:
        self.declaration = declaration
        self.outcome = Outcome()
        self._tenant = tenant
        self._client: IesClient = tenant.client
        self._options = options
        self._clock = clock
        self._list_after: int | None = None
        # The ids that the list showed before the first write.
        self._known: frozenset[str | None] = frozenset()

    def steps(self) -> Steps:
        """Run; an IesError that comes out carries the actions so far, the service and the operation id."""
        try:
            plan = yield from self._planned()
            self.outcome.plan = plan
            self.outcome.warnings += plan.warnings
            if self._options.check_mode:
                self.outcome.actions = plan.actions
                self.outcome.service = plan.foreseen
                return self.outcome
            self.outcome.service = plan.current if plan.changed or self.declaration.present else None
            if plan.changed:
                self._note_known(plan)
                yield Planned(plan)
                yield from self._apply(plan)
        except IesError as error:
            self._name_service(error)
            result = self.outcome.to_result()
            if error.result.get("service") is None:
                error.result["service"] = result["service"]
            if error.result.get("operation_id") is None:
                error.result["operation_id"] = result["operation_id"]
            for key in ("actions", "changed", "diff", "warnings"):
                error.result.setdefault(key, result[key])
            raise
        return self.outcome

    def _name_service(self, error: IesError) -> None:
        """Let the message of a request say which service it was about: the request itself shows an id at most."""
        seen = self.outcome.service
        name = self.declaration.name or (seen.name if seen is not None else None)
        if error.method is not None and name is not None and repr(name) not in error.message:
            error.message = f"service {name!r}: {error.message}"

    # Find and plan

    def _planned(self) -> Generator[Watch, Ended, Plan]:
        deadline = Deadline(self._clock, self._options.poll.timeout)
        while True:
            selection = self._select()
            self.outcome.service = current = selection.current
            if current is None or not selection.busy or self._options.check_mode or not self._options.wait:
                return self._plan(selection)
            check = CompletionCheck(until_gone=is_deleting(current.status))
            # How it ends is for the plan to judge: a service that failed is declared anew.
            yield Watch(str(current.service_id), None, check, deadline, f"what is in progress ({current.status})", current)
            self._list_after = self._tenant.mark()

    def _plan(self, selection: Selection) -> Plan:
        current, name = selection.current, self.declaration.name
        # By id and name at once: the name may be new to the service, and another's already.
        found_as = current.name if current is not None else None
        takes = None not in {self.declaration.service_id, name} and name != found_as and (current or selection.leftovers)
        others = self._tenant.listing(self._list_after).named(name) if takes and self.declaration.present else []
        return plan_service(
            self.declaration, selection, self._tenant, wait=self._options.wait, services=others, names=self._tenant.names
        )

    def _select(self) -> Selection:
        """Find the service, or what a failed order left of it, and read the parameters."""
        for _look in range(_MOST_LOOKS):
            services = self._candidates()
            selection = select(self.declaration, services)
            details: dict[str | None, Service | None] = {
                entry.service_id: self._client.find_service(str(entry.service_id)) for entry in self._unread(selection)
            }
            if None not in details.values():
                return select(self.declaration, [details.get(entry.service_id) or entry for entry in services])
            # Gone between the list and the details.
            self._list_after = self._tenant.mark()
        raise BadResponseError(
            f"{self.declaration.label()} stands in the list of services, but reading it answers that it does not exist;"
            " run again later"
        )

    def _unread(self, selection: Selection) -> list[Service]:
        """Return those whose parameters are needed: what all leftovers hold goes into the order that replaces them."""
        needed = [selection.current] if selection.current is not None else list(selection.leftovers)
        return [entry for entry in needed[: None if self.declaration.present else 1] if entry.parameters is None]

    def _candidates(self) -> list[Service]:
        if self.declaration.service_id is None:
            # What is not there is going to be ordered.
            listing = self._tenant.listing(self._list_after, confirm_empty=self.declaration.present)
            self._known = listing.ids()
            return self._told_apart(listing.named(self.declaration.name))
        found = self._client.find_service(self.declaration.service_id)
        return [found] if found is not None else []

    def _note_known(self, plan: Plan) -> None:
        """Note, before a plan that orders a service, which services are there: what is not among them may be a twin.

        By name, that is the list in which the service was looked for: one that was read later could hold a twin already.
        """
        if "create" in plan.actions and self.declaration.service_id is not None:
            self._known = self._tenant.listing(self._list_after, confirm_empty=True).ids()

    def _told_apart(self, named: list[Service]) -> list[Service]:
        """Return services of one name; with their connections where there are several, which is an error that lists them."""
        several = [str(service.service_id) for service in namesakes(named)]
        if len(several) < 2:
            return named
        try:
            read = {service_id: self._client.find_service(service_id) for service_id in several[:_MOST_TOLD_APART]}
        except IesError:
            return named
        return [read.get(str(service.service_id)) or service for service in named]

    # Write

    def _apply(self, plan: Plan) -> Generator[Watch, Ended, None]:
        for index, step in enumerate(plan.steps):
            if step.action == "create":
                yield from self._create(step)
            elif step.action == "update":
                yield from self._update(step)
            elif step.action == "deactivate":
                yield from self._deactivate(step)
            else:
                creates_after = any(later.action == "create" for later in plan.steps[index + 1 :])
                yield from self._delete(step, must_end=creates_after)

    def _create(self, step: Step) -> Generator[Watch, Ended, None]:
        payload = step.payload or {}
        submitted, ours = self._order(payload)
        service_id = str(submitted.service_id)
        self._tenant.note_order(service_id)
        self._record("create", submitted)
        self.outcome.service = Service(service_id, payload["service"]["name"])
        yield from self._conclude(service_id, "the create")
        yield from self._settle_race(service_id, payload["service"]["name"], ours)

    def _order(self, payload: dict[str, Any]) -> tuple[Submitted, bool]:
        """Send an order; when its answer is lost, look for what it made.

        Only an order that the server did not begin (429) is sent again: after a 5xx or silence it may still be on its way,
        and another one would make a second service (contract 3.4). The second value tells whether the server has said that
        the service is ours.
        """
        repeat = 0
        while True:
            try:
                submitted = self._client.create_service(payload)
                if submitted.service_id is not None:
                    return submitted, True
                lost: IesError = BadResponseError(
                    "the order was accepted, but the answer names no service_id", outcome_unknown=True
                )
            except IesError as error:
                if not error.outcome_unknown and not isinstance(error, RateLimitedError):
                    raise
                lost = error
            try:
                adopted = self._find_ordered(payload, lost)
            except IesError as error:
                raise not_looked(lost, error) if isinstance(error, TRANSIENT) else error from None
            if adopted is not None:
                return adopted, False
            if repeat >= self._most_repeats(lost) or not not_taken(lost):
                break
            self._clock.sleep(_pause(lost, repeat))
            repeat += 1
        if lost.outcome_unknown:
            lost.message += (
                f"; what became of this order is not known, and no service {payload['service']['name']!r} has appeared:"
                " run again to have it looked for once more and, if it is not there, ordered"
            )
        raise lost

    def _find_ordered(self, payload: dict[str, Any], lost: IesError) -> Submitted | None:
        """Look for a new service of the order's name and connections; None when there is none.

        Raises FailedError when the order left a CreateFailed service, ConflictError when there are several.
        """
        name = payload["service"]["name"]
        for pause in _LOOKS_AFTER if lost.outcome_unknown else _LOOKS_AFTER[:1]:
            self._clock.sleep(pause)
            listing = self._tenant.listing(after=self._tenant.mark())
            known = self._known | self._tenant.ordered()
            fresh = [service for service in listing.named(name) if service.service_id not in known]
            made = [service for service in fresh if self._has_connections(service, payload)]
            if len(made) > 1:
                ids = " and ".join(str(service.service_id) for service in made)
                raise ConflictError(
                    f"the answer to the order of {name!r} was lost, and {ids} have appeared; remove one of them"
                )
            if made:
                self.outcome.service = made[0]
                if made[0].phase == CREATE_FAILED:
                    self.outcome.actions.append("create")
                    raise FailedError(
                        f"the order of {name!r} failed and left {made[0].service_id} as CreateFailed ({lost.message});"
                        " run again: it is then replaced"
                    )
                self.outcome.warnings.append(
                    f"the answer to the order of {name!r} was lost ({lost.message}); it was found as {made[0].service_id}"
                )
                return Submitted(made[0].service_id, None)
        return None

    def _has_connections(self, service: Service, payload: dict[str, Any]) -> bool:
        detailed = self._client.find_service(str(service.service_id))
        if detailed is None:
            return False
        ordered = {entry.cloud_vpn_name for entry in find_connections(payload["service"].get("parameters"))}
        return ordered <= {entry.cloud_vpn_name for entry in detailed.connections}

    # Two runs at once

    def _settle_race(self, service_id: str, name: str, ours: bool) -> Generator[Watch, Ended, None]:
        """See to it that one service of the name stays where a run beside this one has ordered another (see C(_race)).

        Raises ConflictError with the ids when the rule cannot decide, or the other run does not keep to it.
        """
        ending = Deadline(self._clock, self._options.poll.timeout)
        yielding: Deadline | None = None
        gone: dict[str, None] = {}
        in_time = True
        while True:
            standing = self._standing(service_id, name, ending)
            other = standing.other
            if other is None:
                break
            if not self._options.wait or not ours or not in_time or standing.move == UNDECIDED:
                raise _twin_left(name, service_id, other)
            if standing.move == YIELD:
                yield from self._yield_to(other, service_id)
                return
            gone[str(other.service_id)] = None
            if standing.move == WAIT:
                watch = Watch(str(other.service_id), None, CompletionCheck(), ending, "what another run has ordered", other)
            else:
                yielding = yielding or Deadline(self._clock, _YIELDING_ROUNDS * self._options.poll.interval)
                watch = Watch(
                    str(other.service_id), None, CompletionCheck(until_gone=True), yielding, "its removal by its run", other
                )
            in_time = yield from self._watch_other(watch)
            self._list_after = self._tenant.mark()
        if gone:
            self.outcome.warnings.append(
                f"service {name!r}: another run had ordered {', '.join(gone)} beside {service_id}, which is older and stays"
            )

    def _standing(self, service_id: str, name: str, ending: Deadline) -> Standing:
        """Judge the race by a list that is younger than the order: at least the later one of two runs then sees both."""
        listing = self._tenant.listing(self._list_after, confirm_empty=True, deadline=ending)
        own = listing.find(service_id)
        if own is None:
            return Standing(ALONE)
        return judge_race(own, find_twins(service_id, listing.named(name), self._known | self._tenant.ordered()))

    def _watch_other(self, watch: Watch) -> Generator[Watch, Ended, bool]:
        """Watch the service of another run; return whether that ended in time.

        When it did not, one last look is due: what is being deleted by now is no twin any more.
        """
        try:
            yield watch
        except WaitTimeoutError:
            return False
        except IesError as error:
            # What a re-run takes up is the service of this run, not the one that was looked at.
            error.result.pop("service", None)
            raise
        return True

    def _yield_to(self, elder: Service, service_id: str) -> Generator[Watch, Ended, None]:
        """Remove what this run has ordered, and go on with the older service of the name."""
        yield from self._delete(Step("delete", service_id), must_end=True, deactivate=True)
        self.outcome.warnings.append(
            f"{elder.label()} was ordered by another run before this one; the younger {service_id} was removed again"
        )
        self.outcome.service = current = self._client.find_service(str(elder.service_id))
        if current is None:
            raise ConflictError(
                f"{elder.label()} was ordered by another run before this one and is gone by now, and so is {service_id}, which"
                " made way for it; run again"
            )
        # Whatever is declared: what another run has brought about is not replaced in passing.
        careful = replace(self.declaration, on_immutable_change="fail")
        plan = plan_service(careful, Selection(current), self._tenant, wait=self._options.wait)
        self._known = self._tenant.listing(self._list_after).ids()
        yield from self._apply(plan)

    def _update(self, step: Step) -> Generator[Watch, Ended, None]:
        service_id, payload = str(step.service_id), step.payload or {}
        submitted = self._write(
            service_id, "the update", lambda: self._client.update_service(service_id, payload), self._update_taken
        )
        self._record("update", submitted)
        yield from self._conclude(service_id, "the update")

    def _update_taken(self, service: Service | None) -> bool:
        if service is None:
            return False
        if service.phase == IN_PROGRESS:
            return True
        return service.phase != FAILED and not compare(self.declaration, service, self._tenant)

    def _deactivate(self, step: Step) -> Generator[Watch, Ended, None]:
        service_id = str(step.service_id)
        try:
            submitted = self._write(
                service_id,
                "the deactivation",
                lambda: self._client.deactivate_service(service_id),
                lambda service: service is not None and not is_active(service.active_status),
                again=False,
            )
        except IesError as error:
            if error.exception_id != STATUS_DEACTIVE:
                raise
            return
        self._record("deactivate", submitted)
        yield from self._await_well(service_id, "the deactivation", CompletionCheck())

    def _delete(self, step: Step, must_end: bool, deactivate: bool = False) -> Generator[Watch, Ended, None]:
        service_id = str(step.service_id)
        deactivate = deactivate or self.declaration.deactivate
        try:
            submitted = self._send_delete(service_id)
        except IesError as error:
            # The active state had changed since it was read.
            if error.exception_id != STATUS_ACTIVE or not deactivate:
                raise
            yield from self._deactivate(Step("deactivate", service_id))
            submitted = self._send_delete(service_id)
        self._record("delete", submitted)
        left = self._client.find_service(service_id) if submitted.operation_id is None or not self._options.wait else None
        if submitted.operation_id is None and left is not None and not is_deleting(left.status):
            raise FailedError(f"{left.label()} is still there although the server took the delete; run again")
        if self._options.wait or must_end:
            yield from self._await_well(service_id, "the delete", CompletionCheck(until_gone=True))
            left = None
        if not self.declaration.present:
            self.outcome.service = left

    def _send_delete(self, service_id: str) -> Submitted:
        return self._write(
            service_id,
            "the delete",
            lambda: self._client.delete_service(service_id),
            lambda service: service is None or is_deleting(service.status),
        )

    def _write(
        self,
        service_id: str,
        what: str,
        send: Callable[[], Submitted],
        taken: Callable[[Service | None], bool],
        again: bool = True,
    ) -> Submitted:
        """Send a write to an existing service; when its answer is lost, look whether it was taken before sending again.

        A PUT or a DELETE leads to the same state however often it is carried out, so one more is safe after a look.
        C(again): false for a POST, which is sent again only where the server did not begin (contract 3.4).
        """
        repeat = 0
        while True:
            try:
                return send()
            except IesError as error:
                unsettled = error.outcome_unknown or (repeat > 0 and error.exception_id == STATUS_IN_PROGRESS)
                if not unsettled and not isinstance(error, RateLimitedError):
                    raise
                if unsettled and self._look(service_id, taken, error):
                    label = self.declaration.label()
                    self.outcome.warnings.append(
                        f"{label}: the answer to {what} was lost ({error.message}); the server has taken it"
                    )
                    return Submitted(service_id, None)
                if repeat >= self._most_repeats(error) or not (again or not_taken(error)):
                    if error.outcome_unknown:
                        error.message += "; what became of this is not known: run again, it is looked up first"
                    raise
                self._clock.sleep(_pause(error, repeat))
                repeat += 1

    def _look(self, service_id: str, taken: Callable[[Service | None], bool], lost: IesError) -> bool:
        try:
            return taken(self._client.find_service(service_id))
        except IesError as error:
            raise not_looked(lost, error) from None

    def _most_repeats(self, error: IesError) -> int:
        """Return how often a write may be sent again after a look: once, and more only where every answer is a plain no."""
        if error.asks_too_long:
            return 0
        return self._client.connection.api_retries if isinstance(error, RateLimitedError) else 1

    # Wait and read again

    def _record(self, action: str, submitted: Submitted) -> None:
        self.outcome.actions.append(action)
        self.outcome.operation_id = submitted.operation_id
        self._list_after = self._tenant.mark()

    def _conclude(self, service_id: str, what: str) -> Generator[Watch, Ended, None]:
        """After a create or an update: wait if that is wanted, read again and check that what was declared took."""
        if self._options.wait:
            ended = yield from self._await_well(service_id, what, CompletionCheck(), stores=True)
            service = ended.service
        else:
            service = self._client.find_service(service_id)
        if service is None:
            return
        self.outcome.service = service
        if service.phase in {FAILED, CREATE_FAILED}:
            raise FailedError(f"{service.label()}: {what} ended as {service.status}; {_advice(service)}")
        if service.phase == IN_PROGRESS and not self._options.wait:
            return
        found = compare(self.declaration, service, self._tenant)
        unseen = f"the server does not show {', '.join(found.unechoed)}; a change of that cannot be noticed"
        # The plan may have said so under the name that the service had before.
        if found.unechoed and not any(warning.endswith(unseen) for warning in self.outcome.warnings):
            self.outcome.warnings.append(f"{service.label()}: {unseen}")
        if found:
            raise FailedError(
                f"{service.label()}: {what} ended well, but a value did not take: {'; '.join(found.in_words())};"
                " check it against the template, then run again"
            )

    def _await_well(self, service_id: str, what: str, check: CompletionCheck, stores: bool = False) -> Waiting:
        """Watch until the end; raise FailedError when it is not a good one.

        C(stores): what has failed was to store values, and the service shows them nevertheless.
        """
        deadline = Deadline(self._clock, self._options.poll.timeout)
        watch = Watch(service_id, self.outcome.operation_id, check, deadline, what, self.outcome.service)
        ended: Ended = yield watch
        if ended.service is not None:
            self.outcome.service = ended.service
        if ended.well:
            if ended.text:
                self.outcome.warnings.append(f"{self.declaration.label()}: {ended.text}")
            return ended
        seen = ended.service
        reason = ended.text or self._reason_of(service_id) or "the server gives no reason"
        label = seen.label() if seen else f"{self.declaration.label()} ({service_id})"
        advice = _advice(seen) if stores else "correct the cause and run again: it is then sent once more"
        raise FailedError(f"{label}: {what} failed: {reason}; {advice}")

    def _reason_of(self, service_id: str) -> str | None:
        """Return the reason of the latest failed operation, if it can be read."""
        try:
            failed = [entry for entry in self._client.list_operations(service_id) if entry.reason]
        except IesError:
            return None
        latest = max(failed, key=lambda entry: entry.operate_at or 0.0, default=None)
        return latest.reason if latest else None


def timed_out(watch: Watch) -> WaitTimeoutError:
    """Return the error for a watch whose time is over."""
    seen = watch.service
    status = seen.status if seen is not None else "unknown"
    label = seen.label() if seen is not None else f"service {watch.service_id}"
    error = WaitTimeoutError(
        f"{label}: {watch.what} has not ended within {watch.deadline.seconds:g} s (wait_timeout), its status is {status};"
        " it goes on in the server: run again to go on waiting"
    )
    error.result = {"service": seen.to_result() if seen is not None else None, "operation_id": watch.operation_id}
    return error


def _twin_left(name: str, service_id: str, other: Service) -> ConflictError:
    return ConflictError(
        f"service {name!r} was created as {service_id}, and beside it there is {other.service_id} of the same name, made by"
        " another run; remove the younger one by service_id (state absent), then run again"
    )


def _advice(service: Service | None) -> str:
    if service is not None and service.phase == CREATE_FAILED:
        return "correct the cause and run again: it is then removed and created anew (replace_failed)"
    if service is not None and service.phase == FAILED:
        return "its stored values are those asked for, not those in effect; run again to have them applied"
    return "look at the service and run again"


def not_looked(lost: IesError, error: IesError) -> IesError:
    """Return the error of a lost answer, when looking what became of the write failed as well."""
    lost.message += f"; what became of it could not be looked up either ({error.message}): run again, it is looked up first"
    return lost


def not_taken(error: IesError) -> bool:
    """Return whether the answer says that the write was not begun: it may be sent again after a look, more than once."""
    return isinstance(error, RateLimitedError)


def _pause(error: IesError, repeat: int) -> float:
    if error.retry_after is not None:
        # After a 429 the client holds every request for that long by itself.
        return 0.0 if isinstance(error, RateLimitedError) else min(error.retry_after, _LONGEST_PAUSE)
    return float(min(2**repeat, _LONGEST_PAUSE))
