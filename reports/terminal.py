"""The lines at the end of a run: the verdict, what to fix and how to see it, and where the report is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reports.evidence import printable
from reports.verdicts import LEVELS, ORDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.results import Report
    from reports.verdicts import Finding, Outcome

VIOLATIONS_SHOWN = 10
REASONS_SHOWN = 5
IDS_SHOWN = 4
COLOURS = {"conformant": "green", "violated": "red", "configuration": "yellow", "no verdict": "yellow"}
TITLES = {
    "conformant": "CONFORMANT",
    "violated": "VIOLATED",
    "configuration": "NO VERDICT YET",
    "no verdict": "NO VERDICT",
}


class Line(NamedTuple):
    """A line for the terminal; `markup` are colours and weights as pytest's writer names them."""

    text: str
    markup: tuple[str, ...] = ()


def lines(report: Report, file: Path) -> Iterator[Line]:
    """All lines; `file` is the HTML report."""
    for line in _lines(report, file):
        yield Line(printable(report.evidence.clean(line.text)), line.markup)


def headline(outcome: Outcome) -> str:
    """The verdict and what it rests on, in one line."""
    return f"{TITLES[outcome.verdict]}: {outcome.why}"


def totals(outcome: Outcome) -> Iterator[str]:
    """A line for each level that has requirements."""
    for level in LEVELS:
        found = outcome.counts[level]
        if sum(found.values()):
            parts = [f"{found[verdict]} {verdict}" for verdict in ORDER if found[verdict]]
            yield f"{level:<7} {sum(found.values()):>3}: {', '.join(parts)}"


def grouped(findings: list[Finding]) -> dict[str, list[str]]:
    """The IDs of requirements by the reason for which they have no verdict."""
    groups: dict[str, list[str]] = {}
    for finding in findings:
        groups.setdefault(finding.detail, []).append(finding.requirement.id)
    return groups


def some(names: list[str], shown: int = IDS_SHOWN) -> str:
    """The first few names, and how many there are beside."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def _lines(report: Report, file: Path) -> Iterator[Line]:
    run, outcome = report.run, report.outcome
    violated = outcome.those("violated")
    for number, finding in enumerate(violated[:VIOLATIONS_SHOWN], start=1):
        yield from _violation(report, finding, number)
    if len(violated) > VIOLATIONS_SHOWN:
        yield Line(f"… and {len(violated) - VIOLATIONS_SHOWN} more violated requirements in {file.name}")
        yield Line("")
    if not run.problem:
        yield from _open(outcome)
    for note in outcome.notes:
        if note != outcome.why:
            yield Line(f"Note: {note}", ("yellow",))
    waived = outcome.those("waived")
    if waived:
        yield Line(f"Waived: {some([finding.requirement.id for finding in waived], 10)}")
    yield Line(headline(outcome), ("bold", COLOURS[outcome.verdict]))
    for text in totals(outcome):
        yield Line(f"  {text}")
    yield Line(f"  Asked {run.target.base_url}: {len(run.exchanges)} exchanges in {report.seconds} s")
    if run.left:
        yield Line(f"  The account: {run.left}")
    yield Line(f"  Report: {file}")


def _violation(report: Report, finding: Finding, number: int) -> Iterator[Line]:
    requirement, case = finding.requirement, finding.decisive[0]
    level = "" if requirement.level == "MUST" else f" ({requirement.level})"
    yield Line(f"{number}. {requirement.id}{level}", ("bold", "red"))
    yield Line(f"   Requirement: {requirement.sentence}")
    yield Line(f"   Expected:    {case.expected}")
    yield Line(f"   Actual:      {case.actual}")
    flaky = {False: ", flaky: it did not happen again", None: "", True: ", reproducible"}[case.reproducible]
    yield Line(f"   Cases:       {finding.tally}, first {case.name}{flaky}")
    if case.exchanges:
        yield Line(f"   {report.evidence.of(case.exchanges[-1]).curl}", ("cyan",))
    yield Line("")


def _open(outcome: Outcome) -> Iterator[Line]:
    """What has no verdict, by reason."""
    for verdict in ("inconclusive", "untested"):
        groups = grouped(outcome.those(verdict))
        for reason, names in list(groups.items())[:REASONS_SHOWN]:
            yield Line(f"{verdict.capitalize()} ({len(names)}): {reason}", ("yellow",))
            yield Line(f"   {some(names)}")
        if len(groups) > REASONS_SHOWN:
            yield Line(f"   … and {len(groups) - REASONS_SHOWN} more reasons in the report")
