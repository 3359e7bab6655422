# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services as hosts of an inventory: their names, which have to be different and harmless, and their variables. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .._text import quoted

# Host variable -> key of a `service` result.
VARIABLES = {
    "ies_service_id": "service_id",
    "ies_name": "name",
    "ies_status": "status",
    "ies_phase": "phase",
    "ies_active_status": "active_status",
    "ies_service_definition_id": "service_definition_id",
    "ies_created_at": "created_at",
    "ies_connections": "connections",
    "ies_owner": "owner",
    "ies_protected": "protected",
}
ID_VARIABLE = "ies_service_id"

# Host names are parts of patterns (`a:b`, `!a`, `a*`, `~a`, a list with spaces or commas), of file names (host_vars, caches
# of facts) and of templates (inventory_hostname); none of these may take a name for something else.
_ODD = re.compile(r"[^\w.-]")
_HALF = re.compile(r"[\ud800-\udfff]")
# A file name has at most 255 bytes, and Ansible adds to it.
_MOST_BYTES = 240
_NAMED = 5
_SHOWN_OF_A_NAME = 80


class Host(NamedTuple):
    """A host of the inventory."""

    name: str
    variables: dict[str, Any]


def hosts_of(services: Sequence[Mapping[str, Any]], taken: Container[str]) -> tuple[list[Host], list[str]]:
    """Return a host per service (`service` results, sorted by name and id), and warnings.

    A host has the name of its service, made harmless; hosts that would have the same name are called NAME_ID. `taken` are
    names that no host may have. A service that has to give way although its name is its own is named in a warning.
    """
    names, given_way = _names_of(services, taken)
    hosts = [
        Host(name, {variable: _whole(service[key]) for variable, key in VARIABLES.items()})
        for service, name in zip(services, names)
    ]
    return hosts, list(_warnings(hosts, given_way))


def host_name(name: str, service_id: str = "") -> str:
    """Return a host name made of the name of a service, and its id where it has to be told apart by it.

    Letters, digits and `_.-` stay, anything else becomes `_`, and so do a `.` or a `-` at the beginning.
    """
    if not name:
        return _cut(_harmless(service_id), _MOST_BYTES)
    if not service_id:
        return _cut(_harmless(name), _MOST_BYTES)
    ending = f"_{_ODD.sub('_', service_id)}"
    return _cut(_harmless(name), _MOST_BYTES - len(ending.encode())) + ending


def _whole(value: Any) -> Any:
    """Return a value without halves of surrogate pairs, with which Ansible could not print any host of the inventory."""
    if isinstance(value, str):
        return value if value.isascii() else _HALF.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {_whole(key): _whole(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_whole(entry) for entry in value]
    return value


def _harmless(text: str) -> str:
    clean = _ODD.sub("_", text)
    return f"_{clean[1:]}" if clean[:1] in {".", "-"} else clean


def _cut(text: str, most_bytes: int) -> str:
    return text.encode()[: max(most_bytes, 0)].decode(errors="ignore")


def _names_of(services: Sequence[Mapping[str, Any]], taken: Container[str]) -> tuple[list[str], set[int]]:
    """Return the name of each host, and which services gave way to a host that is not their namesake."""
    own = [service["name"] or "" for service in services]
    plain = [host_name(name, "" if name else service["service_id"]) for name, service in zip(own, services)]
    unchanged = Counter(name for name, whole in zip(plain, own) if name == whole)
    alike = Counter(plain)
    # Of one whose name stays as it is and one whose name becomes the same, the first keeps it.
    keeps = [
        name not in taken and (unchanged[name] == 1 if name == whole else alike[name] == 1) for name, whole in zip(plain, own)
    ]
    kept = {name for name, keep in zip(plain, keeps) if keep}
    names: dict[int, str] = {}
    used: set[str] = set()
    given_way: set[int] = set()
    for index, service in enumerate(services):
        if not keeps[index]:
            if plain[index] in taken:
                given_way.add(index)
            names[index] = _free(host_name(own[index], service["service_id"]), used, taken)
            used.add(names[index])
    for index, service in enumerate(services):
        if keeps[index] and plain[index] in used:
            # Another one is called so by name and id, as it has to be.
            given_way.add(index)
            names[index] = _free(host_name(own[index], service["service_id"]), used | kept, taken)
            used.add(names[index])
    return [names.get(index, plain[index]) for index in range(len(services))], given_way


def _free(name: str, used: Container[str], taken: Container[str]) -> str:
    number, free = 1, name
    while free in used or free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _warnings(hosts: Sequence[Host], given_way: set[int]) -> Iterator[str]:
    named = [
        f"{quoted(hosts[index].variables['ies_name'], _SHOWN_OF_A_NAME)} ({hosts[index].variables[ID_VARIABLE]})"
        f" is {hosts[index].name}"
        for index in sorted(given_way)
    ]
    if named:
        more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        yield (
            "services whose names are those of a group, of localhost or of another host are called by name and id:"
            f" {', '.join(named[:_NAMED])}{more}"
        )
