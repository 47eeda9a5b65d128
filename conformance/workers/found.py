"""What goes between a worker and the controller: what there is to do, what was found, and how it is put together."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.exchange import Exchange
    from conformance.probes import Rejected
    from conformance.run import Run
    from conformance.verdicts import Case


class Task(NamedTuple):
    """A test as the controller has to know it.

    `unit` names what has to be done by one worker, in this order; `cost` is how many answers it is likely to wait for,
    one after the other. A `late` one judges what all workers found.
    """

    unit: str
    cost: float
    late: bool
    case: Case


class Filed(NamedTuple):
    """A case that was found: the number of its test, and whether it is the case of this test or one more."""

    place: int
    planned: bool
    case: Case


@dataclass
class Plan:
    """All tests of a run in their order, the cases that were not wanted, and the process that says so.

    `asked` is how many of the tests are not left out, `expected` how many exchanges they are likely to take;
    `intentions` is what the subject says that it is about to do.
    """

    tasks: list[Task] = field(default_factory=list)
    deselected: list[Case] = field(default_factory=list)
    process: int = 0
    asked: int = 0
    expected: float = 0.0
    intentions: list[str] = field(default_factory=list)


@dataclass
class Found:
    """What a worker found and leaves: the judged exchanges, the cases, what became of requests that were rejected.

    `left` says how the account was left, `problem` why it could not be asked, `identity` whose it is.
    """

    base_url: str
    left: str = ""
    problem: str = ""
    identity: str = ""
    exchanges: list[Exchange] = field(default_factory=list)
    cases: list[Filed] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    unanswered: list[Exchange] = field(default_factory=list)


def packed(value: Any) -> bytes:
    """A value as bytes, for another process of the same run."""
    return pickle.dumps(value)


def unpacked(data: bytes) -> Any:
    """The value that another process of the same run packed."""
    return pickle.loads(data)  # noqa: S301 (our own process made it)


def found_by(run: Run) -> Found:
    """All that a worker found."""
    return Found(
        run.target.base_url,
        run.left,
        run.problem,
        run.asker.subject.identity,
        run.asker.exchanges,
        filed(run.planned, run.cases),
        run.rejections.own(),
        run.asker.unanswered,
    )


def filed(planned: Sequence[Case], cases: Iterable[Case]) -> list[Filed]:
    """Cases with the number of the test that they belong to; one that is none of a test belongs to the next."""
    places = {id(case): place for place, case in enumerate(planned)}
    place, found = len(planned), []
    for case in reversed(list(cases)):
        place = places.get(id(case), place)
        found.append(Filed(place, id(case) in places, case))
    return found[::-1]


def put_together(run: Run, found: Sequence[Found]) -> None:
    """Enter what the workers found into the run of the controller, as if it had asked all of it, by account."""
    run.asker.exchanges, run.asker.unanswered = [], []
    for account, each in enumerate(found):
        for exchange in (*each.exchanges, *each.unanswered):
            exchange.number += len(run.asker.exchanges)
            exchange.account = account
        run.asker.exchanges += each.exchanges
        run.asker.unanswered += each.unanswered
    cases = sorted((case for each in found for case in each.cases), key=lambda case: case.place)
    run.cases = [case.case for case in cases]
    for case in cases:
        if case.planned:
            run.planned[case.place] = case.case
