# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a server: uvicorn in a thread of its own on a socket we bind."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from socket import socket as Socket
from types import TracebackType
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .app import build_app
from .clock import Clock
from .faults import Faults
from .gate import Gate, Receive, Scope, Send
from .journal import Journal
from .listener import Listener
from .options import Options
from .simulation import Config, Simulation, TenantConfig
from .state import State
from .tls import TlsFiles, self_signed
from .tokens import Tokens

_START_LIMIT = 10.0
_STOP_LIMIT = 10.0
# Longer than any pause of a client between two requests, so that no reused connection closes under a write.
_KEEP_ALIVE = 3600


class _Protocol(H11Protocol):
    """HTTP/1.1 that lets the application break the connection under a request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope["ies.transport"] = lambda: self.transport
            await inner(scope, receive, send)

        self.app = with_transport

    @property
    def idle(self) -> bool:
        # None until the first request, whatever its annotation says.
        cycle: Any = self.cycle
        return cycle is None or bool(cycle.response_complete)


class _Server(uvicorn.Server):
    """uvicorn that says when it is ready and stops at once when told to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_requested: asyncio.Event | None = None
        # The event loop alone would let go of it.
        self._coming_back: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[Socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop_requested = asyncio.Event()
        await super().startup(sockets=sockets)
        self.ready.set()

    def shut(self) -> None:
        """Stop listening and break every connection; called in the event loop."""
        for server in self.servers:
            server.close()
        self._cut(idle_only=False)

    def listen_again(self, opened: Socket) -> None:
        """Accept connections from this socket; safe to call from any thread."""
        loop = self._loop
        assert loop is not None

        def start() -> None:
            self._coming_back = loop.create_task(uvicorn.Server.startup(self, sockets=[opened]))

        loop.call_soon_threadsafe(start)

    async def main_loop(self) -> None:
        assert self._stop_requested is not None
        await self._stop_requested.wait()

    async def shutdown(self, sockets: list[Socket] | None = None) -> None:
        # A polite TLS goodbye would wait for the peer's, so idle connections are cut before and all others after.
        self._cut(idle_only=True)
        await asyncio.sleep(0)
        await super().shutdown(sockets=sockets)
        self._cut(idle_only=False)
        await asyncio.sleep(0)

    def _cut(self, *, idle_only: bool) -> None:
        for connection in list(self.server_state.connections):
            if isinstance(connection, _Protocol) and (connection.idle or not idle_only):
                connection.transport.abort()

    def request_stop(self) -> None:
        self.should_exit = True
        if self._loop is not None and self._stop_requested is not None:
            self._loop.call_soon_threadsafe(self._stop_requested.set)


class SimulatorServer:
    """A simulated IES on 127.0.0.1, to be used as a context manager.

    `options` are switches by name, `tenants` add to the six of contract 10, `config` gives everything at once.
    """

    def __init__(
        self,
        options: Options | Mapping[str, Any] | None = None,
        clock: Clock | None = None,
        *,
        tenants: Mapping[str, TenantConfig | Mapping[str, Any]] | None = None,
        durations: Mapping[str, float] | None = None,
        config: Config | None = None,
        state_file: str | Path | None = None,
        tls: bool | TlsFiles = False,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        merged = (config or Config()).model_copy(deep=True)
        if options is not None:
            merged.options.update(options.model_dump() if isinstance(options, Options) else dict(options))
        for tenant, given in (tenants or {}).items():
            merged.tenants[tenant] = TenantConfig.model_validate(given)
        merged.durations.update(durations or {})
        self.simulation = Simulation(merged, clock, Path(state_file) if state_file is not None else None)
        self._tls = tls
        self._address = (host, port)
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._listener: Listener | None = None
        self._server: _Server | None = None
        self._gate: Gate | None = None
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self.ca_path: str | None = None
        self.url = ""

    @property
    def state(self) -> State:
        return self.simulation.state

    @property
    def journal(self) -> Journal:
        return self.simulation.journal

    @property
    def faults(self) -> Faults:
        return self.simulation.faults

    @property
    def options(self) -> Options:
        return self.simulation.options

    @property
    def clock(self) -> Clock:
        return self.simulation.clock

    def tokens(self, tenant: str) -> tuple[str, str]:
        """Return (auth token, bearer token) of a tenant."""
        return self.simulation.tokens.of(tenant)

    @property
    def token_store(self) -> Tokens:
        return self.simulation.tokens

    def headers(self, tenant: str) -> dict[str, str]:
        """Return the two headers of contract 2 for a tenant."""
        auth_token, bearer_token = self.tokens(tenant)
        return {"X-Auth-Token": auth_token, "Authorization": f"Bearer {bearer_token}"}

    def reset(self) -> None:
        """Return to the preloaded state; tokens, clock and address stay."""
        self.simulation.reset()

    def start(self) -> SimulatorServer:
        self._listener = Listener(*self._address, self.clock, self.faults)
        files = self._tls_files()
        self.ca_path = str(files.ca) if files else None
        self.url = f"{'https' if files else 'http'}://{self._address[0]}:{self._listener.port}"
        self._gate = Gate(build_app(self.simulation), self.simulation, self._listener)
        self._server = _Server(
            uvicorn.Config(
                self._gate,
                http=_Protocol,
                ws="none",
                lifespan="off",
                loop="asyncio",
                log_config=None,
                log_level="warning",
                access_log=False,
                date_header=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=1,
                ssl_certfile=str(files.certificate) if files else None,
                ssl_keyfile=str(files.key) if files else None,
            )
        )
        self._listener.on_shut = self._server.shut
        self._listener.on_reopen = self._server.listen_again
        self._thread = threading.Thread(target=self._run, name="ies-simulator", daemon=True)
        self._thread.start()
        if not self._server.ready.wait(_START_LIMIT) or self._failure is not None:
            self.stop()
            raise RuntimeError("the simulator did not start") from self._failure
        return self

    def stop(self) -> None:
        """Stop and join; requests under way lose their connection."""
        if self._gate is not None and self._server is not None and self._thread is not None:
            if self._thread.is_alive():
                self._gate.stop()
                self._server.request_stop()
            self._thread.join(_STOP_LIMIT)
            self._thread = None
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._directory is not None:
            self._directory.cleanup()
            self._directory = None

    def __enter__(self) -> SimulatorServer:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _run(self) -> None:
        assert self._server is not None
        assert self._listener is not None
        try:
            self._server.run(sockets=[self._listener.socket])
        except BaseException as error:
            self._failure = error
        finally:
            self._server.ready.set()

    def _tls_files(self) -> TlsFiles | None:
        if isinstance(self._tls, TlsFiles):
            return self._tls
        if not self._tls:
            return None
        self._directory = tempfile.TemporaryDirectory(prefix="ies-simulator-")
        return self_signed(Path(self._directory.name))
