# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Walk the state machine of tests/unit/model for many steps, each time another way, and say what was met.

The way follows from the seed, which is printed; the same seed with the same code goes the same way again.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import time
import traceback
from collections import Counter

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.unit.model.approval import machine_of
from tests.unit.model.machine import open_world

# A stretch is one call of Hypothesis, with a seed of its own: seed, seed + 1, ...
_WALKS = 25
_STEPS_OF_A_WALK = 40
_WALKING = settings(
    max_examples=_WALKS,
    stateful_step_count=_STEPS_OF_A_WALK,
    deadline=None,
    database=None,
    derandomize=False,
    report_multiple_bugs=False,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
# What must not be met at all, and what a walk must meet to prove anything.
_NEVER = ("doubles", "losses", "trespasses", "tracebacks", "canaries")
_MET = (
    *(
        "faults",
        "kills",
        "unanswered",
        "answers dropped by the proxy",
        "walks with TLS",
        "broken TLS",
        "races",
        "races settled",
    ),
    *("runs beside a namesake", "recreated beside a namesake"),
    *("adopted", "protected stood", "prunes", "pruned", "caps held"),
    *("plans", "plans void", "plans applied"),
)


def summary_lines(tally: Counter[str], steps: int, seconds: float) -> list[str]:
    """Return what was counted, a line for each thing."""
    shown = ["steps", "runs", *_MET, "errors told", "pairs left to an engineer", *_NEVER]
    lines = [f"  {tally[name]:>8}  {name}" for name in shown]
    return [f"Counted in {seconds:.0f} s ({steps} steps were wanted):", *lines]


def main() -> int:
    """Walk; the status is 0 when nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.convergence", description=__doc__)
    parser.add_argument("--seed", type=int, help="go this way again (default: a fresh one)")
    parser.add_argument("--steps", type=int, default=10_000, help="at least so many (default: 10000)")
    given = parser.parse_args()
    first = secrets.randbelow(2**31) if given.seed is None else given.seed
    for variable in list(os.environ):
        if variable.lower().endswith("_proxy"):
            del os.environ[variable]
    print(f"seed {first}", flush=True)
    started = time.monotonic()
    current = first
    failed = False
    with open_world() as world:
        while world.tally["steps"] < given.steps and not failed:
            try:
                run_state_machine_as_test(seed(current)(machine_of(world)), settings=_WALKING)
            except Exception:
                traceback.print_exc(file=sys.stdout)
                failed = True
            else:
                print(f"seed {current}: {world.tally['steps']} steps, {world.tally['runs']} runs", flush=True)
                current += 1
    print("\n".join(summary_lines(world.tally, given.steps, time.monotonic() - started)))
    if failed:
        print(f"FAILED. To see it again: make soak SEED={current}")
        return 1
    missed = [name for name in _MET if not world.tally[name]]
    found = [name for name in _NEVER if world.tally[name]]
    if missed or found:
        print(f"FAILED with seed {first}: not met {missed}, counted {found}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
