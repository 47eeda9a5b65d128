"""What JSON:API says of the media types that a request names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.asker import MEDIA_TYPE
from conformance.plugin import CONTRACT
from conformance.subject import encoded
from conformance.verdicts import Violation

if TYPE_CHECKING:
    from conformance.asker import Asker

CASES = {
    "media-type.parameters": ("content_type", f"{MEDIA_TYPE}; version=1", 415),
    "accept.parameters": ("accept", f"{MEDIA_TYPE}; version=1", 406),
}
"""By requirement: the argument of `Asker.send`, its value, and the status that JSON:API demands."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case for each requirement and operation."""
    metafunc.parametrize(
        ("requirement", "operation", "shape"),
        [
            pytest.param(
                name,
                operation.name,
                next(iter(operation.shapes)),
                id=f"{name}-{operation.name}",
                marks=pytest.mark.requirement(name, operation=operation.name),
            )
            for operation in metafunc.config.stash[CONTRACT].operations.values()
            for name in CASES
        ],
    )


def test_media_type_with_parameters_is_rejected(requirement: str, operation: str, shape: str, asker: Asker) -> None:
    """A server that compares a prefix, or does not look, takes a representation that JSON:API does not define."""
    argument, value, status = CASES[requirement]
    asker.subject.prepare(operation, shape)
    asked = asker.contract.operations[operation]
    # Where a success is costly, the sample of the page will do: what it holds is to be looked at later, if at all.
    body = asked.shapes[shape] if asker.subject.costly(operation) else asker.subject.body(asked, shape)
    changed: dict[str, Any] = {argument: value}
    exchange = asker.send(operation, encoded(body), purpose=f"{argument} with a parameter", **changed)
    if exchange.response.status != status:
        raise Violation(requirement, expected=f"{status}", actual=f"got {exchange.response}", exchanges=(exchange,))
