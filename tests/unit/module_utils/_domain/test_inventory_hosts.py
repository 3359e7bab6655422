# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services as hosts: names that are different and harmless, and variables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._api.mark import Mark
from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Service
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.inventory_hosts import host_name, hosts_of


def services(*named: tuple[str | None, str]) -> list[dict[str, Any]]:
    """Return results of services with these names and ids."""
    return [Service(service_id, name, status="Completed").to_result() for name, service_id in named]


def names(*named: tuple[str | None, str], taken: tuple[str, ...] = ()) -> list[str]:
    """Return the names of their hosts."""
    return [host.name for host in hosts_of(services(*named), taken)[0]]


def test_the_variables_of_a_host() -> None:
    service = Service(
        service_id="1",
        name="branch",
        description="ours",
        service_definition_id="d",
        template_id="t",
        status="Failed",
        active_status="Deactive",
        created_at=1_494_129_480.0,
        parameters={"Site2DCList": [{"CloudVpnName": "vpn", "Bandwidth": "60000"}]},
        mark=Mark("netops", protected=True),
    )
    (host,), warnings = hosts_of([service.to_result()], ())
    assert host.name == "branch"
    assert host.variables == {
        "ies_service_id": "1",
        "ies_name": "branch",
        "ies_status": "Failed",
        "ies_phase": "failed",
        "ies_active_status": "Deactive",
        "ies_service_definition_id": "d",
        "ies_created_at": "2017-05-07T03:58:00Z",
        "ies_connections": [
            {
                "cloud_vpn_name": "vpn",
                "bandwidth": 60000,
                "list": "Site2DCList",
                "parameters": {"CloudVpnName": "vpn", "Bandwidth": "60000"},
            }
        ],
        "ies_owner": "netops",
        "ies_protected": True,
    }
    assert warnings == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("site2dc4_201705071158", "site2dc4_201705071158"),
        ("Filiale-4.Zürich", "Filiale-4.Zürich"),
        ("上海", "上海"),
        ("Branch 4", "Branch_4"),
        ("a,b:c;d", "a_b_c_d"),
        ("web[1:3]*", "web_1_3__"),
        ("!a", "_a"),
        ("~a.*", "_a._"),
        ("@file", "_file"),
        ("&a", "_a"),
        ("-x", "_x"),
        ("--limit", "_-limit"),
        (".", "_"),
        ("..", "_."),
        ("../group_vars/all", "_._group_vars_all"),
        ("{{ 7 * 7 }}", "___7___7___"),
        ("a\nb\x1b[2J\u202e", "a_b__2J_"),
        ("x" * 255, "x" * 240),
        ("é" * 255, "é" * 120),
        ("\ud800", "_"),
    ],
)
def test_names_are_harmless(name: str, expected: str) -> None:
    assert names((name, "1")) == [expected]


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        pytest.param([("a", "1"), ("a", "2")], ["a_1", "a_2"], id="two of a name"),
        pytest.param([("a", "1"), ("a", "2"), ("a", "3"), ("b", "4")], ["a_1", "a_2", "a_3", "b"], id="three"),
        pytest.param([("a b", "1"), ("a_b", "2")], ["a_b_1", "a_b"], id="a name becomes another's"),
        pytest.param([("a b", "1"), ("a/b", "2")], ["a_b_1", "a_b_2"], id="two become the same"),
        pytest.param([("", "1"), (None, "2")], ["1", "2"], id="no name"),
        pytest.param([("a", "-1"), ("a", "+1")], ["a_-1", "a__1"], id="odd ids"),
        pytest.param([("a", "+1"), ("a", "/1")], ["a__1", "a__1_2"], id="ids that become the same"),
        pytest.param([("x" * 250, "12"), ("x" * 250, "34")], ["x" * 237 + "_12", "x" * 237 + "_34"], id="two long ones"),
    ],
)
def test_names_are_different(named: list[tuple[str, str]], expected: list[str]) -> None:
    hosts, warnings = hosts_of(services(*named), ())
    assert [host.name for host in hosts] == expected
    assert [host.variables["ies_service_id"] for host in hosts] == [service_id for _name, service_id in named]
    assert warnings == []


@pytest.mark.parametrize(
    ("named", "taken", "expected", "told"),
    [
        ([("a", "1"), ("a", "2"), ("a_1", "3")], (), ["a_1", "a_2", "a_1_3"], ["'a_1' (3) is a_1_3"]),
        ([("a_1", "3"), ("a", "1"), ("a", "2"), ("a_1_3", "4")], (), ["a_1_3_2", "a_1", "a_2", "a_1_3"], ["(3) is a_1_3_2"]),
        ([("all", "1"), ("b", "2")], ("all", "cloudvpn"), ["all_1", "b"], ["'all' (1) is all_1"]),
        ([("all", "1")], ("all", "all_1"), ["all_1_2"], ["'all' (1) is all_1_2"]),
        ([("{{ x }}\n", "1")], ("___x____",), ["___x_____1"], ["'{{ x }}\\n' (1) is ___x_____1"]),
    ],
)
def test_who_gives_way_is_told(
    named: list[tuple[str, str]], taken: tuple[str, ...], expected: list[str], told: list[str]
) -> None:
    hosts, (warning,) = hosts_of(services(*named), taken)
    assert [host.name for host in hosts] == expected
    for part in told:
        assert part in warning


def test_halves_of_characters_break_no_inventory() -> None:
    parameters = {"Site2DCList": [{"CloudVpnName": "v\udc00", "k\ud800": ["é"]}]}
    ((host,), _warnings) = hosts_of([Service("1", "a\ud800b", parameters=parameters).to_result()], ())
    assert host.name == "a_b"
    assert host.variables["ies_name"] == "a\ufffdb"
    (connection,) = host.variables["ies_connections"]
    assert connection["parameters"] == {"CloudVpnName": "v\ufffd", "k\ufffd": ["é"]}


def test_many_that_give_way_are_one_warning() -> None:
    named = [(f"a{number}", str(number)) for number in range(100)]
    hosts, (warning,) = hosts_of(services(*named), {name for name, _id in named})
    assert len({host.name for host in hosts}) == 100
    assert warning.endswith(" and 95 more")


_TEXT = st.text(alphabet="ab_ /1-.é", max_size=4)


@given(st.dictionaries(st.text(alphabet="12_/a", min_size=1, max_size=3), _TEXT, max_size=12), st.sets(_TEXT, max_size=4))
def test_whatever_the_names_no_two_hosts_are_one(by_id: dict[str, str], taken: set[str]) -> None:
    named = [(name, service_id) for service_id, name in by_id.items()]
    hosts, _warnings = hosts_of(services(*named), taken)
    assert len({host.name for host in hosts}) == len(named)
    assert not {host.name for host in hosts} & taken
    assert all(host.name[0] not in ".-" and len(host.name.encode()) < 256 for host in hosts)
    for host in hosts:
        # The id is enough to know it again.
        assert by_id[host.variables["ies_service_id"]] == (host.variables["ies_name"] or "")


def test_a_name_with_its_id() -> None:
    assert host_name("a b", "i/d") == "a_b_i_d"
