"""What was asked: how many of the contract's requirements, with how many cases, and how long the answers took."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from reports.causes import ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reports.results import Report
    from schemas import Operation

ELSEWHERE = ""
"""Stands for the operation where cases concern no single one."""


class Share(NamedTuple):
    """How many requirements of how many were asked, and with how many cases."""

    asked: int
    known: int
    cases: int


@dataclass(frozen=True)
class Covered:
    """What was asked of one operation: of its request, of its answers, and of its behaviour; `None`: all of them.

    `statuses` says how many answers had which; `seconds` are the times that answers took, the shortest first.
    """

    operation: Operation | None
    request: Share
    answers: Share
    behaviour: Share
    statuses: dict[int, int]
    seconds: tuple[float, ...]

    def percentile(self, part: float) -> float:
        """The time that so many answers, of a hundred, did not exceed."""
        return self.seconds[max(ceil(len(self.seconds) * part / 100) - 1, 0)]


def coverage(report: Report) -> list[Covered]:
    """What was asked of each operation, and of several taken together."""
    contract, exchanges = report.run.contract, report.run.exchanges
    cases: dict[str, dict[str, list[bool]]] = {}
    for finding in report.outcome.findings:
        for case in finding.cases:
            here = cases.setdefault(case.operation, {}).setdefault(finding.requirement.id, [])
            here.append(case.verdict != "untested")
    found = []
    for operation in (*contract.operations.values(), None):
        name = operation.name if operation else ELSEWHERE
        asked = cases.get(name, {})
        request = ids(operation.request) if operation else set()
        answers = set(contract.judged_by_answers(operation)) if operation else set()
        own = {each.id for each in contract.requirements.values() if each.operation == name} | asked.keys()
        there = [exchange for exchange in exchanges if exchange.operation == name]
        found.append(
            Covered(
                operation,
                _share(request, asked),
                _share(answers, asked),
                _share(own - request - answers, asked),
                dict(sorted(Counter(exchange.response.status for exchange in there).items())),
                tuple(sorted(exchange.seconds for exchange in there)),
            )
        )
    return found


def _share(names: Iterable[str], asked: Mapping[str, Sequence[bool]]) -> Share:
    found = [asked.get(name, ()) for name in names]
    return Share(sum(any(cases) for cases in found), len(found), sum(map(sum, found)))


def duration(seconds: float) -> str:
    """A time in words, with two digits or three."""
    if seconds < 0.001:
        return "< 1 ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def ticks(seconds: Sequence[float], longest: float, width: int) -> list[int]:
    """Where each time stands on a line of this width that ends at the longest, each place once."""
    return sorted({round(each / longest * width) for each in seconds}) if longest else []
