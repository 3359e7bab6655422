# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of an export, read again as Ansible and others read it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.plugin_utils._action import plain_arguments
from ansible_collections.cloudopera.ies.plugins.plugin_utils._declarations_yaml import declarations_yaml


class _Python(yaml.SafeLoader):
    """PyYAML's own parser."""


class _C(yaml.CSafeLoader):
    """The one of libyaml, which Ansible takes where it can."""


for _loader in (_Python, _C):
    _loader.add_constructor("!unsafe", lambda _loader, node: node.value)

# Without halves of surrogate pairs, which no file can hold.
_TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["no", "ON", "1e3", "0123", "0899", "1_000", "12:30:45", "2026-01-02", "~", "null", "=", "<<", "{{ a }}"]),
    st.sampled_from(
        ["- a", "a: b", "# a", "'", '"', "\\", "{% raw %}", "{# #}", "\x00", "\x7f", "\x85", "\ufeff", "\ufffe", "\u2028"]
    ),
)
_ITEMS = st.dictionaries(
    _TEXTS,
    st.recursive(
        st.one_of(_TEXTS, st.integers(), st.booleans(), st.none()),
        lambda inner: st.one_of(st.dictionaries(_TEXTS, inner, max_size=3), st.lists(inner, max_size=3)),
        max_leaves=5,
    ),
    min_size=1,
    max_size=4,
)


def text_of(*items: dict[str, Any], remarks: tuple[str, ...] = ()) -> str:
    """Return the file with these items."""
    return declarations_yaml([{"item": item, "remarks": remarks} for item in items])


def without_lists_in_lists(value: Any) -> Any:
    """Return a value as declarations are: a list in a list is written in one line, and holds scalars."""
    if isinstance(value, dict):
        return {key: without_lists_in_lists(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [entry if isinstance(entry, dict) else str(entry) for entry in map(without_lists_in_lists, value)]
    return value


@given(st.lists(_ITEMS.map(without_lists_in_lists), max_size=3), st.lists(_TEXTS, max_size=2))
def test_what_is_written_is_read_again(items: list[dict[str, Any]], remarks: list[str]) -> None:
    text = text_of(*items, remarks=tuple(remarks))
    for loader in (_Python, _C):
        assert yaml.load(text, Loader=loader) == {"cloudvpn_services": items}


@given(_ITEMS.map(without_lists_in_lists))
def test_ansible_reads_it_and_takes_no_template(item: dict[str, Any]) -> None:
    loaded = plain_arguments(DataLoader().load(text_of(item)))
    assert loaded == {"cloudvpn_services": [item]}


@pytest.mark.parametrize("template", ["{{ lookup('pipe', 'id') }}", "a {% if x %}", "{# gone #}"])
def test_what_could_be_a_template_is_tagged(template: str) -> None:
    assert f'description: !unsafe "{template}"' in text_of({"description": template})
    assert f'!unsafe "{template}": "x"' in text_of({"extra": {template: "x"}})


@pytest.mark.parametrize("name", ["n", "No", "on", "1", "a b", "a:b", "", "ä", "true", "null"])
def test_keys_that_yaml_would_misread_are_in_quotes(name: str) -> None:
    assert f'"{name}": "x"' in text_of({name: "x"})


def test_what_nobody_could_see_is_an_escape() -> None:
    text = text_of({"name": "a\u202eb\x1b\n\u200b\ufeff"}, remarks=("a\nb\x1b",))
    assert 'name: "a\\u202eb\\x1b\\n\\u200b\\ufeff"' in text
    assert "# a\\nb\\x1b\n" in text


def test_the_layout() -> None:
    item = {
        "name": "a",
        "site2dc": [{"cloud_vpn_name": "v", "bandwidth": 5, "extra": {"k": "1"}}],
        "parameters": {"L": [{"x": "y"}, {}], "e": "", "s": ["t"]},
        "managed": False,
    }
    assert text_of(item, remarks=("why",)).splitlines()[2:] == [
        "cloudvpn_services:",
        "  # why",
        '  - name: "a"',
        "    site2dc:",
        '      - cloud_vpn_name: "v"',
        "        bandwidth: 5",
        "        extra:",
        '          k: "1"',
        "    parameters:",
        "      L:",
        '        - x: "y"',
        "        - {}",
        '      e: ""',
        "      s:",
        '        - "t"',
        "    managed: false",
    ]


def test_a_tenant_without_services() -> None:
    text = declarations_yaml([])
    assert yaml.safe_load(text) == {"cloudvpn_services": []}
    assert text.endswith("]\n")


def test_a_long_line_stays_one() -> None:
    assert f'description: "{"ü " * 500}"' in text_of({"description": "ü " * 500})
