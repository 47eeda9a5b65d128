"""What a case can come to: a violation, or the reasons for which there is no verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from conformance.exchange import Exchange

Verdict = Literal["conforms", "violated", "inconclusive", "waived", "untested"]
STAMPS = {True: "reproducible", False: "flaky: it did not happen again", None: "not asked for again"}
"""What is said of a violation, by whether it happened again."""


class Violation(AssertionError):  # noqa: N818 (the field's word)
    """An answer that breaks a requirement.

    `requirement` is the ID; `expected` and `actual` say in words what is demanded (empty: what the requirement says)
    and what came; the exchanges prove it, the decisive one last. `also` are IDs of requirements that the same answer
    breaks. `wrong` are all the answers that break it, where more do than are shown. `reproducible` is `None` until it
    was asked for again.
    """

    def __init__(  # noqa: PLR0913 (all but the first by name)
        self,
        requirement: str,
        *,
        expected: str,
        actual: str,
        exchanges: tuple[Exchange, ...] = (),
        also: tuple[str, ...] = (),
        wrong: tuple[Exchange, ...] = (),
        reproducible: bool | None = None,
    ) -> None:
        super().__init__(requirement, expected, actual)
        self.requirement = requirement
        self.also = also
        self.wrong = wrong
        self.reproducible = reproducible
        self.expected = expected
        self.actual = actual
        self.exchanges = exchanges

    def __str__(self) -> str:
        return f"{self.requirement}: expected {self.expected}; {self.actual}"


class NoVerdict(Exception):  # noqa: N818 (the base of the two reasons below)
    """The case ends without a judgement; `str()` says why, and what the user can do."""

    def __init__(self, reason: str, exchanges: tuple[Exchange, ...] = ()) -> None:
        super().__init__(reason)
        self.exchanges = exchanges


class Inconclusive(NoVerdict):
    """It was asked, and the answers allow no judgement: no answer, throttled, or the control was refused.

    `sent` is how often the request was sent to which there is no answer; it may be that it was given up before.
    """

    sent = 1


class Untested(NoVerdict):
    """It was not asked: something that the user did not give is needed for it."""


@dataclass
class Case:
    """One parametrized case and what it came to.

    `name` is the part of the node ID in brackets; `operation` is empty where the case concerns no single operation.
    `reproducible` is `None` where there was nothing to reproduce, or no budget left for it. `because` is the ID of the
    requirement whose violation on the way kept the case from a verdict. `wrong` is as in `Violation`.
    """

    requirements: tuple[str, ...]
    operation: str
    name: str
    verdict: Verdict = "conforms"
    detail: str = ""
    expected: str = ""
    actual: str = ""
    exchanges: tuple[Exchange, ...] = field(default=(), repr=False)
    reproducible: bool | None = None
    because: str = ""
    wrong: tuple[Exchange, ...] = field(default=(), repr=False)
