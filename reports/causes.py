"""Causes: violated requirements grouped by what breaks them, with the requirements that have no verdict for it.

Two findings have one cause where a predicate below connects them. Connected findings are a group; groups that violate
the same sentences at several operations are one cause.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from reports.evidence import broken_places, ids, member_of
from reports.run_result import LEVELS, UNDECIDED, Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conformance.model import Exchange
    from reports.verdicts import Assessment
    from schemas import Contract, Requirement

T = TypeVar("T")
Occasion = tuple[str, str, str]
"""An operation, the ID of the case that sent the request, and the ID of the requirement that the request breaks."""


@dataclass(frozen=True, eq=False)
class Symptom:
    """A violated requirement, and the exchanges that show it.

    Attributes:
        decisive: the last exchange of each violated case.
        offending: all exchanges that violate the requirement, as far as they are known.
        occasions: the occasions of the offending exchanges.
        evidence: the occasions of all exchanges of the cases that are about this requirement first.
        leader: the ID of the requirement that its cases are about, where that is another one; else empty.
    """

    requirement: Requirement
    decisive: frozenset[Exchange]
    offending: frozenset[Exchange]
    occasions: frozenset[Occasion]
    evidence: frozenset[Occasion]
    leader: str

    @property
    def id(self) -> str:
        """The ID of the requirement."""
        return self.requirement.id

    @property
    def level(self) -> int:
        """0 for a MUST, 1 for a SHOULD."""
        return LEVELS.index(self.requirement.level)

    @property
    def refusals(self) -> frozenset[tuple[str, int]]:
        """The operations and statuses of documented requests that were not accepted, where it is about these."""
        refused = (each for each in self.decisive if self.id == f"{each.operation}.accepted" and not each.accepted)
        return frozenset((each.operation, each.status) for each in refused)


def find_causes(assessments: Sequence[Assessment], contract: Contract) -> tuple[Cause, ...]:
    """The causes of all violations; first those that break a MUST, of these first those that block most."""
    assessments = sorted(assessments, key=lambda assessment: LEVELS.index(assessment.requirement.level))
    undecided = [each for each in assessments if each.verdict in UNDECIDED]
    symptoms = [_symptom(each) for each in assessments if each.verdict == "violated"]
    broken = {symptom.id for symptom in symptoms}
    areas = {symptom.id: _area(symptom, broken, contract) for symptom in symptoms}

    def same_cause(first: Symptom, second: Symptom) -> bool:
        same_area = areas[first.id] is not None and areas[first.id] == areas[second.id]
        return same_area or explains(first, second) or explains(second, first)

    groups = [leaders_first(group) for group in connected_components(symptoms, same_cause)]
    causes = []
    for same in connected_components(groups, same_sentences):
        members = [symptom for group in same for symptom in group]
        blocked = tuple(each.requirement.id for each in undecided if is_blocked(each, members, contract))
        causes.append((members[0].level, -len(blocked), Cause(tuple(symptom.id for symptom in members), blocked)))
    return tuple(cause for *_, cause in sorted(causes, key=lambda cause: cause[:2]))


def connected_components(nodes: Sequence[T], connected: Callable[[T, T], bool]) -> list[list[T]]:
    """The groups of nodes that are connected, directly or through others; all in the order of `nodes`."""
    groups: list[list[int]] = []
    for place, node in enumerate(nodes):
        touching = [group for group in groups if any(connected(nodes[other], node) for other in group)]
        groups = [group for group in groups if group not in touching]
        groups.append(sorted([*(other for group in touching for other in group), place]))
    return [[nodes[place] for place in group] for group in sorted(groups)]


def leaders_first(group: Sequence[Symptom]) -> list[Symptom]:
    """The violations of a group: MUSTs first, of these the one that explains most others."""

    def rank(leader: Symptom) -> tuple[int, int]:
        return leader.level, -sum(explains(leader, other) for other in group if other is not leader)

    return sorted(group, key=rank)


def explains(leader: Symptom, follower: Symptom) -> bool:
    """Whether the violation of the follower is a symptom of that of the leader."""
    # Every occasion on which the follower is violated is part of the evidence of the leader.
    shows_wherever = bool(follower.occasions) and follower.occasions <= leader.evidence
    # The status of all responses that show the follower violates the leader.
    status_explains = leader.requirement.at == "status" and follower.decisive and follower.decisive <= leader.offending
    # Documented requests are refused with the status that shows the follower.
    statuses = {(exchange.operation, exchange.status) for exchange in follower.decisive}
    refuses = bool(statuses) and statuses <= leader.refusals
    is_named = leader.id in (follower.leader, follower.requirement.follows)
    return is_named or shows_wherever or bool(status_explains) or refuses


def same_sentences(first: Sequence[Symptom], second: Sequence[Symptom]) -> bool:
    """Whether two groups violate the same sentences, of several operations."""
    sentences = [[symptom.requirement.sentence for symptom in group] for group in (first, second)]
    return sentences[0] == sentences[1]


def is_blocked(undecided: Assessment, violated: Iterable[Symptom], contract: Contract) -> bool:
    """Whether a requirement has no verdict for one of these violations."""
    cases = [case for case in undecided.cases if case.verdict == undecided.verdict]
    last = [case.exchanges[-1] for case in cases if case.exchanges]
    return any(
        any(case.because == symptom.id for case in cases)
        or any((exchange.operation, exchange.status) in symptom.refusals for exchange in last)
        or any(_is_hidden(undecided.requirement.id, exchange, symptom, contract) for exchange in last)
        for symptom in violated
    )


def _is_hidden(requirement: str, exchange: Exchange, symptom: Symptom, contract: Contract) -> bool:
    """Whether a response could not be held to a requirement, because the member, or its parent, is broken."""
    member, broken = (member_of(contract, name, exchange.operation) for name in (requirement, symptom.id))
    is_inside = member is not None and broken is not None and f"{member}/".startswith(f"{broken}/")
    return is_inside and (exchange in symptom.offending or bool(broken_places(contract, symptom.id, exchange)))


def _area(symptom: Symptom, broken: set[str], contract: Contract) -> tuple[str, ...] | None:
    """The part of the API that is wrong as a whole, if any: a kind of status, the rejections, responses, or checks."""
    if symptom.decisive and all(exchange.is_disguised_error for exchange in symptom.decisive):
        return ("errors reported as success",)
    kinds = {exchange.status // 100 for exchange in symptom.decisive}
    if len(kinds) == 1 and not kinds & {2, 4}:
        return ("status", str(kinds.pop()))
    if symptom.id in ids(contract.errors):
        return ("rejections",)
    names = sorted({exchange.operation for exchange in symptom.decisive})
    operations = [contract.operations[name] for name in names]
    if operations and (
        symptom.requirement.at.startswith("/") or all(symptom.id in ids(each.response) for each in operations)
    ):
        return ("responses", *names)
    for operation in operations:
        checks = ids(operation.request)
        if symptom.id in checks and checks <= broken:
            return ("request", operation.name)
    return None


def _symptom(assessment: Assessment) -> Symptom:
    name, cases = assessment.requirement.id, assessment.violated
    decisive = frozenset(case.exchanges[-1] for case in cases if case.exchanges)
    offending = decisive.union(*(case.offending for case in cases))
    own = [case for case in cases if case.requirements[0] == name]
    return Symptom(
        assessment.requirement,
        decisive,
        offending,
        frozenset(map(_occasion, offending)),
        frozenset(_occasion(exchange) for case in own for exchange in case.exchanges),
        "" if own else cases[0].requirements[0],
    )


def _occasion(exchange: Exchange) -> Occasion:
    return exchange.operation, exchange.case_id, exchange.spec.requirement
