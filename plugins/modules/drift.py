#!/usr/bin/python
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Only documentation: the action plugin of this name does the work, on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: drift
short_description: Look whether the services of a tenant are as declared
version_added: 1.0.0
author:
  - cloudopera.ies maintainers (@cloudopera)
description:
  - Plans what M(cloudopera.ies.ies_services) would do, and reads the plan as what is not as declared. Nothing is ever written
    on the server, with and without check mode.
  - Fails when there is drift. A service that cannot be looked at or compared is an error, which is something else.
  - A Bandwidth inside its declared range is no drift. A service without the mark of its owner is, until a run has adopted it.
  - What must not be made as declared is drift too, such as a value that only a recreation changes.
options:
  services:
    description: The services, each as declared, as M(cloudopera.ies.ies_services) takes them.
    type: list
    elements: dict
    required: true
  owner:
    description: Whose services are declared. Services with that mark which are not declared are drift.
    type: str
  take_over:
    description: Whether a service of another owner is to become one of O(owner); else it is an error.
    type: bool
    default: false
  fail_on_drift:
    description: Whether the task fails when there is drift.
    type: bool
    default: true
  status_file:
    description:
      - File on the controller for V(clean), V(drift) or V(error), and what was found, as JSON. It says V(error) from the
        beginning of the task, and also when that fails early.
      - Where a play has several hosts, end it with the task M(cloudopera.ies.outcome), which writes the file for all of them.
    type: path
  max_parallel:
    description: Most requests at a time.
    type: int
    default: 16
  progress:
    description: Whether to show the plan.
    type: bool
    default: true
  report:
    description: File on the controller for the plan, as a page in Markdown.
    type: path
  ies:
    description: The connection to the IES, a dictionary with C(api_url), C(auth_token), C(bearer_token) and so on.
    type: dict
attributes:
  check_mode:
    description: Can run in check mode and foresee the result without changing anything.
    support: full
  diff_mode:
    description: Returns what has changed, or in check mode what would change.
    support: full
  platform:
    description: Hosts that the task can run on.
    support: full
    platforms: posix
seealso:
  - module: cloudopera.ies.ies_services
  - module: cloudopera.ies.outcome
"""

EXAMPLES = r"""
- name: Look for drift
  cloudopera.ies.drift:
    services:
      - {name: site2dc4_201705071158, bandwidth: 60000}
      - {name: site2dc9, state: absent}
    fail_on_drift: false
  register: found

- name: Tell what is not as declared
  ansible.builtin.debug:
    msg: "{{ item.name }} is {{ item.kind }} {{ item.fields | join(', ') }}"
  loop: "{{ found.drift }}"
"""

RETURN = r"""
status:
  description: What was found.
  returned: always
  type: str
  choices: [clean, drift, error]
  sample: drift
drift:
  description: What is not as declared, by name.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the service.
      type: str
      sample: site2dc6_201705071300
    service_id:
      description: Id of the service, or null when it is not there.
      type: str
      sample: BkLfGSbKQXybr0kkj8MQTQ
    kind:
      description:
        - V(missing) is declared and not there, V(changed) is there and not as declared.
        - V(unexpected) is declared to be absent and there, V(undeclared) has the mark of O(owner) and is not declared.
      type: str
      choices: [missing, changed, unexpected, undeclared]
      sample: changed
    fields:
      description:
        - Paths of what differs, for V(changed). A connection that is not there, or not declared to be, has the path
          C(connections.NAME).
        - C(status) of a service that failed in the server, and has to be applied or ordered again.
      type: list
      elements: str
      sample: [description, connections.0S2DC6201705071300.Bandwidth]
plan:
  description: The plan, as M(cloudopera.ies.ies_services) returns it.
  returned: success, on failure once the services have been read
  type: dict
services:
  description: One entry per declared service, as M(cloudopera.ies.ies_services) returns them.
  returned: success, on failure once the services have been read
  type: list
  elements: dict
"""
