# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several pages document is written from one source, and is current."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.tools import options

ROOT = Path(__file__).resolve().parents[3]
MODULE = "plugins/modules/ies_services.py"


@pytest.mark.parametrize("page", options.PAGES)
def test_the_page_is_current(page: str) -> None:
    content = (ROOT / page).read_text(encoding="utf-8")
    assert options.render(page, content) == content, "run make options"


def test_a_region_that_was_edited_by_hand_is_written_again() -> None:
    content = (ROOT / MODULE).read_text(encoding="utf-8")
    edited = content.replace("Id of the service definition it was ordered from.", "Edited by hand.")
    assert edited != content
    assert options.render(MODULE, edited) == content


def test_an_option_is_named_as_the_reader_of_the_page_has_to_write_it() -> None:
    specs = yaml.safe_load((ROOT / "roles/cloudvpn/meta/argument_specs.yml").read_text(encoding="utf-8"))
    described = specs["argument_specs"]["main"]["options"]["cloudvpn_services"]["options"]["template"]["description"]
    assert any("C(on_immutable_change)" in sentence for sentence in described)
    module = (ROOT / MODULE).read_text(encoding="utf-8")
    assert "cannot be changed by an update, see O(services[].on_immutable_change)" in module


def test_an_option_without_a_source_is_an_error() -> None:
    with pytest.raises(KeyError, match="colour"):
        options.document_options({"colour": {"type": "str"}}, {}, {}, "suboptions")


def test_words_about_what_is_no_option_are_an_error() -> None:
    with pytest.raises(SystemExit, match="colour, which is no option"):
        options.document_options({}, {"colour": {"description": "A colour."}}, {}, "suboptions")


def test_a_region_without_a_source_is_an_error() -> None:
    with pytest.raises(SystemExit, match="no source for the region nowhere"):
        options.render("plugins/modules/ies_catalog_info.py", "  # >>> make options: nowhere\n  # <<<\n")


def test_a_page_without_its_region_is_an_error() -> None:
    with pytest.raises(SystemExit, match="declared_service is not there"):
        options.render("plugins/modules/ies_service.py", "options: {}\n")
