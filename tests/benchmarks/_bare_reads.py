# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reads of a tenant without Ansible and without our code: the list, and all details by a thread pool.

python _bare_reads.py WIDTH
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import requests


def main(width: str) -> None:
    """Read every service of the tenant."""
    address = f"{os.environ['IES_API_URL']}/rest/servicemanager/v1/services"
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=int(width)))
        session.headers["X-Auth-Token"] = os.environ["IES_AUTH_TOKEN"]
        session.headers["Authorization"] = f"Bearer {os.environ['IES_BEARER_TOKEN']}"

        def call(url: str) -> requests.Response:
            found = session.get(url, timeout=60)
            found.raise_for_status()
            return found

        listed = call(address).json()["services"]
        with ThreadPoolExecutor(int(width)) as pool:
            list(pool.map(lambda entry: call(f"{address}/{entry['service_id']}").json(), listed))


if __name__ == "__main__":
    main(*sys.argv[1:])
