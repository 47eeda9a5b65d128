"""What every answer of the run is to hold, whatever was asked: judged over all of them, at the end."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from conformance.asker import Ask
from conformance.plugin import CONTRACT
from conformance.verdicts import Inconclusive, NoVerdict, Untested, Violation

if TYPE_CHECKING:
    from conformance.asker import Asker
    from conformance.exchange import Exchange
    from conformance.run import Run

RESERVED = "credentials.reserved-401"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case for each operation and each requirement on its answers."""
    contract = metafunc.config.stash[CONTRACT]
    metafunc.parametrize(
        ("requirement", "operation"),
        [
            pytest.param(
                name,
                operation.name,
                id=f"{name}-{operation.name}",
                marks=pytest.mark.requirement(name, operation=operation.name),
            )
            for operation in contract.operations.values()
            for name in contract.judged_by_answers(operation)
        ],
    )


def test_every_answer(requirement: str, operation: str, asker: Asker, run: Run) -> None:
    """What one answer in a thousand does wrong is wrong."""
    reason = ""
    if not answers(run, requirement, operation):
        reason = ask(asker, operation)
    found = answers(run, requirement, operation)
    before = len(found)
    wrong = [exchange for exchange in found if exchange.judged[requirement]]
    if len(wrong) == 1:
        # Once may be chance, or the only time that it was asked: ask again.
        ask_again(asker, wrong[0])
        found = answers(run, requirement, operation)
        wrong = [exchange for exchange in found if exchange.judged[requirement]]
    if wrong and requirement == RESERVED and (since := asker.token_refused_since):
        ask(asker, operation)
        if asker.token_refused_since == since:
            raise Inconclusive(f"from exchange {since} on the target refuses the token: it may have expired")
    if wrong:
        raise Violation(
            requirement,
            expected="",
            actual=f"{wrong[0].judged[requirement]} (so in {len(wrong)} of {len(found)} answers of {operation})",
            exchanges=(wrong[0],),
            wrong=tuple(wrong),
            reproducible=len(wrong) > 1 if len(wrong) > 1 or len(found) > before else None,
        )
    if not found:
        raise Untested(f"no answer of {operation} allowed to judge it" + (f": {reason}" if reason else ""))
    asker.show(found[-1])


def answers(run: Run, requirement: str, operation: str) -> list[Exchange]:
    """The exchanges of an operation that were judged by a requirement."""
    return [
        exchange for exchange in run.everywhere if exchange.operation == operation and requirement in exchange.judged
    ]


def ask_again(asker: Asker, exchange: Exchange) -> None:
    """Ask for such an answer again: a rejection as it was asked for, in whatever state; a success in its own."""
    if not exchange.response.rejected:
        ask(asker, exchange.operation)
        return
    with suppress(NoVerdict):
        asker.ask([Ask.again(exchange)])


def ask(asker: Asker, operation: str) -> str:
    """Ask an operation once in each documented shape, as far as it can be done; why not, if so."""
    reason = ""
    for shape in asker.contract.operations[operation].shapes:
        try:
            asker.subject.prepare(operation, shape)
            asker.valid(operation, shape, purpose=f"documented request: {shape}")
        except NoVerdict as error:
            reason = str(error)
    return reason
