"""Caps on a run: requests to an operation, wrong codes, right codes, messages and exchanges."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from conformance.model import Untested

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Cost(NamedTuple):
    """The kinds that a request counts as: `always`, and `if_accepted` only if its response is a 2xx."""

    always: tuple[str, ...] = ()
    if_accepted: tuple[str, ...] = ()


class LimitReached(Untested):
    """A request is not sent because a limit is reached."""

    def __init__(self, kind: str, limit: int) -> None:
        super().__init__(f"the limit of {limit} {kind} is reached; raise it with --budget {kind}=N")
        self.kind = kind


class Limits:
    """The limits of a run by kind, and the counts so far. A kind that is not named has no limit."""

    def __init__(self, limits: Mapping[str, int] | None = None) -> None:
        self._limits = dict(limits or {})
        self._counts: Counter[str] = Counter()

    @property
    def by_kind(self) -> dict[str, int]:
        """The limits by kind."""
        return dict(self._limits)

    def check(self, kinds: Iterable[str], reserve: Iterable[str] = ()) -> None:
        """Check that one more of each kind is allowed, with `reserve` left for the requests after it.

        Raises:
            LimitReached: it is not.
        """
        needed = Counter(kinds)
        for kind, count in (needed + Counter(reserve)).items():
            if kind in needed and self.left(kind) < count:
                raise LimitReached(kind, self._limits[kind])

    def count(self, kinds: Iterable[str]) -> None:
        """Count one of each kind."""
        self._counts.update(kinds)

    def left(self, kind: str) -> float:
        """The number of a kind that is still allowed."""
        return self._limits.get(kind, math.inf) - self._counts[kind]

    def lift(self) -> None:
        """Remove all limits: the account must be cleaned up whatever that costs."""
        self._limits = {}

    def __str__(self) -> str:
        return ", ".join(f"{kind}={limit}" for kind, limit in self._limits.items()) or "none"
