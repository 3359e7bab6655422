#!/usr/bin/env bash
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Have pre-commit install the hook of .pre-commit-hooks.yaml from this repository, as a user's repository would, and check that it
# lets a good file pass and stops at a bad one. Needs a package index.

set -euo pipefail

repository=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export PRE_COMMIT_HOME=$folder/cache
mkdir "$folder/declarations"
cd "$folder/declarations"
git init --quiet .
printf 'cloudvpn_services:\n  - name: good\n    bandwidth: "{{ size }}"\n' >services.yml
printf 'cloudvpn_services:\n  - name: bad\n    bandwith: 80000\n' >cloudvpn-bad.yml
git add .

pre-commit try-repo "$repository" cloudvpn-services --files services.yml
if pre-commit try-repo "$repository" cloudvpn-services --files cloudvpn-bad.yml >"$folder/told"; then
    echo "the hook lets a bad file pass" >&2
    exit 1
fi
cat "$folder/told"
grep -q "'bandwith' was unexpected" "$folder/told"
