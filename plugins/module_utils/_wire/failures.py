# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of a request that got no complete response: read off the exceptions of the HTTP library, whatever its version.

A request counts as sent unless its exceptions prove that it was not. The outermost exception proves nothing: behind a proxy,
a connection that was refused and one that was dropped after the request look alike. So the whole chain is read, by the
names of its classes, which urllib3 1.26 and 2 share.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from enum import Enum
from types import TracebackType
from typing import Any, NamedTuple

from .._errors import BadResponseError, IesError, InvalidError, ResponseTimeoutError, UnreachableError

_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (\d{3})\b")
# How a TLS record begins: an alert (21) or a handshake message (22), then the version.
_TLS_RECORD = ("\x15\x03", "\x16\x03")
# What requests itself says of a file that is not there.
_NO_BUNDLE = "Could not find a suitable TLS CA certificate bundle"
_NO_PROTOCOL = ("wrong version number", "unknown protocol", "http request", "record layer failure")


class SetupError(UnreachableError):
    """TLS was not established, because of how one side is set up: reading again does not help."""


class BrokenResponseError(BadResponseError):
    """A response that was spoilt or cut on its way: worth reading again."""


class Cause(Enum):
    """Why there is no complete response. Of all but the last four it is certain that the request was not sent."""

    ADDRESS = "address"
    PROXY_ADDRESS = "proxy address"
    CA_FILE = "CA file"
    CERTIFICATE = "certificate"
    HANDSHAKE = "handshake"
    TUNNEL = "tunnel"
    CONNECT_TIMEOUT = "connect timeout"
    NO_CONNECTION = "no connection"
    RESPONSE_TIMEOUT = "response timeout"
    PACKING = "packing"
    TLS = "tls"
    DROPPED = "dropped"


_PERHAPS_SENT = frozenset({Cause.RESPONSE_TIMEOUT, Cause.PACKING, Cause.TLS, Cause.DROPPED})
# Only of the outermost exception: further in, a name such as UnicodeError may speak of a response.
_NO_ADDRESS = frozenset({"InvalidURL", "InvalidSchema", "UnicodeError"})
# The first one that is met anywhere in the chain decides. Of the base classes, those of proofs come first.
_CAUSES: tuple[tuple[Cause, frozenset[str]], ...] = (
    (Cause.PROXY_ADDRESS, frozenset({"InvalidProxyURL", "ProxySchemeUnknown", "ProxySchemeUnsupported"})),
    (Cause.CERTIFICATE, frozenset({"SSLCertVerificationError", "CertificateError"})),
    # With urllib3 1.26 a connection that failed is also one that timed out.
    (Cause.NO_CONNECTION, frozenset({"NewConnectionError", "NameResolutionError", "gaierror", "ConnectionRefusedError"})),
    (Cause.CONNECT_TIMEOUT, frozenset({"ConnectTimeout", "ConnectTimeoutError"})),
    (Cause.PACKING, frozenset({"ContentDecodingError", "DecodeError"})),
    (Cause.RESPONSE_TIMEOUT, frozenset({"Timeout", "ReadTimeoutError", "TimeoutError", "timeout"})),
)


class Failure(NamedTuple):
    """What the exceptions of a request tell.

    `reason` is a few words of the system or of TLS; `proxied` tells that a proxy was involved, `tls_expected` that the
    other side answered plain HTTP with TLS, `in_handshake` that TLS was being set up.
    """

    cause: Cause
    reason: str
    proxied: bool
    tls_expected: bool
    in_handshake: bool

    @property
    def perhaps_sent(self) -> bool:
        """Return whether the request may have reached the server."""
        return self.cause in _PERHAPS_SENT


def diagnose(error: BaseException) -> Failure:
    """Return what an exception of the HTTP library, and all that led to it, tell about the request."""
    chain = list(_chain(error))
    own = _names(error)
    names = {base.__name__ for entry in chain for base in type(entry).__mro__}
    in_handshake = _came_out_of(chain, "do_handshake")
    refusal = next(filter(None, map(_refused_tunnel, chain)), None)
    cause = next((found for found, wanted in _CAUSES if names & wanted), None)
    if own & _NO_ADDRESS and not own & {"InvalidProxyURL", "UnicodeDecodeError"}:
        cause = Cause.PROXY_ADDRESS if "SOCKS" in str(error) else Cause.ADDRESS
    if cause in {None, Cause.RESPONSE_TIMEOUT} and refusal is not None:
        cause = Cause.TUNNEL
    if cause is None:
        cause = _tls_cause(chain, names, in_handshake)
    if cause is None:
        cause = Cause.RESPONSE_TIMEOUT if "timed out" in str(error).lower() else Cause.DROPPED
    return Failure(
        cause,
        refusal if cause is Cause.TUNNEL and refusal else _reason(chain),
        "ProxyError" in names,
        any("BadStatusLine" in _names(entry) and str(entry).strip("'\"").startswith(_TLS_RECORD) for entry in chain),
        in_handshake,
    )


def _tls_cause(chain: list[BaseException], names: set[str], in_handshake: bool) -> Cause | None:
    """Return what went wrong with TLS; None when it was not TLS, or no more than a connection that ended."""
    if any(_NO_BUNDLE in str(entry) for entry in chain):
        return Cause.CA_FILE
    if "SSLError" not in names:
        return None
    if in_handshake:
        ended = any(isinstance(entry, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) for entry in chain)
        refused = any(isinstance(entry, ssl.SSLError) for entry in chain) and not ended
        return Cause.HANDSHAKE if refused else None
    # What comes before the handshake is the reading of the CA's file.
    return Cause.CA_FILE if _came_out_of(chain, "ssl_wrap_socket") else Cause.TLS


def transport_error(error: Exception, method: str, url: str, api_url: str, seconds: float) -> IesError:
    """Turn what the HTTP library raised into our error; its own words are not shown, it may hold a header.

    `seconds` is the `api_timeout` that the request was given.
    """
    failure = diagnose(error)
    if failure.cause is Cause.ADDRESS:
        return InvalidError(f"api_url {api_url!r} names an invalid host; write it as https://host:17100")
    error_class, text = _worded(failure, seconds)
    if failure.cause is Cause.DROPPED and method == "GET" and url.startswith("http:") and not failure.tls_expected:
        text += "; a port that speaks TLS wants https:// in api_url"
    unknown = method != "GET" and failure.perhaps_sent
    return error_class(f"{url}: {text}", method=method, url=url, outcome_unknown=unknown)


def _worded(failure: Failure, seconds: float) -> tuple[type[IesError], str]:
    """Return the class of the error and what is said after the URL."""
    cause, reason = failure.cause, failure.reason
    if cause is Cause.CA_FILE:
        return SetupError, (
            f"the CA bundle could not be read ({reason}); check that ca_path, or REQUESTS_CA_BUNDLE, names a PEM file"
        )
    if cause is Cause.CERTIFICATE:
        return SetupError, (
            f"the TLS connection failed ({reason}); give the CA of the server's certificate as ca_path, and check that"
            " api_url names the host as the certificate does and a port that speaks TLS"
        )
    if cause is Cause.HANDSHAKE:
        return SetupError, f"the TLS connection failed ({reason}); {_handshake_advice(failure)}"
    if cause is Cause.PACKING:
        return BrokenResponseError, "the response could not be unpacked; run again, and check any proxy between"
    if cause is Cause.RESPONSE_TIMEOUT:
        return ResponseTimeoutError, f"no response within {seconds:g} s (api_timeout); run again, or give it more time"
    if cause is Cause.CONNECT_TIMEOUT:
        return UnreachableError, f"no connection within {seconds:g} s; check api_url, firewall and proxy"
    if failure.tls_expected:
        return UnreachableError, "the port speaks TLS, and was sent plain HTTP; write https:// in api_url"
    return UnreachableError, _unreachable_words(failure)


def _unreachable_words(failure: Failure) -> str:
    cause, reason = failure.cause, failure.reason
    if cause is Cause.TUNNEL:
        return f"the proxy from the environment refused to connect ({reason}); check https_proxy and what the proxy allows"
    if cause is Cause.PROXY_ADDRESS:
        return "the proxy from the environment is no address that can be used; check http_proxy and https_proxy"
    if cause is Cause.NO_CONNECTION and failure.proxied:
        return f"the proxy from the environment did not connect ({reason}); check http_proxy and https_proxy"
    if cause is Cause.NO_CONNECTION:
        return f"no connection ({reason}); check host and port of api_url and that the server runs"
    if cause is Cause.TLS:
        return f"the TLS connection broke before the response was complete ({reason}); run again, and check the network between"
    if failure.in_handshake:
        return "the connection was dropped while TLS was being set up; check that the port in api_url speaks TLS, and run again"
    return "the connection was dropped before the response was complete; run again, and check the network between"


def _handshake_advice(failure: Failure) -> str:
    if failure.reason not in _NO_PROTOCOL:
        return "check that the port in api_url speaks TLS, and the versions and ciphers that both sides allow"
    if failure.proxied:
        return "the proxy from the environment does not speak TLS: write http:// in https_proxy"
    return "the port in api_url does not speak TLS, so no ca_path helps: give the port that does, or write http:// in api_url"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what led to it. What an earlier request ended with is no part of it."""
    seen: set[int] = set()
    pending: list[BaseException] = [error]
    while pending:
        entry = pending.pop()
        if id(entry) in seen or isinstance(entry, IesError):
            continue
        seen.add(id(entry))
        yield entry
        related: tuple[Any, ...] = (entry.__cause__, entry.__context__, getattr(entry, "reason", None), *entry.args)
        pending += [other for other in related if isinstance(other, BaseException)]


def _names(error: BaseException) -> set[str]:
    return {base.__name__ for base in type(error).__mro__}


def _came_out_of(chain: list[BaseException], function: str) -> bool:
    """Return whether an exception of the chain came out of a function of that name."""
    return any(_was_in(entry.__traceback__, function) for entry in chain)


def _was_in(trace: TracebackType | None, function: str) -> bool:
    while trace is not None:
        if trace.tb_frame.f_code.co_name == function:
            return True
        trace = trace.tb_next
    return False


def _refused_tunnel(error: BaseException) -> str | None:
    """Return the status with which a proxy refused CONNECT; its words are not shown."""
    found = _TUNNEL_REFUSED.match(str(error)) if isinstance(error, OSError) else None
    return f"status {found.group(1)}" if found else None


def _reason(chain: list[BaseException]) -> str:
    """Return the innermost system or TLS reason of a chain, in its own few words."""
    found = "no reason given"
    for entry in chain:
        if isinstance(entry, ssl.SSLCertVerificationError):
            return getattr(entry, "verify_message", None) or "the certificate was not accepted"
        if isinstance(entry, ssl.SSLError) and getattr(entry, "reason", None):
            return entry.reason.lower().replace("_", " ")
        if isinstance(entry, OSError) and entry.strerror and "RequestException" not in _names(entry):
            found = entry.strerror
    return found
