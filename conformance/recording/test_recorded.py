"""Each requirement, by all that was recorded of each operation that it concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.keys import CONTRACT
from conformance.model import Inconclusive, Untested, Violation
from conformance.parameters import case_parameter
from conformance.recording.reasons import why_untested

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from conformance.model import Exchange
    from conformance.recording.replay import Replay
    from schemas import Contract


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case per requirement and operation that it concerns."""
    metafunc.parametrize(
        ("requirement", "operation"),
        [
            case_parameter(name, operation, case_id=f"{name}-{operation}", requirement=name, operation=operation)
            for name, operation in concerned(metafunc.config.stash[CONTRACT])
        ],
    )


def concerned(contract: Contract) -> Iterator[tuple[str, str]]:
    """Each requirement with each operation by whose traffic it may be judged."""
    by_responses = {name: contract.judged_by_responses(operation) for name, operation in contract.operations.items()}
    some = {name for names in by_responses.values() for name in names}
    for name, requirement in contract.requirements.items():
        for operation in contract.operations:
            is_shared = requirement.operation not in contract.operations and name not in some
            if operation == requirement.operation or is_shared or name in by_responses[operation]:
                yield name, operation


def test_recorded(requirement: str, operation: str, replayed: Replay) -> tuple[Exchange, ...]:
    """One wrong response is wrong, whoever sent the request."""
    judged = replayed.judged.get((requirement, operation), ())
    problems = [each for each in judged if each.judgement.problem]
    certain = [each for each in problems if each.judgement.certain]
    if certain:
        evidence, judgement = certain[0]
        raise Violation(
            requirement,
            actual=f"{judgement.problem} (in {len(certain)} of {len(judged)} judged exchanges of {operation})",
            exchanges=evidence,
            offending=tuple(each.evidence[-1] for each in certain),
            reproducible=True if len(certain) > 1 else None,
        )
    if problems:
        raise Inconclusive(problems[0].judgement.problem, problems[0].evidence)
    if not judged:
        raise Untested(why_untested(replayed, requirement, operation))
    return judged[-1].evidence
