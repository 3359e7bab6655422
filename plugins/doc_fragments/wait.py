# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long to wait and how often to look. O(wait) itself stands with each module: its default differs."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the options for waiting."""

    DOCUMENTATION = r"""
options:
  wait_timeout:
    description:
      - Seconds to wait for the end of an operation. Each operation of a task has this time for itself.
      - When they have passed, the task fails with RV(error.kind=timeout) and tells the service as last seen. The operation
        goes on in the server, and the next run takes up where this one left.
      - Creating a service is said to take about ten minutes.
    type: int
    default: 1800
  wait_sleep:
    description:
      - Seconds between two looks. The server itself looks at the network about every 15 seconds, so looking more often
        tells little more.
      - Less than 0.1 counts as 0.1, so that a wait never becomes a flood of requests.
    type: float
    default: 15
"""
