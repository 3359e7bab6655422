# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take the collection awx.awx out of the package that requirements-awx.txt names, into .venv-awx.

The package is some 50 MB and asks for a newer Python than others of the tests, so it is not installed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements-awx.txt"
FOLDER = ROOT / ".venv-awx"
_INSIDE = "ansible_collections/awx/"


def collections_path() -> Path:
    """Return the folder that holds `ansible_collections/awx`; the package is fetched when it is not there or not current."""
    stamp = FOLDER / "requirements.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return FOLDER
    with tempfile.TemporaryDirectory() as temporary:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        # For a Python that the package runs on; nothing of it runs here.
        command += ["--only-binary=:all:", "--python-version=3.13", "--dest", temporary, "-r", str(REQUIREMENTS)]
        subprocess.run(command, check=True)
        (wheel,) = Path(temporary).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(temporary, [name for name in archive.namelist() if name.startswith(_INSIDE)])
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir()
        shutil.move(str(Path(temporary) / "ansible_collections"), FOLDER)
    stamp.write_text(wanted, encoding="utf-8")
    return FOLDER


if __name__ == "__main__":
    print(collections_path())
