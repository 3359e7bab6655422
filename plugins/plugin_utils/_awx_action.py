# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin `awx_kit`: the data of extensions/awx, and what is asked for, made into the objects of AWX."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible.plugins.action import ActionBase

from ..module_utils._errors import IesError, InvalidError
from . import _awx_kit, _playbooks
from ._action import plain_arguments
from ._values import normalise

DATA = Path(__file__).resolve().parents[2] / "extensions" / "awx"


class AwxKitAction(ActionBase):
    """Runs on the controller, whatever the host; sends nothing."""

    TRANSFERS_FILES = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the objects to make."""
        variables = task_vars or {}
        try:
            return {"changed": False, "kit": _kit(plain_arguments(self._task.args), variables)}
        except IesError as error:
            return {"changed": False, "failed": True, "msg": error.message, "error": error.as_dict()}


def read_data(folder: Path = DATA) -> dict[str, Any]:
    """Return the files of the kit; raises InvalidError where there are none."""
    try:
        return {name: yaml.safe_load((folder / f"{name}.yml").read_text(encoding="utf-8")) for name in _awx_kit.FILES}
    except OSError as error:
        raise InvalidError(f"cannot read {folder}: {error.strerror}; install the collection again") from None


def _kit(given: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    prefix = ""
    if _playbooks.caller_of(task_vars):
        _playbooks.check_variables(task_vars)
        prefix = _awx_kit.PREFIX
    known = normalise(given.pop("known_credentials", None), "names", "known_credentials") or []
    for option in given:
        if option not in _awx_kit.OPTIONS:
            raise InvalidError(f"awx_kit has no option {option}; its options are {', '.join(_awx_kit.OPTIONS)}")
    return _awx_kit.kit(read_data(), _awx_kit.read_options(given, prefix), known, prefix)
