# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a release is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.release import ReleaseError, check_next, main, parsed, released_versions, tag_text, with_version

CHANGELOG = """# cloudopera.ies Release Notes

**Topics**

- <a href="#v1-1-0">v1\\.1\\.0</a>

<a id="v1-1-0"></a>
## v1\\.1\\.0

<a id="bugfixes"></a>
### Bug fixes

* ies\\_service \\- a fix

<a id="v1-0-0"></a>
## v1\\.0\\.0

<a id="release-summary"></a>
### Release summary

The first\\.
"""


def test_versions_are_three_numbers() -> None:
    assert parsed("1.10.0") > parsed("1.9.3")


@pytest.mark.parametrize("version", ["", "1", "1.0", "v1.0.0", "1.0.0-rc1", "01.0.0", "1.0.0\n"])
def test_anything_else_is_no_version(version: str) -> None:
    with pytest.raises(ReleaseError, match="give three numbers"):
        parsed(version)


@pytest.mark.parametrize(("version", "released"), [("1.0.0", []), ("1.10.0", ["1.9.0", "1.2.0"])])
def test_a_version_that_comes_next(version: str, released: list[str]) -> None:
    check_next(version, released)


@pytest.mark.parametrize(("version", "released"), [("1.0.0", ["1.0.0"]), ("1.9.0", ["1.2.0", "1.10.0"])])
def test_a_version_that_has_been_released(version: str, released: list[str]) -> None:
    with pytest.raises(ReleaseError, match=f"^{version} does not come after"):
        check_next(version, released)


def test_the_version_of_the_collection() -> None:
    assert with_version("name: ies\nversion: 0.1.0\nreadme: x\n", "1.0.0") == "name: ies\nversion: 1.0.0\nreadme: x\n"
    with pytest.raises(ReleaseError, match=r"galaxy\.yml has not one line"):
        with_version("name: ies\n", "1.0.0")


def test_a_tag_says_what_the_changelog_says() -> None:
    text = tag_text(CHANGELOG, "1.1.0")
    assert text == "cloudopera.ies 1.1.0\n\nBug fixes:\n\n* ies_service - a fix\n"
    assert tag_text(CHANGELOG, "1.0.0") == "cloudopera.ies 1.0.0\n\nRelease summary:\n\nThe first.\n"
    with pytest.raises(ReleaseError, match=r"no section v1\.2\.0"):
        tag_text(CHANGELOG, "1.2.0")


def test_released_versions_are_those_of_the_changelog(tmp_path: Path) -> None:
    assert released_versions(tmp_path) == []
    (tmp_path / "changelogs").mkdir()
    (tmp_path / "changelogs" / "changelog.yaml").write_text("releases:\n  1.0.0:\n    release_date: '2026-01-01'\n")
    assert released_versions(tmp_path) == ["1.0.0"]


@pytest.mark.parametrize("arguments", [[], [""], ["one"]])
def test_what_cannot_be_released_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert "VERSION=1.0.0" in line
