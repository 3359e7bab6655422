# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find what a run has to prune: the owned services that nobody declares, once everything else is planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._api.models import Service
from .._domain.declaration import Declaration
from .._domain.ownership import PruneOptions, find_undeclared, names_and_ids, removal_of, without_declaration
from .._parallel import in_parallel
from .._text import shown
from .fleet import Job
from .tenant import Tenant


class Prune:
    """The `removals` of a run. `declared` are the options of all declared services, also of those that could not be read.

    `unread`: whether there are such. Once the run has asked, `found` are the services to prune, and `undeclared` those that
    nobody declares, protected ones as well.
    """

    def __init__(
        self, options: PruneOptions, declared: Sequence[Mapping[str, Any]], tenant: Tenant, max_parallel: int, unread: bool
    ) -> None:
        self._options = options
        self._declared = names_and_ids(declared)
        self._tenant = tenant
        self._max_parallel = max_parallel
        self._unread = unread
        self.found: list[Service] = []
        self.undeclared: list[Service] = []

    def __call__(self, jobs: Sequence[Job]) -> list[Declaration]:
        """Return what to remove: nothing once something else has failed, because that may be why it is not declared.

        Raises IesError, above all when there is more than the cap allows; then nothing at all is written.
        """
        services = self._services(jobs)
        self.undeclared = without_declaration(services, self._declared, self._options.owner)
        self.found = find_undeclared(services, self._declared, self._options)
        if self._unread or any(job.error is not None for job in jobs):
            return []
        return [removal_of(service, self._options) for service in self.found]

    def left(self, jobs: Sequence[Job]) -> list[str]:
        """Return a warning that names what is not pruned, because something else failed."""
        declared = [job for job in jobs if not job.declaration.undeclared]
        if not self.found or not (self._unread or any(job.error is not None for job in declared)):
            return []
        listed = ", ".join(f"{shown(service.name)} ({service.service_id})" for service in self.found)
        return [f"nothing was pruned, because other services failed; undeclared: {listed}; run again"]

    def _services(self, jobs: Sequence[Job]) -> list[Service]:
        """Return the services of the tenant, with marks; those that a job has read as it has read them."""
        known = {}
        for job in jobs:
            service = job.outcome.plan.current if job.outcome.plan is not None else job.outcome.service
            if service is not None and service.parameters is not None:
                known[service.service_id] = service
        listed = self._tenant.listing().services
        if any(service.description is not None for service in listed):
            return [known.get(service.service_id, service) for service in listed]
        # A list without descriptions has no marks. They are in the details of each service.
        return in_parallel(lambda service: known.get(service.service_id) or self._details(service), listed, self._max_parallel)

    def _details(self, listed: Service) -> Service:
        return self._tenant.client.find_service(str(listed.service_id)) or listed
