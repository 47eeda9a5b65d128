"""How a run speaks while it goes on."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from conformance.voice import SCREEN, Lines, voice

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


class Screen:
    """A screen that remembers what it is to show."""

    def __init__(self) -> None:
        self.shown: list[Any] = []

    def say(self, text: str) -> None:
        self.shown.append(text)

    def wait(self, seconds: float, what_for: str) -> None:
        self.shown.append((seconds, what_for))

    @contextmanager
    def hidden(self) -> Iterator[None]:
        self.shown.append("hidden")
        yield
        self.shown.append("shown again")


def speaking(pytestconfig: pytest.Config, screen: Screen) -> Any:
    """A configuration as a run has it, with this session's capture."""
    return SimpleNamespace(pluginmanager=pytestconfig.pluginmanager, stash={SCREEN: screen})


def test_without_a_screen_lines_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    Lines().say("a line")
    Lines().wait(12.4, "429")
    with Lines().hidden():
        pass
    assert capsys.readouterr().err == "\na line\n\n429: waiting 12 s\n"


def test_a_screen_is_told_and_hidden_while_a_person_types(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen()
    run = voice(speaking(pytestconfig, screen))

    def typed(question: str) -> str:
        screen.say(question)
        return "123"

    monkeypatch.setattr("conformance.tty.ask", typed)
    run.say("a line")
    run.wait(12.4, "429")
    assert run.ask("code? ") == "123"
    assert screen.shown == ["a line", (12.4, "429"), "hidden", "code? ", "shown again"]
