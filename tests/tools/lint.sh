#!/usr/bin/env bash
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Check style: all tools run, so that one run shows everything there is to mend.

set -uo pipefail

failed=()
check() {
    echo "--> $*"
    "$@" || failed+=("$1 $2")
}

check ruff check --quiet .
check ruff format --check --quiet .
mapfile -t scripts < <(git ls-files --cached --others --exclude-standard -- '*.sh' .ci/run)
check shellcheck "${scripts[@]}"
check yamllint --strict .
check bash tests/tools/workflows.sh
check env ANSIBLE_COLLECTIONS_PATH="$PWD/.tree" ansible-lint --offline --profile production --strict --nocolor -q

if [ ${#failed[@]} -gt 0 ]; then
    printf 'failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
