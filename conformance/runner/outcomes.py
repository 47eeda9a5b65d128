"""The outcome of a test, as a case and as pytest's report."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.model import Case, Inconclusive, NotApplicable, NoVerdict, Untested, Violation

if TYPE_CHECKING:
    from collections.abc import Collection

    from conformance.masking import Masker
    from conformance.model import Exchange, Verdict
    from schemas import Contract

CASE = pytest.StashKey[Case]()
"""The case of a test; its outcome, once it ran."""
STAMPS = {True: "reproducible", False: "flaky: it did not happen again", None: "not sent again"}


def call(item: pytest.Function) -> tuple[Exchange, ...]:
    """Call a test function with its fixtures: its evidence."""
    names = inspect.signature(item.obj).parameters
    evidence: tuple[Exchange, ...] = item.obj(**{name: item.funcargs[name] for name in names})
    return evidence


def violated(
    case: Case,
    violation: Violation,
    contract: Contract,
    latest: tuple[Exchange, ...] = (),
    *,
    reproducible: bool | None,
) -> tuple[Case, ...]:
    """The violated case; then, if others of its requirements are not broken, the case of those, which has no verdict.

    `latest` is the evidence where the violation names none; `reproducible` says whether the violation happened again.
    """
    broken = (violation.requirement, *violation.also)
    outcome = replace(
        case,
        requirements=broken,
        verdict="violated",
        detail=violation.actual,
        expected=violation.expected or contract.requirement(violation.requirement).sentence,
        actual=violation.actual,
        exchanges=violation.exchanges or latest,
        offending=violation.offending,
        reproducible=reproducible,
    )
    still_open = tuple(name for name in case.requirements if name not in broken)
    if not still_open:
        return (outcome,)
    reason = f"on the way {violation.requirement} was violated"
    return outcome, replace(
        case, requirements=still_open, verdict="inconclusive", detail=reason, because=violation.requirement
    )


def undecided(case: Case, reason: NoVerdict, latest: tuple[Exchange, ...] = ()) -> Case:
    """The case without a verdict."""
    verdict: Verdict = "untested" if isinstance(reason, Untested) else "inconclusive"
    applies = not isinstance(reason, NotApplicable)
    return replace(case, verdict=verdict, detail=str(reason), exchanges=reason.exchanges or latest, applies=applies)


def report_case(
    item: pytest.Item, call: pytest.CallInfo[None], *, contract: Contract, levels: Collection[str], masker: Masker
) -> tuple[pytest.TestReport, Case | None]:
    """Pytest's report of a phase of a test, and its case; `None` for a phase that decides nothing.

    Violated is a failure, if it is on one of the levels on which the verdict of the run rests; inconclusive is an
    error, and untested skipped.
    """
    case, raised = item.stash[CASE], call.excinfo.value if call.excinfo else None
    changes: dict[str, Any] = {}
    if isinstance(raised, Violation):
        text = masker.text(describe(case))
        counts = {contract.requirements[name].level for name in case.requirements} & set(levels)
        changes = {"outcome": "failed" if counts else "skipped", "longrepr": text}
        changes |= {} if counts else {"wasxfail": text}
    elif isinstance(raised, Untested):
        case = undecided(case, raised, case.exchanges)
        changes = {"outcome": "skipped", "longrepr": (str(item.path), 0, masker.text(f"untested: {raised}"))}
    elif raised is not None:
        if isinstance(raised, Inconclusive):
            text = f"inconclusive: {raised}"
        else:
            detail = f"the suite itself failed: {type(raised).__name__}: {raised}"
            case = replace(case, verdict="inconclusive", detail=detail)
            text = pytest.TestReport.from_item_and_call(item, call).longreprtext
        # pytest calls an error of the set-up a test that could not be run.
        changes = {"outcome": "failed", "when": "setup", "longrepr": masker.text(text)}
    decided = case if call.when == "call" or raised is not None else None
    return make_report(item, call, {**changes, **({"case": decided} if decided else {})}), decided


def make_report(item: pytest.Item, call: pytest.CallInfo[None], changes: dict[str, Any]) -> pytest.TestReport:
    """A report with these changes. Pytest's own would parse the source of the test for each one that fails."""
    members = {
        "nodeid": item.nodeid,
        "location": item.location,
        "keywords": dict.fromkeys(item.keywords, 1),
        "outcome": "passed",
        "longrepr": None,
        "when": call.when,
        "duration": call.duration,
        "start": call.start,
        "stop": call.stop,
        "user_properties": item.user_properties,
    }
    return pytest.TestReport(**members | changes)


def describe(case: Case) -> str:
    """A violation in words."""
    return (
        f"Requirement: {', '.join(case.requirements)}\nExpected: {case.expected}\nActual: {case.actual}\n"
        f"({STAMPS[case.reproducible]})"
    )
