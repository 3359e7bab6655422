# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The quick start of the README, line by line, in an empty folder: a virtual environment, the archive, a simulated IES."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documentation.blocks import INLINE, REPOSITORY, Block, blocks
from tests.documentation.machine import DOCUMENTATION, staged
from tests.tools.matrix import COMBINATIONS

_TIMEOUT = 400
# A reader has an IES or has none; nobody here has one.
_OF_A_REAL_IES = "export IES_API_URL=https://ies.example.com"


def quick_start() -> list[Block]:
    """Return the blocks of the quick start, without those for whoever has an IES."""
    found = [block for block in blocks() if block.id.startswith("README.md/quick-start/")]
    return [block for block in found if block.language != INLINE and not block.text.startswith(_OF_A_REAL_IES)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that is empty but for the archive, which a reader has downloaded."""
    made = tmp_path / "quick"
    made.mkdir()
    builder = Path(sys.executable).parent / "ansible-galaxy"
    subprocess.run([builder, "collection", "build", "--output-path", made, staged()], check=True, stdout=subprocess.DEVNULL)
    return made


def test_every_line_of_the_quick_start_works(folder: Path, tmp_path: Path) -> None:
    lines = ["set -e"]
    for block in quick_start():
        if block.language == "yaml":
            (folder / block.file).write_text(block.text, encoding="utf-8")
        else:
            # What would be cloned is the content of this repository, committed or not.
            text = re.sub(r"^git clone (\S+)$", f"cp -r {staged()} ies", block.text, flags=re.MULTILINE)
            # The interpreter of these tests, and not what is first on the path.
            lines.append(re.sub(r"^python3 -m venv ", f"{sys.executable} -m venv ", text, flags=re.MULTILINE))
        if "&\n" in block.text:
            lines.append('trap "kill $!" EXIT')
    lines.append("ansible-playbook branch.yml")
    left_out = ("ANSIBLE_", "COVERAGE_", "IES_", "VIRTUAL_ENV", "PYTHON")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(left_out)} | {
        "ANSIBLE_HOME": str(tmp_path / "ansible"),
        "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "ansible" / "collections"),
        "ANSIBLE_REMOTE_TMP": str(tmp_path / "ansible" / "tmp"),
        "ANSIBLE_NOCOLOR": "true",
        "PYTHONPATH": str(DOCUMENTATION / "hurry"),
    }
    ended = subprocess.run(
        ["sh", "-c", "\n".join(lines)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    # Check mode, the order, the change by name, and the declaration, which brings the declared bandwidth back.
    assert re.findall(r"changed=(\d) ", ended.stdout) == ["1", "1", "1", "1"], ended.stdout
    assert (tmp_path / "ansible" / "collections" / "ansible_collections" / "cloudopera" / "ies" / "MANIFEST.json").is_file()


def test_the_quick_start_has_what_it_needs() -> None:
    languages = [block.language for block in quick_start()]
    assert languages == ["sh", "sh", "yaml", "sh"]


def test_the_readme_names_everything_that_the_collection_has() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    tables = text[text.index("## What is in it") : text.index("## What has been verified")]
    cells = [row.split("|")[1] for row in tables.splitlines() if row.startswith("| ")]
    told = {name.removeprefix("cloudopera.ies.") for cell in cells for name in re.findall(r"`([\w.]+)`", cell)}
    folders = {
        "playbooks": "*.yml",
        "plugins/modules": "*.py",
        "plugins/filter": "*.yml",
        "plugins/inventory": "*.py",
        "extensions/eda/plugins/event_source": "*.py",
        "roles": "*",
    }
    there = {path.stem for folder, pattern in folders.items() for path in (REPOSITORY / folder).glob(pattern)} - {"__init__"}
    assert {name for name in there if not name.startswith("_")} - told == set()


def test_the_table_of_versions_is_what_the_matrix_runs() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (2\.\d+(?:, 2\.\d+)*) \| (3\.\d+) or later \| (.*) \|$", text, re.MULTILINE)
    told = {
        (core, int(python))
        for _supported, _least, tested in rows
        for cores, pythons in re.findall(r"((?:2\.\d+(?: and )?)+) on Python ((?:3\.\d+(?: and )?)+)", tested)
        for core in cores.split(" and ")
        for python in re.findall(r"3\.(\d+)", pythons)
    }
    assert told == {(combination.core, combination.python) for combination in COMBINATIONS}
    supported = [core for cores, _least, _tested in rows for core in cores.split(", ")]
    assert supported == [f"2.{minor}" for minor in range(16, 22)]
