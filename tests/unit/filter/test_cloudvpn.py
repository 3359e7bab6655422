# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters: what they call is tested where it lives; here that they call it, and what a template gets to read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.cloudopera.ies.plugins.filter import cloudvpn
from ansible_collections.cloudopera.ies.plugins.filter.cloudvpn import FilterModule
from tests.unit.module_utils.support import NAME, sample_service

FILTERS: dict[str, Callable[..., Any]] = FilterModule().filters()
DECLARED = [{"name": NAME, "bandwidth": 80000}]
SERVICES = [sample_service().to_result()]
RESULT = {"services": [{"name": NAME, "changed": True, "actions": ["update"], "service": None, "error": "cut"}]}


def plan() -> Any:
    """Return a plan with an update in it."""
    return FILTERS["cloudvpn_plan"](DECLARED, SERVICES)


def test_a_plan_becomes_text_and_page() -> None:
    assert [entry["name"] for entry in plan()["update"]] == [NAME]
    lines = FILTERS["cloudvpn_plan_text"](plan())
    assert lines[0].startswith(f"  ~ update   {NAME}  Bandwidth 60000 -> 80000")
    assert lines[-1] in FILTERS["cloudvpn_report"](plan())


def test_a_plan_with_an_owner() -> None:
    (item,) = FILTERS["cloudvpn_plan"]([{"name": NAME}], SERVICES, owner="netops")["update"]
    assert (item["before"]["owner"], item["after"]["owner"]) == (None, "netops")
    other = [{**SERVICES[0], "owner": "other"}]
    with pytest.raises(AnsibleFilterError, match="is managed by other"):
        FILTERS["cloudvpn_plan"]([{"name": NAME}], other, owner="netops")
    taken = FILTERS["cloudvpn_plan"]([{"name": NAME}], other, owner="netops", take_over=True)
    assert taken["update"][0]["after"]["owner"] == "netops"


def test_a_result_becomes_text_and_page() -> None:
    lines = FILTERS["cloudvpn_summary"](RESULT)
    assert lines[-1] == "Done: 0 changed, 0 unchanged, 1 failed"
    assert lines[-1] in FILTERS["cloudvpn_report"](plan(), RESULT)
    assert "Done" not in FILTERS["cloudvpn_report"](plan(), None)


def test_what_is_only_foreseen_names_what_cannot_be_planned() -> None:
    page = FILTERS["cloudvpn_report"](plan(), RESULT, foreseen=True)
    assert "## Cannot be planned" in page
    assert "cut" in page
    assert "Done" not in page


def test_a_text_and_a_page_take_more_than_the_plan() -> None:
    refused = {"services": [*RESULT["services"], {**RESULT["services"][0], "name": "odd"}]}
    assert FILTERS["cloudvpn_plan_text"](plan(), refused)[-1].endswith(", 1 cannot be planned")
    page = FILTERS["cloudvpn_report"](plan(), tenant="t", server="ies.example.com", time="2026-01-02T03:04:05Z")
    assert "- Tenant: t\n- Server: ies.example.com\n- Time: 2026-01-02T03:04:05Z\n" in page


def test_what_goes_wrong_is_visible_and_without_a_token() -> None:
    token = "MII" + "a1B2" * 300
    with pytest.raises(AnsibleFilterError) as caught:
        FILTERS["cloudvpn_plan"]([{"name": "a\x1b", "service_id": token, token: 1}], [])
    assert "a1B2a1B2" not in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("name", "arguments", "phrases"),
    [
        ("cloudvpn_plan", ([{"name": "site-7", "bandwidth": 0}], []), ["site-7", "bandwidth is 0"]),
        ("cloudvpn_plan", ([{"name": "site-7", "bandwith": 1}], []), ["site-7", "bandwith"]),
        ("cloudvpn_plan", ([{"name": "site-7"}], []), ["'site-7'", "service_definition"]),
        ("cloudvpn_plan", ([{"name": "site-7", "bandwidth": "fast"}], []), ["site-7", "bandwidth is 'fast'", "whole number"]),
        ("cloudvpn_plan", ([{"name": "site-7", "bandwidth": True}], []), ["site-7", "bandwidth is true", "whole number"]),
        ("cloudvpn_plan", ([{"name": "site-7", "site2dc": [{"bandwidth": 5}]}], []), ["site-7", "has no cloud_vpn_name"]),
        ("cloudvpn_plan", (["site-7"], []), ["declared", "str"]),
        ("cloudvpn_plan", (None, []), ["declared", "NoneType"]),
        ("cloudvpn_plan", ([{"name": "site-7"}], [7]), ["services", "int"]),
        ("cloudvpn_plan", ([{"name": "site-7"}], [{"name": "site-7"}]), ["service_id"]),
        ("cloudvpn_plan", ([], [], [{"name": "Site2DC"}]), ["service definition"]),
        ("cloudvpn_plan_text", ({},), ["plan", "create"]),
        ("cloudvpn_plan_text", ("text",), ["plan"]),
        ("cloudvpn_summary", ({"changed": False},), ["result", "services"]),
        ("cloudvpn_summary", ({"services": [{"name": "a"}]},), ["result", "changed"]),
        ("cloudvpn_report", (plan(), {}), ["result", "services"]),
        ("cloudvpn_report", ({"create": []},), ["plan", "update"]),
    ],
)
def test_what_goes_wrong_names_the_filter_and_the_value(name: str, arguments: tuple[Any, ...], phrases: list[str]) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        FILTERS[name](*arguments)
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    for phrase in phrases:
        assert phrase in message


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_each_filter_is_documented_with_its_arguments(name: str) -> None:
    path = Path(str(cloudvpn.__file__)).with_name(f"{name}.yml")
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    code = FILTERS[name].__code__
    arguments = code.co_varnames[1 : code.co_argcount]
    described = document["DOCUMENTATION"]
    assert described["name"] == name
    assert described["version_added"] == "1.0.0"
    assert set(described["options"]) == {"_input", *arguments}
    assert described.get("positional", "") == ", ".join(arguments)
    assert f"cloudopera.ies.{name}" in document["EXAMPLES"]
    assert "_value" in document["RETURN"]
