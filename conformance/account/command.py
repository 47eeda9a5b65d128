"""Codes that a shell command prints. What it prints is seen by nobody but the target."""

from __future__ import annotations

import contextlib
import io
import math
import os
import select
import signal
import subprocess
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from conformance.account.codes import by_delivery
from conformance.verdicts import Inconclusive

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.account.codes import Wanted
    from conformance.redaction import Redactor
    from conformance.voice import Voice

SECONDS = 60.0
"""How long a command may take to tell a code, all its runs for that code together."""
PAUSE = 1.0
"""Seconds between two runs for a code that has not come yet."""
QUIET = 2.0
"""Seconds that are waited without a word."""
TICK = 0.1
MOST = 1 << 16
"""Bytes that are read of what a command prints."""
PATIENCE = 2
"""How often a delivery is waited for in vain."""
NOTHING = {"null", "none", "nil", "undefined"}
"""What programs print where there is no message yet."""
NO_COMMAND = {126: "the shell can't execute it", 127: "the shell can't find it"}


class Command:
    """The code that a shell command prints, as the last word of its output.

    It finds in its environment what the code is wanted for. It may wait for the message itself, or tell what there is:
    it is run again until there is a code that was not there before.
    """

    deliveries: tuple[str, ...] = ("app", "sms")
    standing = False
    scarce = True
    trusted = False
    fallible = True

    def __init__(  # noqa: PLR0913 (the last two for tests)
        self,
        command: str,
        redactor: Redactor,
        voice: Voice,
        seconds: float = SECONDS,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._command, self._redactor, self._voice, self._seconds = command, redactor, voice, seconds
        self._clock, self._sleep = clock, sleep
        self._told: dict[str, tuple[Wanted, str]] = {}
        self._over: dict[str, set[str]] = defaultdict(set)
        self._in_vain: Counter[str] = Counter()
        self._repeats: set[str] = set()
        self._delivery = ""
        self._repeated: Wanted | None = None
        self._started = 0.0
        self._announced = False

    def code(self, wanted: Wanted) -> str:
        """A code that was not there before: none of an earlier message, and none that was accepted or refused.

        Where no other one comes in time, it is the same again: some test servers know one code only. That is waited for
        once for each set-up or message.

        Raises:
            Inconclusive: there is none.
        """
        self._delivery = delivery = wanted.delivery
        message, told = self._told.get(delivery, (None, ""))
        if delivery == "sms" and told:
            if wanted == message and told not in self._over[delivery]:
                return told
            self._over[delivery].add(told)
        code, problem = ("", "so it is not run again")
        known = wanted == self._repeated
        if self._in_vain[delivery] < PATIENCE or known:
            code, problem = self._awaited(wanted)
            repeated = code in self._over[delivery] and delivery not in self._repeats
            self._in_vain[delivery] += not code or (repeated and not known)
            self._repeated = wanted if repeated else None
        if not code:
            raise Inconclusive(f"the command of --code-source told no code for {delivery} delivery: {problem}")
        self._told[delivery] = (wanted, code)
        return code

    def glance(self, wanted: Wanted) -> str:
        """What the command told last for this set-up or message."""
        message, told = self._told.get(wanted.delivery, (None, ""))
        return told if wanted == message else self.code(wanted)

    def spend(self) -> None:
        """The code was accepted; if it had been before, it may be so again."""
        self._over[self._delivery].add(self._told[self._delivery][1])
        self._in_vain[self._delivery] = 0
        if self._repeated:
            self._repeats.add(self._delivery)

    def refuse(self) -> None:
        """The code was refused: it may be that of an earlier message."""
        self._over[self._delivery].add(self._told[self._delivery][1])
        self._repeats.discard(self._delivery)
        self._repeated = None

    def effort(self, needed: Mapping[str, int]) -> str:
        """Messages, and time."""
        otherwise = ", or all by SMS if it knows no others" if needed["app"] else ""
        return f"the command is to tell {by_delivery(needed)}{otherwise}"

    def _awaited(self, wanted: Wanted) -> tuple[str, str]:
        """The code, or why there is none; a code that is over only where there is no other in time."""
        self._started, self._announced = self._clock(), False
        again = wanted.delivery in self._repeats or wanted == self._repeated
        over = set() if again else self._over[wanted.delivery]
        told = ""
        while True:
            code, problem, final = self._run(wanted)
            if (code and code not in over) or final or self._left() <= PAUSE:
                break
            told = code
            self._sleep(PAUSE)
        if self._announced:
            self._voice.wait(0, "")
        # The last run may have been cut off by the end of the time.
        return code or (told if self._left() <= 0 else ""), problem

    def _left(self) -> float:
        """The seconds that are left for the present code; said once, if it takes long."""
        left = self._started + self._seconds - self._clock()
        if not self._announced and left < self._seconds - QUIET:
            self._announced = True
            self._voice.wait(left, "no new code yet")
        return left

    def _run(self, wanted: Wanted) -> tuple[str, str, bool]:
        """What a single run told, or what was wrong with it, and whether another one would help."""
        # A buffer, and a session of its own, so that the output shows neither in a traceback nor on the terminal.
        printed = io.BytesIO()
        ended = False
        with subprocess.Popen(  # noqa: S602 (the user's own command)
            self._command,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | environment(wanted),
            start_new_session=True,
        ) as process:
            try:
                ended = self._followed(process, printed)
            finally:
                if not ended:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
        if printed.tell() > MOST:
            return "", f"it printed more than {MOST >> 10} KiB", True
        if not ended:
            return "", f"it did not end within {self._seconds:.0f} s", True
        if process.returncode:
            problem = NO_COMMAND.get(process.returncode, "")
            said = f"it ended with exit code {process.returncode}" + (f", {problem}" if problem else "")
            return "", said, bool(problem) or wanted.delivery == "app"
        try:
            words = printed.getvalue().decode().split()
        except UnicodeDecodeError:
            return "", "it printed what is no UTF-8", True
        if not words or words[-1].lower() in NOTHING:
            return "", "it printed no code", wanted.delivery == "app"
        self._redactor.add_code(words[-1], "[code]")
        return words[-1], "", False

    def _followed(self, process: subprocess.Popen[bytes], printed: io.BytesIO) -> bool:
        """Read what a command prints until it ends; whether it did so in time, and without printing too much."""
        assert process.stdout is not None
        output = process.stdout.fileno()
        while (left := self._left()) > 0 and printed.tell() <= MOST:
            if select.select([output], [], [], min(left, TICK))[0]:
                if not printed.write(os.read(output, MOST)):
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(left)
                    break
            elif process.poll() is not None:
                break  # something that it left behind keeps its output open
        return process.returncode is not None and printed.tell() <= MOST


def environment(wanted: Wanted) -> dict[str, str]:
    """What a command is told: delivery, number, and when the code was asked for, in whole seconds and in ISO 8601."""
    since = math.floor(wanted.since)
    return {
        "TFE_CODE_DELIVERY": wanted.delivery,
        "TFE_SMS_NUMBER": wanted.number,
        "TFE_CODE_REQUESTED_AT": str(since),
        "TFE_CODE_REQUESTED_AT_ISO": datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
