# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin `validate`: declarations checked on the controller, without a credential and without a request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import yaml
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils._api.models import ServiceDefinition
from ..module_utils._api.readers import read_definition
from ..module_utils._domain.approval import read_expiry
from ..module_utils._domain.ownership import check_wide, read_prune
from ..module_utils._errors import IesError, InvalidError
from ..module_utils._secrets import masked, secrets_of
from ..module_utils._tasks import ies_elastic, ies_services
from ..module_utils._tasks._options import IES_OPTIONS, read_max_parallel, read_poll_options
from ..module_utils._text import for_people, shown
from . import _files, _playbooks
from ._action import failed_result, plain_arguments, without_tokens
from ._elastic_validation import check_elastic, check_policies
from ._lines import show_line
from ._validation import Finding, Findings, check_services
from ._values import normalise

# Option -> how it is read.
_LISTS = ("services", "elastic")
OPTIONS = {
    **dict.fromkeys(_LISTS, "list"),
    **dict.fromkeys(("elastic_policy", "elastic_policies"), "dict"),
    "catalogue_file": "path",
    "fail_on_overlap": "bool",
    "owner": "str",
    "prune_max": "str",
    "plan_expiry": "str",
    "elastic_mode": "str",
    "elastic_total_maximum": "int",
    **dict.fromkeys(("wait_timeout", "max_parallel"), "int"),
    "wait_sleep": "float",
    **dict.fromkeys(("wait", "progress", "deactivate", "missing_ok", "take_over", "prune", "allow_empty"), "bool"),
}
_SHOWN = 60


class ValidateAction(ActionBase):
    """Runs on the controller, whatever the host; sends nothing and needs no token."""

    TRANSFERS_FILES = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Check everything, show each finding in a line of its own, and fail when there is an error."""
        variables = task_vars or {}
        given: dict[str, Any] = plain_arguments(self._task.args)
        secrets = secrets_of(given)
        try:
            result = self._checked(given, variables, secrets)
        except IesError as error:
            result = failed_result(error, secrets)
        finally:
            self._task.args = masked(without_tokens(given), secrets)
        safe: dict[str, Any] = masked(result, secrets)
        return safe

    def _checked(self, given: Mapping[str, Any], task_vars: Mapping[str, Any], secrets: set[str]) -> dict[str, Any]:
        caller = _playbooks.caller_of(task_vars)
        found, options = validate(given, task_vars, caller)
        if not self._task.no_log:
            host = task_vars.get("inventory_hostname", "localhost")
            for finding in found.errors:
                show_line(partial(Display().display, color="red"), for_people(f"[{host}] {finding}", secrets))
        errors = [for_people(str(finding), secrets) for finding in found.errors]
        result: dict[str, Any] = {
            "changed": False,
            "valid": not errors,
            "services": len(options.get("services") or ()),
            "counts": {"services": len(options.get("services") or ()), "errors": len(errors)},
            "errors": [{**finding.as_dict(), "message": told} for finding, told in zip(found.errors, errors)],
        }
        if found.warnings:
            result["warnings"] = [for_people(str(finding), secrets) for finding in found.warnings]
        if errors:
            count = f"{len(errors)} errors" if len(errors) > 1 else "1 error"
            failure = InvalidError(f"{count}: {'; '.join(errors)} (nothing was sent)")
            result.update(failed=True, msg=failure.message, error=failure.as_dict())
        return result


def validate(given: Mapping[str, Any], task_vars: Mapping[str, Any], caller: str) -> tuple[Findings, dict[str, Any]]:
    """Return all that is wrong with the options, which are variables of a playbook if there is a caller, and the options read.

    Raises InvalidError when there is nothing to check, or an option that does not exist.
    """
    found = Findings()
    if caller:
        found.errors += [Finding(name, message) for name, message in _unknown(task_vars)]
    options = _read_options(given, caller, found)
    names = {option: _playbooks.variable_of(option, caller) for option in OPTIONS}
    if not found.errors and not any(
        options.get(option) is not None for option in (*_LISTS, "elastic_policies", "elastic_policy")
    ):
        raise InvalidError(_playbooks.NEEDS[_playbooks.VALIDATE])
    found.errors += _settings(options, names)
    definitions = None
    if options.get("catalogue_file") is not None:
        try:
            definitions = read_catalogue(str(options["catalogue_file"]))
        except InvalidError as error:
            found.errors.append(Finding(names["catalogue_file"], error.message))
    services = options.get("services") or []
    # One owner that is wrong is one mistake, and none of each service.
    wide = {} if any(finding.variable == names["owner"] for finding in found.errors) else options
    of_services = check_services(services, names["services"], definitions, bool(options.get("fail_on_overlap")), wide)
    found.errors.extend(of_services.errors)
    found.warnings.extend(of_services.warnings)
    elastic, shared = options.get("elastic"), options.get("elastic_policy")
    right = [] if of_services.errors else services
    variables = {"connections": names["elastic"], "policy": names["elastic_policy"]}
    found.errors += check_elastic(elastic, right, shared, variables)
    found.errors += check_policies(options.get("elastic_policies") or {}, shared, names["elastic_policies"])
    return found, options


def _unknown(task_vars: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the variables of role and playbooks that there are not, and the unknown keys of the connection."""
    for problem in _playbooks.unknown_variables(task_vars):
        name, _space, rest = problem.partition(" ")
        yield name, rest
    # As it is written: nothing here needs its values, some of which may want a vault's password.
    connection = task_vars.get("cloudvpn_ies")
    for key in connection if isinstance(connection, Mapping) else ():
        if key not in IES_OPTIONS:
            yield "cloudvpn_ies", f"unknown option {key}{_playbooks.suggestion(str(key), IES_OPTIONS)}"


def _read_options(given: Mapping[str, Any], caller: str, found: Findings) -> dict[str, Any]:
    """Return the options with their types; what cannot be read is found wrong, and left out."""
    options: dict[str, Any] = {}
    for option, value in given.items():
        if option not in OPTIONS:
            raise InvalidError(f"validate has no option {option}; its options are {', '.join(OPTIONS)}")
        name = _playbooks.variable_of(option, caller)
        try:
            options[option] = normalise(value, OPTIONS[option], name)
        except InvalidError as error:
            listed = _loaded(value, json.loads) if option in _LISTS and isinstance(value, str) else value
            if option in _LISTS and isinstance(listed, (list, tuple)):
                # Which of its entries is no dictionary is said with all that is wrong with the others.
                options[option] = list(listed)
            else:
                found.errors.append(Finding(name, error.message.removeprefix(f"{name} ")))
    return options


def _settings(options: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is wrong with settings that a run refuses before it reads anything."""
    defaults = {option: spec.get("default") for option, spec in ies_services.OPTIONS.items()}
    for read, concerned in ((read_poll_options, ("wait_timeout", "wait_sleep")), (read_max_parallel, ("max_parallel",))):
        for option in concerned:
            if options.get(option) is not None:
                try:
                    read({**defaults, option: options[option]})
                except InvalidError as error:
                    yield Finding(names[option], error.message.removeprefix(f"{option} "))
    mode, choices = options.get("elastic_mode"), ies_elastic.OPTIONS["mode"]["choices"]
    if mode is not None and mode not in choices:
        yield Finding(names["elastic_mode"], f"is {mode!r}; write {' or '.join(choices)}")
    total = options.get("elastic_total_maximum")
    if total is not None and total < 1:
        yield Finding(names["elastic_total_maximum"], f"is {total}; it must be a positive whole number")
    if options.get("plan_expiry") is not None:
        try:
            read_expiry(options["plan_expiry"])
        except InvalidError as error:
            yield Finding(names["plan_expiry"], error.message.removeprefix("plan_expiry "))
    for option, check in (("owner", check_wide), ("prune", partial(read_prune, declared=options.get("services") or ()))):
        try:
            check(options)
        except InvalidError as error:
            yield Finding(names[option], error.message.removeprefix("owner "))


def read_catalogue(path: str) -> list[ServiceDefinition]:
    """Return the definitions of a saved result of `ies_catalog_info`, JSON or YAML; raises InvalidError."""
    full = _files.full_path(path)
    try:
        content = _loaded(full.read_text(encoding="utf-8-sig"), json.loads, yaml.safe_load)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is no text in UTF-8"
        raise InvalidError(f"cannot read {full}: {reason}") from None
    if content is None:
        raise InvalidError(f"{full} is neither JSON nor YAML; save a result of ies_catalog_info in it")
    listed = content.get("service_definitions") if isinstance(content, Mapping) else content
    if not isinstance(listed, Sequence) or isinstance(listed, str) or not all(isinstance(entry, Mapping) for entry in listed):
        raise InvalidError(f"{full} has no list service_definitions; save a result of ies_catalog_info in it")
    try:
        return [read_definition(entry) for entry in listed]
    except IesError as error:
        raise InvalidError(f"{full} is no result of ies_catalog_info: {shown(error.message, _SHOWN)}") from None


def _loaded(text: str, *loads: Callable[[str], Any]) -> Any:
    """Return what a text holds, by the first that can read it; None where none of them can."""
    for load in loads:
        try:
            return load(text)
        except (ValueError, RecursionError, yaml.YAMLError):
            continue
    return None
