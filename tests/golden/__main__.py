"""Run the stored runs again and print the differences in verdicts and exit codes."""

from __future__ import annotations

import argparse
import sys

from tests.golden import stored
from tests.sweep.runs import run_all


def main() -> int:
    """Print the differences to runs.json, or write it anew; 1 if there are any."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("name", nargs="?", default="", help="a part of the names of the runs; all by default")
    parser.add_argument("--write", action="store_true", help="store the outcomes of all runs in runs.json")
    options = parser.parse_args()
    if options.write and options.name:
        parser.error("--write stores all runs: leave out the name")

    before = [run for run in stored.read() if options.name in run.name]
    after = []
    different = 0
    for old, run in zip(before, run_all((run.kind, run.name) for run in before), strict=True):
        after.append(run)
        lines = list(stored.differences(old, run))
        different += bool(lines)
        print(f"{len(after)}/{len(before)} {old.kind} {old.name}: {'different' if lines else 'same'}")
        for line in lines:
            print(f"    {line}", flush=True)
    print(f"{different} of {len(before)} runs differ")
    if options.write:
        stored.write(after)
        return 0
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
