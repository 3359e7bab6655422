# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan, a wait and a result as people read them: lines for a terminal, and a Markdown page. Pure.

A plan is the dictionary of the public interface (C(cloudvpn_plan), section 8): a list of C(name), C(service_id), C(before)
and C(after) under each of C(create), C(update), C(recreate), C(delete) and C(unchanged).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.cloudopera.ies.plugins.module_utils._plan import CREATE, DELETE, RECREATE, UNCHANGED, UPDATE

SIGNS = {CREATE: "+", UPDATE: "~", RECREATE: "-/+", DELETE: "-"}
_NAMED = 3


def plan_lines(plan: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Return one line per service that changes, in the order created, updated, recreated, deleted, and the totals."""
    width = max((len(str(item["name"])) for kind in SIGNS for item in plan[kind]), default=0)
    lines = [
        f"{SIGNS[kind]:>3} {kind:<8} {item['name']!s:<{width}}  {_what_changes(kind, item)}".rstrip()
        for kind in SIGNS
        for item in plan[kind]
    ]
    return [*lines, plan_totals(plan)]


def plan_totals(plan: Mapping[str, Sequence[Any]]) -> str:
    """Return how many services are to be created, updated, recreated, deleted and left unchanged."""
    counts = [f"{len(plan[kind])} to {kind}" for kind in SIGNS]
    return f"Plan: {', '.join(counts)}, {len(plan[UNCHANGED])} unchanged"


def _what_changes(kind: str, item: Mapping[str, Any]) -> str:
    if kind == DELETE:
        return str(item["service_id"] or "")
    if kind == CREATE:
        return ", ".join(_connections_in_words(item["after"]))
    return ", ".join(changes_in_words(item["before"], item["after"]))


def _connections_in_words(fields: Mapping[str, Any]) -> Iterator[str]:
    for name, connection in (fields.get("connections") or {}).items():
        bandwidth = next((value for key, value in connection.items() if key.casefold() == "bandwidth"), None)
        yield f"{name} Bandwidth {bandwidth}"


def changes_in_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return what differs between two sides of a diff, such as C(Bandwidth 60000 -> 80000).

    The connection is named when the service has several that are declared.
    """
    words: list[str] = []
    old_connections, new_connections = before.get("connections") or {}, after.get("connections") or {}
    several = len({*old_connections, *new_connections}) > 1
    for name in dict.fromkeys([*old_connections, *new_connections]):
        old, new = old_connections.get(name), new_connections.get(name)
        label = f"{name} " if several else ""
        if old is None or new is None:
            words.append(f"{'removes' if new is None else 'adds'} connection {name}")
            continue
        words += [f"{label}{key} {old.get(key)} -> {new.get(key)}" for key in {**old, **new} if old.get(key) != new.get(key)]
    nested = {"connections", "parameters"}
    words += _values_in_words(*({key: value for key, value in side.items() if key not in nested} for side in (before, after)))
    return words + _values_in_words(before.get("parameters") or {}, after.get("parameters") or {})


def _values_in_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        f"{key} {_short(before.get(key))} -> {_short(after.get(key))}"
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
    ]


def _short(value: Any) -> str:
    text = " ".join(str(value).split()) if value not in (None, "") else "(empty)"
    return text if len(text) <= 60 else text[:57] + "..."


def duration(seconds: float) -> str:
    """Return seconds as C(45s), C(4m10s) or C(1h05m)."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


def progress_line(ready: int, waits: Sequence[float], failures: Mapping[str, str]) -> str:
    """Return where a wait stands: how many are ready, how long the others are under way, which failed and why."""
    line = f"{ready} ready, {len(waits)} in progress"
    if waits:
        line += f" (oldest {duration(max(waits))})"
    line += f", {len(failures)} failed"
    if failures:
        named = [f"{name} ({_reason(name, reason, 80)})" for name, reason in list(failures.items())[-_NAMED:]]
        line += f": {'; '.join(named)}" + (f" and {len(failures) - _NAMED} before" if len(failures) > _NAMED else "")
    return line


def summary_lines(services: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a table of what was done: one row per service that changed or failed, and the totals.

    C(services) are the entries of C(cloudvpn_result).
    """
    rows = [
        (
            str(entry["name"]),
            ", ".join(entry["actions"]) or "-",
            (entry["service"] or {}).get("status") or "-",
            _reason(entry["name"], entry["error"], 200) if entry["error"] else "ok",
        )
        for entry in services
        if entry["changed"] or entry["error"]
    ]
    lines: list[str] = []
    if rows:
        header = ("service", "done", "status", "result")
        widths = [max(len(row[column]) for row in [header, *rows]) for column in range(3)]
        lines = ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[3]]) for row in [header, *rows]]
    failed = sum(1 for entry in services if entry["error"])
    changed = sum(1 for entry in services if entry["changed"] and not entry["error"])
    return [*lines, f"Done: {changed} changed, {len(services) - changed - failed} unchanged, {failed} failed"]


def _reason(name: Any, text: str, longest: int) -> str:
    """Return an error in one line that is not too long, without the name and id of the service it stands beside."""
    label = re.match(rf"service {re.escape(repr(str(name)))}(?: \([^()]*\))?: ", text)
    line = " ".join(text[label.end() if label else 0 :].split())
    return line if len(line) <= longest else line[: longest - 3] + "..."


def markdown_report(
    plan: Mapping[str, Sequence[Mapping[str, Any]]],
    services: Sequence[Mapping[str, Any]] | None = None,
    foreseen: bool = False,
) -> str:
    """Return plan and results as a Markdown page, for a merge request or an archive.

    C(services) are the entries of C(cloudvpn_result); without them the page tells the plan alone. Those that are only
    C(foreseen), in check mode, tell which services cannot be planned, and not what was done.
    """
    lines = ["# CloudVPN plan", "", plan_totals(plan), ""]
    changing = [(kind, item) for kind in SIGNS for item in plan[kind]]
    if changing:
        lines += ["| | service | id | change |", "| --- | --- | --- | --- |"]
        lines += [
            f"| `{SIGNS[kind]}` {kind} | {_cell(item['name'])} | {_cell(item['service_id'] or '')} "
            f"| {_cell(_what_changes(kind, item))} |"
            for kind, item in changing
        ]
        lines.append("")
    failed = [entry for entry in services or () if entry["error"]]
    if failed:
        lines += ["## Cannot be planned" if foreseen else "## Failed", "", "| service | reason |", "| --- | --- |"]
        lines += [f"| {_cell(entry['name'])} | {_cell(entry['error'])} |" for entry in failed]
        lines.append("")
    if services is not None and not foreseen:
        lines += [summary_lines(services)[-1], ""]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    """Return a text that cannot break out of its table cell."""
    text = " ".join(str(value).split())
    for sign in "\\`|<>[]*_":
        text = text.replace(sign, "\\" + sign)
    return text
