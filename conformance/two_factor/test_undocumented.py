"""Numbers and codes that the page leaves open: any response but a 5xx, and a 2xx in its documented shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.checks import require
from conformance.model import Untested
from conformance.parameters import probe_parameters
from strategies.two_factor import undocumented_code_probes, undocumented_number_probes

if TYPE_CHECKING:
    import pytest

    from conformance.batches import Batches
    from conformance.model import Exchange
    from conformance.session import Session
    from conformance.two_factor.state import TwoFactorHistory
    from strategies.probe import Probe


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case per number or code."""
    if "probe" in metafunc.fixturenames:
        metafunc.parametrize("probe", probe_parameters(undocumented_code_probes()))
    else:
        metafunc.parametrize("open_probe", probe_parameters(undocumented_number_probes()))


def test_number_is_answered(open_probe: Probe, session: Session[TwoFactorHistory]) -> tuple[Exchange, ...]:
    """Numbers of which nothing says that they are valid or not; none of them reaches a person."""
    valid = session.contract.operations[open_probe.operation].shapes[open_probe.shape]
    spec = open_probe.build(valid, session.target.token.reveal())
    if spec is None:
        raise Untested("skipped: with these values it equals the valid request")
    exchange = session.send(spec)
    require(session.recorder.judgements_of(exchange), exchange, "http.no-server-error")
    return (exchange,)


def test_code_is_answered(probe: Probe, batches: Batches, session: Session[TwoFactorHistory]) -> tuple[Exchange, ...]:
    """Codes that a server may or may not take for the right one."""
    exchange = batches.outcome(probe).exchange
    if exchange is None:
        raise batches.outcome(probe).reason or Untested("skipped: it was not sent")
    require(session.recorder.judgements_of(exchange), exchange, "http.no-server-error")
    return (exchange,)
