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
PUBLISHED = ROOT / "docs" / "hostile-targets.md"
HEAD = """\
# Hostile targets

What a run comes to against targets that do harm to who asks them, and what it takes: its exit code, its seconds, those
of them in which it was busy, and its peak memory. To the left the target is hostile from its first answer on, to the
right after 30 answers like those of any other. Exit code 0 is right where HTTP and the page allow what the target does.

`make siege` makes this table anew. What the targets do is in `tests/conformance/hostile.py` and `contents.py`.

| target | exit | time | busy | memory | exit | time | busy | memory |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""
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


def row(name: str) -> str:
    """What is published of the runs against a target."""
    runs = [besieged(name, after=after) for after in (0, HONEST_FIRST)]
    cells = [f"{run.code} | {run.seconds:.0f} s | {run.busy:.0f} s | {run.peak} MiB" for run in runs]
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    """Publish all targets, or print the rows of some."""
    some = sys.argv[1:]
    rows = []
    with ThreadPoolExecutor(2) as pool:
        for cells in pool.map(row, some or [*NO_ANSWER, *CONTENTS]):
            rows.append(cells)
            print(cells, flush=True)
    if not some:
        PUBLISHED.write_text("\n".join([HEAD, *rows, ""]), "utf-8")


if __name__ == "__main__":
    main()
