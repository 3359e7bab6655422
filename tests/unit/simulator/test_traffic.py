# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contract 8."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.simulator import samples
from tests.simulator.traffic import Query, series
from tests.unit.simulator.support import SAMPLE_VPN, TENANT, TRAFFIC, Api

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
    points = series(query(starttime=start, endtime=end, timedim=timedim), "60000")
    assert len(points) == count
    assert (points[0][0] if points else None) == first
    step = {"minute": 60, "hour": 3600, "day": DAY}[timedim]
    assert all(later[0] - earlier[0] == step for earlier, later in zip(points, points[1:]))


def test_values_are_plausible() -> None:
    values = [value for _at, value in series(query(), "60000")]
    assert 0 < min(values) < 20000
    assert 45000 < max(values) <= 60000
    assert series(query(), "60000") == series(query(), "60000")
    assert series(query(starttime=MIDNIGHT + 600), "60000") == series(query(), "60000")[10:]
    for change in ({"direction": "inbound"}, {"connection_name": "other"}, {"metric": "loss"}):
        assert series(query(**change), "60000") != series(query(), "60000")
    doubled = [value for _at, value in series(query(), "120000")]
    assert max(doubled) == pytest.approx(2 * max(values), abs=2)
    lows, averages = (series(query(indicator=name), "60000") for name in ("min", "avg"))
    assert all(low <= mean <= high for (_at, low), (_same, mean), high in zip(lows, averages, values))


@pytest.mark.parametrize("bandwidth", [None, "fast", "-1", "inf"])
def test_an_odd_bandwidth_still_gives_a_series(bandwidth: Any) -> None:
    assert max(value for _at, value in series(query(), bandwidth)) > 5000


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
