# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
import re

import pytest

from tests.simulator.model import Refusal
from tests.simulator.options import Options
from tests.simulator.tokens import Tokens, make_token

NOW = 1493070688.135


def test_a_token_is_base64_of_der_around_json() -> None:
    token = make_token(NOW)
    der = base64.b64decode(token, validate=True)
    assert token.startswith("MII")
    assert int.from_bytes(der[2:4], "big") == len(der) - 4
    assert bytes.fromhex("06092a864886f70d010702") in der[:20]
    content, _end = json.JSONDecoder().raw_decode(der[der.index(b'{"') :].decode("latin-1"))
    assert content["issued_at"] == "2017-04-24T21:51:28.135"
    assert content["expires_at"] == "2017-04-25T21:51:28.135"
    assert [role["name"] for role in content["roles"]] == [
        f"gateway.apis.{verb}Operation" for verb in ("patch", "post", "delete", "get", "put")
    ]


@pytest.mark.parametrize(
    ("alphabet", "allowed"),
    [("standard", r"[A-Za-z0-9+/]+=*"), ("urlsafe", r"[A-Za-z0-9_-]+"), ("keystone", r"[A-Za-z0-9+-]+=*")],
)
def test_alphabets(alphabet: str, allowed: str) -> None:
    for _turn in range(20):
        assert re.fullmatch(allowed, make_token(NOW, alphabet=alphabet))


def test_the_alphabet_of_issued_tokens_is_an_option() -> None:
    tokens = Tokens(Options(token_alphabet="urlsafe"))
    issued = "".join(tokens.issue(f"t{number}", NOW)[0] for number in range(20))
    assert not set(issued) & set("+/=")


CASES = [
    # method, token, authorization, switches, status, header named
    ("GET", "full", "Bearer b1", {}, None, None),
    ("GET", "full", "bearer b2", {}, None, None),
    ("GET", None, "Bearer b1", {}, 401, "X-Auth-Token"),
    ("GET", "", "Bearer b1", {}, 401, "X-Auth-Token"),
    ("GET", "unknown", "Bearer b1", {}, 401, "X-Auth-Token"),
    ("GET", "old", "Bearer b1", {}, 401, "X-Auth-Token"),
    ("GET", "full", "Bearer b1", {"tokens_expired": True}, 401, "X-Auth-Token"),
    ("GET", "full", None, {}, 401, "Authorization"),
    ("GET", "full", "Bearer nobody", {}, 401, "Authorization"),
    ("GET", "full", "Basic b1", {}, 401, "Authorization"),
    ("GET", "full", None, {"bearer_required": False}, None, None),
    ("GET", "full", "Bearer nobody", {"bearer_required": False}, 401, "Authorization"),
    ("GET", "reader", "Bearer b1", {}, None, None),
    ("HEAD", "reader", "Bearer b1", {}, None, None),
    ("POST", "reader", "Bearer b1", {}, 403, "X-Auth-Token"),
    ("PUT", "reader", "Bearer b1", {}, 403, "X-Auth-Token"),
    ("DELETE", "reader", "Bearer b1", {}, 403, "X-Auth-Token"),
]


@pytest.mark.parametrize(("method", "token", "authorization", "switches", "status", "header"), CASES)
def test_admission(method, token, authorization, switches, status, header) -> None:
    tokens = Tokens(Options(**switches))
    tokens.issue("a", NOW, auth_token="full", bearer_token="b1", validity=None)
    tokens.issue("b", NOW, auth_token="reader", bearer_token="b2", verbs=["get"])
    tokens.issue("c", NOW - 100, auth_token="old", validity=100)
    restored = Tokens(Options(**switches))
    restored.restore(json.loads(json.dumps(tokens.snapshot())))
    for store in (tokens, restored):
        if status is None:
            assert store.admit(method, token, authorization, NOW) == {"full": "a", "reader": "b"}[token]
            continue
        with pytest.raises(Refusal) as refused:
            store.admit(method, token, authorization, NOW)
        assert (refused.value.status, refused.value.desc) == (status, [header])
