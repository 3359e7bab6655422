#!/usr/bin/env bash
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Check documentation: markup and references of plugins, roles and docs/docsite, and that every plugin has any.

set -euo pipefail

ls plugins/modules/*.py >/dev/null # fail when there is nothing to check
cd "$(python tests/tools/stage.py docs)"
antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self .
