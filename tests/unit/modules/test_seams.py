# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What both doors do around a task body: options, environment, tokens in outputs, warnings, and what is returned."""

from __future__ import annotations

import json
import runpy
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from ansible.utils.display import Display

from ansible_collections.cloudopera.ies.plugins.module_utils import _module
from tests.simulator.server import SimulatorServer
from tests.simulator.tokens import make_token
from tests.unit.modules.doors import MODULES, PLUGINS, TENANT, Runner, run_module
from tests.unit.modules.fixtures import START
from tests.unit.modules.support import NAME, SERVICES, VPN, declared, written


@pytest.mark.undescribed
def test_connection_options_come_from_the_environment(
    run: Runner, sim: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth_token, bearer_token = sim.tokens("nbitest_16")
    monkeypatch.setenv("IES_API_URL", f"{sim.url}/rest/")
    monkeypatch.setenv("IES_AUTH_TOKEN", f"{auth_token[:99]}\n{auth_token[99:]}")
    monkeypatch.setenv("IES_BEARER_TOKEN", bearer_token)
    nothing = {"api_url": None, "auth_token": None, "bearer_token": None}
    (service,) = run.ok("ies_service_info", tenant="nbitest_16", **nothing)["services"]
    assert service["name"] == "site2dc6_201705071300"
    # What stands in the task wins.
    (service,) = run.ok("ies_service_info")["services"]
    assert service["name"] == NAME
    monkeypatch.setenv("IES_API_RETRIES", "1")
    sim.faults.add("status", times=None, status=503, body=None)
    sim.journal.clear()
    run.fails("ies_service_info", "server", tenant="nbitest_16", **nothing)
    assert len(sim.journal.entries) == 2
    for variable, value in (
        ("IES_API_TIMEOUT", "0"),
        ("IES_CA_PATH", "/nowhere.pem"),
        ("IES_VALIDATE_CERTS", "perhaps"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(variable, value)
            run.fails("ies_service_info", "invalid" if value != "perhaps" else None, variable[4:].lower())


def test_without_an_environment_the_options_are_missing(run: Runner, sim: SimulatorServer) -> None:
    run.fails("ies_catalog_info", None, "missing required arguments", "api_url", "auth_token", api_url=None, auth_token=None)
    assert sim.journal.entries == []


@pytest.mark.parametrize("failing", [False, True])
def test_the_invocation_shows_options_but_no_token(run: Runner, failing: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Display(), "verbosity", 3)
    result = run("ies_service_info", name=NAME, phase="in_progress" if failing else None, api_timeout=0 if failing else 30)
    arguments = result["invocation"]["module_args"]
    assert arguments["auth_token"] == arguments["bearer_token"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert arguments["name"] == [NAME]
    assert arguments["api_retries"] == 5
    assert bool(result.get("failed")) is failing


def test_a_name_that_contains_a_token_is_masked(run: Runner, sim: SimulatorServer) -> None:
    sim.token_store.issue("short", sim.clock.wall(), auth_token="short-tenant-token", bearer_token="short-bearer")
    declaration = declared(name="uses short-tenant-token", wait=False)
    result = run.ok("ies_service", tenant="short", **declaration)
    assert "short-tenant-token" not in json.dumps(result)
    assert sim.state.services("short")[0].name == "uses short-tenant-token"


def test_no_token_in_what_is_told_at_high_verbosity(run: Runner, sim: SimulatorServer) -> None:
    run.ok("ies_vpn_traffic_info", cloud_vpn_names=VPN)
    told = "\n".join(run.told)
    if run.door == "action":
        assert f"GET {sim.url}/rest/cloudvpnwatch/v1/traffic/connections/{VPN}/traffic-rate -> 200" in told
    assert "starttime" not in told


@pytest.mark.parametrize("module", MODULES)
def test_an_expired_token_is_a_warning_of_every_module(run: Runner, sim: SimulatorServer, module: str) -> None:
    expired = make_token(START - 10 * 86400)
    _token, bearer = sim.token_store.issue("late", sim.clock.wall(), auth_token=expired, validity=None)
    nothing: dict[str, dict[str, Any]] = {
        "ies_service": {"name": "nothing", "state": "absent"},
        "ies_services": {"services": [{"name": "nothing", "state": "absent"}]},
        "ies_vpn_traffic_info": {"cloud_vpn_names": "nothing"},
        "ies_elastic": {"connections": []},
    }
    result = run.ok(module, auth_token=expired, bearer_token=bearer, **nothing.get(module, {}))
    assert "auth_token" in result["warnings"][0]
    assert "2023-11-05T22:13:20" in result["warnings"][0]


def test_a_valid_token_is_no_warning(run: Runner) -> None:
    assert "warnings" not in run.ok("ies_service_info")


@pytest.mark.parametrize("module", MODULES)
def test_every_module_supports_check_mode(run: Runner, sim: SimulatorServer, module: str) -> None:
    params: dict[str, dict[str, Any]] = {
        "ies_service": declared(),
        "ies_services": {"services": [declared(), {"name": NAME + "x", "state": "absent"}]},
        "ies_vpn_traffic_info": {"cloud_vpn_names": VPN},
        "ies_elastic": {
            "connections": [{"name": NAME}],
            "policy": {"minimum": 5, "maximum": 9, "traffic_unit": 1},
            "mode": "apply",
        },
    }
    if module in {"ies_service", "ies_services"}:
        sim.state.clear_services(TENANT)
    result = run.ok(module, check_mode=True, **params.get(module, {}))
    assert "skipped" not in result
    assert written(sim) == []


def test_aliases_and_conversions_are_those_of_ansible(run: Runner, sim: SimulatorServer) -> None:
    result = run.ok("ies_vpn_traffic_info", cloud_vpn_name=f"{VPN},nowhere")
    assert [series["cloud_vpn_name"] for series in result["traffic"]] == [VPN, "nowhere"]
    assert run.ok("ies_service", name=NAME, bandwidth="80000", wait="no")["service"]["phase"] == "in_progress"
    assert run.ok("ies_service_info", details="false", name=NAME)["services"][0]["connections"] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_missing_library_is_named(sim: SimulatorServer, module: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_module, "HAS_REQUESTS", False)
    monkeypatch.setattr(_module, "REQUESTS_IMPORT_ERROR", "ImportError: no requests here")
    arguments: dict[str, dict[str, Any]] = {
        "ies_service": {"name": NAME},
        "ies_services": {"services": []},
        "ies_vpn_traffic_info": {"cloud_vpn_names": [VPN]},
        "ies_elastic": {"connections": []},
    }
    given = {"api_url": sim.url, "auth_token": "token", **arguments.get(module, {})}
    result = run_module(module, given, tmp=str(tmp_path))
    assert result["failed"] is True
    assert "requests" in result["msg"]
    assert sim.journal.entries == []


def test_without_validation_no_python_warning_reaches_the_terminal(run: Runner) -> None:
    with SimulatorServer(tls=True) as server, warnings.catch_warnings():
        warnings.simplefilter("error")
        auth_token, bearer_token = server.tokens(TENANT)
        there = {"api_url": server.url, "auth_token": auth_token, "bearer_token": bearer_token}
        assert len(run.ok("ies_service_info", validate_certs=False, **there)["services"]) == 1


@pytest.mark.undescribed
@pytest.mark.parametrize("proxy", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_proxies_come_from_the_environment(
    run: Runner, sim: SimulatorServer, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    # A proxy is asked for the whole address: the simulator in its place is not routed that, and says so.
    monkeypatch.setenv(proxy, sim.url)
    result = run.fails("ies_service_info", "not_found", api_url="http://ies.example.com:17100")
    assert result["error"]["url"] == f"http://ies.example.com:17100{SERVICES}"
    assert len(sim.journal.entries) == 1
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    run.ok("ies_service_info", api_timeout=29)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_a_program(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr(_module, "run_module", lambda task: ran.append(task.__name__))
    name = f"{PLUGINS}.modules.{module}"
    monkeypatch.delitem(sys.modules, name, raising=False)
    runpy.run_module(name, run_name="__main__")
    assert [name.rsplit(".", 1)[1] for name in ran] == [module]
