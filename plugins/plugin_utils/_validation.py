# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that is wrong with declarations, at once and without a server (public interface, section 10.4). Pure.

What a run refuses is asked of the functions that refuse it there. They stop at the first mistake; here a declaration that has
one is taken apart, and each of its parts is judged by the same functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..module_utils._api.models import ServiceDefinition
from ..module_utils._domain.bandwidth_range import BANDWIDTH_OPTIONS
from ..module_utils._domain.catalogue import choose_definition, choose_template, is_orderable
from ..module_utils._domain.declaration import Declaration, check_strings, doubles, read_declaration
from ..module_utils._domain.fields import CONNECTION_LISTS
from ..module_utils._domain.overlap import Range, overlapping, ranges_in
from ..module_utils._domain.ownership import with_wide
from ..module_utils._errors import InvalidError
from ..module_utils._tasks.ies_service import CONSTRAINTS, DECLARATION_OPTIONS
from ..module_utils._text import shown
from ._playbooks import Problem, label_of, problems_of
from ._values import normalise_item

_LONGEST_LABEL = 80
_MOST_NAMED = 10
# Options that are judged together.
_SHORTHAND = (*BANDWIDTH_OPTIONS, "cloud_vpn_name")
_OWNERSHIP = ("owner", "take_over")
_SITES = tuple(entry.option for entry in CONNECTION_LISTS)
# What makes a declaration, or a connection, complete while a part of it is judged.
_ANY_SERVICE = {"name": "any"}
_ANY_CONNECTION = {"cloud_vpn_name": "any", "bandwidth": 1}
# How the functions of a run begin a message about one option.
_PATH = re.compile(r"(?P<path>[a-z][a-z0-9_]*(\[\d+\])?(\.[^\s:;,]+)*) (is|has|repeats|mixes)\b")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: in which variable, in which entry of it and whose that is, where in there, and what."""

    variable: str
    message: str
    index: int | None = None
    name: str | None = None
    path: str = ""

    def __str__(self) -> str:
        where = self.variable + ("" if self.index is None else f"[{self.index}]")
        where += f" ({shown(self.name, _LONGEST_LABEL)})" if self.name else ""
        if self.message.startswith(self.path or "is "):
            return f"{where} {self.message}"
        return f"{where} {self.path}: {self.message}" if self.path else f"{where}: {self.message}"

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of a result."""
        return {**asdict(self), "message": str(self)}


@dataclass
class Findings:
    """What was found: errors, which a run would refuse, and warnings."""

    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)


def check_services(
    items: Sequence[Any],
    variable: str,
    definitions: Sequence[ServiceDefinition] | None,
    fail_on_overlap: bool,
    wide: Mapping[str, Any] | None = None,
) -> Findings:
    """Return what is wrong with declared services, in their order.

    `definitions` are those of a catalogue, if one is known; `wide` are options that count for all services.
    """
    found = Findings()
    ranges: list[Range] = []
    twice = _by_index(doubles([_with_strings(item) for item in items]))
    for index, given in enumerate(items):
        if not isinstance(given, Mapping):
            found.errors.append(no_dictionary(variable, index))
            continue
        item = with_wide(normalise_item(given, DECLARATION_OPTIONS), wide or {})
        name = label_of(item)[2:-1] or None
        problems = item_problems(item)
        problems += [Problem(message) for message in twice.get(index, ())]
        found.errors += [_finding(variable, index, name, problem) for problem in problems]
        declaration = None if problems else _declaration_of(item)
        if declaration is None or not declaration.present:
            continue
        ranges += ranges_in(declaration, name or f"{variable}[{index}]")
        for sentence, fatal in _against(declaration, definitions) if definitions is not None else ():
            (found.errors if fatal else found.warnings).append(_finding(variable, index, name, Problem(sentence)))
    overlaps = [Finding(variable, _overlap(group)) for group in overlapping(ranges)]
    (found.errors if fail_on_overlap else found.warnings).extend(overlaps)
    return found


def no_dictionary(variable: str, index: int) -> Finding:
    """Return the finding for an entry of a list that is none."""
    return Finding(variable, "it is no dictionary; write one, such as {name: NAME}", index)


def _with_strings(item: Any) -> dict[str, Any]:
    """Return what identifies a service, as far as it is written as it has to be."""
    if not isinstance(item, Mapping):
        return {}
    return {option: item[option] for option in ("name", "service_id") if isinstance(item.get(option), str)}


def _by_index(entries: Iterator[tuple[int, str]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for index, message in entries:
        found.setdefault(index, []).append(message)
    return found


def _finding(variable: str, index: int, name: str | None, problem: Problem) -> Finding:
    match = _PATH.match(problem.sentence)
    path = problem.path or (match["path"] if match and not problem.sentence.startswith("it ") else "")
    return Finding(variable, problem.brief or problem.sentence, index, name, path)


# One service


def item_problems(item: Mapping[str, Any]) -> list[Problem]:
    """Return everything that a run would refuse about one declared service, whose switches and numbers have been read."""
    problems = list(problems_of(item, DECLARATION_OPTIONS))
    if not problems:
        refused = _refusal(item)
        if refused is None:
            return []
        if isinstance(refused, _NotTakenError):
            return [Problem(refused.message)]
    said = [problem.sentence for problem in problems]
    for error in _refusals(item):
        # What the argument specs refuse of a part is said already, and better.
        if not isinstance(error, _NotTakenError) and not any(error.message.startswith(known) for known in said):
            problems.append(Problem(error.message))
            said.append(error.message)
    return problems


def _declaration_of(item: Mapping[str, Any]) -> Declaration | None:
    """Return the declaration; None where a run would refuse it."""
    try:
        return read_declaration(_validated(item))
    except InvalidError:
        return None


class _NotTakenError(InvalidError):
    """What the argument specs refuse."""


def _refusal(item: Mapping[str, Any]) -> InvalidError | None:
    """Return the error by which a run refuses the item."""
    try:
        check_strings(item)
        read_declaration(_validated(item))
    except InvalidError as error:
        return error
    return None


def _validated(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the item as Ansible hands it over; raises InvalidError."""
    result = ArgumentSpecValidator(DECLARATION_OPTIONS, **CONSTRAINTS).validate(dict(item))
    if result.error_messages:
        raise _NotTakenError("; ".join(map(str, result.error_messages)))
    parameters: dict[str, Any] = result.validated_parameters
    return parameters


def _refusals(item: Mapping[str, Any]) -> Iterator[InvalidError]:
    """Yield the errors about each part of the item, and then about all parts together that are right by themselves."""
    state = {"state": item.get("state")}
    base = _ANY_SERVICE if _refusal({**_ANY_SERVICE, **state}) else {**_ANY_SERVICE, **state}
    right: dict[str, Any] = {}
    singles = [(option,) for option in DECLARATION_OPTIONS if option not in {*_SHORTHAND, *_OWNERSHIP, *_SITES, "parameters"}]
    for group in (*singles, _OWNERSHIP, _SHORTHAND):
        part = {option: item[option] for option in group if item.get(option) is not None}
        refused = _refusal({**base, **part}) if part else None
        if refused is None:
            right.update(part)
        else:
            yield refused
    parameters = item.get("parameters")
    if isinstance(parameters, Mapping):
        right["parameters"] = {}
        for key, value in parameters.items():
            refused = _refusal({**base, "parameters": {key: value}})
            if refused is None:
                right["parameters"][key] = value
            else:
                yield refused
    for option in _SITES:
        sites = item.get(option)
        if isinstance(sites, (list, tuple)):
            right[option] = []
            yield from _of_connections(base, option, sites, right[option])
    refused = _refusal({**_ANY_SERVICE, **right})
    if refused is not None:
        yield refused


def _of_connections(base: Mapping[str, Any], option: str, sites: Sequence[Any], right: list[Any]) -> Iterator[InvalidError]:
    """Yield the errors about each connection; one that is right goes into `right`."""
    spec = DECLARATION_OPTIONS[option]["options"]
    for index, site in enumerate(sites):
        if not isinstance(site, Mapping):
            continue
        known = {key: value for key, value in site.items() if key in spec and value is not None}
        groups: list[tuple[str, ...]] = [(key,) for key in known if key not in BANDWIDTH_OPTIONS]
        groups += [tuple(key for key in BANDWIDTH_OPTIONS if key in known)]
        parts = [{key: known[key] for key in group} for group in groups]
        refused = [_refusal({**base, option: [{**_ANY_CONNECTION, **part}]}) for part in parts if part]
        refused += [_refusal({**base, option: [known]})] if not any(refused) else []
        for error in filter(None, refused):
            error.message = error.message.replace(f"{option}[0]", f"{option}[{index}]", 1)
            yield error
        if not any(refused):
            right.append(known)


# Several services


def _overlap(group: Sequence[Range]) -> str:
    named = ", ".join(f"{entry.cidr} ({entry.where})" for entry in group[:_MOST_NAMED])
    more = f" and {len(group) - _MOST_NAMED} more" if len(group) > _MOST_NAMED else ""
    return f"these cidr overlap: {named}{more}"


def _against(declaration: Declaration, definitions: Sequence[ServiceDefinition]) -> Iterator[tuple[str, bool]]:
    """Yield what a catalogue says against a declaration, and whether a run would refuse it even where the service is there."""
    if declaration.service_definition is None:
        return
    try:
        definition = choose_definition(definitions, declaration.service_definition)
        if definition.templates and declaration.template is not None:
            choose_template(definition, declaration.template)
    except InvalidError as error:
        yield error.message, True
        return
    if not is_orderable(definition.status):
        yield f"service definition {definition.label()} is {definition.status!r}; nothing can be ordered from it", False
    if definition.templates and declaration.template is None:
        try:
            choose_template(definition, None)
        except InvalidError as error:
            yield f"to be ordered, {error.message}", False
