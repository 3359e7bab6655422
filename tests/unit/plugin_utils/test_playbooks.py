# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What role and playbooks hand to the task: their own variables only, checked before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.plugin_utils import _playbooks


def own(**item: Any) -> dict[str, Any]:
    """Return the options as decommission and scale pass them."""
    return {"services": [item], "wait": "", "progress": None}


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        ({"name": "a,b"}, [{"name": "a"}, {"name": "b"}]),
        ({"name": ["a", "b"], "service_id": ""}, [{"name": "a"}, {"name": "b"}]),
        ({"name": "", "service_id": "S1, S2"}, [{"service_id": "S1"}, {"service_id": "S2"}]),
        ({"name": "a", "service_id": "S1"}, [{"service_id": "S1"}]),
    ],
)
def test_named_services(item: dict[str, Any], wanted: list[dict[str, Any]]) -> None:
    removed = _playbooks.read_options(own(**item, deactivate="true"), "decommission")["services"]
    assert removed == [{**one, "state": "absent", "deactivate": True} for one in wanted]
    scaled = _playbooks.read_options(own(**item, bandwidth="80000.0", cloud_vpn_name=" "), "scale")["services"]
    assert scaled == [{**one, "bandwidth": 80000} for one in wanted]


@pytest.mark.parametrize("playbook", ["decommission", "scale"])
def test_names_and_ids_of_several_are_refused(playbook: str) -> None:
    with pytest.raises(InvalidError, match="give one of the two"):
        _playbooks.read_options(own(name="a,b", service_id="S1", bandwidth=1), playbook)


@pytest.mark.parametrize(
    ("playbook", "item", "phrase"),
    [
        ("decommission", {"name": " "}, "-e cloudvpn_name=NAME,OTHER"),
        ("decommission", {"name": ","}, "-e cloudvpn_name=NAME,OTHER"),
        ("scale", {"name": "a"}, "-e cloudvpn_bandwidth=80000"),
        ("scale", {"name": "a", "bandwidth": "fast"}, "cloudvpn_bandwidth is 'fast'; write a whole number"),
        ("decommission", {"name": "a", "deactivate": "perhaps"}, "cloudvpn_deactivate is 'perhaps'"),
        ("decommission", {"name": {"a": 1}}, "cloudvpn_name is a dictionary"),
    ],
)
def test_what_is_missing_or_wrong_is_told_by_the_variable(playbook: str, item: dict[str, Any], phrase: str) -> None:
    with pytest.raises(InvalidError) as caught:
        _playbooks.read_options(own(**item), playbook)
    assert phrase in caught.value.message


@pytest.mark.parametrize("caller", ["provision", "role"])
@pytest.mark.parametrize("services", [None, "", " "])
def test_no_services(caller: str, services: Any) -> None:
    with pytest.raises(InvalidError, match="cloudvpn_services"):
        _playbooks.read_options({"services": services}, caller)


SITE = {"cloud_vpn_name": "v", "bandwidth": 1}


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ({"name": "a", "site2dc": [{"cloud_vpn_name": "v"}]}, "[1] (a): site2dc[0] has no bandwidth"),
        ({"name": "a", "site2dc": [{**SITE, "bandwidth": ""}]}, "[1] (a): site2dc[0] has no bandwidth"),
        (
            {"name": "a", "site2dc": [{**SITE, "bandwidth": None, "bandwidth_min": " "}]},
            "[1] (a): site2dc[0] has no bandwidth; give bandwidth, or bandwidth_min and bandwidth_max",
        ),
        ({"name": "a", "bandwidth_min": True}, "[1] (a): bandwidth_min is True; write a whole number"),
        ({"name": "a", "site2dc": [{**SITE, "bandwidth_max": "x"}]}, "[1] (a): site2dc[0].bandwidth_max is 'x'; write a"),
        ({"name": "a", "site2dc": [SITE, {"bandwidth": 1}]}, "[1] (a): site2dc[1] has no cloud_vpn_name"),
        ({"name": "a", "site2site": [{**SITE, "cpe_c": 1}]}, "[1] (a): site2site[0] has no option cpe_c"),
        ({"name": "a", "site2dc": [{**SITE, "bandwidth": "x"}]}, "[1] (a): site2dc[0].bandwidth is 'x'; write a whole number"),
        ({"name": "a", "site2dc": ["v"]}, "[1] (a): site2dc[0] is not a dictionary"),
        ({"name": "a", "site2dc": SITE}, "[1] (a): site2dc is not a list"),
        ({"name": "a", "bandwith": 1}, "[1] (a): it has no option bandwith; did you mean bandwidth?"),
        ({"service_id": "S1", "state": "gone"}, "[1] (S1): value of state must be one of: present, absent, got: gone"),
        ({"name": "a", "replace_failed": "perhaps"}, "[1] (a): replace_failed is 'perhaps'; write true or false"),
        ({"bandwidth": 1}, "[1]: it has neither name nor service_id; give one of them"),
    ],
)
@pytest.mark.parametrize(("caller", "where"), [("role", "cloudvpn_services"), ("", "services")])
def test_a_problem_names_its_service(item: dict[str, Any], problem: str, caller: str, where: str) -> None:
    with pytest.raises(InvalidError) as caught:
        _playbooks.read_options({"services": [{"name": "fine"}, item]}, caller)
    assert caught.value.message.startswith(where + problem)
    assert caught.value.message.endswith("(nothing was sent)")


def test_many_problems_are_counted() -> None:
    with pytest.raises(InvalidError, match="; and 3 more") as caught:
        _playbooks.read_options({"services": [{"nam": str(number)} for number in range(4)]}, "")
    assert len(caught.value.message.split("; ")) < 20


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("cloudvpn_host", "; did you mean cloudvpn_hosts?"),
        ("cloudvpn_bandwith", "; did you mean cloudvpn_bandwidth?"),
        ("cloudvpn_zzz", " (nothing was sent)"),
    ],
)
def test_an_unknown_variable_is_refused(name: str, hint: str) -> None:
    with pytest.raises(InvalidError) as caught:
        _playbooks.check_variables(["inventory_hostname", "cloudvpn_name", "__cloudvpn_playbook", name])
    assert f"{name} is not a variable of cloudopera.ies{hint}" in caught.value.message


def test_all_documented_variables_are_known() -> None:
    _playbooks.check_variables(
        [
            *("cloudvpn_services", "cloudvpn_wait_sleep", "cloudvpn_missing_ok", "cloudvpn_hosts", "cloudvpn_ies"),
            *("cloudvpn_plan", "cloudvpn_result", "cloudvpn_elastic_mode", "cloudvpn_prune_max", "cloudvpn_plan_file"),
            *("my_cloudvpn_host", "groups"),
        ]
    )


@pytest.mark.parametrize(
    ("ies", "wanted"),
    [
        ({"api_url": "u", "auth_token": ""}, {"api_url": "u", "auth_token": "of the task"}),
        ('{"auth_token": "t"}', {"auth_token": "t"}),
        ("", {"auth_token": "of the task"}),
        (None, {"auth_token": "of the task"}),
    ],
)
def test_the_connection_in_one_dictionary(ies: Any, wanted: dict[str, str]) -> None:
    given = {"auth_token": "of the task", "ies": ies}
    _playbooks.take_connection(given, "role")
    assert given == wanted


def test_an_unknown_option_of_the_connection() -> None:
    with pytest.raises(InvalidError, match=r"cloudvpn_ies has no option api_ulr; did you mean api_url\?"):
        _playbooks.take_connection({"ies": {"api_ulr": "u"}}, "provision")
