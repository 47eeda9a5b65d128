"""Build the result of a run from its record: verdicts, causes and evidence, all of it masked."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import hypothesis

from conformance.masking import printable
from conformance.version import TOOL, tool_version
from reports.causes import find_causes
from reports.evidence import demand, places, show_exchange
from reports.run_result import (
    Account,
    CaseResult,
    ContractName,
    Finding,
    RunResult,
    ShownExchange,
    TargetName,
    Tool,
)
from reports.verdicts import assess, missing_cases, overall

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.model import Case, Exchange
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
    text = _Text(record)
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
        target=TargetName(text.clean(record.target), record.embedded),
        recorded=record.recorded,
        verdict=verdict,
        why=text.clean(why),
        missing=text.clean(missing),
        notes=tuple(text.clean(remark) for remark in dict.fromkeys(remarks) if remark and remark not in why),
        abort_reason=text.clean(record.abort_reason),
        account=Account(record.cleanup.end.value, text.clean(record.cleanup.sentence)),
        started=_time(record.started),
        finished=_time(record.started + record.seconds),
        seconds=round(record.seconds, 1),
        exchanges=len(record.exchanges),
        limits=dict(record.limits),
        causes=() if record.abort_reason else find_causes(assessments, contract),
        requirements=tuple(_finding(assessment, contract, text) for assessment in assessments),
    )


class _Text:
    """Masks text and exchanges, each once."""

    def __init__(self, record: RunRecord) -> None:
        masker = record.masker
        self.clean: Callable[[str], str] = cache(lambda text: printable(masker.value(text)))
        self.show: Callable[[Exchange], ShownExchange] = cache(lambda exchange: show_exchange(exchange, masker))


def _finding(assessment: Assessment, contract: Contract, text: _Text) -> Finding:
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
        detail=text.clean(assessment.detail),
        cases=tuple(_case(assessment, case, contract, text, in_full=case.id in in_full) for case in assessment.cases),
    )


def _case(assessment: Assessment, case: Case, contract: Contract, text: _Text, *, in_full: bool) -> CaseResult:
    waiver = assessment.waived.get(case.id, "") if case.verdict == "violated" else ""
    violated = case.verdict == "violated"
    requirement = assessment.requirement
    # The evidence of a rejection is the rejected request and its accepted control.
    shown = (*case.steps, *case.exchanges) if in_full else case.exchanges[-2 if case.verdict == "conforms" else -1 :]
    return CaseResult(
        name=text.clean(case.name),
        operation=case.operation,
        verdict="waived" if waiver else case.verdict,
        detail=text.clean(case.detail),
        expected=text.clean(demand(contract, requirement, case)) if violated else "",
        actual=text.clean(case.actual),
        reproducible=case.reproducible,
        because=case.because,
        waiver=text.clean(waiver),
        places=places(contract, requirement.id, case.exchanges[-1]) if violated and case.exchanges else (),
        exchanges=tuple(map(text.show, shown)),
    )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
