#!/usr/bin/env bash
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Build the documentation site, check its links, and look at it in a browser where there is one. The site stays in build/site/html.

set -euo pipefail

python -m tests.tools.docs_site
pytest --quiet tests/site
