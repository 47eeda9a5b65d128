"""What is to be fixed: violated requirements put together by what breaks them, with what hangs on each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.places import STATUS, member
from reports.verdicts import LEVELS

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from conformance.exchange import Exchange
    from conformance.verdicts import Case
    from reports.verdicts import Finding, Outcome
    from schemas import BodySchema, Contract, Requirement


Occasion = tuple[str, str]
"""An operation, and what it was asked for."""


@dataclass(frozen=True)
class Cause:
    """Something that the target does wrong: the requirements that it breaks, the most telling one first.

    `blocked` have no verdict because of it.
    """

    findings: tuple[Finding, ...]
    blocked: tuple[Finding, ...] = ()

    @property
    def first(self) -> Finding:
        """The finding that stands for the others."""
        return self.findings[0]

    @property
    def cases(self) -> list[Case]:
        """The violated cases, each once."""
        return list({id(case): case for finding in self.findings for case in finding.decisive}.values())

    @property
    def repeated(self) -> tuple[int, int]:
        """How many of the cases happened again, and how many were asked again."""
        stamps = [case.reproducible for case in self.cases]
        return stamps.count(True), len(stamps) - stamps.count(None)

    @property
    def level(self) -> str:
        """The highest level of the requirements, which is that of the first."""
        return self.first.requirement.level


def causes(outcome: Outcome, contract: Contract, exchanges: Sequence[Exchange]) -> list[Cause]:
    """The causes of all violations; those first that break a MUST, and of these those that most hangs on."""
    undecided = outcome.those("inconclusive", "untested")
    found = [
        Cause(tuple(group), tuple(finding for finding in undecided if _blocks(group, finding, contract)))
        for group in _grouped(outcome.those("violated"), contract, exchanges)
    ]
    return sorted(found, key=lambda cause: (LEVELS.index(cause.level), -len(cause.blocked)))


def _grouped(violated: Sequence[Finding], contract: Contract, exchanges: Sequence[Exchange]) -> list[list[Finding]]:
    """Findings of one cause each, then those causes together that break the same sentences at several operations."""
    groups = {finding.requirement.id: [finding] for finding in violated}
    wholes = {finding.requirement.id: _whole(finding, groups, contract) for finding in violated}
    shown = {finding.requirement.id: _shown(finding, exchanges) for finding in violated}
    followers: Counter[str] = Counter()
    for finding in violated:
        name = finding.requirement.id
        leaders = set(_leaders(finding, violated, shown[name]))
        followers.update(leaders)
        alike = {other for other, whole in wholes.items() if whole and whole == wholes[name]}
        for other in (leaders | alike) - {name}:
            if groups[other] is not groups[name]:
                groups[other] += groups[name]
                groups |= dict.fromkeys((each.requirement.id for each in groups[name]), groups[other])
    same: dict[tuple[str, ...], list[Finding]] = {}
    for group in {id(group): group for group in groups.values()}.values():
        group.sort(
            key=lambda each: (
                LEVELS.index(each.requirement.level),
                -followers[each.requirement.id],
                violated.index(each),
            )
        )
        same.setdefault(tuple(finding.requirement.sentence for finding in group), []).extend(group)
    return list(same.values())


def _leaders(finding: Finding, violated: Sequence[Finding], shown: set[Occasion]) -> Iterator[str]:
    """The other findings of which this one is a symptom; `shown` is when it shows itself."""
    name, mine = finding.requirement.id, _decisive(finding)
    if all(case.requirements[0] != name for case in finding.decisive):
        yield finding.decisive[0].requirements[0]
    for other in violated:
        own = (case for case in other.decisive if case.requirements[0] == other.requirement.id)
        theirs = {_occasion(exchange) for case in own for exchange in case.exchanges}
        refused = {_refusal(exchange) for exchange in _decisive(other) if _refused(exchange, other.requirement)}
        if (
            other is not finding
            and mine
            and (
                shown <= theirs
                or all(_shows(exchange, other.requirement) for exchange in mine)
                or {_refusal(exchange) for exchange in mine} <= refused
            )
        ):
            yield other.requirement.id


def _whole(finding: Finding, violated: Container[str], contract: Contract) -> tuple[object, ...]:
    """What is wrong as a whole, if anything is: every status, the answers of some operations, or every check of one.

    Findings for which this is the same are one cause.
    """
    name, exchanges = finding.requirement.id, _decisive(finding)
    kinds = {exchange.response.status // 100 for exchange in exchanges}
    if len(kinds) == 1 and not kinds & {2, 4}:
        return ("status", *kinds)
    if name in ids(contract.errors):
        return ("rejections",)
    operations = [contract.operations[each] for each in sorted({exchange.operation for exchange in exchanges})]
    if operations and (
        finding.requirement.at.startswith("/") or all(name in ids(operation.response) for operation in operations)
    ):
        return ("answers", *(operation.name for operation in operations))
    for operation in operations:
        checks = ids(operation.request)
        if name in checks and all(each in violated for each in checks):
            return ("request", operation.name)
    return ()


def ids(schema: BodySchema | None) -> set[str]:
    """The IDs of the requirements that the schema of a body states."""
    return {rule.id for rule in schema.rules} if schema else set()


def _decisive(finding: Finding) -> set[Exchange]:
    """The decisive exchanges of a violation."""
    return {case.exchanges[-1] for case in finding.decisive if case.exchanges}


def _occasion(exchange: Exchange) -> Occasion:
    return exchange.operation, exchange.purpose


def _shown(finding: Finding, exchanges: Iterable[Exchange]) -> set[Occasion]:
    """When a violation shows itself: in all answers that are judged by it, if any are."""
    wrong = {_occasion(exchange) for exchange in exchanges if exchange.judged.get(finding.requirement.id)}
    return wrong or {_occasion(exchange) for exchange in _decisive(finding)}


def _refused(exchange: Exchange, requirement: Requirement) -> bool:
    """Whether a violation says that a documented request was not accepted."""
    return requirement.id == f"{exchange.operation}.accepted" and not exchange.response.accepted


def _refusal(exchange: Exchange) -> tuple[str, int]:
    return exchange.operation, exchange.response.status


def _shows(exchange: Exchange, requirement: Requirement) -> bool:
    """Whether the status of an answer breaks a requirement, so that whatever else it breaks is a symptom."""
    return requirement.at == STATUS and bool(exchange.judged.get(requirement.id))


def _blocks(group: Iterable[Finding], finding: Finding, contract: Contract) -> bool:
    """Whether a finding has no verdict for what a group of violations says."""
    violated = {each.requirement.id: each for each in group}
    refusals = {
        _refusal(exchange)
        for each in violated.values()
        for exchange in _decisive(each)
        if _refused(exchange, each.requirement)
    }
    undecided = [case for case in finding.cases if case.verdict == finding.verdict]
    last = [exchange for case in undecided for exchange in case.exchanges[-1:]]
    return any(case.because in violated for case in undecided) or any(
        _refusal(exchange) in refusals or _spoilt(exchange, finding.requirement.id, violated, contract)
        for exchange in last
    )


def _spoilt(exchange: Exchange, name: str, violated: Iterable[str], contract: Contract) -> bool:
    """Whether an answer could not be judged by a requirement, as the member, or what holds it, is broken itself."""
    judgeable = name in contract.judged_by_answers(contract.operations[exchange.operation])
    place = member(contract, name, exchange)
    if not judgeable or name in exchange.judged or place is None:
        return False
    broken = (member(contract, other, exchange) for other in violated if exchange.judged.get(other))
    return any(other is not None and place[: len(other)] == other for other in broken)
