"""Each defective body is rejected, for its defect, and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.batches import judge_rejected, judge_unchanged
from conformance.keys import CONTRACT
from conformance.parameters import at_end, case_parameter, probe_parameters
from strategies.generation import drawn_body_probes
from strategies.mutations import body_probes

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from conformance.batches import Batches
    from conformance.model import Exchange
    from schemas import Contract
    from strategies.probe import Probe


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case per requirement on a body and way of breaking it; a case per operation whose rejections have no effect."""
    contract, option = metafunc.config.stash[CONTRACT], metafunc.config.option
    if "probe" in metafunc.fixturenames:
        metafunc.parametrize("probe", probe_parameters(probes(contract, option.examples, option.seed)))
        return
    requirements = {name: contract.no_effect_requirement(name) for name in contract.operations}
    parameters = [
        case_parameter(requirement, name, case_id=name, requirement=requirement, operation=name)
        for name, requirement in requirements.items()
        if requirement is not None
    ]
    metafunc.parametrize(("requirement", "operation"), parameters)


def probes(contract: Contract, examples: int, seed: int) -> Iterator[Probe]:
    """The enumerated defects of each operation's body, then generated ones."""
    for operation in contract.operations.values():
        yield from body_probes(operation)
        yield from drawn_body_probes(operation, seed, examples)


def test_defective_body_is_rejected(probe: Probe, batches: Batches) -> tuple[Exchange, ...]:
    """A lax server takes a near miss for right, or fails over it."""
    return judge_rejected(probe, batches.outcome(probe))


@at_end
def test_rejected_request_changes_nothing(requirement: str, operation: str, batches: Batches) -> tuple[Exchange, ...]:
    """A careless server acts first and checks later."""
    return judge_unchanged(requirement, batches.rejected_outcomes(operation))
