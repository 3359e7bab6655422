# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mark of ownership: how it reads, and how it is written."""

from __future__ import annotations

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._api.mark import Mark, split_mark, with_mark
from ansible_collections.cloudopera.ies.plugins.module_utils._api.readers import read_service

MARKS = {
    "plain": (Mark("netops"), " [managed: netops]"),
    "protected": (Mark("net/ops-1.a_b", protected=True), " [managed: net/ops-1.a_b, protected]"),
    "keep": (Mark("a", keep=True), " [managed: a, keep]"),
    "both": (Mark("a" * 40, True, True), f" [managed: {'a' * 40}, protected, keep]"),
}


@pytest.mark.parametrize("text", ["", "Munich to DC 2", "two\nlines", "[managed: other] in the middle"])
@pytest.mark.parametrize(("mark", "written"), MARKS.values(), ids=MARKS)
def test_a_mark_reads_as_it_was_written(mark: Mark, written: str, text: str) -> None:
    described = with_mark(text, mark)
    assert described == text + written
    assert split_mark(described) == (text, mark)


def test_a_server_may_strip_the_space_before_a_mark_that_stands_alone() -> None:
    assert split_mark("[managed: netops]") == ("", Mark("netops"))


@pytest.mark.parametrize(
    "damaged",
    [
        "x [managed: Netops]",
        "x [managed: ]",
        "x [managed: a b]",
        "x [managed: a, keep, protected]",
        "x [managed: a, Protected]",
        "x [managed: a].",
        "x [managed: a] ",
        "x [managed: a]\n",
        "x (managed: a)",
        f"x [managed: {'a' * 41}]",
        "x [managed: -a]",
        "x[managed: a]",
        "x\n[managed: a, protected]",
    ],
)
def test_a_damaged_mark_is_none_and_stays_in_the_description(damaged: str) -> None:
    assert split_mark(damaged) == (damaged, None)


def test_nothing_is_not_a_mark() -> None:
    assert split_mark(None) == (None, None)
    assert with_mark(None, None) is None
    assert with_mark(None, Mark("a")) == " [managed: a]"


def test_a_service_is_shown_without_its_mark() -> None:
    service = read_service({"service_id": "1", "name": "n", "description": "d [managed: netops, protected, keep]"})
    result = service.to_result()
    assert (result["description"], result["owner"], result["protected"]) == ("d", "netops", True)
    bare = read_service({"service_id": "1", "name": "n", "description": "d"}).to_result()
    assert (bare["description"], bare["owner"], bare["protected"]) == ("d", None, False)
