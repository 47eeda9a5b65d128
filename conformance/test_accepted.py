"""Each documented request is accepted, in each documented shape and however its JSON is serialised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.keys import CONTRACT
from conformance.model import Untested
from conformance.parameters import case_parameter
from strategies.generation import generated
from strategies.probe import RequestSpec
from strategies.valid_bodies import backwards, escaped, serialisations

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.model import Exchange
    from conformance.recorder import History
    from conformance.session import Session
    from conformance.settings import Settings
    from conformance.subject import Subject

SERIALISATIONS: dict[str, Callable[[Any, int], bytes]] = {
    "backwards": lambda body, _: backwards(body),
    "escaped": lambda body, _: escaped(body),
    "drawn": lambda body, seed: generated(serialisations(body), seed, 1)[0],
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case per operation and shape; other serialisations of the first shape only."""
    operations = metafunc.config.stash[CONTRACT].operations.values()
    shapes = [(operation.name, shape) for operation in operations for shape in operation.shapes]
    if "serialisation" in metafunc.fixturenames:
        with_body = [operation for operation in operations if operation.request is not None]
        shapes = [(operation.name, next(iter(operation.shapes))) for operation in with_body]
    parameters = [
        case_parameter(name, shape, case_id=f"{name}-{shape}", requirement=f"{name}.accepted", operation=name)
        for name, shape in shapes
    ]
    metafunc.parametrize(("operation", "shape"), parameters)


def test_documented_request_is_accepted(
    operation: str, shape: str, session: Session[History], subject: Subject
) -> tuple[Exchange, ...]:
    """The request of the page's sample, and each shape that its table allows. Evidence in the log is not sent again."""
    for entry in () if session.is_repeating else session.recorder.entries:
        exchange, is_documented = entry.exchange, entry.before.must_accept(operation)
        if (exchange.operation, exchange.spec.shape) == (operation, shape) and exchange.accepted and is_documented:
            return (exchange,)
    subject.prepare(operation, shape)
    exchange = subject.send_valid(operation, shape, f"documented request: {shape}")
    if not exchange.accepted:
        raise subject.diagnose(operation, shape, exchange)
    return (exchange,)


@pytest.mark.parametrize("serialisation", SERIALISATIONS)
def test_other_spelling_is_accepted(  # noqa: PLR0913, PLR0917 (fixtures and parameters)
    operation: str, shape: str, serialisation: str, session: Session[History], subject: Subject, settings: Settings
) -> tuple[Exchange, ...]:
    """White space, the order of members and escaped characters mean nothing in JSON."""
    if subject.is_expensive(operation):
        raise Untested("skipped: each success is expensive, and the documented serialisation is sent")
    subject.prepare(operation, shape)
    body = subject.valid_body(operation, shape)
    text = SERIALISATIONS[serialisation](body, settings.seed)
    purpose = f"documented request, serialised {serialisation}"
    exchange = session.send(RequestSpec(operation, text, purpose, known_code=subject.known_code))
    if not exchange.accepted:
        raise subject.diagnose(operation, shape, exchange)
    return (exchange,)
