"""Which cases are asked, and in which order, where not everything may be asked: the most telling first.

Each requirement is asked once, in an order in which every state that costs something serves all that need it. Under a
budget the other cases follow, those first that depart from what was asked already; what the budget does not allow is
left out when its turn comes. Under the frugal profile they are left out from the start.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.cases import parameters_of, probe_of, test_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    import pytest

    from conformance.probes import Probe
    from conformance.verdicts import Case
    from schemas import Contract

FRUGAL = "left out by --profile frugal: its requirement is asked by another case"
FIRST, SAMPLE, REST, LAST = range(4)
"""The turns: each requirement once, a few cases of each kind, all others, what is judged by the answers to all."""
GUESSES = 4
"""Guesses in a row that no careful server locks out for."""
SAMPLED = 4
"""Cases of each requirement, operation and test that come before all others of them."""


class Candidate:
    """A test of the run, and what decides on its turn; `rank` is its place among the samples of its kind."""

    def __init__(self, item: pytest.Item, case: Case, place: int) -> None:
        self.item = item
        self.case = case
        self.place = place
        self.turn = REST
        self.rank = 0
        self.probe = probe_of(item)
        self.test = test_of(item)
        parameters = parameters_of(item)
        group = self.probe.group if self.probe else (parameters.get("operation"), parameters.get("shape"))
        self.group = ":".join(map(str, group))

    def station(self, walk: Sequence[str]) -> int:
        """Where in a walk it belongs, by the name of its test or by the group of its probe; else at the end."""
        return next((walk.index(name) for name in (self.test, self.group) if name in walk), len(walk))


class Thrift(NamedTuple):
    """What is known of the cost of cases.

    `walk` has names of tests, and of groups of probes, in an order that costs little; `limited` the operations whose
    requests are limited; `guesses` tells of which probes a target may take only a few in a row.
    """

    walk: Sequence[str]
    limited: Collection[str]
    guesses: Callable[[Probe], bool]


def selected(
    candidates: Sequence[Candidate], contract: Contract, thrift: Thrift, *, frugal: bool = False
) -> list[Candidate]:
    """The candidates in the order in which to ask them, each with its turn.

    Args:
        candidates: all tests of the run, in the order of the suite.
        contract: what they ask.
        thrift: what is known of their cost.
        frugal: whether each requirement is to be asked once only.
    """
    by_answers = {name for operation in contract.operations.values() for name in contract.judged_by_answers(operation)}
    for candidate in candidates:
        if candidate.test == "every-answer":
            candidate.turn = LAST
    for candidate in _representatives(candidates, contract, by_answers, thrift):
        candidate.turn = FIRST
    for candidate in _samples(candidates):
        candidate.turn = SAMPLE
    if not frugal:
        for candidate in list(_free(candidates, thrift)):
            candidate.turn = FIRST
    return sorted(
        candidates,
        key=lambda one: (one.turn, one.station(thrift.walk) if one.turn == FIRST else 0, not one.probe, one.place),
    )


def _free(candidates: Sequence[Candidate], thrift: Thrift) -> Iterator[Candidate]:
    """What costs nothing but an exchange, and is asked while the state that it needs is there anyway."""
    first = {candidate.group for candidate in candidates if candidate.turn == FIRST and candidate.probe}
    guessed = Counter(one.group for one in candidates if one.turn == FIRST and one.probe and thrift.guesses(one.probe))
    for candidate in sorted(candidates, key=lambda one: (one.turn, one.rank)):
        if not candidate.probe or candidate.turn not in (SAMPLE, REST) or candidate.group not in first:
            continue
        if candidate.probe.open_ended:
            continue  # If it is accepted, as it may be, the state is gone.
        guess = thrift.guesses(candidate.probe)
        if candidate.case.operation not in thrift.limited and not (guess and guessed[candidate.group] >= GUESSES):
            guessed[candidate.group] += guess
            yield candidate


def _representatives(
    candidates: Sequence[Candidate], contract: Contract, by_answers: Collection[str], thrift: Thrift
) -> Iterator[Candidate]:
    """One for each requirement that not every answer is judged by; of a MUST on all operations, one for each."""
    seen: set[tuple[str, str]] = set()

    def cost(candidate: Candidate) -> tuple[bool, ...]:
        operation = contract.operations.get(candidate.case.operation)
        probe = candidate.probe
        return (
            probe is not None and bool(probe.control or probe.control_shape),  # what is asked in another state besides
            candidate.case.operation in thrift.limited,
            operation is not None and operation.request is not None,
            candidate.station(thrift.walk) == len(thrift.walk),
        )

    for candidate in sorted(candidates, key=cost):
        if candidate.turn == LAST:
            continue
        for name in candidate.case.requirements:
            must = contract.requirements[name].level == "MUST"
            key = (name, candidate.case.operation if must else "")
            # By another method an operation that is limited would cost as much, and tell little more.
            spared = candidate.probe is not None and candidate.probe.other_method and any(cost(candidate)[1:3])
            if name not in by_answers and key not in seen and not spared:
                seen.add(key)
                yield candidate


def _samples(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """A few of the others of each kind, from all over their enumeration: its neighbours are alike."""
    kinds: dict[tuple[Any, ...], list[Candidate]] = {}
    for candidate in candidates:
        if candidate.turn == REST:
            key = (candidate.test, candidate.case.requirements, candidate.case.operation)
            kinds.setdefault(key, []).append(candidate)
    for alike in kinds.values():
        step = max(1, len(alike) // SAMPLED)
        for rank, candidate in enumerate(alike[::step][:SAMPLED]):
            candidate.rank = rank
            yield candidate
