"""Evidence in the log: exchanges of earlier cases that prove a transition, so that it need not be sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.two_factor.state import OFF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.model import Exchange
    from conformance.recorder import Entry
    from conformance.two_factor.state import TwoFactorHistory

    Log = Sequence[Entry[TwoFactorHistory]]


def right_code_after_wrong(log: Log, delivery: str) -> tuple[Exchange, ...]:
    """A wrong code that was rejected and the right one accepted after it, for one set-up; empty if there is none."""
    wrong: Exchange | None = None
    for entry in log:
        exchange, state = entry.exchange, entry.before.state
        if exchange.operation == "enable" and exchange.accepted:
            wrong = None
        elif exchange.operation == "verify" and state is not None and state.pending and state.delivery == delivery:
            if exchange.rejected and exchange.spec.shape != "code":
                wrong = exchange
            elif wrong is not None and is_right_code(entry, delivery):
                return wrong, exchange
    return ()


def right_code_after_resend(log: Log, delivery: str) -> tuple[Exchange, ...]:
    """A request to resend that was accepted and the right code accepted after it; empty if there is none."""
    resent: Exchange | None = None
    for entry in log:
        exchange = entry.exchange
        if exchange.operation == "enable" and exchange.accepted:
            resent = None
        elif exchange.operation == "resend" and exchange.accepted:
            resent = exchange
        elif resent is not None and is_right_code(entry, delivery) and not any(j.problem for j in entry.judgements):
            return resent, exchange
    return ()


def code_after_disable(log: Log, delivery: str) -> tuple[Exchange, ...]:
    """A verified set-up that was disabled and its code rejected after that; empty if there is none."""
    disabled: Exchange | None = None
    for entry in log:
        exchange, state = entry.exchange, entry.before.state
        if exchange.operation == "enable" and exchange.accepted:
            disabled = None
        elif exchange.operation == "disable" and exchange.accepted and state is not None and state.verified:
            disabled = exchange if state.delivery == delivery else None
        elif disabled is not None and state == OFF and exchange.rejected and exchange.spec.shape == "code":
            return disabled, exchange
    return ()


def is_right_code(entry: Entry[TwoFactorHistory], delivery: str) -> bool:
    """Whether an entry is the right code, accepted for a set-up by this delivery that waited for it."""
    exchange, state = entry.exchange, entry.before.state
    is_waiting = state is not None and state.pending and state.delivery == delivery
    return exchange.accepted and exchange.spec.shape == "code" and is_waiting
