#!/usr/bin/python
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ies_services
short_description: Make all declared Cloud VPN services of a tenant true, together
version_added: 1.0.0
author:
  - cloudopera.ies maintainers (@cloudopera)
description:
  - Takes a list of declarations, each with the options of M(cloudopera.ies.ies_service), and converges them side by side.
  - The list of services is read once. Then everything is planned, only what differs is written, and all operations are waited
    for together. A hundred services take little longer than the slowest of them.
  - One service that fails does not stop the others. In the end the task fails and names each one with its reason.
  - Services that are not declared are left alone, unless O(prune) says otherwise.
  - This module is what the role P(cloudopera.ies.cloudvpn#role) runs.
options:
  services:
    description:
      - The services, each as declared.
      - The same name or the same id twice is an error before anything is sent.
      - The rules are those of M(cloudopera.ies.ies_service).
    type: list
    elements: dict
    required: true
    suboptions:
      # >>> make options: declared_service
      state:
        description:
          - V(present) creates the service when it is not there, and changes it when it is not as declared.
          - V(absent) removes it. What is not there is unchanged. A service that is active is refused
            by the server, which check mode foresees, see O(services[].deactivate).
        type: str
        choices: [present, absent]
        default: present
      name:
        description:
          - Name of the service, 1 to 255 characters. It finds the service, by the exact name, when there
            is no O(services[].service_id).
          - Names are not unique in an IES. Two healthy services of this name are an error that lists
            both ids.
          - Together with O(services[].service_id) and O(services[].state=present) the service is renamed.
            A name that another service has already is refused.
          - Needed to create. One of O(services[].name) and O(services[].service_id) is required.
        type: str
      service_id:
        description:
          - Id of the service. It finds the service whatever its name.
          - With O(services[].state=absent) and O(services[].name), a service of that id that has another
            name is an error, and stays.
          - With O(services[].state=present) an unknown id is an error, because a service cannot be created
            with an id of your choice.
        type: str
      description:
        description:
          - Description of the service, at most 255 characters. An empty one clears it.
          - When not set, the description is not managed.
        type: str
      service_definition:
        description:
          - Id or name of the service definition that the service is ordered from. Needed to create. An
            id has at most 36 characters.
          - It cannot be changed by an update, see O(services[].on_immutable_change).
          - An unknown or ambiguous one is an error that lists what there is, and so is one that is not
            active.
          - An inactive one does not make the name of an active one ambiguous. A service that was ordered
            from it is not different for that; when it is recreated, it is ordered from the active one.
        type: str
      template:
        description:
          - Id or name of the template of the service definition. May be left out when the definition
            has exactly one. An id has at most 36 characters.
          - It cannot be changed by an update, see O(services[].on_immutable_change).
        type: str
      parameters:
        description:
          - Parameters in the shape of the API, a string or a list of objects per key. Keys are case-sensitive
            and sent as they stand. Use it for what O(services[].site2dc) and O(services[].site2site)
            do not cover.
          - An object with a C(CloudVpnName) is a connection. It needs a C(Bandwidth) as well.
          - Numbers become strings. A boolean, a null or an object in the place of a value is refused,
            because the API would lose it; quote it. A null inside an item is left out.
          - A connection without C(action), or with another one, gets the C(action) that the request needs.
            Only C(delete) has a meaning of its own, it declares that the connection is not to be there.
          - An empty list declares nothing; it removes nothing.
          - A declared key that the server does not show is reported as a warning, never as a change.
            It may be one that the server hides, or one that the service was created without; O(services[].on_immutable_change)
            does not add the latter. It is sent with every order, with every update that sends parameters,
            and with the connection it belongs to.
        type: dict
      site2dc:
        description:
          - Connections of sites to data centres, the typed form of C(Site2DCList) in O(services[].parameters).
            Declaring the list in both is an error.
          - Connections that exist but are not declared are left alone. An empty list declares nothing.
        type: list
        elements: dict
        suboptions:
          cloud_vpn_name:
            description: Name of the connection, C(CloudVpnName). It tells the connections of a service
              apart.
            type: str
            required: true
          bandwidth:
            description:
              - Bandwidth of the connection, C(Bandwidth), a positive number. Required, unless there is
                a range.
              - With C(bandwidth_min) and C(bandwidth_max) it is used only to create the connection, and
                lies between them. The default is then C(bandwidth_min).
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
              - Upper bound of the range, see C(bandwidth_min). A stored bandwidth above it is lowered
                to this.
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
              - Address and prefix length as V(a.b.c.d/len), such as V(163.113.12.1/24). Host bits are
                allowed.
              - It is split into C(cidr) and C(cidrBlockSize). Anything else is an error.
            type: str
          extra:
            description: Further keys of the connection, sent as they stand. A key that an option sets
              is refused.
            type: dict
      site2site:
        description:
          - Connections between two sites, the typed form of C(Site2SiteList) in O(services[].parameters).
            Declaring the list in both is an error.
          - The names of the API's keys are not known here. They follow those of O(services[].site2dc).
            When an IES has others, use O(services[].parameters).
          - Connections that exist but are not declared are left alone. An empty list declares nothing.
        type: list
        elements: dict
        suboptions:
          cloud_vpn_name:
            description: Name of the connection, C(CloudVpnName). It tells the connections of a service
              apart.
            type: str
            required: true
          bandwidth:
            description:
              - Bandwidth of the connection, C(Bandwidth), a positive number. Required, unless there is
                a range.
              - With C(bandwidth_min) and C(bandwidth_max) it is used only to create the connection, and
                lies between them. The default is then C(bandwidth_min).
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
              - Upper bound of the range, see C(bandwidth_min). A stored bandwidth above it is lowered
                to this.
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
              - Address and prefix length as V(a.b.c.d/len), such as V(163.113.12.1/24). Host bits are
                allowed.
              - It is split into C(cidr) and C(cidrBlockSize). Anything else is an error.
            type: str
          extra:
            description: Further keys of the connection, sent as they stand. A key that an option sets
              is refused.
            type: dict
      bandwidth:
        description:
          - Bandwidth of a connection, to scale an existing service without repeating its parameters.
            A positive number.
          - With O(services[].bandwidth_min) and O(services[].bandwidth_max) it is used only to create
            the connection, and lies between them. The default is then O(services[].bandwidth_min).
          - The unit is not known, presumably kbit/s. The number is sent as it is.
        type: int
      bandwidth_min:
        description:
          - Lower bound of a range that takes the place of one bandwidth. Any stored bandwidth within
            it is right and stays, also when a failed service is applied again or the service is recreated.
            One below is raised to this.
          - A stored bandwidth that is no number becomes O(services[].bandwidth).
          - Needs O(services[].bandwidth_max), and is at most that.
          - This range, or O(services[].bandwidth) without one, goes before what O(services[].site2dc)
            or O(services[].site2site) say of the same connection.
        type: int
      bandwidth_max:
        description:
          - Upper bound of the range, see O(services[].bandwidth_min). A stored bandwidth above it is
            lowered to this.
          - Needs O(services[].bandwidth_min).
        type: int
      cloud_vpn_name:
        description:
          - The connection that O(services[].bandwidth), or the range, is for. May be left out when the
            service has only one.
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
          - What to do when something other than name, description or Bandwidth differs, or a declared
            connection is not there.
          - V(fail) is an error that names what differs; nothing is written.
          - V(update) sends it as an update, and adds the connection. Service definition and template
            cannot be changed so; that remains an error.
          - V(recreate) deletes the service and creates it again, with the connections that are not declared
            carried over. It checks beforehand that the order can be placed, always waits for the deletion,
            whatever O(wait) says, and gives the service a new id. An active service needs O(services[].deactivate)
            as well.
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
          - A connection with a range is ordered with O(services[].bandwidth), as in a first order.
          - Beside a healthy service of that name, such leftovers are only reported, as a warning.
        type: bool
        default: true
      deactivate:
        description:
          - Whether an active service is deactivated before it is deleted, with O(services[].state=absent)
            or when it is recreated. When V(false), an active service is an error.
        type: bool
        default: false
      owner:
        description:
          - Who manages the service, 1 to 40 characters, lower-case letters, digits, C(.), C(_), C(/)
            and C(-), beginning with a letter or a digit.
          - 'It is kept on the server as a mark at the end of the description, such as C([managed: netops]),
            which is neither shown nor compared as part of the description.'
          - A service without a mark is adopted by an update that touches nothing else. One of another
            owner is an error, unless O(services[].take_over) says otherwise; with O(services[].state=absent)
            too.
          - When not set, the mark that is there stays. Description and mark together have at most 255
            characters.
        type: str
      protected:
        description:
          - Whether the service is neither deleted nor recreated, by nothing in this collection and whoever
            asks. It stands in the mark on the server, so it also holds when this option is no longer
            declared.
          - Only a run with V(false) removes it. The service itself can be deleted or recreated by a later
            run.
          - A service that is C(CreateFailed) cannot be changed by the server. It is removed or replaced
            when V(false) is declared.
          - Needs O(services[].owner), or an owner in the mark that is there. With O(services[].state=absent),
            V(true) is an error.
          - When not set, the protection is not managed.
        type: bool
      take_over:
        description:
          - Whether a service of another owner gets O(services[].owner) instead of being an error. Needs
            O(services[].owner).
        type: bool
      managed:
        description:
          - When V(false), the service is only looked at and reported. It is never written, nor is it
            waited for; what differs from the declaration, and that it is not there, is a warning.
          - It counts as declared, so that it is not pruned. With O(services[].state=absent) it is an
            error.
        type: bool
        default: true
      on_removal:
        description:
          - What becomes of the service when it is no longer declared and a run prunes. V(keep) is written
            into its mark, and prune then leaves the service alone; V(delete) takes that back.
          - V(keep) needs O(services[].owner), or an owner in the mark that is there. When not set, it
            is not managed.
        type: str
        choices: [keep, delete]
      update_items:
        description:
          - How an update sends a connection. V(full) sends the whole item as stored with the changes
            made in it, which is right whether the server merges or replaces. V(minimal) sends only the
            name of the connection, its Bandwidth and what changes.
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
  max_parallel:
    description:
      - How many requests may be under way at once. At least V(1).
    type: int
    default: 16
  progress:
    description:
      - Whether to show the plan before anything is written, then a line whenever the state of the wait changes and at least
        every 30 seconds, and at the end a table of what was done. In check mode it is the plan alone.
      - Lines are shown only where the task runs inside the controller, which is with a local connection. They stand in no
        result, and a task with C(no_log) shows none.
    type: bool
    default: true
  missing_ok:
    description:
      - Whether a service with O(services[].state=absent) may be missing. It is named in RV(missing) and on the screen either
        way.
      - When V(false), it is an error of that service.
    type: bool
    default: true
  owner:
    description:
      - Who manages the declared services, for every one that does not say so itself, see O(services[].owner).
    type: str
  take_over:
    description:
      - Whether declared services of another owner are taken over, for every one that does not say so itself, see
        O(services[].take_over).
    type: bool
    default: false
  prune:
    description:
      - Whether services that have the mark of O(owner) and are not declared are deleted, after everything else and only if
        nothing else failed. Needs O(owner).
      - Protected ones stay, and those that were declared with O(services[].on_removal=keep). Those of another owner and those
        without a mark are never touched; the mark is read once more right before the delete.
      - A service is declared when its name or its id is, in whatever state and also with O(services[].managed=false).
      - They stand in RV(plan) under C(delete) with the C(reason) V(undeclared), and in RV(services) after the declared ones.
    type: bool
    default: false
  prune_max:
    description:
      - How many services may be pruned at once, a number from 1 on, or a percentage such as V(10%) of the services that the
        owner has, rounded down but at least one.
      - More than that are an error that names them, before anything is written.
    type: str
    default: 10%
  allow_empty:
    description:
      - Whether O(services) may be empty when O(prune) is set. When V(false), that is an error before anything is sent.
    type: bool
    default: false
  deactivate:
    description:
      - Whether an active service that is pruned is deactivated first. When V(false), it is an error of that service, which
        stays. A declared service has its own O(services[].deactivate).
    type: bool
    default: false
  report:
    description:
      - File on the controller that gets plan and results as a Markdown page, also in check mode.
      - A relative path counts from where the play was started. An existing file is replaced as a whole and keeps its mode, a
        new one gets C(0644). A symbolic link is refused.
      - A file that cannot be written is an error before anything is sent. If it can no longer be written at the end, that is a
        warning.
      - Not possible in a task with C(async).
    type: path
  mode:
    description:
      - V(converge) makes the services as declared.
      - V(plan) changes nothing, also without check mode. It returns the plan as check mode does, and keeps it in O(plan_file).
      - V(apply) plans again, and carries the plan out only if it is the one that was approved, see O(plan_file) and
        O(plan_fingerprint). Otherwise it is an error of the kind V(conflict) that names service and field, before anything is
        written. In check mode it compares, and writes nothing.
    type: str
    choices: [converge, plan, apply]
    default: converge
  plan_file:
    description:
      - File on the controller that keeps a plan as JSON. With O(mode=plan) it is written, with O(mode=apply) read; with
        O(mode=converge) it means nothing.
      - It is written as a whole, with the mode C(0600), and holds no token. A symbolic link is refused.
      - A plan in which a service could not be planned is written as well. It says that it is not complete, and the task fails.
      - V(apply) refuses a plan that is not complete, has expired, was made for another O(api_url), O(tenant), owner or
        O(commit), or was applied before. What it carries out is marked as applied in the file before the first write.
      - A relative path counts from where the play was started. Hosts need files of their own.
      - Not possible in a task with C(async).
    type: path
  plan_fingerprint:
    description:
      - The RV(fingerprint) of the plan that was approved, for O(mode=apply) and for jobs that share no files. A dictionary
        holds one per host, by its name in the inventory.
      - It is the same as long as declarations, what is there and what would be written are the same. A change of what is not
        declared, and of a bandwidth inside its range, leaves it as it is.
      - Without O(plan_file) nobody can tell which field differs, when the plan expires, and whether it was applied before.
    type: raw
  plan_expiry:
    description:
      - For how long a plan of O(mode=plan) may be applied, such as V(90s), V(15m), V(24h) or V(7d).
    type: str
    default: 24h
  commit:
    description:
      - The commit that the declarations are of. With O(mode=plan) it stands in O(plan_file); with O(mode=apply) a plan of
        another one, or of none, is refused. When not set, that is not looked at.
    type: str
  tenant:
    description:
      - What the tenant is called in O(plan_file) and in RV(fingerprint). The default is the name of the host in the inventory.
    type: str
  plan_document:
    description:
      - What O(plan_file) holds. The controller fills it in, wherever the task is carried out.
    type: dict
  ies:
    description:
      - The connection in one dictionary, such as one of a list of tenants. What it holds wins over the options of the same
        names and over the environment.
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
      - Whether to wait for the end of what is started, and of what is found in progress.
      - When V(false), the task ends when the server has accepted the writes. A service found in progress is unchanged when it
        is as declared, and an error when it is not.
      - A recreation or a replacement waits for its deletion in any case.
    type: bool
    default: true
notes:
  - When the response to a write is lost, the service is looked for before anything is sent again. An order whose fate stays
    unknown is not sent a second time; the service is reported as failed, and the next run looks again.
  - When the list of services cannot be read, nothing is written and the error is that of the request.
extends_documentation_fragment:
  - cloudopera.ies.attributes
  - cloudopera.ies.attributes.writing_module
  - cloudopera.ies.attributes.actiongroup_ies
  - cloudopera.ies.attributes.carrier
  - cloudopera.ies.wait
  - cloudopera.ies.connection
seealso:
  - module: cloudopera.ies.ies_service
    description: One service in a task, with all rules explained.
  - module: cloudopera.ies.ies_service_info
    description: Read services, or wait for them.
"""

EXAMPLES = r"""
# The tasks below take the connection from the environment: IES_API_URL, IES_AUTH_TOKEN, IES_BEARER_TOKEN.

- name: Make a tenant's services as declared
  cloudopera.ies.ies_services:
    services:
      - name: site2dc5_201705071256
        service_definition: Site2DC
        site2dc:
          - cloud_vpn_name: 0S2DC5201705071256
            bandwidth: 60000
            vpc_id: db79cd8b-91e2-43f8-9791-54b8b2181a70
            cidr: 163.113.12.1/24
      - name: site2dc6_201705071300
        bandwidth: 80000
      - name: site2dc4_201705071158
        state: absent
        deactivate: true
  register: fleet

- name: See the plan without carrying it out
  cloudopera.ies.ies_services:
    services: "{{ tenant_services }}"
  check_mode: true
  diff: true
  register: foreseen

- name: Refuse a plan that removes anything
  ansible.builtin.assert:
    that: foreseen.plan.delete | length == 0 and foreseen.plan.recreate | length == 0

- name: Declare all services of netops, and delete those of theirs that are not declared
  cloudopera.ies.ies_services:
    services: "{{ tenant_services }}"
    owner: netops
    prune: true
    prune_max: 2

- name: Plan, and keep the plan until it is approved
  cloudopera.ies.ies_services:
    services: "{{ tenant_services }}"
    mode: plan
    plan_file: plan.json
  register: planned

- name: Carry the plan out, if it is still what would be done
  cloudopera.ies.ies_services:
    services: "{{ tenant_services }}"
    mode: apply
    plan_file: plan.json

- name: Give every connection of a list more bandwidth for the night
  module_defaults:
    group/cloudopera.ies.ies:
      api_url: https://ies.example.com:17100
      auth_token: "{{ ies_auth_token }}"
      bearer_token: "{{ ies_bearer_token }}"
  block:
    - name: Scale, at most four at a time
      cloudopera.ies.ies_services:
        services:
          - name: site2dc_201705071132
            bandwidth: 100000
          - name: site2dc3_201705081840
            bandwidth: 100000
        max_parallel: 4
      register: scaled
  rescue:
    - name: Name what failed
      ansible.builtin.debug:
        msg: "{{ item.name }}: {{ item.error }}"
      loop: "{{ scaled.services | default([]) | selectattr('error') }}"
      loop_control:
        label: "{{ item.name }}"
"""

RETURN = r"""
services:
  description: One entry per declared service, in their order, and after them one per pruned service, by name.
  returned: success, on failure once the services have been read
  type: list
  elements: dict
  contains:
    name:
      description: Name as declared; for a service declared by its id only, the name that was found, else the id.
      type: str
      sample: site2dc4_201705071158
    changed:
      description: Whether anything was written; in check mode, whether anything would be.
      type: bool
      sample: true
    actions:
      description: The writes in their order, empty when nothing changes.
      type: list
      elements: str
      choices: [create, update, deactivate, delete]
      sample: [update]
    service:
      description: The service as it was read last, in check mode as it is foreseen; null when it is absent.
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
          description: Description of the service, without the mark of ownership that may stand at its
            end.
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
          description: Whether the server takes it as active. V(Deactive) does not mean that there is
            no traffic.
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
              description: Its bandwidth as asked for, in the server's unit (presumably kbit/s), or null
                when it has none.
              type: int
              sample: 60000
            list:
              description: The parameter it stands under, or null when the parameters themselves are the
                connection.
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
    operation_id:
      description: Id of the last operation started in the server, or null.
      type: str
      sample: W0x8h0IBQq6GJKmys5i74Q
    error:
      description: Why it failed, and what to do about it; null when it did not fail.
      type: str
      sample: null
    error_kind:
      description: Sort of the error as in RV(error.kind), or null.
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
      sample: null
    reason:
      description: V(undeclared) for a service that is pruned; not there for a declared one.
      type: str
      sample: undeclared
    diff:
      description: What differs, C(before) and C(after), also where that must not be changed.
      returned: when the service failed, and something differs
      type: dict
      sample:
        before: {connections: {0S2DC6201705071300: {vni: "2236"}}}
        after: {connections: {0S2DC6201705071300: {vni: "2237"}}}
undeclared:
  description:
    - The services with the mark of O(owner) that are not declared, before anything was pruned. Protected ones are among them,
      those to be kept are not.
  returned: when O(prune) is true, and the services have been read
  type: list
  elements: dict
  sample: [{name: site2dc8, service_id: YmLfGSbKQXybr0kkj8MQTQ}]
missing:
  description: Names, or ids, of the services that were to be absent and were not there to begin with.
  returned: success, on failure once the services have been read
  type: list
  elements: str
  sample: [never-there]
plan:
  description:
    - What was decided, each service in the list of what becomes of it.
    - A service whose declaration could not be planned is in none of them.
  returned: success, on failure once the services have been read
  type: dict
  contains:
    create:
      description: Services that are ordered.
      type: list
      elements: dict
      contains:
        # >>> make options: planned
        name:
          description: Name of the service.
          type: str
          sample: site2dc5_201705071256
        service_id:
          description: Id of the service, or null when it is not yet known.
          type: str
          sample: null
        before:
          description: Managed fields as they are.
          type: dict
          sample: {}
        after:
          description: Managed fields as they are to be.
          type: dict
          sample:
            name: site2dc5_201705071256
            connections:
              0S2DC5201705071256:
                Bandwidth: '60000'
        # <<<
    update:
      description: Services that are changed. Entries as in RV(plan.create).
      type: list
      elements: dict
      contains:
        # >>> make options: planned
        name:
          description: Name of the service.
          type: str
          sample: site2dc5_201705071256
        service_id:
          description: Id of the service, or null when it is not yet known.
          type: str
          sample: null
        before:
          description: Managed fields as they are.
          type: dict
          sample: {}
        after:
          description: Managed fields as they are to be.
          type: dict
          sample:
            name: site2dc5_201705071256
            connections:
              0S2DC5201705071256:
                Bandwidth: '60000'
        # <<<
    recreate:
      description: Services that are deleted and ordered again. Entries as in RV(plan.create).
      type: list
      elements: dict
      contains:
        # >>> make options: planned
        name:
          description: Name of the service.
          type: str
          sample: site2dc5_201705071256
        service_id:
          description: Id of the service, or null when it is not yet known.
          type: str
          sample: null
        before:
          description: Managed fields as they are.
          type: dict
          sample: {}
        after:
          description: Managed fields as they are to be.
          type: dict
          sample:
            name: site2dc5_201705071256
            connections:
              0S2DC5201705071256:
                Bandwidth: '60000'
        # <<<
    delete:
      description: Services that are removed. Entries as in RV(plan.create).
      type: list
      elements: dict
      contains:
        # >>> make options: planned
        name:
          description: Name of the service.
          type: str
          sample: site2dc5_201705071256
        service_id:
          description: Id of the service, or null when it is not yet known.
          type: str
          sample: null
        before:
          description: Managed fields as they are.
          type: dict
          sample: {}
        after:
          description: Managed fields as they are to be.
          type: dict
          sample:
            name: site2dc5_201705071256
            connections:
              0S2DC5201705071256:
                Bandwidth: '60000'
        # <<<
        reason:
          description: V(undeclared) for a service that is pruned; not there for a declared one.
          type: str
          sample: undeclared
    unchanged:
      description: Services that are as declared. Entries as in RV(plan.create).
      type: list
      elements: dict
      contains:
        # >>> make options: planned
        name:
          description: Name of the service.
          type: str
          sample: site2dc5_201705071256
        service_id:
          description: Id of the service, or null when it is not yet known.
          type: str
          sample: null
        before:
          description: Managed fields as they are.
          type: dict
          sample: {}
        after:
          description: Managed fields as they are to be.
          type: dict
          sample:
            name: site2dc5_201705071256
            connections:
              0S2DC5201705071256:
                Bandwidth: '60000'
        # <<<
fingerprint:
  description:
    - The fingerprint of the plan, see O(plan_fingerprint). Null when a service could not be planned.
  returned: success, on failure once the services have been read
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
progress_shown:
  description:
    - Whether the lines of O(progress) were shown. V(false) when the task ran as a module on a host, where nobody could
      follow; P(cloudopera.ies.cloudvpn_plan_text#filter) and P(cloudopera.ies.cloudvpn_summary#filter) make the same text
      of the result.
  returned: success, on failure once the services have been read
  type: bool
  sample: true
diff:
  description: The managed fields of all services that change, before and after, by the names of the services.
  returned: success, on failure once the services have been read
  type: dict
  contains:
    before:
      description: Fields as they are, per service.
      type: dict
      sample:
        site2dc6_201705071300:
          connections:
            0S2DC6201705071300:
              Bandwidth: "60000"
    after:
      description: Fields as they are to be, per service.
      type: dict
      sample:
        site2dc6_201705071300:
          connections:
            0S2DC6201705071300:
              Bandwidth: "80000"
error:
  description:
    - What went wrong, for scripts. What to do about it stands in RV(ignore:msg).
    - Its kind is V(failed) when some of the services failed, whatever the reason; that of each one is in
      RV(services[].error_kind). Another kind is about the request or the options as a whole, and nothing has been written.
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
from ..module_utils._tasks import ies_services


def main() -> None:
    """Run the task body as a module."""
    run_module(ies_services)


if __name__ == "__main__":
    main()
