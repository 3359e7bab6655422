# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recorded traffic in a CSV file: a time and a value per line, in the order of time. Pure."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import Any

from ..module_utils._errors import InvalidError
from ..module_utils._text import quoted
from ..module_utils._values import iso_utc, to_epoch, to_number

_SHOWN = 40
_TIME = "time"
_VALUE = "value"


def read_traffic_csv(text: str, where: str) -> dict[str, Any]:
    """Return the recording as an entry of `ies_vpn_traffic_info.traffic`; `where` names the file in messages.

    The first line may name the columns; without the names `time` and `value` the first two columns count. More columns are
    ignored, and an empty value is a gap. Raises InvalidError that names the line.
    """
    rows = _rows(text, where)
    time_at, value_at = 0, 1
    if rows and _is_head(rows[0][1]):
        names = [cell.strip().casefold() for cell in rows.pop(0)[1]]
        if _TIME in names and _VALUE in names:
            time_at, value_at = names.index(_TIME), names.index(_VALUE)
    samples: list[dict[str, Any]] = []
    before: tuple[int, float] | None = None
    for line, cells in rows:
        here = f"{where}, line {line}"
        if len(cells) <= max(time_at, value_at):
            raise InvalidError(
                f"{here} has {len(cells)} columns; a line has a time and a value, such as 2026-03-01T00:00:00Z,512"
            )
        time = _time(here, cells[time_at])
        _check_order(here, time, cells[time_at], before)
        before = (line, time)
        samples.append({"time": iso_utc(time), "epoch": time, "value": _value(here, cells[value_at])})
    if not any(sample["value"] is not None for sample in samples):
        raise InvalidError(f"{where} has no value; a line has a time and a value, such as 2026-03-01T00:00:00Z,512")
    return {"timedim": "minute", "start_time": samples[0]["time"], "end_time": samples[-1]["time"], "samples": samples}


def _rows(text: str, where: str) -> list[tuple[int, Sequence[str]]]:
    """Return the lines that are not blank, each with its number."""
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    reader = csv.reader(text.lstrip("\ufeff").splitlines(), delimiter=";" if ";" in first and "," not in first else ",")
    rows: list[tuple[int, Sequence[str]]] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, cells))
    except csv.Error as error:
        raise InvalidError(f"{where}, line {reader.line_num} is no CSV: {error}") from None
    return rows


def _is_head(cells: Sequence[str]) -> bool:
    """Return whether a line names the columns: it has neither a time nor a number."""
    return all(to_epoch(cell) is None for cell in cells)


def _time(here: str, cell: str) -> float:
    time = to_epoch(cell)
    if time is None or iso_utc(time) is None:
        raise InvalidError(f"{here}: the time is {quoted(cell, _SHOWN)}; write ISO 8601 or epoch seconds")
    return time


def _check_order(here: str, time: float, cell: str, before: tuple[int, float] | None) -> None:
    if before is None or time > before[1]:
        return
    if time == before[1]:
        raise InvalidError(f"{here}: the time {quoted(cell, _SHOWN)} stands on line {before[0]} as well; keep one of the two")
    raise InvalidError(f"{here}: the time {quoted(cell, _SHOWN)} is before that of line {before[0]}; sort the file by time")


def _value(here: str, cell: str) -> float | None:
    if not cell.strip():
        return None
    number = to_number(cell)
    if number is None or number < 0:
        raise InvalidError(f"{here}: the value is {quoted(cell, _SHOWN)}; it must be a number from 0, or empty for a gap")
    return number
