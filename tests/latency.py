"""What latency costs a run, and what several requests at once and several accounts save of it.

As a module it runs the suite against a server each of whose answers takes 100 milliseconds longer, in each of the ways
below, and prints a table: how long it asked, from the first request to the last, and how long the whole command took.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from reference.service import Service
from tests.several import NAMES, several, target, tokens
from tests.suite import check

if TYPE_CHECKING:
    from reference.messages import Answer, Call

LATENCY, RATE = 0.1, 25.0
WAYS = (
    ("one by one", 1, 1),
    ("4 at once", 1, 4),
    ("8 at once", 1, 8),
    ("2 accounts, 4 at once each", 2, 4),
    ("3 accounts, 4 at once each", 3, 4),
)
"""What it is called, how many accounts, and how many requests at once for each of them."""
HEAD = (
    "| asked | rate | exchanges | × latency ÷ accounts | ÷ rate ÷ accounts | asking | all |\n"
    "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
)


def measured(folder: Path, accounts: int, at_once: int, rate: float) -> tuple[int, float, float]:
    """The exchanges of a run, the seconds from the first request to the last, and those of the whole command."""
    times: list[float] = []
    answer = Service.answer

    def noted(self: Service, call: Call) -> Answer:
        times.append(time.monotonic())
        return answer(self, call)

    with several(accounts, latency=LATENCY) as server, patch.object(Service, "answer", noted):
        workers = [f"-n{accounts}"] if accounts > 1 else [f"--token-env={NAMES[0]}"]
        pace = [f"--concurrency={at_once}", f"--rate={rate}"]
        started = time.monotonic()
        variables: Any = tokens(server)
        done = check(folder, *target(server), *workers, *pace, **variables)
        whole = time.monotonic() - started
    assert done.code == 0, done.out
    return done.results["exchanges"], times[-1] - times[0], whole


def main() -> int:
    """Print a line for each way, without a limit of requests a second and with one."""
    print(HEAD, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for rate in (0.0, RATE):
            for number, (name, accounts, at_once) in enumerate(WAYS):
                exchanges, asking, whole = measured(Path(folder) / f"{rate}-{number}", accounts, at_once, rate)
                by_latency = f"{exchanges * LATENCY / accounts:.1f} s"
                by_rate = f"{exchanges / rate / accounts:.1f} s" if rate else "–"
                limit = f"{rate:g}/s" if rate else "none"
                print(
                    f"| {name} | {limit} | {exchanges} | {by_latency} | {by_rate} | {asking:.1f} s | {whole:.1f} s |",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
