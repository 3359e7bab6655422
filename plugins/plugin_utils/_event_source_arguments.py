# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The arguments of an event source, as a rulebook gives them: with their types, as strings, or left to the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..module_utils._argspec import CONNECTION_OPTIONS, ENVIRONMENT, spec_of, with_whole_numbers
from ..module_utils._domain.watched import watched_connections
from ..module_utils._errors import IesError, InvalidError
from ..module_utils._secrets import masked, secrets_of
from ..module_utils._tasks import ies_elastic
from ..module_utils._tasks._options import read_max_parallel
from ..module_utils._text import for_people, nearest
from ..module_utils._wire.transport import HAS_REQUESTS
from ._elastic_options import read_elastic_options
from ._values import is_blank, normalise

EVERY = "all"
CHANGES = "changes"
# What is the source's own; everything else is an option of `ies_elastic`, and so is its meaning.
OWN_OPTIONS: dict[str, dict[str, Any]] = {
    "interval": {"type": "float", "default": 60},
    "events": {"type": "str", "choices": [CHANGES, EVERY], "default": CHANGES},
}
TASK_OPTIONS = ("connections", "policy", "max_parallel")
OPTIONS: dict[str, dict[str, Any]] = {
    **CONNECTION_OPTIONS,
    **{option: ies_elastic.OPTIONS[option] for option in TASK_OPTIONS},
    **OWN_OPTIONS,
}
# What ansible-rulebook adds by itself to the arguments of a source with `feedback: true`.
_FROM_THE_ENGINE = "eda_feedback_queue"


@dataclass(frozen=True)
class Arguments:
    """What a source was told.

    Attributes:
        params: options of the task body, all of them, validated.
        secrets: what may be seen nowhere.
        interval: seconds from one look to the next.
        every: whether decisions to hold are events too.
    """

    params: dict[str, Any] = field(repr=False)
    secrets: frozenset[str] = field(repr=False)
    interval: float
    every: bool


def read_arguments(args: Mapping[str, Any]) -> Arguments:
    """Return the arguments of a source, with what is left out from the environment; raises InvalidError in one line."""
    given = {name: value for name, value in args.items() if name != _FROM_THE_ENGINE and not is_blank(value)}
    secrets = secrets_of(given)
    try:
        return _read(given, secrets)
    except IesError as error:
        raise InvalidError(for_people(f"cloudvpn_traffic: {masked(error.message, secrets)}", secrets)) from None


def _read(given: dict[str, Any], secrets: set[str]) -> Arguments:
    """Return the arguments, and add to `secrets` what the environment has of them."""
    if not HAS_REQUESTS:
        raise InvalidError("the Python library requests is missing where ansible-rulebook runs; install it there")
    for name in given:
        if name not in OPTIONS:
            close = nearest(str(name), OPTIONS)
            raise InvalidError(f"there is no argument {name}{f'; did you mean {close}?' if close else ''}")
    own = {name: given.pop(name, option["default"]) for name, option in OWN_OPTIONS.items()}
    interval = normalise(own["interval"], "float", "interval")
    if interval <= 0:
        raise InvalidError(f"interval is {own['interval']}; it must be more than 0 seconds")
    if own["events"] not in OWN_OPTIONS["events"]["choices"]:
        raise InvalidError(f"events is {own['events']!r}; write {CHANGES} or {EVERY}")
    params = _params_of_the_task(given, secrets)
    return Arguments(params, frozenset(secrets), interval, own["events"] == EVERY)


def _params_of_the_task(given: Mapping[str, Any], secrets: set[str]) -> dict[str, Any]:
    """Return all options of `ies_elastic`; raises InvalidError for what it would find only when it looks, too."""
    options = read_elastic_options(given, "")
    if not options.get("connections"):
        raise InvalidError("connections is not given; list the connections to watch, each with name or service_id")
    ies_elastic.check_given(options)
    spec = spec_of(ies_elastic)
    spec.pop("supports_check_mode")
    validated = ArgumentSpecValidator(**spec).validate(with_whole_numbers(options, spec["argument_spec"]))
    params: dict[str, Any] = {**validated.validated_parameters, "mode": ies_elastic.RECOMMEND, "progress": False}
    secrets |= secrets_of({option: params.get(option) for option in CONNECTION_OPTIONS})
    missing = [option for option in ENVIRONMENT if CONNECTION_OPTIONS[option].get("required") and not params.get(option)]
    if missing:
        variables = " and ".join(ENVIRONMENT[option] for option in missing)
        raise InvalidError(f"no {' and no '.join(missing)} is given; set {variables} in the environment of ansible-rulebook")
    if validated.error_messages:
        raise InvalidError(validated.errors.msg)
    read_max_parallel(params)
    wrong = [
        f"connections[{index}]: {one.error}"
        for index, one in enumerate(watched_connections(params["connections"], None, params["policy"]))
        if one.error is not None
    ]
    if wrong:
        raise InvalidError("; ".join(wrong))
    return params
