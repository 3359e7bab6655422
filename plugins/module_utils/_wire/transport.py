# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send requests and read responses: the only place that speaks HTTP. Raises IesError subclasses and nothing else.

Reads are repeated when they fail; a write is never repeated here (contract 3.4).
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import random
import ssl
import traceback
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any
from urllib.parse import quote, urlencode

from .._errors import LONGEST_RETRY_AFTER, TRANSIENT, BadResponseError, IesError
from .._secrets import concealed, masked, secrets_of
from .._text import quoted, shown
from .._time import Clock, Deadline
from .connection import ConnectionOptions
from .failures import BrokenResponseError, SetupError, transport_error
from .response import _SHOWN_TEXT, Response, ResponseErrors, read_retry_after, shown_target
from .throttle import Throttle

REQUESTS_IMPORT_ERROR: str | None
try:
    import requests
    import requests.adapters
    import urllib3
except ImportError:
    HAS_REQUESTS = False
    REQUESTS_IMPORT_ERROR = traceback.format_exc()
else:
    HAS_REQUESTS = True
    REQUESTS_IMPORT_ERROR = None

# Room for tens of thousands of services, or for a month by the minute. What is read out of it takes many times as much.
LARGEST_RESPONSE = 16 * 1024 * 1024
_CHUNK = 64 * 1024
# How a response may be packed: ways that make at most a thousand bytes of one, so that a chunk stays within bounds.
_PACKINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0


class _TokenAuth:
    """Put both tokens on a request. Being the session's auth, it also keeps `.netrc` from being read."""

    def __init__(self, connection: ConnectionOptions) -> None:
        self._connection = connection

    def __call__(self, request: Any) -> Any:
        request.headers["X-Auth-Token"] = self._connection.auth_token
        if self._connection.bearer_token:
            request.headers["Authorization"] = f"Bearer {self._connection.bearer_token}"
        return request


class Transport:
    """Sends one request after another over pooled connections. May be shared by threads.

    Args:
        connection: where and as whom.
        clock: what pauses between repeats are slept on.
        errors: what turns a response that is no result into the error to raise.
        pool_size: how many connections are kept open, the most threads that use it at once.
        on_request: called with one line per request (method, URL without query, outcome), for verbose output.
    """

    def __init__(
        self,
        connection: ConnectionOptions,
        clock: Clock,
        errors: ResponseErrors,
        pool_size: int,
        on_request: Callable[[str], None] | None,
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._errors = errors
        self._on_request = on_request
        # A name in a URL can be a token that was put into the wrong option. Bound here, so that no `repr` shows the tokens.
        forms = secrets_of({"auth_token": connection.auth_token, "bearer_token": connection.bearer_token})
        self._untold: Callable[[str], str] = lambda line: concealed(masked(line, forms), ())
        self._throttle = Throttle(clock, pool_size)
        self._deadline: Deadline | None = None
        if not connection.validate_certs:
            # The user has said so; a warning per request would go past Ansible straight to the terminal.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self.session = requests.Session()
        # Even when told not to follow, the library reads a redirect's whole body and works out the request that would come.
        self.session.get_redirect_target = _no_target  # type: ignore[method-assign]  # the base class would need requests
        self.session.auth = _TokenAuth(connection)
        # The library would also ask for whatever else can be unpacked here.
        self.session.headers.update(
            {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": "ansible-cloudopera.ies"}
        )
        # No cookie is kept: a session of another kind must not stand beside the tokens.
        self.session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        adapter = requests.adapters.HTTPAdapter(pool_connections=2, pool_maxsize=max(pool_size, 1), max_retries=0)
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)
        # Read once: looking the proxies up again costs as much as the rest of a request.
        self._settings: dict[str, Any] = dict(
            self.session.merge_environment_settings(connection.api_url, {}, True, _verification(connection), None)
        )

    def close(self) -> None:
        """Close the pooled connections."""
        self.session.close()

    def until(self, deadline: Deadline | None) -> Transport:
        """Return this transport for reads that must not be repeated past a deadline.

        It shares connections and places with this one, and may be used beside it. Pauses, those that the server asks for too,
        are clipped to what is left; at the deadline the last failure is raised. A request under way is given its
        `api_timeout`.
        """
        view = copy(self)
        view._deadline = deadline
        return view

    def read(self, parts: tuple[str, ...], query: Mapping[str, Any] | None = None, absent_allowed: bool = False) -> Response:
        """Read, again when it fails in passing; `absent_allowed`: a 404 without a body is a response too."""
        attempt = 0
        while True:
            try:
                response = self.send("GET", parts, query=query)
                if response.status >= 300 and not (response.status == 404 and response.empty and absent_allowed):
                    raise self._errors.error_of(response, "GET", parts)
                return response
            except IesError as error:
                pause = self._pause(error, attempt)
                if pause is None or attempt >= self._connection.api_retries:
                    raise
                if self._deadline is not None:
                    if self._deadline.passed:
                        raise
                    pause = min(pause, self._deadline.left())
                self._clock.sleep(pause)
                attempt += 1

    def _pause(self, error: IesError, attempt: int) -> float | None:
        """Return the seconds to wait before a failed read is repeated, None when repeating is of no use."""
        if not isinstance(error, (*TRANSIENT, BrokenResponseError)) or isinstance(error, SetupError):
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= LONGEST_RETRY_AFTER else None
        longest: float = min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)
        # Jitter, so that parallel readers that failed together do not come back together.
        return longest * random.uniform(0.5, 1.0)

    def send(
        self,
        method: str,
        parts: tuple[str, ...],
        *,
        query: Mapping[str, Any] | None = None,
        payload: Mapping[str, Any] | None = None,
    ) -> Response:
        """Send one request and read the whole response."""
        url = self._connection.url_of(parts)
        request = requests.Request(method, url)
        if method != "GET":
            request.headers = {"Content-Type": "application/json"}
        if payload is not None:
            request.data = _encoded(payload)
        with self._throttle.place(self._deadline) as burst:
            try:
                response = self._exchange(request, query)
            except IesError as error:
                self._tell(f"{method} {url} -> {error.kind}")
                raise
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                failure = transport_error(error, method, url, self._connection.api_url, self._connection.api_timeout)
                self._tell(f"{method} {url} -> {failure.kind}")
                raise failure from None
            if response.status == 429:
                self._throttle.too_many(burst, self._hold(response.retry_after))
        self._tell(f"{method} {url} -> {response.status}")
        return response

    def _exchange(self, request: requests.Request, query: Mapping[str, Any] | None) -> Response:
        method, url = str(request.method), str(request.url)
        prepared = self.session.prepare_request(request)
        # Set after the fact: the library would turn %2E back to a dot and quote the query its own way.
        prepared.url = url + ("?" + urlencode(query, quote_via=quote) if query else "")
        with self.session.send(prepared, timeout=self._connection.api_timeout, allow_redirects=False, **self._settings) as raw:
            return self._decoded(raw, self._content(raw, method, url), method, url)

    def _hold(self, retry_after: float | None) -> float:
        """Return the seconds that no request is sent after a 429: a moment where nobody waits as long as was asked."""
        if retry_after is None:
            return _FIRST_PAUSE
        return retry_after if retry_after <= LONGEST_RETRY_AFTER else _LONGEST_PAUSE

    def _tell(self, line: str) -> None:
        if self._on_request is not None:
            self._on_request(self._untold(line))

    def _content(self, raw: Any, method: str, url: str) -> bytes:
        packing = raw.headers.get("Content-Encoding", "").strip().lower()
        if packing not in _PACKINGS:
            raise BadResponseError(
                f"the response of {url} is packed in a way that was not asked for ({quoted(packing, 45)}); check any proxy"
                " between",
                status=raw.status_code,
                method=method,
                url=url,
            )
        # With urllib3 1.26 a response that is cut off after its headers would be an empty one: a list without services.
        raw.raw.enforce_content_length = True
        chunks: list[bytes] = []
        size = 0
        for chunk in raw.iter_content(_CHUNK):
            size += len(chunk)
            if size > LARGEST_RESPONSE:
                raise BadResponseError(
                    f"the response of {url} is larger than {LARGEST_RESPONSE // 1024 // 1024} MiB and was not read further;"
                    " ask for less, or check api_url",
                    status=raw.status_code,
                    method=method,
                    url=url,
                )
            chunks.append(chunk)
        return b"".join(chunks)

    def _decoded(self, raw: Any, content: bytes, method: str, url: str) -> Response:
        status = raw.status_code
        if 300 <= status < 400:
            target = shown(self._errors.concealed(shown_target(url, raw.headers.get("Location"))), _SHOWN_TEXT)
            raise BadResponseError(
                f"{url} answered with a redirect to {target}; redirects are not followed because the tokens would go along, so"
                " set api_url to the right address",
                status=status,
                method=method,
                url=url,
            )
        text = content.decode("utf-8-sig", "replace").strip()
        body = None
        try:
            body = json.loads(text) if text else None
        except (ValueError, RecursionError):
            if status < 300:
                raise self._errors.unreadable(text, status, method, url) from None
        retry_after = read_retry_after(raw.headers.get("Retry-After"), self._clock.now())
        return Response(status, body, text, raw.headers.get("Location"), retry_after)


def _verification(connection: ConnectionOptions) -> bool | str:
    """Return what `requests` verifies certificates against: our file, else the system's CAs, else its own bundle."""
    if not connection.validate_certs:
        return False
    if connection.ca_path:
        return connection.ca_path
    if os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE"):
        return True
    system = ssl.get_default_verify_paths()
    return system.cafile or system.capath or True


def _encoded(payload: Mapping[str, Any]) -> bytes:
    """Return a payload as UTF-8; with escapes where it repeats half a surrogate pair of an earlier response."""
    try:
        return json.dumps(payload, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(payload).encode("ascii")


def _no_target(resp: Any) -> str | None:
    """Stand in for the library's search for where a redirect points."""
    return None
