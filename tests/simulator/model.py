# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulated IES keeps: catalogue, services, operations, and the work still under way."""

from __future__ import annotations

import base64
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

Item = dict[str, Any]
Parameters = dict[str, Any]

SYSTEM_ERROR = "framwork.remote.SystemError"


def new_id() -> str:
    """Make an id as contract 1.1 describes it: 16 bytes of a random UUID, URL-safe base64, no padding."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode("ascii")


def new_hex_id() -> str:
    """Make an id like the operation id of the create sample: 22 hexadecimal digits."""
    return uuid.uuid4().hex[:22]


def network_failure(kind: str) -> str:
    """Return the network layer's default text for a failure (contract 5.6)."""
    return f"serviceDecomposer {'update' if kind == 'modify' else kind} failed"


class Refusal(Exception):
    """A response of contract 3.3; `business` marks the refusals whose status A-05 leaves open."""

    def __init__(
        self,
        exception_id: str,
        status: int = 500,
        *,
        business: bool = False,
        desc: list[str] | None = None,
        detail: list[str] | None = None,
    ) -> None:
        super().__init__(exception_id)
        self.exception_id = exception_id
        self.status = status
        self.business = business
        self.desc = desc
        self.detail = detail


@dataclass
class Durations:
    """Simulated seconds from an accepted write to its end."""

    create: float = 600.0
    modify: float = 60.0
    delete: float = 30.0
    activate: float = 20.0
    deactivate: float = 20.0

    def update(self, changes: dict[str, Any]) -> None:
        unknown = set(changes) - set(asdict(self))
        if unknown:
            raise ValueError(f"unknown durations: {', '.join(sorted(unknown))}")
        checked = {name: float(value) for name, value in changes.items()}
        if any(value < 0 for value in checked.values()):
            raise ValueError("a duration must not be negative")
        for name, value in checked.items():
            setattr(self, name, value)


@dataclass
class ParameterSpec:
    """One parameter a template declares (contract 4.2); of a list, `hidden_keys` of its items are never shown."""

    type: str = "String"
    hidden: bool = False
    valid_values: list[str] | None = None
    map: list[str] | None = None
    hidden_keys: list[str] = field(default_factory=list)

    @property
    def is_list(self) -> bool:
        return self.type.startswith("List<")


@dataclass
class Template:
    template_id: str
    name: str
    parameters: dict[str, ParameterSpec] = field(default_factory=dict)
    url: str | None = None


@dataclass
class Definition:
    """A service definition; `tenants` None means that every tenant sees it."""

    definition_id: str
    name: str
    description: str = ""
    service_type: str = "CloudVPN"
    domain: str = "CloudVPN"
    status: str = "active"
    version: str = "1.0"
    categories: list[dict[str, str]] | None = None
    templates: list[Template] = field(default_factory=list)
    tenants: list[str] | None = None

    def template(self, template_id: str) -> Template | None:
        return next((template for template in self.templates if template.template_id == template_id), None)

    def template_url(self, template: Template) -> str:
        if template.url is not None:
            return template.url
        return f"/rest/catalog/v1/servicedefs/{self.definition_id}/templates/{template.template_id}"


def definition_from(raw: dict[str, Any]) -> Definition:
    """Build a definition from its JSON form, as configuration and the state dump write it."""
    templates = [
        Template(
            **{
                **template,
                "parameters": {name: ParameterSpec(**spec) for name, spec in (template.get("parameters") or {}).items()},
            }
        )
        for template in raw.get("templates") or []
    ]
    return Definition(**{**raw, "templates": templates})


@dataclass
class Service:
    """A stored service; `parameters` is replaced by a write, never changed in place."""

    service_id: str
    tenant: str
    name: str
    description: str | None
    service_definition_id: str
    template_id: str
    created_at: int
    status: str = "Completed"
    active_status: str = "Deactive"
    parameters: Parameters = field(default_factory=dict)

    @property
    def in_progress(self) -> bool:
        return "InProgress" in self.status


@dataclass
class Operation:
    operation_id: str
    operation: str
    tenant_id: str
    service_id: str
    user_id: str
    subjects: list[str]
    task_uri: str
    operate_at: int
    finished_at: int
    result: str | None = None
    reason: str | None = None
    progress: str = "inprogress"

    def finish(self, at: int, reason: str | None) -> None:
        self.progress = "done"
        self.result = "success" if reason is None else "failed"
        self.reason = reason
        self.finished_at = at


@dataclass
class Job:
    """Work of the network layer that ends at `due`; `reason` None means it will succeed."""

    kind: str
    service_id: str
    operation_id: str
    due: float
    reason: str | None = None


@dataclass
class Outcome:
    """How the network layer will end the next piece of work; `used` tells whether any was started."""

    reason: str | None = None
    immediate: bool = False
    exception_id: str = SYSTEM_ERROR
    used: bool = False
