# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright (c) 2026 the cloudopera.ies maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Bandwidth is in force on a connection, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import parameters as rules
from .model import Service

History = list[tuple[float, Any]]


class Bandwidths:
    """Per connection of a service, what was applied since when (epoch seconds), in the order of time."""

    def __init__(self) -> None:
        self._applied: dict[str, dict[str, History]] = {}

    def note(self, service: Service, since: float) -> None:
        """Remember what is stored as applied from now on."""
        known = self._applied.setdefault(service.service_id, {})
        for item in rules.connections(service.parameters):
            history = known.setdefault(str(item[rules.CONNECTION_KEY]), [])
            bandwidth = item.get("Bandwidth")
            if not history or history[-1][1] != bandwidth:
                history.append((since, bandwidth))

    def of(self, service_id: str, cloud_vpn_name: str) -> History:
        return list(self._applied.get(service_id, {}).get(cloud_vpn_name, ()))

    def forget(self, service_id: str) -> None:
        self._applied.pop(service_id, None)

    def snapshot(self) -> dict[str, Any]:
        return {
            service_id: {name: [list(entry) for entry in history] for name, history in known.items()}
            for service_id, known in self._applied.items()
        }

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        self._applied = {
            service_id: {name: [tuple(entry) for entry in history] for name, history in known.items()}
            for service_id, known in snapshot.items()
        }
