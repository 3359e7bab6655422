# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run `cloudopera.ies.ies_elastic` inside the controller; documented with the module of that name."""

from __future__ import annotations

from ..module_utils._tasks import ies_elastic
from ..plugin_utils._elastic_action import ElasticAction


class ActionModule(ElasticAction):
    """The task's second door."""

    task = ies_elastic
