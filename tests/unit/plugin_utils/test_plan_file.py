# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan file: read only when it is one, marked as applied once, and never written through a link."""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._errors import ConflictError, InvalidError
from ansible_collections.cloudopera.ies.plugins.plugin_utils import _files, _plan_file
from ansible_collections.cloudopera.ies.plugins.plugin_utils._plan_file import PlanFile, collection_version

NOW = 1_700_000_000.0
DOCUMENT = {"format_version": "1.0", "plan": {"create": [{"name": "caf\u00e9 \u202e \ud800"}]}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "plan.json"


@pytest.fixture
def file(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> PlanFile:
    """Return a plan file, in a run of Ansible that has a temporary folder of its own."""
    local = tmp_path / "ansible-local"
    local.mkdir()
    monkeypatch.setattr("ansible.constants.DEFAULT_LOCAL_TMP", str(local))
    return PlanFile("cloudvpn_plan_file", str(path))


def test_a_plan_is_written_for_its_owner_only_and_read_again(file: PlanFile, path: Path) -> None:
    path.write_text("older", encoding="utf-8")
    path.chmod(0o644)
    file.write(DOCUMENT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text(encoding="utf-8").isascii()
    assert file.read() == {**DOCUMENT, "collection_version": collection_version()}


def test_what_looks_like_a_token_is_not_kept(file: PlanFile, path: Path) -> None:
    file.write({**DOCUMENT, "plan": {"create": [{"description": "MII" + "A1" * 100}]}})
    assert "A1A1" not in path.read_text(encoding="utf-8")


DAMAGED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "white space": (b" \n", "is empty"),
    "cut": (b'{"format_version": "1.0",\n "plan": {', "is no plan, or was cut: it is not JSON (line 2)"),
    "a list": (b"[]", "is no plan: it is not a JSON object"),
    "YAML": (b"format_version: 1.0\n", "it is not JSON (line 1)"),
    "binary": (b"\xff\xfe\x00", "it is not text in UTF-8"),
    "too deep": (b"[" * 100_000, "it is not JSON"),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_what_is_no_plan(case: str, file: PlanFile, path: Path) -> None:
    content, words = DAMAGED[case]
    path.write_bytes(content)
    with pytest.raises(ConflictError) as caught:
        file.read()
    assert caught.value.message.startswith(f"cloudvpn_plan_file: {path} ")
    assert words in caught.value.message
    assert "plan again and have that approved (nothing was sent)" in caught.value.message
    assert "\n" not in caught.value.message


def _absent(_path: Path) -> None:
    pass


def _link(path: Path) -> None:
    target = path.with_name("target.json")
    target.write_text("{}", encoding="utf-8")
    path.symlink_to(target)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_absent, "cannot be read: No such file"),
        (_link, "cannot be read: it is a symbolic link, which is not followed; name the file itself"),
        (os.mkfifo, "it is not a regular file"),
        (Path.mkdir, "it is not a regular file"),
    ],
)
def test_what_is_no_file(make: Callable[[Path], None], words: str, file: PlanFile, path: Path) -> None:
    make(path)
    with pytest.raises(ConflictError, match=words):
        file.read()


def test_what_is_too_large(file: PlanFile, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_plan_file, "_LARGEST", 1_000_000)
    with path.open("wb") as stream:
        stream.truncate(1_000_001)
    with pytest.raises(ConflictError, match="it is larger than 1 MB"):
        file.read()


# At most once


def test_it_is_marked_as_applied_once(file: PlanFile, path: Path) -> None:
    file.write(DOCUMENT)
    beside = PlanFile("cloudvpn_plan_file", str(path))
    kept = file.read()
    beside.read()
    file.mark_applied(NOW)
    assert json.loads(path.read_text(encoding="utf-8")) == {**kept, "applied_at": "2023-11-14T22:13:20Z"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(ConflictError, match="was changed while this run was planning"):
        beside.mark_applied(NOW)


def test_two_runs_at_the_same_moment(file: PlanFile, path: Path) -> None:
    file.write(DOCUMENT)
    file.read()
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(ConflictError, match="is being applied by another run"):
            file.mark_applied(NOW)
    file.mark_applied(NOW)


def _remove(path: Path) -> None:
    path.unlink()


def _lock_the_folder(path: Path) -> None:
    path.parent.chmod(0o500)


@pytest.mark.parametrize("deed", [_remove, _lock_the_folder])
def test_what_cannot_be_marked_is_not_carried_out(
    deed: Callable[[Path], None], file: PlanFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write(DOCUMENT)
    file.read()
    before = path.read_bytes()
    deed(path)
    if os.getuid() == 0:
        # Who may write anywhere is not kept from it by a mode.
        def refused(*_given: Any, **_named: Any) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(_files, "write_file", refused)
    with pytest.raises(ConflictError, match="a plan that cannot be marked as applied is not carried out"):
        file.mark_applied(NOW)
    path.parent.chmod(0o700)
    assert not path.exists() or path.read_bytes() == before


# One file for one host


def test_a_file_is_of_one_host_in_a_run(file: PlanFile, path: Path, tmp_path: Path) -> None:
    file.reserve("a")
    file.reserve("a")
    (tmp_path / "sub").mkdir()
    same = PlanFile("cloudvpn_plan_file", str(tmp_path / "sub" / ".." / "plan.json"))
    with pytest.raises(InvalidError, match="cloudvpn_plan_file is .*plan.json for b and for a; .*inventory_hostname"):
        same.reserve("b")
    PlanFile("cloudvpn_plan_file", str(path.with_name("other.json"))).reserve("b")


def test_the_version_of_an_installed_collection(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_plan_file, "_COLLECTION", tmp_path)
    assert collection_version() is None
    (tmp_path / "galaxy.yml").write_text("version: 1.2.3\n", encoding="utf-8")
    assert collection_version() == "1.2.3"
    (tmp_path / "MANIFEST.json").write_text('{"collection_info": {"version": "1.2.4"}}', encoding="utf-8")
    assert collection_version() == "1.2.4"
    (tmp_path / "MANIFEST.json").write_text("{", encoding="utf-8")
    assert collection_version() == "1.2.3"
