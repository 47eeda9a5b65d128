"""A person at a terminal, who reads what a program writes there, and types."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SECONDS = 180
# The first to open a terminal in a session of its own gets it as its controlling one.
BEGIN = (
    "import os, sys\n"
    "terminal = os.open(sys.argv[1], os.O_RDWR)\n"
    "for number in (0, 1, 2): os.dup2(terminal, number)\n"
    "os.execvp(sys.argv[2], sys.argv[2:])\n"
)


def at_a_terminal(
    command: Sequence[str], types: Callable[[str], str | None], variables: Mapping[str, str]
) -> tuple[int, str]:
    """Run a command at a terminal of its own.

    Args:
        command: the program and its arguments.
        types: gets the output since something was typed last, and returns the text to type, if any.
        variables: the environment.

    Returns:
        The exit code, and all output.
    """
    master, slave = pty.openpty()
    output, since = "", ""
    deadline = time.monotonic() + SECONDS
    with subprocess.Popen(
        [sys.executable, "-c", BEGIN, os.ttyname(slave), *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=dict(variables),
    ) as program:
        try:
            while time.monotonic() < deadline:
                has_ended = program.poll() is not None
                if select.select([master], [], [], 0 if has_ended else 0.05)[0]:
                    new = os.read(master, 1 << 16).decode("utf-8", "replace")
                    output, since = output + new, since + new
                elif has_ended:
                    return program.returncode, output
                typed = types(since)
                if typed is not None:
                    since = ""
                    os.write(master, typed.encode())
        finally:
            with contextlib.suppress(ProcessLookupError):
                program.kill()
            os.close(slave)
            os.close(master)
    raise TimeoutError(output)


def rows_on_screen(output: str) -> list[str]:
    """The rows that a terminal is left with, without colours."""
    rows, row, column = [""], 0, 0
    for part in re.findall(r"\x1b\[[0-9;?]*[a-zA-Z]|.|\n", output, re.DOTALL):
        if part == "\n":
            row += 1
            rows += [""] * (row - len(rows) + 1)
        elif part == "\r":
            column = 0
        elif part == "\x1b[2K":
            rows[row] = ""
        elif re.fullmatch(r"\x1b\[\d*A", part):
            row -= int(part[2:-1] or 1)
        elif not part.startswith("\x1b"):
            rows[row] = rows[row][:column].ljust(column) + part + rows[row][column + 1 :]
            column += 1
    return [text.rstrip() for text in rows]
