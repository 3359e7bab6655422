# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fingerprint of a plan: the same as long as declarations, what is there and what would be written are the same. Pure.

No time enters it, no status but that of a failure, and no Bandwidth inside its range: another hand may change such a one at
any moment. A fingerprint is SHA-256 in hexadecimal digits, over JSON with sorted keys and strings as values, so that neither
the order of keys nor the version of Python matters.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from .._api.parameters import (
    BANDWIDTH_KEY,
    LOGICAL_NAME_KEY,
    NAME_KEY,
    as_string,
    decode_json_text,
    find_connections,
    find_key,
    find_value,
)
from .._api.status import CREATE_FAILED
from .._text import quoted, shown
from .bandwidth_range import BandwidthRange
from .compare import wanted_state
from .declaration import Declaration
from .payload import put_item
from .plan import DELETE, KINDS, Plan

# Changes when the same plan gets another fingerprint.
_VERSION = "1"
# Digits of a digest that tells whether one field is the same.
_FIELD_DIGITS = 12
_DECLARED = tuple(entry.name for entry in fields(Declaration))
# An option that is not given leaves no trace, so that one more option voids no plan. An empty string does: it clears.
_NOT_MANAGED: tuple[Any, ...] = (None, {}, False)

# The parts of a record that the others follow from.
_CAUSES = ("before", "declared")
_WORDS = {"kind": "what becomes of it"}
_SERVICE_ID = ("service_id",)
_KIND = ("kind",)
_NOTHING = "(nothing)"
_NAMED_FIELDS = 3
_LONGEST = 60

Path = tuple[str, ...]


@dataclass(frozen=True)
class ServiceFingerprint:
    """What a plan says of one declared service, as it is compared.

    `name` is the declared one, else the one found, else the id. `record` has the parts `before`, `service_id`, `declared`,
    `after` (empty when nothing changes), `writes` and `kind`; `before` beside it is what was observed, as it was read.
    """

    name: str
    record: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """The fingerprint of the service."""
        return _digest(self.record)

    @cached_property
    def fields(self) -> dict[str, str]:
        """A short digest of every single value, by its JSON pointer (RFC 6901): they tell what differs, and show nothing."""
        return {_pointer(path): _digest(value)[:_FIELD_DIGITS] for path, value in _leaves(self.record)}


def fingerprint_service(declaration: Declaration, plan: Plan) -> ServiceFingerprint:
    """Return what the fingerprint of a planned service is made of."""
    current = plan.current
    name = declaration.name or (current.name if current is not None else None) or declaration.service_id
    ranges = _ranges(declaration, plan)
    writes: list[dict[str, Any]] = [
        {"action": step.action, "service_id": step.service_id, "payload": _payload(step.payload, ranges)} for step in plan.steps
    ]
    declared = ((option, getattr(declaration, option)) for option in _DECLARED)
    record = {
        "before": _side(plan.before, ranges),
        "service_id": current.service_id if current is not None else None,
        "declared": {option: _canonical(value) for option, value in declared if value not in _NOT_MANAGED},
        "after": _side({} if plan.after == plan.before else plan.after, ranges),
        "writes": {str(number): write for number, write in enumerate(writes)},
        "kind": plan.kind,
    }
    return ServiceFingerprint(str(name), record, plan.before)


def fingerprint_plan(surroundings: Mapping[str, Any], services: Mapping[str, str]) -> str:
    """Return the fingerprint of a whole plan: of where it belongs, and of its services by name."""
    return _digest({"version": _VERSION, "surroundings": dict(surroundings), "services": dict(services)})


def by_name(services: Iterable[ServiceFingerprint]) -> dict[str, ServiceFingerprint]:
    """Return them by name; of several of a name, the others get the id behind it, or their number."""
    named: dict[str, ServiceFingerprint] = {}
    for number, entry in enumerate(services):
        name = entry.name
        if name in named:
            name = f"{name} ({entry.record['service_id'] or number})"
        named[name if name not in named else f"{name} {number}"] = entry
    return named


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


# What is compared


def _ranges(declaration: Declaration, plan: Plan) -> dict[str, BandwidthRange]:
    """Return the ranges in force, by connection."""
    if declaration.bandwidth_range is None and not declaration.ranges:
        return {}
    # What an order that failed has left is no service whose connections could be meant.
    current = plan.current if plan.current is not None and plan.current.phase != CREATE_FAILED else None
    existing = current.connections if current is not None else []
    wants = wanted_state(declaration, existing).connections
    return {want.cloud_vpn_name: want.bandwidth_range for want in wants if want.bandwidth_range is not None}


def _side(side: Mapping[str, Any], ranges: Mapping[str, BandwidthRange]) -> Any:
    """Return one side of a diff; a Bandwidth inside its range is that range."""
    connections = side.get("connections")
    if ranges and connections:
        told = {name: _in_range(item, ranges.get(name)) for name, item in connections.items()}
        side = {**side, "connections": told}
    return _canonical(side)


def _in_range(item: Mapping[str, Any], allowed: BandwidthRange | None) -> Mapping[str, Any]:
    key = find_key(item, BANDWIDTH_KEY)
    if allowed is None or key is None or allowed.wanted(item[key], None) != item[key]:
        return item
    return {**item, key: str(allowed)}


def _payload(payload: Mapping[str, Any] | None, ranges: Mapping[str, BandwidthRange]) -> Any:
    """Return the body of a request: an update resends whole items, and with them a Bandwidth that it does not change."""
    if payload is None:
        return None
    service = payload["service"]
    parameters: Mapping[str, Any] | None = service.get("parameters")
    if parameters is not None and ranges:
        for connection in find_connections(parameters):
            item = dict(_in_range(connection.parameters, ranges.get(connection.cloud_vpn_name)))
            if item == connection.parameters:
                continue
            place = connection.place
            if place.key is None or place.encoded or place.position is None:
                parameters = put_item(parameters, connection, item)
            else:
                entries = list(parameters[place.key])
                entries[place.position] = item
                parameters = {**parameters, place.key: entries}
        service = {**service, "parameters": parameters}
    return _canonical({**payload, "service": service}, leave_out=LOGICAL_NAME_KEY)


def _canonical(value: Any, leave_out: str | None = None) -> Any:
    """Return a value with strings as leaves, JSON text as what it says, and connections by name: their order says nothing."""
    if isinstance(value, str):
        return _canonical_text(value, leave_out)
    if isinstance(value, Mapping):
        return {str(key): _canonical(inner, leave_out) for key, inner in value.items() if key != leave_out}
    if isinstance(value, (list, tuple)):
        names = [find_value(item, NAME_KEY) if isinstance(item, Mapping) else None for item in value]
        if names and None not in names and len(set(map(str, names))) == len(names):
            return {str(name): _canonical(item, leave_out) for name, item in zip(names, value)}
        return [_canonical(item, leave_out) for item in value]
    return as_string(value)


def _canonical_text(text: str, leave_out: str | None) -> Any:
    if text[:1] in {"[", "{"}:
        decoded = decode_json_text(text)
        try:
            return text if decoded is None else {"JSON": _canonical(decoded, leave_out)}
        except RecursionError:
            return text
    return text


# What differs


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value that holds no other; an empty dictionary or list is one."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list) and value:
        for position, inner in enumerate(value):
            yield from _leaves(inner, (*path, str(position)))
    else:
        yield path, value


def _pointer(path: Path) -> str:
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in path)


def _parts(pointer: str) -> Path:
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def differing_fields(approved: Mapping[str, Any], current: ServiceFingerprint, before: Any = None) -> list[str]:
    """Return in words which fields of a service are not what they were; what was observed comes first.

    `approved` are the digests of `ServiceFingerprint.fields` at that time, `before` is what was observed then, as the plan
    shows it. Both are read from a file, and may be anything.
    """
    now = current.fields
    differing = [_parts(pointer) for pointer in {**now, **approved} if approved.get(pointer) != now.get(pointer)]
    if _SERVICE_ID in differing:
        found = current.record["service_id"]
        if found is None:
            return ["service_id: it is no longer there"]
        was_there = approved.get(_pointer(_SERVICE_ID)) != _digest(None)[:_FIELD_DIGITS]
        return [f"service_id is now {shown(found)}" if was_there else f"service_id: it is there now, as {shown(found)}"]
    kind = current.record["kind"]
    was = next((name for name in KINDS if approved.get(_pointer(_KIND)) == _digest(name)[:_FIELD_DIGITS]), kind)
    if was != kind and DELETE in {was, kind}:
        # What is to go has all its fields in the plan, what stays only those that are declared: they tell nothing.
        return [f"{_WORDS['kind']} was {was} and is {kind}"]
    # What would be written differs with what it follows from; alone, it is all there is to tell.
    causes = [path for part in _CAUSES for path in differing if path[:1] == (part,)]
    words: dict[str, str] = {}
    for path in causes or differing:
        field, values = _in_words(path, before, current.before)
        words.setdefault(field, values)
    told = [f"{field}{values}" for field, values in words.items()]
    more = [f"{len(told) - _NAMED_FIELDS} more"] if len(told) > _NAMED_FIELDS else []
    return [*told[:_NAMED_FIELDS], *more]


def _in_words(path: Path, old: Any, new: Any) -> tuple[str, str]:
    """Return a field, and what has become of its value where that is known."""
    part, *keys = path or ("",)
    connection = _connection_of(keys)
    if connection is not None:
        name, key = connection
        sides = [_value(side, ("connections", name)) for side in (old, new)]
        if part == "before" and None in sides:
            return f"connection {quoted(name, _LONGEST)}", " is gone" if sides[1] is None else " was not there"
        field = f"{shown(key, _LONGEST)} of connection {quoted(name, _LONGEST)}"
    else:
        field = shown(_WORDS.get(part) or (keys or [part])[-1], _LONGEST)
        if part == "writes" and field == "description":
            # An update resends it as the server stores it.
            field = "description, or the mark at its end"
    if part == "declared":
        return f"declared {field}", ""
    was, now = (_value(side, tuple(keys)) for side in (old, new))
    if part != "before" or was == now:
        return field, ""
    return field, f" was {_shown_value(was)} and is {_shown_value(now)}"


def _connection_of(keys: Sequence[str]) -> tuple[str, str] | None:
    """Return name and key, where a field is one of a connection."""
    for marker, beyond in (("connections", 1), ("parameters", 2)):
        if marker in keys:
            _list, name, key = (*keys[keys.index(marker) + beyond - 1 :], "", "", "")[:3]
            if name and key and not name.isdecimal():
                return name, key
    return None


def _value(side: Any, path: Path) -> Any:
    for key in path:
        side = side.get(key) if isinstance(side, Mapping) else None
    return side


def _shown_value(value: Any) -> str:
    return _NOTHING if value is None or value == "" else shown(value, _LONGEST)
