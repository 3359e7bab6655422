# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mark of ownership at the end of a description: how it reads, and how it is written. Pure.

An IES has no field for who manages a service. The description survives throw-away runners, and people can read it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

OWNER_PATTERN = r"[a-z0-9][a-z0-9._/-]{0,39}"
_MARK = re.compile(rf"(?:\A| )\[managed: (?P<owner>{OWNER_PATTERN})(?P<protected>, protected)?(?P<keep>, keep)?\]\Z")


class Mark(NamedTuple):
    """Who manages a service, whether it may be deleted at all, and whether it stays when it is no longer declared."""

    owner: str
    protected: bool = False
    keep: bool = False

    def __str__(self) -> str:
        return f" [managed: {self.owner}{', protected' if self.protected else ''}{', keep' if self.keep else ''}]"


def split_mark(description: str | None) -> tuple[str | None, Mark | None]:
    """Return the description without its mark, and the mark; a damaged mark is none, and stays in the description.

    A server may strip the space before a mark that stands alone.
    """
    found = _MARK.search(description or "")
    if description is None or found is None:
        return description, None
    return description[: found.start()], Mark(found["owner"], bool(found["protected"]), bool(found["keep"]))


def with_mark(description: str | None, mark: Mark | None) -> str | None:
    """Return the description as the server stores it."""
    return description if mark is None else f"{description or ''}{mark}"
