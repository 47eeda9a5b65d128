"""Codes that a person types."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from conformance.account.codes import by_delivery
from conformance.verdicts import Inconclusive

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.account.codes import Wanted

FIRST = {
    "app": "The code that the authenticator application shows (empty: there is none): ",
    "sms": "The code that comes by SMS (empty: none came): ",
}
AGAIN = {
    "app": "It was refused. The code that the application shows now (empty: it was that one): ",
    "sms": "It was refused. The code of the newest SMS (empty: it was that one): ",
}
PATIENCE = 2
"""How often a person is asked in vain for a delivery."""


class Prompt:
    """A code that a person types: asked for once for each set-up or message, and once more after it was refused.

    It is shown as it is typed: a person has to see what they type, and the code is used up at once.
    """

    deliveries: tuple[str, ...] = ("app", "sms")
    standing = False
    scarce = True
    trusted = False
    fallible = True

    def __init__(self, ask: Callable[[str], str]) -> None:
        self._ask = ask
        self._wanted: Wanted | None = None
        self._code = ""
        self._refused = False
        self._in_vain: Counter[str] = Counter()

    def code(self, wanted: Wanted) -> str:
        """What was typed; an empty line says that there is no code, or after a refusal, that it is the same."""
        if wanted != self._wanted:
            self._wanted, self._refused = wanted, False
            self._code = self._typed(FIRST[wanted.delivery]) if self._in_vain[wanted.delivery] < PATIENCE else ""
            self._in_vain[wanted.delivery] += not self._code
        elif self._refused and self._code:
            self._refused = False
            self._code = self._typed(AGAIN[wanted.delivery]) or self._code
        if not self._code:
            raise Inconclusive(f"no code was typed for {wanted.delivery} delivery")
        return self._code

    def glance(self, wanted: Wanted) -> str:
        """What was typed last for this set-up or message."""
        return self._code if wanted == self._wanted and self._code else self.code(wanted)

    def spend(self) -> None:
        """The person knows by themselves."""

    def refuse(self) -> None:
        """Ask once more: it may have been mistyped, or that of another message."""
        self._refused = True

    def effort(self, needed: Mapping[str, int]) -> str:
        """A person's attention."""
        return f"you are asked for {by_delivery(needed)}"

    def _typed(self, question: str) -> str:
        try:
            return "".join(self._ask(question).split())
        except EOFError:
            return ""
        except OSError as error:
            raise Inconclusive(f"--code-source prompt: there is no terminal any more ({error.strerror})") from error
