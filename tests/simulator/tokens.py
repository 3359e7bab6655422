# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens like those of contract 2.1 and what they open: a tenant and a set of HTTP verbs."""

from __future__ import annotations

import base64
import json
import secrets
import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .model import Refusal
from .options import Options

VALIDITY = 24 * 3600
VERBS = ("PATCH", "POST", "DELETE", "GET", "PUT")
_ROLE_IDS = {"PATCH": "5856", "POST": "5883", "DELETE": "5884", "GET": "5885", "PUT": "5886"}

_OID_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_OID_DATA = bytes.fromhex("06092a864886f70d010701")
_ALGORITHM_SHA256 = bytes.fromhex("300d06096086480165030402010500")
_ALGORITHM_RSA = bytes.fromhex("300d06092a864886f70d0101010500")
_VERSION_1 = bytes.fromhex("020101")
_SIGNATURE = 256


@dataclass
class Grant:
    """What a token opens; `expires_at` is real epoch seconds, None for a token without an end."""

    tenant: str
    verbs: frozenset[str]
    expires_at: float | None


def make_token(
    issued_at: float,
    *,
    validity: float = VALIDITY,
    verbs: Iterable[str] = VERBS,
    user: str = "someuser",
    alphabet: str = "standard",
) -> str:
    """Return a Keystone-PKI-style token; its signature is random, as nobody verifies it."""
    content: dict[str, Any] = {
        "expires_at": _timestamp(issued_at + validity),
        "issued_at": _timestamp(issued_at),
        "methods": None,
        "user": {"id": "12345", "name": user},
        "project": {"id": "global", "name": "Default Domain"},
        "domain": None,
        "odomain": {"id": "0", "name": "Default Domain"},
        "email": None,
        "telephone": None,
        "catalog": None,
        "roles": [{"id": _ROLE_IDS.get(verb, "5900"), "name": f"gateway.apis.{verb.lower()}Operation"} for verb in verbs],
    }
    text = base64.b64encode(_signed_data(json.dumps(content, separators=(",", ":")).encode())).decode("ascii")
    if alphabet == "urlsafe":
        return text.replace("+", "-").replace("/", "_").rstrip("=")
    if alphabet == "keystone":
        return text.replace("/", "-")
    return text


def signature(token: str) -> str:
    """Return the end of a token of `make_token`, which no other has.

    What stands before it, such as its times, is in tokens that other simulators make at that moment too.
    """
    return token[-(_SIGNATURE * 8 // 6 - 1) :]


class Tokens:
    """The tokens the gateway and IES know."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._grants: dict[str, Grant] = {}
        self._bearers: set[str] = set()
        self._pairs: dict[str, tuple[str, str]] = {}

    def issue(
        self,
        tenant: str,
        now: float,
        *,
        auth_token: str | None = None,
        bearer_token: str | None = None,
        verbs: Iterable[str] = VERBS,
        validity: float | None = VALIDITY,
    ) -> tuple[str, str]:
        """Make the tokens of a tenant, or take the given ones, and return (auth token, bearer)."""
        granted = [verb.upper() for verb in verbs]
        if auth_token is None:
            auth_token = make_token(
                now,
                validity=VALIDITY if validity is None else validity,
                verbs=granted,
                alphabet=self._options.token_alphabet,
            )
        bearer = bearer_token or str(uuid.uuid4())
        with self._lock:
            expires_at = None if validity is None else now + validity
            self._grants[auth_token] = Grant(tenant, frozenset(granted), expires_at)
            self._bearers.add(bearer)
            self._pairs[tenant] = (auth_token, bearer)
        return auth_token, bearer

    def of(self, tenant: str) -> tuple[str, str]:
        """Return the newest (auth token, bearer) of a tenant."""
        with self._lock:
            return self._pairs[tenant]

    @property
    def tenants(self) -> list[str]:
        with self._lock:
            return list(self._pairs)

    def tenant_of(self, auth_token: str | None) -> str | None:
        with self._lock:
            grant = self._grants.get(auth_token or "")
            return grant.tenant if grant else None

    def admit(self, method: str, auth_token: str | None, authorization: str | None, now: float) -> str:
        """Return the tenant, or raise 401 or 403 naming the header to check (contract 2.3)."""
        with self._lock:
            grant = self._grants.get(auth_token or "")
            bearers = set(self._bearers)
        expired = grant is not None and grant.expires_at is not None and grant.expires_at <= now
        if grant is None or expired or self._options.tokens_expired:
            raise Refusal("gateway.unauthorized", 401, desc=["X-Auth-Token"])
        if not self._bearer_accepted(authorization, bearers):
            raise Refusal("gateway.unauthorized", 401, desc=["Authorization"])
        if ("GET" if method == "HEAD" else method) not in grant.verbs:
            raise Refusal("servicemgr.permission_denied", 403, desc=["X-Auth-Token"], detail=[method])
        return grant.tenant

    def snapshot(self) -> list[dict[str, Any]]:
        """Return what a restarted simulator needs in order to accept the same tokens."""
        with self._lock:
            return [
                {
                    "tenant": tenant,
                    "auth_token": auth_token,
                    "bearer_token": bearer,
                    "verbs": sorted(self._grants[auth_token].verbs),
                    "expires_at": self._grants[auth_token].expires_at,
                }
                for tenant, (auth_token, bearer) in self._pairs.items()
            ]

    def restore(self, snapshot: list[dict[str, Any]]) -> None:
        with self._lock:
            for item in snapshot:
                grant = Grant(item["tenant"], frozenset(item["verbs"]), item["expires_at"])
                self._grants[item["auth_token"]] = grant
                self._bearers.add(item["bearer_token"])
                self._pairs[item["tenant"]] = (item["auth_token"], item["bearer_token"])

    def _bearer_accepted(self, authorization: str | None, bearers: set[str]) -> bool:
        if authorization is None:
            return not self._options.bearer_required
        scheme, _blank, value = authorization.partition(" ")
        return scheme.lower() == "bearer" and value.strip() in bearers


def _timestamp(epoch: float) -> str:
    moment = datetime.fromtimestamp(epoch, tz=timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"


def _signed_data(content: bytes) -> bytes:
    encapsulated = _tlv(0x30, _OID_DATA + _tlv(0xA0, _tlv(0x04, content)))
    signer = _tlv(
        0x30,
        _VERSION_1
        + _tlv(0x80, secrets.token_bytes(20))
        + _ALGORITHM_SHA256
        + _ALGORITHM_RSA
        + _tlv(0x04, secrets.token_bytes(_SIGNATURE)),
    )
    signed = _tlv(0x30, _VERSION_1 + _tlv(0x31, _ALGORITHM_SHA256) + encapsulated + _tlv(0x31, signer))
    return _tlv(0x30, _OID_SIGNED_DATA + _tlv(0xA0, signed))


def _tlv(tag: int, value: bytes) -> bytes:
    size = len(value)
    if size < 0x80:
        return bytes([tag, size]) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + value
