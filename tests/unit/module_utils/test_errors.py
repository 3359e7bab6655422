# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors a user can meet (public interface, section 7)."""

from __future__ import annotations

import copy
import inspect

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils import _errors
from ansible_collections.cloudopera.ies.plugins.module_utils._errors import ConflictError, IesError

KINDS = {
    *("auth", "forbidden", "not_found", "invalid", "conflict", "rate_limited", "server", "unreachable", "timeout"),
    *("failed", "bad_response"),
}
CLASSES = [entry for _name, entry in inspect.getmembers(_errors, inspect.isclass) if issubclass(entry, IesError)]


def test_every_kind_of_the_interface_has_an_error() -> None:
    assert {entry.kind for entry in CLASSES} == KINDS


@pytest.mark.parametrize("error_class", CLASSES, ids=lambda entry: str(entry.__name__))
def test_the_error_dictionary(error_class: type[IesError]) -> None:
    error = error_class("what happened", status=500, exception_id="some.id", method="GET", url="https://h/x", retry_after=3.0)
    assert error.as_dict() == {
        "kind": error_class.kind,
        "status": 500,
        "exception_id": "some.id",
        "method": "GET",
        "url": "https://h/x",
    }
    assert str(error) == "what happened"


def test_a_copy_keeps_everything_and_shares_no_result() -> None:
    # One failure to read the list fails several services; what each of them adds must not show with the others.
    error = ConflictError("busy", status=500, exception_id="some.id", outcome_unknown=True, retry_after=1.0)
    error.result["service"] = {"name": "a"}
    twin = copy.copy(error)
    twin.result["operation_id"] = "o"
    assert (type(twin), str(twin), twin.as_dict()) == (ConflictError, "busy", error.as_dict())
    assert (twin.outcome_unknown, twin.retry_after) == (True, 1.0)
    assert twin.result == {"service": {"name": "a"}, "operation_id": "o"}
    assert error.result == {"service": {"name": "a"}}
