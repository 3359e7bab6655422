# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the elastic report have in common: connections, their traffic, and a reader of the page."""

from __future__ import annotations

import math
from html.parser import HTMLParser
from typing import Any

START = 1493596800
"""2017-05-01T00:00:00Z."""
HOSTILE = '</title></svg><script src="https://evil.example.com/x.js">alert(1)</script>"\'&\u202e\x1b[2J'
REASON = "p95 of the last 15 min is 71,200, 89 % of 80,000; the next size with 20 % headroom is 100,000"
# Elements that HTML closes by itself.
_VOID = frozenset({"meta", "br", "hr", "img", "link", "input", "base"})


def samples(count: int, step: int = 60, base: float = 50000) -> list[dict[str, Any]]:
    """Return the samples of a day's shape, with a gap in the middle."""
    found = []
    for number in range(count):
        epoch = START + number * step
        value = base * (0.6 + 0.4 * math.sin(epoch % 86400 / 86400 * 2 * math.pi))
        found.append({"epoch": epoch, "value": None if count // 2 <= number < count // 2 + 5 else round(value, 1)})
    return found


def traffic(count: int = 2880, step: int = 60) -> list[dict[str, Any]]:
    """Return both directions of a connection."""
    return [
        {"direction": "outbound", "samples": samples(count, step)},
        {"direction": "inbound", "samples": samples(count, step, 20000)},
    ]


def history(*steps: tuple[int, int]) -> list[dict[str, Any]]:
    """Return a bandwidth over time, out of seconds since the start and bandwidths."""
    return [{"time": START + seconds, "bandwidth": bandwidth} for seconds, bandwidth in steps]


def connection(called: str = "VPNS2S201705061433", **changed: Any) -> dict[str, Any]:
    """Return an entry of `cloudvpn_elastic_result.connections`."""
    return {
        "name": "branch-berlin",
        "service_id": "L8YNdmm4Rg-SJcMnlicUQA",
        "cloud_vpn_name": called,
        "before": 80000,
        "target": 100000,
        "decision": "raise",
        "demand": 71200,
        "utilisation": 89.0,
        "clipped": False,
        "reasons": [REASON],
        "not_before": None,
        "bounds": {"minimum": 20000, "maximum": 100000},
        "applied": False,
        "error": None,
        **changed,
    }


def result(**changed: Any) -> dict[str, Any]:
    """Return what a replay returns for a policy."""
    return {
        "changes": 0,
        "reversals": 0,
        "saturated_minutes": 14,
        "saturated_percent": 0.0324,
        "undelivered": 182000,
        "mean_headroom": 47.8,
        "bandwidth_hours": 48 * 60000,
        "cost": None,
        "censored": 0,
        "timeline": [],
        **changed,
    }


class Reader(HTMLParser):
    """What stands in a page: its elements with their attributes, and what is read."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.strayed: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that has nothing in it."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Note an end that belongs to no begin."""
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.strayed.append(tag)

    def handle_data(self, data: str) -> None:
        """Note what is read, without the style sheet."""
        if not self.open or self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        """Return what is read, in one line."""
        return " ".join("".join(self.words).split())

    def of(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of all elements of a name."""
        return [attributes for name, attributes in self.elements if name == tag]
