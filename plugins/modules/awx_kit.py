#!/usr/bin/python
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Only documentation: the action plugin of this name does the work, on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: awx_kit
short_description: Fill in names, tenants and wishes in the data of the AWX kit
version_added: 1.0.0
author:
  - cloudopera.ies maintainers (@cloudopera)
description:
  - Makes, of the data in C(extensions/awx) and these options, the objects that an AWX needs for the playbooks of this
    collection. The playbook C(cloudopera.ies.awx_setup) gives them to the modules of C(awx.awx); its variables are these
    options with C(cloudvpn_awx_) before them.
  - Runs on the controller, whatever the host. Nothing is sent to anybody, and no secret goes in or out.
  - A blank option counts as not given. An object is named by its key in the data, such as V(provision) or
    V(execution_environment).
options:
  prefix:
    description: What the names of all objects begin with.
    type: str
    default: Cloud VPN
  names:
    description:
      - Names of objects by their keys, in the place of those of the data. An object of that name that is there already is
        taken.
    type: dict
    default: {}
  leave_out:
    description:
      - Keys of objects that are not made. What refers to such an object by its name finds the one that is there already.
      - Job templates get no execution environment when it is left out, unless O(names) has its name.
      - A workflow and a schedule are left out with the job templates that they need.
    type: list
    elements: str
    default: []
  galaxy_credentials:
    description: Names of the credentials by which the organization gets collections.
    type: list
    elements: str
  ee_image:
    description: The image of the execution environment.
    type: str
    default: cloudopera-ies-ee:latest
  ee_pull:
    description: When the image is pulled.
    type: str
    choices: [always, missing, never]
    default: missing
  ee_credential:
    description: Name of the credential of the registry of the image.
    type: str
  project_url:
    description: The Git repository of the project.
    type: str
    default: https://github.com/cloudopera/ies.git
  project_branch:
    description: Branch, tag or commit. Blank means the default branch.
    type: str
    default: ""
  project_credential:
    description: Name of the credential for the Git repository.
    type: str
  project_folder:
    description: The folder of the project that holds the files of C(extensions/awx/project); V(.) is its root.
    type: str
    default: extensions/awx/project
  project_update_on_launch:
    description: Whether the project is updated before each job.
    type: bool
    default: false
  tenants:
    description:
      - The tenants, each a host of the inventory. Names, or dictionaries of C(name), C(variables) and C(description).
      - A token among the variables is refused.
    type: list
    elements: raw
    default: [tenant]
  tenants_path:
    description: An inventory in the project with the tenants, in the place of O(tenants).
    type: str
  tenants_variables:
    description: Variables of the inventory of the tenants.
    type: dict
    default: {}
  timezone:
    description: Time zone (IANA) of the schedules.
    type: str
    default: UTC
  slices:
    description: Into how many slices the job V(provision) is cut.
    type: int
    default: 2
  elastic_mode:
    description: What the scheduled job V(elastic) does.
    type: str
    choices: [recommend, apply]
    default: recommend
  schedules_enabled:
    description: Whether the schedules start jobs.
    type: bool
    default: true
  notifications:
    description: Names of notification templates for C(started), C(success), C(error) and C(approvals).
    type: dict
    default: {}
  known_credentials:
    description: Keys of the credentials whose secrets are at hand. The others are neither made nor touched.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
extends_documentation_fragment:
  - cloudopera.ies.attributes
"""

EXAMPLES = r"""
- name: See what an AWX would get
  cloudopera.ies.awx_kit:
    prefix: VPN
    tenants: [north, south]
    leave_out: [plan_and_apply, drift_nightly]
  register: awx
"""

RETURN = r"""
kit:
  description:
    - A list for each kind of object, such as C(job_templates) and C(schedules), in the order in which they have to be made.
      Each item has the options of the module of C(awx.awx) for that kind.
  returned: success
  type: dict
"""
