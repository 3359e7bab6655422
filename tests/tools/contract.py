# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run tests with Prism between the client and the simulator, so that what drifts from docs/openapi.json fails.

Prism is a program of npm; it is kept in .cache/prism. Exit status 77 means that nothing was run, for want of npm.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRISM = "@stoplight/prism-cli@^5.14"
FOLDER = ROOT / ".cache" / "prism"
PROGRAM = FOLDER / "node_modules" / ".bin" / "prism"
NOT_RUN = 77
NO_NPM = "not run: npm was not found"
# Most tests keep to the contract; the others want answers that are not described, and are counted.
LEAST_SHARE = 50
TESTS = (
    "tests/contract",
    "tests/unit/modules",
    "tests/unit/playbooks/test_create_and_activate.py",
    "tests/unit/playbooks/test_scale_elastically.py",
)


def install(npm: str) -> bool:
    """Put Prism into its folder unless one of this range is there; return whether it is there now."""
    stamp = FOLDER / "installed"
    if PROGRAM.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == PRISM:
        return True
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--prefix", str(FOLDER), "--no-audit", "--no-fund", PRISM]
    if subprocess.run(command, cwd=FOLDER, check=False).returncode:
        return False
    stamp.write_text(PRISM, encoding="utf-8")
    return True


def main() -> int:
    """Run the tests, or say why not."""
    npm = shutil.which("npm")
    if npm is None:
        print(NO_NPM)
        return NOT_RUN
    if not install(npm):
        print(f"npm could not install {PRISM}; its reason is above")
        return 1
    command = [sys.executable, "-m", "pytest", "-q", "--through-proxy", str(PROGRAM), "--least-share", str(LEAST_SHARE)]
    return subprocess.run([*command, *TESTS], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
