# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every call of the northbound API that the collection uses, each as one method (contract 4, 5 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any, TypeVar

from .._api.models import Operation, Series, Service, ServiceDefinition, Submitted
from .._api.readers import (
    read_definition_details,
    read_definitions,
    read_known_operations,
    read_operation,
    read_operations,
    read_service_details,
    read_services,
    read_submitted,
)
from .._api.refusals import SERVICE_NOT_EXIST
from .._api.token import expiry_hint
from .._api.traffic import read_series
from .._errors import BadResponseError, IesError, NotFoundError
from .._time import Clock, Deadline
from .connection import ConnectionOptions
from .response import Response, ResponseErrors
from .transport import Transport

_Read = TypeVar("_Read")

_SERVICES = ("servicemanager", "v1", "services")
_DEFINITIONS = ("catalog", "v1", "servicedefs")
_TRAFFIC = ("cloudvpnwatch", "v1", "traffic", "connections")


class IesClient:
    """Every call of the northbound API that the collection uses. May be shared by threads.

    Args:
        connection: where and as whom.
        clock: what pauses between repeats are slept on.
        pool_size: how many connections are kept open, the most threads that use the client at once.
        on_request: called with one line per request (method, URL without query, outcome), for verbose output.
    """

    def __init__(
        self,
        connection: ConnectionOptions,
        clock: Clock,
        pool_size: int = 8,
        on_request: Callable[[str], None] | None = None,
    ) -> None:
        self.connection = connection
        self._clock = clock
        self._errors = ResponseErrors(connection, clock)
        self._transport = Transport(connection, clock, self._errors, pool_size, on_request)

    def close(self) -> None:
        """Close the pooled connections."""
        self._transport.close()

    def until(self, deadline: Deadline | None) -> IesClient:
        """Return this client for reads that must not be repeated past a deadline.

        It shares connections and places with this one, and may be used beside it. Pauses, those that the server asks for too,
        are clipped to what is left; at the deadline the last failure is raised. A request under way is given its
        `api_timeout`.
        """
        view = copy(self)
        view._transport = self._transport.until(deadline)
        return view

    def token_warning(self) -> str | None:
        """Return a warning when the tenant token says that it has expired (contract 2.2)."""
        return expiry_hint(self.connection.auth_token, self._clock.now())

    # Service catalogue (contract 4)

    def list_definitions(self) -> list[ServiceDefinition]:
        """Return the tenant's service definitions, without templates (contract 4.1)."""
        return self._read_list(_DEFINITIONS, read_definitions)

    def get_definition(self, service_definition_id: str) -> ServiceDefinition:
        """Return one definition with its templates (contract 4.2); raises NotFoundError."""
        parts = (*_DEFINITIONS, service_definition_id, "details")
        try:
            response = self._transport.read(parts)
        except IesError as error:
            if error.status not in {404, 405}:
                raise
            # Another release has the other path (contract A-07).
            parts = (*_DEFINITIONS, service_definition_id, "detail")
            response = self._transport.read(parts)
        found = self._parsed(read_definition_details, response, parts)
        if found is None:
            raise NotFoundError(
                f"service definition {service_definition_id} does not exist; list them with ies_catalog_info",
                status=response.status,
                method="GET",
                url=self.connection.url_of(parts),
            )
        return found

    # Service manager (contract 5)

    def list_services(self) -> list[Service]:
        """Return the tenant's services, without parameters (contract 5.2)."""
        return self._read_list(_SERVICES, read_services)

    def find_service(self, service_id: str) -> Service | None:
        """Return one service with its parameters; None when the tenant has none of that id (contract 5.3)."""
        parts = (*_SERVICES, service_id)
        try:
            response = self._transport.read(parts, absent_allowed=True)
        except NotFoundError as error:
            if error.exception_id == SERVICE_NOT_EXIST:
                return None
            raise
        return None if response.status == 404 else self._parsed(read_service_details, response, parts)

    def create_service(self, payload: Mapping[str, Any]) -> Submitted:
        """Order a service (contract 5.1)."""
        return self._submit("POST", _SERVICES, payload)

    def update_service(self, service_id: str, payload: Mapping[str, Any]) -> Submitted:
        """Modify a service (contract 5.4)."""
        return self._submit("PUT", (*_SERVICES, service_id), payload)

    def delete_service(self, service_id: str) -> Submitted:
        """Delete a service; no operation id means that nothing was there to delete (contract 5.5)."""
        return self._submit("DELETE", (*_SERVICES, service_id), None)

    def deactivate_service(self, service_id: str) -> Submitted:
        """Deactivate a service (contract 5.7)."""
        return self._submit("POST", (*_SERVICES, service_id, "deactivation"), {})

    def find_operation(self, service_id: str, operation_id: str) -> Operation | None:
        """Return an operation; None when it is unknown or operations cannot be read here (contract 5.6, A-17)."""
        found = self._operations((*_SERVICES, service_id, "operations", operation_id), read_operation, None)
        return self._errors.without_echo(found) if found else None

    def list_operations(self, service_id: str) -> list[Operation]:
        """Return a service's operations; none when they cannot be read here (contract 5.6, A-17)."""
        nothing: list[Operation] = []
        found = self._operations((*_SERVICES, service_id, "operations"), read_operations, nothing)
        return [self._errors.without_echo(operation) for operation in found]

    def find_operations(self, service_id: str) -> list[Operation] | None:
        """Return a service's operations, newest first; None when they cannot be read here (contract 5.6, A-17)."""
        found = self._operations((*_SERVICES, service_id, "operations"), read_known_operations, None)
        return None if found is None else [self._errors.without_echo(operation) for operation in found]

    # Traffic (contract 8)

    def read_traffic(self, cloud_vpn_name: str, metric: str, query: Mapping[str, Any], indicator: str) -> Series | None:
        """Return a connection's series; None when the server knows no data or no such connection (404 without a body)."""
        parts = (*_TRAFFIC, cloud_vpn_name, metric)
        response = self._transport.read(parts, query, absent_allowed=True)
        if response.status == 404:
            return None
        return self._parsed(lambda body: read_series(body, metric, indicator), response, parts)

    # How calls are made

    def _operations(self, parts: tuple[str, ...], read: Callable[[Any], _Read], closed: _Read) -> _Read:
        try:
            return self._parsed(read, self._transport.read(parts), parts)
        except IesError as error:
            if error.status in {403, 404, 405}:
                return closed
            raise

    def _read_list(self, parts: tuple[str, ...], read: Callable[[Any], list[_Read]]) -> list[_Read]:
        """Read a list; an empty 404 is an empty list, one with a body is not (contract 5.2, A-15)."""
        try:
            response = self._transport.read(parts, absent_allowed=True)
        except NotFoundError as error:
            # The id may speak of a service, but no list of an IES answers so.
            if "api_url" not in error.message:
                error.message += "; the address of a list does not depend on ids, so check api_url"
            raise
        return [] if response.status == 404 else self._parsed(read, response, parts)

    def _parsed(self, read: Callable[[Any], _Read], response: Response, parts: tuple[str, ...]) -> _Read:
        """Read the shape out of a response; what is raised names the request."""
        try:
            return read(response.body)
        except BadResponseError as error:
            error.status, error.method, error.url = response.status, "GET", self.connection.url_of(parts)
            raise

    def _submit(self, method: str, parts: tuple[str, ...], payload: Mapping[str, Any] | None) -> Submitted:
        """Send a write once. What is raised tells by `outcome_unknown` whether it may have been carried out."""
        try:
            response = self._transport.send(method, parts, payload=payload)
            if response.status >= 300:
                raise self._errors.error_of(response, method, parts)
            return read_submitted(response.body, response.location)
        except BadResponseError as error:
            # Something answered in the server's place, or its response was spoilt on the way.
            error.outcome_unknown = error.status is None or not 300 <= error.status < 500
            raise
