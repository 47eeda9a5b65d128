"""Our part of pytest-html's page: the verdict, the causes with their evidence, and the requirements with cases."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from reports.layout import lay_out
from reports.run_result import LEVELS, TITLES, UNDECIDED, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.model import Case
    from reports.layout import Piece
    from reports.run_result import CaseResult, Cause, Finding, Place, RunResult

SIGNS = {
    "conformant": "✓",
    "violated": "✗",
    "configuration": "!",
    "no verdict": "?",
    "conforms": "✓",
    "inconclusive": "?",
    "untested": "–",
    "waived": "~",
}
MAX_PROOFS = 6
"""Exchanges of a cause that are shown."""
MAX_OPEN = 200
"""Characters of the body of a response that is shown at once although nothing in it is wrong."""
MAX_CASES = 40
"""Cases of a cause that are named."""
OUTCOMES = {
    "failed": "violated",
    "xfailed": "violated, but a SHOULD",
    "passed": "conform",
    "skipped": "untested",
    "error": "inconclusive",
}
"""pytest's outcomes, and their labels in pytest-html's table."""
COLUMNS = {"result": "Verdict", "requirement": "Requirement", "testId": "Case", "seconds": "Seconds"}
"""The columns of pytest-html's table; it sorts by the name of the first."""


def overview(result: RunResult) -> str:
    """The part of the page that shows the result."""
    numbers = {name: number for number, cause in enumerate(result.causes, 1) for name in cause.requirements}
    groups: dict[str, list[Finding]] = {}
    for finding in result.requirements:
        groups.setdefault(finding.operation, []).append(finding)
    return render(
        "report.html.jinja",
        result=result,
        title=TITLES[result.verdict].capitalize(),
        signs=SIGNS,
        levels=LEVELS,
        verdicts=VERDICTS,
        undecided=UNDECIDED,
        groups=groups,
        cause_numbers=numbers,
        proofs=lambda cause: proofs(result, cause),
        cases_by_detail=cases_by_detail,
        marked=marked,
        is_marked=is_marked,
        max_proofs=MAX_PROOFS,
        max_cases=MAX_CASES,
        max_open=MAX_OPEN,
        script=_resource("report.js"),
    )


def render(name: str, **values: Any) -> str:
    """A template of this package with these values; all of them are escaped."""
    return _environment().get_template(name).render(**values)


def style() -> str:
    """The style sheet of the pages."""
    return _resource("report.css")


def proofs(result: RunResult, cause: Cause) -> list[CaseResult]:
    """The cases that prove a cause: one for each requirement and operation, each exchange once with all its places."""
    by_number: dict[int, CaseResult] = {}
    for finding in result.findings_of(cause):
        first = {case.operation: case for case in reversed(finding.decisive) if case.exchanges}
        for case in reversed(first.values()):
            known = by_number.get(case.exchanges[-1].number, case)
            places = tuple(dict.fromkeys((*known.places, *case.places)))
            by_number[case.exchanges[-1].number] = replace(known, places=places)
    return list(by_number.values())


def cases_by_detail(finding: Finding) -> dict[tuple[str, str], list[str]]:
    """The names of the cases of a requirement, without its ID, by verdict and detail."""
    groups: dict[tuple[str, str], list[str]] = {}
    for case in sorted(finding.cases, key=lambda case: VERDICTS.index(case.verdict)):
        detail = "" if case.verdict == "conforms" else case.waiver or case.detail or "no reason given"
        groups.setdefault((case.verdict, detail), []).append(case.name.removeprefix(f"{finding.id}-"))
    return groups


def marked(body: str, places: Iterable[Place], message: str) -> list[Piece]:
    """A body in pieces, with the places in it marked."""
    return lay_out(body, [place.pointer for place in places if (place.message, place.part) == (message, "body")])


def is_marked(places: Iterable[Place], message: str, part: str) -> bool:
    """Whether the status or a header is one of the places."""
    return any((place.message, place.part) == (message, part.lower()) for place in places)


def header_cells() -> list[str]:
    """The header cells of the table."""
    return [f'<th class="sortable" data-column-type="{name}">{title}</th>' for name, title in COLUMNS.items()]


def row_cells(report: Any) -> list[str]:
    """The cells of a row; `report` is pytest's, with or without a case."""
    case: Case | None = getattr(report, "case", None)
    outcome = "XFailed" if hasattr(report, "wasxfail") else str(report.outcome).capitalize()
    if report.failed and report.when != "call":
        outcome = "Error"
    ids = case.requirements if case else ()
    link = f'<a href="#{escape(ids[0])}">{escape(ids[0])}</a>' if ids else ""
    more = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
    name, seconds = escape(case.name if case else report.nodeid), f"{getattr(report, 'duration', 0.0):.3f}"
    # The page filters by pytest's outcome, so the first cell holds it, hidden.
    return [
        f'<td class="col-result" hidden>{outcome}</td><td class="col-verdict">{case.verdict if case else outcome}</td>',
        f'<td class="col-requirement">{link}{more}</td>',
        f'<td class="col-testId">{name}</td>',
        f'<td class="col-seconds">{seconds}</td>',
    ]


@cache
def _environment() -> Environment:
    return Environment(
        autoescape=True,
        loader=FunctionLoader(_resource),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _resource(name: str) -> str:
    return (files(__package__) / name).read_text("utf-8")
