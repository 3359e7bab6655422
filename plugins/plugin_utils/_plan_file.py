# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan file: a plan that waits for its approval, on the controller (public interface, section 10.3)."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible import constants

from ..module_utils._domain.approval import APPLIED_AT
from ..module_utils._errors import ConflictError, InvalidError
from ..module_utils._secrets import unmistakable
from ..module_utils._values import iso_utc
from . import _files

MODE = 0o600
# Bytes. A plan of a thousand services has about four millions.
_LARGEST = 200_000_000
_COLLECTION = Path(__file__).parents[2]
_AGAIN = "plan again and have that approved (nothing was sent)"


def collection_version() -> str | None:
    """Return the version of this collection, from what an installed one or a working tree says; None when neither does."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        manifest = json.loads((_COLLECTION / "MANIFEST.json").read_text(encoding="utf-8"))
        return str(manifest["collection_info"]["version"])
    with contextlib.suppress(OSError, yaml.YAMLError, KeyError, TypeError):
        return str(yaml.safe_load((_COLLECTION / "galaxy.yml").read_text(encoding="utf-8"))["version"])
    return None


class PlanFile:
    """A plan file of one host."""

    def __init__(self, option: str, path: str) -> None:
        self.option = option
        self.path = _files.full_path(path)
        self._text = ""

    def reserve(self, host: str) -> None:
        """Take the file for a host of this run of Ansible; raises InvalidError when another one has it already."""
        name = hashlib.sha256(os.fsencode(os.path.realpath(self.path))).hexdigest()
        taken = Path(constants.DEFAULT_LOCAL_TMP) / f"cloudvpn-plan-{name}"
        try:
            with taken.open("x", encoding="utf-8") as stream:
                stream.write(host)
        except FileExistsError:
            other = taken.read_text(encoding="utf-8")
            if other != host:
                self.refuse_shared(host, other)

    def refuse_shared(self, host: str, other: str) -> None:
        """Raise the InvalidError for a file that two hosts name."""
        raise InvalidError(
            f"{self.option} is {self.path} for {host} and for {other}; each tenant has a plan of its own: write"
            " {{ inventory_hostname }} into the name (nothing was sent)"
        )

    def check_writable(self) -> None:
        """Check, before anything is sent, that the file can be written; raises InvalidError."""
        _files.check_writable(self.option, self.path)

    def write(self, document: Mapping[str, Any]) -> None:
        """Write a plan; raises OSError."""
        made = {"format_version": document["format_version"], "collection_version": collection_version(), **document}
        self._write(unmistakable(made))

    def _write(self, document: Mapping[str, Any]) -> None:
        # Escapes for all that is not ASCII: what a server has written is shown by whatever prints this file.
        _files.write_file(self.path, json.dumps(document, indent=2, ensure_ascii=True) + "\n", MODE, keep_mode=False)

    def read(self) -> dict[str, Any]:
        """Return what the file holds; raises ConflictError when that is no JSON object."""
        try:
            with self._opened() as descriptor:
                self._text = _text_of(descriptor)
        except OSError as error:
            reason = f"{error.strerror or error}; {_AGAIN}"
            if error.errno == errno.ELOOP:
                reason = "it is a symbolic link, which is not followed; name the file itself (nothing was sent)"
            raise ConflictError(f"{self.option}: {self.path} cannot be read: {reason}") from None
        except ValueError:
            raise ConflictError(f"{self.option}: {self.path} is no plan: it is not text in UTF-8; {_AGAIN}") from None
        return self._parsed()

    def _parsed(self) -> dict[str, Any]:
        if not self._text.strip():
            raise ConflictError(f"{self.option}: {self.path} is empty; {_AGAIN}")
        try:
            document = json.loads(self._text)
        except (ValueError, RecursionError) as error:
            where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
            raise ConflictError(f"{self.option}: {self.path} is no plan, or was cut: it is not JSON{where}; {_AGAIN}") from None
        if not isinstance(document, dict):
            raise ConflictError(f"{self.option}: {self.path} is no plan: it is not a JSON object; {_AGAIN}")
        return document

    def mark_applied(self, now: float) -> None:
        """Write into the file that it is applied; raises ConflictError when it cannot be, or when another run was faster."""
        try:
            with self._opened() as descriptor:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # The file that was read is still the one of that name, and holds what it held.
                same = os.path.samestat(os.fstat(descriptor), self.path.lstat()) and _text_of(descriptor) == self._text
                if not same:
                    raise ConflictError(
                        f"{self.option}: {self.path} was changed while this run was planning; nothing was written: run again"
                    )
                self._write({**self._parsed(), APPLIED_AT: iso_utc(now)})
        except BlockingIOError:
            raise ConflictError(f"{self.option}: {self.path} is being applied by another run (nothing was written)") from None
        except OSError as error:
            reason = _files.write_failure(self.option, self.path, error)
            raise ConflictError(
                f"{reason}; a plan that cannot be marked as applied is not carried out, because it could be once more (nothing"
                " was written on the server)"
            ) from None

    @contextlib.contextmanager
    def _opened(self) -> Iterator[int]:
        # Not through a link, and without waiting for whoever writes into a pipe.
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError("it is not a regular file")
            yield descriptor
        finally:
            os.close(descriptor)


def _text_of(descriptor: int) -> str:
    """Return all of a file; raises OSError when it is too large, ValueError when it is no text."""
    if os.fstat(descriptor).st_size > _LARGEST:
        raise OSError(f"it is larger than {_LARGEST // 1_000_000} MB, which no plan is")
    with os.fdopen(os.dup(descriptor), "rb") as stream:
        stream.seek(0)
        return stream.read(_LARGEST).decode("utf-8")
