# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the elastic role and its playbook hand to `ies_elastic`, checked and normalised before anything is sent. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils._errors import InvalidError
from ..module_utils._tasks._options import IES_OPTIONS
from ..module_utils._tasks.ies_elastic import CONNECTION_OPTIONS, OPTIONS
from ._playbooks import NEEDS, suggestion
from ._values import is_blank, normalise

# Option -> the variable of role and playbook that it comes from; the others are named as the option is.
_VARIABLES = {
    "connections": "cloudvpn_elastic",
    "policy": "cloudvpn_elastic_policy",
    "mode": "cloudvpn_elastic_mode",
    "total_maximum": "cloudvpn_elastic_total_maximum",
    "end_time": "cloudvpn_elastic_end_time",
    "report": "cloudvpn_elastic_report",
}


def option_name(option: str, caller: str) -> str:
    """Return what whoever calls knows an option by: a variable of role and playbook, or the option itself."""
    return _VARIABLES.get(option, f"cloudvpn_{option}") if caller else option


def read_elastic_options(given: Mapping[str, Any], caller: str) -> dict[str, Any]:
    """Return the options of `ies_elastic` with their types, for that caller; raises InvalidError before anything is sent."""
    kinds = {name: option["type"] for name, option in {**OPTIONS, **IES_OPTIONS}.items()}
    options: dict[str, Any] = {}
    for option, value in given.items():
        kind = kinds.get(option)
        read = value if kind is None else normalise(value, kind, option_name(option, caller))
        if read is not None:
            options[option] = read
    if caller and options.get("connections") is None and options.get("services") is None:
        raise InvalidError(NEEDS[caller])
    mode, choices = options.get("mode"), OPTIONS["mode"]["choices"]
    if mode is not None and mode not in choices:
        raise InvalidError(f"{option_name('mode', caller)} is {mode!r}; write {' or '.join(choices)}")
    if options.get("connections") is not None:
        where = option_name("connections", caller)
        options["connections"] = [
            read_connection(f"{where}[{index}]", item) for index, item in enumerate(options["connections"])
        ]
    return options


def read_connection(where: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """Return one connection without what is blank; raises InvalidError for an option that there is not."""
    read: dict[str, Any] = {}
    for option, value in item.items():
        if option not in CONNECTION_OPTIONS:
            hint = suggestion(str(option), CONNECTION_OPTIONS) or f"; its options are {', '.join(CONNECTION_OPTIONS)}"
            raise InvalidError(f"{where} has no option {option}{hint}")
        if not is_blank(value):
            read[option] = normalise(value, "dict", f"{where}.policy") if option == "policy" else value
    return read
