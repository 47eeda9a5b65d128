"""Wrong codes verify nothing, and no code makes the server fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.batches import judge_rejected
from conformance.checks import require
from conformance.model import Untested
from conformance.parameters import probe_parameters
from strategies.two_factor import (
    forged_code_probes,
    malformed_code_probes,
    sms_code_probes,
    undocumented_code_probes,
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
    """A case per code; the crudest ones once more by SMS, whose codes a server may check in another way."""
    if "answered" in metafunc.function.__name__:
        metafunc.parametrize("probe", probe_parameters(undocumented_code_probes()))
    else:
        probes = [*wrong_code_probes(), *forged_code_probes(), *sms_code_probes(), *malformed_code_probes()]
        metafunc.parametrize("probe", probe_parameters(probes))


def test_wrong_code_is_rejected(probe: Probe, batches: Batches) -> tuple[Exchange, ...]:
    """A careless server compares a part of the code, takes a default for it, or forgets to compare."""
    return judge_rejected(probe, batches.outcome(probe))


def test_code_is_answered(probe: Probe, batches: Batches, session: Session[TwoFactorHistory]) -> tuple[Exchange, ...]:
    """Codes that a server may or may not take for the right one."""
    outcome = batches.outcome(probe)
    if outcome.exchange is None:
        raise outcome.reason or Untested("skipped: it was not sent")
    require(session.recorder.judgements_of(outcome.exchange), outcome.exchange, "http.no-server-error")
    return (outcome.exchange,)
