# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run knows of its tenant: services and catalogue, each read once and shared by all that runs side by side."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING

from .._api.models import Service, ServiceDefinition
from .._errors import IesError
from .._time import Deadline

if TYPE_CHECKING:
    from .._wire.client import IesClient


class Listing:
    """The tenant's services as one read of the list showed them, without parameters."""

    def __init__(self, services: Sequence[Service], number: int = 0, confirmed: bool = False) -> None:
        self.services = services
        self.number = number
        # Two reads in a row have shown it empty.
        self.confirmed = confirmed
        self._by_id = {service.service_id: service for service in services}
        self._by_name: dict[str | None, list[Service]] = defaultdict(list)
        for service in services:
            self._by_name[service.name].append(service)

    def named(self, name: str | None) -> list[Service]:
        """Return the services of that exact name."""
        return list(self._by_name.get(name, ()))

    def ids(self) -> frozenset[str | None]:
        """Return the ids of all of them."""
        return frozenset(self._by_id)

    def find(self, service_id: str) -> Service | None:
        """Return the service of that id."""
        return self._by_id.get(service_id)


class Tenant:
    """A tenant's list of services and catalogue. May be shared by threads."""

    def __init__(self, client: IesClient) -> None:
        self.client = client
        self._listing: Listing | None = None
        self._reads = 0
        self._ordered: set[str] = set()
        self._definitions: Sequence[ServiceDefinition] | IesError | None = None
        self._details: dict[str, ServiceDefinition] = {}
        self._list_lock = threading.Lock()
        self._catalogue_lock = threading.Lock()

    def mark(self) -> int:
        """Return a mark: a list that was read after it has a higher number."""
        return self._reads

    def listing(self, after: int | None = None, confirm_empty: bool = False, deadline: Deadline | None = None) -> Listing:
        """Return the list; read again when the reading of the one at hand had begun before the mark `after`.

        `confirm_empty`: an empty list is believed only when a second read shows it so as well. The empty 404 of an empty
        tenant looks like that of a gateway which has lost its way (contract 5.2). `deadline` is for the reading: see
        `IesClient.until`.
        """
        with self._list_lock:
            known = self._listing
            if known is None or (after is not None and known.number <= after):
                known = self._read(deadline)
            if confirm_empty and not known.services and not known.confirmed:
                known = self._read(deadline)
                known.confirmed = not known.services
            return known

    def _read(self, deadline: Deadline | None) -> Listing:
        self._reads += 1
        self._listing = Listing(self.client.until(deadline).list_services(), self._reads)
        return self._listing

    def note_order(self, service_id: str) -> None:
        """Remember that this run has ordered the service."""
        with self._list_lock:
            self._ordered.add(service_id)

    def ordered(self) -> frozenset[str]:
        """Return the ids of the services that this run has ordered."""
        with self._list_lock:
            return frozenset(self._ordered)

    def names(self) -> list[str | None]:
        """Return the names of the services."""
        return [service.name for service in self.listing().services]

    def definitions(self) -> Sequence[ServiceDefinition]:
        """Return the service definitions, read once; a failure to read them is as final as they are."""
        with self._catalogue_lock:
            if self._definitions is None:
                try:
                    self._definitions = self.client.list_definitions()
                except IesError as error:
                    self._definitions = error
            if isinstance(self._definitions, IesError):
                raise copy(self._definitions)
            return self._definitions

    def details(self, service_definition_id: str) -> ServiceDefinition:
        """Return one definition with its templates, read once."""
        with self._catalogue_lock:
            if service_definition_id not in self._details:
                self._details[service_definition_id] = self.client.get_definition(service_definition_id)
            return self._details[service_definition_id]
