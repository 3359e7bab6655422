#!/usr/bin/python
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Only documentation: the action plugin of this name does the work, on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: outcome
short_description: Hand to later jobs what a play has done
version_added: 1.0.0
author:
  - cloudopera.ies maintainers (@cloudopera)
description:
  - Hands over a few variables for all hosts of the play together, as M(ansible.builtin.set_stats) does. AWX gives them to the
    next job of a workflow, and ansible-runner tells them at the end of a run.
  - The playbooks of the collection end with it. It is for plays of your own that use the module
    M(cloudopera.ies.ies_services), M(cloudopera.ies.ies_elastic) or a role of the collection.
  - Put it under C(always), so that it runs after a failure too. It runs once, not once per host, for which the strategy has to
    be C(linear), as it is when nothing is set.
  - Runs on the controller, and sends nothing.
options:
  result:
    description:
      - Name of the variable that a task of the collection has registered, such as C(cloudvpn_result) of the role.
      - A host for which there is no such variable counts as failed.
    type: str
    required: true
  status_file:
    description:
      - Name of the variable with the path of a status file, such as C(cloudvpn_status_file), after M(cloudopera.ies.drift).
        Hosts that name the same file share it, and the worst of them decides.
      - When the file cannot be written, the task fails, unless another failure tells already that something is wrong.
    type: str
attributes:
  check_mode:
    description: Can run in check mode and foresee the result without changing anything.
    support: full
    details: What is handed over is then what would be done.
  diff_mode:
    description: Returns what has changed, or in check mode what would change.
    support: none
  platform:
    description: Hosts that the task can run on.
    support: full
    platforms: posix
seealso:
  - module: ansible.builtin.set_stats
  - module: cloudopera.ies.ies_services
"""

EXAMPLES = r"""
- name: Converge the services of all tenants, and tell later jobs how it went
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Converge the services
      block:
        - name: Apply the role
          ansible.builtin.import_role:
            name: cloudopera.ies.cloudvpn
          vars:
            cloudvpn_services:
              - {name: site2dc4_201705071158, bandwidth: 80000}
      always:
        - name: Hand the outcome to later jobs
          cloudopera.ies.outcome:
            result: cloudvpn_result
"""

RETURN = r"""
outcome:
  description: What was handed over.
  returned: success
  type: dict
  contains:
    cloudvpn_changed:
      description: Whether anything was changed, or in check mode would be.
      type: bool
      sample: true
    cloudvpn_status:
      description:
        - V(error) when a host failed or has no result, else V(ok).
        - The playbook that looks for drift says V(clean) or V(drift) in the place of V(ok).
      type: str
      choices: [ok, clean, drift, error]
      sample: ok
    cloudvpn_counts:
      description:
        - Services by what the plan says of them, V(create), V(update), V(recreate), V(delete) and V(unchanged); how many
          V(failed); and how many V(tenants) and V(failed_tenants) there are, which are hosts of the play.
        - Of elastic bandwidth, connections are counted, a change of one as V(update); V(raise), V(lower), V(hold) and
          V(applied) are there too.
      type: dict
      sample: {create: 1, update: 0, recreate: 0, delete: 0, unchanged: 3, failed: 0, tenants: 1, failed_tenants: 0}
    cloudvpn_plan_fingerprint:
      description:
        - The fingerprint of the plan, or a dictionary of them by host when the play has several hosts.
        - Left out where no plan with a fingerprint was made, and for a host that failed.
      type: raw
      sample: 5d41402abc4b2a76b9719d911017c592
"""
