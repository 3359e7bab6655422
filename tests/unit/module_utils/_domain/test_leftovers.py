# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a failed order goes into the one that replaces it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._domain.leftovers import CarriedOver, carry_over
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.payload import order_parameters
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import ConflictError

from ..support import declare, sample_service

LIST = "Site2DCList"


def item(name: str, bandwidth: str = "5", **more: Any) -> dict[str, Any]:
    """Return a list item."""
    return {"CloudVpnName": name, "Bandwidth": bandwidth, **more}


def carried(*left: dict[str, Any], **given: Any) -> CarriedOver:
    """Return what is ordered for the declaration `given` beside these leftovers."""
    declaration = declare(service_definition="d", **given)
    leftovers = [
        sample_service(parameters, service_id=f"l{number}", status="CreateFailed") for number, parameters in enumerate(left)
    ]
    return carry_over(declaration, order_parameters(declaration), leftovers)


def raw(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the options of a declaration with raw parameters."""
    return {"parameters": {LIST: list(items), **more}}


@pytest.mark.parametrize(
    ("left", "given", "parameters", "words"),
    [
        pytest.param({LIST: [item("a", "1")]}, raw(item("a")), {LIST: [item("a")]}, (), id="declared-wins"),
        pytest.param(
            {LIST: [item("a"), item("b", action="create")]},
            raw(item("a")),
            {LIST: [item("a"), item("b")]},
            ("b",),
            id="undeclared-connection",
        ),
        pytest.param(
            {"Other": [item("b")]}, raw(item("a")), {LIST: [item("a")], "Other": [item("b")]}, ("b",), id="undeclared-list"
        ),
        pytest.param(
            {LIST: [item("a", VNI="7", bandwidth="1")]},
            raw(item("a")),
            {LIST: [item("a", VNI="7")]},
            ("VNI of a",),
            id="undeclared-property",
        ),
        pytest.param(
            {LIST: [{"cloudvpnname": "a", "BANDWIDTH": "1"}]}, raw(item("a")), {LIST: [item("a")]}, (), id="case-of-keys"
        ),
        pytest.param(
            {LIST: [item("a"), item("b")]},
            raw(item("a"), {"CloudVpnName": "b", "action": "delete"}),
            {LIST: [item("a")]},
            (),
            id="declared-to-go",
        ),
        pytest.param(
            {LIST: [item("a"), item("b")], "Note": "x", "Nothing": None},
            raw(item("a"), Text="y"),
            {LIST: [item("a"), item("b")], "Text": "y", "Note": "x"},
            ("b", "Note"),
            id="texts",
        ),
        pytest.param(
            {LIST: [item("b", logicalName="k")]},
            raw(item("a")),
            {LIST: [item("a", logicalName="a"), item("b", logicalName="k")]},
            ("b",),
            id="logical-names-on-all",
        ),
        pytest.param(
            {LIST: json.dumps([item("b")])}, raw(item("a")), {LIST: [item("a"), item("b")]}, ("b",), id="read-as-json-text"
        ),
        pytest.param(item("old", "1"), {"parameters": item("new")}, item("new"), (), id="flat"),
        pytest.param(item("a", "1", VNI="7"), raw(item("a")), {LIST: [item("a")]}, (), id="flat-and-declared-in-a-list"),
    ],
)
def test_what_is_ordered(
    left: dict[str, Any], given: dict[str, Any], parameters: dict[str, Any], words: tuple[str, ...]
) -> None:
    assert carried(left, **given) == CarriedOver(parameters, words)


def test_several_that_hold_the_same() -> None:
    found = carried({LIST: [item("a", "1"), item("b")]}, {LIST: [item("a", "2"), item("b")]}, **raw(item("a")))
    assert found == CarriedOver({LIST: [item("a"), item("b")]}, ("b",))


def test_several_that_hold_different_connections_are_refused() -> None:
    with pytest.raises(ConflictError, match="l0 and l1.*service_id.*state absent"):
        carried({LIST: [item("b")]}, {LIST: [item("c")]}, **raw(item("a")))


@pytest.mark.parametrize(
    ("left", "given"),
    [
        pytest.param(item("b"), raw(item("a")), id="flat-beside-a-list"),
        pytest.param({"Doc": json.dumps({"inner": [item("b")]})}, raw(item("a"), Doc="text"), id="text-in-its-place"),
    ],
)
def test_a_connection_without_a_place_is_refused(left: dict[str, Any], given: dict[str, Any]) -> None:
    with pytest.raises(ConflictError, match="holds b.*declare it"):
        carried(left, **given)
