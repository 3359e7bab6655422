# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arguments before they are validated: whole numbers are read alike by every ansible-core."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._argspec import spec_of, with_whole_numbers
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks import ies_service, ies_services


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (80000.0, 80000),
        ("80000.0", 80000),
        (" 80000.00 ", 80000),
        (80000, 80000),
        ("80000", "80000"),
        (80000.5, 80000.5),
        ("80000.5", "80000.5"),
        ("fast", "fast"),
        (True, True),
        (None, None),
        (float("inf"), float("inf")),
    ],
    ids=repr,
)
def test_a_whole_number_becomes_an_integer_and_nothing_else_does(given: Any, expected: Any) -> None:
    options = spec_of(ies_service)["argument_spec"]
    prepared = with_whole_numbers({"name": "2.0", "bandwidth": given, "wait_sleep": 2.0}, options)
    assert prepared == {"name": "2.0", "bandwidth": expected, "wait_sleep": 2.0}
    assert type(prepared["bandwidth"]) is type(expected)


def test_nested_options_are_read_alike() -> None:
    options = spec_of(ies_services)["argument_spec"]
    connection = {"cloud_vpn_name": "1.0", "bandwidth": 5.0, "extra": {"bandwidth": 5.0}}
    prepared = with_whole_numbers({"services": [{"site2dc": [connection], "unknown": 1.0}, "text"]}, options)
    (item,) = prepared["services"][0]["site2dc"]
    assert item == {"cloud_vpn_name": "1.0", "bandwidth": 5, "extra": {"bandwidth": 5.0}}
    assert isinstance(item["bandwidth"], int)
    assert isinstance(item["extra"]["bandwidth"], float)
    assert prepared["services"][1] == "text"
    assert connection["bandwidth"] == 5.0
    assert isinstance(connection["bandwidth"], float)
