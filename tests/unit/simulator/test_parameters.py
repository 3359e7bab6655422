# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from tests.simulator import parameters as rules
from tests.simulator.model import ParameterSpec, Refusal, Template
from tests.simulator.options import Options

A = {"CloudVpnName": "a", "Bandwidth": "1", "VNI": "7"}
B = {"CloudVpnName": "b", "Bandwidth": "2"}
KEYED = {"logicalName": "k1", "CloudVpnName": "a", "Bandwidth": "1"}


@pytest.mark.parametrize(
    ("stored", "sent", "expected"),
    [
        pytest.param(
            [A, B],
            [{"CloudVpnName": "b", "Bandwidth": "9", "action": "update"}],
            [A, {**B, "Bandwidth": "9"}],
            id="by CloudVpnName",
        ),
        pytest.param([A], [{"Bandwidth": "9", "action": "update"}], [{**A, "Bandwidth": "9"}], id="the only item"),
        pytest.param(
            [KEYED],
            [{"logicalName": "k1", "CloudVpnName": "new", "action": "update"}],
            [{**KEYED, "CloudVpnName": "new"}],
            id="logicalName first",
        ),
        pytest.param([{**A, "action": "create"}], [{**A, "action": "update"}], [A], id="action stripped"),
        pytest.param([{**A, "action": "create"}], [{**A, "Bandwidth": "9"}], [A], id="no action is skipped"),
        pytest.param([A], [{**A, "Bandwidth": "9", "action": "replace"}], [A], id="unknown action is skipped"),
        pytest.param([A], [{**B, "action": "create"}], [A, B], id="insert"),
        pytest.param(None, [{**B, "action": "create"}], [B], id="insert into a new list"),
        pytest.param([A, B], [{"CloudVpnName": "a", "action": "delete"}], [B], id="delete"),
        pytest.param([A], [{"CloudVpnName": "zz", "action": "delete"}], [A], id="delete of an unknown key"),
        pytest.param([A], [{"CloudVpnName": "a", "action": "delete"}], None, id="all deleted reads null"),
        pytest.param([], [], [], id="an empty list stays empty"),
        pytest.param(None, [{**B}], None, id="nothing inserted"),
    ],
)
def test_a_modify_merges_lists(stored: Any, sent: Any, expected: Any) -> None:
    assert rules.merged_list(stored, sent) == expected


@pytest.mark.parametrize(
    ("stored", "sent", "exception_id"),
    [
        ([A, B], {"Bandwidth": "9", "action": "update"}, "servicemgr.service.not_exist"),
        ([A], {"CloudVpnName": "zz", "action": "update"}, "servicemgr.service.not_exist"),
        ([A], {"logicalName": "k1", "CloudVpnName": "a", "action": "update"}, "servicemgr.service.not_exist"),
        ([A], {**A, "action": "create"}, "servicemgr.db.oper_db_error"),
    ],
)
def test_a_modify_refuses_keys_that_do_not_fit(stored: Any, sent: Any, exception_id: str) -> None:
    with pytest.raises(Refusal) as refused:
        rules.merged_list(stored, [sent])
    assert (refused.value.exception_id, refused.value.status) == (exception_id, 500)


def test_a_modify_leaves_the_stored_objects_alone() -> None:
    stored = {"L": [dict(A)], "plain": "x"}
    after = rules.merged(stored, {"L": [{**A, "Bandwidth": "9", "action": "update"}], "plain": "y", "new": []})
    assert stored == {"L": [A], "plain": "x"}
    assert after == {"L": [{**A, "Bandwidth": "9"}], "plain": "y"}


def test_only_strings_and_lists_of_objects_are_stored() -> None:
    sent = {"text": "x", "list": [A], "number": 1, "flag": True, "object": {"a": "b"}, "nothing": None, "empty": []}
    assert rules.storable(sent) == {"text": "x", "list": [A], "empty": []}
    assert rules.storable(None) == {}


def test_an_update_may_replace_the_item() -> None:
    sent = [{"CloudVpnName": "a", "Bandwidth": "9", "action": "update"}]
    assert rules.merged({"L": [{**A, "VNI": "7"}]}, {"L": sent}, replace=True) == {
        "L": [{"CloudVpnName": "a", "Bandwidth": "9"}]
    }
    assert rules.merged_list([{**A, "VNI": "7"}], sent) == [{**A, "VNI": "7", "Bandwidth": "9"}]


TEMPLATE = Template(
    "t",
    "template",
    {
        "L": ParameterSpec("List<ParamGroup>", map=["CloudVpnName", "Bandwidth", "action"], hidden_keys=["pin"]),
        "size": ParameterSpec("Number"),
        "color": ParameterSpec("String", valid_values=["red", "blue"]),
        "secret": ParameterSpec("String", hidden=True),
    },
)


@pytest.mark.parametrize(
    ("parameters", "switches", "exception_id"),
    [
        ({"L": [A], "size": "1.5", "color": "red", "other": "x"}, {}, None),
        ({"L": "text"}, {}, "servicemgr.service.template.parse_error"),
        ({"color": [A]}, {}, "servicemgr.service.template.parse_error"),
        ({"size": "many"}, {}, "servicemgr.service.template.parse_error"),
        ({"color": "green"}, {}, "servicemgr.service.template.parse_error"),
        ({"other": "x"}, {"undeclared_parameters": "refuse"}, "servicemgr.service.template.parse_error"),
        ({"L": [A]}, {"undeclared_item_keys": "refuse"}, "framwork.remote.SystemError"),
        ({"L": [B]}, {"undeclared_item_keys": "refuse"}, None),
    ],
)
def test_parameters_must_fit_the_template(parameters: Any, switches: Any, exception_id: str | None) -> None:
    seen = None
    try:
        rules.check_fit(TEMPLATE, parameters, Options(**switches))
    except Refusal as refusal:
        seen = refusal.exception_id
    assert seen == exception_id


@pytest.mark.parametrize("parameters", [[], "text", {"L": ["text"]}])
def test_shapes_that_fit_no_template_are_a_parse_error(parameters: Any) -> None:
    with pytest.raises(Refusal, match="parse_error"):
        rules.storable(parameters)


@pytest.mark.parametrize("item", [{"CloudVpnName": "a"}, {"Bandwidth": "1"}, {"CloudVpnName": " ", "Bandwidth": "1"}])
def test_the_two_mandatory_keys(item: Any) -> None:
    with pytest.raises(Refusal) as refused:
        rules.check_items({"L": [item]}, Options())
    assert (refused.value.exception_id, refused.value.status) == ("servicemgr.service.parameter.validate_error", 400)
    rules.check_items({"L": [item]}, Options(mandatory_item_keys=False))
    rules.check_items({"L": [{**item, "action": "update"}]}, Options(), only_created=True)


@pytest.mark.parametrize("second", [{"CloudVpnName": "b"}, {"logicalName": "k1", "CloudVpnName": "b"}])
def test_a_keyed_list_needs_a_key_of_its_own_on_every_item(second: Any) -> None:
    with pytest.raises(Refusal):
        rules.check_new_lists({"L": [KEYED, second]})
    rules.check_new_lists({"L": [{"CloudVpnName": "a"}, second]})


@pytest.mark.parametrize(
    ("stored", "switches", "shown"),
    [
        ({"secret": "x", "color": "red"}, {}, {"color": "red"}),
        ({"L": None}, {}, {"L": None}),
        ({"L": []}, {}, {"L": []}),
        ({"L": [{"Bandwidth": 5}]}, {}, {"L": [{"Bandwidth": "5"}]}),
        ({"L": [{"Bandwidth": "5"}]}, {"bandwidth_type": "number"}, {"L": [{"Bandwidth": 5}]}),
        ({"L": [{"Bandwidth": "2.5"}]}, {"bandwidth_type": "number"}, {"L": [{"Bandwidth": 2.5}]}),
        ({"L": [{"Bandwidth": "fast"}]}, {"bandwidth_type": "number"}, {"L": [{"Bandwidth": "fast"}]}),
        ({"L": [{"a": "b", "pin": "1"}], "size": "5"}, {}, {"L": [{"a": "b"}], "size": "5"}),
        ({"size": "5", "color": "red"}, {"scalar_type": "number"}, {"size": 5, "color": "red"}),
        ({"L": [{"a": "b"}]}, {"parameters_style": "json-strings"}, {"L": '[{"a": "b"}]'}),
    ],
)
def test_what_a_read_shows(stored: Any, switches: Any, shown: Any) -> None:
    assert rules.visible(TEMPLATE, stored, Options(**switches)) == shown


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({"L": [A, B], "M": [{"x": "y"}], "text": "z"}, ["a", "b"]),
        ({"CloudVpnName": "flat", "Bandwidth": "1"}, ["flat"]),
        ({"L": [A], "CloudVpnName": "flat"}, ["a"]),
        ({"L": None}, []),
    ],
)
def test_finds_connections(parameters: Any, names: list[str]) -> None:
    assert [item["CloudVpnName"] for item in rules.connections(parameters)] == names
