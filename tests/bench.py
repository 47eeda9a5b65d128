"""The cost of a run: its time beside that of a bare httpx loop over the same requests, its memory and its start.

As a pytest plugin (`-p tests.bench`) it repeats the requests of the run at its end, against the same server. As a
module it starts some runs with that plugin, and prints the figures.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import pytest

from conformance.keys import RECORD
from tests.suite import MAIN, ROOT, check, environment

FIGURES = "TFE_CONFORMANCE_BENCH"
ROUNDS = 5


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send every request of the run once more, with nothing around it."""
    exchanges = session.config.stash[RECORD](session, 0).exchanges
    started = time.perf_counter()
    with httpx.Client() as client:
        for request in (exchange.request for exchange in exchanges):
            headers = [(name.encode(), value.encode("latin-1")) for name, value in request.headers]
            client.request(request.method, request.url, headers=headers, content=request.body)
    loop = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {"loop": loop, "peak": peak, "exchanges": len(exchanges)}
    Path(os.environ[FIGURES]).write_text(json.dumps(figures), "utf-8")


def main() -> int:
    """Print a line per round, and the medians; 1 where a run takes more than twice the loop and a second."""
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            file = Path(folder) / f"{number}.json"
            started = time.perf_counter()
            finished = check(Path(folder), "-p", "tests.bench", cwd=ROOT, **{FIGURES: str(file)})
            whole = time.perf_counter() - started
            assert finished.code == 0, finished.out
            figures = json.loads(file.read_text("utf-8"))
            rounds.append((whole - figures["loop"], figures["loop"], figures["peak"]))
            print(
                f"{figures['exchanges']} exchanges: run {rounds[-1][0]:.2f} s, bare loop {figures['loop']:.2f} s, "
                f"peak memory {figures['peak']:.0f} MiB"
            )
    run, loop, peak = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"median: run {run:.2f} s, bare loop {loop:.2f} s, {peak:.0f} MiB")
    print(f"aim: at most {2 * loop + 1:.2f} s (twice the loop, and a second)")
    imports = statistics.median(import_milliseconds() for _ in range(ROUNDS))
    print(f"the imports of the command line take {imports:.0f} ms (tfe-conformance --version)")
    return 0 if run <= 2 * loop + 1 else 1


def import_milliseconds() -> float:
    """The milliseconds that the imports of the command line take, as Python measures them."""
    command = [sys.executable, "-X", "importtime", *MAIN[1:], "--version"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment())
    microseconds = [line.split("|")[1] for line in done.stderr.splitlines() if line.endswith(" conformance.runner.cli")]
    return int(microseconds[0]) / 1000


if __name__ == "__main__":
    sys.exit(main())
