# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source as ansible-rulebook loads it: a file that is run, whose `main` is called with what YAML and Jinja make."""

from __future__ import annotations

import asyncio
import importlib
import json
import runpy
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from ansible_collections.cloudopera.ies.plugins.doc_fragments.connection import ModuleDocFragment
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.plugin_utils._event_source_arguments import OPTIONS
from tests.simulator.server import SimulatorServer
from tests.unit.conftest import TENANT
from tests.unit.plugin_utils.event_source_support import VPN, Enough, Events, args_of

ROOT = Path(__file__).resolve().parents[6]
SOURCE = ROOT / ".tree/ansible_collections/cloudopera/ies/extensions/eda/plugins/event_source/cloudvpn_traffic.py"
RULEBOOK = ROOT / "extensions/eda/rulebooks/elastic.yml"


@pytest.fixture(scope="module")
def loaded() -> dict[str, Any]:
    """Return the names of the source, loaded as ansible-rulebook does."""
    return runpy.run_path(str(SOURCE))


def run(loaded: dict[str, Any], monkeypatch: pytest.MonkeyPatch, args: dict[str, Any]) -> Events:
    """Call `main` for one look, whose pause is the end."""

    async def sleep(_seconds: float) -> None:
        raise Enough

    events = Events()
    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(Enough):
        asyncio.run(loaded["main"](events, args))
    return events


def test_it_is_loaded_and_looks(loaded: dict[str, Any], simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asyncio.iscoroutinefunction(loaded["main"])
    (event,) = run(loaded, monkeypatch, args_of(simulator, policy={"minimum": 70000, "maximum": 90000}))
    assert event["cloudvpn"]["cloud_vpn_name"] == VPN
    assert event["cloudvpn"]["target"] == 70000
    assert json.loads(json.dumps(event)) == event


def test_wrong_arguments_end_it_at_once(loaded: dict[str, Any], simulator: SimulatorServer) -> None:
    with pytest.raises(InvalidError, match="did you mean interval"):
        asyncio.run(loaded["main"](Events(), args_of(simulator, intervals=5)))
    assert simulator.journal.entries == []


def test_everything_but_what_to_watch_can_be_in_the_environment(
    loaded: dict[str, Any], simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth_token, bearer_token = simulator.tokens(TENANT)
    for name, value in (("API_URL", simulator.url), ("AUTH_TOKEN", auth_token), ("BEARER_TOKEN", bearer_token)):
        monkeypatch.setenv(f"IES_{name}", value)
    given = args_of(simulator, policy={"minimum": 70000, "maximum": 90000})
    watched = {name: given[name] for name in ("connections", "policy")}
    assert len(run(loaded, monkeypatch, watched)) == 1


def test_the_examples_run(loaded: dict[str, Any], simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = yaml.safe_load(loaded["EXAMPLES"])
    assert len(examples) == 2
    for example in examples:
        ((name, args),) = example.items()
        assert name == "cloudopera.ies.cloudvpn_traffic"
        assert set(args) <= set(OPTIONS)
        connection = {name: value for name, value in args_of(simulator).items() if name not in {"connections", "policy"}}
        run(loaded, monkeypatch, {**{key: value for key, value in args.items() if key != "ca_path"}, **connection})
    assert {entry.status for entry in simulator.journal.entries} == {200}


def test_the_documentation_says_what_the_code_does(loaded: dict[str, Any]) -> None:
    documented = yaml.safe_load(loaded["DOCUMENTATION"])["options"]
    shared = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    assert set(documented) == set(OPTIONS)
    for name, option in documented.items():
        known = OPTIONS[name]
        required = bool(known.get("required")) or name == "connections"
        assert (option["type"], option.get("default"), option.get("required", False)) == (
            known["type"],
            known.get("default"),
            required,
        ), name
        assert option.get("choices") == known.get("choices")
        assert set(option.get("suboptions", {})) == set(known.get("options", {}))
        if name in shared:
            told = " ".join(option["description"])
            assert f"E(IES_{name.upper()})" in told, name


class TestFindCollection:
    """Python finds the collection that the file belongs to, wherever that is installed."""

    @pytest.fixture
    def packages(self, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
        """Return the package of all collections as it may be changed in a test."""
        monkeypatch.setattr(sys, "path", [*sys.path])
        closed = ModuleType("ansible_collections")
        closed.__path__ = ["/elsewhere/ansible_collections"]
        monkeypatch.setitem(sys.modules, "ansible_collections", closed)
        return closed

    def test_installed(self, loaded: dict[str, Any], packages: ModuleType, tmp_path: Path) -> None:
        folder = tmp_path / "ansible_collections"
        here = folder / "cloudopera/ies/extensions/eda/plugins/event_source/cloudvpn_traffic.py"
        for _time in range(2):
            loaded["_find_collection"](here)
        assert sys.path.count(str(tmp_path)) == 1
        assert packages.__path__ == ["/elsewhere/ansible_collections", str(folder)]

    def test_a_copy_elsewhere(self, loaded: dict[str, Any], packages: ModuleType, tmp_path: Path) -> None:
        before = [*sys.path]
        loaded["_find_collection"](tmp_path / "sources/cloudvpn_traffic.py")
        assert sys.path == before


class TestRulebook:
    """The rulebook of the collection, as far as it can be read without ansible-rulebook; tests/eda runs it."""

    (ruleset,) = yaml.safe_load(RULEBOOK.read_text(encoding="utf-8"))

    def test_the_source_takes_its_arguments(self) -> None:
        (source,) = self.ruleset["sources"]
        assert set(source["cloudopera.ies.cloudvpn_traffic"]) <= set(OPTIONS)

    def test_it_is_throttled_by_connection(self) -> None:
        (rule,) = self.ruleset["rules"]
        assert rule["throttle"]["group_by_attributes"] == ["event.cloudvpn.cloud_vpn_name"]

    def test_the_playbook_is_given_variables_it_knows(self) -> None:
        (rule,) = self.ruleset["rules"]
        variables = importlib.import_module("ansible_collections.cloudopera.ies.plugins.plugin_utils._playbooks").VARIABLES
        assert set(rule["action"]["run_playbook"]["extra_vars"]) <= variables
