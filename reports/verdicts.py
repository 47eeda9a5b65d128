"""From cases to verdicts: one on each requirement, and one on the run, which decides the exit code."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.model import Case, Verdict
    from conformance.run_record import RunRecord
    from reports.run_result import Overall
    from schemas import Requirement

MAX_REASONS = 3
NO_CASE = "no case of this run concerns it"


@dataclass(frozen=True)
class Assessment:
    """The verdict on a requirement, and the cases that it rests on.

    `waived` are the violated cases that are accepted, by name, each with the reason.
    """

    requirement: Requirement
    verdict: Verdict
    detail: str
    cases: tuple[Case, ...] = ()
    waived: Mapping[str, str] = field(default_factory=dict)

    @property
    def violated(self) -> list[Case]:
        """The violated cases, accepted or not, the reproducible ones first."""
        violated = (case for case in self.cases if case.verdict == "violated")
        return sorted(violated, key=lambda case: case.reproducible is not True)


def assess(record: RunRecord) -> list[Assessment]:
    """The verdicts on all requirements of the contract, or the selected ones, in its order."""
    cases: dict[str, list[Case]] = {name: [] for name in record.contract.requirements}
    for case in record.cases:
        for name in dict.fromkeys(case.requirements):
            cases[name].append(case)
    return [
        assess_requirement(requirement, cases[name], record.abort_reason)
        for name, requirement in record.contract.requirements.items()
        if not record.selected or name in record.selected
    ]


def assess_requirement(requirement: Requirement, cases: Sequence[Case], abort_reason: str = "") -> Assessment:
    """The verdict on one requirement; `abort_reason` says why the target could not be tested, or is empty."""
    verdicts = {case.verdict for case in cases}
    untested = [case for case in cases if case.verdict == "untested"]
    if "violated" in verdicts:
        first, *others = Assessment(requirement, "violated", "", tuple(cases)).violated
        more = f" (and {len(others)} more {'cases' if len(others) > 1 else 'case'})" if others else ""
        return Assessment(requirement, "violated", (first.detail or first.actual) + more, tuple(cases))
    if "inconclusive" in verdicts:
        detail = reasons(case for case in cases if case.verdict == "inconclusive")
        return Assessment(requirement, "inconclusive", detail, tuple(cases))
    if "conforms" in verdicts:
        sent = f"conforms ({len(cases) - len(untested)} of {len(cases)} cases sent); not sent: {reasons(untested)}"
        return Assessment(requirement, "conforms", sent if untested else "", tuple(cases))
    return Assessment(requirement, "untested", abort_reason or reasons(cases) or NO_CASE, tuple(cases))


def reasons(cases: Iterable[Case]) -> str:
    """The distinct reasons of cases, the first few."""
    details = sorted({case.detail or "no reason given" for case in cases})
    rest = len(details) - MAX_REASONS
    more = [f"and {rest} more {'reasons' if rest > 1 else 'reason'}"] if rest > 0 else []
    return "; ".join([*details[:MAX_REASONS], *more])


def missing_cases(cases: Sequence[Case]) -> str:
    """The number of cases that were not sent, with the most frequent reasons; empty where all were."""
    by_id = {case.id: case for case in cases}
    counts = Counter(_short(case.detail) for case in by_id.values() if case.verdict == "untested")
    if not counts:
        return ""
    top = ", ".join(f"{reason} ({count})" for reason, count in counts.most_common(MAX_REASONS))
    return f"{counts.total()} of {len(by_id)} cases not sent: {top}"


def _short(reason: str) -> str:
    """The first clause of a reason."""
    return re.split(r"[;:(]", reason.removeprefix("skipped: ") or "no reason given")[0].strip()


def overall(
    assessments: Sequence[Assessment], record: RunRecord, waiver_problems: Sequence[str]
) -> tuple[Overall, str]:
    """The verdict on the run, and the reason for it; `waiver_problems` are of stale and expired waivers."""
    settings = record.settings
    counted = [each for each in assessments if each.requirement.level in settings.levels]
    count = Counter(each.verdict for each in counted)
    levels = " and ".join(f"{level}s" for level in settings.levels)
    names = f"{len(counted)} selected requirements" if record.selected else f"{len(counted)} {levels}"
    open_verdicts: tuple[Verdict, ...] = ("inconclusive",) if settings.allow_untested else ("inconclusive", "untested")
    undecided = " and ".join(f"{count[verdict]} {verdict}" for verdict in open_verdicts if count[verdict])
    violated = f"{count['violated']} of {names} {'is' if count['violated'] == 1 else 'are'} violated"
    candidates: list[tuple[Overall, str]] = [
        ("configuration", record.usage),
        ("violated", violated if count["violated"] else ""),
        ("configuration", waiver_problems[0] if waiver_problems else ""),
        ("no verdict", record.abort_reason),
        ("no verdict", record.stopped),
        ("no verdict", f"of {names}, {undecided}" if undecided else ""),
        ("no verdict", "" if settings.allow_untested else record.partial),
        ("no verdict", "" if count["conforms"] else "nothing was tested"),
    ]
    excepted: tuple[Verdict, ...] = ("waived", "untested")
    accepted = " and ".join(f"{count[verdict]} {verdict}" for verdict in excepted if count[verdict])
    kind = "selected requirement" if record.selected else " and ".join(settings.levels)
    every = f"every {kind} conforms{f', except {accepted}' if accepted else ''}"
    return next(((verdict, why) for verdict, why in candidates if why), ("conformant", every))
