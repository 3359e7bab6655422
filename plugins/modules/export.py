#!/usr/bin/python
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Only documentation: the action plugin of this name does the work, on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: export
short_description: Write the services of a tenant as the declarations that they are
version_added: 1.0.0
author:
  - cloudopera.ies maintainers (@cloudopera)
description:
  - Writes a file of variables with the list C(cloudvpn_services), as the role P(cloudopera.ies.cloudvpn#role) and
    M(cloudopera.ies.ies_services) take it. Planned at once, it shows no change. Nothing is written on the server.
  - The same services make the same file, byte for byte, sorted by name, then id. A file that is right already stays untouched.
  - Connections are typed (C(site2dc), C(site2site)) where they have such a form, and stand in C(parameters) otherwise.
    Services of one name are told apart by C(service_id). Definitions and templates are named by their ids.
  - A service that is C(CreateFailed) or being deleted is left out with a warning, and so is what cannot be declared, such as a
    connection whose Bandwidth is no number.
  - Strings are in quotes, and tagged C(!unsafe) where a template could be read into them. Ansible takes them as they stand.
  - Runs on the controller, whatever the host.
options:
  export_file:
    description:
      - The file to write, on the controller. It is written as a whole or not at all. A symbolic link is refused.
      - A new file gets the permissions that the umask leaves of 0666; an existing one keeps its own.
    type: path
    required: true
  name:
    description:
      - Only services of these names. One that is not there is an error.
    type: list
    elements: str
  service_id:
    description:
      - Only services of these ids, beside those of O(name). One that is not there is an error.
    type: list
    elements: str
  owner:
    description:
      - Only services whose mark names this owner.
    type: str
  max_parallel:
    description:
      - How many services are read at the same time.
    type: int
    default: 16
  ies:
    description:
      - The connection to the IES in one dictionary, in the place of options of its own.
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
attributes:
  check_mode:
    support: full
    details: The services are read and the file is compared; it is not written.
  diff_mode:
    support: full
    details: Shows what changes in the file.
  idempotent:
    support: full
extends_documentation_fragment:
  - cloudopera.ies.attributes
  - cloudopera.ies.connection
seealso:
  - module: cloudopera.ies.validate
  - module: cloudopera.ies.ies_services
  - module: cloudopera.ies.ies_service_info
"""

EXAMPLES = r"""
- name: Keep what there is in Git
  cloudopera.ies.export:
    export_file: services.yml

- name: Take a service over into a file of its own
  cloudopera.ies.export:
    export_file: north.yml
    name: site2dc4_201705071158
"""

RETURN = r"""
services:
  description: How many services the file declares.
  returned: success
  type: int
export_file:
  description: Absolute path of the file.
  returned: success
  type: str
left_out:
  description: What of the services no declaration says, in words.
  returned: success
  type: list
  elements: str
"""
