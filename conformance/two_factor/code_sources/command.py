"""Codes that a shell command prints. Its output goes to the target only."""

from __future__ import annotations

import io
import itertools
import math
import os
import select
import signal
import subprocess
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from conformance.model import Inconclusive, Untested
from conformance.two_factor.code_sources.base import CodeRequest, CodeSource

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from conformance.console import Console

MAX_OUTPUT = 1 << 16
"""Bytes."""
TICK = 0.1
"""Seconds between two looks at a command that prints nothing."""
PAUSE = 1.0
"""Seconds between two runs for one code."""
PATIENCE = 2
"""Waits in vain for a delivery, after which each code gets one run only, until that prints a new code."""
SINGLE_RUN = 5.0
"""Seconds of such a run, at most."""
NO_CODE = {"", "null", "none", "nil", "undefined"}
"""The output of programs that find no message, in lower case."""
CANNOT_RUN = {126: "exit code 126, the shell can't execute it", 127: "exit code 127, the shell can't find it"}


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


class Command(CodeSource):
    """The last word that a shell command prints; `timeout` is in seconds, for all runs for one code together.

    The command finds the request in its environment, without the hidden variables. It may wait for the message itself,
    or print the code that it knows: it is run until it prints a code other than the last one.
    """

    is_single_use = True

    def __init__(  # noqa: PLR0913 (the last three are for tests)
        self,
        command: str,
        timeout: float,
        console: Console,
        *,
        hidden_variables: Collection[str],
        run: Callable[[str, dict[str, str], float], tuple[int | None, bytes]] = run_shell,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._command, self._timeout, self._console, self._hidden = command, timeout, console, hidden_variables
        self._run, self._clock, self._sleep = run, clock, sleep
        self._request: CodeRequest | None = None
        self._codes: dict[str, str] = {}  # the last code of each delivery
        self._used: set[str] = set()  # deliveries whose last code was used
        self._waits_in_vain: Counter[str] = Counter()

    def code(self, request: CodeRequest) -> str:
        """A code that was not marked used and is not of an earlier SMS; else the old one, if it is printed again."""
        delivery, last_code, started = request.delivery, self._codes.get(request.delivery, ""), self._clock()
        if delivery == "sms" and request == self._request and delivery not in self._used:
            return last_code
        old_code = last_code if delivery == "sms" or delivery in self._used else ""
        code, problem = self._wait_for_code(request, old_code)
        if code in ("", old_code):
            self._waits_in_vain[delivery] += 1
        elif code != last_code:
            self._waits_in_vain[delivery] = 0
        if not code:
            raise Inconclusive(f"the command of --code-source printed no code for {delivery} delivery: {problem}")
        self.seconds_per_code = self._clock() - started
        self._request, self._codes[delivery] = request, code
        self._used.discard(delivery)
        return code

    def peek(self, request: CodeRequest) -> str:
        """The last code, if it was printed for this request."""
        if request != self._request:
            raise Untested("the code of --code-source command: is not known, and would take a message or time")
        return self._codes[request.delivery]

    def mark_used(self) -> None:
        """Hand out another code than the last one."""
        if self._request is not None:
            self._used.add(self._request.delivery)

    def _wait_for_code(self, request: CodeRequest, old_code: str) -> tuple[str, str]:
        """A code other than `old_code`, else `old_code` if it was printed; or an empty string and the reason."""
        is_patient = self._waits_in_vain[request.delivery] < PATIENCE
        timeout = self._timeout if is_patient else min(self._timeout, SINGLE_RUN)
        deadline = self._clock() + timeout
        printed = ""
        for run in itertools.count(1):
            code, problem, is_final = self._run_once(request, deadline - self._clock())
            printed = code or printed
            left = deadline - self._clock()
            if printed not in ("", old_code) or is_final or not is_patient or left <= PAUSE:
                break
            if run == 1:
                self._console.countdown(left, "no new code yet", is_limit=True)
            self._sleep(PAUSE)
        if run > 1:
            self._console.countdown(0, "")
        return printed, problem if is_patient else f"{problem}; it failed before, so it was not waited for"

    def _run_once(self, request: CodeRequest, seconds: float) -> tuple[str, str, bool]:
        """The code that the command prints, or an empty string and the reason; and whether another run is useless."""
        variables = {name: value for name, value in os.environ.items() if name not in self._hidden}
        exit_code, output = self._run(self._command, variables | request_variables(request), seconds)
        code, problem = "", ""
        if len(output) > MAX_OUTPUT:
            problem = f"it printed more than {MAX_OUTPUT >> 10} KiB"
        elif exit_code is None:
            problem = f"it took longer than {seconds:.3g} s; raise --code-timeout"
        elif exit_code:
            problem = CANNOT_RUN.get(exit_code, f"exit code {exit_code}")
        else:
            code = next(reversed(output.decode(errors="ignore").split()), "")
            if code.lower() in NO_CODE:
                code, problem = "", "its output is empty or null"
        # An application has no message to wait for: without a code now, there is none in the next run either.
        return code, problem, exit_code in CANNOT_RUN or (request.delivery == "app" and not code)


def request_variables(request: CodeRequest) -> dict[str, str]:
    """The environment variables of a request: delivery, number, and its time in whole Unix seconds and in ISO 8601."""
    since = math.floor(request.since)
    return {
        "TFE_CODE_DELIVERY": request.delivery,
        "TFE_SMS_NUMBER": request.number,
        "TFE_CODE_REQUESTED_AT": str(since),
        "TFE_CODE_REQUESTED_AT_ISO": datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
