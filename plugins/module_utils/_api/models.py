# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our shapes of what an IES holds: service, definition, operation, sample. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from .._values import iso_utc
from .mark import Mark
from .parameters import Connection, find_connections
from .status import FINISHED, SUCCESSFUL, UNSUCCESSFUL, phase_of


@dataclass(frozen=True)
class Service:
    """A service as the service manager tells of it. `parameters` is None when only the list was read (contract 5.2).

    `description` is without the mark of ownership that may stand at its end.
    """

    service_id: str | None
    name: str | None
    description: str | None = None
    service_definition_id: str | None = None
    template_id: str | None = None
    status: str | None = None
    active_status: str | None = None
    created_at: float | None = None
    parameters: dict[str, Any] | None = None
    mark: Mark | None = None

    @property
    def phase(self) -> str:
        """The status in one of five words."""
        return phase_of(self.status)

    @property
    def connections(self) -> list[Connection]:
        """The connections, in the order of the parameters."""
        return find_connections(self.parameters)

    def with_parameters(self, parameters: dict[str, Any] | None, **changes: Any) -> Service:
        """Return a copy with other parameters and fields."""
        return replace(self, parameters=parameters, **changes)

    def label(self) -> str:
        """Return name and id for messages."""
        return f"service {self.name!r} ({self.service_id})"

    def to_result(self) -> dict[str, Any]:
        """Return the `service` dictionary of the public interface."""
        return {
            "service_id": self.service_id,
            "name": self.name,
            "description": self.description,
            "owner": self.mark.owner if self.mark is not None else None,
            "protected": self.mark is not None and self.mark.protected,
            "service_definition_id": self.service_definition_id,
            "template_id": self.template_id,
            "status": self.status,
            "active_status": self.active_status,
            "phase": self.phase,
            "created_at": iso_utc(self.created_at),
            "parameters": self.parameters or {},
            "connections": [connection.to_result() for connection in self.connections],
        }


@dataclass(frozen=True)
class Template:
    """A template of a service definition."""

    template_id: str
    name: str | None = None
    url: str | None = None

    def to_result(self) -> dict[str, Any]:
        """Return the `templates` entry of the public interface."""
        return {"template_id": self.template_id, "name": self.name, "url": self.url}


@dataclass(frozen=True)
class ServiceDefinition:
    """An entry of the service catalogue. `templates` is empty when only the list was read."""

    service_definition_id: str
    name: str | None = None
    description: str | None = None
    service_type: str | None = None
    domain: str | None = None
    status: str | None = None
    version: str | None = None
    templates: tuple[Template, ...] = field(default=())

    def label(self) -> str:
        """Return name and id for messages."""
        return f"{self.name!r} ({self.service_definition_id})"

    def to_result(self) -> dict[str, Any]:
        """Return the `service_definitions` entry of the public interface."""
        return {
            "service_definition_id": self.service_definition_id,
            "name": self.name,
            "description": self.description,
            "service_type": self.service_type,
            "domain": self.domain,
            "status": self.status,
            "version": self.version,
            "templates": [template.to_result() for template in self.templates],
        }


@dataclass(frozen=True)
class Operation:
    """An operation on a service; `progress` and `result` in lower case (contract 5.6)."""

    operation_id: str | None
    operation: str | None
    progress: str
    result: str
    reason: str | None
    operate_at: float | None = None
    finished_at: float | None = None

    @property
    def has_ended(self) -> bool:
        """Whether it is over, however it ended."""
        return self.progress in FINISHED

    @property
    def has_failed(self) -> bool:
        """Whether it is over and has failed."""
        return self.has_ended and self.result in UNSUCCESSFUL

    @property
    def has_succeeded(self) -> bool:
        """Whether it is over and has succeeded."""
        return self.has_ended and self.result in SUCCESSFUL

    def to_result(self) -> dict[str, Any]:
        """Return the `operations` entry of the public interface."""
        return {
            "operation_id": self.operation_id,
            "operation": self.operation,
            "progress": self.progress or None,
            "result": self.result or None,
            "reason": self.reason,
            "operate_at": iso_utc(self.operate_at),
            "finished_at": iso_utc(self.finished_at),
        }


class Submitted(NamedTuple):
    """The ids that the response to a write names (contract 3.1)."""

    service_id: str | None
    operation_id: str | None


class Sample(NamedTuple):
    """One point of a traffic series: epoch seconds and a value, None for a gap."""

    epoch: float
    value: float | None


class Series(list[Sample]):
    """The points of a series, sorted by time, exact duplicates dropped.

    Attributes:
        unreadable: how many stand there as gaps because their value could not be read.
        unplaced: how many are left out because their time could not be read.
    """

    def __init__(self, samples: Iterable[Sample] = (), unreadable: int = 0, unplaced: int = 0) -> None:
        super().__init__(sorted(set(samples), key=lambda point: (point.epoch, point.value is not None, point.value or 0.0)))
        self.unreadable = unreadable
        self.unplaced = unplaced
