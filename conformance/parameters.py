"""Marks and parameters of the tests: the requirement that a case concerns, and the state and codes that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from strategies.probe import Probe


def needs(*, state: str = "", codes: int = 0, sms: int = 0) -> pytest.MarkDecorator:
    """Mark a test with the state of the account, the right codes and the messages that it needs."""
    return pytest.mark.needs(state=state, codes=codes, sms=sms)


at_end = pytest.mark.at_end
"""Mark a test that judges all exchanges of the run: it runs after all others."""


def case_parameter(*values: Any, case_id: str, requirement: str, operation: str) -> Any:
    """The parameters of one case; its ID begins with that of the requirement."""
    return pytest.param(*values, id=case_id, marks=pytest.mark.requirement(requirement, operation=operation))


def probe_parameters(probes: Iterable[Probe], requirement: str = "") -> list[Any]:
    """A case per probe, of another requirement than the probe's own if one is given."""
    return [
        case_parameter(
            probe,
            case_id=f"{requirement or probe.requirement}-{probe.name}",
            requirement=requirement or probe.requirement,
            operation=probe.operation,
        )
        for probe in probes
    ]
