"""A shell command in a process group of its own: its output is bounded, and the group is killed when its time is up."""

from __future__ import annotations

import io
import os
import select
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_OUTPUT = 1 << 16
"""Bytes."""
TICK = 0.1
"""Seconds between two looks at a command that prints nothing."""


def run_shell(command: str, environment: Mapping[str, str], seconds: float) -> tuple[int | None, bytes]:
    """The exit code and the output of a command.

    Nothing shows on the terminal: the command has none, and its standard error is dropped.

    Returns:
        The exit code, `None` where the command was killed; and the output, longer than `MAX_OUTPUT` where it was
        killed for that.
    """
    with subprocess.Popen(  # noqa: S602 (the user's own command)
        command,
        shell=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            output = _read(process, time.monotonic() + seconds)
            return process.poll(), output.getvalue()
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


def _read(process: subprocess.Popen[bytes], deadline: float) -> io.BytesIO:
    """The output of a process until it ends; in a buffer, so that no traceback shows it."""
    assert process.stdout is not None
    pipe, output = process.stdout.fileno(), io.BytesIO()
    while (left := deadline - time.monotonic()) > 0 and output.tell() <= MAX_OUTPUT:
        if select.select([pipe], [], [], min(left, TICK))[0]:
            if not output.write(os.read(pipe, MAX_OUTPUT)):
                with suppress(subprocess.TimeoutExpired):
                    process.wait(left)
                break
        elif process.poll() is not None:
            break  # an agent that the command started keeps the pipe open
    return output
