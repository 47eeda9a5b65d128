"""results.json: everything that was found, for programs."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from conformance.tool import TOOL, tool_version
from reports.observed import observed

if TYPE_CHECKING:
    from conformance.run import Run
    from conformance.verdicts import Case
    from reports.evidence import Evidence, Shown
    from reports.verdicts import Finding, Outcome

FORMAT = 1
"""The version of the form of results.json. It grows when a member goes or changes its meaning, not when one comes."""
VIOLATED_IN_FULL = 10
"""Violated cases of a requirement that carry all of their exchanges; all others carry the decisive one."""


@dataclass(frozen=True)
class Report:
    """All that the reports are made of: the run, what it came to, and its evidence."""

    run: Run
    outcome: Outcome
    evidence: Evidence
    seconds: float
    finished: datetime


def report_of(run: Run, outcome: Outcome, evidence: Evidence) -> Report:
    """The report of a run that ends now."""
    return Report(run, outcome, evidence, round(time.monotonic() - run.started, 1), datetime.now(tz=UTC))


def schema() -> Any:
    """The JSON Schema of results.json."""
    return json.loads((files(__package__) / "results.schema.json").read_text("utf-8"))


def results(report: Report) -> dict[str, Any]:
    """The document."""
    run, outcome = report.run, report.outcome
    return {
        "format": FORMAT,
        "tool": {
            "name": TOOL,
            "version": tool_version(),
            "seed": int(run.options.seed),
            "examples": int(run.options.examples),
            "strict": bool(run.options.strict),
            "allow_untested": bool(run.options.allow_untested),
        },
        "contract": {"name": run.contract.name, "version": run.contract.version},
        "target": {"base_url": run.target.base_url, "embedded": run.target.embedded},
        "verdict": outcome.verdict,
        "exit_code": outcome.exit_code,
        "why": outcome.why,
        "notes": list(outcome.notes),
        "recording": run.source,
        "problem": run.problem,
        "left": run.left,
        "finished": report.finished.isoformat(timespec="seconds"),
        "seconds": report.seconds,
        "exchanges": len(run.exchanges),
        "counts": outcome.counts,
        "requirements": [_requirement(report, finding) for finding in outcome.findings],
    }


def cleaned(value: Any, evidence: Evidence) -> Any:
    """A JSON value with every string in it redacted."""
    if isinstance(value, str):
        return evidence.clean(value)
    if isinstance(value, dict):
        return {key: cleaned(item, evidence) for key, item in value.items()}
    if isinstance(value, list):
        return [cleaned(item, evidence) for item in value]
    return value


def _requirement(report: Report, finding: Finding) -> dict[str, Any]:
    requirement = finding.requirement
    in_full = [id(case) for case in finding.cases if case.verdict == "violated"][:VIOLATED_IN_FULL]
    found = {
        "id": requirement.id,
        "level": requirement.level,
        "operation": requirement.operation,
        "sentence": requirement.sentence,
        "source": requirement.source,
        "verdict": finding.verdict,
        "detail": finding.detail,
        "cases": [_case(report, finding, case, in_full=id(case) in in_full) for case in finding.cases],
    }
    if finding.waiver:
        found["waiver"] = finding.waiver
    return found


def _case(report: Report, finding: Finding, case: Case, *, in_full: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": case.name,
        "operation": case.operation,
        "verdict": case.verdict,
        "detail": case.detail,
        "expected": case.expected,
        "actual": case.actual,
        "reproducible": case.reproducible,
        "exchanges": [_exchange(report.evidence.of(each)) for each in case.exchanges[0 if in_full else -1 :]],
    }
    if case.verdict == "violated":
        seen = observed(report.run.contract, finding.requirement.id, case)
        found["observed"] = {"statuses": list(seen.statuses), "pointers": list(seen.pointers)}
    return found


def _exchange(shown: Shown) -> dict[str, Any]:
    return {
        "number": shown.number,
        "operation": shown.operation,
        "purpose": shown.purpose,
        "seconds": shown.seconds,
        "request": {
            "method": shown.method,
            "url": shown.url,
            "headers": [list(header) for header in shown.request_headers],
            "body": shown.request_body,
        },
        "response": {
            "status": shown.status,
            "headers": [list(header) for header in shown.response_headers],
            "body": shown.response_body,
        },
        "curl": shown.curl,
    }
