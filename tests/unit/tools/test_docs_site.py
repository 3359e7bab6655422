# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of the documentation site needs no Sphinx: its pages, their links, and the look for what leads nowhere."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from tests.tools import docs_site, docs_site_check

PAGES = {"README.md": "index.md", "docs/errors.md": "docsite/errors.md", "docs/fleet.md": "docsite/fleet.md"}
BLOB = "https://github.com/cloudopera/ies/blob/main"


def test_every_guide_is_named_and_there() -> None:
    assert docs_site.missing() == []
    assert [path for path in docs_site.guides() if not (docs_site.ROOT / path).is_file()] == []


def test_a_guide_that_is_not_named_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(docs_site, "sections", lambda: {"All": {"overview": "", "fleet": ""}})
    assert "docs/errors.md" in docs_site.missing()
    assert docs_site.main() == 1
    assert "docs/errors.md" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("source", "link", "led"),
    [
        ("docs/errors.md", "fleet.md#at-night", "fleet.md#at-night"),
        ("docs/errors.md", f"{BLOB}/docs/fleet.md", "fleet.md"),
        ("docs/errors.md", "#kinds", "#kinds"),
        ("docs/errors.md", "../README.md#use-it", "../index.md#use-it"),
        ("docs/errors.md", "openapi.json", f"{BLOB}/docs/openapi.json"),
        ("docs/errors.md", "../roles/cloudvpn", "https://github.com/cloudopera/ies/tree/main/roles/cloudvpn"),
        ("docs/errors.md", "https://example.com/docs/fleet.md", "https://example.com/docs/fleet.md"),
        ("README.md", f"{BLOB}/docs/errors.md#kinds", "docsite/errors.md#kinds"),
        ("README.md", "https://github.com/cloudopera/ies/issues", "https://github.com/cloudopera/ies/issues"),
    ],
)
def test_links_lead_to_the_page_in_the_site_or_to_github(source: str, link: str, led: str) -> None:
    assert f"[there]({led})" in docs_site.for_the_site(f"See [there]({link}).\n", source, PAGES, {})


def test_a_page_of_the_site_has_no_badge_no_comment_and_links_to_modules() -> None:
    text = """\
# About `cloudopera.ies.a`

[![Tests](https://ci.example.com/badge.svg)](https://ci.example.com)
![Galaxy](https://ci.example.com/other.svg)

<!-- test: x.yml -->

`cloudopera.ies.a` is a module, `cloudopera.ies.b` is none.

```sh
ansible-doc `cloudopera.ies.a` [there](fleet.md)
```
"""
    page = docs_site.for_the_site(text, "docs/errors.md", PAGES, {"a": "a_module.rst"})
    assert page.startswith(f"---\ngithub_url: {BLOB}/docs/errors.md\n---\n# About `cloudopera.ies.a`\n")
    assert "badge" not in page
    assert "other.svg" not in page
    assert "test:" not in page
    assert "[`cloudopera.ies.a`](../a_module.rst) is a module, `cloudopera.ies.b` is none." in page
    assert "ansible-doc `cloudopera.ies.a` [there](fleet.md)" in page


def test_pages_of_plugins_are_found_by_kind_and_ambiguous_names_left_out(tmp_path: Path) -> None:
    for name in ("a_module", "b_module", "b_filter", "c_role", "index"):
        (tmp_path / f"{name}.rst").touch()
    found = docs_site.references_of(tmp_path)
    assert found == {
        "module": {"a": "a_module.rst", "b": "b_module.rst"},
        "role": {"c": "c_role.rst"},
        "filter": {"b": "b_filter.rst"},
    }
    assert docs_site.unambiguous(found) == {"a": "a_module.rst", "c": "c_role.rst"}
    shown = docs_site.navigation(found, variables=True)
    for line in (
        ":caption: Modules",
        "a <a_module>",
        "b <b_filter>",
        "docsite/errors",
        "Variables of plugins <environment_variables>",
    ):
        assert f"\n{line}\n" in shown
    assert "environment_variables" not in docs_site.navigation(found, variables=False)


def test_the_labels_of_ansible_are_in_the_format_of_sphinx() -> None:
    page = (
        ":ref:`set_stats <ansible_collections.ansible.builtin.set_stats_module>`"
        " :ref:`own <ansible_collections.cloudopera.ies.a_module>`"
        " :ref:`data <ansible_collections.ansible.builtin.set_stats_module__parameter-data>`"
    )
    *head, packed = docs_site.inventory_of_ansible([page]).split(b"\n", 4)
    assert head[0] == b"# Sphinx inventory version 2"
    lines = zlib.decompress(packed).decode().splitlines()
    assert "action_plugins std:label -1 plugins/action.html#action-plugins Action plugins" in lines
    assert [line for line in lines if line.startswith("ansible_collections.")] == [
        "ansible_collections.ansible.builtin.set_stats_module std:label -1"
        " collections/ansible/builtin/set_stats_module.html ansible.builtin.set_stats_module"
    ]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "site.css").touch()
    (tmp_path / "index.html").write_text(
        "<link rel='stylesheet' href='static/site.css'><a href='other.html#here'></a><a href='https://example.com/none'></a>"
        "<h1 id='top'>Title</h1><a href='#top'></a><img src='data:image/png;base64,'>",
        encoding="utf-8",
    )
    (tmp_path / "other.html").write_text("<p id='here'></p><a href='index.html'></a><a href='#'></a>", encoding="utf-8")
    return tmp_path


def test_a_site_without_a_dead_link_is_fine(site: Path) -> None:
    assert docs_site_check.problems(site) == []


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ("<a href='none.html'>", "index.html: none.html: there is no such file"),
        ("<a href='other.html#none'>", "index.html: other.html#none: that page has no such anchor"),
        ("<a href='#none'>", "index.html: #none: that page has no such anchor"),
        ("<img src='none.png'>", "index.html: none.png: there is no such file"),
        (
            "<script src='https://example.com/a.js'></script>",
            "index.html: https://example.com/a.js: this comes from the network",
        ),
        ("<link rel='preconnect' href='//example.com'>", "index.html: //example.com: this comes from the network"),
    ],
)
def test_what_leads_nowhere_is_found(site: Path, added: str, told: str) -> None:
    page = site / "index.html"
    page.write_text(page.read_text(encoding="utf-8") + added, encoding="utf-8")
    assert docs_site_check.problems(site) == [told]


def test_a_page_that_no_link_leads_to_is_found(site: Path) -> None:
    (site / "lonely.html").write_text("<a href='index.html'></a>", encoding="utf-8")
    assert docs_site_check.problems(site) == ["lonely.html: no link leads to this page"]


def test_a_folder_without_a_site_is_told(tmp_path: Path) -> None:
    assert docs_site_check.problems(tmp_path) == [f"{tmp_path} has no index.html"]
