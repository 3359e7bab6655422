# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""That the contract check bites: requests and answers that drift are planted, and each is refused for its reason."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import ContractCheck
from tests.contract.proxied import ProxiedSimulator
from tests.contract.proxy import Watch
from tests.simulator import samples
from tests.unit.simulator.support import CATALOG, SAMPLE, SAMPLE_VPN, SERVICES, TRAFFIC, Api, create_body, modify_body, scaled

ITEM = samples.site2dc_item("vpn")
WITHOUT_ACTION = {key: value for key, value in ITEM.items() if key != "action"}
WITHOUT_NAME = create_body(name=None)
WINDOW = f"{TRAFFIC}/{SAMPLE_VPN}/traffic-rate?starttime=1493596800&endtime="


@pytest.fixture(scope="module")
def check(pytestconfig: pytest.Config) -> ContractCheck:
    """A check of its own, so that what is planted here is not what fails these tests."""
    return ContractCheck(pytestconfig.option.through_proxy, 50.0)


@pytest.fixture(scope="module")
def proxied(check: ContractCheck) -> Iterator[ProxiedSimulator]:
    with check.serve() as simulator:
        yield simulator


@pytest.fixture
def watch(proxied: ProxiedSimulator) -> Watch:
    """The proxy in front of a simulator in its preloaded state."""
    proxied.reset()
    assert proxied.watch is not None
    proxied.watch.take_drifts()
    return proxied.watch


@pytest.fixture
def api(proxied: ProxiedSimulator, watch: Watch) -> Iterator[Api]:
    """A client that goes through the proxy whatever the simulator was told."""
    client = Api(proxied, url=watch.url)
    yield client
    client.close()


def item_of(**changes: Any) -> dict[str, Any]:
    """Return a create request whose item is changed; a change to None removes the key."""
    item = {key: value for key, value in {**ITEM, "action": "create", **changes}.items() if value is not None}
    return create_body(parameters={"Site2DCList": [item]})


@pytest.mark.parametrize(
    ("method", "path", "body", "reason"),
    [
        ("POST", SERVICES, WITHOUT_NAME, "must have required property 'name'"),
        ("POST", SERVICES, create_body(name="n" * 256), "must NOT have more than 255 characters"),
        ("POST", SERVICES, create_body(serviceName="twin"), "must NOT have additional properties"),
        ("POST", SERVICES, {**create_body(), "on_failure": "rollback"}, "must NOT have additional properties"),
        ("POST", SERVICES, create_body()["service"], "must have required property 'service'"),
        ("POST", SERVICES, None, "Body parameter is required"),
        ("POST", SERVICES, item_of(Bandwidth=None), "must have required property 'Bandwidth'"),
        ("POST", SERVICES, item_of(Bandwidth="60 Mbit/s"), "must match pattern"),
        ("POST", SERVICES, item_of(Bandwidth=0), "must be > 0"),
        ("POST", SERVICES, item_of(action="update"), "must be equal to one of the allowed values: create"),
        ("POST", SERVICES, create_body(parameters={"Bandwidth": 60000}), "must be string"),
        ("PUT", SAMPLE, modify_body(WITHOUT_ACTION), "must have required property 'action'"),
        ("PUT", SAMPLE, {"parameters": {}}, "must have required property 'service'"),
        ("POST", f"{SAMPLE}/activation", {"force": True}, "must NOT have additional properties"),
        ("PATCH", SAMPLE, scaled(), "but no method matched"),
        ("GET", "/rest/servicemanager/v2/services", None, "hasn't been found in the specification file"),
        ("GET", f"{WINDOW}1493600000000", None, "endtime must be <= 99999999999"),
        ("GET", f"{TRAFFIC}/{SAMPLE_VPN}/traffic-rate?starttime=1493596800", None, "required property 'endtime'"),
        ("GET", f"{WINDOW}1493600000&direction=upwards", None, "direction must be equal to one of the allowed values"),
    ],
)
def test_a_drifted_request_is_refused(api: Api, watch: Watch, method: str, path: str, body: Any, reason: str) -> None:
    answer = api.send(method, path, body)
    assert answer.status_code >= 400
    (drift,) = watch.take_drifts()
    assert (drift.method, drift.path) == (method, path)
    assert reason in str(drift)
    assert api.sim.journal.entries == []


@pytest.mark.parametrize("header", ["X-Auth-Token", "Authorization"])
def test_a_request_without_one_of_its_headers_is_refused(api: Api, watch: Watch, header: str) -> None:
    del api.session.headers[header]
    assert api.get(SERVICES).status_code == 401
    (drift,) = watch.take_drifts()
    assert "security" in str(drift)


@pytest.mark.parametrize(
    ("options", "method", "path", "reason"),
    [
        ({"service_name_key": "service_name"}, "GET", SERVICES, "must have required property 'name'"),
        ({"service_list_shape": "bare"}, "GET", SERVICES, "must be object"),
        ({"empty_list": "200-null"}, "GET", SERVICES, "services must be array"),
        ({"key_style": "camel"}, "GET", SAMPLE, "must have required property 'service_id'"),
        ({"service_shape": "data"}, "GET", SAMPLE, "must have required property 'service'"),
        ({"time_style": "seconds"}, "GET", SAMPLE, "created_at must be >= 100000000000"),
        ({"time_style": "ms-string"}, "GET", SAMPLE, "created_at must be integer"),
        ({"service_not_found": "200-null"}, "GET", f"{SERVICES}/unknown", "service must be object"),
        ({"definition_id_key": "id"}, "GET", CATALOG, "must have required property 'servicedefId'"),
        ({"operation_style": "gso"}, "GET", f"{SAMPLE}/operations", "must have required property 'operation_id'"),
        ({"error_shape": "raw"}, "POST", f"{SAMPLE}/deactivation", "must have required property 'exceptionId'"),
        ({"error_shape": "html"}, "POST", f"{SAMPLE}/deactivation", "text/html"),
        ({"refusal_status": 409}, "POST", f"{SAMPLE}/deactivation", "status code"),
        ({"success_status": 201}, "POST", f"{SAMPLE}/activation", "status code"),
        ({"ids_in_body": False}, "POST", f"{SAMPLE}/activation", "must have required property 'operation_id'"),
        ({"location": "other-host"}, "POST", f"{SAMPLE}/activation", "location must match pattern"),
        ({"traffic_shape": "ms"}, "GET", f"{WINDOW}1493600000", "time must be <= 99999999999"),
        ({"traffic_shape": "pairs"}, "GET", f"{WINDOW}1493600000", "must be object"),
    ],
)
def test_a_drifted_answer_is_refused(
    api: Api, watch: Watch, options: dict[str, Any], method: str, path: str, reason: str
) -> None:
    if options.get("empty_list"):
        api.sim.state.load([], [])
    if options.get("operation_style"):
        api.send("PUT", SAMPLE, scaled())
    api.sim.options.update(options)
    assert api.send(method, path).status_code >= 400
    (drift,) = watch.take_drifts()
    assert reason in str(drift)


def test_what_is_described_passes_and_an_undescribed_wish_goes_round_the_proxy(proxied: ProxiedSimulator, watch: Watch) -> None:
    before = watch.passed, proxied.requests

    def read(path: str = SAMPLE) -> int:
        client = Api(proxied)
        status = client.get(path).status_code
        client.close()
        return status

    assert [read(), read(f"{SERVICES}/unknown")] == [200, 404]
    assert (watch.passed, proxied.requests) == (before[0] + 2, before[1] + 2)
    for change in ({"key_style": "camel"}, {"key_style": "snake"}):
        proxied.options.update(change)
        read()
    assert (watch.passed, proxied.requests) == (before[0] + 3, before[1] + 4)
    proxied.faults.add("html")
    read()
    assert (watch.passed, proxied.requests) == (before[0] + 3, before[1] + 5)
    assert watch.take_drifts() == []


def test_a_drift_fails_the_test_in_which_it_happens(check: ContractCheck, api: Api, request: pytest.FixtureRequest) -> None:
    called = check.pytest_runtest_call(request.node)
    next(called)
    assert api.sim.url == api.url
    api.send("POST", SERVICES, WITHOUT_NAME)
    with pytest.raises(pytest.fail.Exception, match=r"POST \S+: Invalid request: .*required property 'name'"):
        next(called)


@pytest.mark.undescribed
def test_a_marked_test_goes_round_the_proxy(check: ContractCheck, api: Api, request: pytest.FixtureRequest) -> None:
    called = check.pytest_runtest_call(request.node)
    next(called)
    assert api.sim.url != api.url
    with pytest.raises(StopIteration):
        next(called)


@pytest.mark.parametrize(("passing", "status"), [(0, 1), (2, 0)])
def test_a_session_that_hardly_looked_fails(pytestconfig: pytest.Config, passing: int, status: int) -> None:
    check = ContractCheck(pytestconfig.option.through_proxy, 50.0)
    session: Any = SimpleNamespace(exitstatus=pytest.ExitCode.OK)
    with check.serve() as simulator:
        for at in range(passing + 1):
            simulator.undescribed = at == 0
            client = Api(simulator)
            client.get(SAMPLE)
            client.close()
        check.pytest_sessionfinish(session)
    assert session.exitstatus == status
