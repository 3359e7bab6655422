# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of an inventory file, and the reading of its services."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleError

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.plugin_utils import _inventory
from ansible_collections.cloudopera.ies.plugins.plugin_utils._inventory import FileOptions, foreign_names, read_services
from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import TENANT
from tests.unit.modules.support import NAME, VPN, add_service

CONNECTION = {"api_url": "https://ies.example.com:17100", "auth_token": "a-token-of-a-tenant"}
KNOWN = ("plugin", "compose", "cache", "cache_timeout", *_inventory.OPTIONS)


def read(given: dict[str, Any], template: Any = lambda value: value) -> FileOptions:
    """Read options."""
    options = FileOptions()
    options.read(given, KNOWN, template)
    return options


class TestOptions:
    """A file of options, as YAML has them."""

    def test_defaults(self) -> None:
        params = read({"plugin": _inventory.NAME, **CONNECTION}).params
        assert {option: params[option] for option in _inventory.OPTIONS} == {
            **CONNECTION,
            "bearer_token": None,
            "validate_certs": True,
            "ca_path": None,
            "api_timeout": 30,
            "api_retries": 5,
            **dict.fromkeys(("name", "cloud_vpn_name", "status", "phase", "owner")),
            "details": True,
            "max_parallel": 8,
        }
        assert (params["wait"], params["operations"], params["service_id"]) == (False, False, None)

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({"name": "a"}, ["a"]),
            ({"name": "a,b"}, ["a", "b"]),
            ({"name": ["a,b", 7]}, ["a,b", "7"]),
            ({"name": '["a", "b"]'}, ["a", "b"]),
            ({"name": []}, []),
            ({"name": "  "}, None),
            ({"name": None}, None),
        ],
    )
    def test_filters(self, given: dict[str, Any], expected: Any) -> None:
        assert read({**CONNECTION, **given}).params["name"] == expected

    def test_blank_counts_as_not_given(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for variable in ("IES_VALIDATE_CERTS", "IES_CA_PATH", "IES_API_TIMEOUT", "IES_BEARER_TOKEN"):
            monkeypatch.setenv(variable, " ")
        monkeypatch.setenv("IES_API_URL", CONNECTION["api_url"])
        monkeypatch.setenv("IES_AUTH_TOKEN", CONNECTION["auth_token"])
        monkeypatch.setenv("IES_API_RETRIES", "2")
        params = read({"api_url": "", "auth_token": None, "api_timeout": " ", "details": "", "max_parallel": ""}).params
        assert (params["api_url"], params["auth_token"]) == tuple(CONNECTION.values())
        assert (params["validate_certs"], params["ca_path"], params["bearer_token"]) == (True, None, None)
        assert (params["api_timeout"], params["api_retries"], params["details"], params["max_parallel"]) == (30, 2, True, 8)

    def test_the_file_wins_over_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("IES_API_TIMEOUT", "7")
        assert read({**CONNECTION, "api_timeout": 9}).params["api_timeout"] == 9
        assert read(CONNECTION).params["api_timeout"] == 7

    def test_our_options_may_be_templates_of_any_type(self) -> None:
        values = {"{{ url }}": "http://127.0.0.1:1", "{{ token }}": "tok\n en", "{{ number }}": "80.0", "{{ names }}": ["a"]}
        options = FileOptions()
        given = {
            "api_url": "{{ url }}",
            "auth_token": "{{ token }}",
            "api_timeout": "{{ number }}",
            "name": "{{ names }}",
            "compose": {"x": "{{ number }}"},
        }
        taken = options.read(given, KNOWN, lambda value: values[value])
        assert (options.params["api_timeout"], options.params["name"]) == (80, ["a"])
        assert taken["compose"] == {"x": "{{ number }}"}
        assert taken["api_timeout"] == 80
        assert {"tok\n en", "token"} <= options.secrets

    def test_what_ansible_gets_has_nothing_blank(self) -> None:
        taken = FileOptions().read({**CONNECTION, "cache_timeout": "", "name": ""}, KNOWN, lambda value: value)
        assert "cache_timeout" not in taken
        assert "name" not in taken
        assert taken["validate_certs"] is True

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"phaze": "ready"}, ["phaze is not an option", "did you mean phase?"]),
            ({"nothing_like_it": 1}, ["nothing_like_it is not an option", "ansible-doc -t inventory cloudopera.ies.cloudvpn"]),
            ({"service_id": "x"}, ["service_id is not an option"]),
            ({"phase": "redy"}, ["phase", "redy", "ready"]),
            ({"phase": {"a": 1}}, ["phase is a dictionary", "NAME,OTHER"]),
            ({"api_timeout": "soon"}, ["api_timeout is 'soon'", "whole number"]),
            ({"validate_certs": "perhaps"}, ["validate_certs is 'perhaps'", "true or false"]),
            ({"max_parallel": True}, ["max_parallel is True"]),
            ({"api_url": ""}, ["api_url not given", "IES_API_URL"]),
            ({"api_url": "", "auth_token": " "}, ["api_url and auth_token not given", "IES_API_URL and IES_AUTH_TOKEN"]),
        ],
    )
    def test_what_is_refused(self, given: dict[str, Any], told: list[str]) -> None:
        with pytest.raises(InvalidError) as caught:
            read({**CONNECTION, **given})
        for part in told:
            assert part in caught.value.message
        assert "\n" not in caught.value.message

    def test_a_template_that_fails_names_the_option(self) -> None:
        def template(_value: str) -> str:
            raise AnsibleError("'nobody' is\nundefined")

        options = FileOptions()
        with pytest.raises(InvalidError) as caught:
            options.read({"auth_token": "{{ nobody }}"}, KNOWN, template)
        assert options.in_one_line(caught.value) == "auth_token cannot be evaluated: 'nobody' is undefined"

    def test_errors_in_one_line_without_secrets(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("IES_BEARER_TOKEN", "a-token-of-a-gateway")
        options = FileOptions()
        with pytest.raises(InvalidError):
            options.read({**CONNECTION, "unknown": 1}, KNOWN, str)
        told = "a-token-of-a-gateway or\n a-token-of-a-tenant\x1b"
        assert options.in_one_line(AnsibleError(told)) == "******** or ********\\x1b"
        assert options.in_one_line(InvalidError(told)) == "******** or\\n ********\\x1b"
        mistake = options.in_one_line(ZeroDivisionError(told))
        assert "this is a mistake in cloudopera.ies" in mistake
        assert "token-of" not in mistake

    @pytest.mark.parametrize("content", [None, [], "plugin", 7])
    def test_a_file_that_is_no_dictionary(self, content: Any) -> None:
        with pytest.raises(InvalidError, match=r"x\.yml holds no dictionary of options; its first line has to be plugin: "):
            _inventory.check_content("x.yml", content)


class TestServices:
    """What is read of them, from a simulator."""

    @pytest.fixture
    def connection(self, sim: SimulatorServer) -> dict[str, Any]:
        """Return the connection options of a file."""
        auth_token, bearer_token = sim.tokens(TENANT)
        return {"api_url": sim.url, "auth_token": auth_token, "bearer_token": bearer_token}

    def test_services_with_their_connections(self, sim: SimulatorServer, connection: dict[str, Any]) -> None:
        add_service(sim, "alpha", "vpn-a", "vpn-b")
        found, warnings = read_services(read(connection).params)
        assert [service["name"] for service in found] == ["alpha", NAME]
        assert [entry["cloud_vpn_name"] for entry in found[0]["connections"]] == ["vpn-a", "vpn-b"]
        assert "parameters" not in found[0]
        assert warnings == []
        assert len(sim.journal.entries) == 3

    def test_filters(self, sim: SimulatorServer, connection: dict[str, Any]) -> None:
        add_service(sim, "alpha", "vpn-a")
        for filters, names, requests in (
            ({"name": "alpha"}, ["alpha"], 2),
            ({"details": False}, ["alpha", NAME], 1),
            ({"cloud_vpn_name": VPN, "details": False}, [NAME], 3),
            ({"owner": "netops"}, [], 1),
            ({"phase": "failed", "status": "Completed"}, [], 1),
        ):
            before = len(sim.journal.entries)
            found, _warnings = read_services(read({**connection, **filters}).params)
            assert [service["name"] for service in found] == names, filters
            assert len(sim.journal.entries) - before == requests, filters

    def test_an_error_is_that_of_the_module(self, connection: dict[str, Any]) -> None:
        with pytest.raises(InvalidError, match="401") as caught:
            read_services(read({**connection, "auth_token": "not-the-token"}).params)
        assert "not-the-token" not in caught.value.message

    def test_without_requests(self, connection: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_inventory, "HAS_REQUESTS", False)
        with pytest.raises(InvalidError, match="requests"):
            read_services(read(connection).params)


def test_hosts_of_other_services() -> None:
    hosts = {
        "of ours": SimpleNamespace(vars={"ies_service_id": "1"}),
        "of another tenant": SimpleNamespace(vars={"ies_service_id": "2"}),
        "of a file": SimpleNamespace(vars={}),
    }
    assert foreign_names([{"service_id": "1"}], hosts) == {"of another tenant"}
