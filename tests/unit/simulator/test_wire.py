# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths, statuses, headers and bodies of contract 1-5, with default options."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.simulator import samples
from tests.unit.simulator.support import (
    CATALOG,
    SAMPLE,
    SAMPLE_ID,
    SAMPLE_VPN,
    SERVICES,
    START,
    TENANT,
    Api,
    modify_body,
    scaled,
)


def test_a_service_lives(api: Api) -> None:
    created = api.create()
    assert created.status_code == 202
    ids = created.json()["service"]
    path = f"{SERVICES}/{ids['service_id']}"
    assert created.headers["Location"] == f"{path}/operations/{ids['operation_id']}"
    assert created.headers["Content-Type"] == "application/json"
    service = api.get(path).json()["service"]
    assert (service["status"], service["active_status"]) == ("CreateInProgress", "Deactive")
    assert service["parameters"]["Site2DCList"][0]["action"] == "create"
    api.sim.clock.advance(600)
    modified = api.send("PUT", path, scaled("70000", "0S2DC4201705071158"))
    assert (modified.status_code, set(modified.json())) == (202, {"operation_id"})
    api.sim.clock.advance(60)
    item = api.get(path).json()["service"]["parameters"]["Site2DCList"][0]
    assert item["Bandwidth"] == "70000"
    assert "action" not in item
    operations = api.get(f"{path}/operations").json()["operations"]
    assert [(entry["operation"], entry["result"]) for entry in operations] == [
        ("Create", "success"),
        ("Update", "success"),
    ]
    deleted = api.send("DELETE", path)
    assert (deleted.status_code, set(deleted.json())) == (202, {"operation_id"})
    api.sim.clock.advance(30)
    assert (api.get(path).status_code, api.get(path).content) == (404, b"")


def test_details_of_a_sample(api: Api) -> None:
    assert api.get(SAMPLE).json() == {
        "service": {
            "service_id": SAMPLE_ID,
            "service_definition_id": samples.SITE2DC_DEFINITION,
            "template_id": samples.SITE2DC_TEMPLATE,
            "name": "site2dc4_201705071158",
            "description": "",
            "created_at": 1494129480000,
            "active_status": "Deactive",
            "status": "Completed",
            "parameters": {"Site2DCList": [samples.site2dc_item(SAMPLE_VPN)]},
        }
    }


def test_the_list_has_no_parameters_and_ignores_its_query(api: Api) -> None:
    (service,) = api.get(SERVICES, params={"name": "nothing", "activeStatus": "Active"}).json()["services"]
    assert service["service_id"] == SAMPLE_ID
    assert len(service) == 8
    assert "parameters" not in service


def test_an_operation(api: Api) -> None:
    api.sim.state.durations.update({"modify": 60})
    now = int(api.sim.clock.now() * 1000)
    operation_id = api.send("PUT", SAMPLE, scaled()).json()["operation_id"]
    expected = {
        "operation_id": operation_id,
        "operation": "Update",
        "tenant_id": TENANT,
        "service_id": SAMPLE_ID,
        "user_id": "someuser",
        "operation_content": "Update,Site2DCList,progress:inprogress",
        "result": None,
        "reason": None,
        "progress": "inprogress",
        "task_uri": "/decomposer/v1/tasks/1",
        "operate_at": now,
        "finished_at": now,
    }
    other = Api(api.sim, "nbitest_11")
    try:
        assert other.get(f"{SAMPLE}/operations/{operation_id}").json() == {"operation": expected}
        assert other.get(SAMPLE).status_code == 404
    finally:
        other.close()
    assert now >= START * 1000


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{SAMPLE}/operations/unknown", {"operation": None}),
        (f"{SERVICES}/unknown/operations/unknown", {"operation": None}),
        (f"{SERVICES}/unknown/operations", {"operations": []}),
        (f"{SAMPLE}/operations", {"operations": []}),
        (f"{SAMPLE}/resources", {}),
    ],
)
def test_reads_that_are_always_answered(api: Api, path: str, body: Any) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.json()) == (200, body)


def test_delete_of_nothing(api: Api) -> None:
    answer = api.send("DELETE", f"{SERVICES}/unknown")
    assert (answer.status_code, answer.json()) == (200, {"operation_id": None})
    assert answer.headers["Location"] == f"{SERVICES}/unknown/operations/null"


def test_delete_of_a_failed_creation(api: Api) -> None:
    api.sim.state.set_status(SAMPLE_ID, "CreateFailed")
    answer = api.send("DELETE", SAMPLE)
    assert answer.status_code == 200
    operation_id = answer.json()["operation_id"]
    assert answer.headers["Location"] == f"{SAMPLE}/operations/{operation_id}"
    assert api.get(f"{SAMPLE}/operations/{operation_id}").json() == {"operation": None}
    assert api.get(SERVICES).status_code == 404


@pytest.mark.parametrize("body", [None, {}, {"service": {"name": "x"}}])
def test_activation_takes_any_envelope_or_none(api: Api, body: Any) -> None:
    answer = api.send("POST", f"{SAMPLE}/activation", body)
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"{SAMPLE}/operations/{answer.json()['operation_id']}"
    api.sim.clock.advance(20)
    assert api.get(SAMPLE).json()["service"]["active_status"] == "Active"
    assert api.send("POST", f"{SAMPLE}/deactivation", body).status_code == 202


@pytest.mark.parametrize(("method", "path"), [("POST", SERVICES), ("PUT", SAMPLE), ("POST", f"{SAMPLE}/activation")])
def test_broken_json_is_a_bad_param(api: Api, method: str, path: str) -> None:
    answer = api.send(method, path, data="{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["exceptionId"]) == (400, "servicemgr.bad_param")


@pytest.mark.parametrize("identifier", ["a/b", "-x_", "ü ?#", "a%2Fb", "..", "%"])
def test_ids_are_opaque_segments(api: Api, identifier: str) -> None:
    api.sim.state.add_service(
        TENANT, "odd", {}, service_id=identifier, service_definition_id=samples.SITE2DC_DEFINITION, template_id="x"
    )
    escaped = quote(identifier, safe="").replace(".", "%2E")
    request = api.session.prepare_request(requests.Request("GET", api.sim.url))
    request.url = f"{api.sim.url}{SERVICES}/{escaped}"
    answer = api.session.send(request, timeout=10)
    assert answer.json()["service"]["service_id"] == identifier
    assert api.sim.journal.entries[-1].path == f"{SERVICES}/{identifier}"
    assert api.sim.journal.entries[-1].raw_path == f"{SERVICES}/{escaped}"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/servicemanager/v1/services", 404),
        ("GET", "/rest/servicemanager/v1/services/", 404),
        ("GET", "/", 404),
        ("PATCH", SAMPLE, 405),
        ("PUT", SERVICES, 405),
    ],
)
def test_what_is_not_served_is_not_answered_by_ies(api: Api, method: str, path: str, status: int) -> None:
    answer = api.send(method, path)
    assert (answer.status_code, answer.json()["error_code"]) == (status, "APIGW.0101")


@pytest.mark.parametrize(
    ("path", "status"),
    [(f"{CATALOG}/unknown/details", 404), (f"{CATALOG}/{samples.SITE2DC_DEFINITION}/templates/unknown", 404)],
)
def test_unknown_catalogue_entries_have_an_error_body(api: Api, path: str, status: int) -> None:
    answer = api.get(path)
    assert answer.status_code == status
    assert answer.json()["exceptionType"] == "ROA_EXFRAME_EXCEPTION"


def test_a_template_at_its_url(api: Api) -> None:
    template = api.get(f"{CATALOG}/{samples.SITE2DC_DEFINITION}/details").json()["templates"][0]
    body = api.get(template["url"]).json()
    assert body["parameters"]["Site2DCList"]["type"] == "List<ParamGroup>"
    assert "CloudVpnName" in body["parameters"]["Site2DCList"]["map"]


def test_all_items_deleted_reads_null(api: Api) -> None:
    api.send("PUT", SAMPLE, modify_body({"CloudVpnName": SAMPLE_VPN, "action": "delete"}))
    assert api.get(SAMPLE).json()["service"]["parameters"] == {"Site2DCList": None}


@pytest.mark.parametrize(
    ("headers", "status", "header"),
    [
        ({"X-Auth-Token": None}, 401, "X-Auth-Token"),
        ({"X-Auth-Token": "unknown"}, 401, "X-Auth-Token"),
        ({"Authorization": None}, 401, "Authorization"),
        ({"Authorization": "Bearer unknown"}, 401, "Authorization"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", SERVICES), ("DELETE", SAMPLE), ("GET", "/nowhere")])
def test_authentication(api: Api, method: str, path: str, headers: Any, status: int, header: str) -> None:
    answer = api.send(method, path, headers=headers)
    assert (answer.status_code, answer.json()["descArgs"]) == (status, [header])
    assert len(api.sim.state.services(TENANT)) == 1


def test_a_verb_the_roles_lack(api: Api) -> None:
    auth_token, bearer = api.sim.token_store.issue("reader", api.sim.clock.wall(), verbs=["GET"])
    headers = {"X-Auth-Token": auth_token, "Authorization": f"Bearer {bearer}"}
    assert api.get(CATALOG, headers=headers).status_code == 200
    answer = api.send("POST", SERVICES, {}, headers=headers)
    assert (answer.status_code, answer.json()["exceptionId"]) == (403, "servicemgr.permission_denied")


def test_an_expired_token(api: Api) -> None:
    auth_token, _bearer_token = api.sim.token_store.issue("late", api.sim.clock.wall() - 100, validity=99)
    assert api.get(SERVICES, headers={"X-Auth-Token": auth_token}).status_code == 401


def test_the_journal_knows_everything_but_header_values(api: Api) -> None:
    api.get(f"{SERVICES}?name=a%20b&x=")
    api.send("PUT", f"{SERVICES}/a%2Fb", {"service": {}})
    api.get(SERVICES, headers={"X-Auth-Token": None, "Authorization": None})
    api.send("POST", SERVICES, data="not json")
    api.admin("GET", "health")
    first, second, third, fourth = api.sim.journal.entries
    assert [entry.seq for entry in api.sim.journal.entries] == [1, 2, 3, 4]
    assert (first.method, first.query, first.status, first.tenant) == ("GET", {"name": "a b", "x": ""}, 200, TENANT)
    assert (first.has_auth_token, first.has_bearer, first.max_concurrency) == (True, True, 1)
    assert (second.raw_path, second.path) == (f"{SERVICES}/a%2Fb", f"{SERVICES}/a/b")
    assert (second.body, second.status, second.content_type) == ({"service": {}}, 400, "application/json")
    assert (third.has_auth_token, third.has_bearer, third.tenant, third.status) == (False, False, None, 401)
    assert fourth.body == "not json"
    assert "x-auth-token" in first.headers
    recorded = repr(api.sim.journal.as_json())
    assert all(token not in recorded for token in api.sim.tokens(TENANT))
    assert [entry.method for entry in api.sim.journal.writes] == ["PUT", "POST"]
    assert api.sim.journal.calls()[0] == ("GET", SERVICES)
