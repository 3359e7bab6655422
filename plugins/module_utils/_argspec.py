# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that several modules share, and the argument spec of a task (public interface, sections 1 and 2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import env_fallback

from ._tasks import _options


def from_environment(variable: str) -> str:
    """Return the value of an environment variable, where a blank one counts as not set; raises as `env_fallback` does."""
    value: str = env_fallback(variable)
    if not value.strip():
        env_fallback()  # raises what Ansible takes for "not found"
    return value


CONNECTION_OPTIONS: dict[str, dict[str, Any]] = {
    option: {**spec, "fallback": (from_environment, [f"IES_{option.upper()}"])}
    for option, spec in _options.CONNECTION_OPTIONS.items()
}

ENVIRONMENT: dict[str, str] = {option: spec["fallback"][1][0] for option, spec in CONNECTION_OPTIONS.items()}
"""Connection option -> the environment variable it falls back to."""


def spec_of(task: Any) -> dict[str, Any]:
    """Return what AnsibleModule takes: the task's own options, those of the connection, and the constraints."""
    return {
        "argument_spec": {**CONNECTION_OPTIONS, **task.OPTIONS},
        "supports_check_mode": True,
        **task.CONSTRAINTS,
    }


_WHOLE = re.compile(r"\s*([+-]?\d+)\.0+\s*", re.ASCII)


def with_whole_numbers(given: Mapping[str, Any], options: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return arguments in which `80000.0` and `"80000.0"` are integers wherever an option is one.

    To be removed with ansible-core 2.16: later ones read them so by themselves.
    """
    return {option: _with_whole_number(value, options.get(option, {})) for option, value in given.items()}


def _with_whole_number(value: Any, spec: Mapping[str, Any]) -> Any:
    if spec.get("type") == "int":
        if isinstance(value, float) and value.is_integer():
            return int(value)
        whole = _WHOLE.fullmatch(value) if isinstance(value, str) else None
        return int(whole.group(1)) if whole else value
    if "options" in spec and isinstance(value, (list, tuple)):
        return [with_whole_numbers(item, spec["options"]) if isinstance(item, Mapping) else item for item in value]
    return value
