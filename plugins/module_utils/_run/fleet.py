# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drive convergences, one or a thousand: plan all, write in parallel, then wait for all of them together (contract 7.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Protocol

from .._api.models import Operation, Service
from .._api.status import IN_PROGRESS, READY
from .._domain.declaration import Declaration, second_declaration
from .._errors import TRANSIENT, BadResponseError, ConflictError, FailedError, IesError
from .._parallel import in_parallel
from .._text import unforeseen
from .._time import Beat, Clock, Deadline, rounds
from .._wire.client import IesClient
from .completion import PENDING, Verdict
from .convergence import Convergence
from .steps import Ended, Outcome, Planned, RunOptions, Steps, Watch, timed_out
from .tenant import Listing, Tenant

# Rounds in a row in which looking may fail for a passing reason before the wait is given up.
_FAILED_LOOKS = 3
# How often what is in progress is waited for, where nothing is written before all is planned. What is in progress after that,
# because somebody keeps changing it, is an error of its own.
_MOST_PLANS = 3
# Reads of an operation that may fail for a passing reason, while the service can be read, before the status alone decides.
_FAILED_OPERATIONS = 3
# Among them a page that something on the way answers in the server's place.
_TRANSIENT_WHILE_WAITING = (*TRANSIENT, BadResponseError)


@dataclass
class Job:
    """One declaration in a run: what it waits for now, and in the end its outcome or its error."""

    convergence: Convergence
    steps: Steps
    waiting: Planned | Watch | None = None
    error: IesError | None = None

    @property
    def declaration(self) -> Declaration:
        """The declaration this job is about."""
        return self.convergence.declaration

    @property
    def outcome(self) -> Outcome:
        """What has become of it so far."""
        return self.convergence.outcome

    def advance(self, ended: Ended | IesError | None = None) -> None:
        """Go on until something has to be waited for, or to the end."""
        self.waiting = None
        try:
            if isinstance(ended, IesError):
                self.waiting = self.steps.throw(ended)
            else:
                self.waiting = self.steps.send(ended)
        except StopIteration:
            pass
        except IesError as error:
            self.error = error
        except Exception as error:
            self.break_off(error)

    def break_off(self, error: Exception) -> None:
        """End it for a mistake of ours: that is the error of this job, and the others go on."""
        self.steps.close()
        self.waiting = None
        self.error = FailedError(f"{self.declaration.label()}: {unforeseen('it was broken off', error)}")
        self.error.result = self.outcome.to_result()

    def refuse(self, error: IesError) -> None:
        """End it before it has written anything."""
        self.abandon()
        self.outcome.plan = None
        self.error = error

    def abandon(self) -> None:
        """End it before it has written anything; its plan stays as it was made."""
        self.steps.close()
        self.waiting = None
        self.outcome.actions = []


Removals = Callable[[Sequence[Job]], Sequence[Declaration]]
"""What is to be removed beside what is declared, given all jobs when they are planned; may raise IesError as a gate does."""

Gate = Callable[[Sequence[Job]], None]
"""What stands between planning and writing: it is given all jobs, and raises IesError to have nothing written at all."""


class Progress(Protocol):
    """Who is told how a run stands; nothing that is told changes what is done."""

    def planned(self, jobs: Sequence[Job]) -> None:
        """All plans are known that can be known without waiting; nothing has been written yet."""

    def looked(self, jobs: Sequence[Job]) -> None:
        """A round of looking is over, or `due` seconds of waiting."""

    def due(self) -> float:
        """Return the seconds after which `looked` is wanted, whether or not there is a round by then."""


def run_fleet(
    declarations: Sequence[Declaration],
    tenant: Tenant,
    options: RunOptions,
    clock: Clock,
    max_parallel: int = 1,
    progress: Progress | None = None,
    gate: Gate | None = None,
    removals: Removals | None = None,
) -> list[Job]:
    """Converge all declared services and return a job for each; one that fails does not stop the others.

    No service may be declared twice: see `check_distinct`. Without a `gate`, what can be planned at once is written while
    what is in progress is waited for; with one, everything is planned first, and anew where something was waited for. The gate
    is then called once, in check mode as well. A job that could not be planned has its error by then. So it is with
    `removals`: their jobs come after the declared ones, are planned before the gate, and written after everything else, only
    if nothing else failed.

    Raises IesError when the list of services cannot be read, and what `removals` and the gate raise; nothing has been
    written by then.
    """
    if any(declaration.service_id is None for declaration in declarations):
        # Read before the others need it: what fails here fails for all of them, once.
        tenant.listing()

    waits = _Waits(tenant, options, clock, max_parallel, progress)
    planning = _Planning(tenant, options, clock, max_parallel, waits)
    try:
        planning.declared = planning.begin(declarations)
        _refuse_second_declarations(planning.declared)
        if gate is not None or removals is not None:
            planning.complete(removals)
        if progress is not None:
            progress.planned(planning.jobs)
        if gate is not None:
            gate(planning.jobs)
    except BaseException:
        for job in planning.jobs:
            job.abandon()
        raise
    declared_jobs, late, jobs = planning.declared, planning.late, planning.jobs
    in_parallel(_go_on, [job for job in declared_jobs if isinstance(job.waiting, Planned)], max_parallel)
    waits.wait_for(declared_jobs)
    if any(job.error is not None for job in declared_jobs):
        for job in late:
            job.abandon()
    in_parallel(_go_on, [job for job in late if isinstance(job.waiting, Planned)], max_parallel)
    waits.wait_for(jobs)
    return jobs


class _Planning:
    """The jobs of a run on the way to their plans; nothing is written here. `late` are those of the removals."""

    def __init__(self, tenant: Tenant, options: RunOptions, clock: Clock, max_parallel: int, waits: _Waits) -> None:
        self._tenant = tenant
        self._options = options
        self._clock = clock
        self._max_parallel = max_parallel
        self._waits = waits
        self.declared: list[Job] = []
        self.late: list[Job] = []

    @property
    def jobs(self) -> list[Job]:
        """All jobs, those of the removals last."""
        return [*self.declared, *self.late]

    def begin(self, declared: Sequence[Declaration], list_after: int | None = None) -> list[Job]:
        """Begin a job for each declaration: it is planned then, or waits for what is in progress."""
        convergences = [
            Convergence(declaration, self._tenant, self._options, self._clock, list_after) for declaration in declared
        ]
        begun = [Job(convergence, convergence.steps()) for convergence in convergences]
        in_parallel(Job.advance, begun, self._max_parallel)
        return begun

    def complete(self, removals: Removals | None) -> None:
        """Have everything planned, the removals as well, by what is there once nothing is waited for any more.

        What was planned before a wait is as old as the wait was long, and somebody may have set a value or a mark since. So
        everything without an error is planned anew after it.
        """
        for _number in range(_MOST_PLANS):
            waited = self._waits.wait_for(self.declared, write=False)
            _refuse_second_declarations(self.declared)
            self._begin_removals(removals)
            if not (self._waits.wait_for(self.jobs, write=False) or waited):
                return
            self._begin_again()
        _refuse_busy(self.declared)
        self._begin_removals(removals)
        _refuse_busy(self.late)

    def _begin_removals(self, removals: Removals | None) -> None:
        if removals is not None:
            self.late = self.begin(removals(self.declared))

    def _begin_again(self) -> None:
        stale = [job for job in self.declared if job.error is None]
        for job in [*stale, *self.late]:
            job.abandon()
        fresh = iter(self.begin([job.declaration for job in stale], self._tenant.mark()))
        self.declared = [job if job.error is not None else next(fresh) for job in self.declared]
        self.late = []
        _refuse_second_declarations(self.declared)


def _refuse_second_declarations(jobs: Sequence[Job]) -> None:
    """Refuse, before anything is written to it, a service that is declared by name and once more by id."""
    first: dict[str, Job] = {}
    for job in jobs:
        plan = job.outcome.plan
        current = plan.current if plan is not None else job.outcome.service
        if current is None or current.service_id is None or job.error is not None:
            continue
        other = first.setdefault(current.service_id, job)
        if other is not job:
            job.refuse(second_declaration(job.declaration, other.declaration))


def _refuse_busy(jobs: Sequence[Job]) -> None:
    """Refuse what is in progress still."""
    for job in jobs:
        if isinstance(job.waiting, Watch):
            watch = job.waiting
            label = watch.service.label() if watch.service is not None else job.declaration.label()
            job.refuse(ConflictError(f"{label} is busy again after {_MOST_PLANS} waits: {watch.what}; run again later"))


def _go_on(job: Job, ended: Ended | IesError | None = None, write: bool = True) -> None:
    """Go on to the next watch, or (`write`: false) to the plan before it.

    A watch that only prolongs the last, whose time is over, gets no further look but its end.
    """
    before = job.waiting
    job.advance(ended)
    while write and isinstance(job.waiting, Planned):
        job.advance()
    watch = job.waiting
    if isinstance(before, Watch) and isinstance(watch, Watch) and watch.deadline is before.deadline and watch.deadline.passed:
        _go_on(job, timed_out(watch), write)


class _Waits:
    """Looks after all the watches of a run together."""

    def __init__(self, tenant: Tenant, options: RunOptions, clock: Clock, max_parallel: int, progress: Progress | None) -> None:
        self._tenant = tenant
        self._options = options
        self._clock = clock
        self._max_parallel = max_parallel
        self._progress = progress

    def wait_for(self, jobs: Sequence[Job], write: bool = True) -> bool:
        """Return when no job waits any longer, and whether one did; its writes may follow only if `write`."""
        pending = [job for job in jobs if isinstance(job.waiting, Watch)]
        if not pending:
            return False

        def time_left() -> float:
            return min(job.waiting.deadline.left() for job in pending if isinstance(job.waiting, Watch))

        progress = self._progress
        beat = Beat(progress.due, lambda: progress.looked(jobs)) if progress is not None else None
        for _number in rounds(self._clock, self._options.poll.interval, time_left, beat):
            nearest = min((job.waiting.deadline for job in pending if isinstance(job.waiting, Watch)), key=Deadline.left)
            look = _Round(self._tenant, nearest, with_list=len(jobs) > 1, write=write)
            in_parallel(look.look_at, pending, self._max_parallel)
            pending = [job for job in pending if isinstance(job.waiting, Watch)]
            if progress is not None:
                progress.looked(jobs)
            if not pending:
                break
        return True


class _Round:
    """One look at everything that is waited for.

    With several watches the list is read, and one by one, with their operation, only the services that it shows as ready
    for the second time, as failed, in a state that only their operation can explain, or no longer. No look is repeated past
    the deadline of its watch, nor the reading of the list past the `nearest` one.
    """

    def __init__(self, tenant: Tenant, nearest: Deadline, with_list: bool, write: bool) -> None:
        self._tenant = tenant
        self._nearest = nearest
        self._write = write
        self._listing: Listing | None = None
        self._error: IesError | None = None
        if with_list:
            try:
                self._listing = tenant.listing(after=tenant.mark(), deadline=nearest)
            except IesError as error:
                self._error = error
            except Exception as error:
                self._error = FailedError(unforeseen("the list of services could not be read", error))

    def look_at(self, job: Job) -> None:
        """Look, and let the job go on when its watch has ended."""
        watch = job.waiting
        if not isinstance(watch, Watch):
            return
        try:
            self._look_at(job, watch)
        except Exception as error:
            job.break_off(error)

    def _look_at(self, job: Job, watch: Watch) -> None:
        try:
            verdict = self._verdict(watch)
            watch.failed_looks = 0
        except IesError as error:
            # A list that was given up for the sake of another watch says nothing about this one.
            cut_short = self._error is not None and self._nearest.passed and not watch.deadline.passed
            watch.failed_looks += 0 if cut_short else 1
            if not isinstance(error, _TRANSIENT_WHILE_WAITING) or watch.failed_looks > _FAILED_LOOKS:
                # What is known of it goes with the error, so that a re-run takes up where this one left.
                if watch.service is not None:
                    error.result["service"] = watch.service.to_result()
                error.result["operation_id"] = watch.operation_id
                _go_on(job, error, self._write)
                return
            verdict = PENDING
        if verdict is not PENDING:
            _go_on(job, Ended(verdict.state == "done", verdict.text, watch.service), self._write)
        elif watch.deadline.passed:
            _go_on(job, timed_out(watch), self._write)

    def _verdict(self, watch: Watch) -> Verdict:
        if self._error is not None:
            raise copy(self._error)
        if self._listing is not None:
            listed = self._listing.find(watch.service_id)
            if listed is not None and _is_plain(watch, listed):
                # The list has no parameters; what was read of them before stays.
                watch.service = listed.with_parameters(watch.service.parameters if watch.service is not None else None)
                if watch.check.look(listed, None) is PENDING:
                    return PENDING
        return self._closely(watch)

    def _closely(self, watch: Watch) -> Verdict:
        """Read the operation and the service: a failed operation speaks first (contract 7.1, rule 2)."""
        client = self._tenant.client.until(watch.deadline)
        operation, failure = _find_operation(watch, client)
        service = client.find_service(watch.service_id)
        if failure is not None:
            # The service can be read, so it is the path of the operations alone that fails.
            watch.failed_operations += 1
            passing = isinstance(failure, _TRANSIENT_WHILE_WAITING)
            watch.check.operation_readable = passing and watch.failed_operations < _FAILED_OPERATIONS
        verdict = watch.check.look(service, operation)
        if service is not None or watch.check.until_gone:
            watch.service = service
        return verdict


def _is_plain(watch: Watch, listed: Service) -> bool:
    """Return whether the list tells enough: the service is at it, or ready where it is not to go."""
    return listed.phase == IN_PROGRESS or (listed.phase == READY and not watch.check.until_gone)


def _find_operation(watch: Watch, client: IesClient) -> tuple[Operation | None, IesError | None]:
    """Return the operation, or what kept it from being read."""
    if watch.operation_id is None or not watch.check.operation_readable:
        return None, None
    try:
        operation = client.find_operation(watch.service_id, watch.operation_id)
    except IesError as error:
        return None, error
    # From then on the status alone decides (contract 7.1, rule 4).
    watch.check.operation_readable = operation is not None
    return operation, None
