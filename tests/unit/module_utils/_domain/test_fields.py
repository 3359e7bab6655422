# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of a connection's fields, and that options, parameters and comparison follow it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._domain import declaration
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.compare import compare
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.fields import (
    FIXED,
    IN_PLACE,
    NAME,
    SITE2DC,
    SITE2SITE,
    ConnectionList,
    Field,
    changes_in_place,
    is_number,
)

from ..support import SITE2DC_OPTIONS, SITE2SITE_OPTIONS, VPN, Shelf, declare, sample_item, sample_service


@pytest.mark.parametrize(("entry", "options"), [(SITE2DC, SITE2DC_OPTIONS), (SITE2SITE, SITE2SITE_OPTIONS)], ids=["dc", "site"])
def test_every_option_and_every_key_stands_once(entry: ConnectionList, options: tuple[str, ...]) -> None:
    assert sorted(entry.options()) == sorted(options)
    keys = Counter(key.casefold() for field in entry.fields for key in field.keys)
    assert set(keys.values()) == {1}
    assert {field.kind for field in entry.fields} == {NAME, IN_PLACE, FIXED}
    assert [option for option, spec in entry.options().items() if spec.get("required")] == ["cloud_vpn_name"]


@pytest.mark.parametrize(
    ("key", "in_place"), [("Bandwidth", True), ("BANDWIDTH", True), ("VNI", False), ("CloudVpnName", False), ("Else", False)]
)
def test_what_an_ordinary_update_changes(key: str, in_place: bool) -> None:
    assert changes_in_place(key) is is_number(key) is in_place


def test_every_key_of_the_table_is_compared_by_its_kind() -> None:
    for field in SITE2DC.fields:
        for key in field.keys:
            if field.kind == NAME:
                continue
            current = sample_service({"Site2DCList": [sample_item(**{key: "1"})]})
            changed = {"CloudVpnName": VPN, "Bandwidth": "60000", key: "2"}
            found = compare(declare(parameters={"Site2DCList": [changed]}), current, Shelf())
            assert bool(found)
            assert (found.immutable() == []) is (field.kind == IN_PLACE), key


def test_a_new_field_is_one_more_line(monkeypatch: pytest.MonkeyPatch) -> None:
    more = (Field("qos_class", ("QosClass",)), Field("remark", (), "int"))
    wider = SITE2DC._replace(fields=(*SITE2DC.fields, *more))
    monkeypatch.setattr(declaration, "CONNECTION_LISTS", (wider,))
    assert [wider.options()[field.option] for field in more] == [{"type": "str"}, {"type": "int"}]
    connection: dict[str, Any] = {"cloud_vpn_name": "v", "bandwidth": 5, "qos_class": "gold", "remark": 5}
    assert declare(site2dc=[connection]).parameters == {
        # An option without a key on the wire is not sent.
        "Site2DCList": [{"CloudVpnName": "v", "Bandwidth": "5", "QosClass": "gold"}]
    }
