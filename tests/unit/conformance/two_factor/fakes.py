"""A clock, a console and requests for codes, shared by the tests of code sources."""

from __future__ import annotations

from conformance.console import Console
from conformance.two_factor.code_sources.base import CodeRequest

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
APP = CodeRequest("app", "", 1_000_000_000.0)


def requests_for_sms(count: int) -> list[CodeRequest]:
    """Requests for the codes of so many messages, the first of them sent at 1,000,000,001.9."""
    return [CodeRequest("sms", "+12025550123", 1_000_000_001.9 + number) for number in range(count)]


SMS, NEXT_SMS, THIRD_SMS = requests_for_sms(3)


class Clock:
    """A clock that moves in sleeps only."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class FakeConsole(Console):
    """A console that answers questions with the given lines, and keeps what it was asked to show."""

    def __init__(self, *lines: str, tty_problem: str = "") -> None:
        self.lines = list(lines)
        self.printed: list[str] = []
        self.questions: list[str] = []
        self.countdowns: list[tuple[float, str]] = []
        self._tty_problem = tty_problem

    def print(self, text: str) -> None:
        self.printed.append(text)

    def prompt(self, question: str) -> str:
        self.questions.append(question)
        return self.lines.pop(0)

    def countdown(self, seconds: float, reason: str, *, is_limit: bool = False) -> None:  # noqa: ARG002
        self.countdowns.append((seconds, reason))

    def tty_problem(self) -> str:  # type: ignore[override]  # no static method: it returns what the test set
        return self._tty_problem
