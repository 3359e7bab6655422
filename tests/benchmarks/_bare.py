# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The job without Ansible and without our code: a requests.Session and a thread pool, nothing checked, nothing told.

How fast the requests themselves can be in one Python process: the list, the catalogue, the details of each declared
service, the writes, then one list per interval until nothing is in progress, and the details of what was written.

    python _bare.py FILE WIDTH SECONDS-BETWEEN-TWO-LOOKS
"""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter


def main(file: str, width: str, interval: str) -> None:
    """Converge the services that the file declares."""
    declared = json.loads(Path(file).read_text(encoding="utf-8"))
    base = f"{os.environ['IES_API_URL']}/rest"
    services = f"{base}/servicemanager/v1/services"
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", HTTPAdapter(pool_maxsize=int(width)))
    session.headers["X-Auth-Token"] = os.environ["IES_AUTH_TOKEN"]
    session.headers["Authorization"] = f"Bearer {os.environ['IES_BEARER_TOKEN']}"

    def call(method: str, url: str, body: Any = None) -> Any:
        answer = session.request(method, url, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def details(service_id: str) -> Any:
        return call("GET", f"{services}/{service_id}")["service"]

    def update(order: tuple[str, Any]) -> str:
        call("PUT", f"{services}/{order[0]}", {"service": {"parameters": {"Site2DCList": [order[1]]}}})
        return order[0]

    def create(service: dict[str, Any]) -> str:
        created: str = call("POST", services, {"onfailure": "rollback", "service": service})["service"]["service_id"]
        return created

    with ThreadPoolExecutor(int(width)) as pool:
        ids = {entry["name"]: entry["service_id"] for entry in call("GET", services)["services"]}
        definition = next(
            entry for entry in call("GET", f"{base}/catalog/v1/servicedefs")["data"] if entry["name"] == declared["definition"]
        )
        known = [service for service in declared["services"] if service["name"] in ids]
        new = [service for service in declared["services"] if service["name"] not in ids]
        updates = []
        found = pool.map(details, [ids[service["name"]] for service in known])
        for wanted, current in zip(known, found, strict=True):
            item, stored = wanted["item"], current["parameters"]["Site2DCList"][0]
            if any(stored.get(key) != value for key, value in item.items()):
                updates.append((current["service_id"], {**stored, **item, "action": "update"}))
        written = list(pool.map(update, updates))
        if new:
            definition_id = definition["servicedefId"]
            template = call("GET", f"{base}/catalog/v1/servicedefs/{definition_id}/details")["templates"][0]
            orders = [
                {
                    "name": wanted["name"],
                    "service_definition_id": definition_id,
                    "template_id": template["template_id"],
                    "parameters": {"Site2DCList": [{**wanted["item"], "action": "create"}]},
                }
                for wanted in new
            ]
            written += pool.map(create, orders)
        busy = bool(written)
        while busy:
            time.sleep(float(interval))
            states = {entry["service_id"]: entry["status"] for entry in call("GET", services)["services"]}
            busy = any("InProgress" in states[service_id] for service_id in written)
        for service in pool.map(details, written):
            if service["status"] != "Completed":
                raise SystemExit(f"{service['name']} ended as {service['status']}")


if __name__ == "__main__":
    main(*sys.argv[1:])
