# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Error bodies and error ids (contract 3.2 and 3.3)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._api.refusals import ErrorBody, classify, read_error_body
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import IesError

from ..support import JSON_VALUES, sample

IN_PROGRESS = "servicemgr.service.status_inprogress"

# The table of contract 3.3: id, class, and whether the server refused (rather than broke down).
IDS = [
    ("servicemgr.bad_param", "invalid", True),
    ("servicemgr.attrCheckMsg.StrOutOfRange", "invalid", True),
    ("brs.attrCheckMsg.SimpleEnumOutOfRange", "invalid", True),
    ("anything.NotNullable", "invalid", True),
    ("x.RegexNotMatch", "invalid", True),
    ("servicemgr.service.not_exist", "not_found", True),
    ("servicemgr.template.not_exist", "invalid", True),
    ("servicemgr.service.template.parse_error", "invalid", True),
    ("servicemgr.service.parameter.validate_error", "invalid", True),
    ("servicemgr.service.service_package_status_inactive", "invalid", True),
    ("servicemgr.service.service_package_status_delete_depending", "invalid", True),
    ("servicemgr.servicePackage.not_activation", "invalid", True),
    ("servicemgr.service.create_failed", "conflict", True),
    (IN_PROGRESS, "conflict", True),
    ("servicemgr.service.status_active", "conflict", True),
    ("servicemgr.service.status_deactive", "conflict", True),
    ("servicemgr.permission_denied", "forbidden", True),
    ("servicemgr.db.oper_db_error", "server", False),
    ("servicemgr.mysql.oper_mysql_db_error", "server", False),
    ("servicemgr.redis.oper_redis_db_error", "server", False),
    ("framwork.remote.SystemError", "server", False),
]


def told(exception_id: str | None = None, text: str | None = None) -> ErrorBody:
    """Return what an error body told."""
    return ErrorBody(exception_id, text, None, None)


@pytest.mark.parametrize("status", [400, 404, 409, 500, 503])
@pytest.mark.parametrize(("exception_id", "kind", "refused"), IDS)
def test_the_id_decides_whatever_the_status(exception_id: str, kind: str, refused: bool, status: int) -> None:
    error_class, text, known = classify(status, told(exception_id))
    assert (error_class.kind, known) == (kind, refused)
    # There is no text for people in the response, so it has to be here.
    assert len(text) > 20


@pytest.mark.parametrize("exception_id", [entry[0] for entry in IDS])
def test_401_is_auth_whatever_the_id(exception_id: str) -> None:
    error_class, _text, known = classify(401, told(exception_id))
    assert (error_class.kind, known) == ("auth", True)


def test_429_is_no_breakdown() -> None:
    assert [classify(status, told("framwork.remote.SystemError"))[0].kind for status in (429, 500)] == [
        "rate_limited",
        "server",
    ]
    assert classify(429, told(IN_PROGRESS))[0].kind == "conflict"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"exceptionId": "x" * 10**6}, id="id"),
        pytest.param({"code": "a\n" * 10**6}, id="code-over-lines"),
        pytest.param({"error": "a." * 10**5 + "a"}, id="id-like-error"),
        pytest.param({"code": 10**4000}, id="number"),
        pytest.param(
            {"exceptionId": "x.NotNullable", "descArgs": ["f" * 10**6], "detailArgs": ["r\n" * 10**5] * 50}, id="args"
        ),
        pytest.param({"exceptionId": "x.StrOutOfRange", "descArgs": list(range(10**5))}, id="many-args"),
        pytest.param({"exceptionId": "x.StrOutOfRange", "descArgs": [{"deep": ["x"] * 10**5}]}, id="object-args"),
        pytest.param({"message": " " * 10**6 + "m" * 10**6}, id="text"),
    ],
)
def test_whatever_the_server_tells_is_bounded(body: Any) -> None:
    found = read_error_body(body)
    assert all(part is None or (len(part) <= 203 and "\n" not in part) for part in found)
    assert len(classify(400, found)[1]) < 700


@pytest.mark.parametrize("exception_id", [None, "", "catalog.servicedef.unknown", "APIGW.0101"], ids=str)
@pytest.mark.parametrize(
    ("status", "kind", "refused"),
    [
        (400, "invalid", True),
        (401, "auth", True),
        (403, "forbidden", True),
        (404, "not_found", True),
        (405, "invalid", True),
        (409, "conflict", True),
        (422, "invalid", True),
        (429, "rate_limited", True),
        (500, "server", False),
        (502, "server", False),
        (503, "server", False),
        (504, "server", False),
        (418, "bad_response", True),
    ],
)
def test_an_unknown_id_leaves_it_to_the_status(exception_id: str | None, status: int, kind: str, refused: bool) -> None:
    error_class, text, known = classify(status, told(exception_id))
    assert (error_class.kind, known) == (kind, refused)
    assert text


def test_a_text_of_the_server_is_shown_when_the_id_is_not_known() -> None:
    assert "the disk is full" in classify(500, told(None, "the disk is full"))[1]
    assert "no quota" in classify(400, told("some.id", "no quota"))[1]


def test_a_validator_names_field_and_range() -> None:
    body = read_error_body(
        {"exceptionId": "servicemgr.attrCheckMsg.StrOutOfRange", "descArgs": ["service.name"], "detailArgs": ["1-255"]}
    )
    error_class, text, known = classify(400, body)
    assert (error_class.kind, known) == ("invalid", True)
    assert "service.name" in text
    assert "1-255" in text


def test_a_validator_without_arguments_still_has_words() -> None:
    assert "field" in classify(400, told("x.NotNullable"))[1]


def test_the_sample_of_contract_3_2() -> None:
    assert read_error_body(sample("error")) == ErrorBody(IN_PROGRESS, None, None, None)


@pytest.mark.parametrize(
    ("body", "exception_id"),
    [
        pytest.param({"exceptionId": IN_PROGRESS, "id": "x", "code": "y"}, IN_PROGRESS, id="exceptionId-first"),
        pytest.param(
            {"exceptionId": None, "id": IN_PROGRESS, "httpCode": 500, "message": None, "stackTrace": []}, IN_PROGRESS, id="raw"
        ),
        pytest.param({"id": IN_PROGRESS, "errorCode": "x"}, IN_PROGRESS, id="id-before-code"),
        pytest.param({"errorCode": IN_PROGRESS, "message": "m"}, IN_PROGRESS, id="errorCode"),
        pytest.param({"error_code": IN_PROGRESS, "error_msg": "m"}, IN_PROGRESS, id="error_code"),
        pytest.param({"code": IN_PROGRESS}, IN_PROGRESS, id="code"),
        pytest.param({"code": 1234}, "1234", id="number"),
        pytest.param({"error": {"code": IN_PROGRESS, "message": "m"}}, IN_PROGRESS, id="error-object"),
        pytest.param({"error": {"exceptionId": IN_PROGRESS}}, IN_PROGRESS, id="error-object-exceptionId"),
        pytest.param({"error": IN_PROGRESS}, IN_PROGRESS, id="error-text-that-is-an-id"),
        pytest.param({"exception_id": IN_PROGRESS}, IN_PROGRESS, id="envelope-keys-are-loose"),
        pytest.param({"ExceptionID": IN_PROGRESS}, IN_PROGRESS, id="envelope-keys-case"),
        pytest.param({"message": "m"}, None, id="message-only"),
        pytest.param({"exceptionId": "", "code": ""}, None, id="empty"),
        pytest.param({"exceptionId": ["x"], "id": {}}, None, id="no-text"),
    ],
)
def test_where_the_id_stands(body: Any, exception_id: str | None) -> None:
    assert read_error_body(body).exception_id == exception_id


@pytest.mark.parametrize(
    ("body", "raw", "text"),
    [
        pytest.param({"message": "m"}, "", "m", id="message"),
        pytest.param({"msg": "m"}, "", "m", id="msg"),
        pytest.param({"description": "m"}, "", "m", id="description"),
        pytest.param({"message": "", "msg": "m"}, "", "m", id="empty-message"),
        pytest.param({"error": "no such thing"}, "", "no such thing", id="error-text"),
        pytest.param({"error": {"message": "m", "code": 1}}, "", "m", id="error-object"),
        pytest.param("just words", "", "just words", id="json-text"),
        pytest.param(None, "<h1>Bad\n  Gateway</h1>", "<h1>Bad Gateway</h1>", id="html"),
        pytest.param(None, "", None, id="nothing"),
        pytest.param([], "[]", "[]", id="list"),
        pytest.param(None, "x" * 1000, "x" * 200 + "...", id="first-200-characters"),
        pytest.param({"exceptionId": "a"}, "{...}", None, id="id-only"),
    ],
)
def test_where_the_text_stands(body: Any, raw: str, text: str | None) -> None:
    assert read_error_body(body, raw).text == text


@settings(max_examples=100)
@given(body=JSON_VALUES, raw=st.text(max_size=300), status=st.integers(400, 599))
def test_any_body_is_classified(body: Any, raw: str, status: int) -> None:
    error_class, text, _known = classify(status, read_error_body(body, raw))
    assert issubclass(error_class, IesError)
    assert text


def test_a_very_deep_body_is_no_crash() -> None:
    body: dict[str, Any] = {}
    for _number in range(5000):
        body = {"error": body}
    assert read_error_body(body).exception_id is None
