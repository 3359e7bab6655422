#!/usr/bin/env bash
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Run one gate: gate.sh NAME COMMAND [ARGUMENT ...]
# It runs from the root of the repository, in a home of its own, without the user's Ansible and IES settings.
# What it prints is kept in .cache/logs/NAME.log; its last line says how it went and how long it took.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

name=$1
shift
real_home=$HOME

while read -r variable; do
    unset "$variable"
done < <(compgen -e | grep -E '^(ANSIBLE|IES|MOLECULE)_')
unset PYTHONDONTWRITEBYTECODE VIRTUAL_ENV

export HOME=$PWD/.cache/home/$name
export XDG_CACHE_HOME=$HOME/.cache XDG_CONFIG_HOME=$HOME/.config
export ANSIBLE_HOME=$HOME/.ansible
export ANSIBLE_REMOTE_TMP=$HOME/.ansible/remote_tmp # HOME does not move it
export NO_COLOR=1 ANSIBLE_NOCOLOR=1
mkdir -p "$HOME/.config" .cache/logs .cache/coverage

# Where packages come from is the user's business, so the settings of pip and npm stay in force.
for settings in .config/pip .pip .npmrc; do
    if [ -e "$real_home/$settings" ] && ! [ -e "$HOME/$settings" ]; then
        ln -s "$real_home/$settings" "$HOME/$settings"
    fi
done

# pyenv's shims exit 127 unless their version is chosen: the interpreters themselves come behind all else.
path=$PWD/.venv/bin
while read -r -d : folder; do
    [[ $folder == */shims || -z $folder ]] || path+=:$folder
done <<<"$PATH:"
while read -r _ interpreter; do
    path+=:$(dirname "$interpreter")
done < <(HOME=$real_home sh tests/tools/find_python.sh --all)
export PATH=$path

log=.cache/logs/$name.log
started=$SECONDS
echo "==> $name"
status=0
"$@" 2>&1 | tee "$log" || status=$?
took=$((SECONDS - started))
verdict=passed
[ "$status" -eq 0 ] || verdict="FAILED (status $status)"
echo "<== $name: $verdict in $took s" | tee -a "$log"
exit "$status"
