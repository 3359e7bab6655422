# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A series of values in one line of signs. Pure."""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII = "_.-:=+*#"
_GAP = " "


def sparkline(values: Sequence[float | None], top: float, columns: int = 24, signs: str = BLOCKS) -> str:
    """Return at most so many signs, each for the largest value of its part of the series; a gap is a blank.

    `top` is the value that fills a sign, such as the bandwidth; a larger one fills it too.
    """
    count = min(columns, len(values))
    parts = [values[place * len(values) // count : (place + 1) * len(values) // count] for place in range(count)]
    return "".join(_sign(part, top, signs) for part in parts)


def _sign(part: Sequence[float | None], top: float, signs: str) -> str:
    largest = max((value for value in part if value is not None), default=None)
    if largest is None:
        return _GAP
    share = largest / top if top > 0 else 1.0
    return signs[min(max(int(share * len(signs)), 0), len(signs) - 1)]
