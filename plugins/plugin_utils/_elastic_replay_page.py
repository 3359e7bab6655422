# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of a report that compares policies: a table of their figures, and a picture of what each would have done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..module_utils._domain.replay import FIXED, NAIVE, ORACLE
from ..module_utils._domain.statistics import plain
from ..module_utils._text import shown
from ..module_utils._values import to_number
from ._elastic_pictures import MOST_MARKS, View, traffic_picture
from ._elastic_series import Step, Track, busiest_days, hours_of, moment_in_words, reaching, read_steps
from ._html import figure, html_of, name_of, table

_MEANINGS = {
    FIXED: "constantly the largest size",
    NAIVE: "a playbook that follows the p95 of the last hour",
    ORACLE: "knows the future: the cheapest that is possible",
}
# What stands in the table: the key of the result, the head of its column, and the digits behind the point.
_COLUMNS = (
    ("changes", "Changes", 0),
    ("reversals", "Reversals", 0),
    ("saturated_minutes", "Saturated, min", 1),
    ("saturated_percent", "Saturated, %", 4),
    ("undelivered", "Undelivered, units \u00d7 s", 0),
    ("mean_headroom", "Mean headroom, %", 1),
    ("bandwidth_hours", "Bandwidth-hours", 0),
)
_NOTHING = "\u2013"
_CLOSER_DAYS = 3


def replay_parts(prefix: str, results: Mapping[str, Mapping[str, Any]], track: Track, heading: str) -> list[str]:
    """Return the HTML of a comparison: warning, table and pictures, with headings of that rank (`h2`).

    `track` is the traffic that was replayed, in Bandwidth units; `results` are by name of the policy.
    """
    return [
        f"<p>{_flattery(results)}</p>",
        _figures(results),
        *(
            part
            for number, (name, result) in enumerate(results.items(), 1)
            for part in _timeline(f"{prefix}{number}", str(name), result, track, heading)
        ),
    ]


def _flattery(results: Mapping[str, Mapping[str, Any]]) -> str:
    censored = max((int(to_number(result.get("censored")) or 0) for result in results.values()), default=0)
    return (
        "Recorded traffic flatters: a full line does not show what it would have carried."
        f" Samples at the limit of the recorded bandwidth: {censored:,}."
    )


def _figures(results: Mapping[str, Mapping[str, Any]]) -> str:
    priced = any(to_number(result.get("cost")) is not None for result in results.values())
    columns = [*_COLUMNS, *([("cost", "Cost", 2)] if priced else [])]
    rows = [
        [name_of(name), *(_number(result.get(key), digits) for key, _head, digits in columns)]
        for name, result in results.items()
    ]
    heads = ["Policy", *(head for _key, head, _digits in columns)]
    meanings = "; ".join(f"{name}: {_MEANINGS[name]}" for name in results if name in _MEANINGS)
    legend = f'<p class="quiet">References: {meanings}.</p>' if meanings else ""
    return legend + table("What each policy would have done, one row per policy", heads, rows, numbers=range(1, len(heads)))


def _number(value: Any, digits: int = 1) -> str:
    number = to_number(value)
    return _NOTHING if number is None else f"{plain(round(number, digits)):,}"


def _timeline(prefix: str, name: str, result: Mapping[str, Any], track: Track, heading: str) -> list[str]:
    steps = _steps(result, track)
    told = _told(result, steps, track)
    title = f"Timeline of the policy {shown(name)}"
    parts = [f"<{heading}>{name_of(name)}</{heading}>", _drawn(prefix, title, told, track, steps)]
    if len(steps) - 1 > MOST_MARKS:
        begin = busiest_days(steps, _CLOSER_DAYS)
        part = track.between(begin, begin + _CLOSER_DAYS * 86400)
        if part.times:
            count = sum(begin <= step.time < begin + _CLOSER_DAYS * 86400 for step in steps[1:])
            closer = f"The {_CLOSER_DAYS} days with the most changes, from {moment_in_words(begin)} UTC: {count} changes."
            parts.append(_drawn(f"{prefix}-closer", f"{title}, closer", closer, part, steps))
    return parts


def _drawn(prefix: str, title: str, told: str, track: Track, steps: Sequence[Step]) -> str:
    lacking = reaching(track, steps, 100.0, beyond=True)
    view = View([track], steps, lacking, limit_name="more asked for than the bandwidth", low=True)
    return figure(traffic_picture(view, prefix, title, told), html_of(told))


def _steps(result: Mapping[str, Any], track: Track) -> list[Step]:
    """Return the bandwidth over time; without a change, it follows from the bandwidth-hours."""
    timeline: Sequence[Mapping[str, Any]] = result.get("timeline") or ()
    if timeline:
        first = to_number(timeline[0].get("before")) or 0.0
    else:
        first = float(round((to_number(result.get("bandwidth_hours")) or 0.0) / hours_of(track)))
    changes = read_steps([{"time": change.get("time"), "bandwidth": change.get("after")} for change in timeline])
    return [Step(min([track.times[0], *(change.time for change in changes[:1])]), first), *changes]


def _told(result: Mapping[str, Any], steps: Sequence[Step], track: Track) -> str:
    end = track.times[-1] + track.step
    sizes = [step.bandwidth for step in steps]
    count = len(steps) - 1
    if count:
        moves = f"{count:,} change{'' if count == 1 else 's'} between {_number(min(sizes))} and {_number(max(sizes))}"
    else:
        moves = f"No change: constantly {_number(sizes[0])}"
    sentence = f"{moves}, from {moment_in_words(track.times[0])} to {moment_in_words(end)} UTC."
    if count > MOST_MARKS:
        sentence += " They are too many to be marked one by one."
    lacking = _number(result.get("saturated_minutes"))
    return f"{sentence} Minutes in which more was asked for than the bandwidth: {lacking}."
