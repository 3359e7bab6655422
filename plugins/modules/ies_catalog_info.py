#!/usr/bin/python
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ies_catalog_info
short_description: Read what a tenant can order from an IES
version_added: 1.0.0
author:
  - cloudopera.ies maintainers (@cloudopera)
description:
  - Returns the service definitions of the tenant's catalogue with their templates.
  - M(cloudopera.ies.ies_service) takes the names or the ids found here.
  - Nothing found is an empty list and not an error.
options:
  name:
    description:
      - Exact names. A single one may be given as a string, but a name with a comma in it has to stand in a list.
      - All filters have to match. A filter that is not set matches everything, an empty list nothing.
    type: list
    elements: str
  service_definition_id:
    description: Ids of service definitions. A single one may be given as a string.
    type: list
    elements: str
  details:
    description:
      - Whether to read the templates of each service definition. That takes one request per definition.
      - When V(false), RV(service_definitions[].templates) is empty.
    type: bool
    default: true
  max_parallel:
    description: How many requests may be under way at once. At least V(1).
    type: int
    default: 8
extends_documentation_fragment:
  - cloudopera.ies.attributes
  - cloudopera.ies.attributes.info_module
  - cloudopera.ies.attributes.actiongroup_ies
  - cloudopera.ies.attributes.carrier
  - cloudopera.ies.connection
seealso:
  - module: cloudopera.ies.ies_service
    description: Order a service.
"""

EXAMPLES = r"""
- name: Read the catalogue of a tenant
  module_defaults:
    group/cloudopera.ies.ies:
      api_url: https://ies.example.com:17100
      auth_token: "{{ ies_auth_token }}"
      bearer_token: "{{ ies_bearer_token }}"
  block:
    - name: Read all service definitions with their templates
      cloudopera.ies.ies_catalog_info:
      register: catalogue

    - name: Show what can be ordered
      ansible.builtin.debug:
        msg: "{{ item.0.name }} ({{ item.0.service_definition_id }}), template {{ item.1.template_id }}"
      loop: "{{ catalogue.service_definitions | selectattr('status', 'equalto', 'active') | subelements('templates') }}"
      loop_control:
        label: "{{ item.0.name }}"

# The task below takes the connection from the environment: IES_API_URL, IES_AUTH_TOKEN, IES_BEARER_TOKEN.

- name: Find the ids behind a name
  cloudopera.ies.ies_catalog_info:
    name: Site2DC
"""

RETURN = r"""
service_definitions:
  description: The service definitions that all filters match, sorted by name, then id. Empty when there is none.
  returned: success
  type: list
  elements: dict
  contains:
    service_definition_id:
      description: Id of the service definition.
      type: str
      sample: 8c34e27ed6644bbfbce93a41a05cb7ab
    name:
      description: Name of the service definition.
      type: str
      sample: Site2DC
    description:
      description: Its description, or null.
      type: str
      sample: Site to data centre CloudVPN
    service_type:
      description: Sort of service, or null.
      type: str
      sample: CloudVPN
    domain:
      description: Domain of the service, or null.
      type: str
      sample: CloudVPN
    status:
      description: Only what is V(active) can be ordered or changed.
      type: str
      sample: active
    version:
      description: Version of the service definition, or null.
      type: str
      sample: "1.0"
    templates:
      description: Its templates; empty with O(details=false).
      type: list
      elements: dict
      contains:
        template_id:
          description: Id of the template.
          type: str
          sample: e77fc5e21e1e42c9933ec9574c33a5d8
        name:
          description: Name of the template, or null.
          type: str
          sample: Site2DC_template
        url:
          description: Where the server keeps it, or null.
          type: str
          sample: /rest/catalog/v1/servicedefs/8c34e27ed6644bbfbce93a41a05cb7ab/templates/e77fc5e21e1e42c9933ec9574c33a5d8
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
from ..module_utils._tasks import ies_catalog_info


def main() -> None:
    """Run the task body as a module."""
    run_module(ies_catalog_info)


if __name__ == "__main__":
    main()
