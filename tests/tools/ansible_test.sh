#!/usr/bin/env bash
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Run ansible-test on a staged copy: ansible_test.sh sanity|integration [ARGUMENT ...]

set -euo pipefail

command=$1
shift
python=$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

case $command in
sanity)
    ls plugins/modules/*.py >/dev/null # fail when there is nothing to test
    options=(--venv --color no)
    ;;
integration)
    ls tests/integration/targets/*/tasks/main.yml >/dev/null
    options=(--local --python "$python" --color no -vvvv)
    ;;
esac

python tests/tools/get_pip.py
stage=$(python tests/tools/stage.py "${STAGE:-$command}")
cd "$stage"
log=$HOME/ansible-test.log

# pip's progress is left out, its errors are not.
pip_says='^ *(Looking in |WARNING: Location|Collecting |Downloading |Processing /|━|Installing collected|Successfully '
pip_says+='installed|Installing requirements|Using cached|Requirement already)'

case $command in
sanity)
    ansible-test "$command" "${options[@]}" "$@" 2>&1 | tee "$log" | grep --line-buffered -vE "$pip_says" || status=$?
    ;;
integration)
    # Before all else ansible-test has ssh-keygen make a key for other machines. There are none, and where it finds files, it
    # needs no such program.
    mkdir -p "$HOME/.ansible/test"
    touch "$HOME/.ansible/test/id_rsa" "$HOME/.ansible/test/id_rsa.pub"
    # The tokens of the simulators are made up, and may show nowhere.
    config=$HOME/simulator.yml
    printf '%s\n' "simulator_config: $config" "simulator_parent_pid: $$" >tests/integration/integration_config.yml
    python tests/tools/canaries.py --config "$config" --log "$log" --search tests/output --search "$ANSIBLE_HOME" -- \
        ansible-test "$command" "${options[@]}" "$@" || status=$?
    ;;
esac

# Status 0 does not mean that anything ran.
if grep -q 'All targets skipped' "$log"; then
    echo "error: ansible-test skipped everything" >&2
    status=1
fi
exit "${status:-0}"
