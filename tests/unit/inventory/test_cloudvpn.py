# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin in this process, against the simulator. As a user has it: tests/unit/playbooks/test_inventory.py."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.doc_fragments import constructed, inventory_cache

from ansible_collections.cloudopera.ies.plugins.doc_fragments import connection
from ansible_collections.cloudopera.ies.plugins.inventory import cloudvpn
from ansible_collections.cloudopera.ies.plugins.module_utils import _argspec
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks import ies_service_info
from ansible_collections.cloudopera.ies.plugins.plugin_utils import _inventory
from tests.simulator.server import SimulatorServer
from tests.simulator.tokens import make_token
from tests.unit.modules.doors import TENANT
from tests.unit.modules.support import NAME, add_service

OTHER = "nbitest_15"
FRAGMENTS = (
    constructed.ModuleDocFragment.DOCUMENTATION,
    inventory_cache.ModuleDocFragment.DOCUMENTATION,
    connection.ModuleDocFragment.DOCUMENTATION,
    connection.ModuleDocFragment.PLUGINS,
)


def documented() -> dict[str, dict[str, Any]]:
    """Return the options of the plugin as Ansible puts them together."""
    options: dict[str, dict[str, Any]] = {}
    for text in (cloudvpn.DOCUMENTATION, *FRAGMENTS):
        for option, facts in yaml.safe_load(text)["options"].items():
            options[option] = {**facts, **options.get(option, {})}
    return options


class Inventory:
    """Parses files of one tenant, as Ansible does."""

    def __init__(self, sim: SimulatorServer, folder: Path) -> None:
        auth_token, bearer_token = sim.tokens(TENANT)
        self.connection = {"api_url": sim.url, "auth_token": auth_token, "bearer_token": bearer_token}
        self.folder = folder
        self.data = InventoryData()
        self.warnings: list[str] = []
        self._sim = sim

    def parse(self, content: Any = None, *, file: str = "a.cloudvpn.yml", refresh: bool = False, **options: Any) -> int:
        """Parse a file that has the connection and these options, or this content; return the number of requests."""
        path = self.folder / file
        if content is None:
            content = {"plugin": "cloudopera.ies.cloudvpn", **self.connection, **options}
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        plugin = cloudvpn.InventoryModule()
        plugin._load_name = plugin.ansible_name = plugin.NAME
        plugin._redirected_names = [plugin.NAME]
        constants.config.initialize_plugin_configuration_definitions("inventory", plugin.NAME, documented())
        before = len(self._sim.journal.entries)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(plugin.display, "warning", lambda text, *_args, **_more: self.warnings.append(str(text)))
            assert plugin.verify_file(str(path))
            plugin.parse(self.data, DataLoader(), str(path), cache=not refresh)
            if options.get("cache"):
                plugin.update_cache_if_changed()
        return len(self._sim.journal.entries) - before

    def hosts(self, group: str = "cloudvpn") -> list[str]:
        """Return the hosts of a group."""
        return [host.name for host in self.data.groups[group].get_hosts()]

    def refused(self, content: Any = None, **options: Any) -> str:
        """Parse a file that has to be refused, and return the reason; no host is there then."""
        with pytest.raises(AnsibleParserError) as caught:
            self.parse(content, **options)
        assert not self.data.hosts
        assert "\n" not in str(caught.value)
        return str(caught.value)


@pytest.fixture
def inventory(sim: SimulatorServer, tmp_path: Path) -> Inventory:
    return Inventory(sim, tmp_path)


def test_the_options_are_those_of_the_interface() -> None:
    options = documented()
    spec = {**_argspec.CONNECTION_OPTIONS, **ies_service_info.OPTIONS}
    for option in _inventory.OPTIONS:
        for fact in ("type", "elements", "default", "choices", "required"):
            assert options[option].get(fact) == spec[option].get(fact), option
    for option, variable in _argspec.ENVIRONMENT.items():
        assert options[option]["env"] == [{"name": variable}]
    constructed_and_cached = {"compose", "groups", "keyed_groups", "strict", "cache", "cache_plugin", "cache_timeout"}
    assert constructed_and_cached | set(_inventory.OPTIONS) | {"plugin"} <= set(options)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("cloudvpn.yml", True), ("north.cloudvpn.yaml", True), ("cloudvpn.json", False), ("cloudvpn.yml.bak", False)],
)
def test_names_of_files(tmp_path: Path, name: str, wanted: bool) -> None:
    plugin = cloudvpn.InventoryModule()
    assert not plugin.verify_file(str(tmp_path / name))
    (tmp_path / name).touch()
    assert plugin.verify_file(str(tmp_path / name)) is wanted


def test_a_host_per_service(inventory: Inventory, sim: SimulatorServer) -> None:
    add_service(sim, "alpha", "vpn-a", description="x [managed: netops, protected]")
    assert inventory.parse() == 3
    assert inventory.hosts() == ["alpha", NAME]
    variables = inventory.data.hosts["alpha"].vars
    assert {key: variables[key] for key in ("ies_name", "ies_phase", "ies_owner", "ies_protected")} == {
        "ies_name": "alpha",
        "ies_phase": "ready",
        "ies_owner": "netops",
        "ies_protected": True,
    }
    assert variables["ies_connections"][0]["cloud_vpn_name"] == "vpn-a"
    assert {name for name in variables if name.startswith("ies_")} == set(cloudvpn_variables())
    assert inventory.warnings == []


def cloudvpn_variables() -> set[str]:
    """Return the promised variables."""
    names = "service_id name status phase active_status service_definition_id created_at connections owner protected"
    return {f"ies_{name}" for name in names.split()}


def test_constructed(inventory: Inventory, sim: SimulatorServer) -> None:
    # A keyed group gets the name of a host, which takes nothing from it.
    for name in ("ready", "attention", "z"):
        add_service(sim, name, f"vpn-{name}", status="Failed" if name == "z" else "Completed")
    inventory.parse(
        compose={"label": "ies_name ~ '!'", "wrong": "nothing.there"},
        groups={"attention": "ies_phase != 'ready'"},
        keyed_groups=[{"key": "ies_phase", "separator": ""}, {"key": "ies_owner", "prefix": "owner"}],
    )
    (attention,) = (name for name in inventory.hosts() if name.startswith("attention_"))
    assert inventory.hosts("attention") == ["z"]
    assert inventory.hosts("failed") == ["z"]
    assert sorted(inventory.hosts("ready")) == sorted([attention, "ready", NAME])
    assert {host: inventory.data.hosts[host].vars["label"] for host in ("ready", "z")} == {"ready": "ready!", "z": "z!"}
    assert inventory.data.groups["ready"].vars == {}
    assert len(inventory.warnings) == 1
    assert "'attention'" in inventory.warnings[0]


def test_strict(inventory: Inventory) -> None:
    with pytest.raises(AnsibleParserError, match="wrong"):
        inventory.parse(compose={"wrong": "nothing.there"}, strict=True)


def test_names_of_two_tenants(inventory: Inventory, sim: SimulatorServer) -> None:
    mine, other = add_service(sim, "branch", "vpn-a"), add_service(sim, "branch", "vpn-b", tenant=OTHER)
    for file in ("a.cloudvpn.yml", "b.cloudvpn.yml"):  # the same services twice
        inventory.parse(file=file, details=False)
        assert inventory.hosts() == ["branch", NAME]
        assert inventory.warnings == []
    auth_token, bearer_token = sim.tokens(OTHER)
    inventory.parse(file="c.cloudvpn.yml", auth_token=auth_token, bearer_token=bearer_token, name="branch")
    assert inventory.hosts() == ["branch", NAME, f"branch_{other}"]
    assert inventory.data.hosts["branch"].vars["ies_service_id"] == mine
    assert len(inventory.warnings) == 1
    assert f"'branch' ({other}) is branch_{other}" in inventory.warnings[0]


class TestCache:
    """A cache in files."""

    @pytest.fixture
    def cached(self, tmp_path: Path) -> dict[str, Any]:
        """Return the options of a cache."""
        return {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "cache")}

    def test_the_second_call_sends_nothing(self, inventory: Inventory, cached: dict[str, Any], tmp_path: Path) -> None:
        assert inventory.parse(**cached) == 2
        first = dict(inventory.data.hosts[NAME].vars)
        inventory.data = InventoryData()
        assert inventory.parse(**cached) == 0
        assert inventory.data.hosts[NAME].vars == first
        assert inventory.parse(refresh=True, **cached) == 2
        text = "".join(f"{file.name} {file.read_text(encoding='utf-8')}" for file in (tmp_path / "cache").iterdir())
        assert NAME in text
        for token in ("auth_token", "bearer_token"):
            assert inventory.connection[token][:12] not in text

    def test_whoever_asks_for_something_else_reads(
        self, inventory: Inventory, cached: dict[str, Any], sim: SimulatorServer
    ) -> None:
        inventory.parse(**cached)
        auth_token, bearer_token = sim.tokens(OTHER)
        others: tuple[dict[str, Any], ...] = (
            {"auth_token": auth_token, "bearer_token": bearer_token},
            {"api_url": inventory.connection["api_url"].replace("127.0.0.1", "localhost")},
            {"phase": "ready"},
            {"file": "b.cloudvpn.yml"},
        )
        for other in others:
            assert inventory.parse(**cached, **other) >= 1, other
            assert inventory.parse(**cached, **other) == 0, other
        assert inventory.parse(**cached) == 0

    def test_what_is_too_old(self, inventory: Inventory, cached: dict[str, Any], tmp_path: Path) -> None:
        inventory.parse(**cached, cache_timeout=60)
        (file,) = (tmp_path / "cache").iterdir()
        os.utime(file, (file.stat().st_mtime - 61,) * 2)
        assert inventory.parse(**cached, cache_timeout=60) == 2
        assert inventory.parse(**cached, cache_timeout=60) == 0
        assert inventory.warnings == []

    def test_damaged(self, inventory: Inventory, cached: dict[str, Any], tmp_path: Path) -> None:
        inventory.parse(**cached)
        (file,) = (tmp_path / "cache").iterdir()
        whole = file.read_text(encoding="utf-8")
        for damaged in ('{"a', "[1]", whole[:-20]):
            file.write_text(damaged, encoding="utf-8")
            inventory.warnings.clear()
            assert inventory.parse(**cached) == 2
            # Of a file that is not JSON, Ansible's cache plugin warns as well.
            assert len([warning for warning in inventory.warnings if "the services are read again" in warning]) == 1
            assert inventory.parse(**cached) == 0


class TestErrors:
    """One line, and nothing sent where the file is wrong."""

    def test_files_that_are_wrong(self, inventory: Inventory) -> None:
        assert "did you mean phase?" in inventory.refused(phaze="ready")
        assert "phase" in inventory.refused(phase="redy")
        assert "api_url not given" in inventory.refused({"plugin": "cloudopera.ies.cloudvpn", "auth_token": "x"})
        assert "plugin: cloudopera.ies.cloudvpn" in inventory.refused(["a"])
        assert "cache_timeout" in inventory.refused(cache_timeout="soon")
        assert "Incorrect plugin name" in inventory.refused({"plugin": "other"})

    def test_failures(self, inventory: Inventory, sim: SimulatorServer) -> None:
        assert "401" in inventory.refused(auth_token="x" * 40)
        sim.faults.add("status", status=403, body=None)
        assert "403" in inventory.refused()
        assert "no connection" in inventory.refused(api_url="http://127.0.0.1:1", api_retries=0)

    def test_a_mistake_of_ours(self, inventory: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_args: Any) -> None:
            raise ZeroDivisionError(inventory.connection["auth_token"])

        monkeypatch.setattr(cloudvpn, "hosts_of", broken)
        told = inventory.refused()
        assert "please report it" in told
        assert inventory.connection["auth_token"][:20] not in told

    def test_an_expired_token_is_a_warning(self, inventory: Inventory, sim: SimulatorServer) -> None:
        expired = make_token(1493070688.135)
        bearer = inventory.connection["bearer_token"]
        sim.token_store.issue(TENANT, 0, auth_token=expired, bearer_token=bearer, validity=None)
        inventory.parse(auth_token=expired)
        (warning,) = inventory.warnings
        assert "expired" in warning
