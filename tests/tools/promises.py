# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show what users are promised, beside the tests that hold it; fail where a promise has no test, or names one that is gone.

The promises stand in tests/promises/*.yml: a page, its promises, and for each the tests, by their paths below tests/unit. With
`--run`, the tests are run as well.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "tests" / "unit"
PROMISES = ROOT / "tests" / "promises"


class Promise(NamedTuple):
    """What is promised, on which page of the interface, and the tests that hold it."""

    page: str
    text: str
    tests: list[str]


def read_promises(folder: Path = PROMISES) -> list[Promise]:
    """Return all promises, file by file in the order in which they are written."""
    return [
        Promise(page, text, tests or [])
        for file in sorted(folder.glob("*.yml"))
        for page, promises in yaml.safe_load(file.read_text(encoding="utf-8")).items()
        for text, tests in promises.items()
    ]


def tests_of(file: Path) -> set[str]:
    """Return the names of the tests in a file, `Class::test` for those in a class."""
    return set(_names(ast.parse(file.read_text(encoding="utf-8")).body))


def _names(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _names(node.body, f"{node.name}::")
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test"):
            yield prefix + node.name


def complaints(promises: list[Promise], tests: Path = UNIT) -> list[str]:
    """Return what is wrong: promises without a test, and tests that do not exist."""
    found = [f"{promise.page}: {promise.text!r} has no test" for promise in promises if not promise.tests]
    known: dict[str, set[str]] = {}
    for promise in promises:
        for name in promise.tests:
            file, _colons, test = name.partition("::")
            if file not in known:
                known[file] = tests_of(tests / file) if (tests / file).is_file() else set()
            if test not in known[file]:
                found.append(f"{promise.page}: {promise.text!r} names {name}, which does not exist")
    return found


def table(promises: list[Promise]) -> str:
    """Return the promises as a table in Markdown."""
    lines = ["| page | promise | tests |", "| --- | --- | --- |"]
    lines += [f"| {page} | {text} | {'<br>'.join(f'`{name}`' for name in tests)} |" for page, text, tests in promises]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Show the table; return 1 where something is wrong, or the status of the tests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", action="store_true", help="run the tests as well")
    options = parser.parse_args(arguments)
    promises = read_promises()
    print(table(promises))
    print(f"\n{len(promises)} promises, {len({name for promise in promises for name in promise.tests})} tests")
    wrong = complaints(promises)
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong:
        return 1
    if options.run:
        names = sorted({f"tests/unit/{name}" for promise in promises for name in promise.tests})
        return subprocess.run([sys.executable, "-m", "pytest", "-q", "--no-cov", *names], cwd=ROOT, check=False).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
