# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventory plugin: the Cloud VPN services of a tenant as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cloudvpn
short_description: The Cloud VPN services of a tenant as hosts
version_added: 1.0.0
author:
  - cloudopera.ies maintainers (@cloudopera)
description:
  - Reads the services of the tenant from an IES, and makes each of them a host in the group C(cloudvpn). It only reads.
  - The name of the file has to end in C(cloudvpn.yml) or C(cloudvpn.yaml).
  - A host has the name of its service. Letters, digits and C(_.-) stay; anything else becomes C(_), and so do a C(.) or a C(-)
    at the beginning, because Ansible gives such characters meanings of their own. A service without a name is called by its id.
  - Hosts that would have the same name are called C(NAME_ID), all of them. So is a service whose name is that of a group, of
    C(localhost), of such a C(NAME_ID), or of a service that another file has brought into the inventory; a warning names it.
  - Each host has the variables C(ies_service_id), C(ies_name), C(ies_status), C(ies_phase), C(ies_active_status),
    C(ies_service_definition_id), C(ies_created_at), C(ies_connections), C(ies_owner) and C(ies_protected). They are what
    M(cloudopera.ies.ies_service_info) returns under the same names without C(ies_).
  - What comes from the server is data. Nothing in it is evaluated as a template.
options:
  plugin:
    description: Has to be V(cloudopera.ies.cloudvpn), which says that the file is one for this plugin.
    type: str
    required: true
    choices: [cloudopera.ies.cloudvpn]
  name:
    description:
      - Exact names of services. A single one may be given as a string, but a name with a comma in it has to stand in a list.
      - All filters have to match. A filter that is not set, or blank, matches everything, an empty list nothing.
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
      - Whether to read the connections of each service. That takes one request per service.
      - When V(false), C(ies_connections) is empty, unless O(cloud_vpn_name) asks for connections.
    type: bool
    default: true
  max_parallel:
    description: How many requests may be under way at once. At least V(1).
    type: int
    default: 8
notes:
  - All options but those of the fragments C(constructed) and C(inventory_cache) may be templates. They know the variables given
    with C(-e), and lookups.
  - A token that has to stand in the file can be encrypted with C(ansible-vault encrypt_string). Ansible may quote lines of a
    file that is not YAML.
  - The cache holds what this plugin makes of the services, and no token. An entry serves one file, address, tenant token and
    set of filters only. With another token the services are read again.
extends_documentation_fragment:
  - constructed
  - inventory_cache
  - cloudopera.ies.connection
  - cloudopera.ies.connection.plugins
seealso:
  - module: cloudopera.ies.ies_service_info
"""

EXAMPLES = r"""
# tenant.cloudvpn.yml
# The connection comes from the environment: IES_API_URL, IES_AUTH_TOKEN, IES_BEARER_TOKEN.
plugin: cloudopera.ies.cloudvpn

---
# north.cloudvpn.yml
# One tenant of several, with its own token; what needs attention is in a group, and services are grouped by owner.
plugin: cloudopera.ies.cloudvpn
api_url: https://ies.example.com:17100
auth_token: "{{ lookup('ansible.builtin.file', '/run/secrets/ies_auth_token') }}"
bearer_token: "{{ lookup('ansible.builtin.file', '/run/secrets/ies_bearer_token') }}"
groups:
  attention: ies_phase in ['failed', 'create_failed', 'unknown']
keyed_groups:
  - key: ies_owner
    prefix: owner
compose:
  ansible_connection: "'local'"
  ies_bandwidth: ies_connections | sum(attribute='bandwidth', start=0)

---
# ready.cloudvpn.yml
# Only what is ready, kept for ten minutes.
plugin: cloudopera.ies.cloudvpn
phase: ready
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/ies-inventory
cache_timeout: 600
"""

from collections.abc import Mapping
from typing import Any

from ansible import constants
from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._domain.inventory_hosts import hosts_of
from ..module_utils._errors import IesError
from ..plugin_utils._inventory import NAME, FileOptions, check_content, foreign_names, read_services
from ..plugin_utils._inventory_cache import digest_of, from_cache, to_cache

GROUP = "cloudvpn"


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """What Ansible looks for."""

    NAME = NAME

    def __init__(self) -> None:
        super().__init__()
        self._file = FileOptions()

    def verify_file(self, path: str) -> bool:
        """Return whether the file is there, and is one for this plugin by its name."""
        return bool(super().verify_file(path)) and str(path).endswith(("cloudvpn.yml", "cloudvpn.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the services to the inventory; raises AnsibleParserError with one line, which shows no secret."""
        super().parse(inventory, loader, path, cache)
        try:
            check_content(path, loader.load_from_file(path))
            self._read_config_data(path)
            self._add_hosts(self._services(path, cache))
        except Exception as error:
            raise AnsibleParserError(self._file.in_one_line(error)) from None

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Mapping[str, Any] | None = None) -> None:
        """Take the options of a file."""
        self.templar.available_variables = self._vars
        taken = self._file.read(direct or {}, self.option_definitions, self.templar.template)
        super().set_options(task_keys, var_options, taken)

    def _services(self, path: str, cache: bool) -> list[dict[str, Any]]:
        """Return the services, from the cache if it has them."""
        if not self.get_option("cache"):
            return self._read()
        key = f"{self.get_cache_key(path)}_{digest_of(self._file.params)}"
        if cache:
            try:
                cached = from_cache(self._cache, key)
            except IesError as error:
                told = self._file.in_one_line(error)
                self.display.warning(f"the cache of the inventory cannot be used, so the services are read again: {told}")
            else:
                if cached is not None:
                    return cached
        services = self._read()
        self._cache[key] = to_cache(services)
        return services

    def _read(self) -> list[dict[str, Any]]:
        services, warnings = read_services(self._file.params)
        for warning in warnings:
            self.display.warning(warning)
        return services

    def _add_hosts(self, services: list[dict[str, Any]]) -> None:
        """Add group, hosts and variables, and then what the file constructs of them.

        A keyed group may turn out to have the name of a host. From then on Ansible takes a variable of that host for one of the
        group, so that these groups come last.
        """
        self.inventory.add_group(GROUP)
        composed = map(self._sanitize_group_name, self.get_option("groups") or {})
        foreign = foreign_names(services, self.inventory.hosts)
        hosts, warnings = hosts_of(services, {*self.inventory.groups, *composed, *constants.LOCALHOST, *foreign})
        for warning in warnings:
            self.display.warning(warning)
        for host in hosts:
            self.inventory.add_host(host.name, GROUP)
            for variable, value in host.variables.items():
                self.inventory.set_variable(host.name, variable, wrap_var(value))
        self._construct([host.name for host in hosts])

    def _construct(self, hosts: list[str]) -> None:
        strict = self.get_option("strict")
        for host in hosts:
            variables = self.inventory.get_host(host).get_vars()
            self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
        for host in hosts:
            self._add_host_to_composed_groups(self.get_option("groups"), {}, host, strict=strict)
        for host in hosts:
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), {}, host, strict=strict)
