"""Each requirement, by all that was recorded of each operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.offline.reasons import why_untested
from conformance.plugin import CONTRACT
from conformance.verdicts import Inconclusive, Untested, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.run import Run
    from schemas import Contract


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case for each requirement and each operation that it concerns."""
    metafunc.parametrize(
        ("requirement", "operation"),
        [
            pytest.param(
                name,
                operation,
                id=f"{name}-{operation}",
                marks=pytest.mark.requirement(name, operation=operation),
            )
            for name, operation in concerned(metafunc.config.stash[CONTRACT])
        ],
    )


def concerned(contract: Contract) -> Iterator[tuple[str, str]]:
    """Each requirement with each operation whose traffic it may be judged by."""
    of_answers = {name: set(contract.judged_by_answers(each)) for name, each in contract.operations.items()}
    everywhere = {name for name in contract.requirements if not any(name in found for found in of_answers.values())}
    for name, requirement in contract.requirements.items():
        for operation in contract.operations:
            owned = requirement.operation == operation
            shared = requirement.operation not in contract.operations and name in everywhere
            if owned or shared or name in of_answers[operation]:
                yield name, operation


def test_recorded(requirement: str, operation: str, run: Run) -> None:
    """What was seen once is true, whoever asked for it."""
    assert run.recording is not None
    exchanges = [exchange for exchange in run.exchanges if exchange.operation == operation]
    found = [exchange for exchange in exchanges if requirement in exchange.judged]
    wrong = [exchange for exchange in found if exchange.judged[requirement]]
    if wrong:
        raise Violation(
            requirement,
            expected="",
            actual=f"{wrong[0].judged[requirement]} (so in {len(wrong)} of {len(found)} exchanges of {operation})",
            exchanges=(wrong[0],),
            reproducible=True if len(wrong) > 1 else None,
        )
    doubted = [exchange for exchange in exchanges if requirement in exchange.doubted]
    if doubted:
        raise Inconclusive(doubted[0].doubted[requirement], (doubted[0],))
    if not found:
        raise Untested(why_untested(run.recording, requirement, operation))
    run.asker.show(found[-1])
