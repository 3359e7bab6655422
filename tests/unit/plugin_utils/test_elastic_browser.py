# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of elastic in a real browser, where there is one: nothing is asked for, nothing refused, nothing too wide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.cloudopera.ies.plugins.plugin_utils._elastic_page import elastic_page
from tests.unit.plugin_utils.chromium import PROGRAMS, Tab, browser, program
from tests.unit.plugin_utils.elastic_support import HOSTILE, connection, history, result, traffic

BROWSER = program()
pytestmark = pytest.mark.skipif(
    BROWSER is None, reason=f"no browser is installed to look at the report with; install one of: {', '.join(PROGRAMS)}"
)

STEPS = history((0, 60000), (40000, 80000), (90000, 60000))
# Contrast of two colours as WCAG has it, in the page.
CONTRAST = """
(() => {
  const light = css => {
    const parts = css.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255)
      .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const ratio = css => {
    const ink = light(css);
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  };
  const texts = [...document.querySelectorAll("svg text")].map(text => ratio(getComputedStyle(text).fill));
  const lines = [...document.querySelectorAll(".s-traffic, .s-other, .s-bandwidth, .s-raise, .s-lower")]
    .map(line => ratio(getComputedStyle(line).stroke));
  const words = [...document.querySelectorAll("p, li, td, figcaption, caption")]
    .map(word => ratio(getComputedStyle(word).color));
  return {texts: Math.min(...texts), lines: Math.min(...lines), words: Math.min(...words), dark: paper < 0.5};
})()
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of a report of three connections, one of them hostile, with a replay."""
    names = ["VPNS2S201705061433", HOSTILE, "idle"]
    path = tmp_path_factory.mktemp("report") / "elastic.html"
    page = elastic_page(
        [connection(name, name=name) for name in names],
        {name: {"traffic": traffic(), "bandwidth_history": STEPS} for name in names},
        tenant="headquarters",
        server="https://ies.example.com:17100",
        time="2017-05-03T00:00:00Z",
        replay={"idle": {"everyday": result(cost=12.5), "fixed": result()}},
    )
    path.write_text(page, encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """Return a tab of a browser that runs as long as this file's tests."""
    assert BROWSER is not None
    with browser(BROWSER, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("width", "scheme", "medium"),
    [
        (1200, "light", "screen"),
        (1200, "dark", "screen"),
        (390, "light", "screen"),
        (390, "dark", "screen"),
        (800, "dark", "print"),
    ],
)
def test_a_report_in_a_browser(tab: Tab, address: str, tmp_path: Path, width: int, scheme: str, medium: str) -> None:
    tab.requests.clear()
    tab.complaints.clear()
    tab.open(address, width, scheme, medium)
    assert tab.requests == [address]
    assert tab.complaints == []
    # The style sheet is in force, and the page itself never scrolls sideways.
    assert tab.value("document.styleSheets.length") == 1
    assert tab.value("document.documentElement.scrollWidth") == width
    assert tab.value("document.querySelectorAll('svg').length") == 8
    assert tab.value("[...document.querySelectorAll('svg')].every(picture => picture.getBoundingClientRect().height > 100)")
    contrast = tab.value(CONTRAST)
    assert contrast["dark"] is (scheme == "dark" and medium == "screen")
    assert contrast["texts"] >= 4.5
    assert contrast["words"] >= 4.5
    assert contrast["lines"] >= 3
    tab.photograph(tmp_path / "report.png")
    assert (tmp_path / "report.png").stat().st_size > 20_000


def test_pictures_are_named_for_a_screen_reader(tab: Tab, address: str) -> None:
    tab.open(address)
    tab.call("Accessibility.enable")
    nodes = tab.call("Accessibility.getFullAXTree")["nodes"]
    pictures = [node for node in nodes if node.get("role", {}).get("value") in {"image", "img"}]
    assert len(pictures) == 8
    assert all(node["name"]["value"] and len(node["description"]["value"]) > 40 for node in pictures)


def test_a_report_is_printed(tab: Tab, address: str) -> None:
    tab.open(address)
    assert tab.print().startswith(b"%PDF-")
