# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Choose a service definition and a template from the catalogue; never guess (contract 4). Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from .._api.models import Service, ServiceDefinition, Template
from .._errors import InvalidError

_Entry = TypeVar("_Entry", ServiceDefinition, Template)
_SHOWN = 10


class Catalogue(Protocol):
    """Where definitions come from: the server, or data that was read before."""

    def definitions(self) -> Sequence[ServiceDefinition]:
        """Return all definitions of the tenant, without templates."""

    def details(self, service_definition_id: str) -> ServiceDefinition:
        """Return one definition with its templates."""


class OrderIds(NamedTuple):
    """The two ids that an order names."""

    service_definition_id: str
    template_id: str


def choose_definition(
    definitions: Sequence[ServiceDefinition], wanted: str, current_id: str | None = None
) -> ServiceDefinition:
    """Return the definition of that id, else the only one of that name from which can be ordered.

    Of several, `current_id` is the one: what a service is made of already.

    Raises InvalidError for an unknown or ambiguous one.
    """
    named = [entry for entry in definitions if entry.name == wanted]
    orderable = [entry for entry in named if is_orderable(entry.status)] or named
    kept = [entry for entry in orderable if entry.service_definition_id == current_id] or orderable
    return _choose("service definition", definitions, kept, wanted, lambda entry: entry.service_definition_id)


def is_meant(definitions: Sequence[ServiceDefinition], wanted: str, current_id: str | None) -> bool:
    """Return whether the current definition is the one of that id or, active or not, one of that name."""
    if any(entry.service_definition_id == wanted for entry in definitions):
        return current_id == wanted
    return any(entry.service_definition_id == current_id and entry.name == wanted for entry in definitions)


def is_orderable(status: str | None) -> bool:
    """Return whether can be ordered from a definition of that status (contract 4.1)."""
    return status is None or status.casefold() == "active"


def choose_template(definition: ServiceDefinition, wanted: str | None) -> Template:
    """Return the template of that id, else the only one of that name; the only one at all when none is wanted.

    Raises InvalidError for an unknown or ambiguous one.
    """
    if wanted is not None:
        what = f"template of service definition {definition.label()}"
        named = [entry for entry in definition.templates if entry.name == wanted]
        return _choose(what, definition.templates, named, wanted, lambda entry: entry.template_id)
    if len(definition.templates) == 1:
        return definition.templates[0]
    if not definition.templates:
        raise InvalidError(f"service definition {definition.label()} has no template; nothing can be ordered from it")
    known = _listed(definition.templates, lambda entry: entry.template_id)
    raise InvalidError(f"service definition {definition.label()} has several templates; set template to one of {known}")


def resolve_order(catalogue: Catalogue, definition: str, template: str | None, current: Service | None = None) -> OrderIds:
    """Return the ids for an order, after checking that it can be placed.

    The order for a service that is there already keeps what `current` is made of, as far as nothing else is wanted.

    Raises InvalidError for an unknown, ambiguous or inactive definition and for an unknown or ambiguous template.
    """
    current_id = current.service_definition_id if current is not None else None
    chosen = choose_definition(catalogue.definitions(), definition, current_id)
    details = catalogue.details(chosen.service_definition_id)
    status = details.status or chosen.status
    if not is_orderable(status):
        raise InvalidError(
            f"service definition {chosen.label()} is {status!r}; only an active one can be ordered from, so have it"
            " activated in the catalogue or choose another"
        )
    if template is None and current is not None and chosen.service_definition_id == current_id:
        template = current.template_id
    return OrderIds(chosen.service_definition_id, choose_template(details, template).template_id)


def _choose(
    what: str, entries: Sequence[_Entry], named: Sequence[_Entry], wanted: str, id_of: Callable[[_Entry], str]
) -> _Entry:
    for entry in entries:
        if id_of(entry) == wanted:
            return entry
    if len(named) == 1:
        return named[0]
    if named:
        raise InvalidError(f"{what} {wanted!r} is ambiguous; use one of the ids {', '.join(map(id_of, named))}")
    known = _listed(entries, id_of)
    raise InvalidError(f"{what} {wanted!r} is unknown; known: {known or 'none'}")


def _listed(entries: Sequence[_Entry], id_of: Callable[[_Entry], str]) -> str:
    shown = ", ".join(f"{entry.name} ({id_of(entry)})" for entry in entries[:_SHOWN])
    return shown + (f" and {len(entries) - _SHOWN} more" if len(entries) > _SHOWN else "")
