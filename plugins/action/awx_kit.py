# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run `cloudopera.ies.awx_kit` on the controller; documented beside the modules."""

from __future__ import annotations

from ..plugin_utils._awx_action import AwxKitAction


class ActionModule(AwxKitAction):
    """What Ansible looks for."""
