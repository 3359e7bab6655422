# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the simulator until it is told to stop: python -m tests.simulator --ready-file FILE."""

from __future__ import annotations

import argparse
import os
import select
import shlex
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import yaml
from pydantic import ValidationError

from . import openapi
from .app import build_app
from .clock import Clock
from .server import SimulatorServer
from .simulation import Config, Simulation, write_private, write_private_json
from .tls import TlsFiles

# Seconds between two looks at what the simulator depends on.
_LOOK_EVERY = 0.5


def main(arguments: list[str] | None = None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.openapi:
        sys.stdout.write(openapi.as_string(build_app(Simulation())))
        return 0
    try:
        server = _server(given)
    except (ValueError, OSError) as error:
        parser.error(_reason(error))
    return _serve(server, given)


def _serve(server: SimulatorServer, given: argparse.Namespace) -> int:
    # A pipe, because a handler that sets an event can meet the lock which the waiting main thread holds.
    told, tell = os.pipe()

    def stop(_number: int, _frame: FrameType | None) -> None:
        os.write(tell, b"x")

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asks for a process that goes on
        signal.signal(signal.SIGHUP, stop)
    depends = given.parent_pid is not None or given.while_exists is not None
    try:
        with server:
            if given.pid_file:
                given.pid_file.write_text(f"{os.getpid()}\n", encoding="ascii")
            if given.ready_file:
                write_private_json(given.ready_file, _ready(server))
            if given.env_file:
                write_private(given.env_file, _exports(server, given.tenant))
            print(f"IES simulator ready on {server.url}", flush=True)
            while _is_wanted(given) and not select.select([told], [], [], _LOOK_EVERY if depends else None)[0]:
                pass
    finally:
        for path in (given.ready_file, given.env_file, given.pid_file):
            if path:
                path.unlink(missing_ok=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--ready-file", type=Path, help="JSON with url and tokens, written when requests are served")
    parser.add_argument("--env-file", type=Path, help="variables of a shell for one tenant, written at the same time")
    parser.add_argument("--tenant", help="whose variables these are; the first one where it is left out")
    parser.add_argument("--pid-file", type=Path)
    parser.add_argument("--parent-pid", type=int, metavar="PID", help="stop when this process is gone")
    parser.add_argument("--while-exists", type=Path, metavar="PATH", help="stop when this file or folder is gone")
    parser.add_argument("--speed", type=float, default=1.0, help="simulated seconds per second")
    parser.add_argument("--config", type=Path, help="JSON or YAML")
    parser.add_argument("--state-file", type=Path, help="load if it exists, save after each write")
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--tls", action="store_true", help="https with a self-signed certificate")
    parser.add_argument("--tls-certificate", type=Path, help="https with this certificate, which clients must trust")
    parser.add_argument("--tls-key", type=Path)
    parser.add_argument("--openapi", action="store_true", help="print the OpenAPI document and exit")
    return parser


def _server(given: argparse.Namespace) -> SimulatorServer:
    options = {}
    for text in given.option:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"--option {text}: NAME=VALUE expected")
        options[name] = value
    if given.tenant and not given.env_file:
        raise ValueError("--tenant is for --env-file, which is not given")
    tls: bool | TlsFiles = given.tls
    if given.tls_certificate or given.tls_key:
        if not (given.tls_certificate and given.tls_key):
            raise ValueError("--tls-certificate and --tls-key belong together")
        tls = TlsFiles(given.tls_certificate, given.tls_key, given.tls_certificate)
    server = SimulatorServer(
        options,
        Clock(given.speed),
        config=_config(given.config) if given.config else None,
        state_file=given.state_file,
        tls=tls,
        host=given.host,
        port=given.port,
    )
    if given.tenant and given.tenant not in server.token_store.tenants:
        raise ValueError(
            f"--tenant {given.tenant}: there is none of that name; there are {', '.join(server.token_store.tenants)}"
        )
    return server


def _config(path: Path) -> Config:
    # YAML reads JSON too.
    return Config.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})


def _ready(server: SimulatorServer) -> dict[str, Any]:
    tenants = {}
    for tenant in server.token_store.tenants:
        auth_token, bearer_token = server.tokens(tenant)
        tenants[tenant] = {"auth_token": auth_token, "bearer_token": bearer_token}
    return {"url": server.url, "pid": os.getpid(), "ca_path": server.ca_path, "tenants": tenants}


def _exports(server: SimulatorServer, tenant: str | None) -> str:
    """Return what a shell has to read, so that the collection finds the simulator as one tenant."""
    auth_token, bearer_token = server.tokens(tenant or next(iter(server.token_store.tenants)))
    named = {"IES_API_URL": server.url, "IES_AUTH_TOKEN": auth_token, "IES_BEARER_TOKEN": bearer_token}
    if server.ca_path:
        named["IES_CA_PATH"] = str(server.ca_path)
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in named.items())


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        # Inputs stay out of the text: the configuration holds tokens.
        return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
    return str(error)


def _is_wanted(given: argparse.Namespace) -> bool:
    """Return whether what the simulator depends on is still there."""
    if given.while_exists is not None and not given.while_exists.exists():
        return False
    return given.parent_pid is None or _is_alive(given.parent_pid)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    sys.exit(main())
