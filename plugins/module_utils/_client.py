# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wire: the only place that speaks HTTP. Raises IesError subclasses and nothing else.

Reads are repeated when they fail; a write is never repeated here (contract 3.4).
"""

from __future__ import annotations

import email.utils
import http.cookiejar
import json
import os
import random
import ssl
import traceback
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlencode, urljoin, urlsplit, urlunsplit

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import (
    LONGEST_RETRY_AFTER,
    PASSING,
    AuthError,
    BadResponseError,
    ForbiddenError,
    IesError,
    InvalidError,
    NotFoundError,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._failures import (
    BrokenAnswerError,
    SetupError,
    transport_error,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._models import (
    Operation,
    Series,
    Service,
    ServiceDefinition,
    Submitted,
    read_definition_details,
    read_definitions,
    read_known_operations,
    read_operation,
    read_operations,
    read_series,
    read_service_details,
    read_services,
    read_submitted,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._poll import Clock, Deadline
from ansible_collections.cloudopera.ies.plugins.module_utils._refusals import (
    BREAKDOWNS,
    REFUSALS,
    SERVICE_NOT_EXIST,
    ErrorBody,
    classify,
    read_error_body,
    wants_tls,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._secrets import concealed, masked, secrets_of
from ansible_collections.cloudopera.ies.plugins.module_utils._text import quoted, shown
from ansible_collections.cloudopera.ies.plugins.module_utils._throttle import Throttle
from ansible_collections.cloudopera.ies.plugins.module_utils._token import expiry_hint, read_token_life, strip_token

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

_Read = TypeVar("_Read")

# Room for tens of thousands of services, or for a month by the minute. What is read out of it takes many times as much.
LARGEST_ANSWER = 16 * 1024 * 1024
_CHUNK = 64 * 1024
# How an answer may be packed: ways that make at most a thousand bytes of one, so that a chunk stays within bounds.
_PACKINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0

_SERVICES = ("servicemanager", "v1", "services")
_DEFINITIONS = ("catalog", "v1", "servicedefs")
_TRAFFIC = ("cloudvpnwatch", "v1", "traffic", "connections")
_SHOWN_OF_A_TOKEN = 6
_SHOWN_TEXT = 200
_LONGEST_HOST = 60
_GATEWAY_ROLE = {"GET": "get", "POST": "post", "PUT": "put", "DELETE": "delete"}


@dataclass(frozen=True)
class Connection:
    """How to reach an IES (public interface, section 1). Tokens are kept out of C(repr)."""

    api_url: str
    auth_token: str = field(repr=False)
    bearer_token: str | None = field(default=None, repr=False)
    validate_certs: bool = True
    ca_path: str | None = None
    api_timeout: int = 30
    api_retries: int = 5

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Connection:
        """Build from the connection options, checked and normalised.

        Raises InvalidError that names the option and the way out, never a token.
        """
        for option, least in (("api_timeout", 1), ("api_retries", 0)):
            if params[option] < least:
                raise InvalidError(f"{option} is {params[option]}; it must be at least {least}")
        ca_path = params.get("ca_path")
        if ca_path and not _exists(ca_path):
            shown = ca_path if Path(ca_path).is_absolute() or Path(ca_path).suffix else _beginning(ca_path)
            raise InvalidError(f"ca_path {shown!r} does not exist; give the CA bundle (PEM) of the server's certificate")
        return cls(
            api_url=normalise_url(params["api_url"]),
            auth_token=_checked_token("auth_token", params["auth_token"]),
            bearer_token=_checked_token("bearer_token", params["bearer_token"]) if params.get("bearer_token") else None,
            validate_certs=params["validate_certs"],
            ca_path=ca_path,
            api_timeout=params["api_timeout"],
            api_retries=params["api_retries"],
        )


def normalise_url(text: str) -> str:
    """Return the base URL without a trailing C(/) or C(/rest).

    Raises InvalidError for anything that is not C(http(s)://host[:port][/prefix]).
    """
    example = "write it as https://host:17100"
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise InvalidError(f"api_url has an impossible host or port; {example}") from None
    if parts.username is not None or parts.password is not None:
        raise InvalidError(f"api_url must not contain credentials; use auth_token and bearer_token, and {example}")
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(sign.isspace() for sign in text.strip()):
        like_a_host = "." in text and len(text) <= _LONGEST_HOST
        shown = text if "//" in text or like_a_host else _beginning(text)
        raise InvalidError(f"api_url is {shown!r}, which is not an http(s) address; {example}")
    if parts.query or parts.fragment or port == 0:
        shown = urlunsplit((*parts[:3], "", ""))
        raise InvalidError(f"api_url begins with {shown!r}; it must have no query, no fragment and no port 0: {example}")
    path = parts.path.rstrip("/")
    if path.endswith("/rest"):
        path = path[: -len("/rest")]
    return urlunsplit((parts.scheme, parts.netloc, path.rstrip("/"), "", ""))


def _exists(path: str) -> bool:
    """Tell whether there is such a file; what cannot be a name, such as a whole token, is none."""
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def _beginning(text: str) -> str:
    """Return what may be shown of an option that could be a token in the wrong place (contract 2)."""
    return text if len(text) <= _SHOWN_OF_A_TOKEN else f"{text[:_SHOWN_OF_A_TOKEN]}..."


def _checked_token(option: str, text: str) -> str:
    token = strip_token(text)
    if not token:
        raise InvalidError(f"{option} is empty; set it, or its environment variable")
    if not token.isascii() or not token.isprintable():
        raise InvalidError(f"{option} holds a character that cannot be sent in a header; copy the token again")
    return token


class Answer(NamedTuple):
    """A complete answer: status, decoded JSON (None when it is empty, null or no JSON), its text, and two headers."""

    status: int
    body: Any
    text: str
    location: str | None
    retry_after: float | None

    @property
    def empty(self) -> bool:
        """Tell whether the body is null in either spelling: zero bytes, or the text C(null) (contract 3.1)."""
        return self.text in {"", "null"}


class _TokenAuth:
    """Put both tokens on a request. Being the session's auth, it also keeps C(.netrc) from being read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __call__(self, request: Any) -> Any:
        request.headers["X-Auth-Token"] = self._connection.auth_token
        if self._connection.bearer_token:
            request.headers["Authorization"] = f"Bearer {self._connection.bearer_token}"
        return request


class IesClient:
    """Every call of the northbound API that the collection uses. May be shared by threads.

    Args:
        connection: where and as whom.
        clock: what pauses between repeats are slept on.
        pool_size: how many connections are kept open, the most threads that use the client at once.
        on_request: called with one line per request (method, URL without query, outcome), for verbose output.
    """

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        pool_size: int = 8,
        on_request: Callable[[str], None] | None = None,
    ) -> None:
        self.connection = connection
        self._clock = clock
        self._on_request = on_request
        # A name in a URL can be a token that was put into the wrong option. Bound here, so that no C(repr) shows the tokens.
        forms = secrets_of({"auth_token": connection.auth_token, "bearer_token": connection.bearer_token})
        self._untold: Callable[[str], str] = lambda line: concealed(masked(line, forms), ())
        self._throttle = Throttle(clock, pool_size)
        self._deadline: Deadline | None = None
        if not connection.validate_certs:
            # The user has said so; a warning per request would go past Ansible straight to the terminal.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._session = requests.Session()
        # Even when told not to follow, the library reads a redirect's whole body and works out the request that would come.
        self._session.get_redirect_target = _no_target  # type: ignore[method-assign]  # the base class would need requests
        self._session.auth = _TokenAuth(connection)
        # The library would also ask for whatever else can be unpacked here.
        self._session.headers.update(
            {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": "ansible-cloudopera.ies"}
        )
        # No cookie is kept: a session of another kind must not stand beside the tokens.
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        adapter = requests.adapters.HTTPAdapter(pool_connections=2, pool_maxsize=max(pool_size, 1), max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        # Read once: looking the proxies up anew costs as much as the rest of a request.
        self._settings: dict[str, Any] = dict(
            self._session.merge_environment_settings(connection.api_url, {}, True, _verification(connection), None)
        )

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()

    def until(self, deadline: Deadline | None) -> IesClient:
        """Return this client for reads that must not be repeated past a deadline.

        It shares connections and places with this one, and may be used beside it. Pauses, those that the server asks for too,
        are clipped to what is left; at the deadline the last failure is raised. A request under way is given its
        C(api_timeout).
        """
        view = copy(self)
        view._deadline = deadline
        return view

    def token_warning(self) -> str | None:
        """Return a warning when the tenant token says that it has expired (contract 2.2)."""
        return expiry_hint(self.connection.auth_token, self._clock.now())

    # Service catalogue (contract 4)

    def list_definitions(self) -> list[ServiceDefinition]:
        """Return the tenant's service definitions, without templates (contract 4.1)."""
        return self._read_list(_DEFINITIONS, read_definitions)

    def get_definition(self, service_definition_id: str) -> ServiceDefinition:
        """Return one definition with its templates (contract 4.2); raises NotFoundError."""
        parts = (*_DEFINITIONS, service_definition_id, "details")
        try:
            answer = self._read(parts)
        except IesError as error:
            if error.status not in {404, 405}:
                raise
            # Another release has the other path (contract A-07).
            parts = (*_DEFINITIONS, service_definition_id, "detail")
            answer = self._read(parts)
        found = self._parsed(read_definition_details, answer, parts)
        if found is None:
            raise NotFoundError(
                f"service definition {service_definition_id} does not exist; list them with ies_catalog_info",
                status=answer.status,
                method="GET",
                url=self._url(parts),
            )
        return found

    # Service manager (contract 5)

    def list_services(self) -> list[Service]:
        """Return the tenant's services, without parameters (contract 5.2)."""
        return self._read_list(_SERVICES, read_services)

    def find_service(self, service_id: str) -> Service | None:
        """Return one service with its parameters; None when the tenant has none of that id (contract 5.3)."""
        parts = (*_SERVICES, service_id)
        try:
            answer = self._read(parts, absent_allowed=True)
        except NotFoundError as error:
            if error.exception_id == SERVICE_NOT_EXIST:
                return None
            raise
        return None if answer.status == 404 else self._parsed(read_service_details, answer, parts)

    def create_service(self, payload: Mapping[str, Any]) -> Submitted:
        """Order a service (contract 5.1)."""
        return self._submit("POST", _SERVICES, payload)

    def update_service(self, service_id: str, payload: Mapping[str, Any]) -> Submitted:
        """Modify a service (contract 5.4)."""
        return self._submit("PUT", (*_SERVICES, service_id), payload)

    def delete_service(self, service_id: str) -> Submitted:
        """Delete a service; no operation id means that nothing was there to delete (contract 5.5)."""
        return self._submit("DELETE", (*_SERVICES, service_id), None)

    def deactivate_service(self, service_id: str) -> Submitted:
        """Deactivate a service (contract 5.7)."""
        return self._submit("POST", (*_SERVICES, service_id, "deactivation"), {})

    def find_operation(self, service_id: str, operation_id: str) -> Operation | None:
        """Return an operation; None when it is unknown or operations cannot be read here (contract 5.6, A-17)."""
        found = self._operations((*_SERVICES, service_id, "operations", operation_id), read_operation, None)
        return self._without_echo(found) if found else None

    def list_operations(self, service_id: str) -> list[Operation]:
        """Return a service's operations; none when they cannot be read here (contract 5.6, A-17)."""
        nothing: list[Operation] = []
        found = self._operations((*_SERVICES, service_id, "operations"), read_operations, nothing)
        return [self._without_echo(operation) for operation in found]

    def find_operations(self, service_id: str) -> list[Operation] | None:
        """Return a service's operations, newest first; None when they cannot be read here (contract 5.6, A-17)."""
        found = self._operations((*_SERVICES, service_id, "operations"), read_known_operations, None)
        return None if found is None else [self._without_echo(operation) for operation in found]

    # Traffic (contract 8)

    def read_traffic(self, cloud_vpn_name: str, metric: str, query: Mapping[str, Any], indicator: str) -> Series | None:
        """Return a connection's series; None when the server knows no data or no such connection (404 without a body)."""
        parts = (*_TRAFFIC, cloud_vpn_name, metric)
        answer = self._read(parts, query, absent_allowed=True)
        if answer.status == 404:
            return None
        return self._parsed(lambda body: read_series(body, metric, indicator), answer, parts)

    # How calls are made

    def _operations(self, parts: tuple[str, ...], read: Callable[[Any], _Read], closed: _Read) -> _Read:
        try:
            return self._parsed(read, self._read(parts), parts)
        except IesError as error:
            if error.status in {403, 404, 405}:
                return closed
            raise

    def _without_echo(self, operation: Operation) -> Operation:
        return replace(operation, reason=self._concealed(operation.reason))

    def _concealed(self, text: str | None) -> str | None:
        """Return a text of the server's without the tokens that it may have sent back, be they cut or escaped."""
        tokens = (self.connection.auth_token, self.connection.bearer_token)
        return concealed(text, [token for token in tokens if token]) if text else text

    def _read_list(self, parts: tuple[str, ...], read: Callable[[Any], list[_Read]]) -> list[_Read]:
        """Read a list; an empty 404 is an empty list, one with a body is not (contract 5.2, A-15)."""
        try:
            answer = self._read(parts, absent_allowed=True)
        except NotFoundError as error:
            # The id may speak of a service, but no list of an IES answers so.
            if "api_url" not in error.message:
                error.message += "; the address of a list does not depend on ids, so check api_url"
            raise
        return [] if answer.status == 404 else self._parsed(read, answer, parts)

    def _parsed(self, read: Callable[[Any], _Read], answer: Answer, parts: tuple[str, ...]) -> _Read:
        """Read the shape out of an answer; what is raised names the request."""
        try:
            return read(answer.body)
        except BadResponseError as error:
            error.status, error.method, error.url = answer.status, "GET", self._url(parts)
            raise

    def _read(self, parts: tuple[str, ...], query: Mapping[str, Any] | None = None, absent_allowed: bool = False) -> Answer:
        """Read, again when it fails in passing; C(absent_allowed): a 404 without a body is an answer too."""
        attempt = 0
        while True:
            try:
                answer = self._send("GET", parts, query=query)
                if answer.status >= 300 and not (answer.status == 404 and answer.empty and absent_allowed):
                    raise self._error(answer, "GET", parts)
                return answer
            except IesError as error:
                pause = self._pause(error, attempt)
                if pause is None or attempt >= self.connection.api_retries:
                    raise
                if self._deadline is not None:
                    if self._deadline.passed:
                        raise
                    pause = min(pause, self._deadline.left())
                self._clock.sleep(pause)
                attempt += 1

    def _pause(self, error: IesError, attempt: int) -> float | None:
        """Return the seconds to wait before a failed read is repeated, None when repeating is of no use."""
        if not isinstance(error, (*PASSING, BrokenAnswerError)) or isinstance(error, SetupError):
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= LONGEST_RETRY_AFTER else None
        longest: float = min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)
        # Jitter, so that parallel readers that failed together do not come back together.
        return longest * random.uniform(0.5, 1.0)

    def _submit(self, method: str, parts: tuple[str, ...], payload: Mapping[str, Any] | None) -> Submitted:
        """Send a write once. What is raised tells by C(outcome_unknown) whether it may have been carried out."""
        try:
            answer = self._send(method, parts, payload=payload)
            if answer.status >= 300:
                raise self._error(answer, method, parts)
            return read_submitted(answer.body, answer.location)
        except BadResponseError as error:
            # Something answered in the server's place, or its answer was spoilt on the way.
            error.outcome_unknown = error.status is None or not 300 <= error.status < 500
            raise

    def _send(
        self,
        method: str,
        parts: tuple[str, ...],
        *,
        query: Mapping[str, Any] | None = None,
        payload: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Send one request and read the whole answer."""
        url = self._url(parts)
        request = requests.Request(method, url)
        if method != "GET":
            request.headers = {"Content-Type": "application/json"}
        if payload is not None:
            request.data = _encoded(payload)
        with self._throttle.place(self._deadline) as burst:
            try:
                answer = self._exchange(request, query)
            except IesError as error:
                self._tell(f"{method} {url} -> {error.kind}")
                raise
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                failure = transport_error(error, method, url, self.connection.api_url, self.connection.api_timeout)
                self._tell(f"{method} {url} -> {failure.kind}")
                raise failure from None
            if answer.status == 429:
                self._throttle.too_many(burst, self._hold(answer.retry_after))
        self._tell(f"{method} {url} -> {answer.status}")
        return answer

    def _exchange(self, request: requests.Request, query: Mapping[str, Any] | None) -> Answer:
        method, url = str(request.method), str(request.url)
        prepared = self._session.prepare_request(request)
        # Set after the fact: the library would turn %2E back to a dot and quote the query its own way.
        prepared.url = url + ("?" + urlencode(query, quote_via=quote) if query else "")
        with self._session.send(
            prepared, timeout=self.connection.api_timeout, allow_redirects=False, **self._settings
        ) as response:
            return self._answer(response, self._content(response, method, url), method, url)

    def _hold(self, retry_after: float | None) -> float:
        """Return the seconds that no request is sent after a 429: a moment where nobody waits as long as was asked."""
        if retry_after is None:
            return _FIRST_PAUSE
        return retry_after if retry_after <= LONGEST_RETRY_AFTER else _LONGEST_PAUSE

    def _tell(self, line: str) -> None:
        if self._on_request is not None:
            self._on_request(self._untold(line))

    def _url(self, parts: tuple[str, ...]) -> str:
        """Return the URL of a path, each segment percent-encoded (contract 1)."""
        for part in parts:
            # Half a surrogate pair stands in an answer as an escape, but has no form in UTF-8.
            if part in {"", ".", ".."} or any("\ud800" <= sign <= "\udfff" for sign in part):
                raise InvalidError(f"the name or id {part!r} cannot be addressed in a URL; rename it or check the value")
        return "/".join((self.connection.api_url, "rest", *(quote(part, safe="") for part in parts)))

    def _content(self, response: Any, method: str, url: str) -> bytes:
        packing = response.headers.get("Content-Encoding", "").strip().lower()
        if packing not in _PACKINGS:
            raise BadResponseError(
                f"the answer of {url} is packed in a way that was not asked for ({quoted(packing, 45)}); check any proxy"
                " between",
                status=response.status_code,
                method=method,
                url=url,
            )
        # With urllib3 1.26 an answer that is cut off after its headers would be an empty one: a list without services.
        response.raw.enforce_content_length = True
        chunks: list[bytes] = []
        size = 0
        for chunk in response.iter_content(_CHUNK):
            size += len(chunk)
            if size > LARGEST_ANSWER:
                raise BadResponseError(
                    f"the answer of {url} is larger than {LARGEST_ANSWER // 1024 // 1024} MiB and was not read further;"
                    " ask for less, or check api_url",
                    status=response.status_code,
                    method=method,
                    url=url,
                )
            chunks.append(chunk)
        return b"".join(chunks)

    def _answer(self, response: Any, content: bytes, method: str, url: str) -> Answer:
        status = response.status_code
        if 300 <= status < 400:
            target = shown(self._concealed(_shown_target(url, response.headers.get("Location"))), _SHOWN_TEXT)
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
                raise self._unreadable(text, status, method, url) from None
        retry_after = _retry_after(response.headers.get("Retry-After"), self._clock.now())
        return Answer(status, body, text, response.headers.get("Location"), retry_after)

    def _unreadable(self, text: str, status: int, method: str, url: str) -> IesError:
        page = quoted(self._concealed(" ".join(text[: 20 * _SHOWN_TEXT].split())), _SHOWN_TEXT)
        if text[0] in "[{":
            return BrokenAnswerError(
                f"the answer of {url} is broken or cut off JSON; run again, and check the network between: {page}",
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

    def _error(self, answer: Answer, method: str, parts: tuple[str, ...]) -> IesError:
        """Turn an error answer into the error to raise."""
        url = self._url(parts)
        told = self._told(answer)
        error_class, text, known = classify(answer.status, told)
        if url.startswith("http:") and wants_tls(answer.status, answer.text):
            error_class, text = BadResponseError, "the port speaks TLS, and was sent plain HTTP; write https:// in api_url"
        elif error_class is AuthError:
            text = self._auth_advice()
        elif error_class is ForbiddenError and told.exception_id not in REFUSALS:
            role = f"gateway.apis.{_GATEWAY_ROLE[method]}Operation"
            text = f"the roles of the tenant behind auth_token do not allow {method}; have it given the role {role}"
        shown_id = f", {told.exception_id}" if told.exception_id else ""
        outcome = "was refused" if known else "failed"
        return error_class(
            f"{method} {url} {outcome} ({answer.status}{shown_id}): {text}{_asked_wait(answer.retry_after)}",
            status=answer.status,
            exception_id=told.exception_id,
            method=method,
            url=url,
            outcome_unknown=method != "GET" and answer.status >= 500 and not known,
            retry_after=answer.retry_after,
        )

    def _told(self, answer: Answer) -> ErrorBody:
        """Return what an error answer tells, without an echo of the request's headers."""
        told = read_error_body(answer.body, answer.text)
        ours = {*REFUSALS, *BREAKDOWNS}
        return ErrorBody(
            told.exception_id if told.exception_id in ours else self._concealed(told.exception_id),
            *(self._concealed(text) for text in (told.text, told.field, told.range)),
        )

    def _auth_advice(self) -> str:
        """Tell which of the two tokens to look at (contract 2.3)."""
        token, now = self.connection.auth_token, self._clock.now()
        expired = expiry_hint(token, now)
        if expired:
            return expired
        if self.connection.bearer_token is None:
            return "no bearer_token was sent, which the gateway usually wants; set bearer_token, then look at auth_token"
        life = read_token_life(token)
        if life is not None:
            return f"auth_token says that it is valid until {life.text} (taken as UTC), so look at bearer_token first"
        return (
            "look at auth_token (X-Auth-Token, the tenant) and bearer_token (Authorization, the gateway): one is unknown here"
            " or has expired"
        )


def _verification(connection: Connection) -> bool | str:
    """Return what C(requests) verifies certificates against: our file, else the system's CAs, else its own bundle."""
    if not connection.validate_certs:
        return False
    if connection.ca_path:
        return connection.ca_path
    if os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE"):
        return True
    system = ssl.get_default_verify_paths()
    return system.cafile or system.capath or True


def _asked_wait(seconds: float | None) -> str:
    """Return the words for a wait that the server asks for and nobody waits; none when it is waited."""
    if seconds is None or seconds <= LONGEST_RETRY_AFTER:
        return ""
    return (
        f"; the server asks to wait {seconds:.0f} s (Retry-After), and no more than {LONGEST_RETRY_AFTER:.0f} s are waited:"
        " run again after that time"
    )


def _retry_after(text: str | None, now: float) -> float | None:
    """Read C(Retry-After): seconds, or a date."""
    if not text:
        return None
    plain = text.strip()
    if plain.isascii() and plain.isdigit():
        return float(plain[:9])
    try:
        return max(0.0, email.utils.parsedate_to_datetime(plain).timestamp() - now)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _encoded(payload: Mapping[str, Any]) -> bytes:
    """Return a payload as UTF-8; with escapes where it repeats half a surrogate pair of an earlier answer."""
    try:
        return json.dumps(payload, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(payload).encode("ascii")


def _no_target(resp: Any) -> str | None:
    """Stand in for the library's search for where a redirect points."""
    return None


def _shown_target(url: str, location: str | None) -> str:
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
