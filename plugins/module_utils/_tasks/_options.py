# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several tasks share, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._errors import InvalidError
from .._time import PollOptions

# How to reach an IES (public interface, section 1). The seam adds the environment that they fall back to.
CONNECTION_OPTIONS: dict[str, dict[str, Any]] = {
    "api_url": {"type": "str", "required": True},
    "auth_token": {"type": "str", "required": True, "no_log": True},
    "bearer_token": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "api_timeout": {"type": "int", "default": 30},
    "api_retries": {"type": "int", "default": 5},
}
# The same in one dictionary, which says only what differs.
IES_OPTIONS: dict[str, dict[str, Any]] = {
    option: {key: value for key, value in spec.items() if key not in {"required", "default"}}
    for option, spec in CONNECTION_OPTIONS.items()
}
POLL_OPTIONS: dict[str, dict[str, Any]] = {
    "wait_timeout": {"type": "int", "default": 1800},
    "wait_sleep": {"type": "float", "default": 15},
}


def wait_options(default: bool) -> dict[str, dict[str, Any]]:
    """Return the options for waiting; whether a task waits by itself differs."""
    return {"wait": {"type": "bool", "default": default}, **POLL_OPTIONS}


def read_poll_options(params: Mapping[str, Any]) -> PollOptions:
    """Return how long and how often to look; raises InvalidError for a boolean and for a negative value."""
    for option in ("wait_timeout", "wait_sleep"):
        _check_no_boolean(option, params[option])
        if params[option] < 0:
            raise InvalidError(f"{option} is {params[option]}; it must not be negative")
    return PollOptions(timeout=params["wait_timeout"], interval=params["wait_sleep"])


def read_max_parallel(params: Mapping[str, Any]) -> int:
    """Return how many requests may be under way at once; raises InvalidError for a boolean and below 1."""
    value: int = params["max_parallel"]
    _check_no_boolean("max_parallel", value)
    if value < 1:
        raise InvalidError(f"max_parallel is {value}; it must be at least 1")
    return value


def _check_no_boolean(option: str, value: Any) -> None:
    """Check that a number is one: Ansible lets `true` pass as 1."""
    if isinstance(value, bool):
        raise InvalidError(f"{option} is {str(value).lower()}; it must be a number")
