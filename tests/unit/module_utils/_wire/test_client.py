# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wire against a simulated IES: retries, redirects, TLS, spoilt responses, and tokens that stay inside."""

from __future__ import annotations

import email.utils
import importlib.util
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import certifi
import pytest
import requests
import urllib3

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Submitted
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import (
    AuthError,
    BadResponseError,
    ConflictError,
    ForbiddenError,
    IesError,
    InvalidError,
    NotFoundError,
    RateLimitedError,
    ResponseTimeoutError,
    ServerError,
    UnreachableError,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._time import Clock, Deadline
from ansible_collections.cloudopera.ies.plugins.module_utils._wire import transport
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.client import IesClient
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.connection import ConnectionOptions
from tests.simulator.clock import ManualClock
from tests.simulator.server import SimulatorServer
from tests.simulator.tokens import make_token
from tests.unit.conftest import START, TENANT, FakeTime

from ..support import DEFINITION, READS, SERVICE_ID, TEMPLATE, VPN, WRITES, caught_from, sample

SERVICES = "/rest/servicemanager/v1/services"
DEFINITIONS = "/rest/catalog/v1/servicedefs"
Connect = Callable[..., IesClient]


@pytest.fixture
def closed_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestRequests:
    def test_both_tokens_on_every_request(self, client: IesClient, simulator: SimulatorServer) -> None:
        for name, read in READS.items():
            if name != "read_traffic":
                read(client)
        client.read_traffic(VPN, "traffic-rate", {"starttime": 60, "endtime": 120}, "max")
        WRITES["update"](client)
        assert all(entry.has_auth_token and entry.has_bearer for entry in simulator.journal.entries)
        assert len(simulator.journal.entries) == len(READS) + 1

    def test_no_bearer_header_without_a_bearer(self, connect: Connect, simulator: SimulatorServer) -> None:
        simulator.options.update({"bearer_required": False})
        connect(bearer_token=None).list_services()
        (entry,) = simulator.journal.entries
        assert (entry.has_auth_token, entry.has_bearer) == (True, False)
        assert "authorization" not in entry.headers

    @pytest.mark.parametrize("name", WRITES)
    def test_writes_are_json(self, name: str, client: IesClient, simulator: SimulatorServer) -> None:
        if name == "deactivate":
            simulator.state.set_status(SERVICE_ID, active_status="Active")
        submitted = WRITES[name](client)
        (entry,) = simulator.journal.entries
        expected = {
            "create": ("POST", SERVICES, sample("create_request")),
            "update": ("PUT", f"{SERVICES}/{SERVICE_ID}", sample("modify_request")),
            "delete": ("DELETE", f"{SERVICES}/{SERVICE_ID}", None),
            "deactivate": ("POST", f"{SERVICES}/{SERVICE_ID}/deactivation", {}),
        }[name]
        assert (entry.method, entry.path, entry.body) == expected
        assert entry.content_type == "application/json"
        assert submitted.operation_id

    def test_reads_have_no_content_type(self, client: IesClient, simulator: SimulatorServer) -> None:
        client.list_services()
        assert simulator.journal.entries[0].content_type is None

    def test_the_query_of_contract_8(self, client: IesClient, simulator: SimulatorServer) -> None:
        query = {
            "starttime": 1493367320,
            "endtime": 1493367500,
            "timedim": "minute",
            "direction": "outbound",
            "indicator": "max",
        }
        samples = client.read_traffic(VPN, "traffic-rate", query, "max")
        (entry,) = simulator.journal.entries
        assert entry.path == f"/rest/cloudvpnwatch/v1/traffic/connections/{VPN}/traffic-rate"
        assert entry.query == {key: str(value) for key, value in query.items()}
        assert samples is not None
        assert len(samples) == 3

    @pytest.mark.parametrize("value", ["a&b=c", "ä ö", "#", "%41", "+"])
    def test_query_values_are_encoded(self, value: str, client: IesClient, simulator: SimulatorServer) -> None:
        with pytest.raises(InvalidError):
            client.read_traffic(VPN, "traffic-rate", {"timedim": value}, "max")
        assert simulator.journal.entries[0].query == {"timedim": value}

    @pytest.mark.parametrize(
        ("name", "raw"),
        [
            ("a/b", "a%2Fb"),
            ("..x", "..x"),
            ("...", "..."),
            ("a?b", "a%3Fb"),
            ("a#b", "a%23b"),
            ("a b", "a%20b"),
            ("a%2Fb", "a%252Fb"),
            ("Zürich", "Z%C3%BCrich"),
            ("a;b,c", "a%3Bb%2Cc"),
            ("-a_", "-a_"),
            ("a.b~c", "a.b~c"),
        ],
    )
    def test_path_segments_are_encoded(self, name: str, raw: str, client: IesClient, simulator: SimulatorServer) -> None:
        assert client.find_service(name) is None
        assert client.read_traffic(name, "m", {"starttime": 60, "endtime": 120}, "max") is None
        assert [entry.raw_path for entry in simulator.journal.entries] == [
            f"{SERVICES}/{raw}",
            f"/rest/cloudvpnwatch/v1/traffic/connections/{raw}/m",
        ]
        assert simulator.journal.entries[0].path == f"{SERVICES}/{name}"

    @pytest.mark.parametrize("name", ["", ".", "..", "a\ud800"])
    def test_what_cannot_stand_in_a_path_is_refused(self, name: str, client: IesClient, simulator: SimulatorServer) -> None:
        for call in (client.find_service, client.delete_service, client.get_definition):
            with pytest.raises(InvalidError, match="cannot be addressed"):
                call(name)
        assert simulator.journal.entries == []

    def test_half_a_surrogate_pair_goes_back_as_it_came(self, client: IesClient, simulator: SimulatorServer) -> None:
        client.update_service(SERVICE_ID, {"service": {"description": "a\ud800"}})
        assert simulator.journal.writes[0].body["service"]["description"] == "a\ud800"

    def test_a_prefix_before_rest_is_kept(self, connect: Connect, simulator: SimulatorServer) -> None:
        with pytest.raises(NotFoundError, match="api_url"):
            connect(api_url=f"{simulator.url}/gw").list_services()
        assert simulator.journal.entries[0].path == f"/gw{SERVICES}"

    def test_each_request_is_told_with_its_url_and_outcome(self, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        told: list[str] = []
        auth_token, bearer_token = simulator.tokens(TENANT)
        client = IesClient(ConnectionOptions(simulator.url, auth_token, bearer_token), fake_time.clock, on_request=told.append)
        client.read_traffic(VPN, "traffic-rate", {"starttime": 60, "endtime": 120}, "max")
        simulator.faults.add("drop_before")
        client.list_services()
        simulator.faults.add("html")
        caught_from(client.list_services)
        client.close()
        url = simulator.url + SERVICES
        assert told[1:] == [f"GET {url} -> unreachable", f"GET {url} -> 200", f"GET {url} -> bad_response"]
        assert told[0].endswith("/traffic-rate -> 200")
        assert auth_token[:12] not in "".join(told)

    def test_cookies_are_not_sent_back(self, client: IesClient, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", status=200, body={"services": []}, headers={"Set-Cookie": "session=1; Path=/"})
        client.list_services()
        client.list_services()
        assert "cookie" not in simulator.journal.entries[1].headers

    @pytest.mark.parametrize("place", ["home", "variable"])
    def test_netrc_is_not_read(
        self, place: str, connect: Connect, simulator: SimulatorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        netrc = tmp_path / ".netrc"
        netrc.write_text("machine 127.0.0.1 login someone password else\n", encoding="utf-8")
        netrc.chmod(0o600)
        monkeypatch.setenv(*(("HOME", str(tmp_path)) if place == "home" else ("NETRC", str(netrc))))
        simulator.options.update({"bearer_required": False})
        assert connect(bearer_token=None).list_services()
        assert "authorization" not in simulator.journal.entries[0].headers
        assert connect().list_services()
        assert simulator.journal.entries[1].has_bearer


class TestRetries:
    @pytest.mark.parametrize("name", READS)
    def test_a_read_is_sent_six_times_at_most(
        self, name: str, client: IesClient, simulator: SimulatorServer, fake_time: FakeTime
    ) -> None:
        simulator.faults.add("status", status=503, times=None)
        error = caught_from(lambda: READS[name](client))
        assert (type(error), error.status) == (ServerError, 503)
        assert len(simulator.journal.entries) == 6
        assert len(fake_time.slept) == 5

    @pytest.mark.parametrize("retries", [0, 1, 3])
    def test_the_number_of_repeats_is_an_option(self, retries: int, connect: Connect, simulator: SimulatorServer) -> None:
        simulator.faults.add("drop_before", times=None)
        caught_from(connect(api_retries=retries).list_services)
        assert len(simulator.journal.entries) == retries + 1

    @pytest.mark.parametrize(
        ("fault", "params", "kind", "status"),
        [
            *(("status", {"status": status}, "server", status) for status in (500, 501, 502, 503, 504)),
            ("status", {"status": 500, "exceptionId": "servicemgr.db.oper_db_error"}, "server", 500),
            ("status", {"status": 429}, "rate_limited", 429),
            ("status", {"status": 429, "body": None}, "rate_limited", 429),
            ("status", {"status": 503, "body": "<html>maintenance</html>"}, "server", 503),
            ("drop_before", {}, "unreachable", None),
            ("drop_after", {}, "unreachable", None),
            ("truncate", {}, "unreachable", None),
            ("truncate", {"mode": "body"}, "bad_response", 200),
        ],
        ids=str,
    )
    def test_what_is_repeated(
        self, fault: str, params: dict[str, Any], kind: str, status: int | None, client: IesClient, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add(fault, times=5, **params)
        assert [service.service_id for service in client.list_services()] == [SERVICE_ID]
        assert len(simulator.journal.entries) == 6
        simulator.faults.add(fault, times=6, **params)
        error = caught_from(client.list_services)
        assert (error.kind, error.status, error.method) == (kind, status, "GET")
        assert error.url == simulator.url + SERVICES

    @pytest.mark.parametrize(
        ("fault", "params", "error_class"),
        [
            ("status", {"status": 400, "body": None}, InvalidError),
            ("status", {"status": 401, "body": None}, AuthError),
            ("status", {"status": 403, "body": None}, ForbiddenError),
            ("status", {"status": 404, "body": {"error_code": "APIGW.0101"}}, NotFoundError),
            ("status", {"status": 409, "body": None}, ConflictError),
            ("status", {"status": 500, "exceptionId": "servicemgr.service.status_inprogress"}, ConflictError),
            ("status", {"status": 500, "body": {"error": "servicemgr.service.status_inprogress"}}, ConflictError),
            ("status", {"status": 302, "headers": {"Location": "/login"}}, BadResponseError),
            ("status", {"status": 200, "body": "plain text"}, BadResponseError),
            ("status", {"status": 200, "body": '"a string"'}, BadResponseError),
            ("html", {}, BadResponseError),
        ],
        ids=str,
    )
    def test_what_is_not_repeated(
        self,
        fault: str,
        params: dict[str, Any],
        error_class: type[IesError],
        client: IesClient,
        simulator: SimulatorServer,
        fake_time: FakeTime,
    ) -> None:
        simulator.faults.add(fault, times=None, **params)
        assert caught_from(client.list_services).__class__ is error_class
        assert len(simulator.journal.entries) == 1
        assert fake_time.slept == []

    def test_the_kind_is_that_of_the_last_failure(self, client: IesClient, simulator: SimulatorServer) -> None:
        simulator.faults.add("drop_before", times=3)
        simulator.faults.add("status", status=503, times=2)
        simulator.faults.add("status", status=429, body=None, times=1)
        error = caught_from(client.list_services)
        assert (type(error), error.status) == (RateLimitedError, 429)

    def test_pauses_grow_to_eight_seconds(self, connect: Connect, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        simulator.faults.add("drop_before", times=None)
        caught_from(connect(api_retries=8).list_services)
        longest = [0.5, 1, 2, 4, 8, 8, 8, 8]
        assert all(bound / 2 <= pause <= bound for pause, bound in zip(fake_time.slept, longest))
        assert len(fake_time.slept) == 8

    @pytest.mark.parametrize(
        ("header", "slept"),
        [
            pytest.param("7", [7.0], id="seconds"),
            pytest.param("0", [0.0], id="zero"),
            pytest.param(email.utils.formatdate(START + 10**9, usegmt=True), None, id="a-date-far-away"),
            pytest.param(email.utils.formatdate(START - 10**6, usegmt=True), [0.0], id="a-date-in-the-past"),
            pytest.param("301", None, id="too-long"),
        ],
    )
    @pytest.mark.parametrize("status", [429, 503])
    def test_retry_after_is_honoured(
        self,
        status: int,
        header: str,
        slept: list[float] | None,
        client: IesClient,
        simulator: SimulatorServer,
        fake_time: FakeTime,
    ) -> None:
        simulator.faults.add("status", status=status, body=None, headers={"Retry-After": header})
        if slept is None:
            # Nobody waits that long unasked: the error tells what the server asked for.
            error = caught_from(client.list_services)
            assert error.status == status
            assert error.retry_after is not None
            assert error.retry_after > 300
        else:
            assert client.list_services()
        assert fake_time.slept == (slept or [])

    def test_retry_after_as_a_date(self, client: IesClient, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        moment = int(fake_time.clock.now()) + 42
        header = email.utils.formatdate(moment, usegmt=True)
        simulator.faults.add("status", status=503, body=None, headers={"Retry-After": header})
        assert client.list_services()
        assert fake_time.slept == [pytest.approx(moment - (fake_time.clock.now() - sum(fake_time.slept)))]

    @pytest.mark.parametrize("header", ["soon", "-5", "1.5", "Mon, 99 Foo 2017", "²"])
    def test_an_unreadable_retry_after_is_as_none(
        self, header: str, client: IesClient, simulator: SimulatorServer, fake_time: FakeTime
    ) -> None:
        simulator.faults.add("status", status=503, body=None, headers={"Retry-After": header})
        assert client.list_services()
        assert len(fake_time.slept) == 1
        assert 0.25 <= fake_time.slept[0] <= 0.5

    def test_an_unreadable_retry_after_does_not_spoil_the_error(self, connect: Connect, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", status=503, body=None, headers={"Retry-After": "²"})
        assert caught_from(connect(api_retries=0).list_services).status == 503

    @pytest.mark.parametrize("name", WRITES)
    @pytest.mark.parametrize(
        ("fault", "params", "kind", "unknown"),
        [
            ("drop_before", {}, "unreachable", True),
            ("drop_after", {}, "unreachable", True),
            ("status", {"status": 500}, "server", True),
            ("status", {"status": 502, "body": "<html/>"}, "server", True),
            ("status", {"status": 503, "body": None}, "server", True),
            ("status", {"status": 504, "body": None}, "server", True),
            ("status_after", {"status": 500}, "server", True),
            ("status", {"status": 500, "exceptionId": "servicemgr.db.oper_db_error"}, "server", True),
            ("truncate", {}, "unreachable", True),
            ("truncate", {"mode": "body"}, "bad_response", True),
            ("duplicate", {}, "bad_response", True),
            ("html", {}, "bad_response", True),
            ("html", {"status": 502}, "server", True),
            ("status", {"status": 429, "body": None}, "rate_limited", False),
            ("status", {"status": 500, "exceptionId": "servicemgr.service.status_inprogress"}, "conflict", False),
            ("status", {"status": 500, "exceptionId": "servicemgr.service.template.parse_error"}, "invalid", False),
            ("status", {"status": 500, "body": {"id": "servicemgr.service.create_failed", "httpCode": 500}}, "conflict", False),
            ("status", {"status": 500, "body": {"error": "servicemgr.service.status_active"}}, "conflict", False),
            ("status", {"status": 400, "body": None}, "invalid", False),
            ("status", {"status": 401, "body": None}, "auth", False),
            ("status", {"status": 403, "body": None}, "forbidden", False),
            ("status", {"status": 404, "body": None}, "not_found", False),
            ("status", {"status": 302, "headers": {"Location": "https://sso.example.com/"}}, "bad_response", False),
        ],
        ids=str,
    )
    def test_a_write_is_never_repeated_and_tells_whether_it_may_have_been_done(
        self,
        fault: str,
        params: dict[str, Any],
        kind: str,
        unknown: bool,
        name: str,
        client: IesClient,
        simulator: SimulatorServer,
        fake_time: FakeTime,
    ) -> None:
        simulator.state.set_status(SERVICE_ID, active_status="Active" if name == "deactivate" else "Deactive")
        simulator.faults.add(fault, times=None, **params)
        error = caught_from(lambda: WRITES[name](client))
        assert (error.kind, error.outcome_unknown) == (kind, unknown)
        assert len(simulator.journal.entries) == 1
        assert fake_time.slept == []

    @pytest.mark.parametrize("name", WRITES)
    @pytest.mark.parametrize(("status", "kind"), [(429, "rate_limited"), (503, "server")])
    def test_a_wait_beyond_the_limit_is_an_error_that_names_it(
        self, status: int, kind: str, name: str, client: IesClient, simulator: SimulatorServer, fake_time: FakeTime
    ) -> None:
        simulator.faults.add("status", status=status, body=None, headers={"Retry-After": "7200"}, times=2)
        for call in (WRITES[name], READS["list_services"]):
            error = caught_from(lambda call=call: call(client))  # type: ignore[misc]
            assert (error.kind, error.asks_too_long) == (kind, True)
            assert "7200 s (Retry-After)" in error.message
            # The client holds every request for a moment after a 429, not for as long as it was asked to.
            assert sum(fake_time.slept) <= 8

    @pytest.mark.parametrize("header", [None, "0", "300"])
    def test_a_wait_within_the_limit_is_not_too_long(
        self, header: str | None, client: IesClient, simulator: SimulatorServer
    ) -> None:
        headers = {"Retry-After": header} if header is not None else {}
        simulator.faults.add("status", status=503, body=None, headers=headers)
        error = caught_from(lambda: WRITES["create"](client))
        assert not error.asks_too_long
        assert "Retry-After" not in error.message

    def test_a_busy_gateway_is_waited_for(self, client: IesClient, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        body = {"error_code": "APIGW.0308", "error_msg": "The throttling threshold has been reached"}
        simulator.faults.add("status", status=429, body=body, headers={"Retry-After": "3"}, times=2)
        assert client.list_services()
        assert fake_time.slept == [3.0, 3.0]


class TestDeadline:
    """Reads that must not be repeated past a deadline."""

    @pytest.mark.parametrize("name", READS)
    @pytest.mark.parametrize("status", [429, 503])
    def test_retry_after_is_clipped_to_what_is_left(
        self, status: int, name: str, client: IesClient, simulator: SimulatorServer, fake_time: FakeTime
    ) -> None:
        simulator.faults.add("status", status=status, body=None, headers={"Retry-After": "290"}, times=None)
        deadline = Deadline(fake_time.clock, 100)
        error = caught_from(lambda: READS[name](client.until(deadline)))
        assert error.kind == {429: "rate_limited", 503: "server"}[status]
        assert sum(fake_time.slept) == pytest.approx(100)
        assert len(simulator.journal.entries) <= 2

    def test_growing_pauses_are_clipped_too(self, connect: Connect, simulator: SimulatorServer, fake_time: FakeTime) -> None:
        simulator.faults.add("drop_before", times=None)
        client = connect(api_retries=50).until(Deadline(fake_time.clock, 10))
        assert caught_from(client.list_services).kind == "unreachable"
        assert sum(fake_time.slept) == pytest.approx(10)
        assert all(pause > 0 for pause in fake_time.slept)

    def test_a_last_look_is_taken_at_the_deadline(
        self, client: IesClient, simulator: SimulatorServer, fake_time: FakeTime
    ) -> None:
        simulator.faults.add("status", status=503, body=None, headers={"Retry-After": "290"})
        assert client.until(Deadline(fake_time.clock, 7)).list_services()
        assert fake_time.slept == [7.0]

    def test_a_deadline_that_has_passed_allows_one_look(
        self, client: IesClient, simulator: SimulatorServer, fake_time: FakeTime
    ) -> None:
        assert client.until(Deadline(fake_time.clock, 0)).list_services()
        simulator.faults.add("status", status=503, body=None)
        assert caught_from(client.until(Deadline(fake_time.clock, 0)).list_services).status == 503
        assert fake_time.slept == []

    def test_a_hold_of_all_requests_ends_at_the_deadline_of_one(
        self, client: IesClient, simulator: SimulatorServer, fake_time: FakeTime
    ) -> None:
        simulator.faults.add("status", status=429, body=None, headers={"Retry-After": "200"})
        assert caught_from(lambda: WRITES["delete"](client)).kind == "rate_limited"
        error = caught_from(client.until(Deadline(fake_time.clock, 10)).list_services)
        assert error.kind == "rate_limited"
        assert fake_time.slept == [10.0]
        # It was not sent, and the next one without a deadline waits for the rest.
        assert len(simulator.journal.entries) == 1
        assert client.list_services()
        assert fake_time.slept == [10.0, 190.0]

    def test_a_view_changes_nothing_for_others(
        self, client: IesClient, simulator: SimulatorServer, fake_time: FakeTime
    ) -> None:
        view = client.until(Deadline(fake_time.clock, 10))
        simulator.faults.add("status", status=503, body=None, headers={"Retry-After": "60"})
        assert client.list_services()
        simulator.faults.add("status", status=503, body=None, headers={"Retry-After": "60"})
        assert view.until(None).list_services()
        assert fake_time.slept == [60.0, 60.0]


class TestRedirects:
    def test_the_body_of_a_redirect_is_limited_too(
        self, client: IesClient, simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(transport, "LARGEST_RESPONSE", 1024 * 1024)
        simulator.faults.add("status", status=302, body="x" * (2 * 1024 * 1024), headers={"Location": "/login"})
        assert "larger than 1 MiB" in caught_from(client.list_services).message

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize("name", ["list_services", "create", "delete"])
    def test_a_redirect_is_named_and_never_followed(
        self, name: str, status: int, client: IesClient, simulator: SimulatorServer
    ) -> None:
        target = f"{simulator.url}/elsewhere?ticket=SECRET#part"
        simulator.faults.add("status", status=status, body=None, headers={"Location": target})
        call = READS.get(name) or WRITES[name]
        error = caught_from(lambda: call(client))
        assert (error.kind, error.status) == ("bad_response", status)
        assert f"{simulator.url}/elsewhere" in error.message
        assert "SECRET" not in error.message
        assert "api_url" in error.message
        assert len(simulator.journal.entries) == 1

    @pytest.mark.parametrize(
        ("location", "shown"),
        [
            ("https://user:pw@sso.example.com:8443/login?a=b", "https://sso.example.com:8443/login;"),
            ("/login?token=x", "/login;"),
            ("//other.example.com/x", "http://other.example.com/x;"),
            ("https://[broken", "an address that cannot be read"),
            ("", "nowhere"),
            (None, "nowhere"),
        ],
        ids=str,
    )
    def test_where_it_points(self, location: str | None, shown: str, client: IesClient, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", status=302, body=None, headers={} if location is None else {"Location": location})
        message = caught_from(client.list_services).message
        assert shown in message
        assert "pw" not in message
        assert "token=x" not in message


class TestBodies:
    @pytest.mark.parametrize("null_body", ["empty", "null"])
    @pytest.mark.parametrize("typed", [True, False])
    @pytest.mark.parametrize(("empty_list", "not_found"), [("404", "404"), ("200-list", "200-null"), ("200-null", "200-null")])
    def test_nothing_found(
        self, null_body: str, typed: bool, empty_list: str, not_found: str, client: IesClient, simulator: SimulatorServer
    ) -> None:
        simulator.state.clear_services()
        simulator.options.update(
            {"null_body": null_body, "null_body_content_type": typed, "empty_list": empty_list, "service_not_found": not_found}
        )
        assert client.list_services() == []
        assert client.find_service("gone") is None
        assert client.read_traffic("gone", "traffic-rate", {"starttime": 60, "endtime": 120}, "max") is None
        assert client.find_operation("gone", "gone") is None
        assert client.list_operations("gone") == []

    @pytest.mark.parametrize("body", [None, "null", " null\n"], ids=["empty", "null", "null-and-space"])
    @pytest.mark.parametrize("name", READS)
    def test_null_bodies_on_200(self, name: str, body: str | None, client: IesClient, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", status=200, body=body, times=None)
        if name == "get_definition":
            with pytest.raises(NotFoundError, match=DEFINITION):
                READS[name](client)
        else:
            assert not READS[name](client)

    @pytest.mark.parametrize("body", [None, "null"], ids=["empty", "null"])
    def test_null_bodies_on_accepted_writes(self, body: str | None, client: IesClient, simulator: SimulatorServer) -> None:
        location = f"{SERVICES}/S/operations/O"
        for status in (200, 201, 202, *((204,) if body is None else ())):
            simulator.faults.add("status", status=status, body=body, headers={"Location": location})
            assert client.update_service(SERVICE_ID, {}) == Submitted("S", "O")
        simulator.faults.add("status", status=202, body=body)
        assert client.update_service(SERVICE_ID, {}) == Submitted(None, None)

    @pytest.mark.parametrize("location", ["relative", "absolute", "other-host", "absent"])
    @pytest.mark.parametrize("ids_in_body", [True, False])
    def test_the_ids_of_a_create(self, location: str, ids_in_body: bool, client: IesClient, simulator: SimulatorServer) -> None:
        simulator.options.update({"location": location, "ids_in_body": ids_in_body})
        submitted = WRITES["create"](client)
        (made,) = simulator.state.named(TENANT, "site2dc4_201705071158")[1:]
        expected = made.service_id if ids_in_body or location != "absent" else None
        assert submitted.service_id == expected
        assert (submitted.operation_id is None) is (expected is None)

    @pytest.mark.parametrize("status", [200, 201, 202, 204])
    def test_any_2xx_is_success(self, status: int, client: IesClient, simulator: SimulatorServer) -> None:
        simulator.options.update({"success_status": status})
        submitted = client.delete_service(SERVICE_ID)
        assert submitted.operation_id or status == 204

    def test_a_delete_of_nothing_has_no_operation(self, client: IesClient) -> None:
        assert client.delete_service("gone").operation_id is None

    def test_a_404_with_a_body_is_a_wrong_address(self, connect: Connect, simulator: SimulatorServer) -> None:
        error = caught_from(connect(api_url=f"{simulator.url}/wrong").list_services)
        assert (error.kind, error.status) == ("not_found", 404)
        assert "api_url" in error.message
        assert error.url == f"{simulator.url}/wrong{SERVICES}"

    @pytest.mark.parametrize("body", [{"error_code": "APIGW.0101"}, {"exceptionId": "servicemgr.service.not_exist"}, "<html/>"])
    @pytest.mark.parametrize("name", ["list_services", "list_definitions"])
    def test_a_404_with_a_body_on_a_list_hints_at_the_address(
        self, name: str, body: Any, client: IesClient, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add("status", status=404, body=body)
        error = caught_from(lambda: READS[name](client))
        assert (error.kind, error.status) == ("not_found", 404)
        assert "api_url" in error.message

    def test_a_404_with_a_body_is_no_missing_service(self, client: IesClient, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", status=404, body={"error_code": "APIGW.0101"})
        assert caught_from(lambda: client.find_service("x")).kind == "not_found"

    @pytest.mark.parametrize("status", [400, 404, 500])
    def test_not_exist_by_id_is_a_missing_service(self, status: int, client: IesClient, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", status=status, exceptionId="servicemgr.service.not_exist")
        assert client.find_service("x") is None

    @pytest.mark.parametrize("mode", ["html", "truncated", "words", "utf-16"])
    def test_what_is_no_json_is_shown_shortly(self, mode: str, connect: Connect, simulator: SimulatorServer) -> None:
        body = {
            "html": "<!DOCTYPE html><html><h1>Sign in</h1>" + "x" * 5000,
            "truncated": '{"services":[{"service_id":"a"' + " " * 5000,
            "words": "backend fetch failed " + "y" * 5000,
            "utf-16": "\ufeff\x00",
        }[mode]
        simulator.faults.add("status", status=200, body=body)
        error = caught_from(connect(api_retries=0).list_services)
        assert (error.kind, error.status) == ("bad_response", 200)
        assert len(error.message) < 600
        assert {"html": "HTML", "truncated": "cut off JSON", "words": "backend fetch", "utf-16": "no JSON"}[
            mode
        ] in error.message

    def test_a_byte_order_mark_is_no_harm(self, client: IesClient, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", status=200, body='\ufeff{"services":[{"service_id":"a"}]}')
        assert [service.service_id for service in client.list_services()] == ["a"]

    def test_an_answer_of_another_shape_is_a_bad_response_with_its_url(
        self, client: IesClient, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add("status", status=200, body={"hello": "world"})
        error = caught_from(client.list_services)
        assert error.as_dict() == {
            "kind": "bad_response",
            "status": 200,
            "exception_id": None,
            "method": "GET",
            "url": simulator.url + SERVICES,
        }

    @pytest.mark.parametrize("body", ["[" * 100_000, '{"data":' * 5000 + "{}" + "}" * 5000], ids=["lists", "objects"])
    def test_very_deep_json_is_a_bad_response(self, body: str, connect: Connect, simulator: SimulatorServer) -> None:
        client = connect(api_retries=0)
        for status, kind in ((200, "bad_response"), (500, "server")):
            simulator.faults.add("status", status=status, body=body)
            assert caught_from(lambda: client.find_service("x")).kind == kind

    @pytest.mark.parametrize("part", [0, 1], ids=["headers-only", "one-byte"])
    @pytest.mark.parametrize("before", [False, True], ids=["as-it-is", "as-with-urllib3-1.26"])
    def test_an_answer_shorter_than_it_says_is_none(
        self, before: bool, part: int, connect: Connect, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Short(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "500")
                self.end_headers()
                self.wfile.write(b"[" * part)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        if before:
            # Requests leaves the check to urllib3, and that of 1.26 makes none unless asked to.
            given = urllib3.response.HTTPResponse.__init__
            monkeypatch.setattr(
                urllib3.response.HTTPResponse,
                "__init__",
                lambda self, *args, **more: given(self, *args, **{**more, "enforce_content_length": False}),
            )
        with ThreadingHTTPServer(("127.0.0.1", 0), Short) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            try:
                error = caught_from(connect(api_url=f"http://127.0.0.1:{server.server_port}", api_retries=0).list_services)
            finally:
                server.shutdown()
                thread.join()
        assert error.kind == "unreachable"

    def test_an_answer_beyond_the_limit_is_not_read(
        self, client: IesClient, simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(transport, "LARGEST_RESPONSE", 2 * 1024 * 1024)
        simulator.faults.add("status", status=200, body="[" + " " * 2 * 1024 * 1024 + "]")
        error = caught_from(client.list_services)
        assert (error.kind, error.status, len(simulator.journal.entries)) == ("bad_response", 200, 1)
        assert "larger than 2 MiB" in error.message
        simulator.faults.add("status", status=200, body="[" + " " * (2 * 1024 * 1024 - 2) + "]")
        assert client.list_services() == []

    def test_the_limit_is_16_mib(self) -> None:
        assert transport.LARGEST_RESPONSE == 16 * 1024 * 1024

    @pytest.mark.parametrize(
        ("shape", "exception_id"),
        [
            *((shape, True) for shape in ("standard", "raw", "error_code", "error_object", "error_string")),
            *((shape, False) for shape in ("message", "json_string", "text", "html", "empty")),
        ],
    )
    @pytest.mark.parametrize("status", [500, 409])
    def test_error_bodies_of_all_shapes(
        self, shape: str, exception_id: bool, status: int, client: IesClient, simulator: SimulatorServer
    ) -> None:
        simulator.options.update({"error_shape": shape, "refusal_status": status})
        simulator.state.set_status(SERVICE_ID, "UpdateInProgress")
        error = caught_from(lambda: WRITES["update"](client))
        expected = "servicemgr.service.status_inprogress" if exception_id else None
        assert (error.status, error.exception_id) == (status, expected)
        assert error.kind == ("conflict" if exception_id or status == 409 else "server")
        if shape in {"message", "json_string", "text", "html"}:
            assert "request refused" in error.message


class TestDefinitions:
    def test_details(self, client: IesClient) -> None:
        assert [template.template_id for template in client.get_definition(DEFINITION).templates] == [TEMPLATE]

    @pytest.mark.parametrize("status", [404, 405])
    def test_the_other_path_of_another_release(self, status: int, client: IesClient, simulator: SimulatorServer) -> None:
        simulator.options.update({"details_path": "detail", "details_missing_status": status})
        assert client.get_definition(DEFINITION).service_definition_id == DEFINITION
        assert [entry.path.rsplit("/", 1)[1] for entry in simulator.journal.entries] == ["details", "detail"]

    def test_an_unknown_one(self, client: IesClient) -> None:
        error = caught_from(lambda: client.get_definition("nope"))
        assert error.kind == "not_found"
        assert "nope" in f"{error.message} {error.url}"

    def test_another_error_is_not_tried_on_the_other_path(self, client: IesClient, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", status=403, body=None)
        assert caught_from(lambda: client.get_definition(DEFINITION)).kind == "forbidden"
        assert len(simulator.journal.entries) == 1

    @pytest.mark.parametrize("options", [{"empty_definitions": "404"}, {"empty_definitions": "list"}], ids=str)
    def test_an_empty_catalogue(self, options: dict[str, Any], client: IesClient, simulator: SimulatorServer) -> None:
        simulator.state.load([], [])
        simulator.options.update(options)
        assert client.list_definitions() == []


class TestOperations:
    @pytest.mark.parametrize("operations", ["404", "403", "405", "purged", "storage-trouble"])
    def test_closed_or_gone(self, operations: str, client: IesClient, simulator: SimulatorServer) -> None:
        submitted = WRITES["update"](client)
        simulator.options.update({"operations": operations})
        assert client.find_operation(SERVICE_ID, str(submitted.operation_id)) is None
        assert client.list_operations(SERVICE_ID) == []

    @pytest.mark.parametrize("style", ["svcmgr", "gso"])
    def test_served(self, style: str, client: IesClient, simulator: SimulatorServer) -> None:
        simulator.options.update({"operation_style": style})
        submitted = WRITES["update"](client)
        operation = client.find_operation(SERVICE_ID, str(submitted.operation_id))
        assert operation is not None
        assert operation.operation_id == submitted.operation_id
        assert [entry.operation_id for entry in client.list_operations(SERVICE_ID)] == [submitted.operation_id]

    def test_another_error_is_one(self, client: IesClient, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", status=401, body=None)
        assert caught_from(lambda: client.find_operation(SERVICE_ID, "x")).kind == "auth"


class TestCredentials:
    """Which token to look at (contract 2.3)."""

    @staticmethod
    def advice(connect: Connect, **tokens: Any) -> str:
        """Return the message of a 401."""
        error = caught_from(connect(**tokens).list_services)
        assert (error.kind, error.status) == ("auth", 401)
        return error.message

    def test_an_expired_token(self, connect: Connect) -> None:
        message = self.advice(connect, auth_token=make_token(1493070688.135))
        assert "auth_token says that it expired at 2017-04-25T21:51:28.135" in message

    def test_an_expired_token_without_a_bearer(self, connect: Connect) -> None:
        assert "expired" in self.advice(connect, auth_token=make_token(1493070688.135), bearer_token=None)

    def test_no_bearer(self, connect: Connect) -> None:
        message = self.advice(connect, bearer_token=None)
        assert "no bearer_token was sent" in message

    def test_a_valid_token_and_a_wrong_bearer(self, connect: Connect) -> None:
        message = self.advice(connect, bearer_token="wrong")
        assert "look at bearer_token first" in message
        assert "wrong" not in message

    def test_an_opaque_token(self, connect: Connect) -> None:
        message = self.advice(connect, auth_token="opaque-token")
        assert "auth_token" in message
        assert "bearer_token" in message
        assert "opaque-token" not in message

    @pytest.mark.parametrize(
        "exception_id",
        [
            *("servicemgr.permission_denied", "servicemgr.service.status_inprogress", "framwork.remote.SystemError"),
            *("servicemgr.service.not_exist", "x.NotNullable", "APIGW.0301"),
        ],
    )
    @pytest.mark.parametrize("name", [*READS, *WRITES])
    def test_401_is_auth_whatever_id_comes_with_it(
        self, name: str, exception_id: str, client: IesClient, simulator: SimulatorServer, fake_time: FakeTime
    ) -> None:
        simulator.faults.add("status", status=401, exceptionId=exception_id)
        call = READS.get(name) or WRITES[name]
        error = caught_from(lambda: call(client))
        assert (error.kind, error.status, error.exception_id) == ("auth", 401, exception_id)
        assert "token" in error.message
        assert (error.outcome_unknown, fake_time.slept) == (False, [])
        assert len(simulator.journal.entries) == 1

    @pytest.mark.parametrize("shape", ["standard", "html", "text", "empty", "json_string"])
    def test_whatever_the_body(self, shape: str, connect: Connect, simulator: SimulatorServer) -> None:
        simulator.options.update({"auth_error_shape": shape})
        assert "bearer_token" in self.advice(connect, bearer_token="wrong")

    @pytest.mark.parametrize(
        ("name", "verb", "role"), [("create", "POST", "post"), ("update", "PUT", "put"), ("delete", "DELETE", "delete")]
    )
    def test_a_role_is_missing(self, name: str, verb: str, role: str, connect: Connect, simulator: SimulatorServer) -> None:
        client = connect()
        simulator.faults.add("status", status=403, body="<html>forbidden</html>")
        error = caught_from(lambda: WRITES[name](client))
        assert (error.kind, error.status) == ("forbidden", 403)
        assert verb in error.message
        assert f"gateway.apis.{role}Operation" in error.message

    def test_permission_denied_by_id(self, connect: Connect, simulator: SimulatorServer) -> None:
        simulator.token_store.issue("reader", START, verbs=["GET"], validity=None)
        client = connect(tenant="reader")
        error = caught_from(lambda: WRITES["create"](client))
        assert (error.kind, error.exception_id) == ("forbidden", "servicemgr.permission_denied")
        assert "role" in error.message

    @pytest.mark.parametrize("alphabet", ["standard", "urlsafe", "keystone"])
    def test_a_warning_for_a_token_that_says_it_has_expired(self, alphabet: str, connect: Connect, fake_time: FakeTime) -> None:
        now = fake_time.clock.now()
        assert connect(auth_token=make_token(now, alphabet=alphabet)).token_warning() is None
        warning = connect(auth_token=make_token(now - 2 * 86400, alphabet=alphabet)).token_warning()
        assert warning is not None
        assert "expired" in warning
        assert connect(auth_token="opaque").token_warning() is None

    def test_tokens_are_in_no_error(self, connect: Connect, simulator: SimulatorServer, closed_port: int) -> None:
        auth_token, bearer_token = "MII" + "SECRET" * 20, "SECRET-SECRET"
        shown = []
        for url in (simulator.url, f"http://127.0.0.1:{closed_port}", f"https://127.0.0.1:{closed_port}"):
            for fault in ("drop_before", "truncate", "html"):
                simulator.faults.add(fault)
                client = connect(api_url=url, auth_token=auth_token, bearer_token=bearer_token, api_retries=0)
                error = caught_from(client.list_services)
                shown += [
                    repr(error),
                    str(error),
                    str(error.as_dict()),
                    repr(error.__cause__),
                    repr(client),
                    repr(vars(client)),
                ]
                simulator.faults.clear()
        assert "SECRET" not in "".join(shown)


class TestTransport:
    def test_a_closed_port(self, connect: Connect, closed_port: int, fake_time: FakeTime) -> None:
        client = connect(api_url=f"http://127.0.0.1:{closed_port}")
        error = caught_from(client.list_services)
        assert (error.kind, error.status) == ("unreachable", None)
        assert "Connection refused" in error.message
        assert "api_url" in error.message
        assert len(fake_time.slept) == 5
        lost = caught_from(lambda: WRITES["create"](client))
        assert (lost.kind, lost.outcome_unknown) == ("unreachable", False)

    def test_an_unknown_host(self, connect: Connect) -> None:
        error = caught_from(connect(api_url="http://no-such-host.invalid", api_retries=0).list_services)
        assert error.kind == "unreachable"
        assert "no-such-host.invalid" in error.message

    @pytest.mark.parametrize("host", ["a" * 64 + ".example", "*", "a..b"], ids=["long-label", "star", "two-dots"])
    def test_an_impossible_host(self, host: str, connect: Connect, fake_time: FakeTime) -> None:
        error = caught_from(connect(api_url=f"http://{host}", api_retries=0).list_services)
        assert error.kind in {"invalid", "unreachable"}
        assert host in error.message

    def test_no_connection_in_time(self, client: IesClient, monkeypatch: pytest.MonkeyPatch) -> None:
        def too_slow(*_given: Any, **_more: Any) -> None:
            raise requests.exceptions.ConnectTimeout("SECRET")

        monkeypatch.setattr(requests.Session, "send", too_slow)
        error = caught_from(lambda: WRITES["create"](client))
        assert (error.kind, error.outcome_unknown) == ("unreachable", False)
        assert "no connection within 30 s" in error.message
        assert "SECRET" not in error.message

    def test_no_answer_in_time(self, connect: Connect, simulator: SimulatorServer) -> None:
        simulator.faults.add("hang")
        error = caught_from(lambda: WRITES["delete"](connect(api_timeout=1)))
        assert (type(error), error.kind, error.outcome_unknown) == (ResponseTimeoutError, "timeout", True)
        assert "1 s (api_timeout)" in error.message
        assert len(simulator.journal.entries) == 1

    @pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
    def test_proxies_come_from_the_environment(
        self, variable: str, connect: Connect, simulator: SimulatorServer, closed_port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{closed_port}")
        error = caught_from(connect(api_retries=0).list_services)
        assert error.kind == "unreachable"
        assert "proxy" in error.message
        assert simulator.journal.entries == []

    def test_a_write_through_a_dead_proxy_was_not_done(
        self, connect: Connect, closed_port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port}")
        error = caught_from(lambda: WRITES["create"](connect()))
        assert (error.kind, error.outcome_unknown) == ("unreachable", False)

    def test_no_proxy_is_honoured(self, connect: Connect, closed_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert connect(api_retries=0).list_services()

    def test_a_proxy_is_really_used(
        self, connect: Connect, simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The simulator as the proxy: what it is asked for is an address, not a path.
        monkeypatch.setenv("http_proxy", simulator.url)
        caught_from(connect(api_url="http://ies.invalid", api_retries=0).list_services)
        assert simulator.journal.entries[0].raw_path.endswith(SERVICES)


@pytest.fixture(scope="module")
def secure() -> Iterator[SimulatorServer]:
    """Return a simulated IES behind a certificate that nobody knows."""
    with SimulatorServer(clock=ManualClock(START), tls=True) as server:
        yield server


@pytest.fixture
def connect_securely(secure: SimulatorServer) -> Iterator[Connect]:
    """Return a function that makes clients of the secure simulator."""
    secure.reset()
    opened: list[IesClient] = []
    slept: list[float] = []

    def open_client(**options: Any) -> IesClient:
        auth_token, bearer_token = secure.tokens(TENANT)
        given = {"api_url": secure.url, "auth_token": auth_token, "bearer_token": bearer_token, **options}
        clock = Clock(now=lambda: START, monotonic=lambda: START, sleep=slept.append)
        opened.append(IesClient(ConnectionOptions(**given), clock))
        return opened[-1]

    yield open_client
    for client in opened:
        client.close()
    assert slept == [], "a certificate does not get better by asking again"


class TestTls:
    @pytest.mark.parametrize("name", ["list_services", "create"])
    def test_an_unknown_certificate_is_refused(self, name: str, connect_securely: Connect, secure: SimulatorServer) -> None:
        client = connect_securely()
        call = READS.get(name) or WRITES[name]
        error = caught_from(lambda: call(client))
        assert (error.kind, error.outcome_unknown) == ("unreachable", False)
        assert "self-signed certificate" in error.message.replace("self signed", "self-signed")
        assert "ca_path" in error.message
        assert secure.journal.entries == []

    def test_ca_path(self, connect_securely: Connect, secure: SimulatorServer) -> None:
        assert connect_securely(ca_path=secure.ca_path).list_services()

    def test_ca_path_of_someone_else(self, connect_securely: Connect) -> None:
        assert caught_from(connect_securely(ca_path=certifi.where()).list_services).kind == "unreachable"

    def test_without_validation(self, connect_securely: Connect) -> None:
        assert connect_securely(validate_certs=False).list_services()

    @pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
    def test_the_bundle_of_the_environment(
        self, variable: str, connect_securely: Connect, secure: SimulatorServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(variable, str(secure.ca_path))
        assert connect_securely().list_services()

    def test_the_environment_does_not_turn_validation_back_on(
        self, connect_securely: Connect, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
        assert connect_securely(validate_certs=False).list_services()

    def test_ca_path_beats_the_environment(
        self, connect_securely: Connect, secure: SimulatorServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
        assert connect_securely(ca_path=secure.ca_path).list_services()

    def test_another_name_than_the_certificates(self, connect_securely: Connect, secure: SimulatorServer) -> None:
        url = secure.url.replace("127.0.0.1", "127.1")
        error = caught_from(connect_securely(api_url=url, ca_path=secure.ca_path).list_services)
        assert error.kind == "unreachable"
        assert "api_url names the host as the certificate does" in error.message

    def test_plain_http_on_a_tls_port(self, connect_securely: Connect, secure: SimulatorServer) -> None:
        error = caught_from(connect_securely(api_url=secure.url.replace("https", "http"), api_retries=0).list_services)
        assert error.kind in {"unreachable", "bad_response"}

    def test_tls_on_a_plain_port(self, connect_securely: Connect, simulator: SimulatorServer) -> None:
        error = caught_from(connect_securely(api_url=simulator.url.replace("http", "https")).list_services)
        assert error.kind == "unreachable"
        assert "TLS" in error.message


def test_a_dropped_connection_is_a_dropped_connection(connect: Connect, simulator: SimulatorServer) -> None:
    simulator.faults.add("drop_before")
    error = caught_from(connect(api_retries=0).list_services)
    assert error.__class__ is UnreachableError
    assert "dropped" in error.message


def test_without_the_library_the_module_still_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"{transport.__name__}_without_requests"
    spec = importlib.util.spec_from_file_location(name, transport.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(sys.modules, "requests", None)
    spec.loader.exec_module(module)
    assert module.HAS_REQUESTS is False
    assert "ImportError" in module.REQUESTS_IMPORT_ERROR or "ModuleNotFoundError" in module.REQUESTS_IMPORT_ERROR
    assert module.LARGEST_RESPONSE == transport.LARGEST_RESPONSE
