# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Address ranges of declared connections that lie in each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import NamedTuple

from .._api.parameters import find_connections, find_value
from .declaration import Declaration
from .fields import CIDR, CONNECTION_LISTS

_KEYS = next(field.keys for entry in CONNECTION_LISTS for field in entry.fields if field.type == CIDR)


class Range(NamedTuple):
    """The address range of one connection; `cidr` as it is declared, host bits included."""

    network: IPv4Network
    cidr: str
    where: str


def ranges_in(declaration: Declaration, label: str) -> list[Range]:
    """Return the address ranges of the connections that a declaration wants; `label` says in messages whose they are."""
    found = []
    for connection in find_connections(declaration.parameters):
        address, length = (find_value(connection.parameters, key) for key in _KEYS)
        cidr = f"{address}/{length}"
        try:
            network = IPv4Network(cidr, strict=False)
        except ValueError:
            continue  # not every API-shaped item has both keys, and what they hold is the server's to judge
        found.append(Range(network, cidr, f"connection {connection.cloud_vpn_name!r} of {label}"))
    return found


def overlapping(ranges: Iterable[Range]) -> list[list[Range]]:
    """Return the groups of ranges that overlap, each with the widest first.

    Of two networks that overlap, one lies in the other: sorted by address, all that lie in one follow it.
    """
    groups: list[list[Range]] = []
    for entry in sorted(ranges, key=lambda entry: (entry.network, entry.where)):
        if groups and entry.network.subnet_of(groups[-1][0].network):
            groups[-1].append(entry)
        else:
            groups.append([entry])
    return [group for group in groups if len(group) > 1]
