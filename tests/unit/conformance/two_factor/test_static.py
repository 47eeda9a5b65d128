"""Codes without a cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.two_factor.code_sources.static import EmbeddedCodes, Static
from tests.unit.conformance.two_factor.fakes import APP, SMS

if TYPE_CHECKING:
    from conformance.two_factor.code_sources.base import CodeSource


def code_by(delivery: str) -> str:
    """The code of a server by delivery."""
    return f"code by {delivery}"


def test_a_fixed_code_stays_the_same_after_it_was_used() -> None:
    source = Static("123456")
    assert source.code(APP) == "123456"
    source.mark_used()
    assert source.code(SMS) == source.peek(APP) == "123456"


def test_the_embedded_server_tells_its_code_by_delivery() -> None:
    source = EmbeddedCodes(code_by)
    assert source.code(APP) == source.peek(APP) == "code by app"
    source.mark_used()
    assert source.code(SMS) == "code by sms"


@pytest.mark.parametrize(("source", "authoritative"), [(Static("1"), False), (EmbeddedCodes(code_by), True)])
def test_free_codes_cost_nothing_and_only_those_of_the_embedded_server_are_beyond_doubt(
    source: CodeSource, *, authoritative: bool
) -> None:
    assert source.deliveries == ("app", "sms")
    assert source.is_authoritative == authoritative
    assert source.available_without_setup
    assert not source.is_single_use
    assert source.seconds_per_code == 0
