# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
from pydantic import ValidationError

from tests.simulator.clock import ManualClock
from tests.simulator.faults import Faults
from tests.simulator.server import SimulatorServer
from tests.unit.simulator.support import SAMPLE, SERVICES, TENANT, Api, scaled


def hits(faults: Faults, count: int, method: str = "GET", path: str = SERVICES) -> list[bool]:
    return [bool(faults.fire(method, path, None)) for _turn in range(count)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({}, [True, False, False, False]),
        ({"times": 2}, [True, True, False, False]),
        ({"times": None}, [True, True, True, True]),
        ({"after": 2}, [False, False, True, False]),
        ({"method": "POST", "times": None}, [False] * 4),
        ({"method": "get", "times": None}, [True] * 4),
        ({"path": "/services$"}, [True, False, False, False]),
        ({"path": "/operations", "times": None}, [False] * 4),
        ({"probability": 0.0, "times": None}, [False] * 4),
    ],
)
def test_which_requests_a_rule_hits(rule: Any, expected: list[bool]) -> None:
    faults = Faults()
    faults.add("drop_before", **rule)
    assert hits(faults, 4) == expected


def test_chance_repeats_with_its_seed() -> None:
    runs = []
    for seed in (1, 1, 2):
        faults = Faults()
        faults.add("drop_before", times=None, probability=0.5, seed=seed)
        runs.append(hits(faults, 60))
    assert runs[0] == runs[1] != runs[2]
    assert 10 < sum(runs[0]) < 50


def test_modifiers_add_up_and_only_one_answer_is_taken() -> None:
    faults = Faults()
    for action in ("delay", "status", "drop_after", "clock_skew"):
        faults.add(action, seconds=1) if action in ("delay", "clock_skew") else faults.add(action)
    assert [rule.action for rule in faults.fire("GET", "/x", None)] == ["delay", "status", "clock_skew"]
    assert [rule.action for rule in faults.fire("GET", "/x", None)] == ["drop_after"]


@pytest.mark.parametrize(
    "rule",
    [{"action": "explode"}, {"action": "status", "code": 1}, {"action": "delay", "path": "("}, {"action": "delay", "times": 0}],
)
def test_rules_are_checked(rule: Any) -> None:
    with pytest.raises(ValidationError):
        Faults().add(**rule)


def test_rules_can_be_removed_one_by_one() -> None:
    faults = Faults()
    first, second = faults.add("html"), faults.add("html")
    faults.remove(first.id)
    assert [rule.id for rule in faults.rules] == [second.id]


@pytest.mark.parametrize(("action", "processed"), [("drop_before", False), ("drop_after", True)])
def test_dropped_connections(api: Api, action: str, processed: bool) -> None:
    api.sim.faults.add(action, method="POST")
    with pytest.raises(requests.ConnectionError):
        api.create()
    assert len(api.sim.state.services(TENANT)) == (2 if processed else 1)
    assert api.sim.journal.entries[-1].status is None
    assert api.sim.journal.entries[-1].faults == [action]
    assert api.create().status_code == 202


@pytest.mark.parametrize(("action", "processed"), [("status", False), ("status_after", True)])
def test_prescribed_answers(api: Api, action: str, processed: bool) -> None:
    headers = {"Retry-After": "7"}
    api.sim.faults.add(action, status=503, exceptionId="some.id", headers=headers)
    answer = api.create()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert answer.json()["exceptionId"] == "some.id"
    assert len(api.sim.state.services(TENANT)) == (2 if processed else 1)


@pytest.mark.parametrize(
    ("params", "status", "body"),
    [
        ({"body": "busy", "status": 502}, 502, b"busy"),
        ({"body": None, "status": 404}, 404, b""),
        ({"body": {"a": 1}}, 500, b'{"a": 1}'),
    ],
)
def test_prescribed_bodies(api: Api, params: Any, status: int, body: bytes) -> None:
    api.sim.faults.add("status", params=params)
    answer = api.get(SERVICES)
    assert (answer.status_code, answer.content) == (status, body)


def test_a_body_cut_by_a_broken_connection(api: Api) -> None:
    api.sim.faults.add("truncate", method="POST")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        api.create()
    assert len(api.sim.state.services(TENANT)) == 2


def test_a_body_cut_inside_valid_http(api: Api) -> None:
    whole = api.get(SERVICES).content
    api.sim.faults.add("truncate", mode="json")
    assert api.get(SERVICES).content == whole[: len(whole) // 2]


@pytest.mark.parametrize("when", ["headers", "body"])
def test_tls_broken_in_an_answer_after_processing(when: str) -> None:
    with SimulatorServer(clock=ManualClock(), tls=True) as sim:
        sim.faults.add("tls_break", when=when)
        session = requests.Session()
        session.trust_env = False
        with session, pytest.raises(requests.exceptions.SSLError, match="(?i)bad record mac|decryption failed"):
            session.get(f"{sim.url}{SERVICES}", headers=sim.headers(TENANT), verify=sim.ca_path)
        assert [entry.faults for entry in sim.journal.entries] == [["tls_break"]]


def test_a_tls_break_without_tls_is_a_drop(api: Api) -> None:
    api.sim.faults.add("tls_break")
    with pytest.raises(requests.ConnectionError):
        api.get(SERVICES)
    assert api.get(SERVICES).status_code == 200


def test_a_body_sent_twice(api: Api) -> None:
    whole = api.get(SERVICES).content
    api.sim.faults.add("duplicate")
    assert api.get(SERVICES).content == whole * 2


def test_html_instead_of_json(api: Api) -> None:
    api.sim.faults.add("html", method="POST")
    answer = api.create()
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.startswith("<!DOCTYPE html>")
    assert len(api.sim.state.services(TENANT)) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_delay_outlasts_a_short_timeout(api: Api, when: str) -> None:
    api.sim.faults.add("delay", seconds=30, when=when)
    with pytest.raises(requests.Timeout):
        api.session.post(api.sim.url + SERVICES, json={}, timeout=0.2)
    assert api.get(SERVICES).status_code == 200


@pytest.mark.parametrize("process", [False, True])
def test_a_hanging_request_is_answered_when_released(api: Api, process: bool) -> None:
    held = api.sim.faults.add("hang", method="PUT", process=process)
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(api.send, "PUT", SAMPLE, scaled())
        api.sim.faults.wait_until_held(held)
        other = Api(api.sim)
        service = other.get(SAMPLE).json()["service"]
        other.close()
        assert service["status"] == ("UpdateInProgress" if process else "Completed")
        assert not pending.done()
        api.sim.faults.release()
        assert pending.result(timeout=10).status_code == 202


def test_held_requests_are_let_go_one_by_one(api: Api) -> None:
    """What a test of a race needs: both requests are known to be under way, and it decides which one goes on first."""
    first = api.sim.faults.add("hang", method="PUT", process=False)
    second = api.sim.faults.add("hang", method="DELETE", process=False)
    clients = [Api(api.sim) for _turn in range(2)]
    with ThreadPoolExecutor(2) as pool:
        update = pool.submit(clients[0].send, "PUT", SAMPLE, scaled())
        api.sim.faults.wait_until_held(first)
        delete = pool.submit(clients[1].send, "DELETE", SAMPLE)
        api.sim.faults.wait_until_held(second)
        held = [rule["held"] for rule in api.admin("GET", "faults").json()["faults"]]
        assert api.admin("POST", f"faults/{second.id}/release").status_code == 204
        assert delete.result(timeout=10).status_code == 202
        assert (held, first.held, second.held) == ([1, 1], 1, 0)
        api.sim.faults.release(first.id)
        assert update.result(timeout=10).json()["exceptionId"] == "servicemgr.service.status_inprogress"
    for client in clients:
        client.close()


def test_waiting_for_what_never_comes_has_an_end(api: Api) -> None:
    rule = api.sim.faults.add("hang")
    with pytest.raises(TimeoutError, match="0 requests hang, not 1"):
        api.sim.faults.wait_until_held(rule, limit=0.01)
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(api.get, SERVICES)
        api.sim.faults.wait_until_held(rule)
        with pytest.raises(TimeoutError, match="1 requests are still in flight"):
            api.sim.journal.wait_until_idle(limit=0.01)
        api.sim.faults.release()
        assert pending.result(timeout=10).status_code == 200
    api.sim.journal.wait_until_idle()


def test_a_hanging_request_whose_client_leaves_is_never_processed(api: Api) -> None:
    api.sim.faults.add("hang")
    with pytest.raises(requests.Timeout):
        api.session.delete(api.sim.url + SAMPLE, timeout=0.2)
    api.sim.journal.wait_until_idle()
    api.sim.faults.release()
    assert api.get(SAMPLE).json()["service"]["status"] == "Completed"


@pytest.mark.parametrize(
    ("verb", "send", "status"),
    [
        ("create", lambda api: api.create(), "CreateFailed"),
        ("modify", lambda api: api.send("PUT", SAMPLE, scaled()), "Failed"),
        ("delete", lambda api: api.send("DELETE", SAMPLE), "Failed"),
        ("activate", lambda api: api.send("POST", f"{SAMPLE}/activation", {}), "Failed"),
    ],
)
@pytest.mark.parametrize("reason", [None, "link down"])
def test_work_that_fails_later(api: Api, verb: str, send: Any, status: str, reason: str | None) -> None:
    api.sim.faults.add("fail_async", operation=verb, **({"reason": reason} if reason else {}))
    api.get(SERVICES)
    answer = send(api)
    assert answer.status_code == 202
    api.sim.clock.advance(600)
    operation = api.get(answer.headers["Location"]).json()["operation"]
    word = {"modify": "update"}.get(verb, verb)
    assert (operation["result"], operation["progress"]) == ("failed", "done")
    assert operation["reason"] == (reason or f"serviceDecomposer {word} failed")
    assert api.sim.state.services(TENANT)[-1].status == status


def test_a_refused_request_does_not_use_up_a_later_failure(api: Api) -> None:
    api.sim.faults.add("fail_async", times=1)
    assert api.send("PUT", f"{SERVICES}/unknown", scaled()).status_code == 400
    assert api.send("DELETE", SAMPLE, headers={"X-Auth-Token": "unknown"}).status_code == 401
    api.send("DELETE", SAMPLE)
    api.sim.clock.advance(30)
    assert api.get(SAMPLE).json()["service"]["status"] == "Failed"


def test_a_create_that_fails_after_storing(api: Api) -> None:
    api.sim.faults.add("create_failed_after_store")
    assert api.send("PUT", SAMPLE, scaled()).status_code == 202
    answer = api.create()
    assert (answer.status_code, answer.json()["exceptionId"]) == (500, "framwork.remote.SystemError")
    assert [item["status"] for item in api.get(SERVICES).json()["services"]] == ["UpdateInProgress", "CreateFailed"]


# Every id of contract 3.3, with the status it comes with.
REFUSALS = [
    ("servicemgr.bad_param", 400),
    ("servicemgr.attrCheckMsg.StrOutOfRange", 400),
    ("servicemgr.service.not_exist", 400),
    ("servicemgr.service.not_exist", 500),
    ("servicemgr.template.not_exist", 400),
    ("servicemgr.template.not_exist", 500),
    ("servicemgr.service.template.parse_error", 500),
    ("servicemgr.service.service_package_status_inactive", 500),
    ("servicemgr.service.service_package_status_delete_depending", 500),
    ("servicemgr.servicePackage.not_activation", 500),
    ("servicemgr.service.create_failed", 500),
    ("servicemgr.service.status_inprogress", 500),
    ("servicemgr.service.status_active", 500),
    ("servicemgr.service.status_deactive", 500),
    ("servicemgr.db.oper_db_error", 500),
    ("servicemgr.mysql.oper_mysql_db_error", 500),
    ("servicemgr.redis.oper_redis_db_error", 500),
    ("framwork.remote.SystemError", 500),
]


@pytest.mark.parametrize(("exception_id", "status"), REFUSALS)
def test_refusals_by_choice(api: Api, exception_id: str, status: int) -> None:
    api.sim.faults.add("status", status=status, exceptionId=exception_id)
    answer = api.create()
    assert (answer.status_code, answer.json()["exceptionId"]) == (status, exception_id)
    assert len(api.sim.state.services(TENANT)) == 1


def test_a_modify_the_network_layer_refuses_at_once(api: Api) -> None:
    api.sim.faults.add("fail_sync", operation="modify", exceptionId="network.busy")
    answer = api.send("PUT", SAMPLE, scaled())
    assert (answer.status_code, answer.json()["exceptionId"]) == (500, "network.busy")
    service = api.get(SAMPLE).json()["service"]
    assert (service["status"], service["parameters"]["Site2DCList"][0]["Bandwidth"]) == ("Failed", "80000")


@pytest.mark.parametrize(("process", "left"), [(False, 1), (True, 2)])
def test_a_restart_breaks_every_connection_and_keeps_the_state(api: Api, process: bool, left: int) -> None:
    api.send("PUT", SAMPLE, scaled())
    with ThreadPoolExecutor(1) as pool:
        held = api.sim.faults.add("hang", method="DELETE", process=process)
        api.sim.faults.add("restart", method="POST", process=process, seconds=20)
        other = Api(api.sim, "nbitest_15")
        pending = pool.submit(other.send, "DELETE", f"{SERVICES}/FbqROiHgSyGhZpzJPXH_BA")
        api.sim.faults.wait_until_held(held)
        with pytest.raises(requests.ConnectionError):
            api.create()
        with pytest.raises(requests.ConnectionError):
            pending.result(timeout=10)
    api.sim.journal.wait_until_idle()
    assert [entry.status for entry in api.sim.journal.entries] == [202, None, None]
    api.sim.clock.advance(19)
    for client in (api, other):
        with pytest.raises(requests.ConnectionError, match="Connection refused"):
            client.get(SERVICES)
    assert len(api.sim.journal.entries) == 3
    api.sim.clock.advance(1)
    assert len(api.get(SERVICES).json()["services"]) == left
    # What was under way has gone on meanwhile: 20 of its 60 seconds are over.
    assert api.get(SAMPLE).json()["service"]["status"] == "UpdateInProgress"
    api.sim.clock.advance(40)
    assert api.get(SAMPLE).json()["service"]["status"] == "Completed"
    assert api.create().status_code == 202
    other.close()


def test_a_restart_in_no_time(api: Api) -> None:
    api.sim.faults.add("restart", times=3)
    for _turn in range(3):
        with pytest.raises(requests.ConnectionError):
            api.get(SERVICES)
    assert api.get(SERVICES).status_code == 200


@pytest.mark.parametrize("back", ["release", "clear", "reset"])
def test_a_restart_can_be_ended(api: Api, back: str) -> None:
    api.sim.faults.add("restart", seconds=3600)
    with pytest.raises(requests.ConnectionError):
        api.get(SERVICES)
    {"release": api.sim.faults.release, "clear": api.sim.faults.clear, "reset": api.sim.reset}[back]()
    assert api.get(SERVICES).status_code == 200


def test_a_skewed_clock(api: Api) -> None:
    plain = api.get(SAMPLE)
    api.sim.faults.add("clock_skew", seconds=-86400)
    skewed = api.get(SAMPLE)
    assert plain.json()["service"]["created_at"] - skewed.json()["service"]["created_at"] == 86400000
    difference = parsedate_to_datetime(plain.headers["Date"]) - parsedate_to_datetime(skewed.headers["Date"])
    assert abs(difference.total_seconds() - 86400) < 60


def test_the_concurrency_limit(api: Api) -> None:
    api.sim.options.update({"max_in_flight": 2, "retry_after": 9})
    held = api.sim.faults.add("hang", times=2)
    clients = [Api(api.sim) for _turn in range(2)]
    with ThreadPoolExecutor(2) as pool:
        pending = [pool.submit(client.get, SERVICES) for client in clients]
        api.sim.faults.wait_until_held(held, 2)
        answer = api.get(SERVICES)
        api.sim.faults.release()
        assert [future.result(timeout=10).status_code for future in pending] == [200, 200]
    for client in clients:
        client.close()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "9")
    assert answer.json()["error_code"] == "APIGW.0308"
    assert api.sim.journal.max_concurrency == 3
    assert api.get(SERVICES).status_code == 200


def test_a_fixed_latency(api: Api) -> None:
    api.sim.options.update({"latency": 30.0})
    with pytest.raises(requests.Timeout):
        api.session.get(api.sim.url + SERVICES, timeout=0.2)
