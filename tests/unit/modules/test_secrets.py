# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens where they do not belong, and mistakes of ours that quote one: neither result nor log shows them, at either door."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.utils.display import Display

from ansible_collections.cloudopera.ies.plugins.module_utils._domain.fleet_plan import collect_plans, plan_fleet
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.plan import Plan
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.report import markdown_report, plan_lines, summary_lines
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import IesError
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks import ies_service_info
from ansible_collections.cloudopera.ies.plugins.module_utils._text import visible
from tests.simulator.server import SimulatorServer
from tests.simulator.tokens import make_token
from tests.unit.module_utils.support import declare, sample_service
from tests.unit.modules.doors import TASK_VARS, Runner, make_action
from tests.unit.modules.fixtures import START
from tests.unit.modules.support import NAME, VPN, add_service, declared, site2dc, wire_item

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
    # Callback plugins get the fields of a task with its result, and loops and `until` run it again.
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


# One in many pieces: wherever a string is cut, what is left of the token is still a part of it.
def assert_no_piece(*told: Any) -> None:
    """Assert that no piece of the token that is longer than what may be seen of one stands anywhere."""
    text = json.dumps(told) + str(told)
    assert not [TOKEN[at : at + 12] for at in range(len(TOKEN) - 11) if TOKEN[at : at + 12] in text]
    assert "Traceback" not in text


WITHIN: dict[str, dict[str, Any]] = {
    "name": {"name": TOKEN},
    "description": {"description": TOKEN},
    "beginning of a description": {"description": f"see {TOKEN[:250]}"},
    "definition": {"service_definition": TOKEN},
    "connection": {"site2dc": [site2dc(TOKEN)]},
    "vni": {"site2dc": [site2dc(VPN, vni=TOKEN)]},
    "cidr": {"site2dc": [site2dc(VPN, cidr=TOKEN)]},
    "extra": {"site2dc": [site2dc(VPN, extra={"note": TOKEN})]},
    "name of an extra": {"site2dc": [site2dc(VPN, extra={TOKEN: "x"})]},
    "parameter": {"site2dc": [site2dc(VPN)], "parameters": {"note": TOKEN}},
    "name of a parameter": {"site2dc": [site2dc(VPN)], "parameters": {TOKEN: "x"}},
    "parameter that is refused": {"parameters": {"note": {TOKEN: "x"}}},
    "stored parameter": {"parameters": {"note": f"{'x' * 100}{TOKEN}"}},
    "token in lines": {"parameters": {"note": "\n".join(TOKEN[at : at + 64] for at in range(0, len(TOKEN), 64))}},
}


@pytest.mark.parametrize("policy", ["fail", "update"])
@pytest.mark.parametrize("options", WITHIN.values(), ids=WITHIN)
def test_a_token_in_a_declaration_shows_in_no_piece(run: Runner, options: dict[str, Any], policy: str) -> None:
    service_id = add_service(run.sim, "noted", parameters={"Site2DCList": [wire_item(VPN)], "note": "old"})
    given = {"on_immutable_change": policy, **declared(name="noted", site2dc=None), **options}
    for check_mode in (True, False):
        assert_no_piece(run("ies_service", check_mode=check_mode, diff=True, **given), run.told)
    assert_no_piece(run("ies_services", services=[given, {"service_id": service_id}], diff=True), run.told)


@pytest.mark.parametrize("options", WITHIN.values(), ids=WITHIN)
def test_a_token_in_a_declaration_shows_in_no_line_and_no_page(
    sim: SimulatorServer, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(Display, "display", lambda _self, line, *_more, **_options: lines.append(line))
    add_service(sim, "noted", parameters={"Site2DCList": [wire_item(VPN)], "note": "old"})
    auth_token, bearer_token = sim.tokens("nbitest_14")
    given = {"on_immutable_change": "update", **declared(name="noted", site2dc=None), **options}
    arguments = {"api_url": sim.url, "auth_token": auth_token, "bearer_token": bearer_token, "services": [given]}
    result = make_action("ies_services", arguments, diff=True).run(task_vars=TASK_VARS)
    page = markdown_report(result["plan"], result["services"])
    assert_no_piece(lines, page, plan_lines(result["plan"]), summary_lines(result["services"]), result)
    # A filter is given what nobody has masked.
    raw = collect_plans([(declare(name="noted"), Plan("update", before={"name": "noted"}, after={"name": "noted", **options}))])
    assert_no_piece(markdown_report(raw), plan_lines(raw))


@pytest.mark.parametrize("options", WITHIN.values(), ids=WITHIN)
def test_a_token_in_a_declaration_shows_in_no_piece_of_a_filter(options: dict[str, Any]) -> None:
    given = {"on_immutable_change": "fail", **declared(name=NAME, site2dc=None), **options}
    try:
        told = str(markdown_report(plan_fleet([given], [sample_service().to_result()], [])))
    except IesError as error:
        told = error.message
    assert_no_piece(told)


HOSTILE = "\x1b[2J\u202eevil\n@all http://evil.example"


def test_what_the_server_sends_is_visible_in_words_and_itself_in_data(run: Runner, sim: SimulatorServer) -> None:
    add_service(sim, "noted", parameters={"Site2DCList": [wire_item(VPN)], "note": HOSTILE})
    given = {"name": "noted", "parameters": {"note": "new"}}
    failed = run("ies_services", services=[given], diff=True)
    for text in (failed["msg"], failed["services"][0]["error"]):
        assert "\\x1b[2J\\u202eevil\\n@all" in text
    changed = run("ies_services", services=[{**given, "on_immutable_change": "update"}], diff=True, check_mode=True)
    shown = changed["diff"]["before"]["noted"]["parameters"]["note"]
    assert shown == "\\x1b[2J\\u202eevil\n@all http://evil.example"
    assert changed["plan"]["update"][0]["before"]["parameters"]["note"] == HOSTILE
    info = run.ok("ies_service_info", name=["noted"])
    assert info["services"][0]["parameters"]["note"] == HOSTILE


def test_a_name_of_the_server_is_visible_as_a_label(run: Runner, sim: SimulatorServer) -> None:
    service_id = add_service(sim, HOSTILE)
    result = run("ies_services", services=[{"name": HOSTILE, "state": "absent"}], diff=True, check_mode=True)
    assert list(result["diff"]["before"]) == [visible(HOSTILE)]
    assert result["plan"]["delete"][0]["name"] == HOSTILE
    assert result["plan"]["delete"][0]["service_id"] == service_id


def test_a_reason_of_the_server_is_visible(run: Runner, sim: SimulatorServer) -> None:
    sim.faults.add("status", status=400, body={"exceptionId": "x\x1b[31m", "message": "no\u202e\x1b]0;title\x07"})
    result = run.fails("ies_service_info", "invalid", "\\u202e\\x1b]0;title\\x07")
    assert result["error"]["exception_id"] == "x\\x1b[31m"
