"""A person at a pseudo-terminal, who reads what a program writes there and types."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.suite import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SECONDS = 120
# The first to open a terminal in a session of its own gets it as its controlling one.
BEGIN = (
    "import os, sys\n"
    "terminal = os.open(sys.argv[1], os.O_RDWR)\n"
    "for number in (0, 1, 2): os.dup2(terminal, number)\n"
    "os.execvp(sys.argv[2], sys.argv[2:])\n"
)


def at_a_terminal(
    command: Sequence[str], types: Callable[[str], str | None], variables: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run a command at a terminal of its own.

    Args:
        command: the program and its arguments.
        types: given all that is shown so far since something was typed last, what the person types now, if anything.
        variables: the environment.

    Returns:
        The exit code, and all that was shown.
    """
    master, slave = pty.openpty()
    shown, since = "", ""
    deadline = time.monotonic() + SECONDS
    with subprocess.Popen(
        [sys.executable, "-c", BEGIN, os.ttyname(slave), *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=ROOT,
        env=dict(os.environ if variables is None else variables),
    ) as program:
        try:
            while time.monotonic() < deadline:
                ended = program.poll() is not None
                if select.select([master], [], [], 0 if ended else 0.05)[0]:
                    new = os.read(master, 1 << 16).decode("utf-8", "replace")
                    shown, since = shown + new, since + new
                elif ended:
                    return program.returncode, shown
                typed = types(since)
                if typed is not None:
                    since = ""
                    os.write(master, typed.encode())
        finally:
            with contextlib.suppress(ProcessLookupError):
                program.kill()
            os.close(slave)
            os.close(master)
    raise TimeoutError(shown)
