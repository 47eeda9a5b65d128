"""What pytest-html's page is given: the verdict, the requirement matrix and the evidence, as escaped HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from reports.evidence import layout, printable
from reports.results import TOOL, tool_version
from reports.templates import rendered, style
from reports.terminal import TITLES, grouped
from reports.verdicts import LEVELS, ORDER

if TYPE_CHECKING:
    from conformance.verdicts import Case
    from reports.evidence import Evidence
    from reports.results import Report
    from schemas import Contract

TITLE = "Conformance report"
EXPANDED = 20
"""Violated requirements whose evidence is open when the page opens."""
STAMPS = {True: "reproducible", False: "flaky: it did not happen again", None: "not asked for again"}
LABELS = {
    "failed": "violated",
    "xfailed": "violated, though only a SHOULD",
    "passed": "conform",
    "skipped": "untested",
    "error": "inconclusive",
}
COLUMNS = (("result", "Verdict"), ("requirement", "Requirement"), ("testId", "Case"), ("seconds", "Seconds"))
"""pytest-html's page reads two of them by these names."""


def overview(report: Report) -> str:
    """The part of the page that says what was found."""
    outcome = report.outcome
    rows = sorted(outcome.those(*ORDER), key=lambda finding: ORDER.index(finding.verdict))
    return rendered(
        "overview.html.jinja",
        report=report,
        run=report.run,
        outcome=outcome,
        title=TITLES[outcome.verdict].capitalize(),
        style=style(),
        levels=[level for level in LEVELS if sum(outcome.counts[level].values())],
        order=ORDER,
        rows=rows,
        violated=outcome.those("violated"),
        reasons=[(verdict, grouped(outcome.those(verdict))) for verdict in ("inconclusive", "untested")],
        expanded=EXPANDED,
        shown=report.evidence.of,
        clean=_cleaner(report.evidence),
        stamps=STAMPS,
        layout=layout,
    )


def evidence_of(case: Case, evidence: Evidence, contract: Contract) -> str:
    """The evidence of one case."""
    return rendered(
        "evidence.html.jinja",
        case=case,
        requirements=[contract.requirements[name] for name in case.requirements],
        shown=evidence.of,
        clean=_cleaner(evidence),
        stamps=STAMPS,
        layout=layout,
    )


def environment(report_target: str, python: str, seed: int) -> dict[str, str]:
    """The Environment table, which pytest-html does not escape itself."""
    found = {"Target": report_target, TOOL: tool_version(), "Python": python, "Seed": str(seed)}
    return {name: escape(value) for name, value in found.items()}


def header_cells() -> list[str]:
    """The head of pytest-html's own table."""
    return [f'<th class="sortable" data-column-type="{name}">{title}</th>' for name, title in COLUMNS]


def outcome_of(report: Any) -> str:
    """The outcome of a pytest report as pytest-html calls it."""
    if report.failed and report.when != "call":
        return "Error"
    return "XFailed" if hasattr(report, "wasxfail") else str(report.outcome).capitalize()


def row_cells(outcome: str, case: Case | None, name: str, seconds: float) -> list[str]:
    """A row of pytest-html's own table; `name` is what was run, where it is no case."""
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


def _cleaner(evidence: Evidence) -> Any:
    return lambda text: printable(evidence.clean(text))
