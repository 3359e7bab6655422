#!/usr/bin/env bash
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Play every molecule scenario. The exit status counts: after a failed idempotence step the recap still says "Successful".

set -euo pipefail

ls extensions/molecule/*/molecule.yml >/dev/null # fail when there is nothing to play
rm -rf "$ANSIBLE_HOME" # what an interrupted run left would be taken for a running simulator
# The tokens of the simulator are made up, and may show nowhere. From the root, where molecule finds its config.yml.
export SIMULATOR_CONFIG=$HOME/simulator.yml SIMULATOR_PARENT_PID=$$ ANSIBLE_VERBOSITY=4
python tests/tools/canaries.py --config "$SIMULATOR_CONFIG" --log "$HOME/molecule.log" --search "$ANSIBLE_HOME" -- \
    molecule test --all --no-command-borders
if [ -e "$ANSIBLE_HOME/collections/ansible_collections/cloudopera" ]; then
    echo "error: molecule tested an installed copy; extensions/molecule/config.yml must say 'prerun: false'" >&2
    exit 1
fi
