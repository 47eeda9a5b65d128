"""Other methods than POST do not carry out the action, nor do ways to override the method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.batches import judge_without_effect
from conformance.keys import CONTRACT
from conformance.model import Untested, Violation
from conformance.parameters import probe_parameters
from strategies.methods import method_probes, override_probes

if TYPE_CHECKING:
    import pytest

    from conformance.batches import Batches
    from conformance.model import Exchange
    from conformance.recorder import History
    from conformance.session import Session
    from strategies.probe import Probe


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case per operation and method, or way to override the method; HEAD and OPTIONS may be answered."""
    operations = metafunc.config.stash[CONTRACT].operations.values()
    probes = [probe for operation in operations for probe in method_probes(operation)]
    if "by_response" in metafunc.function.__name__:
        rejected = [probe for probe in probes if not probe.may_be_accepted]
        metafunc.parametrize("probe", probe_parameters(rejected, "methods.rejected"))
    else:
        overrides = [probe for operation in operations for probe in override_probes(operation)]
        metafunc.parametrize("probe", probe_parameters([*probes, *overrides]))


def test_other_method_does_not_act(probe: Probe, batches: Batches, session: Session[History]) -> tuple[Exchange, ...]:
    """A careless server routes by path alone, or takes the method from a header or the query."""
    return judge_without_effect(session.contract, probe, batches.outcome(probe))


def test_other_method_is_rejected_by_response(probe: Probe, batches: Batches) -> tuple[Exchange, ...]:
    """A client should be told that the method is not allowed."""
    outcome = batches.outcome(probe)
    exchange = outcome.exchange
    if exchange is None:
        raise outcome.reason or Untested("skipped: it was not sent")
    if not exchange.rejected and exchange.status != 501:
        actual = exchange.in_words
        raise Violation("methods.rejected", expected="a 4xx or 501", actual=actual, exchanges=(exchange,))
    return (exchange,)
