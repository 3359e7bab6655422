# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options: what is accepted, and what an error may show of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.connection import ConnectionOptions, normalise_url

from ..support import caught_from


class TestUrl:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("https://host:17100", "https://host:17100"),
            ("https://host:17100/", "https://host:17100"),
            ("https://host:17100/rest", "https://host:17100"),
            ("https://host:17100/rest/", "https://host:17100"),
            ("https://host:17100//", "https://host:17100"),
            (" https://host:17100 ", "https://host:17100"),
            ("HTTPS://host", "https://host"),
            ("http://10.0.0.1:8080/gw/rest/", "http://10.0.0.1:8080/gw"),
            ("https://[::1]:17100/rest", "https://[::1]:17100"),
            ("https://host/interest", "https://host/interest"),
        ],
    )
    def test_a_trailing_slash_or_rest_makes_no_difference(self, given: str, expected: str) -> None:
        assert normalise_url(given) == expected

    @pytest.mark.parametrize(
        "given",
        [
            *("", "host:17100", "//host", "ftp://host", "https://", "https:///rest", "https://host:port", "https://host:99999"),
            *("https://host:0", "https://host?x=1", "https://host/#a", "https://my host", "https://[::1", "file:///etc/passwd"),
        ],
        ids=repr,
    )
    def test_anything_else_is_refused_with_an_example(self, given: str) -> None:
        with pytest.raises(InvalidError, match="api_url.*https://host:17100"):
            normalise_url(given)

    @pytest.mark.parametrize("given", ["https://user:secret@host", "https://:secret@host", "https://secret@host"])
    def test_credentials_are_refused_and_not_shown(self, given: str) -> None:
        error = caught_from(lambda: normalise_url(given))
        assert error.kind == "invalid"
        assert "secret" not in error.message


class TestConnection:
    PARAMS: dict[str, Any] = {
        "api_url": "https://host:17100/rest",
        "auth_token": "MII token",
        "bearer_token": None,
        "validate_certs": True,
        "ca_path": None,
        "api_timeout": 30,
        "api_retries": 5,
    }

    def test_options_are_normalised(self) -> None:
        assert ConnectionOptions.from_params({**self.PARAMS, "bearer_token": "b\nc"}) == ConnectionOptions(
            "https://host:17100", "MIItoken", "bc", True, None, 30, 5
        )

    @pytest.mark.parametrize(("text", "counts"), [("", False), (" \n", False), ("-----BEGIN CERTIFICATE-----\n", True)])
    def test_an_empty_ca_file_counts_as_none(self, tmp_path: Path, text: str, counts: bool) -> None:
        # AWX writes a file for a blank field of a credential.
        path = tmp_path / "ca.pem"
        path.write_text(text, encoding="utf-8")
        options = ConnectionOptions.from_params({**self.PARAMS, "ca_path": str(path)})
        assert options.ca_path == (str(path) if counts else None)

    @pytest.mark.parametrize("bearer", [None, ""])
    def test_no_bearer(self, bearer: str | None) -> None:
        assert ConnectionOptions.from_params({**self.PARAMS, "bearer_token": bearer}).bearer_token is None

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            pytest.param({"api_timeout": 0}, ["api_timeout is 0"], id="timeout"),
            pytest.param({"api_retries": -1}, ["api_retries is -1"], id="retries"),
            pytest.param({"ca_path": "/nowhere/ca.pem"}, ["ca_path '/nowhere/ca.pem' does not exist"], id="ca_path"),
            pytest.param({"auth_token": " \n "}, ["auth_token is empty"], id="blank-token"),
            pytest.param({"bearer_token": " "}, ["bearer_token is empty"], id="blank-bearer"),
            pytest.param({"auth_token": "sesamé"}, ["auth_token", "cannot be sent"], id="umlaut"),
            pytest.param({"bearer_token": "sesam\x00"}, ["bearer_token", "cannot be sent"], id="control-character"),
        ],
    )
    def test_bad_options_are_named_and_tokens_not_shown(self, given: dict[str, Any], words: list[str]) -> None:
        error = caught_from(lambda: ConnectionOptions.from_params({**self.PARAMS, **given}))
        assert error.kind == "invalid"
        for word in words:
            assert word in error.message
        assert "sesam" not in error.message

    def test_tokens_are_in_no_repr(self) -> None:
        shown = repr(ConnectionOptions("https://h", "SECRET-TOKEN", "SECRET-BEARER"))
        assert "SECRET" not in shown
        assert "https://h" in shown
