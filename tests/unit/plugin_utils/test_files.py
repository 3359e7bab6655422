# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of the controller: whole or not at all, never through a link, and found out before anything is sent."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import InvalidError
from ansible_collections.cloudopera.ies.plugins.plugin_utils import _files


def mode_of(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.lstat().st_mode)


def names_in(folder: Path) -> set[str]:
    """Return what is in a folder."""
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("mode", [0o644, 0o600])
def test_a_new_file_gets_its_mode_whatever_the_umask(tmp_path: Path, mode: int) -> None:
    before = os.umask(0o077)
    try:
        _files.write_file(tmp_path / "plan.md", "caf\u00e9\n", mode)
    finally:
        os.umask(before)
    assert (tmp_path / "plan.md").read_bytes() == "caf\u00e9\n".encode()
    assert mode_of(tmp_path / "plan.md") == mode
    assert names_in(tmp_path) == {"plan.md"}


def test_an_existing_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "plan.md"
    path.write_text("longer than what comes", encoding="utf-8")
    path.chmod(0o640)
    _files.write_file(path, "new")
    assert (path.read_text(encoding="utf-8"), mode_of(path)) == ("new", 0o640)


@pytest.mark.parametrize("target", ["victim", "nothing"])
def test_a_link_is_refused_and_its_target_untouched(tmp_path: Path, target: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched", encoding="utf-8")
    victim.chmod(0o600)
    link = tmp_path / "plan.md"
    link.symlink_to(tmp_path / target)
    with pytest.raises(InvalidError, match="cloudvpn_report: cannot write .*plan.md: it is a symbolic link"):
        _files.check_writable("cloudvpn_report", link)
    with pytest.raises(OSError, match="symbolic link"):
        _files.write_file(link, "new")
    assert (victim.read_text(encoding="utf-8"), mode_of(victim)) == ("untouched", 0o600)
    assert names_in(tmp_path) == {"victim", "plan.md"}


def test_what_cannot_be_written_is_found_out(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, reason in (
        (tmp_path, "it is a directory"),
        (tmp_path / "pipe", "it is not a regular file"),
        (tmp_path / "missing" / "plan.md", "does not exist; create it first"),
        (tmp_path / "pipe" / "plan.md", "cannot write"),
        (Path("/proc/plan.md"), "cannot write /proc/plan.md"),
    ):
        with pytest.raises(InvalidError, match=reason) as caught:
            _files.check_writable("report", path)
        assert caught.value.message.startswith("report: ")
        assert "nothing was sent" in caught.value.message
    assert names_in(tmp_path) == {"pipe"}


def test_the_check_leaves_no_trace(tmp_path: Path) -> None:
    _files.check_writable("report", tmp_path / "plan.md")
    assert names_in(tmp_path) == set()
    (tmp_path / "plan.md").write_text("old", encoding="utf-8")
    _files.check_writable("report", tmp_path / "plan.md")
    assert (tmp_path / "plan.md").read_text(encoding="utf-8") == "old"


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.md"
    path.write_text("old", encoding="utf-8")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as caught:
        _files.write_file(path, "new")
    assert _files.write_failure("report", path, caught.value) == f"report: cannot write {path}: No space left on device"
    assert path.read_text(encoding="utf-8") == "old"
    assert names_in(tmp_path) == {"plan.md"}


def test_a_relative_path_counts_from_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/user")
    assert _files.full_path("plan.md") == tmp_path / "plan.md"
    assert _files.full_path("~/plan.md") == Path("/home/user/plan.md")
    assert _files.full_path("/a/plan.md") == Path("/a/plan.md")


def test_what_fails_at_the_end_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "plan.md"

    def broken(error: Exception) -> Callable[[], str]:
        def make() -> str:
            raise error

        return make

    assert _files.write_or_warn("report", path, lambda: "page") == []
    assert path.read_text(encoding="utf-8") == "page"
    assert _files.write_or_warn("report", path, broken(InvalidError("no matplotlib"))) == ["report: no matplotlib"]
    (warning,) = _files.write_or_warn("report", path, broken(ValueError("a mistake")))
    assert warning.startswith("report could not be written: ValueError: a mistake at test_files.py:")
    assert path.read_text(encoding="utf-8") == "page"
    gone = tmp_path / "gone" / "plan.md"
    assert _files.write_or_warn("report", gone, lambda: "page") == [
        f"report: cannot write {gone}: the directory {gone.parent} does not exist; create it first"
    ]
