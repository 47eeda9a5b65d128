"""Requests that the documentation leaves open get any response but a 5xx; a 2xx has its documented shape even so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.batches import send_open
from conformance.keys import CONTRACT
from conformance.parameters import probe_parameters
from strategies.undocumented import undocumented_probes

if TYPE_CHECKING:
    import pytest

    from conformance.model import Exchange
    from conformance.recorder import History
    from conformance.session import Session
    from strategies.probe import Probe


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case per operation and departure."""
    operations = metafunc.config.stash[CONTRACT].operations.values()
    probes = [probe for operation in operations for probe in undocumented_probes(operation)]
    metafunc.parametrize("open_probe", probe_parameters(probes))


def test_undocumented_request_is_answered(open_probe: Probe, session: Session[History]) -> tuple[Exchange, ...]:
    """A careless server fails over what it did not expect."""
    return send_open(session, open_probe)
