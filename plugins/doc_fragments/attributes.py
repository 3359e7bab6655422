# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module can do beside its task: check mode, diff mode and the like."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of attributes."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and foresee the result without changing anything.
  diff_mode:
    description: Returns what has changed, or in check mode what would change.
  idempotent:
    description:
      - When run twice with the same options, the second run changes nothing.
      - This assumes that nobody else has changed what it is about in the meantime.
  platform:
    description: Hosts that the task can run on.
    support: full
    platforms: posix
"""

    # To be used beside the standard fragment.
    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module only reads.
  diff_mode:
    support: N/A
    details:
      - This module only reads.
  idempotent:
    support: full
    details:
      - This module only reads.
"""

    # To be used beside the standard fragment.
    WRITING_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - One decision serves check mode, the diff and the writes. What check mode shows is what a run does.
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - A service that is C(Failed) is an exception. Its stored values are those asked for and not those in effect, so a
        declaration is applied again.
"""

    ACTIONGROUP_IES = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/cloudopera.ies.ies) in C(module_defaults) to set the connection for all modules at once.
    support: full
    membership:
      - cloudopera.ies.ies
"""

    # Two carriers, one body: see the action plugins.
    CARRIER = r"""
options: {}
attributes:
  action:
    description: Has an action plugin of the same name, so that it can run inside the controller.
    support: full
    details:
      - With a local connection the task runs inside the controller, which saves starting a Python for each task.
      - For another host, with C(async) or C(become), or when C(environment) sets more than the variables of this
        collection, it runs as a module on the host of the task. Options, results and errors are the same.
  async:
    description: Can be used with the C(async) keyword.
    support: full
"""
