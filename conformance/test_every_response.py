"""Requirements on every response of the run: judged over all of them, at the end."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from conformance.keys import CONTRACT
from conformance.model import NoVerdict, Untested, Violation
from conformance.parameters import at_end, case_parameter

if TYPE_CHECKING:
    import pytest

    from conformance.model import Exchange
    from conformance.recorder import History, Recorder
    from conformance.session import Session
    from conformance.subject import Subject


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case per operation and requirement on its responses."""
    contract = metafunc.config.stash[CONTRACT]
    judged = [(name, item.name) for item in contract.operations.values() for name in contract.judged_by_responses(item)]
    parameters = [
        case_parameter(name, operation, case_id=f"{name}-{operation}", requirement=name, operation=operation)
        for name, operation in judged
    ]
    metafunc.parametrize(("requirement", "operation"), parameters)


@at_end
def test_every_response(
    requirement: str, operation: str, session: Session[History], subject: Subject
) -> tuple[Exchange, ...]:
    """One wrong response in a thousand is wrong."""
    recorder = session.recorder
    is_judged = bool(recorder.judged_by(requirement, operation))
    reason = "" if is_judged else send_documented(subject, session, operation)
    problems = problems_of(recorder, requirement, operation)
    reproducible = True if len(problems) > 1 else None
    if len(problems) == 1:
        # Once may be chance, or the only time that it was sent: send it again.
        was_repeated = send_again(session, subject, problems[0][0])
        problems = problems_of(recorder, requirement, operation)
        reproducible = True if len(problems) > 1 else (False if was_repeated else None)
    judged = recorder.judged_by(requirement, operation)
    if problems:
        exchange, problem = problems[0]
        raise Violation(
            requirement,
            actual=f"{problem} (in {len(problems)} of {len(judged)} responses to {operation})",
            exchanges=(exchange,),
            offending=tuple(exchange for exchange, _ in problems),
            reproducible=reproducible,
        )
    if not judged:
        raise Untested(f"no response to {operation} allowed to judge it" + (f": {reason}" if reason else ""))
    return (judged[-1][0],)


def problems_of(recorder: Recorder[History], requirement: str, operation: str) -> list[tuple[Exchange, str]]:
    """The exchanges with an operation that break a requirement, each with the problem."""
    judged = recorder.judged_by(requirement, operation)
    return [(exchange, judgement.problem) for exchange, judgement in judged if judgement.problem]


def send_again(session: Session[History], subject: Subject, exchange: Exchange) -> bool:
    """Send a request again, a documented one in its documented state; whether that repeats it.

    Another request is repeated if it is sent in the same state.
    """
    with suppress(NoVerdict):
        if exchange.spec.shape and exchange.accepted:
            subject.prepare(exchange.operation, exchange.spec.shape)
            subject.send_valid(exchange.operation, exchange.spec.shape, exchange.spec.purpose)
            return True
        before = next(entry.before for entry in session.recorder.entries if entry.exchange is exchange)
        is_same_state = before.has_same_state(session.recorder.history)
        session.send(exchange.spec)
        return is_same_state
    return False


def send_documented(subject: Subject, session: Session[History], operation: str) -> str:
    """Send each documented shape of an operation, as far as possible; the reason where it is not."""
    reason = ""
    for shape in session.contract.operations[operation].shapes:
        try:
            subject.prepare(operation, shape)
            subject.send_valid(operation, shape, f"documented request: {shape}")
        except NoVerdict as error:
            reason = str(error)
    return reason
