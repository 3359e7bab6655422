#!/usr/bin/python
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Only documentation: the action plugin of this name does the work, on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: elastic_replay
short_description: Replay traffic of a file or of a live connection under bandwidth policies
version_added: 1.0.0
author:
  - cloudopera.ies maintainers (@cloudopera)
description:
  - Shows what policies would have done with recorded traffic, beside a fixed size, a naive recipe and an oracle, as a table and
    as a page. The figures are those of the filter P(cloudopera.ies.elastic_replay#filter).
  - Runs on the controller. With O(traffic_file) nothing is sent to any IES.
options:
  traffic_file:
    description:
      - A CSV file on the controller with a time (ISO 8601 or epoch seconds) and a value per line, in the order of time. The
        first line may name the columns; more columns are ignored, and an empty value is a gap.
      - What cannot be read is an error that names the line.
    type: path
  cloud_vpn_name:
    description: The live connection whose traffic is read, when there is no O(traffic_file).
    type: str
  start_time:
    description: Start of the traffic of O(cloud_vpn_name), as M(cloudopera.ies.ies_vpn_traffic_info) takes it.
    type: str
    default: -7d
  end_time:
    description: End of the traffic of O(cloud_vpn_name).
    type: str
    default: now
  policies:
    description:
      - The policies by name, each as P(cloudopera.ies.bandwidth_target#filter) takes it.
      - One of O(policies) and O(policy) is required.
    type: dict
  policy:
    description: Keys for all O(policies) that do not have them. Without O(policies) it is the only policy, named C(policy).
    type: dict
  bandwidth:
    description: The bandwidth at the begin, a positive whole number.
    type: int
    required: true
  provisioning:
    description: Seconds from the order of a change until it is in effect.
    type: float
    default: 600
  report:
    description:
      - File on the controller for figures and pictures as an HTML page. Needs C(matplotlib); a page that cannot be made is a
        warning.
    type: path
  ies:
    description: The connection to the IES, a dictionary with C(api_url), C(auth_token), C(bearer_token) and so on.
    type: dict
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
  - plugin: cloudopera.ies.elastic_replay
    plugin_type: filter
  - module: cloudopera.ies.ies_elastic
"""

EXAMPLES = r"""
- name: Compare two policies on the traffic of a month
  cloudopera.ies.elastic_replay:
    traffic_file: traffic.csv
    bandwidth: 60000
    policies:
      balanced: {minimum: 20000, maximum: 100000, step: 10000}
      calm: {profile: calm, minimum: 20000, maximum: 100000, step: 10000}
"""

RETURN = r"""
replay:
  description: What the filter P(cloudopera.ies.elastic_replay#filter) returns, by the names of the policies and references.
  returned: success
  type: dict
"""
