# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The figures of a replay as a table of plain text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.cloudopera.ies.plugins.plugin_utils._replay_table import replay_lines


def test_the_table_of_a_replay() -> None:
    figures: Mapping[str, Any] = {
        **{"changes": 12, "reversals": 3, "saturated_minutes": 4.5, "saturated_percent": 0.01, "undelivered": 12345},
        **{"mean_headroom": 33.3, "bandwidth_hours": 1234567, "cost": None, "censored": 2},
    }
    heading, line, note = replay_lines({"calm": figures})
    assert " ".join(heading.split()) == "policy changes reversals full min full % undelivered free % bandwidth h cost"
    assert line.split() == ["calm", "12", "3", "4", "0.010", "12,345", "33.3", "1,234,567", "-"]
    assert len(heading) == len(line)
    assert note.startswith("recorded traffic flatters")
    assert note.endswith("(2 samples were at the limit)")
