# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of the inventory cache: whose they are, and what is taken for one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleError

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Service
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.inventory_hosts import VARIABLES
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import BadResponseError
from ansible_collections.cloudopera.ies.plugins.plugin_utils._inventory_cache import digest_of, from_cache, to_cache

PARAMS: dict[str, Any] = {
    "api_url": "https://ies.example.com:17100",
    "auth_token": "a-token-of-a-tenant",
    "bearer_token": "a-token-of-a-gateway",
    **dict.fromkeys(("name", "cloud_vpn_name", "status", "phase", "owner")),
    "details": True,
    "max_parallel": 8,
}
SERVICES = [{key: Service("1", "a\n{{ x }}").to_result()[key] for key in VARIABLES.values()}]


@pytest.mark.parametrize(
    "other",
    [
        {"api_url": "https://ies.example.com:17101"},
        {"auth_token": "a-token-of-another"},
        {"name": ["a"]},
        {"name": []},
        {"owner": ["a"]},
        {"details": False},
    ],
    ids=str,
)
def test_what_tells_entries_apart(other: dict[str, Any]) -> None:
    assert digest_of({**PARAMS, **other}) != digest_of(PARAMS)


@pytest.mark.parametrize(
    "same",
    [
        {"api_url": "https://ies.example.com:17100/rest/"},
        {"auth_token": "a-token-\n  of-a-tenant"},
        {"bearer_token": "renewed"},
        {"max_parallel": 4},
    ],
    ids=str,
)
def test_what_does_not(same: dict[str, Any]) -> None:
    assert digest_of({**PARAMS, **same}) == digest_of(PARAMS)


def test_the_order_of_a_filter_does_not_matter() -> None:
    assert digest_of({**PARAMS, "name": ["a", "b"]}) == digest_of({**PARAMS, "name": ["b", "a"]})


def test_no_token_is_in_it() -> None:
    digest = digest_of(PARAMS)
    assert len(digest) == 20
    assert set(digest) <= set("0123456789abcdef")


def test_there_and_back() -> None:
    entry = to_cache(SERVICES)
    assert set(map(type, entry.values())) == {str}
    assert from_cache({"k": json.loads(json.dumps(entry))}, "k") == SERVICES
    assert from_cache({}, "k") is None


class Failing(dict[str, Any]):
    """A cache that cannot be read."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def __getitem__(self, key: str) -> Any:
        raise self._error


@pytest.mark.parametrize(
    ("cache", "told"),
    [
        (Failing(AnsibleError("the file is\ncorrupt")), "the file is corrupt"),
        (Failing(TypeError("secret")), "its entry k cannot be read (TypeError)"),
        ({"k": None}, "its entry k holds no services"),
        ({"k": "text"}, "its entry k holds no services"),
        ({"k": []}, "its entry k holds no services"),
        ({"k": {"services": "[]"}}, "its entry k holds no services"),
        ({"k": {"format": "2", "services": "[]"}}, "its entry k has another format"),
        ({"k": {"format": "1", "services": "["}}, "its entry k holds no services"),
        ({"k": {"format": "1", "services": "{}"}}, "its entry k holds no services"),
        ({"k": {"format": "1", "services": "[1]"}}, "its entry k holds no services"),
        ({"k": {"format": "1", "services": json.dumps([{**SERVICES[0], "name": 7}])}}, "its entry k holds no services"),
        ({"k": {"format": "1", "services": json.dumps([{"service_id": "1"}])}}, "its entry k holds no services"),
    ],
)
def test_what_is_no_entry(cache: Any, told: str) -> None:
    with pytest.raises(BadResponseError) as caught:
        from_cache(cache, "k")
    assert caught.value.message == told
