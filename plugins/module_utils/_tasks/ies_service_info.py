# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Task body of `ies_service_info`: look at services, and wait until none is in progress (public interface, section 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .._api.models import Service
from .._api.status import IN_PROGRESS, PHASES
from .._errors import IesError, WaitTimeoutError
from .._parallel import in_parallel
from .._time import Deadline, PollOptions, rounds
from .._wire.client import IesClient
from ._context import Context
from ._options import read_max_parallel, read_poll_options, wait_options

OPTIONS: dict[str, dict[str, Any]] = {
    "name": {"type": "list", "elements": "str"},
    "service_id": {"type": "list", "elements": "str"},
    "cloud_vpn_name": {"type": "list", "elements": "str"},
    "status": {"type": "list", "elements": "str"},
    "phase": {"type": "list", "elements": "str", "choices": list(PHASES)},
    "owner": {"type": "list", "elements": "str"},
    "details": {"type": "bool", "default": True},
    "operations": {"type": "bool", "default": False},
    "max_parallel": {"type": "int", "default": 8},
    **wait_options(default=False),
}
CONSTRAINTS: dict[str, Any] = {}


def run(params: Mapping[str, Any], client: IesClient, context: Context) -> dict[str, Any]:
    """Return the services that all filters match; raises IesError."""
    poll, max_parallel = read_poll_options(params), read_max_parallel(params)
    services = _select(params, client, max_parallel)
    if params["wait"] and _in_progress(services):
        _wait(client, services, Deadline(context.clock, poll.timeout), poll, context)
        services = _select(params, client, max_parallel)
    ordered = sorted(services, key=lambda service: (service.name or "", service.service_id or ""))
    result: dict[str, Any] = {"changed": False, "services": [service.to_result() for service in ordered]}
    if params["operations"]:
        result["warnings"] = _add_operations(result["services"], client, max_parallel)
    return result


def _add_operations(entries: Sequence[dict[str, Any]], client: IesClient, max_parallel: int) -> list[str]:
    """Add its operations to each service, null where they cannot be read, and return a warning for what kept them back."""
    kept_back: list[str] = []

    def read(entry: dict[str, Any]) -> None:
        entry["operations"] = None
        try:
            found = client.find_operations(str(entry["service_id"]))
        except IesError as error:
            kept_back.append(f"operations of service {entry['name']!r} could not be read: {error.message}")
        else:
            entry["operations"] = None if found is None else [operation.to_result() for operation in found]

    in_parallel(read, entries, max_parallel)
    return sorted(kept_back)


def _wait(client: IesClient, services: Sequence[Service], deadline: Deadline, poll: PollOptions, context: Context) -> None:
    """Wait until none of the services is in progress; what is raised carries them as last seen."""
    # By id: what they become may no longer match a filter on the status.
    waited_for = {service.service_id for service in services}
    seen: Sequence[Service] = services
    for _number in rounds(context.clock, poll.interval, deadline.left):
        try:
            listed = _list(client.until(deadline), confirm_empty=True)
        except IesError as error:
            error.result = _as_last_seen(seen)
            raise
        seen = [service for service in listed if service.service_id in waited_for]
        if not _in_progress(seen):
            return
        if deadline.passed:
            raise _timed_out(seen, deadline)


def _list(client: IesClient, confirm_empty: bool) -> list[Service]:
    """Read the list; `confirm_empty`: an empty one is believed when a second read shows it so as well (contract 5.2)."""
    services = client.list_services()
    return client.list_services() if confirm_empty and not services else services


def _select(params: Mapping[str, Any], client: IesClient, max_parallel: int) -> list[Service]:
    """Read the list, and the details only of those that the other filters leave."""
    # Whoever waits goes on to something else when nothing is in progress.
    listed = [service for service in _list(client, confirm_empty=params["wait"]) if _matches(params, service)]
    if not params["details"] and params["cloud_vpn_name"] is None:
        return listed

    def read(service: Service) -> Service | None:
        return client.find_service(str(service.service_id))

    # One that has gone since the list was read is not there; a state that has changed since is filtered again.
    detailed = [service for service in in_parallel(read, listed, max_parallel) if service is not None]
    names = params["cloud_vpn_name"]
    return [
        service
        for service in detailed
        if _matches(params, service)
        and (names is None or any(connection.cloud_vpn_name in names for connection in service.connections))
    ]


def _matches(params: Mapping[str, Any], service: Service) -> bool:
    filters: tuple[tuple[str, str | None, Callable[[str], str]], ...] = (
        ("name", service.name, str),
        ("service_id", service.service_id, str),
        ("status", service.status, str.casefold),
        ("phase", service.phase, str),
        ("owner", service.mark.owner if service.mark is not None else None, str),
    )
    return all(
        params[option] is None or (value is not None and fold(value) in map(fold, params[option]))
        for option, value, fold in filters
    )


def _in_progress(services: Sequence[Service]) -> list[Service]:
    return [service for service in services if service.phase == IN_PROGRESS]


def _timed_out(listed: Sequence[Service], deadline: Deadline) -> WaitTimeoutError:
    busy = _in_progress(listed)
    named = ", ".join(f"{service.label()} is {service.status}" for service in busy[:5])
    more = f" and {len(busy) - 5} more" if len(busy) > 5 else ""
    error = WaitTimeoutError(
        f"{len(busy)} of {len(listed)} services are still in progress after {deadline.seconds:g} s (wait_timeout):"
        f" {named}{more}; they go on in the server, run again to go on waiting"
    )
    error.result = _as_last_seen(listed)
    return error


def _as_last_seen(services: Sequence[Service]) -> dict[str, Any]:
    """Return what a failed result tells of the services that were waited for."""
    busy = _in_progress(services)
    return {
        "services": [service.to_result() for service in services],
        "service": busy[0].to_result() if busy else None,
        "operation_id": None,
    }
