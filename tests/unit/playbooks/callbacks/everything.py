# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A callback plugin that keeps all it is given, as those do that send results to a log server."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: everything
type: notification
short_description: Keep all results
description: Writes every result, with the fields of its task, to the file in E(EVERYTHING_FILE).
"""


class CallbackModule(CallbackBase):
    """Writes one line per event."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "everything"
    CALLBACK_NEEDS_ENABLED = True

    def _keep(self, result: Any, **_more: Any) -> None:
        kept = {name: getattr(result, name, None) for name in ("_result", "_task_fields")}
        fields = dict(kept["_task_fields"] or {})
        if not str(fields.get("action")).startswith("cloudopera.ies."):
            # Older versions of Ansible fill in the defaults of all modules for every task; on that this collection has no say.
            fields.pop("module_defaults", None)
            # Neither on what those keep who are told not to log a task: its arguments, which are in its fields all the same.
            if fields.get("no_log"):
                fields.pop("args", None)
        kept["_task_fields"] = fields
        with Path(os.environ["EVERYTHING_FILE"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(kept, default=repr) + "\n")

    v2_runner_on_ok = v2_runner_on_failed = v2_runner_on_skipped = v2_runner_on_unreachable = _keep
    v2_runner_item_on_ok = v2_runner_item_on_failed = v2_runner_item_on_skipped = v2_runner_retry = _keep
    v2_runner_on_async_poll = v2_runner_on_async_ok = v2_runner_on_async_failed = v2_on_file_diff = _keep
