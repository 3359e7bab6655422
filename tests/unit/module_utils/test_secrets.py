# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as a secret, and that masking takes all of it and nothing else."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._secrets import MASK, concealed, masked, secrets_of

TENANT_TOKEN = "MII" + "aB3+/x9-_Q" * 12
BEARER = "5bf1fd927-4c0a-4c3e-9f0e-6f3f3f7d1a2b"[1:]


class TestWhatIsSecret:
    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            ({"auth_token": "a b", "bearer_token": "c"}, {"a b", "ab", "c", "a%20b"}),
            ({"auth_token": "a\nb"}, {"a\nb", "a\\nb", "ab", "a%0Ab", "a%0ab"}),
            ({"auth_token": "a/=", "bearer_token": None}, {"a/=", "a%2F%3D", "a%2f%3d", "a/%3D", "a/%3d"}),
            ({"auth_token": " ", "bearer_token": ""}, set()),
            ({"auth_token": {"value": ["abc", 12]}}, {"abc", "12"}),
            ({"api_url": "https://user:pa%24word@host:17100/x"}, {"pa%24word", "pa$word", "user:pa%24word"}),
            ({"api_url": "https://key-of-mine@host"}, {"key-of-mine"}),
            ({"api_url": "https://host/a@b", "name": "n"}, set()),
            ({"api_timeout": 30, "api_retries": "5", "validate_certs": "yes"}, set()),
            ({"api_timeout": "0123456789abcdef"}, {"0123456789abcdef"}),
            ({"ca_path": f" {BEARER}\n"}, {BEARER}),
            ({"api_url": BEARER}, {BEARER}),
            ({"token": "abc", "X-Auth-Token": "def"}, {"abc", "def"}),
            ({"services": [{"name": "n", "bearer_token": "abc"}]}, {"abc"}),
            ({"parameters": {"extra": {"Authorization": "Bearer-x"}}}, {"Bearer-x"}),
            ({"name": TENANT_TOKEN}, {TENANT_TOKEN}),
            ({"services": [{"description": f"see {TENANT_TOKEN}"}]}, {TENANT_TOKEN}),
            ({"parameters": {TENANT_TOKEN: "x"}}, {TENANT_TOKEN}),
            # A bearer looks as the id of a VPC does.
            ({"parameters": {"VPC_ID": BEARER}, "name": "MII-branch"}, set()),
            ({}, set()),
        ],
        ids=lambda value: str(value)[:60],
    )
    def test_every_form(self, params: dict[str, Any], expected: set[str]) -> None:
        found = secrets_of(params)
        assert expected <= found
        if expected in (set(), {"abc"}, {"abc", "12"}, {"abc", "def"}):
            assert found == expected


class TestMasked:
    def test_values_and_keys_at_any_depth(self) -> None:
        result = {"a": [{"k-secret-1": ("see secret-1.", 7, None, True)}], "b": "plain"}
        assert masked(result, {"secret-1", "other"}) == {"a": [{f"k-{MASK}": [f"see {MASK}.", 7, None, True]}], "b": "plain"}

    def test_a_token_of_a_letter_leaves_the_promised_keys(self) -> None:
        assert masked({"error": {"exception_id": "x"}}, {"x"}) == {"error": {"exception_id": MASK}}

    def test_what_holds_no_secret_is_returned_itself(self) -> None:
        result = {"a": ["b"]}
        assert masked(result, {"secret-1"}) is result

    def test_the_longer_one_first(self) -> None:
        assert masked("abc-def", {"abc", "abc-def"}) == MASK

    def test_a_secret_that_json_would_escape(self) -> None:
        assert masked({"a": 'x"y\n'}, {'x"y'}) == {"a": f"{MASK}\n"}


class TestConcealed:
    @pytest.mark.parametrize(
        "written",
        [
            lambda token: token,
            lambda token: quote(token, safe=""),
            lambda token: re.sub("%..", lambda found: found[0].lower(), quote(token, safe="")),
            lambda token: json.dumps(token).replace("/", "\\/").replace("+", "\\u002b"),
            lambda token: html.escape(token).replace("/", "&#x2F;").replace("+", "&#43;"),
            lambda token: " ".join(token[at : at + 64] for at in range(0, len(token), 64)),
            lambda token: token[:40],
            lambda token: token[50:],
        ],
        ids=["plain", "url", "lower-url", "json", "html", "wrapped", "beginning", "end"],
    )
    def test_however_it_is_written(self, written: Any) -> None:
        token = "MIIDpQYJKoZIhvcNAQcCoIIDljCC+5ICAQExDzANBglghkgBZQME/gEFADCCAjcGCSqGSIb3DQEHAaCCAigEggIkey="
        shown = concealed(f"no such token <{written(token)}> here", [token, BEARER])
        assert shown.startswith("no such token <")
        assert shown.endswith("> here")
        assert MASK in shown
        pieces = {token[at : at + 7] for at in range(len(token) - 6)}
        assert not [piece for piece in pieces if piece in shown]

    def test_other_words_stay(self) -> None:
        text = "the tenant has no such service, see the manual"
        assert concealed(text, ["opaque-tenant-token", BEARER, "", "abc"]) == text

    def test_six_characters_may_be_seen(self) -> None:
        assert concealed("MIIabc... is unknown", ["MIIabcdefghijkl"]) == "MIIabc... is unknown"
        assert concealed("MIIabcd.. is unknown", ["MIIabcdefghijkl"]) == f"{MASK}.. is unknown"

    def test_two_tokens_far_apart(self) -> None:
        text = f"sent {BEARER} and with it, much later, {TENANT_TOKEN}!"
        assert concealed(text, [TENANT_TOKEN, BEARER]) == f"sent {MASK} and with it, much later, {MASK}!"

    def test_a_short_token_as_a_whole(self) -> None:
        assert concealed("no abc, no ab", ["abc"]) == f"no {MASK}, no ab"

    @given(st.text("ab/+", min_size=7, max_size=40), st.text("ab c%", max_size=30), st.text("ab c%", max_size=30))
    def test_no_piece_is_left(self, token: str, before: str, after: str) -> None:
        shown = concealed(before + token + after, [token])
        assert all(token[at : at + 7] not in shown for at in range(len(token) - 6))
