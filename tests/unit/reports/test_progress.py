"""The progress of a run is drawn on a terminal, and printed now and then elsewhere."""

from __future__ import annotations

import io
import re
import sys

import pytest

from conformance.console import Console
from reports.progress import Progress, duration


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def terminal_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "50")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def test_times_in_words() -> None:
    words = {0: "0 s", 0.4: "0 s", 31: "31 s", 60: "1 min", 200: "3 min 20 s", 3599.7: "1 h", 3900: "1 h 5 min"}
    assert {seconds: duration(seconds) for seconds in words} == words


def test_the_line_tells_cases_exchanges_time_violations_and_the_wait() -> None:
    clock = Clock()
    console = Console(io.StringIO(), clock=clock)
    progress = Progress(console, 526, lambda: 322, clock)
    progress.advance("conforms")
    clock.now += 64
    assert progress.line() == "1/526 cases, 322 exchanges, 1 min 4 s"
    for requirement in ("enable.accepted", "verify.wrong-code", "enable.accepted"):
        progress.advance("violated", requirement)
    assert progress.line() == "4/526 cases, 322 exchanges, 1 min 4 s, 2 violated (verify.wrong-code)"
    console.countdown(12, "429, as the target asks")
    assert progress.line() == "4/526 cases, 429, as the target asks: waiting 12 s, 2 violated (verify.wrong-code)"
    progress.advance("violated")
    assert progress.line().endswith(", 3 violated")


def test_a_plain_line_comes_with_each_tenth() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = Progress(Console(stream, clock=clock), 526, lambda: 322, clock)
    for _ in range(526):
        clock.now += 0.1
        progress.advance("conforms")
    progress.close()
    lines = stream.getvalue().splitlines()
    assert [int(line.partition("/")[0]) for line in lines] == [53, 106, 158, 211, 263, 316, 369, 421, 474, 526]
    assert lines[0] == "53/526 cases, 322 exchanges, 5 s"


def test_a_plain_line_comes_after_thirty_seconds() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = Progress(Console(stream, clock=clock), 10_000, lambda: 1, clock)
    for _ in range(10):
        clock.now += 10
        progress.advance("conforms")
    assert [line.partition("/")[0] for line in stream.getvalue().splitlines()] == ["3", "6", "9"]


def test_a_run_without_cases_is_no_error() -> None:
    stream = io.StringIO()
    progress = Progress(Console(stream), 0, lambda: 0)
    assert not stream.getvalue()
    progress.advance("conforms")  # more cases than were planned
    progress.close()
    assert stream.getvalue() == "1/0 cases, 0 exchanges, 0 s\n"


def test_on_a_terminal_a_line_is_drawn_and_cleared() -> None:
    stream, clock = io.StringIO(), Clock()
    console = Console(stream, interactive=True, clock=clock)
    streams = sys.stdout, sys.stderr
    progress = Progress(console, 2, lambda: 3, clock)
    assert (sys.stdout, sys.stderr) == streams
    progress.advance("conforms")
    console.print("a line that is printed above")
    progress.advance("violated", "verify.wrong-code")
    progress.close()
    progress.close()
    drawn = stream.getvalue()
    assert re.search(r"2/2 cases, 3 exchanges, 0 s, 1 violated \(v[a-z.]+…", drawn)
    assert "a line that is printed above\n" in drawn
    assert drawn.endswith("\x1b[1A\x1b[2K")
    assert drawn.count("\x1b[?25l") == drawn.count("\x1b[?25h") == 1
    console.print("the end")
    assert stream.getvalue() == f"{drawn}the end\n"


def test_without_a_terminal_nothing_is_drawn_though_colours_are_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    stream = io.StringIO()
    progress = Progress(Console(stream), 1, lambda: 1)
    progress.advance("conforms")
    progress.close()
    assert stream.getvalue() == "1/1 cases, 1 exchanges, 0 s\n"


def test_no_colour_is_used_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = io.StringIO()
    progress = Progress(Console(stream, interactive=True), 1, lambda: 1)
    progress.advance("violated")
    progress.close()
    assert "\x1b[3" not in stream.getvalue()
