"""The console of a run: prints, prompts and announced waits, past pytest's capture and around a live display."""

from __future__ import annotations

import math
import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

import rich.console

from conformance.masking import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress

TERMINAL = "/dev/tty"
"""The terminal of the process, whatever its standard streams are."""


def terminal_stream() -> TextIO:
    """A copy of standard error that pytest's capture does not redirect, if it is made while nothing is captured."""
    try:
        descriptor = os.dup(sys.stderr.fileno())
    except (AttributeError, OSError, ValueError):
        return sys.stderr
    return open(descriptor, "w", encoding=sys.stderr.encoding, errors="backslashreplace", closefd=False)


class RichConsole(rich.console.Console):
    """A console of rich whose reader may be gone."""

    def on_broken_pipe(self) -> None:
        """Print no more; rich would exit."""
        self.quiet = True


class Console:
    """Prints lines, prompts a person, and announces waits.

    Attributes:
        interactive: a live display can be drawn, as the stream is a terminal that can move its cursor.
        rich: the console of rich that all is printed with, for a live display.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        interactive: bool | None = None,  # noqa: FBT001 (the second of two)
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        stream = terminal_stream() if stream is None else stream
        drawable = stream.isatty() and os.environ.get("TERM") != "dumb"
        self.interactive = drawable if interactive is None else interactive
        self.rich: rich.console.Console = RichConsole(
            file=stream, force_terminal=True if self.interactive else None, markup=False, emoji=False, highlight=False
        )
        self._clock = clock
        self._display: Progress | None = None
        self._waits_since = self._waits_until = 0.0
        self._reason, self._is_limit = "", False

    def print(self, text: str) -> None:
        """Print a line, above the live display. A stream that nobody reads any more is no error."""
        with suppress(OSError):
            self.rich.print(printable(text), soft_wrap=True)

    def countdown(self, seconds: float, reason: str, *, is_limit: bool = False) -> None:
        """Announce a wait that begins now, and return; one of no seconds ends the one before.

        Where `is_limit` is set, the wait may end earlier.
        """
        self._waits_since, self._reason, self._is_limit = self._clock(), reason, is_limit
        self._waits_until = self._waits_since + seconds
        if self.waiting and self._display is None:
            self.print(self.waiting)

    @property
    def waiting(self) -> str:
        """The present wait, such as "429, as the target asks: waiting 12 s", or an empty string."""
        now = self._clock()
        left, elapsed = math.ceil(self._waits_until - now), int(now - self._waits_since)
        if left <= 0:
            return ""
        if not self._is_limit:
            return f"{self._reason}: waiting {left} s"
        since = f" for {elapsed} s," if elapsed else ""
        return f"{self._reason}: waiting{since} at most {elapsed + left} s"

    def prompt(self, question: str) -> str:
        """The line that a person types at the terminal, without its end.

        Raises:
            OSError: there is no terminal.
            EOFError: nobody types any more.
        """
        if self._display is None:
            return _ask(printable(question))
        self._display.stop()
        try:
            return _ask(printable(question))
        finally:
            self._display.start()

    @staticmethod
    def tty_problem() -> str:
        """The reason why there is no terminal to prompt at, or an empty string."""
        try:
            with open(TERMINAL, "rb", buffering=0):  # noqa: PTH123 (it is no file)
                return ""
        except OSError as error:
            return error.strerror or type(error).__name__

    def attach(self, display: Progress) -> None:
        """Start a live display; it tells of waits, and is hidden while a person types."""
        self._display = display
        display.start()

    def detach(self) -> None:
        """Stop the live display."""
        if self._display is not None:
            self._display.stop()
            self._display = None


def _ask(question: str) -> str:
    import termios  # noqa: PLC0415 (not every system has it)

    with (
        open(TERMINAL, encoding="utf-8", errors="replace") as keyboard,  # noqa: PTH123
        open(TERMINAL, "w", encoding="utf-8") as screen,  # noqa: PTH123
    ):
        termios.tcflush(keyboard, termios.TCIFLUSH)  # a key that was hit earlier is no answer
        screen.write(f"\n{question}")
        screen.flush()
        line = keyboard.readline()
    if not line:
        raise EOFError
    return line.removesuffix("\n")
