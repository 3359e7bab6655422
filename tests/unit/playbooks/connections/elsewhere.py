# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection to a host that is none: like the local one, but nobody can tell."""

from __future__ import annotations

from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: elsewhere
short_description: Run on another host, which is this one
description: Files are put and commands are run as over a network.
options:
  pipelining:
    description: Whether modules go through standard input rather than through a file.
    type: bool
    default: false
    vars:
      - name: ansible_pipelining
"""


class Connection(LocalConnection):
    """Another transport."""

    transport = "elsewhere"
