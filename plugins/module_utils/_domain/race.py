# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two runs that order the same name at once: which of the services stays (contract 3.4: names are not unique). Pure.

The oldest stays: by `created_at`, and where that is the same by `service_id`. Every run sees the same two values, so
they all come to the same decision, and a run only ever removes what it has ordered itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from .._api.models import Service
from .._api.status import CREATE_FAILED, IN_PROGRESS, UNKNOWN, is_deleting

# What a run does about its own service and another of the name.
ALONE = "alone"  # there is no other
WAIT = "wait"  # until the other one has come to an end
YIELD = "yield"  # remove its own; the other is older and stands
STAY = "stay"  # its own is the oldest; whoever ordered the other removes that
UNDECIDED = "undecided"  # nothing tells who is older, or whether the older one works


class Standing(NamedTuple):
    """What a run does, and the other service that decides it."""

    move: str
    other: Service | None = None


def find_twins(service_id: str, named: Iterable[Service], known: Collection[str | None] = ()) -> list[Service]:
    """Return the services among those of the name that another run has ordered beside `service_id`.

    `known` are the ids of those that no other run can have ordered meanwhile: a service that was there before the order is
    a namesake. What failed to be created or is on its way out is no twin either.
    """
    return [
        service
        for service in named
        if service.service_id != service_id
        and service.service_id not in known
        and service.phase != CREATE_FAILED
        and not is_deleting(service.status)
    ]


def judge_race(own: Service, twins: Iterable[Service]) -> Standing:
    """Decide what becomes of `own`, all of them as one read of the list showed them."""
    others = list(twins)
    if not others:
        return Standing(ALONE)
    if own.created_at is None or any(other.created_at is None for other in others):
        return Standing(UNDECIDED, others[0])
    oldest = min(others, key=_age)
    if _age(oldest) < _age(own):
        if oldest.phase == UNKNOWN:
            return Standing(UNDECIDED, oldest)
        return Standing(WAIT if oldest.phase == IN_PROGRESS else YIELD, oldest)
    busy = next((other for other in others if other.phase == IN_PROGRESS), None)
    return Standing(STAY, oldest) if busy is None else Standing(WAIT, busy)


def _age(service: Service) -> tuple[float, str]:
    return service.created_at or 0.0, str(service.service_id)
