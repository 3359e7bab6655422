# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit of the dependencies counts as: a finding fails, a service out of reach does not."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.tools.audit import UNREACHABLE, judge, requirement_files

SOUND = {"name": "requests", "version": "2.32.5", "vulns": []}
BAD = {"name": "urllib3", "version": "1.0", "vulns": [{"id": "PYSEC-2021-108", "fix_versions": ["1.26.5"]}]}
SKIPPED = {"name": "local", "skip_reason": "not on the index"}


def printed(*dependencies: dict[str, Any]) -> str:
    """Return what pip-audit prints."""
    return json.dumps({"dependencies": list(dependencies), "fixes": []})


@pytest.mark.parametrize(
    ("status", "output", "complaints", "good", "text"),
    [
        (0, printed(SOUND, SKIPPED), "", True, "passed, 1 packages, 1 unknown"),
        (0, printed(SKIPPED, SKIPPED), "", True, UNREACHABLE),
        (0, printed(), "", True, UNREACHABLE),
        (1, printed(SOUND, BAD), "Found 1 known vulnerability", False, "FAILED: 1 known vulnerabilities"),
        (1, printed(SOUND), "", False, "FAILED: pip-audit ended with status 1"),
        (1, "", "ERROR: requests.exceptions.ConnectionError: no route", True, UNREACHABLE),
        (1, "", "503 Server Error: Service Unavailable for url: https://index.example/", True, UNREACHABLE),
        (1, "", "ERROR: No matching distribution found for requests", False, "without a result"),
        (2, "[]", "usage: pip-audit", False, "without a result"),
    ],
    ids=["sound", "all-skipped", "nothing", "finding", "complaint", "unreachable", "unavailable", "unresolvable", "usage"],
)
def test_verdicts(status: int, output: str, complaints: str, good: bool, text: str) -> None:
    verdict = judge(status, output, complaints)
    assert verdict.good is good
    assert text in verdict.text


def test_a_finding_is_named_with_its_remedy() -> None:
    assert judge(1, printed(BAD), "").findings == ["urllib3 1.0: PYSEC-2021-108, mended in 1.26.5"]


def test_every_requirement_has_a_range() -> None:
    files = requirement_files()
    assert {path.name for path in files} >= {"ee-requirements.txt", "requirements-test.txt", "requirements-audit.txt"}
    for path in files:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith(("#", "-r "))]
        assert lines
        assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+>=[\d.]+,<[\d.]+", line)] == []
