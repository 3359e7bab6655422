# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API payload to our shapes: service, connection, definition, operation, traffic series. Pure.

Everything here reads what a server sent and tolerates what contract section 11 lists; only BadResponseError comes out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import BadResponseError
from ansible_collections.cloudopera.ies.plugins.module_utils._lifecycle import phase_of
from ansible_collections.cloudopera.ies.plugins.module_utils._wire import (
    describe,
    fold,
    folded,
    iso_utc,
    objects,
    pick_text,
    to_epoch,
    to_number,
    unwrap_list,
    unwrap_object,
)

NAME_KEY = "CloudVpnName"
BANDWIDTH_KEY = "Bandwidth"
ACTION_KEY = "action"
# What an item's action is to a modification (contract 6.1), and what a whole request does.
ACTION_CREATE = "create"
ACTION_UPDATE = "update"
ACTION_DELETE = "delete"
ACTION_DEACTIVATE = "deactivate"
LOGICAL_NAME_KEY = "logicalName"
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


def as_text(value: Any) -> Any:
    """Return a value as the text the API stores; containers with their leaves as text, null as null."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return {str(key): as_text(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_text(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def to_bandwidth(value: Any) -> int | None:
    """Read a Bandwidth; None when it is not a whole number. The unit is not known (contract A-12)."""
    number = to_number(value)
    return int(number) if number is not None and number.is_integer() else None


class Place(NamedTuple):
    """Where in C(parameters) a connection stands.

    C(key) is the parameter, None for a flat service; C(position) that in its list, None for an object;
    C(inner) the key of the list inside an object that came as JSON text; C(encoded) tells that the parameter is such text.
    """

    key: str | None
    position: int | None = None
    inner: str | None = None
    encoded: bool = False

    @property
    def in_list(self) -> bool:
        """Tell whether it stands in a list of its own, as which it is written even where the list is read as JSON text."""
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
        """Return the C(connections) entry of the public interface."""
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
    """Decode a parameter that is JSON inside a text; None when it is not."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


@dataclass(frozen=True)
class Service:
    """A service as the service manager tells of it. C(parameters) is None when only the list was read (contract 5.2)."""

    service_id: str | None
    name: str | None
    description: str | None = None
    service_definition_id: str | None = None
    template_id: str | None = None
    status: str | None = None
    active_status: str | None = None
    created_at: float | None = None
    parameters: dict[str, Any] | None = None

    @property
    def phase(self) -> str:
        """The status in one of five words."""
        return phase_of(self.status)

    @property
    def connections(self) -> list[Connection]:
        """The connections, in the order of the parameters."""
        return find_connections(self.parameters)

    def with_parameters(self, parameters: dict[str, Any] | None, **changes: Any) -> Service:
        """Return a copy with other parameters and fields."""
        return replace(self, parameters=parameters, **changes)

    def label(self) -> str:
        """Return name and id for messages."""
        return f"service {self.name!r} ({self.service_id})"

    def to_result(self) -> dict[str, Any]:
        """Return the C(service) dictionary of the public interface."""
        return {
            "service_id": self.service_id,
            "name": self.name,
            "description": self.description,
            "service_definition_id": self.service_definition_id,
            "template_id": self.template_id,
            "status": self.status,
            "active_status": self.active_status,
            "phase": self.phase,
            "created_at": iso_utc(self.created_at),
            "parameters": self.parameters or {},
            "connections": [connection.to_result() for connection in self.connections],
        }


def read_service(payload: Mapping[str, Any]) -> Service:
    """Read one service object, from the list or from the details (contract 5.2, 5.3)."""
    fields = folded(payload)
    service_id = pick_text(fields, "serviceid", "id")
    if not service_id:
        raise BadResponseError(f"a service in the answer has no service_id ({describe(dict(payload))}); check api_url")
    parameters = fields.get("parameters")
    return Service(
        service_id=service_id,
        name=pick_text(fields, "name", "servicename"),
        description=pick_text(fields, "description"),
        service_definition_id=pick_text(fields, "servicedefinitionid", "servicedefid"),
        template_id=pick_text(fields, "templateid"),
        status=pick_text(fields, "status"),
        active_status=pick_text(fields, "activestatus"),
        created_at=to_epoch(fields.get("createdat")),
        parameters=dict(parameters) if isinstance(parameters, Mapping) else None,
    )


def read_services(body: Any) -> list[Service]:
    """Read the answer of the service list (contract 5.2)."""
    return [read_service(entry) for entry in objects(unwrap_list(body, "services"))]


def read_service_details(body: Any) -> Service | None:
    """Read the answer of the service details; None for C({"service": null}) (contract 5.3)."""
    payload = unwrap_object(body, "service")
    if payload is None:
        return None
    service = read_service(payload)
    return service if service.parameters is not None else service.with_parameters({})


@dataclass(frozen=True)
class Template:
    """A template of a service definition."""

    template_id: str
    name: str | None = None
    url: str | None = None

    def to_result(self) -> dict[str, Any]:
        """Return the C(templates) entry of the public interface."""
        return {"template_id": self.template_id, "name": self.name, "url": self.url}


@dataclass(frozen=True)
class ServiceDefinition:
    """An entry of the service catalogue. C(templates) is empty when only the list was read."""

    service_definition_id: str
    name: str | None = None
    description: str | None = None
    service_type: str | None = None
    domain: str | None = None
    status: str | None = None
    version: str | None = None
    templates: tuple[Template, ...] = field(default=())

    def label(self) -> str:
        """Return name and id for messages."""
        return f"{self.name!r} ({self.service_definition_id})"

    def to_result(self) -> dict[str, Any]:
        """Return the C(service_definitions) entry of the public interface."""
        return {
            "service_definition_id": self.service_definition_id,
            "name": self.name,
            "description": self.description,
            "service_type": self.service_type,
            "domain": self.domain,
            "status": self.status,
            "version": self.version,
            "templates": [template.to_result() for template in self.templates],
        }


def read_definition(payload: Mapping[str, Any]) -> ServiceDefinition:
    """Read one service definition, from the list or from the details (contract 4.1, 4.2)."""
    fields = folded(payload)
    definition_id = pick_text(fields, "servicedefid", "servicedefinitionid", "id")
    if not definition_id:
        raise BadResponseError(f"a service definition in the answer has no id ({describe(dict(payload))}); check api_url")
    return ServiceDefinition(
        service_definition_id=definition_id,
        name=pick_text(fields, "name"),
        description=pick_text(fields, "description"),
        service_type=pick_text(fields, "servicetype"),
        domain=pick_text(fields, "domain"),
        status=pick_text(fields, "status"),
        version=pick_text(fields, "version"),
        templates=tuple(_read_templates(fields)),
    )


def _read_templates(fields: Mapping[str, Any]) -> Iterator[Template]:
    entries = fields.get("templates") or fields.get("templatelist")
    if isinstance(entries, list):
        for entry in objects(entries):
            inner = folded(entry)
            template_id = pick_text(inner, "templateid", "id")
            if template_id:
                yield Template(template_id, pick_text(inner, "name"), pick_text(inner, "url"))
        return
    template_id = pick_text(fields, "templateid")
    if template_id:
        yield Template(template_id)


def read_definitions(body: Any) -> list[ServiceDefinition]:
    """Read the answer of the definition list (contract 4.1, A-06)."""
    names = ("data", "servicedefs", "services", "servicedefinitions")
    return [read_definition(entry) for entry in objects(unwrap_list(body, *names))]


def read_definition_details(body: Any) -> ServiceDefinition | None:
    """Read the answer of the definition details, bare or wrapped (contract 4.2, A-07)."""
    payload = unwrap_object(body, "servicedef", "servicedefinition")
    return None if payload is None else read_definition(payload)


@dataclass(frozen=True)
class Operation:
    """An operation on a service; C(progress) and C(result) in lower case (contract 5.6)."""

    operation_id: str | None
    operation: str | None
    progress: str
    result: str
    reason: str | None
    operate_at: float | None = None
    finished_at: float | None = None

    def to_result(self) -> dict[str, Any]:
        """Return the C(operations) entry of the public interface."""
        return {
            "operation_id": self.operation_id,
            "operation": self.operation,
            "progress": self.progress or None,
            "result": self.result or None,
            "reason": self.reason,
            "operate_at": iso_utc(self.operate_at),
            "finished_at": iso_utc(self.finished_at),
        }


def read_operation(body: Any) -> Operation | None:
    """Read the answer of the operation query; None for C({"operation": null})."""
    payload = unwrap_object(body, "operation")
    if not payload:
        return None
    fields = folded(payload)
    return Operation(
        operation_id=pick_text(fields, "operationid", "id"),
        operation=pick_text(fields, "operation"),
        progress=(pick_text(fields, "progress") or "").casefold(),
        result=(pick_text(fields, "result") or "").casefold(),
        reason=pick_text(fields, "reason") or None,
        operate_at=to_epoch(fields.get("operateat")),
        finished_at=to_epoch(fields.get("finishedat", fields.get("finished"))),
    )


def read_operations(body: Any) -> list[Operation]:
    """Read the answer of the operation list."""
    entries = objects(unwrap_list(body, "operations"))
    return [operation for operation in map(read_operation, entries) if operation is not None]


def read_known_operations(body: Any) -> list[Operation] | None:
    """Read the answer of the operation list, newest first; None where the server could not read them (contract 5.6)."""
    if isinstance(body, Mapping) and "operations" in (fields := folded(body)) and fields["operations"] is None:
        return None
    return sorted(read_operations(body), key=lambda operation: operation.operate_at or 0.0, reverse=True)


class Submitted(NamedTuple):
    """The ids that the answer to a write names (contract 3.1)."""

    service_id: str | None
    operation_id: str | None


def read_submitted(body: Any, location: str | None) -> Submitted:
    """Read the ids of an accepted write from the body, and from the path of C(Location) only what the body lacks."""
    payload = body if isinstance(body, Mapping) else {}
    inner = unwrap_object(payload, "service", "operation") or {}
    outer = folded(payload)
    fields = folded(inner)
    from_location = _ids_of_location(location)
    service_id = pick_text(fields, "serviceid") or pick_text(outer, "serviceid") or from_location.service_id
    operation_id = pick_text(fields, "operationid") or pick_text(outer, "operationid")
    # A null is an answer (nothing was deleted, contract 5.5), a missing key is none.
    if "operationid" not in fields and "operationid" not in outer:
        operation_id = from_location.operation_id
    return Submitted(service_id or None, operation_id or None)


def _ids_of_location(location: str | None) -> Submitted:
    parts = (location or "").split("?", 1)[0].rstrip("/").split("/")
    if len(parts) >= 4 and parts[-4] == "services" and parts[-2] == "operations":
        return Submitted(*(None if part in {"", "null"} else part for part in (parts[-3], parts[-1])))
    return Submitted(None, None)


class Sample(NamedTuple):
    """One point of a traffic series: epoch seconds and a value, None for a gap."""

    epoch: float
    value: float | None


class Series(list[Sample]):
    """The points of a series, sorted by time, exact duplicates dropped.

    Attributes:
        unreadable: how many stand there as gaps because their value could not be read.
        unplaced: how many are left out because their time could not be read.
    """

    def __init__(self, samples: Iterable[Sample] = (), unreadable: int = 0, unplaced: int = 0) -> None:
        super().__init__(sorted(set(samples), key=lambda point: (point.epoch, point.value is not None, point.value or 0.0)))
        self.unreadable = unreadable
        self.unplaced = unplaced


_TIME_KEYS = ("time", "timestamp", "ts", "date", "collecttime", "starttime")
# What can be written as a date: the years 1 to 9999.
_EARLIEST = -62135596800
_LATEST = 253402300799
_VALUE_KEYS = ("value", "val", "rate")
_GAPS = frozenset({"", "--", "-"})
# Where the list of samples stands when there is one; null there means that there are none.
_LIST_KEYS = frozenset(
    {
        *("data", "result", "samples", "points", "datapoints", "values", "series", "list", "items", "records", "traffic"),
        *("times", "timestamps", "metrics"),
    }
)


def read_series(body: Any, metric: str, indicator: str) -> Series:
    """Read a traffic answer of any of the shapes of contract 8.

    A list in which every point can be read goes before one in which some cannot; these are gaps then, and counted.

    Raises BadResponseError when there is something in the answer, but no points can be made out.
    """
    value_keys = (*_VALUE_KEYS, fold(indicator), fold(metric))
    candidates = [candidate for candidate in _walk(body) if candidate]
    for strict in (True, False):
        for candidate in candidates:
            read = _read_points if isinstance(candidate, list) else _read_parallel
            found = read(candidate, value_keys, strict)
            if found is not None:
                return found
    if body is None or [] in _walk(body) or _holds_a_null_list(body, fold(metric)):
        return Series()
    raise BadResponseError(f"the traffic answer holds no points that could be read ({describe(body)})")


def _holds_a_null_list(body: Any, metric: str) -> bool:
    """Return whether null stands where the list of samples would, or nothing but nulls."""
    level = [body]
    while level:
        objects_here = [entry for entry in level if isinstance(entry, Mapping)]
        for entry in objects_here:
            fields = folded(entry)
            if any(key in fields and fields[key] is None for key in (*_LIST_KEYS, metric)):
                return True
            if all(value is None for value in fields.values()):
                return True
        level = [inner for entry in objects_here for inner in entry.values()]
    return False


def _walk(body: Any, limit: int = 16) -> Iterator[Any]:
    """Yield the arrays and objects of an answer, outer ones first; no deeper than anything sensible is nested."""
    level = [body]
    for _depth in range(limit):
        deeper: list[Any] = []
        for entry in level:
            if isinstance(entry, Mapping):
                yield entry
                deeper += [inner for inner in entry.values() if isinstance(inner, (list, Mapping))]
            elif isinstance(entry, list):
                yield entry
                deeper += [inner for inner in entry if isinstance(inner, (list, Mapping))]
        if not deeper:
            return
        level = deeper


class _Keys(NamedTuple):
    """Under which keys of a point its time and its value stand, as they are spelled."""

    time: str
    value: str


def _keys_of(entry: Any, value_keys: tuple[str, ...]) -> _Keys | None:
    """Return the keys of a point that are known by name; the points of a list are nearly always alike."""
    if type(entry) is not dict:
        return None
    spelled = {fold(key): key for key in entry if isinstance(key, str)}
    time = next((key for key in _TIME_KEYS if key in spelled), None)
    value = next((key for key in value_keys if key in spelled and key != time), None)
    if time is None or value is None or len(spelled) < len(entry):
        return None
    return _Keys(spelled[time], spelled[value])


def _read_points(entries: list[Any], value_keys: tuple[str, ...], strict: bool) -> Series | None:
    """Read a list of points; with C(strict) every one of them, else at least one, or nulls alone."""
    if not strict and all(entry is None for entry in entries):
        return Series(unplaced=len(entries))
    keys = _keys_of(entries[0], value_keys)
    points = [
        _sample(entry[keys.time], entry[keys.value])
        if keys is not None and type(entry) is dict and entry.keys() == entries[0].keys()
        else _read_point(entry, value_keys)
        for entry in entries
    ]
    return _series(points, [_time_of(entry) for entry in entries] if None in points else [], strict)


def _series(points: list[Sample | None], times: list[float | None], strict: bool) -> Series | None:
    """Return the points with a gap for each that could not be read; C(times) is needed where one is None."""
    readable = [point for point in points if point is not None]
    if len(readable) == len(points):
        return Series(readable)
    if strict or not readable:
        return None
    left = [time for point, time in zip(points, times) if point is None]
    gaps = [Sample(time, None) for time in left if time is not None]
    return Series([*readable, *gaps], unreadable=len(gaps), unplaced=len(left) - len(gaps))


def _time_of(entry: Any) -> float | None:
    """Return the time of a point whose value cannot be read."""
    if isinstance(entry, list) and entry:
        return _epoch(entry[0])
    if not isinstance(entry, Mapping):
        return None
    fields = folded(entry)
    return next((_epoch(fields[key]) for key in _TIME_KEYS if key in fields), None)


def _epoch(time: Any) -> float | None:
    epoch = to_epoch(time)
    return epoch if epoch is not None and _EARLIEST <= epoch <= _LATEST else None


def _read_point(entry: Any, value_keys: tuple[str, ...]) -> Sample | None:
    if isinstance(entry, list) and len(entry) == 2:
        return _sample(entry[0], entry[1])
    if not isinstance(entry, Mapping):
        return None
    fields = folded(entry)
    time_key = next((key for key in _TIME_KEYS if key in fields), None)
    if time_key is None:
        return None
    value_key = next((key for key in value_keys if key in fields and key != time_key), None)
    if value_key is None:
        others = {key: value for key, value in fields.items() if key not in _TIME_KEYS}
        numeric = [key for key, value in others.items() if to_number(value) is not None]
        candidates = numeric or [key for key, value in others.items() if _is_gap(value)]
        if len(candidates) != 1:
            return None
        value_key = candidates[0]
    return _sample(fields[time_key], fields[value_key])


def _is_gap(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.strip() in _GAPS)


def _sample(time: Any, value: Any) -> Sample | None:
    epoch = _epoch(time)
    if epoch is None:
        return None
    if _is_gap(value):
        return Sample(epoch, None)
    number = to_number(value)
    return None if number is None else Sample(epoch, number)


def _read_parallel(payload: Mapping[str, Any], value_keys: tuple[str, ...], strict: bool) -> Series | None:
    """Read two arrays of equal length, times and values."""
    fields = {key: value for key, value in folded(payload).items() if isinstance(value, list)}
    singular = {key[:-1] if key.endswith("s") and key != "ts" else key: value for key, value in fields.items()}
    times = next((singular[key] for key in _TIME_KEYS if key in singular), None)
    values = next((singular[key] for key in value_keys if key in singular), None)
    if not times or not values or len(times) != len(values):
        return None
    points = [_sample(time, value) for time, value in zip(times, values)]
    return _series(points, [_epoch(time) for time in times], strict)
