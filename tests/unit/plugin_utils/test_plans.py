# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables and options about plans, as the command line, a survey and an earlier job give them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.plugin_utils._plan_file import PlanFile
from ansible_collections.cloudopera.ies.plugins.plugin_utils._plans import check_not_shared, read_plan_options
from ansible_collections.cloudopera.ies.plugins.plugin_utils._playbooks import NEEDS

FINGERPRINT = "ab" * 32
HOST = "tenant-a"


def read(caller: str, **given: Any) -> tuple[str, dict[str, Any]]:
    """Return the mode and the completed options."""
    options = dict(given)
    return read_plan_options(options, HOST, caller), options


@pytest.mark.parametrize("caller", ["provision", "scale", "role"])
def test_for_other_playbooks_the_variables_mean_nothing(caller: str) -> None:
    given = {"plan_file": "p", "plan_fingerprint": "damaged", "plan_expiry": "ten", "commit": "c", "mode": "apply"}
    assert read(caller, **given) == ("converge", {"mode": "converge", "tenant": HOST})


def test_a_plan_takes_no_notice_of_the_fingerprint_of_an_earlier_job() -> None:
    mode, options = read("plan", plan_fingerprint="{", plan_file="p", commit="c")
    assert (mode, options) == ("plan", {"mode": "plan", "plan_file": "p", "commit": "c", "tenant": HOST})


@pytest.mark.parametrize(
    "given",
    [FINGERPRINT, f" {FINGERPRINT.upper()}\n", {HOST: FINGERPRINT, "b": "x"}, json.dumps({HOST: FINGERPRINT})],
    ids=["string", "as pasted", "by host", "JSON by host"],
)
def test_a_fingerprint(given: Any) -> None:
    assert read("apply", plan_fingerprint=given)[1]["plan_fingerprint"] == FINGERPRINT


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("abc", "cloudvpn_plan_fingerprint is 'abc'; a fingerprint has 64 hexadecimal digits"),
        ({"b": FINGERPRINT}, "cloudvpn_plan_fingerprint has no fingerprint for 'tenant-a', only for 'b'"),
        ({}, "only for nothing"),
        ({HOST: " "}, "has no fingerprint for 'tenant-a'"),
        ("{", "cloudvpn_plan_fingerprint is a string that is not JSON"),
        (5, "cloudvpn_plan_fingerprint is no string"),
        ([FINGERPRINT], "cloudvpn_plan_fingerprint is no string"),
    ],
)
def test_no_fingerprint(given: Any, words: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read("apply", plan_fingerprint=given)
    assert words in caught.value.message


@pytest.mark.parametrize("given", [{}, {"plan_fingerprint": " "}, {"plan_fingerprint": None}])
def test_nothing_approved_is_an_error_that_says_what_to_pass(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidError) as caught:
        read("apply", **given)
    assert caught.value.message == NEEDS["apply"]
    with pytest.raises(InvalidError, match="neither plan_file nor plan_fingerprint is given"):
        read("", mode="apply", **given)


def test_an_expiry_that_is_none_is_named_as_whoever_gave_it_knows_it() -> None:
    with pytest.raises(InvalidError, match="^cloudvpn_plan_expiry is 'ten'; write a duration such as 90s"):
        read("plan", plan_expiry="ten")
    with pytest.raises(InvalidError, match="^plan_expiry is 'ten'"):
        read("", mode="plan", plan_expiry="ten")


def test_a_task_of_ones_own_says_its_mode_and_its_tenant() -> None:
    assert read("", mode="plan", tenant="t") == ("plan", {"mode": "plan", "tenant": "t"})
    assert read("", services=[]) == ("converge", {"services": [], "tenant": HOST})


class TestSharedFiles:
    def check(self, tmp_path: Path, *files: str | None) -> None:
        """Check the file of the first of several hosts."""
        hosts = [f"h{number}" for number in range(len(files))]
        hostvars = {host: {"cloudvpn_plan_file": path} for host, path in zip(hosts, files)}
        file = PlanFile("cloudvpn_plan_file", str(files[0]))
        check_not_shared(file, "h0", {"ansible_play_hosts_all": hosts, "hostvars": hostvars})

    def test_the_same_name_for_all(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidError, match="for h0 and for h2; each tenant has a plan of its own"):
            self.check(tmp_path, "plan.json", "plan.json", f"{Path.cwd()}/plan.json")

    def test_names_of_their_own(self, tmp_path: Path) -> None:
        self.check(tmp_path, "a.json", "b.json")
        self.check(tmp_path, "a.json", None)
        self.check(tmp_path, "a.json")

    def test_what_cannot_be_told(self, tmp_path: Path) -> None:
        class Broken(dict[str, Any]):
            def __getitem__(self, key: str) -> Any:
                raise KeyError(key)

        file = PlanFile("cloudvpn_plan_file", "a.json")
        check_not_shared(file, "h0", {"ansible_play_hosts_all": ["h0", "h1"], "hostvars": Broken()})
        check_not_shared(file, "h0", {})
