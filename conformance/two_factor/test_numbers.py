"""Numbers of a wrong type are rejected under app delivery, too; odd numbers get any response but a 5xx."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.batches import judge_rejected
from conformance.checks import require
from conformance.model import NotApplicable
from conformance.parameters import probe_parameters
from strategies.two_factor import app_number_probes, undocumented_number_probes

if TYPE_CHECKING:
    import pytest

    from conformance.batches import Batches
    from conformance.model import Exchange
    from conformance.session import Session
    from conformance.two_factor.state import TwoFactorHistory
    from strategies.probe import Probe


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case per number."""
    if "probe" in metafunc.fixturenames:
        metafunc.parametrize("probe", probe_parameters(app_number_probes()))
    else:
        metafunc.parametrize("open_probe", probe_parameters(undocumented_number_probes()))


def test_number_of_wrong_type_is_rejected(probe: Probe, batches: Batches) -> tuple[Exchange, ...]:
    """A server may validate the number only where it needs one."""
    return judge_rejected(probe, batches.outcome(probe))


def test_number_is_answered(open_probe: Probe, session: Session[TwoFactorHistory]) -> tuple[Exchange, ...]:
    """Numbers of which nothing says that they are valid or not; none of them reaches a person."""
    valid = session.contract.operations[open_probe.operation].shapes[open_probe.shape]
    spec = open_probe.build(valid, session.target.token.reveal())
    if spec is None:
        raise NotApplicable
    exchange = session.send(spec)
    require(session.recorder.judgements_of(exchange), exchange, "http.no-server-error")
    return (exchange,)
