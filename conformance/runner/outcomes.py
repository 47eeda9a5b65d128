"""The outcome of a test, as a case and as pytest's report."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.model import Case, NoVerdict, Untested, Violation

if TYPE_CHECKING:
    from collections.abc import Collection

    from conformance.masking import Masker
    from conformance.model import Exchange
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

    Args:
        case: the case before it ran.
        violation: the violation.
        contract: the contract.
        latest: the evidence where the violation names none.
        reproducible: whether the violation happened again.
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
    return replace(
        case,
        verdict="untested" if isinstance(reason, Untested) else "inconclusive",
        detail=str(reason),
        exchanges=reason.exchanges or latest,
    )


def without_traceback(reason: object) -> BaseException:
    """An exception that ends a test whose case has its verdict. To format a traceback takes pytest 20 ms."""
    return pytest.fail.Exception(str(reason), pytrace=False)


def report_case(  # noqa: PLR0913 (the facts of a report)
    report: pytest.TestReport,
    item: pytest.Item,
    raised: BaseException | None,
    *,
    contract: Contract,
    levels: Collection[str],
    masker: Masker,
) -> tuple[pytest.TestReport, Case | None]:
    """Pytest's report of a test, and its case; `None` for a phase of the test that decides nothing.

    Violated is a failure, inconclusive an error, and untested skipped.

    Args:
        report: the report that pytest made.
        item: the test.
        raised: what it raised, if anything.
        contract: the contract.
        levels: the levels on which the verdict of the run rests.
        masker: masks the text of the report.
    """
    case, changes = item.stash[CASE], dict[str, Any]()
    if raised is not None and not isinstance(raised, pytest.fail.Exception):
        detail = f"the suite itself failed: {type(raised).__name__}: {raised}"
        case = replace(case, verdict="inconclusive", detail=detail)
        changes = {"when": "setup"}
    elif raised is not None and case.verdict == "violated":
        changes["longrepr"] = describe(case)
        if not {contract.requirements[name].level for name in case.requirements} & set(levels):
            # A SHOULD that does not count is no failure to pytest.
            changes |= {"outcome": "skipped", "wasxfail": changes["longrepr"]}
    elif raised is not None and case.verdict == "untested":
        changes = {"outcome": "skipped", "longrepr": (str(item.path), 0, f"untested: {case.detail}")}
    elif raised is not None:
        # pytest calls an error of the set-up a test that could not be run.
        changes = {"when": "setup", "longrepr": f"inconclusive: {case.detail}"}
    if isinstance(changes.get("longrepr"), str):
        changes["longrepr"] = masker.text(changes["longrepr"])
    if report.when != "call" and report.outcome == "passed":
        return report_with(report, changes), None
    return report_with(report, {**changes, "case": case}), case


def describe(case: Case) -> str:
    """A violation in words."""
    return (
        f"Requirement: {', '.join(case.requirements)}\nExpected: {case.expected}\nActual: {case.actual}\n"
        f"({STAMPS[case.reproducible]})"
    )


def report_with(report: pytest.TestReport, changes: dict[str, Any]) -> pytest.TestReport:
    """A copy of a report with these changes, which may be members of its own."""
    names = ("nodeid", "location", "keywords", "outcome", "longrepr", "when", "sections", "duration", "start", "stop")
    members = {name: getattr(report, name) for name in (*names, "user_properties")}
    return pytest.TestReport(**{**members, **changes}) if changes else report
