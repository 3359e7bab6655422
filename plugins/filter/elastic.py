# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters from traffic to bandwidth: what a policy decides now, and what it would have done with recorded traffic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._domain.bandwidth_policy import read_policy
from ..module_utils._domain.bandwidth_target import decide, read_situation, to_result
from ..module_utils._domain.replay import replay
from ..module_utils._errors import IesError, InvalidError
from ..module_utils._values import to_moment, to_number, to_whole


def bandwidth_target(
    traffic: Any,
    bandwidth: Any,
    policy: Mapping[str, Any] | None = None,
    now: Any = None,
    last_change: Any = None,
    last_change_ended: Any = None,
    failures: Any = 0,
) -> dict[str, Any]:
    """Decide about one connection; see the documentation of the filter."""
    try:
        situation = read_situation(
            traffic,
            _whole("bandwidth", bandwidth),
            read_policy(policy),
            _moment("now", now),
            _moment("last_change", last_change),
            _moment("last_change_ended", last_change_ended),
            _whole("failures", failures),
        )
        return to_result(decide(situation))
    except IesError as error:
        raise AnsibleFilterError(f"bandwidth_target: {error.message}") from None


def elastic_replay(
    traffic: Any,
    policies: Mapping[str, Mapping[str, Any]],
    bandwidth: Any,
    provisioning: Any = 600,
    bandwidth_history: Sequence[Mapping[str, Any]] = (),
) -> dict[str, dict[str, Any]]:
    """Play recorded traffic again; see the documentation of the filter."""
    try:
        delay = to_number(provisioning)
        if delay is None:
            raise InvalidError(f"provisioning is {provisioning!r}; it must be a number of seconds")
        return replay(traffic, policies, _whole("bandwidth", bandwidth), delay, bandwidth_history)
    except IesError as error:
        raise AnsibleFilterError(f"elastic_replay: {error.message}") from None


def _whole(name: str, value: Any) -> int:
    number = to_whole(value)
    if number is None:
        raise InvalidError(f"{name} is {value!r}; it must be a whole number")
    return number


def _moment(name: str, value: Any) -> float | None:
    if value is None or value == "":
        return None
    moment = to_moment(value)
    if moment is None:
        raise InvalidError(f"{name} is {value!r}; write epoch seconds, or ISO 8601 such as 2017-05-17T21:55:50Z")
    return moment


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"bandwidth_target": bandwidth_target, "elastic_replay": elastic_replay}
