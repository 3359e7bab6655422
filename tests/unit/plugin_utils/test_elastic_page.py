# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of elastic and of replay: told in words, safe to open, the same for the same numbers."""

from __future__ import annotations

import base64
import hashlib
import importlib
import re
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.plugin_utils._elastic_page import elastic_page, replay_page
from ansible_collections.cloudopera.ies.plugins.plugin_utils._elastic_pictures import MOST_MARKS
from tests.unit.plugin_utils.elastic_support import (
    HOSTILE,
    REASON,
    START,
    Reader,
    connection,
    history,
    result,
    samples,
    traffic,
)

SERVER = "https://ies.example.com:17100"
STEPS = history((-60, 60000), (40000, 80000), (90000, 60000), (120000, 80000))
ONE = {"VPNS2S201705061433": {"traffic": traffic(), "bandwidth_history": STEPS}}


def page_of(*entries: dict[str, Any], series: Any = None, **more: Any) -> str:
    """Return the report of some connections."""
    known = ONE if series is None else series
    return elastic_page(list(entries), known, tenant="headquarters", server=SERVER, time="2017-05-03T00:00:00Z", **more)


def replayed(results: Any, recorded: Any = None, **more: Any) -> str:
    """Return the report of a replay."""
    return replay_page(results, recorded or traffic(), title="Replay", time="2017-05-03T00:00:00Z", **more)


def hostile_page() -> str:
    """Return a page on which every string from elsewhere is an attack."""
    entry = connection(HOSTILE, name=HOSTILE, service_id=HOSTILE, reasons=[HOSTILE], not_before=HOSTILE, error=HOSTILE)
    recorded = [{**found, "direction": HOSTILE} for found in traffic()]
    return elastic_page(
        [entry],
        {HOSTILE: {"traffic": recorded, "bandwidth_history": STEPS}},
        tenant=HOSTILE,
        server=HOSTILE,
        time=HOSTILE,
        replay={HOSTILE: {HOSTILE: result()}},
    )


def test_strings_from_elsewhere_are_only_read() -> None:
    read = Reader(hostile_page())
    assert read.of("script") == []
    assert (read.strayed, read.open) == ([], [])
    assert read.text.count("alert(1)") >= 12
    assert not {"\u202e", "\x1b"} & set(hostile_page())
    assert "\\u202e\\x1b[2J" in read.text
    assert not [name for _tag, attributes in read.elements for name in attributes if name.startswith("on")]


def test_a_token_is_not_in_the_page() -> None:
    token = "MII" + "Ab3/" * 40
    page = page_of(connection(token, name=token, reasons=[f"no {token}"], error=token))
    assert token[:20] not in page
    assert "********" in page


def test_credentials_in_the_address_of_the_server_are_not_in_the_page() -> None:
    page = elastic_page([], {}, tenant="t", server="https://admin:s3cret@ies.example.com:17100/x", time="now")
    assert "s3cret" not in page
    assert "https://********@ies.example.com:17100/x" in page


@pytest.mark.parametrize("write", [hostile_page, lambda: replayed({"everyday": result()})], ids=["elastic", "replay"])
def test_no_request_leaves_the_page(write: Callable[[], str]) -> None:
    page = write()
    read = Reader(page)
    for tag, attributes in read.elements:
        assert tag not in {"link", "script", "img", "image", "iframe", "object", "embed", "base", "audio", "video"}
        assert "src" not in attributes
        for name in ("href", "xlink:href"):
            assert attributes.get(name, "#").startswith("#")
    assert not re.search(r"url\((?!#)|@import|@font-face", page)


def test_only_the_style_of_the_page_is_allowed() -> None:
    page = page_of(connection())
    policies = [entry["content"] for entry in Reader(page).of("meta") if entry.get("http-equiv") == "Content-Security-Policy"]
    sheets = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert len(sheets) == 1
    digest = base64.b64encode(hashlib.sha256(sheets[0].encode()).digest()).decode()
    assert policies == [f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"]
    assert not [attributes for _tag, attributes in Reader(page).elements if "style" in attributes]


def test_ids_are_unique_and_every_reference_has_its_target() -> None:
    names = ["one", "two", "two"]
    series = dict.fromkeys(names, ONE["VPNS2S201705061433"])
    replay = {"two": {"everyday": result(), "fixed": result()}}
    read = Reader(page_of(*(connection(name) for name in names), series=series, replay=replay))
    ids = [attributes["id"] for _tag, attributes in read.elements if "id" in attributes]
    assert len(ids) == len(set(ids)) > 20
    referred = {
        word.removeprefix("#")
        for _tag, attributes in read.elements
        for name in ("href", "aria-labelledby", "aria-describedby")
        for word in attributes.get(name, "").split()
    }
    referred |= {word for _tag, attributes in read.elements for word in re.findall(r"url\(#(.*?)\)", str(attributes))}
    assert referred <= set(ids)


def test_a_screen_reader_is_told_what_a_picture_shows() -> None:
    read = Reader(page_of(connection()))
    pictures = read.of("svg")
    assert len(pictures) == 2
    assert {picture["role"] for picture in pictures} == {"img"}
    assert "Traffic against bandwidth of VPNS2S201705061433" in read.text
    assert "The bandwidth was raised 2 times and lowered once." in read.text
    assert "The largest sample (outbound) is 50,000 at 2017-05-01 06:00." in read.text
    assert "The p95 is highest at 06:00" in read.text


def test_tables_have_captions_and_scopes() -> None:
    read = Reader(page_of(connection(), replay={"everyday": result()}))
    assert len(read.of("caption")) == len(read.of("table")) == 3
    assert {head.get("scope") for head in read.of("th")} == {"col", "row"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "Raise from 80,000 to 100,000 (recommended, not applied)."),
        ({"applied": True}, "Raised from 80,000 to 100,000."),
        ({"decision": "lower", "target": 40000}, "Lower from 80,000 to 40,000 (recommended, not applied)."),
        ({"decision": "lower", "target": 40000, "applied": True}, "Lowered from 80,000 to 40,000."),
        ({"decision": "hold", "target": 80000}, "Hold at 80,000."),
        ({"error": "the server refused"}, "Raise from 80,000 to 100,000 (the change failed)."),
        ({"error": {"kind": "failed", "message": "the server refused"}}, "Error: the server refused"),
        ({"decision": None, "target": None, "before": None, "error": "gone"}, "Nothing was decided, because of an error."),
        ({"clipped": True}, "Demand at least 71,200"),
        ({"demand": None, "utilisation": None}, "Utilisation \u2013"),
        ({"not_before": "2017-05-07T03:58:00Z"}, "Not lowered before 2017-05-07T03:58:00Z"),
    ],
)
def test_every_decision_is_told_in_words(changed: dict[str, Any], told: str) -> None:
    read = Reader(page_of(connection(**changed)).replace("</dt>", " </dt>").replace("</strong>", " </strong>"))
    assert told in read.text
    assert REASON in read.text


def test_the_page_begins_with_a_summary() -> None:
    entries = [connection(), connection("two", decision="hold", target=80000), connection("three", applied=True)]
    read = Reader(page_of(*entries, connection("four", decision=None, error="gone")))
    assert "4 connections: 2 to raise, 0 to lower, 1 held. Changes applied: 1. Errors: 1." in read.text
    assert "0 connections" in Reader(page_of()).text


def test_changes_are_a_table_as_well() -> None:
    read = Reader(page_of(connection()))
    assert "2017-05-01 11:06\u25b2 Raised60,00080,000" in read.text


@pytest.mark.parametrize("recorded", [None, [], [{"samples": []}], [{"samples": [{"epoch": START, "value": None}]}]])
def test_without_traffic_there_is_a_sentence_and_no_picture(recorded: Any) -> None:
    read = Reader(page_of(connection(), series={"VPNS2S201705061433": {"traffic": recorded}}))
    assert read.of("svg") == []
    assert "There is no picture: traffic has no value to draw" in read.text


def test_a_series_that_cannot_be_read_leaves_the_others_their_pictures() -> None:
    broken = {"traffic": [{"samples": [{"epoch": START, "value": "much"}]}]}
    read = Reader(page_of(connection(), connection("two"), series={**ONE, "two": broken}))
    assert len(read.of("svg")) == 2
    assert "There is no picture: traffic.samples[0].value is 'much'" in read.text


def test_without_a_history_the_bandwidth_now_is_drawn_and_nothing_counted() -> None:
    read = Reader(page_of(connection(), series={"VPNS2S201705061433": {"traffic": traffic()}}))
    assert "The bandwidth is 80,000 now; its past is not known." in read.text
    assert "bandwidth now" in read.text
    assert "Samples at or over" not in read.text


def test_samples_at_the_limit_are_marked_and_counted() -> None:
    full = [{"direction": "outbound", "samples": [{"epoch": START + 60 * at, "value": 60000} for at in range(100)]}]
    read = Reader(page_of(connection(), series={"VPNS2S201705061433": {"traffic": full, "bandwidth_history": STEPS}}))
    assert "Samples at or over 97 % of the bandwidth: 100." in read.text
    assert "at the limit" in read.text


def test_traffic_is_converted_into_bandwidth_units() -> None:
    assert "The largest sample (outbound) is 50 at" in Reader(page_of(connection(traffic_unit=0.001))).text


def test_cost_is_shown_only_where_a_price_is_known() -> None:
    assert "Cost" not in Reader(page_of(connection())).text
    assert "Cost per hour8 now, 10 at the target" in Reader(page_of(connection(cost={"before": 8, "target": 10}))).text
    assert "Cost" not in Reader(replayed({"everyday": result()})).text
    assert "Cost" in Reader(replayed({"everyday": result(cost=12.5), "fixed": result()})).text


def test_the_same_numbers_give_the_same_page() -> None:
    assert page_of(connection()) == page_of(connection())
    assert replayed({"everyday": result()}) == replayed({"everyday": result()})


def test_colours_are_those_of_the_page() -> None:
    pictures = "".join(re.findall(r"<svg.*?</svg>", page_of(connection()), re.DOTALL))
    assert re.findall(r'(?:fill|stroke)="#[0-9a-f]+"|#[0-9a-f]{6}', pictures) == []
    assert {"f-raise", "s-traffic", "s-other", "s-bandwidth", "f-ink"} <= set(re.findall(r"[fs]-[a-z]+", pictures))


# Replay


def timeline(count: int) -> list[dict[str, Any]]:
    """Return so many changes, up and down, a minute apart."""
    sizes = [60000, 80000]
    return [
        {"time": START + 3600 + 60 * at, "before": sizes[at % 2], "after": sizes[(at + 1) % 2], "reason": "r"}
        for at in range(count)
    ]


def test_a_replay_has_a_row_and_a_picture_per_policy() -> None:
    results = {"everyday": result(changes=3, timeline=timeline(3)), "fixed": result()}
    read = Reader(replayed(results))
    assert len(read.of("svg")) == 2
    assert "everyday300140.0324182,00047.8".replace("300", "30") in read.text.replace(" ", "")
    assert "3 changes between 60,000 and 80,000" in read.text
    assert "No change: constantly 60,000" in read.text
    assert "Recorded traffic flatters" in read.text


def test_censored_samples_are_told() -> None:
    assert (
        "Samples at the limit of the recorded bandwidth: 1,234." in Reader(replayed({"everyday": result(censored=1234)})).text
    )


def test_many_changes_are_shown_closer() -> None:
    few = Reader(replayed({"everyday": result(timeline=timeline(MOST_MARKS))}))
    many = Reader(replayed({"everyday": result(timeline=timeline(MOST_MARKS + 1))}))
    assert (len(few.of("svg")), len(many.of("svg"))) == (1, 2)
    assert "too many to be marked one by one" in many.text
    assert f"The 3 days with the most changes, from 2017-05-01 00:00 UTC: {MOST_MARKS + 1} changes." in many.text


def test_a_replay_on_a_page_of_several_connections_is_by_name() -> None:
    results = {"everyday": result()}
    one = Reader(page_of(connection(), replay=results))
    several = Reader(page_of(connection(), connection("two"), replay={"VPNS2S201705061433": results}))
    assert "Timeline of the policy everyday" in one.text
    assert several.text.count("Timeline of the policy everyday") == 1
    assert "Timeline" not in Reader(page_of(connection(), connection("two"), replay=results)).text


def test_a_replay_without_traffic_is_refused() -> None:
    with pytest.raises(InvalidError, match="traffic has no value to draw"):
        replayed({"everyday": result()}, [{"samples": samples(0)}])


# matplotlib


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ModuleNotFoundError("No module named 'matplotlib'", name="matplotlib"), "which is missing"),
        (ModuleNotFoundError("No module named\n'numpy'", name="numpy"), "which cannot be imported (No module named 'numpy')"),
        (ImportError("libfoo.so: cannot open"), "which cannot be imported (libfoo.so: cannot open)"),
    ],
)
def test_without_matplotlib_one_line_names_the_way_out(
    monkeypatch: pytest.MonkeyPatch, error: ImportError, reason: str
) -> None:
    def refuse(_name: str) -> None:
        raise error

    monkeypatch.setattr(importlib, "import_module", refuse)
    for write in (lambda: page_of(connection()), lambda: replayed({"everyday": result()})):
        with pytest.raises(InvalidError) as raised:
            write()
        message = raised.value.message
        assert reason in message
        assert "pip install matplotlib" in message
        assert "\n" not in message


def test_the_settings_of_the_user_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = page_of(connection())
    settings = importlib.import_module("matplotlib").rcParams
    monkeypatch.setitem(settings, "font.size", 30.0)
    assert page_of(connection()) == expected
    assert settings["font.size"] == 30.0


def test_a_month_at_one_minute_stays_small() -> None:
    month = {"VPNS2S201705061433": {"traffic": traffic(43200), "bandwidth_history": STEPS}}
    assert len(page_of(connection(), series=month)) < 150_000
