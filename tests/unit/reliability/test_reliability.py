# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program behind docs/reliability.md: it keeps the page true, and it notices a promise that is broken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._run import convergence, delivery
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks import ies_service
from tests.reliability.__main__ import main
from tests.reliability.harness import BrokenPromise, Harness, without_chance
from tests.reliability.table import Cell, cells


def cell_of(name: str) -> Cell:
    """Return the cell of that name."""
    return next(cell for cell in cells() if str(cell) == name)


def broken_promise(name: str) -> str:
    """Run a cell that breaks a promise and return which one."""
    with without_chance(), Harness() as harness, pytest.raises(BrokenPromise) as caught:
        harness.run(cell_of(name))
    text = str(caught.value)
    assert text.startswith(f"{name}: ")
    return text[len(name) + 2 :]


@pytest.mark.slow
def test_every_promise_is_kept_and_the_page_is_up_to_date() -> None:
    assert main(["--check"]) == 0


def test_a_second_order_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    # As a client does that sends an order again because it heard nothing.
    monkeypatch.setattr(delivery.Delivery, "_find_ordered", lambda *_given: None)
    monkeypatch.setattr(delivery, "_not_taken", lambda _error: True)
    assert "2 services" in broken_promise("create / connection dropped after processing / once")


def test_a_run_that_does_not_end_as_declared_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convergence.Convergence, "_update", lambda *_given: iter(()))
    ended = "[('Completed', '60000')] is there in the end, not [('Completed', '80000')]"
    assert broken_promise("read the details, to update / 503 / once") == ended


def test_a_fault_that_never_strikes_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convergence.Convergence, "_apply", lambda *_given: iter(()))
    assert broken_promise("update / 503 / once") == "the fault never struck"


def test_a_run_that_writes_for_ever_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    select = convergence.Convergence._select

    def see_another_bandwidth(self: convergence.Convergence) -> Any:
        selection = select(self)
        assert selection.current is not None
        seen = {"Site2DCList": [{"CloudVpnName": "branch-vpn", "Bandwidth": "1"}]}
        return replace(selection, current=selection.current.with_parameters(seen))

    monkeypatch.setattr(convergence.Convergence, "_select", see_another_bandwidth)
    assert broken_promise("update / 503 / once") == "the run after the quiet one wrote ('update',)"


def test_a_traceback_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_given: object, **_named: object) -> None:
        raise KeyError("service_id")

    monkeypatch.setattr(ies_service, "run_fleet", explode)
    assert broken_promise("delete / 503 / once") == "a KeyError came out: 'service_id'"


def test_a_broken_promise_is_told_and_no_page_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ies_service, "run_fleet", lambda *_given, **_named: [])
    page = tmp_path / "page.md"
    assert main(["--only", "delete / 429 / once", "--page", str(page)]) == 1
    assert "broken: delete / 429 / once: a IndexError" in capsys.readouterr().err
    assert not page.exists()


def test_a_page_that_is_out_of_date_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = [cell_of("delete / 503 / once"), cell_of("delete / 503 / every time")]
    monkeypatch.setattr("tests.reliability.__main__.cells", lambda: few)
    page = tmp_path / "page.md"
    assert main(["--check", "--page", str(page)]) == 1
    assert "make reliability" in capsys.readouterr().err
    assert main(["--page", str(page)]) == 0
    assert main(["--check", "--page", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "| 503 | once | changed | none | delete, delete |  | unchanged; none |" in text
    assert "| 503 | every time | failed: server | 1 Completed | delete, delete | service 'branch': DELETE …" in text
    page.write_text(f"{text}\n", encoding="utf-8")
    assert main(["--check", "--page", str(page)]) == 1
