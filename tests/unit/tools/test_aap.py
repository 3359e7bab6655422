# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data for infra.aap_configuration says what the kit makes."""

from __future__ import annotations

import yaml

from tests.tools import aap


def test_the_file_is_current() -> None:
    assert aap.main(["--check"]) == 0, "run `make awx-data`"


def test_the_file_holds_what_the_kit_makes() -> None:
    found = yaml.safe_load(aap.FILE.read_text(encoding="utf-8"))
    assert set(found) == set(aap.VARIABLES.values())
    assert len(found["controller_templates"]) == 10
    (workflow,) = found["controller_workflows"]
    nodes = {node["identifier"]: node for node in workflow["simplified_workflow_nodes"]}
    assert nodes["plan_is_empty"]["failure_nodes"] == ["approval"]
    assert nodes["apply"]["unified_job_template"] == "Cloud VPN apply"
    # Ansible would fill in what stands in braces; the roles of that collection put these together again.
    for item in found["controller_credential_types"]:
        assert "{{" not in str(item["injectors"])
        assert "{  {" in str(item["injectors"])
