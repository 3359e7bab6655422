# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation site in build/site/html, and check it.

The pages of plugins and roles are made by antsibull-docs out of a copy of the collection. The guides are the Markdown pages of
the repository, with README.md as the front page; docs/docsite/extra-docs.yml has their order. Sphinx makes HTML of both, and a
warning is a failure. The programs come from the virtual environment of requirements-site.txt, and nothing is fetched.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.tools.docs_site_check import problems
from tests.tools.stage import stage

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / ".venv-site" / "bin"
OUTPUT = ROOT / "build" / "site"
REPOSITORY = "https://github.com/cloudopera/ies"
FRONT_PAGE = "README.md"

# Guides that are not docs/<name>.md.
ELSEWHERE = {
    "overview": "docs/README.md",
    "examples": "examples/README.md",
    "role-cloudvpn": "roles/cloudvpn/README.md",
    "role-cloudvpn_elastic": "roles/cloudvpn_elastic/README.md",
    "contributing": "CONTRIBUTING.md",
    "tests": "tests/README.md",
    "changelog": "CHANGELOG.md",
}
# What antsibull-docs names the page of a plugin by, and the heading of these pages in the navigation.
KINDS = {"module": "Modules", "role": "Roles", "filter": "Filters", "inventory": "Inventory plugins"}
# Labels in the documentation of Ansible that the pages of plugins refer to.
OF_ANSIBLE = {
    "action_plugins": ("plugins/action.html#action-plugins", "Action plugins"),
    "ansible_configuration_settings": ("reference_appendices/config.html#ansible-configuration-settings", "Configuration"),
    "common_return_values": ("reference_appendices/common_return_values.html#common-return-values", "Return Values"),
}

# A plugin of another collection, by the label of its page there; labels of its options have `__` in them.
_ELSEWHERE = re.compile(r"\bansible_collections\.(?!cloudopera\.ies\.)(\w+)\.(\w+)\.((?:(?!__)\w)+)\b(?!__)")
_FENCED = re.compile(r"(^ *```.*?^ *```$)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_HTML_COMMENT = re.compile(r"^ *<!--.*?-->\n?", re.MULTILINE | re.DOTALL)
_BADGES = re.compile(r"^\[?!\[[^\]]*\]\(https://[^)]*\)(?:\]\([^)]*\))?\n", re.MULTILINE)
_NAME = re.compile(r"(?<!\[)`cloudopera\.ies\.(\w+)`(?!\])")
_HEADING = re.compile(r"^#", re.MULTILINE)


def sections() -> dict[str, dict[str, str]]:
    """Return the guides by the title of their section: their names, and what the navigation calls them, or an empty string."""
    content = yaml.safe_load((ROOT / "docs" / "docsite" / "extra-docs.yml").read_text(encoding="utf-8"))
    return {
        section["title"]: dict(
            (entry, "") if isinstance(entry, str) else (entry["ref"], entry["title"]) for entry in section["toctree"]
        )
        for section in content["sections"]
    }


def guides() -> dict[str, str]:
    """Return the sources of the guides, as paths in the repository, and what each is in the site."""
    names = [name for toctree in sections().values() for name in toctree]
    return {ELSEWHERE.get(name, f"docs/{name}.md"): f"docsite/{name}.md" for name in names}


def missing() -> list[str]:
    """Return the pages of docs/ that the site would not have."""
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}
    return sorted(pages - set(guides()))


def for_the_site(text: str, source: str, pages: Mapping[str, str], references: Mapping[str, str]) -> str:
    """Return a page of the repository as the site has it.

    Links lead to the page in the site, where it has that page, and else to GitHub. The full name of what has a page of its own
    in `references` becomes a link to it. Comments and badges go: what they show comes from the network.
    """
    own = pages[source]

    def of_the_site(link: re.Match[str]) -> str:
        return f"]({_target(link[1], source, own, pages)})"

    def of_a_plugin(name: re.Match[str]) -> str:
        page = references.get(name[1])
        return f"[{name[0]}]({_relative(page, own)})" if page else name[0]

    pieces = _FENCED.split(text)
    for number in range(0, len(pieces), 2):
        prose = _LINK.sub(of_the_site, _BADGES.sub("", _HTML_COMMENT.sub("", pieces[number])))
        lines = [line if _HEADING.match(line) else _NAME.sub(of_a_plugin, line) for line in prose.split("\n")]
        pieces[number] = "\n".join(lines)
    edit = f"---\ngithub_url: {REPOSITORY}/blob/main/{source}\n---\n"
    return edit + "".join(pieces)


def _target(link: str, source: str, own: str, pages: Mapping[str, str]) -> str:
    """Return where a link of a page leads from the site."""
    path, hash_, fragment = link.partition("#")
    for prefix in (f"{REPOSITORY}/blob/main/", f"{REPOSITORY}/tree/main/"):
        if path.startswith(prefix):
            path = path.removeprefix(prefix)
            break
    else:
        if "://" in path or not path:
            return link
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if path in pages:
        return f"{_relative(pages[path], own)}{hash_}{fragment}"
    kind = "tree" if (ROOT / path).is_dir() else "blob"
    return f"{REPOSITORY}/{kind}/main/{path}{hash_}{fragment}"


def _relative(page: str, own: str) -> str:
    return posixpath.relpath(page, posixpath.dirname(own) or ".")


def references_of(folder: Path) -> dict[str, dict[str, str]]:
    """Return the pages that antsibull-docs has written: by kind, the name of each plugin or role and its file."""
    found: dict[str, dict[str, str]] = {}
    for kind in KINDS:
        names = {path.stem.removesuffix(f"_{kind}"): path.name for path in sorted(folder.glob(f"*_{kind}.rst"))}
        if names:
            found[kind] = names
    return found


def unambiguous(references: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the pages by name; what is a module and a filter, say, is left out."""
    names = [name for kind in references.values() for name in kind]
    return {name: page for kind in references.values() for name, page in kind.items() if names.count(name) == 1}


def navigation(references: Mapping[str, Mapping[str, str]], *, variables: bool) -> str:
    """Return the hidden tables of contents that Sphinx makes the navigation of."""

    def toctree(caption: str, entries: Sequence[str]) -> str:
        return "\n".join(["", "```{toctree}", ":hidden:", f":caption: {caption}", "", *entries, "```", ""])

    parts = []
    for section, names in sections().items():
        entries = [f"{title} <docsite/{name}>" if title else f"docsite/{name}" for name, title in names.items()]
        parts.append(toctree(section, entries))
    for kind, pages in references.items():
        parts.append(toctree(KINDS[kind], [f"{name} <{Path(page).stem}>" for name, page in sorted(pages.items())]))
    if variables:
        parts.append(toctree("Environment", ["Variables of plugins <environment_variables>"]))
    return "".join(parts)


def inventory_of_ansible(pages: Iterable[str]) -> bytes:
    """Return the labels of the documentation of Ansible in the format of Sphinx, so that nothing has to be fetched.

    These are fixed ones, and those of plugins of other collections that the pages refer to.
    """
    labels = dict(OF_ANSIBLE)
    for page in pages:
        for found in _ELSEWHERE.finditer(page):
            namespace, collection, plugin = found.groups()
            labels[found[0]] = (f"collections/{namespace}/{collection}/{plugin}.html", f"{namespace}.{collection}.{plugin}")
    lines = "".join(f"{label} std:label -1 {place} {title}\n" for label, (place, title) in sorted(labels.items()))
    head = (
        "Sphinx inventory version 2",
        "Project: Ansible",
        "Version: ",
        "The remainder of this file is compressed using zlib.",
    )
    return "".join(f"# {line}\n" for line in head).encode() + zlib.compress(lines.encode())


def run(*command: str | Path, **environment: str) -> None:
    """Run a program of the site's virtual environment; what fails ends this program."""
    path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run([PROGRAMS / command[0], *command[1:]], env={**os.environ, "PATH": path, **environment}, check=False)
    if ended.returncode:
        sys.exit(f"error: {command[0]} failed")


def lay_out(collection: Path, source: Path) -> None:
    """Write the sources of the site into a folder: pages of plugins, guides, settings."""
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True, mode=0o700)
    run(
        *("antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--no-indexes", "--fail-on-error"),
        *("--cleanup", "everything", "--no-add-antsibull-docs-version", "--dest-dir", source, "cloudopera.ies"),
        ANSIBLE_COLLECTIONS_PATH=str(collection.parents[2]),
    )
    (source / "index.rst").unlink()  # the front page is README.md
    variables = source / "environment_variables.rst"
    if ".. envvar::" not in variables.read_text(encoding="utf-8"):
        variables.unlink()
    references = references_of(source)
    index = navigation(references, variables=variables.exists())
    pages = {FRONT_PAGE: "index.md", **guides()}
    for path, page in pages.items():
        text = for_the_site((ROOT / path).read_text(encoding="utf-8"), path, pages, unambiguous(references))
        (source / page).parent.mkdir(exist_ok=True)
        (source / page).write_text(text + (index if path == FRONT_PAGE else ""), encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "docsite" / "sphinx", source, dirs_exist_ok=True)
    written = [path.read_text(encoding="utf-8") for path in sorted(source.glob("*.rst"))]
    (source / "ansible.inv").write_bytes(inventory_of_ansible(written))


def main(*, build: Callable[..., None] = run) -> int:
    """Build the site, check it, and say where it is."""
    if left_out := missing():
        print(f"error: name {', '.join(left_out)} in docs/docsite/extra-docs.yml", file=sys.stderr)
        return 1
    about: Mapping[str, Any] = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    source, html = OUTPUT / "source", OUTPUT / "html"
    lay_out(stage("site"), source)
    shutil.rmtree(html, ignore_errors=True)
    build(
        *("sphinx-build", "--fail-on-warning", "--keep-going", "--quiet", "-b", "html"),
        *("-d", OUTPUT / "doctrees", "--fresh-env", source, html),
        SITE_VERSION=str(about["version"]),
    )
    found = problems(html)
    for problem in found:
        print(f"error: {problem}", file=sys.stderr)
    pages = len(list(html.rglob("*.html")))
    if not found:
        print(f"{pages} pages, all links inside lead somewhere: {html.relative_to(ROOT)}/index.html")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
