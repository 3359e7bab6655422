#!/bin/sh
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Play a demo (demo.sh [PLAYBOOK]) in a temporary folder, which is removed whatever happens: at Ctrl-C, Ansible leaves what it has made. Its
# simulator ends with the folder, and with this shell where that is killed.

set -eu

TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/ies-demo-XXXXXX")
DEMO_PARENT_PID=$$
export TMPDIR DEMO_PARENT_PID
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
ansible-playbook "cloudopera.ies.${1:-demo}"
