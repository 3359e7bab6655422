# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Strings from elsewhere as a person may see them: masked, every character visible, then cut; and how wide they are. Pure.

Names, values, ids and reasons come from a server. In a terminal an escape in one of them could clear the screen or recolour
a line, and a mark of direction could turn a name around.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from ._secrets import concealed, masked, unmistakable

# Controls (C0, C1, DEL), format marks (bidi, zero-width), halves of surrogate pairs, line and paragraph separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Letters and marks of other categories that take no room or show nothing.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_SHORT_FORMS = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ELLIPSIS = "..."
_MOST_SIMILAR = 3
_LONGEST_REASON = 200


def visible(text: str) -> str:
    """Return a string in one line, with what nobody could see written as an escape (`\\x1b`, `\\u202e`, `\\n`)."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(sign) if unicodedata.category(sign) in _UNSEEN or sign in _BLANK else sign for sign in text)


def _escaped(sign: str) -> str:
    number = ord(sign)
    if number < 0x100:
        return _SHORT_FORMS.get(sign) or f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def all_visible(value: Any) -> Any:
    """Return one side of a diff with every string in it visible, keys included.

    The line breaks of values stay: Ansible shows a diff as JSON or YAML, which write them.
    """
    if isinstance(value, str):
        return "\n".join(map(visible, value.split("\n"))) if "\n" in value else visible(value)
    if isinstance(value, Mapping):
        return {visible(str(key)): all_visible(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [all_visible(entry) for entry in value]
    return value


def shown(value: Any, limit: int | None = None) -> str:
    """Return a value in words: masked, made visible, and then cut to at most `limit` characters.

    In this order: a secret that is cut first is no longer known as one.
    """
    return _cut(visible(str(unmistakable(value))), limit)


def quoted(value: Any, limit: int | None = None) -> str:
    """Return the same of a value in quotes, as Python writes it."""
    return _cut(visible(repr(unmistakable(value))), limit)


def _cut(text: str, limit: int | None) -> str:
    return text if limit is None or len(text) <= limit else text[: limit - len(_ELLIPSIS)] + _ELLIPSIS


def for_people(text: str, secrets: Iterable[str]) -> str:
    """Return a message or a line of ours as it goes out: without secrets or pieces of them, and visible."""
    known = frozenset(secrets)
    return visible(concealed(masked(text, known), known))


def unforeseen(what: str, error: BaseException) -> str:
    """Return a mistake of ours in one line: what it kept from being done, the exception, and where it was raised."""
    where = ""
    trace = error.__traceback__
    while trace is not None:
        where = f" at {trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    kind = type(error).__name__
    return f"{what}: {kind}: {shown(error, _LONGEST_REASON)}{where}; this is a mistake in cloudopera.ies, please report it"


def width(text: str) -> int:
    """Return the columns that a string takes in a terminal: East Asian wide characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_columns(sign) for sign in text)


def _columns(sign: str) -> int:
    if unicodedata.combining(sign) or unicodedata.category(sign) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in {"W", "F"} else 1


def padded(text: str, columns: int) -> str:
    """Return a string filled with spaces to so many columns."""
    return text + " " * (columns - width(text))


def similar(name: str, known: Iterable[str | None]) -> list[str]:
    """Return the names most like one that is not there, the most similar one first."""
    folded = {entry.casefold(): entry for entry in known if entry and entry != name}
    return [folded[close] for close in get_close_matches(name.casefold(), folded, _MOST_SIMILAR, 0.75)]


def nearest(name: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """Return the known word that is most like another one, None where none is: `likeness` is a share of letters."""
    return next(iter(get_close_matches(name, list(known), 1, likeness)), None)
