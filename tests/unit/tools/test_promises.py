# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every promise to users has a test that exists."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.promises import Promise, complaints, main, read_promises, table


def test_every_promise_has_a_test() -> None:
    assert complaints(read_promises()) == []


@pytest.mark.parametrize(
    ("tests", "complaint"),
    [
        ([], "has no test"),
        (["test_a.py::test_gone"], "names test_a.py::test_gone, which does not exist"),
        (["test_b.py::test_one"], "names test_b.py::test_one, which does not exist"),
        (["test_a.py::TestIt::test_one"], "names test_a.py::TestIt::test_one, which does not exist"),
    ],
)
def test_what_holds_nothing_is_found(tmp_path: Path, tests: list[str], complaint: str) -> None:
    (tmp_path / "test_a.py").write_text("def test_one(): ...\nclass TestIt:\n    def test_two(self): ...\n")
    good = Promise("page", "it works", ["test_a.py::test_one", "test_a.py::TestIt::test_two"])
    assert complaints([good], tmp_path) == []
    (found,) = complaints([good, Promise("page", "it also works", tests)], tmp_path)
    assert found == f"page: 'it also works' {complaint}"


def test_each_promise_is_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    promises = read_promises()
    assert shown.startswith(table(promises))
    assert sum(line.startswith("| ") for line in shown.splitlines()) == len(promises) + 2
