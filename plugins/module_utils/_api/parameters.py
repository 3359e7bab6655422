# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connections in the parameters of a service, wherever they stand there (contract 6.1 and 6.3). Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .._values import to_whole

NAME_KEY = "CloudVpnName"
BANDWIDTH_KEY = "Bandwidth"
ACTION_KEY = "action"
LOGICAL_NAME_KEY = "logicalName"
# What an item's action is to a modification (contract 6.1), and what a whole request does.
ACTION_CREATE = "create"
ACTION_UPDATE = "update"
ACTION_DELETE = "delete"
ACTION_DEACTIVATE = "deactivate"
# Keys of a list item that steer the request or the storage and are no property of the connection (contract 6.1).
STEERING_KEYS = frozenset({ACTION_KEY, LOGICAL_NAME_KEY})


def find_key(item: Mapping[str, Any], wanted: str) -> str | None:
    """Return the item's own spelling of a key: the exact one, else the first that differs in case only."""
    if wanted in item:
        return wanted
    short = wanted.casefold()
    return next((key for key in item if key.casefold() == short), None)


def find_value(item: Mapping[str, Any], wanted: str) -> Any:
    """Return the value under a key, case apart; None when there is none."""
    key = find_key(item, wanted)
    return None if key is None else item[key]


def as_string(value: Any) -> Any:
    """Return a value as the string the API stores; containers with their leaves as strings, null as null."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return {str(key): as_string(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_string(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def to_bandwidth(value: Any) -> int | None:
    """Read a Bandwidth; None when it is not a whole number. The unit is not known (contract A-12)."""
    return to_whole(value)


class Place(NamedTuple):
    """Where in `parameters` a connection stands.

    `key` is the parameter, None for a flat service; `position` that in its list, None for an object;
    `inner` the key of the list inside an object that came as JSON text; `encoded` tells that the parameter is such text.
    """

    key: str | None
    position: int | None = None
    inner: str | None = None
    encoded: bool = False

    @property
    def in_list(self) -> bool:
        """Return whether it stands in a list of its own, as which it is written even where the list is read as JSON text."""
        return self.key is not None and self.position is not None and self.inner is None


@dataclass(frozen=True)
class Connection:
    """One CloudVPN connection of a service (contract 6.3): its name, its Bandwidth and the item as the API has it."""

    cloud_vpn_name: str
    parameters: dict[str, Any]
    place: Place

    @property
    def bandwidth(self) -> int | None:
        """The Bandwidth as a number, None when it is missing or not a whole number."""
        return to_bandwidth(find_value(self.parameters, BANDWIDTH_KEY))

    def to_result(self) -> dict[str, Any]:
        """Return the `connections` entry of the public interface."""
        return {
            "cloud_vpn_name": self.cloud_vpn_name,
            "bandwidth": self.bandwidth,
            "list": self.place.key,
            "parameters": self.parameters,
        }


def find_connections(parameters: Mapping[str, Any] | None) -> list[Connection]:
    """Find the connections of any service, whatever its lists are called (contract 6.3)."""
    if not isinstance(parameters, Mapping):
        return []
    found = [
        connection for key, value in parameters.items() if isinstance(value, list) for connection in _in_list(value, Place(key))
    ]
    found += [
        connection
        for key, value in parameters.items()
        if isinstance(value, str) and value.lstrip()[:1] in {"[", "{"}
        for connection in _in_json_text(value, Place(key, encoded=True))
    ]
    return found or list(_in_object(parameters, Place(None)))


def _in_list(items: list[Any], place: Place) -> Iterator[Connection]:
    for position, item in enumerate(items):
        if isinstance(item, Mapping):
            yield from _in_object(item, place._replace(position=position))


def _in_object(item: Mapping[str, Any], place: Place) -> Iterator[Connection]:
    name = find_value(item, NAME_KEY)
    if isinstance(name, (str, int)) and not isinstance(name, bool) and name != "":
        yield Connection(str(name), dict(item), place)


def _in_json_text(text: str, place: Place) -> Iterator[Connection]:
    value = decode_json_text(text)
    if isinstance(value, list):
        yield from _in_list(value, place)
    elif isinstance(value, dict):
        in_lists = [
            connection
            for inner, entries in value.items()
            if isinstance(entries, list)
            for connection in _in_list(entries, place._replace(inner=inner))
        ]
        yield from in_lists or _in_object(value, place)


def decode_json_text(text: str) -> Any:
    """Decode a parameter that is JSON inside a string; None when it is not."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
