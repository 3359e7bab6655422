# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The seam between an event source of ansible-rulebook and a task body: look, again and again, and tell what was decided.

What is decided is decided by the task body of `ies_elastic`, which is run as in check mode: nothing is ever written here.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from threading import Event
from typing import Any, NamedTuple, Protocol, TypeVar

from ..module_utils import _task_runner
from ..module_utils._domain.bandwidth_target import HOLD
from ..module_utils._domain.elastic_words import connection_label, connection_lines
from ..module_utils._errors import AuthError, FailedError, IesError
from ..module_utils._parallel import start_threads
from ..module_utils._tasks import ies_elastic
from ..module_utils._tasks._context import Context
from ..module_utils._text import for_people, unforeseen
from ..module_utils._time import Clock
from ..module_utils._wire.client import IesClient
from ..module_utils._wire.connection import ConnectionOptions
from ._event_source_arguments import Arguments, read_arguments

LOGGER = logging.getLogger("cloudopera.ies.cloudvpn_traffic")

# After a look that failed the pause doubles each time, up to so many intervals and so many seconds.
_MOST_INTERVALS = 16
_LONGEST_PAUSE = 300.0
# Seconds. A server may ask for more patience than that, but not for more than this.
_MOST_PATIENCE = 3600.0
_LEAST_PAUSE = 0.1

_DECIDED = ("target", "decision", "demand", "utilisation", "clipped", "reasons", "not_before", "bounds")
_IDENTITY = ("name", "service_id", "cloud_vpn_name")
_TEMPLATE = re.compile(r"\{(?=[{%#])")

_Out = TypeVar("_Out")


class Queue(Protocol):
    """Where events go; ansible-rulebook's has a `put` only."""

    async def put(self, item: dict[str, Any], /) -> Any:
        """Hand over an event; waits until there is room."""


class Stopped(BaseException):
    """The source has been told to end while it was waiting."""


class Look(NamedTuple):
    """What one look has found.

    Attributes:
        entries: `connections` of the public interface, section 9.4.
        warnings: what a person should know, one line each.
        failure: why nothing could be decided, or None.
        sort: of the failure; its words may change with every look.
        patience: seconds that the server asks to wait, 0 where it does not.
    """

    entries: Sequence[Mapping[str, Any]]
    warnings: Sequence[str]
    failure: str | None = None
    sort: str = ""
    patience: float = 0.0


class TrafficSource:
    """Looks at connections again and again, one look after the other, and puts decisions into a queue.

    Args:
        arguments: what to look at, how often, and what to tell.
        clock: what the time is read from, and what the pauses between repeated requests are slept on.
        sleep: what the pauses between looks are slept on.
    """

    def __init__(
        self, arguments: Arguments, clock: Clock | None = None, sleep: Callable[[float], Awaitable[Any]] | None = None
    ) -> None:
        self._arguments = arguments
        self._stop = Event()
        self._clock = clock or _interruptible(_task_runner.SYSTEM_CLOCK, self._stop)
        self._sleep = sleep or asyncio.sleep
        # What has been told and has not ended since; nothing is told twice.
        self._told: set[str] = set()
        self._failed = 0
        self._failures_told: set[str] = set()

    async def run(self, queue: Queue) -> None:
        """Look until cancelled; raises InvalidError at once for connection options that cannot be right."""
        client, warnings = _task_runner.open_client(
            self._arguments.params, self._arguments.secrets, self._clock, self._new_client
        )
        for warning in warnings:
            self._log(logging.WARNING, warning)
        try:
            while True:
                started = self._clock.monotonic()
                look = await _in_thread(partial(self._look, client))
                self._tell(look)
                for event in self.events_of(look):
                    await queue.put(event)
                await self._sleep(self._pause(look, self._clock.monotonic() - started))
        finally:
            # A look that is under way ends with its present request or pause; nobody waits for it.
            self._stop.set()
            client.close()

    # One look, in a thread of its own.

    def _look(self, client: IesClient) -> Look:
        try:
            result = self._decided(client)
        except IesError as error:
            return Look((), (), error.message, error.kind, error.retry_after or 0.0)
        except Exception as error:
            return Look((), (), unforeseen("the traffic could not be looked at", error), "mistake")
        entries: Sequence[Mapping[str, Any]] = result["connections"]
        if all(entry["error"] is not None for entry in entries):
            reasons = "; ".join(_problems(entries))
            return Look(entries, result["warnings"], f"nothing could be decided: {reasons}", reasons)
        return Look(entries, result["warnings"])

    def _decided(self, client: IesClient) -> dict[str, Any]:
        """Return the result of the task body, also where something is wrong with single connections; raises IesError."""
        try:
            result = ies_elastic.run(self._arguments.params, client, Context(check_mode=True, clock=self._clock))
        except FailedError as error:
            if "connections" not in error.result:
                raise
            result = error.result
        return _task_runner.presentable(result, self._arguments.secrets)

    # What a look is followed by.

    def events_of(self, look: Look) -> list[dict[str, Any]]:
        """Return an event for each decision that is wanted."""
        wanted = [entry for entry in look.entries if entry["error"] is None and entry["decision"] is not None]
        return [_event(entry) for entry in wanted if self._arguments.every or entry["decision"] != HOLD]

    def _pause(self, look: Look, took: float) -> float:
        """Return the seconds until the next look: what is left of the interval, or more after a failure."""
        interval = self._arguments.interval
        if look.failure is None:
            return max(_LEAST_PAUSE, interval - took)
        return max(self._pause_after_failures(), min(look.patience, _MOST_PATIENCE))

    def _pause_after_failures(self) -> float:
        interval = self._arguments.interval
        longest = min(_MOST_INTERVALS * interval, max(_LONGEST_PAUSE, interval))
        # An exponent beyond this is of no use, and a large one would overflow.
        return max(_LEAST_PAUSE, min(interval * 2.0 ** min(self._failed, 10), longest))

    def _tell(self, look: Look) -> None:
        """Log what is new."""
        if look.failure is not None:
            self._failed += 1
            if look.sort not in self._failures_told:
                advice = "; a new token needs a new start of the rulebook" if look.sort == AuthError.kind else ""
                pause = f"{self._pause(look, 0.0):,.0f} s"
                self._log(logging.ERROR, f"{look.failure}{advice} (the next look is in {pause}, until one succeeds)")
            self._failures_told.add(look.sort)
            return
        if self._failed:
            self._log(logging.WARNING, f"the traffic can be looked at again, after {self._failed} looks that failed")
        self._failed, self._failures_told = 0, set()
        current = [*look.warnings, *_problems(look.entries)]
        for line in current:
            if line not in self._told:
                self._log(logging.WARNING, line)
        self._told = set(current)
        decided = [entry for entry in look.entries if entry["error"] is None]
        for entry, line in zip(decided, connection_lines(decided, {})):
            self._log(logging.INFO if entry["decision"] != HOLD else logging.DEBUG, line)

    def _new_client(self, connection: ConnectionOptions, clock: Clock, pool_size: int) -> IesClient:
        return IesClient(connection, clock, pool_size, on_request=self._requested)

    def _requested(self, line: str) -> None:
        """Take note of a request, for who debugs a rulebook; it is the last one where the source has been told to end."""
        if self._stop.is_set():
            raise Stopped
        self._log(logging.DEBUG, line)

    def _log(self, level: int, line: str) -> None:
        LOGGER.log(level, "%s", for_people(line, self._arguments.secrets))


async def run_source(queue: Queue, args: Mapping[str, Any]) -> None:
    """Be the `main` of an event source; raises InvalidError at once for arguments that cannot be right."""
    try:
        await TrafficSource(read_arguments(args)).run(queue)
    except KeyboardInterrupt:
        # ansible-rulebook has every signal interrupt what is under way. It takes an interrupt inside a source for the end of
        # that source only, and then waits for ever (1.3.2); so the interrupt is handed to the event loop.
        asyncio.get_running_loop().call_soon(_interrupt)
        raise asyncio.CancelledError from None


def _interrupt() -> None:
    raise KeyboardInterrupt


def _problems(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each different thing that is wrong, with the connections it is wrong with."""
    labels: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        if entry["error"] is not None:
            labels[str(entry["error"])].append(connection_label(entry))
    return [f"{'; '.join(those)}: {error}" for error, those in labels.items()]


def _event(entry: Mapping[str, Any]) -> dict[str, Any]:
    keys = (*_DECIDED, *_IDENTITY)
    return {"cloudvpn": {**{key: _inert(entry[key]) for key in keys}, "bandwidth": entry["before"]}}


def _inert(value: Any) -> Any:
    """Return a value in which no string begins a template: an action may put it where Ansible looks for templates."""
    if isinstance(value, str):
        return _TEMPLATE.sub("{ ", value)
    if isinstance(value, Mapping):
        return {key: _inert(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_inert(entry) for entry in value]
    return value


def _interruptible(clock: Clock, stop: Event) -> Clock:
    """Return a clock whose pauses end by Stopped when the event is set."""

    def sleep(seconds: float) -> None:
        if stop.is_set() or stop.wait(seconds):
            raise Stopped

    return Clock(clock.now, clock.monotonic, sleep)


async def _in_thread(work: Callable[[], _Out]) -> _Out:
    """Return what a function returns that blocks, from a thread that the end of the process does not wait for.

    `asyncio.to_thread` is waited for at the end: a request that hangs would hold ansible-rulebook for as long.
    """
    done: Future[_Out] = Future()

    def run() -> None:
        if not done.set_running_or_notify_cancel():
            return
        try:
            result = work()
        except BaseException as error:  # for who waits for the result
            done.set_exception(error)
        else:
            done.set_result(result)

    waiting = asyncio.wrap_future(done)
    start_threads(run)
    return await waiting
