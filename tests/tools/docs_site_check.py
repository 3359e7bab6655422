# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look through a folder of HTML pages: links that lead nowhere, pages that no link leads to, what the network has to give."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Attributes by which a page has something loaded. A link that a reader follows may lead anywhere.
_LOADING = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("video", "src"), ("object", "data")}
_LOADING_RELATIONS = {"stylesheet", "icon", "preload", "preconnect", "dns-prefetch"}


@dataclass
class Page(HTMLParser):
    """What a page has: its anchors, where its links lead, and what it loads."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag says."""
        given = {name: value or "" for name, value in attrs}
        self.anchors.update(given[name] for name in ("id", "name") if given.get(name))
        for name, value in given.items():
            relations = set(given.get("rel", "").split())
            if (tag, name) in _LOADING or (tag == "link" and name == "href" and relations & _LOADING_RELATIONS):
                self.loaded.append(value)
            elif (tag, name) in {("a", "href"), ("link", "href"), ("form", "action")}:
                self.links.append(value)


def read(path: Path) -> Page:
    """Return a page, read."""
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def problems(folder: Path) -> list[str]:
    """Return one line for each link that leads nowhere, page that cannot be reached, and thing loaded from the network."""
    pages = {path: read(path) for path in sorted(folder.rglob("*.html"))}
    if folder / "index.html" not in pages:
        return [f"{folder} has no index.html"]
    found = []
    for path, page in pages.items():
        name = path.relative_to(folder).as_posix()
        for link in dict.fromkeys([*page.links, *page.loaded]):
            wrong = _wrong(link, path, pages, is_loaded=link in page.loaded)
            if wrong:
                found.append(f"{name}: {link}: {wrong}")
    reached = _reached(folder / "index.html", pages)
    found += [f"{path.relative_to(folder).as_posix()}: no link leads to this page" for path in pages if path not in reached]
    return found


def _wrong(link: str, path: Path, pages: dict[Path, Page], *, is_loaded: bool) -> str:
    """Return what is wrong with a link of a page, or an empty string."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return "this comes from the network" if is_loaded and parts.scheme != "data" else ""
    target = _target(path, parts.path)
    if not target.is_file():
        return "there is no such file"
    if parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
        return "that page has no such anchor"
    return ""


def _target(path: Path, link: str) -> Path:
    return Path((path.parent / unquote(link)).resolve()) if link else path


def _reached(start: Path, pages: dict[Path, Page]) -> set[Path]:
    """Return the pages that links lead to, one after the other."""
    reached, waiting = {start}, deque([start])
    while waiting:
        path = waiting.popleft()
        for link in pages[path].links:
            parts = urlsplit(link)
            target = _target(path, parts.path)
            if not parts.scheme and not parts.netloc and target in pages and target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached
