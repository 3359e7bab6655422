# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Desired against current gives a plan: what is to be written, in order, and what it looks like before and after. Pure.

One decision serves check mode, the diff and the writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from .._api.models import Service
from .._api.parameters import ACTION_CREATE, ACTION_DEACTIVATE, ACTION_DELETE, ACTION_UPDATE
from .._api.status import COMPLETED, CREATE_FAILED, CREATE_IN_PROGRESS, FAILED, UPDATE_IN_PROGRESS, is_active, is_deleting
from .._errors import ConflictError, IesError, NotFoundError
from .catalogue import Catalogue, OrderIds, resolve_order
from .compare import Differences, compare
from .declaration import Declaration, check_creatable
from .diff import all_fields, declared_fields
from .leftovers import carry_over
from .ownership import check_has_owner, check_owner, check_removable, mark_of_leftovers, stored_mark
from .payload import create_payload, merged_parameters, order_parameters, reordered_parameters, update_payload
from .selection import Selection, leftover_warnings

# What changes is named as the write that does it.
CREATE = ACTION_CREATE
UPDATE = ACTION_UPDATE
RECREATE = "recreate"
DELETE = ACTION_DELETE
UNCHANGED = "unchanged"
KINDS = (CREATE, UPDATE, RECREATE, DELETE, UNCHANGED)


class Step(NamedTuple):
    """One write: `create`, `update`, `deactivate` or `delete`."""

    action: str
    service_id: str | None = None
    payload: dict[str, Any] | None = None


@dataclass(frozen=True)
class Plan:
    """What a declaration asks for, given what is there.

    `kind` is one of KINDS. `foreseen` is the service as it will be: None when it will not be.
    """

    kind: str
    steps: tuple[Step, ...] = ()
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    current: Service | None = None
    foreseen: Service | None = None
    warnings: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Return whether anything is to be written."""
        return bool(self.steps)

    @property
    def actions(self) -> list[str]:
        """The writes in order."""
        return [step.action for step in self.steps]

    @property
    def diff(self) -> dict[str, Any]:
        """The diff that Ansible shows."""
        return {"before": self.before, "after": self.after}


def plan_service(
    declaration: Declaration,
    selection: Selection,
    catalogue: Catalogue,
    *,
    wait: bool,
    services: Sequence[Service] = (),
    names: Callable[[], Iterable[str | None]] = tuple,
) -> Plan:
    """Decide what is to be written.

    `selection.current` has been read with its parameters, unless it is to be deleted. `wait` tells whether a service
    that is in progress may be waited for; `services` are those of the declared name, where a service_id is declared as well.
    `names` returns the names of all services, to suggest one of them.

    Raises IesError when the declaration cannot be met; nothing has been written by then. A ConflictError about what differs
    has the `diff` in its result.
    """
    if not declaration.managed:
        return _plan_unmanaged(declaration, selection, catalogue)
    if not declaration.present:
        return _plan_absent(declaration, selection, wait)
    current = selection.current
    if current is not None and is_deleting(current.status):
        if not wait:
            raise _busy(declaration, current)
        current = None
    if current is None:
        if selection.leftovers:
            _check_order_name(declaration, services)
        return _plan_order(declaration, selection.leftovers, catalogue, wait, names)
    warnings = leftover_warnings(selection)
    check_owner(declaration, current)
    check_has_owner(declaration, current.mark)
    found = compare(declaration, current, catalogue)
    if found.unechoed:
        warnings.append(
            f"{current.label()}: the server does not show {', '.join(found.unechoed)}; changes to it cannot be detected"
        )
    reapply = current.phase == FAILED and _applicable(declaration)
    if current.phase == FAILED and not reapply:
        warnings.append(f"{current.label()} is Failed, and nothing is declared that could be applied to it again")
    if not found and not reapply:
        before = declared_fields(declaration, current, found, new=False)
        return Plan(UNCHANGED, before=before, after=before, current=current, foreseen=current, warnings=tuple(warnings))
    if selection.busy and not wait:
        raise _busy(declaration, current)
    _check_rename(declaration, current, services)
    try:
        return _plan_change(declaration, current, found, reapply, catalogue, wait, tuple(warnings))
    except ConflictError as error:
        # What may not be changed differs all the same.
        before, after = (declared_fields(declaration, current, found, new=new) for new in (False, True))
        error.result["diff"] = {"before": before, "after": after}
        raise


def _plan_change(
    declaration: Declaration,
    current: Service,
    found: Differences,
    reapply: bool,
    catalogue: Catalogue,
    wait: bool,
    warnings: tuple[str, ...],
) -> Plan:
    immutable = found.immutable()
    before, after = (declared_fields(declaration, current, found, new=new) for new in (False, True))
    if reapply:
        before, after = {**before, "status": current.status}, {**after, "status": COMPLETED}
    if immutable and declaration.on_immutable_change == "fail":
        raise ConflictError(
            f"{current.label()} differs in what a plain update does not change: {'; '.join(immutable)}; set"
            " on_immutable_change to update or recreate, or correct the declaration"
        )
    if immutable and declaration.on_immutable_change == "recreate":
        _check_movable(current, found, recreate=True)
        steps, foreseen = _recreation(declaration, current, found, catalogue, wait)
        # Ordered again by name, it may be from another definition than the inactive one it is made of.
        for key in ("service_definition_id", "template_id"):
            old, new = getattr(current, key), getattr(foreseen, key)
            if old != new:
                before, after = {**before, key: old}, {**after, key: new}
        return Plan(RECREATE, steps, before, after, current, foreseen, warnings)
    if found.fixed:
        raise ConflictError(
            f"{current.label()}: {' and '.join(found.fixed)} cannot be changed by an update (the server keeps the stored one);"
            " set on_immutable_change to recreate, or correct the declaration"
        )
    _check_movable(current, found, recreate=False)
    description = current.description if declaration.description is None else declaration.description
    mark = stored_mark(declaration, current.mark, description)
    payload = update_payload(declaration, current, found, reapply, mark)
    # A modification without parameters is done at once (contract 5.4).
    ends_at_once = "parameters" not in payload["service"]
    foreseen = current.with_parameters(
        merged_parameters(current, found),
        name=declaration.name or current.name,
        description=description,
        status=COMPLETED if wait or ends_at_once else UPDATE_IN_PROGRESS,
        mark=mark,
    )
    return Plan(UPDATE, (Step(UPDATE, current.service_id, payload),), before, after, current, foreseen, warnings)


def _recreation(
    declaration: Declaration, current: Service, found: Differences, catalogue: Catalogue, wait: bool
) -> tuple[tuple[Step, ...], Service]:
    definition = declaration.service_definition or current.service_definition_id
    check_removable(declaration, current)
    # Resolved before anything is deleted: a service is never given up for one that cannot be ordered.
    ids = resolve_order(catalogue, str(definition), declaration.template, current)
    name = str(declaration.name or current.name)
    description = current.description if declaration.description is None else declaration.description
    mark = stored_mark(declaration, current.mark, description)
    payload = create_payload(declaration, ids, name, description, reordered_parameters(current, found), mark)
    steps = (*_removal(declaration, current), Step(CREATE, None, payload))
    foreseen = _foreseen_order(ids, name, description, reordered_parameters(current, found, hidden=False), wait)
    return steps, replace(foreseen, mark=mark)


def _plan_order(
    declaration: Declaration,
    leftovers: tuple[Service, ...],
    catalogue: Catalogue,
    wait: bool,
    names: Callable[[], Iterable[str | None]],
) -> Plan:
    if leftovers and not declaration.replace_failed:
        left = ", ".join(str(service.service_id) for service in leftovers)
        raise ConflictError(
            f"{declaration.label()} is CreateFailed ({left}); set replace_failed to true to remove it and create it again, or"
            " remove it with state absent"
        )
    if declaration.service_id is not None and not leftovers:
        raise NotFoundError(
            f"{declaration.label()} does not exist in this tenant; check service_id, or leave it out to create by name"
        )
    if leftovers and declaration.name is None:
        raise ConflictError(
            f"{declaration.label()} is CreateFailed; give its name as well to have it created again, or remove it with"
            " state absent"
        )
    check_creatable(declaration, names)
    for leftover in leftovers:
        check_removable(declaration, leftover)
    mark_left = mark_of_leftovers(declaration, leftovers)
    check_has_owner(declaration, mark_left)
    mark = stored_mark(declaration, mark_left, declaration.description)
    ids = resolve_order(catalogue, str(declaration.service_definition), declaration.template)
    name = str(declaration.name)
    parameters, warnings = _replacing(declaration, leftovers)
    payload = create_payload(declaration, ids, name, declaration.description, parameters, mark)
    foreseen = replace(_foreseen_order(ids, name, declaration.description, parameters, wait), mark=mark)
    removals = tuple(Step(DELETE, service.service_id) for service in leftovers)
    return Plan(
        RECREATE if leftovers else CREATE,
        (*removals, Step(CREATE, None, payload)),
        all_fields(leftovers[0]) if leftovers else {},
        all_fields(foreseen),
        leftovers[0] if leftovers else None,
        foreseen,
        warnings,
    )


def _replacing(declaration: Declaration, leftovers: tuple[Service, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the parameters to order: those declared, and what the leftovers hold beyond them, which a warning names."""
    parameters = order_parameters(declaration)
    if not leftovers:
        return parameters, ()
    carried = carry_over(declaration, parameters, leftovers)
    if not carried.words:
        return carried.parameters, ()
    return carried.parameters, (
        f"{leftovers[0].label()} is CreateFailed and holds what is not declared; it goes into the new order:"
        f" {', '.join(carried.words)}; where that is not wanted, remove the service with state absent first",
    )


def _foreseen_order(ids: OrderIds, name: str, description: str | None, parameters: dict[str, Any], wait: bool) -> Service:
    return Service(
        service_id=None,
        name=name,
        description=description or "",
        service_definition_id=ids.service_definition_id,
        template_id=ids.template_id,
        status=COMPLETED if wait else CREATE_IN_PROGRESS,
        parameters=parameters,
    )


def _plan_absent(declaration: Declaration, selection: Selection, wait: bool) -> Plan:
    current = selection.current
    for found in (*selection.leftovers, *([current] if current is not None else [])):
        if None not in {declaration.name, declaration.service_id} and found.name != declaration.name:
            raise ConflictError(
                f"{found.label()} is not named {declaration.name!r}, so it is not removed; correct name or service_id, or give"
                " one of them only"
            )
    leaving = current is not None and is_deleting(current.status)
    if current is not None and not leaving and selection.busy and not wait:
        raise _busy(declaration, current)
    for found in (*selection.leftovers, *([current] if current is not None and not leaving else [])):
        check_removable(declaration, found)
    steps = [] if current is None or leaving else _removal(declaration, current)
    steps += [Step(DELETE, service.service_id) for service in selection.leftovers]
    shown = current if current is not None else next(iter(selection.leftovers), None)
    if not steps or shown is None:
        return Plan(UNCHANGED, current=current)
    return Plan(DELETE, tuple(steps), all_fields(shown), {}, shown, None)


def _plan_unmanaged(declaration: Declaration, selection: Selection, catalogue: Catalogue) -> Plan:
    """Return a plan that writes nothing, with what differs as a warning: the service is somebody else's to change."""
    current = selection.current or next(iter(selection.leftovers), None)
    if current is None:
        warning = f"{declaration.label()} is not there; it is not created, because it is not managed (managed: false)"
        return Plan(UNCHANGED, warnings=(warning,))
    found = compare(declaration, current, catalogue)
    fields = declared_fields(declaration, current, found, new=False)
    differs = f"{current.label()} is not managed (managed: false), and differs: {'; '.join(found.in_words())}"
    return Plan(UNCHANGED, before=fields, after=fields, current=current, foreseen=current, warnings=(differs,) if found else ())


def _removal(declaration: Declaration, current: Service) -> list[Step]:
    if not is_active(current.active_status):
        return [Step(DELETE, current.service_id)]
    if not declaration.deactivate:
        # A service that is pruned has no item that could say so.
        option = "deactivate (cloudvpn_deactivate)" if declaration.undeclared else "deactivate"
        raise ConflictError(
            f"{current.label()} is active, and the server refuses to delete an active service; set {option} to true to"
            " have it deactivated first"
        )
    return [Step(ACTION_DEACTIVATE, current.service_id), Step(DELETE, current.service_id)]


def _applicable(declaration: Declaration) -> bool:
    return declaration.bandwidth is not None or bool(declaration.parameters)


def _check_rename(declaration: Declaration, current: Service, services: Sequence[Service]) -> None:
    if declaration.name is None or declaration.name == current.name:
        return
    for service in services:
        if service.name == declaration.name and service.service_id != current.service_id:
            raise ConflictError(
                f"{current.label()} cannot be renamed to {declaration.name!r}: service {service.service_id} has that name"
                " already; choose another or remove that one"
            )


def _check_order_name(declaration: Declaration, services: Sequence[Service]) -> None:
    """Check that an order in the place of a leftover that is declared by id makes no second service of the name."""
    if declaration.service_id is None:
        return
    for service in services:
        if service.name == declaration.name and service.phase != CREATE_FAILED and not is_deleting(service.status):
            raise ConflictError(
                f"{declaration.label()} is not created again: service {service.service_id} has that name already; declare"
                " that one, and remove the other with state absent"
            )


def _check_movable(current: Service, found: Differences, recreate: bool) -> None:
    """Check that connections to add or remove stand in lists; a flat service has one place only."""
    flat = all(entry.place.key is None for entry in current.connections)
    stuck = [want.cloud_vpn_name for want in found.missing if want.key is None and not (recreate and flat)]
    if stuck:
        way_out = " set on_immutable_change to recreate" if flat else " declare it in one of the lists of parameters"
        raise ConflictError(
            f"{current.label()} keeps its connections in a form to which {', '.join(stuck)} cannot be added;{way_out}"
        )
    stuck = [entry.cloud_vpn_name for entry in found.removed if entry.place.key is None or entry.place.encoded]
    if stuck:
        raise ConflictError(
            f"{current.label()} keeps its connections in a form from which {', '.join(stuck)} cannot be removed; remove the"
            " service and create it again"
        )


def _busy(declaration: Declaration, current: Service) -> IesError:
    return ConflictError(
        f"{declaration.label()} is busy ({current.status}, {current.service_id}) and is not as declared; wait for the end"
        " (wait: true) or run again later"
    )
