"""Codes that a person types."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from conformance.model import Inconclusive, Untested
from conformance.two_factor.code_sources.base import CodeRequest, CodeSource

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTIONS = {
    "app": "The code that the authenticator application shows now (empty: there is none): ",
    "sms": "The code of the newest SMS (empty: there is none): ",
}
PATIENCE = 2
"""Questions in a row without an answer, after which no codes of a delivery are asked for."""


class Prompt(CodeSource):
    """A code that a person types: once for each set-up or message, and once more each time it was marked used.

    The code shows while it is typed: people have to see what they type, and the code is used up at once.
    """

    is_single_use = True
    seconds_per_code = math.inf

    def __init__(self, prompt: Callable[[str], str]) -> None:
        self._prompt = prompt
        self._request: CodeRequest | None = None
        self._code = ""
        self._is_used = False
        self._unanswered: Counter[str] = Counter()

    def code(self, request: CodeRequest) -> str:
        """The code that was typed; an empty answer says that there is none, or no other."""
        delivery, is_new = request.delivery, request != self._request
        if is_new:
            self._request, self._code = request, ""
        if self._unanswered[delivery] < PATIENCE if is_new else self._is_used:
            typed = self._ask(("" if is_new else "Another code is needed. ") + QUESTIONS[delivery])
            self._unanswered[delivery] = 0 if typed else self._unanswered[delivery] + 1
            self._code = typed or self._code
        self._is_used = False
        if not self._code:
            raise Inconclusive(f"no code was typed for {delivery} delivery")
        return self._code

    def peek(self, request: CodeRequest) -> str:
        """The code that was typed last for this request."""
        if request != self._request or not self._code:
            raise Untested("no code was typed for this set-up, and nobody is asked for one that must be rejected")
        return self._code

    def mark_used(self) -> None:
        """Ask again where another code is needed for the same request."""
        self._is_used = True

    def _ask(self, question: str) -> str:
        try:
            return "".join(self._prompt(question).split())
        except EOFError:
            return ""
        except OSError as error:
            raise Inconclusive(f"--code-source prompt: the terminal is gone ({error.strerror})") from error
