# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A gate that is only the name of a folder would never run: make takes what exists for made."""

from __future__ import annotations

import re
from pathlib import Path

MAKEFILE = (Path(__file__).resolve().parents[3] / "Makefile").read_text(encoding="utf-8")


def gates() -> list[str]:
    """Return the gates of `make test`."""
    (line,) = re.findall(r"^GATES := (.*)$", MAKEFILE, re.MULTILINE)
    return str(line).split()


def test_every_gate_is_run_by_the_program_that_keeps_its_log() -> None:
    for gate in gates():
        assert re.search(rf"^\.PHONY: {gate}\n{gate}: .*\n(?:\t.*\n)*\t@\$\(GATE\) {gate} ", MAKEFILE, re.MULTILINE), gate


def test_every_target_is_declared_as_one() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert targets == set(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)) - {".venv"}


def test_all_unit_tests_are_in_one_gate_or_the_other() -> None:
    (ignored,) = re.findall(r"^\t@\$\(GATE\) unit pytest --ignore (\S+) ", MAKEFILE, re.MULTILINE)
    assert re.search(rf"^\t@\$\(GATE\) playbooks pytest {ignored}$", MAKEFILE, re.MULTILINE)
