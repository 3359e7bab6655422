# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Converge one declared service: find it, plan, write, settle lost responses, wait, read again.

A convergence is a generator. It yields its `Planned` and then, whenever something takes time, a `Watch`; whoever drives
it looks after all the watches of a run together and sends back how each one ended. So one service and a thousand run the
same code.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from .._api.models import Service, Submitted
from .._api.parameters import ACTION_CREATE, ACTION_DEACTIVATE, ACTION_DELETE, ACTION_UPDATE
from .._api.refusals import STATUS_ACTIVE, STATUS_DEACTIVE
from .._api.status import CREATE_FAILED, FAILED, IN_PROGRESS, is_active, is_deleting
from .._domain.compare import compare
from .._domain.declaration import Declaration
from .._domain.ownership import check_removable
from .._domain.plan import Plan, Step, plan_service
from .._domain.report import changes_in_words
from .._domain.selection import Selection, namesakes, select
from .._errors import BadResponseError, ConflictError, FailedError, IesError
from .._time import Clock, Deadline
from .._wire.client import IesClient
from .completion import CompletionCheck
from .delivery import Delivery
from .rivals import Rivals
from .steps import Ended, Outcome, Planned, RunOptions, Steps, Waiting, Watch
from .tenant import Tenant

# How often a service that goes between the list and the details is looked for again.
_MOST_LOOKS = 3
# Services of one name whose connections are read for the error that lists them.
_MOST_TOLD_APART = 5


class Convergence:
    """One declared service on the way to its declared state."""

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
        self._delivery = Delivery(declaration, self.outcome, tenant, clock)

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
            waits = self._options.wait and not self._options.check_mode and self.declaration.managed
            if current is None or not selection.busy or not waits:
                return self._plan(selection)
            check = CompletionCheck(until_gone=is_deleting(current.status))
            # How it ends is for the plan to judge: a service that failed is declared again.
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
        raise BadResponseError(f"{self.declaration.label()} is listed, but fetching it returns not found; run again later")

    def _unread(self, selection: Selection) -> list[Service]:
        """Return those whose parameters are needed: what all leftovers hold goes into the order that replaces them.

        Of what is to go, one is read for the diff, and all that the list shows without a description, and so without a mark.
        """
        needed = [selection.current] if selection.current is not None else list(selection.leftovers)
        if not self.declaration.present:
            needed = [*needed[:1], *(entry for entry in (*needed[1:], *selection.leftovers) if entry.description is None)]
        unread = {entry.service_id: entry for entry in needed if entry.parameters is None}
        return list(unread.values())

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
        if ACTION_CREATE in plan.actions and self.declaration.service_id is not None:
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
            if step.action == ACTION_CREATE:
                yield from self._create(step)
            elif step.action == ACTION_UPDATE:
                yield from self._update(step, plan)
            elif step.action == ACTION_DEACTIVATE:
                self._check_removable(str(step.service_id))
                yield from self._deactivate(step)
            else:
                creates_after = any(later.action == ACTION_CREATE for later in plan.steps[index + 1 :])
                yield from self._delete(step, must_end=creates_after)

    def _create(self, step: Step) -> Generator[Watch, Ended, None]:
        payload = step.payload or {}
        submitted, ours = self._delivery.order(payload, self._known)
        service_id = str(submitted.service_id)
        self._tenant.note_order(service_id)
        self._record(ACTION_CREATE, submitted)
        self.outcome.service = Service(service_id, payload["service"]["name"])
        yield from self._conclude(service_id, "the create", CompletionCheck())
        rivals = Rivals(self._tenant, self._options, self._clock, self.outcome, self._known, self._list_after)
        elder = yield from rivals.settle(service_id, payload["service"]["name"], ours)
        if elder is not None:
            yield from self._yield_to(elder, service_id)

    def _yield_to(self, elder: Service, service_id: str) -> Generator[Watch, Ended, None]:
        """Remove what this run has ordered, and go on with the older service of the name."""
        yield from self._delete(Step(ACTION_DELETE, service_id), must_end=True, deactivate=True, ordered=True)
        self.outcome.warnings.append(
            f"{elder.label()} was ordered by another run before this one; the younger {service_id} was removed again"
        )
        self.outcome.service = current = self._client.find_service(str(elder.service_id))
        if current is None:
            raise ConflictError(
                f"{elder.label()} was ordered by another run before this one and is gone by now, and so is {service_id}, which"
                " made way for it; run again"
            )
        # Whatever is declared: what another run has made is not replaced in passing.
        careful = replace(self.declaration, on_immutable_change="fail")
        plan = plan_service(careful, Selection(current), self._tenant, wait=self._options.wait)
        if plan.changed and self._options.as_planned:
            changes = "; ".join(changes_in_words(plan.before, plan.after))
            raise ConflictError(
                f"{elder.label()} was ordered by another run before this one, and differs from the declaration: {changes};"
                f" {service_id}, which the plan ordered, was removed again: plan again and have that approved"
            )
        self._known = self._tenant.listing(self._list_after).ids()
        yield from self._apply(plan)

    def _update(self, step: Step, plan: Plan) -> Generator[Watch, Ended, None]:
        service_id, payload = str(step.service_id), step.payload or {}
        submitted = self._delivery.write(
            service_id, "the update", lambda: self._client.update_service(service_id, payload), self._update_taken
        )
        self._record(ACTION_UPDATE, submitted)
        # Without parameters it is done at once, and its operation never ends (contract 5.4). An adoption is expected to be
        # such, and no warning is due for each service.
        marked = plan.current is not None and plan.foreseen is not None and plan.current.mark != plan.foreseen.mark
        check = CompletionCheck(by_status=marked and "parameters" not in payload["service"])
        yield from self._conclude(service_id, "the update", check)

    def _update_taken(self, service: Service | None) -> bool:
        if service is None:
            return False
        if service.phase == IN_PROGRESS:
            return True
        return service.phase != FAILED and not compare(self.declaration, service, self._tenant)

    def _deactivate(self, step: Step) -> Generator[Watch, Ended, None]:
        service_id = str(step.service_id)
        try:
            submitted = self._delivery.write(
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
        self._record(ACTION_DEACTIVATE, submitted)
        yield from self._await_well(service_id, "the deactivation", CompletionCheck())

    def _delete(
        self, step: Step, must_end: bool, deactivate: bool = False, ordered: bool = False
    ) -> Generator[Watch, Ended, None]:
        """Delete a service; `ordered`: one that this run has just ordered, which nothing protects from it."""
        service_id = str(step.service_id)
        deactivate = deactivate or self.declaration.deactivate
        try:
            submitted = self._send_delete(service_id, ordered)
        except IesError as error:
            # The active state had changed since it was read.
            if error.exception_id != STATUS_ACTIVE or not deactivate:
                raise
            yield from self._deactivate(Step(ACTION_DEACTIVATE, service_id))
            submitted = self._send_delete(service_id, ordered)
        self._record(ACTION_DELETE, submitted)
        left = self._client.find_service(service_id) if submitted.operation_id is None or not self._options.wait else None
        if submitted.operation_id is None and left is not None and not is_deleting(left.status):
            raise FailedError(f"{left.label()} is still there although the server took the delete; run again")
        if self._options.wait or must_end:
            yield from self._await_well(service_id, "the delete", CompletionCheck(until_gone=True))
            left = None
        if not self.declaration.present:
            self.outcome.service = left

    def _send_delete(self, service_id: str, ordered: bool) -> Submitted:
        def send() -> Submitted:
            if not ordered:
                self._check_removable(service_id)
            return self._client.delete_service(service_id)

        return self._delivery.write(
            service_id, "the delete", send, lambda service: service is None or is_deleting(service.status)
        )

    def _check_removable(self, service_id: str) -> None:
        """Check, right before it goes, that the service is not protected by now; the plan may be minutes old."""
        service = self._client.find_service(service_id)
        if service is not None:
            check_removable(self.declaration, service)

    # Wait and read again

    def _record(self, action: str, submitted: Submitted) -> None:
        self.outcome.actions.append(action)
        self.outcome.operation_id = submitted.operation_id
        self._list_after = self._tenant.mark()

    def _conclude(self, service_id: str, what: str, check: CompletionCheck) -> Generator[Watch, Ended, None]:
        """After a create or an update: wait if that is wanted, read again and check that what was declared took."""
        if self._options.wait:
            ended = yield from self._await_well(service_id, what, check, stores=True)
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
        unseen = f"the server does not show {', '.join(found.unechoed)}; changes to it cannot be detected"
        # The plan may have said so under the name that the service had before.
        if found.unechoed and not any(warning.endswith(unseen) for warning in self.outcome.warnings):
            self.outcome.warnings.append(f"{service.label()}: {unseen}")
        if found:
            raise FailedError(
                f"{service.label()}: {what} succeeded, but a value was not applied: {'; '.join(found.in_words())};"
                " check it against the template, then run again"
            )

    def _await_well(self, service_id: str, what: str, check: CompletionCheck, stores: bool = False) -> Waiting:
        """Watch until the end; raise FailedError when it is not a good one.

        `stores`: what has failed was to store values, and the service shows them nevertheless.
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


def _advice(service: Service | None) -> str:
    if service is not None and service.phase == CREATE_FAILED:
        return "correct the cause and run again: it is then removed and recreated (replace_failed)"
    if service is not None and service.phase == FAILED:
        return "its stored values are those asked for, not those in effect; run again to have them applied"
    return "look at the service and run again"
