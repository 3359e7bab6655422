#!/usr/bin/env bash
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Build the archive and check it: twice built it is the same, the importer of Ansible Galaxy takes it, and its playbooks run from an
# empty folder. The archive stays in build/.

set -euo pipefail

repository=$PWD
mkdir -p build/again
rm -f build/*.tar.gz build/again/*.tar.gz
stage=$(python tests/tools/stage.py package)
ansible-galaxy collection build --output-path build "$stage"
ansible-galaxy collection build --output-path build/again "$stage"
archive=$(ls "$repository"/build/cloudopera-ies-*.tar.gz)
python -m tests.tools.archive "$archive" "build/again/$(basename "$archive")" .venv-package/bin

PATH=$repository/.venv-package/bin:$PATH
cd "$HOME" # the importer leaves files where it runs
python -m galaxy_importer.main "$archive" 2>&1 | tee importer.log
if grep -q '^WARNING' importer.log; then
    echo "error: Galaxy would import the archive only with the warnings above" >&2
    exit 1
fi
