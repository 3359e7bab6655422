# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What -e key=value, a survey and a template give, as the values that options take."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks.ies_service import DECLARATION_OPTIONS
from ansible_collections.cloudopera.ies.plugins.plugin_utils._values import normalise, normalise_item, normalise_options

KINDS = ("bool", "int", "float", "str", "path", "dict", "list", "names")
_NOTHING: list[Any] = []
READ: list[tuple[str, Any, Any]] = [
    *(("bool", given, True) for given in (True, "true", "True", " yes ", "on", "1", 1)),
    *(("bool", given, False) for given in (False, "false", "False", "no", "off", "0", 0)),
    *(("int", given, 80000) for given in (80000, "80000", " 80000 ", "80000.0", 80000.0, "8e4", "+80000")),
    *(("int", given, -1) for given in (-1, "-1", "-1.0")),
    # Of more digits than a float can keep.
    ("int", "9007199254740993", 9007199254740993),
    *(("float", given, 0.5) for given in (0.5, "0.5", ".5", " 0.5")),
    ("float", 15, 15.0),
    *(("str", given, "80000") for given in ("80000", 80000)),
    ("path", "plan.md", "plan.md"),
    ("dict", {"a": 1}, {"a": 1}),
    ("dict", '{"a": true, "b": null}', {"a": True, "b": None}),
    ("list", [{"name": "a"}], [{"name": "a"}]),
    ("list", ' [{"name": "a"}]\n', [{"name": "a"}]),
    ("list", '{"name": "a"}', [{"name": "a"}]),
    ("list", {"name": "a"}, [{"name": "a"}]),
    ("list", [], []),
    *(("names", given, ["a", "b"]) for given in ("a,b", " a , b ,", '["a", "b"]', ["a", "b"], ["a", "", None, "b"])),
    ("names", "a b", ["a b"]),
    ("names", ["a,b"], ["a,b"]),
    ("names", '["a,b"]', ["a,b"]),
    ("names", "[a]", ["[a]"]),
    ("names", 123, ["123"]),
    ("names", [1, "2"], ["1", "2"]),
]
REFUSED: list[tuple[str, Any]] = [
    *(("bool", given) for given in ("maybe", 2, _NOTHING, "true false")),
    *(("int", given) for given in ("fast", "80000.5", 1.5, True, [1], "1,000", "nan", "inf", "0x10", "\u00b2")),
    *(("float", given) for given in ("soon", True, [1], "nan", "inf", float("inf"))),
    *(("str", given) for given in ([1], {"a": 1})),
    *(("dict", given) for given in ("a=b", "{'a': 1}", "[1]", [1], 1, '{"a": 1')),
    *(("list", given) for given in ("a,b", '["a"]', ["a"], [None], '[{"a": 1}', 1, True)),
    *(("names", given) for given in (True, {"a": 1}, [{"a": 1}], [["a"]])),
]


@pytest.mark.parametrize(("kind", "given", "wanted"), READ)
def test_read(kind: str, given: Any, wanted: Any) -> None:
    read = normalise(given, kind, "cloudvpn_x")
    assert read == wanted
    assert type(read) is type(wanted)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("given", [None, "", " ", "\n"])
def test_blank_is_not_given(kind: str, given: Any) -> None:
    assert normalise(given, kind, "cloudvpn_x") is None


@pytest.mark.parametrize(("kind", "given"), REFUSED)
def test_refused_with_the_name_and_the_way_out(kind: str, given: Any) -> None:
    with pytest.raises(InvalidError) as caught:
        normalise(given, kind, "cloudvpn_x")
    assert caught.value.message.startswith("cloudvpn_x")
    assert "; write " in caught.value.message
    assert "\n" not in caught.value.message


def test_a_long_value_is_not_quoted() -> None:
    with pytest.raises(InvalidError) as caught:
        normalise("x" * 1000, "bool", "cloudvpn_wait")
    assert caught.value.message == "cloudvpn_wait is a value of 1002 characters; write true or false"


@pytest.mark.parametrize("kind", ["dict", "list"])
def test_what_may_hold_a_token_is_not_quoted(kind: str) -> None:
    with pytest.raises(InvalidError) as caught:
        normalise('{"auth_token": "hush"', kind, "cloudvpn_ies")
    assert "hush" not in caught.value.message


def test_options_without_the_blank_ones() -> None:
    spec = {"wait": {"type": "bool"}, "wait_timeout": {"type": "int"}, "report": {"type": "path"}, "services": {"type": "list"}}
    given = {"wait": "false", "wait_timeout": "", "report": None, "services": "x", "colour": ""}
    assert normalise_options(given, spec) == {"wait": False, "services": "x", "colour": ""}
    with pytest.raises(InvalidError, match="cloudvpn_wait is 'x'"):
        normalise_options({"wait": "x"}, spec, "cloudvpn_")


def test_an_item_keeps_its_empty_strings() -> None:
    item = {
        "name": "a",
        "description": "",
        "bandwidth": "",
        "replace_failed": "no",
        "deactivate": "perhaps",
        "site2dc": [{"cloud_vpn_name": "v", "bandwidth": "80000.0", "vni": ""}, "no connection"],
    }
    assert normalise_item(item, DECLARATION_OPTIONS) == {
        "name": "a",
        "description": "",
        "replace_failed": False,
        "deactivate": "perhaps",
        "site2dc": [{"cloud_vpn_name": "v", "bandwidth": 80000, "vni": ""}, "no connection"],
    }
