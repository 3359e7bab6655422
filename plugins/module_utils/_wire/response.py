# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A complete response of the server, and the error to raise for one that is no result (contract 3.2)."""

from __future__ import annotations

import email.utils
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit, urlunsplit

from .._api.models import Operation
from .._api.refusals import BREAKDOWNS, REFUSALS, ErrorBody, classify, read_error_body, wants_tls
from .._api.token import expiry_hint, read_token_life
from .._errors import LONGEST_RETRY_AFTER, AuthError, BadResponseError, ForbiddenError, IesError
from .._secrets import concealed
from .._text import quoted
from .._time import Clock
from .connection import ConnectionOptions
from .failures import BrokenResponseError

_SHOWN_TEXT = 200
_GATEWAY_ROLE = {"GET": "get", "POST": "post", "PUT": "put", "DELETE": "delete"}


class Response(NamedTuple):
    """A complete response: status, decoded JSON (None when it is empty, null or no JSON), its text, and two headers."""

    status: int
    body: Any
    text: str
    location: str | None
    retry_after: float | None

    @property
    def empty(self) -> bool:
        """Return whether the body is null in either spelling: zero bytes, or the string `null` (contract 3.1)."""
        return self.text in {"", "null"}


class ResponseErrors:
    """The errors for responses that are no results: in words, with advice, without the tokens that may have come back."""

    def __init__(self, connection: ConnectionOptions, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def error_of(self, response: Response, method: str, parts: tuple[str, ...]) -> IesError:
        """Turn an error response into the error to raise."""
        url = self._connection.url_of(parts)
        told = self._told(response)
        error_class, text, known = classify(response.status, told)
        if url.startswith("http:") and wants_tls(response.status, response.text):
            error_class, text = BadResponseError, "the port speaks TLS, and was sent plain HTTP; write https:// in api_url"
        elif error_class is AuthError:
            text = self._auth_advice()
        elif error_class is ForbiddenError and told.exception_id not in REFUSALS:
            role = f"gateway.apis.{_GATEWAY_ROLE[method]}Operation"
            text = f"the roles of the tenant behind auth_token do not allow {method}; have it given the role {role}"
        shown_id = f", {told.exception_id}" if told.exception_id else ""
        outcome = "was refused" if known else "failed"
        return error_class(
            f"{method} {url} {outcome} ({response.status}{shown_id}): {text}{_asked_wait(response.retry_after)}",
            status=response.status,
            exception_id=told.exception_id,
            method=method,
            url=url,
            outcome_unknown=method != "GET" and response.status >= 500 and not known,
            retry_after=response.retry_after,
        )

    def unreadable(self, text: str, status: int, method: str, url: str) -> IesError:
        """Return the error for a body that is no JSON."""
        page = quoted(self.concealed(" ".join(text[: 20 * _SHOWN_TEXT].split())), _SHOWN_TEXT)
        if text[0] in "[{":
            return BrokenResponseError(
                f"the response of {url} is broken or cut off JSON; run again, and check the network between: {page}",
                status=status,
                method=method,
                url=url,
            )
        what = "HTML" if text.lstrip()[:1] == "<" else "no JSON"
        return BadResponseError(
            f"{url} answered {status} with {what} where the API answers JSON; check api_url and any proxy: {page}",
            status=status,
            method=method,
            url=url,
        )

    def concealed(self, text: str | None) -> str | None:
        """Return a string of the server's without the tokens that it may have sent back, be they cut or escaped."""
        tokens = (self._connection.auth_token, self._connection.bearer_token)
        return concealed(text, [token for token in tokens if token]) if text else text

    def without_echo(self, operation: Operation) -> Operation:
        """Return an operation whose reason shows no token that the server may have sent back."""
        return replace(operation, reason=self.concealed(operation.reason))

    def _told(self, response: Response) -> ErrorBody:
        """Return what an error response tells, without an echo of the request's headers."""
        told = read_error_body(response.body, response.text)
        ours = {*REFUSALS, *BREAKDOWNS}
        return ErrorBody(
            told.exception_id if told.exception_id in ours else self.concealed(told.exception_id),
            *(self.concealed(text) for text in (told.text, told.field, told.range)),
        )

    def _auth_advice(self) -> str:
        """Tell which of the two tokens to look at (contract 2.3)."""
        token, now = self._connection.auth_token, self._clock.now()
        expired = expiry_hint(token, now)
        if expired:
            return expired
        if self._connection.bearer_token is None:
            return "no bearer_token was sent, which the gateway usually wants; set bearer_token, then look at auth_token"
        life = read_token_life(token)
        if life is not None:
            return f"auth_token says that it is valid until {life.text} (taken as UTC), so look at bearer_token first"
        return (
            "look at auth_token (X-Auth-Token, the tenant) and bearer_token (Authorization, the gateway): one is unknown here"
            " or has expired"
        )


def _asked_wait(seconds: float | None) -> str:
    """Return the words for a wait that the server asks for and nobody waits; none when it is waited."""
    if seconds is None or seconds <= LONGEST_RETRY_AFTER:
        return ""
    return (
        f"; the server asks to wait {seconds:.0f} s (Retry-After), and no more than {LONGEST_RETRY_AFTER:.0f} s are waited:"
        " run again after that time"
    )


def read_retry_after(text: str | None, now: float) -> float | None:
    """Read `Retry-After`: seconds, or a date."""
    if not text:
        return None
    plain = text.strip()
    if plain.isascii() and plain.isdigit():
        return float(plain[:9])
    try:
        return max(0.0, email.utils.parsedate_to_datetime(plain).timestamp() - now)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def shown_target(url: str, location: str | None) -> str:
    """Return where a redirect points, without query and credentials."""
    if not location:
        return "nowhere"
    try:
        parts = urlsplit(urljoin(url, location))
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    return urlunsplit((parts.scheme, host + port, parts.path, "", ""))
