# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook `cloudopera.ies.awx_setup`, with the modules of awx.awx and against a small AWX."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.tools.awx_collection import collections_path
from tests.unit.playbooks import awx_api
from tests.unit.playbooks.awx_api import Awx
from tests.unit.playbooks.support import REPOSITORY, Ansible, Run

TENANT = "nbitest_15"
FOLDER = "extensions/awx/project"
PLAYBOOKS = frozenset(str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / FOLDER).glob("*.yml"))


@pytest.fixture
def awx() -> Iterator[Awx]:
    """Return an empty AWX, whose projects are a clone of this repository."""
    with awx_api.serve(Awx(PLAYBOOKS)) as served:
        yield served


@pytest.fixture
def with_awx(ansible: Ansible, awx: Awx) -> Ansible:
    """Return a runner of Ansible that has awx.awx and knows the AWX."""
    paths = (ansible.environment["ANSIBLE_COLLECTIONS_PATH"], str(collections_path()))
    ansible.environment["ANSIBLE_COLLECTIONS_PATH"] = os.pathsep.join(paths)
    ansible.environment |= {"CONTROLLER_HOST": awx.url, "CONTROLLER_OAUTH_TOKEN": awx_api.TOKEN}
    ansible.secrets["the token of AWX"] = awx_api.TOKEN
    return ansible


def setup(ansible: Ansible, *arguments: str, variables: Mapping[str, Any] | None = None, tenant: str | None = TENANT) -> Run:
    return ansible.playbook("cloudopera.ies.awx_setup", *arguments, tenant=tenant, variables=variables)


def test_a_second_run_changes_nothing(with_awx: Ansible, awx: Awx) -> None:
    first = setup(with_awx).went_well()
    assert first.count("changed") > 10
    assert awx.names("job_templates") == [
        *("Cloud VPN provision", "Cloud VPN order", "Cloud VPN scale", "Cloud VPN decommission", "Cloud VPN plan"),
        *("Cloud VPN plan is empty", "Cloud VPN apply", "Cloud VPN drift", "Cloud VPN elastic", "Cloud VPN export"),
    ]
    awx.writes.clear()
    second = setup(with_awx).went_well()
    assert awx.writes == []
    assert second.count("changed") == 0
    third = setup(with_awx, "--check").went_well()
    assert third.count("changed") == 0
    assert awx.writes == []
