# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever bytes come back, every call of the client returns or raises an IesError, soon and in little memory."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._argspec import spec_of
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import BadResponseError, IesError
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks import (
    ies_catalog_info,
    ies_service,
    ies_service_info,
    ies_services,
    ies_vpn_traffic_info,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks._context import Context
from ansible_collections.cloudopera.ies.plugins.module_utils._time import Clock
from ansible_collections.cloudopera.ies.plugins.module_utils._wire import transport
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.client import IesClient
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.connection import ConnectionOptions

from ..support import JSON_VALUES, READS, SERVICE_ID, WRITES

CALLS: dict[str, Callable[[IesClient], Any]] = {**READS, **WRITES}
MIB = 1024 * 1024


class Replier:
    """A server that answers each request with the same bytes, whatever they are, and hangs up."""

    def __init__(self) -> None:
        self.pieces: Iterable[bytes] = ()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            with connection:
                try:
                    _read_request(connection)
                    for piece in self.pieces:
                        connection.sendall(piece)
                except OSError:
                    # The client has read enough.
                    continue


def _read_request(connection: socket.socket) -> None:
    """Read to the end of the body, so that hanging up does not reset what was sent."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _separator, body = received.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < sum(map(int, lengths)):
        body += _more(connection)


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise ConnectionError("the client hung up")
    return received


@pytest.fixture(scope="module")
def replier() -> Iterator[Replier]:
    """Return a server that says what it is told to say."""
    server = Replier()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def asking(replier: Replier) -> Iterator[IesClient]:
    """Return a client of it that does not ask twice and never sleeps."""
    passed = [0.0]
    clock = Clock(lambda: passed[0], lambda: passed[0], lambda seconds: passed.__setitem__(0, passed[0] + seconds))
    client = IesClient(ConnectionOptions(replier.url, "token", api_retries=0, api_timeout=20), clock)
    yield client
    client.close()


def reply(body: bytes, status: int = 200, *headers: tuple[str, str]) -> bytes:
    """Return a whole response as it goes over the wire."""
    lines = [f"HTTP/1.1 {status} x", *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace") + body


def chunked(pieces: Iterable[bytes], *headers: str) -> Iterator[bytes]:
    """Yield a response that does not say how long it is."""
    yield "\r\n".join(["HTTP/1.1 200 x", "Transfer-Encoding: chunked", *headers, "", ""]).encode()
    for piece in pieces:
        yield f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    yield b"0\r\n\r\n"


def check_call(call: Callable[[IesClient], Any], client: IesClient) -> Any:
    """Make a call; whatever it returns, or the error it raises, can be shown as a result."""
    try:
        found = call(client)
    except IesError as error:
        found = error
    finally:
        # The server hangs up after each response, however well the client could go on.
        client.close()
    entries = found if isinstance(found, list) else [found]
    shown = [entry.to_result() if hasattr(entry, "to_result") else str(entry) for entry in entries]
    assert json.dumps(shown)
    assert not isinstance(found, IesError) or "\n" not in shown[0]
    return found


NASTY = [
    *(b"1e999", b"[1e999]", b"[NaN]", b'{"services":NaN}', b"-Infinity", b"9" * 5000, b"[" + b"9" * 5000 + b"]"),
    *(b"", b"null", b"true", b"0", b'""', b"\x00", b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf", b"\xef\xbb\xbf{}", b"\xff" * 50),
    *(b'"\\ud800"', b'{"\\udc00":"\\ud800"}', b"[" * 5000, b'{"a":' * 5000, b'{"service":' * 2000 + b"{}" + b"}" * 2000),
    *(b"<html>", b"{", b'{"a":1}{"a":1}', b"\x1f\x8b", b'["' + b"x" * 100_000 + b'"]', b"{}" * 1000, b"\r\n\r\n"),
]
# Values that stand where ids, names, times and numbers are expected.
ODD = [
    "1e999",
    "NaN",
    "-1e308",
    "9" * 400,
    '"\\ud800"',
    '"a\\u0000b"',
    '"' + "x" * 5000 + '"',
    "[]",
    "{}",
    '""',
    "true",
    "1e15",
]
SHAPES = [
    '{"services":[{"service_id":%s,"name":%s,"created_at":%s,"status":%s,"parameters":{"L":[{"CloudVpnName":%s,"Bandwidth":%s}]}}]}',
    '{"service":{"service_id":%s,"operation_id":%s,"name":%s,"created_at":%s,"parameters":%s}}',
    '{"data":[{"servicedefId":%s,"name":%s,"templates":[{"template_id":%s}]}]}',
    '{"operation":{"operation_id":%s,"progress":%s,"result":%s,"reason":%s,"operate_at":%s}}',
    '{"data":[{"time":%s,"value":%s},[%s,%s]]}',
    '{"times":[%s],"values":[%s]}',
    '{"exceptionId":%s,"detailArgs":[%s],"message":%s}',
]


def _filled(shape: str) -> st.SearchStrategy[bytes]:
    odd = st.tuples(*[st.sampled_from(ODD)] * shape.count("%s"))
    return odd.map(lambda values: (shape % values).encode())


_shaped = st.sampled_from(SHAPES).flatmap(_filled)
_bodies = st.one_of(
    st.sampled_from(NASTY),
    st.binary(max_size=60),
    JSON_VALUES.map(lambda value: json.dumps(value).encode()),
    JSON_VALUES.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-16")),
    st.recursive(
        st.text(st.characters(exclude_categories=()), max_size=6),
        lambda inner: st.dictionaries(st.text(st.characters(exclude_categories=()), max_size=6), inner, max_size=3),
    ).map(lambda value: json.dumps(value).encode()),
    _shaped,
)
_statuses = st.one_of(st.sampled_from((200, 200, 201, 202, 204, 302, 400, 404, 429, 500, 503)), st.integers(200, 999))
_texts = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20),
    st.sampled_from(
        ("-1", "1e9", "9" * 400, "http://[", "//", "Sun, 99 Nov 99999 99:99:99 GMT", "Mon, 01 Jan 0001 00:00:00 +2359")
    ),
)
_headers = st.lists(
    st.tuples(st.sampled_from(("Location", "Retry-After", "Content-Type", "Set-Cookie", "Date", "Transfer-Encoding")), _texts),
    max_size=2,
)
_packing = st.sampled_from(
    (
        (lambda body: body, ()),
        (lambda body: body, (("Content-Encoding", "gzip"),)),
        (gzip.compress, (("Content-Encoding", "gzip"),)),
        (lambda body: gzip.compress(body)[:-3], (("Content-Encoding", "gzip"),)),
        (zlib.compress, (("Content-Encoding", "deflate"),)),
        (lambda body: gzip.compress(gzip.compress(body)), (("Content-Encoding", "gzip, gzip"),)),
        (lambda body: body, (("Content-Encoding", "br"),)),
        (lambda body: body, (("Content-Encoding", "x, y, z"),)),
    )
)


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=60)
@given(body=_bodies, status=_statuses, headers=_headers, packing=_packing)
def test_any_answer_is_read_or_refused(
    name: str, replier: Replier, asking: IesClient, body: bytes, status: int, headers: list[tuple[str, str]], packing: Any
) -> None:
    pack, packed_headers = packing
    replier.pieces = [reply(pack(body), status, *headers, *packed_headers)]
    check_call(CALLS[name], asking)


@settings(max_examples=100)
@given(
    head=st.one_of(
        st.binary(max_size=80),
        st.sampled_from(
            (b"HTTP/1.1 200 x\r\n", b"HTTP/1.1 abc\r\n", b"HTTP/9 200\r\n", b"HTTP/1.1 200 x\r\nContent-Length: -5\r\n")
        ),
        st.sampled_from((b"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n", b"HTTP/1.1 204 x\r\n\r\nmore", b"")),
    ),
    rest=st.binary(max_size=80),
)
def test_any_bytes_are_read_or_refused(replier: Replier, asking: IesClient, head: bytes, rest: bytes) -> None:
    replier.pieces = [head + rest]
    for call in (READS["list_services"], WRITES["create"]):
        check_call(call, asking)


@settings(max_examples=60)
@given(body=_filled(SHAPES[0]))
def test_what_was_read_can_be_asked_for_again(replier: Replier, asking: IesClient, body: bytes) -> None:
    """Ids that a response names go into the next path, its parameters into the next payload."""
    replier.pieces = [reply(body)]
    found = check_call(READS["list_services"], asking)
    for service in found if isinstance(found, list) else []:
        payload = {"service": {"name": service.name, "parameters": service.parameters}}
        check_call(partial(IesClient.find_service, service_id=str(service.service_id)), asking)
        check_call(partial(IesClient.update_service, service_id=SERVICE_ID, payload=payload), asking)


_odd = st.one_of(JSON_VALUES, st.sampled_from((float("inf"), float("nan"), 10**300, "1e999", "9" * 400, "\ud800", "x" * 5000)))
_item = st.fixed_dictionaries(
    {"CloudVpnName": st.one_of(st.just("v"), _odd)},
    optional={
        "Bandwidth": st.one_of(st.just("5"), _odd),
        "VNI": _odd,
        "action": _odd,
        "logicalName": _odd,
        "cloudvpnname": _odd,
    },
)
_lists = st.lists(_item, max_size=3)
_parameters = st.dictionaries(
    st.sampled_from(("Site2DCList", "Site2SiteList", "CloudVpnName", "Bandwidth", "x")),
    st.one_of(_lists, _lists.map(json.dumps), _odd),
    max_size=3,
)
_service = st.fixed_dictionaries(
    {"service_id": st.just("id"), "name": st.just("a")},
    optional={
        "description": _odd,
        "created_at": _odd,
        "status": st.one_of(
            st.sampled_from(("Completed", "Failed", "CreateFailed", "UpdateInProgress", "DeleteInProgress")), _odd
        ),
        "active_status": st.one_of(st.just("Active"), _odd),
        "service_definition_id": _odd,
        "template_id": _odd,
        "parameters": st.one_of(_parameters, _odd),
    },
)
_operation = st.fixed_dictionaries(
    {"operation_id": st.just("o")}, optional={"progress": st.one_of(st.just("done"), _odd), "result": _odd, "reason": _odd}
)
SITE = {"cloud_vpn_name": "v", "bandwidth": 5, "vni": "1"}
DECLARED = {"name": "a", "service_definition": "id", "site2dc": [SITE], "on_immutable_change": "update", "deactivate": True}
TASKS: dict[str, tuple[ModuleType, dict[str, Any]]] = {
    "present": (ies_service, DECLARED),
    "recreate": (ies_service, {**DECLARED, "on_immutable_change": "recreate"}),
    "raw": (ies_service, {"name": "a", "parameters": {"x": "1", "Site2DCList": [{"CloudVpnName": "v", "action": "delete"}]}}),
    "bandwidth": (ies_service, {"name": "a", "bandwidth": 7}),
    "rename": (ies_service, {"name": "b", "service_id": "id"}),
    "absent": (ies_service, {"name": "a", "state": "absent", "deactivate": True}),
    "fleet": (ies_services, {"services": [DECLARED, {"name": "b", "state": "absent"}], "max_parallel": 1}),
    "services": (ies_service_info, {"wait": True, "max_parallel": 1}),
    "catalogue": (ies_catalog_info, {"max_parallel": 1}),
    "traffic": (ies_vpn_traffic_info, {"cloud_vpn_names": ["v"], "max_parallel": 1}),
}


def _result_of(task: ModuleType, params: dict[str, Any], context: Context, client: IesClient) -> str:
    return json.dumps(task.run(params, client, context))


@pytest.mark.parametrize("name", TASKS)
@settings(max_examples=40)
@given(service=_service, operation=_operation, series=st.one_of(st.none(), st.lists(st.lists(_odd, max_size=2), max_size=3)))
def test_any_service_is_dealt_with_or_refused(
    name: str, replier: Replier, asking: IesClient, service: dict[str, Any], operation: dict[str, Any], series: Any
) -> None:
    """Every request of a task gets the same answer, which is one to each of them."""
    body = {"services": [service], "service": service, "operation": operation, "operations": [operation], "times": series}
    replier.pieces = [reply(json.dumps(body).encode())]
    task, given_options = TASKS[name]
    spec = spec_of(task)
    spec.pop("supports_check_mode")
    pace = {"wait_timeout": 60, "wait_sleep": 20} if "wait" in task.OPTIONS else {}
    connection = {"api_url": replier.url, "auth_token": "token"}
    params = ArgumentSpecValidator(**spec).validate({**connection, **given_options, **pace}).validated_parameters
    told: list[str] = []
    for check_mode in (True, False):
        context = Context(check_mode, asking._clock, told.append)
        check_call(partial(_result_of, task, params, context), asking)


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> int:
    """Let the limit be small, so that a test is quick."""
    monkeypatch.setattr(transport, "LARGEST_RESPONSE", MIB)
    return MIB


def peak_of(call: Callable[[], object]) -> int:
    """Return the most bytes that were in use at once meanwhile."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def endless() -> Iterator[bytes]:
    """Yield forever, well: a thousand times the limit."""
    for _number in range(16 * 1024):
        yield b" " * 64 * 1024


def test_an_endless_answer_is_cut_off(replier: Replier, asking: IesClient, small_limit: int) -> None:
    replier.pieces = chunked(endless())
    caught: list[Any] = []
    peak = peak_of(lambda: caught.append(check_call(READS["list_services"], asking)))
    assert isinstance(caught[0], BadResponseError)
    assert "larger than 1 MiB" in caught[0].message
    assert peak < 4 * small_limit


def test_a_small_answer_that_unpacks_to_a_huge_one_is_cut_off(replier: Replier, asking: IesClient, small_limit: int) -> None:
    replier.pieces = [reply(gzip.compress(b" " * 64 * MIB), 200, ("Content-Encoding", "gzip"))]
    caught: list[Any] = []
    peak = peak_of(lambda: caught.append(check_call(READS["list_services"], asking)))
    assert isinstance(caught[0], BadResponseError)
    assert "larger than 1 MiB" in caught[0].message
    # What the library unpacks out of one chunk before it hands that on.
    assert peak < 80 * MIB


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("packing", ["gzip, gzip", "gzip,gzip,gzip", "br", "zstd", "compress", "identity, gzip"])
def test_what_nobody_asked_for_is_not_unpacked(packing: str, status: int, replier: Replier, asking: IesClient) -> None:
    replier.pieces = [reply(gzip.compress(gzip.compress(b"[]")), status, ("Content-Encoding", packing))]
    found = check_call(READS["list_services"], asking)
    assert isinstance(found, BadResponseError)
    assert found.status == status
    assert "packed" in found.message


@pytest.mark.parametrize(("packing", "pack"), [("gzip", gzip.compress), ("GZIP", gzip.compress), ("deflate", zlib.compress)])
def test_what_was_asked_for_is_unpacked(
    packing: str, pack: Callable[[bytes], bytes], replier: Replier, asking: IesClient
) -> None:
    replier.pieces = [reply(pack(b'{"services":[{"service_id":"a"}]}'), 200, ("Content-Encoding", packing))]
    (service,) = check_call(READS["list_services"], asking)
    assert service.service_id == "a"
