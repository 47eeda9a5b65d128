"""The suite against targets that do it harm: what a run comes to, and what it takes (`python -m tests.siege`)."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reference.server import serving
from tests.conformance.contents import CONTENTS
from tests.conformance.hostile import NO_ANSWER
from tests.conformance.relay import Honest, between
from tests.conformance.staging import CODE, Staging
from tests.suite import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

HONEST_FIRST = 30
"""Answers after which a target turns hostile that seemed to be one like any other."""
Spoil = Callable[[socket.socket, Honest], None]


class Held(NamedTuple):
    """A run that has ended: exit code, what it printed, seconds, seconds of the processor, peak memory in MiB."""

    code: int
    out: str
    seconds: float
    busy: float
    peak: int


def spoilt(name: str) -> Spoil:
    """What a hostile target does instead of answering."""
    if name in CONTENTS:
        return lambda connection, honest: connection.sendall(CONTENTS[name](honest))

    def spoil(connection: socket.socket, honest: Honest) -> None:  # noqa: ARG001
        NO_ANSWER[name][0](connection)
        raise ConnectionAbortedError  # it answers once

    return spoil


@contextlib.contextmanager
def target(spoil: Spoil, *, after: int) -> Iterator[tuple[str, str]]:
    """The base URL and the token of a target that turns hostile after so many answers."""
    with serving(Staging()) as server, between(server, spoil, after=after) as url:
        yield url, server.token


def held(folder: Path, url: str, token: str, *arguments: str) -> Held:
    """Run the suite to its end, however that comes about; the reports go to a folder below `folder`."""
    command = [sys.executable, str(ROOT / "conformance" / "__main__.py"), "check", f"--report-dir={folder / 'report'}"]
    command += [f"--base-url={url}", f"--code-source=static:{CODE}", *arguments]
    started = time.monotonic()
    peak = 0
    with (folder / "out").open("wb") as out:
        run = subprocess.Popen(command, stdout=out, stderr=out, cwd=ROOT, env=environment(folder, TFE_TOKEN=token))
        while not (ended := os.wait4(run.pid, os.WNOHANG))[0]:
            peak = memory(run.pid) or peak
            time.sleep(0.05)
    _, status, used = ended
    run.returncode = os.waitstatus_to_exitcode(status)
    said = (folder / "out").read_text("utf-8", "backslashreplace")
    return Held(run.returncode, said, time.monotonic() - started, used.ru_utime + used.ru_stime, peak)


def memory(pid: int) -> int:
    """The peak of a process so far, in MiB; what the system keeps of an ended one begins with that of its parent."""
    with contextlib.suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("utf-8"))
        return int(found[1]) // 1024 if found else 0
    return 0


def besieged(name: str, *, after: int, folder: Path | None = None, arguments: tuple[str, ...] = ()) -> Held:
    """A run against one of the hostile targets."""
    with tempfile.TemporaryDirectory() as temporary, target(spoilt(name), after=after) as (url, token):
        return held(folder or Path(temporary), url, token, *arguments)


def main() -> None:
    """Print a row for each: from its first answer on, and from a later one on."""
    names = sys.argv[1:] or [*NO_ANSWER, *CONTENTS]

    def row(name: str) -> str:
        runs = [besieged(name, after=after) for after in (0, HONEST_FIRST)]
        return "".join(f" {run.code} | {run.seconds:.0f} s | {run.busy:.0f} s | {run.peak} MiB |" for run in runs)

    print("| target | exit | time | processor | memory " + "| exit | time | processor | memory |")
    print("| --- |" + " ---: |" * 8)
    with ThreadPoolExecutor(2) as pool:
        for name, cells in zip(names, pool.map(row, names), strict=True):
            print(f"| {name} |{cells}", flush=True)


if __name__ == "__main__":
    main()
