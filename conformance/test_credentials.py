"""Requests without valid credentials are rejected, by every operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.batches import judge_rejected
from conformance.keys import CONTRACT
from conformance.parameters import probe_parameters
from strategies.credentials import credential_probes

if TYPE_CHECKING:
    import pytest

    from conformance.batches import Batches
    from conformance.model import Exchange
    from strategies.probe import Probe


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case per operation and way of presenting no valid credentials."""
    operations = metafunc.config.stash[CONTRACT].operations.values()
    metafunc.parametrize("probe", probe_parameters(credential_probes(list(operations))))


def test_request_without_valid_credentials_is_rejected(probe: Probe, batches: Batches) -> tuple[Exchange, ...]:
    """A careless server forgets the check for one action, or compares a part of the token."""
    return judge_rejected(probe, batches.outcome(probe))
