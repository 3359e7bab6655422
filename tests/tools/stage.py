# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copy what git knows or would add into a collection tree outside any repository: stage.py NAME. Prints where.

ansible-test asks git which files there are. In a copy that lies, ignored, inside a repository it finds none, skips
all tests and succeeds; through a symbolic link it finds the way back. So the copy has a fixed place in the temporary
folder, and keeps there what ansible-test can use again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
KEPT = "tests/output"  # ansible-test's own


def staging_area() -> Path:
    """Return the folder of this repository's copies, one per user and repository."""
    owner = Path(tempfile.gettempdir()) / f"cloudopera-ies-{os.getuid()}"
    owner.mkdir(mode=0o700, exist_ok=True)
    if owner.is_symlink() or owner.stat().st_uid != os.getuid():
        sys.exit(f"error: {owner} belongs to somebody else")
    return owner / hashlib.sha256(str(REPOSITORY).encode()).hexdigest()[:12]


def wanted_files() -> set[str]:
    """List the files a commit of everything would hold, relative to the repository."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout.decode()
    return {name for name in listing.split("\0") if name and (REPOSITORY / name).is_file()}


def stage(name: str) -> Path:
    """Bring the copy called `name` up to date and return its folder."""
    collection = staging_area() / name / "ansible_collections" / "cloudopera" / "ies"
    collection.mkdir(parents=True, exist_ok=True)
    inside = subprocess.run(["git", "rev-parse"], cwd=collection, stderr=subprocess.DEVNULL, check=False)
    if inside.returncode == 0:
        sys.exit(f"error: {collection} lies inside a git repository; set TMPDIR to a folder outside of any")

    wanted = wanted_files()
    for path in sorted(collection.rglob("*"), reverse=True):
        relative = path.relative_to(collection).as_posix()
        if relative == KEPT or relative.startswith(f"{KEPT}/"):
            continue
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif relative not in wanted:
            path.unlink()
    for relative in wanted:
        target = collection / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / relative, target)
    return collection


if __name__ == "__main__":
    if sys.argv[1:] == ["--clean"]:
        shutil.rmtree(staging_area(), ignore_errors=True)
    else:
        print(stage(sys.argv[1]))
