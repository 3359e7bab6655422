#!/usr/bin/python
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ies_vpn_traffic_info
short_description: Read the traffic of Cloud VPN connections, with statistics
version_added: 1.0.0
author:
  - cloudopera.ies maintainers (@cloudopera)
description:
  - Returns a series of values per connection and direction, with its statistics.
  - Percentiles are taken by nearest rank, as bandwidth is billed.
  - A connection that the server answers with 404 and no body is an empty series, with a warning that it may be unknown.
  - The unit of the values is not known, presumably that of Bandwidth, kbit/s. They are shown as they come.
options:
  cloud_vpn_names:
    description:
      - Names of connections, C(CloudVpnName). Not the names or ids of services.
      - A single one may be given as a string, but a name with a comma in it has to stand in a list.
    type: list
    elements: str
    required: true
    aliases: [cloud_vpn_name]
  metric:
    description: What is measured. Only V(traffic-rate) is known; other values are passed on.
    type: str
    default: traffic-rate
  start_time:
    description:
      - Begin of the period. Epoch seconds (V(1493367320)), ISO 8601 (V(2017-04-28T08:15:20Z), UTC when it names no zone),
        V(now), or a time before now such as V(-90m) or V(-7d), with the units V(s), V(m), V(h), V(d) and V(w).
      - It must lie before O(end_time).
    type: str
    default: -1h
  end_time:
    description: End of the period, written like O(start_time).
    type: str
    default: now
  timedim:
    description: Length of a step. Only V(minute) is known, V(hour) and V(day) are guesses; other values are passed on.
    type: str
    default: minute
  direction:
    description:
      - Direction of the traffic. Only V(outbound) is known, V(inbound) is a guess; other values are passed on.
      - V(both) reads V(outbound) and V(inbound), one after the other in RV(traffic).
    type: str
    default: outbound
  indicator:
    description:
      - Which value of a step is taken. Only V(max) is known, V(min) and V(avg) are guesses; other values are passed on.
    type: str
    default: max
  max_parallel:
    description: How many requests may be under way at once. At least V(1).
    type: int
    default: 8
notes:
  - Neither the shape of the server's response nor a limit to its length is known. Every shape that is likely is read; one that
    cannot be read is RV(error.kind=bad_response).
extends_documentation_fragment:
  - cloudopera.ies.attributes
  - cloudopera.ies.attributes.info_module
  - cloudopera.ies.attributes.actiongroup_ies
  - cloudopera.ies.attributes.carrier
  - cloudopera.ies.connection
seealso:
  - module: cloudopera.ies.ies_service_info
    description: Find the names of connections.
"""

EXAMPLES = r"""
- name: Look at the traffic of a tenant's connections
  module_defaults:
    group/cloudopera.ies.ies:
      api_url: https://ies.example.com:17100
      auth_token: "{{ ies_auth_token }}"
      bearer_token: "{{ ies_bearer_token }}"
  block:
    - name: Read the traffic of a connection in the last hour
      cloudopera.ies.ies_vpn_traffic_info:
        cloud_vpn_name: VPNS2S201705061433
      register: last_hour

    - name: Show what it would be billed for
      ansible.builtin.debug:
        msg: "95th percentile: {{ last_hour.traffic[0].statistics.p95 }}"

# The tasks below take the connection from the environment: IES_API_URL, IES_AUTH_TOKEN, IES_BEARER_TOKEN.

- name: Read which connections the tenant has
  cloudopera.ies.ies_service_info:
  register: tenant

- name: Read both directions of all connections over the last week
  cloudopera.ies.ies_vpn_traffic_info:
    cloud_vpn_names: "{{ tenant.services | map(attribute='connections') | flatten | map(attribute='cloud_vpn_name') }}"
    start_time: -7d
    direction: both

- name: Read a certain period
  cloudopera.ies.ies_vpn_traffic_info:
    cloud_vpn_names:
      - VPNS2S201705061433
    start_time: "2017-04-28T08:15:20Z"
    end_time: "1495058150"
"""

RETURN = r"""
traffic:
  description: One series per connection and direction, in the order asked for.
  returned: success
  type: list
  elements: dict
  contains:
    cloud_vpn_name:
      description: Name of the connection.
      type: str
      sample: VPNS2S201705061433
    metric:
      description: What was measured.
      type: str
      sample: traffic-rate
    timedim:
      description: Length of a step.
      type: str
      sample: minute
    direction:
      description: Direction of the traffic.
      type: str
      sample: outbound
    indicator:
      description: Which value of a step was taken.
      type: str
      sample: max
    start_time:
      description: Begin of the period, ISO 8601 in UTC.
      type: str
      sample: "2017-04-28T08:15:20Z"
    end_time:
      description: End of the period, ISO 8601 in UTC.
      type: str
      sample: "2017-05-17T21:55:50Z"
    samples:
      description: The values in the order of time. Empty when there are none.
      type: list
      elements: dict
      contains:
        time:
          description: Time of the value, ISO 8601 in UTC.
          type: str
          sample: "2017-04-28T08:16:00Z"
        epoch:
          description: Time of the value in epoch seconds.
          type: int
          sample: 1493367360
        value:
          description: The value as the server gives it. Null for a gap, and for one that cannot be read, which a warning tells.
          type: float
          sample: 41230
    statistics:
      description: Statistics of the values; gaps are left out. All but the two counts are null when there are no values.
      type: dict
      contains:
        count:
          description: Number of values.
          type: int
          sample: 59
        gaps:
          description: Number of gaps.
          type: int
          sample: 1
        min:
          description: Smallest value.
          type: float
          sample: 38114
        max:
          description: Largest value.
          type: float
          sample: 41230
        mean:
          description: Arithmetic mean.
          type: float
          sample: 40052.5
        p50:
          description: 50th percentile by nearest rank.
          type: float
          sample: 40120
        p95:
          description: 95th percentile by nearest rank.
          type: float
          sample: 41002
        p99:
          description: 99th percentile by nearest rank.
          type: float
          sample: 41230
        last:
          description: Latest value.
          type: float
          sample: 40875
error:
  description:
    - What went wrong, for scripts. What to do about it stands in RV(ignore:msg).
    - Not returned when Ansible itself refuses the options.
  returned: on failure
  type: dict
  contains:
    # >>> make options: error
    kind:
      description:
        - Sort of the error. V(failed) means that the server carried it out and it failed, or that a value
          was not applied.
        - V(timeout) means that no response came within O(api_timeout), or that a wait took longer than
          it may.
      type: str
      choices:
        - auth
        - forbidden
        - not_found
        - invalid
        - conflict
        - rate_limited
        - server
        - unreachable
        - timeout
        - failed
        - bad_response
      sample: conflict
    status:
      description: HTTP status of the response, or null. The server sends its refusals as V(500).
      type: int
      sample: 500
    exception_id:
      description: The server's own id of the error, or null.
      type: str
      sample: servicemgr.service.status_active
    method:
      description: Method of the request, or null when none was sent.
      type: str
      sample: DELETE
    url:
      description: Address of the request without its query, or null.
      type: str
      sample: https://ies.example.com:17100/rest/servicemanager/v1/services/L8YNdmm4Rg-SJcMnlicUQA
    # <<<
"""

from ..module_utils._module import run_module
from ..module_utils._tasks import ies_vpn_traffic_info


def main() -> None:
    """Run the task body as a module."""
    run_module(ies_vpn_traffic_info)


if __name__ == "__main__":
    main()
