# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two builds of the archive are told apart by anything but their times."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from tests.tools.archive import differing


def build(path: Path, content: bytes = b"x", mode: int = 0o644, time: int = 0, names: tuple[str, ...] = ("a", "b")) -> Path:
    """Write a small archive."""
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(content), mode, time
            archive.addfile(member, io.BytesIO(content))
    return path


def test_times_do_not_count(tmp_path: Path) -> None:
    assert differing(build(tmp_path / "1"), build(tmp_path / "2", time=1)) == []


def test_content_mode_and_names_count(tmp_path: Path) -> None:
    first = build(tmp_path / "1")
    assert differing(first, build(tmp_path / "2", content=b"y")) == ["a", "b"]
    assert differing(first, build(tmp_path / "3", mode=0o600)) == ["a", "b"]
    assert differing(first, build(tmp_path / "4", names=("a", "c"))) == ["b", "c"]
