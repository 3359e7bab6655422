# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the traffic of connections to their bandwidth: read all in parallel, decide each, change all together.

What is wrong with one connection stays with it: the others go on. Nothing is remembered between two runs. The last change and
the failures in a row come from the operations of the service.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any

from .._api.models import Series, Service
from .._api.parameters import BANDWIDTH_KEY, NAME_KEY, find_value
from .._api.refusals import STATUS_IN_PROGRESS
from .._api.status import CREATE_FAILED, IN_PROGRESS
from .._domain.bandwidth_target import HOLD, LOWER, Decision, Situation, decide, demands_of, to_result
from .._domain.change_history import UNREADABLE, read_history
from .._domain.declaration import Declaration, read_declaration, suggestion
from .._domain.demand import DemandSeries, step_of
from .._domain.selection import namesakes
from .._domain.watched import DIRECTIONS, TIMEDIM, Watched, may_apply
from .._errors import FailedError, IesError, InvalidError
from .._parallel import in_parallel
from .._text import shown, unforeseen
from .._time import Clock
from .._values import iso_utc
from .._wire.client import IesClient
from .fleet import Job, Progress, run_fleet
from .steps import RunOptions
from .tenant import Tenant

_DAY = 86400.0
# Seconds. Samples since the last change tell whether the units differ; more than a day of them tells no more.
_LONGEST_SINCE_CHANGE = _DAY


# Find


def find(watched: Sequence[Watched], tenant: Tenant, max_parallel: int) -> None:
    """Find the services in the list, which is read once, and read their details and operations; raises IesError."""
    if not any(one.going for one in watched):
        return
    listing = tenant.listing(confirm_empty=True)
    for one in watched:
        if one.going:
            try:
                one.listed = _select(one, listing.services, tenant)
            except IesError as error:
                one.fail(error.message)
    ids = sorted({str(one.listed.service_id) for one in watched if one.going and one.listed is not None})
    client = tenant.client
    jobs = [partial(_details, client, service_id) for service_id in ids]
    jobs += [partial(_history, client, service_id) for service_id in ids]
    read = in_parallel(lambda job: job(), jobs, max_parallel)
    details, histories = dict(zip(ids, read)), dict(zip(ids, read[len(ids) :]))
    for one in watched:
        if one.going and one.listed is not None:
            service_id = str(one.listed.service_id)
            one.history = histories[service_id]
            _pick(one, details[service_id])
    _refuse_doubles(watched)


def _select(one: Watched, services: Sequence[Service], tenant: Tenant) -> Service:
    wanted_id, name = one.asked.get("service_id"), one.asked.get("name")
    if wanted_id:
        found = next((service for service in services if service.service_id == wanted_id), None)
        if found is None:
            raise InvalidError(f"there is no service {wanted_id} in this tenant; check its id")
        return found
    named = [service for service in services if service.name == name]
    kept = namesakes(named) or named
    if len(kept) > 1:
        ids = " and ".join(str(service.service_id) for service in kept)
        raise InvalidError(f"{len(kept)} services are named {shown(name, 80)}: {ids}; give service_id")
    if not kept:
        similar = suggestion(name, tenant.names()) or "check its name"
        raise InvalidError(f"there is no service {shown(name, 80)} in this tenant; {similar}")
    return kept[0]


def _details(client: IesClient, service_id: str) -> Any:
    try:
        return client.find_service(service_id)
    except IesError as error:
        return error


def _history(client: IesClient, service_id: str) -> Any:
    try:
        return read_history(client.find_operations(service_id))
    except IesError:
        return UNREADABLE


def _pick(one: Watched, details: Service | IesError | None) -> None:
    """Pick the connection out of the details of its service."""
    if isinstance(details, IesError):
        one.fail(details.message)
        return
    if details is None:
        one.fail("the service has gone since the list was read; run again")
        return
    one.service = details
    if details.phase == CREATE_FAILED:
        one.fail("the service could not be created (CreateFailed); converge the services first")
        return
    wanted = one.asked.get("cloud_vpn_name")
    names = ", ".join(shown(known.cloud_vpn_name, 80) for known in details.connections) or "none"
    found = [known for known in details.connections if wanted in {None, "", known.cloud_vpn_name}]
    if not found:
        one.fail(f"the service has no connection {shown(wanted, 80)}; it has {names}" if wanted else "it has no connection")
    elif len(found) > 1 and not wanted:
        one.fail(f"the service has several connections; say which one in cloud_vpn_name: {names}")
    elif len(found) > 1:
        one.fail(f"the service has the connection {shown(wanted, 80)} twice; correct it in the IES first")
    else:
        one.connection = found[0]
        if one.bandwidth is None or one.bandwidth <= 0:
            value = find_value(found[0].parameters, BANDWIDTH_KEY)
            one.fail(f"its Bandwidth is {shown(value, 80)}, which is no positive whole number; set a bandwidth first")


def _refuse_doubles(watched: Sequence[Watched]) -> None:
    """Refuse connections that are asked for more than once: which policy counts is not known."""
    picked = [one for one in watched if one.connection is not None]
    counts = Counter(_key(one) for one in picked)
    for one in picked:
        if counts[_key(one)] > 1:
            one.fail("the connection is given twice; keep one of the two")


def _key(one: Watched) -> tuple[str, str]:
    listed = one.listed.service_id if one.listed is not None else None
    return (str(listed), str(one.cloud_vpn_name))


# Read and decide


def decide_all(watched: Sequence[Watched], client: IesClient, now: float, max_parallel: int) -> None:
    """Read the traffic of all of them, both directions, in parallel, and decide each at the moment `now`."""
    wanted = [one for one in watched if one.going and not _is_busy(one)]
    queries = [(one, direction) for one in wanted for direction in DIRECTIONS]
    for one in wanted:
        one.period = (int(now - _period(one, now)), int(now))
    in_parallel(lambda query: _read_traffic(query[0], query[1], client), queries, max_parallel)
    for one in watched:
        if one.going:
            try:
                _decide(one, now)
            except IesError as error:
                one.fail(error.message)
            except Exception as error:
                one.fail(unforeseen("it could not be decided", error))


def _is_busy(one: Watched) -> bool:
    return one.service is not None and one.service.phase == IN_PROGRESS


def _period(one: Watched, now: float) -> float:
    """Return the seconds of traffic that its policy looks at."""
    policy = one.policy
    if policy is None:
        return 0.0
    needed = [policy.lower_window, policy.raise_window]
    if policy.daily_memory:
        needed.append(policy.daily_memory * _DAY + policy.raise_window)
    if one.history.last_change is not None:
        needed.append(min(now - one.history.last_change, _LONGEST_SINCE_CHANGE))
    return max(needed)


def _read_traffic(one: Watched, direction: str, client: IesClient) -> None:
    query = one.query(direction)
    series = Series()
    try:
        found = client.read_traffic(query.cloud_vpn_name, query.metric, query.parameters(), query.indicator)
        series = Series() if found is None else found
    except IesError as error:
        one.unread.append(error)
    one.series[direction] = series


def _decide(one: Watched, now: float) -> None:
    if one.policy is None or one.bandwidth is None or one.service is None:
        return
    if _is_busy(one):
        one.decided = to_result(Decision(one.bandwidth, HOLD, one.policy.bounds_at(now), []))
        one.hold(f"the service is {shown(one.service.status, 80)}: it is left alone until that has ended")
        return
    if len(one.unread) == len(DIRECTIONS):
        one.fail(f"its traffic could not be read: {one.unread[0].message}")
        return
    history = one.history
    series = [_demand_series(one.series[direction], one.policy.unit) for direction in DIRECTIONS]
    filled = [known for known in series if any(value is not None for value in known.values)]
    situation = Situation(
        one.policy,
        one.bandwidth,
        demands_of(one.policy, filled),
        now,
        history.last_change,
        history.last_change_ended,
        history.failures,
        complete=len(filled) == len(DIRECTIONS),
    )
    one.decided = to_result(decide(situation))
    if not history.readable and one.decided["decision"] == LOWER:
        one.hold("the operations of the service could not be read, so the last change is not known: nothing is lowered")


def _demand_series(series: Series, unit: float) -> DemandSeries:
    """Return the samples, which are in the order of time, in units of Bandwidth; raises InvalidError for two of one time."""
    times = [sample.epoch for sample in series]
    if len(set(times)) < len(times):
        twice = next(earlier for earlier, later in zip(times, times[1:]) if earlier == later)
        raise InvalidError(
            f"its traffic has two different values for {iso_utc(twice)}: the traffic of the IES cannot be relied on"
        )
    values = (None if sample.value is None else sample.value * unit for sample in series)
    return DemandSeries(times, values, step_of(times, TIMEDIM))


# Change


def apply(
    watched: Sequence[Watched], tenant: Tenant, policy: RunOptions, clock: Clock, max_parallel: int, progress: Progress | None
) -> list[Job]:
    """Change the bandwidths with one update per service, wait for all together, and note how each ended.

    Nothing is ordered twice in a run: one that fails stays as it is until the next one.
    """
    by_service: dict[str, list[Watched]] = defaultdict(list)
    for one in watched:
        if may_apply(one) and one.listed is not None:
            by_service[str(one.listed.service_id)].append(one)
    batches: list[tuple[list[Watched], Declaration]] = []
    for service_id, together in by_service.items():
        try:
            batches.append(_declare(service_id, together))
        except IesError as error:
            for one in together:
                one.fail(error.message)
    if not batches:
        return []
    jobs = run_fleet([declaration for _batch, declaration in batches], tenant, policy, clock, max_parallel, progress)
    for (batch, _declaration), job in zip(batches, jobs):
        for one in batch:
            one.applied = bool(job.outcome.actions) and job.error is None
            if job.error is not None and job.error.exception_id == STATUS_IN_PROGRESS:
                # Found busy a moment earlier, it would have been left alone as well.
                one.hold("the service has been in progress since it was looked at: it is left alone until that has ended")
            elif job.error is not None:
                one.fail(job.error.message)
    return jobs


def _declare(service_id: str, together: Sequence[Watched]) -> tuple[list[Watched], Declaration]:
    """Return the connections that go into one update of their service, and the declaration of it."""
    batch = [one for one in together if one.connection is not None and one.connection.place.in_list]
    if not batch:
        # In no list of its own: the shorthand changes such a connection wherever it stands, one at a time.
        first, *later = together
        for one in later:
            one.hold("another connection of the service is changed first; this one follows in a later run")
        target = {"bandwidth": _target(first), "cloud_vpn_name": first.cloud_vpn_name}
        return [first], read_declaration({"service_id": service_id, **target})
    for one in together:
        if one not in batch:
            one.hold("other connections of the service are changed first; this one follows in a later run")
    lists: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in batch:
        key = str(one.connection.place.key) if one.connection is not None else ""
        lists[key].append({NAME_KEY: one.cloud_vpn_name, BANDWIDTH_KEY: str(_target(one))})
    return batch, read_declaration({"service_id": service_id, "parameters": dict(lists)})


def _target(one: Watched) -> int:
    if one.decided is None:
        raise FailedError(f"{one.label()} has no target")
    return int(one.decided["target"])
