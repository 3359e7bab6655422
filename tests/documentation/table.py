# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reader has to replace, arrange or leave out before a block of the documentation runs: the one table of it.

Blocks are named as pytest names them, by page, heading and number; a name here may hold `*`. A row that no block needs any
more fails a test, and so does a block that neither runs nor stands in `NOT_RUN` with a reason.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Value:
    """A piece of text that is replaced wherever it stands.

    Attributes:
        pattern: a regular expression, whose `^` and `$` are the ends of a line.
        by: what stands there instead; a name in braces is one of `Machine.places`.
        reason: why.
    """

    pattern: str
    by: str
    reason: str

    def apply(self, text: str, places: Mapping[str, str]) -> str:
        """Return a string with everything replaced that this row is about."""
        by = re.sub(r"\{(\w+)\}", lambda name: places[name[1]].replace("\\", r"\\"), self.by)
        return re.sub(self.pattern, by, text, flags=re.MULTILINE)


# Variables that plays of the pages have from elsewhere, such as an inventory.
VARIABLES: Mapping[str, Any] = {
    "ies_auth_token": "{auth_token}",
    "ies_bearer_token": "{bearer_token}",
    "gateway_bearer_token": "{bearer_token}",
    "tenant_auth_token": "{auth_token}",
    "tenant_services": [{"name": "site2dc4_201705071158", "bandwidth": 80000}],
    "tenants": {
        "north": {
            "ies": {"api_url": "{url}", "auth_token": "{auth_token}", "bearer_token": "{bearer_token}"},
            "services": [{"name": "site2dc4_201705071158", "bandwidth": 80000}],
        }
    },
}

# In the order in which they are applied.
VALUES = (
    # Values that a reader replaces by his own.
    Value(r"https://ies\.example\.com:17100", "{url}", "the simulator"),
    Value(r"\bMII\.\.\.", "{auth_token}", "a token of the simulator"),
    Value(r"01234567-89ab-cdef-0123-456789abcdef", "{bearer_token}", "a token of the simulator"),
    Value(r"/etc/(pki/ies/ca|ssl/certs/ies-ca)\.pem", "{ca_path}", "a CA file that is there"),
    Value(r"/run/secrets/", "{folder}/secrets/", "nothing outside the folder of the test is touched"),
    Value(r"/var/log/ies/", "{folder}/", "nothing outside the folder of the test is touched"),
    Value(r"/var/lib/node_exporter/textfile/", "{folder}/", "nothing outside the folder of the test is touched"),
    Value(r"/etc/ies/", "{folder}/", "nothing outside the folder of the test is touched"),
    Value(r"/tmp/(ready\.json|ies\.env)", r"{folder}/\1", "nothing outside the folder of the test is touched"),
    Value(r"~/\.ansible/collections/ansible_collections/cloudopera/ies/", "{repository}/", "what is installed is what is here"),
    Value(r"--ask-vault-pass", "--vault-password-file ~/.ies/vault_password", "nobody is there to be asked"),
    # Programs that would take long, need the network, or are not on every machine.
    Value(r"^make ", "make -n -C {repository} ", "a target is asked for, not made: each is a gate or a run of its own"),
    Value(
        r"git\+https://github\.com/cloudopera/ies\.git"
        r"|https://github\.com/cloudopera/ies\.git\n +type: git\n +version: main$"
        r"|(?<=^ansible-galaxy collection install )\.$",
        "{staged}",
        "without the network: what would be installed is the content of this repository",
    ),
    Value(
        r"^ansible-galaxy collection install ",
        "ANSIBLE_COLLECTIONS_PATH={folder}/collections ansible-galaxy collection install ",
        "nothing outside the folder of the test is touched, least of all this repository",
    ),
    Value(r"\bcurl ", "{python} {documentation}/curl.py ", "a bare machine has no curl"),
    Value(
        r"^\.venv/bin/python -m tests\.simulator (.*)$",
        "cd {repository}\n{python} -m tests.simulator \\1 &\n"
        "until [ -s {folder}/ready.json ]; do sleep 0.1; done\nkill $!\nwait $!",
        "it serves until it is told to stop",
    ),
    Value(
        r"^python -m tests\.simulator$",
        "cd {repository} && {python} -m tests.simulator --help",
        "it serves until it is told to stop",
    ),
    Value(
        r"^\.venv/bin/pytest ",
        "cd {repository} && {python} -m pytest --collect-only -qq -o cache_dir={folder}/cache ",
        "the tests are chosen, not run: they run in gates of their own",
    ),
    Value(r"^\.venv/bin/molecule \w+ -s (\S+)", r"ls {repository}/extensions/molecule/\1", "the gate molecule runs it"),
    Value(r"^tests/tools/gate\.sh \w+ (\S+)", r"cd {repository} && ls tests/tools/gate.sh \1 #", "each is a gate of its own"),
    Value(r"^(\d+ +){2}\* \* \* +", "", "a line for cron: its command is run now"),
    Value(r"^\.\.\.  # start two threads$", "{two_threads}", "what the page leaves out"),
    Value(r"^    \.\.\.  # requests to (.*)$", '    send("POST")', "what the page leaves out"),
)


@dataclass(frozen=True)
class Setting:
    """What a page tells in words before a block.

    Attributes:
        absent: services of the samples that are not there.
        present: ids of services that are there beside the samples, by their names; an empty id is made up.
        variables: beside `VARIABLES`.
        environment: variables of the shell, beside those of the connection.
        files: by their path.
        before: blocks of the documentation that are run before.
        tasks: tasks to insert, by the name of the task that they come before.
        faults: what the simulator does, as for `Faults.add`.
        warnings: that come, by a part of their text.
        rescued: tasks that have to fail and be rescued.
        status: with which the block ends.
        run_as: the language, where the fence says another one.
        offline: whether it asks nothing of an IES, although it looks as if it did.
    """

    absent: tuple[str, ...] = ()
    present: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    tasks: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    rescued: int = 0
    status: int = 0
    run_as: str = ""
    offline: bool = False


@dataclass(frozen=True)
class Shown:
    """A block that shows what another one prints: that one is run, `runs` times, and the last time has to print each line."""

    by: str
    arguments: tuple[str, ...] = ()
    runs: int = 1
    setting: Setting = field(default_factory=Setting)


_CONNECTION_FILE = "export IES_API_URL={url} IES_AUTH_TOKEN={auth_token} IES_BEARER_TOKEN={bearer_token}\n"
_TRAFFIC = "time,value\n" + "".join(f"2026-03-02T{at // 60:02}:{at % 60:02}:00Z,{30000 + 20 * at}\n" for at in range(1440))
_READY = '{"url": "{url}", "tenants": {"nbitest_14": {"auth_token": "{auth_token}", "bearer_token": "{bearer_token}"}}}\n'
_CREATED = Setting(absent=("site2dc4_201705071158",))
_WITHOUT_UNIT = Setting(warnings=("traffic_unit is not set",))
_REMOVE = """\
- name: Have the service not there
  cloudopera.ies.ies_service:
    name: {name}
    state: absent
"""
_TENANTS = """\
tenants:
  hosts: {north: , south: }
  vars:
    cloudvpn_ies: {api_url: "{url}", auth_token: "{auth_token}", bearer_token: "{bearer_token}"}
    cloudvpn_services: [{name: site2dc4_201705071158, bandwidth: 60000}]
"""

_PLANNED = Setting(files={"services.yml": "cloudvpn_services: [{name: site2dc4_201705071158, bandwidth: 80000}]\n"})
_WATCHED = (
    "cloudvpn_services:\n"
    "  - name: site2dc4_201705071158\n"
    "    site2dc: [{cloud_vpn_name: 0S2DC4201705071158, bandwidth_min: 20000, bandwidth_max: 100000}]\n"
    "cloudvpn_elastic_policy: {traffic_unit: 1, step: 10000}\n"
)
_RECORDED = {
    "traffic.csv": "time,value\n" + "".join(f"2026-03-01T{hour:02d}:00:00Z,{hour * 2000}\n" for hour in range(24)),
    "policies.yml": "cloudvpn_elastic_policies: {calm: {profile: calm, minimum: 20000, maximum: 100000, step: 10000}}\n",
}
_DECLARED = {"services.yml": "cloudvpn_services: [{name: site2dc4_201705071158, bandwidth: 80000}]\n"}

SETTINGS: Mapping[str, Setting] = {
    "docs/connection.md/from-ansible-vault/4": Setting(before=("docs/connection.md/from-ansible-vault/2",)),
    "docs/connection.md/from-ansible-vault/5": Setting(files={"group_vars/all.yml": ""}),
    "docs/create-and-activate.md/with-the-playbook-of-the-collection/*": _CREATED,
    "docs/create-and-activate.md/in-a-play-of-your-own/2": _CREATED,
    "docs/drift.md/an-exit-status-for-pipelines/2": Setting(before=("docs/drift.md/an-exit-status-for-pipelines/1",)),
    "docs/elastic.md/a-policy-by-example/2": _WITHOUT_UNIT,
    "docs/elastic.md/begin-*": _WITHOUT_UNIT,
    "docs/elastic.md/by-the-clock-*/2": _WITHOUT_UNIT,
    "docs/elastic.md/*": Setting(files={"traffic.csv": _TRAFFIC}),
    "docs/export-and-validate.md/validate/1": Setting(files=_DECLARED, offline=True),
    "docs/export-and-validate.md/validate/*": Setting(files=_DECLARED),
    "docs/fleet.md/the-plan-in-a-merge-request/1": Setting(
        files={"services.yml": "cloudvpn_services: [{name: site2dc4_201705071158, bandwidth: 80000}]\n"}
    ),
    "docs/fleet.md/the-plan-in-a-merge-request/3": Setting(
        variables={"cloudvpn_services": [{"name": "site2dc4_201705071158", "bandwidth": 80000}]}
    ),
    "docs/fleet.md/tenants-side-by-side/[123]": Setting(
        present={"branch-01": ""},
        environment={"IES_AUTH_TOKEN_SOUTH": "{auth_token}"},
        files={
            "inventory/host_vars/north/vault.yml": 'vault_north_auth_token: "{auth_token}"\n',
            "inventory/host_vars/south/services.yml": "cloudvpn_services: []\n",
        },
    ),
    "docs/fleet.md/a-larger-estate-slices-in-awx/1": Setting(
        variables={"cloudvpn_services": [{"name": "site2dc4_201705071158", "bandwidth": 80000}]}
    ),
    "docs/fleet.md/a-larger-estate-slices-in-awx/2": Setting(
        files={
            "runner/inventory/tenants.yml": _TENANTS,
            "runner/project/README": "",
            "runner/env/extravars": "cloudvpn_hosts: tenants\n",
        }
    ),
    "docs/ownership.md/prune/1": Setting(
        files={"services.yml": "cloudvpn_services: [{name: site2dc4_201705071158, bandwidth: 80000}]\n"}
    ),
    "docs/plan-and-apply.md/from-plan-to-apply/1": _PLANNED,
    "docs/plan-and-apply.md/the-plan-file/*": Setting(
        files=_PLANNED.files, before=("docs/plan-and-apply.md/from-plan-to-apply/1",)
    ),
    "docs/scale-elastically.md/by-the-clock/1": Setting(files={"env": _CONNECTION_FILE}, run_as="sh"),
    "docs/simulator.md/start-it/1": Setting(),
    "docs/simulator.md/*": Setting(files={"ready.json": _READY, "ies.env": _CONNECTION_FILE}),
    "examples/fleet/README.md/*": Setting(
        environment={"IES_AUTH_TOKEN_NORTH": "{auth_token}", "IES_AUTH_TOKEN_SOUTH": "{auth_token}"}
    ),
    "examples/scale-elastically/README.md/scale-elastically/3": Setting(offline=True),
    "roles/cloudvpn/README.md/when-a-service-fails/1": Setting(
        variables={"cloudvpn_services": [{"name": "site2dc4_201705071158", "bandwidth": 80000}]},
        faults=({"action": "fail_async", "operation": "modify", "reason": "no route to the site"},),
        rescued=1,
    ),
    "roles/cloudvpn_elastic/README.md/cloudoperaiescloudvpn_elastic/2": Setting(files={"services.yml": _WATCHED}),
    "roles/cloudvpn_elastic/README.md/replay/1": Setting(files=_RECORDED, offline=True),
    "docs/observability.md/metrics/1": Setting(files={"services.yml": _WATCHED}),
    "playbooks/drift.yml/header/1": Setting(
        files={"services.yml": "cloudvpn_services: [{name: site2dc4_201705071158, bandwidth: 60000}]\n"}
    ),
    "playbooks/elastic.yml/header/1": Setting(files={"services.yml": _WATCHED}),
    "playbooks/elastic_replay.yml/header/1": Setting(files=_RECORDED, offline=True),
    "plugins/modules/awx_kit.py/examples/1": Setting(offline=True),
    "plugins/modules/elastic_replay.py/examples/1": Setting(files=_RECORDED, offline=True),
    "plugins/modules/ies_elastic.py/examples/1": Setting(warnings=("traffic_unit is not set",)),
    "playbooks/plan.yml/header/1": _PLANNED,
    "playbooks/apply.yml/header/1": Setting(files=_PLANNED.files, before=("playbooks/plan.yml/header/1",)),
    "playbooks/provision.yml/header/1": Setting(
        files={"services.yml": "cloudvpn_services: [{name: site2dc4_201705071158, bandwidth: 80000}]\n"}
    ),
    "playbooks/validate.yml/header/*": Setting(files=_DECLARED, offline=True),
    "plugins/modules/validate.py/examples/1": Setting(offline=True),
    "plugins/modules/ies_service.py/examples/1": Setting(
        absent=("site2dc4_201705071158",),
        present={"site2dc4_before": "L8YNdmm4Rg-SJcMnlicUQA"},
        # A change without parameters begins no work, and its operation never ends (contract 5.4).
        warnings=("its operation still says inprogress",),
        tasks={
            "Order services without waiting for them": _REMOVE.format(name="site2dc5_201705071256"),
            "Connect two sites": _REMOVE.format(name="s2s_201705061433"),
            "Create a service from parameters in the shape of the API": _REMOVE.format(name="site2dc4_201705071158"),
        },
    ),
    "plugins/modules/ies_services.py/examples/1": Setting(
        variables={"tenant_services": [{"name": "site2dc5_201705071256", "bandwidth": 80000}]}
    ),
}

SHOWN: Mapping[str, Shown] = {
    "docs/create-and-activate.md/what-the-screen-shows/1": Shown(
        "docs/create-and-activate.md/in-a-play-of-your-own/2", ("--check", "--diff"), setting=_CREATED
    ),
    "docs/create-and-activate.md/what-the-screen-shows/2": Shown(
        "docs/create-and-activate.md/in-a-play-of-your-own/2", runs=2, setting=_CREATED
    ),
    "docs/scale-elastically.md/what-the-screen-shows/1": Shown(
        "docs/scale-elastically.md/in-a-play-of-your-own/1", ("--diff",)
    ),
}

_BY_RULEBOOK_TESTS = "ansible-rulebook needs Java and an environment of its own: tests/eda does what the page shows"
_BY_FLEET_TESTS = "the lines of a run of many services are asserted by tests/unit/playbooks/test_fleet.py"

_BY_QUICK_START = "tests/documentation/test_quick_start.py runs the whole quick start, in an empty folder"

_BY_AWX_TESTS = "tests/unit/playbooks/test_awx_setup.py runs it, with awx.awx and an AWX"

NOT_RUN: Mapping[str, str] = {
    "docs/gitops.md/*": "tests/documentation/test_gitops_page.py runs all of it, and compares every line",
    "examples/gitops/README.md/*": "tests/documentation/test_gitops.py runs the page from top to bottom, in one repository",
    "README.md/quick-start/[12]": _BY_QUICK_START,
    "docs/architecture.md/one-picture/1": "a picture",
    "docs/awx.md/set-up/1": _BY_AWX_TESTS,
    "docs/awx.md/names-and-what-is-left-out/2": _BY_AWX_TESTS,
    "docs/awx.md/execution-environment/1": "an image needs a container engine; tests/unit/extensions/awx prepares it",
    "docs/awx.md/execution-environment/2": "tests/unit/extensions/awx puts the parts in",
    "docs/eda.md/what-you-need/1": _BY_RULEBOOK_TESTS,
    "docs/eda.md/watch-and-apply/3": _BY_RULEBOOK_TESTS,
    "docs/eda.md/a-rulebook-of-your-own/1": _BY_RULEBOOK_TESTS,
    "docs/eda.md/with-an-automation-platform/1": "it needs an automation controller; tests/eda has ansible-rulebook read it",
    "docs/errors.md/many-services/1": _BY_FLEET_TESTS,
    "docs/export-and-validate.md/validate/2": "tests/unit/playbooks/test_validate.py asserts such lines",
    "docs/export-and-validate.md/in-the-editor-*/2": "pre-commit would fetch the repository",
    "docs/fleet.md/what-you-see/1": _BY_FLEET_TESTS,
    "docs/fleet.md/when-a-service-fails/1": _BY_FLEET_TESTS,
    "docs/fleet.md/the-plan-in-a-merge-request/2": "tests/unit/module_utils/_domain/test_report.py asserts the page",
    "docs/fleet.md/tenants-side-by-side/4": _BY_FLEET_TESTS,
    "docs/inventory.md/groups-and-filters/2": "the block after it runs it, with the inventory that it is for",
    "docs/observability.md/traces/*": "tests/observability runs it, where there is community.general and a collector of traces",
    "docs/plan-and-apply.md/from-plan-to-apply/2": "tests/unit/playbooks/test_plan_apply.py asserts the lines",
    "docs/plan-and-apply.md/jobs-that-share-no-files/*": "the fingerprint is another one with every address of a simulator;"
    " tests/unit/playbooks/test_plan_apply.py hands it from job to job",
    "docs/ownership.md/prune/2": "the lines of a prune are asserted by tests/unit/playbooks/test_ownership.py",
    "docs/ownership.md/the-mark/1": "a description, not a command",
    "playbooks/awx_setup.yml/header/1": _BY_AWX_TESTS,
    "extensions/eda/plugins/event_source/cloudvpn_traffic.py/examples/1": (
        "sources of a rulebook; tests/unit/extensions calls the source with each of them"
    ),
    "docs/wire-contract.md/2-authentication/1": "headers, not a command",
    "docs/wire-contract.md/8-cloudvpn-traffic-*/1": "a request without its host; tests/unit/simulator sends it",
}


WARNINGS_OF_ANSIBLE: Mapping[str, str] = {
    "ansible/_protomatter": "ansible-doc of ansible-core 2.21 misses a file of its own when it lists roles",
}
"""Warnings that may come with any block, by a part of their text; which of them do depends on the version of Ansible."""


def setting_of(block: str) -> Setting:
    """Return how a block is run: what the first row says that names it."""
    return next((setting for name, setting in SETTINGS.items() if fnmatch.fnmatchcase(block, name)), Setting())


def reason_of(block: str) -> str:
    """Return why a block is not run, or an empty string."""
    return next((reason for name, reason in NOT_RUN.items() if fnmatch.fnmatchcase(block, name)), "")
