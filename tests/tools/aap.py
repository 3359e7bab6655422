# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write extensions/awx/aap_configuration.yml: what `cloudopera.ies.awx_setup` makes, as variables of infra.aap_configuration.

Without an argument the file is rewritten; with `--check` nothing is written, and the status tells whether it is current.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.cloudopera.ies.plugins.plugin_utils._awx_action import read_data
from ansible_collections.cloudopera.ies.plugins.plugin_utils._awx_kit import kit, read_options
from tests.tools.options import _Dumper

FILE = Path(__file__).resolve().parents[2] / "extensions" / "awx" / "aap_configuration.yml"
# Kind of the kit -> variable of the roles of infra.aap_configuration.
VARIABLES = {
    "organizations": "aap_organizations",
    "credential_types": "controller_credential_types",
    "credentials": "controller_credentials",
    "execution_environments": "controller_execution_environments",
    "projects": "controller_projects",
    "inventories": "controller_inventories",
    "hosts": "controller_hosts",
    "groups": "controller_groups",
    "inventory_sources": "controller_inventory_sources",
    "job_templates": "controller_templates",
    "workflows": "controller_workflows",
    "schedules": "controller_schedules",
}
_HEADER = """---
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What the playbook cloudopera.ies.awx_setup makes, as variables for the collection infra.aap_configuration. Written by `make
# awx-data` from the other files of this folder; to rename or leave out something, edit a copy.
#
# UNTESTED: no Automation Platform was there to try it on. The names of the variables are those that the roles of that
# collection read. Its role dispatch does not make groups: run controller_host_groups too.

"""
# Where the secrets come from at the time of the run. A blank one is left out by AWX itself.
_INPUTS = {
    "api_url": "{{ lookup('ansible.builtin.env', 'IES_API_URL') }}",
    "auth_token": "{{ lookup('ansible.builtin.env', 'IES_AUTH_TOKEN') }}",
    "bearer_token": "{{ lookup('ansible.builtin.env', 'IES_BEARER_TOKEN') }}",
    "validate_certs": "true",
}


def variables() -> dict[str, Any]:
    """Return the variables, with the names and values that the kit has when nothing is said."""
    made = kit(read_data(), read_options({}), {"credential"})
    found: dict[str, Any] = {variable: made[kind] for kind, variable in VARIABLES.items()}
    for item in found["controller_credential_types"]:
        # The roles of that collection put the braces together again; otherwise Ansible would fill the templates in.
        item["injectors"] = json.loads(json.dumps(item["injectors"]).replace("{{", "{  {"))
    for item in found["controller_credentials"]:
        item.update(inputs=_INPUTS, update_secrets=False)
    links = {(link["workflow_job_template"], link["identifier"]): link for link in made["workflow_links"]}
    for workflow in found["controller_workflows"]:
        workflow["simplified_workflow_nodes"] = [
            {
                **{name: value for name, value in node.items() if name not in {"organization", "workflow_job_template"}},
                **{
                    name: nodes
                    for name, nodes in links[workflow["name"], node["identifier"]].items()
                    if name.endswith("_nodes")
                },
            }
            for node in made["workflow_nodes"]
            if node["workflow_job_template"] == workflow["name"]
        ]
    return found


def page() -> str:
    """Return what the file has to hold."""
    text = yaml.dump(variables(), Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True)
    return f"{_HEADER}{text}"


def main(arguments: list[str]) -> int:
    """Write the file, or check it."""
    if "--check" in arguments:
        return int(FILE.read_text(encoding="utf-8") != page())
    FILE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
