# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Address ranges that lie in each other."""

from __future__ import annotations

from ipaddress import IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._domain.declaration import read_declaration
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.overlap import Range, overlapping, ranges_in

# Few addresses, so that many overlap.
_CIDRS = st.builds("10.0.{}.0/{}".format, st.integers(0, 3), st.integers(20, 26))


def entry(cidr: str, where: str = "") -> Range:
    """Return the range of a connection."""
    return Range(IPv4Network(cidr, strict=False), cidr, where)


@given(st.lists(_CIDRS, max_size=6))
def test_every_range_that_overlaps_another_is_in_a_group_and_no_other(cidrs: list[str]) -> None:
    ranges = [entry(cidr, str(number)) for number, cidr in enumerate(cidrs)]
    alone = {
        one.where for one in ranges if not any(one is not other and one.network.overlaps(other.network) for other in ranges)
    }
    grouped = [one.where for group in overlapping(ranges) for one in group]
    assert sorted(grouped) == sorted({one.where for one in ranges} - alone)
    for group in overlapping(ranges):
        assert all(one.network.subnet_of(group[0].network) for one in group)


def test_what_has_no_range_is_left_out() -> None:
    declaration = read_declaration(
        {
            "name": "s",
            "site2dc": [{"cloud_vpn_name": "a", "bandwidth": 1, "cidr": "10.0.0.9/8"}, {"cloud_vpn_name": "b", "bandwidth": 1}],
            "parameters": {
                "L": [
                    {"CloudVpnName": "c", "Bandwidth": 1, "cidr": "ten", "cidrBlockSize": "8"},
                    {"CloudVpnName": "d", "Bandwidth": 1, "cidr": "11.0.0.0", "cidrBlockSize": 8},
                ]
            },
        }
    )
    found = {one.cidr: one.where for one in ranges_in(declaration, "s")}
    assert found == {"10.0.0.9/8": "connection 'a' of s", "11.0.0.0/8": "connection 'd' of s"}
