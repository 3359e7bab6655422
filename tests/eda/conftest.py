# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests with a real ansible-rulebook share: a simulated IES whose operations end at once."""

from __future__ import annotations

from tests.unit.conftest import _no_environment
from tests.unit.playbooks.conftest import ansible, module_sim, sim

__all__ = ["_no_environment", "ansible", "module_sim", "sim"]
