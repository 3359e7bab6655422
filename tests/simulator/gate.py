# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway in front of the routes: journal, authentication, load limits, faults, and real broken connections."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, unquote

from fastapi import FastAPI, Response

from .admin import PREFIX as ADMIN_PREFIX
from .app import SERVICES, Call, not_routed_response, refusal_response
from .faults import OUTCOMES, Fault
from .journal import Entry
from .listener import Listener
from .model import SYSTEM_ERROR, Refusal, network_failure
from .simulation import Simulation
from .views import exception_body

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_LOGGER = logging.getLogger(__name__)
_LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"
_SERVICE_PATH = re.compile(re.escape(SERVICES) + r"/[^/]+")
_NOT_ROUTED = (404, 405)
# Application data of TLS 1.2 and 1.3, under no key.
_SPOILT_RECORD = b"\x17\x03\x03\x00\x40" + bytes(64)


class ClientGone(Exception):
    """The client closed the connection before it had its response."""


@dataclass
class Answer:
    """A whole response, held back so that faults can spoil it."""

    status: int
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""


class Gate:
    """ASGI application around the routes.

    Paths are handed on percent-encoded, so that an encoded slash is no separator (contract 1: ids in paths).
    """

    def __init__(self, app: FastAPI, simulation: Simulation, listener: Listener) -> None:
        self._app = app
        self._simulation = simulation
        self._listener = listener
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        _answer_refusals(app, simulation)

    def stop(self) -> None:
        """Let go of all held requests without a response; safe to call from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._loop = asyncio.get_running_loop()
        if self._listener.is_shut:
            # A connection that was being opened when all others were broken.
            await _break(scope, receive)
            return
        raw_path = scope["raw_path"].decode("ascii")
        scope["path"] = raw_path
        if raw_path.startswith(f"{ADMIN_PREFIX}/"):
            await self._app(scope, receive, send)
            return
        body = await _read_body(receive)
        if body is not None:
            await _Exchange(self._simulation, self._app, self._listener, self._stopping, scope, receive, send, body).run()


class _Exchange:
    """One wire request from its arrival to its response or its broken connection."""

    def __init__(
        self,
        simulation: Simulation,
        app: FastAPI,
        listener: Listener,
        stopping: asyncio.Event,
        scope: Scope,
        receive: Receive,
        send: Send,
        body: bytes,
    ) -> None:
        self._simulation = simulation
        self._app = app
        self._listener = listener
        self._stopping = stopping
        self._scope = scope
        self._receive = receive
        self._send = send
        self._body = body
        self._headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        self._method: str = scope["method"]
        self._path = unquote(scope["path"])
        self._skew = 0.0

    async def run(self) -> None:
        entry = self._begin()
        status: int | None = None
        try:
            status = await self._serve(entry)
        except ClientGone:
            _LOGGER.debug("client left request %s", entry.seq)
        finally:
            self._simulation.journal.end(entry, status)

    def _begin(self) -> Entry:
        token = self._headers.get("x-auth-token")
        return self._simulation.journal.begin(
            time=self._simulation.clock.now(),
            method=self._method,
            raw_path=self._scope["path"],
            path=self._path,
            query=dict(parse_qsl(self._scope["query_string"].decode("latin-1"), keep_blank_values=True)),
            body=_parsed(self._body),
            headers=sorted(self._headers),
            has_auth_token=bool(token),
            has_bearer=self._headers.get("authorization", "").lower().startswith("bearer "),
            content_type=self._headers.get("content-type"),
            tenant=self._simulation.tokens.tenant_of(token),
        )

    async def _serve(self, entry: Entry) -> int | None:
        """Return the status sent, None when the connection was broken."""
        options = self._simulation.options
        if options.max_in_flight and entry.in_flight > options.max_in_flight:
            return await self._deliver(_too_many(options.retry_after))
        await self._pause(options.latency)
        hits = self._simulation.faults.fire(self._method, self._path, _write_kind(self._method, self._scope["path"]))
        entry.faults = [rule.action for rule in hits]
        rules: dict[str, Fault] = {rule.action: rule for rule in reversed(hits)}
        self._skew = float(rules["clock_skew"].params.get("seconds", 0)) if "clock_skew" in rules else 0.0
        if "delay" in rules and rules["delay"].params.get("when", "before") == "before":
            await self._pause(float(rules["delay"].params.get("seconds", 1)))
        if "hang" in rules and not rules["hang"].params.get("process", False):
            await self._hang(rules["hang"])
        if "drop_before" in rules:
            return await self._drop()
        if "restart" in rules and not rules["restart"].params.get("process", False):
            return await self._go_down(rules["restart"])
        answer = _answer_without_processing(rules)
        if answer is None:
            answer = await self._process(hits)
        if "delay" in rules and rules["delay"].params.get("when") == "after":
            await self._pause(float(rules["delay"].params.get("seconds", 1)))
        if "hang" in rules and rules["hang"].params.get("process", False):
            await self._hang(rules["hang"])
        return await self._deliver_spoilt(answer, rules)

    async def _process(self, hits: list[Fault]) -> Answer:
        """Authenticate and run the route, telling the state how the network layer is to end the work."""
        outcome_rule = next((rule for rule in hits if rule.action in OUTCOMES), None)
        try:
            tenant = self._simulation.tokens.admit(
                self._method,
                self._headers.get("x-auth-token"),
                self._headers.get("authorization"),
                self._simulation.clock.wall(),
            )
        except Refusal as refusal:
            self._refund(hits, None)
            return _held(refusal_response(self._simulation, refusal, auth=True))
        call = Call(tenant, self._body, self._skew)
        if outcome_rule is not None:
            params = outcome_rule.params
            call.outcome.immediate = outcome_rule.action != "fail_async"
            call.outcome.reason = params.get("reason")
            call.outcome.exception_id = params.get("exceptionId", SYSTEM_ERROR)
            if call.outcome.reason is None:
                call.outcome.reason = network_failure(_write_kind(self._method, self._scope["path"]) or "")
        answer = await self._routed(call)
        self._refund(hits, outcome_rule if call.outcome.used else None)
        return answer

    def _refund(self, hits: list[Fault], used: Fault | None) -> None:
        for rule in hits:
            if rule.action in OUTCOMES and rule is not used:
                self._simulation.faults.refund(rule)

    async def _routed(self, call: Call) -> Answer:
        answer = Answer(500)

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = [(key, value) for key, value in message["headers"] if key != b"content-length"]
            else:
                answer.body += message.get("body", b"")

        async def no_more() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        try:
            await self._app({**self._scope, "ies.call": call}, no_more, keep)
        except Exception:
            _LOGGER.exception("the simulator failed on %s %s", self._method, self._path)
            return _held(refusal_response(self._simulation, Refusal(SYSTEM_ERROR)))
        return answer

    async def _deliver_spoilt(self, answer: Answer, rules: dict[str, Fault]) -> int | None:
        if "drop_after" in rules:
            return await self._drop()
        if "restart" in rules:
            return await self._go_down(rules["restart"])
        if "status_after" in rules:
            answer = _prescribed(rules["status_after"])
        if "duplicate" in rules:
            answer.body *= 2
        if "tls_break" in rules:
            return await self._break_tls(answer, rules["tls_break"])
        if "truncate" in rules:
            half = answer.body[: len(answer.body) // 2]
            if rules["truncate"].params.get("mode", "length") == "length":
                return await self._deliver_part(answer, half)
            answer.body = half
        return await self._deliver(answer)

    async def _deliver(self, answer: Answer) -> int:
        await self._send_start(answer)
        await self._send({"type": "http.response.body", "body": answer.body})
        return answer.status

    async def _deliver_part(self, answer: Answer, part: bytes) -> int | None:
        await self._send_start(answer)
        await self._send({"type": "http.response.body", "body": part, "more_body": True})
        self._scope["ies.transport"]().close()
        await self._gone()
        return None

    async def _break_tls(self, answer: Answer, rule: Fault) -> int | None:
        """Put a record that nobody can decrypt in the place of the response, or of its second half; without TLS: drop."""
        transport = self._scope["ies.transport"]()
        if transport.get_extra_info("ssl_object") is None:
            return await self._drop()
        if rule.params.get("when", "body") == "body":
            await self._send_start(answer)
            await self._send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
        os.write(transport.get_extra_info("socket").fileno(), _SPOILT_RECORD)
        return await self._drop()

    async def _send_start(self, answer: Answer) -> None:
        date = formatdate(self._simulation.clock.wall() + self._skew, usegmt=True)
        headers = [*answer.headers, (b"date", date.encode()), (b"server", b"IES-simulator")]
        length = (b"content-length", str(len(answer.body)).encode())
        await self._send({"type": "http.response.start", "status": answer.status, "headers": [*headers, length]})

    async def _drop(self) -> int | None:
        await _break(self._scope, self._receive)
        return None

    async def _go_down(self, rule: Fault) -> int | None:
        self._listener.shut(float(rule.params.get("seconds", 0)))
        return await self._drop()

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            await self._hold(asyncio.sleep(seconds))

    async def _hang(self, rule: Fault) -> None:
        released = asyncio.Event()
        loop = asyncio.get_running_loop()

        def release() -> None:
            loop.call_soon_threadsafe(released.set)

        forget = self._simulation.faults.on_release(release, rule.id)
        try:
            with self._simulation.faults.holding(rule):
                await self._hold(released.wait())
        finally:
            forget()

    async def _hold(self, awaited: Awaitable[Any]) -> None:
        """Wait for `awaited`; break off when the client goes away or the server stops."""
        wanted = asyncio.ensure_future(awaited)
        gone = asyncio.ensure_future(self._gone())
        stopping = asyncio.ensure_future(self._stopping.wait())
        tasks: set[asyncio.Future[Any]] = {wanted, gone, stopping}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if wanted.done():
                return
            if stopping.done():
                await self._drop()
            raise ClientGone
        finally:
            for task in tasks:
                task.cancel()

    async def _gone(self) -> None:
        await _disconnected(self._receive)


async def _break(scope: Scope, receive: Receive) -> None:
    scope["ies.transport"]().abort()
    await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    # The server must know of the disconnect before the application returns, or it would answer 500 for us.
    while (await receive())["type"] != "http.disconnect":
        pass


def _answer_refusals(app: FastAPI, simulation: Simulation) -> None:
    async def refused(_request: Any, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        return refusal_response(simulation, error)

    async def not_routed(_request: Any, error: Exception) -> Response:
        return not_routed_response(int(getattr(error, "status_code", 500)))

    app.add_exception_handler(Refusal, refused)
    for status in _NOT_ROUTED:
        app.add_exception_handler(status, not_routed)


def _answer_without_processing(rules: dict[str, Fault]) -> Answer | None:
    if "status" in rules:
        return _prescribed(rules["status"])
    if "html" in rules:
        params = rules["html"].params
        page = str(params.get("text", _LOGIN_PAGE)).encode()
        return Answer(int(params.get("status", 200)), [(b"content-type", b"text/html; charset=utf-8")], page)
    return None


def _prescribed(rule: Fault) -> Answer:
    """Build the response a status rule describes: a given body, else the error body of contract 3.2."""
    params = rule.params
    given = params.get("body", exception_body(params.get("exceptionId", SYSTEM_ERROR)))
    content = given.encode() if isinstance(given, str) else b"" if given is None else json.dumps(given).encode()
    headers = {"content-type": "application/json"} if content else {}
    headers.update({str(key).lower(): str(value) for key, value in params.get("headers", {}).items()})
    return Answer(
        int(params.get("status", 500)),
        [(key.encode("latin-1"), value.encode("latin-1")) for key, value in headers.items()],
        content,
    )


def _too_many(retry_after: int) -> Answer:
    body = {"error_code": "APIGW.0308", "error_msg": "The throttling threshold has been reached"}
    headers = [(b"content-type", b"application/json"), (b"retry-after", str(retry_after).encode())]
    return Answer(429, headers, json.dumps(body).encode())


def _held(response: Response) -> Answer:
    headers = [(key, value) for key, value in response.raw_headers if key != b"content-length"]
    return Answer(response.status_code, headers, bytes(response.body))


def _write_kind(method: str, raw_path: str) -> str | None:
    """Name the work a request asks for, None for anything but a write to the service manager."""
    if raw_path == SERVICES:
        return "create" if method == "POST" else None
    head, _slash, tail = raw_path.rpartition("/")
    if method == "POST" and tail in ("activation", "deactivation") and _SERVICE_PATH.fullmatch(head):
        return "activate" if tail == "activation" else "deactivate"
    if _SERVICE_PATH.fullmatch(raw_path):
        return {"PUT": "modify", "DELETE": "delete"}.get(method)
    return None


async def _read_body(receive: Receive) -> bytes | None:
    """Return the request body, None when the client left while sending it."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        body += chunk
        if not message.get("more_body", False):
            return body


def _parsed(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
