#!/usr/bin/python
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Only documentation: the action plugin of this name does the work, on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: validate
short_description: Check declarations without a server and without a token
version_added: 1.0.0
author:
  - cloudopera.ies maintainers (@cloudopera)
description:
  - Finds all that a run would refuse before it sends anything, and names everything at once, by variable, index, name and path.
  - Checks options and their types, lengths, addresses, ranges, connections and services that are declared twice, policies of
    elastic bandwidth, and declarations that contradict themselves.
  - Address ranges that overlap are a warning, see O(fail_on_overlap).
  - Sends nothing and needs no token. Runs on the controller, whatever the host.
options:
  services:
    description: Declared services, as M(cloudopera.ies.ies_services) takes them.
    type: list
    elements: dict
  elastic:
    description: Connections to watch, as O(cloudopera.ies.ies_elastic#module:connections).
    type: list
    elements: dict
  elastic_policy:
    description: The policy that they share, as O(cloudopera.ies.ies_elastic#module:policy).
    type: dict
  elastic_policies:
    description: Policies by name, as O(cloudopera.ies.elastic_replay#module:policies).
    type: dict
  catalogue_file:
    description:
      - A saved result of M(cloudopera.ies.ies_catalog_info), JSON or YAML, the whole of it or its list C(service_definitions).
      - Unknown and ambiguous service definitions and templates are then errors. What would only keep a service from being
        ordered is a warning.
    type: path
  fail_on_overlap:
    description: Whether address ranges that overlap are an error.
    type: bool
    default: false
  owner:
    description: The owner that a run is to have. It counts for services that name none, as in a run.
    type: str
  prune_max:
    description: How many services O(prune) may delete, checked for its form.
    type: str
  plan_expiry:
    description: How long a plan is to count, checked for its form.
    type: str
  elastic_mode:
    description: Checked as O(cloudopera.ies.ies_elastic#module:mode).
    type: str
  elastic_total_maximum:
    description: Checked as O(cloudopera.ies.ies_elastic#module:total_maximum).
    type: int
  wait:
    description: Checked as O(cloudopera.ies.ies_services#module:wait).
    type: bool
  wait_timeout:
    description: Checked as O(cloudopera.ies.ies_services#module:wait_timeout).
    type: int
  wait_sleep:
    description: Checked as O(cloudopera.ies.ies_services#module:wait_sleep).
    type: float
  max_parallel:
    description: Checked as O(cloudopera.ies.ies_services#module:max_parallel).
    type: int
  progress:
    description: Checked as O(cloudopera.ies.ies_services#module:progress).
    type: bool
  missing_ok:
    description: Checked as O(cloudopera.ies.ies_services#module:missing_ok).
    type: bool
  deactivate:
    description: Checked as O(cloudopera.ies.ies_services#module:deactivate).
    type: bool
  take_over:
    description: Checked as O(cloudopera.ies.ies_services#module:take_over).
    type: bool
  prune:
    description: Checked as O(cloudopera.ies.ies_services#module:prune).
    type: bool
  allow_empty:
    description: Checked as O(cloudopera.ies.ies_services#module:allow_empty).
    type: bool
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
extends_documentation_fragment:
  - cloudopera.ies.attributes
seealso:
  - module: cloudopera.ies.export
  - module: cloudopera.ies.ies_services
"""

EXAMPLES = r"""
- name: Check what is declared
  cloudopera.ies.validate:
    services:
      - name: site2dc4_201705071158
        bandwidth: 80000
"""

RETURN = r"""
valid:
  description: Whether there is no error.
  returned: always, unless there is nothing to check
  type: bool
services:
  description: How many services were checked.
  returned: always, unless there is nothing to check
  type: int
errors:
  description: Every error. C(index), C(name) and C(path) say where it is, and C(message) says all of it in a sentence.
  returned: always, unless there is nothing to check
  type: list
  elements: dict
  sample:
    - variable: cloudvpn_services
      index: 3
      name: muc-dc2
      path: site2dc[0].bandwith
      message: "cloudvpn_services[3] (muc-dc2) site2dc[0].bandwith: unknown option; did you mean bandwidth?"
"""
