# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One maximum for all connections of a tenant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudopera.ies.plugins.module_utils._domain.bandwidth_policy import Sizes
from ansible_collections.cloudopera.ies.plugins.module_utils._domain.budget import Wish, share_out

TENS = Sizes(step=10)


class TestTotal:
    """One maximum for all."""

    @pytest.mark.parametrize(
        ("total", "wishes", "expected"),
        [
            (200, [Wish(50, 80, False, 90, TENS), Wish(50, 80, False, 95, TENS)], [80, 80]),
            (140, [Wish(50, 80, False, 95, TENS), Wish(50, 80, True, 99, TENS)], [60, 80]),
            (130, [Wish(50, 80, False, 90, TENS), Wish(50, 80, False, 95, TENS)], [50, 80]),
            (125, [Wish(50, 80, True, 99, TENS)], [80]),
            (65, [Wish(50, 80, True, 99, TENS)], [60]),
            (59, [Wish(50, 80, True, 99, TENS)], [50]),
            (65, [Wish(50, 80, False, 99, TENS, least=15)], [50]),
            # What is given back counts once it has been given, and nothing is lowered for the sake of the total.
            (100, [Wish(50, 20, False, 10, TENS), Wish(50, 80, True, 99, TENS)], [20, 50]),
            (60, [Wish(50, 50, False, 10, TENS), Wish(50, 80, True, 99, TENS)], [50, 50]),
            (75, [Wish(50, 80, True, 99, Sizes([80, 100]))], [50]),
        ],
    )
    def test_share(self, total: int, wishes: list[Wish], expected: list[int]) -> None:
        assert share_out(total, wishes) == expected

    @given(
        st.integers(1, 1000),
        st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30), st.booleans(), st.integers(0, 200)), max_size=12),
    )
    def test_the_total_is_never_passed_by_a_raise(self, total: int, drawn: list[tuple[int, int, bool, int]]) -> None:
        wishes = [Wish(before * 10, target * 10, clipped, use, TENS) for before, target, clipped, use in drawn]
        granted = share_out(total, wishes)
        highest = sum(max(wish.bandwidth, size) for wish, size in zip(wishes, granted))
        assert highest <= max(total, sum(wish.bandwidth for wish in wishes))
        assert all(
            min(wish.bandwidth, wish.target) <= size <= max(wish.bandwidth, wish.target) for wish, size in zip(wishes, granted)
        )
