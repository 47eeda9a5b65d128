"""What was observed of a violation: the statuses of the answers that show it, and where in their bodies it is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reports.places import BODY, as_text, places

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.exchange import Exchange
    from conformance.verdicts import Case
    from schemas import Contract


class Observed(NamedTuple):
    """The HTTP statuses, and the JSON Pointers (RFC 6901; empty for the whole body), both in order and each once."""

    statuses: tuple[int, ...]
    pointers: tuple[str, ...]


def observed(contract: Contract, name: str, case: Case) -> Observed:
    """What the answers of a violated case that break a requirement have in common with no other violation of it."""
    answers = case.wrong or case.exchanges[-1:]
    # Most of the answers are alike, and finding the places in one takes a millisecond.
    distinct = {(each.operation, each.response.status, each.response.body): each for each in answers}.values()
    # What only follows from another requirement, as the course of a life does, is wrong where that one is.
    found = _pointers(contract, [name], distinct) or _pointers(contract, case.requirements, distinct)
    return Observed(tuple(sorted({each.response.status for each in answers})), tuple(sorted(found)))


def _pointers(contract: Contract, names: Iterable[str], exchanges: Iterable[Exchange]) -> set[str]:
    return {
        as_text(place.pointer)
        for exchange in exchanges
        for name in names
        for place in places(contract, name, exchange)
        if place.message == "answer" and place.part == BODY
    }
