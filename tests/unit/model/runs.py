# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of tasks against a simulated IES that take turns, so that whatever happened can be repeated exactly.

Each run has a thread of its own, but only one of them moves at a time: before each request, after each response and when it
sleeps, a run hands over. There it can also be killed. Time passes only when all runs sleep.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, NamedTuple, cast
from unittest import mock

import requests
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.cloudopera.ies.plugins.module_utils._argspec import spec_of
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import IesError
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks import ies_service, ies_services
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks._context import Context
from ansible_collections.cloudopera.ies.plugins.module_utils._time import Clock
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.client import IesClient
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.connection import ConnectionOptions
from tests.simulator.proxy import Proxy
from tests.simulator.server import SimulatorServer

TENANT = "nbitest_14"
TASKS: dict[str, ModuleType] = {"ies_service": ies_service, "ies_services": ies_services}

Result = dict[str, Any]

# More than the longest wait and all repeats together need.
_MOST_POINTS = 5000
# Seconds of real time for one turn: a request to a server in this process.
_LONGEST_TURN = 60.0


class Killed(BaseException):
    """The process is no more; nothing of the client runs after this but what frees memory and sockets."""


class Deleted(NamedTuple):
    """A delete that was sent: of what, and the description that the run had read last in the details.

    `looked`: whether that was the request right before.
    """

    service_id: str
    name: str
    status: str
    seen: str | None
    looked: bool


class Run:
    """One task on its way to its result.

    Args:
        killed_at: the how-manieth point is its last.
        unanswered: the how-manieth request gets no response in time, although it was carried out.
        meddled: at the how-manieth point somebody else does something.
        proxy: what its requests go through, as its environment says.
        dropped: the how-manieth request is carried out, and the proxy drops its response; without TLS only.
    """

    def __init__(
        self,
        sim: SimulatorServer,
        module: str,
        arguments: dict[str, Any],
        *,
        check_mode: bool = False,
        killed_at: int | None = None,
        unanswered: int | None = None,
        meddled: tuple[int, Callable[[], None]] | None = None,
        proxy: Proxy | None = None,
        dropped: int | None = None,
    ) -> None:
        self.sim = sim
        self.module = module
        self.arguments = arguments
        self.check_mode = check_mode
        self.result: Result = {}
        self.crash: BaseException | None = None
        self.killed = False
        self.timed_out = False
        self.interfered = False
        self.done = False
        self.wakes_at = 0.0
        # When what its orders made was made, by id; what it asked to remove that stood and was not its own; faults it met.
        self.made: dict[str, int] = {}
        self.removed: list[str] = []
        self.deleted: list[Deleted] = []
        self.seen: dict[str, str | None] = {}
        self.last_request: tuple[str, str] | None = None
        self.faults: list[str] = []
        self.told: list[str] = []
        # What an approved plan asks before its first write.
        self.before_writing: Callable[[], None] | None = None
        self._killed_at = killed_at
        self._unanswered = unanswered
        self._meddled = meddled
        self._proxy = proxy
        self._dropped = dropped
        self._points = self._requests = 0
        self._turn = threading.Semaphore(0)
        self._handed_over = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._main, name=module, daemon=True)

    @property
    def failed(self) -> bool:
        """Return whether it ended with an error for the user."""
        return bool(self.result.get("failed"))

    @property
    def undisturbed(self) -> bool:
        """Return whether nothing happened to it or its requests."""
        return not (self.killed or self.timed_out or self.interfered or self.faults)

    def take_turn(self) -> None:
        """Let it go on to its next point; called by the one who leads."""
        if self._thread.ident is None:
            self._thread.start()
        self._turn.release()
        if not self._handed_over.acquire(timeout=_LONGEST_TURN):
            raise RuntimeError(f"{self.module} does not come to its next point")

    def point(self) -> None:
        """Let others have their turn, or be killed; called in the run."""
        self._points += 1
        if self._points == self._killed_at:
            raise Killed
        if self._meddled is not None and self._points == self._meddled[0]:
            self.interfered = True
            self._meddled[1]()
        if self._points > _MOST_POINTS:
            raise RuntimeError("this run has no end")
        self._handed_over.release()
        self._turn.acquire()

    def sends(self) -> bool:
        """Count a request and tell whether it will get a response."""
        self._requests += 1
        if self._proxy is not None and self._requests == self._dropped:
            self._proxy.drop_answers = 1
            self.faults.append("dropped by the proxy")
        return self._requests != self._unanswered

    def leaks(self, secrets: Sequence[str]) -> bool:
        """Return whether one of these stands in what a user sees of the run."""
        shown = json.dumps(self.result, ensure_ascii=False) + "".join(self.told)
        return any(secret in shown for secret in secrets)

    def _sleep(self, seconds: float) -> None:
        self.wakes_at = self.sim.clock.now() + seconds
        self.point()

    def _main(self) -> None:
        self._turn.acquire()
        try:
            self._run()
        except Killed:
            self.killed = True
        except BaseException as error:
            self.crash = error
        self.done = True
        self._handed_over.release()

    def _run(self) -> None:
        task = TASKS[self.module]
        auth_token, bearer_token = self.sim.tokens(TENANT)
        connection = {"api_url": self.sim.url, "auth_token": auth_token, "bearer_token": bearer_token}
        given = {**connection, "ca_path": self.sim.ca_path, **self.arguments}
        spec = spec_of(task)
        spec.pop("supports_check_mode")
        validated = ArgumentSpecValidator(**spec).validate(given)
        if validated.error_messages:
            raise ValueError(validated.error_messages)
        params = validated.validated_parameters
        clock = Clock(self.sim.clock.now, self.sim.clock.now, self._sleep)
        # Only one run moves at a time, so this environment is its own.
        with mock.patch.dict(os.environ, self._proxy.environment() if self._proxy is not None else {}):
            client = IesClient(ConnectionOptions.from_params(params), clock, on_request=self.told.append)
        client._transport.session.mount(self.sim.url, _Wire(self))
        try:
            self.result = task.run(params, client, Context(self.check_mode, clock, self.told.append, self.before_writing))
        except IesError as error:
            self.result = {"changed": False, **error.result, "failed": True, "msg": error.message, "error": error.as_dict()}
        finally:
            client.close()


class _Wire(requests.adapters.HTTPAdapter):
    """The way to the server and back, with a point before each request and after each response."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Send, and note what came of it."""
        run = self._run
        run.point()
        answered = run.sends()
        known = {service.service_id: service for service in run.sim.state.services(TENANT)}
        target = known.get(str(request.path_url).rpartition("/")[2]) if request.method == "DELETE" else None
        request_now = (str(request.method), str(request.path_url))
        if target is not None:
            looked = run.last_request == ("GET", request_now[1])
            seen = run.seen.get(target.service_id)
            run.deleted.append(Deleted(target.service_id, target.name, target.status, seen, looked))
        run.last_request = request_now
        if target is not None and target.status != "CreateFailed" and target.service_id not in run.made:
            run.removed.append(target.service_id)
        try:
            response = super().send(request, *args, **options)
        finally:
            new = [service for service in run.sim.state.services(TENANT) if service.service_id not in known]
            run.made.update({service.service_id: service.created_at for service in new})
            run.faults += run.sim.journal.entries[-1].faults
        try:
            if not answered:
                run.timed_out = True
                raise requests.exceptions.ReadTimeout(request=request)
            looked_at = known.get(str(request.path_url).rpartition("/")[2]) if request.method == "GET" else None
            if looked_at is not None:
                run.seen[looked_at.service_id] = looked_at.description
            run.point()
        except BaseException:
            response.close()
            raise
        return response


def play(runs: Sequence[Run], turns: Sequence[int] = ()) -> None:
    """Carry runs out side by side.

    `turns` are the numbers of points after which the next one is to move; when they are used up, a run moves until it
    sleeps or ends.
    """
    sim = runs[0].sim
    left = list(turns)
    moving, points = 0, 0
    while True:
        pending = [run for run in runs if not run.done]
        if not pending:
            return
        ready = [run for run in pending if run.wakes_at <= sim.clock.now()]
        if not ready:
            sim.clock.advance(min(run.wakes_at for run in pending) - sim.clock.now())
            # Adding up floats must not leave the sleeper a hair before its time.
            for run in pending:
                run.wakes_at = 0.0 if run.wakes_at <= sim.clock.now() + 1e-6 else run.wakes_at
            continue
        if runs[moving] not in ready or (left and points >= left[0]):
            if left and points >= left[0]:
                left.pop(0)
            points = 0
            moving = next(
                index % len(runs) for index in range(moving + 1, moving + 1 + len(runs)) if runs[index % len(runs)] in ready
            )
        runs[moving].take_turn()
        points += 1


def entries_of(run: Run) -> list[Result]:
    """Return the result per declared service, whichever module it was."""
    if run.module == "ies_services":
        return cast("list[Result]", run.result.get("services", []))
    return [{**run.result, "name": run.arguments.get("name")}]
