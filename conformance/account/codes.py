"""What a source of verification codes is, and the simplest one: always the same code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Wanted:
    """What a code is wanted for: the delivery ("app" or "sms"), the number, and when it was asked for (Unix seconds).

    `since` is the time just before the request was sent that began the set-up, or that had the code sent again.
    """

    delivery: str
    number: str
    since: float


class CodeSource(Protocol):
    """Tells the right code.

    `deliveries` are those that it may know codes for, the best first. `standing` tells that a code can be had without
    a message being sent for it. `scarce` tells that each accepted code costs time, money or a person's attention.
    `trusted` tells that its codes are right beyond doubt, so that a refusal is the target's fault; `fallible`, that
    one may be that of an earlier message, or mistyped, so that after a refusal another is to be asked for.
    """

    deliveries: tuple[str, ...]
    standing: bool
    scarce: bool
    trusted: bool
    fallible: bool

    def code(self, wanted: Wanted) -> str:
        """The code that is right now.

        Raises:
            Inconclusive: it can't be had.
        """

    def glance(self, wanted: Wanted) -> str:
        """A code that is right or was so just now, without a wait: for requests that are to be rejected anyway."""

    def spend(self) -> None:
        """The last code was accepted: a careful server takes it once only."""

    def refuse(self) -> None:
        """The last code was refused where the right one was awaited."""

    def effort(self, needed: Mapping[str, int]) -> str:
        """What it takes to have so many codes, by delivery, in words."""


class Static:
    """Always the same code, as test servers have it."""

    deliveries: tuple[str, ...] = ("app", "sms")
    standing = True
    scarce = False
    trusted = False
    fallible = False

    def __init__(self, code: str) -> None:
        self._code = code

    def code(self, wanted: Wanted) -> str:  # noqa: ARG002
        """The one code."""
        return self._code

    glance = code

    def spend(self) -> None:
        """A fixed code is never used up."""

    def refuse(self) -> None:
        """There is no other."""

    def effort(self, needed: Mapping[str, int]) -> str:  # noqa: ARG002
        """Nothing."""
        return "always the same"


def by_delivery(needed: Mapping[str, int]) -> str:
    """So many codes, by delivery, in words."""
    names = {"app": "of an application", "sms": "by SMS"}
    return ", ".join(f"{count} {names[delivery]}" for delivery, count in needed.items() if count)
