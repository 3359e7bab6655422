# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run one cell: the task with its fault, then twice more in quiet. Time passes only when the task sleeps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import count
from types import ModuleType
from typing import Any
from unittest import mock

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.cloudopera.ies.plugins.module_utils._argspec import spec_of
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import IesError
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks import ies_service, ies_vpn_traffic_info
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks._context import Context
from ansible_collections.cloudopera.ies.plugins.module_utils._time import Clock
from ansible_collections.cloudopera.ies.plugins.module_utils._wire import transport
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.client import IesClient
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.connection import ConnectionOptions
from tests.simulator import samples
from tests.simulator.clock import ManualClock
from tests.simulator.server import SimulatorServer

from .table import NAME, TENANT, Cell

_TASKS = {"ies_service": ies_service, "ies_vpn_traffic_info": ies_vpn_traffic_info}
_START = 1_700_000_000.0
_DURATIONS = {"create": 60.0, "modify": 30.0, "delete": 30.0, "deactivate": 30.0}
# As long as the longest work: few looks, few requests.
_LOOK_EVERY = 60
_NEIGHBOUR = "neighbour"
_GONE = ("CreateFailed", "DeleteInProgress")
_WRITE = {"POST": "create", "PUT": "update", "DELETE": "delete"}
_SHOWN = "https://ies.example.com:17100"


class BrokenPromise(Exception):
    """A cell in which something happened that is promised never to happen."""


@dataclass(frozen=True)
class Seen:
    """What one run did, as its user and its server saw it."""

    failed: bool
    kind: str
    message: str
    actions: tuple[str, ...]
    changed: bool
    writes: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """What came of a cell: the run that met the fault, and the quiet one after it."""

    cell: Cell
    met: Seen
    quiet: Seen


@dataclass
class _Watched:
    """How many services of the name were there at most, other than failed or going ones."""

    most: int = 0
    ids: count[int] = field(default_factory=lambda: count(1))


class _Steady:
    """Stands in for the random numbers by which the client spreads its repeats: the longest pause each time."""

    @staticmethod
    def uniform(_least: float, most: float) -> float:
        return most


def without_chance() -> AbstractContextManager[object]:
    """Make the pauses of every client in this process the same from run to run."""
    return mock.patch.object(transport, "random", _Steady)


class Harness:
    """A simulated IES in which cells are run one after the other."""

    def __init__(self) -> None:
        self.sim = SimulatorServer(clock=ManualClock(_START), durations=_DURATIONS)

    def __enter__(self) -> Harness:
        self.sim.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.sim.stop()

    def run(self, cell: Cell) -> Record:
        """Run a cell; raise BrokenPromise that names it."""
        try:
            return self._run(cell)
        except BrokenPromise as broken:
            raise BrokenPromise(f"{cell}: {broken}") from None
        except Exception as error:
            raise BrokenPromise(f"{cell}: a {type(error).__name__} came out: {error}") from error

    def _run(self, cell: Cell) -> Record:
        watched = self._prepare(cell)
        neighbour = self._services(_NEIGHBOUR)
        where = {} if cell.fault.everywhere else {"method": cell.operation.method, "path": cell.operation.path}
        times = None if cell.every_time else 1
        struck = self.sim.faults.add(cell.fault.action, params=dict(cell.fault.params), times=times, **where)
        met = self._perform(cell, hangs=cell.fault.hangs)
        fired = struck.fired
        self.sim.faults.clear()
        quiet = self._perform(cell)
        again = self._perform(cell)
        _check(fired > 0, "the fault never struck")
        _check(watched.most <= 1, f"there were {watched.most} services of the name at once")
        _check(not quiet.failed, f"the quiet run failed: {quiet.message}")
        _check(not again.failed, f"the run after it failed: {again.message}")
        _check(not (again.changed or again.writes), f"the run after the quiet one wrote {again.writes}")
        _check(self._services(_NEIGHBOUR) == neighbour, "an undeclared service was touched")
        if cell.operation.manages_service:
            self._check_end(cell)
        return Record(cell, met, quiet)

    def _check_end(self, cell: Cell) -> None:
        found = [
            (service.status, service.parameters["Site2DCList"][0]["Bandwidth"])
            for service in self.sim.state.named(TENANT, NAME)
        ]
        wanted = [] if cell.operation.bandwidth is None else [("Completed", cell.operation.bandwidth)]
        _check(found == wanted, f"{found} is there in the end, not {wanted}")

    def _prepare(self, cell: Cell) -> _Watched:
        sim, watched = self.sim, _Watched()
        sim.state.on_write = lambda: None
        sim.reset()
        sim.clock.resume(_START, sim.clock.wall())
        sim.state.new_id = lambda: f"new-id-{next(watched.ids)}"
        sim.state.clear_services()
        sim.state.add_service(
            TENANT,
            _NEIGHBOUR,
            {"Site2DCList": [samples.site2dc_item("neighbour-vpn")]},
            service_definition_id=samples.SITE2DC_DEFINITION,
            template_id=samples.SITE2DC_TEMPLATE,
            service_id="neighbour-id",
        )
        cell.operation.prepare(sim)

        def look() -> None:
            healthy = [service for service in sim.state.named(TENANT, NAME) if service.status not in _GONE]
            watched.most = max(watched.most, len(healthy))

        sim.state.on_write = look
        return watched

    def _services(self, name: str) -> list[Any]:
        return [vars(service) for service in self.sim.state.named(TENANT, name)]

    def _perform(self, cell: Cell, hangs: bool = False) -> Seen:
        """Run the task body as the seam of a module does, with options that are checked and completed as there."""
        self.sim.journal.clear()
        auth_token, bearer_token = self.sim.tokens(TENANT)
        given = {"api_url": self.sim.url, "auth_token": auth_token, "bearer_token": bearer_token, **cell.operation.params}
        # Only where the fault is silence, its end is waited for in real seconds.
        patience = {"api_timeout": 1, "api_retries": 1} if hangs else {}
        pace = {"wait_sleep": _LOOK_EVERY} if cell.operation.manages_service else {}
        task = _TASKS[cell.operation.task]
        params = _options(task, {**given, **patience, **pace})
        clock = Clock(now=self.sim.clock.now, monotonic=self.sim.clock.now, sleep=self._sleep)
        client = IesClient(ConnectionOptions.from_params(params), clock)
        try:
            result: dict[str, Any] = task.run(params, client, Context(False, clock))
        except IesError as error:
            result = {"changed": False, **error.result, "failed": True, "msg": error.message, "error": error.as_dict()}
        finally:
            client.close()
        self.sim.journal.wait_until_idle()
        return self._seen(result)

    def _sleep(self, seconds: float) -> None:
        # What the client gave up may still be on its way through the server.
        self.sim.journal.wait_until_idle()
        self.sim.clock.advance(seconds)

    def _seen(self, result: Mapping[str, Any]) -> Seen:
        failed = bool(result.get("failed"))
        text = str(result["msg"]) if failed else "; ".join(result.get("warnings", []))
        for secret in self.sim.tokens(TENANT):
            _check(secret not in str(result), "a token stands in the result")
        return Seen(
            failed=failed,
            kind=str(result["error"]["kind"]) if failed else "",
            message=self._stable(text),
            actions=tuple(result.get("actions", ())),
            changed=bool(result.get("changed")),
            writes=tuple(
                "deactivate" if entry.path.endswith("/deactivation") else _WRITE[entry.method]
                for entry in self.sim.journal.writes
            ),
            left=tuple(service.status for service in self.sim.state.named(TENANT, NAME)),
        )

    def _stable(self, text: str) -> str:
        """Return a message in which nothing differs from run to run, and no JSON is quoted."""
        without_quotes = re.sub(r": '[{\[][^']*'", "", text.replace(self.sim.url, _SHOWN))
        return re.sub(r"new-id-\d+", "new-id", without_quotes)


def _options(task: ModuleType, given: Mapping[str, Any]) -> dict[str, Any]:
    spec = spec_of(task)
    del spec["supports_check_mode"]
    checked = ArgumentSpecValidator(**spec).validate(given)
    if checked.error_messages:
        raise ValueError("; ".join(checked.error_messages))
    validated: dict[str, Any] = checked.validated_parameters
    return validated


def _check(kept: bool, broken: str) -> None:
    if not kept:
        raise BrokenPromise(broken)
