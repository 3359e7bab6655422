# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the inventory tests."""

from __future__ import annotations

from tests.unit.modules.fixtures import _no_waiting, session_sim, sim

__all__ = ["_no_waiting", "session_sim", "sim"]
