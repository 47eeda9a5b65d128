"""The result in short: summary.md for the summary page of a CI job, and badge.json for shields.io."""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING

from reports.run_result import LEVELS, TITLES, UNDECIDED, VERDICTS, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.run_result import Cause, RunResult

MAX_CAUSES = 25
"""GitHub drops a summary of more than a megabyte as a whole."""
MAX_TEXT = 600
COLOURS = {"conformant": "1a7340", "violated": "b3261e", "configuration": "8a5a00", "no verdict": "8a5a00"}
SIGNS = {"conformant": "✅", "violated": "❌", "configuration": "⚠️", "no verdict": "⚠️"}


def summary(result: RunResult) -> str:
    """The content of summary.md."""
    return "\n".join(_lines(result)) + "\n"


def badge(result: RunResult) -> str:
    """The content of badge.json: an endpoint of shields.io."""
    counts = [result.counts[level] for level in result.levels]
    violated, waived = (sum(count[verdict] for count in counts) for verdict in ("violated", "waived"))
    message = TITLES[result.verdict].lower() + (f", {waived} waived" if waived else "")
    if result.verdict == "violated":
        message = f"{violated} of {sum(sum(count.values()) for count in counts)} violated"
    label = f"{result.contract.name.capitalize()} API"
    return json.dumps({"schemaVersion": 1, "label": label, "message": message, "color": COLOURS[result.verdict]})


def code(text: str) -> str:
    """Text as a code span, in which nothing is markup; cut where it is long."""
    text = " ".join(text.split())
    if len(text) > MAX_TEXT:
        text = f"{text[:MAX_TEXT]}…"
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text else ""


def cell(text: str) -> str:
    """A code span for a cell of a table, in which a bar is escaped."""
    return code(text).replace("|", "\\|")


def _lines(result: RunResult) -> Iterator[str]:
    missing = f" ({code(result.missing)})" if result.missing and result.verdict == "conformant" else ""
    yield from (f"## {SIGNS[result.verdict]} {TITLES[result.verdict].capitalize()}{missing}", "", code(result.why), "")
    source = "recorded exchanges, judged" if result.recorded else "exchanges"
    account = f" The account: {code(result.account.sentence)}" if result.account.sentence else ""
    yield f"{code(result.target.base_url)}, {result.exchanges} {source} in {result.seconds} s.{account}"
    yield from ("", f"| | {' | '.join(VERDICTS)} |", f"| --- |{' ---: |' * len(VERDICTS)}")
    for level in LEVELS:
        yield f"| {level} | {' | '.join(str(number or '·') for number in result.counts[level].values())} |"
    if result.notes:
        yield from ("", *(f"- {code(note)}" for note in result.notes))
    if result.causes:
        yield from ("", f"### {len(result.causes)} cause{'s' if len(result.causes) > 1 else ''} to fix")
    for number, cause in enumerate(result.causes[:MAX_CAUSES], start=1):
        yield from _cause(result, number, cause)
    if len(result.causes) > MAX_CAUSES:
        yield from ("", f"… and {len(result.causes) - MAX_CAUSES} more in report.html.")
    yield from _others(result)
    yield from _matrix(result)


def _cause(result: RunResult, number: int, cause: Cause) -> Iterator[str]:
    first, *others = result.findings_of(cause)
    case = first.decisive[0]
    yield from ("", f"**{number}. {escape(first.sentence, quote=False)}** ({first.level})", "")
    source = f"[{code(first.source)}]({first.url})" if first.url else code(first.source)
    yield f"- Requirement: {code(first.id)}, {source}"
    yield f"- Expected: {code(case.expected)}"
    yield f"- Actual: {code(case.actual)}"
    yield f"- Seen: {result.seen(cause)}, first {code(case.name)}"
    if others:
        yield f"- Also violated: {some([code(finding.id) for finding in others], 20)}"
    if cause.blocked:
        yield f"- No verdict because of it: {some(map(code, cause.blocked), 20)}"
    if result.run_again(cause):
        yield f"- Run only this: {code(result.run_again(cause))}"
    if case.exchanges:
        curl = case.script
        fence = "`" * max(3, max((len(run) for run in re.findall("`+", curl)), default=0) + 1)
        yield from ("", "<details><summary>Send it again</summary>", "", f"{fence}bash", curl, fence, "", "</details>")


def _others(result: RunResult) -> Iterator[str]:
    for verdict in UNDECIDED:
        reasons = result.by_reason(verdict)
        if reasons:
            yield from ("", f"### {verdict.capitalize()}", "")
        for reason, names in reasons.items():
            yield f"- {code(reason)}: {some(map(code, names), 20)}"
    waived = result.having("waived")
    if waived:
        yield from ("", "### Waived", "")
        yield from (f"- {code(finding.id)}: {code(finding.waiver)}" for finding in waived)


def _matrix(result: RunResult) -> Iterator[str]:
    yield from ("", f"<details><summary>All {len(result.requirements)} requirements</summary>", "")
    yield from ("| requirement | level | verdict | cases |", "| --- | --- | --- | ---: |")
    for finding in result.requirements:
        yield f"| {cell(finding.id)} | {finding.level} | {finding.verdict} | {finding.tally} |"
    yield from ("", "</details>")
