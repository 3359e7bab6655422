# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the exceptions of the HTTP library tell about a request: provably unsent, or perhaps carried out.

The shapes are those of urllib3 1.26 and of urllib3 2; the proxies and the broken TLS are real ones, on the loopback.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from urllib3 import exceptions as pool_errors

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import IesError, NotFoundError
from ansible_collections.cloudopera.ies.plugins.module_utils._run.fleet import run_fleet
from ansible_collections.cloudopera.ies.plugins.module_utils._run.steps import RunOptions
from ansible_collections.cloudopera.ies.plugins.module_utils._run.tenant import Tenant
from ansible_collections.cloudopera.ies.plugins.module_utils._time import Clock, PollOptions
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.client import IesClient
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.connection import ConnectionOptions
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.failures import Cause, diagnose, transport_error
from tests.simulator.clock import ManualClock
from tests.simulator.proxy import Proxy
from tests.simulator.server import SimulatorServer
from tests.unit.conftest import START, TENANT

from ..support import READS, SERVICE_ID, WRITES, caught_from, declare, orderable

URL = "https://host:17100/rest/servicemanager/v1/services"
POOL: Any = None
METHODS = {"create": "POST", "update": "PUT", "delete": "DELETE", "deactivate": "POST"}


def wrapped(outer: type[Exception], reason: Exception) -> Exception:
    """Return what the library raises when a request ends with `reason`."""
    return outer(pool_errors.MaxRetryError(POOL, "/x", reason))


def raised_from(outer: Exception, cause: BaseException) -> Exception:
    """Return an exception as `raise outer from cause` leaves it."""
    outer.__cause__ = cause
    return outer


def connect_error(root: OSError) -> Exception:
    """Return urllib3's error for a connection that was not made."""
    return raised_from(pool_errors.NewConnectionError(POOL, f"Failed to establish a new connection: {root}"), root)


def tls_error(reason: str) -> ssl.SSLError:
    """Return an SSLError as OpenSSL makes it."""
    error = ssl.SSLError(1, f"[SSL: {reason}] {reason.lower()} (_ssl.c:1006)")
    error.reason = reason
    return error


REFUSED = ConnectionRefusedError(111, "Connection refused")
UNKNOWN_HOST = socket.gaierror(-2, "Name or service not known")
DROPPED = http.client.RemoteDisconnected("Remote end closed connection without response")
RESET = ConnectionResetError(104, "Connection reset by peer")
UNTRUSTED = ssl.SSLCertVerificationError(1, "certificate verify failed: self-signed certificate")
RequestsConnectionError = requests.exceptions.ConnectionError
ProxyError = requests.exceptions.ProxyError
SSLError = requests.exceptions.SSLError

UNSENT: dict[str, tuple[Exception, Cause]] = {
    "refused": (wrapped(RequestsConnectionError, connect_error(REFUSED)), Cause.NO_CONNECTION),
    "unreachable": (wrapped(RequestsConnectionError, connect_error(OSError(113, "No route to host"))), Cause.NO_CONNECTION),
    "unknown-host": (wrapped(RequestsConnectionError, connect_error(UNKNOWN_HOST)), Cause.NO_CONNECTION),
    "connect-timeout": (
        wrapped(requests.exceptions.ConnectTimeout, pool_errors.ConnectTimeoutError(POOL, "timed out")),
        Cause.CONNECT_TIMEOUT,
    ),
    "certificate": (wrapped(SSLError, pool_errors.SSLError(UNTRUSTED)), Cause.CERTIFICATE),
    "proxy-refused": (
        wrapped(ProxyError, pool_errors.ProxyError("Cannot connect to proxy.", connect_error(REFUSED))),
        Cause.NO_CONNECTION,
    ),
    "proxy-refused-2": (
        wrapped(ProxyError, raised_from(pool_errors.ProxyError("Unable to connect to proxy", connect_error(REFUSED)), REFUSED)),
        Cause.NO_CONNECTION,
    ),
    "proxy-unknown": (
        wrapped(ProxyError, pool_errors.ProxyError("Unable to connect to proxy", connect_error(UNKNOWN_HOST))),
        Cause.NO_CONNECTION,
    ),
    "proxy-connect-timeout": (
        wrapped(ProxyError, pool_errors.ProxyError("Unable to connect", pool_errors.ConnectTimeoutError(POOL, "timed out"))),
        Cause.CONNECT_TIMEOUT,
    ),
    "proxy-certificate": (
        wrapped(ProxyError, pool_errors.ProxyError("Unable to connect", pool_errors.SSLError(UNTRUSTED))),
        Cause.CERTIFICATE,
    ),
    **{
        f"tunnel-{status}": (
            wrapped(
                ProxyError,
                pool_errors.ProxyError("Cannot connect", OSError(f"Tunnel connection failed: {status} SECRET timed out")),
            ),
            Cause.TUNNEL,
        )
        for status in (403, 407, 502, 504)
    },
}
PERHAPS: dict[str, tuple[Exception, Cause]] = {
    "dropped": (RequestsConnectionError(pool_errors.ProtocolError("Connection aborted.", DROPPED)), Cause.DROPPED),
    "reset": (RequestsConnectionError(pool_errors.ProtocolError("Connection aborted.", RESET)), Cause.DROPPED),
    # Behind an http proxy, and inside a tunnel.
    "proxy-dropped": (wrapped(ProxyError, pool_errors.ProxyError("Cannot connect to proxy.", DROPPED)), Cause.DROPPED),
    "proxy-dropped-2": (
        wrapped(ProxyError, raised_from(pool_errors.ProxyError("Unable to connect to proxy", DROPPED), DROPPED)),
        Cause.DROPPED,
    ),
    "proxy-reset": (wrapped(ProxyError, pool_errors.ProxyError("Cannot connect to proxy.", RESET)), Cause.DROPPED),
    "proxy-broken-pipe": (
        wrapped(ProxyError, pool_errors.ProxyError("Cannot connect to proxy.", BrokenPipeError(32, "Broken pipe"))),
        Cause.DROPPED,
    ),
    "bare-proxy-error": (ProxyError("anything"), Cause.DROPPED),
    "proxy-read-timeout": (
        wrapped(ProxyError, pool_errors.ProxyError("Unable", pool_errors.ReadTimeoutError(POOL, "/x", "timed out"))),
        Cause.RESPONSE_TIMEOUT,
    ),
    "read-timeout": (requests.exceptions.ReadTimeout("timed out"), Cause.RESPONSE_TIMEOUT),
    "timeout-in-body": (
        RequestsConnectionError(pool_errors.ReadTimeoutError(POOL, "/x", "Read timed out.")),
        Cause.RESPONSE_TIMEOUT,
    ),
    "cut-off": (
        requests.exceptions.ChunkedEncodingError(pool_errors.ProtocolError("broken", http.client.IncompleteRead(b"x", 9))),
        Cause.DROPPED,
    ),
    "tls-broken": (wrapped(SSLError, pool_errors.SSLError(tls_error("DECRYPTION_FAILED_OR_BAD_RECORD_MAC"))), Cause.TLS),
    "tls-broken-in-body": (SSLError(pool_errors.SSLError(tls_error("WRONG_VERSION_NUMBER"))), Cause.TLS),
    "tls-ended": (
        wrapped(SSLError, pool_errors.SSLError(ssl.SSLEOFError(8, "EOF occurred in violation of protocol"))),
        Cause.TLS,
    ),
    "bare-ssl-error": (ssl.SSLError(1, "anything"), Cause.TLS),
    "packing": (requests.exceptions.ContentDecodingError(pool_errors.DecodeError("incorrect header")), Cause.PACKING),
    "words-about-names": (
        RequestsConnectionError(pool_errors.ProtocolError("NewConnectionError NameResolutionError", DROPPED)),
        Cause.DROPPED,
    ),
    "undecodable-answer": (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), Cause.DROPPED),
    "anything-else": (ValueError("anything"), Cause.DROPPED),
}


@pytest.mark.parametrize("name", UNSENT)
def test_what_proves_that_a_write_was_not_sent(name: str) -> None:
    error, cause = UNSENT[name]
    assert diagnose(error).cause is cause
    told = transport_error(error, "POST", URL, "https://host:17100", 30)
    assert (told.kind, told.outcome_unknown) == ("unreachable", False)
    assert "SECRET" not in told.message


@pytest.mark.parametrize("name", PERHAPS)
def test_everything_else_leaves_a_write_unsettled(name: str) -> None:
    error, cause = PERHAPS[name]
    assert diagnose(error).cause is cause
    for method, unknown in (("POST", True), ("PUT", True), ("DELETE", True), ("GET", False)):
        assert transport_error(error, method, URL, "https://host:17100", 30).outcome_unknown is unknown


@pytest.mark.parametrize("name", ["tls-broken", "tls-broken-in-body", "tls-ended"])
def test_tls_that_broke_is_no_matter_of_the_ca(name: str) -> None:
    message = transport_error(PERHAPS[name][0], "GET", URL, "https://host:17100", 30).message
    assert "TLS" in message
    assert "ca_path" not in message


def test_what_an_earlier_request_ended_with_proves_nothing() -> None:
    # A write that is sent while an earlier error is being handled has that one in its context.
    earlier = NotFoundError("gone")
    earlier.__context__ = connect_error(REFUSED)
    dropped = http.client.RemoteDisconnected("Remote end closed connection without response")
    dropped.__context__ = earlier
    failure = diagnose(RequestsConnectionError(pool_errors.ProtocolError("Connection aborted.", dropped)))
    assert (failure.cause, failure.perhaps_sent) == (Cause.DROPPED, True)


def test_a_chain_that_bites_its_tail_is_read_once() -> None:
    error = RequestsConnectionError("x")
    error.__context__ = error
    assert diagnose(error).cause is Cause.DROPPED


def test_an_alert_in_place_of_an_answer_says_https() -> None:
    line = http.client.BadStatusLine("\x15\x03\x03\x00\x02\x02\x0a")
    error = RequestsConnectionError(pool_errors.ProtocolError("Connection aborted.", line))
    told = transport_error(error, "GET", URL.replace("https", "http"), "http://host:17100", 30)
    assert (told.kind, "speaks TLS" in told.message, "https://" in told.message) == ("unreachable", True, True)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (requests.exceptions.InvalidURL("x"), "invalid", "api_url"),
        (requests.exceptions.InvalidProxyURL("x"), "unreachable", "proxy from the environment"),
        (pool_errors.ProxySchemeUnknown("gopher"), "unreachable", "proxy from the environment"),
        (requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support."), "unreachable", "proxy"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_addresses_that_cannot_be_used(error: Exception, kind: str, words: str) -> None:
    told = transport_error(error, "POST", URL, "https://host:17100", 30)
    assert (told.kind, told.outcome_unknown) == (kind, False)
    assert words in told.message


# With real proxies and real TLS


@pytest.fixture(scope="module")
def secure() -> Iterator[SimulatorServer]:
    """Return a simulated IES behind TLS."""
    with SimulatorServer(clock=ManualClock(START), tls=True) as server:
        yield server


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """Return a proxy that the environment names."""
    with Proxy() as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


Reach = Callable[..., IesClient]


@pytest.fixture(params=["http", "https"])
def server(request: pytest.FixtureRequest, simulator: SimulatorServer, secure: SimulatorServer) -> SimulatorServer:
    """Return a simulated IES without and with TLS."""
    secure.reset()
    return simulator if request.param == "http" else secure


@pytest.fixture
def reach() -> Iterator[Reach]:
    """Return a function that makes clients of a server; pauses take no time."""
    opened: list[IesClient] = []

    def open_client(server: SimulatorServer, **options: Any) -> IesClient:
        auth_token, bearer_token = server.tokens(TENANT)
        given = {"api_url": server.url, "auth_token": auth_token, "bearer_token": bearer_token, "ca_path": server.ca_path}
        clock = Clock(now=lambda: START, monotonic=lambda: START, sleep=lambda _seconds: None)
        opened.append(IesClient(ConnectionOptions(**{**given, **options}), clock))
        return opened[-1]

    yield open_client
    for client in opened:
        client.close()


def lost(call: Callable[[], Any]) -> tuple[str, bool]:
    """Return the kind of a failure and whether its outcome is unknown."""
    error: IesError = caught_from(call)
    return error.kind, error.outcome_unknown


class TestCaFile:
    @pytest.mark.parametrize("given", ["option", "variable"])
    @pytest.mark.parametrize("content", ["no certificate", None])
    def test_one_that_cannot_be_read(
        self,
        content: str | None,
        given: str,
        secure: SimulatorServer,
        reach: Reach,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        secure.reset()
        path = tmp_path / "ca.pem"
        if content is not None:
            path.write_text(content, encoding="ascii")
        if given == "variable":
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
        client = reach(secure, ca_path=str(path) if given == "option" else None)
        for call in (IesClient.list_services, WRITES["create"]):
            error = caught_from(lambda call=call: call(client))  # type: ignore[misc]
            assert (error.kind, error.outcome_unknown) == ("unreachable", False)
            assert "ca_path" in error.message
            assert "dropped" not in error.message
        assert secure.journal.entries == []


class TestBehindAProxy:
    def test_it_is_gone_through(self, server: SimulatorServer, proxy: Proxy, reach: Reach) -> None:
        assert reach(server).list_services()
        assert WRITES["update"](reach(server)).operation_id
        assert len(server.journal.entries) == 2
        assert {method for method, _target in proxy.seen} == ({"CONNECT"} if server.ca_path else {"GET", "PUT"})

    @pytest.mark.parametrize("name", WRITES)
    @pytest.mark.parametrize("warm", [False, True], ids=["fresh", "reused"])
    @pytest.mark.parametrize("fault", ["drop_after", "drop_before", "truncate"])
    def test_a_write_that_was_forwarded_and_dropped_is_unsettled(
        self, fault: str, warm: bool, name: str, server: SimulatorServer, proxy: Proxy, reach: Reach
    ) -> None:
        server.state.set_status(SERVICE_ID, active_status="Active" if name == "deactivate" else "Deactive")
        client = reach(server)
        if warm:
            client.list_services()
        server.faults.add(fault, method=METHODS[name])
        assert lost(lambda: WRITES[name](client)) == ("unreachable", True)
        assert len(server.journal.writes) == 1

    @pytest.mark.parametrize("name", WRITES)
    def test_a_proxy_that_keeps_the_answer_leaves_a_write_unsettled(
        self, name: str, simulator: SimulatorServer, proxy: Proxy, reach: Reach
    ) -> None:
        simulator.state.set_status(SERVICE_ID, active_status="Active" if name == "deactivate" else "Deactive")
        proxy.drop_answers = 1
        assert lost(lambda: WRITES[name](reach(simulator))) == ("unreachable", True)
        assert len(simulator.journal.writes) == 1

    def test_a_dropped_read_is_repeated(self, server: SimulatorServer, proxy: Proxy, reach: Reach) -> None:
        server.faults.add("drop_after", times=5)
        assert reach(server).list_services()
        assert len(server.journal.entries) == 6

    @pytest.mark.parametrize("status", [403, 407, 503])
    def test_a_refused_tunnel_was_never_sent(self, status: int, secure: SimulatorServer, proxy: Proxy, reach: Reach) -> None:
        secure.reset()
        proxy.refuse_tunnels = status
        error = caught_from(lambda: WRITES["create"](reach(secure)))
        assert (error.kind, error.outcome_unknown) == ("unreachable", False)
        assert f"status {status}" in error.message
        assert "proxy" in error.message
        assert secure.journal.entries == []

    def test_an_unknown_certificate_inside_a_tunnel_was_never_sent(
        self, secure: SimulatorServer, proxy: Proxy, reach: Reach
    ) -> None:
        secure.reset()
        error = caught_from(lambda: WRITES["create"](reach(secure, ca_path=None)))
        assert (error.kind, error.outcome_unknown) == ("unreachable", False)
        assert "ca_path" in error.message
        assert secure.journal.entries == []


@pytest.mark.parametrize("fault", ["drop_after", "tls_break", "truncate"])
def test_an_order_whose_answer_is_lost_behind_a_proxy_is_found_and_not_repeated(
    fault: str, server: SimulatorServer, proxy: Proxy, reach: Reach
) -> None:
    client = reach(server)
    server.faults.add(fault, method="POST")
    clock = Clock(now=lambda: START, monotonic=lambda: START, sleep=lambda _seconds: None)
    options = RunOptions(check_mode=False, wait=False, poll=PollOptions(10, 1))
    (job,) = run_fleet([declare(**orderable(name="branch"))], Tenant(client), options, clock)
    assert job.error is None
    assert [entry.method for entry in server.journal.writes] == ["POST"]
    (made,) = server.state.named(TENANT, "branch")
    assert job.outcome.service is not None
    assert job.outcome.service.service_id == made.service_id
    assert any("was lost" in warning for warning in job.outcome.warnings)


class TestBrokenTls:
    @pytest.mark.parametrize("tunnelled", [False, True], ids=["direct", "tunnelled"])
    @pytest.mark.parametrize("when", ["headers", "body"])
    @pytest.mark.parametrize("name", WRITES)
    def test_a_write_is_unsettled(
        self, name: str, when: str, tunnelled: bool, secure: SimulatorServer, request: pytest.FixtureRequest, reach: Reach
    ) -> None:
        secure.reset()
        if tunnelled:
            request.getfixturevalue("proxy")
        secure.state.set_status(SERVICE_ID, active_status="Active" if name == "deactivate" else "Deactive")
        secure.faults.add("tls_break", when=when)
        error = caught_from(lambda: WRITES[name](reach(secure)))
        assert (error.kind, error.outcome_unknown) == ("unreachable", True)
        assert "TLS connection broke" in error.message
        assert "ca_path" not in error.message
        assert len(secure.journal.writes) == 1

    @pytest.mark.parametrize("when", ["headers", "body"])
    @pytest.mark.parametrize("name", ["list_services", "find_service"])
    def test_a_read_is_repeated(self, name: str, when: str, secure: SimulatorServer, reach: Reach) -> None:
        secure.reset()
        secure.faults.add("tls_break", times=5, when=when)
        assert READS[name](reach(secure))
        assert len(secure.journal.entries) == 6
        secure.faults.add("tls_break", times=6, when=when)
        error = caught_from(lambda: READS[name](reach(secure)))
        assert (error.kind, error.method) == ("unreachable", "GET")
        assert "ca_path" not in error.message


class TestWrongPort:
    def test_https_to_a_port_without_tls(self, simulator: SimulatorServer, reach: Reach) -> None:
        url = simulator.url.replace("http", "https")
        for call in (IesClient.list_services, WRITES["create"]):
            client = reach(simulator, api_url=url)
            error = caught_from(lambda call=call, client=client: call(client))  # type: ignore[misc]
            assert (error.kind, error.outcome_unknown) == ("unreachable", False)
            assert "does not speak TLS" in error.message
            assert "http://" in error.message

    def test_http_to_a_port_with_tls(self, secure: SimulatorServer, reach: Reach) -> None:
        url = secure.url.replace("https", "http")
        error = caught_from(reach(secure, api_url=url, ca_path=None).list_services)
        assert error.kind == "unreachable"
        assert "https://" in error.message

    @pytest.mark.parametrize(
        "page",
        [
            "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>",
            "Client sent an HTTP request to an HTTPS server.\n",
            "Bad Request\nThis combination of host and port requires TLS.\n",
            "<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.</p>",
        ],
        ids=["nginx", "go", "tomcat", "apache"],
    )
    def test_a_server_that_says_so_itself(self, page: str, simulator: SimulatorServer, reach: Reach) -> None:
        simulator.faults.add("status", status=400, body=page)
        error = caught_from(reach(simulator).list_services)
        assert (error.kind, error.status) == ("bad_response", 400)
        assert "write https:// in api_url" in error.message
