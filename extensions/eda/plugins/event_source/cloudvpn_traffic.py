# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An event source of ansible-rulebook: what the traffic of Cloud VPN connections asks for, decided by a policy."""

from __future__ import annotations

DOCUMENTATION = r"""
short_description: Send an event when the traffic of a Cloud VPN connection asks for another bandwidth
version_added: 1.0.0
author:
  - cloudopera.ies maintainers (@cloudopera)
description:
  - An ansible-rulebook event source plugin that reads the traffic of connections at an interval, decides each by its policy as
    the module M(cloudopera.ies.ies_elastic) does, and sends an event for each decision to raise or to lower.
  - It only reads. What is done about an event is up to the rulebook. The playbook C(cloudopera.ies.elastic) decides again
    before it changes anything, so it may be started twice.
  - One look follows the other, they never overlap. An outage of the IES, an expired token included, is logged once and
    survived. After a look that failed the pause doubles, up to sixteen intervals or five minutes. When a look succeeds, it is
    the interval again.
  - What is wrong with a single connection is logged once, and the others go on.
  - Every argument may be a string, such as V("60") or JSON for lists and dictionaries, and a blank one counts as not given.
  - Tokens are in no event and in no line of the log.
options:
  api_url:
    description:
      - Address of the IES, such as V(https://ies.example.com:17100).
      - If not set, the environment variable E(IES_API_URL) is used.
    type: str
    required: true
  auth_token:
    description:
      - The token of the tenant.
      - If not set, the environment variable E(IES_AUTH_TOKEN) is used. Prefer that, as ansible-rulebook may show its own
        variables when it is told to be verbose.
    type: str
    required: true
  bearer_token:
    description:
      - The access token of the API gateway.
      - If not set, the environment variable E(IES_BEARER_TOKEN) is used.
    type: str
  validate_certs:
    description:
      - Whether the server's certificate is checked.
      - If not set, the environment variable E(IES_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File with the CA certificates (PEM) that the server's certificate is checked against, where ansible-rulebook runs.
      - If not set, the environment variable E(IES_CA_PATH) is used.
    type: path
  api_timeout:
    description:
      - Seconds to wait for a connection, and then for a response, with every request. At least V(1).
      - If not set, the environment variable E(IES_API_TIMEOUT) is used.
    type: int
    default: 30
  api_retries:
    description:
      - How often a failed read is repeated before the look counts as failed.
      - If not set, the environment variable E(IES_API_RETRIES) is used.
    type: int
    default: 5
  connections:
    description:
      - The connections to watch.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the service. One of C(name) and C(service_id) is needed.
        type: str
      service_id:
        description: Id of the service.
        type: str
      cloud_vpn_name:
        description: Name of the connection. May be left out when the service has only one.
        type: str
      policy:
        description: Keys of a policy that go before those of O(policy).
        type: dict
  policy:
    description:
      - The policy of all connections, see P(cloudopera.ies.bandwidth_target#filter) for its keys.
    type: dict
  interval:
    description:
      - Seconds from the beginning of one look to the beginning of the next. A look that takes longer delays the next one.
    type: float
    default: 60
  events:
    description:
      - V(changes) sends an event for each decision to raise or to lower, at every look again as long as it stands.
      - V(all) sends one for each decision to hold as well.
    type: str
    choices: [changes, all]
    default: changes
  max_parallel:
    description: How many requests may be under way at once. At least V(1).
    type: int
    default: 16
requirements:
  - requests >= 2.25
notes:
  - An event has the key C(cloudvpn), a dictionary with C(name), C(service_id), C(cloud_vpn_name), C(bandwidth), and what the
    filter P(cloudopera.ies.bandwidth_target#filter) returns, C(target), C(decision), C(demand), C(utilisation), C(clipped),
    C(reasons), C(not_before) and C(bounds).
  - Names come from a server. In the strings of an event a space is put into whatever would begin a template of Ansible.
seealso:
  - module: cloudopera.ies.ies_elastic
  - plugin: cloudopera.ies.bandwidth_target
    plugin_type: filter
"""

EXAMPLES = r"""
# Address and tokens come from the environment: IES_API_URL, IES_AUTH_TOKEN, IES_BEARER_TOKEN.

- cloudopera.ies.cloudvpn_traffic:
    interval: 60
    connections:
      - name: site2dc4_201705071158
        cloud_vpn_name: 0S2DC4201705071158
    policy:
      minimum: 20000
      maximum: 100000
      step: 20000
      traffic_unit: 1

# Every decision is an event, also those to hold, and each connection has its own policy.
- cloudopera.ies.cloudvpn_traffic:
    api_url: https://ies.example.com:17100
    ca_path: /etc/pki/ies/ca.pem
    events: all
    connections:
      - name: site2dc4_201705071158
        policy: {minimum: 20000, maximum: 100000, profile: calm}
      - service_id: BkLfGSbKQXybr0kkj8MQTQ
        policy: {minimum: 20000, maximum: 60000, direction: raise}
"""

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_PACKAGE = "ansible_collections"


def _find_collection(here: Path) -> None:
    """Let Python import the collection that this file belongs to.

    ansible-rulebook runs the file, and does not tell Python where collections are.
    """
    package = next((folder for folder in here.parents if folder.name == _PACKAGE), None)
    if package is None:
        return
    if str(package.parent) not in sys.path:
        sys.path.append(str(package.parent))
    # The package of that name which comes with the community's `ansible` looks in its own folder only.
    paths = importlib.import_module(_PACKAGE).__path__
    if str(package) not in paths:
        paths.append(str(package))


_find_collection(Path(__file__).absolute())

from ansible_collections.cloudopera.ies.plugins.plugin_utils._event_source import Queue, run_source


async def main(queue: Queue, args: Mapping[str, Any]) -> None:
    """Look at the traffic until cancelled; raises at once, in one line, for arguments that cannot be right."""
    await run_source(queue, args)
