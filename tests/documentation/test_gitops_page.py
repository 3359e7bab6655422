# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page on GitOps shows what a run shows today."""

from __future__ import annotations

import pytest

from tests.documentation.gitops_page import PAGE, play, render


@pytest.mark.slow
def test_the_page_is_current() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert render(text, play()) == text, "run make gitops-page"


def test_a_screen_that_was_edited_by_hand_is_written_again() -> None:
    page = "a\n<!-- >>> make gitops-page: plan -->\nby hand\n<!-- <<< -->\nb\n"
    written = render(page, {"plan": "$ make plan\n"})
    assert "by hand" not in written
    assert "```console\n$ make plan\n```" in written
    assert render(written, {"plan": "$ make plan\n"}) == written


@pytest.mark.parametrize("screens", [{}, {"plan": "", "apply": ""}, {"apply": ""}])
def test_screens_and_places_that_do_not_fit_are_an_error(screens: dict[str, str]) -> None:
    with pytest.raises(SystemExit, match="the page shows the screens"):
        render("<!-- >>> make gitops-page: plan -->\n<!-- <<< -->\n", screens)
