"""Build the result of a run from its record: verdicts, causes and evidence, all of it masked."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import hypothesis

from conformance.version import TOOL, tool_version
from reports.causes import find_causes
from reports.evidence import Evidence, demand, places
from reports.run_result import (
    Account,
    CaseResult,
    ContractName,
    Finding,
    RunResult,
    TargetName,
    Tool,
)
from reports.verdicts import assess, missing_cases, overall

if TYPE_CHECKING:
    from conformance.model import Case
    from conformance.run_record import RunRecord
    from reports.verdicts import Assessment
    from reports.waivers import Waivers
    from schemas import Contract

CASES_IN_FULL = 5
"""Violated cases of a requirement that keep all of their exchanges; the others keep the decisive one."""


def build_result(record: RunRecord, waivers: Waivers) -> RunResult:
    """The result of a run; violations that the waivers accept are waived."""
    contract, settings = record.contract, record.settings
    assessments = [waivers.apply(assessment) for assessment in assess(record)]
    waiver_problems = waivers.problems(assessments, is_complete=record.is_complete)
    verdict, why = overall(assessments, record, waiver_problems)
    missing = "" if record.abort_reason else missing_cases(record.cases)
    remarks = [*waiver_problems, *record.notes, record.stopped, record.partial]
    if verdict != "conformant" and not (record.stopped or record.partial):
        remarks.append(missing)
    evidence = Evidence(record.masker)
    text = evidence.text
    return RunResult(
        tool=Tool(
            name=TOOL,
            version=tool_version(),
            python=platform.python_version(),
            hypothesis=hypothesis.__version__,
            seed=int(settings.seed),
            examples=int(settings.examples),
            profile=settings.profile,
            strict="SHOULD" in settings.levels,
            allow_untested=bool(settings.allow_untested),
        ),
        contract=ContractName(contract.name, contract.version),
        target=TargetName(text(record.target), record.embedded),
        recorded=record.recorded,
        verdict=verdict,
        why=text(why),
        missing=text(missing),
        notes=tuple(text(remark) for remark in dict.fromkeys(remarks) if remark and remark not in why),
        abort_reason=text(record.abort_reason),
        account=Account(record.cleanup.end.value, text(record.cleanup.sentence)),
        started=_time(record.started),
        finished=_time(record.started + record.seconds),
        seconds=round(record.seconds, 1),
        exchanges=len(record.exchanges),
        limits=dict(record.limits),
        causes=() if record.abort_reason else find_causes(assessments, contract),
        requirements=tuple(_finding(assessment, contract, evidence) for assessment in assessments),
    )


def _finding(assessment: Assessment, contract: Contract, evidence: Evidence) -> Finding:
    requirement = assessment.requirement
    in_full = {case.id for case in assessment.violated[:CASES_IN_FULL]}
    return Finding(
        id=requirement.id,
        level=requirement.level,
        operation=requirement.operation,
        sentence=requirement.sentence,
        source=requirement.source,
        url=requirement.url,
        read=requirement.read,
        verdict=assessment.verdict,
        detail=evidence.text(assessment.detail),
        cases=tuple(_case(assessment, case, contract, evidence, case.id in in_full) for case in assessment.cases),
    )


def _case(assessment: Assessment, case: Case, contract: Contract, evidence: Evidence, in_full: bool) -> CaseResult:  # noqa: FBT001
    requirement, is_violated, text = assessment.requirement, case.verdict == "violated", evidence.text
    waiver = assessment.waived.get(case.id, "") if is_violated else ""
    # The evidence of a rejection is the rejected request and its accepted control.
    exchanges = (
        (*case.steps, *case.exchanges) if in_full else case.exchanges[-2 if case.verdict == "conforms" else -1 :]
    )
    return CaseResult(
        name=text(case.name),
        operation=case.operation,
        verdict="waived" if waiver else case.verdict,
        detail=text(case.detail),
        expected=text(demand(contract, requirement, case)) if is_violated else "",
        actual=text(case.actual),
        reproducible=case.reproducible,
        because=case.because,
        waiver=text(waiver),
        places=places(contract, requirement.id, case.exchanges[-1]) if is_violated and case.exchanges else (),
        exchanges=tuple(map(evidence.exchange, exchanges)),
    )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
