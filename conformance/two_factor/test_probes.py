"""Wrong codes, odd numbers, and requests to other operations while a verification is awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.batches import judge_rejected, send_open
from conformance.checks import require
from conformance.model import Untested
from conformance.parameters import probe_parameters
from strategies.two_factor import (
    app_number_probes,
    forged_code_probes,
    malformed_code_probes,
    sms_code_probes,
    undocumented_code_probes,
    undocumented_number_probes,
    while_pending_probes,
    wrong_code_probes,
)

if TYPE_CHECKING:
    import pytest

    from conformance.batches import Batches
    from conformance.model import Exchange
    from conformance.session import Session
    from conformance.two_factor.state import TwoFactorHistory
    from strategies.probe import Probe


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case per probe; the crudest codes once more by SMS, which a server may check in another way."""
    match metafunc.function.__name__:
        case "test_probe_is_rejected":
            codes = (*wrong_code_probes(), *forged_code_probes(), *sms_code_probes(), *malformed_code_probes())
            probes = (*codes, *app_number_probes(), *while_pending_probes())
            metafunc.parametrize("probe", probe_parameters(probes))
        case "test_code_is_answered":
            metafunc.parametrize("probe", probe_parameters(undocumented_code_probes()))
        case _:
            metafunc.parametrize("open_probe", probe_parameters(undocumented_number_probes()))


def test_probe_is_rejected(probe: Probe, batches: Batches) -> tuple[Exchange, ...]:
    """A careless server compares a part of a code, or clears the old set-up before it looks at the new one."""
    return judge_rejected(probe, batches.outcome(probe))


def test_code_is_answered(probe: Probe, batches: Batches, session: Session[TwoFactorHistory]) -> tuple[Exchange, ...]:
    """Codes that a server may or may not take for the right one."""
    outcome = batches.outcome(probe)
    if outcome.exchange is None:
        raise outcome.reason or Untested("skipped: it was not sent")
    require(session.recorder.judgements_of(outcome.exchange), outcome.exchange, "http.no-server-error")
    return (outcome.exchange,)


def test_number_is_answered(open_probe: Probe, session: Session[TwoFactorHistory]) -> tuple[Exchange, ...]:
    """Numbers of which nothing says that they are valid or not; none of them reaches a person."""
    return send_open(session, open_probe)
