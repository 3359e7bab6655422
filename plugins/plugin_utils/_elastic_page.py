# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of elastic and of replay as a page of its own: decisions in words, and pictures of traffic against bandwidth."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..module_utils._domain.bandwidth_target import HOLD, LOWER, RAISE
from ..module_utils._domain.statistics import plain
from ..module_utils._errors import InvalidError
from ..module_utils._secrets import MASK
from ..module_utils._text import shown
from ..module_utils._values import to_number
from ._elastic_pictures import View, profile_picture, require_matplotlib, traffic_picture
from ._elastic_replay_page import replay_parts
from ._elastic_series import (
    FULL_AT,
    Step,
    Track,
    changes_of,
    hours_of,
    merged,
    moment_in_words,
    peak_of,
    profile_of,
    reaching,
    read_steps,
    read_tracks,
)
from ._html import figure, figures, html_of, name_of, page, table

FAILED = "error"
_SIGNS = {RAISE: "\u25b2", LOWER: "\u25bc", HOLD: "\u25a0", FAILED: "\u2715"}
_WORDS = {RAISE: "Raise", LOWER: "Lower", HOLD: "Hold", FAILED: "Error"}
_DONE = {RAISE: "Raised", LOWER: "Lowered"}
_MOST_CHANGES = 200
_CREDENTIALS = re.compile("//[^/?#]*@")
_NOTHING = "\u2013"


def elastic_page(
    connections: Sequence[Mapping[str, Any]],
    series: Mapping[str, Mapping[str, Any]],
    *,
    tenant: str,
    server: str,
    time: str,
    replay: Mapping[str, Any] | None = None,
) -> str:
    """Return the report of elastic as HTML.

    `connections` are the entries of `cloudvpn_elastic_result.connections`; an entry may also have `traffic_unit`, and `cost`
    (`before` and `target`, per hour) where a price is known. `series` has per cloud_vpn_name `traffic` (entries of
    `ies_vpn_traffic_info.traffic`) and `bandwidth_history` (entries with `time` and `bandwidth`). `replay` has per
    cloud_vpn_name what the filter elastic_replay returns; on a page of one connection, it may be that itself. `time` is when
    the decisions were taken. Raises InvalidError when matplotlib is missing.
    """
    require_matplotlib()
    title = f"Elastic bandwidth of {shown(tenant)}"
    parts = [
        f"<h1>Elastic bandwidth of {name_of(tenant)}</h1>",
        f'<p class="quiet">Server {name_of(_CREDENTIALS.sub(f"//{MASK}@", server))}, decided at {html_of(time)}</p>',
        f"<p>{_counts(connections)}</p>",
    ]
    if connections:
        parts.append(_overview(connections))
    for number, entry in enumerate(connections, 1):
        own = series.get(str(entry.get("cloud_vpn_name")), {})
        parts.append(_section(f"c{number}", entry, own, _replay_of(replay, entry, len(connections))))
    return page(title, parts)


def replay_page(
    results: Mapping[str, Mapping[str, Any]], traffic: Any, *, title: str, time: str, traffic_unit: float | None = None
) -> str:
    """Return the report of a replay as HTML.

    `results` is what the filter elastic_replay returns for `traffic`, one entry of `ies_vpn_traffic_info.traffic` or a list
    of them. Raises InvalidError when matplotlib is missing, or the traffic cannot be read.
    """
    require_matplotlib()
    track = merged(_tracks(traffic, traffic_unit))
    return page(
        title,
        [
            f"<h1>{name_of(title)}</h1>",
            f'<p class="quiet">Replayed at {html_of(time)}</p>',
            *replay_parts("r", results, track, "h2"),
        ],
    )


def _tracks(traffic: Any, unit: float | None) -> list[Track]:
    tracks = read_tracks(traffic, 1.0 if unit is None else unit)
    if not any(value is not None for track in tracks for value in track.values):
        raise InvalidError("traffic has no value to draw; read a period in which there was traffic")
    return tracks


def _replay_of(replay: Mapping[str, Any] | None, entry: Mapping[str, Any], total: int) -> Mapping[str, Any] | None:
    if not replay:
        return None
    bare = all(isinstance(result, Mapping) and "timeline" in result for result in replay.values())
    if bare:
        return replay if total == 1 else None
    return replay.get(str(entry.get("cloud_vpn_name")))


# Decisions in words


def _kind(entry: Mapping[str, Any]) -> str:
    decision = entry.get("decision")
    if decision in {RAISE, LOWER, HOLD}:
        return str(decision)
    return FAILED if entry.get("error") else HOLD


def _counts(connections: Sequence[Mapping[str, Any]]) -> str:
    kinds = [_kind(entry) for entry in connections]
    applied = sum(bool(entry.get("applied")) for entry in connections)
    errors = sum(bool(entry.get("error")) for entry in connections)
    total = f"{len(connections)} connection{'' if len(connections) == 1 else 's'}"
    return (
        f"{total}: {kinds.count(RAISE)} to raise, {kinds.count(LOWER)} to lower, {kinds.count(HOLD)} held."
        f" Changes applied: {applied}. Errors: {errors}."
    )


def _number(value: Any) -> str:
    number = to_number(value)
    return _NOTHING if number is None else f"{plain(round(number, 2)):,}"


def _percent(value: Any) -> str:
    number = to_number(value)
    return _NOTHING if number is None else f"{plain(round(number, 1)):,} %"


def _verdict(entry: Mapping[str, Any]) -> str:
    """Return a decision as a sentence, plain."""
    kind, before, target = _kind(entry), _number(entry.get("before")), _number(entry.get("target"))
    if kind == FAILED:
        return "Nothing was decided, because of an error."
    if kind == HOLD:
        return f"Hold at {before}." if before != _NOTHING else "Hold: the bandwidth is not known."
    if entry.get("applied"):
        return f"{_DONE[kind]} from {before} to {target}."
    failed = "the change failed" if entry.get("error") else "recommended, not applied"
    return f"{_WORDS[kind]} from {before} to {target} ({failed})."


def _sign(kind: str) -> str:
    return f'<span class="{kind}" aria-hidden="true">{_SIGNS[kind]}</span>'


def _overview(connections: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for number, entry in enumerate(connections, 1):
        kind = _kind(entry)
        rows.append(
            [
                f'<a href="#c{number}">{name_of(entry.get("cloud_vpn_name"))}</a>',
                f"{_sign(kind)} {_WORDS[kind]}",
                _number(entry.get("before")),
                _number(entry.get("target")),
                _percent(entry.get("utilisation")),
                "yes" if entry.get("applied") else "no",
                "yes" if entry.get("error") else "no",
                name_of(entry.get("name")),
            ]
        )
    heads = ["Connection", "Decision", "Bandwidth", "Target", "Utilisation", "Applied", "Error", "Service"]
    return table("Decisions, one row per connection", heads, rows, numbers=(2, 3, 4))


# One connection


def _section(prefix: str, entry: Mapping[str, Any], series: Mapping[str, Any], replay: Mapping[str, Any] | None) -> str:
    kind = _kind(entry)
    parts = [
        f'<section id="{prefix}" aria-labelledby="{prefix}-h">',
        f'<h2 id="{prefix}-h">{name_of(entry.get("cloud_vpn_name"))}</h2>',
        f'<p class="quiet">{_service(entry)}</p>',
        f'<p class="verdict">{_sign(kind)} {_verdict(entry)}</p>',
        _reasons(entry),
        figures(_facts(entry)),
    ]
    try:
        tracks = _tracks(series.get("traffic"), to_number(entry.get("traffic_unit")))
        parts += _pictures(prefix, entry, tracks, read_steps(series.get("bandwidth_history") or ()))
        if replay:
            parts += ["<h3>Replay</h3>", *replay_parts(f"{prefix}-r", replay, merged(tracks), "h4")]
    except InvalidError as error:
        parts.append(f"<p>There is no picture: {html_of(error.message)}.</p>")
    return "\n".join([*parts, "</section>"])


def _service(entry: Mapping[str, Any]) -> str:
    known = [("Service", entry.get("name")), ("Id", entry.get("service_id"))]
    return ", ".join(f"{what} {name_of(value)}" for what, value in known if value) or "The service is not known"


def _reasons(entry: Mapping[str, Any]) -> str:
    lines = []
    if entry.get("error"):
        error = entry["error"]
        told = (error.get("message") or error.get("msg") or error) if isinstance(error, Mapping) else error
        lines.append(f'<p><strong class="error">Error:</strong> {html_of(told)}</p>')
    reasons = entry.get("reasons") or []
    if reasons:
        first, *others = (html_of(reason) for reason in reasons)
        items = [f"<li><strong>{first}</strong></li>", *(f"<li>{reason}</li>" for reason in others)]
        lines.append("<p>Why, the deciding reason first:</p>\n<ul>" + "".join(items) + "</ul>")
    return "\n".join(lines)


def _facts(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    bounds = entry.get("bounds") or {}
    demand = _number(entry.get("demand"))
    facts = [
        ("Demand", f"at least {demand}" if entry.get("clipped") else demand),
        ("Utilisation", _percent(entry.get("utilisation"))),
        ("Line was full", "yes" if entry.get("clipped") else "no"),
        ("Bounds in force", f"{_number(bounds.get('minimum'))} to {_number(bounds.get('maximum'))}" if bounds else _NOTHING),
    ]
    if entry.get("not_before"):
        facts.append(("Not lowered before", html_of(entry["not_before"])))
    cost = entry.get("cost")
    if isinstance(cost, Mapping) and to_number(cost.get("before")) is not None:
        facts.append(("Cost per hour", f"{_number(cost.get('before'))} now, {_number(cost.get('target'))} at the target"))
    return facts


def _pictures(prefix: str, entry: Mapping[str, Any], tracks: list[Track], history: list[Step]) -> list[str]:
    name = shown(entry.get("cloud_vpn_name"))
    before = to_number(entry.get("before"))
    steps = history or ([Step(tracks[0].times[0], before)] if before is not None else [])
    target = to_number(entry.get("target")) if _kind(entry) in {RAISE, LOWER} else None
    bounds = entry.get("bounds") or {}
    view = View(
        tracks[:2],
        steps,
        limits=[point for track in tracks[:2] for point in reaching(track, steps, FULL_AT)] if history else [],
        bandwidth_name="bandwidth" if history else "bandwidth now",
        target=target,
        bounds=[number for key in ("minimum", "maximum") if (number := to_number(bounds.get(key))) is not None],
    )
    told = _told(view, bool(history), _verdict(entry))
    parts = [
        "<h3>Traffic against bandwidth</h3>",
        figure(traffic_picture(view, f"{prefix}-t", f"Traffic against bandwidth of {name}", told), html_of(told)),
        _changes(steps),
    ]
    return [*parts, *_day(prefix, name, merged(tracks), before)]


def _told(view: View, known: bool, verdict: str) -> str:
    """Return what a picture shows, plain."""
    sentences = [f"From {moment_in_words(view.start)} to {moment_in_words(view.end)} UTC."]
    for track in view.tracks:
        peak = peak_of(track)
        if peak is not None:
            sentences.append(f"The largest sample ({shown(track.name)}) is {_number(peak[1])} at {moment_in_words(peak[0])}.")
    if known:
        changes = [change for change in changes_of(view.steps) if view.start <= change[0] <= view.end]
        raised = sum(after > before for _time, before, after in changes)
        moves = [("raised", raised), ("lowered", len(changes) - raised)]
        moved = " and ".join(f"{move} {_times(count)}" for move, count in moves if count)
        sentences.append(f"The bandwidth was {moved}." if moved else "The bandwidth did not change.")
        sentences.append(f"Samples at or over {FULL_AT:g} % of the bandwidth: {len(view.limits):,}.")
    elif view.steps:
        sentences.append(f"The bandwidth is {_number(view.steps[-1].bandwidth)} now; its past is not known.")
    sentences.append(f"Decision now: {verdict}")
    return " ".join(sentences)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _changes(steps: Sequence[Step]) -> str:
    """Return the changes of the bandwidth as a table, which tells the same as the marks of the picture."""
    changes = changes_of(steps)
    if not changes:
        return ""
    rows = [
        [
            f"{moment_in_words(time)}",
            f"{_sign(RAISE if after > before else LOWER)} {_DONE[RAISE if after > before else LOWER]}",
            _number(before),
            _number(after),
        ]
        for time, before, after in changes[-_MOST_CHANGES:]
    ]
    left = f", the last {_MOST_CHANGES}" if len(changes) > _MOST_CHANGES else ""
    listed = table(f"Changes of the bandwidth{left}", ["Time, UTC", "Change", "From", "To"], rows, numbers=(2, 3))
    return f"<details><summary>Changes of the bandwidth: {len(changes):,}</summary>\n{listed}\n</details>"


def _length(hours: float) -> str:
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} hours"


def _day(prefix: str, name: str, track: Track, bandwidth: float | None) -> list[str]:
    profile = profile_of(track)
    if profile is None:
        return []
    busiest = max(
        range(len(profile.hours)), key=lambda place: (profile.high[place] == profile.high[place], profile.high[place])
    )
    hour = profile.hours[busiest]
    told = (
        f"Median and p95 of the traffic by time of day (UTC), of {_length(hours_of(track))}."
        f" The p95 is highest at {int(hour):02d}:{round(hour % 1 * 60):02d}, with {_number(profile.high[busiest])};"
        f" the median is {_number(profile.medians[busiest])} then."
    )
    picture = profile_picture(profile, bandwidth, f"{prefix}-d", f"Day profile of {name}", told)
    return ["<h3>Day profile</h3>", figure(picture, html_of(told))]
