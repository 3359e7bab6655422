#!/bin/sh
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Remove what make has made, inside the repository and outside.

set -eu
cd "$(dirname "$0")/../.."

if python=$(sh tests/tools/find_python.sh 2>/dev/null); then
    "$python" tests/tools/stage.py --clean
fi
rm -rf .venv .venv-* .tree .cache .ansible .mypy_cache .pytest_cache .ruff_cache .hypothesis build
rm -f cloudopera-ies-*.tar.gz .coverage .coverage.* changelogs/.plugin-cache.yaml
find . -name __pycache__ -type d -prune -exec rm -rf {} +
