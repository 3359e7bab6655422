# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What bandwidth policies make of a month of traffic, beside a fixed line, a simple recipe, and one who knows the future.

The demand is that of the simulator, which does not depend on the bandwidth; a change takes ten minutes. Exits 1 when a profile
is beaten by another row (no worse on anything, better on something), or when the daily memory does not do what it is for.
With `--csv`, recorded traffic is replayed too: nothing is settled on it, and its last 40 percent are reported.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.cloudopera.ies.plugins.module_utils._domain.bandwidth_policy import PROFILES
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.replay import ORACLE, REFERENCES, replay
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import IesError
from ansible_collections.cloudopera.ies.plugins.module_utils._values import parse_iso, to_number
from tests.simulator.demand import DAY, Demand, Shape

PROVISIONING = 600
# A Monday, 00:00 UTC.
BEGIN = 1_493_596_800
LINE: Mapping[str, Any] = {"minimum": 20_000, "maximum": 200_000, "step": 10_000, "traffic_unit": 1}
START = 60_000
MEMORY = "daily_memory: 7"
BURSTY = "Bursts every day"
# Of a recording, the first part is for settling a policy on, and the rest tells how good it is.
SETTLED = 0.6


class Figures(NamedTuple):
    """What a month cost: the share of the time with a full line (percent), bandwidth times hours, and changes."""

    saturated: float
    hours: float
    changes: float

    def beats(self, other: Figures) -> bool:
        """Return whether this is no worse on anything, and better on something."""
        return self != other and all(mine <= its for mine, its in zip(self, other, strict=True))


Rows = dict[str, Figures]


def policies(line: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return every profile, without and with the daily memory, by the name of its row."""
    plain = {name: {**line, "profile": name} for name in PROFILES}
    return {**plain, **{f"{name}, {MEMORY}": {**policy, "daily_memory": 7} for name, policy in plain.items()}}


# Demand


def days_and_weeks(seed: int, days: int) -> Shape:
    """Return working days and weekends that grow a little, some gaps, and now and then a burst that nobody foresees."""
    rng = random.Random(seed)
    bursts = []
    for _burst in range(days):
        start = BEGIN + rng.uniform(0, days * DAY)
        bursts.append({"from": start, "to": start + rng.uniform(900, 7200), "level": rng.uniform(60_000, 170_000)})
    return Shape.model_validate(
        {
            "level": rng.uniform(40_000, 70_000),
            "noise": 0.15,
            "growth": 0.005,
            "since": BEGIN,
            "gaps": 0.01,
            "bursts": bursts,
            "seed": seed,
        }
    )


def bursts_every_day(seed: int, days: int) -> Shape:
    """Return a demand with the same three bursts every day, each a few minutes earlier or later and of another height."""
    rng = random.Random(seed)
    times = [rng.uniform(0, 6), rng.uniform(8, 13), rng.uniform(16, 22)]
    bursts = []
    for day in range(days):
        for hour in times:
            start = BEGIN + day * DAY + hour * 3600 + rng.uniform(-300, 300)
            bursts.append({"from": start, "to": start + rng.uniform(2400, 4800), "level": rng.uniform(110_000, 150_000)})
    return Shape.model_validate(
        {"level": rng.uniform(30_000, 50_000), "noise": 0.15, "weekly": 1, "bursts": bursts, "seed": seed}
    )


DEMANDS = {"Days and weeks": days_and_weeks, BURSTY: bursts_every_day}


def generated(name: str, seed: int, days: int) -> list[dict[str, Any]]:
    """Return both directions of a demand by the minute, as entries of `ies_vpn_traffic_info.traffic`."""
    shape = DEMANDS[name](seed, days)
    factors = {"outbound": 1.0, "inbound": shape.inbound}
    demands = {direction: Demand(shape, seed, direction, factor) for direction, factor in factors.items()}
    times = range(BEGIN, BEGIN + days * DAY, 60)
    return [
        {"direction": direction, "samples": [{"epoch": at, "value": demand.at(at)} for at in times]}
        for direction, demand in demands.items()
    ]


def recorded(path: Path) -> dict[str, Any]:
    """Return the last part of a recording, a CSV with time and value; raises ValueError for a line that is neither."""
    samples = []
    with path.open(encoding="utf-8", newline="") as stream:
        for number, row in enumerate(csv.reader(stream), 1):
            moment = to_number(row[0]) if row else None
            moment = moment if moment is not None else parse_iso(row[0]) if row else None
            if moment is None and number == 1:
                continue
            value = to_number(row[1]) if len(row) > 1 else None
            if moment is None or (value is None and (len(row) < 2 or row[1])):
                raise ValueError(f"{path.name}, line {number} is {','.join(row)!r}; a line has a time and a number")
            samples.append({"epoch": moment, "value": value})
    return {"samples": samples[int(len(samples) * SETTLED) :]}


# Replay


def rows_of(traffic: Any, line: Mapping[str, Any], start: int) -> Rows:
    """Return the figures of every policy and every reference."""
    found = replay(traffic, policies(line), start, PROVISIONING)
    return {
        name: Figures(row["saturated_percent"], float(row["bandwidth_hours"]), row["changes"]) for name, row in found.items()
    }


def _generated_rows(job: tuple[str, int, int]) -> Rows:
    return rows_of(generated(*job), LINE, START)


def mean_rows(many: Sequence[Rows]) -> Rows:
    """Return the mean of each row over several months."""
    return {
        name: Figures(*(sum(column) / len(many) for column in zip(*(rows[name] for rows in many), strict=True)))
        for name in many[0]
    }


def simulated(days: int, seeds: Sequence[int]) -> dict[str, Rows]:
    """Return the mean rows of each demand."""
    jobs = [(name, seed, days) for name in DEMANDS for seed in seeds]
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(jobs))) as executor:
        found = list(executor.map(_generated_rows, jobs))
    return {name: mean_rows([rows for job, rows in zip(jobs, found, strict=True) if job[0] == name]) for name in DEMANDS}


# Judge


def judge(tables: Mapping[str, Rows]) -> Iterator[str]:
    """Yield what is not as it should be, one sentence each."""
    for title, rows in tables.items():
        for name, figures in rows.items():
            for other, better in rows.items() if name not in REFERENCES else ():
                if better.beats(figures):
                    yield f"{title}: {name} is beaten by {other} on saturation, bandwidth-hours and changes at once"
    yield from judge_memory(tables.get(BURSTY, {}))


def judge_memory(rows: Rows) -> Iterator[str]:
    """Yield what the daily memory fails to do where every day has the same bursts."""
    remembering, plain = rows.get(f"balanced, {MEMORY}"), rows.get("balanced")
    if remembering is None or plain is None:
        return
    if remembering.saturated > plain.saturated / 2:
        yield f"{BURSTY}: {MEMORY} does not halve the saturated share: {remembering.saturated:.3f} % of {plain.saturated:.3f} %"
    if remembering.hours > plain.hours:
        yield f"{BURSTY}: {MEMORY} takes {remembering.hours / plain.hours:.3f} x the bandwidth-hours of balanced"


# Show


def table(rows: Rows) -> list[str]:
    """Return a table in Markdown, compared with the oracle and the recipe."""
    oracle = rows[ORACLE]
    lines = [
        "| | saturated | bandwidth-hours | against the oracle | changes |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, row in rows.items():
        lines.append(
            f"| {name} | {row.saturated:.3f} % | {row.hours:,.0f} | {row.hours / oracle.hours:.2f} x | {row.changes:,.0f} |"
        )
    return lines


def simulated_section(tables: Mapping[str, Rows], days: int, seeds: Sequence[int]) -> list[str]:
    """Return the section about generated demand."""
    lines = [f"Means over {len(seeds)} months of {days} days (seeds {', '.join(map(str, seeds))}), by the minute."]
    for title, rows in tables.items():
        lines += ["", f"{title}:", "", *table(rows)]
    return lines


def recorded_section(name: str, rows: Rows, samples: int) -> list[str]:
    """Return the section about a recording."""
    return [f"The last 40 % of {name} ({samples:,} samples):", "", *table(rows)]


def replaced(page: str, section: str, lines: Iterable[str]) -> str:
    """Return a page with new text between the markers of a section; raises ValueError where they are missing."""
    begin, end = f"<!-- begin {section} -->", f"<!-- end {section} -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"the page does not have {begin} and {end} once each")
    head, rest = page.split(begin)
    return "\n".join([f"{head}{begin}", "", *lines, "", f"{end}{rest.split(end)[1]}"])


def sizes_of(text: str) -> list[int]:
    """Return the sizes that `12000:40000:4000` means: first, last and step."""
    try:
        first, last, step = map(int, text.split(":"))
        return list(range(first, last + 1, step))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not FIRST:LAST:STEP, such as 12000:40000:4000") from None


def recording_line(sizes: Sequence[int]) -> dict[str, Any]:
    """Return what can be bought for a recorded line."""
    return {"minimum": sizes[0], "maximum": sizes[-1], "sizes": list(sizes), "traffic_unit": 1}


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30, help="length of a month (30)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5, 6], metavar="SEED", help="one month each")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="recorded traffic: time, value")
    parser.add_argument("--name", default="recorded traffic", help="what the recording is called in the page")
    parser.add_argument("--sizes", type=sizes_of, default="12000:40000:4000", help="for the recording: FIRST:LAST:STEP")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the tables into a page, between its markers")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay, print, and return whether it is good enough."""
    given = _arguments(arguments)
    sections: dict[str, list[str]] = {}
    if given.csv:
        try:
            recording = recorded(given.csv)
            rows = rows_of(recording, recording_line(given.sizes), given.sizes[-1])
        except (OSError, ValueError, IesError) as error:
            print(error, file=sys.stderr)
            return 1
        sections["recorded"] = recorded_section(given.name, rows, len(recording["samples"]))
    tables = simulated(given.days, given.seeds)
    sections["simulated"] = simulated_section(tables, given.days, given.seeds)
    for lines in sections.values():
        print("\n".join(lines), end="\n\n")
    if given.write:
        page = given.write.read_text(encoding="utf-8")
        for section, lines in sections.items():
            page = replaced(page, section, lines)
        given.write.write_text(page, encoding="utf-8")
    faults = list(judge(tables))
    print("\n".join(faults), end="\n" if faults else "", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
