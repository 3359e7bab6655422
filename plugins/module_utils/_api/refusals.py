# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server's error responses mean (contract 3.2 and 3.3). Pure.

The API sends no text for people, and business refusals arrive as HTTP 500: so the exception id is looked at first, the
status only when the id is not known, and every id has a message of its own here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from .._errors import (
    AuthError,
    BadResponseError,
    ConflictError,
    ForbiddenError,
    IesError,
    InvalidError,
    NotFoundError,
    RateLimitedError,
    ServerError,
)
from .._text import shown
from .envelope import folded, pick_string

SERVICE_NOT_EXIST = "servicemgr.service.not_exist"
STATUS_ACTIVE = "servicemgr.service.status_active"
STATUS_DEACTIVE = "servicemgr.service.status_deactive"
STATUS_IN_PROGRESS = "servicemgr.service.status_inprogress"

# The first 200 characters, and that there are more.
_SHOWN_TEXT = 203
# White space is folded in no more than this: an error page may have megabytes.
_LONGEST_READ = 4000
# In the order of contract 3.2, folded as all envelope keys are.
_ID_KEYS = ("exceptionid", "id", "errorcode", "code")
# The last is that of the API gateway in front of other services of the family.
_TEXT_KEYS = ("message", "msg", "description", "errormsg")
# An exception id where a string might stand: words joined by dots.
_ID_LIKE = re.compile(r"\w+(\.\w+)+")


class Refusal(NamedTuple):
    """The class and the words for one exception id."""

    error: type[IesError]
    text: str


REFUSALS: dict[str, Refusal] = {
    "servicemgr.bad_param": Refusal(
        InvalidError,
        "a required input was empty (name, definition, template), or the definition has no domain or the template no url;"
        " check the declaration and the service definition",
    ),
    SERVICE_NOT_EXIST: Refusal(
        NotFoundError, "the service, or the list item to change, does not exist; list the services and check the id"
    ),
    "servicemgr.template.not_exist": Refusal(
        InvalidError,
        "the template does not belong to the service definition, or declares no parameters; choose another",
    ),
    "servicemgr.service.template.parse_error": Refusal(
        InvalidError, "the parameters do not fit the template; compare their names and types with the template"
    ),
    "servicemgr.service.parameter.validate_error": Refusal(
        InvalidError, "a parameter was refused; CloudVpnName and Bandwidth are mandatory in every connection"
    ),
    "servicemgr.service.status_param_error": Refusal(InvalidError, "the status in the request was refused"),
    "servicemgr.service.service_package_status_inactive": Refusal(
        InvalidError, "the service definition is inactive; have it activated in the catalogue or choose another"
    ),
    "servicemgr.service.service_package_status_delete_depending": Refusal(
        InvalidError, "the service definition is about to be deleted; choose another"
    ),
    "servicemgr.servicePackage.not_activation": Refusal(
        InvalidError, "the service definition is not active; have it activated in the catalogue or choose another"
    ),
    "servicemgr.service.create_failed": Refusal(
        ConflictError, "the service was never created successfully (CreateFailed); remove it and create it again"
    ),
    STATUS_IN_PROGRESS: Refusal(ConflictError, "the service is busy with another operation; run again when it has ended"),
    STATUS_ACTIVE: Refusal(ConflictError, "the service is active; deactivate it first (deactivate: true)"),
    STATUS_DEACTIVE: Refusal(ConflictError, "the service is not active"),
    "servicemgr.permission_denied": Refusal(
        ForbiddenError, "permission denied; check the roles of the tenant behind auth_token"
    ),
}

# Errors of these ids tell that something broke, not that the request was refused: whether it was carried out is open.
BREAKDOWNS: dict[str, str] = {
    "servicemgr.db.oper_db_error": "the server's database failed",
    "servicemgr.mysql.oper_mysql_db_error": "the server's database failed",
    "servicemgr.redis.oper_redis_db_error": "the server's cache failed",
    "framwork.remote.SystemError": "the server failed for a reason it does not tell",
}

# The validator's prefix is not known, its endings are (contract 3.3, A-20).
VALIDATOR_SUFFIXES: dict[str, str] = {
    ".StrOutOfRange": "is too long or too short",
    ".SimpleEnumOutOfRange": "is not one of the permitted values",
    ".NotNullable": "must not be empty",
    ".RegexNotMatch": "has a form that is not permitted",
}

# What servers write to a client that speaks plain HTTP to a TLS port; they have no words in common.
_WANTS_TLS = re.compile(r"\bHTTP\b[^.]{0,40}\b(HTTPS|SSL-enabled) (port|server)|\brequires TLS\b", re.IGNORECASE)
_SEARCHED = 2000

_BY_STATUS: dict[int, Refusal] = {
    400: Refusal(InvalidError, "the request was refused as invalid"),
    401: Refusal(AuthError, "the credentials were not accepted"),
    403: Refusal(ForbiddenError, "the tenant may not do this"),
    404: Refusal(NotFoundError, "nothing is there; check api_url (scheme, host, port and path prefix) and the id"),
    405: Refusal(InvalidError, "the server does not know this call; check api_url and the release of the server"),
    409: Refusal(ConflictError, "the present state does not allow this"),
    413: Refusal(InvalidError, "the request is too large for the server"),
    422: Refusal(InvalidError, "the request was refused as invalid"),
    429: Refusal(RateLimitedError, "too many requests; try again later or lower the parallelism"),
}


class ErrorBody(NamedTuple):
    """What could be read out of an error response: one line each, of at most 200 characters and an ellipsis."""

    exception_id: str | None
    text: str | None
    field: str | None
    range: str | None


def wants_tls(status: int, text: str) -> bool:
    """Return whether an error response says that its port speaks TLS, and was sent plain HTTP."""
    return status == 400 and _WANTS_TLS.search(text[:_SEARCHED]) is not None


def read_error_body(body: Any, raw_text: str = "") -> ErrorBody:
    """Read an error body of any of the shapes of contract 3.2.

    `body` is the decoded JSON, or None when it was not JSON; `raw_text` is then shown in its first 200 characters.
    """
    if isinstance(body, str):
        return ErrorBody(None, _shorten(body), None, None)
    if not isinstance(body, Mapping):
        return ErrorBody(None, _shorten(raw_text), None, None)
    fields = folded(body)
    nested = fields.get("error")
    inner = folded(nested) if isinstance(nested, Mapping) else {}
    exception_id = pick_string(fields, *_ID_KEYS, empty=False) or pick_string(inner, *_ID_KEYS, empty=False)
    text = pick_string(fields, *_TEXT_KEYS, empty=False) or pick_string(inner, *_TEXT_KEYS, empty=False)
    if isinstance(nested, str) and exception_id is None and _ID_LIKE.fullmatch(nested):
        exception_id = nested
    elif isinstance(nested, str) and nested:
        text = text or nested
    arguments = (_joined(fields.get(key)) for key in ("descargs", "detailargs"))
    return ErrorBody(*map(_shorten, (exception_id, text, *arguments)))


def classify(status: int, body: ErrorBody) -> tuple[type[IesError], str, bool]:
    """Return the error class, its text and whether it is a known refusal: 401 first, then by exception id, then by status."""
    exception_id = body.exception_id or ""
    if status == 401:
        # Whatever stands beside it: the gateway answers, or passes on what it does not know.
        return AuthError, _with_detail(_BY_STATUS[401].text, body), True
    known = REFUSALS.get(exception_id)
    if known is not None:
        return known.error, known.text, True
    for suffix, text in VALIDATOR_SUFFIXES.items():
        if exception_id.endswith(suffix):
            field = f"the field {body.field} " if body.field else "a field "
            allowed = f" (permitted: {body.range})" if body.range else ""
            return InvalidError, f"{field}{text}{allowed}; correct it and run again", True
    breakdown = BREAKDOWNS.get(exception_id)
    # Too many requests are no breakdown, even under the id that stands where none was set.
    if breakdown is not None and status != 429:
        return ServerError, f"{breakdown}; look before repeating, then run again", False
    by_status = _BY_STATUS.get(status)
    if by_status is not None:
        return by_status.error, _with_detail(by_status.text, body), True
    if status >= 500:
        return ServerError, _with_detail("the server failed; run again later", body), False
    return BadResponseError, _with_detail("the response is not one of the API's; check api_url", body), status < 500


def _with_detail(text: str, body: ErrorBody) -> str:
    return f"{text}: {body.text}" if body.text else text


def _joined(value: Any) -> str | None:
    if isinstance(value, list) and value:
        return ", ".join(str(entry)[: _SHOWN_TEXT + 1] for entry in value[:_SHOWN_TEXT])
    return None


def _shorten(text: str | None) -> str | None:
    if not text:
        return None
    return shown(" ".join(text[:_LONGEST_READ].split()), _SHOWN_TEXT)
