# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The frame of a page of its own: no request leaves it, and it is readable in light, dark, on paper and on a telephone.

Everything that comes from a server or a user goes through `html_of`.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Sequence
from typing import Any

from ..module_utils._text import shown
from ._svg import COLOURS

_STYLE = """
:root{color-scheme:light dark;--paper:#fff;--panel:#f5f6f8;--line:#d3d7de;--ink:#1c2026;--muted:#5a626e;--grid:#e4e7ec;
--traffic:#0b62b5;--other:#8a5a00;--bandwidth:#1c2026;--limit:#b4231a;--raise:#a03c00;--lower:#17703a}
@media screen and (prefers-color-scheme:dark){
:root{--paper:#14171c;--panel:#1d2128;--line:#3a414d;--ink:#e8eaee;--muted:#a4adba;--grid:#2b313b;
--traffic:#63b0ff;--other:#e0ac4c;--bandwidth:#f4f5f7;--limit:#ff8a80;--raise:#ff9d5c;--lower:#63d28d}
}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:66rem;background:var(--paper);color:var(--ink);line-height:1.5;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0}
h2{font-size:1.2rem;margin:0 0 .5rem}
h3,h4{font-size:1rem;margin:1rem 0 .25rem}
p{margin:.4rem 0}
.quiet{color:var(--muted)}
.verdict{font-size:1.05rem;font-weight:600}
a{color:var(--traffic)}
section{border-top:1px solid var(--line);padding:1.25rem 0 .5rem;margin-top:1.25rem}
.scroll{overflow-x:auto;margin:.5rem 0}
.scroll:focus-visible{outline:2px solid var(--traffic);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:start;color:var(--muted);padding:.25rem 0}
th,td{padding:.3rem .5rem;text-align:start;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:normal}
thead th{background:var(--panel);vertical-align:bottom}
tbody th{font-weight:600;overflow-wrap:anywhere;min-width:6.5rem}
tbody th a{display:inline-block;min-width:11rem}
.number{text-align:end}
td.number{white-space:nowrap}
ul{margin:.4rem 0;padding-inline-start:1.3rem}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.5rem;margin:.75rem 0}
dl div{background:var(--panel);padding:.4rem .6rem;border-radius:.3rem}
dt{color:var(--muted);font-size:.85rem}
dd{margin:0;font-weight:600}
figure{margin:1rem 0}
figcaption{color:var(--muted);font-size:.9rem}
summary{cursor:pointer;color:var(--muted)}
svg{display:block;width:100%;min-width:35rem;height:auto;overflow:visible}
svg *{stroke-linejoin:round}
svg text{font-family:inherit}
.raise{color:var(--raise)}
.lower{color:var(--lower)}
.error{color:var(--limit)}
.hold{color:var(--muted)}
@media (max-width:30rem){
body{padding:.75rem}
th,td{padding:.3rem .4rem}
tbody th a{min-width:6rem}
}
@media print{
body{max-width:none;padding:0;font-size:10pt}
figure,tr,dl div{break-inside:avoid}
h2,h3,h4,caption,.verdict{break-after:avoid}
.scroll{overflow:visible}
table{font-size:8pt}
th,td{padding:.15rem .3rem}
tbody th,tbody th a{min-width:0}
svg{min-width:0}
details::details-content{content-visibility:visible;block-size:auto}
a{color:inherit;text-decoration:none}
dl div{border:1px solid var(--line)}
}
"""
STYLE = _STYLE + "\n".join(f".f-{name}{{fill:var(--{name})}}.s-{name}{{stroke:var(--{name})}}" for name in COLOURS)


def html_of(value: Any) -> str:
    """Return a value of a server or a user for HTML: masked, every character visible, escaped."""
    return html.escape(shown(value))


def name_of(value: Any) -> str:
    """Return a name for HTML, whose direction of writing does not touch what stands beside it."""
    return f"<bdi>{html_of(value)}</bdi>"


def page(title: str, content: Iterable[str]) -> str:
    """Return the page; `title` is a plain string, `content` is HTML."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="referrer" content="no-referrer">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{html_of(title)}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            "<main>",
            *content,
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = ()) -> str:
    """Return a table of HTML cells; the first one of a row names it, and the columns in `numbers` are numbers."""
    places = frozenset(numbers)

    def attributes(place: int) -> str:
        return ' class="number"' if place in places else ""

    head = "".join(f'<th scope="col"{attributes(place)}>{cell}</th>' for place, cell in enumerate(heads))
    body = "\n".join(
        f'<tr><th scope="row">{row[0]}</th>'
        + "".join(f"<td{attributes(place)}>{cell}</td>" for place, cell in enumerate(row[1:], 1))
        + "</tr>"
        for row in rows
    )
    return sideways(
        f"<table>\n<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>", "table"
    )


def sideways(content: str, what: str) -> str:
    """Return what may be wider than the screen in a box that scrolls, also by keyboard."""
    return f'<div class="scroll" tabindex="0" role="group" aria-label="{what}, may scroll sideways">\n{content}\n</div>'


def figures(pairs: Iterable[tuple[str, str]]) -> str:
    """Return single figures with their names, both HTML."""
    return "<dl>" + "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in pairs) + "</dl>"


def figure(picture: str, caption: str) -> str:
    """Return a picture with its caption, both HTML."""
    return f"<figure>\n{sideways(picture, 'picture')}\n<figcaption>{caption}</figcaption>\n</figure>"
