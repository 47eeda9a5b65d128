"""Other methods than POST do not carry out the action."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.plugin import CONTRACT
from conformance.probes import Probe
from conformance.verdicts import Untested, Violation
from strategies.defects import encode

if TYPE_CHECKING:
    import pytest

    from conformance.asker import Asker
    from conformance.rejections import Rejections

METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
OPEN = ("HEAD", "OPTIONS")
WITHOUT_BODY = ("GET", "HEAD", "OPTIONS", "DELETE")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case for each operation and method; HEAD and OPTIONS may well be answered."""
    by_answer = "by_answer" in metafunc.function.__name__
    requirement = "methods.rejected" if by_answer else "methods.other-than-post"
    metafunc.parametrize(
        "probe",
        [
            Probe(
                "methods.other-than-post",
                operation.name,
                f"{operation.name}-{method}",
                next(iter(operation.shapes)),
                _by(method),
                other_method=True,
            ).parameter(requirement)
            for operation in metafunc.config.stash[CONTRACT].operations.values()
            for method in METHODS
            if not (by_answer and method in OPEN)
        ],
    )


def _by(method: str) -> Any:
    def arguments(valid: Any, _: Asker) -> dict[str, Any]:
        body = None if valid is None or method in WITHOUT_BODY else encode(valid)
        return {"body": body, "method": method}

    return arguments


def test_other_method_does_not_act(probe: Probe, rejections: Rejections) -> None:
    """A careless server routes by path alone, or by the presence of a body."""
    rejections.judge_undone(probe)


def test_other_method_is_rejected_by_answer(probe: Probe, rejections: Rejections) -> None:
    """A client should be told that this is no way to ask."""
    outcome = rejections.outcome(probe)
    if outcome.exchange is None:
        raise outcome.reason or Untested("it was not sent")
    response = outcome.exchange.response
    if not response.rejected and response.status != 501:
        raise Violation(
            "methods.rejected", expected="a 4xx or 501", actual=f"got {response}", exchanges=(outcome.exchange,)
        )
