# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A loopback proxy between a client and a simulator: what breaks behind it breaks in front of it, as with real ones."""

from __future__ import annotations

import contextlib
import http.client
import select
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

_TIMEOUT = 30
_CHUNK = 64 * 1024
# They belong to one connection, and there are two here.
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "content-length"})


class Proxy:
    """Forwards plain HTTP requests and opens CONNECT tunnels on 127.0.0.1; to be used as a context manager.

    A connection that the server drops (faults `drop_after`, `restart`, ...) is dropped towards the client too, without a
    response. `drop_answers` is how many answers to plain HTTP requests are read from the server and then dropped together
    with the client's connection; `refuse_tunnels` is a status to refuse CONNECT with, None for none. `seen` lists method
    and target of every request.
    """

    def __init__(self, drop_answers: int = 0, refuse_tunnels: int | None = None) -> None:
        self.drop_answers = drop_answers
        self.refuse_tunnels = refuse_tunnels
        self.seen: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="ies-proxy", daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def environment(self) -> dict[str, str]:
        """Return the environment variables that send a client through this proxy, in both spellings."""
        names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
        return {**dict.fromkeys(names, self.url), "no_proxy": "", "NO_PROXY": ""}

    def takes_to_drop(self) -> bool:
        """Return whether this response is to be dropped, and count it."""
        with self._lock:
            if self.drop_answers <= 0:
                return False
            self.drop_answers -= 1
            return True

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.break_connections()
        self._server.server_close()
        self._thread.join(_TIMEOUT)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    proxy: Proxy

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, handler)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: tuple[str, int]) -> None:
        assert isinstance(request, socket.socket)
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        assert isinstance(request, socket.socket)
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def break_connections(self) -> None:
        """Wake every thread that waits for its client."""
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep still: a client that leaves is what this proxy is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without it a response in two parts waits 40 ms for the client's acknowledgement.
    disable_nagle_algorithm = True
    server: _Server

    def do_CONNECT(self) -> None:
        proxy = self.server.proxy
        proxy.seen.append((self.command, self.path))
        self.close_connection = True
        if proxy.refuse_tunnels is not None:
            self.send_error(proxy.refuse_tunnels)
            return
        host, _colon, port = self.path.rpartition(":")
        try:
            upstream = socket.create_connection((host, int(port)), _TIMEOUT)
        except OSError:
            self.send_error(502)
            return
        with upstream:
            self.send_response(200)
            self.end_headers()
            _relay(self.connection, upstream)

    def do_GET(self) -> None:
        proxy = self.server.proxy
        proxy.seen.append((self.command, self.path))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        target = urlsplit(self.path)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        upstream = http.client.HTTPConnection(target.hostname or "", target.port or 80, timeout=_TIMEOUT)
        path = target.path + (f"?{target.query}" if target.query else "")
        try:
            upstream.request(self.command, path, body or None, headers)
            answer = upstream.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.close_connection = True
            return
        finally:
            upstream.close()
        if proxy.takes_to_drop():
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Keep still."""


def _relay(client: socket.socket, upstream: socket.socket) -> None:
    """Pass bytes on in both directions until one side is gone."""
    other = {client: upstream, upstream: client}
    while True:
        readable, _writable, _failed = select.select([client, upstream], [], [])
        for side in readable:
            try:
                part = side.recv(_CHUNK)
                if not part:
                    return
                other[side].sendall(part)
            except OSError:
                return
