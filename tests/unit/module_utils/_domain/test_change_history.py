# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The last change of a service and the failures in a row, read off its operations."""

from __future__ import annotations

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Operation
from ansible_collections.cloudopera.ies.plugins.module_utils._api.readers import read_known_operations
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.change_history import UNREADABLE, read_history


def operation(
    name: str, at: float | None, result: str = "success", finished: float | None = None, progress: str = "done"
) -> Operation:
    """Return an operation; unless told otherwise it has no end of its own."""
    return Operation("id", name, progress, result if progress == "done" else "", None, at, at if finished is None else finished)


class TestHistory:
    """The last change and the failures in a row."""

    @pytest.mark.parametrize(
        ("operations", "expected"),
        [
            ([], (None, None, 0)),
            ([operation("Update", 100, finished=160)], (100, 160, 0)),
            # At the start the end is the order (contract 5.6), and an end before the order is none.
            ([operation("Update", 100, finished=100, progress="inprogress")], (100, 100, 0)),
            ([operation("Update", 100, finished=190, progress="inprogress")], (100, 100, 0)),
            ([operation("Update", 100, finished=50)], (100, 100, 0)),
            ([operation("Update", 100), operation("Update", 300, finished=330), operation("Update", 200)], (300, 330, 0)),
            ([operation("Create", 100, finished=700)], (100, 700, 0)),
            ([operation("Update", 100), operation("Activate", 300), operation("Delete", 400)], (100, 100, 0)),
            ([operation("update", 100, "error", progress="100")], (100, 100, 1)),
            ([operation("Update", 100, "failed"), operation("Update", 200), operation("Update", 300, "failed")], (300, 300, 1)),
            ([operation("Update", at, "failed") for at in (100, 200, 300, 400)], (400, 400, 4)),
            (
                [
                    operation("Update", 100, "failed"),
                    operation("Update", 200, "failed"),
                    operation("Update", 300, progress="inprogress"),
                ],
                (300, 300, 2),
            ),
            ([operation("Create", 50, "failed"), operation("Update", 100, "failed")], (100, 100, 1)),
            ([operation("Update", None)], (None, None, 0)),
        ],
    )
    def test_history(self, operations: list[Operation], expected: tuple[float | None, float | None, int]) -> None:
        if operations and operations[0].progress == "100":
            operations = [Operation("id", "update", "100", "error", None, 100, 100)]
        history = read_history(operations)
        assert history.readable
        assert (history.last_change, history.last_change_ended, history.failures) == expected

    def test_what_cannot_be_read_is_not_known(self) -> None:
        assert read_history(None) is UNREADABLE
        assert read_known_operations({"operations": None}) is None
        assert read_known_operations({"operations": []}) == []
