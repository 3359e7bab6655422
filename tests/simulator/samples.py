# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of contract 4 and the tenants and services of contract 10."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from .model import Definition, Item, ParameterSpec, Service, Template

SITE2DC_DEFINITION = "8c34e27ed6644bbfbce93a41a05cb7ab"
SITE2DC_TEMPLATE = "e77fc5e21e1e42c9933ec9574c33a5d8"
SITE2SITE_DEFINITION = "5b0d0c7e6f2a4e3f9a1b2c3d4e5f6071"
SITE2SITE_TEMPLATE = "6c1e1d8f7a3b4f40ab2c3d4e5f607182"

TENANTS = ("nbitest_11", "nbitest_12", "nbitest_13", "nbitest_14", "nbitest_15", "nbitest_16")

# tenant, kind, service id, name, CloudVpnName
_SERVICES = (
    ("nbitest_11", "Site2Site", "8hiqoNgCSZmrlD1MyROJbg", "s2s_201705061433", "VPNS2S201705061433"),
    ("nbitest_12", "Site2DC", "9LbuAd11Qe-cuGnVONz6qw", "site2dc_201705071132", "0S2DC201705071132"),
    ("nbitest_13", "Site2DC", "FLAUUc8NT0qN-mNTM_lcfw", "site2dc3_201705081840", "0S2DC3201705081840"),
    ("nbitest_14", "Site2DC", "L8YNdmm4Rg-SJcMnlicUQA", "site2dc4_201705071158", "0S2DC4201705092039"),
    ("nbitest_15", "Site2DC", "FbqROiHgSyGhZpzJPXH_BA", "site2dc5_201705071256", "0S2DC5201705071256"),
    ("nbitest_16", "Site2DC", "BkLfGSbKQXybr0kkj8MQTQ", "site2dc6_201705071300", "0S2DC6201705071300"),
)

_ENDPOINT = ("Site", "Type", "ESN", "Position", "POP")
_COMMON = ("CloudVpnName", "VNI", "Bandwidth", "cidr", "cidrBlockSize", "action", "logicalName")
_SITE2DC_KEYS = [*_COMMON, "VPC_ID", *(f"CPE_A_{part}" for part in _ENDPOINT)]
_SITE2SITE_KEYS = [*_COMMON, *(f"CPE_{end}_{part}" for end in "AB" for part in _ENDPOINT)]


def definitions() -> list[Definition]:
    return [
        Definition(
            definition_id=SITE2DC_DEFINITION,
            name="Site2DC",
            description="Site to data centre CloudVPN",
            categories=[{"id": "c1", "name": "DefaultGroup"}],
            templates=[
                Template(
                    SITE2DC_TEMPLATE,
                    "Site2DC_template",
                    {"Site2DCList": ParameterSpec("List<ParamGroup>", map=list(_SITE2DC_KEYS))},
                )
            ],
        ),
        Definition(
            definition_id=SITE2SITE_DEFINITION,
            name="Site2Site",
            description="Site to site CloudVPN",
            categories=[{"id": "c1", "name": "DefaultGroup"}],
            templates=[
                Template(
                    SITE2SITE_TEMPLATE,
                    "Site2Site_template",
                    {"Site2SiteList": ParameterSpec("List<ParamGroup>", map=list(_SITE2SITE_KEYS))},
                )
            ],
        ),
    ]


def site2dc_item(cloud_vpn_name: str, bandwidth: str = "60000") -> Item:
    """Return the list item of contract 5.3 under another connection name."""
    return {
        "VPC_ID": "db79cd8b-91e2-43f8-9791-54b8b2181a70",
        "CloudVpnName": cloud_vpn_name,
        "VNI": "2236",
        "CPE_A_Site": "siteDC201705071132",
        "CPE_A_Type": "AR169FGW-L",
        "CPE_A_ESN": "21500102003GG3000704",
        "CPE_A_Position": "siteDC201705071132",
        "CPE_A_POP": "Manager_VPC",
        "Bandwidth": bandwidth,
        "cidr": "163.113.12.1",
        "cidrBlockSize": "24",
        "action": "create",
    }


def site2site_item(cloud_vpn_name: str, bandwidth: str = "60000") -> Item:
    """Return an item of contract 6.3; the values of the B end are invented."""
    item = site2dc_item(cloud_vpn_name, bandwidth)
    del item["VPC_ID"]
    item.update(
        {
            "CPE_B_Site": "siteB201705061433",
            "CPE_B_Type": "AR169FGW-L",
            "CPE_B_ESN": "21500102003GG3000705",
            "CPE_B_Position": "siteB201705061433",
            "CPE_B_POP": "Manager_VPC",
        }
    )
    return item


def services() -> list[Service]:
    return [_service(*row) for row in _SERVICES]


def _service(tenant: str, kind: str, service_id: str, name: str, cloud_vpn_name: str) -> Service:
    is_site2dc = kind == "Site2DC"
    item = site2dc_item(cloud_vpn_name) if is_site2dc else site2site_item(cloud_vpn_name)
    return Service(
        service_id=service_id,
        tenant=tenant,
        name=name,
        description="",
        service_definition_id=SITE2DC_DEFINITION if is_site2dc else SITE2SITE_DEFINITION,
        template_id=SITE2DC_TEMPLATE if is_site2dc else SITE2SITE_TEMPLATE,
        created_at=_created_at(name),
        parameters={"Site2DCList" if is_site2dc else "Site2SiteList": [item]},
    )


def _created_at(name: str) -> int:
    """Read epoch milliseconds off the sample name, which is local time at UTC+8 (contract 5.2)."""
    local = datetime.strptime(name[-12:], "%Y%m%d%H%M").replace(tzinfo=timezone(timedelta(hours=8)))
    return int(local.timestamp()) * 1000
