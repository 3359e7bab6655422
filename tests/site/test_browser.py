# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation site in a real browser, where there is one; `make site` builds it and runs these."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.docs_site import OUTPUT
from tests.unit.plugin_utils.chromium import PROGRAMS, Tab, browser, program

BROWSER = program()
pytestmark = pytest.mark.skipif(
    BROWSER is None, reason=f"no browser is installed to look at the site with; install one of: {', '.join(PROGRAMS)}"
)

HTML = OUTPUT / "html"
PAGES = sorted(path.relative_to(HTML).as_posix() for path in HTML.rglob("*.html")) or ["index.html"]
PHONE, DESK = 390, 1200

# The theme puts wide tables into boxes that scroll, a moment after the page is there.
BOXED = """
new Promise(done => {
  const count = selector => document.querySelectorAll(selector).length;
  const look = () => count("table.docutils") <= count(".wy-table-responsive") ? done() : requestAnimationFrame(look);
  look();
})
"""
# The names of what sticks out of the window, and is in no box that scrolls.
STICKING_OUT = """
[...document.querySelectorAll(".wy-nav-content *")].filter(element => {
  if (element.getBoundingClientRect().right <= innerWidth + 1) return false;
  for (let box = element.parentElement; box; box = box.parentElement) {
    if (box.matches(".wy-nav-content")) return true;
    if (getComputedStyle(box).overflowX === "auto" && box.getBoundingClientRect().right <= innerWidth + 1) return false;
  }
}).map(element => `${element.tagName}: ${element.textContent.trim().slice(0, 40)}`)
"""
# Where the results lead, once the search says that it has finished.
FOUND = """
new Promise(done => {
  const look = () => {
    const links = [...document.querySelectorAll("#search-results ul.search > li > a")].map(link => link.getAttribute("href"));
    const said = document.querySelector("#search-results .search-summary");
    const finished = said && said.textContent.includes("finished");
    finished ? done(links.map(link => link.split(/[?#]/)[0])) : requestAnimationFrame(look);
  };
  look();
})
"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browser(BROWSER or "", tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def address(page: str) -> str:
    return (HTML / page).as_uri()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_a_phone_and_a_desk_and_asks_the_network_for_nothing(tab: Tab, page: str) -> None:
    tab.requests.clear()
    tab.complaints.clear()
    tab.open(address(page), width=PHONE)
    tab.value(BOXED)
    for width in (PHONE, DESK):
        tab.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width == PHONE)
        assert tab.value("innerWidth") == width
        assert tab.value(STICKING_OUT) == []
    assert [request for request in tab.requests if not request.startswith(("file:", "data:"))] == []
    assert tab.complaints == []


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("percentile", "ies_vpn_traffic_info_module.html"),
        ("replace_failed", "ies_service_module.html"),
        ("headroom", "docsite/elastic.html"),
    ],
)
def test_the_search_finds_modules_and_guides(tab: Tab, words: str, page: str) -> None:
    tab.open(f"{address('search.html')}?q={words}", width=PHONE)
    assert page in tab.value(FOUND)


def test_the_navigation_of_a_phone_opens(tab: Tab) -> None:
    tab.open(address("index.html"), width=PHONE)
    left = "document.querySelector('.wy-nav-side').getBoundingClientRect().left"
    assert tab.value(left) < 0
    tab.value(BOXED)
    tab.value("document.querySelector('[data-toggle=wy-nav-top]').click()")
    assert tab.value(left) == 0
    links = tab.value("[...document.querySelectorAll('.wy-menu a.reference')].map(link => link.getAttribute('href'))")
    assert {"docsite/create-and-activate.html", "ies_service_module.html", "cloudvpn_role.html"} <= set(links)


def test_what_sticks_out_is_found(tab: Tab, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<div class='wy-nav-content'><p style='width: 500px'>too wide</p></div>", encoding="utf-8")
    tab.open(page.as_uri(), width=DESK)
    assert tab.value(STICKING_OUT) == []
    page.write_text("<div class='wy-nav-content'><p style='width: 5000px'>too wide</p></div>", encoding="utf-8")
    tab.open(page.as_uri(), width=DESK)
    assert tab.value(STICKING_OUT) == ["P: too wide"]
