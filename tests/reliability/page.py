# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write what was seen as the page docs/reliability.md; what stands there by hand is in page.md beside this file."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from .harness import Record, Seen
from .table import FAULTS, OPERATIONS

TEMPLATE = Path(__file__).with_name("page.md")
_PREFIX = "https://ies.example.com:17100/rest"
_HEAD, _TAIL = 110, 90


class _Row(NamedTuple):
    """All of a row but the faults that lead to it."""

    struck: str
    outcome: str
    left: str
    writes: str
    shown: str
    rerun: str


def page(records: Sequence[Record]) -> str:
    """Return the whole page."""
    return TEMPLATE.read_text(encoding="utf-8").format(
        cells=len(records),
        faults=len(FAULTS),
        operations=len(OPERATIONS),
        tables="\n".join(_tables(records)).rstrip("\n"),
    )


def _tables(records: Sequence[Record]) -> Iterator[str]:
    for words, group in groupby(records, key=lambda record: record.cell.operation.words):
        yield f"### {words[0].upper()}{words[1:]}\n"
        yield "| fault | struck | outcome | left | writes sent | shown | quiet run after it |"
        yield "| --- | --- | --- | --- | --- | --- | --- |"
        for faults, row in _merged(group):
            yield "| " + " | ".join(_cell(text) for text in ("; ".join(faults), *row)) + " |"
        yield ""


def _merged(records: Iterable[Record]) -> list[tuple[list[str], _Row]]:
    """Return one row for all faults that lead to the same; once and every time too, where that makes no difference."""
    by_fault: dict[str, list[Record]] = {}
    for record in records:
        by_fault.setdefault(record.cell.fault.words, []).append(record)
    rows: dict[_Row, list[str]] = {}
    for fault, group in by_fault.items():
        made = [_row(record) for record in group]
        if len({row[1:] for row in made}) == 1 and len(made) > 1:
            made = [made[0]._replace(struck="once or every time")]
        for row in made:
            rows.setdefault(row, []).append(fault)
    return [(faults, row) for row, faults in rows.items()]


def _row(record: Record) -> _Row:
    met, quiet = record.met, record.quiet
    manages = record.cell.operation.manages_service
    if not quiet.writes:
        rerun = "unchanged" if manages else "read"
    else:
        rerun = ", ".join(quiet.actions)
        if quiet.writes != quiet.actions:
            rerun += f" (sent: {', '.join(quiet.writes)})"
    return _Row(
        struck="every time" if record.cell.every_time else "once",
        outcome=_outcome(met, manages),
        left=_left(met) if manages else "-",
        writes=", ".join(met.writes) or "none",
        shown=_shown(met),
        rerun=f"{rerun}; {_left(quiet)}" if manages else rerun,
    )


def _outcome(seen: Seen, manages: bool) -> str:
    if seen.failed:
        return f"failed: {seen.kind}"
    if not manages:
        return "read"
    return "changed" if seen.changed else "unchanged"


def _left(seen: Seen) -> str:
    return ", ".join(f"1 {status}" for status in seen.left) or "none"


def _shown(seen: Seen) -> str:
    if not seen.message:
        return ""
    text = _shortened(seen.message.replace(_PREFIX, "…"))
    return text if seen.failed else f"warning: {text}"


def _shortened(text: str) -> str:
    """Leave out the middle: the beginning says what happened, the end what is to be done."""
    if len(text) <= _HEAD + _TAIL:
        return text
    head = textwrap.shorten(text, _HEAD, placeholder="")
    return f"{head} … {text[-_TAIL:].split(' ', 1)[1]}"


def _cell(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
