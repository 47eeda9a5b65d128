"""The run while it goes on: one line that is drawn anew on a terminal, and a line now and then where there is none."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal

import pytest

from conformance.voice import waiting
from reports.estimate import Estimate, Seen, costs, seen

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from conformance.run import Run

Manner = Literal["drawn", "lines", "silent", "pytest"]
TICK = 0.2
"""Seconds between two drawings."""
SETTLED = 2.0
"""Seconds after which an estimate is worth showing."""
APART, AT_LEAST = 10.0, 60.0
"""Seconds between two lines where none is drawn: no fewer, and no more though the run has not come a tenth further."""
COLUMNS = 80
"""Where a terminal does not say how many it has; the last one is left free, as some begin a new line in it."""
STEPS = ((10.0, 1), (120.0, 5), (600.0, 30), (float("inf"), 60))
"""Up to so many seconds, an estimate is told in steps of so many."""


class Progress:
    """Shows how far a run is: a pytest plugin, and the screen of the run's voice.

    `estimate` is that of what is left. In the manner "drawn" there is a line that is drawn anew all the time; in
    "lines", a line now and then; in "silent" none, and in "pytest" neither, as pytest has a line for each case.
    """

    def __init__(self, run: Run, reporter: pytest.TerminalReporter, manner: Manner) -> None:
        self._run, self._reporter, self._manner = run, reporter, manner
        self._done = 0
        self.estimate = Estimate({}, Seen(lambda: 0))
        self._began = self._told = time.monotonic()
        self._share = 0.0
        self._waits_until, self._waits_for = 0.0, ""
        self._pen: Pen | None = None

    # -- the screen of the run's voice -----------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Show a line, with what is drawn below it."""
        with self.hidden():
            self._reporter.write_line(text)
            self._reporter.flush()

    def wait(self, seconds: float, what_for: str) -> None:
        """Count a wait down where a line is drawn, else say it; one of no seconds ends the one before."""
        now = time.monotonic()
        self._waits_until, self._waits_for = now + seconds, what_for
        self.estimate.wait(seconds, now)
        if self._pen is None and seconds > 0:
            self.say(waiting(seconds, what_for))

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Draw nothing inside the block."""
        if self._pen is None:
            yield
        else:
            with self._pen.lifted():
                yield

    # -- the plugin ------------------------------------------------------------------------------------------------

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """See what is to come."""
        if not self._run.recording:
            self.estimate = Estimate(costs(session.items, self._run), seen(self._run))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Let pytest show why tests could not be collected: no case will."""
        if report.failed:
            self._reporter.config.option.tbstyle = "short"

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Draw until the last case has ended, and the account is left; an interruption ends it as `-x` does."""
        self._began = self._told = time.monotonic()
        if self._manner == "drawn":
            self._pen = Pen(self.text)
        try:
            return (yield)
        except KeyboardInterrupt as stop:
            if self._manner == "pytest" or isinstance(stop, session.Interrupted):
                raise
            session.shouldstop = "interrupted"
            return True
        finally:
            if self._pen is not None:
                self._pen.close()
                self._pen = None

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A case begins."""
        self.estimate.begin(nodeid, time.monotonic())

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """A case has ended."""
        self._done += 1
        self.estimate.end(nodeid, time.monotonic())
        if self._manner == "lines":
            self._tell_now_and_then()

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(self) -> Generator[None, Any, Any]:
        """Keep pytest from writing a letter for each case."""
        category, letter, word = yield
        return (category, letter, word) if self._manner == "pytest" else (category, "", "")

    # -- what is shown ---------------------------------------------------------------------------------------------

    def text(self, width: int = 200) -> str:
        """How far the run is, in so many characters at most: what tells least is left out."""
        now = time.monotonic()
        left, wait, cases = self._left(now), self._waits_until - now, len(self._run.planned)
        broken = {name for case in list(self._run.cases) if case.verdict == "violated" for name in case.requirements}
        parts = {
            "cases": f"{self._done}/{cases} cases" if cases else f"{self._done} cases",
            "exchanges": f", {self._run.asked} exchanges",
            "gone": f", {duration(now - self._began)}",
            "left": f", about {duration(roughly(left))} left" if left is not None else "",
            "violated": f", {len(broken)} violated" if broken else "",
            "wait": f" ({waiting(wait, self._waits_for)})" if wait > 0 else "",
        }
        for least in ("exchanges", "gone", "violated", "wait", "left"):
            if len("".join(parts.values())) > width:
                parts[least] = ""
        return "".join(parts.values())[:width]

    def _left(self, now: float) -> float | None:
        left = self.estimate.left(now)
        return None if now - self._began < SETTLED else left

    def _tell_now_and_then(self) -> None:
        now = time.monotonic()
        gone, since = now - self._began, now - self._told
        if since < APART:
            return
        share = gone / (gone + (self._left(now) or 0.0))
        if since >= AT_LEAST or share >= self._share + 0.1:
            self._told, self._share = now, share
            self.say(self.text())


class Pen:
    """Draws a line of text anew all the time, past pytest's capture; `text` makes it for a width in characters."""

    def __init__(self, text: Callable[[int], str]) -> None:
        self._text = text
        self._lock = threading.RLock()
        self._closed = threading.Event()
        # The capture turns the descriptor of standard output elsewhere while a case runs; a copy of it stays.
        self._paper = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii", errors="replace")
        self._thread = threading.Thread(target=self._draw_on, name="progress", daemon=True)
        self._thread.start()

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Clear the line, and draw nothing inside the block."""
        with self._lock:
            with suppress(OSError):
                self._write("")
            yield

    def close(self) -> None:
        """Clear the line, and draw it no more."""
        self._closed.set()
        self._thread.join()
        with suppress(OSError):
            self._write("")
        with suppress(OSError):
            self._paper.close()

    def _draw_on(self) -> None:
        with suppress(Exception):  # Whatever becomes of the line, the run goes on.
            while not self._closed.wait(TICK):
                with self._lock:
                    self._write(self._text(self._columns()))

    def _write(self, text: str) -> None:
        # Blanks and a carriage return clear a line on every terminal, with what was typed on it.
        self._paper.write(f"\r{' ' * self._columns()}\r{text}")
        self._paper.flush()

    def _columns(self) -> int:
        with suppress(OSError):
            return (os.get_terminal_size(self._paper.fileno()).columns or COLUMNS) - 1
        return COLUMNS - 1


def duration(seconds: float) -> str:
    """A time in words."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = {"h": hours, "min": minutes, "s": 0 if hours else rest}
    return " ".join(f"{value} {unit}" for unit, value in parts.items() if value) or "0 s"


def roughly(seconds: float) -> float:
    """Seconds to the precision that an estimate has; never none."""
    step = next(step for longest, step in STEPS if seconds <= longest)
    return max(round(seconds / step) * step, step)
