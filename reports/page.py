"""The HTML page: one answer, the causes, the requirements, what was asked and how long it took; all in one file."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from conformance.tool import tool_version
from conformance.verdicts import STAMPS
from reports import table
from reports.causes import causes
from reports.coverage import coverage, duration, ticks
from reports.evidence import LONGEST, printable
from reports.layout import pieces, shortened
from reports.places import BODY, STATUS, places, places_of
from reports.templates import rendered, script, style
from reports.terminal import grouped
from reports.verdicts import LEVELS, ORDER
from reports.words import demanded, seen, where

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.exchange import Exchange
    from conformance.verdicts import Case
    from reports.causes import Cause
    from reports.evidence import Evidence
    from reports.layout import Piece
    from reports.places import Place
    from reports.results import Report
    from reports.verdicts import Finding
    from schemas import Contract

ANSWERS = {
    "conformant": ("✓", "Conformant"),
    "violated": ("✗", "Not conformant"),
    "configuration": ("!", "No verdict yet"),
    "no verdict": ("?", "No verdict"),
}
SIGNS = {"violated": "✗", "inconclusive": "?", "untested": "–", "waived": "~", "conforms": "✓"}
PROOFS_SHOWN = 6
"""Exchanges of a cause that are shown in full."""
CASES_SHOWN = 40
"""Cases of a cause that are named."""
INLINE = re.compile(r"<(script|style)[^>]*>(.*?)</\1>", re.DOTALL)


def document(report: Report, pytest_html: str = "") -> str:
    """The whole page; `pytest_html` is pytest-html's own, of which the table of cases is taken, if there is one."""
    theirs, body = table.parts(pytest_html)
    sign, answer = ANSWERS[report.outcome.verdict]
    return rendered(
        "page.html.jinja",
        title=f"{sign} {answer}: {_cleaner(report.evidence)(report.run.target.base_url)}",
        overview=overview(report),
        styles=(theirs, style()),
        script=script(),
        cases=body,
    )


def sealed(page: str) -> str:
    """The page with a policy that lets its own scripts and styles work, and nothing else, from nowhere."""
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for kind, content in INLINE.findall(page):
        digest = b64encode(sha256(content.encode()).digest()).decode()
        hashes[kind].append(f"'sha256-{digest}'")
    policy = "; ".join(
        [
            "default-src 'none'",
            *(f"{kind}-src {' '.join(found)}" for kind, found in hashes.items() if found),
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    return page.replace("</title>", f'</title>\n<meta http-equiv="Content-Security-Policy" content="{policy}">', 1)


def overview(report: Report) -> str:
    """The part of the page that says what was found; all that it needs is in the report."""
    run, outcome = report.run, report.outcome
    found = [] if run.problem else causes(outcome, run.contract, run.exchanges)
    sign, answer = ANSWERS[outcome.verdict]
    return rendered(
        "overview.html.jinja",
        report=report,
        run=run,
        outcome=outcome,
        sign=sign,
        answer=answer,
        version=tool_version(),
        levels=[level for level in LEVELS if sum(outcome.counts[level].values())],
        order=ORDER,
        signs=SIGNS,
        causes=[(cause, seen(cause, recorded=bool(run.recording)), _proofs(cause, run.contract)) for cause in found],
        reasons=[(verdict, grouped(outcome.those(verdict))) for verdict in ("inconclusive", "untested")],
        waived=outcome.those("waived"),
        matrix=_matrix(report, found),
        covered=[each for each in coverage(report) if each.operation or each.behaviour.known],
        duration=duration,
        ticks=ticks,
        cases_shown=CASES_SHOWN,
        **_tools(report.evidence, run.contract),
    )


def evidence_of(case: Case, evidence: Evidence, contract: Contract) -> str:
    """The evidence of one case."""
    return rendered(
        "evidence.html.jinja",
        case=case,
        requirements=[contract.requirements[name] for name in case.requirements],
        **_tools(evidence, contract),
    )


@dataclass(frozen=True)
class Proof:
    """An exchange that shows a violation, with all the places where it does, and what was sent before it."""

    exchange: Exchange
    places: tuple[Place, ...]
    before: tuple[Exchange, ...]


@dataclass(frozen=True)
class Row:
    """A requirement in the matrix: its finding, the number of its cause, and how many answers were judged by it."""

    finding: Finding
    cause: int
    judged: int

    def having(self, verdict: str) -> dict[str, list[str]]:
        """The names of its cases with a verdict, without the ID that they begin with, by what is said of them."""
        found: dict[str, list[str]] = {}
        for case in self.finding.cases:
            if case.verdict == verdict:
                found.setdefault(case.detail, []).append(case.name.removeprefix(f"{self.finding.requirement.id}-"))
        return found


def _proofs(cause: Cause, contract: Contract) -> list[Proof]:
    """The exchanges that show a cause, one for each of its requirements and operations, each once."""
    found: dict[tuple[str, str], tuple[Exchange, list[Place], tuple[Exchange, ...]]] = {}
    for finding in cause.findings:
        shown = {case.operation: case for case in reversed(finding.decisive) if case.exchanges}
        for case in reversed(shown.values()):
            last = case.exchanges[-1]
            exchange, here, _ = found.setdefault((last.operation, last.purpose), (last, [], case.exchanges[:-1]))
            here += places(contract, finding.requirement.id, exchange)
    return [Proof(exchange, tuple(dict.fromkeys(here)), before) for exchange, here, before in found.values()]


def _matrix(report: Report, found: list[Cause]) -> list[tuple[str, str, list[Row]]]:
    """The requirements by operation: its name, its title, and the rows, in the order of the contract."""
    contract = report.run.contract
    judged = Counter(name for exchange in report.run.exchanges for name in exchange.judged)
    numbers = {finding.requirement.id: number for number, cause in enumerate(found, 1) for finding in cause.findings}
    groups: dict[str, list[Row]] = {}
    for finding in report.outcome.findings:
        name = finding.requirement.id
        groups.setdefault(finding.requirement.operation, []).append(Row(finding, numbers.get(name, 0), judged[name]))
    titles = {name: operation.title for name, operation in contract.operations.items()}
    return [(name, titles.get(name, "All operations"), rows) for name, rows in groups.items()]


def _tools(evidence: Evidence, contract: Contract) -> dict[str, Any]:
    """What the templates do things with."""
    return {
        "clean": _cleaner(evidence),
        "shown": evidence.of,
        "stamps": STAMPS,
        "places_of": lambda case: places_of(contract, case),
        "where": lambda name, case: where(contract, name, case),
        "body": _body,
        "demanded": lambda finding: demanded(finding, contract),
        "proofs_shown": PROOFS_SHOWN,
        "is_wrong": lambda found, message, part: any((each.message, each.part) == (message, part) for each in found),
        "STATUS": STATUS,
    }


def _body(text: str, found: Iterable[Place], message: str) -> Iterator[Piece]:
    """A body in pieces, laid out, with what is wrong marked."""
    pointers = [place.pointer for place in found if (place.message, place.part) == (message, BODY)]
    for piece in shortened(pieces(text, pointers), LONGEST):
        yield piece._replace(text=printable(piece.text))


def _cleaner(evidence: Evidence) -> Any:
    return lambda text: printable(evidence.clean(text))
