# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look up what the pages point to and name: other pages and headings, variables, options."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.documentation.blocks import REPOSITORY, anchor, pages

_LINK = re.compile(r"\]\(([^()\s]+(?:\([^()\s]*\))?)\)")
_OF_THIS_REPOSITORY = "https://github.com/cloudopera/ies/blob/main/"
# What belongs to AWX, ansible-runner, Prometheus and antsibull-changelog, and what a page makes up for an example.
NAMED_BY_OTHERS = frozenset({"job_slice_count", "job_events", "host_vars", "rule_files", "release_summary", "qos_class"})
_CODE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"\b(?:cloudvpn_[a-z_]+|IES_[A-Z_]+)\b")
_OPTION = re.compile(r"`([a-z][a-z0-9]*(?:_[a-z0-9]+)+)(?:: [^`]*|=[^`]*)?`")


def links_of(path: Path) -> list[str]:
    """Return where a page points to within the repository."""
    prose = _CODE.sub("", path.read_text(encoding="utf-8"))
    return [link for link in _LINK.findall(prose) if "://" not in link or link.startswith(_OF_THIS_REPOSITORY)]


def broken(page: Path, link: str) -> str:
    """Return what is wrong with a link, or an empty string."""
    target, _hash, fragment = link.partition("#")
    if target.startswith(_OF_THIS_REPOSITORY):
        path = REPOSITORY / target.removeprefix(_OF_THIS_REPOSITORY)
    else:
        path = page.parent / target if target else page
    if not path.exists():
        return f"{link}: there is no such file"
    if fragment and fragment not in anchors(path):
        return f"{link}: that page has no such heading; it has {', '.join(sorted(anchors(path)))}"
    return ""


@cache
def anchors(path: Path) -> frozenset[str]:
    """Return the anchors of a page's headings."""
    prose = _CODE.sub("", path.read_text(encoding="utf-8"))
    return frozenset(
        anchor(re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)) for text in re.findall(r"^#+ +(.*)$", prose, re.MULTILINE)
    )


@cache
def words_of_the_code() -> frozenset[str]:
    """Return every word of the collection and the simulator."""
    folders = ("plugins", "roles", "examples", "playbooks", "extensions", "tests/simulator")
    paths = [path for folder in folders for end in ("py", "yml") for path in (REPOSITORY / folder).rglob(f"*.{end}")]
    paths += [REPOSITORY / "docs" / "wire-contract.md", REPOSITORY / "docs" / "openapi.json"]
    return frozenset(word for path in paths for word in re.findall(r"\w+", path.read_text(encoding="utf-8")))


def _id(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


@pytest.mark.parametrize("page", pages(), ids=_id)
def test_links_lead_somewhere(page: Path) -> None:
    assert [text for text in (broken(page, link) for link in links_of(page)) if text] == []


def test_links_of_the_readme_work_on_galaxy_too() -> None:
    relative = [link for link in links_of(REPOSITORY / "README.md") if not link.startswith((_OF_THIS_REPOSITORY, "#"))]
    assert relative == []


@pytest.mark.parametrize("overview", ["README.md", "docs/README.md"])
def test_an_overview_leads_to_every_guide(overview: str) -> None:
    guides = {path.name for path in (REPOSITORY / "docs").glob("*.md")} - {"README.md"}
    led = {Path(link.partition("#")[0]).name for link in links_of(REPOSITORY / overview)}
    assert sorted(guides - led) == []


@pytest.mark.parametrize("page", pages(), ids=_id)
def test_variables_and_options_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    prose = _CODE.sub("", text)
    named = {name.rstrip("_") for name in _NAME.findall(prose)} | set(_OPTION.findall(prose))
    # The blocks of a page are run, so what stands in them is right.
    shown = {word for block in _CODE.findall(text) for word in re.findall(r"\w+", block)}
    assert sorted(named - shown - words_of_the_code() - NAMED_BY_OTHERS) == []


def test_the_table_of_the_role_has_every_variable_with_its_default() -> None:
    role = REPOSITORY / "roles" / "cloudvpn"
    told = dict(re.findall(r"^\| `(cloudvpn_\w+)` \| (.*?) \|", (role / "README.md").read_text(encoding="utf-8"), re.MULTILINE))
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    options = specs["main"]["options"]
    facts = {"cloudvpn_plan", "cloudvpn_result"}
    assert set(told) - facts == set(options)
    defaults = {name: option["default"] for name, option in options.items() if "default" in option}
    shown = {name: "empty" if default in ("", {}) else f"`{str(default).lower()}`" for name, default in defaults.items()}
    assert {name: told[name] for name in shown} == shown
    # What has no default is either needed or empty.
    assert {told[name] for name in set(options) - set(defaults)} <= {"required", "empty"}


def test_a_broken_link_is_found() -> None:
    page = REPOSITORY / "README.md"
    assert "no such file" in broken(page, "docs/none.md")
    assert "no such heading" in broken(page, "docs/fleet.md#none")
    assert broken(page, "docs/fleet.md#at-night") == ""
    assert "no such file" in broken(page, f"{_OF_THIS_REPOSITORY}none.md")
