# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Desired against current: what differs, and in which of the ways that matter. Pure.

Only what is declared is compared. Values are compared as the texts the API stores; C(action) and C(logicalName) never count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ansible_collections.cloudopera.ies.plugins.module_utils._catalogue import (
    Catalogue,
    choose_definition,
    choose_template,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._declaration import Declaration
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.module_utils._models import (
    ACTION_KEY,
    BANDWIDTH_KEY,
    NAME_KEY,
    STEERING_KEYS,
    Connection,
    Service,
    as_text,
    find_connections,
    find_key,
    find_value,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._text import quoted
from ansible_collections.cloudopera.ies.plugins.module_utils._wire import to_number

_CASEFOLDED_BANDWIDTH = BANDWIDTH_KEY.casefold()


class Change(NamedTuple):
    """A value that is, and the one that is to be."""

    old: Any
    new: Any


class Want(NamedTuple):
    """What is declared for one connection: the parameter it stands under (None: wherever it is) and its declared keys."""

    key: str | None
    cloud_vpn_name: str
    item: dict[str, Any]

    @property
    def removed(self) -> bool:
        """Tell whether the connection is declared to go (a raw item with C(action: delete))."""
        return bool(find_value(self.item, ACTION_KEY) == "delete")

    @property
    def values(self) -> dict[str, Any]:
        """The declared keys without those that only steer."""
        return {key: value for key, value in self.item.items() if key not in STEERING_KEYS}


@dataclass(frozen=True)
class ConnectionChange:
    """An existing connection and what differs in it, by the item's own key."""

    connection: Connection
    changes: dict[str, Change]

    @property
    def scales_only(self) -> bool:
        """Tell whether nothing but Bandwidth differs."""
        return all(key.casefold() == _CASEFOLDED_BANDWIDTH for key in self.changes)


@dataclass(frozen=True)
class Differences:
    """All that differs between a declaration and a service.

    C(fields): name and description. C(fixed): definition and template, which no update changes. C(texts): parameters
    that are not connections. C(connections): existing ones with other values. C(missing), C(removed): declared ones that
    are not there, and existing ones declared to go. C(unechoed): declared keys the server does not show.
    """

    fields: dict[str, Change] = field(default_factory=dict)
    fixed: dict[str, Change] = field(default_factory=dict)
    texts: dict[str, Change] = field(default_factory=dict)
    connections: list[ConnectionChange] = field(default_factory=list)
    missing: list[Want] = field(default_factory=list)
    removed: list[Connection] = field(default_factory=list)
    unechoed: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        parts = (self.fields, self.fixed, self.texts, self.missing, self.removed)
        return any(parts) or any(entry.changes for entry in self.connections)

    def immutable(self) -> list[str]:
        """Return in words what an ordinary update does not change."""
        words = [f"{key} is {_shown(change.old)}, declared {_shown(change.new)}" for key, change in self.fixed.items()]
        words += [f"{key} is {_shown(change.old)}, declared {_shown(change.new)}" for key, change in self.texts.items()]
        for entry in self.connections:
            if not entry.scales_only:
                words += [
                    f"{key} of connection {entry.connection.cloud_vpn_name!r} is {_shown(change.old)},"
                    f" declared {_shown(change.new)}"
                    for key, change in entry.changes.items()
                    if key.casefold() != _CASEFOLDED_BANDWIDTH
                ]
        words += [f"the declared connection {want.cloud_vpn_name!r} is not there" for want in self.missing]
        words += [f"the connection {connection.cloud_vpn_name!r} is declared to be removed" for connection in self.removed]
        return words

    def in_words(self) -> list[str]:
        """Return every difference in words."""
        words = [f"{key} is {_shown(change.old)}, declared {_shown(change.new)}" for key, change in self.fields.items()]
        words += [
            f"{key} of connection {entry.connection.cloud_vpn_name!r} is {_shown(change.old)}, declared {_shown(change.new)}"
            for entry in self.connections
            for key, change in entry.changes.items()
            if key.casefold() == _CASEFOLDED_BANDWIDTH
        ]
        return words + self.immutable()


def wants_of(declaration: Declaration, existing: list[Connection]) -> list[Want]:
    """Return what is declared for each connection, the C(bandwidth) shorthand included.

    Raises InvalidError when the shorthand does not tell which connection it means.
    """
    wants = [
        Want(connection.place.key, connection.cloud_vpn_name, connection.parameters)
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
            wants[index] = want._replace(item={**want.item, key: new})
            return wants
    return [*wants, Want(None, chosen, {NAME_KEY: chosen, BANDWIDTH_KEY: new})]


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
    """Return what differs. C(current) has been read with its parameters.

    The catalogue is asked only when a definition or template is declared that is not the current id.
    """
    found = Differences()
    for option, old, new in (
        ("name", current.name, declaration.name),
        ("description", current.description, declaration.description),
    ):
        if new is not None and (old or "") != new:
            found.fields[option] = Change(old, new)
    found.fixed.update(_compare_definition(declaration, current, catalogue))
    parameters = current.parameters or {}
    existing = {connection.cloud_vpn_name: connection for connection in reversed(current.connections)}
    wants = wants_of(declaration, current.connections)
    for want in wants:
        connection = existing.get(want.cloud_vpn_name)
        if want.removed:
            found.removed.extend([connection] if connection else [])
        elif connection is None:
            found.missing.append(want)
        else:
            found.connections.append(_compare_connection(want, connection, found.unechoed))
    for key, value in texts_of(declaration, wants):
        own_key = find_key(parameters, key)
        if own_key is None or parameters[own_key] is None:
            found.unechoed.append(key)
        elif _comparable(parameters[own_key]) != _comparable(value):
            found.texts[own_key] = Change(parameters[own_key], value)
    return found


def texts_of(declaration: Declaration, wants: list[Want]) -> Iterator[tuple[str, Any]]:
    """Yield the declared parameters that are not connections: texts, opaque lists."""
    flat = any(want.key is None and NAME_KEY.casefold() in map(str.casefold, declaration.parameters or {}) for want in wants)
    of_connections = {want.key for want in wants}
    for key, value in (declaration.parameters or {}).items():
        if key in of_connections or value == [] or (flat and not isinstance(value, list)):
            continue
        yield key, value


def _compare_definition(declaration: Declaration, current: Service, catalogue: Catalogue) -> dict[str, Change]:
    changes: dict[str, Change] = {}
    definition_id = current.service_definition_id
    wanted = declaration.service_definition
    if wanted is not None and wanted != definition_id:
        definition_id = choose_definition(catalogue.definitions(), wanted).service_definition_id
        if definition_id != current.service_definition_id:
            changes["service_definition_id"] = Change(current.service_definition_id, definition_id)
    if declaration.template is not None and declaration.template != current.template_id and definition_id is not None:
        template_id = choose_template(catalogue.details(definition_id), declaration.template).template_id
        if template_id != current.template_id:
            changes["template_id"] = Change(current.template_id, template_id)
    return changes


def _compare_connection(want: Want, connection: Connection, unechoed: list[str]) -> ConnectionChange:
    changes: dict[str, Change] = {}
    for key, value in want.values.items():
        own_key = find_key(connection.parameters, key)
        old = None if own_key is None else connection.parameters[own_key]
        if own_key is None or old is None:
            unechoed.append(f"{key} of connection {connection.cloud_vpn_name!r}")
        elif not _equal(own_key, old, value):
            changes[own_key] = Change(old, like(old, value))
    return ConnectionChange(connection, changes)


def _equal(key: str, old: Any, new: Any) -> bool:
    if as_text(old) == as_text(new):
        return True
    if key.casefold() == _CASEFOLDED_BANDWIDTH:
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
    text = as_text(value)
    if isinstance(text, list):
        return [
            {key: inner for key, inner in entry.items() if key not in STEERING_KEYS} if isinstance(entry, Mapping) else entry
            for entry in text
        ]
    return text


def _shown(value: Any) -> str:
    return quoted(value, 120)
