# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A series of values in one line of signs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._domain.sparkline import ASCII, BLOCKS, sparkline


class TestSparkline:
    """One sign for each part of a series."""

    @pytest.mark.parametrize(
        ("values", "top", "columns", "signs", "expected"),
        [
            ([], 10, 8, BLOCKS, ""),
            ([0, 2, 4, 6, 8, 10], 10, 8, BLOCKS, "▁▂▄▅▇█"),
            ([0, 10], 10, 8, ASCII, "_#"),
            ([5, None, 20], 10, 8, BLOCKS, "▅ █"),
            ([1, 9, 1, 1], 10, 2, BLOCKS, "█▁"),
            ([None, None, 3], 0, 3, BLOCKS, "  █"),
        ],
    )
    def test_line(self, values: list[float | None], top: float, columns: int, signs: str, expected: str) -> None:
        assert sparkline(values, top, columns, signs) == expected

    @given(st.lists(st.none() | st.floats(0, 1e9), max_size=300), st.floats(1, 1e9))
    def test_any_series(self, values: list[float | None], top: float) -> None:
        line = sparkline(values, top)
        assert len(line) == min(24, len(values))
        assert set(line) <= {*BLOCKS, " "}
