# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the inventory plugin keeps in Ansible's cache: whose services it holds, and how they are written and read there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError

from ..module_utils._api.token import strip_token
from ..module_utils._domain.inventory_hosts import VARIABLES
from ..module_utils._errors import BadResponseError
from ..module_utils._wire.connection import normalise_url
from ._inventory import FILTERS

_FORMAT = "1"
# Guessing a token from the name of a cache file takes this long for each guess.
_ROUNDS = 100_000
_DIGEST_BYTES = 10


def digest_of(params: Mapping[str, Any]) -> str:
    """Return what tells apart whom an inventory was read from, as which tenant, and what was asked for; no token is in it.

    The token of the gateway counts for nothing: it is renewed often, and selects no tenant (contract 2).
    """
    asked = {option: sorted(params[option]) if params[option] is not None else None for option in FILTERS}
    salt = json.dumps([_FORMAT, normalise_url(params["api_url"]), params["details"], asked], sort_keys=True)
    token = strip_token(params["auth_token"]).encode()
    return hashlib.pbkdf2_hmac("sha256", token, salt.encode(), _ROUNDS, _DIGEST_BYTES).hex()


def to_cache(services: list[dict[str, Any]]) -> dict[str, str]:
    """Return services as an entry of the cache.

    They are one string: cache plugins give meanings of their own to keys such as `__ansible_vault`.
    """
    return {"format": _FORMAT, "services": json.dumps(services)}


def from_cache(cache: Mapping[str, Any], key: str) -> list[dict[str, Any]] | None:
    """Return the services of an entry of the cache, None when there is none or it is too old.

    Raises BadResponseError with the reason when it cannot be read, or is not one of ours.
    """
    try:
        entry = cache[key]
    except KeyError:
        return None
    except AnsibleError as error:
        raise BadResponseError(" ".join(str(error).split())) from None
    except Exception as error:  # a cache plugin that meets what it has not written
        raise BadResponseError(f"its entry {key} cannot be read ({type(error).__name__})") from None
    try:
        if str(entry["format"]) != _FORMAT:
            raise BadResponseError(f"its entry {key} has another format")
        # Only what JSON has, whatever Ansible attached to the string.
        services = json.loads(str.__str__(str(entry["services"])))
    except (TypeError, KeyError, ValueError):
        services = None
    if not isinstance(services, list) or not all(map(_is_service, services)):
        raise BadResponseError(f"its entry {key} holds no services")
    return services


def _is_service(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == set(VARIABLES.values())
        and isinstance(value["service_id"], str)
        and isinstance(value["name"], (str, type(None)))
        and isinstance(value["connections"], list)
    )
