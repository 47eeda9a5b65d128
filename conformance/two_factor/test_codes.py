"""Wrong codes verify nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.batches import judge_rejected
from conformance.parameters import probe_parameters
from strategies.two_factor import sms_code_probes, wrong_code_probes

if TYPE_CHECKING:
    import pytest

    from conformance.batches import Batches
    from conformance.model import Exchange
    from strategies.probe import Probe


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case per wrong code; the crudest ones once more by SMS, whose codes a server may check in another way."""
    metafunc.parametrize("probe", probe_parameters([*wrong_code_probes(), *sms_code_probes()]))


def test_wrong_code_is_rejected(probe: Probe, batches: Batches) -> tuple[Exchange, ...]:
    """A careless server compares a part of the code, takes a default for it, or forgets to compare."""
    outcome = batches.outcome(probe)
    judge_rejected(probe, outcome)
    return outcome.evidence
