# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that a run writes on the controller: whole or not at all, and never through a symbolic link."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..module_utils._errors import IesError, InvalidError
from ..module_utils._text import unforeseen

_BEGINNING = ".cloudvpn-"


def full_path(path: str) -> Path:
    """Return the absolute path; a relative one counts from where Ansible was started."""
    return Path.cwd() / Path(path).expanduser()


def check_writable(option: str, path: Path) -> None:
    """Check, before anything is sent, that `write_file` can write the file; `option` is named in the message.

    Raises InvalidError. The file is left as it is.
    """
    try:
        _check_target(path)
        # Only a trial tells: of access lists and read-only file systems the permissions say nothing.
        descriptor, trial = tempfile.mkstemp(prefix=_BEGINNING, dir=path.parent)
        os.close(descriptor)
        Path(trial).unlink()
    except OSError as error:
        raise InvalidError(f"{option}: {_in_words(path, error)}; nothing was sent") from None


def write_file(path: Path, text: str, mode: int = 0o644, keep_mode: bool = True) -> None:
    """Write a file atomically; an existing one keeps its mode if `keep_mode`, any other gets `mode`, whatever the umask.

    Raises OSError, also when the path is a symbolic link or anything else that is no regular file.
    """
    kept = _check_target(path)
    descriptor, temporary = tempfile.mkstemp(prefix=_BEGINNING, dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(stream.fileno(), kept if kept is not None and keep_mode else mode)
            os.fsync(stream.fileno())
        # A link that was put there in the meantime is replaced; it is not followed.
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def mode_by_umask() -> int:
    """Return the mode that a new file gets by the umask of this process, which can only be read by setting it."""
    umask = os.umask(0o077)
    os.umask(umask)
    return 0o666 & ~umask


def _check_target(path: Path) -> int | None:
    """Return the permissions of the file, None where there is none; raises OSError when it is no regular file."""
    try:
        found = path.lstat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(found):
        raise OSError("it is a symbolic link, which is not followed; name the file itself")
    if stat.S_ISDIR(found):
        raise OSError("it is a directory; name a file in it")
    if not stat.S_ISREG(found):
        raise OSError("it is not a regular file")
    return stat.S_IMODE(found)


def _in_words(path: Path, error: OSError) -> str:
    """Return in one line why a file cannot be written."""
    if not path.parent.is_dir():
        return f"cannot write {path}: the directory {path.parent} does not exist; create it first"
    return f"cannot write {path}: {error.strerror or error}"


def write_or_warn(option: str, path: Path, make: Callable[[], str]) -> list[str]:
    """Write what `make` returns, and return a warning when one of the two fails: the results of the run come first."""
    try:
        write_file(path, make())
    except OSError as error:
        return [write_failure(option, path, error)]
    except IesError as error:
        return [f"{option}: {error.message}"]
    except Exception as error:
        return [unforeseen(f"{option} could not be written", error)]
    return []


def write_failure(option: str, path: Path, error: OSError) -> str:
    """Return the warning for a file that could not be written although `check_writable` had found nothing."""
    return f"{option}: {_in_words(path, error)}"
