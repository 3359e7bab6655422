#!/usr/bin/env bash
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Check documentation: markup and references of plugins, roles and docs/docsite, and that every plugin has any.

set -euo pipefail

ls plugins/modules/*.py >/dev/null # fail when there is nothing to check
stage=$(python tests/tools/stage.py docs)
# antsibull-docs knows guides in reStructuredText only. Ours are Markdown, for GitHub as well, and `make site` checks them and all of
# their links: here, a page with nothing but a title stands for each.
mkdir -p "$stage/docs/docsite/rst"
python -c 'from tests.tools.docs_site import guides; print(*guides().values(), sep="\n")' | while read -r guide; do
    name=$(basename "$guide" .md)
    printf '.. _ansible_collections.cloudopera.ies.docsite.%s:\n\n%s\n%s\n' "$name" "$name" "${name//?/=}" >"$stage/docs/docsite/rst/$name.rst"
done
cd "$stage"
antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self .
