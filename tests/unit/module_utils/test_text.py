# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Strings from elsewhere as a person may see them: nothing hidden in them, no secret, no more than there is room for."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._secrets import MASK
from ansible_collections.cloudopera.ies.plugins.module_utils._text import (
    all_visible,
    for_people,
    nearest,
    padded,
    quoted,
    shown,
    similar,
    visible,
    width,
)

# As long as a tenant token is, and not one that any option names.
TOKEN = "MII" + "".join(f"{number:06x}Zy/" for number in range(164))[:1469]


def pieces(token: str) -> set[str]:
    """Return every piece of a token that is too long to be shown."""
    return {token[at : at + 7] for at in range(len(token) - 6)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("site-1 (Zürich) 東京 ☎ e\u0301", "site-1 (Zürich) 東京 ☎ e\u0301"),
        ("back\\slash", "back\\slash"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\nb\r\nc\td", "a\\nb\\r\\nc\\td"),
        ("\x00\x07\x08\x7f", "\\x00\\x07\\x08\\x7f"),
        ("\x85\x9b31m", "\\x85\\x9b31m"),
        ("a\u202egnp.exe\u202c", "a\\u202egnp.exe\\u202c"),
        ("\u2066x\u2069\u200e\u200f\u061c", "\\u2066x\\u2069\\u200e\\u200f\\u061c"),
        ("a\u200bb\u200dc\u2060d\ufeff\u00ad", "a\\u200bb\\u200dc\\u2060d\\ufeff\\xad"),
        ("a\u2028b\u2029c", "a\\u2028b\\u2029c"),
        ("\U000e0041\ud800", "\\U000e0041\\ud800"),
        ("\u3164\u2800", "\\u3164\\u2800"),
    ],
)
def test_what_nobody_could_see_is_made_visible(text: str, expected: str) -> None:
    assert visible(text) == expected


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_hidden_is_left_in_any_string(text: str) -> None:
    seen = visible(text)
    assert not [sign for sign in seen if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert visible(seen) == seen
    assert len(seen.splitlines()) <= 1


def test_a_whole_value_is_made_visible() -> None:
    assert all_visible({"\x1b\n": ["\u202e", ("a\n\rb", 7, None)]}) == {"\\x1b\\n": ["\\u202e", ["a\n\\rb", 7, None]]}


@pytest.mark.parametrize(
    ("value", "limit", "expected"),
    [
        ("x" * 10, 10, "x" * 10),
        ("x" * 11, 10, "x" * 7 + "..."),
        ("\n" * 6, 10, "\\n\\n\\n\\..."),
        ("x" * 300, None, "x" * 300),
        (None, 10, "None"),
        ({"a": 1}, None, "{'a': 1}"),
    ],
)
def test_a_value_is_cut_last(value: Any, limit: int | None, expected: str) -> None:
    assert shown(value, limit) == expected


def test_a_quoted_value_says_that_it_was_cut() -> None:
    assert quoted("x" * 20, 10) == "'xxxxxx..."
    assert quoted("a\nb") == "'a\\nb'"


@pytest.mark.parametrize("show", [shown, quoted])
@pytest.mark.parametrize("limit", [20, 40, 60, 120, 200, None])
@pytest.mark.parametrize(
    "value",
    [
        TOKEN,
        f"see {TOKEN} there",
        "\n".join(TOKEN[at : at + 64] for at in range(0, len(TOKEN), 64)),
        {"note": TOKEN},
        {TOKEN: ["x"]},
        [{"extra": f"x{TOKEN}"}],
        {"note": "\n".join(TOKEN[at : at + 64] for at in range(0, len(TOKEN), 64))},
    ],
    ids=["alone", "within", "in-lines", "in-a-dictionary", "as-a-key", "in-a-list", "in-lines-in-a-dictionary"],
)
def test_a_token_is_masked_before_it_is_cut(show: Any, limit: int | None, value: Any) -> None:
    seen = show(value, limit)
    assert not [piece for piece in pieces(TOKEN) if piece in seen]


def test_a_message_goes_out_without_secrets_and_visible() -> None:
    secrets = {TOKEN, "opaque-secret"}
    message = f"'{TOKEN[:40]}'... and opaque-secret and opaque-s\x1b"
    assert for_people(message, secrets) == f"'{MASK}'... and {MASK} and {MASK}\\x1b"


def test_a_token_in_several_lines_does_not_mask_white_space() -> None:
    # The indentation between its lines is a piece of it as well.
    secrets = {"abcdefghijkl\n            mnopqrstuvwx"}
    assert for_people("  + create   a            Bandwidth 1", secrets) == "  + create   a            Bandwidth 1"
    assert for_people("see abcdefghij", secrets) == f"see {MASK}"


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("Zürich", 6), ("東京", 4), ("ｆｕｌｌ", 8), ("e\u0301", 1), ("한국", 4), ("a東b", 4)],
)
def test_columns(text: str, columns: int) -> None:
    assert width(text) == columns
    assert padded(text, 10) == text + " " * (10 - columns)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("brnach-12", ["branch-12"]),
        ("BRANCH-12", ["branch-12"]),
        ("site2dc_20170507", ["site2dc_201705071132"]),
        ("quite-another", []),
        ("datacentre", []),
    ],
)
def test_names_that_are_similar(name: str, expected: list[str]) -> None:
    assert similar(name, ["branch-12", "datacentre", None, "site2dc_201705071132"]) == expected


def test_at_most_three_names_are_similar() -> None:
    assert len(similar("branch", [f"branch{number}" for number in range(50)])) == 3


@pytest.mark.parametrize(
    ("name", "likeness", "found"), [("bandwith", 0.6, "bandwidth"), ("zzz", 0.6, None), ("bandwith", 0.99, None)]
)
def test_the_nearest_word(name: str, likeness: float, found: str | None) -> None:
    assert nearest(name, ["band", "bandwidth", "name"], likeness) == found
