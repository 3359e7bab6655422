# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A range instead of one bandwidth (public interface, section 9.1): read, compared, planned and sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Service
from ansible_collections.cloudopera.ies.plugins.module_utils._api.parameters import BANDWIDTH_KEY, find_connections
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.bandwidth_range import BandwidthRange, read_bandwidth
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.compare import Change, compare
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.declaration import RangedConnection, ranges_of
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.plan import Plan, plan_service
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.selection import Selection
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import ConflictError, InvalidError
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks.ies_service import DECLARATION_OPTIONS
from ansible_collections.cloudopera.ies.plugins.module_utils._values import to_number
from tests.unit.module_utils.support import NAME, VPN, Shelf, declare, orderable, sample_item, sample_service

BOUNDS: dict[str, Any] = {"bandwidth_min": 50, "bandwidth_max": 100}
RANGE = BandwidthRange(50, 100)
# Every way to declare the range for the connection of the sample service; all mean the same.
WAYS = [
    pytest.param({**BOUNDS}, id="shorthand"),
    pytest.param({**BOUNDS, "cloud_vpn_name": VPN}, id="shorthand-by-name"),
    pytest.param({"site2dc": [{"cloud_vpn_name": VPN, **BOUNDS}]}, id="site2dc"),
    pytest.param({"site2site": [{"cloud_vpn_name": VPN, **BOUNDS}]}, id="site2site"),
    pytest.param({**BOUNDS, "site2dc": [{"cloud_vpn_name": VPN, "bandwidth": 7}]}, id="shorthand-before-number"),
    pytest.param(
        {**BOUNDS, "site2dc": [{"cloud_vpn_name": VPN, "bandwidth_min": 1, "bandwidth_max": 2}]}, id="shorthand-before-range"
    ),
]
# Stored, and what is to be stored; the type stays. The bandwidth to create with is 60.
STORED = [
    *((inside, inside) for inside in ("50", "70", "100", 50, 70, 100, "70.0", 70.5, "99.9", " 70 ")),
    *(("49", "50"), ("0", "50"), (-1, 50), ("49.9", "50"), (49, 50), ("1e1", "50")),
    *(("101", "100"), ("100.1", "100"), (9000, 100), (100.5, 100)),
    *((odd, "60") for odd in ("", "fast", "NaN", "Infinity", "0x40", True, ["70"], {"a": "70"})),
]


def service_with(bandwidth: Any, form: str = "list", **changes: Any) -> Service:
    """Return the sample service with another Bandwidth, in one of the forms in which a connection may stand."""
    item = sample_item(Bandwidth=bandwidth)
    parameters: dict[str, Any] = {
        "list": {"Site2DCList": [item]},
        "flat": item,
        "json-list": {"Site2DCList": json.dumps([item])},
        "json-object": {"Info": json.dumps(item)},
        "json-inner": {"Info": json.dumps({"Inner": [item]})},
    }[form]
    return sample_service(parameters, **changes)


def plan(current: Service | None, *leftovers: Service, **given: Any) -> Plan:
    """Plan a declaration of the sample service."""
    return plan_service(declare(**given), Selection(current, leftovers), Shelf(), wait=True)


def sent(planned: Plan) -> dict[str, Any]:
    """Return the Bandwidth of each connection in the last write."""
    payload = planned.steps[-1].payload
    assert payload is not None
    parameters = payload["service"].get("parameters")
    return {entry.cloud_vpn_name: entry.parameters.get(BANDWIDTH_KEY) for entry in find_connections(parameters)}


class TestRead:
    @pytest.mark.parametrize(
        ("minimum", "maximum"),
        [(50, 100), ("50", "100"), (50.0, 100.0), ("50.0", "100.0"), (" 50 ", "1e2")],
        ids=repr,
    )
    def test_bounds_are_whole_numbers_however_they_are_written(self, minimum: Any, maximum: Any) -> None:
        assert read_bandwidth({"bandwidth_min": minimum, "bandwidth_max": maximum}) == (50, RANGE)

    @pytest.mark.parametrize(
        ("given_options", "expected"),
        [
            ({}, (None, None)),
            ({"bandwidth": 70}, (70, None)),
            ({**BOUNDS}, (50, RANGE)),
            ({**BOUNDS, "bandwidth": None}, (50, RANGE)),
            ({**BOUNDS, "bandwidth": 50}, (50, RANGE)),
            ({**BOUNDS, "bandwidth": "70"}, (70, RANGE)),
            ({**BOUNDS, "bandwidth": 100}, (100, RANGE)),
            ({"bandwidth_min": 5, "bandwidth_max": 5}, (5, BandwidthRange(5, 5))),
        ],
        ids=str,
    )
    def test_the_bandwidth_to_create_with_is_the_lower_bound_unless_given(self, given_options: Any, expected: Any) -> None:
        assert read_bandwidth(given_options) == expected

    @pytest.mark.parametrize(
        ("given_options", "message"),
        [
            ({"bandwidth_min": 50}, "bandwidth_min is 50, and there is no bandwidth_max; a range needs both"),
            ({"bandwidth_max": "9"}, "bandwidth_max is 9, and there is no bandwidth_min; a range needs both"),
            ({"bandwidth": 5, "bandwidth_max": 9}, "bandwidth_max is 9, and there is no bandwidth_min; a range needs both"),
            (
                {"bandwidth_min": 101, "bandwidth_max": 100},
                "bandwidth_min is 101, which is above bandwidth_max, 100; correct one of them",
            ),
            ({**BOUNDS, "bandwidth": 49}, "bandwidth is 49, outside its range of 50 to 100; give one inside it,"),
            ({**BOUNDS, "bandwidth": "101"}, "bandwidth is 101, outside its range of 50 to 100; give one inside it,"),
            ({**BOUNDS, "bandwidth": 0}, "bandwidth is 0; it must be a positive whole number"),
            *(
                ({**BOUNDS, option: value}, f"{option} is {shown}; it must be a positive whole number")
                for option in ("bandwidth_min", "bandwidth_max")
                for value, shown in [
                    *((True, "true"), (False, "false"), (0, "0"), (-5, "-5"), (50.5, "50.5"), ("", "''"), ("few", "'few'")),
                    *(("60.5", "'60.5'"), ([50], "[50]")),
                ]
            ),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("option", ["", "site2dc", "site2site"])
    def test_what_cannot_be_right_is_refused_with_its_place(self, given_options: Any, message: str, option: str) -> None:
        place = f"{option}[1]." if option else ""
        connections = [{"cloud_vpn_name": "a", "bandwidth": 1}, {"cloud_vpn_name": "b", **given_options}]
        with pytest.raises(InvalidError) as caught:
            declare(**({option: connections} if option else given_options))
        assert caught.value.message.startswith(place + message)

    @pytest.mark.parametrize("option", ["site2dc", "site2site"])
    def test_a_connection_needs_a_bandwidth_or_a_range(self, option: str) -> None:
        with pytest.raises(InvalidError) as caught:
            declare(**{option: [{"cloud_vpn_name": "a", **BOUNDS}, {"cloud_vpn_name": "b"}]})
        assert caught.value.message == f"{option}[1] has no bandwidth; give bandwidth, or bandwidth_min and bandwidth_max"

    def test_bounds_are_no_keys_of_the_api(self) -> None:
        declaration = declare(site2dc=[{"cloud_vpn_name": "a", **BOUNDS, "bandwidth": 70, "vni": "1"}])
        assert declaration.parameters == {"Site2DCList": [{"CloudVpnName": "a", "Bandwidth": "70", "VNI": "1"}]}

    def test_raw_parameters_have_no_bounds(self) -> None:
        item = {"CloudVpnName": "a", "Bandwidth": "7", "bandwidth_min": "5", "bandwidth_max": "9"}
        declaration = declare(parameters={"L": [item]})
        assert (declaration.parameters, declaration.ranges) == ({"L": [item]}, {})

    def test_what_is_to_be_absent_needs_no_right_range(self) -> None:
        declaration = declare(state="absent", bandwidth_min=-1, site2dc=[{"cloud_vpn_name": "a", "bandwidth_max": 0}])
        assert (declaration.bandwidth_range, declaration.ranges) == (None, {})


class TestStored:
    @pytest.mark.parametrize(("stored", "wanted"), STORED, ids=repr)
    def test_inside_it_stays_outside_it_goes_to_the_nearer_bound(self, stored: Any, wanted: Any) -> None:
        found = RANGE.wanted(stored, "60")
        assert str(found) == str(wanted)
        assert (found is stored) is (stored == wanted)

    @given(st.integers() | st.floats() | st.text(max_size=4), st.integers(1, 10**9), st.integers(0, 10**9))
    def test_what_is_wanted_is_always_inside(self, stored: Any, minimum: int, width: int) -> None:
        allowed = BandwidthRange(minimum, minimum + width)
        wanted = allowed.wanted(stored, str(minimum))
        number = to_number(wanted)
        assert number is not None
        assert allowed.holds(number)
        assert allowed.wanted(wanted, str(minimum)) == wanted

    @pytest.mark.parametrize("given_options", WAYS)
    @pytest.mark.parametrize("form", ["list", "flat", "json-list", "json-object", "json-inner"])
    @pytest.mark.parametrize(
        ("stored", "wanted"), [("50", None), ("70", None), ("100", None), ("49", "50"), ("101", "100"), ("fast", "50")]
    )
    def test_every_way_to_declare_it_in_every_form(
        self, given_options: dict[str, Any], form: str, stored: str, wanted: str | None
    ) -> None:
        planned = plan(service_with(stored, form), **given_options)
        if wanted is None:
            assert (planned.kind, planned.steps) == ("unchanged", ())
            assert planned.before == planned.after
            assert planned.after["connections"][VPN]["Bandwidth"] == stored
        else:
            assert planned.kind == "update"
            assert sent(planned) == {VPN: wanted}
            sides = [side["connections"][VPN]["Bandwidth"] for side in (planned.before, planned.after)]
            assert sides == [stored, wanted]

    def test_a_number_stays_a_number(self) -> None:
        found = compare(declare(**BOUNDS), service_with(700), Shelf())
        assert found.connections[0].changes == {"Bandwidth": Change(700, 100, "50 to 100")}
        assert found.in_words() == [f"Bandwidth of connection {VPN!r} is 700, declared 50 to 100"]
        assert found.immutable() == []

    def test_the_items_own_spelling(self) -> None:
        current = sample_service({"L": [{"cloudvpnname": "a", "BANDWIDTH": "1"}]})
        found = compare(declare(site2dc=[{"cloud_vpn_name": "a", **BOUNDS}]), current, Shelf())
        assert found.connections[0].changes == {"BANDWIDTH": Change("1", "50", "50 to 100")}

    def test_the_shorthand_of_one_number_goes_before_the_range_of_a_list(self) -> None:
        ranged = {"site2dc": [{"cloud_vpn_name": VPN, **BOUNDS}]}
        assert sent(plan(service_with("70"), bandwidth=60, **ranged)) == {VPN: "60"}

    def test_a_bandwidth_that_the_server_does_not_show_is_no_change(self) -> None:
        planned = plan(service_with(None), **BOUNDS)
        assert planned.kind == "unchanged"
        assert "does not show Bandwidth" in planned.warnings[0]

    def test_only_the_connection_with_the_range_is_sent(self) -> None:
        current = sample_service({"Site2DCList": [sample_item(CloudVpnName=name, Bandwidth="500") for name in "abc"]})
        declared = [{"cloud_vpn_name": "a", "bandwidth": 500}, {"cloud_vpn_name": "b", **BOUNDS}]
        assert sent(plan(current, site2dc=declared)) == {"b": "100"}


class TestCreate:
    @pytest.mark.parametrize(("bandwidth", "expected"), [(None, "50"), (70, "70")])
    @pytest.mark.parametrize("shorthand", [True, False], ids=["shorthand", "typed"])
    def test_an_order_takes_the_bandwidth(self, bandwidth: int | None, expected: str, shorthand: bool) -> None:
        ranged = {**BOUNDS, "bandwidth": bandwidth}
        typed = {"cloud_vpn_name": "a", **({"bandwidth": 7} if shorthand else ranged)}
        planned = plan(None, **orderable(site2dc=[typed], **(ranged if shorthand else {})))
        assert planned.kind == "create"
        assert sent(planned) == {"a": expected}
        assert planned.after["connections"] == {"a": {"CloudVpnName": "a", "Bandwidth": expected}}

    def test_a_shorthand_alone_creates_no_connection(self) -> None:
        with pytest.raises(InvalidError, match="a connection"):
            plan(None, **orderable(site2dc=None, **BOUNDS))

    def test_an_order_that_failed_is_repeated_with_the_bandwidth(self) -> None:
        left = service_with("90", status="CreateFailed")
        given_options = orderable(name=NAME, site2dc=[{"cloud_vpn_name": VPN, **BOUNDS, "bandwidth": 60}])
        assert sent(plan(None, left, **given_options)) == {VPN: "60"}

    def test_a_new_connection_is_added_with_the_bandwidth(self) -> None:
        declared = [{"cloud_vpn_name": VPN, **BOUNDS}, {"cloud_vpn_name": "more", **BOUNDS, "bandwidth": 60}]
        with pytest.raises(ConflictError, match="'more' is not there"):
            plan(service_with("70"), site2dc=declared)
        planned = plan(service_with("70"), site2dc=declared, on_immutable_change="update")
        assert sent(planned) == {"more": "60"}
        bandwidths = {name: item["Bandwidth"] for name, item in planned.after["connections"].items()}
        assert bandwidths == {VPN: "70", "more": "60"}


class TestApplyAgain:
    @pytest.mark.parametrize("given_options", WAYS)
    @pytest.mark.parametrize("form", ["list", "flat", "json-list", "json-object", "json-inner"])
    @pytest.mark.parametrize(("stored", "expected"), [("70", "70"), ("49", "50"), ("101", "100"), ("fast", "50")])
    @pytest.mark.parametrize("items", ["full", "minimal"])
    def test_a_failed_service_is_sent_what_is_stored(
        self, given_options: dict[str, Any], form: str, stored: str, expected: str, items: str
    ) -> None:
        planned = plan(service_with(stored, form, status="Failed"), update_items=items, **given_options)
        assert (planned.kind, sent(planned)) == ("update", {VPN: expected})
        sides = [side["connections"][VPN]["Bandwidth"] for side in (planned.before, planned.after)]
        assert sides == [stored, expected]

    @pytest.mark.parametrize(("stored", "expected"), [("70", "70"), ("49", "50"), ("101", "100"), ("fast", "60")])
    def test_a_recreated_connection_keeps_what_is_stored(self, stored: str, expected: str) -> None:
        declared = [
            {"cloud_vpn_name": VPN, **BOUNDS, "bandwidth": 60, "vni": "7"},
            {"cloud_vpn_name": "more", **BOUNDS, "bandwidth": 80},
        ]
        planned = plan(service_with(stored), site2dc=declared, on_immutable_change="recreate")
        assert planned.actions == ["delete", "create"]
        assert sent(planned) == {VPN: expected, "more": "80"}
        assert planned.foreseen is not None
        foreseen = {entry.cloud_vpn_name: str(entry.bandwidth) for entry in planned.foreseen.connections}
        assert foreseen == {name: item["Bandwidth"] for name, item in planned.after["connections"].items()} == sent(planned)


class TestRangesOf:
    def test_each_connection_with_a_range(self) -> None:
        declared: list[dict[str, Any]] = [
            {"name": "one", "bandwidth": 5},
            {"name": "two", **BOUNDS},
            {"service_id": "three", **BOUNDS, "cloud_vpn_name": "a"},
            {
                "name": "four",
                "service_id": "4",
                "site2dc": [
                    {"cloud_vpn_name": "b", "bandwidth_min": "1.0", "bandwidth_max": "2"},
                    {"cloud_vpn_name": "c", "bandwidth": 5},
                ],
                "site2site": [{"cloud_vpn_name": "d", **BOUNDS}],
            },
            {"name": "five", "state": "absent", **BOUNDS},
        ]
        assert [found for item in declared for found in ranges_of(item)] == [
            RangedConnection("two", None, None, 50, 100),
            RangedConnection(None, "three", "a", 50, 100),
            RangedConnection("four", "4", "b", 1, 2),
            RangedConnection("four", "4", "d", 50, 100),
        ]

    @pytest.mark.parametrize(
        ("shorthand", "expected"),
        [
            ({"bandwidth": 7, "cloud_vpn_name": "b"}, [("a", 1, 2)]),
            ({**BOUNDS, "cloud_vpn_name": "a"}, [("b", 1, 2), ("a", 50, 100)]),
            ({**BOUNDS, "cloud_vpn_name": "c"}, [("a", 1, 2), ("b", 1, 2), ("c", 50, 100)]),
        ],
        ids=str,
    )
    def test_the_shorthand_goes_before_a_list(self, shorthand: dict[str, Any], expected: list[Any]) -> None:
        connections = [{"cloud_vpn_name": name, "bandwidth_min": 1, "bandwidth_max": 2} for name in "ab"]
        found = ranges_of({"name": "x", "site2dc": connections, **shorthand})
        assert [entry[2:] for entry in found] == expected

    @pytest.mark.parametrize(("shorthand", "expected"), [({"bandwidth": 7}, []), (BOUNDS, [("a", 50, 100)])], ids=str)
    def test_without_a_name_the_shorthand_is_for_the_only_connection(
        self, shorthand: dict[str, Any], expected: list[Any]
    ) -> None:
        only = {"cloud_vpn_name": "a", "bandwidth_min": 1, "bandwidth_max": 2}
        assert [entry[2:] for entry in ranges_of({"name": "x", "site2dc": [only], **shorthand})] == expected

    def test_half_a_range_is_an_error(self) -> None:
        with pytest.raises(InvalidError, match=r"^bandwidth_min is 5, and there is no bandwidth_max"):
            ranges_of({"name": "site-7", "bandwidth_min": 5})


def test_bounds_are_options_wherever_bandwidth_is() -> None:
    typed = [DECLARATION_OPTIONS[option]["options"] for option in ("site2dc", "site2site")]
    for options in (DECLARATION_OPTIONS, *typed):
        assert [options[name] for name in ("bandwidth", "bandwidth_min", "bandwidth_max")] == [{"type": "int"}] * 3
