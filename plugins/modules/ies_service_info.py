#!/usr/bin/python
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ies_service_info
short_description: Read the Cloud VPN services of a tenant, or wait for them
version_added: 1.0.0
author:
  - cloudopera.ies maintainers (@cloudopera)
description:
  - Returns the services of the tenant with their connections, filtered and sorted.
  - With O(wait=true) it returns only once none of those selected is in progress, however many there are.
  - Nothing found is an empty list and not an error.
options:
  name:
    description:
      - Exact names. A single one may be given as a string, but a name with a comma in it has to stand in a list.
      - All filters have to match. A filter that is not set matches everything, an empty list nothing.
    type: list
    elements: str
  service_id:
    description: Ids of services. A single one may be given as a string.
    type: list
    elements: str
  cloud_vpn_name:
    description:
      - Exact names of connections. A service matches when one of its connections has one of them.
      - It takes one request per service that the other filters leave, also with O(details=false).
    type: list
    elements: str
  status:
    description: Status in the words of the server, such as V(Completed) or V(UpdateInProgress). Case does not matter.
    type: list
    elements: str
  phase:
    description: Status in one of five words.
    type: list
    elements: str
    choices: [in_progress, ready, failed, create_failed, unknown]
  owner:
    description:
      - Who manages the service, as the mark at the end of its description says. A service without a mark matches none.
    type: list
    elements: str
  details:
    description:
      - Whether to read the parameters, and with them the connections, of each service. That takes one request per service.
      - When V(false), RV(services[].parameters) and RV(services[].connections) are empty, unless O(cloud_vpn_name) asks for
        them.
    type: bool
    default: true
  operations:
    description:
      - Whether to read the operations of each service as well, see RV(services[].operations). That takes one more request per
        service.
    type: bool
    default: false
  max_parallel:
    description: How many requests may be under way at once. At least V(1).
    type: int
    default: 8
  wait:
    description:
      - Whether to wait until none of the services selected is in progress. Those selected at the start are waited for, and the
        filters are applied once more at the end.
      - How they ended is not judged. Look at RV(services[].phase).
      - A service that is on its way out is waited for until it is gone.
    type: bool
    default: false
extends_documentation_fragment:
  - cloudopera.ies.attributes
  - cloudopera.ies.attributes.info_module
  - cloudopera.ies.attributes.actiongroup_ies
  - cloudopera.ies.attributes.carrier
  - cloudopera.ies.wait
  - cloudopera.ies.connection
seealso:
  - module: cloudopera.ies.ies_service
  - module: cloudopera.ies.ies_vpn_traffic_info
    description: The traffic of the connections that are returned here.
"""

EXAMPLES = r"""
- name: Read all services of a tenant
  module_defaults:
    group/cloudopera.ies.ies:
      api_url: https://ies.example.com:17100
      auth_token: "{{ ies_auth_token }}"
      bearer_token: "{{ ies_bearer_token }}"
  block:
    - name: Read them with their parameters
      cloudopera.ies.ies_service_info:
      register: tenant

    - name: Show the bandwidth of each connection
      ansible.builtin.debug:
        msg: "{{ item.0.name }}, {{ item.1.cloud_vpn_name }}: {{ item.1.bandwidth }}"
      loop: "{{ tenant.services | subelements('connections') }}"
      loop_control:
        label: "{{ item.1.cloud_vpn_name }}"

# The tasks below take the connection from the environment: IES_API_URL, IES_AUTH_TOKEN, IES_BEARER_TOKEN.

- name: Find the service that a connection belongs to
  cloudopera.ies.ies_service_info:
    cloud_vpn_name: 0S2DC4201705092039

- name: List what needs attention, quickly
  cloudopera.ies.ies_service_info:
    phase: [failed, create_failed, unknown]
    details: false

- name: Start a change without waiting for it
  cloudopera.ies.ies_service:
    name: site2dc4_201705071158
    bandwidth: 80000
    wait: false
  register: started

- name: Wait for its end, at most ten minutes
  cloudopera.ies.ies_service_info:
    service_id: "{{ started.service.service_id }}"
    wait: true
    wait_timeout: 600
  register: ended

- name: Make sure that it went well
  ansible.builtin.assert:
    that: ended.services[0].phase == 'ready'
"""

RETURN = r"""
services:
  description: The services that all filters match, sorted by name, then id. Empty when there is none.
  returned: success, on failure when waiting took too long
  type: list
  elements: dict
  contains:
    # >>> make options: service
    service_id:
      description: Id of the service.
      type: str
      sample: L8YNdmm4Rg-SJcMnlicUQA
    name:
      description: Name of the service.
      type: str
      sample: site2dc4_201705071158
    description:
      description: Description of the service, without the mark of ownership that may stand at its end.
      type: str
      sample: ''
    owner:
      description: Who manages the service, as its mark says, or null when it has none.
      type: str
      sample: netops
    protected:
      description: Whether its mark says that it is neither deleted nor recreated.
      type: bool
      sample: false
    service_definition_id:
      description: Id of the service definition it was ordered from.
      type: str
      sample: 8c34e27ed6644bbfbce93a41a05cb7ab
    template_id:
      description: Id of the template it was ordered from.
      type: str
      sample: e77fc5e21e1e42c9933ec9574c33a5d8
    status:
      description: Status in the words of the server.
      type: str
      sample: Completed
    active_status:
      description: Whether the server takes it as active. V(Deactive) does not mean that there is no traffic.
      type: str
      sample: Deactive
    phase:
      description: The status in one of five words.
      type: str
      choices: [in_progress, ready, failed, create_failed, unknown]
      sample: ready
    created_at:
      description: When it was created, ISO 8601 in UTC, or null.
      type: str
      sample: '2017-05-07T03:58:00Z'
    parameters:
      description: Parameters as the API has them.
      type: dict
      sample:
        Site2DCList:
          - CloudVpnName: 0S2DC4201705092039
            Bandwidth: '60000'
            VPC_ID: db79cd8b-91e2-43f8-9791-54b8b2181a70
    connections:
      description: The connections found in the parameters, whatever their lists are called.
      type: list
      elements: dict
      contains:
        cloud_vpn_name:
          description: Name of the connection.
          type: str
          sample: 0S2DC4201705092039
        bandwidth:
          description: Its bandwidth as asked for, in the server's unit (presumably kbit/s), or null when
            it has none.
          type: int
          sample: 60000
        list:
          description: The parameter it stands under, or null when the parameters themselves are the connection.
          type: str
          sample: Site2DCList
        parameters:
          description: All its keys as the API has them.
          type: dict
          sample:
            CloudVpnName: 0S2DC4201705092039
            Bandwidth: '60000'
            VPC_ID: db79cd8b-91e2-43f8-9791-54b8b2181a70
    # <<<
    operations:
      description:
        - What was done with the service, newest first. Null when the operations cannot be read, such as behind a gateway that
          does not serve them.
        - The server forgets old ones.
      returned: when O(operations=true)
      type: list
      elements: dict
      contains:
        operation_id:
          description: Id of the operation.
          type: str
          sample: W0x8h0IBQq6GJKmys5i74Q
        operation:
          description: What was done, in the words of the server, such as V(Create) or V(Update).
          type: str
          sample: Update
        progress:
          description: V(inprogress) or V(done), in the words of the server.
          type: str
          sample: done
        result:
          description: V(success) or V(failed), in the words of the server; null while it runs.
          type: str
          sample: success
        reason:
          description: Why it failed, or null.
          type: str
          sample: null
        operate_at:
          description: When it was ordered, ISO 8601 in UTC, or null.
          type: str
          sample: '2017-05-09T03:20:00Z'
        finished_at:
          description:
            - When it ended, ISO 8601 in UTC, or null.
            - While the operation runs, the server shows the time at which it was ordered, so look at
              RV(services[].operations[].progress).
          type: str
          sample: '2017-05-09T03:30:00Z'
service:
  description: When waiting took too long, the first service that is still in progress.
  returned: on failure, when waiting took too long
  type: dict
operation_id:
  description: Null, because operations are not looked at here.
  returned: on failure, when waiting took too long
  type: str
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
from ..module_utils._tasks import ies_service_info


def main() -> None:
    """Run the task body as a module."""
    run_module(ies_service_info)


if __name__ == "__main__":
    main()
