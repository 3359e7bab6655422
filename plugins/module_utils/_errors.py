# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors a user can meet, one class per `kind` of the public interface.

Lower layers raise these and nothing else; the seams turn them into failed results.
"""

from __future__ import annotations

from typing import Any

# Seconds. A server that asks to wait longer is not waited for; the error then tells the time it asked for.
LONGEST_RETRY_AFTER = 300.0


class IesError(Exception):
    """What went wrong, in words for the person who runs the play.

    Attributes:
        kind: stable word for scripts (`auth`, `conflict`, ...).
        message: one line: what happened, to what, and what to do next.
        status: HTTP status of the response, or None.
        exception_id: the server's `exceptionId` (contract 3.2), or None.
        method, url: the request, without query and credentials.
        outcome_unknown: True when a write may have been carried out although no usable response came (contract 3.4).
        retry_after: seconds the server asked to wait, or None.
        result: further keys for the failed result, such as `service` and `operation_id`.
    """

    kind = "server"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        exception_id: str | None = None,
        method: str | None = None,
        url: str | None = None,
        outcome_unknown: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.exception_id = exception_id
        self.method = method
        self.url = url
        self.outcome_unknown = outcome_unknown
        self.retry_after = retry_after
        self.result: dict[str, Any] = {}

    @property
    def asks_too_long(self) -> bool:
        """Return whether the server asked for a longer wait than anybody waits: nothing is sent again then."""
        return self.retry_after is not None and self.retry_after > LONGEST_RETRY_AFTER

    def __str__(self) -> str:
        return self.message

    def __copy__(self) -> IesError:
        """Return the same error for another declaration: what that one adds to `result` is its own."""
        twin = type(self)(self.message)
        twin.__dict__.update(self.__dict__)
        twin.result = dict(self.result)
        return twin

    def as_dict(self) -> dict[str, Any]:
        """Return the `error` dictionary of a failed result."""
        return {
            "kind": self.kind,
            "status": self.status,
            "exception_id": self.exception_id,
            "method": self.method,
            "url": self.url,
        }


class AuthError(IesError):
    """The server did not accept a token (HTTP 401)."""

    kind = "auth"


class ForbiddenError(IesError):
    """The token's roles lack the permission (HTTP 403)."""

    kind = "forbidden"


class NotFoundError(IesError):
    """Something that was named is not there."""

    kind = "not_found"


class InvalidError(IesError):
    """Input that cannot be right, found here or by the server."""

    kind = "invalid"


class ConflictError(IesError):
    """The present state does not allow what was asked for."""

    kind = "conflict"


class RateLimitedError(IesError):
    """The server asks for fewer requests (HTTP 429)."""

    kind = "rate_limited"


class ServerError(IesError):
    """The server failed (5xx without a known refusal)."""

    kind = "server"


class UnreachableError(IesError):
    """No connection, or a dropped one."""

    kind = "unreachable"


class ResponseTimeoutError(IesError):
    """No response within `api_timeout`."""

    kind = "timeout"


class WaitTimeoutError(IesError):
    """The awaited state did not come within `wait_timeout`."""

    kind = "timeout"


class FailedError(IesError):
    """The server carried the work out and it failed, or its result is not what was asked for."""

    kind = "failed"


class BadResponseError(IesError):
    """A response that is not the API's: a redirect, HTML, broken JSON, an unknown shape."""

    kind = "bad_response"


TRANSIENT = (UnreachableError, ResponseTimeoutError, ServerError, RateLimitedError)
"""Errors that the same read may not meet again a little later."""
