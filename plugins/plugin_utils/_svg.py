# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An SVG of matplotlib made fit for a page: in it, not beside it; colours by the page's theme; small; told to a screen reader.

No style attribute is left, so that a page can forbid them. Colours become classes (`f-NAME` for fill, `s-NAME` for stroke).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from xml.etree import ElementTree

COLOURS = {
    name: f"#0000{number:02x}"
    for number, name in enumerate(("ink", "muted", "grid", "traffic", "other", "bandwidth", "limit", "raise", "lower"), 1)
}
"""Colours to draw with, by what they stand for; a page gives them their look."""

_NAMES = {colour: name for name, colour in COLOURS.items()}
_LINK = "{http://www.w3.org/1999/xlink}href"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_NUMBER = re.compile(r"-?\d+\.\d+")
_SIZE = re.compile(r"\b(\d+(?:\.\d+)?)px")
_SPACE = re.compile(r"\s+")
_DROPPED = frozenset({"metadata", "style"})
_GEOMETRY = frozenset({"d", "x", "y", "width", "height", "transform", "viewBox", "points"})
# What a style may say as an attribute; fonts are the page's.
_PRESENTED = frozenset(
    {
        *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-dashoffset"),
        *("stroke-linecap", "stroke-linejoin", "opacity", "text-anchor", "font-weight"),
    }
)


def inlined(svg: str, prefix: str, title: str, description: str) -> str:
    """Return an SVG element for a page. `prefix` makes its ids unique there; `title` and `description` are plain strings."""
    root = ElementTree.fromstring(svg.encode())
    names = {old: f"{prefix}-{number}" for number, old in enumerate(_referred(root), 1)}
    label, told = f"{prefix}-title", f"{prefix}-desc"
    content = "".join(_written(child, names) for child in root)
    return (
        f'<svg viewBox="{_rounded(root.get("viewBox", ""))}" role="img" aria-labelledby="{label}" aria-describedby="{told}">'
        f'<title id="{label}">{html.escape(title)}</title><desc id="{told}">{html.escape(description)}</desc>{content}</svg>'
    )


def _referred(root: ElementTree.Element) -> list[str]:
    """Return the ids that something in the picture refers to, in their order."""
    found: dict[str, None] = {}
    for element in root.iter():
        link = element.get(_LINK, "")
        if link.startswith("#"):
            found[link[1:]] = None
        for value in element.attrib.values():
            found.update(dict.fromkeys(_REFERENCE.findall(value)))
    return list(found)


def _written(element: ElementTree.Element, names: dict[str, str]) -> str:
    tag = element.tag.rpartition("}")[2]
    if tag in _DROPPED:
        return ""
    attributes = "".join(f' {name}="{html.escape(value)}"' for name, value in _attributes(element, names))
    content = "".join(_written(child, names) for child in element)
    if tag == "text":
        return f"<text{attributes}>{html.escape(element.text or '')}</text>"
    if tag in {"g", "defs"} and (not content or (tag == "g" and not attributes)):
        return content
    return f"<{tag}{attributes}>{content}</{tag}>" if content else f"<{tag}{attributes}/>"


def _attributes(element: ElementTree.Element, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    classes: list[str] = []
    for name, value in element.attrib.items():
        if name == "style":
            yield from _presented(value, classes)
        elif name == "id":
            if value in names:
                yield "id", names[value]
        elif name == _LINK:
            yield "href", f"#{names[value[1:]]}"
        elif name == "transform" and value.startswith("rotate(-0 "):
            continue
        elif name in _GEOMETRY:
            yield name, _rounded(value)
        else:
            yield name, _REFERENCE.sub(lambda found: f"url(#{names[found.group(1)]})", value)
    if classes:
        yield "class", " ".join(classes)


def _presented(style: str, classes: list[str]) -> Iterator[tuple[str, str]]:
    """Yield what a style says as attributes; colours of ours are added to the classes."""
    for part in style.split(";"):
        name, _colon, value = (piece.strip() for piece in part.partition(":"))
        if name in {"font", "font-size"}:
            size = _SIZE.search(value)
            if size:
                yield "font-size", size.group(1)
        elif name in {"fill", "stroke"} and value in _NAMES:
            classes.append(f"{name[0]}-{_NAMES[value]}")
        elif name in _PRESENTED:
            yield name, value


def _rounded(value: str) -> str:
    """Return numbers to a tenth of a point, and white space as one space."""
    short = _NUMBER.sub(lambda found: f"{float(found.group()):.1f}".removesuffix(".0"), value)
    return _SPACE.sub(" ", short).strip()
