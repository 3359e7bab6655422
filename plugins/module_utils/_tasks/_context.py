# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What surrounds a task body: whether it may write, the time, and who listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .._time import Clock


@dataclass(frozen=True)
class Context:
    """How a task body is run.

    Attributes:
        check_mode: only look and tell what would be done.
        clock: what it waits by.
        tell: shows a line to the person who runs the play while the task goes on; None where nobody would see it.
        before_writing: called once before the first write of an approved plan; raises IesError to have nothing written.
    """

    check_mode: bool
    clock: Clock
    tell: Callable[[str], None] | None = None
    before_writing: Callable[[], None] | None = None
