# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is found wrong with policies and watched connections."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.plugin_utils._elastic_validation import check_elastic, check_policies

NAMES = {"connections": "cloudvpn_elastic", "policy": "cloudvpn_elastic_policy"}
BOUNDS = {"minimum": 20000, "maximum": 100000}
RANGED = {"name": "s", "site2dc": [{"cloud_vpn_name": "v", "bandwidth_min": 20000, "bandwidth_max": 100000}]}


def found(connections: Any, shared: Any = None, services: Any = ()) -> list[str]:
    """Return what is wrong, in words."""
    return [str(finding) for finding in check_elastic(connections, services, shared, NAMES)]


@pytest.mark.parametrize(
    ("connections", "shared", "services"),
    [
        (None, None, ()),
        (None, {"step": 10000}, [RANGED]),
        # The shared policy needs no bounds of its own.
        (None, {"step": 10000}, ()),
        ([{"name": "s", "policy": BOUNDS}], None, ()),
        ([{"name": "s"}], BOUNDS, ()),
        ([{"name": "s", "policy": {"step": 10000}}], None, [RANGED]),
        ([{"service_id": "i", "cloud_vpn_name": "v", "policy": '{"minimum": 1, "maximum": 2}'}], None, ()),
    ],
)
def test_what_is_right(connections: Any, shared: Any, services: Any) -> None:
    assert found(connections, shared, services) == []


@pytest.mark.parametrize(
    ("connections", "shared", "told"),
    [
        (None, {"headrom": 5}, ["cloudvpn_elastic_policy: policy has the unknown key 'headrom'; did you mean headroom?"]),
        (None, {"profile": "odd"}, ["cloudvpn_elastic_policy: policy.profile is 'odd'; choose one of balanced, tight, calm"]),
        (
            None,
            {"raise_above": 300, "pause": "x", "headrom": 1},
            ["the unknown key 'headrom'", "policy.raise_above is 300", "policy.pause is 'x'"],
        ),
        (None, {"raise_above": 40, "lower_below": 50}, ["policy.lower_below 50 is not under policy.raise_above 40"]),
        ([{"name": "s"}], None, ["cloudvpn_elastic[0] (s): policy.minimum"]),
        ([{"policy": BOUNDS}], None, ["cloudvpn_elastic[0]: it has neither name nor service_id; give one of them"]),
        ([{"name": "s", "nam": 1}], None, ["cloudvpn_elastic[0] (s): it has no option nam"]),
        ([{"name": "s", "policy": "x"}], None, ["cloudvpn_elastic[0] (s): it.policy is a string"]),
        ([{"name": "s", "policy": {"minimum": 5, "maximum": 1}}], None, ["cloudvpn_elastic[0] (s): policy.minimum 5 is over"]),
        # What is wrong with the shared policy is said once.
        (
            [{"name": "a", "policy": BOUNDS}, {"name": "b", "policy": BOUNDS}],
            {"odd": 1},
            ["cloudvpn_elastic_policy: policy has"],
        ),
    ],
)
def test_what_is_wrong(connections: Any, shared: Any, told: list[str]) -> None:
    errors = found(connections, shared)
    assert len(errors) == len(told), errors
    assert all(one in error for one, error in zip(told, errors)), errors


def test_policies_by_name() -> None:
    policies = {"good": BOUNDS, "bad": {"step": 0}, "none": "x"}
    found_wrong = [str(finding) for finding in check_policies(policies, None, "cloudvpn_elastic_policies")]
    for told in (
        "cloudvpn_elastic_policies.bad: policy.minimum is not set",
        "cloudvpn_elastic_policies.bad: policy.maximum is not set",
        "cloudvpn_elastic_policies.bad: policy.step is 0",
        "cloudvpn_elastic_policies.none: policy is 'x'; write a dictionary",
    ):
        assert any(entry.startswith(told) for entry in found_wrong), told
    assert len(found_wrong) == 4
