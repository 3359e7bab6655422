# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The traces of docs/observability.md: its commands, run with the real callback and a collector of OTLP; for `make matrix`."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.documentation.blocks import REPOSITORY, blocks
from tests.simulator.server import SimulatorServer
from tests.tools.canaries import Canaries

PROGRAMS = REPOSITORY / ".venv-observability" / "bin"
TENANT = "nbitest_14"
pytestmark = pytest.mark.skipif(
    not (PROGRAMS / "ansible-playbook").exists(), reason=".venv-observability is not there; `make matrix` makes it"
)


class Collector(ThreadingHTTPServer):
    """Takes what is sent to it as OTLP over HTTP, and keeps the bodies."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.received: list[tuple[str, bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def sim() -> Iterator[SimulatorServer]:
    with SimulatorServer(durations={"modify": 0.1}) as server:
        yield server


def run_as_the_page_says(sim: SimulatorServer, collector: Collector, folder: Path, ending: str = "") -> str:
    """Run the commands of the page, `ending` behind the last one, and return what they print."""
    (block,) = (block for block in blocks() if block.id == "docs/observability.md/traces/2")
    assert "http://localhost:4318" in block.text
    auth_token, bearer_token = sim.tokens(TENANT)
    left_out = ("ANSIBLE_", "IES_", "OTEL_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(left_out)} | {
        "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "ANSIBLE_HOME": str(folder / ".ansible"),
        "ANSIBLE_REMOTE_TMP": str(folder / ".ansible" / "tmp"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "IES_API_URL": sim.url,
        "IES_AUTH_TOKEN": auth_token,
        "IES_BEARER_TOKEN": bearer_token,
    }
    commands = block.text.replace("http://localhost:4318", collector.url).rstrip() + ending
    ended = subprocess.run(
        ["sh", "-e", "-c", commands], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return f"{ended.returncode}\n{ended.stdout.decode()}"


def test_a_run_is_a_trace_with_a_span_per_task_and_without_a_token(
    sim: SimulatorServer, collector: Collector, tmp_path: Path
) -> None:
    printed = run_as_the_page_says(sim, collector, tmp_path)
    assert printed.startswith("0\n"), printed
    assert "[WARNING]" not in printed
    assert {path for path, _body in collector.received} == {"/v1/traces"}
    sent = b"".join(body for _path, body in collector.received)
    task = re.findall(r"TASK \[(.*)\]", printed)[-1]
    for word in ("cloudvpn", "scale.yml", "cloudopera.ies.ies_service", "site2dc4_201705071158", "80000", task):
        assert word.encode() in sent, word
    auth_token, bearer_token = sim.tokens(TENANT)
    canaries = Canaries({"auth_token": auth_token, "bearer_token": bearer_token})
    assert canaries.sightings(sent) == []


def test_a_run_that_fails_is_a_trace_too(sim: SimulatorServer, collector: Collector, tmp_path: Path) -> None:
    printed = run_as_the_page_says(sim, collector, tmp_path, " -e cloudvpn_name=never-there -e cloudvpn_missing_ok=false")
    assert not printed.startswith("0\n"), printed
    sent = b"".join(body for _path, body in collector.received)
    assert b"never-there" in sent
