"""The order of the cases: by the state that they need, the limits of the run, and the measured power of each case.

A run without limits sends everything, documented requests first. With limits, each requirement is tested once first,
along a walk on which one state serves all cases that need it; then follow the most powerful of the other cases. The
smoke profile stops after the first part.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from conformance.model import Case
    from schemas import Contract
    from strategies.probe import Probe

SKIPPED_BY_SMOKE = "skipped by --profile smoke, which tests its requirement with another case"
FIRST, FREE, OPTIONAL, OTHERS, AT_END = range(5)
"""Priorities: each requirement once; probes that cost only an exchange; the SHOULDs among the first that cost a limited
operation, so that the MUSTs are tested before; all others; cases that judge all exchanges."""
MAX_GUESSES = 4
"""Wrong codes in a row for which no careful server locks an account."""


@dataclass(frozen=True)
class Candidate:
    """A collected case, and its needs.

    Attributes:
        case: the case, not run yet.
        probe: the probe that it sends, if any.
        station: the state that it needs, or the batch that it is sent in; empty for neither.
        is_at_end: it judges all exchanges of the run.
        place: the position in the order of collection.
    """

    case: Case
    probe: Probe | None
    station: str
    is_at_end: bool
    place: int


@dataclass(frozen=True)
class Planned:
    """A case in its place: its priority, and why it is skipped, or empty."""

    candidate: Candidate
    priority: int
    skipped: str = ""


@dataclass(frozen=True)
class Policy:
    """The facts that decide the order.

    Attributes:
        is_smoke: the run tests each requirement once only.
        limits: the limits by kind; empty for none.
        walk: the stations in the order in which each leads to the next.
    """

    is_smoke: bool
    limits: Mapping[str, int]
    walk: Sequence[str]


@cache
def power_ranks() -> Mapping[str, int]:
    """The rank of each case by the faults that it catches, as the sweep measured it; the most powerful is 0."""
    source = files(__package__) / "case_order.json"
    order: list[Any] = json.loads(source.read_text("utf-8"))["cases"] if source.is_file() else []
    return {case_id: rank for rank, case_id in enumerate(order)}


def ordered(candidates: Sequence[Candidate], contract: Contract, policy: Policy) -> list[Planned]:
    """The cases in the order in which to run them."""
    if not policy.is_smoke and not policy.limits:
        return [
            Planned(candidate, AT_END if candidate.is_at_end else OTHERS)
            for candidate in sorted(candidates, key=lambda candidate: (candidate.is_at_end, candidate.place))
        ]
    priorities = {candidate.place: AT_END if candidate.is_at_end else OTHERS for candidate in candidates}
    first = list(_representatives(candidates, contract, policy))
    priorities |= {
        candidate.place: OPTIONAL if _is_optional(candidate, contract, policy) else FIRST for candidate in first
    }
    if not policy.is_smoke:
        priorities |= {candidate.place: FREE for candidate in _free(candidates, first, policy)}

    def key(candidate: Candidate) -> tuple[int, ...]:
        priority, rank = priorities[candidate.place], _rank(candidate)
        if priority in (FIRST, FREE, OPTIONAL):
            return OPTIONAL if priority == OPTIONAL else FIRST, _station(candidate, policy), candidate.place
        return priority, rank, candidate.place

    return [
        Planned(
            candidate,
            FIRST if priorities[candidate.place] == FREE else priorities[candidate.place],
            SKIPPED_BY_SMOKE if policy.is_smoke and priorities[candidate.place] == OTHERS else "",
        )
        for candidate in sorted(candidates, key=key)
    ]


def _representatives(candidates: Sequence[Candidate], contract: Contract, policy: Policy) -> Iterator[Candidate]:
    """A case per requirement that not every response is judged by; of a MUST on several operations one for each."""
    by_responses = {
        name for operation in contract.operations.values() for name in contract.judged_by_responses(operation)
    }
    covered: set[tuple[str, str]] = set()

    def cost(candidate: Candidate) -> tuple[Any, ...]:
        is_limited = candidate.case.operation in policy.limits
        needs_other_state = candidate.probe is not None and any(candidate.probe.control)
        # A probe shares its control with others; tests are in an order in which few set-ups serve all of them.
        is_test = candidate.probe is None
        rank = 0 if is_test else _rank(candidate)
        return needs_other_state, is_limited, not candidate.station, is_test, rank, candidate.place

    for candidate in sorted(candidates, key=cost):
        proves_nothing = candidate.probe is not None and candidate.probe.may_be_accepted
        if candidate.is_at_end or proves_nothing:
            continue
        for name in candidate.case.requirements:
            is_must = contract.requirements[name].level == "MUST"
            target = (name, candidate.case.operation if is_must else "")
            if name not in by_responses and target not in covered and not _is_spared(candidate, policy):
                covered.add(target)
                yield candidate


def _is_optional(candidate: Candidate, contract: Contract, policy: Policy) -> bool:
    levels = {contract.requirements[name].level for name in candidate.case.requirements}
    return candidate.case.operation in policy.limits and "MUST" not in levels


def _is_spared(candidate: Candidate, policy: Policy) -> bool:
    """By another method a limited operation would cost as much, and tell little more."""
    is_method = candidate.probe is not None and candidate.probe.requirement.startswith("methods.")
    return is_method and candidate.case.operation in policy.limits


def _free(candidates: Sequence[Candidate], first: Sequence[Candidate], policy: Policy) -> Iterator[Candidate]:
    """Probes that cost only an exchange, while the state that they need is there for another one."""
    chosen = {candidate.place for candidate in first}
    groups = {candidate.probe.group for candidate in first if candidate.probe is not None}
    guesses = dict.fromkeys(groups, 0)
    for candidate in first:
        if candidate.probe is not None and candidate.probe.is_guess:
            guesses[candidate.probe.group] += 1
    for candidate in sorted(candidates, key=lambda candidate: (_rank(candidate), candidate.place)):
        probe = candidate.probe
        if probe is None or candidate.place in chosen or probe.group not in groups or probe.may_be_accepted:
            continue
        if candidate.case.operation in policy.limits or (probe.is_guess and guesses[probe.group] >= MAX_GUESSES):
            continue
        guesses[probe.group] += probe.is_guess
        yield candidate


def _rank(candidate: Candidate) -> int:
    ranks = power_ranks()
    return ranks.get(candidate.case.id, len(ranks))


def _station(candidate: Candidate, policy: Policy) -> int:
    return policy.walk.index(candidate.station) if candidate.station in policy.walk else len(policy.walk)


def cases_without_place(case_ids: Collection[str]) -> list[str]:
    """The ranked case IDs that no case has: the file is out of date."""
    return [case_id for case_id in power_ranks() if case_id not in case_ids]
