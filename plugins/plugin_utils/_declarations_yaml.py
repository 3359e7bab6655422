# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declarations as a file of variables: the same text for the same services, whatever library reads it. Pure.

Strings are always in quotes: which words YAML takes for something else (`no`, `1e3`, `0899`) differs between its versions. What
a template could be is tagged `!unsafe`, so that Ansible takes it as it stands. It is not a library that writes this, because
those for YAML take seconds for a thousand services, and quote in another way when their C part is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..module_utils._text import visible

_HEADER = """\
---
# The services of a tenant as they are, written by the playbook cloudopera.ies.export. It writes the whole file again.
"""
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NO_KEYS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_TEMPLATE = re.compile(r"\{[{%#]")
# Characters without a meaning that YAML does not take as they are.
_NOT_IN_YAML = re.compile("[\ufffe\uffff]")
_STEP = "  "


def declarations_yaml(entries: Sequence[Mapping[str, Any]]) -> str:
    """Return the text of the file; each entry has an `item` and `remarks`, which become comments above it."""
    if not entries:
        return f"{_HEADER}cloudvpn_services: []\n"
    lines = ["cloudvpn_services:"]
    for entry in entries:
        lines += [f"{_STEP}# {visible(remark)}" for remark in entry["remarks"]]
        lines += _listed(entry["item"], _STEP)
    return _HEADER + "\n".join(lines) + "\n"


def _listed(value: Any, indent: str) -> Iterator[str]:
    """Yield the lines of one entry of a list."""
    if not isinstance(value, Mapping) or not value:
        yield f"{indent}- {_scalar(value)}"
        return
    first, *others = _mapped(value, indent + _STEP)
    yield f"{indent}- {first[len(indent) + len(_STEP) :]}"
    yield from others


def _mapped(value: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, inner in value.items():
        before = f"{indent}{_key(str(key))}:"
        if inner and isinstance(inner, Mapping):
            yield before
            yield from _mapped(inner, indent + _STEP)
        elif inner and isinstance(inner, (list, tuple)):
            yield before
            for entry in inner:
                yield from _listed(entry, indent + _STEP)
        else:
            yield f"{before} {_scalar(inner)}"


def _key(text: str) -> str:
    return text if _PLAIN_KEY.fullmatch(text) and text.lower() not in _NO_KEYS else _string(text)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_scalar, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)


def _string(text: str) -> str:
    # The escapes of what nobody could see are those of YAML.
    escaped = visible(text.replace("\\", "\\\\").replace('"', '\\"'))
    escaped = _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped)
    return f'!unsafe "{escaped}"' if _TEMPLATE.search(text) else f'"{escaped}"'
