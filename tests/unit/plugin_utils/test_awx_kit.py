# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects of AWX that the kit makes of its data, names, tenants and wishes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.plugin_utils._awx_action import read_data
from ansible_collections.cloudopera.ies.plugins.plugin_utils._awx_kit import kit, read_options
from ansible_collections.cloudopera.ies.plugins.plugin_utils._playbooks import VARIABLES

TOKENS = frozenset({"credential", "tenants_credential"})


def made(known: frozenset[str] = TOKENS, **options: Any) -> dict[str, list[dict[str, Any]]]:
    """Return the kit of some options."""
    return kit(read_data(), read_options(options), known)


def by_name(items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {item["name"].removeprefix("Cloud VPN "): item for item in items}


def questions(item: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the questions of a survey by their variables."""
    return {question["variable"]: question for question in item.get("survey_spec", {}).get("spec", [])}


def test_every_job_has_a_tenant_and_asks_for_variables_of_the_collection() -> None:
    templates = by_name(made()["job_templates"])
    assert sorted(templates) == [
        *("apply", "decommission", "drift", "elastic", "export", "order", "plan", "plan is empty", "provision", "scale"),
    ]
    for name, template in templates.items():
        asked = questions(template)
        assert set(asked) <= VARIABLES, name
        assert ("cloudvpn_hosts" in asked) is (name != "plan is empty"), name
        assert template["survey_enabled"] is bool(asked)


def test_a_survey_never_asks_for_what_an_inventory_declares() -> None:
    # A blank answer would hide the variable of the inventory.
    declared = {
        "cloudvpn_services",
        "cloudvpn_owner",
        "cloudvpn_prune",
        "cloudvpn_elastic",
        "cloudvpn_elastic_policy",
        "cloudvpn_ies",
    }
    for name, template in by_name([*made()["job_templates"], *made()["workflows"]]).items():
        assert not declared & set(questions(template)) or name == "order"


@pytest.mark.parametrize(
    ("tenants", "expected"),
    [
        ("north", {"choices": ["north"], "default": "north", "type": "multiplechoice"}),
        # With several, nobody removes a service of all of them by leaving a field as it is.
        ("north,south", {"choices": ["north", "south"], "default": None, "type": "multiplechoice"}),
        ([{"name": "north"}, "south"], {"choices": ["north", "south"], "default": None, "type": "multiplechoice"}),
    ],
)
def test_a_job_for_one_tenant_offers_the_tenants(tenants: Any, expected: dict[str, Any]) -> None:
    question = questions(by_name(made(tenants=tenants)["job_templates"])["decommission"])["cloudvpn_hosts"]
    assert {key: question.get(key) for key in expected} == expected
    assert question["required"] is (question.get("default") is None)
    everybody = questions(by_name(made(tenants=tenants)["job_templates"])["provision"])["cloudvpn_hosts"]
    assert everybody["default"] == "tenants"


def test_a_question_is_required_when_it_has_no_default() -> None:
    # AWX refuses a schedule, and a start through the API, that has no answer to a question that is required.
    optional = {"cloudvpn_connection", "cloudvpn_owner", "cloudvpn_name"}
    for item in [*made()["job_templates"], *made(tenants="north,south")["job_templates"], *made()["workflows"]]:
        for variable, question in questions(item).items():
            if question.get("default", "") == "" and question["required"] is False:
                assert variable in optional
            else:
                assert question["required"] is ("default" not in question), (item["name"], variable)


def test_tenants_of_the_project_are_not_made_and_not_offered() -> None:
    objects = made(tenants_path="inventory")
    assert objects["hosts"] == objects["groups"] == []
    assert questions(by_name(objects["job_templates"])["plan"])["cloudvpn_hosts"]["type"] == "text"
    assert [(item["inventory"], item["source_path"]) for item in objects["inventory_sources"]] == [
        ("Cloud VPN services", "extensions/awx/project/cloudvpn.yml"),
        ("Cloud VPN tenants", "inventory"),
    ]


def test_only_several_tenants_need_a_token_each() -> None:
    assert made(tenants="north")["hosts"][0]["variables"] == {}
    hosts = made(tenants=[{"name": "north", "variables": {"cloudvpn_ies": {"api_timeout": 5}}}, "south"])["hosts"]
    for host in hosts:
        assert "IES_TENANT_TOKENS_PATH" in host["variables"]["cloudvpn_ies"]["auth_token"]
    assert hosts[0]["variables"]["cloudvpn_ies"]["api_timeout"] == 5


def test_jobs_refer_to_what_is_made_or_named() -> None:
    plain = by_name(made()["job_templates"])["scale"]
    assert plain["credentials"] == ["Cloud VPN IES", "Cloud VPN tenant tokens"]
    assert plain["execution_environment"] == "Cloud VPN"
    nothing = by_name(made(frozenset(), leave_out="execution_environment")["job_templates"])["scale"]
    # Not an empty list: that would take a credential away which somebody has added.
    assert not {"credentials", "execution_environment"} & set(nothing)
    there = {"credential": "vault", "execution_environment": "ours"}
    named = by_name(made(frozenset(), names=there, leave_out=list(there))["job_templates"])["scale"]
    assert (named["credentials"], named["execution_environment"]) == (["vault"], "ours")
    assert made(leave_out="execution_environment")["execution_environments"] == []


def test_what_needs_something_left_out_is_left_out_too() -> None:
    objects = made(leave_out="plan,drift")
    assert objects["workflows"] == objects["workflow_nodes"] == objects["workflow_links"] == []
    assert [item["unified_job_template"] for item in objects["schedules"]] == ["Cloud VPN elastic"]


def test_slices_are_for_provision_only() -> None:
    counts = {name: item["job_slice_count"] for name, item in by_name(made(slices="4")["job_templates"]).items()}
    assert counts.pop("provision") == 4
    assert set(counts.values()) == {1}


def test_an_empty_plan_ends_the_workflow_before_the_approval() -> None:
    """Walk the workflow as AWX does: where nothing follows a failure, the workflow has failed."""
    links = {link["identifier"]: link for link in made()["workflow_links"]}
    nodes = {node["identifier"]: node for node in made()["workflow_nodes"]}
    assert nodes["approval"]["approval_node"]["name"] == "Cloud VPN approve the plan"
    approvals = {name for name, node in nodes.items() if "approval_node" in node}

    def walk(failing: set[str]) -> tuple[list[str], bool]:
        ran, green, following = [], True, ["plan"]
        while following:
            name = following.pop(0)
            ran.append(name)
            after = links[name]["failure_nodes" if name in failing else "success_nodes"] + links[name]["always_nodes"]
            green = green and (name not in failing or bool(after))
            following += after
        return ran, green

    assert walk(set()) == (["plan", "plan_is_empty"], True)
    assert walk({"plan_is_empty"}) == (["plan", "plan_is_empty", "approval", "apply"], True)
    # Denied, or not answered in time.
    assert walk({"plan_is_empty", "approval"}) == (["plan", "plan_is_empty", "approval"], False)
    assert walk({"plan"}) == (["plan"], False)
    assert walk({"plan_is_empty", "apply"})[1] is False
    assert approvals == {"approval"}


def test_schedules_have_a_fixed_start_in_a_time_zone() -> None:
    rules = {item["name"]: item["rrule"] for item in made(timezone="Europe/Berlin")["schedules"]}
    assert rules == {
        "Cloud VPN drift every night": "DTSTART;TZID=Europe/Berlin:20260101T020000 RRULE:FREQ=DAILY;INTERVAL=1",
        "Cloud VPN elastic every 15 minutes": "DTSTART;TZID=Europe/Berlin:20260101T000000 RRULE:FREQ=MINUTELY;INTERVAL=15",
    }
    elastic = made(elastic_mode="apply", schedules_enabled="false")["schedules"][1]
    assert elastic["extra_data"] == {"cloudvpn_elastic_mode": "apply"}
    assert elastic["enabled"] is False


@pytest.mark.parametrize(("given", "expected"), [(" ", "provision.yml"), (".", "provision.yml"), ("a/b/", "a/b/provision.yml")])
def test_the_playbooks_are_in_a_folder_of_the_project(given: str, expected: str) -> None:
    assert by_name(made(project_folder=given)["job_templates"])["provision"]["playbook"] == expected


def test_blank_counts_as_not_given() -> None:
    blank: dict[str, Any] = dict.fromkeys(
        ("names", "leave_out", "tenants", "slices", "timezone", "ee_image", "notifications", "prefix"), ""
    )
    assert made(**blank) == made()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"leave_out": "provison"}, "leave_out names provison, which the kit does not have; did you mean provision?"),
        ({"names": {"x1": "y"}}, "names names x1, which the kit does not have; there are organization,"),
        ({"names": {"plan": "one", "apply": "one"}}, "two things that can be run would have the name 'one'"),
        ({"names": {"project": "Cloud VPN plan"}}, "two things that can be run would have the name 'Cloud VPN plan'"),
        ({"slices": "0"}, "slices is 0; it must be at least 1"),
        ({"slices": "some"}, "slices is 'some'; write a whole number"),
        ({"elastic_mode": "aply"}, "elastic_mode is 'aply'; it is one of recommend, apply"),
        ({"ee_pull": "often"}, "ee_pull is 'often'; it is one of always, missing, never"),
        ({"tenants": "[north"}, "tenants is a string that is not JSON; write a list"),
        ({"tenants": []}, "tenants is no list of tenants"),
        ({"tenants": [{}]}, r"tenants\[0\] has no name"),
        (
            {"tenants": [{"name": "n", "vars": {}}]},
            r"tenants\[0\] names vars, which the kit does not have; did you mean variables?",
        ),
        ({"tenants": [{"name": "n", "variables": "x"}]}, r"tenants\[0\].variables is no dictionary"),
        ({"tenants": "north,south,north"}, "tenants names north twice; a tenant is one host"),
        ({"notifications": {"eror": "x"}}, "notifications names eror, which the kit does not have; did you mean error?"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_what_cannot_be_is_said_in_a_line(options: dict[str, Any], expected: str) -> None:
    with pytest.raises(InvalidError, match=expected):
        made(**options)


@pytest.mark.parametrize("place", ["tenants_variables", "tenants"])
def test_a_token_is_kept_out_of_an_inventory(place: str) -> None:
    variables = {"cloudvpn_ies": {"auth_token": "a-secret"}}
    given: Any = variables if place == "tenants_variables" else [{"name": "north", "variables": variables}]
    with pytest.raises(InvalidError, match="tokens belong into a credential") as caught:
        made(**{place: given})
    assert "a-secret" not in caught.value.message
