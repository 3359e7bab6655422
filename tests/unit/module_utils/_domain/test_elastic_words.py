# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of elastic bandwidth tells a person."""

from __future__ import annotations

from ansible_collections.cloudopera.ies.plugins.module_utils._domain.elastic_words import connection_lines, unit_warning
from tests.unit.module_utils.support import ELASTIC_ENTRY as ENTRY
from tests.unit.module_utils.support import ELASTIC_FAILED as FAILED


class TestWords:
    """A line per connection."""

    def test_lines(self) -> None:
        traffic: dict[str, list[list[float | None]]] = {"v": [[0, 60000], [None]]}
        assert connection_lines([ENTRY, {**ENTRY, "decision": "hold", "target": 60000}, FAILED], traffic) == [
            "s, v      ▁█  raise 60,000 -> 80,000: because",
            "s, v      ▁█  hold 60,000: because",
            "other, v  error: there is no service",
        ]

    def test_a_failed_change(self) -> None:
        assert connection_lines([{**ENTRY, "error": "no capacity"}], {}) == [
            "s, v  raise 60,000 -> 80,000: because; error: no capacity"
        ]

    def test_many_are_counted(self) -> None:
        told = unit_warning([f"c{number}" for number in range(7)])
        assert "c0; c1; c2; c3; c4 and 2 more" in told
