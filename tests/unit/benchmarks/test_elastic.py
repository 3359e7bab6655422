# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on policies: what it judges, what it reads, and what it writes into the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import elastic
from tests.benchmarks.elastic import BURSTY, DEMANDS, Figures, generated, judge, recorded, replaced, rows_of, sizes_of, table

MEMORY = "balanced, daily_memory: 7"
GOOD = {
    "balanced": Figures(2, 100, 50),
    MEMORY: Figures(0.5, 100, 80),
    "fixed": Figures(0, 300, 0),
    "naive": Figures(3, 90, 200),
    "oracle": Figures(0, 80, 100),
}


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, []),
        ({"naive": Figures(1, 99, 49)}, ["balanced is beaten by naive on saturation, bandwidth-hours and changes at once"]),
        ({"naive": Figures(2, 100, 49)}, ["balanced is beaten by naive on saturation, bandwidth-hours and changes at once"]),
        ({"naive": Figures(2, 100, 50)}, []),
        ({"naive": Figures(2.1, 99, 49)}, []),
        ({"fixed": Figures(5, 400, 500)}, []),
        ({MEMORY: Figures(1.2, 100, 80)}, ["daily_memory: 7 does not halve the saturated share: 1.200 % of 2.000 %"]),
        ({MEMORY: Figures(1.0, 100.5, 80)}, ["daily_memory: 7 takes 1.005 x the bandwidth-hours of balanced"]),
    ],
)
def test_a_row_that_is_beaten_and_a_memory_that_does_not_pay_are_named(changes: dict[str, Figures], faults: list[str]) -> None:
    assert list(judge({BURSTY: {**GOOD, **changes}})) == [f"{BURSTY}: {fault}" for fault in faults]


def test_the_exit_status_tells_the_verdict(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(elastic, "simulated", lambda _days, _seeds: {BURSTY: GOOD})
    assert elastic.main([]) == 0
    monkeypatch.setattr(elastic, "simulated", lambda _days, _seeds: {BURSTY: {**GOOD, "naive": Figures(1, 9, 9)}})
    assert elastic.main([]) == 1
    assert "balanced is beaten by naive" in capsys.readouterr().err


@pytest.mark.parametrize("name", DEMANDS)
def test_demand_is_the_same_for_the_same_seed(name: str) -> None:
    outbound, inbound = generated(name, 1, 1)
    assert (outbound, inbound) == tuple(generated(name, 1, 1))
    assert outbound["samples"] != generated(name, 2, 1)[0]["samples"]
    assert len(outbound["samples"]) == len(inbound["samples"]) == 1440
    assert [outbound["direction"], inbound["direction"]] == ["outbound", "inbound"]


def test_every_profile_is_replayed_beside_the_references() -> None:
    rows = rows_of(generated(BURSTY, 1, 1), elastic.LINE, elastic.START)
    profiles = ["balanced", "tight", "calm"]
    assert list(rows) == [*profiles, *(f"{name}, daily_memory: 7" for name in profiles), "fixed", "naive", "oracle"]
    assert rows["fixed"] == (0, 24 * 200_000, 0)
    assert rows["oracle"].hours < min(rows[name].hours for name in profiles)
    assert len(table(rows)) == 2 + len(rows)


def test_the_last_part_of_a_recording_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "traffic.csv"
    lines = [f"2026-01-01T00:0{minute}:00Z,{minute},ignored" for minute in range(10)]
    file.write_text("\n".join(["time,value", *lines[:9], "2026-01-01T00:09:00Z,"]) + "\n", encoding="utf-8")
    samples: list[dict[str, Any]] = recorded(file)["samples"]
    assert [sample["value"] for sample in samples] == [6, 7, 8, None]
    assert samples[1]["epoch"] - samples[0]["epoch"] == 60


@pytest.mark.parametrize("line", ["2026-01-01T00:01:00Z,much", "later,5", "2026-01-01T00:01:00Z", ""])
def test_a_recording_with_other_lines_is_refused(line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "traffic.csv"
    file.write_text(f"time,value\n2026-01-01T00:00:00Z,4\n{line}\n", encoding="utf-8")
    assert elastic.main(["--csv", str(file)]) == 1
    assert capsys.readouterr().err == f"traffic.csv, line 3 is {line!r}; a line has a time and a number\n"


def test_figures_of_a_recording_stay_in_the_page_when_none_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elastic, "simulated", lambda _days, _seeds: {BURSTY: GOOD})
    file, page = tmp_path / "traffic.csv", tmp_path / "page.md"
    file.write_text("".join(f"{60 * at},{1000 + at}\n" for at in range(100)), encoding="utf-8")
    page.write_text(
        "# Page\n<!-- begin simulated -->\nold\n<!-- end simulated -->\n"
        "<!-- begin recorded -->\nold\n<!-- end recorded -->\nEnd\n",
        encoding="utf-8",
    )
    assert elastic.main(["--write", str(page), "--csv", str(file), "--sizes", "1000:3000:1000", "--name", "a link"]) == 0
    written = page.read_text(encoding="utf-8")
    assert "old" not in written
    assert "The last 40 % of a link (40 samples):" in written
    assert written.startswith("# Page\n")
    assert written.endswith("<!-- end recorded -->\nEnd\n")
    assert elastic.main(["--write", str(page)]) == 0
    assert page.read_text(encoding="utf-8") == written


def test_a_page_without_its_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="<!-- begin recorded --> and <!-- end recorded --> once each"):
        replaced("# Page\n", "recorded", [])


def test_sizes() -> None:
    assert sizes_of("12000:20000:4000") == [12000, 16000, 20000]
    with pytest.raises(Exception, match="is not FIRST:LAST:STEP"):
        sizes_of("many")
