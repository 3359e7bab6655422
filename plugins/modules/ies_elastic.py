#!/usr/bin/python
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ies_elastic
short_description: Decide the bandwidth of Cloud VPN connections from their traffic, and change it
version_added: 1.0.0
author:
  - cloudopera.ies maintainers (@cloudopera)
description:
  - Reads services, operations and traffic of all connections, in parallel and both directions, decides each by its policy, and
    says why. With O(mode=apply) it changes what is to be changed, one update per service, and waits for all of it together.
  - What is wrong with one connection is its error, and the others go on. At the end the task fails and names each one.
  - Nothing is kept between two runs. The last change and the failures in a row come from the operations of the service. Where
    these cannot be read, nothing is lowered, and a warning says so.
  - A service that is in progress is left alone. A change that fails is not ordered again in the same run.
  - Without C(traffic_unit) in the policy nothing is ever applied, only recommended, as the unit of the traffic is not
    known. A warning says how to find it.
options:
  connections:
    description:
      - The connections to decide. When not set, these are all connections of O(services) that have a range.
      - The same connection twice is an error of that connection, and it is left alone.
    type: list
    elements: dict
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
  services:
    description:
      - Declared services, as M(cloudopera.ies.ies_services) takes them. Only C(bandwidth_min) and C(bandwidth_max) of their
        connections are looked at. They are C(minimum) and C(maximum) of the policy unless it has its own.
      - One of O(connections) and O(services) is required.
    type: list
    elements: dict
  policy:
    description:
      - The policy of all connections, see P(cloudopera.ies.bandwidth_target#filter) for its keys.
    type: dict
  mode:
    description:
      - V(recommend) only decides and writes nothing, which is also what check mode does.
      - V(apply) changes the bandwidths as well.
    type: str
    choices: [recommend, apply]
    default: recommend
  total_maximum:
    description:
      - The most that the bandwidths of all connections of the task may be together. What is left of it goes to saturated
        connections first, then by utilisation.
      - What is lowered in a run counts for others from the next run on, because a change may fail.
      - Nothing is lowered because of it.
    type: int
  end_time:
    description:
      - The moment to decide at, which is also the end of the traffic that is read. Epoch seconds, ISO 8601, V(now), or a time
        before now such as V(-90m).
    type: str
    default: now
  traffic:
    description: Whether to return the traffic that was read, see RV(traffic).
    type: bool
    default: false
  max_parallel:
    description: How many requests may be under way at once. At least V(1).
    type: int
    default: 16
  progress:
    description:
      - Whether to show one line per connection, with its traffic and the reason of the decision, and how the wait stands.
      - A task with C(no_log) shows nothing.
    type: bool
    default: true
  report:
    description:
      - File on the controller for decisions and pictures as an HTML page that needs nothing from the network. Python on the
        controller needs C(matplotlib) for it; a page that cannot be made is a warning.
      - A relative path counts from where Ansible was started. A symbolic link is refused.
    type: path
  metrics_file:
    description:
      - File on the controller for the decisions in the text format of Prometheus, for the textfile collector of a node
        exporter. It is written atomically, also when the task fails. The label C(tenant) is C(inventory_hostname).
      - Hosts write one file each, so have the name of the host in the path when there are several.
    type: path
  ies:
    description:
      - The connection in one dictionary. What it has goes before the single options, and a blank value counts as not given.
    type: dict
    suboptions:
      api_url:
        description: See O(api_url).
        type: str
      auth_token:
        description: See O(auth_token).
        type: str
      bearer_token:
        description: See O(bearer_token).
        type: str
      validate_certs:
        description: See O(validate_certs).
        type: bool
      ca_path:
        description: See O(ca_path).
        type: path
      api_timeout:
        description: See O(api_timeout).
        type: int
      api_retries:
        description: See O(api_retries).
        type: int
  wait:
    description:
      - Whether to wait until what has been ordered has ended. When V(false), a change that fails later is not noticed in this
        run; the next one finds it in the operations.
    type: bool
    default: true
attributes:
  check_mode:
    support: full
    details:
      - Check mode is O(mode=recommend), so RV(ignore:changed) is false.
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - What is decided depends on the traffic.
extends_documentation_fragment:
  - cloudopera.ies.attributes
  - cloudopera.ies.attributes.actiongroup_ies
  - cloudopera.ies.attributes.carrier
  - cloudopera.ies.wait
  - cloudopera.ies.connection
seealso:
  - plugin: cloudopera.ies.bandwidth_target
    plugin_type: filter
    description: The same decision about traffic that you have at hand, and the keys of a policy.
  - plugin: cloudopera.ies.elastic_replay
    plugin_type: filter
    description: What policies would have done with recorded traffic.
  - module: cloudopera.ies.ies_services
"""

EXAMPLES = r"""
# The connection comes from the environment: IES_API_URL, IES_AUTH_TOKEN, IES_BEARER_TOKEN.

- name: See what a policy recommends for a connection
  cloudopera.ies.ies_elastic:
    connections:
      - name: site2dc4_201705071158
        cloud_vpn_name: 0S2DC4201705071158
    policy:
      minimum: 20000
      maximum: 100000
      step: 10000
  register: recommended

- name: Show why
  ansible.builtin.debug:
    msg: "{{ item.cloud_vpn_name }}: {{ item.decision }} {{ item.target }}, {{ item.reasons[0] }}"
  loop: "{{ recommended.connections }}"
  loop_control:
    label: "{{ item.cloud_vpn_name }}"

- name: Keep every connection with a range at the right size
  cloudopera.ies.ies_elastic:
    services:
      - name: site2dc4_201705071158
        site2dc:
          - cloud_vpn_name: 0S2DC4201705071158
            bandwidth_min: 20000
            bandwidth_max: 100000
    policy:
      profile: calm
      sizes: [20000, 40000, 60000, 80000, 100000]
      traffic_unit: 0.001
    mode: apply
    total_maximum: 500000
    metrics_file: /var/lib/node_exporter/textfile/cloudvpn.prom
"""

RETURN = r"""
connections:
  description:
    - What was decided, and what became of it, in the order asked for.
    - Where no decision could be taken, RV(connections[].decision) is null and RV(connections[].error) says why.
  returned: success, on failure once the services have been read
  type: list
  elements: dict
  contains:
    name:
      description: Name of the service.
      type: str
      sample: site2dc4_201705071158
    service_id:
      description: Id of the service, or null when it was not found.
      type: str
      sample: L8YNdmm4Rg-SJcMnlicUQA
    cloud_vpn_name:
      description: Name of the connection, or null when it was not found.
      type: str
      sample: 0S2DC4201705071158
    before:
      description: Bandwidth as it was read, or null.
      type: int
      sample: 60000
    target:
      description: Bandwidth that it is to have.
      type: int
      sample: 80000
    decision:
      description: What is to be done.
      type: str
      choices: [raise, lower, hold]
      sample: raise
    demand:
      description: The demand that the decision was taken on, in units of Bandwidth; null without data.
      type: float
      sample: 55300
    utilisation:
      description: The demand in percent of the bandwidth; null without data.
      type: float
      sample: 92.2
    clipped:
      description: Whether the line was full, so that the demand is only a lower bound.
      type: bool
      sample: false
    reasons:
      description: Sentences, the deciding one first.
      type: list
      elements: str
      sample:
        - p95 of the last 15 min is 55,300, 92 % of 60,000; the next size with 20 % headroom is 80,000
    not_before:
      description: Before when nothing is lowered, ISO 8601 in UTC, or null.
      type: str
      sample: null
    bounds:
      description: The bounds in force, C(minimum) and C(maximum).
      type: dict
      sample:
        minimum: 20000
        maximum: 100000
    applied:
      description: Whether the change was made in this run. With O(wait=false), whether it was ordered.
      type: bool
      sample: true
    error:
      description: What is wrong with this connection, or null.
      type: str
      sample: null
traffic:
  description: The traffic that was read, as M(cloudopera.ies.ies_vpn_traffic_info) returns it, without statistics.
  returned: when O(traffic=true)
  type: list
  elements: dict
history:
  description: Since when the bandwidth of each connection has been what it was read as, as far as the server remembers.
  returned: when O(traffic=true)
  type: list
  elements: dict
  contains:
    service_id:
      description: Id of the service.
      type: str
      sample: L8YNdmm4Rg-SJcMnlicUQA
    cloud_vpn_name:
      description: Name of the connection.
      type: str
      sample: 0S2DC4201705071158
    time:
      description: Since when, ISO 8601 in UTC.
      type: str
      sample: '2017-05-09T03:20:00Z'
    bandwidth:
      description: The bandwidth.
      type: int
      sample: 60000
    traffic_unit:
      description: The unit of the policy, or null.
      type: float
      sample: 0.001
    cost:
      description: Price of an hour C(before) and at the C(target), or null where the policy has no price.
      type: dict
      sample: null
decided_at:
  description: The moment that was decided for, ISO 8601 in UTC.
  returned: success, on failure once the services have been read
  type: str
  sample: '2017-05-17T21:55:50Z'
progress_shown:
  description:
    - Whether the lines of O(progress) were shown. V(false) when the task ran as a module on a host, where nobody could follow.
  returned: success, on failure once the services have been read
  type: bool
  sample: true
diff:
  description:
    - The bandwidths that were changed, by service and connection. In check mode those that O(mode=apply) would change.
  returned: success, on failure once the services have been read
  type: dict
  contains:
    before:
      description: As they were.
      type: dict
      sample:
        site2dc4_201705071158, 0S2DC4201705071158:
          Bandwidth: 60000
    after:
      description: As they are then.
      type: dict
      sample:
        site2dc4_201705071158, 0S2DC4201705071158:
          Bandwidth: 80000
error:
  description:
    - What went wrong, for scripts. What to do about it stands in RV(ignore:msg).
    - Its kind is V(failed) when something is wrong with some of the connections; each one has its own RV(connections[].error).
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
from ..module_utils._tasks import ies_elastic


def main() -> None:
    """Run the task body as a module."""
    run_module(ies_elastic)


if __name__ == "__main__":
    main()
