"""From cases to verdicts: one for each requirement, one for the whole run, and the exit code that says it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from conformance.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from conformance.run import Run
    from conformance.verdicts import Case
    from reports.waivers import Waivers
    from schemas.contract import Requirement

Overall = Literal["conformant", "violated", "configuration", "no verdict"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
ORDER: tuple[Verdict, ...] = ("violated", "inconclusive", "untested", "waived", "conforms")
"""What has to be looked at first comes first."""
LEVELS = ("MUST", "SHOULD", "MAY")
EXIT_CODES: Mapping[Overall, int] = {"conformant": 0, "violated": 1, "configuration": 2, "no verdict": 3}
REASONS_SHOWN = 3
NOT_ASKED = "no test asked it in this run"


@dataclass(frozen=True)
class Finding:
    """What one requirement came to: its verdict, why, and the cases that it was drawn from.

    `waiver` is the reason for which a violation is accepted, empty where there is none; `accepted` are the violated
    cases that are, also where others are not, each with the reason.
    """

    requirement: Requirement
    verdict: Verdict
    detail: str
    cases: tuple[Case, ...] = ()
    waiver: str = ""
    accepted: tuple[tuple[Case, str], ...] = ()

    @property
    def decisive(self) -> tuple[Case, ...]:
        """The cases that made the verdict, those first that happened again when asked again."""
        wanted = "violated" if self.verdict == "waived" else self.verdict
        found = [case for case in self.cases if case.verdict == wanted]
        return tuple(sorted(found, key=lambda case: case.reproducible is not True))

    def acceptance(self, case: Case) -> str:
        """The reason for which a violated case is accepted, empty where it is not."""
        return next((reason for each, reason in self.accepted if each is case), "")

    @property
    def tally(self) -> str:
        """How many of the cases have the verdict, in words."""
        return f"{len(self.decisive)} of {len(self.cases)}" if self.cases else "none"


@dataclass
class Conduct:
    """How the run went: the cases that were not run, and why; what ended it early; whether the command line was wrong.

    `partial` says why only some of the tests were wanted.
    """

    unasked: list[Case] = field(default_factory=list)
    stopped: str = ""
    partial: str = ""
    usage: str = ""

    @property
    def complete(self) -> bool:
        """Whether every test of the suite was run."""
        return not (self.unasked or self.stopped or self.partial or self.usage)


@dataclass(frozen=True)
class Outcome:
    """What a run came to. `why` says in one line what the verdict rests on; `notes` what else is to be known."""

    findings: tuple[Finding, ...]
    verdict: Overall
    why: str
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """The exit code of the run."""
        return EXIT_CODES[self.verdict]

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """How many requirements of each level came to each verdict."""
        return {
            level: {
                verdict: sum(f.requirement.level == level and f.verdict == verdict for f in self.findings)
                for verdict in VERDICTS
            }
            for level in LEVELS
        }

    def those(self, *verdicts: Verdict) -> list[Finding]:
        """The findings with one of these verdicts, MUSTs first, else in the order of the contract."""
        found = [finding for finding in self.findings if finding.verdict in verdicts]
        return sorted(found, key=lambda finding: LEVELS.index(finding.requirement.level))


def gating(*, strict: bool) -> tuple[str, ...]:
    """The levels on which the verdict of a run rests."""
    return LEVELS[: 2 if strict else 1]


def conclude(run: Run, waivers: Waivers, conduct: Conduct) -> Outcome:
    """The verdicts on all requirements of the contract, in its order, and the one on the run."""
    by_requirement: dict[str, list[Case]] = {name: [] for name in run.contract.requirements}
    cases = {id(case): case for case in (*run.cases, *conduct.unasked)}.values()
    for case in cases:
        for name in case.requirements:
            by_requirement[name].append(case)
    findings = tuple(
        waivers.applied(aggregate(requirement, by_requirement[name], run.problem), run.contract)
        for name, requirement in run.contract.requirements.items()
    )
    stale = list(waivers.expired_notes(findings))
    if conduct.complete and not run.problem and run.recording is None:  # what was not recorded may still be needed
        stale += waivers.stale_notes(findings, run.contract)
    verdict, why = _overall(findings, run, conduct, stale)
    notes = [*run.notes, *_spared(run, cases), *waivers.broad_notes(findings)]
    notes += [said for said in (conduct.stopped, conduct.partial) if said and said not in why]
    return Outcome(findings, verdict, why, (*stale, *notes))


def _spared(run: Run, cases: Collection[Case]) -> Iterator[str]:
    """That some cases were not asked, where a run is to cost little: a verdict says less then."""
    left = sum(case.verdict == "untested" for case in cases)
    if run.asker.thrifty and left and not run.problem:
        limit = "--profile full --budget none" if run.options.profile == "frugal" else "--budget none"
        asked = f"{left} of {len(cases)} cases were not asked"
        yield f"{asked}, and bugs that only they show are not found: {limit} asks all"


def aggregate(requirement: Requirement, cases: Sequence[Case], problem: str = "") -> Finding:
    """The verdict on one requirement by its cases; `problem` is why the target could not be asked, if so."""
    by_verdict = {verdict: [case for case in cases if case.verdict == verdict] for verdict in VERDICTS}
    if by_verdict["violated"]:
        found = Finding(requirement, "violated", "", tuple(cases))
        more = len(found.decisive) - 1
        tail = f" (and {more} more {'case' if more == 1 else 'cases'})" if more else ""
        return Finding(requirement, "violated", found.decisive[0].detail + tail, tuple(cases))
    if by_verdict["inconclusive"]:
        return Finding(requirement, "inconclusive", reasons(by_verdict["inconclusive"]), tuple(cases))
    if by_verdict["conforms"]:
        left = by_verdict["untested"]
        detail = f"{len(left)} of {len(cases)} cases untested: {reasons(left)}" if left else ""
        return Finding(requirement, "conforms", detail, tuple(cases))
    return Finding(requirement, "untested", problem or reasons(cases) or NOT_ASKED, tuple(cases))


def reasons(cases: Iterable[Case]) -> str:
    """The distinct reasons of cases, the first few."""
    found = list(dict.fromkeys(case.detail or "no reason given" for case in cases))
    more = [f"and {len(found) - REASONS_SHOWN} more reasons"] if len(found) > REASONS_SHOWN else []
    return "; ".join([*found[:REASONS_SHOWN], *more])


def _overall(findings: Sequence[Finding], run: Run, conduct: Conduct, stale: Sequence[str]) -> tuple[Overall, str]:
    levels = gating(strict=run.options.strict)
    counting = [finding for finding in findings if finding.requirement.level in levels]
    count = Counter(finding.verdict for finding in counting)
    accepts = run.options.allow_untested
    open_verdicts: tuple[Verdict, ...] = ("inconclusive",) if accepts else ("inconclusive", "untested")
    lacking = " and ".join(f"{count[verdict]} {verdict}" for verdict in open_verdicts if count[verdict])
    names = f"{len(counting)} {' and '.join(f'{level}s' for level in levels)}"
    broken = f"{count['violated']} of {names} {'is' if count['violated'] == 1 else 'are'} violated"
    reasons: list[tuple[Overall, str]] = [
        ("configuration", conduct.usage),
        ("violated", broken if count["violated"] else ""),
        ("configuration", stale[0] if stale else ""),
        ("no verdict", run.problem),
        ("no verdict", conduct.stopped),
        ("no verdict", f"of {names}, {lacking}" if lacking else ""),
        ("no verdict", "" if accepts else conduct.partial),
        ("no verdict", "" if count["conforms"] else "nothing was tested"),
    ]
    accepted = " and ".join(f"{count[verdict]} {verdict}" for verdict in ("waived", "untested") if count[verdict])
    good = f"every {' and '.join(levels)} conforms" + (f", but for {accepted}" if accepted else "")
    return next(((verdict, why) for verdict, why in reasons if why), ("conformant", good))
