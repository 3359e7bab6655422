#!/usr/bin/python
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ies_service
short_description: Create, change or remove one Cloud VPN service of an IES
version_added: 1.0.0
author:
  - cloudopera.ies maintainers (@cloudopera)
description:
  - Makes one service of the tenant present as declared, or absent.
  - Only what is declared is compared. Values are compared as the strings that the API stores, so V(60000) and V("60000")
    are the same. C(action) and C(logicalName) of a list item never count as a difference.
  - Name, description and Bandwidth are changed by an update. Anything else that differs is up to O(on_immutable_change).
  - After a write the service is read again. A value that was not applied is an error, not a success.
options:
  # >>> make options: declared_service
  state:
    description:
      - V(present) creates the service when it is not there, and changes it when it is not as declared.
      - V(absent) removes it. What is not there is unchanged. A service that is active is refused by the
        server, which check mode foresees, see O(deactivate).
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - Name of the service, 1 to 255 characters. It finds the service, by the exact name, when there
        is no O(service_id).
      - Names are not unique in an IES. Two healthy services of this name are an error that lists both
        ids.
      - Together with O(service_id) and O(state=present) the service is renamed. A name that another service
        has already is refused.
      - Needed to create. One of O(name) and O(service_id) is required.
    type: str
  service_id:
    description:
      - Id of the service. It finds the service whatever its name.
      - With O(state=absent) and O(name), a service of that id that has another name is an error, and
        stays.
      - With O(state=present) an unknown id is an error, because a service cannot be created with an id
        of your choice.
    type: str
  description:
    description:
      - Description of the service, at most 255 characters. An empty one clears it.
      - When not set, the description is not managed.
    type: str
  service_definition:
    description:
      - Id or name of the service definition that the service is ordered from. Needed to create. An id
        has at most 36 characters.
      - It cannot be changed by an update, see O(on_immutable_change).
      - An unknown or ambiguous one is an error that lists what there is, and so is one that is not active.
      - An inactive one does not make the name of an active one ambiguous. A service that was ordered
        from it is not different for that; when it is recreated, it is ordered from the active one.
    type: str
  template:
    description:
      - Id or name of the template of the service definition. May be left out when the definition has
        exactly one. An id has at most 36 characters.
      - It cannot be changed by an update, see O(on_immutable_change).
    type: str
  parameters:
    description:
      - Parameters in the shape of the API, a string or a list of objects per key. Keys are case-sensitive
        and sent as they stand. Use it for what O(site2dc) and O(site2site) do not cover.
      - An object with a C(CloudVpnName) is a connection. It needs a C(Bandwidth) as well.
      - Numbers become strings. A boolean, a null or an object in the place of a value is refused, because
        the API would lose it; quote it. A null inside an item is left out.
      - A connection without C(action), or with another one, gets the C(action) that the request needs.
        Only C(delete) has a meaning of its own, it declares that the connection is not to be there.
      - An empty list declares nothing; it removes nothing.
      - A declared key that the server does not show is reported as a warning, never as a change. It may
        be one that the server hides, or one that the service was created without; O(on_immutable_change)
        does not add the latter. It is sent with every order, with every update that sends parameters,
        and with the connection it belongs to.
    type: dict
  site2dc:
    description:
      - Connections of sites to data centres, the typed form of C(Site2DCList) in O(parameters). Declaring
        the list in both is an error.
      - Connections that exist but are not declared are left alone. An empty list declares nothing.
    type: list
    elements: dict
    suboptions:
      cloud_vpn_name:
        description: Name of the connection, C(CloudVpnName). It tells the connections of a service apart.
        type: str
        required: true
      bandwidth:
        description:
          - Bandwidth of the connection, C(Bandwidth), a positive number. Required, unless there is a
            range.
          - With C(bandwidth_min) and C(bandwidth_max) it is used only to create the connection, and lies
            between them. The default is then C(bandwidth_min).
          - The unit is not known, presumably kbit/s. The number is sent as it is.
        type: int
      bandwidth_min:
        description:
          - Lower bound of a range that takes the place of one bandwidth. Any stored bandwidth within
            it is right and stays, also when a failed service is applied again or the service is recreated.
            One below is raised to this.
          - A stored bandwidth that is no number becomes C(bandwidth).
          - Needs C(bandwidth_max), and is at most that.
        type: int
      bandwidth_max:
        description:
          - Upper bound of the range, see C(bandwidth_min). A stored bandwidth above it is lowered to
            this.
          - Needs C(bandwidth_min).
        type: int
      vpc_id:
        description: Id of the virtual private cloud in the data centre, C(VPC_ID).
        type: str
      vni:
        description: VXLAN network id, C(VNI).
        type: str
      cpe_a_site:
        description: Name of site A, C(CPE_A_Site).
        type: str
      cpe_a_type:
        description: Model of the router at site A, C(CPE_A_Type), such as V(AR169FGW-L).
        type: str
      cpe_a_esn:
        description: Serial number of the router at site A, C(CPE_A_ESN).
        type: str
      cpe_a_position:
        description: Place of the router at site A, C(CPE_A_Position).
        type: str
      cpe_a_pop:
        description: Point of presence of site A, C(CPE_A_POP).
        type: str
      cidr:
        description:
          - Address and prefix length as V(a.b.c.d/len), such as V(163.113.12.1/24). Host bits are allowed.
          - It is split into C(cidr) and C(cidrBlockSize). Anything else is an error.
        type: str
      extra:
        description: Further keys of the connection, sent as they stand. A key that an option sets is
          refused.
        type: dict
  site2site:
    description:
      - Connections between two sites, the typed form of C(Site2SiteList) in O(parameters). Declaring
        the list in both is an error.
      - The names of the API's keys are not known here. They follow those of O(site2dc). When an IES has
        others, use O(parameters).
      - Connections that exist but are not declared are left alone. An empty list declares nothing.
    type: list
    elements: dict
    suboptions:
      cloud_vpn_name:
        description: Name of the connection, C(CloudVpnName). It tells the connections of a service apart.
        type: str
        required: true
      bandwidth:
        description:
          - Bandwidth of the connection, C(Bandwidth), a positive number. Required, unless there is a
            range.
          - With C(bandwidth_min) and C(bandwidth_max) it is used only to create the connection, and lies
            between them. The default is then C(bandwidth_min).
          - The unit is not known, presumably kbit/s. The number is sent as it is.
        type: int
      bandwidth_min:
        description:
          - Lower bound of a range that takes the place of one bandwidth. Any stored bandwidth within
            it is right and stays, also when a failed service is applied again or the service is recreated.
            One below is raised to this.
          - A stored bandwidth that is no number becomes C(bandwidth).
          - Needs C(bandwidth_max), and is at most that.
        type: int
      bandwidth_max:
        description:
          - Upper bound of the range, see C(bandwidth_min). A stored bandwidth above it is lowered to
            this.
          - Needs C(bandwidth_min).
        type: int
      vni:
        description: VXLAN network id, C(VNI).
        type: str
      cpe_a_site:
        description: Name of site A, C(CPE_A_Site).
        type: str
      cpe_a_type:
        description: Model of the router at site A, C(CPE_A_Type), such as V(AR169FGW-L).
        type: str
      cpe_a_esn:
        description: Serial number of the router at site A, C(CPE_A_ESN).
        type: str
      cpe_a_position:
        description: Place of the router at site A, C(CPE_A_Position).
        type: str
      cpe_a_pop:
        description: Point of presence of site A, C(CPE_A_POP).
        type: str
      cpe_b_site:
        description: Name of site B, C(CPE_B_Site).
        type: str
      cpe_b_type:
        description: Model of the router at site B, C(CPE_B_Type).
        type: str
      cpe_b_esn:
        description: Serial number of the router at site B, C(CPE_B_ESN).
        type: str
      cpe_b_position:
        description: Place of the router at site B, C(CPE_B_Position).
        type: str
      cpe_b_pop:
        description: Point of presence of site B, C(CPE_B_POP).
        type: str
      cidr:
        description:
          - Address and prefix length as V(a.b.c.d/len), such as V(163.113.12.1/24). Host bits are allowed.
          - It is split into C(cidr) and C(cidrBlockSize). Anything else is an error.
        type: str
      extra:
        description: Further keys of the connection, sent as they stand. A key that an option sets is
          refused.
        type: dict
  bandwidth:
    description:
      - Bandwidth of a connection, to scale an existing service without repeating its parameters. A positive
        number.
      - With O(bandwidth_min) and O(bandwidth_max) it is used only to create the connection, and lies
        between them. The default is then O(bandwidth_min).
      - The unit is not known, presumably kbit/s. The number is sent as it is.
    type: int
  bandwidth_min:
    description:
      - Lower bound of a range that takes the place of one bandwidth. Any stored bandwidth within it is
        right and stays, also when a failed service is applied again or the service is recreated. One
        below is raised to this.
      - A stored bandwidth that is no number becomes O(bandwidth).
      - Needs O(bandwidth_max), and is at most that.
      - This range, or O(bandwidth) without one, goes before what O(site2dc) or O(site2site) say of the
        same connection.
    type: int
  bandwidth_max:
    description:
      - Upper bound of the range, see O(bandwidth_min). A stored bandwidth above it is lowered to this.
      - Needs O(bandwidth_min).
    type: int
  cloud_vpn_name:
    description:
      - The connection that O(bandwidth), or the range, is for. May be left out when the service has only
        one.
      - An unknown name, or none where there are several connections, is an error that lists them.
    type: str
  on_failure:
    description:
      - What the server is to do when it cannot create the service, sent as C(onfailure). Only V(rollback)
        is known.
    type: str
    default: rollback
  on_immutable_change:
    description:
      - What to do when something other than name, description or Bandwidth differs, or a declared connection
        is not there.
      - V(fail) is an error that names what differs; nothing is written.
      - V(update) sends it as an update, and adds the connection. Service definition and template cannot
        be changed so; that remains an error.
      - V(recreate) deletes the service and creates it again, with the connections that are not declared
        carried over. It checks beforehand that the order can be placed, always waits for the deletion,
        whatever O(wait) says, and gives the service a new id. An active service needs O(deactivate) as
        well.
      - Connections that exist but are not declared are left alone in each case.
    type: str
    choices: [fail, update, recreate]
    default: fail
  replace_failed:
    description:
      - Whether a service of that name that is C(CreateFailed) is removed and recreated. When V(false),
        it is an error and nothing is written.
      - What such a service holds beyond the declaration goes into the new order, and a warning names
        it. Several that hold different things are an error.
      - A connection with a range is ordered with O(bandwidth), as in a first order.
      - Beside a healthy service of that name, such leftovers are only reported, as a warning.
    type: bool
    default: true
  deactivate:
    description:
      - Whether an active service is deactivated before it is deleted, with O(state=absent) or when it
        is recreated. When V(false), an active service is an error.
    type: bool
    default: false
  owner:
    description:
      - Who manages the service, 1 to 40 characters, lower-case letters, digits, C(.), C(_), C(/) and
        C(-), beginning with a letter or a digit.
      - 'It is kept on the server as a mark at the end of the description, such as C([managed: netops]),
        which is neither shown nor compared as part of the description.'
      - A service without a mark is adopted by an update that touches nothing else. One of another owner
        is an error, unless O(take_over) says otherwise; with O(state=absent) too.
      - When not set, the mark that is there stays. Description and mark together have at most 255 characters.
    type: str
  protected:
    description:
      - Whether the service is neither deleted nor recreated, by nothing in this collection and whoever
        asks. It stands in the mark on the server, so it also holds when this option is no longer declared.
      - Only a run with V(false) removes it. The service itself can be deleted or recreated by a later
        run.
      - A service that is C(CreateFailed) cannot be changed by the server. It is removed or replaced when
        V(false) is declared.
      - Needs O(owner), or an owner in the mark that is there. With O(state=absent), V(true) is an error.
      - When not set, the protection is not managed.
    type: bool
  take_over:
    description:
      - Whether a service of another owner gets O(owner) instead of being an error. Needs O(owner).
    type: bool
  managed:
    description:
      - When V(false), the service is only looked at and reported. It is never written, nor is it waited
        for; what differs from the declaration, and that it is not there, is a warning.
      - It counts as declared, so that it is not pruned. With O(state=absent) it is an error.
    type: bool
    default: true
  on_removal:
    description:
      - What becomes of the service when it is no longer declared and a run prunes. V(keep) is written
        into its mark, and prune then leaves the service alone; V(delete) takes that back.
      - V(keep) needs O(owner), or an owner in the mark that is there. When not set, it is not managed.
    type: str
    choices: [keep, delete]
  update_items:
    description:
      - How an update sends a connection. V(full) sends the whole item as stored with the changes made
        in it, which is right whether the server merges or replaces. V(minimal) sends only the name of
        the connection, its Bandwidth and what changes.
      - Leave it alone unless your IES refuses the default.
    type: str
    choices: [full, minimal]
    default: full
  update_with_definition:
    description:
      - Whether an update names the service definition and the template too.
      - Leave it alone unless your IES refuses an update without them.
    type: bool
    default: false
  # <<<
  progress:
    description:
      - Whether to show, while the task waits, a line whenever the state of the wait changes and at least every 30 seconds.
      - Lines are shown only where the task runs inside the controller, which is with a local connection. They stand in no
        result, and a task with C(no_log) shows none.
    type: bool
    default: true
  wait:
    description:
      - Whether to wait for the end of what is started, and of what is found in progress.
      - When V(false), the task ends when the server has accepted the write, and RV(service) is in progress. A service found
        in progress is unchanged when it is as declared, and an error that says so when it is not. Use
        M(cloudopera.ies.ies_service_info) to wait later.
      - A recreation or a replacement waits for its deletion in any case.
    type: bool
    default: true
notes:
  - "A service found in progress is waited for and then compared; one that is being deleted is waited for and then created
    again."
  - A service that is C(Failed) is applied again even if its values look equal. The stored values are those asked for, not
    those in effect.
  - When the response to a write is lost, the service is looked for before anything is sent again, by id, or by name and
    C(CloudVpnName). An order whose fate stays unknown is not sent a second time; the task fails, and the next run looks
    again. So one declaration does not become two services.
  - When two runs order the same name at once, the oldest service stays, by its time of creation and then by its id. The run
    that ordered the younger one waits for the older one, removes its own again, and goes on with the older one, with a
    warning. A run never removes what it has not ordered itself. Where the rule cannot decide, or the other run has ended
    and left its service, both are reported by id, and nothing more is written.
extends_documentation_fragment:
  - cloudopera.ies.attributes
  - cloudopera.ies.attributes.writing_module
  - cloudopera.ies.attributes.actiongroup_ies
  - cloudopera.ies.attributes.carrier
  - cloudopera.ies.wait
  - cloudopera.ies.connection
seealso:
  - module: cloudopera.ies.ies_services
    description: Many services in one task, planned and waited for together.
  - module: cloudopera.ies.ies_service_info
    description: Read services, or wait for them.
  - module: cloudopera.ies.ies_catalog_info
    description: Find the service definition and the template to order from.
"""

EXAMPLES = r"""
- name: Set the connection once for all tasks of a block
  module_defaults:
    group/cloudopera.ies.ies:
      api_url: https://ies.example.com:17100
      auth_token: "{{ ies_auth_token }}"
      bearer_token: "{{ ies_bearer_token }}"
      ca_path: /etc/pki/ies/ca.pem
  block:
    - name: Create a service with one connection to a data centre
      cloudopera.ies.ies_service:
        name: site2dc4_201705071158
        service_definition: Site2DC
        site2dc:
          - cloud_vpn_name: 0S2DC4201705071158
            bandwidth: 60000
            vpc_id: db79cd8b-91e2-43f8-9791-54b8b2181a70
            vni: "2236"
            cpe_a_site: siteDC201705071132
            cpe_a_type: AR169FGW-L
            cpe_a_esn: 21500102003GG3000704
            cpe_a_position: siteDC201705071132
            cpe_a_pop: Manager_VPC
            cidr: 163.113.12.1/24
      register: created

    - name: Show the id of the new service
      ansible.builtin.debug:
        msg: "{{ created.service.name }} has the id {{ created.service.service_id }}"

# The tasks below take the connection from the environment: IES_API_URL, IES_AUTH_TOKEN, IES_BEARER_TOKEN.

- name: Give the only connection of a service more bandwidth
  cloudopera.ies.ies_service:
    name: site2dc4_201705071158
    bandwidth: 80000

- name: Give one of several connections more bandwidth
  cloudopera.ies.ies_service:
    name: s2s_201705061433
    cloud_vpn_name: VPNS2S201705061433
    bandwidth: 20000

- name: Leave the bandwidth to others, between two bounds
  cloudopera.ies.ies_service:
    name: site2dc4_201705071158
    bandwidth_min: 60000
    bandwidth_max: 100000

- name: See what a change would do, without doing it
  cloudopera.ies.ies_service:
    name: site2dc4_201705071158
    bandwidth: 80000
  check_mode: true
  diff: true

- name: Rename a service and describe it
  cloudopera.ies.ies_service:
    service_id: L8YNdmm4Rg-SJcMnlicUQA
    name: site2dc4_headquarters
    description: Headquarters to the data centre

- name: Order services without waiting for them
  cloudopera.ies.ies_service:
    name: "{{ item.name }}"
    service_definition: 8c34e27ed6644bbfbce93a41a05cb7ab
    template: e77fc5e21e1e42c9933ec9574c33a5d8
    site2dc:
      - cloud_vpn_name: "{{ item.connection }}"
        bandwidth: 60000
        vpc_id: db79cd8b-91e2-43f8-9791-54b8b2181a70
    wait: false
  loop:
    - name: site2dc5_201705071256
      connection: 0S2DC5201705071256
    - name: site2dc6_201705071300
      connection: 0S2DC6201705071300
  loop_control:
    label: "{{ item.name }}"
  register: ordered

- name: Wait for all of them together
  cloudopera.ies.ies_service_info:
    service_id: "{{ ordered.results | map(attribute='service.service_id') }}"
    wait: true
  register: awaited

- name: Make sure that all of them are ready
  ansible.builtin.assert:
    that: awaited.services | rejectattr('phase', 'equalto', 'ready') | length == 0

- name: Connect two sites
  cloudopera.ies.ies_service:
    name: s2s_201705061433
    service_definition: Site2Site
    site2site:
      - cloud_vpn_name: VPNS2S201705061433
        bandwidth: 10000
        cpe_a_site: siteA201705061433
        cpe_a_type: AR169FGW-L
        cpe_a_esn: 21500102003GG3000704
        cpe_b_site: siteB201705061433
        cpe_b_type: AR169FGW-L
        cpe_b_esn: 21500102003GG3000705
        cidr: 163.113.12.1/24

- name: Create a service from parameters in the shape of the API
  cloudopera.ies.ies_service:
    name: site2dc4_201705071158
    service_definition: Site2DC
    parameters:
      Site2DCList:
        - CloudVpnName: 0S2DC4201705071158
          Bandwidth: "60000"
          VPC_ID: db79cd8b-91e2-43f8-9791-54b8b2181a70
          VNI: "2236"
          cidr: 163.113.12.1
          cidrBlockSize: "24"

- name: Add a second connection to a service, leaving the first alone
  cloudopera.ies.ies_service:
    name: site2dc4_201705071158
    on_immutable_change: update
    site2dc:
      - cloud_vpn_name: 0S2DC4201705071158_2
        bandwidth: 20000
        vpc_id: db79cd8b-91e2-43f8-9791-54b8b2181a70

- name: Take that connection away again
  cloudopera.ies.ies_service:
    name: site2dc4_201705071158
    on_immutable_change: update
    parameters:
      Site2DCList:
        - CloudVpnName: 0S2DC4201705071158_2
          action: delete

- name: Mark a service as managed by netops, and protect it
  cloudopera.ies.ies_service:
    name: site2dc4_201705071158
    owner: netops
    protected: true

- name: Take the protection away, which a removal needs
  cloudopera.ies.ies_service:
    name: site2dc4_201705071158
    protected: false

- name: Remove a service, deactivating it first when it is active
  cloudopera.ies.ies_service:
    name: site2dc4_201705071158
    state: absent
    deactivate: true
"""

RETURN = r"""
service:
  description:
    - The service as it was read last; in check mode as it is foreseen, with null for ids that are not yet known.
    - Null when it is absent. With O(state=absent) and O(wait=false) it may still be shown, on its way out.
  returned: success, on failure as far as it is known
  type: dict
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
actions:
  description:
    - The writes in their order, the same in check mode, empty when nothing changes.
    - A recreation or a replacement is V(delete), V(create).
  returned: success, on failure those carried out so far
  type: list
  elements: str
  choices: [create, update, deactivate, delete]
  sample: [update]
operation_id:
  description: Id of the last operation started in the server, or null.
  returned: success, on failure as far as it is known
  type: str
  sample: W0x8h0IBQq6GJKmys5i74Q
diff:
  description:
    - The managed fields before and after.
    - A service that is created or removed is shown with all its fields, and empty on the other side.
  returned: success, on failure as far as it is known
  type: dict
  contains:
    before:
      description: Fields as they are; their names are those of RV(diff.after).
      type: dict
      sample:
        name: site2dc4_201705071158
        connections:
          0S2DC4201705092039:
            Bandwidth: "60000"
    after:
      description: Fields as they are to be.
      type: dict
      contains:
        name:
          description: Name of the service.
          type: str
          sample: site2dc4_201705071158
        description:
          description: Description of the service.
          type: str
          sample: ""
        service_definition_id:
          description: Id of the service definition.
          type: str
          sample: 8c34e27ed6644bbfbce93a41a05cb7ab
        template_id:
          description: Id of the template.
          type: str
          sample: e77fc5e21e1e42c9933ec9574c33a5d8
        status:
          description: Status, shown when a failed service is applied again.
          type: str
          sample: Completed
        connections:
          description: Declared keys of the connections, by the names of the connections.
          type: dict
          sample:
            0S2DC4201705092039:
              Bandwidth: "80000"
        parameters:
          description: Declared parameters that are not connections.
          type: dict
          sample: {}
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
from ..module_utils._tasks import ies_service


def main() -> None:
    """Run the task body as a module."""
    run_module(ies_service)


if __name__ == "__main__":
    main()
