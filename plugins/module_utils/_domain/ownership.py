# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who manages a service, whether it may go at all, and what is undeclared. Pure.

The mark on the server is the witness: a protection whose line was deleted from a declaration is still there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from .._api.mark import Mark, with_mark
from .._api.models import Service
from .._api.status import CREATE_FAILED, is_deleting
from .._errors import ConflictError, InvalidError
from .._text import quoted, shown
from .._values import to_number, to_whole
from .declaration import NAME_LENGTH, Declaration, check_owner_name, read_declaration

KEEP = "keep"
DELETE = "delete"
# Why a service is deleted that no declaration mentions.
UNDECLARED = "undeclared"

DEFAULT_CAP = "10%"
_LONGEST_VALUE = 60
# A percentage with decimals must not lose a service to the arithmetic of floats.
_ROUNDING = 1e-9


# The mark of one service


def wanted_mark(declaration: Declaration, mark: Mark | None) -> Mark | None:
    """Return the mark that a service with this one is to have; what is not declared stays as it is."""
    if not declaration.managed or (declaration.owner is None and mark is None):
        return mark
    known = mark or Mark(str(declaration.owner))
    return Mark(
        declaration.owner or known.owner,
        known.protected if declaration.protected is None else declaration.protected,
        known.keep if declaration.on_removal is None else declaration.on_removal == KEEP,
    )


def mark_fields(mark: Mark | None) -> dict[str, Any]:
    """Return what a mark says as fields of a service; without one, nobody manages it."""
    if mark is None:
        return {"owner": None, "protected": False, "on_removal": DELETE}
    return {"owner": mark.owner, "protected": mark.protected, "on_removal": KEEP if mark.keep else DELETE}


def check_owner(declaration: Declaration, service: Service) -> None:
    """Check that the service has no other owner than the declared one; raises ConflictError that names both."""
    mark = service.mark
    if mark is None or declaration.owner in {None, mark.owner} or declaration.take_over:
        return
    raise ConflictError(
        f"{service.label()} is managed by {mark.owner}, and declared with the owner {declaration.owner}; set take_over to true"
        " (cloudvpn_take_over) to take it over, or leave it out"
    )


def check_has_owner(declaration: Declaration, mark: Mark | None) -> None:
    """Check that what only a mark can hold has an owner, declared or in the mark that is there; raises InvalidError."""
    wanted = {"protected: true": declaration.protected, "on_removal: keep": declaration.on_removal == KEEP}
    option = next((option for option, declared in wanted.items() if declared), None)
    if option is not None and declaration.owner is None and mark is None:
        raise InvalidError(
            f"{declaration.label()} is declared with {option}, which stands in the mark of its owner, and has none; give owner"
            " (cloudvpn_owner) as well"
        )


def stored_mark(declaration: Declaration, mark: Mark | None, description: str | None) -> Mark | None:
    """Return the mark to send behind a description, `mark` being the one that is there.

    Raises InvalidError when both together do not fit into the field that holds them.
    """
    wanted = wanted_mark(declaration, mark)
    length = len(with_mark(description, wanted) or "")
    if wanted is not None and length > NAME_LENGTH:
        raise InvalidError(
            f"{declaration.label()}: its description has {len(description or '')} characters and the mark{wanted}"
            f" {len(str(wanted))}, together {length}, at most {NAME_LENGTH} are allowed; shorten the description"
        )
    return wanted


def check_removable(declaration: Declaration, service: Service) -> None:
    """Check that the service may be deleted, be it for good or to be created again; raises ConflictError.

    Asked when the plan is made, and again of the service as it is right before its delete is sent.
    """
    mark = service.mark
    if declaration.undeclared and (mark is None or mark.owner != declaration.owner or mark.keep):
        now = "has no mark" if mark is None else f"has the mark{mark}"
        raise ConflictError(f"{service.label()} {now} by now, so it is not pruned for {declaration.owner}; run again")
    check_owner(declaration, service)
    if mark is None or not mark.protected:
        return
    if service.phase != CREATE_FAILED:
        raise ConflictError(
            f"{service.label()} is protected (owner {mark.owner}), so it is neither deleted nor recreated; where it has to be,"
            " have the protection removed first, by a run that declares its name with protected: false and nothing else"
        )
    # The server refuses to change the description of what it could not create.
    if declaration.protected is not False:
        raise ConflictError(
            f"{service.label()} is CreateFailed and protected (owner {mark.owner}), so it is not removed; declare it with"
            " protected: false to have it removed all the same"
        )


def mark_of_leftovers(declaration: Declaration, leftovers: Sequence[Service]) -> Mark | None:
    """Return the mark of what a failed order left; raises ConflictError when several have different ones."""
    marks = {leftover.mark for leftover in leftovers}
    if len(marks) > 1:
        ids = " and ".join(str(leftover.service_id) for leftover in leftovers)
        raise ConflictError(
            f"{declaration.label()} is CreateFailed more than once ({ids}), and their marks of ownership differ; remove those"
            " that are not to be kept by service_id (state absent), then run again"
        )
    return next(iter(marks), None)


# What is not declared


class Cap(NamedTuple):
    """How many services may be pruned at once: a number, or a percentage of those owned."""

    number: int | None
    percent: float | None = None

    def most(self, owned: int) -> int:
        """Return how many that are of so many owned: a percentage is rounded down, and is one at least."""
        if self.percent is None:
            return self.number or 0
        return max(1, int(self.percent * owned / 100 + _ROUNDING))

    def __str__(self) -> str:
        return str(self.number) if self.percent is None else f"{self.percent:g}%"


def read_cap(value: Any) -> Cap:
    """Read `prune_max`: a number from 1 on, or a percentage above 0% up to 100%; raises InvalidError that names the value."""
    text = str(value).strip()
    if text.endswith("%"):
        number = to_number(text[:-1].strip())
        if number is not None and 0 < number <= 100:
            return Cap(None, number)
    elif not isinstance(value, bool):
        whole = to_whole(value)
        if whole is not None and whole >= 1:
            return Cap(whole)
    raise InvalidError(
        f"prune_max (cloudvpn_prune_max) is {quoted(value, _LONGEST_VALUE)}; write a number of services from 1 on, or a"
        " percentage of those owned above 0% and up to 100%, such as 10%"
    )


@dataclass(frozen=True)
class PruneOptions:
    """Whose undeclared services are deleted, how many at most, and whether active ones are deactivated first."""

    owner: str
    cap: Cap
    deactivate: bool = False


def check_wide(params: Mapping[str, Any]) -> None:
    """Check the options of ownership that count for all services; raises InvalidError."""
    if params.get("owner") is not None:
        check_owner_name(params["owner"])
    elif params.get("take_over"):
        raise InvalidError("take_over (cloudvpn_take_over) needs owner (cloudvpn_owner): say who takes the services over")


def read_prune(params: Mapping[str, Any], declared: Collection[Any]) -> PruneOptions | None:
    """Read the options of pruning, None where it is not wanted; raises InvalidError, before anything is sent."""
    owner = params.get("owner")
    if not params.get("prune"):
        return None
    if owner is None:
        raise InvalidError(
            "prune (cloudvpn_prune) needs owner (cloudvpn_owner): only services with the mark of an owner are deleted"
        )
    cap = read_cap(DEFAULT_CAP if params.get("prune_max") is None else params["prune_max"])
    if not declared and not params.get("allow_empty"):
        raise InvalidError(
            f"no service is declared, so prune would delete what {owner} owns; check where services (cloudvpn_services) comes"
            " from, or set allow_empty (cloudvpn_allow_empty) to true"
        )
    return PruneOptions(owner, cap, bool(params.get("deactivate")))


def with_wide(item: Mapping[str, Any], wide: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of one declared service, with those that count for all where it says nothing itself."""
    given = dict(item)
    for option in ("owner", "take_over"):
        if given.get(option) is None and wide.get(option) is not None:
            given[option] = wide[option]
    return given


class Declared(NamedTuple):
    """The names and ids that are declared, in whatever state, also by what could not be read."""

    names: frozenset[str]
    ids: frozenset[str]

    def holds(self, service: Service) -> bool:
        """Return whether the service is declared."""
        return service.name in self.names or service.service_id in self.ids


def names_and_ids(declared: Iterable[Mapping[str, Any]]) -> Declared:
    """Return the names and ids that the options of declared services hold."""
    items = list(declared)
    names, ids = ({str(item[key]) for item in items if item.get(key) is not None} for key in ("name", "service_id"))
    return Declared(frozenset(names), frozenset(ids))


def without_declaration(services: Iterable[Service], declared: Declared, owner: str) -> list[Service]:
    """Return the services of an owner that nobody declares, by name: also protected ones, but none that is to be kept."""
    found = [
        service
        for service in services
        if service.mark is not None
        and service.mark.owner == owner
        and not service.mark.keep
        and not is_deleting(service.status)
        and not declared.holds(service)
    ]
    return sorted(found, key=lambda service: (service.name or "", service.service_id or ""))


def find_undeclared(services: Iterable[Service], declared: Declared, options: PruneOptions) -> list[Service]:
    """Return the services to prune, by name: owned, undeclared, not protected, not to be kept, not on their way out already.

    Raises ConflictError that names them when they are more than the cap allows.
    """
    services = list(services)
    owned = [
        service
        for service in services
        if service.mark is not None and service.mark.owner == options.owner and not is_deleting(service.status)
    ]
    undeclared = without_declaration(services, declared, options.owner)
    found = [service for service in undeclared if service.mark is not None and not service.mark.protected]
    most = options.cap.most(len(owned))
    if len(found) > most:
        listed = ", ".join(f"{shown(service.name)} ({service.service_id})" for service in found)
        raise ConflictError(
            f"{len(found)} undeclared services of {options.owner} would be deleted, and at most {most} may be (prune_max"
            f" {options.cap}, {len(owned)} owned): {listed}; declare those that stay, or raise prune_max (cloudvpn_prune_max);"
            " nothing was written"
        )
    return found


def removal_of(service: Service, options: PruneOptions) -> Declaration:
    """Return the declaration that prunes a service: by its id, and only under the name that it has now."""
    given = {"service_id": service.service_id, "state": "absent", "owner": options.owner, "deactivate": options.deactivate}
    return replace(read_declaration(given), name=service.name, undeclared=True)
