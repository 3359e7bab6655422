# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Task body of `export`: read a tenant's services as the declarations that they are (public interface, section 10.4).

There is no module of it: the file is written on the controller, and so the services are read there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._api.models import Service
from .._domain.declaration import check_owner_name, suggestion
from .._domain.export import Exported, export_services
from .._errors import NotFoundError
from .._parallel import in_parallel
from .._run.tenant import Tenant
from .._wire.client import IesClient
from ._context import Context
from ._options import IES_OPTIONS, read_max_parallel
from .ies_service import DECLARATION_OPTIONS

OPTIONS: dict[str, dict[str, Any]] = {
    # The action plugin's, which writes the file when all has been read.
    "export_file": {"type": "path", "required": True},
    "name": {"type": "list", "elements": "str"},
    "service_id": {"type": "list", "elements": "str"},
    "owner": {"type": "str"},
    "max_parallel": {"type": "int", "default": 16},
    "ies": {"type": "dict", "options": IES_OPTIONS},
}
CONSTRAINTS: dict[str, Any] = {}


def run(params: Mapping[str, Any], client: IesClient, context: Context) -> dict[str, Any]:
    """Return `exported`: per service its `item` and `remarks`, and `left_out` in words; raises IesError."""
    max_parallel = read_max_parallel(params)
    owner = params["owner"]
    if owner is not None:
        check_owner_name(owner)
    # Shown empty twice before it is believed: an export of nothing goes into the place of one that holds all (contract 5.2).
    listed = Tenant(client).listing(confirm_empty=True).services
    chosen = [service for service in _chosen(params, listed) if owner is None or _owner_of(service) == owner]

    def read(service: Service) -> Service | None:
        return client.find_service(str(service.service_id))

    # One that has gone since the list was read is not there.
    detailed = [service for service in in_parallel(read, chosen, max_parallel) if service is not None]
    exported = export_services(detailed, listed, DECLARATION_OPTIONS)
    return {
        "changed": False,
        "exported": [
            {"item": entry.item, "remarks": [*entry.remarks, *entry.losses]} for entry in exported if entry.item is not None
        ],
        "left_out": [loss for entry in exported for loss in _losses(entry)],
    }


def _chosen(params: Mapping[str, Any], listed: Sequence[Service]) -> list[Service]:
    """Return the services of the names and ids that are asked for; raises NotFoundError for one that is not there."""
    names, ids = params["name"], params["service_id"]
    if names is None and ids is None:
        return list(listed)
    for what, key, wanted, there in (
        ("service", "name", names or (), [service.name for service in listed]),
        ("service with the id", "id", ids or (), [service.service_id for service in listed]),
    ):
        for one in wanted:
            if one not in there:
                similar = suggestion(one, there)
                raise NotFoundError(f"there is no {what} {one!r} in this tenant; {similar or f'check its {key}'}")
    return [service for service in listed if service.name in (names or ()) or service.service_id in (ids or ())]


def _owner_of(service: Service) -> str | None:
    return service.mark.owner if service.mark is not None else None


def _losses(entry: Exported) -> list[str]:
    """Return in words what of a service no declaration says."""
    label = entry.service.label() + (" is left out" if entry.item is None else "")
    return [f"{label}: {loss}" for loss in entry.losses]
