# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contract 8."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.simulator import samples
from tests.simulator.demand import Shape
from tests.simulator.traffic import Point, Query, series
from tests.unit.simulator.support import SAMPLE, SAMPLE_VPN, TENANT, TRAFFIC, Api, scaled

DAY = 86400
MIDNIGHT = 1493596800
RATE = f"{TRAFFIC}/{SAMPLE_VPN}/traffic-rate"
WINDOW = {"starttime": str(MIDNIGHT), "endtime": str(MIDNIGHT + 600)}


def query(**changes: Any) -> Query:
    values: dict[str, Any] = {
        "connection_name": "vpn",
        "metric": "traffic-rate",
        "starttime": MIDNIGHT,
        "endtime": MIDNIGHT + DAY,
        "timedim": "minute",
        "direction": "outbound",
        "indicator": "max",
    }
    return Query(**{**values, **changes})


def points_of(
    bandwidth: Any = "60000", shape: Shape | None = None, history: list[tuple[float, Any]] | None = None, **changes: Any
) -> list[Point]:
    return series(query(**changes), shape or Shape(), 7, history or [(0.0, bandwidth)])


def values_of(*arguments: Any, **changes: Any) -> list[float]:
    return [value for _at, value in points_of(*arguments, **changes) if value is not None]


@pytest.mark.parametrize(
    ("start", "end", "timedim", "count", "first"),
    [
        (1493367320, 1495058150, "minute", 28180, 1493367360),
        (MIDNIGHT, MIDNIGHT + 60, "minute", 1, MIDNIGHT),
        (MIDNIGHT + 1, MIDNIGHT + 60, "minute", 0, None),
        (MIDNIGHT, MIDNIGHT + DAY, "hour", 24, MIDNIGHT),
        (MIDNIGHT, MIDNIGHT + 7 * DAY, "day", 7, MIDNIGHT),
    ],
)
def test_the_grid(start: int, end: int, timedim: str, count: int, first: int | None) -> None:
    points = points_of(starttime=start, endtime=end, timedim=timedim)
    assert len(points) == count
    assert (points[0][0] if points else None) == first
    step = {"minute": 60, "hour": 3600, "day": DAY}[timedim]
    assert all(later[0] - earlier[0] == step for earlier, later in zip(points, points[1:]))


def test_values_are_plausible() -> None:
    values = values_of()
    assert 0 < min(values) < 20000
    assert 45000 < max(values) <= 60000
    assert points_of() == points_of()
    assert points_of(starttime=MIDNIGHT + 600) == points_of()[10:]
    assert points_of(direction="inbound") != points_of() != points_of(metric="loss")
    assert series(query(), Shape(), 8, [(0.0, "60000")]) != points_of()
    lows, averages = (values_of(indicator=name) for name in ("min", "avg"))
    assert all(low <= mean <= high for low, mean, high in zip(lows, averages, values))


def test_a_line_carries_what_is_asked_for_and_no_more_than_its_bandwidth() -> None:
    asked = values_of("1000000")
    assert values_of("120000") == asked
    assert values_of("30000") == [min(value, 30000) for value in asked]
    assert values_of("30000", indicator="min") == [min(value, 30000) for value in values_of("1000000", indicator="min")]
    assert values_of("30000", direction="inbound") != values_of("30000")


def test_the_bandwidth_of_the_moment_counts() -> None:
    noon = MIDNIGHT + DAY // 2
    history: list[tuple[float, Any]] = [(noon - 7200.0, "10000"), (float(noon), "20000"), (noon + 3600.0, "15000")]
    points = dict(points_of(history=history, shape=Shape(level=90000, daily=0)))
    limits = {-10800: 10000, -60: 10000, 0: 20000, 3540: 20000, 3600: 15000}
    assert {offset: points[noon + offset] for offset in limits} == limits


@pytest.mark.parametrize("timedim", ["hour", "day"])
def test_a_long_sample_is_made_of_the_minutes_in_it(timedim: str) -> None:
    low, mean, high = (values_of(timedim=timedim, indicator=name) for name in ("min", "avg", "max"))
    assert all(a <= b <= c for a, b, c in zip(low, mean, high))
    assert points_of(timedim=timedim, starttime=MIDNIGHT - DAY)[-len(high) :] == points_of(timedim=timedim)
    assert max(high) <= max(values_of())


def test_a_gap_has_no_value_and_an_idle_line_has_zeros() -> None:
    assert {value for _at, value in points_of(shape=Shape(gaps=1))} == {None}
    assert {value for _at, value in points_of(shape=Shape(gaps=1), timedim="hour")} == {None}
    assert set(values_of(shape=Shape(idle=True))) == {0}


@pytest.mark.parametrize(("unit", "factor"), [(0.001, 1000), (1, 1), (8, 0.125)])
def test_samples_may_be_in_another_unit_than_bandwidth(unit: float, factor: float) -> None:
    here, there = values_of("40000"), values_of("40000", shape=Shape(unit=unit))
    assert there == pytest.approx([value * factor for value in here], abs=factor)


@pytest.mark.parametrize("bandwidth", [None, "fast", "-1", "inf"])
def test_an_odd_bandwidth_still_gives_a_series(bandwidth: Any) -> None:
    assert max(values_of(bandwidth)) > 5000


def test_a_change_shows_in_the_traffic_once_it_has_ended(api: Api) -> None:
    api.admin("PUT", f"demand/{SAMPLE_VPN}", {"level": 90000, "daily": 0, "noise": 0})
    now = int(api.sim.clock.now()) // 60 * 60
    api.sim.state.durations.update({"modify": 600})
    api.send("PUT", SAMPLE, scaled("80000"))
    api.sim.clock.advance(1800)
    window = {"starttime": str(now), "endtime": str(now + 1800)}
    values = [point["value"] for point in api.get(RATE, params=window).json()["data"]]
    assert (values[0], values[9], values[-1]) == ("60000", "60000", "80000")


def test_the_canonical_body(api: Api) -> None:
    body = api.get(RATE, params={**WINDOW, "timedim": "minute", "direction": "outbound", "indicator": "max"}).json()
    data = body.pop("data")
    assert body == {
        "connection_name": SAMPLE_VPN,
        "metric": "traffic-rate",
        "timedim": "minute",
        "direction": "outbound",
        "indicator": "max",
    }
    assert [point["time"] for point in data] == list(range(MIDNIGHT, MIDNIGHT + 600, 60))
    assert all(isinstance(point["value"], str) and int(point["value"]) > 0 for point in data)


@pytest.mark.parametrize(
    ("shape", "check"),
    [
        ("bare", lambda body: body[0]["time"] == MIDNIGHT),
        ("pairs", lambda body: body["data"][0][0] == MIDNIGHT and len(body["data"][0]) == 2),
        ("ms", lambda body: body["data"][0]["time"] == MIDNIGHT * 1000),
        ("iso", lambda body: body["data"][0]["time"] == "2017-05-01T00:00:00Z"),
        ("numbers", lambda body: isinstance(body["data"][0]["value"], int)),
        ("empty", lambda body: body["data"] == []),
        ("parallel", lambda body: len(body["times"]) == len(body["values"]) == 10),
        ("gaps", lambda body: [p["value"] for p in body["data"] if p["value"] in (None, "", "--", "-")] == [None, ""]),
        ("named", lambda body: set(body["result"]["series"][0]) == {"collect_time", "max"}),
        ("unknown", lambda body: "data" not in body and body["state"] == "ok"),
    ],
)
def test_reply_shapes(api: Api, shape: str, check: Any) -> None:
    api.sim.options.update({"traffic_shape": shape})
    assert check(api.get(RATE, params=WINDOW).json())


@pytest.mark.parametrize(
    ("shape", "check"),
    [
        ("canonical", lambda body: {point["value"] for point in body["data"]} == {None}),
        ("numbers", lambda body: {point["value"] for point in body["data"]} == {None}),
        ("pairs", lambda body: {value for _at, value in body["data"]} == {None}),
        ("parallel", lambda body: set(body["values"]) == {None}),
        ("named", lambda body: {point["max"] for point in body["result"]["series"]} == {None}),
    ],
)
def test_a_gap_is_a_null_in_every_shape(api: Api, shape: str, check: Any) -> None:
    api.admin("PUT", f"demand/{SAMPLE_VPN}", {"gaps": 1})
    api.sim.options.update({"traffic_shape": shape})
    assert check(api.get(RATE, params=WINDOW).json())


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"starttime": None}, ["starttime"]),
        ({"endtime": None}, ["endtime"]),
        ({"starttime": "now"}, ["starttime"]),
        ({"starttime": "-5"}, ["starttime"]),
        ({"endtime": str(MIDNIGHT * 1000)}, ["endtime"]),
        ({"endtime": str(MIDNIGHT)}, ["starttime", "endtime"]),
        ({"timedim": "week"}, ["timedim"]),
        ({"direction": "up"}, ["direction"]),
        ({"indicator": "median"}, ["indicator"]),
    ],
)
def test_bad_queries(api: Api, changes: Any, named: list[str]) -> None:
    answer = api.get(RATE, params={**WINDOW, **changes})
    assert (answer.status_code, answer.json()["exceptionId"]) == (400, "servicemgr.bad_param")
    assert answer.json()["descArgs"] == named


@pytest.mark.parametrize("name", ["unknown", "VPNS2S201705061433"])
def test_unknown_and_foreign_connections(api: Api, name: str) -> None:
    answer = api.get(f"{TRAFFIC}/{name}/traffic-rate", params=WINDOW)
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize("name", ["a/b", "what?", "c#1", "two words", "Köln-Süd", "100%", "a%2Fb", "x+y"])
def test_any_connection_name_is_one_segment(api: Api, name: str) -> None:
    api.sim.state.add_service(
        TENANT,
        "odd",
        {"Site2DCList": [samples.site2dc_item(name)]},
        service_definition_id=samples.SITE2DC_DEFINITION,
        template_id=samples.SITE2DC_TEMPLATE,
    )
    answer = api.get(f"{TRAFFIC}/{quote(name, safe='')}/traffic-rate", params=WINDOW)
    assert (answer.status_code, answer.json()["connection_name"]) == (200, name)
