# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each switch of contract 11 does on the wire what it says."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.simulator.options import Options
from tests.unit.simulator.support import CATALOG, SAMPLE, SAMPLE_ID, SERVICES, Api, scaled

DETAILS = f"{CATALOG}/8c34e27ed6644bbfbce93a41a05cb7ab/details"
DETAIL = DETAILS[:-1]
DEFINITION_ID = "8c34e27ed6644bbfbce93a41a05cb7ab"
TEMPLATE_ID = "e77fc5e21e1e42c9933ec9574c33a5d8"


@pytest.mark.parametrize(
    ("spelling", "typed", "body", "content_type"),
    [
        ("empty", True, b"", "application/json"),
        ("empty", False, b"", None),
        ("null", True, b"null", "application/json"),
        ("null", False, b"null", None),
    ],
)
@pytest.mark.parametrize(
    "path", [f"{SERVICES}/unknown", "/rest/cloudvpnwatch/v1/traffic/connections/x/y?starttime=1&endtime=2"]
)
def test_null_bodies(api: Api, path: str, spelling: str, typed: bool, body: bytes, content_type: str | None) -> None:
    api.sim.options.update({"null_body": spelling, "null_body_content_type": typed})
    answer = api.get(path)
    assert (answer.status_code, answer.content) == (404, body)
    assert answer.headers.get("Content-Type") == content_type


@pytest.mark.parametrize(
    ("switch", "status", "body"),
    [("404", 404, b""), ("200-list", 200, b'{"services": []}'), ("200-null", 200, b'{"services": null}')],
)
def test_empty_list(api: Api, switch: str, status: int, body: bytes) -> None:
    api.sim.state.clear_services()
    api.sim.options.update({"empty_list": switch})
    answer = api.get(SERVICES)
    assert (answer.status_code, answer.content) == (status, body)


@pytest.mark.parametrize(("switch", "status", "body"), [("404", 404, b""), ("200-null", 200, b'{"service": null}')])
def test_service_not_found(api: Api, switch: str, status: int, body: bytes) -> None:
    api.sim.options.update({"service_not_found": switch})
    answer = api.get(f"{SERVICES}/unknown")
    assert (answer.status_code, answer.content) == (status, body)


def dig(body: Any, *path: str | int) -> Any:
    for step in path:
        body = body[step]
    return body


READS = [
    (CATALOG, {}, ("data", 0, "servicedefId"), DEFINITION_ID),
    (CATALOG, {"definition_list_shape": "bare"}, (0, "servicedefId"), DEFINITION_ID),
    (CATALOG, {"definition_list_shape": "serviceDefs"}, ("serviceDefs", 0, "servicedefId"), DEFINITION_ID),
    (CATALOG, {"definition_list_shape": "nested"}, ("result", "servicedefs", 0, "name"), "Site2DC"),
    (CATALOG, {"definition_id_key": "serviceDefId"}, ("data", 0, "serviceDefId"), DEFINITION_ID),
    (DETAILS, {}, ("templates", 0, "template_id"), TEMPLATE_ID),
    (DETAILS, {}, ("templates", 0, "id"), TEMPLATE_ID),
    (DETAILS, {}, ("categories",), None),
    (DETAIL, {}, ("servicedefId",), DEFINITION_ID),
    (DETAIL, {"details_path": "detail"}, ("servicedefId",), DEFINITION_ID),
    (DETAILS, {"templates_shape": "templateList"}, ("templateList", 0, "id"), TEMPLATE_ID),
    (DETAILS, {"templates_shape": "single"}, ("template_id",), TEMPLATE_ID),
    (DETAILS, {"template_id_key": "templateId"}, ("templates", 0, "templateId"), TEMPLATE_ID),
    (DETAILS, {"definition_shape": "result"}, ("result", "servicedefId"), DEFINITION_ID),
    (SERVICES, {}, ("services", 0, "service_id"), SAMPLE_ID),
    (SERVICES, {"service_list_shape": "bare"}, (0, "service_id"), SAMPLE_ID),
    (SERVICES, {"service_list_shape": "nested"}, ("result", "services", 0, "service_id"), SAMPLE_ID),
    (SERVICES, {"key_style": "camel"}, ("services", 0, "serviceId"), SAMPLE_ID),
    (SERVICES, {"service_name_key": "service_name"}, ("services", 0, "service_name"), "site2dc4_201705071158"),
    (SERVICES, {"time_style": "ms-string"}, ("services", 0, "created_at"), "1494129480000"),
    (SERVICES, {"time_style": "seconds"}, ("services", 0, "created_at"), 1494129480),
    (SERVICES, {"time_style": "empty"}, ("services", 0, "created_at"), ""),
    (SERVICES, {"time_style": "null"}, ("services", 0, "created_at"), None),
    (SAMPLE, {}, ("service", "parameters", "Site2DCList", 0, "Bandwidth"), "60000"),
    (SAMPLE, {"bandwidth_type": "number"}, ("service", "parameters", "Site2DCList", 0, "Bandwidth"), 60000),
    (SAMPLE, {"service_shape": "bare"}, ("service_id",), SAMPLE_ID),
    (SAMPLE, {"service_shape": "data"}, ("data", "service_id"), SAMPLE_ID),
    (SAMPLE, {"parameters_style": "json-strings"}, ("service", "parameters", "Site2DCList", 0), "["),
]


@pytest.mark.parametrize(("path", "switches", "where", "expected"), READS)
def test_shapes_of_reads(api: Api, path: str, switches: Any, where: Any, expected: Any) -> None:
    api.sim.options.update(switches)
    answer = api.get(path)
    assert answer.status_code == 200
    assert dig(answer.json(), *where) == expected


@pytest.mark.parametrize(
    ("path", "served", "status"), [(DETAILS, "detail", 404), (DETAIL, "details", 404), (DETAILS, "detail", 405)]
)
def test_one_details_path_only(api: Api, path: str, served: str, status: int) -> None:
    api.sim.options.update({"details_path": served, "details_missing_status": status})
    assert api.get(path).status_code == status


@pytest.mark.parametrize(("switch", "status"), [("list", 200), ("404", 404)])
def test_no_definitions(api: Api, switch: str, status: int) -> None:
    api.sim.state.load([], [])
    api.sim.options.update({"empty_definitions": switch})
    answer = api.get(CATALOG)
    assert answer.status_code == status
    assert answer.content == (b'{"data": []}' if status == 200 else b"")


@pytest.mark.parametrize(
    ("shape", "content_type", "part"),
    [
        ("standard", "application/json", b'"exceptionId": "servicemgr.service.not_exist"'),
        ("raw", "application/json", b'"id": "servicemgr.service.not_exist"'),
        ("error_code", "application/json", b'"error_code": "servicemgr.service.not_exist"'),
        ("error_object", "application/json", b'"error": {"code": "servicemgr.service.not_exist"'),
        ("error_string", "application/json", b'{"error": "servicemgr.service.not_exist"}'),
        ("message", "application/json", b'{"message": "request refused'),
        ("json_string", "application/json", b'"request refused'),
        ("text", "text/plain; charset=utf-8", b"request refused"),
        ("html", "text/html; charset=utf-8", b"<html>"),
    ],
)
def test_error_shapes(api: Api, shape: str, content_type: str, part: bytes) -> None:
    api.sim.options.update({"error_shape": shape})
    answer = api.send("PUT", f"{SERVICES}/unknown", scaled())
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, content_type)
    assert part in answer.content
    api.sim.options.update({"auth_error_shape": shape})
    refused = api.get(SERVICES, headers={"X-Auth-Token": "unknown"})
    assert (refused.status_code, refused.headers["Content-Type"]) == (401, content_type)


def test_empty_errors_and_the_full_standard_body(api: Api) -> None:
    assert api.send("PUT", f"{SERVICES}/unknown", scaled()).json() == {
        "exceptionId": "servicemgr.service.not_exist",
        "exceptionType": "ROA_EXFRAME_EXCEPTION",
        "descArgs": ["unknown"],
        "reasonArgs": None,
        "detailArgs": None,
        "adviceArgs": None,
    }
    api.sim.options.update({"error_shape": "empty"})
    assert api.send("PUT", f"{SERVICES}/unknown", scaled()).content == b""


@pytest.mark.parametrize("status", [500, 409])
def test_status_of_business_refusals(api: Api, status: int) -> None:
    api.sim.options.update({"refusal_status": status})
    api.sim.state.set_status(SAMPLE_ID, active_status="Active")
    answer = api.send("DELETE", SAMPLE)
    assert (answer.status_code, answer.json()["exceptionId"]) == (status, "servicemgr.service.status_active")
    assert api.send("PUT", f"{SERVICES}/unknown", scaled()).status_code == 400


@pytest.mark.parametrize(
    ("switch", "pattern"),
    [
        ("relative", "{path}"),
        ("absolute", "{url}{path}"),
        ("other-host", "https://gateway.invalid:17100{path}"),
        ("absent", None),
    ],
)
def test_location(api: Api, switch: str, pattern: str | None) -> None:
    api.sim.options.update({"location": switch})
    answer = api.send("PUT", SAMPLE, scaled())
    path = f"{SAMPLE}/operations/{answer.json()['operation_id']}"
    expected = None if pattern is None else pattern.format(path=path, url=api.sim.url)
    assert answer.headers.get("Location") == expected


@pytest.mark.parametrize("status", [200, 201, 202])
def test_success_status(api: Api, status: int) -> None:
    api.sim.options.update({"success_status": status})
    assert api.create().status_code == status


def test_ids_can_be_missing_from_bodies(api: Api) -> None:
    api.sim.options.update({"ids_in_body": False})
    assert api.create().json() == {"service": {}}
    answer = api.send("PUT", SAMPLE, scaled())
    assert answer.json() == {}
    assert answer.headers["Location"].startswith(f"{SAMPLE}/operations/")


@pytest.mark.parametrize(
    ("switch", "status", "single", "several"),
    [
        ("purged", 200, {"operation": None}, {"operations": []}),
        ("storage-trouble", 200, {"operation": None}, {"operations": None}),
        *[(str(status), status, None, None) for status in (403, 404, 405)],
    ],
)
def test_operations_that_cannot_be_read(api: Api, switch: str, status: int, single: Any, several: Any) -> None:
    operation_id = api.send("PUT", SAMPLE, scaled()).json()["operation_id"]
    api.sim.options.update({"operations": switch})
    for path, body in ((f"/operations/{operation_id}", single), ("/operations", several)):
        answer = api.get(SAMPLE + path)
        assert answer.status_code == status
        if body is not None:
            assert answer.json() == body


def test_operations_in_the_descendants_style(api: Api) -> None:
    api.sim.options.update({"operation_style": "gso", "operation_content_style": "text"})
    operation_id = api.send("PUT", SAMPLE, scaled()).json()["operation_id"]
    path = f"{SAMPLE}/operations/{operation_id}"
    running = api.get(path).json()["operation"]
    assert running["operationId"] == operation_id
    assert (running["operation"], running["progress"], running["result"]) == ("update", 50, "processing")
    assert running["operationContent"] == "Update is inprogress"
    api.sim.clock.advance(60)
    ended = api.get(path).json()["operation"]
    assert (ended["progress"], ended["result"]) == (100, "finished")


@pytest.mark.parametrize("changes", [{"null_body": "zero"}, {"surprise": 1}, {"null_body": "null", "latency": -1}])
def test_options_are_checked_and_changed_together(changes: Any) -> None:
    options = Options()
    with pytest.raises(ValidationError):
        options.update(changes)
    assert options == Options()
