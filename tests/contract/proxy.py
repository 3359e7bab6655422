# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A validating proxy: Prism, which knows docs/openapi.json, and in front of it a watch that keeps what Prism refused."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
_LISTENING = re.compile(r"Prism is listening on (http://\S+)")
_PROBLEM = "application/problem+json"
# Prism's own header: a response of an undescribed error status passes, and carries it.
_VIOLATIONS = "sl-violations"
_TIMEOUT = 60
# They belong to one connection, and there are two here.
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


@dataclass(frozen=True)
class Drift:
    """A request or a response that Prism refused, and each reason it gave."""

    method: str
    path: str
    problem: str
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.problem}: {'; '.join(self.reasons)}"


class Prism:
    """The Prism process in front of a server, to be used as a context manager."""

    def __init__(self, program: str, upstream: str) -> None:
        self._command = [
            *(program, "proxy", str(DOCUMENT), upstream),
            *("--errors", "--cors", "false", "--host", "127.0.0.1", "--port", "0"),
        ]
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self.url = ""

    def __enter__(self) -> Prism:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            found = _LISTENING.search(line)
            if found:
                self.url = found.group(1)
                break
        else:
            self._process.wait()
            raise RuntimeError(f"Prism did not start: {''.join(said)}")
        # Somebody has to read on, or Prism would wait for room in the pipe.
        self._reader = threading.Thread(target=self._process.stdout.read, name="prism-output", daemon=True)
        self._reader.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        assert self._reader is not None
        self._process.terminate()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()


class Watch:
    """Hands requests on to Prism, hands its answers back, and keeps what it refused; a context manager."""

    def __init__(self, prism: str) -> None:
        self._lock = threading.Lock()
        self._drifts: list[Drift] = []
        self.passed = 0
        handler = type("Handler", (_Handler,), {"watch": self, "upstream": urlsplit(prism).netloc})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="contract-watch", daemon=True)

    @property
    def url(self) -> str:
        """Where to send requests."""
        return f"http://{self._server.server_address[0]!s}:{self._server.server_address[1]}"

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take_drifts(self) -> list[Drift]:
        """Return what was refused since the last time."""
        with self._lock:
            taken, self._drifts = self._drifts, []
        return taken

    def see(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Count a response, and keep what Prism says against it."""
        drift = None
        if headers.get("content-type", "").startswith(_PROBLEM):
            drift = _refusal(method, path, body)
        elif _VIOLATIONS in headers:
            drift = Drift(method, path, "Undescribed", _messages(json.loads(headers[_VIOLATIONS])))
        with self._lock:
            if drift is None:
                self.passed += 1
            else:
                self._drifts.append(drift)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Connections are kept by clients for as long as they like.
    block_on_close = False
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    watch: Watch
    upstream: str

    def _hand_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = http.client.HTTPConnection(self.upstream, timeout=_TIMEOUT)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _HOP_BY_HOP:
                    connection.putheader(name, value)
            if body or "Content-Length" in self.headers:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        self.watch.see(self.command, self.path, dict(answer.headers.items()), content)
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _hand_on

    def log_message(self, format: str, *args: Any) -> None:  # the parameter's name is the base class's
        """Say nothing."""


def _refusal(method: str, path: str, body: bytes) -> Drift:
    problem = json.loads(body)
    title = problem["title"] if problem["type"].startswith("http") else f"Prism failed: {problem['title']}"
    return Drift(method, path, title, _messages(problem.get("validation", [])) or (problem["detail"],))


def _messages(violations: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(violation["message"] for violation in violations)
