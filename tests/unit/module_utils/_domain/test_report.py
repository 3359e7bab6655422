# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan, a wait and a result as text: what a person sees in a terminal and on a Markdown page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._domain.plan import KINDS
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.report import (
    changes_in_words,
    count_unplanned,
    duration,
    kind_of,
    markdown_report,
    plan_lines,
    plan_totals,
    progress_line,
    summary_lines,
)


def side(description: str = "", **bandwidths: Any) -> dict[str, Any]:
    """Return one side of a diff with these connections."""
    connections = {name: {"CloudVpnName": name, "Bandwidth": value} for name, value in bandwidths.items()}
    return {"name": "any", "description": description, "connections": connections}


def item(name: str, before: Any = None, after: Any = None, service_id: str | None = "an-id") -> dict[str, Any]:
    """Return an entry of a plan."""
    return {"name": name, "service_id": service_id, "before": before or {}, "after": after or {}}


def plan(**entries: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return a plan with these entries and no others."""
    return {kind: entries.get(kind, []) for kind in KINDS}


def entry(name: str, *actions: str, error: str | None = None, status: str | None = "Completed") -> dict[str, Any]:
    """Return an entry of a result."""
    service = {"status": status} if status else None
    return {"name": name, "changed": bool(actions), "actions": list(actions), "service": service, "error": error}


@pytest.mark.parametrize(
    ("kind", "shown", "line"),
    [
        ("create", item("a", after=side(vpn="100"), service_id=None), "  + create   a  vpn Bandwidth 100"),
        ("create", item("a", after=side(v1="1", v2="2"), service_id=None), "  + create   a  v1 Bandwidth 1, v2 Bandwidth 2"),
        ("create", item("a", after={"connections": {"v": {"bandwidth": 5}}}), "  + create   a  v Bandwidth 5"),
        ("create", item("a", after={"name": "a"}), "  + create   a"),
        ("update", item("a", side(vpn="60"), side(vpn="80")), "  ~ update   a  Bandwidth 60 -> 80"),
        ("recreate", item("a", side(vpn="60"), side(vpn="80")), "-/+ recreate a  Bandwidth 60 -> 80"),
        ("delete", item("a", side(vpn="60")), "  - delete   a  an-id"),
        ("delete", item("a", side(vpn="60"), service_id=None), "  - delete   a"),
        ("delete", {**item("a", side(vpn="60")), "reason": "undeclared"}, "  - delete   a  an-id (undeclared)"),
        (
            "create",
            item("a", after={**side(vpn="5"), "owner": "netops", "protected": True}),
            "  + create   a  vpn Bandwidth 5, owner netops, protected",
        ),
        ("create", item("a", after={"owner": None, "protected": False}), "  + create   a"),
        (
            "update",
            item("a", {"owner": None, "protected": False}, {"owner": "netops", "protected": True}),
            "  ~ update   a  owner (empty) -> netops, protected False -> True",
        ),
    ],
)
def test_each_kind_has_its_sign(kind: str, shown: dict[str, Any], line: str) -> None:
    assert plan_lines(plan(**{kind: [shown]}))[:-1] == [line]


def test_lines_come_by_kind_in_columns_and_totals_last() -> None:
    made = plan(
        unchanged=[item("same"), item("as well")],
        delete=[item("old")],
        create=[item("a-longer-name", after=side(v="1"), service_id=None)],
        update=[item("mid", side(v="1"), side(v="2"))],
        recreate=[item("re", side(v="1"), side("new", v="1"))],
    )
    assert plan_lines(made) == [
        "  + create   a-longer-name  v Bandwidth 1",
        "  ~ update   mid            Bandwidth 1 -> 2",
        "-/+ recreate re             description (empty) -> new",
        "  - delete   old            an-id",
        "Plan: 1 to create, 1 to update, 1 to recreate, 1 to delete, 2 unchanged",
    ]


def test_a_plan_that_changes_nothing_is_its_totals() -> None:
    made = plan(unchanged=[item("same")])
    assert plan_lines(made) == [plan_totals(made)]
    assert plan_totals(made) == "Plan: 0 to create, 0 to update, 0 to recreate, 0 to delete, 1 unchanged"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        pytest.param(side(v="1"), side(v="1"), [], id="nothing"),
        pytest.param(side(v="1"), side(v="2"), ["Bandwidth 1 -> 2"], id="the-only-connection-needs-no-name"),
        pytest.param(side(v="1", w="5"), side(v="2", w="5"), ["v Bandwidth 1 -> 2"], id="one-of-several"),
        pytest.param(side(v="1", w="5"), side(v="2", w="6"), ["v Bandwidth 1 -> 2", "w Bandwidth 5 -> 6"], id="both"),
        pytest.param(side(v="1"), side(v="1", w="5"), ["adds connection w"], id="added"),
        pytest.param(side(v="1", w="5"), side(v="1"), ["removes connection w"], id="removed"),
        pytest.param(side("old"), side(), ["description old -> (empty)"], id="cleared"),
        pytest.param({"name": "a"}, {"name": "b"}, ["name a -> b"], id="renamed"),
        pytest.param({}, {"status": "Completed"}, ["status (empty) -> Completed"], id="new-field"),
        pytest.param(
            {"connections": {"v": {"VNI": "1"}}},
            {"connections": {"v": {"cidr": "x"}}},
            ["VNI 1 -> None", "cidr None -> x"],
            id="key",
        ),
        pytest.param(
            {"parameters": {"note": "old", "kept": "x"}},
            {"parameters": {"note": "new", "kept": "x", "more": [{"k": "v"}]}},
            ["note old -> new", "more (empty) -> [{'k': 'v'}]"],
            id="parameters-key-by-key",
        ),
        pytest.param(
            {"name": "a", "parameters": {"name": "x"}},
            {"name": "b", "parameters": {"name": "y"}},
            ["name a -> b", "name x -> y"],
            id="a-parameter-called-as-a-field-is",
        ),
        pytest.param({}, {"parameters": {"note": "new"}}, ["note (empty) -> new"], id="parameters-of-one-side-only"),
        pytest.param({"tags": []}, {"tags": ["a"]}, ["tags [] -> ['a']"], id="a-value-that-is-no-string"),
        pytest.param(side("a\n b"), side("x" * 61), [f"description a\\n b -> {'x' * 57}..."], id="one-line-and-not-too-long"),
        pytest.param(side("x" * 60), side("y"), [f"description {'x' * 60} -> y"], id="as-long-as-may-be"),
    ],
)
def test_changes_in_words(before: dict[str, Any], after: dict[str, Any], words: list[str]) -> None:
    assert changes_in_words(before, after) == words


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (45, "45s"),
        (45.9, "45s"),
        (59.99, "59s"),
        (60, "1m00s"),
        (250, "4m10s"),
        (3599, "59m59s"),
        (3600, "1h00m"),
        (3900, "1h05m"),
        (90061, "25h01m"),
    ],
)
def test_durations(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("ready", "waits", "failures", "line"),
    [
        (0, [], {}, "0 ready, 0 in progress, 0 failed"),
        (3, [250.0, 45.0], {}, "3 ready, 2 in progress (oldest 4m10s), 0 failed"),
        (3, [3900.0], {"a": "cut\n off"}, "3 ready, 1 in progress (oldest 1h05m), 1 failed: a (cut\\n off)"),
        (0, [], {"a'b": 'service "a\'b" (id-1): it is cut'}, "0 ready, 0 in progress, 1 failed: a'b (it is cut)"),
        (0, [], {"a": "service 'a': it is cut"}, "0 ready, 0 in progress, 1 failed: a (it is cut)"),
        (0, [], {"a": "service 'b' (id-1): it is cut"}, "0 ready, 0 in progress, 1 failed: a (service 'b' (id-1): it is cut)"),
        (0, [], {"a": "x" * 81}, f"0 ready, 0 in progress, 1 failed: a ({'x' * 77}...)"),
        (0, [], {"a": "1", "b": "2", "c": "3"}, "0 ready, 0 in progress, 3 failed: a (1); b (2); c (3)"),
        (0, [], dict.fromkeys("abcde", "r"), "0 ready, 0 in progress, 5 failed: c (r); d (r); e (r) and 2 before"),
    ],
)
def test_progress_in_one_line(ready: int, waits: list[float], failures: dict[str, str], line: str) -> None:
    assert progress_line(ready, waits, failures) == line


def test_the_summary_has_a_row_for_what_changed_or_failed() -> None:
    services = [
        entry("same"),
        entry("new", "create"),
        entry("again-and-again", "delete", "create"),
        entry("gone", "deactivate", "delete", status=None),
        entry("broken", "update", error="service 'broken' (id-1): the line\n is cut", status="Failed"),
        entry("refused", error="x" * 201, status=None),
    ]
    assert summary_lines(services) == [
        "service          done                status     result",
        "new              create              Completed  ok",
        "again-and-again  delete, create      Completed  ok",
        "gone             deactivate, delete  gone       ok",
        "broken           update              Failed     the line\\n is cut",
        f"refused          -                   -          {'x' * 197}...",
        "Done: 3 changed, 1 unchanged, 2 failed",
    ]


@pytest.mark.parametrize("services", [[], [entry("same")]])
def test_a_summary_of_nothing_done_is_its_totals(services: list[dict[str, Any]]) -> None:
    assert summary_lines(services) == [f"Done: 0 changed, {len(services)} unchanged, 0 failed"]


def test_a_report_tells_plan_and_result() -> None:
    made = plan(
        create=[item("new", after=side(v="1"), service_id=None)],
        update=[item("mid", side(v="1"), side(v="2"), service_id="id_1")],
        delete=[item("old")],
        unchanged=[item("same")],
    )
    services = [entry("new", "create"), entry("mid", "update", error="the line\nis cut"), entry("old", "delete"), entry("same")]
    assert (
        markdown_report(made, services)
        == """\
# CloudVPN plan

Plan: 1 to create, 1 to update, 0 to recreate, 1 to delete, 1 unchanged

| | service | id | change |
| --- | --- | --- | --- |
| `+` create | new |  | v Bandwidth 1 |
| `~` update | mid | id\\_1 | Bandwidth 1 -\\> 2 |
| `-` delete | old | an-id | an-id |

## Failed

| service | reason |
| --- | --- |
| mid | the line\\\\nis cut |

Done: 2 changed, 1 unchanged, 1 failed
"""
    )


def test_a_report_of_a_plan_alone_says_nothing_of_results() -> None:
    page = markdown_report(plan(recreate=[item("re", side(v="1"), side(v="2"))]))
    assert "| `-/+` recreate | re | an-id | Bandwidth 1 -\\> 2 |" in page
    assert "Done" not in page
    assert "Failed" not in page
    assert page.endswith("|\n")


def test_a_report_of_nothing_has_no_empty_table() -> None:
    assert "| ---" not in markdown_report(plan(), [])


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("a|b", "a\\|b"),
        ("a\\|b", "a\\\\\\|b"),
        ("site2dc_1", "site2dc\\_1"),
        ("a\nb\r\n c", "a\\\\nb\\\\r\\\\n c"),
        ("`x`", "\\`x\\`"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("[a](http://b)", "`[a](http://b)`"),
        ("@all", "`@all`"),
        ("see www.evil.example", "`see www.evil.example`"),
        ("#12 and !7", "`#12 and !7`"),
        ("GH-12", "`GH-12`"),
        ("&#64;all", "`&#64;all`"),
        ("@a`b|c\\d", "`@a\\x60b\\x7cc\\x5cd`"),
        ("\x1b[31m\u202e", "\\\\x1b\\[31m\\\\u202e"),
        ("**bold**", "\\*\\*bold\\*\\*"),
    ],
)
def test_a_cell_holds_any_name(name: str, cell: str) -> None:
    page = markdown_report(plan(delete=[item(name)]), [entry(name, error=name)])
    assert f"| `-` delete | {cell} | an-id | an-id |" in page
    assert f"| {cell} | {cell} |" in page


@given(name=st.text(min_size=1), reason=st.text(min_size=1))
def test_no_name_and_no_reason_breaks_out_of_its_row(name: str, reason: str) -> None:
    page = markdown_report(plan(update=[item(name, side(v="1"), side(reason, v="1"))]), [entry(name, error=reason)])
    rows = [line for line in page.split("\n") if line.startswith("|")]
    assert [len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in rows] == [5, 5, 5, 3, 3, 3]
    assert len(page.split("\n")) == 16


HOSTILE = "\x1b[2J\u202ea\nb\u2028@all http://evil.example"


def test_what_the_server_sends_stays_in_its_line_and_its_place() -> None:
    made = plan(
        create=[item(HOSTILE, after=side(**{HOSTILE: HOSTILE}), service_id=None)],
        update=[item(HOSTILE, side(HOSTILE, **{HOSTILE: "1", "v": HOSTILE}), {"parameters": {HOSTILE: [HOSTILE]}})],
        delete=[item("a", service_id=HOSTILE)],
        unchanged=[item(HOSTILE, service_id=None)],
    )
    services = [{**entry(HOSTILE, "update", error=HOSTILE, status=HOSTILE)}]
    for lines in (plan_lines(made), summary_lines(services), [progress_line(1, [], {HOSTILE: HOSTILE})]):
        assert all(line.isprintable() for line in lines), lines
    page = markdown_report(made, services, tenant=HOSTILE, server=HOSTILE, time=HOSTILE)
    assert all(line.isprintable() for line in page.split("\n"))
    # Without what is code, no mention and no link is left.
    assert not re.search("@|http", re.sub("`[^`]*`", "", page))


def test_a_name_has_a_column_of_at_most_forty() -> None:
    made = plan(delete=[item("n" * 50), item("short"), item("東京")])
    assert [line.index("an-id") for line in plan_lines(made)[:3]] == [15 + 50, 13 + 42, 13 + 40]


def test_wide_characters_take_two_columns() -> None:
    made = plan(delete=[item("東京支店"), item("abc")])
    assert plan_lines(made)[:2] == ["  - delete   東京支店  an-id", "  - delete   abc       an-id"]
    assert summary_lines([entry("東京支店", "update"), entry("abc", "update")])[1:3] == [
        "東京支店  update  Completed  ok",
        "abc       update  Completed  ok",
    ]


def test_what_has_no_plan_stands_beside_the_totals() -> None:
    totals = "Plan: 0 to create, 0 to update, 0 to recreate, 0 to delete, 0 unchanged"
    assert plan_totals(plan(), 1) == f"{totals}, 1 cannot be planned"
    assert plan_totals(plan(), 0, 2) == f"{totals}, 2 in progress"
    assert plan_lines(plan(), 1, 2) == [f"{totals}, 1 cannot be planned, 2 in progress"]
    made = plan(update=[item("a")])
    services = [entry("a", error="cut"), entry("b", error="refused"), entry("c")]
    assert count_unplanned(made, services) == 1
    assert ", 1 cannot be planned\n" in markdown_report(made, services)


def test_what_is_not_there_is_said() -> None:
    absent = item("old", service_id=None)
    leaving, same = item("leaving"), item("same", {"name": "same"}, {"name": "same"}, service_id=None)
    made = plan(unchanged=[absent, leaving, same, {**absent, "name": None, "service_id": "an-id"}])
    assert plan_lines(made)[:-1] == ["    not there: old", "    not there: an-id"]
    assert "\n- not there: old\n- not there: an-id\n" in markdown_report(made)


def test_what_goes_on_stands_beside_the_totals_of_a_summary() -> None:
    going_on = {**entry("a", "update"), "service": {"status": "UpdateInProgress", "phase": "in_progress"}}
    assert summary_lines([going_on, entry("b")])[-1] == "Done: 1 changed, 1 unchanged, 0 failed, 1 in progress"


def test_what_is_gone_is_not_ready() -> None:
    assert progress_line(1, [], {}, 2) == "1 ready, 2 gone, 0 in progress, 0 failed"


def test_a_page_says_whose_it_is() -> None:
    page = markdown_report(plan(), [], tenant="branch_7", server="https://ies.example.com:17100", time="2026-01-02T03:04:05Z")
    assert page.startswith(
        "# CloudVPN plan\n\n"
        "- Tenant: branch\\_7\n- Server: `https://ies.example.com:17100`\n- Time: 2026-01-02T03:04:05Z\n\nPlan: "
    )


def test_the_kind_of_a_line() -> None:
    made = plan(create=[item("a")], update=[item("a")], recreate=[item("a")], delete=[item("a")])
    assert [kind_of(line) for line in plan_lines(made)] == ["create", "update", "recreate", "delete", None]
    assert kind_of("1 ready, 0 in progress, 0 failed") is None
