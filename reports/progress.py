"""The progress of a run: a line that is drawn anew on a terminal, and a line now and then where there is none."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.progress import BarColumn, ProgressColumn, Task
from rich.progress import Progress as Bar
from rich.table import Column
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.console import Console
    from conformance.model import Verdict

STEPS = 10
"""Lines of a run where none is drawn."""
SILENCE = 30.0
"""Seconds after which there is one more."""


class Progress:
    """Shows the cases that have ended, the exchanges, the time, the violations and the wait.

    It is drawn on the console, on standard error: pytest's reporter writes to standard output, and is not redirected.
    """

    def __init__(
        self,
        console: Console,
        total: int,
        exchanges: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console, self._total, self._exchanges, self._clock = console, total, exchanges, clock
        self._done = self._step = 0
        self._violated: list[str] = []
        self._began = self._printed = clock()
        self._bar: Bar | None = None
        if console.interactive:
            columns, rich = (BarColumn(bar_width=10), _Status(self.line)), console.rich
            self._bar = Bar(*columns, console=rich, transient=True, redirect_stdout=False, redirect_stderr=False)
            self._task = self._bar.add_task("", total=total)
            console.attach(self._bar)

    def advance(self, verdict: Verdict, requirement: str = "") -> None:
        """A case has ended; `requirement` is the ID that a violation is counted by."""
        self._done += 1
        if verdict == "violated" and (not requirement or requirement not in self._violated):
            self._violated.append(requirement)
        if self._bar is not None:
            self._bar.advance(self._task)
            return
        step, now = self._done * STEPS // max(self._total, 1), self._clock()
        if step > self._step or now - self._printed >= SILENCE:
            self._step, self._printed = step, now
            self._console.print(self.line())

    def close(self) -> None:
        """Clear the line."""
        if self._bar is not None:
            self._console.detach()
            self._bar = None

    def line(self) -> str:
        """The progress in words, such as "63/526 cases, 80 exchanges, 1 min 4 s, 1 violated (verify.wrong-code)"."""
        busy = f"{self._exchanges()} exchanges, {duration(self._clock() - self._began)}"
        parts = [f"{self._done}/{self._total} cases", self._console.waiting or busy]
        if self._violated:
            latest = f" ({self._violated[-1]})" if self._violated[-1] else ""
            parts.append(f"{len(self._violated)} violated{latest}")
        return ", ".join(parts)


class _Status(ProgressColumn):
    """The progress in words, cut at the edge of the terminal."""

    def __init__(self, line: Callable[[], str]) -> None:
        super().__init__(Column(no_wrap=True, overflow="ellipsis", ratio=1))
        self._line = line

    def render(self, task: Task) -> Text:  # noqa: ARG002 (the run knows more)
        """The line as it is now."""
        return Text(self._line())


def duration(seconds: float) -> str:
    """A time in words, such as "1 h 5 min"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = {"h": hours, "min": minutes, "s": 0 if hours else rest}
    return " ".join(f"{value} {unit}" for unit, value in parts.items() if value) or "0 s"
