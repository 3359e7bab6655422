# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the tests of tests/eda, in which a real ansible-rulebook runs the event source and the rulebook of the collection.

It is kept in .venv-eda, where Python does not know the collection, as on a user's machine. Exit status 77 means that nothing
was run, for want of Java.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ".venv-eda"
REQUIREMENTS = ROOT / "requirements-eda.txt"
NOT_RUN = 77
LEAST_JAVA = 17
NO_JAVA = f"not run: no Java {LEAST_JAVA} or later was found, which ansible-rulebook needs"

_VERSION = re.compile(r'version "(\d+)')


def java_homes() -> list[Path]:
    """Return where a Java may be, the likeliest first."""
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    on_path = shutil.which("java")
    if on_path is not None:
        homes.append(Path(on_path).resolve().parent.parent)
    return [*homes, *sorted(Path("/usr/lib/jvm").glob("*"), reverse=True)]


def java_version(home: Path) -> int:
    """Return the version of the Java in a folder, 0 where there is none that works."""
    try:
        told = subprocess.run([home / "bin" / "java", "-version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    found = _VERSION.search(told.stderr)
    return int(found[1]) if found and told.returncode == 0 else 0


def find_java() -> Path | None:
    """Return the home of a Java that ansible-rulebook can use."""
    return next((home for home in java_homes() if java_version(home) >= LEAST_JAVA), None)


def install() -> bool:
    """Put ansible-rulebook into its environment unless that is there already; return whether it is there now."""
    stamp = ROOT / VENV / "installed"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return True
    command = ["sh", "tests/tools/venv.sh", "--bare", VENV, "-r", REQUIREMENTS.name]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        return False
    stamp.write_text(wanted, encoding="utf-8")
    return True


def main(arguments: list[str]) -> int:
    """Run the tests, or say why not."""
    home = find_java()
    if home is None:
        print(NO_JAVA)
        return NOT_RUN
    if not install():
        print("ansible-rulebook could not be installed; its reason is above")
        return 1
    command = [sys.executable, "-m", "pytest", "-q", "tests/eda", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "JAVA_HOME": str(home)}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
