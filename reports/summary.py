"""summary.md: the verdict and what to fix, for the summary page of a CI job."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from reports.evidence import printable
from reports.terminal import TITLES, grouped, some
from reports.verdicts import LEVELS, ORDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.results import Report
    from reports.verdicts import Finding, Outcome

VIOLATIONS_SHOWN = 25
LONGEST = 600
"""Characters of what is said in one place; GitHub drops a summary of more than a megabyte as a whole."""
LONGEST_CURL = 8_000
SIGNS = {"conformant": "✅", "violated": "❌", "configuration": "⚠️", "no verdict": "⚠️"}


def summary(report: Report) -> str:
    """The document."""
    return report.evidence.clean("\n".join(_lines(report)) + "\n")


def code(text: str) -> str:
    """Text as a code span, in which nothing that it holds is markup."""
    text = printable(" ".join(text.split()))
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}…"
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text else ""


def cell(text: str) -> str:
    """A code span for a cell of a table, where a bar would end the cell even so."""
    return code(text).replace("|", "\\|")


def fenced(text: str, language: str) -> Iterator[str]:
    """Text as a fenced block."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}{language}", text, fence)


def _lines(report: Report) -> Iterator[str]:
    run, outcome = report.run, report.outcome
    yield from (f"## {SIGNS[outcome.verdict]} {TITLES[outcome.verdict].capitalize()}", "", code(outcome.why), "")
    left = f" The account: {code('; '.join(run.left.splitlines()))}" if run.left else ""
    made = f"of {code(run.source)}" if run.source else f"in {report.seconds} s"
    yield f"{code(run.target.base_url)}, {len(run.exchanges)} exchanges {made}.{left}"
    yield ""
    yield f"| | {' | '.join(ORDER)} |"
    yield f"| --- | {' | '.join('---:' for _ in ORDER)} |"
    for level in LEVELS:
        found = outcome.counts[level]
        if sum(found.values()):
            yield f"| {level} | {' | '.join(str(found[verdict] or '·') for verdict in ORDER)} |"
    notes = [note for note in outcome.notes if note != outcome.why]
    if notes:
        yield from ("", *(f"- {code(note)}" for note in notes))
    yield from _violated(report)
    yield from _others(outcome)
    yield from _all(outcome)


def _violated(report: Report) -> Iterator[str]:
    violated = report.outcome.those("violated")
    if not violated:
        return
    yield from ("", "### Violated", "", "| requirement | level | actual | cases |", "| --- | --- | --- | ---: |")
    for finding in violated:
        actual = cell(finding.decisive[0].actual)
        yield f"| {cell(finding.requirement.id)} | {finding.requirement.level} | {actual} | {finding.tally} |"
    for finding in violated[:VIOLATIONS_SHOWN]:
        yield from _violation(report, finding)
    if len(violated) > VIOLATIONS_SHOWN:
        yield from ("", f"… and {len(violated) - VIOLATIONS_SHOWN} more in report.html.")


def _others(outcome: Outcome) -> Iterator[str]:
    for verdict in ("inconclusive", "untested"):
        groups = grouped(outcome.those(verdict))
        if groups:
            yield from ("", f"### {verdict.capitalize()}", "")
        for reason, names in groups.items():
            yield f"- {code(reason)}: {some([code(name) for name in names], 20)}"
    waived = outcome.those("waived")
    if waived:
        yield from ("", "### Waived", "")
        yield from (f"- {code(finding.requirement.id)}: {code(finding.waiver)}" for finding in waived)


def _all(outcome: Outcome) -> Iterator[str]:
    """The matrix, folded."""
    yield from ("", f"<details><summary>All {len(outcome.findings)} requirements</summary>", "")
    yield from ("| requirement | level | verdict | cases |", "| --- | --- | --- | ---: |")
    for finding in outcome.findings:
        requirement = finding.requirement
        yield f"| {cell(requirement.id)} | {requirement.level} | {finding.verdict} | {finding.tally} |"
    yield from ("", "</details>")


def _violation(report: Report, finding: Finding) -> Iterator[str]:
    requirement, case = finding.requirement, finding.decisive[0]
    yield ""
    sentence = escape(requirement.sentence, quote=False)
    yield f"<details><summary><code>{escape(requirement.id)}</code> {sentence}</summary>"
    yield ""
    yield f"- Source: {code(requirement.source)}"
    yield f"- Expected: {code(case.expected)}"
    yield f"- Actual: {code(case.actual)}"
    yield f"- Cases: {finding.tally}, first {code(case.name)}"
    if case.exchanges:
        shown = report.evidence.of(case.exchanges[-1])
        yield f"- Answer: {shown.status} to {code(f'{shown.method} {shown.url}')}"
        yield ""
        if len(shown.curl) <= LONGEST_CURL:
            yield from fenced(shown.curl, "bash")
        else:
            yield "The line of curl that sends it again is in report.html, as it is a long one."
    yield from ("", "</details>")
