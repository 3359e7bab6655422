# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look up known vulnerabilities of everything the requirements files ask for, with pip-audit.

A finding is a failure. A vulnerability service that cannot be reached is none, and is told.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
VENV = ".venv-audit"
UNREACHABLE = "not run: the vulnerability service cannot be reached"
_UNREACHABLE = re.compile(
    r"ConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Max retries|NameResolution|Could not connect"
    r"|Failed to (query|connect)|(Client|Server) Error",
    re.IGNORECASE,
)


class Verdict(NamedTuple):
    """How an audit went: a word for the list of results, whether that is good, and the findings."""

    text: str
    good: bool
    findings: list[str]


def requirement_files() -> list[Path]:
    """Return what users install, and what development does."""
    return [ROOT / "meta" / "ee-requirements.txt", *sorted(ROOT.glob("requirements-*.txt"))]


def judge(status: int, printed: str, complaints: str) -> Verdict:
    """Return the verdict on what pip-audit printed (JSON) and complained of."""
    try:
        dependencies = json.loads(printed)["dependencies"]
    except (ValueError, KeyError, TypeError):
        if _UNREACHABLE.search(complaints):
            return Verdict(UNREACHABLE, True, [])
        return Verdict(f"FAILED: pip-audit ended with status {status} and without a result", False, [])
    audited = [entry for entry in dependencies if "skip_reason" not in entry]
    if not audited:
        # A mirror of the index without its service: every package is skipped there, and the status is 0 all the same.
        return Verdict(UNREACHABLE, True, [])
    findings = [
        f"{entry['name']} {entry['version']}: {known['id']}, mended in {', '.join(known['fix_versions']) or 'no version'}"
        for entry in audited
        for known in entry.get("vulns", [])
    ]
    if findings:
        return Verdict(f"FAILED: {len(findings)} known vulnerabilities", False, findings)
    if status:
        return Verdict(f"FAILED: pip-audit ended with status {status}", False, [])
    return Verdict(f"passed, {len(audited)} packages, {len(dependencies) - len(audited)} unknown to the service", True, [])


def audit() -> Verdict:
    """Prepare pip-audit, run it, and print what it found."""
    print("--> audit of the requirements files", flush=True)
    prepare = ["sh", "tests/tools/venv.sh", "--bare", VENV, "-r", "requirements-audit.txt"]
    if subprocess.run(prepare, cwd=ROOT, check=False).returncode:
        return Verdict("FAILED: preparation", False, [])
    files = [option for path in requirement_files() for option in ("-r", str(path))]
    command = [str(ROOT / VENV / "bin" / "pip-audit"), "--progress-spinner=off", "--format=json", *files]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    verdict = judge(ended.returncode, ended.stdout, ended.stderr)
    if not verdict.good or verdict.text == UNREACHABLE:
        print("\n".join([*verdict.findings, *ended.stderr.splitlines()[-5:]]))
    return verdict


if __name__ == "__main__":
    outcome = audit()
    print(f"audit of the requirements files: {outcome.text}")
    sys.exit(0 if outcome.good else 1)
