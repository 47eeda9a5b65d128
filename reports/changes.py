"""What became of each requirement from one results.json to the next: better, worse, or something in between."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reports.stored import ABSENT
from reports.verdicts import LEVELS, gating

if TYPE_CHECKING:
    from reports.stored import Results

RANKS = {"conforms": 3, "waived": 2, "untested": 1, "inconclusive": 1, "violated": 0}
MARKS = ("worse", "unclear", "new", "gone", "waived", "better", "between")
"""What a requirement may have become; what has to be looked at first comes first."""


@dataclass(frozen=True)
class Change:
    """A requirement whose verdicts are not the same in all files."""

    id: str
    level: str
    verdicts: tuple[str, ...]

    @property
    def mark(self) -> str:
        """What it became in the last file.

        `worse`: than it was in any file before, but for a waiver; `unclear`: it has no verdict now, and had none
        better; `between`: it differs only in a file between the first and the last.
        """
        *before, last = self.verdicts
        known = [RANKS[verdict] for verdict in before if verdict != ABSENT]
        if last == ABSENT:
            return "gone"
        if known and last != "waived" and RANKS[last] < max(known):
            return "worse"
        if self.verdicts[0] == ABSENT:
            return "new"
        if last == self.verdicts[0]:
            return "between"
        return {"conforms": "better", "waived": "waived"}.get(last, "unclear")


@dataclass(frozen=True)
class Comparison:
    """Several results side by side, in the order in which they were given."""

    runs: tuple[Results, ...]

    @cached_property
    def names(self) -> list[str]:
        """All requirements that any file knows, in the order of the last."""
        return list(dict.fromkeys(name for run in reversed(self.runs) for name in run.found))

    @cached_property
    def changes(self) -> list[Change]:
        """The requirements whose verdicts differ, those first that have to be looked at."""
        found = [
            Change(name, self.known(name)["level"], tuple(verdicts))
            for name in self.names
            if len(set(verdicts := [run.verdict(name) for run in self.runs])) > 1
        ]
        return sorted(found, key=lambda change: (MARKS.index(change.mark), LEVELS.index(change.level)))

    @property
    def gating(self) -> tuple[str, ...]:
        """The levels that count: SHOULDs do where the first and the last run were strict."""
        return gating(strict=all(run.document["tool"]["strict"] for run in (self.runs[0], self.runs[-1])))

    @property
    def regressions(self) -> list[Change]:
        """The changes for the worse that count."""
        return [change for change in self.changes if change.mark == "worse" and change.level in self.gating]

    @property
    def headline(self) -> str:
        """How many requirements that count are worse, in a sentence."""
        count = len(self.regressions)
        s, verb = ("s", "are") if count > 1 else ("", "is")
        levels = " or ".join(f"{level}{s}" for level in self.gating)
        before = f"in {self.runs[0].label}" if len(self.runs) == 2 else "before"
        return f"{count or 'No'} {levels} {verb} worse in {self.runs[-1].label} than {before}"

    @property
    def tally(self) -> str:
        """How many requirements became what, in words."""
        count = Counter(change.mark for change in self.changes)
        same = (
            f"{len(self.names) - len(self.changes)} of {len(self.names)} requirements have the same verdict everywhere"
        )
        return ", ".join([*(f"{count[mark]} {mark}" for mark in MARKS if count[mark]), same])

    def known(self, name: str) -> dict[str, Any]:
        """What the last file that knows it says of a requirement."""
        return next(run.found[name] for run in reversed(self.runs) if name in run.found)

    def failing(self, name: str) -> dict[str, list[str]]:
        """The cases that fail only in the first or only in the last file, if the last says that it is violated."""
        if self.runs[-1].verdict(name) != "violated":
            return {}
        before, after = self.runs[0].failing(name), self.runs[-1].failing(name)
        found = {
            "newly failing": [case for case in after if case not in before],
            "no longer failing": [case for case in before if case not in after],
        }
        return {said: cases for said, cases in found.items() if cases}

    @property
    def shifted(self) -> list[str]:
        """The requirements that are violated in the first file and in the last, by other cases."""
        first = self.runs[0]
        return [name for name in self.names if first.verdict(name) == "violated" and self.failing(name)]
