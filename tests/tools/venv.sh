#!/bin/sh
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Make or complete a virtual environment in which this repository is the collection cloudopera.ies:
#   venv.sh [--bare] DIRECTORY [REQUIREMENT ...]
# Requirements are pip's own arguments: `-r FILE` or `NAME==VERSION`. $PYTHON chooses the interpreter.
# With --bare, the environment does not know the collection.

set -eu
cd "$(dirname "$0")/../.."

bare=
if [ "$1" = --bare ]; then
    bare=true
    shift
fi
venv=$1
shift

# Command-line tools start twice as slowly without byte code beside them.
unset PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK=1

if ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
    python=$(sh tests/tools/find_python.sh)
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi
if ! [ -x "$venv/bin/uv" ]; then
    "$venv/bin/python" -m pip install -qq uv || echo "uv is not to be had: going on with pip" >&2
fi

# uv reads neither pip's settings nor, by default, the system's certificates.
index=${PIP_INDEX_URL:-$("$venv/bin/python" -m pip config get global.index-url 2>/dev/null || :)}
if [ -n "$index" ]; then
    export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"
fi
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"

if [ $# -gt 0 ]; then
    "$venv/bin/uv" pip install --quiet --compile-bytecode --python "$venv/bin/python" "$@" ||
        "$venv/bin/python" -m pip install --quiet "$@"
fi

if [ -n "$bare" ]; then
    exit
fi

# The collection, found by its full name: by Ansible, by pytest, by mypy, and by whatever else this environment runs.
mkdir -p .tree/ansible_collections/cloudopera
ln -sfn ../../.. .tree/ansible_collections/cloudopera/ies
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "$PWD/.tree" >"$site/cloudopera_ies.pth"
