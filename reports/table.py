"""pytest-html's own table of all cases: its columns and rows, and how it comes into our page."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from conformance.tool import TOOL, tool_version
from reports.evidence import printable

if TYPE_CHECKING:
    from conformance.verdicts import Case

LABELS = {
    "failed": "violated",
    "xfailed": "violated, though only a SHOULD",
    "passed": "conform",
    "skipped": "untested",
    "error": "inconclusive",
}
COLUMNS = (("result", "Verdict"), ("requirement", "Requirement"), ("testId", "Case"), ("seconds", "Seconds"))
"""pytest-html's page reads two of them by these names."""
STYLE = re.compile(r'<style type="text/css">(.*?)</style>', re.DOTALL)
BODY = re.compile(r"<body>(.*)</body>", re.DOTALL)
CORRECTIONS = (
    (re.compile(r'<h1 id="title">.*?</h1>', re.DOTALL), ""),
    (re.compile(r' onclick="[^"]*"'), ""),  # a strict Content-Security-Policy allows none
    (re.compile(r'(<input [^>]*data-test-result="(\w+)")'), r'\1 aria-label="show \2"'),
    (re.compile(r'<img src=""'), '<img alt=""'),
    (re.compile(r'<source src=""'), "<source"),
    (re.compile(r"<(/?)footer>"), r"<\1div>"),
)
"""What in pytest-html's page keeps it from being read by everyone, and by what it is replaced."""


def environment(report_target: str, python: str, seed: int) -> dict[str, str]:
    """The Environment table, which pytest-html does not escape itself."""
    found = {"Target": report_target, TOOL: tool_version(), "Python": python, "Seed": str(seed)}
    return {name: escape(value) for name, value in found.items()}


def header_cells() -> list[str]:
    """The head of the table."""
    return [f'<th class="sortable" data-column-type="{name}">{title}</th>' for name, title in COLUMNS]


def outcome_of(report: Any) -> str:
    """The outcome of a pytest report as pytest-html calls it."""
    if report.failed and report.when != "call":
        return "Error"
    return "XFailed" if hasattr(report, "wasxfail") else str(report.outcome).capitalize()


def row_cells(outcome: str, case: Case | None, name: str, seconds: float) -> list[str]:
    """A row of the table; `name` is what was run, where it is no case."""
    result = case.verdict if case else outcome
    requirement = ""
    if case and case.requirements:
        more = len(case.requirements) - 1
        requirement = case.requirements[0] + (f" and {more} more" if more else "")
    cells = (requirement, case.name if case else name, f"{seconds:.3f}")
    # The page filters by pytest's outcomes, so the first cell keeps its own, out of sight.
    first = f'<td class="col-result" hidden>{escape(outcome)}</td><td class="col-verdict">{escape(result)}</td>'
    columns = [column for column, _ in COLUMNS[1:]]
    return [
        first,
        *(
            f'<td class="col-{column}">{escape(printable(text))}</td>'
            for column, text in zip(columns, cells, strict=True)
        ),
    ]


def parts(html: str) -> tuple[str, str]:
    """The style sheet and the body of pytest-html's page, corrected; empty where it has another form than is known."""
    style, body = STYLE.search(html), BODY.search(html)
    if not style or not body:
        return "", ""
    text = body[1]
    for wrong, right in CORRECTIONS:
        text = wrong.sub(right, text)
    return style[1], text
