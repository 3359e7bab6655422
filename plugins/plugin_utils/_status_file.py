# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The status file of a look for drift: JSON on the controller, one for all tenants that name the same file.

It says `error` from the beginning of a run until its end, so that what an earlier run found is never taken for the outcome of
one that was broken off.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..module_utils._domain.drift import status_page, unfinished_page
from ..module_utils._domain.outcome import Result
from ..module_utils._errors import InvalidError
from ..module_utils._task_runner import SYSTEM_CLOCK
from ..module_utils._values import iso_utc
from . import _files
from ._values import normalise

OPTION = "status_file"
VARIABLE = f"cloudvpn_{OPTION}"
UNFINISHED = "the run has not come to its end"


def read_path(value: Any, where: str) -> Path | None:
    """Return the path of the status file, None when there shall be none; raises InvalidError that names `where`."""
    path = normalise(value, "path", where)
    return None if path is None else _files.full_path(str(path))


def begin(path: Path, tenant: str, where: str) -> None:
    """Have the file say that the run has not ended; raises InvalidError when it cannot be written."""
    _files.check_writable(where, path)
    try:
        _write(path, unfinished_page(tenant, UNFINISHED, _now()))
    except OSError as error:
        raise InvalidError(f"{_files.write_failure(where, path, error)}; nothing was sent") from None


def break_off(path: Path, tenant: str, message: str) -> None:
    """Have the file say why the run of a tenant was broken off; the reason itself goes on."""
    try:
        _write(path, unfinished_page(tenant, message, _now()))
    except OSError:
        return


def end(path: Path, results: Mapping[str, Result | None]) -> None:
    """Write what all tenants of the file came to; raises OSError."""
    _write(path, status_page(results, _now()))


def _write(path: Path, page: Mapping[str, Any]) -> None:
    _files.write_file(path, json.dumps(page, indent=2) + "\n", _files.mode_by_umask())


def _now() -> str:
    return str(iso_utc(SYSTEM_CLOCK.now()))
