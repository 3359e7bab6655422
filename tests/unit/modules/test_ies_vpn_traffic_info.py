# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ies_vpn_traffic_info: the traffic of connections and its statistics."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import Any

import pytest

from tests.simulator.server import SimulatorServer
from tests.unit.modules.doors import Runner
from tests.unit.modules.support import VPN, add_service, written

TRAFFIC = "/rest/cloudvpnwatch/v1/traffic/connections"
S2S = {"tenant": "nbitest_11", "cloud_vpn_names": "VPNS2S201705061433"}
STATISTICS = {"count", "gaps", "min", "max", "mean", "p50", "p95", "p99", "last"}
KEYS = {
    *("cloud_vpn_name", "metric", "timedim", "direction", "indicator", "start_time", "end_time", "samples", "statistics"),
}


def _iso(epoch: float) -> str:
    return datetime.fromtimestamp(int(epoch), tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_query_of_the_contract(run: Runner, sim: SimulatorServer) -> None:
    sim.options.traffic_shape = "empty"
    (series,) = run.ok("ies_vpn_traffic_info", start_time="1493367320", end_time="1495058150", **S2S)["traffic"]
    assert (series["start_time"], series["end_time"]) == ("2017-04-28T08:15:20Z", "2017-05-17T21:55:50Z")
    (entry,) = sim.journal.entries
    assert (entry.method, entry.path) == ("GET", f"{TRAFFIC}/VPNS2S201705061433/traffic-rate")
    assert entry.query == {
        "starttime": "1493367320",
        "endtime": "1495058150",
        "timedim": "minute",
        "direction": "outbound",
        "indicator": "max",
    }


def test_the_defaults_are_the_last_hour_by_the_minute(run: Runner, sim: SimulatorServer) -> None:
    now = int(sim.clock.now())
    result = run.ok("ies_vpn_traffic_info", cloud_vpn_names=[VPN])
    assert result["changed"] is False
    (series,) = result["traffic"]
    assert set(series) == KEYS
    assert (series["cloud_vpn_name"], series["metric"], series["timedim"]) == (VPN, "traffic-rate", "minute")
    assert (series["direction"], series["indicator"]) == ("outbound", "max")
    assert (series["start_time"], series["end_time"]) == (_iso(now - 3600), _iso(now))
    samples = series["samples"]
    assert len(samples) == 60
    for sample in samples:
        assert set(sample) == {"time", "epoch", "value"}
        assert sample["time"] == _iso(sample["epoch"])
        assert now - 3600 <= sample["epoch"] < now
        assert isinstance(sample["value"], int)
    assert [sample["epoch"] for sample in samples] == sorted(sample["epoch"] for sample in samples)
    assert written(sim) == []


def test_statistics_by_nearest_rank(run: Runner) -> None:
    (series,) = run.ok("ies_vpn_traffic_info", cloud_vpn_names=VPN, start_time="-7d", timedim="hour")["traffic"]
    values = [sample["value"] for sample in series["samples"]]
    ordered = sorted(values)
    figures = series["statistics"]
    assert set(figures) == STATISTICS
    assert (figures["count"], figures["gaps"]) == (len(values), 0)
    assert (figures["min"], figures["max"], figures["last"]) == (ordered[0], ordered[-1], values[-1])
    assert figures["mean"] == pytest.approx(sum(values) / len(values))
    for percent in (50, 95, 99):
        assert figures[f"p{percent}"] == ordered[math.ceil(percent / 100 * len(ordered)) - 1]


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("-90m", "now", (-5400, 0)),
        ("-7d", "-1d", (-7 * 86400, -86400)),
        ("-2w", "-30s", (-14 * 86400, -30)),
        (" -1h ", " now ", (-3600, 0)),
    ],
)
def test_relative_times(run: Runner, sim: SimulatorServer, start: str, end: str, seconds: tuple[int, int]) -> None:
    now = int(sim.clock.now())
    run.ok("ies_vpn_traffic_info", cloud_vpn_name=VPN, start_time=start, end_time=end, timedim="hour")
    query = sim.journal.entries[0].query
    assert (int(query["starttime"]) - now, int(query["endtime"]) - now) == seconds


@pytest.mark.parametrize(
    "start",
    [
        "1493367320",
        1493367320,
        "2017-04-28T08:15:20Z",
        "2017-04-28T08:15:20",
        "2017-04-28T10:15:20+02:00",
        "2017-04-28 08:15:20",
    ],
)
def test_absolute_times(run: Runner, sim: SimulatorServer, start: Any) -> None:
    (series,) = run.ok("ies_vpn_traffic_info", start_time=start, end_time="2017-04-29", timedim="hour", **S2S)["traffic"]
    assert sim.journal.entries[0].query["starttime"] == "1493367320"
    assert sim.journal.entries[0].query["endtime"] == "1493424000"
    assert (series["start_time"], series["end_time"]) == ("2017-04-28T08:15:20Z", "2017-04-29T00:00:00Z")


@pytest.mark.parametrize(
    ("times", "phrases"),
    [
        ({"start_time": "now", "end_time": "-1h"}, ("start_time", "end_time", "before")),
        ({"start_time": "now"}, ("start_time", "end_time", "before")),
        ({"start_time": "1495058150", "end_time": "1493367320"}, ("start_time", "2017-05-17T21:55:50Z", "before")),
        ({"start_time": "yesterday"}, ("start_time", "'yesterday'", "ISO 8601", "-90m")),
        ({"end_time": "-1y"}, ("end_time", "'-1y'")),
        ({"end_time": ""}, ("end_time",)),
        ({"start_time": "-999999999w"}, ("start_time",)),
        ({"start_time": "2017-13-01"}, ("start_time", "'2017-13-01'")),
    ],
)
def test_times_that_cannot_be(run: Runner, sim: SimulatorServer, times: dict[str, str], phrases: tuple[str, ...]) -> None:
    run.fails("ies_vpn_traffic_info", "invalid", *phrases, cloud_vpn_names=VPN, **times)
    assert sim.journal.entries == []


@pytest.mark.parametrize("option", ["metric", "timedim", "direction", "indicator"])
def test_empty_options(run: Runner, sim: SimulatorServer, option: str) -> None:
    run.fails("ies_vpn_traffic_info", "invalid", option, "empty", cloud_vpn_names=VPN, **{option: " "})
    run.fails("ies_vpn_traffic_info", "invalid", "cloud_vpn_names", cloud_vpn_names=[VPN, ""])
    assert sim.journal.entries == []


def test_both_directions_of_several_connections(run: Runner, sim: SimulatorServer) -> None:
    add_service(sim, "other", "vpn-o")
    traffic = run.ok("ies_vpn_traffic_info", cloud_vpn_names=["vpn-o", VPN], direction="both")["traffic"]
    asked = [("vpn-o", "outbound"), ("vpn-o", "inbound"), (VPN, "outbound"), (VPN, "inbound")]
    assert [(series["cloud_vpn_name"], series["direction"]) for series in traffic] == asked
    assert sorted(entry.query["direction"] for entry in sim.journal.entries) == ["inbound", "inbound", "outbound", "outbound"]
    assert traffic[0]["samples"] != traffic[1]["samples"]


@pytest.mark.undescribed
def test_other_values_are_passed_through(run: Runner, sim: SimulatorServer) -> None:
    options = {"direction": "inbound", "timedim": "day", "indicator": "avg", "metric": "packet/loss rate"}
    (series,) = run.ok("ies_vpn_traffic_info", cloud_vpn_names=VPN, start_time="-3d", **options)["traffic"]
    (entry,) = sim.journal.entries
    assert {option: series[option] for option in options} == options
    assert entry.path == f"{TRAFFIC}/{VPN}/packet/loss rate"
    assert entry.raw_path.endswith("/packet%2Floss%20rate")
    result = run.fails("ies_vpn_traffic_info", "invalid", cloud_vpn_names=VPN, timedim="decade")
    assert result["error"]["status"] == 400


@pytest.mark.parametrize("name", ["a/b", "what?", "c#d", "two words", "Zürich & Köln", "100%", "a+b", "../up"])
def test_a_connection_name_stays_one_segment(run: Runner, sim: SimulatorServer, name: str) -> None:
    add_service(sim, "odd", name)
    (series,) = run.ok("ies_vpn_traffic_info", cloud_vpn_names=[name])["traffic"]
    assert series["statistics"]["count"] == 60
    (entry,) = sim.journal.entries
    assert entry.path == f"{TRAFFIC}/{name}/traffic-rate"
    assert entry.raw_path.count("/") == 7


@pytest.mark.parametrize("name", ["..", "."])
def test_a_connection_name_that_cannot_be_addressed(run: Runner, sim: SimulatorServer, name: str) -> None:
    run.fails("ies_vpn_traffic_info", "invalid", repr(name), cloud_vpn_names=[name])
    assert sim.journal.entries == []


def test_an_unknown_connection_is_an_empty_series_with_a_warning(run: Runner) -> None:
    result = run.ok("ies_vpn_traffic_info", cloud_vpn_names=["nowhere", VPN])
    unknown, known = result["traffic"]
    assert unknown["samples"] == []
    assert unknown["statistics"] == {**dict.fromkeys(STATISTICS), "count": 0, "gaps": 0}
    assert known["statistics"]["count"] == 60
    (warning,) = result["warnings"]
    assert "'nowhere'" in warning


def test_an_empty_series_without_a_warning(run: Runner, sim: SimulatorServer) -> None:
    sim.options.traffic_shape = "empty"
    result = run.ok("ies_vpn_traffic_info", cloud_vpn_names=VPN)
    assert result["traffic"][0]["statistics"] == {**dict.fromkeys(STATISTICS), "count": 0, "gaps": 0}
    assert "warnings" not in result


def test_gaps_are_null_and_not_counted(run: Runner, sim: SimulatorServer) -> None:
    (whole,) = run.ok("ies_vpn_traffic_info", cloud_vpn_names=VPN)["traffic"]
    sim.options.traffic_shape = "gaps"
    (series,) = run.ok("ies_vpn_traffic_info", cloud_vpn_names=VPN)["traffic"]
    gaps = [sample for sample in series["samples"] if sample["value"] is None]
    assert (len(series["samples"]), len(gaps)) == (60, 12)
    figures = series["statistics"]
    assert (figures["count"], figures["gaps"]) == (48, 12)
    values = [sample["value"] for sample in series["samples"] if sample["value"] is not None]
    assert (figures["min"], figures["max"], figures["last"]) == (min(values), max(values), values[-1])
    assert [sample["epoch"] for sample in series["samples"]] == [sample["epoch"] for sample in whole["samples"]]


@pytest.mark.parametrize("shape", ["bare", "pairs", "ms", "iso", "numbers", "parallel", "named"])
def test_shapes_that_the_contract_leaves_open(run: Runner, sim: SimulatorServer, shape: str) -> None:
    whole = run.ok("ies_vpn_traffic_info", cloud_vpn_names=VPN)["traffic"]
    sim.options.update({"traffic_shape": shape})
    assert run.ok("ies_vpn_traffic_info", cloud_vpn_names=VPN)["traffic"] == whole


def test_a_shape_nobody_knows(run: Runner, sim: SimulatorServer) -> None:
    sim.options.traffic_shape = "unknown"
    run.fails("ies_vpn_traffic_info", "bad_response", cloud_vpn_names=VPN)


def test_series_are_read_in_parallel(run: Runner, sim: SimulatorServer) -> None:
    sim.options.latency = 0.02
    names = [f"vpn-{number}" for number in range(9)]
    add_service(sim, "many", *names)
    traffic = run.ok("ies_vpn_traffic_info", cloud_vpn_names=names, max_parallel=3)["traffic"]
    assert [series["cloud_vpn_name"] for series in traffic] == names
    assert 1 < sim.journal.max_concurrency <= 3
