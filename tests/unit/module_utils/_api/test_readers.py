# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Payloads to our shapes: the contract's samples, their variants, and any JSON at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Submitted
from ansible_collections.cloudopera.ies.plugins.module_utils._api.parameters import find_connections
from ansible_collections.cloudopera.ies.plugins.module_utils._api.readers import (
    read_definition_details,
    read_definitions,
    read_known_operations,
    read_operation,
    read_operations,
    read_service_details,
    read_services,
    read_submitted,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._api.traffic import read_series
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import BadResponseError

from ..support import DEFINITION, JSON_VALUES, SERVICE_ID, TEMPLATE, VPN, sample, sample_item


def renamed(payload: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """Return the payload with one key under another name."""
    return {(new if key == old else key): value for key, value in payload.items()}


class TestServices:
    def test_the_list_of_contract_5_2(self) -> None:
        (service,) = read_services(sample("service_list"))
        assert service.to_result() == {
            "service_id": "8hiqoNgCSZmrlD1MyROJbg",
            "name": "s2s_201705061433",
            "description": "",
            "owner": None,
            "protected": False,
            "service_definition_id": "5b0d0c7e6f2a4e3f9a1b2c3d4e5f6071",
            "template_id": "6c1e1d8f7a3b4f40ab2c3d4e5f607182",
            "status": "Completed",
            "active_status": "Deactive",
            "phase": "ready",
            "created_at": "2017-05-06T06:33:00Z",
            "parameters": {},
            "connections": [],
        }
        assert service.parameters is None

    def test_the_details_of_contract_5_3(self) -> None:
        service = read_service_details(sample("service_details"))
        assert service is not None
        item = sample_item()
        assert service.to_result() == {
            "service_id": SERVICE_ID,
            "name": "site2dc4_201705071158",
            "description": "",
            "owner": None,
            "protected": False,
            "service_definition_id": DEFINITION,
            "template_id": TEMPLATE,
            "status": "Completed",
            "active_status": "Deactive",
            "phase": "ready",
            "created_at": "2017-05-07T03:58:00Z",
            "parameters": {"Site2DCList": [item]},
            "connections": [{"cloud_vpn_name": VPN, "bandwidth": 60000, "list": "Site2DCList", "parameters": item}],
        }

    @pytest.mark.parametrize("key", ["name", "service_name", "serviceName", "ServiceName"])
    def test_the_name_has_two_names(self, key: str) -> None:
        payload = renamed(sample("service_details")["service"], "name", key)
        service = read_service_details({"service": payload})
        assert service is not None
        assert service.name == "site2dc4_201705071158"

    def test_a_null_name_does_not_hide_the_other(self) -> None:
        (service,) = read_services([{"service_id": "a", "name": None, "service_name": "x"}])
        assert service.name == "x"

    @pytest.mark.parametrize(
        ("old", "new", "field"),
        [
            ("service_id", "serviceId", "service_id"),
            ("service_id", "id", "service_id"),
            ("service_definition_id", "serviceDefinitionId", "service_definition_id"),
            ("service_definition_id", "servicedefId", "service_definition_id"),
            ("template_id", "templateId", "template_id"),
            ("active_status", "activeStatus", "active_status"),
            ("created_at", "createdAt", "created_at"),
        ],
    )
    def test_key_spellings(self, old: str, new: str, field: str) -> None:
        plain = sample("service_details")["service"]
        expected, found = read_service_details({"service": plain}), read_service_details({"service": renamed(plain, old, new)})
        assert expected is not None
        assert getattr(found, field) == getattr(expected, field)
        assert getattr(found, field) is not None

    @pytest.mark.parametrize(
        "wrap",
        [
            pytest.param(lambda service: {"service": service}, id="service"),
            pytest.param(lambda service: service, id="bare"),
            pytest.param(lambda service: {"data": service}, id="data"),
            pytest.param(lambda service: {"result": {"service": service}, "code": 0}, id="result-service"),
        ],
    )
    def test_wrappings_of_the_details(self, wrap: Callable[[Any], Any]) -> None:
        service = read_service_details(wrap(sample("service_details")["service"]))
        assert service is not None
        assert service.service_id == SERVICE_ID
        assert [connection.cloud_vpn_name for connection in service.connections] == [VPN]

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(None, id="null"),
            pytest.param({"service": None}, id="service-null"),
            pytest.param({"service": None, "code": "0"}, id="service-null-and-more"),
        ],
    )
    def test_nothing_found(self, body: Any) -> None:
        assert read_service_details(body) is None

    @pytest.mark.parametrize("body", [None, [], {"services": []}, {"services": None}, {"data": {"services": []}}], ids=str)
    def test_an_empty_tenant(self, body: Any) -> None:
        assert read_services(body) == []

    @pytest.mark.parametrize("entry", [{}, {"name": "x"}, {"service_id": None}, {"service_id": ""}], ids=str)
    def test_a_service_without_an_id_is_no_service(self, entry: dict[str, Any]) -> None:
        with pytest.raises(BadResponseError, match="no service_id .*api_url"):
            read_services([entry])

    @pytest.mark.parametrize("created_at", ["", None, "soon", [], True, 1e300], ids=str)
    def test_an_unknown_time_is_null(self, created_at: Any) -> None:
        (service,) = read_services([{"service_id": "a", "created_at": created_at}])
        assert service.to_result()["created_at"] is None

    @pytest.mark.parametrize("parameters", [None, [], "x", 5], ids=str)
    def test_details_without_parameters_have_empty_ones(self, parameters: Any) -> None:
        service = read_service_details({"service": {"service_id": "a", "parameters": parameters}})
        assert service is not None
        assert service.parameters == {}

    def test_other_lengths_of_ids_are_kept_as_they_are(self) -> None:
        (service,) = read_services([{"service_id": "-Ab_" * 20}])
        assert service.service_id == "-Ab_" * 20

    def test_a_label_has_name_and_id(self) -> None:
        (service,) = read_services([{"service_id": "a", "name": "x"}])
        assert service.label() == "service 'x' (a)"


class TestDefinitions:
    def test_the_list_of_contract_4_1(self) -> None:
        (definition,) = read_definitions(sample("definition_list"))
        assert definition.to_result() == {
            "service_definition_id": DEFINITION,
            "name": "Site2DC",
            "description": "Site to data centre CloudVPN",
            "service_type": "CloudVPN",
            "domain": "CloudVPN",
            "status": "active",
            "version": "1.0",
            "templates": [],
        }

    def test_the_details_of_contract_4_2(self) -> None:
        definition = read_definition_details(sample("definition_details"))
        assert definition is not None
        url = f"/rest/catalog/v1/servicedefs/{DEFINITION}/templates/{TEMPLATE}"
        assert definition.to_result()["templates"] == [{"template_id": TEMPLATE, "name": "Site2DC_template", "url": url}]

    @pytest.mark.parametrize(
        "body",
        [
            *({key: [{"id": "d"}]} for key in ("data", "servicedefs", "serviceDefs", "services", "serviceDefinitions")),
            {"result": {"servicedefs": [{"id": "d"}]}},
            {"data": {"serviceDefs": [{"id": "d"}]}},
            {"data": None, "servicedefs": [{"id": "d"}]},
            [{"id": "d"}],
        ],
        ids=str,
    )
    def test_list_shapes(self, body: Any) -> None:
        assert [definition.service_definition_id for definition in read_definitions(body)] == ["d"]

    @pytest.mark.parametrize("key", ["servicedefId", "serviceDefId", "service_definition_id", "id", "service_def_id"])
    def test_id_spellings(self, key: str) -> None:
        (definition,) = read_definitions([renamed(sample("definition_list")["data"][0], "servicedefId", key)])
        assert definition.service_definition_id == DEFINITION

    @pytest.mark.parametrize("body", [None, [], {"data": []}, {"data": None}], ids=str)
    def test_an_empty_catalogue(self, body: Any) -> None:
        assert read_definitions(body) == []

    @pytest.mark.parametrize("wrapper", ["data", "result", "servicedef", "serviceDefinition"])
    def test_wrapped_details(self, wrapper: str) -> None:
        definition = read_definition_details({wrapper: sample("definition_details")})
        assert definition is not None
        assert [template.template_id for template in definition.templates] == [TEMPLATE]

    @pytest.mark.parametrize(
        ("more", "expected"),
        [
            pytest.param({"templates": [{"template_id": "t"}]}, ["t"], id="template_id"),
            pytest.param({"templates": [{"templateId": "t"}]}, ["t"], id="templateId"),
            pytest.param({"templates": [{"id": "t"}]}, ["t"], id="id"),
            pytest.param({"templates": [{"id": "x", "template_id": "t"}]}, ["t"], id="template_id-before-id"),
            pytest.param({"templateList": [{"id": "a"}, {"id": "b"}]}, ["a", "b"], id="templateList"),
            pytest.param({"templates": None, "templateList": [{"id": "a"}]}, ["a"], id="templateList-beside-null"),
            pytest.param({"template_id": "t"}, ["t"], id="single"),
            pytest.param({"templateId": "t", "templates": None}, ["t"], id="single-beside-null"),
            pytest.param({"templates": [{"name": "no id"}]}, [], id="no-id"),
            pytest.param({"templates": []}, [], id="empty"),
            pytest.param({}, [], id="none"),
        ],
    )
    def test_template_shapes(self, more: dict[str, Any], expected: list[str]) -> None:
        definition = read_definition_details({"servicedefId": "d", **more})
        assert definition is not None
        assert [template.template_id for template in definition.templates] == expected

    def test_templates_have_to_be_objects(self) -> None:
        with pytest.raises(BadResponseError):
            read_definition_details({"servicedefId": "d", "templates": ["t"]})

    def test_no_definition(self) -> None:
        assert read_definition_details(None) is None
        assert read_definition_details({"data": None}) is None

    def test_a_definition_without_an_id_is_none(self) -> None:
        with pytest.raises(BadResponseError, match="has no id"):
            read_definitions([{"name": "x"}])


class TestOperations:
    def test_the_sample_of_contract_5_6(self) -> None:
        operation = read_operation(sample("operation"))
        assert operation is not None
        assert (operation.operation_id, operation.operation, operation.progress) == (
            "W0x8h0IBQq6GJKmys5i74Q",
            "Update",
            "inprogress",
        )
        assert (operation.result, operation.reason, operation.operate_at) == ("", None, 1494300000.0)

    @pytest.mark.parametrize(
        ("body", "progress", "result"),
        [
            pytest.param(
                {"operation": {"operationId": "o", "progress": 100, "result": "finished"}}, "100", "finished", id="gso"
            ),
            pytest.param({"operation": {"progress": "100", "result": "error"}}, "100", "error", id="gso-text"),
            pytest.param({"operation": {"progress": 50, "result": "processing"}}, "50", "processing", id="gso-running"),
            pytest.param({"operation": {"progress": "Done", "result": "SUCCESS"}}, "done", "success", id="case"),
            pytest.param(
                {"operation_id": "o", "operation": "create", "progress": "done", "result": "failed"},
                "done",
                "failed",
                id="bare",
            ),
            pytest.param({"data": {"operation": {"progress": "done", "result": None}}}, "done", "", id="under-data"),
        ],
    )
    def test_variants(self, body: Any, progress: str, result: str) -> None:
        operation = read_operation(body)
        assert operation is not None
        assert (operation.progress, operation.result) == (progress, result)

    @pytest.mark.parametrize(
        "body", [None, {"operation": None}, {}, {"operation": {}}, {"operation": None, "code": 0}], ids=str
    )
    def test_unknown(self, body: Any) -> None:
        assert read_operation(body) is None

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            pytest.param(
                {"operations": [{"operation_id": "a", "reason": "r"}, {"operationId": "b", "reason": ""}]},
                ["r", None],
                id="list",
            ),
            pytest.param({"operations": None}, [], id="storage-trouble"),
            pytest.param({"operations": []}, [], id="unknown-service"),
            pytest.param(None, [], id="null"),
            pytest.param([{"operation_id": "a", "operation": "Update", "reason": "r"}, {}], ["r"], id="bare-with-an-empty-one"),
        ],
    )
    def test_lists(self, body: Any, expected: list[str | None]) -> None:
        assert [operation.reason for operation in read_operations(body)] == expected

    def test_the_newest_comes_first(self) -> None:
        body = {"operations": [{"operation_id": str(at), "operate_at": at * 10**12} for at in (1, 3, 2)]}
        found = read_known_operations(body)
        assert found is not None
        assert [one.operation_id for one in found] == ["3", "2", "1"]


LOCATION = "/rest/servicemanager/v1/services/S/operations/O"


class TestSubmitted:
    def test_the_create_answer_of_contract_5_1(self) -> None:
        assert read_submitted(sample("create_answer"), None) == Submitted("4YFCYXi6TPu8gG1CQ7VocA", "31af59f1dc72437cb1c8f7")

    def test_the_delete_answer_of_contract_5_5(self) -> None:
        assert read_submitted(sample("delete_answer"), None) == Submitted(None, "W0x8h0IBQq6GJKmys5i74Q")

    @pytest.mark.parametrize(
        ("body", "location", "expected"),
        [
            pytest.param({"service": {"serviceId": "s", "operationId": "o"}}, None, ("s", "o"), id="camel"),
            pytest.param({"service_id": "s", "operation_id": "o"}, None, ("s", "o"), id="flat"),
            pytest.param({"data": {"service_id": "s", "operation_id": "o"}}, None, ("s", "o"), id="data"),
            pytest.param(
                {"result": {"service": {"service_id": "s", "operation_id": "o"}}}, None, ("s", "o"), id="result-service"
            ),
            pytest.param({"service": {"service_id": "s"}, "operation_id": "o"}, None, ("s", "o"), id="ids-apart"),
            pytest.param({"service": {"service_id": "s", "operation_id": "o"}}, LOCATION, ("s", "o"), id="body-wins"),
            pytest.param(None, LOCATION, ("S", "O"), id="location-alone"),
            pytest.param({}, LOCATION, ("S", "O"), id="empty-body"),
            pytest.param({"service": {}}, LOCATION, ("S", "O"), id="empty-service"),
            pytest.param("accepted", LOCATION, ("S", "O"), id="text-body"),
            pytest.param([], LOCATION, ("S", "O"), id="list-body"),
            pytest.param({"service": {"service_id": "s"}}, LOCATION, ("s", "O"), id="operation-from-location"),
            pytest.param({"operation_id": "o"}, LOCATION, ("S", "o"), id="service-from-location"),
            pytest.param({"service": {"operation_id": "o"}}, LOCATION, ("S", "o"), id="nested-service-from-location"),
            pytest.param(None, "https://other:1" + LOCATION, ("S", "O"), id="absolute-other-host"),
            pytest.param(None, LOCATION + "?x=1", ("S", "O"), id="query"),
            pytest.param(None, LOCATION + "/", ("S", "O"), id="slash"),
            pytest.param(None, "/rest/servicemanager/v1/services/S", (None, None), id="another-path"),
            pytest.param(None, "/rest/servicemanager/v1/services/S/operations/null", ("S", None), id="null-operation"),
            pytest.param({"operation_id": None}, "/x/services/S/operations/null", ("S", None), id="nothing-deleted"),
            pytest.param({"operation_id": ""}, None, (None, None), id="empty-operation"),
            pytest.param(None, None, (None, None), id="nothing"),
            pytest.param(None, "", (None, None), id="empty-location"),
        ],
    )
    def test_ids_come_from_the_body_and_from_the_location_what_it_lacks(
        self, body: Any, location: str | None, expected: tuple[str | None, str | None]
    ) -> None:
        assert read_submitted(body, location) == Submitted(*expected)


READERS: dict[str, Callable[[Any], Any]] = {
    "services": read_services,
    "service": read_service_details,
    "definitions": read_definitions,
    "definition": read_definition_details,
    "operation": read_operation,
    "operations": read_operations,
    "series": lambda body: read_series(body, "traffic-rate", "max"),
    "submitted": lambda body: read_submitted(body, None),
    "connections": lambda body: find_connections(body if isinstance(body, dict) else {"L": body}),
}


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=60)
@given(body=JSON_VALUES)
def test_any_json_is_read_or_refused(reader: str, body: Any) -> None:
    try:
        found = READERS[reader](body)
    except BadResponseError as error:
        found = error.as_dict()
    entries = found if isinstance(found, list) else [found]
    assert json.dumps([entry.to_result() if hasattr(entry, "to_result") else str(entry) for entry in entries])


@settings(max_examples=60)
@given(location=st.text(max_size=60))
def test_any_location_is_read(location: str) -> None:
    for found in read_submitted(None, location):
        assert found is None or (found and found in location)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("shape", ["objects", "lists"])
def test_very_deep_answers_are_no_crash(reader: str, shape: str) -> None:
    body: Any = {}
    for _number in range(5000):
        body = {"data": body} if shape == "objects" else [body]
    refused = False
    try:
        READERS[reader](body)
    except BadResponseError:
        refused = True
    assert refused or reader in {"operation", "submitted", "series", "connections"}
