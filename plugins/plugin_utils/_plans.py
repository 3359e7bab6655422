# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbooks plan and apply hand to `ies_services`: which plan, of which tenant, and where it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..module_utils._domain.approval import read_expiry, read_fingerprint
from ..module_utils._errors import InvalidError
from ..module_utils._tasks._approval import APPLY, CONVERGE, NOTHING_APPROVED, PLAN
from ..module_utils._text import quoted
from ._plan_file import PlanFile
from ._playbooks import NEEDS, neighbour_with
from ._values import is_blank

_PLAN_OPTIONS = ("plan_file", "plan_fingerprint", "plan_expiry", "commit")
_LONGEST = 60


def option_name(option: str, caller: str) -> str:
    """Return what whoever calls knows an option by."""
    return f"cloudvpn_{option}" if caller else option


def read_plan_options(options: dict[str, Any], host: str, caller: str) -> str:
    """Complete the options about plans in place, and return the mode.

    The playbooks plan and apply have a mode of their own; for every other playbook, and the role, the variables of these two
    mean nothing: a file of variables may serve them all. Raises InvalidError.
    """
    if caller:
        options["mode"] = caller if caller in {PLAN, APPLY} else CONVERGE
    mode = str(options.get("mode", CONVERGE))
    if mode == CONVERGE:
        for option in _PLAN_OPTIONS:
            options.pop(option, None)
    if "plan_expiry" in options:
        try:
            read_expiry(options["plan_expiry"])
        except InvalidError as error:
            raise InvalidError(f"{'cloudvpn_' if caller else ''}{error.message} (nothing was sent)") from None
    given = options.pop("plan_fingerprint", None)
    if mode == APPLY:
        fingerprint = _fingerprint_of(host, given, option_name("plan_fingerprint", caller))
        if fingerprint is None and options.get("plan_file") is None and options.get("plan_document") is None:
            raise InvalidError(NEEDS[caller] if caller else NOTHING_APPROVED)
        if fingerprint is not None:
            options["plan_fingerprint"] = fingerprint
    options.setdefault("tenant", host)
    return mode


def _fingerprint_of(host: str, value: Any, where: str) -> str | None:
    """Return the fingerprint for a host: of a dictionary by host, or JSON of one, its own."""
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        try:
            value = json.loads(value)
        except ValueError:
            raise InvalidError(f"{where} is a string that is not JSON; write a fingerprint, or one per host") from None
    if isinstance(value, Mapping):
        if is_blank(value.get(host)):
            known = ", ".join(quoted(name, _LONGEST) for name in list(value)[:5]) or "nothing"
            raise InvalidError(f"{where} has no fingerprint for {host!r}, only for {known} (nothing was sent)")
        value = value[host]
    if is_blank(value):
        return None
    if not isinstance(value, str):
        raise InvalidError(f"{where} is no string; write a fingerprint, or a dictionary of one per host")
    try:
        return read_fingerprint(value)
    except InvalidError as error:
        prefix = where.removesuffix("plan_fingerprint")
        raise InvalidError(f"{prefix}{error.message} (nothing was sent)") from None


def check_not_shared(file: PlanFile, host: str, task_vars: Mapping[str, Any]) -> None:
    """Check that no neighbour in the play names the same file in its variable; raises InvalidError."""
    other = neighbour_with(file.path, "cloudvpn_plan_file", task_vars, host)
    if other is not None:
        file.refuse_shared(host, other)
