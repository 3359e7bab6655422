# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service as the item of `cloudvpn_services` that declares what is there (public interface, section 10.4). Pure.

Every item is read and compared here as a run would do it, so what is exported is a declaration from which nothing follows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from .._api.models import Service
from .._api.parameters import BANDWIDTH_KEY, NAME_KEY, STEERING_KEYS, as_string, decode_json_text, find_key, find_value
from .._api.status import CREATE_FAILED, FAILED, IN_PROGRESS, is_deleting
from .._errors import IesError, InvalidError
from .._text import quoted
from .._values import describe, to_number, to_whole
from .compare import compare
from .declaration import NAME_LENGTH, read_declaration, split_cidr
from .fields import CIDR, CONNECTION_LISTS, EXTRA, ConnectionList, Field
from .fleet_plan import KnownCatalogue
from .selection import namesakes

_SHOWN = 60
# Ids that are declared need no catalogue to be compared with those that are there.
_NO_CATALOGUE = KnownCatalogue(())
# How lists of connections are written, the best form first: as typed options, as lists, as whatever the API has there.
TYPED, LISTS, VERBATIM = "typed", "lists", "verbatim"


class Exported(NamedTuple):
    """One service: the item that declares it, None for one that is left out; remarks about it, and what it does not say."""

    service: Service
    item: dict[str, Any] | None
    remarks: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()


def export_services(services: Sequence[Service], known: Sequence[Service], options: Collection[str]) -> list[Exported]:
    """Return the services as declarations, sorted by name, then id.

    `services` have been read with their parameters; `known` are all services of the tenant, among which names are told apart.
    `options` are those that an item of `cloudvpn_services` takes.
    """
    holders = Counter(service.name for service in namesakes(known))
    ordered = sorted(services, key=lambda service: (service.name or "", service.service_id or ""))
    return [_export(service, holders[service.name], options) for service in ordered]


def _export(service: Service, holders: int, options: Collection[str]) -> Exported:
    """Return one service; `holders` is how many have its name."""
    kept_out = _reason_to_leave_out(service, options)
    if kept_out is not None:
        return Exported(service, None, losses=(kept_out,))
    head, remarks = _identity(service, holders)
    if service.phase == FAILED:
        head["managed"] = False
        remarks.append("it is Failed: set managed to true to have what stands here applied again")
    elif service.phase == IN_PROGRESS:
        remarks.append(f"it was {service.status} when it was read")
    head.update(_ownership(service, options))
    reason = None
    long = _overlong(service)
    for form in (TYPED, LISTS, VERBATIM):
        parameters, left_out = _parameters(service.parameters or {}, form)
        item = {**head, **_facts(service), **parameters}
        reason = _difference(item, service)
        if reason is None:
            return Exported(service, item, tuple(remarks), (*long, *left_out))
    # Name and description are under control even where the rest cannot be declared.
    for item in ({**head, **_facts(service)}, head):
        if _difference(item, service) is None:
            return Exported(service, item, tuple(remarks), (*long, f"its parameters cannot be declared: {reason}"))
    return Exported(service, None, losses=(f"it cannot be declared: {reason}",))


def _reason_to_leave_out(service: Service, options: Collection[str]) -> str | None:
    if service.phase == CREATE_FAILED:
        return "it is CreateFailed: there is nothing to keep, and a declaration of its name would have it ordered again"
    if is_deleting(service.status):
        return "it is being deleted"
    if service.phase == FAILED and "managed" not in options:
        return "it is Failed: a declaration would be applied to it again"
    if not _is_text(service):
        return "it holds half of a surrogate pair, which no file can hold"
    return None


def _is_text(service: Service) -> bool:
    """Return whether all of it can be written in UTF-8."""
    try:
        json.dumps([service.name, service.description, service.parameters], ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _identity(service: Service, holders: int) -> tuple[dict[str, Any], list[str]]:
    """Return how the item names the service, and remarks about it. The name alone where that is enough: ids change."""
    name = service.name
    if name is None or not name.strip() or len(name) > NAME_LENGTH:
        return {"service_id": service.service_id}, [f"its name cannot be declared: {quoted(name, _SHOWN)}"]
    if holders > 1:
        # A name may be declared once only, so that of namesakes is left to the server.
        return {"service_id": service.service_id}, [f"one of {holders} services named {quoted(name)}"]
    return {"name": name}, []


def _ownership(service: Service, options: Collection[str]) -> dict[str, Any]:
    """Return what the mark of ownership says, as far as there are options for it."""
    mark = service.mark
    if mark is None:
        return {}
    found: dict[str, Any] = {"owner": mark.owner}
    if mark.protected:
        found["protected"] = True
    if mark.keep:
        found["on_removal"] = "keep"
    return {option: value for option, value in found.items() if option in options}


def _overlong(service: Service) -> list[str]:
    size = len(service.description or "")
    return [f"its description has {size} characters, more than can be declared"] if size > NAME_LENGTH else []


def _facts(service: Service) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if service.description is not None and len(service.description) <= NAME_LENGTH:
        facts["description"] = service.description
    if service.service_definition_id:
        facts["service_definition"] = service.service_definition_id
    if service.template_id:
        facts["template"] = service.template_id
    return facts


def _difference(item: Mapping[str, Any], service: Service) -> str | None:
    """Return in words what a run would find different, or why it would refuse the item; None when nothing."""
    try:
        found = compare(read_declaration(item), service, _NO_CATALOGUE)
    except IesError as error:
        return error.message
    words = [*found.in_words(), *(f"{key} is not shown" for key in found.unechoed)]
    return "; ".join(words) or None


# Parameters


def _parameters(stored: Mapping[str, Any], form: str) -> tuple[dict[str, Any], list[str]]:
    """Return the options that declare the parameters, and what is left out, in words."""
    options: dict[str, Any] = {}
    raw: dict[str, Any] = {}
    left_out: list[str] = []
    seen: set[str] = set()
    for key in sorted(stored):
        value = stored[key] if form == VERBATIM else _decoded(stored[key])
        if _holds_connections(key, value):
            connections = [entry for entry in value if _is_declarable(key, entry, seen, left_out)]
            connections.sort(key=lambda entry: str(find_value(entry, NAME_KEY)))
            typed = _typed_list(key, connections) if form == TYPED else None
            if typed is not None:
                options.update(typed)
            elif connections:
                raw[key] = [_raw_object(entry) for entry in connections]
            continue
        words = _undeclarable(value)
        if words is not None:
            left_out.append(f"parameter {quoted(key, _SHOWN)} is left out: it is {words}, which cannot be declared")
        elif value is not None and value != []:
            raw[key] = [_raw_object(entry) for entry in value] if isinstance(value, list) else as_string(value)
    ordered = {entry.option: options[entry.option] for entry in CONNECTION_LISTS if entry.option in options}
    return {**ordered, **({"parameters": raw} if raw else {})}, left_out


def _decoded(value: Any) -> Any:
    """Return the list that a parameter holds as JSON text, if it is one of connections."""
    if isinstance(value, str) and value.lstrip()[:1] == "[":
        found = decode_json_text(value)
        if (
            isinstance(found, list)
            and found
            and all(isinstance(entry, Mapping) and find_key(entry, NAME_KEY) for entry in found)
        ):
            return found
    return value


def _holds_connections(key: str, value: Any) -> bool:
    if not isinstance(value, list):
        return False
    known = any(key == entry.key for entry in CONNECTION_LISTS)
    return known or any(isinstance(entry, Mapping) and find_key(entry, NAME_KEY) for entry in value)


def _is_declarable(key: str, entry: Any, seen: set[str], left_out: list[str]) -> bool:
    """Return whether a connection can be declared, and say in `left_out` why not; `seen` are the names so far."""
    name = find_value(entry, NAME_KEY) if isinstance(entry, Mapping) else None
    if not isinstance(name, str) or not name.strip() or len(name) > NAME_LENGTH:
        left_out.append(f"an entry of {quoted(key, _SHOWN)} is left out: it has no {NAME_KEY} that could be declared")
        return False
    bandwidth = to_number(find_value(entry, BANDWIDTH_KEY))
    if bandwidth is None or bandwidth <= 0:
        stored = quoted(find_value(entry, BANDWIDTH_KEY), _SHOWN)
        left_out.append(f"connection {quoted(name)} is left out: its {BANDWIDTH_KEY} is {stored}, no positive number")
        return False
    if name in seen:
        left_out.append(f"a second connection {quoted(name)} is left out")
        return False
    seen.add(name)
    return True


def _undeclarable(value: Any) -> str | None:
    """Return in words what a parameter is whose kind cannot be declared."""
    if isinstance(value, Mapping):
        return describe(value)
    if not isinstance(value, list):
        return None
    objects = [isinstance(entry, Mapping) for entry in value]
    if any(isinstance(entry, list) for entry in value) or (any(objects) and not all(objects)):
        return "a list of more than one kind"
    return None


def _raw_object(entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return as_string(entry)
    return {key: as_string(entry[key]) for key in sorted(entry) if entry[key] is not None and key not in STEERING_KEYS}


def _typed_list(key: str, connections: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the connections as a typed option; None when one of them has no typed form."""
    form = next((entry for entry in CONNECTION_LISTS if entry.key == key), None)
    if form is None:
        return None
    typed = [_typed_connection(entry, form) for entry in connections]
    if any(entry is None for entry in typed):
        return None
    return {form.option: typed} if typed else {}


def _typed_connection(entry: Mapping[str, Any], form: ConnectionList) -> dict[str, Any] | None:
    left: dict[str, Any] = _raw_object(entry)
    typed: dict[str, Any] = {}
    for field in form.fields:
        if not field.keys or field.type == EXTRA:
            continue
        value = _typed_value(field, [left.get(key) for key in field.keys])
        if value is not None:
            typed[field.option] = value
            for key in field.keys:
                del left[key]
    if not {"cloud_vpn_name", "bandwidth"} <= set(typed):
        return None
    return {**typed, "extra": left} if left else typed


def _typed_value(field: Field, stored: Sequence[Any]) -> Any:
    """Return the value of an option for what is stored under its keys; None when it has none."""
    if not all(isinstance(value, str) for value in stored):
        return None
    if field.type == "int":
        return to_whole(stored[0])
    if field.type != CIDR:
        return stored[0]
    written = "/".join(stored)
    try:
        return written if split_cidr("cidr", written) == tuple(stored) else None
    except InvalidError:
        return None
