# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that is wrong with what is declared for elastic bandwidth, without a server. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..module_utils._domain.bandwidth_policy import policy_problems
from ..module_utils._domain.watched import watched_connections
from ..module_utils._errors import InvalidError
from ._elastic_options import read_connection
from ._playbooks import label_of
from ._validation import Finding, no_dictionary

# The shared policy need not have bounds: each connection has its own, or its range.
_ANY_BOUNDS = (1, 10**12)


def check_elastic(
    connections: Sequence[Any] | None,
    services: Sequence[Mapping[str, Any]],
    shared: Mapping[str, Any] | None,
    names: Mapping[str, str],
) -> Iterator[Finding]:
    """Yield what is wrong with the watched connections and with the policy they share.

    `services` are the declared ones, for their ranges; `names` are those of the variables, by option.
    """
    of_shared = policy_problems(shared, *_ANY_BOUNDS) if shared is not None else []
    for problem in of_shared:
        yield Finding(names["policy"], problem)
    # What is wrong with the shared policy is said once, and not of every connection.
    usable = None if of_shared else shared
    if connections is None:
        if usable is not None:
            for watched in watched_connections(None, services, usable):
                if watched.error is not None:
                    yield Finding(names["policy"], watched.error, None, _name(watched.asked))
        return
    for index, item in enumerate(connections):
        if not isinstance(item, Mapping):
            yield no_dictionary(names["connections"], index)
            continue
        yield from _check_connection(item, index, services, usable, names["connections"])


def _check_connection(
    item: Mapping[str, Any], index: int, services: Sequence[Mapping[str, Any]], shared: Mapping[str, Any] | None, variable: str
) -> Iterator[Finding]:
    name = _name(item)
    try:
        asked = read_connection("it", item)
    except InvalidError as error:
        yield Finding(variable, error.message, index, name)
        return
    own = asked.get("policy")
    problems = policy_problems({**(shared or {}), **own}, *_ANY_BOUNDS) if own is not None else []
    if not problems:
        problems = [watched.error for watched in watched_connections([asked], services, shared) if watched.error is not None]
    for problem in problems:
        yield Finding(variable, problem, index, name, "policy" if problem.startswith("policy ") else "")


def check_policies(policies: Mapping[str, Any], shared: Mapping[str, Any] | None, variable: str) -> Iterator[Finding]:
    """Yield what is wrong with policies by name, to which the keys of the shared one are added."""
    for name, policy in policies.items():
        merged = {**(shared or {}), **policy} if isinstance(policy, Mapping) else policy
        for problem in policy_problems(merged):
            yield Finding(f"{variable}.{name}", problem)


def _name(item: Mapping[str, Any]) -> str | None:
    return label_of(item)[2:-1] or None
