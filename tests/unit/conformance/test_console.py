"""The console prints, prompts and announces waits, and nothing of a target's text moves its cursor."""

from __future__ import annotations

import io
import os
import pty
import sys
import threading
from typing import TYPE_CHECKING, cast

import pytest
from rich.progress import Progress

from conformance.console import Console, terminal_stream
from conformance.masking import Masker, MaskingStream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO


@pytest.fixture(autouse=True)
def terminal_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The other end of a pseudo-terminal that takes the place of the process's own."""
    keyboard, screen = pty.openpty()
    monkeypatch.setattr("conformance.console.TERMINAL", os.ttyname(screen))
    yield keyboard
    os.close(keyboard)
    os.close(screen)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_line_is_printed_as_it_is_however_long() -> None:
    stream = io.StringIO()
    Console(stream).print(f"[bold]a[/bold] :smile: https://a.example 12 {' long' * 40}")
    assert stream.getvalue() == f"[bold]a[/bold] :smile: https://a.example 12 {' long' * 40}\n"


def test_control_characters_are_printed_as_escapes() -> None:
    stream = io.StringIO()
    Console(stream, interactive=True).print("a\x1b[2J\r\u202eb")
    assert stream.getvalue() == "a\\x1b[2J\\r\\u202eb\n"


def test_a_secret_is_masked_by_the_stream() -> None:
    stream, masker = io.StringIO(), Masker()
    masker.add("Tok-AbCdEf1234567890.xyz", "$TFE_TOKEN")
    Console(cast("TextIO", MaskingStream(stream, masker))).print("it is Tok-AbCdEf1234567890.xyz")
    assert stream.getvalue() == "it is $TFE_TOKEN\n"


def test_a_wait_is_announced_and_counted_down() -> None:
    stream, clock = io.StringIO(), Clock()
    console = Console(stream, clock=clock)
    console.countdown(12.4, "429, as the target asks")
    assert stream.getvalue() == "429, as the target asks: waiting 13 s\n"
    clock.now += 12
    assert console.waiting == "429, as the target asks: waiting 1 s"
    clock.now += 1
    assert not console.waiting


def test_a_wait_that_may_end_earlier_counts_up() -> None:
    stream, clock = io.StringIO(), Clock()
    console = Console(stream, clock=clock)
    console.countdown(60, "no new code yet", is_limit=True)
    assert stream.getvalue() == "no new code yet: waiting at most 60 s\n"
    clock.now += 12.3
    assert console.waiting == "no new code yet: waiting for 12 s, at most 60 s"
    clock.now += 50
    assert not console.waiting


def test_a_wait_of_no_seconds_ends_the_one_before() -> None:
    stream = io.StringIO()
    console = Console(stream)
    console.countdown(100, "429")
    console.countdown(0, "429")
    assert not console.waiting
    assert len(stream.getvalue().splitlines()) == 1


@pytest.mark.parametrize("error", [BrokenPipeError, OSError])
def test_a_stream_that_nobody_reads_is_no_error(error: type[OSError]) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise error(text)

    console = Console(Gone())
    console.print("a line")
    console.countdown(10, "429")


@pytest.mark.parametrize(
    ("is_terminal", "term", "interactive"), [(True, "xterm", True), (True, "dumb", False), (False, "xterm", False)]
)
def test_a_live_display_needs_a_terminal_with_a_cursor(
    monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool, term: str, interactive: bool
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: is_terminal)
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert Console(stream).interactive is interactive


def test_the_terminal_stream_is_past_the_capture_of_pytest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "terminal").open("w+") as terminal, (tmp_path / "captured").open("w+") as captured:
        monkeypatch.setattr(sys, "stderr", terminal)
        console = Console()
        os.dup2(captured.fileno(), terminal.fileno())  # as pytest does it while a test runs
        console.print("a line é")
    assert (tmp_path / "terminal").read_text(encoding="utf-8") == "a line é\n"
    assert not (tmp_path / "captured").read_text()


def test_a_terminal_of_few_characters_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "terminal").open("w", encoding="ascii") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        Console().print("é 漢")
    assert (tmp_path / "terminal").read_text() == "\\xe9 \\u6f22\n"


def test_standard_error_without_a_descriptor_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    assert terminal_stream() is stream


def answer(console: Console, terminal: int, typed: bytes) -> tuple[list[str | type[Exception]], str]:
    """What a prompt comes to when this is typed at it, and what was shown before."""
    results: list[str | type[Exception]] = []

    def ask() -> None:
        try:
            results.append(console.prompt("code\x1b? "))
        except EOFError as error:
            results.append(type(error))

    thread = threading.Thread(target=ask)
    thread.start()
    shown = b""
    while not shown.endswith(b"? "):
        shown += os.read(terminal, 100)
    os.write(terminal, typed)
    thread.join(10)
    return results, shown.decode()


def test_a_person_is_prompted_at_the_terminal(terminal: int) -> None:
    assert not Console.tty_problem()
    os.write(terminal, b"a key that was hit earlier\n")
    results, shown = answer(Console(io.StringIO()), terminal, b"271828\n")
    assert results == ["271828"]
    assert shown.endswith("\r\ncode\\x1b? ")


def test_a_person_who_leaves_is_no_answer(terminal: int) -> None:
    results, _ = answer(Console(io.StringIO()), terminal, b"\x04")
    assert results == [EOFError]


def test_a_missing_terminal_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("conformance.console.TERMINAL", str(tmp_path / "none"))
    assert Console.tty_problem() == "No such file or directory"
    with pytest.raises(OSError, match="No such file"):
        Console(io.StringIO()).prompt("code? ")


class Display(Progress):
    """A display that remembers when it was drawn."""

    def __init__(self) -> None:
        super().__init__(disable=True)
        self.events: list[str] = []

    def start(self) -> None:
        self.events.append("start")

    def stop(self) -> None:
        self.events.append("stop")


def test_a_display_is_hidden_while_a_person_types_and_tells_of_waits_itself(terminal: int) -> None:
    stream, display = io.StringIO(), Display()
    console = Console(stream, interactive=True)
    console.attach(display)
    console.countdown(10, "429")
    assert not stream.getvalue()
    assert answer(console, terminal, b"1\n")[0] == ["1"]
    console.detach()
    console.detach()
    assert display.events == ["start", "stop", "start", "stop"]
