"""How a run speaks with the person who started it: past pytest's capture, and around what is drawn on the screen."""

from __future__ import annotations

import sys
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pytest

from conformance import tty

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


class Voice(NamedTuple):
    """What a run says and asks.

    `say` shows a line; `ask` puts a question and gives the answer; `wait` tells that so many seconds are waited from
    now on, and what for: it returns at once. A wait of no seconds ends the one before.
    """

    say: Callable[[str], None]
    ask: Callable[[str], str]
    wait: Callable[[float, str], None]

    def discreet(self, clean: Callable[[str], str]) -> Voice:
        """The same, with clean questions: they go to the terminal itself, past all else that cleans."""
        return self._replace(ask=lambda question: self.ask(clean(question)))


class Screen(Protocol):
    """Where a run is shown while it goes on."""

    def say(self, text: str) -> None:
        """Show a line."""

    def wait(self, seconds: float, what_for: str) -> None:
        """Show that so many seconds are waited from now on, and what for."""

    def hidden(self) -> AbstractContextManager[None]:
        """Draw nothing inside the block: someone else has the terminal."""


class Lines:
    """A screen where there is no other: lines on standard error."""

    def say(self, text: str) -> None:
        """Write a line."""
        sys.stderr.write(f"\n{text}\n")
        sys.stderr.flush()

    def wait(self, seconds: float, what_for: str) -> None:
        """Write a line."""
        if seconds > 0:
            self.say(waiting(seconds, what_for))

    def hidden(self) -> AbstractContextManager[None]:
        """Nothing is drawn."""
        return nullcontext()


SCREEN = pytest.StashKey[Screen]()
"""Where the run is shown, if not by `Lines`."""


def voice(config: pytest.Config) -> Voice:
    """The voice of a run by pytest; which screen there is, it looks up each time."""
    lines = Lines()

    def say(text: str) -> None:
        # Who reads may be gone: what can't be said any more must not keep the run from cleaning up.
        with suppress(OSError), _capture(config).global_and_fixture_disabled():
            config.stash.get(SCREEN, lines).say(text)

    def wait(seconds: float, what_for: str) -> None:
        with suppress(OSError), _capture(config).global_and_fixture_disabled():
            config.stash.get(SCREEN, lines).wait(seconds, what_for)

    def ask(question: str) -> str:
        with config.stash.get(SCREEN, lines).hidden():
            return tty.ask(question)

    return Voice(say, ask, wait)


def waiting(seconds: float, what_for: str) -> str:
    """A wait in words."""
    return f"{what_for}: waiting {seconds:.0f} s"


def _capture(config: pytest.Config) -> Any:
    return config.pluginmanager.getplugin("capturemanager")
