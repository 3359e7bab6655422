# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server or a network can do wrong, and what the user is told: the kind, the place, the way out, and no token."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.clock import ManualClock
from tests.simulator.server import SimulatorServer
from tests.simulator.tokens import make_token
from tests.unit.modules.doors import Runner
from tests.unit.modules.fixtures import START
from tests.unit.modules.support import NAME, SERVICE, SERVICE_ID, SERVICES, VPN, declared, written

READERS: list[tuple[str, dict[str, Any]]] = [
    ("ies_service", declared()),
    ("ies_services", {"services": [declared()]}),
    ("ies_service_info", {}),
    ("ies_catalog_info", {}),
    ("ies_vpn_traffic_info", {"cloud_vpn_names": VPN}),
]
every_module = pytest.mark.parametrize(("module", "params"), READERS, ids=[module for module, _params in READERS])


@pytest.fixture(scope="module")
def tls_sim() -> Iterator[SimulatorServer]:
    """A simulator with a certificate that nobody trusts by default."""
    with SimulatorServer(clock=ManualClock(START), tls=True) as server:
        yield server


# Tokens


@every_module
def test_an_unknown_token(run: Runner, module: str, params: dict[str, Any]) -> None:
    result = run.fails(module, "auth", "auth_token", "401", auth_token="unknown-tenant-token", **params)
    assert result["error"]["status"] == 401
    assert result["error"]["method"] == "GET"


@pytest.mark.undescribed
def test_401_tells_which_token_to_look_at(run: Runner, sim: SimulatorServer) -> None:
    run.fails("ies_service_info", "auth", "bearer_token", "valid until", bearer_token="00000000-0000-0000-0000-000000000000")
    run.fails("ies_service_info", "auth", "no bearer_token was sent", bearer_token=None)
    run.fails("ies_service_info", "auth", "X-Auth-Token", "Authorization", auth_token="opaque-tenant-token")
    assert written(sim) == []


def test_an_expired_token_shows_when_it_ended(run: Runner, sim: SimulatorServer) -> None:
    expired = make_token(START - 10 * 86400)
    result = run.fails("ies_service_info", "auth", "auth_token", "expired", "2023-11-05T22:13:20", auth_token=expired)
    (warning,) = result["warnings"]
    assert "auth_token" in warning
    assert "2023-11-05T22:13:20" in warning


def test_an_expired_token_that_is_still_accepted_is_a_warning(run: Runner, sim: SimulatorServer) -> None:
    expired = make_token(START - 10 * 86400)
    _token, bearer = sim.token_store.issue("late", sim.clock.wall(), auth_token=expired, validity=None)
    result = run.ok("ies_catalog_info", auth_token=expired, bearer_token=bearer)
    assert len(result["service_definitions"]) == 2
    (warning,) = result["warnings"]
    assert "expired" in warning


@pytest.mark.parametrize("shape", ["standard", "raw", "error_code", "error_object", "text", "html", "empty", "json_string"])
def test_401_and_403_with_any_body(run: Runner, sim: SimulatorServer, shape: str) -> None:
    sim.options.update({"auth_error_shape": shape, "error_shape": shape, "tokens_expired": True})
    run.fails("ies_service_info", "auth", "401")
    sim.options.tokens_expired = False
    sim.token_store.issue("reader", sim.clock.wall(), verbs=["GET"])
    result = run.fails("ies_service", "forbidden", "403", "auth_token", tenant="reader", **declared())
    assert result["error"]["status"] == 403
    assert result["error"]["method"] == "POST"


def test_403_names_the_role_that_is_missing(run: Runner, sim: SimulatorServer) -> None:
    sim.faults.add("status", method="PUT", status=403, body={"error_code": "APIGW.0302"})
    run.fails("ies_service", "forbidden", NAME, SERVICE_ID, "gateway.apis.putOperation", name=NAME, bandwidth=5)
    sim.faults.add("status", method="DELETE", status=403, body=None)
    run.fails("ies_service", "forbidden", NAME, SERVICE_ID, "gateway.apis.deleteOperation", name=NAME, state="absent")


def test_tokens_with_white_space_inside(run: Runner, sim: SimulatorServer) -> None:
    auth_token, bearer_token = sim.tokens("nbitest_14")
    lines = "\n".join(auth_token[at : at + 64] for at in range(0, len(auth_token), 64))
    result = run.ok("ies_service_info", auth_token=f" {lines}\r\n", bearer_token=f"{bearer_token[:9]}\t{bearer_token[9:]}\n")
    assert [service["name"] for service in result["services"]] == [NAME]


@pytest.mark.parametrize("alphabet", ["urlsafe", "keystone"])
def test_token_alphabets(run: Runner, alphabet: str) -> None:
    expired = make_token(START - 10 * 86400, alphabet=alphabet)
    run.fails("ies_service_info", "auth", "2023-11-05T22:13:20", auth_token=expired)


def test_an_echoed_token_is_masked(run: Runner, sim: SimulatorServer) -> None:
    auth_token, bearer_token = sim.tokens("nbitest_14")
    broken = f"{auth_token[:700]}\n{auth_token[700:]}"
    echo = {"message": f"no such token {auth_token[:100]}", "exceptionId": bearer_token}
    sim.faults.add("status", status=400, body=echo)
    run.fails("ies_service_info", "invalid", auth_token=broken)
    # The whole token in a string that is short enough to be shown.
    sim.token_store.issue("short", sim.clock.wall(), auth_token="short-tenant-token", bearer_token="short-bearer")
    for text in ("you sent short-tenant-token", "you sent Bearer short-bearer"):
        sim.faults.add("status", status=400, body={"message": text})
        result = run.fails("ies_service_info", "invalid", "you sent", tenant="short", auth_token="short-\ntenant-token")
        assert "short-tenant-token" not in str(result)
        assert "short-bearer" not in str(result)


# Addresses


@every_module
def test_a_closed_port(run: Runner, module: str, params: dict[str, Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    result = run.fails(module, "unreachable", f"127.0.0.1:{port}", "api_url", api_url=f"http://127.0.0.1:{port}", **params)
    assert result["error"]["url"].startswith(f"http://127.0.0.1:{port}/rest/")


def test_an_unknown_host(run: Runner) -> None:
    run.fails("ies_service_info", "unreachable", "ies.invalid", "api_url", api_url="https://ies.invalid:17100", api_retries=0)


@pytest.mark.undescribed
@every_module
def test_a_wrong_path(run: Runner, sim: SimulatorServer, module: str, params: dict[str, Any]) -> None:
    run.fails(module, "not_found", "404", "api_url", api_url=f"{sim.url}/wrong", **params)
    assert written(sim) == []


@pytest.mark.parametrize("suffix", ["/", "/rest", "/rest/", "//"])
def test_a_trailing_slash_or_rest_makes_no_difference(run: Runner, sim: SimulatorServer, suffix: str) -> None:
    assert len(run.ok("ies_service_info", api_url=sim.url + suffix, details=False)["services"]) == 1
    assert [entry.path for entry in sim.journal.entries] == [SERVICES]


@every_module
def test_a_redirect_is_not_followed(run: Runner, sim: SimulatorServer, module: str, params: dict[str, Any]) -> None:
    sim.faults.add(
        "status", times=None, status=302, headers={"Location": "https://elsewhere.example.com/login?next=1"}, body=None
    )
    result = run.fails(module, "bad_response", "https://elsewhere.example.com/login", "redirect", **params)
    assert result["error"]["status"] == 302
    assert len(sim.journal.entries) == 1


def test_a_redirected_write_is_no_lost_answer(run: Runner, sim: SimulatorServer) -> None:
    sim.faults.add("status", method="PUT", times=None, status=307, headers={"Location": "/elsewhere"}, body=None)
    run.fails("ies_service", "bad_response", f"{sim.url}/elsewhere", name=NAME, bandwidth=5)
    assert written(sim) == [("PUT", SERVICE)]


# TLS


def test_an_untrusted_certificate_names_ca_path(run: Runner, tls_sim: SimulatorServer) -> None:
    auth_token, bearer_token = tls_sim.tokens("nbitest_14")
    there = {"api_url": tls_sim.url, "auth_token": auth_token, "bearer_token": bearer_token}
    tls_sim.journal.clear()
    run.fails("ies_service_info", "unreachable", "certificate", "ca_path", **there)
    assert tls_sim.journal.entries == []
    for way in ({"ca_path": tls_sim.ca_path}, {"validate_certs": False}):
        assert len(run.ok("ies_service_info", **there, **way)["services"]) == 1


def test_a_certificate_of_another_host(run: Runner, tls_sim: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    auth_token, bearer_token = tls_sim.tokens("nbitest_14")
    options = {"auth_token": auth_token, "bearer_token": bearer_token, "ca_path": tls_sim.ca_path, "api_retries": 0}
    url = tls_sim.url.replace("127.0.0.1", "127.0.0.2")
    # The other loopback address leads nowhere, so the name is what the resolver says.
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *more, **named: resolve("127.0.0.1", *more, **named))
    run.fails("ies_service_info", "unreachable", "ca_path", "127.0.0.2", api_url=url, **options)


def test_a_ca_file_that_is_none(run: Runner, tls_sim: SimulatorServer, tmp_path: Path) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate\n", encoding="ascii")
    run.fails("ies_service_info", "unreachable", "ca_path", api_url=tls_sim.url, ca_path=str(broken))


def test_plain_http_where_tls_is_spoken(run: Runner, sim: SimulatorServer, tls_sim: SimulatorServer) -> None:
    run.fails("ies_service_info", "unreachable", api_url=tls_sim.url.replace("https", "http"), api_retries=0)
    run.fails("ies_service_info", "unreachable", "TLS", "ca_path", api_url=sim.url.replace("http", "https"))


# Answers that are none


@every_module
@pytest.mark.parametrize(
    ("fault", "phrases"),
    [
        ({"action": "html"}, ("HTML", "api_url")),
        ({"action": "html", "text": "plain words"}, ("no JSON", "plain words")),
        ({"action": "truncate", "mode": "json"}, ("JSON", "cut off")),
        ({"action": "status", "status": 200, "body": '{"broken": '}, ("JSON",)),
        ({"action": "status", "status": 200, "body": 7}, ()),
        ({"action": "status", "status": 200, "body": {"state": "ok"}}, ()),
    ],
    ids=["html", "text", "cut", "broken", "number", "other"],
)
def test_what_is_no_answer(
    run: Runner, sim: SimulatorServer, module: str, params: dict[str, Any], fault: dict[str, Any], phrases: tuple[str, ...]
) -> None:
    sim.faults.add(times=None, **fault)
    result = run.fails(module, "bad_response", *phrases, **params)
    assert result["error"]["status"] == 200
    assert result["error"]["url"].startswith(sim.url)
    assert written(sim) == []
    assert len(sim.journal.entries) <= 6


@pytest.mark.parametrize(
    ("fault", "kind", "status"),
    [
        ({"action": "drop_before"}, "unreachable", None),
        ({"action": "truncate"}, "unreachable", None),
        ({"action": "status", "status": 503, "body": None}, "server", 503),
        ({"action": "status", "status": 500}, "server", 500),
        ({"action": "status", "status": 502, "body": "<html>Bad gateway</html>"}, "server", 502),
        ({"action": "status", "status": 429, "body": None}, "rate_limited", 429),
    ],
    ids=["dropped", "cut", "503", "500", "502", "429"],
)
def test_a_read_is_repeated_six_requests_at_most(
    run: Runner, sim: SimulatorServer, fault: dict[str, Any], kind: str, status: int | None
) -> None:
    sim.faults.add(times=5, **fault)
    run.ok("ies_service_info", details=False)
    assert len(sim.journal.entries) == 6
    sim.reset()
    sim.faults.add(times=None, **fault)
    result = run.fails("ies_service_info", kind)
    assert (result["error"]["status"], result["error"]["method"]) == (status, "GET")
    assert len(sim.journal.entries) == 6
    sim.journal.clear()
    run.fails("ies_service_info", kind, api_retries=0)
    assert len(sim.journal.entries) == 1


@every_module
def test_every_module_repeats_its_reads(run: Runner, sim: SimulatorServer, module: str, params: dict[str, Any]) -> None:
    sim.faults.add("status", times=None, status=503, body=None)
    run.fails(module, "server", **params)
    assert len(sim.journal.entries) == 6
    assert written(sim) == []


def test_the_kind_is_that_of_the_last_failure(run: Runner, sim: SimulatorServer) -> None:
    sim.faults.add("drop_before", times=2)
    sim.faults.add("status", times=None, status=429, body=None, headers={"Retry-After": "30"})
    begun = sim.clock.now()
    run.fails("ies_service_info", "rate_limited")
    assert sim.clock.now() - begun >= 3 * 30


def test_a_server_that_does_not_answer(run: Runner, sim: SimulatorServer) -> None:
    sim.faults.add("hang", times=None)
    result = run.fails("ies_service_info", "timeout", "api_timeout", "1 s", api_timeout=1, api_retries=0)
    assert result["error"]["status"] is None
    sim.faults.clear()


@pytest.mark.parametrize(
    "shape", ["standard", "raw", "error_code", "error_object", "error_string", "message", "text", "html", "empty"]
)
def test_error_bodies_of_every_shape(run: Runner, sim: SimulatorServer, shape: str) -> None:
    sim.options.update({"error_shape": shape, "undeclared_parameters": "refuse"})
    result = run("ies_service", **declared(name="new", parameters={"Odd": "1"}))
    assert result["failed"] is True
    if shape in {"standard", "raw", "error_code", "error_object"}:
        assert result["error"]["kind"] == "invalid"
        assert result["error"]["exception_id"] == "servicemgr.service.template.parse_error"
    assert [service.name for service in sim.state.services("nbitest_14")] == [NAME]


def test_an_exception_id_nobody_knows(run: Runner, sim: SimulatorServer) -> None:
    body = {"exceptionId": "network.port.exhausted", "exceptionType": "ROA_EXFRAME_EXCEPTION"}
    sim.faults.add("status", method="PUT", status=409, body=body)
    result = run.fails("ies_service", "conflict", "network.port.exhausted", NAME, SERVICE_ID, name=NAME, bandwidth=5)
    assert result["error"] == {
        "kind": "conflict",
        "status": 409,
        "exception_id": "network.port.exhausted",
        "method": "PUT",
        "url": f"{sim.url}{SERVICE}",
    }


def test_a_long_error_text_is_cut(run: Runner, sim: SimulatorServer) -> None:
    sim.faults.add("status", status=400, body={"message": "word\n" * 500})
    result = run.fails("ies_service_info", "invalid", "word word")
    assert len(result["msg"]) < 600
