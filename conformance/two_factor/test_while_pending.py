"""Requests to other operations that are rejected while a verification is awaited leave it awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.batches import judge_rejected
from conformance.parameters import probe_parameters
from strategies.two_factor import while_pending_probes

if TYPE_CHECKING:
    import pytest

    from conformance.batches import Batches
    from conformance.model import Exchange
    from strategies.probe import Probe


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case per request."""
    metafunc.parametrize("probe", probe_parameters(while_pending_probes()))


def test_rejected_while_pending(probe: Probe, batches: Batches) -> tuple[Exchange, ...]:
    """A careless server clears the old set-up before it looks at the new one."""
    return judge_rejected(probe, batches.outcome(probe))
