"""Each defective body is rejected, for its defect, and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.generation import generated
from conformance.plugin import CONTRACT
from conformance.probes import Probe
from strategies.bodies import body_defects
from strategies.defects import Defect, defects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.rejections import Rejections
    from schemas import Operation


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case for each requirement on a body and each way of breaking it; one for each operation."""
    contract = metafunc.config.stash[CONTRACT]
    if "probe" in metafunc.fixturenames:
        option = metafunc.config.option
        probes = [
            probe
            for operation in contract.operations.values()
            for probe in _probes(operation, option.examples, option.seed)
        ]
        metafunc.parametrize("probe", [probe.parameter() for probe in probes])
    else:
        names = [name for name in contract.operations if f"{name}.rejected-changes-nothing" in contract.requirements]
        marks = [pytest.mark.requirement(f"{name}.rejected-changes-nothing", operation=name) for name in names]
        metafunc.parametrize(
            "operation", [pytest.param(name, marks=mark) for name, mark in zip(names, marks, strict=True)]
        )


def _probes(operation: Operation, examples: int, seed: int) -> Iterator[Probe]:
    """The enumerated defects of an operation's body, then generated ones."""
    if operation.request is None:
        return
    for defect in defects(operation):
        yield _probe(operation, defect, defect.name)
    for number, defect in enumerate(generated(body_defects(operation), seed, examples), 1):
        yield _probe(operation, defect, f"generated-{number}")


def _probe(operation: Operation, defect: Defect, name: str) -> Probe:
    return Probe(defect.requirement, operation.name, name, defect.shape, lambda valid, _: {"body": defect.apply(valid)})


def test_defective_body_is_rejected(probe: Probe, rejections: Rejections) -> None:
    """A lax server takes a near miss for right, or fails over it."""
    rejections.judge(probe)


def test_rejected_request_changes_nothing(operation: str, rejections: Rejections) -> None:
    """A careless server acts first and checks later."""
    rejections.judge_unchanged(operation)
