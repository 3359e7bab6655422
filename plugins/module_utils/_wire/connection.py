# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How to reach an IES: the connection options, checked and normalised (public interface, section 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from .._api.token import strip_token
from .._errors import InvalidError

_SHOWN_OF_A_TOKEN = 6
_LONGEST_HOST = 60


@dataclass(frozen=True)
class ConnectionOptions:
    """How to reach an IES (public interface, section 1). Tokens are kept out of `repr`."""

    api_url: str
    auth_token: str = field(repr=False)
    bearer_token: str | None = field(default=None, repr=False)
    validate_certs: bool = True
    ca_path: str | None = None
    api_timeout: int = 30
    api_retries: int = 5

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ConnectionOptions:
        """Build from the connection options, checked and normalised.

        Raises InvalidError that names the option and the way out, never a token.
        """
        for option, least in (("api_timeout", 1), ("api_retries", 0)):
            if params[option] < least:
                raise InvalidError(f"{option} is {params[option]}; it must be at least {least}")
        ca_path = params.get("ca_path")
        if ca_path and not _exists(ca_path):
            shown = ca_path if Path(ca_path).is_absolute() or Path(ca_path).suffix else _beginning(ca_path)
            raise InvalidError(f"ca_path {shown!r} does not exist; give the CA bundle (PEM) of the server's certificate")
        return cls(
            api_url=normalise_url(params["api_url"]),
            auth_token=_checked_token("auth_token", params["auth_token"]),
            bearer_token=_checked_token("bearer_token", params["bearer_token"]) if params.get("bearer_token") else None,
            validate_certs=params["validate_certs"],
            # An AWX writes a file for the CA even when the field of the credential is blank.
            ca_path=None if ca_path and _is_blank_file(ca_path) else ca_path,
            api_timeout=params["api_timeout"],
            api_retries=params["api_retries"],
        )

    def url_of(self, parts: tuple[str, ...]) -> str:
        """Return the URL of a path, each segment percent-encoded (contract 1)."""
        for part in parts:
            # Half a surrogate pair stands in a response as an escape, but has no form in UTF-8.
            if part in {"", ".", ".."} or any("\ud800" <= sign <= "\udfff" for sign in part):
                raise InvalidError(f"the name or id {part!r} cannot be addressed in a URL; rename it or check the value")
        return "/".join((self.api_url, "rest", *(quote(part, safe="") for part in parts)))


def normalise_url(text: str) -> str:
    """Return the base URL without a trailing `/` or `/rest`.

    Raises InvalidError for anything that is not `http(s)://host[:port][/prefix]`.
    """
    example = "write it as https://host:17100"
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise InvalidError(f"api_url has an invalid host or port; {example}") from None
    if parts.username is not None or parts.password is not None:
        raise InvalidError(f"api_url must not contain credentials; use auth_token and bearer_token, and {example}")
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(sign.isspace() for sign in text.strip()):
        like_a_host = "." in text and len(text) <= _LONGEST_HOST
        shown = text if "//" in text or like_a_host else _beginning(text)
        raise InvalidError(f"api_url is {shown!r}, which is not an http(s) address; {example}")
    if parts.query or parts.fragment or port == 0:
        shown = urlunsplit((*parts[:3], "", ""))
        raise InvalidError(f"api_url begins with {shown!r}; it must have no query, no fragment and no port 0: {example}")
    path = parts.path.rstrip("/")
    if path.endswith("/rest"):
        path = path[: -len("/rest")]
    return urlunsplit((parts.scheme, parts.netloc, path.rstrip("/"), "", ""))


def _exists(path: str) -> bool:
    """Return whether there is such a file; what cannot be a name, such as a whole token, is none."""
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def _is_blank_file(path: str) -> bool:
    """Return whether a file holds nothing but white space; what cannot be read is for the library to refuse."""
    try:
        return Path(path).is_file() and not Path(path).read_bytes().strip()
    except OSError:
        return False


def _beginning(text: str) -> str:
    """Return what may be shown of an option that could be a token in the wrong place (contract 2)."""
    return text if len(text) <= _SHOWN_OF_A_TOKEN else f"{text[:_SHOWN_OF_A_TOKEN]}..."


def _checked_token(option: str, text: str) -> str:
    token = strip_token(text)
    if not token:
        raise InvalidError(f"{option} is empty; set it, or its environment variable")
    if not token.isascii() or not token.isprintable():
        raise InvalidError(f"{option} holds a character that cannot be sent in a header; copy the token again")
    return token
