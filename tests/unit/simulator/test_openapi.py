# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import openapi
from tests.simulator.__main__ import main
from tests.simulator.app import build_app
from tests.simulator.simulation import Simulation
from tests.unit.simulator.support import (
    CATALOG,
    SAMPLE,
    SAMPLE_ID,
    SAMPLE_VPN,
    SERVICES,
    TRAFFIC,
    Api,
    create_body,
    modify_body,
    scaled,
)

DOCUMENT = openapi.document(build_app(Simulation()))
PUBLISHED = Path(__file__).resolve().parents[3] / "docs" / "openapi.json"
DEFINITION = f"{CATALOG}/8c34e27ed6644bbfbce93a41a05cb7ab"
KINDS: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "array": list,
    "null": type(None),
    "boolean": bool,
}


def test_the_published_document_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--openapi"]) == 0
    assert PUBLISHED.read_text(encoding="utf-8") == capsys.readouterr().out


def test_only_the_wire_api_is_described_and_every_call_wants_both_headers() -> None:
    assert all(path.startswith("/rest/") for path in DOCUMENT["paths"])
    calls = [call for path in DOCUMENT["paths"].values() for call in path.values()]
    assert len(calls) == 15
    assert all(call["security"] == [{"AuthToken": [], "Bearer": []}] for call in calls)


def test_path_parameters_are_declared() -> None:
    for path, calls in DOCUMENT["paths"].items():
        for call in calls.values():
            declared = [item["name"] for item in call.get("parameters", []) if item["in"] == "path"]
            assert declared == re.findall(r"\{(\w+)\}", path)


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Validate the part of JSON Schema the document uses."""
    if "$ref" in schema:
        return fits(value, DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    if "anyOf" in schema:
        return any(fits(value, option) for option in schema["anyOf"])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, KINDS[kind]) for kind in kinds) or ("enum" in schema and value not in schema["enum"]):
        return False
    if isinstance(value, str):
        fitting = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
        return fitting and re.search(schema.get("pattern", ""), value) is not None
    if isinstance(value, (int, float)):
        return schema.get("minimum", value) <= value <= schema.get("maximum", value) and value > schema.get(
            "exclusiveMinimum", -math.inf
        )
    if isinstance(value, list):
        return all(fits(item, schema["items"]) for item in value)
    if isinstance(value, dict):
        known = schema.get("properties", {})
        extra = schema.get("additionalProperties", True)
        return set(schema.get("required", [])) <= set(value) and all(
            fits(item, known[key]) if key in known else extra is True or (extra is not False and fits(item, extra))
            for key, item in value.items()
        )
    return True


EMPTIED = modify_body({"CloudVpnName": SAMPLE_VPN, "action": "delete"}, description=None)
WINDOW = "?starttime=1493596800&endtime=1493600000"
CALLS = [
    ("GET", CATALOG, "", None, 200),
    ("GET", CATALOG + "/{servicedef_id}/details", DEFINITION + "/details", None, 200),
    ("GET", CATALOG + "/{servicedef_id}/detail", DEFINITION + "/detail", None, 200),
    ("GET", CATALOG + "/{servicedef_id}/detail", CATALOG + "/unknown/detail", None, 404),
    (
        "GET",
        CATALOG + "/{servicedef_id}/templates/{template_id}",
        DEFINITION + "/templates/e77fc5e21e1e42c9933ec9574c33a5d8",
        None,
        200,
    ),
    ("GET", SERVICES, "", None, 200),
    ("POST", SERVICES, "", create_body(description=None), 202),
    ("POST", SERVICES, "", create_body(name="n" * 256), 400),
    ("GET", SERVICES + "/{service_id}", SAMPLE, None, 200),
    ("GET", SERVICES + "/{service_id}", SERVICES + "/unknown", None, 404),
    ("PUT", SERVICES + "/{service_id}", SAMPLE, scaled(), 202),
    ("PUT", SERVICES + "/{service_id}", SAMPLE, EMPTIED, 202),
    ("PUT", SERVICES + "/{service_id}", SERVICES + "/unknown", scaled(), 400),
    ("DELETE", SERVICES + "/{service_id}", SAMPLE, None, 202),
    ("DELETE", SERVICES + "/{service_id}", SERVICES + "/unknown", None, 200),
    ("POST", SERVICES + "/{service_id}/activation", SAMPLE + "/activation", {}, 202),
    ("POST", SERVICES + "/{service_id}/deactivation", SAMPLE + "/deactivation", {}, 500),
    ("GET", SERVICES + "/{service_id}/resources", SAMPLE + "/resources", None, 200),
    ("GET", SERVICES + "/{service_id}/operations", SAMPLE + "/operations", None, 200),
    ("GET", SERVICES + "/{service_id}/operations/{operation_id}", SAMPLE + "/operations/x", None, 200),
    ("GET", TRAFFIC + "/{cloud_vpn_name}/{metric}", f"{TRAFFIC}/{SAMPLE_VPN}/rate{WINDOW}", None, 200),
    ("GET", TRAFFIC + "/{cloud_vpn_name}/{metric}", f"{TRAFFIC}/{SAMPLE_VPN}/rate", None, 400),
]


@pytest.mark.parametrize(("method", "template", "path", "body", "status"), CALLS)
def test_requests_and_answers_are_as_described(api: Api, method: str, template: str, path: str, body: Any, status: int) -> None:
    described = DOCUMENT["paths"][template][method.lower()]
    answer = api.send(method, path or template, body)
    assert answer.status_code == status
    response = described["responses"][str(status)]
    if answer.content:
        assert fits(answer.json(), response["content"]["application/json"]["schema"])
    assert ("Location" in answer.headers) == ("Location" in response.get("headers", {}))
    if body is not None and status == 202:
        assert fits(body, described["requestBody"]["content"]["application/json"]["schema"])


def test_running_and_ended_operations_and_emptied_lists_are_as_described(api: Api) -> None:
    operation = DOCUMENT["components"]["schemas"]["OperationList"]
    api.sim.faults.add("fail_async")
    api.send("PUT", SAMPLE, EMPTIED)
    running = api.get(f"{SAMPLE}/operations").json()
    api.sim.clock.advance(60)
    ended = api.get(f"{SAMPLE}/operations").json()
    assert [body["operations"][0]["result"] for body in (running, ended)] == [None, "failed"]
    assert fits(running, operation)
    assert fits(ended, operation)
    service = api.get(SAMPLE).json()
    assert fits(service, DOCUMENT["components"]["schemas"]["ServiceEnvelope"])
    assert api.sim.state.operations(SAMPLE_ID)[0].reason == "serviceDecomposer update failed"


@pytest.mark.parametrize("change", [{"status": "Sleeping"}, {"created_at": "today"}, {"parameters": None}])
def test_the_validator_of_this_file_can_refuse(api: Api, change: Any) -> None:
    service = api.get(SAMPLE).json()["service"]
    schema = DOCUMENT["components"]["schemas"]["Service"]
    assert fits(service, schema)
    assert not fits({**service, **change}, schema)
    assert not fits({key: value for key, value in service.items() if key not in change}, schema)
