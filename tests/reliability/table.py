# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes wrong, and at which request of which task: the two sides of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulator import samples
from tests.simulator.server import SimulatorServer

TENANT = "nbitest_14"
NAME = "branch"
OLD_ID = "old-id"
SERVICES = "/servicemanager/v1/services"
_SIGN_IN = "<html>Sign in</html>"
_BAD_GATEWAY = "<html>Bad gateway</html>"
# The repeats of a read outlast the first of these outages, not the second; both in simulated seconds.
_SHORT = 5
_LONG = 60


@dataclass(frozen=True)
class Fault:
    """A rule of the simulator, in words.

    Attributes:
        writes, reads: which requests it is tried on; what happens after processing makes no difference to a read.
        hangs: whether the client's time for a response passes, in real seconds.
        everywhere: it strikes every request, not only those of the operation.
        only: names of the writes it exists for, empty for all.
    """

    words: str
    action: str
    params: Mapping[str, Any] = field(default_factory=dict)
    writes: bool = True
    reads: bool = False
    hangs: bool = False
    everywhere: bool = False
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Operation:
    """A task, the request of it that is struck, and what is there before."""

    words: str
    write: str | None
    method: str
    path: str
    task: str
    params: Mapping[str, Any]
    prepare: Callable[[SimulatorServer], None]
    bandwidth: str | None = "60000"

    @property
    def manages_service(self) -> bool:
        """Return whether the task converges a service, rather than only reads."""
        return self.task == "ies_service"


def _busy(retry_after: bool) -> dict[str, Any]:
    return {"body": None, "headers": {"Retry-After": "7"}} if retry_after else {"body": None}


FAULTS = (
    Fault("connection dropped before processing", "drop_before", reads=True),
    Fault("connection dropped after processing", "drop_after"),
    Fault("restart before processing, away for 5 s", "restart", {"seconds": _SHORT}, reads=True),
    Fault("restart after processing, away for 5 s", "restart", {"seconds": _SHORT, "process": True}),
    Fault("restart before processing, away for a minute", "restart", {"seconds": _LONG}, reads=True),
    Fault("restart after processing, away for a minute", "restart", {"seconds": _LONG, "process": True}),
    Fault("500 instead of processing", "status", {"status": 500}, reads=True),
    Fault("500 after processing", "status_after", {"status": 500}),
    Fault("500, the order left CreateFailed", "create_failed_after_store", {"reason": "no port left"}, only=("create",)),
    Fault("500, the work begun and failed", "fail_sync", {"reason": "no route"}, only=("update", "delete", "deactivate")),
    Fault("502 from a gateway, not processed", "status", {"status": 502, "body": _BAD_GATEWAY}, reads=True),
    Fault("504 from a gateway, processed", "status_after", {"status": 504, "body": _BAD_GATEWAY}),
    Fault("503", "status", {"status": 503, **_busy(False)}, reads=True),
    Fault("503 with Retry-After", "status", {"status": 503, **_busy(True)}, reads=True),
    Fault("503 after processing", "status_after", {"status": 503, **_busy(False)}),
    Fault("429", "status", {"status": 429, **_busy(False)}, reads=True),
    Fault("429 with Retry-After", "status", {"status": 429, **_busy(True)}, reads=True),
    Fault("response cut off by a broken connection", "truncate", reads=True),
    Fault("response cut off inside", "truncate", {"mode": "json"}, reads=True),
    Fault("HTML with 200, not processed", "html", {"text": _SIGN_IN}, reads=True),
    Fault("HTML with 200, processed", "status_after", {"status": 200, "body": _SIGN_IN}),
    Fault("slow response", "delay", {"seconds": 0.02}, reads=True),
    Fault("no response, not processed", "hang", reads=True, hangs=True),
    Fault("no response, processed", "hang", {"process": True}, hangs=True),
    Fault("accepted, fails later with a reason", "fail_async", {"reason": "no route to the site"}),
    Fault("clock of the server a day ahead", "clock_skew", {"seconds": 86400}, reads=True, everywhere=True),
    Fault("response sent twice", "duplicate", reads=True),
)


def _item(bandwidth: str = "60000", vni: str = "2236") -> dict[str, Any]:
    return {"CloudVpnName": "branch-vpn", "Bandwidth": bandwidth, "VNI": vni}


def _add(sim: SimulatorServer, **more: Any) -> None:
    sim.state.add_service(
        TENANT,
        NAME,
        {"Site2DCList": [_item()]},
        service_definition_id=samples.SITE2DC_DEFINITION,
        template_id=samples.SITE2DC_TEMPLATE,
        service_id=OLD_ID,
        **more,
    )


def _nothing(_sim: SimulatorServer) -> None:
    pass


def _failed_order(sim: SimulatorServer) -> None:
    _add(sim, status="CreateFailed")


def _active(sim: SimulatorServer) -> None:
    _add(sim, active_status="Active")


_ORDER = {
    "name": NAME,
    "service_definition": "Site2DC",
    "site2dc": [{"cloud_vpn_name": "branch-vpn", "bandwidth": 60000, "vni": "2236"}],
}
_OTHER = {
    **_ORDER,
    "site2dc": [{"cloud_vpn_name": "branch-vpn", "bandwidth": 60000, "vni": "7"}],
    "on_immutable_change": "recreate",
}
_SCALE = {"name": NAME, "bandwidth": 80000}
_REMOVE = {"name": NAME, "state": "absent"}
_REMOVE_ACTIVE = {**_REMOVE, "deactivate": True}
_SWITCH_OFF = "/deactivation$"
_ONE = f"{SERVICES}/[^/]+$"
_ALL = f"{SERVICES}$"

OPERATIONS = (
    Operation("create", "create", "POST", _ALL, "ies_service", _ORDER, _nothing),
    Operation("update", "update", "PUT", _ONE, "ies_service", _SCALE, _add, "80000"),
    Operation("delete", "delete", "DELETE", _ONE, "ies_service", _REMOVE, _add, None),
    Operation("deactivate, then delete", "deactivate", "POST", _SWITCH_OFF, "ies_service", _REMOVE_ACTIVE, _active, None),
    Operation("recreate: its delete", "delete", "DELETE", _ONE, "ies_service", _OTHER, _add),
    Operation("recreate: its create", "create", "POST", _ALL, "ies_service", _OTHER, _add),
    Operation("replace CreateFailed: its delete", "delete", "DELETE", _ONE, "ies_service", _ORDER, _failed_order),
    Operation("replace CreateFailed: its create", "create", "POST", _ALL, "ies_service", _ORDER, _failed_order),
    Operation("read the list, to create", None, "GET", _ALL, "ies_service", _ORDER, _nothing),
    Operation("read the details, to update", None, "GET", _ONE, "ies_service", _SCALE, _add, "80000"),
    Operation("read the catalogue, to create", None, "GET", "/catalog/", "ies_service", _ORDER, _nothing),
    Operation("read the operation, in an update", None, "GET", "/operations/", "ies_service", _SCALE, _add, "80000"),
    Operation("wait for a create", None, "GET", _ONE, "ies_service", _ORDER, _nothing),
    Operation("read the traffic", None, "GET", "/traffic/", "ies_vpn_traffic_info", {"cloud_vpn_names": ["branch-vpn"]}, _add),
)


@dataclass(frozen=True)
class Cell:
    """One fault at one operation, once or every time."""

    operation: Operation
    fault: Fault
    every_time: bool

    def __str__(self) -> str:
        return f"{self.operation.words} / {self.fault.words} / {'every time' if self.every_time else 'once'}"


def cells() -> list[Cell]:
    """Return all of them in the order of the page."""
    return [
        Cell(operation, fault, every_time)
        for operation in OPERATIONS
        for fault in FAULTS
        if _fits(fault, operation)
        for every_time in ((True,) if fault.everywhere else (False, True))
    ]


def _fits(fault: Fault, operation: Operation) -> bool:
    if operation.write is None:
        return fault.reads
    # What failed to be ordered is removed at once, so nothing of it can begin and fail.
    if operation.prepare is _failed_order and operation.write == "delete" and fault.action in {"fail_async", "fail_sync"}:
        return False
    return fault.writes and (not fault.only or operation.write in fault.only)
