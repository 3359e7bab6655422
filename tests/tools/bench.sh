#!/usr/bin/env bash
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Run every benchmark: each is a program that prints what it measured. All run, so that a target that is missed in one does
# not hide the others. What the documentation shows of them is written here and nowhere else.

set -uo pipefail

failed=()
bench() {
    echo "--> $*"
    python -m "$@" || failed+=("$1")
}

for file in tests/benchmarks/[!_]*.py; do
    name=$(basename "$file" .py)
    case $name in
        fleet) bench tests.benchmarks.fleet --write docs/performance.md ;;
        *) bench "tests.benchmarks.$name" ;;
    esac
done

if [ ${#failed[@]} -gt 0 ]; then
    printf 'failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
