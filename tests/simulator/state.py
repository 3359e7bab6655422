# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state machine of contract 5-7: pure, driven by the clock it is given, every call atomic."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from . import parameters as rules
from .bandwidths import Bandwidths
from .clock import Clock
from .model import (
    Definition,
    Durations,
    Item,
    Job,
    Operation,
    Outcome,
    Parameters,
    Refusal,
    Service,
    Template,
    definition_from,
    network_failure,
    new_hex_id,
    new_id,
)
from .options import Options

USER_ID = "someuser"

_LIMITS = {
    "name": 255,
    "description": 255,
    "type": 255,
    "project_id": 255,
    "service_definition_id": 36,
    "template_id": 36,
    "service_id": 22,
}
_REQUEST_KEYS = {"onfailure", "service"}
_SERVICE_KEYS = {*_LIMITS, "parameters", "nsd_script"}
_OPERATION_NAMES = {
    "create": "Create",
    "modify": "Update",
    "delete": "Delete",
    "activate": "Activate",
    "deactivate": "Deactivate",
}


@dataclass(frozen=True)
class Accepted:
    """An accepted write; `removed` means that the record was gone before the response (contract 5.5)."""

    service_id: str
    operation_id: str | None
    removed: bool = False


class State:
    """Everything the simulated server remembers, for all tenants."""

    def __init__(
        self,
        clock: Clock,
        options: Options,
        durations: Durations | None = None,
        definitions: Iterable[Definition] = (),
        services: Iterable[Service] = (),
    ) -> None:
        self.lock = threading.RLock()
        self.durations = durations or Durations()
        self.new_id: Callable[[], str] = new_id
        self.on_write: Callable[[], None] = lambda: None
        self._clock = clock
        self._options = options
        self._definitions: dict[str, Definition] = {}
        self._services: dict[str, Service] = {}
        self._operations: dict[str, list[Operation]] = {}
        self._jobs: dict[str, Job] = {}
        self._bandwidths = Bandwidths()
        self._tasks = 0
        self.load(definitions, services)

    def load(self, definitions: Iterable[Definition], services: Iterable[Service]) -> None:
        """Forget everything and start from these records."""
        with self.lock:
            self._definitions = {item.definition_id: copy.deepcopy(item) for item in definitions}
            self._services = {item.service_id: copy.deepcopy(item) for item in services}
            self._operations = {service_id: [] for service_id in self._services}
            self._jobs = {}
            self._bandwidths = Bandwidths()
            for service in self._services.values():
                self._bandwidths.note(service, 0.0)
            self._tasks = 0

    # Catalogue.

    def definitions(self, tenant: str) -> list[Definition]:
        with self.lock:
            return [item for item in self._definitions.values() if item.tenants is None or tenant in item.tenants]

    def definition(self, tenant: str, definition_id: str) -> Definition:
        """Return a definition or raise the catalogue's own 404 (contract 4.2)."""
        with self.lock:
            found = next((item for item in self.definitions(tenant) if item.definition_id == definition_id), None)
            if found is None:
                raise Refusal("catalog.servicedef.not_exist", 404, desc=[definition_id])
            return found

    def add_definition(self, definition: Definition) -> None:
        with self.lock:
            self._definitions[definition.definition_id] = definition
            self.on_write()

    def template_of(self, service: Service) -> Template | None:
        definition = self._definitions.get(service.service_definition_id)
        return definition.template(service.template_id) if definition else None

    # Service reads.

    def services(self, tenant: str) -> list[Service]:
        with self.lock:
            self.settle()
            return [copy.copy(item) for item in self._services.values() if item.tenant == tenant]

    def service(self, tenant: str, service_id: str) -> Service | None:
        with self.lock:
            self.settle()
            return copy.copy(self._own(tenant, service_id))

    def named(self, tenant: str, name: str) -> list[Service]:
        return [item for item in self.services(tenant) if item.name == name]

    def connection(self, tenant: str, cloud_vpn_name: str) -> Item | None:
        """Return the object that names this connection in any service of the tenant."""
        found = self._named_connection(tenant, cloud_vpn_name)
        return found[1] if found else None

    def bandwidths(self, tenant: str, cloud_vpn_name: str) -> list[tuple[float, Any]] | None:
        """Return since when (epoch seconds) which Bandwidth is in force on a connection of the tenant; None if there is none.

        What is stored may be another: work under way has not been applied yet, and failed work never is.
        """
        with self.lock:
            found = self._named_connection(tenant, cloud_vpn_name)
            if found is None:
                return None
            service, item = found
            return self._bandwidths.of(service.service_id, cloud_vpn_name) or [(0.0, item.get("Bandwidth"))]

    def _named_connection(self, tenant: str, cloud_vpn_name: str) -> tuple[Service, Item] | None:
        for service in self.services(tenant):
            for item in rules.connections(service.parameters):
                if item[rules.CONNECTION_KEY] == cloud_vpn_name:
                    return service, item
        return None

    # Operations: the tenant is not checked on reads (contract 5.6).

    def operations(self, service_id: str) -> list[Operation]:
        with self.lock:
            self.settle()
            return [copy.copy(item) for item in self._operations.get(service_id, [])]

    def operation(self, service_id: str, operation_id: str) -> Operation | None:
        return next((item for item in self.operations(service_id) if item.operation_id == operation_id), None)

    # Writes.

    def create(self, tenant: str, body: Any, outcome: Outcome | None = None) -> Accepted:
        with self.lock:
            self.settle()
            request = self._checked_request(body)
            for key in ("name", "service_definition_id", "template_id"):
                if not request.get(key):
                    raise Refusal("servicemgr.bad_param", 400, desc=[key])
            definition = self.definition(tenant, request["service_definition_id"])
            self._check_usable(definition)
            template = self._checked_template(definition, request["template_id"])
            stored = rules.storable(request.get("parameters"))
            rules.check_fit(template, stored, self._options)
            rules.check_new_lists(stored)
            rules.check_items(stored, self._options)
            service = Service(
                service_id=self.new_id(),
                tenant=tenant,
                name=request["name"],
                description=request.get("description"),
                service_definition_id=definition.definition_id,
                template_id=template.template_id,
                created_at=self._now_ms(),
                parameters=stored,
            )
            self._services[service.service_id] = service
            self._operations[service.service_id] = []
            hexadecimal = self._options.create_operation_id == "hex"
            return self._start(service, "create", outcome, list(stored), operation_id=new_hex_id() if hexadecimal else None)

    def modify(self, tenant: str, service_id: str, body: Any, outcome: Outcome | None = None) -> Accepted:
        with self.lock:
            self.settle()
            request = self._checked_request(body)
            service = self._existing(tenant, service_id)
            self._refuse_create_failed(service)
            self._refuse_in_progress(service)
            definition = self.definition(tenant, service.service_definition_id)
            self._check_usable(definition)
            template = self._checked_template(definition, service.template_id)
            sent = rules.storable(request.get("parameters"))
            rules.check_fit(template, sent, self._options)
            rules.check_items(sent, self._options, only_created=True)
            after = rules.merged(service.parameters, sent, replace=self._options.item_update == "replace")
            if request.get("name"):
                service.name = request["name"]
            if request.get("description") is not None:
                service.description = request["description"]
            if not sent:
                return self._rename_only(service)
            # Stored at once and never taken back: a read shows what was asked for (contract 5.3).
            service.parameters = after
            return self._start(service, "modify", outcome, list(sent))

    def delete(self, tenant: str, service_id: str, outcome: Outcome | None = None) -> Accepted:
        with self.lock:
            self.settle()
            service = self._own(tenant, service_id)
            if service is None:
                return Accepted(service_id, None, removed=True)
            if service.active_status == "Active":
                raise Refusal("servicemgr.service.status_active", business=True)
            self._refuse_in_progress(service)
            if service.status == "CreateFailed":
                self._remove(service_id)
                self.on_write()
                return Accepted(service_id, self.new_id(), removed=True)
            return self._start(service, "delete", outcome, [])

    def activate(self, tenant: str, service_id: str, outcome: Outcome | None = None) -> Accepted:
        return self._switch(tenant, service_id, "activate", outcome)

    def deactivate(self, tenant: str, service_id: str, outcome: Outcome | None = None) -> Accepted:
        return self._switch(tenant, service_id, "deactivate", outcome)

    # For tests and the admin interface.

    def add_service(
        self,
        tenant: str,
        name: str,
        parameters: Parameters,
        *,
        service_definition_id: str,
        template_id: str,
        service_id: str | None = None,
        description: str = "",
        status: str = "Completed",
        active_status: str = "Deactive",
    ) -> Service:
        """Store a service as it stands, unchecked, and return a copy."""
        with self.lock:
            service = Service(
                service_id=service_id or self.new_id(),
                tenant=tenant,
                name=name,
                description=description,
                service_definition_id=service_definition_id,
                template_id=template_id,
                created_at=self._now_ms(),
                status=status,
                active_status=active_status,
                parameters=copy.deepcopy(parameters),
            )
            self._services[service.service_id] = service
            self._operations[service.service_id] = []
            self._bandwidths.note(service, 0.0)
            self.on_write()
            return copy.copy(service)

    def set_status(self, service_id: str, status: str | None = None, active_status: str | None = None) -> None:
        """Force the states of a service, whatever work is under way."""
        with self.lock:
            service = self._services[service_id]
            service.status = status or service.status
            service.active_status = active_status or service.active_status
            self.on_write()

    def set_description(self, service_id: str, description: str | None) -> None:
        with self.lock:
            self._services[service_id].description = description
            self.on_write()

    def remove_service(self, service_id: str) -> None:
        with self.lock:
            self._remove(service_id)
            self.on_write()

    def clear_services(self, tenant: str | None = None) -> None:
        """Remove the services of one tenant, or of all."""
        with self.lock:
            for service_id in [item.service_id for item in self._services.values() if tenant in (None, item.tenant)]:
                self._remove(service_id)
            self.on_write()

    @property
    def busy(self) -> bool:
        with self.lock:
            self.settle()
            return bool(self._jobs)

    def settle(self) -> None:
        """End all work that is due by now, in the order in which it falls due."""
        with self.lock:
            now = self._clock.now()
            for job in sorted((job for job in self._jobs.values() if job.due <= now), key=lambda job: job.due):
                del self._jobs[job.service_id]
                self._end(job)

    def snapshot(self) -> dict[str, Any]:
        """Return everything as JSON values, without settling anything."""
        with self.lock:
            return {
                "now": self._clock.now(),
                "wall": self._clock.wall(),
                "tasks": self._tasks,
                "definitions": [asdict(item) for item in self._definitions.values()],
                "services": [asdict(item) for item in self._services.values()],
                "operations": {key: [asdict(item) for item in items] for key, items in self._operations.items()},
                "jobs": [asdict(item) for item in self._jobs.values()],
                "bandwidths": self._bandwidths.snapshot(),
            }

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Continue from a snapshot, the clock included."""
        with self.lock:
            self.load(
                [definition_from(item) for item in snapshot["definitions"]],
                [Service(**item) for item in snapshot["services"]],
            )
            for service_id, items in snapshot["operations"].items():
                self._operations[service_id] = [Operation(**item) for item in items]
            self._jobs = {item["service_id"]: Job(**item) for item in snapshot["jobs"]}
            self._bandwidths.restore(snapshot["bandwidths"])
            self._tasks = snapshot["tasks"]
            self._clock.resume(snapshot["now"], snapshot["wall"])

    # Refusals.

    def _checked_request(self, body: Any) -> dict[str, Any]:
        if not isinstance(body, dict) or not isinstance(body.get("service"), dict):
            raise Refusal("servicemgr.bad_param", 400, desc=["service" if isinstance(body, dict) else "request"])
        request: dict[str, Any] = body["service"]
        for key, limit in _LIMITS.items():
            value = request.get(key)
            if value is None:
                continue
            if not isinstance(value, str):
                raise Refusal("servicemgr.bad_param", 400, desc=[key])
            if len(value) > limit:
                raise Refusal(f"{self._options.validator_prefix}StrOutOfRange", 400, desc=[key], detail=[f"1-{limit}"])
        unknown = sorted((set(body) - _REQUEST_KEYS) | (set(request) - _SERVICE_KEYS))
        if unknown and self._options.unknown_request_keys == "refuse":
            raise Refusal("servicemgr.bad_param", 400, desc=unknown)
        return request

    def _check_usable(self, definition: Definition) -> None:
        ids = {
            "inactive": "servicemgr.service.service_package_status_inactive",
            "delete pending": "servicemgr.service.service_package_status_delete_depending",
        }
        if definition.status != "active":
            raise Refusal(ids.get(definition.status, "servicemgr.servicePackage.not_activation"), business=True)
        if not definition.domain:
            raise Refusal("servicemgr.bad_param", 400, desc=["domain"])

    def _checked_template(self, definition: Definition, template_id: str) -> Template:
        template = definition.template(template_id)
        if template is None:
            raise Refusal("servicemgr.template.not_exist", 400, desc=[template_id])
        if not definition.template_url(template):
            raise Refusal("servicemgr.bad_param", 400, desc=["url"])
        if not template.parameters:
            raise Refusal("servicemgr.template.not_exist", business=True, desc=[template_id])
        return template

    def _existing(self, tenant: str, service_id: str) -> Service:
        service = self._own(tenant, service_id)
        if service is None:
            raise Refusal("servicemgr.service.not_exist", 400, desc=[service_id])
        return service

    def _refuse_create_failed(self, service: Service) -> None:
        if service.status == "CreateFailed":
            raise Refusal("servicemgr.service.create_failed", business=True)

    def _refuse_in_progress(self, service: Service) -> None:
        # Busy is decided by the status alone: a stuck active_status must not block (contract 7).
        if service.in_progress:
            raise Refusal("servicemgr.service.status_inprogress", business=True)

    # Transitions.

    def _switch(self, tenant: str, service_id: str, kind: str, outcome: Outcome | None) -> Accepted:
        with self.lock:
            self.settle()
            service = self._existing(tenant, service_id)
            self._refuse_create_failed(service)
            refused, suffix = ("Active", "active") if kind == "activate" else ("Deactive", "deactive")
            if service.active_status == refused:
                raise Refusal(f"servicemgr.service.status_{suffix}", business=True)
            self._refuse_in_progress(service)
            return self._start(service, kind, outcome, [])

    def _start(
        self,
        service: Service,
        kind: str,
        outcome: Outcome | None,
        subjects: list[str],
        operation_id: str | None = None,
    ) -> Accepted:
        outcome = outcome or Outcome()
        outcome.used = True
        operation = self._record(service, kind, subjects, operation_id)
        active_before = service.active_status
        progress = f"{_OPERATION_NAMES[kind]}InProgress"
        service.status = progress
        if kind in ("activate", "deactivate"):
            service.active_status = progress
        job = Job(
            kind=kind,
            service_id=service.service_id,
            operation_id=operation.operation_id,
            due=self._clock.now() + float(getattr(self.durations, kind)),
            reason=outcome.reason,
        )
        if outcome.immediate:
            job.reason = outcome.reason or network_failure(kind)
            self._end(job)
            service.active_status = active_before
            self.on_write()
            raise Refusal(outcome.exception_id)
        self._jobs[service.service_id] = job
        self.on_write()
        return Accepted(service.service_id, operation.operation_id)

    def _end(self, job: Job) -> None:
        service = self._services[job.service_id]
        operation = next(item for item in self._operations[job.service_id] if item.operation_id == job.operation_id)
        operation.finish(int(job.due * 1000), job.reason)
        if job.reason is not None:
            service.status = "CreateFailed" if job.kind == "create" else "Failed"
        elif job.kind == "delete":
            self._remove(job.service_id)
        else:
            service.status = "Completed"
            if job.kind in ("create", "modify"):
                self._bandwidths.note(service, job.due)
            if job.kind == "activate" or (job.kind == "create" and self._options.auto_activate):
                service.active_status = "Active"
            elif job.kind == "deactivate":
                service.active_status = "Deactive"

    def _rename_only(self, service: Service) -> Accepted:
        # The trap of contract 5.4: completed at once, yet its operation never ends.
        operation = self._record(service, "modify", [], None)
        service.status = "Completed"
        self.on_write()
        return Accepted(service.service_id, operation.operation_id)

    def _record(self, service: Service, kind: str, subjects: list[str], operation_id: str | None) -> Operation:
        self._tasks += 1
        at = self._now_ms()
        operation = Operation(
            operation_id=operation_id or self.new_id(),
            operation=_OPERATION_NAMES[kind],
            tenant_id=service.tenant,
            service_id=service.service_id,
            user_id=USER_ID,
            subjects=subjects,
            task_uri=f"/decomposer/v1/tasks/{self._tasks}",
            operate_at=at,
            finished_at=at,
        )
        self._operations[service.service_id].append(operation)
        return operation

    def _remove(self, service_id: str) -> None:
        self._services.pop(service_id, None)
        self._operations.pop(service_id, None)
        self._jobs.pop(service_id, None)
        self._bandwidths.forget(service_id)

    def _own(self, tenant: str, service_id: str) -> Service | None:
        service = self._services.get(service_id)
        return service if service is not None and service.tenant == tenant else None

    def _now_ms(self) -> int:
        return int(self._clock.now() * 1000)
