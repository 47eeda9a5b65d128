"""Media types other than that of JSON:API are rejected: it with parameters, and that of forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.batches import judge_rejected
from conformance.keys import CONTRACT
from conformance.model import NotApplicable, Violation
from conformance.parameters import probe_parameters
from strategies.media_types import STATUSES, form_probes, media_type_probes

if TYPE_CHECKING:
    import pytest

    from conformance.batches import Batches
    from conformance.model import Exchange
    from conformance.recorder import History
    from conformance.session import Session
    from conformance.subject import Subject
    from strategies.probe import Probe


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case per requirement and operation."""
    operations = metafunc.config.stash[CONTRACT].operations.values()
    if "probe" in metafunc.fixturenames:
        probes = [probe for operation in operations for probe in form_probes(operation)]
        metafunc.parametrize("probe", probe_parameters(probes))
    else:
        probes = [probe for operation in operations for probe in media_type_probes(operation)]
        metafunc.parametrize("media_type_probe", probe_parameters(probes))


def test_media_type_with_parameters_is_rejected(
    media_type_probe: Probe, session: Session[History], subject: Subject
) -> tuple[Exchange, ...]:
    """A server that compares a prefix, or nothing, accepts a representation that JSON:API does not define."""
    probe, status = media_type_probe, STATUSES[media_type_probe.requirement]
    # An expensive success is not prepared: the page's sample serves, as the media type must be checked first.
    sample = session.contract.operations[probe.operation].shapes[probe.shape]
    if not subject.is_expensive(probe.operation):
        subject.prepare(probe.operation, probe.shape)
        sample = subject.valid_body(probe.operation, probe.shape)
    spec = probe.build(sample, session.target.token.reveal())
    if spec is None:
        raise NotApplicable
    exchange = session.send(spec)
    if exchange.status != status:
        actual = exchange.in_words
        raise Violation(probe.requirement, expected=f"{status}", actual=actual, exchanges=(exchange,))
    return (exchange,)


def test_form_is_rejected(probe: Probe, batches: Batches) -> tuple[Exchange, ...]:
    """Some frameworks parse a form without being asked to."""
    return judge_rejected(probe, batches.outcome(probe))
