# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must not be seen, and how it is taken out of strings and results. Pure."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

MASK = "********"
TOKEN_OPTIONS = ("auth_token", "bearer_token")

# The first six characters of a token may be shown (contract 2), so a longer piece may not.
_SHORTEST_PIECE = 7
_BLOCK = (_SHORTEST_PIECE + 1) // 2
# An escape between two pieces, such as &#x2F; or %2B, with a few characters beside it, hides nothing.
_WIDEST_GAP = 12

# Keys and options under which somebody may have put a token.
_HEADER_LIKE = frozenset({"authtoken", "bearertoken", "xauthtoken", "authorization"})
_SECRET_LIKE = re.compile(r"token|bearer|secret|passw", re.IGNORECASE)
# What every tenant token looks like (contract 2.1), and every bearer.
_TENANT_TOKEN = re.compile(r"MII[A-Za-z0-9+/=_\s-]{100,}")
_TENANT_TOKEN_BEGINNING = re.compile(r"\bMII[A-Za-z0-9+/=_%-]{40,}")
_BEARER = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
# Options that hold a number or a word: what is longer was meant for another one.
_SHORT_OPTIONS = ("validate_certs", "api_timeout", "api_retries")
_LONGEST_SHORT_VALUE = 15
_USER_INFO = re.compile(r"//([^/?#]*)@")


def secrets_of(params: Mapping[str, Any]) -> set[str]:
    """Return what must not be seen of the options of a task, in every form in which it could appear.

    Beside the tokens that is what is taken for one that was put into a wrong option, and credentials in `api_url`.
    `params` may be as the user gave them, or validated.
    """
    forms: set[str] = set()
    for secret in _secret_values(params):
        joined = "".join(secret.split())
        if not joined:
            continue
        for text in (secret, joined):
            forms |= {text, repr(text)[1:-1], json.dumps(text)[1:-1]}
            forms |= {_percent_encoded(text, safe, style) for safe in ("", "/", "/=", "/=+") for style in ("02X", "02x")}
    return forms


def _secret_values(params: Mapping[str, Any]) -> Iterator[str]:
    for option, value in params.items():
        if option in TOKEN_OPTIONS or _SECRET_LIKE.search(str(option)):
            yield from _strings(value)
        elif option in _SHORT_OPTIONS:
            yield from (text for text in _strings(value) if len(text) > _LONGEST_SHORT_VALUE)
        elif option in {"api_url", "ca_path"}:
            for text in _strings(value):
                yield from _user_info(text)
                if _BEARER.fullmatch(text.strip()):
                    yield text
        yield from _misplaced(value)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for entry in value.values():
            yield from _strings(entry)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from _strings(entry)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)


def _user_info(url: str) -> Iterator[str]:
    found = _USER_INFO.search(url)
    if found:
        yield found[1]
        last = found[1].rpartition(":")[2]
        # A shorter one would be masked in every second word; together with the name it is masked above.
        yield from (text for text in (last, _percent_decoded(last)) if len(text) >= _BLOCK)


def _percent_encoded(text: str, safe: str, style: str) -> str:
    plain = re.compile(rf"[^A-Za-z0-9_.~{safe}-]")
    return plain.sub(lambda found: "".join(f"%{byte:{style}}" for byte in found[0].encode("utf-8", "replace")), text)


def _percent_decoded(text: str) -> str:
    return re.sub("%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), text)


def _misplaced(value: Any) -> Iterator[str]:
    """Yield what stands under the name of a header or a token option, or looks like a tenant token."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            if re.sub("[-_]", "", str(key)).lower() in _HEADER_LIKE:
                yield from _strings(entry)
            else:
                yield from _misplaced(entry)
                yield from _misplaced(key)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from _misplaced(entry)
    elif isinstance(value, str) and len(value) > 100:
        yield from _TENANT_TOKEN.findall(value)


def masked(value: Any, secrets: Iterable[str]) -> Any:
    """Return a result, or a string, with every secret in it masked; the very same one where there is none.

    One look at the whole of it is enough mostly, and saves seconds with a thousand services.
    """
    known = sorted(secrets, key=len, reverse=True)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, str):
        present = [secret for secret in known if secret in text]
    else:
        present = [secret for secret in known if json.dumps(secret, ensure_ascii=False)[1:-1] in text]
    return _masked(value, present) if present else value


def _masked(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, str):
        text: str = value
        for secret in secrets:
            text = text.replace(secret, MASK)
        return text
    if isinstance(value, Mapping):
        # A token of a few letters occurs by accident in the names that a playbook relies on.
        long = [secret for secret in secrets if len(secret) >= _SHORTEST_PIECE]
        return {_masked(key, long): _masked(entry, secrets) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(entry, secrets) for entry in value]
    return value


def unmistakable(value: Any) -> Any:
    """Return a value without what looks like a tenant token, whoever's it is; for values that are about to be cut."""
    if isinstance(value, str):
        return concealed(_TENANT_TOKEN.sub(MASK, value), ()) if "MII" in value else value
    if isinstance(value, Mapping):
        return {unmistakable(key): unmistakable(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [unmistakable(entry) for entry in value]
    return value


def concealed(text: str, secrets: Iterable[str]) -> str:
    """Return a string with every piece of a secret masked that is longer than six characters.

    For strings that may be cut, or escaped in whatever way: error pages show the headers of the request, for example.
    """
    spans = [found.span() for found in _TENANT_TOKEN_BEGINNING.finditer(text)]
    for size, pieces in _pieces_of(frozenset(filter(None, secrets))):
        spans += [(start, start + size) for start in range(len(text) - size + 1) if text[start : start + size] in pieces]
    if not spans:
        return text
    parts: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if done and start - done <= _WIDEST_GAP:
            done = max(done, end)
            continue
        parts += [text[done:start], MASK]
        done = end
    return "".join([*parts, text[done:]])


@lru_cache(maxsize=8)
def _pieces_of(secrets: frozenset[str]) -> list[tuple[int, set[str]]]:
    """Return the shortest pieces that may not be seen, by their length: every longer one holds one of them.

    Worked out once for the many lines of a task. A piece that is mostly white space, of a token in several lines, says nothing.
    """
    pieces: defaultdict[int, set[str]] = defaultdict(set)
    for secret in secrets:
        size = min(_SHORTEST_PIECE, len(secret))
        found = {secret[start : start + size] for start in range(len(secret) - size + 1)}
        pieces[size] |= {piece for piece in found if size < _SHORTEST_PIECE or len("".join(piece.split())) >= _BLOCK}
    return list(pieces.items())
