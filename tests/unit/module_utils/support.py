# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of module_utils share: the contract's samples, declarations, services and a catalogue without a server."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Service, ServiceDefinition, Submitted, Template
from ansible_collections.cloudopera.ies.plugins.module_utils._api.readers import read_service_details
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.declaration import Declaration, read_declaration
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import IesError, NotFoundError
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks.ies_service import DECLARATION_OPTIONS
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.client import IesClient

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "contract"

DEFINITION = "8c34e27ed6644bbfbce93a41a05cb7ab"
TEMPLATE = "e77fc5e21e1e42c9933ec9574c33a5d8"
SERVICE_ID = "L8YNdmm4Rg-SJcMnlicUQA"
NAME = "site2dc4_201705071158"
VPN = "0S2DC4201705092039"

ELASTIC_ENTRY: dict[str, Any] = {
    **{"name": "s", "service_id": "id", "cloud_vpn_name": "v", "before": 60000, "target": 80000, "decision": "raise"},
    **{"demand": 55000.5, "utilisation": 91.7, "clipped": True, "reasons": ["because"], "not_before": None, "bounds": None},
    **{"applied": False, "error": None},
}
"""An entry of the `connections` that `ies_elastic` returns."""
ELASTIC_FAILED: dict[str, Any] = {
    **{**ELASTIC_ENTRY, "name": "other", "before": None, "target": None, "decision": None, "demand": None, "utilisation": None},
    **{"clipped": False, "reasons": [], "error": "there is no service"},
}
"""One of a connection that could not be decided."""

SITE_OPTIONS = ("vni", "cpe_a_site", "cpe_a_type", "cpe_a_esn", "cpe_a_position", "cpe_a_pop", "cidr", "extra")
BANDWIDTH_OPTIONS = ("bandwidth", "bandwidth_min", "bandwidth_max")
SITE2DC_OPTIONS = ("cloud_vpn_name", *BANDWIDTH_OPTIONS, "vpc_id", *SITE_OPTIONS)
CPE_B_OPTIONS = ("cpe_b_site", "cpe_b_type", "cpe_b_esn", "cpe_b_position", "cpe_b_pop")
SITE2SITE_OPTIONS = ("cloud_vpn_name", *BANDWIDTH_OPTIONS, *SITE_OPTIONS, *CPE_B_OPTIONS)

# What a reader may be given: any JSON, with the keys that mean something to it more often than by chance.
_KEYS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            *("service", "services", "service_id", "serviceId", "id", "name", "parameters", "created_at", "status"),
            *("data", "result", "servicedefs", "servicedefId", "templates", "templateList", "template_id"),
            *("operation", "operations", "operation_id", "progress", "reason", "operate_at"),
            *("time", "timestamp", "value", "rate", "times", "values", "max", "CloudVpnName", "Bandwidth"),
            *("exceptionId", "error", "code", "message", "descArgs", "detailArgs"),
        ]
    ),
)
JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=True, allow_infinity=True),
        st.text(st.characters(exclude_categories=()), max_size=12),
        st.sampled_from(["--", "-", "", "1493367360", "1493367360000", "2017-05-07T03:58:00Z", "[{", '[{"CloudVpnName":"a"}]']),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=12,
)


def sample(name: str) -> Any:
    """Return a payload of the wire contract, freshly read."""
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


# Every call of the client, by name.
WRITES: dict[str, Callable[[IesClient], Submitted]] = {
    "create": lambda client: client.create_service(sample("create_request")),
    "update": lambda client: client.update_service(SERVICE_ID, sample("modify_request")),
    "delete": lambda client: client.delete_service(SERVICE_ID),
    "deactivate": lambda client: client.deactivate_service(SERVICE_ID),
}
READS: dict[str, Callable[[IesClient], Any]] = {
    "list_services": lambda client: client.list_services(),
    "find_service": lambda client: client.find_service(SERVICE_ID),
    "list_definitions": lambda client: client.list_definitions(),
    "get_definition": lambda client: client.get_definition(DEFINITION),
    "find_operation": lambda client: client.find_operation(SERVICE_ID, "x"),
    "list_operations": lambda client: client.list_operations(SERVICE_ID),
    "read_traffic": lambda client: client.read_traffic(VPN, "traffic-rate", {"starttime": 1, "endtime": 2}, "max"),
}


def sample_item(**changes: Any) -> dict[str, Any]:
    """Return the list item of contract 5.3; a change to None removes the key."""
    item = {**sample("service_details")["service"]["parameters"]["Site2DCList"][0], **changes}
    return {key: value for key, value in item.items() if value is not None}


def sample_service(parameters: dict[str, Any] | None = None, **changes: Any) -> Service:
    """Return the service of contract 5.3, with other parameters and fields."""
    service = read_service_details(sample("service_details"))
    assert service is not None
    return service.with_parameters(service.parameters if parameters is None else parameters, **changes)


def service_params(**given: Any) -> dict[str, Any]:
    """Return the options of one service as a module passes them on: all of them, defaults filled in."""
    params: dict[str, Any] = {option: spec.get("default") for option, spec in DECLARATION_OPTIONS.items()}
    unknown = set(given) - set(params)
    assert not unknown, unknown
    params.update(given)
    for option, keys in (("site2dc", SITE2DC_OPTIONS), ("site2site", SITE2SITE_OPTIONS)):
        if params[option] is not None:
            params[option] = [{**dict.fromkeys(keys), **item} for item in params[option]]
    return params


def declare(**given: Any) -> Declaration:
    """Return a checked declaration; the sample service by name unless `name` or `service_id` say otherwise."""
    if "name" not in given and "service_id" not in given:
        given["name"] = NAME
    return read_declaration(service_params(**given))


def orderable(**given: Any) -> dict[str, Any]:
    """Return options that suffice to create a service with one connection."""
    defaults = {"name": "new", "service_definition": "Site2DC", "site2dc": [{"cloud_vpn_name": "vpn", "bandwidth": 100}]}
    return {**defaults, **given}


class Shelf:
    """A catalogue that holds what it is given and counts how often it is asked."""

    def __init__(self, *entries: ServiceDefinition) -> None:
        self.entries = entries or (
            ServiceDefinition(DEFINITION, "Site2DC", status="active", templates=(Template(TEMPLATE, "Site2DC_template"),)),
        )
        self.asked = 0

    def definitions(self) -> Sequence[ServiceDefinition]:
        """Return all of them."""
        self.asked += 1
        return self.entries

    def details(self, service_definition_id: str) -> ServiceDefinition:
        """Return one of them."""
        self.asked += 1
        for entry in self.entries:
            if entry.service_definition_id == service_definition_id:
                return entry
        raise NotFoundError(f"no definition {service_definition_id}")


def leftover(service_id: str = "left", **changes: Any) -> Service:
    """Return a service that was never created successfully."""
    return sample_service(service_id=service_id, status="CreateFailed", **changes)


def caught_from(call: Callable[[], Any]) -> IesError:
    """Return the error that a call ends with."""
    with pytest.raises(IesError) as caught:
        call()
    return caught.value
