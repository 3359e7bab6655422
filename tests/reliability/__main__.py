# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Try every fault at every operation against a simulated IES, and write docs/reliability.md: python -m tests.reliability.

Ends with status 1, and the names of the cells, when a promise was broken; the page is not written then.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .page import page
from .table import cells
from .workers import run_all

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, tell, and write or compare the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("--page", type=Path, default=PAGE, metavar="FILE", help="the page to write")
    parser.add_argument("--check", action="store_true", help="do not write the page, but tell whether it is up to date")
    parser.add_argument("--only", metavar="TEXT", help="only cells whose name contains it, and no page")
    given = parser.parse_args(arguments)
    wanted = [cell for cell in cells() if given.only is None or given.only in str(cell)]
    results = run_all(wanted)
    for promise in results.broken:
        print(f"broken: {promise}", file=sys.stderr)
    if results.broken:
        return 1
    print(f"{len(results.records)} cells, every promise kept")
    if given.only is not None:
        for record in results.records:
            print(f"{record.cell}\n  met:   {record.met}\n  quiet: {record.quiet}")
        return 0
    text = page(results.records)
    if not given.check:
        given.page.write_text(text, encoding="utf-8")
    elif not given.page.exists() or given.page.read_text(encoding="utf-8") != text:
        print(f"{given.page.name} is out of date: run `make reliability`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
