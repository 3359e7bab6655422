# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the simulator share: a plain HTTP client and request bodies."""

from __future__ import annotations

import threading
from typing import Any

import requests

from tests.simulator import samples
from tests.simulator.server import SimulatorServer

SERVICES = "/rest/servicemanager/v1/services"
CATALOG = "/rest/catalog/v1/servicedefs"
TRAFFIC = "/rest/cloudvpnwatch/v1/traffic/connections"
TENANT = "nbitest_14"
SAMPLE_ID = "L8YNdmm4Rg-SJcMnlicUQA"
SAMPLE_VPN = "0S2DC4201705092039"
SAMPLE = f"{SERVICES}/{SAMPLE_ID}"
START = 1_700_000_000.0
TIMEOUT = 10


class Api:
    """Requests to one simulator as one tenant, nothing repeated, nothing hidden."""

    def __init__(self, sim: SimulatorServer, tenant: str = TENANT, url: str | None = None) -> None:
        self.sim = sim
        self.url = url or sim.url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update(sim.headers(tenant))

    def send(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.session.request(method, self.url + path, json=body, timeout=TIMEOUT, **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.send("GET", path, **more)

    def create(self, **changes: Any) -> requests.Response:
        return self.send("POST", SERVICES, create_body(**changes))

    def admin(self, method: str, path: str, body: Any = None) -> requests.Response:
        return requests.request(method, f"{self.sim.url}/_sim/{path}", json=body, timeout=TIMEOUT)

    def close(self) -> None:
        self.session.close()


def create_body(**changes: Any) -> dict[str, Any]:
    """Return the create sample of contract 5.1; a change to None removes the field."""
    service = {
        "name": "site2dc4_201705071158",
        "description": "",
        "service_definition_id": samples.SITE2DC_DEFINITION,
        "template_id": samples.SITE2DC_TEMPLATE,
        "parameters": {"Site2DCList": [samples.site2dc_item("0S2DC4201705071158")]},
        **changes,
    }
    return {"onfailure": "rollback", "service": {key: value for key, value in service.items() if value is not None}}


def modify_body(*items: dict[str, Any], **service: Any) -> dict[str, Any]:
    return {"service": {"parameters": {"Site2DCList": list(items)}, **service}}


def scaled(bandwidth: str = "80000", vpn: str = SAMPLE_VPN) -> dict[str, Any]:
    return modify_body({**samples.site2dc_item(vpn, bandwidth), "action": "update"})


def reachable_again(url: str, ca_path: str | None = None) -> bool:
    """Knock until somebody answers, ten seconds at most."""
    pause = threading.Event()
    for _turn in range(500):
        try:
            return requests.get(url, verify=ca_path, timeout=10).ok
        except requests.ConnectionError:
            pause.wait(0.02)
    return False
