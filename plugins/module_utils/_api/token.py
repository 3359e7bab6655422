# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read what a tenant token tells about its own life, for a hint in a message (contract 2.1 and 2.2). Pure."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import NamedTuple

from .._values import parse_iso

_EXPIRES = re.compile(rb'"expires_at"\s*:\s*"([^"]{8,56})"')
_NO_TRANSLATION = bytes.maketrans(b"", b"")
_ALPHABETS = (_NO_TRANSLATION, bytes.maketrans(b"-_", b"+/"), bytes.maketrans(b"-", b"/"))


class TokenLife(NamedTuple):
    """When a token ends, in epoch seconds, and how it said so."""

    expires_at: float
    text: str


def strip_token(token: str) -> str:
    """Remove the white space of a token that was pasted over several lines."""
    return "".join(token.split())


def read_token_life(token: str) -> TokenLife | None:
    """Decode a token as far as possible; None for an opaque one, which is not an error.

    No zone is given in the token (contract A-16): the time is taken as UTC.
    """
    for alphabet in _ALPHABETS:
        content = _decode(token, alphabet)
        start = content.find(b'{"')
        if start < 0:
            continue
        text = _expiry_text(content[start:])
        if text:
            expires_at = parse_iso(text)
            return None if expires_at is None else TokenLife(expires_at, text)
    return None


def expiry_hint(token: str, now: float) -> str | None:
    """Return a sentence when the token seems to have expired before `now` (epoch seconds), else None."""
    life = read_token_life(token)
    if life is None or now <= life.expires_at:
        return None
    return f"auth_token says that it expired at {life.text} (taken as UTC); get a new one"


def _decode(token: str, alphabet: bytes) -> bytes:
    try:
        raw = strip_token(token).encode("ascii").translate(alphabet)
    except UnicodeEncodeError:
        return b""
    raw = raw.rstrip(b"=")
    if len(raw) % 4 == 1:
        raw = raw[:-1]
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _expiry_text(content: bytes) -> str | None:
    try:
        document, _end = json.JSONDecoder().raw_decode(content.decode("utf-8", "replace"))
        value = document.get("expires_at") if isinstance(document, dict) else None
        if isinstance(value, str):
            return value
    except (ValueError, RecursionError):
        pass
    match = _EXPIRES.search(content)
    return match.group(1).decode("ascii", "replace") if match else None
