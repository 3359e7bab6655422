# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of several services of one name stays, as every run that ordered one of them decides it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Service
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.race import (
    ALONE,
    STAY,
    UNDECIDED,
    WAIT,
    YIELD,
    Standing,
    find_twins,
    judge_race,
)

STATES = ("Completed", "CreateInProgress", "CreateFailed", "Failed", "DeleteInProgress", "Strange")


def service(service_id: str, created_at: float | None = 1.0, status: str = "Completed") -> Service:
    return Service(service_id, "n", status=status, created_at=created_at)


def test_nobody_else() -> None:
    assert judge_race(service("a"), []) == Standing(ALONE)


def test_what_is_no_twin() -> None:
    named = [service("a"), service("b", status="CreateFailed"), service("c", status="DeleteInProgress"), service("d")]
    assert [twin.service_id for twin in find_twins("a", named)] == ["d"]


def test_what_was_there_before_the_order_is_no_twin() -> None:
    named = [service("a"), service("b"), service("c")]
    assert [twin.service_id for twin in find_twins("a", named, {"b"})] == ["c"]


def test_the_older_one_stays() -> None:
    old, young = service("z", 1.0), service("a", 2.0)
    assert judge_race(old, [young]) == Standing(STAY, young)
    assert judge_race(young, [old]) == Standing(YIELD, old)


def test_of_the_same_age_the_id_decides() -> None:
    first, second = service("A"), service("a")
    assert judge_race(first, [second]) == Standing(STAY, second)
    assert judge_race(second, [first]) == Standing(YIELD, first)


def test_what_is_in_progress_is_waited_for() -> None:
    old, young = service("a", 1.0, "CreateInProgress"), service("b", 2.0)
    assert judge_race(young, [old]) == Standing(WAIT, old)
    old, young = service("a", 1.0), service("b", 2.0, "UpdateInProgress")
    assert judge_race(old, [young]) == Standing(WAIT, young)


def test_without_times_or_with_an_unknown_status_nothing_is_decided() -> None:
    unknown = service("b", None)
    assert judge_race(service("a"), [unknown]) == Standing(UNDECIDED, unknown)
    assert judge_race(unknown, [service("a")]) == Standing(UNDECIDED, service("a"))
    strange = service("a", 1.0, "Strange")
    assert judge_race(service("b", 2.0), [strange]) == Standing(UNDECIDED, strange)


@given(st.lists(st.tuples(st.sampled_from([1.0, 2.0, 3.0]), st.sampled_from(STATES)), min_size=1, max_size=5))
def test_somebody_always_stays_and_nobody_makes_way_for_what_does_not_work(drawn: list[tuple[float, str]]) -> None:
    services = [service(f"s{index}", created_at, status) for index, (created_at, status) in enumerate(drawn)]
    standing = [entry for entry in services if entry.status not in {"CreateFailed", "DeleteInProgress"}]
    verdicts = {entry.service_id: judge_race(entry, find_twins(str(entry.service_id), services)) for entry in standing}
    assert not standing or any(verdict.move != YIELD for verdict in verdicts.values())
    for entry in standing:
        verdict = verdicts[entry.service_id]
        if verdict.move == YIELD:
            assert verdict.other is not None
            assert (verdict.other.created_at, verdict.other.service_id) < (entry.created_at, entry.service_id)
            assert verdict.other.status in {"Completed", "Failed"}
            assert verdicts[verdict.other.service_id].move in {STAY, WAIT}
