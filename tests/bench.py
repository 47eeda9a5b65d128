"""What a run costs: its time beside that of a bare httpx loop over the same requests, and its memory.

As a pytest plugin (`-p tests.bench`) it repeats the requests of the run at its end, against the same server; as a
module it starts a run with that plugin, some times, and prints the figures.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
import pytest
from conformance.plugin import RUN

from tests.suite import check

FIGURES = "TFE_CONFORMANCE_BENCH"
ROUNDS = 5


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send every request of the run once more, with nothing around it."""
    run = session.config.stash[RUN]
    started = time.perf_counter()
    with httpx.Client() as client:
        for exchange in run.exchanges:
            asked = exchange.request
            headers = [(name.encode(), value.encode("latin-1")) for name, value in asked.headers]
            client.request(asked.method, asked.url, headers=headers, content=asked.body)
    loop = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    Path(os.environ[FIGURES]).write_text(json.dumps({"loop": loop, "peak": peak, "exchanges": len(run.exchanges)}))


def main() -> int:
    """Print a line a round, and the medians; 1 where a run takes more than twice the loop and a second."""
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            file = Path(folder) / f"{number}.json"
            started = time.perf_counter()
            done = check(Path(folder), "-p", "tests.bench", **{FIGURES: str(file)})  # type: ignore[arg-type]
            whole = time.perf_counter() - started
            assert done.code == 0, done.out
            figures = json.loads(file.read_text())
            rounds.append((whole - figures["loop"], figures["loop"], figures["peak"]))
            print(
                f"{figures['exchanges']} exchanges: run {rounds[-1][0]:.2f} s, bare loop {figures['loop']:.2f} s, "
                f"peak memory {figures['peak']:.0f} MiB"
            )
    run, loop, peak = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"median: run {run:.2f} s, bare loop {loop:.2f} s ({loop / run:.0%} of the run), {peak:.0f} MiB")
    print(f"aim: at most {2 * loop + 1:.2f} s (twice the loop, and a second)")
    return 0 if run <= 2 * loop + 1 else 1


if __name__ == "__main__":
    sys.exit(main())
