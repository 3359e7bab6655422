# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user declares for one service, checked and brought into the API's shape before anything is sent. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .._api.mark import OWNER_PATTERN, Mark, split_mark, with_mark
from .._api.parameters import (
    ACTION_DELETE,
    ACTION_KEY,
    BANDWIDTH_KEY,
    NAME_KEY,
    as_string,
    find_connections,
    find_key,
    find_value,
)
from .._errors import IesError, InvalidError
from .._text import quoted, shown, similar
from .._values import describe, to_number
from .bandwidth_range import NEEDED, BandwidthRange, DeclaredBandwidth, read_bandwidth, read_whole_number
from .fields import CIDR, CONNECTION_LISTS, DIGITS, EXTRA, Field

NAME_LENGTH = 255
ID_LENGTH = 36
# Characters of a value that is too long, and of a name in front of a message.
_SHOWN = 45
_LONGEST_LABEL = 80

# Options that are strings, and that YAML makes something else of when they stand there without quotes.
_STRINGS = ("name", "service_id", "description", "service_definition", "template", "cloud_vpn_name")
_SITE_STRINGS = {
    entry.option: {field.option: field.type == DIGITS for field in entry.fields if field.type in {"str", CIDR, DIGITS}}
    for entry in CONNECTION_LISTS
}

_ID_LIKE = re.compile(r"[0-9A-Za-z_-]+")
_OWNER = re.compile(OWNER_PATTERN)
_CIDR = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})/(\d{1,2})", re.ASCII)


@dataclass(frozen=True)
class Declaration:
    """One declared service. None means "not managed", an empty value means "clear it".

    `parameters` is API-shaped: a string, or a list of objects, per key; typed connections are already merged into it.
    `bandwidth`, `bandwidth_range` and `cloud_vpn_name` are the shorthand; `ranges` holds those of typed connections, by
    `cloud_vpn_name`. Where there is a range, the bandwidth is the one to create with.

    `managed`: false for a service that is only reported. `undeclared`: the run itself wants the service gone, because
    nobody declares it.
    """

    state: str
    name: str | None
    service_id: str | None
    description: str | None
    service_definition: str | None
    template: str | None
    parameters: dict[str, Any] | None
    bandwidth: int | None
    cloud_vpn_name: str | None
    on_failure: str
    on_immutable_change: str
    replace_failed: bool
    deactivate: bool
    update_items: str
    update_with_definition: bool
    bandwidth_range: BandwidthRange | None = None
    ranges: Mapping[str, BandwidthRange] = field(default_factory=dict)
    owner: str | None = None
    protected: bool | None = None
    take_over: bool = False
    managed: bool = True
    on_removal: str | None = None
    undeclared: bool = False

    @property
    def present(self) -> bool:
        """Return whether the service is to exist."""
        return self.state == "present"

    def label(self) -> str:
        """Return what identifies the service, for messages."""
        if self.name is None:
            return f"service {self.service_id}"
        return f"service {self.name!r}" + (f" ({self.service_id})" if self.service_id else "")


def read_declaration(params: Mapping[str, Any]) -> Declaration:
    """Check the options of one service and build its declaration.

    Raises InvalidError that names the value and the way out; nothing has been sent by then.
    """
    check_strings(params)
    present = params.get("state", "present") == "present"
    parameters, ranges = _read_parameters(params) if present else (None, {})
    shorthand = _checked_shorthand(params) if present else DeclaredBandwidth(None)
    owner = params.get("owner")
    if owner is not None:
        check_owner_name(owner)
    _check_no_fight(params, present)
    return Declaration(
        state=params.get("state", "present"),
        name=_checked_text("name", params.get("name"), NAME_LENGTH, empty=False),
        service_id=_checked_text("service_id", params.get("service_id"), NAME_LENGTH, empty=False),
        description=_checked_description(params, present),
        service_definition=_checked_id_or_name("service_definition", params.get("service_definition")),
        template=_checked_id_or_name("template", params.get("template")),
        parameters=parameters,
        bandwidth=shorthand.number,
        cloud_vpn_name=_checked_text("cloud_vpn_name", params.get("cloud_vpn_name"), NAME_LENGTH, empty=False),
        on_failure=params.get("on_failure", "rollback"),
        on_immutable_change=params.get("on_immutable_change", "fail"),
        replace_failed=params.get("replace_failed", True),
        deactivate=params.get("deactivate", False),
        update_items=params.get("update_items", "full"),
        update_with_definition=params.get("update_with_definition", False),
        bandwidth_range=shorthand.range,
        ranges=ranges,
        owner=owner,
        protected=params.get("protected"),
        take_over=bool(params.get("take_over")),
        managed=params.get("managed") is not False,
        on_removal=params.get("on_removal"),
    )


def check_owner_name(owner: Any) -> None:
    """Check that a mark can hold the owner; raises InvalidError."""
    if not isinstance(owner, str) or not _OWNER.fullmatch(owner):
        raise InvalidError(
            f"owner is {quoted(owner, _SHOWN)}; an owner has 1 to 40 characters, lower-case letters, digits and . _ / -, and"
            " begins with a letter or a digit"
        )


def _check_no_fight(params: Mapping[str, Any], present: bool) -> None:
    """Check that no two options of a service want the opposite of each other."""
    if not present and params.get("protected"):
        raise InvalidError(
            "protected: true and state: absent contradict each other; declare the service with protected: false first, and"
            " absent in a later run"
        )
    if not present and params.get("managed") is False:
        raise InvalidError(
            "managed: false and state: absent contradict each other: what is not managed is never written; leave one of them"
            " out"
        )
    if params.get("take_over") and params.get("owner") is None:
        raise InvalidError("take_over needs owner (cloudvpn_owner): say who takes the service over")


def _checked_description(params: Mapping[str, Any], present: bool) -> str | None:
    description = _checked_text("description", params.get("description"), NAME_LENGTH)
    if not present or description is None:
        return description
    if split_mark(description)[1] is not None:
        raise InvalidError(
            f"description ends in a mark of ownership: {quoted(description[-_SHOWN:])}; leave it out and use owner, protected"
            " and on_removal instead"
        )
    if params.get("owner") is not None and params.get("managed") is not False:
        mark = Mark(params["owner"], bool(params.get("protected")), params.get("on_removal") == "keep")
        length = len(with_mark(description, mark) or "")
        if length > NAME_LENGTH:
            raise InvalidError(
                f"description has {len(description)} characters and the mark of ownership behind it {len(str(mark))}, together"
                f" {length}, at most {NAME_LENGTH} are allowed: {quoted(description, _SHOWN)}; shorten it"
            )
    return description


def check_strings(item: Mapping[str, Any], prefix: str = "") -> None:
    """Check that strings are given as strings: of anything else Ansible makes one, which nobody has written.

    `item` holds the options of one service as the user gave them. Raises InvalidError that names the option.
    """
    for option in _STRINGS:
        _check_string(f"{prefix}{option}", item.get(option))
    for option, inner in _SITE_STRINGS.items():
        sites = item.get(option)
        for index, site in enumerate(sites if isinstance(sites, (list, tuple)) else ()):
            for name, of_digits in inner.items() if isinstance(site, Mapping) else ():
                _check_string(f"{prefix}{option}[{index}].{name}", site.get(name), of_digits)


def _check_string(where: str, value: Any, of_digits: bool = False) -> None:
    if isinstance(value, bool):
        raise InvalidError(
            f"{where} is {value}, a boolean: YAML reads yes, no, on and off as booleans; write the string in quotes"
        )
    if isinstance(value, float) or (isinstance(value, int) and not of_digits):
        raise InvalidError(
            f"{where} is {value}, a number: YAML drops the leading zeros of a number; write the string in quotes, or give a"
            " template the filter string"
        )
    if isinstance(value, (list, Mapping)):
        # Ansible would take the text of it, brackets and all.
        raise InvalidError(f"{where} is {describe(value)}; write one string, in quotes")


def _checked_text(option: str, value: str | None, longest: int, empty: bool = True) -> str | None:
    if value is None:
        return None
    if not empty and not value.strip():
        raise InvalidError(f"{option} is empty; give it a value or leave it out")
    if len(value) > longest:
        raise InvalidError(f"{option} has {len(value)} characters, at most {longest} are allowed: {quoted(value, _SHOWN)}")
    return value


def _checked_id_or_name(option: str, value: str | None) -> str | None:
    """Check a definition or template: what looks like an id has the length of one, anything else that of a name."""
    if value is not None and len(value) > ID_LENGTH and _ID_LIKE.fullmatch(value):
        raise InvalidError(
            f"{option} has {len(value)} characters, an id has at most {ID_LENGTH}: {quoted(value, _SHOWN)}; "
            "if it is a name, give the id instead (ies_catalog_info lists both)"
        )
    return _checked_text(option, value, NAME_LENGTH, empty=False)


def _checked_shorthand(params: Mapping[str, Any]) -> DeclaredBandwidth:
    bandwidth = read_bandwidth(params)
    if bandwidth.number is None and params.get("cloud_vpn_name") is not None:
        raise InvalidError(f"cloud_vpn_name picks the connection that bandwidth changes; {NEEDED} as well")
    return bandwidth


def _read_parameters(params: Mapping[str, Any]) -> tuple[dict[str, Any] | None, dict[str, BandwidthRange]]:
    """Return the parameters in the API's shape, and the ranges of typed connections by `cloud_vpn_name`."""
    declared: dict[str, Any] = {}
    ranges: dict[str, BandwidthRange] = {}
    for key, value in (params.get("parameters") or {}).items():
        declared[str(key)] = _checked_parameter(str(key), value)
    for option, list_name, fields in CONNECTION_LISTS:
        items = params.get(option)
        if items is None:
            continue
        if list_name in declared:
            raise InvalidError(f"{option} and parameters.{list_name} declare the same list; keep one of them")
        declared[list_name] = []
        for index, item in enumerate(items):
            bandwidth = read_bandwidth(item, f"{option}[{index}]")
            built = _typed_item(f"{option}[{index}]", {**item, "bandwidth": bandwidth.number}, fields)
            declared[list_name].append(built)
            if bandwidth.range is not None:
                ranges[built[NAME_KEY]] = bandwidth.range
    if params.get("parameters") is None and not declared:
        return None, ranges
    _check_connections(declared)
    return declared, ranges


def _checked_parameter(key: str, value: Any) -> Any:
    """Bring one raw parameter into the API's shape: a string, or a list (contract 6: other types get lost)."""
    where = f"parameters.{shown(key, _SHOWN)}"
    if isinstance(value, bool) or value is None or isinstance(value, Mapping):
        raise InvalidError(f"{where} is {describe(value)}; IES keeps strings and lists of objects only, so quote it")
    if not isinstance(value, (list, tuple)):
        return as_string(value)
    items: list[Any] = []
    for index, item in enumerate(value):
        if isinstance(item, Mapping):
            items.append({str(name): as_string(inner) for name, inner in item.items() if inner is not None})
        else:
            items.append(as_string(item))
        if isinstance(item, (list, tuple)):
            raise InvalidError(f"{where}[{index}] is a list; IES keeps lists of objects only")
    if any(isinstance(item, dict) for item in items) and not all(isinstance(item, dict) for item in items):
        raise InvalidError(f"{where} mixes objects with other values; IES keeps lists of objects only")
    return items


def _typed_item(where: str, item: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, Any]:
    built: dict[str, Any] = {}
    for option, keys, kind_of_value, _kind, required in fields:
        value = item.get(option)
        if value is None and required:
            raise InvalidError(f"{where} has no {option}; every connection needs one")
        if value is None or kind_of_value == EXTRA or not keys:
            continue
        built.update(zip(keys, _wire_values(f"{where}.{option}", value, kind_of_value)))
    if BANDWIDTH_KEY not in built:
        raise InvalidError(f"{where} has no bandwidth; {NEEDED}")
    _checked_text(f"{where}.cloud_vpn_name", built[NAME_KEY], NAME_LENGTH, empty=False)
    for key, value in (item.get("extra") or {}).items():
        if find_key(built, str(key)):
            raise InvalidError(f"{where}.extra repeats {shown(key, _SHOWN)}, which an option of its own sets; keep one of them")
        built[str(key)] = value
    return built


def _wire_values(where: str, value: Any, kind_of_value: str) -> tuple[Any, ...]:
    if kind_of_value == CIDR:
        return split_cidr(where, value)
    return (as_string(read_whole_number(where, value) if kind_of_value == "int" else value),)


def split_cidr(where: str, text: str) -> tuple[str, str]:
    """Split `a.b.c.d/len` into address and length; host bits are kept as they are (contract 6.2)."""
    match = _CIDR.fullmatch(text)
    if match and all(int(part) <= 255 for part in match.groups()[:4]) and int(match.group(5)) <= 32:
        address, length = text.split("/")
        return address, length
    raise InvalidError(f"{where} is {quoted(text, _SHOWN)}; write it as address/length, such as 163.113.12.1/24")


def _check_connections(parameters: Mapping[str, Any]) -> None:
    """Check the two mandatory keys of every connection, and that none is declared twice (contract 6.2)."""
    for where, item, mandatory in _objects_of(parameters):
        if not mandatory:
            continue
        name = find_value(item, NAME_KEY)
        if not isinstance(name, str) or not name.strip():
            raise InvalidError(f"{where} has no {NAME_KEY}; every connection needs one")
        if len(name) > NAME_LENGTH:
            raise InvalidError(f"{where}.{NAME_KEY} has {len(name)} characters, at most {NAME_LENGTH} are allowed")
        if find_value(item, ACTION_KEY) != ACTION_DELETE:
            _check_bandwidth(f"{where} ({name!r})", item)
    seen: set[str] = set()
    for connection in find_connections(parameters):
        if connection.cloud_vpn_name in seen:
            raise InvalidError(f"the connection {connection.cloud_vpn_name!r} is declared twice; keep one of them")
        seen.add(connection.cloud_vpn_name)
        if connection.place.encoded or connection.place.key is None:
            _check_bandwidth(f"connection {connection.cloud_vpn_name!r}", connection.parameters)


def _check_bandwidth(where: str, item: Mapping[str, Any]) -> None:
    value = find_value(item, BANDWIDTH_KEY)
    if value is None or value == "":
        raise InvalidError(f"{where} has no {BANDWIDTH_KEY}; every connection needs one")
    number = to_number(value)
    if number is None or number <= 0:
        raise InvalidError(f"{where}: {BANDWIDTH_KEY} is {value!r}; it must be a positive number")


def _objects_of(parameters: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Yield every list item that is an object, with whether it has to be a connection.

    A list is one of connections when the API knows it as one, or when an item of it carries a CloudVpnName.
    """
    for key, value in parameters.items():
        if not isinstance(value, list):
            continue
        known = any(key == entry.key for entry in CONNECTION_LISTS)
        of_connections = known or any(isinstance(item, dict) and find_key(item, NAME_KEY) for item in value)
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield f"{key}[{index}]", item, of_connections
            elif of_connections:
                raise InvalidError(f"{key}[{index}] is {describe(item)}; a connection is an object")


def name_service(error: IesError, item: Mapping[str, Any]) -> None:
    """Put the name or id of a declared service in front of an error's message, where that does not say it already."""
    name, service_id = item.get("name"), item.get("service_id")
    said = (service_id and str(service_id) in error.message) or (name and repr(str(name)) in error.message)
    label = name or service_id
    if label and str(label).strip() and not said:
        error.message = f"{shown(label, _LONGEST_LABEL)}: {error.message}"


def _no_names() -> Iterable[str | None]:
    return ()


def check_creatable(declaration: Declaration, names: Callable[[], Iterable[str | None]] = _no_names) -> None:
    """Check that the declaration says all that a create needs. `names` returns those of the services that are there.

    Raises InvalidError that suggests similar names, and then says what is missing.
    """
    missing = [
        option
        for option, value in (("name", declaration.name), ("service_definition", declaration.service_definition))
        if value is None
    ]
    if not any(find_value(c.parameters, ACTION_KEY) != ACTION_DELETE for c in find_connections(declaration.parameters)):
        missing.append(f"a connection (site2dc, site2site, or parameters with {NAME_KEY} and {BANDWIDTH_KEY})")
    if missing:
        first = suggestion(declaration.name, names()) or "check its name."
        raise InvalidError(
            f"{declaration.label()} does not exist in this tenant; {first} Creating it requires {', '.join(missing)}"
        )


def suggestion(name: str | None, names: Iterable[str | None]) -> str | None:
    """Return a question for names like one that is not there, or None."""
    found = similar(name, names) if name is not None else []
    return f"did you mean {' or '.join(map(repr, found))}?" if found else None


def second_declaration(second: Declaration, first: Declaration) -> InvalidError:
    """Return the error for a service that is declared by name and once more by id."""
    return InvalidError(f"{second.label()} is the same as {first.label()}, which is declared too; keep one of the two")


def check_distinct(declared: Sequence[Mapping[str, Any]]) -> None:
    """Check that no service is declared twice, by name or by id; raises InvalidError."""
    for _index, problem in doubles(declared):
        raise InvalidError(f"{problem} (nothing was sent)")


def doubles(declared: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, str]]:
    """Yield every service that is declared before, by name or by id: its index, and what is wrong in words."""
    for option in ("name", "service_id"):
        seen: set[str] = set()
        for index, item in enumerate(declared):
            value = item.get(option)
            if value is not None and value in seen:
                yield index, f"{option} {value!r} is declared twice; keep one of the two"
            if value is not None:
                seen.add(value)


class RangedConnection(NamedTuple):
    """A declared connection that has a range; `cloud_vpn_name` is None for the only connection of its service."""

    name: str | None
    service_id: str | None
    cloud_vpn_name: str | None
    bandwidth_min: int
    bandwidth_max: int


def ranges_of(item: Mapping[str, Any]) -> list[RangedConnection]:
    """Return the connections of a declared service that have a range; what shall be absent has none.

    `item` holds the options of `ies_service`, as an entry of `cloudvpn_services` does. Raises InvalidError.
    """
    declaration = read_declaration(item)
    return [
        RangedConnection(declaration.name, declaration.service_id, cloud_vpn_name, *bounds)
        for cloud_vpn_name, bounds in _ranges_in_force(declaration).items()
    ]


def _ranges_in_force(declaration: Declaration) -> dict[str | None, BandwidthRange]:
    """Return the ranges by connection; the shorthand, be it a range or a number, goes before what a list says."""
    ranges: dict[str | None, BandwidthRange] = dict(declaration.ranges.items())
    if declaration.bandwidth is None:
        return ranges
    names = [connection.cloud_vpn_name for connection in find_connections(declaration.parameters)]
    chosen = declaration.cloud_vpn_name or (names[0] if len(names) == 1 else None)
    ranges.pop(chosen, None)
    if declaration.bandwidth_range is not None:
        ranges[chosen] = declaration.bandwidth_range
    return ranges
