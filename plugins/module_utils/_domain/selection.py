# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of the tenant's services a declaration is about. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .._api.models import Service
from .._api.status import CREATE_FAILED, IN_PROGRESS, is_deleting
from .._errors import ConflictError
from .._values import iso_utc
from .declaration import Declaration


@dataclass(frozen=True)
class Selection:
    """Which of the tenant's services the declaration is about.

    `leftovers` are CreateFailed services of that name; `current` is any other, also one that is being deleted.
    """

    current: Service | None = None
    leftovers: tuple[Service, ...] = ()

    @property
    def busy(self) -> bool:
        """Return whether the service is in the middle of an operation."""
        return self.current is not None and self.current.phase == IN_PROGRESS


def select(declaration: Declaration, services: Iterable[Service]) -> Selection:
    """Pick the service that a declaration means out of those read.

    Raises ConflictError that lists the ids when two healthy services have the name.
    """
    if declaration.service_id is not None:
        found = next((service for service in services if service.service_id == declaration.service_id), None)
        if found is not None and found.phase == CREATE_FAILED:
            return Selection(None, (found,))
        return Selection(found)
    named = [service for service in services if service.name == declaration.name]
    leftovers = tuple(service for service in named if service.phase == CREATE_FAILED)
    others = [service for service in named if service.phase != CREATE_FAILED]
    staying = namesakes(named)
    if len(staying) > 1:
        listed = " and ".join(map(_told_apart, staying))
        raise ConflictError(
            f"{len(staying)} services are named {declaration.name!r}: {listed}; tell them apart with service_id, or remove one"
        )
    return Selection(next(iter(staying or others), None), leftovers)


def namesakes(named: Iterable[Service]) -> list[Service]:
    """Return, of the services of a name, those that keep it: not the failed creates, and not those being deleted."""
    return [service for service in named if service.phase != CREATE_FAILED and not is_deleting(service.status)]


def _told_apart(service: Service) -> str:
    """Return what tells a service from its namesakes: id, creation time and, where they have been read, connections."""
    facts = [f"created {iso_utc(service.created_at)}"] if iso_utc(service.created_at) else []
    if service.parameters is not None:
        names = ", ".join(repr(entry.cloud_vpn_name) for entry in service.connections)
        facts.append(f"connections {names}" if names else "no connections")
    return f"{service.service_id} ({', '.join(facts)})" if facts else str(service.service_id)


def leftover_warnings(selection: Selection) -> list[str]:
    """Return a warning about CreateFailed services beside the one that is meant."""
    if not selection.leftovers or selection.current is None:
        return []
    ids = ", ".join(str(service.service_id) for service in selection.leftovers)
    return [
        f"beside {selection.current.label()} there are CreateFailed leftovers of that name: {ids};"
        " remove them with state absent and service_id"
    ]
