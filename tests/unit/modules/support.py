# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module tests expect: the samples of the wire contract, written out once more, and small readers."""

from __future__ import annotations

from typing import Any

from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT

SERVICES = "/rest/servicemanager/v1/services"
DEFINITION = "8c34e27ed6644bbfbce93a41a05cb7ab"
TEMPLATE = "e77fc5e21e1e42c9933ec9574c33a5d8"
SITE2SITE_DEFINITION = "5b0d0c7e6f2a4e3f9a1b2c3d4e5f6071"
SITE2SITE_TEMPLATE = "6c1e1d8f7a3b4f40ab2c3d4e5f607182"
NAME = "site2dc4_201705071158"
SERVICE_ID = "L8YNdmm4Rg-SJcMnlicUQA"
VPN = "0S2DC4201705092039"
NEW_VPN = "0S2DC4201705071158"
SERVICE = f"{SERVICES}/{SERVICE_ID}"

# Contract 5.1, the completed form of the sample request.
CREATE_BODY: dict[str, Any] = {
    "onfailure": "rollback",
    "service": {
        "name": NAME,
        "description": "",
        "service_definition_id": DEFINITION,
        "template_id": TEMPLATE,
        "parameters": {
            "Site2DCList": [
                {
                    "VPC_ID": "db79cd8b-91e2-43f8-9791-54b8b2181a70",
                    "CloudVpnName": NEW_VPN,
                    "VNI": "2236",
                    "CPE_A_Site": "siteDC201705071132",
                    "CPE_A_Type": "AR169FGW-L",
                    "CPE_A_ESN": "21500102003GG3000704",
                    "CPE_A_Position": "siteDC201705071132",
                    "CPE_A_POP": "Manager_VPC",
                    "Bandwidth": "60000",
                    "cidr": "163.113.12.1",
                    "cidrBlockSize": "24",
                    "action": "create",
                }
            ]
        },
    },
}

# Contract 5.4.
MODIFY_BODY: dict[str, Any] = {
    "service": {
        "name": NAME,
        "description": "",
        "parameters": {
            "Site2DCList": [
                {
                    "VPC_ID": "db79cd8b-91e2-43f8-9791-54b8b2181a70",
                    "CloudVpnName": VPN,
                    "VNI": "2236",
                    "CPE_A_Site": "siteDC201705071132",
                    "CPE_A_Type": "AR169FGW-L",
                    "CPE_A_ESN": "21500102003GG3000704",
                    "CPE_A_Position": "siteDC201705071132",
                    "CPE_A_POP": "Manager_VPC",
                    "Bandwidth": "80000",
                    "cidr": "163.113.12.1",
                    "cidrBlockSize": "24",
                    "action": "update",
                }
            ]
        },
    }
}

SERVICE_KEYS = {
    *("owner", "protected"),
    *("service_id", "name", "description", "service_definition_id", "template_id", "status", "active_status"),
    *("phase", "created_at", "parameters", "connections"),
}
CONNECTION_KEYS = {"cloud_vpn_name", "bandwidth", "list", "parameters"}


def site2dc(cloud_vpn_name: str = NEW_VPN, bandwidth: int = 60000, **changes: Any) -> dict[str, Any]:
    """Return the typed form of the item of contract 5.1."""
    return {
        "vpc_id": "db79cd8b-91e2-43f8-9791-54b8b2181a70",
        "cloud_vpn_name": cloud_vpn_name,
        "vni": "2236",
        "cpe_a_site": "siteDC201705071132",
        "cpe_a_type": "AR169FGW-L",
        "cpe_a_esn": "21500102003GG3000704",
        "cpe_a_position": "siteDC201705071132",
        "cpe_a_pop": "Manager_VPC",
        "bandwidth": bandwidth,
        "cidr": "163.113.12.1/24",
        **changes,
    }


def wire_item(cloud_vpn_name: str = NEW_VPN, bandwidth: str = "60000", **changes: Any) -> dict[str, Any]:
    """Return the item of contract 5.1 without its action."""
    item = {**CREATE_BODY["service"]["parameters"]["Site2DCList"][0], "CloudVpnName": cloud_vpn_name, "Bandwidth": bandwidth}
    del item["action"]
    return {**item, **changes}


def declared(**changes: Any) -> dict[str, Any]:
    """Return the declaration of the sample of contract 5.1; a change to None leaves an option out."""
    options = {"name": NAME, "description": "", "service_definition": DEFINITION, "site2dc": [site2dc()], **changes}
    return {option: value for option, value in options.items() if value is not None}


def add_service(
    sim: SimulatorServer, name: str = NAME, *vpns: str, tenant: str = TENANT, bandwidth: str = "60000", **more: Any
) -> str:
    """Put a Site2DC service with these connections into the simulator and return its id."""
    parameters = more.pop("parameters", {"Site2DCList": [wire_item(vpn, bandwidth) for vpn in vpns or (NEW_VPN,)]})
    return sim.state.add_service(
        tenant, name, parameters, service_definition_id=DEFINITION, template_id=TEMPLATE, **more
    ).service_id


def written(sim: SimulatorServer) -> list[tuple[str, str]]:
    """Return method and path of every write that arrived."""
    return [(entry.method, entry.path) for entry in sim.journal.writes]


def stored(sim: SimulatorServer, tenant: str = TENANT) -> list[tuple[str, str]]:
    """Return name and status of the tenant's services."""
    return sorted((service.name, service.status) for service in sim.state.services(tenant))


def bandwidths(sim: SimulatorServer, service_id: str = SERVICE_ID, tenant: str = TENANT) -> dict[str, str]:
    """Return what the simulator stores as Bandwidth of each Site2DC connection."""
    service = sim.state.service(tenant, service_id)
    assert service is not None
    return {item["CloudVpnName"]: item["Bandwidth"] for item in service.parameters["Site2DCList"]}


def check_service_shape(service: dict[str, Any]) -> None:
    """Check the shape of section 7 of the interface."""
    assert set(service) == SERVICE_KEYS
    assert service["phase"] in {"in_progress", "ready", "failed", "create_failed", "unknown"}
    assert isinstance(service["parameters"], dict)
    for connection in service["connections"]:
        assert set(connection) == CONNECTION_KEYS
        assert connection["bandwidth"] is None or isinstance(connection["bandwidth"], int)
