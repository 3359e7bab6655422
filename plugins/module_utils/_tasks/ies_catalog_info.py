# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Task body of `ies_catalog_info`: what can be ordered (public interface, section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._api.models import ServiceDefinition
from .._parallel import in_parallel
from .._wire.client import IesClient
from ._context import Context
from ._options import read_max_parallel

OPTIONS: dict[str, dict[str, Any]] = {
    "name": {"type": "list", "elements": "str"},
    "service_definition_id": {"type": "list", "elements": "str"},
    "details": {"type": "bool", "default": True},
    "max_parallel": {"type": "int", "default": 8},
}
CONSTRAINTS: dict[str, Any] = {}


def run(params: Mapping[str, Any], client: IesClient, context: Context) -> dict[str, Any]:
    """Return the service definitions that the filters match, sorted by name, then id; raises IesError."""
    max_parallel = read_max_parallel(params)
    names, ids = params["name"], params["service_definition_id"]
    chosen = [
        definition
        for definition in client.list_definitions()
        if (names is None or definition.name in names) and (ids is None or definition.service_definition_id in ids)
    ]

    def read(definition: ServiceDefinition) -> ServiceDefinition:
        return client.get_definition(definition.service_definition_id)

    if params["details"]:
        chosen = in_parallel(read, chosen, max_parallel)
    chosen.sort(key=lambda definition: (definition.name or "", definition.service_definition_id))
    return {"changed": False, "service_definitions": [definition.to_result() for definition in chosen]}
