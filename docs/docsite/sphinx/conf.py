# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of Sphinx for the documentation site, which tests/tools/site.py builds; it lays this file beside its sources."""

from __future__ import annotations

import os

project = "cloudopera.ies"
author = "cloudopera.ies maintainers"
copyright = f"2026 the {author}"  # the name is Sphinx's
release = version = os.environ["SITE_VERSION"]
language = "en"

extensions = ["myst_parser", "sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
default_role = "any"
highlight_language = "YAML+Jinja"
# As GitHub names headings, so that a link to one works there and here.
myst_heading_anchors = 6
# What the pages of plugins refer to in the documentation of Ansible. The file is written with the sources: nothing is fetched.
intersphinx_mapping = {"ansible": ("https://docs.ansible.com/projects/ansible/latest/", "ansible.inv")}

html_theme = "sphinx_rtd_theme"
html_theme_options = {"navigation_depth": 2, "prev_next_buttons_location": None, "style_external_links": True}
html_title = f"{project} {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_context = {"display_github": True}
html_baseurl = ""
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_use_index = False
html_domain_indices = False
