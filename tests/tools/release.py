# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prepare a release: version, changelog, archive, text of the tag. `make release VERSION=1.0.0`.

It changes files and commits nothing; its last lines are the commands that are left to do.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_LINE = re.compile(r"^version: .*$", re.MULTILINE)


class ReleaseError(Exception):
    """Something keeps the release from being made; its text says what, and what to do."""


def parsed(version: str) -> tuple[int, ...]:
    """Return the three numbers of a version; raises ReleaseError."""
    found = _VERSION.fullmatch(version)
    if found is None:
        raise ReleaseError(f"VERSION={version!r} is no version; give three numbers, such as VERSION=1.0.0")
    return tuple(int(number) for number in found.groups())


def check_next(version: str, released: list[str]) -> None:
    """Check that a version comes after all released ones; raises ReleaseError."""
    wanted = parsed(version)
    last = max(released, key=parsed, default=None)
    if last is not None and wanted <= parsed(last):
        raise ReleaseError(f"{version} does not come after {last}, which is released already")


def with_version(galaxy: str, version: str) -> str:
    """Return the text of galaxy.yml with another version; raises ReleaseError."""
    changed, count = _LINE.subn(f"version: {version}", galaxy)
    if count != 1:
        raise ReleaseError("galaxy.yml has not one line with a version; add it")
    return changed


def tag_text(changelog: str, version: str) -> str:
    """Return what CHANGELOG.md says of a version, as plain text for a tag; raises ReleaseError."""
    # Anchors and the escapes of Markdown are nothing to read.
    plain = re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", re.sub(r"^<a .*?></a>\n", "", changelog, flags=re.MULTILINE))
    sections = re.split(r"^## ", plain, flags=re.MULTILINE)
    for section in sections:
        title, _end, body = section.partition("\n")
        if title.strip() == f"v{version}":
            # A line that begins with # would be a comment to git.
            text = re.sub(r"^#+ (.*)$", r"\1:", body.strip(), flags=re.MULTILINE)
            return f"cloudopera.ies {version}\n\n{text}\n"
    raise ReleaseError(f"CHANGELOG.md has no section v{version}; antsibull-changelog did not write it")


def released_versions(folder: Path = ROOT) -> list[str]:
    """Return the versions that the changelog knows."""
    file = folder / "changelogs" / "changelog.yaml"
    if not file.exists():
        return []
    return list(yaml.safe_load(file.read_text(encoding="utf-8"))["releases"])


def _run(*command: str) -> None:
    print(f"--> {' '.join(command)}", flush=True)
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise ReleaseError(f"{command[0]} failed, see above; undo with `git checkout .` once it is clear why")


def release(version: str) -> None:
    """Make the release's files; raises ReleaseError."""
    check_next(version, released_versions())
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    if changed:
        raise ReleaseError("the working tree has changes; commit them first, so that the release holds what was tested")
    if not any((ROOT / "changelogs" / "fragments").glob("*.y*ml")):
        raise ReleaseError("changelogs/fragments/ has no fragment, so there is nothing to release")
    galaxy = ROOT / "galaxy.yml"
    galaxy.write_text(with_version(galaxy.read_text(encoding="utf-8"), version), encoding="utf-8")
    _run("antsibull-changelog", "release", "--version", version)
    _run("antsibull-changelog", "lint")
    _run("tests/tools/package.sh")
    message = ROOT / "build" / f"tag-{version}.txt"
    message.write_text(tag_text((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version), encoding="utf-8")
    print(
        f"\nbuild/cloudopera-ies-{version}.tar.gz is the archive. What is left to do:\n\n"
        f"git add -A && git commit -m 'Release {version}'\n"
        f"git tag -a {version} -F {message.relative_to(ROOT)}\n"
        f"git push origin main {version}"
    )


def main(arguments: list[str]) -> int:
    """Make the release; return 1 with one line where that is not possible."""
    try:
        if len(arguments) != 1 or not arguments[0]:
            raise ReleaseError("say which version: make release VERSION=1.0.0")
        release(arguments[0])
    except ReleaseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
