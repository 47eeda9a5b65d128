"""Run the suite against every fault and every variant, two at a time, and write the kill matrix into `docs`."""

from __future__ import annotations

import sys

from schemas import load
from tests.faults import FAULTS
from tests.sweep import matrix, power
from tests.sweep.runs import Kind, problem_with, run_all
from tests.variants import VARIANTS


def main(name_part: str = "") -> int:
    """Run the sweep; 1 if an outcome is not the expected one.

    Args:
        name_part: a part of the names to run; the kill matrix is then not written.
    """
    targets: list[tuple[Kind, str]] = [("fault", name) for name in FAULTS if name_part in name]
    targets += [("variant", name) for name in VARIANTS if name_part in name]
    runs = []
    problems = 0
    for run in run_all(targets):
        runs.append(run)
        problem = problem_with(run)
        problems += bool(problem)
        print(f"{len(runs)}/{len(targets)} {run.kind} {run.name}: {problem or 'as expected'}", flush=True)
    if not name_part:
        red = set().union(*(run.violated for run in runs if run.kind == "fault"))
        for name in load().requirements.keys() - red:
            print(f"{name}: no fault makes it go red")
            problems += 1
        matrix.write(runs)
        power.write(runs)
    print(f"{problems} outcomes are not as expected")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
