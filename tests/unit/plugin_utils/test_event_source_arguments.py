# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rulebook may give a source, and what is refused before anything is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.plugin_utils import _event_source_arguments
from ansible_collections.cloudopera.ies.plugins.plugin_utils._event_source_arguments import read_arguments

TOKEN = "MII" + "abcdefghij" * 20
BEARER = "01234567-89ab-cdef-0123-456789abcdef"
LIST = [{"name": "one", "cloud_vpn_name": "vpn"}]
BOUNDS = {"minimum": 20000, "maximum": 100000}
ARGS: dict[str, Any] = {
    "api_url": "https://ies.example.com:17100",
    "auth_token": TOKEN,
    "connections": LIST,
    "policy": BOUNDS,
}


def test_what_is_left_out_has_its_default() -> None:
    arguments = read_arguments(ARGS)
    assert (arguments.interval, arguments.every) == (60, False)
    expected = {
        **{"api_timeout": 30, "api_retries": 5, "validate_certs": True, "bearer_token": None, "ca_path": None},
        **{"mode": "recommend", "max_parallel": 16, "end_time": "now", "progress": False, "services": None},
    }
    assert {option: arguments.params[option] for option in expected} == expected
    (connection,) = arguments.params["connections"]
    assert (connection["name"], connection["cloud_vpn_name"]) == ("one", "vpn")


def test_strings_are_read() -> None:
    given = {
        **ARGS,
        **{"connections": json.dumps(LIST), "policy": json.dumps(BOUNDS), "interval": "30.5", "events": "all"},
        **{"api_timeout": "7", "api_retries": "2.0", "validate_certs": "no", "max_parallel": "3"},
        **{"ca_path": "", "bearer_token": " "},
    }
    arguments = read_arguments(given)
    assert (arguments.interval, arguments.every) == (30.5, True)
    expected = {"api_timeout": 7, "api_retries": 2, "validate_certs": False, "max_parallel": 3, "policy": BOUNDS}
    assert {option: arguments.params[option] for option in expected} == expected
    assert (arguments.params["ca_path"], arguments.params["bearer_token"]) == (None, None)


def test_the_environment_has_what_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {
        **{"IES_API_URL": "https://other.example.com:17100", "IES_AUTH_TOKEN": TOKEN, "IES_BEARER_TOKEN": BEARER},
        **{"IES_VALIDATE_CERTS": "false", "IES_CA_PATH": "", "IES_API_TIMEOUT": "9", "IES_API_RETRIES": "1"},
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    arguments = read_arguments({"connections": LIST, "policy": BOUNDS, "api_url": "", "auth_token": None})
    expected = {
        **{"api_url": "https://other.example.com:17100", "auth_token": TOKEN, "bearer_token": BEARER},
        **{"validate_certs": False, "ca_path": None, "api_timeout": 9, "api_retries": 1},
    }
    assert {option: arguments.params[option] for option in expected} == expected
    assert {TOKEN, BEARER} <= arguments.secrets
    assert read_arguments(ARGS).params["api_url"] == ARGS["api_url"]


def test_what_the_engine_adds_is_left_alone() -> None:
    assert read_arguments({**ARGS, "eda_feedback_queue": object()}).interval == 60


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        ({"api_url": ""}, "no api_url is given; set IES_API_URL in the environment"),
        ({"api_url": None, "auth_token": " "}, "no api_url and no auth_token is given; set IES_API_URL and IES_AUTH_TOKEN"),
        ({"intervall": 5}, "there is no argument intervall; did you mean interval?"),
        ({"mode": "apply"}, "there is no argument mode"),
        ({"interval": 0}, "interval is 0; it must be more than 0 seconds"),
        ({"interval": "-5"}, "interval is -5; it must be more than 0 seconds"),
        ({"interval": "soon"}, "interval is 'soon'; write a number"),
        ({"interval": True}, "interval is True; write a number"),
        ({"events": "some"}, "events is 'some'; write changes or all"),
        ({"connections": None}, "connections is not given; list the connections to watch"),
        ({"connections": []}, "connections is not given; list the connections to watch"),
        ({"connections": "one"}, "connections is a string; write a list of dictionaries"),
        ({"connections": [{"nam": "one"}]}, "connections[0] has no option nam; did you mean name?"),
        ({"connections": [{"name": 5}]}, "connections[0]: name is 5, a number"),
        ({"connections": [{"cloud_vpn_name": "vpn"}]}, "connections[0]: it has neither name nor service_id"),
        ({"policy": {"headrom": 5}}, "connections[0]: policy has the unknown key 'headrom'"),
        ({"policy": None}, "connections[0]: "),
        ({"max_parallel": 0}, "max_parallel is 0; it must be at least 1"),
        ({"api_timeout": "soon"}, "api_timeout is 'soon'; write a whole number"),
        ({"validate_certs": "perhaps"}, "validate_certs is 'perhaps'; write true or false"),
        ({"events": TOKEN, "auth_token": TOKEN}, "events is '********'"),
        ({TOKEN: 5}, "there is no argument ********"),
    ],
)
def test_what_cannot_be_right_is_refused_in_one_line(change: dict[str, Any], phrase: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read_arguments({**ARGS, **change})
    message = caught.value.message
    assert message.startswith("cloudvpn_traffic: ")
    assert phrase in message
    assert "\n" not in message
    assert TOKEN[:40] not in message


def test_a_missing_library_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_event_source_arguments, "HAS_REQUESTS", False)
    with pytest.raises(InvalidError, match="requests is missing where ansible-rulebook runs"):
        read_arguments(ARGS)
