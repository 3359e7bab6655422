# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An estate without Ansible and without our code: a thread pool in which each thread reads one tenant after another.

The list and the details of the first services of each tenant, with a session of its own per tenant, as every run has.

    python _bare_estate.py TENANTS SERVICES WIDTH
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import requests


def main(tenants: str, services: str, width: str) -> None:
    """Read the services of every tenant."""
    address = f"{os.environ['IES_API_URL']}/rest/servicemanager/v1/services"
    headers = {"X-Auth-Token": os.environ["IES_AUTH_TOKEN"], "Authorization": f"Bearer {os.environ['IES_BEARER_TOKEN']}"}

    def read(_tenant: int) -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.headers.update(headers)

            def call(url: str) -> requests.Response:
                found = session.get(url, timeout=60)
                found.raise_for_status()
                return found

            for entry in call(address).json()["services"][: int(services)]:
                call(f"{address}/{entry['service_id']}").json()

    with ThreadPoolExecutor(int(width)) as pool:
        list(pool.map(read, range(int(tenants))))


if __name__ == "__main__":
    main(*sys.argv[1:])
