# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Desired against current: what differs, and in which of the ways that matter. Pure.

Only what is declared is compared. Values are compared as the strings the API stores; `action` and `logicalName` never count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .._api.models import Service
from .._api.parameters import (
    ACTION_DELETE,
    ACTION_KEY,
    BANDWIDTH_KEY,
    NAME_KEY,
    STEERING_KEYS,
    Connection,
    as_string,
    find_connections,
    find_key,
    find_value,
)
from .._errors import InvalidError
from .._text import quoted
from .._values import to_number
from .bandwidth_range import BandwidthRange
from .catalogue import Catalogue, choose_definition, choose_template, is_meant
from .declaration import Declaration
from .fields import changes_in_place, is_number
from .ownership import mark_fields, wanted_mark


class Change(NamedTuple):
    """A value that is, and the one that is to be; `declared` says what was declared where that is not one value."""

    old: Any
    new: Any
    declared: str | None = None


class Want(NamedTuple):
    """What is declared for one connection: the parameter it stands under (None: wherever it is) and its declared keys.

    `bandwidth_range`: where there is one, the item's Bandwidth is only the one to create with.
    """

    key: str | None
    cloud_vpn_name: str
    item: dict[str, Any]
    bandwidth_range: BandwidthRange | None = None

    @property
    def removed(self) -> bool:
        """Return whether the connection is declared to go (a raw item with `action: delete`)."""
        return bool(find_value(self.item, ACTION_KEY) == ACTION_DELETE)

    @property
    def values(self) -> dict[str, Any]:
        """The declared keys without those that only steer."""
        return {key: value for key, value in self.item.items() if key not in STEERING_KEYS}


@dataclass(frozen=True)
class Wanted:
    """The parameters as a declaration wants them, worked out once for all that is done about a service.

    `connections`: what is declared for each, the `bandwidth` shorthand included. `parameters`: those that are not
    connections, strings and opaque lists.
    """

    connections: list[Want] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ConnectionChange:
    """An existing connection and what differs in it, by the item's own key.

    `hidden`: what is declared and the server does not show; nobody knows whether that differs.
    """

    connection: Connection
    changes: dict[str, Change]
    hidden: dict[str, Any] = field(default_factory=dict)

    @property
    def in_place(self) -> bool:
        """Return whether an ordinary update changes all that differs."""
        return all(changes_in_place(key) for key in self.changes)

    @property
    def values(self) -> dict[str, Any]:
        """The declared values that differ."""
        return {key: change.new for key, change in self.changes.items()}


@dataclass(frozen=True)
class Differences:
    """All that differs between a declaration and a service.

    `wanted`: the parameters as declared. `fields`: name, description and what the mark of ownership says. `fixed`:
    definition and template, which no update changes. `parameters`: those that are not connections. `connections`: declared
    ones that are there, with what differs in them. `missing`, `removed`: declared ones that are not there, and existing
    ones declared to go.
    `hidden`: declared parameters that the server does not show.
    """

    wanted: Wanted = field(default_factory=Wanted)
    fields: dict[str, Change] = field(default_factory=dict)
    fixed: dict[str, Change] = field(default_factory=dict)
    parameters: dict[str, Change] = field(default_factory=dict)
    connections: list[ConnectionChange] = field(default_factory=list)
    missing: list[Want] = field(default_factory=list)
    removed: list[Connection] = field(default_factory=list)
    hidden: dict[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        parts = (self.fields, self.fixed, self.parameters, self.missing, self.removed)
        return any(parts) or any(entry.changes for entry in self.connections)

    @property
    def unechoed(self) -> list[str]:
        """The declared keys that the server does not show, in words."""
        words = [
            f"{key} of connection {entry.connection.cloud_vpn_name!r}" for entry in self.connections for key in entry.hidden
        ]
        return [*words, *self.hidden]

    def immutable(self) -> list[str]:
        """Return in words what an ordinary update does not change."""
        words = [_in_words(key, change) for changes in (self.fixed, self.parameters) for key, change in changes.items()]
        words += self._of_connections(in_place=False)
        words += [f"the declared connection {want.cloud_vpn_name!r} is not there" for want in self.missing]
        words += [f"the connection {connection.cloud_vpn_name!r} is declared to be removed" for connection in self.removed]
        return words

    def in_words(self) -> list[str]:
        """Return every difference in words."""
        words = [_in_words(key, change) for key, change in self.fields.items()]
        return [*words, *self._of_connections(in_place=True), *self.immutable()]

    def _of_connections(self, in_place: bool) -> list[str]:
        return [
            _in_words(f"{key} of connection {entry.connection.cloud_vpn_name!r}", change)
            for entry in self.connections
            for key, change in entry.changes.items()
            if changes_in_place(key) is in_place
        ]


def _in_words(what: str, change: Change) -> str:
    return f"{what} is {_shown(change.old)}, declared {change.declared or _shown(change.new)}"


def wanted_state(declaration: Declaration, existing: list[Connection]) -> Wanted:
    """Return what is declared for the parameters.

    `existing` are the service's connections, among which `bandwidth` finds the one it means.

    Raises InvalidError when that is not clear.
    """
    parameters = declaration.parameters or {}
    wants = _wants_of(declaration, existing)
    flat = any(want.key is None for want in wants) and find_key(parameters, NAME_KEY) is not None
    of_connections = {want.key for want in wants}
    plain = {
        key: value
        for key, value in parameters.items()
        if key not in of_connections and value != [] and (isinstance(value, list) or not flat)
    }
    return Wanted(wants, plain)


def _wants_of(declaration: Declaration, existing: list[Connection]) -> list[Want]:
    wants = [
        Want(
            connection.place.key,
            connection.cloud_vpn_name,
            _item_of(connection),
            declaration.ranges.get(connection.cloud_vpn_name),
        )
        for connection in find_connections(declaration.parameters)
        if not connection.place.encoded
    ]
    if declaration.bandwidth is None:
        return wants
    names = [entry.cloud_vpn_name for entry in existing]
    names += [want.cloud_vpn_name for want in wants if want.cloud_vpn_name not in names and not want.removed]
    chosen = _chosen_name(declaration, names)
    new = str(declaration.bandwidth)
    for index, want in enumerate(wants):
        if want.cloud_vpn_name == chosen:
            key = find_key(want.item, BANDWIDTH_KEY) or BANDWIDTH_KEY
            wants[index] = want._replace(item={**want.item, key: new}, bandwidth_range=declaration.bandwidth_range)
            return wants
    return [*wants, Want(None, chosen, {NAME_KEY: chosen, BANDWIDTH_KEY: new}, declaration.bandwidth_range)]


def _item_of(connection: Connection) -> dict[str, Any]:
    """Return the item; that of a flat service are all parameters but the lists beside it."""
    if connection.place.key is not None:
        return connection.parameters
    return {key: value for key, value in connection.parameters.items() if not isinstance(value, list)}


def _chosen_name(declaration: Declaration, names: list[str]) -> str:
    wanted = declaration.cloud_vpn_name
    if wanted is not None and wanted in names:
        return wanted
    shown = ", ".join(repr(name) for name in names) or "none"
    if wanted is not None:
        raise InvalidError(f"{declaration.label()} has no connection {wanted!r}; its connections: {shown}")
    if len(names) == 1:
        return names[0]
    if not names:
        raise InvalidError(f"{declaration.label()} has no connection whose bandwidth could be changed")
    raise InvalidError(f"{declaration.label()} has several connections; set cloud_vpn_name to one of {shown}")


def compare(declaration: Declaration, current: Service, catalogue: Catalogue) -> Differences:
    """Return what differs. `current` has been read with its parameters.

    The catalogue is asked only when a definition or template is declared that is not the current id.
    """
    found = Differences(wanted_state(declaration, current.connections))
    for option, old, new in (
        ("name", current.name, declaration.name),
        ("description", current.description, declaration.description),
    ):
        if new is not None and (old or "") != new:
            found.fields[option] = Change(old, new)
    stored, marked = mark_fields(current.mark), mark_fields(wanted_mark(declaration, current.mark))
    found.fields.update({key: Change(stored[key], marked[key]) for key in stored if stored[key] != marked[key]})
    found.fixed.update(_compare_definition(declaration, current, catalogue))
    existing = {connection.cloud_vpn_name: connection for connection in reversed(current.connections)}
    for want in found.wanted.connections:
        connection = existing.get(want.cloud_vpn_name)
        if want.removed:
            found.removed.extend([connection] if connection else [])
        elif connection is None:
            found.missing.append(want)
        else:
            found.connections.append(_compare_connection(want, connection))
    _compare_parameters(found, current.parameters or {})
    return found


def _compare_parameters(found: Differences, stored: Mapping[str, Any]) -> None:
    for key, value in found.wanted.parameters.items():
        own_key = find_key(stored, key) or key
        old = stored.get(own_key)
        if old is None:
            found.hidden[own_key] = value
        elif _comparable(old) != _comparable(value):
            found.parameters[own_key] = Change(old, value)


def _compare_definition(declaration: Declaration, current: Service, catalogue: Catalogue) -> dict[str, Change]:
    changes: dict[str, Change] = {}
    definition_id = current.service_definition_id
    wanted = declaration.service_definition
    if wanted is not None and wanted != definition_id and not is_meant(catalogue.definitions(), wanted, definition_id):
        definition_id = choose_definition(catalogue.definitions(), wanted).service_definition_id
        changes["service_definition_id"] = Change(current.service_definition_id, definition_id)
    if declaration.template is not None and declaration.template != current.template_id and definition_id is not None:
        template_id = choose_template(catalogue.details(definition_id), declaration.template).template_id
        if template_id != current.template_id:
            changes["template_id"] = Change(current.template_id, template_id)
    return changes


def _compare_connection(want: Want, connection: Connection) -> ConnectionChange:
    found = ConnectionChange(connection, {})
    for key, value in want.values.items():
        own_key = find_key(connection.parameters, key) or key
        old = connection.parameters.get(own_key)
        allowed = want.bandwidth_range if key.casefold() == BANDWIDTH_KEY.casefold() else None
        wanted = value if allowed is None else allowed.wanted(old, value)
        if old is None:
            found.hidden[own_key] = value
        elif not _equal(own_key, old, wanted):
            # What stands in no item is a string on the wire, whatever was read (contract 6).
            new = as_string(wanted) if connection.place.key is None else like(old, wanted)
            found.changes[own_key] = Change(old, new, None if allowed is None else str(allowed))
    return found


def _equal(key: str, old: Any, new: Any) -> bool:
    if as_string(old) == as_string(new):
        return True
    if is_number(key):
        number = to_number(old)
        return number is not None and number == to_number(new)
    return False


def like(old: Any, new: Any) -> Any:
    """Return the new value in the JSON type the old one has: a number stays a number (contract 5.4, A-12)."""
    if isinstance(old, (int, float)) and not isinstance(old, bool):
        number = to_number(new)
        if number is not None:
            return int(number) if number.is_integer() else number
    return new


def _comparable(value: Any) -> Any:
    text = as_string(value)
    if isinstance(text, list):
        return [
            {key: inner for key, inner in entry.items() if key not in STEERING_KEYS} if isinstance(entry, Mapping) else entry
            for entry in text
        ]
    return text


def _shown(value: Any) -> str:
    return quoted(value, 120)
