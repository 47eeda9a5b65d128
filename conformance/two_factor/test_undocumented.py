"""Numbers and codes that the page leaves open: any response but a 5xx, and a 2xx in its documented shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.checks import require
from conformance.model import Untested
from conformance.parameters import needs, probe_parameters
from strategies.two_factor import undocumented_code_probes, undocumented_number_probes

if TYPE_CHECKING:
    import pytest

    from conformance.model import Exchange
    from conformance.session import Session
    from conformance.two_factor.state import TwoFactorHistory
    from conformance.two_factor.subject import TwoFactorSubject
    from strategies.probe import Probe


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case per number or code."""
    probes = undocumented_code_probes() if "code" in metafunc.function.__name__ else undocumented_number_probes()
    metafunc.parametrize("open_probe", probe_parameters(probes))


def test_number_is_answered(open_probe: Probe, session: Session[TwoFactorHistory]) -> tuple[Exchange, ...]:
    """Numbers of which nothing says that they are valid or not; none of them reaches a person."""
    valid = session.contract.operations[open_probe.operation].shapes[open_probe.shape]
    return send_open(session, open_probe, valid)


@needs(state="pending", codes=1)
def test_code_is_answered(
    open_probe: Probe, session: Session[TwoFactorHistory], subject: TwoFactorSubject
) -> tuple[Exchange, ...]:
    """Codes that a server may or may not take for the right one."""
    account = subject.account
    subject.spare()
    account.to_pending(account.delivery)
    body = session.contract.operations["verify"].shapes["code"]
    code = account.code_at_hand(account.delivery)
    return send_open(session, open_probe, {"data": body["data"] | {"attributes": {"code": code}}})


def send_open(session: Session[TwoFactorHistory], probe: Probe, valid: object) -> tuple[Exchange, ...]:
    """Send a probe whose response is open, and require that it is no 5xx."""
    spec = probe.build(valid, session.target.token.reveal())
    if spec is None:
        raise Untested("skipped: with these values it equals the valid request")
    exchange = session.send(spec)
    require(session.recorder.judgements_of(exchange), exchange, "http.no-server-error")
    return (exchange,)
