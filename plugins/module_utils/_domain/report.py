# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan, a wait and a result as people read them: lines for a terminal, and a Markdown page. Pure.

A plan is the dictionary of the public interface (`cloudvpn_plan`, section 8): a list of `name`, `service_id`, `before`
and `after` under each of `create`, `update`, `recreate`, `delete` and `unchanged`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .._api.parameters import BANDWIDTH_KEY, find_value
from .._api.status import IN_PROGRESS
from .._text import padded, shown, width
from .plan import CREATE, DELETE, KINDS, RECREATE, UNCHANGED, UPDATE

SIGNS = {CREATE: "+", UPDATE: "~", RECREATE: "-/+", DELETE: "-"}
_NAMED = 3
# Columns of a name; a longer one is told in full, and moves only its own line.
_WIDEST_NAME = 40
_LONGEST_VALUE = 60
_LONGEST_REASON = 200
# What a Markdown page would make something else of: mentions, links, references, entities, emoji.
_ACTIVE = re.compile(r"[@#&!$%^~]|://|www\.|mailto:|xmpp:|\bGH-\d|:[a-z][\w+-]*:", re.IGNORECASE)


def plan_lines(plan: Mapping[str, Sequence[Mapping[str, Any]]], unplanned: int = 0, in_progress: int = 0) -> list[str]:
    """Return one line per service that changes, in the order created, updated, recreated, deleted, and the totals.

    Before the totals stand the services to be removed that are not there. `unplanned` and `in_progress` are services without
    a plan: those that cannot be planned, and those whose plan is made when what is in progress has ended.
    """
    changing = [(kind, item, _name_of(item)) for kind in SIGNS for item in plan[kind]]
    columns = _column(name for _kind, _item, name in changing)
    lines = [
        f"{_beginning(kind)}{padded(name, columns)}  {_what_changes(kind, item)}".rstrip() for kind, item, name in changing
    ]
    lines += [f"    not there: {name}" for name in _names_not_there(plan)]
    return [*lines, plan_totals(plan, unplanned, in_progress)]


def kind_of(line: str) -> str | None:
    """Return the kind of change that a line of a plan is about, None for any other line."""
    return next((kind for kind in SIGNS if line.startswith(_beginning(kind))), None)


def _beginning(kind: str) -> str:
    return f"{SIGNS[kind]:>3} {kind:<8} "


def _name_of(item: Mapping[str, Any]) -> str:
    return shown(item["name"] or item["service_id"])


def _names_not_there(plan: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Return what is declared absent and is not there: nothing is known of it but the name or the id it was declared by."""
    items = (item for item in plan[UNCHANGED] if not item["before"] and not item["after"])
    return [_name_of(item) for item in items if item["name"] is None or item["service_id"] is None]


def _column(cells: Iterable[str]) -> int:
    return min(max(map(width, cells), default=0), _WIDEST_NAME)


def plan_totals(plan: Mapping[str, Sequence[Any]], unplanned: int = 0, in_progress: int = 0) -> str:
    """Return how many services are to be created, updated, recreated, deleted and left unchanged, and how many have no plan."""
    counts = [f"{len(plan[kind])} to {kind}" for kind in SIGNS]
    return f"Plan: {', '.join(counts)}, {len(plan[UNCHANGED])} unchanged{_also(unplanned, in_progress)}"


def _also(unplanned: int, in_progress: int) -> str:
    counts = ((unplanned, "cannot be planned"), (in_progress, "in progress"))
    return "".join(f", {count} {words}" for count, words in counts if count)


def count_unplanned(plan: Mapping[str, Sequence[Mapping[str, Any]]], services: Sequence[Mapping[str, Any]]) -> int:
    """Return how many entries of a result have an error and no place in the plan."""
    planned = {item["name"] for kind in KINDS for item in plan[kind]}
    return sum(1 for entry in services if entry["error"] and entry["name"] not in planned)


def _what_changes(kind: str, item: Mapping[str, Any]) -> str:
    if kind == DELETE:
        return shown(item["service_id"] or "") + (f" ({shown(item['reason'])})" if item.get("reason") else "")
    if kind == CREATE:
        return ", ".join([*_connections_in_words(item["after"]), *_mark_in_words(item["after"])])
    return ", ".join(changes_in_words(item["before"], item["after"]))


def _connections_in_words(fields: Mapping[str, Any]) -> Iterator[str]:
    for name, connection in (fields.get("connections") or {}).items():
        bandwidth = find_value(connection, BANDWIDTH_KEY)
        yield f"{shown(name)} Bandwidth {shown(bandwidth, _LONGEST_VALUE)}"


def _mark_in_words(fields: Mapping[str, Any]) -> Iterator[str]:
    if fields.get("owner"):
        yield f"owner {shown(fields['owner'])}"
    if fields.get("protected"):
        yield "protected"


def changes_in_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return what differs between two sides of a diff, such as `Bandwidth 60000 -> 80000`.

    The connection is named when the service has several that are declared.
    """
    words: list[str] = []
    old_connections, new_connections = before.get("connections") or {}, after.get("connections") or {}
    several = len({*old_connections, *new_connections}) > 1
    for name in dict.fromkeys([*old_connections, *new_connections]):
        old, new = old_connections.get(name), new_connections.get(name)
        if old is None or new is None:
            words.append(f"{'removes' if new is None else 'adds'} connection {shown(name)}")
            continue
        label = f"{shown(name)} " if several else ""
        words += [label + change for change in _values_in_words(old, new, "None")]
    nested = {"connections", "parameters"}
    old, new = ({key: value for key, value in side.items() if key not in nested} for side in (before, after))
    words += _values_in_words(old, new)
    return words + _values_in_words(before.get("parameters") or {}, after.get("parameters") or {})


def _values_in_words(before: Mapping[str, Any], after: Mapping[str, Any], nothing: str = "(empty)") -> list[str]:
    return [
        f"{shown(key, _LONGEST_VALUE)} {_short(before.get(key), nothing)} -> {_short(after.get(key), nothing)}"
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
    ]


def _short(value: Any, nothing: str) -> str:
    return nothing if value is None or value == "" else shown(value, _LONGEST_VALUE)


def duration(seconds: float) -> str:
    """Return seconds as `45s`, `4m10s` or `1h05m`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


def progress_line(ready: int, waits: Sequence[float], failures: Mapping[str, str], gone: int = 0) -> str:
    """Return where a wait stands: how many are ready or gone, how long the others are under way, which failed and why."""
    line = f"{ready} ready, " + (f"{gone} gone, " if gone else "") + f"{len(waits)} in progress"
    if waits:
        line += f" (oldest {duration(max(waits))})"
    line += f", {len(failures)} failed"
    if failures:
        named = [f"{shown(name)} ({_reason(name, reason, 80)})" for name, reason in list(failures.items())[-_NAMED:]]
        line += f": {'; '.join(named)}" + (f" and {len(failures) - _NAMED} before" if len(failures) > _NAMED else "")
    return line


def summary_lines(services: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a table of what was done: one row per service that changed or failed, and the totals.

    `services` are the entries of `cloudvpn_result`.
    """
    rows = [
        (
            shown(entry["name"]),
            ", ".join(entry["actions"]) or "-",
            _status_of(entry),
            _reason(entry["name"], entry["error"], _LONGEST_REASON) if entry["error"] else "ok",
        )
        for entry in services
        if entry["changed"] or entry["error"]
    ]
    lines: list[str] = []
    if rows:
        table = [("service", "done", "status", "result"), *rows]
        columns = [_column(row[column] for row in table) for column in range(3)]
        lines = ["  ".join([*(padded(cell, size) for cell, size in zip(row, columns)), row[3]]) for row in table]
    return [*lines, _done(services)]


def _done(services: Sequence[Mapping[str, Any]]) -> str:
    failed = sum(1 for entry in services if entry["error"])
    changed = sum(1 for entry in services if entry["changed"] and not entry["error"])
    under_way = sum(1 for entry in services if not entry["error"] and (entry["service"] or {}).get("phase") == IN_PROGRESS)
    return f"Done: {changed} changed, {len(services) - changed - failed} unchanged, {failed} failed{_also(0, under_way)}"


def _status_of(entry: Mapping[str, Any]) -> str:
    if entry["service"] is None and entry["actions"] and not entry["error"]:
        return "gone"
    return shown((entry["service"] or {}).get("status") or "-")


def _reason(name: Any, text: str, longest: int) -> str:
    """Return an error in one line that is not too long, without the name and id of the service it stands beside."""
    label = re.match(rf"service {re.escape(repr(str(name)))}(?: \([^()]*\))?: ", text)
    return shown(text[label.end() if label else 0 :], longest)


def markdown_report(
    plan: Mapping[str, Sequence[Mapping[str, Any]]],
    services: Sequence[Mapping[str, Any]] | None = None,
    foreseen: bool = False,
    *,
    tenant: str | None = None,
    server: str | None = None,
    time: str | None = None,
) -> str:
    """Return plan and results as a Markdown page, for a merge request or an archive.

    `services` are the entries of `cloudvpn_result`; without them the page tells the plan alone. Those that are only
    `foreseen`, in check mode, tell which services cannot be planned, and not what was done. `tenant`, `server` (its
    address) and `time` (ISO 8601) say whose page it is.
    """
    lines = ["# CloudVPN plan", ""]
    about = (("Tenant", tenant), ("Server", server), ("Time", time))
    lines += [f"- {label}: {_cell(value)}" for label, value in about if value]
    lines += [""] if len(lines) > 2 else []
    lines += [plan_totals(plan, count_unplanned(plan, services or ())), ""]
    lines += _changes_table(plan)
    absent = _names_not_there(plan)
    lines += [*(f"- not there: {_cell(name)}" for name in absent), ""] if absent else []
    lines += _failures_table(services or (), foreseen)
    if services is not None and not foreseen:
        lines += [_done(services), ""]
    return "\n".join(lines)


def _changes_table(plan: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    rows = [
        f"| `{SIGNS[kind]}` {kind} | {_cell(item['name'])} | {_cell(item['service_id'] or '')} "
        f"| {_cell(_what_changes(kind, item))} |"
        for kind in SIGNS
        for item in plan[kind]
    ]
    return ["| | service | id | change |", "| --- | --- | --- | --- |", *rows, ""] if rows else []


def _failures_table(services: Sequence[Mapping[str, Any]], foreseen: bool) -> list[str]:
    rows = [f"| {_cell(entry['name'])} | {_cell(entry['error'])} |" for entry in services if entry["error"]]
    heading = "## Cannot be planned" if foreseen else "## Failed"
    return [heading, "", "| service | reason |", "| --- | --- |", *rows, ""] if rows else []


def _cell(value: Any) -> str:
    """Return a string that cannot break out of its table cell, and of which no forge makes a link, mention or reference.

    One with a sign of such becomes code, where these mean nothing; what would end the code or the cell is written as an escape.
    """
    text = shown(value)
    if _ACTIVE.search(text):
        for sign in "\\`|":
            text = text.replace(sign, f"\\x{ord(sign):02x}")
        return f"`{text}`"
    for sign in "\\`|<>[]*_":
        text = text.replace(sign, "\\" + sign)
    return text
