# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a tenant token tells of its own life (contract 2.1 and 2.2)."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._api.token import expiry_hint, read_token_life, strip_token
from tests.simulator.tokens import make_token

EXPIRES = "2017-04-25T21:51:28.135"
ISSUED = 1493070688.135
ENDS = ISSUED + 86400
BEFORE = b"\x30\x82\x04\x4c\xfb\xff\xbf{x" + bytes(range(128, 180))
AFTER = b"\xa0\x82{\x00" + bytes(range(256))


def token_with(content: bytes, before: bytes = BEFORE, after: bytes = AFTER) -> str:
    """Return a token in standard base64 with padding."""
    return base64.b64encode(before + content + after).decode("ascii")


def content(**changes: object) -> bytes:
    """Return the JSON inside a token."""
    told = {"expires_at": EXPIRES, "issued_at": "2017-04-24T21:51:28.135", "methods": None, "user": {"id": "1", "name": "?>"}}
    return json.dumps({**told, **changes}).encode()


@pytest.mark.parametrize("alphabet", ["standard", "urlsafe", "keystone"])
def test_a_token_of_each_alphabet(alphabet: str) -> None:
    life = read_token_life(make_token(ISSUED, alphabet=alphabet))
    assert life is not None
    assert life.text == EXPIRES
    assert life.expires_at == pytest.approx(ENDS)


def in_alphabet(token: str, alphabet: str) -> str:
    """Return a standard token as another alphabet writes it."""
    return {
        "standard": token,
        "urlsafe": token.replace("+", "-").replace("/", "_").rstrip("="),
        "keystone": token.replace("/", "-"),
    }[alphabet]


@pytest.mark.parametrize("alphabet", ["standard", "urlsafe", "keystone"])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda token: token, id="whole"),
        pytest.param(lambda token: token.rstrip("="), id="no-padding"),
        pytest.param(lambda token: "\n".join(token[at : at + 64] for at in range(0, len(token), 64)), id="over-lines"),
        pytest.param(lambda token: f"  {token}\t", id="white-space-around"),
        pytest.param(lambda token: token.rstrip("=")[: len(token.rstrip("=")) // 4 * 4 - 3], id="a-lone-trailing-character"),
    ],
)
def test_ways_to_hand_it_over(alphabet: str, change: object) -> None:
    assert callable(change)
    token = token_with(content())
    # The token really uses the signs in which the alphabets differ.
    assert {"+", "/"} <= set(token)
    life = read_token_life(change(in_alphabet(token, alphabet)))
    assert life is not None
    assert life.text == EXPIRES


def test_a_cut_off_token() -> None:
    # The seed prints bytes 0-575 of a token whose JSON is longer (contract 2.1).
    whole = json.dumps({"issued_at": "2017-04-24T21:51:28.135", "expires_at": EXPIRES, "roles": ["x" * 40] * 40}).encode()
    token = base64.b64encode(BEFORE + whole).decode("ascii")[:512]
    life = read_token_life(token)
    assert life is not None
    assert life.text == EXPIRES


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="empty"),
        pytest.param("opaque", id="word"),
        pytest.param("f3a1c2b4-1111-4222-8333-444455556666", id="uuid"),
        pytest.param("ä" * 20, id="not-ascii"),
        pytest.param("!" * 20, id="not-base64"),
        pytest.param(base64.b64encode(b"no json in here, none at all").decode(), id="no-json"),
        pytest.param(token_with(b'{"issued_at":"2017-04-24T21:51:28.135"}'), id="no-expiry"),
        pytest.param(token_with(b'{"expires_at":null}'), id="null-expiry"),
        pytest.param(token_with(b'{"expires_at":12345}'), id="number-as-expiry"),
        pytest.param(token_with(b'{"expires_at":"tomorrow, I hope"}'), id="unreadable-expiry"),
        pytest.param(token_with(b'{"' * 3000), id="deep"),
        pytest.param(token_with(b'{"a":' * 3000), id="deep-json"),
    ],
)
def test_an_opaque_token_is_no_error(token: str) -> None:
    assert read_token_life(token) is None
    assert expiry_hint(token, 9e9) is None


@pytest.mark.parametrize(
    ("text", "epoch"),
    [
        ("2017-04-25T21:51:28.135", ENDS),
        ("2017-04-25T21:51:28.135Z", ENDS),
        ("2017-04-25T23:51:28.135+02:00", ENDS),
        ("2017-04-25T21:51:28", ENDS - 0.135),
    ],
)
def test_a_time_without_a_zone_is_utc(text: str, epoch: float) -> None:
    life = read_token_life(token_with(content(expires_at=text)))
    assert life is not None
    assert life.expires_at == pytest.approx(epoch)


def test_only_the_first_object_counts() -> None:
    second = b'{"expires_at":"1999-01-01T00:00:00.000"}'
    life = read_token_life(token_with(content() + second))
    assert life is not None
    assert life.text == EXPIRES


def test_the_hint_comes_after_the_end_only() -> None:
    token = token_with(content())
    assert expiry_hint(token, ENDS - 1) is None
    assert expiry_hint(token, ENDS) is None
    hint = expiry_hint(token, ENDS + 1)
    assert hint is not None
    assert EXPIRES in hint
    assert "auth_token" in hint
    assert token[:12] not in hint


def test_white_space_of_any_kind_is_removed() -> None:
    assert strip_token(" MII\r\nab\tc\u00a0d\n") == "MIIabcd"


@settings(max_examples=100)
@given(
    st.one_of(st.text(max_size=80), st.binary(max_size=120).map(lambda raw: base64.b64encode(b'{"expires_at":' + raw).decode()))
)
def test_any_text_is_a_token(token: str) -> None:
    life = read_token_life(token)
    assert life is None or life.text


@pytest.mark.parametrize(
    "text",
    ["2017-04-25T21:51:28.135", "2017-04-25T21:51:28.1350000Z", "2017-04-26T05:51:28.135+0800", "20170425T215128.135Z"],
)
def test_the_end_is_read_however_it_is_written(text: str) -> None:
    for inside in (content(expires_at=text), content(expires_at=text)[:-20]):
        life = read_token_life(token_with(inside))
        assert life is not None
        assert life.expires_at == pytest.approx(ENDS)
        assert life.text == text
