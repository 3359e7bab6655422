# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens where they do not belong, and mistakes of ours that quote one: neither result nor log shows them, at either door."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._tasks import ies_service_info
from tests.simulator.server import SimulatorServer
from tests.simulator.tokens import make_token
from tests.unit.modules.doors import Runner, make_action
from tests.unit.modules.fixtures import START
from tests.unit.modules.support import NAME, declared

TOKEN = make_token(START)
BEARER = "5bf1fd92-4c0a-4c3e-9f0e-6f3f3f7d1a2b"
PASSWORD = "a-password-in-a-url"

MISPLACED: dict[str, dict[str, Any]] = {
    "token as address": {"api_url": TOKEN},
    "bearer as address": {"api_url": BEARER},
    "password in the address": {"api_url": f"https://admin:{PASSWORD}@ies.example.com"},
    "token as CA": {"ca_path": TOKEN},
    "bearer as CA": {"ca_path": BEARER},
    "token as time-out": {"api_timeout": TOKEN},
    "bearer as retries": {"api_retries": BEARER},
    "bearer as switch": {"validate_certs": BEARER},
    "token as choice": {"phase": TOKEN},
    "token in an unknown option": {"x_auth_token": TOKEN},
    "bearer in an unknown option": {"gateway_bearer": BEARER},
}


def assert_untold(run: Runner, result: dict[str, Any]) -> None:
    """Assert that neither the result nor what was logged shows more than the beginning of a secret."""
    told = json.dumps([result, run.told])
    for secret in (TOKEN, BEARER, PASSWORD):
        assert secret not in told
        assert secret[:9] not in told
        assert secret[5:14] not in told


@pytest.mark.parametrize("options", MISPLACED.values(), ids=MISPLACED)
def test_a_secret_in_a_wrong_option(run: Runner, sim: SimulatorServer, options: dict[str, Any]) -> None:
    result = run("ies_service_info", **options)
    assert result["failed"] is True
    assert_untold(run, result)
    assert sim.journal.entries == []


def test_a_token_as_a_name(run: Runner) -> None:
    result = run("ies_service", **declared(name=TOKEN, site2dc=None, description=BEARER))
    assert result["failed"] is True
    assert TOKEN not in json.dumps([result, run.told])
    result = run("ies_vpn_traffic_info", cloud_vpn_names=[TOKEN])
    assert TOKEN[20:60] not in json.dumps([result, run.told])


def test_a_token_within_a_declaration(run: Runner) -> None:
    result = run("ies_services", services=[{"name": NAME, "bearer_token": BEARER}])
    assert result["failed"] is True
    assert_untold(run, result)


def test_a_mistake_of_ours_that_quotes_a_token(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(params: dict[str, Any], *_more: Any) -> dict[str, Any]:
        raise KeyError(params["auth_token"])

    monkeypatch.setattr(ies_service_info, "run", broken)
    with pytest.raises(RuntimeError, match=r"KeyError: '\*{8}'") as caught:
        run("ies_service_info")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ is True


def test_a_mistake_of_ours_that_quotes_none(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: Any) -> dict[str, Any]:
        raise KeyError("details")

    monkeypatch.setattr(ies_service_info, "run", broken)
    with pytest.raises(KeyError, match="details"):
        run("ies_service_info")


def test_what_is_told_of_a_task_afterwards_holds_no_token(sim: SimulatorServer) -> None:
    # Callback plugins get the fields of a task with its result, and loops and C(until) run it again.
    auth_token, bearer_token = sim.tokens("nbitest_14")
    arguments = {"api_url": sim.url, "details": False}
    environment = {"IES_AUTH_TOKEN": auth_token, "IES_BEARER_TOKEN": bearer_token}
    action = make_action("ies_service_info", arguments, environment=environment)
    action._task.module_defaults = [{"group/cloudopera.ies.ies": {"auth_token": auth_token}}]
    for _time in range(2):
        assert len(action.run(task_vars={})["services"]) == 1
        fields = str(action._task.dump_attrs())
        assert auth_token not in fields
        assert bearer_token not in fields
        assert action._task.args["api_url"] == sim.url
        assert action._task.args["details"] is False
