#!/bin/sh
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Print the path of a Python that works, has venv, and is at least 3.10: $PYTHON if set, else `python3`, else another.
# With --all: one line "MINOR PATH" for each working Python 3.9 or later, newest first; venv is not asked for.
#
# A name on PATH proves nothing: pyenv puts shims there that exit 127. Only what a Python says of itself counts.

set -eu

describe='
import os, sys
base = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
print(sys.version_info[1] if sys.version_info[0] == 3 else 0, base)
'

candidates() {
    for name in python3 python3.14 python3.13 python3.12 python3.11 python3.10 python3.9; do
        command -v "$name" 2>/dev/null || :
    done
    for path in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python3 /usr/local/bin/python3 /usr/bin/python3; do
        [ ! -x "$path" ] || echo "$path"
    done
}

working() { # FLOOR: "MINOR PATH" of each candidate that runs
    candidates | while read -r candidate; do
        found=$("$candidate" -c "$describe" 2>/dev/null) || continue
        [ "${found%% *}" -ge "$1" ] && echo "$found"
    done
}

if [ "${1:-}" = --all ]; then
    working 9 | sort -t ' ' -k 1,1nr -u
    exit
fi

if [ -n "${PYTHON:-}" ]; then
    echo "$PYTHON"
    exit
fi

lacks_venv=
IFS='
'
for found in $(working 10); do
    python=${found#* }
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$python"
        exit
    fi
    lacks_venv=${lacks_venv:-$python}
done

if [ -n "$lacks_venv" ]; then
    echo "error: $lacks_venv lacks the venv module; install it, for example: apt install python3-venv" >&2
else
    echo "error: no working Python 3.10 or later found; install one, for example: apt install python3 python3-venv" >&2
fi
exit 1
