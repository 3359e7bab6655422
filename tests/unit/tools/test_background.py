# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""That the tests pass in the background of a shell as well, where signals of the terminal arrive ignored."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LIMIT = 120
FROM_TERMINALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
LOOK = "import signal, sys; print([number for number in map(int, sys.argv[1:]) if signal.getsignal(number) is signal.SIG_IGN])"
START = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
TESTS = (f"{Path(__file__)}::test_what_tests_start_hears_signals", "tests/unit/plugin_utils/test_lines.py")


def test_what_tests_start_hears_signals() -> None:
    command = [sys.executable, "-c", LOOK, *(str(int(number)) for number in FROM_TERMINALS)]
    seen = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=LIMIT)
    assert seen.stdout.strip() == "[]"


def test_the_same_holds_in_the_background() -> None:
    command = [sys.executable, "-c", START, "-m", "pytest", "-q", "--no-cov", *TESTS]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
