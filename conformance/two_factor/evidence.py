"""Evidence in the log: exchanges of earlier cases that prove a transition, so that it need not be sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.two_factor.state import OFF, USER_OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.model import Exchange
    from conformance.recorder import Entry
    from conformance.two_factor.state import TwoFactorHistory

    Log = Sequence[Entry[TwoFactorHistory]]

SET_UP = ("verify.response.delivery", "verify.keeps-sms-number")
"""The requirements by which a verification is for the set-up as enabling answered it."""


def right_code_after(
    log: Log, delivery: str, is_cause: Callable[[Entry[TwoFactorHistory]], bool]
) -> tuple[Exchange, ...]:
    """A request that must change nothing and the right code accepted after it, for one set-up; empty if there is none.

    Args:
        log: the log of the run.
        delivery: that of the set-up.
        is_cause: tells the requests that must change nothing.
    """
    cause: Exchange | None = None
    for entry in log:
        exchange = entry.exchange
        if exchange.operation == "enable" and exchange.accepted:
            cause = None
        elif is_cause(entry):
            cause = exchange
        elif cause is not None and is_right_code(entry, delivery) and keeps_set_up(entry):
            return cause, exchange
    return ()


def is_resend(entry: Entry[TwoFactorHistory]) -> bool:
    """Whether an entry is an accepted request to resend."""
    return entry.exchange.operation == "resend" and entry.exchange.accepted


def resend_of_set_up(log: Log) -> Exchange | None:
    """The last request to resend that was accepted, if it was for the set-up that still waits for its code."""
    for entry in reversed(log):
        exchange = entry.exchange
        if exchange.accepted and exchange.operation == "resend":
            return exchange if entry.before.must_accept("resend") else None
        if exchange.accepted and exchange.operation in USER_OPERATIONS:
            return None
    return None


def code_after_disable(log: Log, delivery: str) -> tuple[Exchange, ...]:
    """A verified set-up that was disabled and its code rejected after that; empty if there is none."""
    disabled: Exchange | None = None
    code = ""
    for entry in log:
        exchange, state = entry.exchange, entry.before.state
        # While off the code of an application is sent, which tells nothing of the one that was sent by SMS.
        is_its_code = exchange.spec.shape == "code" and (delivery == "app" or exchange.spec.known_code == code)
        if is_right_code(entry, delivery):
            code = exchange.spec.known_code
        elif exchange.operation == "enable" and exchange.accepted:
            disabled = None
        elif exchange.operation == "disable" and exchange.accepted and state is not None and state.verified:
            disabled = exchange if state.delivery == delivery else None
        elif disabled is not None and state == OFF and exchange.rejected and is_its_code:
            return disabled, exchange
    return ()


def is_right_code(entry: Entry[TwoFactorHistory], delivery: str) -> bool:
    """Whether an entry is the right code, accepted for a set-up by this delivery that waited for it."""
    exchange, state = entry.exchange, entry.before.state
    is_waiting = state is not None and state.pending and state.delivery == delivery
    return exchange.accepted and exchange.spec.shape == "code" and is_waiting


def is_wrong_code(entry: Entry[TwoFactorHistory]) -> bool:
    """Whether an entry is a wrong code that was rejected while the right one was awaited."""
    exchange = entry.exchange
    code = exchange.request.attribute("code")
    is_wrong = isinstance(code, str) and code != exchange.spec.known_code
    is_awaited = exchange.operation == "verify" and entry.before.must_accept("verify")
    return exchange.rejected and bool(exchange.valid_credentials) and is_wrong and is_awaited


def keeps_set_up(entry: Entry[TwoFactorHistory]) -> bool:
    """Whether a verification has the delivery and the number of the set-up."""
    return not any(judgement.problem for judgement in entry.judgements if judgement.requirement in SET_UP)
