# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run many cells side by side: on all cores, and on each core several, as some only wait for answers that never come."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from .harness import BrokenPromise, Harness, Record, without_chance
from .table import Cell, cells

_THREADS = 4
# Fewer are done sooner than another process is started.
_FEW = 30


@dataclass(frozen=True)
class Results:
    """What was seen, in the order of the cells, and the promises that were broken, each with the name of its cell."""

    records: list[Record]
    broken: list[str]


def run_all(wanted: Sequence[Cell]) -> Results:
    """Run the cells, which are some of the table."""
    names = [str(cell) for cell in wanted]
    processes = os.cpu_count() or 1
    if processes == 1 or len(names) <= _FEW:
        return _results(run_share(names))
    # What waits longest stands together in the table, so each process gets every other cell.
    shares = [names[first::processes] for first in range(processes)]
    came: dict[str, Record | str] = {}
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        for share, results in zip(shares, pool.map(run_share, shares), strict=True):
            came.update(zip(share, results, strict=True))
    return _results([came[name] for name in names])


def _results(came: Sequence[Record | str]) -> Results:
    return Results([one for one in came if not isinstance(one, str)], [one for one in came if isinstance(one, str)])


def run_share(names: Sequence[str]) -> list[Record | str]:
    """Run the cells of these names in this process; a broken promise is a string that names its cell."""
    by_name = {str(cell): cell for cell in cells()}
    own = threading.local()
    opening = threading.Lock()
    with without_chance(), ExitStack() as stack:

        def run_one(name: str) -> Record | str:
            if not hasattr(own, "laboratory"):
                with opening:
                    own.harness = stack.enter_context(Harness())
            try:
                record: Record = own.harness.run(by_name[name])
            except BrokenPromise as broken:
                return str(broken)
            return record

        # What waits longest begins first.
        order = sorted(names, key=lambda name: not by_name[name].fault.hangs)
        with ThreadPoolExecutor(_THREADS) as pool:
            came = dict(zip(order, pool.map(run_one, order), strict=True))
    return [came[name] for name in names]
