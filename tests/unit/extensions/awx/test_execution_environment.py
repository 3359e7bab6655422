# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execution environment: ansible-builder takes the definition, and finds all that reports need."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[4]
DEFINITION = REPOSITORY / "extensions" / "awx" / "execution-environment.yml"


def builder(*arguments: str, cwd: Path) -> str:
    """Run ansible-builder, and return what it printed."""
    command = [str(Path(sys.executable).with_name("ansible-builder")), *arguments]
    ended = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def parts_of_the_page() -> dict[str, Any]:
    """Return what docs/awx.md shows for an archive in the place of Galaxy."""
    text = (REPOSITORY / "docs" / "awx.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^# the parts that differ\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    parts: dict[str, Any] = yaml.safe_load(shown)
    return parts


@pytest.mark.parametrize("source", ["galaxy", "archive"])
def test_the_context_of_an_image_can_be_made(tmp_path: Path, source: str) -> None:
    definition = yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))
    assert definition["version"] == 3
    if source == "archive":
        parts = parts_of_the_page()
        definition["dependencies"]["galaxy"] = parts["dependencies"]["galaxy"]
        definition["additional_build_files"] = parts["additional_build_files"]
        (tmp_path / "cloudopera-ies-1.0.0.tar.gz").write_bytes(b"")
    (tmp_path / "execution-environment.yml").write_text(yaml.safe_dump(definition), encoding="utf-8")
    builder("create", "-f", "execution-environment.yml", "--context", "context", cwd=tmp_path)
    (collection,) = yaml.safe_load((tmp_path / "context" / "_build" / "requirements.yml").read_text(encoding="utf-8"))[
        "collections"
    ]
    containerfile = next((tmp_path / "context").glob("*file")).read_text(encoding="utf-8")
    assert "FROM $EE_BASE_IMAGE" in containerfile
    assert definition["images"]["base_image"]["name"] in containerfile
    assert "ENV MPLCONFIGDIR=" in containerfile
    if source == "archive":
        # The path is that in the stage of the image where collections are installed.
        assert (tmp_path / "context" / "_build" / collection["name"]).is_file()
        assert collection["type"] == "file"
    else:
        assert collection == {"name": "cloudopera.ies"}


def test_the_collection_tells_the_image_what_it_needs(tmp_path: Path) -> None:
    builder("introspect", str(REPOSITORY / ".tree"), "--write-pip", str(tmp_path / "pip.txt"), cwd=tmp_path)
    wanted = (tmp_path / "pip.txt").read_text(encoding="utf-8")
    for requirement in (REPOSITORY / "meta" / "ee-requirements.txt").read_text(encoding="utf-8").splitlines():
        if not requirement.startswith("#"):
            assert requirement in wanted
    # What modules import, and what draws the pictures of reports.
    assert re.findall(r"^(requests|matplotlib)\b", wanted, re.MULTILINE) == ["requests", "matplotlib"]
