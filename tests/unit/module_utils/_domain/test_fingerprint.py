# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fingerprint of a plan: what leaves it as it is, what changes it, and how a difference is told (interface, 10.3)."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Service
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.declaration import Declaration
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.fingerprint import (
    ServiceFingerprint,
    by_name,
    differing_fields,
    fingerprint_plan,
    fingerprint_service,
)
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.plan import plan_service
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.selection import Selection

from ..support import NAME, VPN, Shelf, declare, leftover, orderable, sample_item, sample_service

OTHER = "0S2DC-other"
RANGE = {"bandwidth_min": 50000, "bandwidth_max": 70000}
RANGED = declare(**RANGE, description="new")
UPDATED = declare(site2dc=[{"cloud_vpn_name": VPN, "bandwidth": 80000}])


def stored(*items: dict[str, Any], **changes: Any) -> Service:
    """Return the sample service with these connections, or with its own one."""
    return sample_service({"Site2DCList": list(items)} if items else None, **changes)


def of(declaration: Declaration, current: Service | None = None, **selected: Any) -> ServiceFingerprint:
    """Return the fingerprint of what is planned for a declaration."""
    return fingerprint_service(declaration, plan_service(declaration, Selection(current, **selected), Shelf(), wait=True))


def told(declaration: Declaration, before: Service | None, after: Service | None) -> list[str]:
    """Return in words what differs between two moments."""
    old = of(declaration, before)
    return differing_fields(old.fields, of(declaration, after), old.before)


def test_it_is_sha256_in_hexadecimal_digits() -> None:
    digest = of(UPDATED, stored()).digest
    assert len(digest) == 64
    assert set(digest) <= set("0123456789abcdef")


# What leaves it as it is

SAME = {
    "time of creation": (UPDATED, stored(created_at=1.0), stored(created_at=2.0)),
    "status of what is well": (UPDATED, stored(status="Completed"), stored(status="UpdateInProgress")),
    "active status": (UPDATED, stored(active_status="Active"), stored(active_status="Deactive")),
    "numbers as numbers": (UPDATED, stored(sample_item(VNI="7")), stored(sample_item(VNI=7))),
    "logical names": (UPDATED, stored(sample_item(logicalName="a")), stored(sample_item(logicalName="b"))),
    "order of connections": (
        declare(on_immutable_change="recreate", site2dc=[{"cloud_vpn_name": VPN, "bandwidth": 1, "vni": "9"}]),
        stored(sample_item(), sample_item(CloudVpnName=OTHER)),
        stored(sample_item(CloudVpnName=OTHER), sample_item()),
    ),
    "an undeclared connection": (UPDATED, stored(sample_item()), stored(sample_item(), sample_item(CloudVpnName=OTHER))),
    "what is not declared of what does not change": (
        declare(bandwidth=60000, cloud_vpn_name=VPN),
        stored(sample_item(Bandwidth="60000"), description="a"),
        stored(sample_item(Bandwidth="60000", VNI="other"), description="b"),
    ),
    "bandwidth inside its range": (
        declare(**RANGE),
        stored(sample_item(Bandwidth="50000")),
        stored(sample_item(Bandwidth="70000")),
    ),
    "bandwidth inside its range, which an update of the description does not send": (
        RANGED,
        stored(sample_item(Bandwidth="50000")),
        stored(sample_item(Bandwidth=60000)),
    ),
    "bandwidth inside its range, which an update resends with its item": (
        declare(on_immutable_change="update", site2dc=[{"cloud_vpn_name": VPN, "vni": "9", **RANGE}]),
        stored(sample_item(Bandwidth="50000")),
        stored(sample_item(Bandwidth="60000")),
    ),
    "bandwidth inside its range, which an order in the place of a service takes over": (
        declare(on_immutable_change="recreate", site2dc=[{"cloud_vpn_name": VPN, "vni": "9", **RANGE}]),
        stored(sample_item(Bandwidth="50000")),
        stored(sample_item(Bandwidth="60000")),
    ),
    "bandwidth inside its range, which is applied again to what has failed": (
        declare(**RANGE),
        stored(sample_item(Bandwidth="50000"), status="Failed"),
        stored(sample_item(Bandwidth="60000"), status="Failed"),
    ),
    "bandwidth inside its range, in JSON text": (
        declare(on_immutable_change="update", site2dc=[{"cloud_vpn_name": VPN, "vni": "9", **RANGE}]),
        sample_service({"Site2DCList": json.dumps({"list": [sample_item(Bandwidth="50000")]})}),
        sample_service({"Site2DCList": json.dumps({"list": [sample_item(Bandwidth="60000")]})}),
    ),
    "bandwidth inside its range, of a flat service": (
        declare(**RANGE, parameters={"Region": "x"}, on_immutable_change="update"),
        sample_service({**sample_item(Bandwidth="50000"), "Region": "y"}),
        sample_service({**sample_item(Bandwidth="60000"), "Region": "y"}),
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_what_leaves_it_as_it_is(case: str) -> None:
    declaration, one, other = SAME[case]
    assert of(declaration, one).record == of(declaration, other).record
    assert of(declaration, one).digest == of(declaration, other).digest


def test_waiting_is_no_part_of_it() -> None:
    one, other = (plan_service(UPDATED, Selection(stored()), Shelf(), wait=wait) for wait in (True, False))
    assert fingerprint_service(UPDATED, one).digest == fingerprint_service(UPDATED, other).digest


def test_what_is_deleted_by_another_hand_is_ordered_as_if_it_were_gone() -> None:
    ordered = declare(**orderable())
    leaving = stored(name="new", status="DeleteInProgress")
    assert of(ordered, leaving).digest == of(ordered, None).digest


# What changes it

DIFFERENT = {
    "a declared value": (UPDATED, stored(), stored(sample_item(Bandwidth="70000")), f"Bandwidth of connection '{VPN}'"),
    "a value that an update resends": (UPDATED, stored(), stored(sample_item(VNI="7")), f"VNI of connection '{VPN}'"),
    "a description that an update resends": (UPDATED, stored(), stored(description="other"), "description"),
    "the id": (UPDATED, stored(), stored(service_id="other"), "service_id"),
    "a service that is gone": (declare(**orderable(name=NAME)), stored(sample_item(CloudVpnName="vpn")), None, "service_id"),
    "a service that has come": (declare(**orderable(name=NAME)), None, stored(sample_item(CloudVpnName="vpn")), "service_id"),
    "a failure": (declare(bandwidth=60000), stored(), stored(status="Failed"), "status"),
    "bandwidth that leaves its range": (
        declare(**RANGE),
        stored(sample_item(Bandwidth="60000")),
        stored(sample_item(Bandwidth="80000")),
        f"Bandwidth of connection '{VPN}' was 60000 and is 80000",
    ),
    "bandwidth outside its range": (
        declare(**RANGE),
        stored(sample_item(Bandwidth="80000")),
        stored(sample_item(Bandwidth="90000")),
        f"Bandwidth of connection '{VPN}' was 80000 and is 90000",
    ),
    "what is removed": (
        declare(state="absent"),
        stored(sample_item()),
        stored(sample_item(), sample_item(CloudVpnName=OTHER)),
        f"connection '{OTHER}' was not there",
    ),
    "a connection that goes from what is removed": (
        declare(state="absent"),
        stored(sample_item(), sample_item(CloudVpnName=OTHER)),
        stored(sample_item()),
        f"connection '{OTHER}' is gone",
    ),
    "an active status that takes one more write": (
        declare(state="absent", deactivate=True),
        stored(active_status="Deactive"),
        stored(active_status="Active"),
        "action",
    ),
    "a parameter that is no connection": (
        declare(parameters={"Region": "x"}, on_immutable_change="update"),
        sample_service({"Site2DCList": [sample_item()], "Region": "y"}),
        sample_service({"Site2DCList": [sample_item()], "Region": "z"}),
        "Region was y and is z",
    ),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_what_changes_it_and_is_named(case: str) -> None:
    declaration, before, after, words = DIFFERENT[case]
    assert of(declaration, before).digest != of(declaration, after).digest
    assert any(words in entry for entry in told(declaration, before, after)), told(declaration, before, after)


@pytest.mark.parametrize(
    "changes",
    [
        {"bandwidth": 70000},
        {"description": ""},
        {"deactivate": True},
        {"on_failure": "keep"},
        {"replace_failed": False},
        {"service_definition": "Site2DC"},
        {"on_immutable_change": "recreate"},
    ],
    ids=str,
)
def test_another_declaration_is_another_plan(changes: dict[str, Any]) -> None:
    old = of(declare(bandwidth=60000), stored(description=""))
    new = of(declare(**{"bandwidth": 60000, **changes}), stored(description=""))
    assert old.digest != new.digest
    (option,) = changes
    assert f"declared {option}" in differing_fields(old.fields, new, old.before)


def test_another_range_is_another_plan() -> None:
    old = of(declare(**RANGE), stored())
    new = of(declare(**{**RANGE, "bandwidth_max": 90000}), stored())
    assert old.digest != new.digest


def test_every_leftover_that_is_removed_counts() -> None:
    declaration = declare(**orderable())
    one = of(declaration, leftovers=(leftover("a", name="new", parameters={}),))
    two = of(declaration, leftovers=(leftover("a", name="new", parameters={}), leftover("b", name="new", parameters={})))
    assert one.digest != two.digest


def test_a_leftover_with_several_connections_and_a_range() -> None:
    # What was left has two connections; the range of the shorthand means the one that is ordered.
    items = [sample_item(CloudVpnName="vpn"), sample_item(CloudVpnName=OTHER)]
    left = leftover(name="new", parameters={"Site2DCList": items})
    assert of(declare(**orderable(**RANGE)), leftovers=(left,)).record["kind"] == "recreate"


# Any service


IN_RANGE = st.integers(RANGE["bandwidth_min"], RANGE["bandwidth_max"])
VALUES = st.sampled_from(["1", "7", "60000", "x", ""])
ITEMS = st.fixed_dictionaries(
    {
        "CloudVpnName": st.just(VPN),
        "Bandwidth": st.integers(1, 10**6).map(str),
        "VNI": VALUES,
        "CPE_A_Site": VALUES,
        "cidr": VALUES,
    }
)


def shuffled(value: Any, random: Any) -> Any:
    """Return a value with the keys of every dictionary in another order."""
    if isinstance(value, dict):
        keys = list(value)
        random.shuffle(keys)
        return {key: shuffled(value[key], random) for key in keys}
    return [shuffled(entry, random) for entry in value] if isinstance(value, list) else value


@given(
    ITEMS,
    st.integers(50000, 70000),
    st.integers(50000, 70000),
    st.floats(0, 2e9),
    st.sampled_from(["update", "recreate"]),
    st.randoms(),
)
def test_times_order_of_keys_and_bandwidth_inside_its_range_do_not_matter(
    item: dict[str, str], one: int, other: int, created: float, how: str, random: Any
) -> None:
    declaration = declare(site2dc=[{"cloud_vpn_name": VPN, "vni": "7", **RANGE}], on_immutable_change=how)
    first = stored({**item, "Bandwidth": str(one)})
    second = stored(shuffled({**item, "Bandwidth": str(other)}, random), created_at=created)
    assert of(declaration, first).digest == of(declaration, second).digest


@given(ITEMS, ITEMS)
def test_it_changes_with_every_value_that_an_update_sends(item: dict[str, str], other: dict[str, str]) -> None:
    declaration = declare(site2dc=[{"cloud_vpn_name": VPN, "bandwidth": 5}], on_immutable_change="update")
    before, after = (of(declaration, stored({**values, "Bandwidth": "9"})) for values in (item, other))
    differing = {key for key in item if key != "Bandwidth" and item[key] != other[key]}
    assert (before.digest != after.digest) is bool(differing)
    words = differing_fields(before.fields, after, before.before)
    assert bool(words) is bool(differing)
    assert all(f"{key} of connection" in " ".join(words) for key in differing)


@given(ITEMS, ITEMS)
def test_it_is_the_same_exactly_if_plan_and_declared_values_are(item: dict[str, str], other: dict[str, str]) -> None:
    declaration = declare(site2dc=[{"cloud_vpn_name": VPN, "bandwidth": 60000, "vni": "7"}], on_immutable_change="update")
    first, second = (plan_service(declaration, Selection(stored(values)), Shelf(), wait=True) for values in (item, other))
    same = (first.steps, first.before, first.after) == (second.steps, second.before, second.after)
    digests = {fingerprint_service(declaration, plan).digest for plan in (first, second)}
    assert (len(digests) == 1) is same


# The whole plan


def test_the_plan_is_its_services_and_where_it_belongs() -> None:
    here = {"api_url": "https://a", "tenant": "t"}
    whole = fingerprint_plan(here, {"a": "1", "b": "2"})
    assert whole == fingerprint_plan(dict(reversed(here.items())), {"b": "2", "a": "1"})
    assert whole != fingerprint_plan({**here, "tenant": "u"}, {"a": "1", "b": "2"})
    assert whole != fingerprint_plan(here, {"a": "1"})
    assert whole != fingerprint_plan(here, {"a": "1", "b": "3"})


def test_namesakes_are_told_apart() -> None:
    first, second = (of(declare(service_id=one, bandwidth=1), stored(service_id=one, name="n")) for one in ("a", "b"))
    assert list(by_name([first, second, second])) == ["n", "n (b)", "n (b) 2"]


def test_what_is_declared_by_id_has_the_name_that_was_found() -> None:
    assert of(declare(service_id="x", bandwidth=1), stored(service_id="x")).name == NAME
    assert of(declare(service_id="x", state="absent"), None).name == "x"


def test_it_does_not_depend_on_the_process() -> None:
    # Another seed of hashes is another order of sets and, where something were not sorted, of keys.
    code = "from tests.unit.module_utils._domain.test_fingerprint import *; print(of(RANGED, stored()).digest)"
    told_by = {
        subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
            env={"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert told_by == {of(RANGED, stored()).digest}


def test_it_is_the_same_on_every_python_and_in_every_release() -> None:
    # A plan that waits for its approval survives an update of what planned it. Another fingerprint needs another `_VERSION`.
    assert (
        of(RANGED, stored(sample_item(Bandwidth="60000"))).digest
        == "92ecfe86757f046d9135aae01a20fcbdd5a1c0538df15b250e87b24fe0ec6648"
    )
    whole = fingerprint_plan({"api_url": "https://a", "tenant": None}, {"caf\u00e9": "1"})
    assert whole == "663d5ae0334bc3ff0e8c90c1328f8a501cb079757dadf40095871d0fc4750e0d"


# How a difference is told


def test_only_the_first_few_fields_are_named() -> None:
    many = stored(sample_item(VNI="a", CPE_A_Site="b", CPE_A_Type="c", cidr="d", VPC_ID="e"))
    words = told(declare(state="absent"), stored(), many)
    assert len(words) == 4
    assert words[-1] == "2 more"


def test_a_secret_or_a_long_value_is_not_told_in_full() -> None:
    words = told(declare(description="x"), stored(description="a"), stored(description="MII" + "A" * 200))
    assert words == ["description was a and is ********"]


def test_a_connection_without_a_value_and_a_name_with_slashes() -> None:
    odd = "a/b~c"
    declaration = declare(site2dc=[{"cloud_vpn_name": odd, "bandwidth": 5}])
    old, new = stored(sample_item(CloudVpnName=odd)), stored(sample_item(CloudVpnName=odd, VNI=None))
    assert told(declaration, old, new) == [f"VNI of connection {odd!r}"]


@pytest.mark.parametrize("broken", [{}, {"": "x"}, {"/": 1}, {"/before/name": None}, {"nonsense": "x"}], ids=str)
@pytest.mark.parametrize("before", [None, 5, {"connections": 7}, {"connections": {VPN: "x"}}], ids=str)
def test_what_a_damaged_file_holds_is_no_mistake_of_ours(broken: dict[str, Any], before: Any) -> None:
    assert differing_fields(broken, of(UPDATED, stored()), before)


def test_json_text_too_deep_to_look_into_counts_as_text() -> None:
    deep = "[" * 900 + "]" * 900
    declaration = declare(parameters={"Region": "x"}, on_immutable_change="update")
    service = sample_service({"Site2DCList": [sample_item()], "Region": deep})
    assert of(declaration, service).digest != of(declaration, replace(service, parameters={"Region": "[]"})).digest
