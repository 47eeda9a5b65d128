"""What a run may cost the target and its owner: so many requests to an operation, wrong codes, messages, in all."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from conformance.target import ConfigurationError
from conformance.verdicts import Untested

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

EXCHANGES = "exchanges"
NONE = "none"


class Costs(NamedTuple):
    """What a request costs, by kind: whatever the answer is, and only if it is accepted."""

    asked: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()


class Spent(Untested):
    """A budget is used up."""


class Budget:
    """How much of each kind may be spent; a kind that is not named has no limit.

    `limits` and `spent` are numbers by kind: "exchanges", the name of an operation (requests to it, whatever the
    answer, but those that are throttled), and the kinds that the subject of the contract knows.
    """

    def __init__(self, limits: Mapping[str, int] | None = None) -> None:
        self.limits = dict(limits or {})
        self.spent: Counter[str] = Counter()

    def check(self, kinds: Iterable[str], keep: Iterable[str] = ()) -> None:
        """Find that one of each of these may be spent, and `keep` be left after it; one that stands there twice is two.

        Raises:
            Spent: it may not.
        """
        wanted = Counter(kinds)
        for kind, count in (wanted + Counter(keep)).items():
            if kind in wanted and kind in self.limits and self.spent[kind] + count > self.limits[kind]:
                raise Spent(
                    f"left out for the budget of {self.limits[kind]} {kind}: a larger --budget {kind}=N asks it"
                )

    def left(self, kind: str) -> float:
        """How much of a kind may still be spent."""
        return self.limits.get(kind, math.inf) - self.spent[kind]

    def spend(self, kinds: Iterable[str], times: int = 1) -> None:
        """Count a request, or several alike; below zero, those that were not sent after all."""
        for kind in kinds:
            self.spent[kind] += times

    def lift(self) -> None:
        """Limit nothing from now on: cleaning up has to be done whatever it costs."""
        self.limits = {}

    def __str__(self) -> str:
        return ", ".join(f"{kind} {limit}" for kind, limit in self.limits.items()) or "no limits"


def parsed(text: str | None, kinds: Collection[str], default: Mapping[str, int]) -> Budget:
    """The budget that `KIND=N,KIND=N` or `none` says; what it does not name is as in the default.

    Raises:
        ConfigurationError: it says something else.
    """
    if text is None:
        return Budget(default)
    if text.strip() == NONE:
        return Budget()
    limits = dict(default)
    for part in text.split(","):
        kind, _, number = (word.strip() for word in part.partition("="))
        if kind not in kinds:
            raise ConfigurationError(f"--budget: {kind!r} is none of {', '.join(kinds)}; or say {NONE} alone")
        if number == NONE:
            limits.pop(kind, None)
        elif number.isascii() and number.isdecimal():
            limits[kind] = int(number)
        else:
            raise ConfigurationError(f"--budget: {kind}={number}: give a number, or {NONE}")
    return Budget(limits)
