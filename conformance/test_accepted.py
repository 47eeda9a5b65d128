"""Each documented request is accepted, in each documented shape and however its JSON is spelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.generation import generated
from conformance.plugin import CONTRACT
from conformance.verdicts import Untested
from strategies.bodies import backwards, escaped, spellings

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.asker import Asker
    from conformance.run import Run

SPELLINGS: dict[str, Callable[[Any, int], bytes]] = {
    "backwards": lambda body, _: backwards(body),
    "escaped": lambda body, _: escaped(body),
    "drawn": lambda body, seed: generated(spellings(body), seed, 1)[0],
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case for each operation and shape."""
    operations = metafunc.config.stash[CONTRACT].operations.values()
    spelled = "spelling" in metafunc.fixturenames
    cases = [
        (operation, shape)
        for operation in operations
        for shape in (list(operation.shapes)[:1] if spelled else operation.shapes)
        if operation.request is not None or not spelled
    ]
    metafunc.parametrize(
        ("operation", "shape"),
        [
            pytest.param(
                operation.name,
                shape,
                id=f"{operation.name}-{shape}",
                marks=pytest.mark.requirement(f"{operation.name}.accepted", operation=operation.name),
            )
            for operation, shape in cases
        ],
    )


def test_documented_request_is_accepted(operation: str, shape: str, asker: Asker) -> None:
    """The request of the page's sample, and each shape that its table allows."""
    if (asker.thrifty or asker.subject.costly(operation)) and (operation, shape) in asker.seen:
        asker.show(asker.seen[operation, shape])
        return
    asker.subject.prepare(operation, shape)
    asker.accepted(operation, shape, purpose=f"documented request: {shape}")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_other_spelling_is_accepted(operation: str, shape: str, spelling: str, asker: Asker, run: Run) -> None:
    """White space, the order of members, and escaped characters mean nothing in JSON."""
    if asker.subject.costly(operation):
        raise Untested("each success is costly, and the documented spelling is asked for")
    asker.subject.prepare(operation, shape)
    body = asker.subject.body(asker.contract.operations[operation], shape)
    exchange = asker.send(
        operation, SPELLINGS[spelling](body, run.options.seed), purpose=f"documented request, {spelling}"
    )
    if not exchange.response.accepted:
        raise asker.subject.refused(operation, shape, exchange)
