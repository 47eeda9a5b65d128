"""The states of two-factor authentication, and what the exchanges of an account tell so far: both are folds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from conformance.model import member
from conformance.two_factor.code_sources import clock_ahead
from strategies.mutations import broken_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.model import Exchange
    from schemas import Operation

USER_OPERATIONS = ("enable", "disable", "verify")
"""The operations that answer with the user."""
RESPONSE_DELAY = 0.2
"""Seconds that may pass between a response and its entry into the log."""
TOKEN_OR_PACE = (401, 403, 407, 408, 423, 425, 429)
"""Statuses of rejections that say nothing of the state."""


@dataclass(frozen=True)
class State:
    """A state that a client can tell from others.

    Attributes:
        delivery: "app" or "sms", empty while two-factor authentication is off.
        verified: the set-up is verified.
        number: the sms-number that enabling answered.
        is_assumed: no response proves it; disabling was rejected, as it may be while off.
    """

    delivery: str = ""
    verified: bool = False
    number: str | None = None
    is_assumed: bool = field(default=False, compare=False)

    @property
    def enabled(self) -> bool:
        """Whether two-factor authentication is on, verified or not."""
        return bool(self.delivery)

    @property
    def pending(self) -> bool:
        """Whether a set-up waits to be verified."""
        return self.enabled and not self.verified

    def must_accept(self, operation: str) -> bool:
        """Whether the documentation demands that a valid request is accepted in this state."""
        match operation:
            case "enable":
                return not self.enabled
            case "disable":
                return self.enabled
            case "resend":
                return self.pending and self.delivery == "sms"
        return self.pending

    def __str__(self) -> str:
        if not self.enabled:
            return "off"
        return f"{'verified' if self.verified else 'pending'} by {self.delivery}"


OFF = State()


def is_sound(operation: Operation, exchange: Exchange) -> bool:
    """Whether a request is as documented, so that the response tells its effect."""
    if exchange.request.method != operation.method or not exchange.valid_credentials:
        return False
    return not broken_by(operation, exchange.request.body or b"")


def next_state(  # noqa: PLR0911 (one for each documented outcome)
    operation: Operation, state: State | None, exchange: Exchange
) -> State | None:
    """The state after an exchange; `None` where it is unknown."""
    if exchange.response is None:
        return None
    if exchange.request.method != operation.method:
        return state
    if exchange.rejected:
        is_as_sampled = exchange.spec.is_as_sampled and not exchange.request.body
        is_about_state = is_as_sampled and exchange.status not in TOKEN_OR_PACE
        return State(is_assumed=True) if state is None and operation.name == "disable" and is_about_state else state
    if not exchange.accepted or not is_sound(operation, exchange):
        return None
    match operation.name:
        case "enable":
            number = exchange.two_factor.get("sms-number")
            delivery = str(exchange.request.attribute("delivery"))
            return State(delivery, number=number if isinstance(number, str) else None)
        case "disable":
            return OFF
        case "verify" if state is not None and state.enabled:
            return State(state.delivery, verified=True, number=state.number)
        case "verify":
            is_still_off = state == OFF and exchange.two_factor.get("enabled") is False
            return state if is_still_off else None
    return state


@dataclass(frozen=True)
class TwoFactorHistory:
    """The facts that the exchanges of one account tell so far.

    Attributes:
        operations: the operations of the contract by name.
        state: the present state, `None` where it is unknown.
        user_id: the `id` of the first user document.
        username: the `username` of the first user document.
        recovery_codes: those of the last verification.
        was_verified: a verification was accepted at some time.
        confirmed: the deliveries for which a right code was accepted.
        wrong_codes: the number of wrong codes rejected since the last accepted one.
        rejected_verifications: the number of all rejected verifications.
        is_disturbed: since enabling, a request was sent that must change nothing.
        setup_began: Unix seconds just before the request that began the set-up, or that had a code sent again.
        provisioning_url: the one that enabling answered last.
        accepted_numbers: the SMS numbers that enabling accepted.
        clock_ahead: seconds by which the target's clock is ahead of ours, by its Date header.
    """

    operations: Mapping[str, Operation]
    state: State | None = None
    user_id: str = ""
    username: str = ""
    recovery_codes: frozenset[str] = frozenset()
    was_verified: bool = False
    confirmed: frozenset[str] = frozenset()
    wrong_codes: int = 0
    rejected_verifications: int = 0
    is_disturbed: bool = False
    setup_began: float = 0.0
    provisioning_url: str = ""
    accepted_numbers: frozenset[str] = frozenset()
    clock_ahead: float = 0.0

    def after(self, exchange: Exchange) -> TwoFactorHistory:  # noqa: PLR0911 (one for each kind of exchange)
        """The history after one more exchange."""
        operation = self.operations[exchange.operation]
        history = replace(self, state=next_state(operation, self.state, exchange))
        if exchange.response is None:
            return history
        ahead = clock_ahead(exchange.response.header("date"), exchange.ended)
        history = replace(history, clock_ahead=ahead or self.clock_ahead)
        if exchange.request.method != operation.method or exchange.rejected:
            rejected = exchange.operation == "verify"
            code = exchange.request.attribute("code")
            is_wrong_code = rejected and bool(exchange.valid_credentials) and isinstance(code, str)
            return replace(
                history,
                is_disturbed=True,
                wrong_codes=self.wrong_codes + (is_wrong_code and code != exchange.spec.known_code),
                rejected_verifications=self.rejected_verifications + rejected,
            )
        if not exchange.accepted:
            return history
        if exchange.operation in USER_OPERATIONS:
            history = _with_user(history, exchange)
        if not is_sound(operation, exchange):
            return history
        began = exchange.ended - exchange.seconds - RESPONSE_DELAY
        match exchange.operation:
            case "enable":
                return _enabled(history, exchange, began)
            case "verify":
                return _verified(history, exchange, self.state)
            case "resend":
                by_sms = self.state is not None and self.state.pending and self.state.delivery == "sms"
                return replace(history, is_disturbed=True, setup_began=began if by_sms else self.setup_began)
        return history

    def must_accept(self, operation: str) -> bool:
        """Whether a valid request to an operation must be accepted now; not where the state is unknown."""
        return self.state is not None and self.state.must_accept(operation)

    def has_same_state(self, other: TwoFactorHistory) -> bool:
        """Whether the state is the same, and known."""
        return self.state is not None and self.state == other.state

    def forgotten(self) -> TwoFactorHistory:
        """The history with an unknown state."""
        return replace(self, state=None)


def _with_user(history: TwoFactorHistory, exchange: Exchange) -> TwoFactorHistory:
    user_id = member(exchange.document, "data", "id")
    username = member(exchange.document, "data", "attributes", "username")
    return replace(
        history,
        user_id=history.user_id or (user_id if isinstance(user_id, str) else ""),
        username=history.username or (username if isinstance(username, str) else ""),
    )


def _enabled(history: TwoFactorHistory, exchange: Exchange, began: float) -> TwoFactorHistory:
    number = exchange.request.attribute("sms-number")
    by_sms = exchange.request.attribute("delivery") == "sms" and isinstance(number, str)
    return replace(
        history,
        is_disturbed=False,
        setup_began=began,
        provisioning_url=provisioning_url(exchange.document),
        accepted_numbers=history.accepted_numbers | ({number} if by_sms else set()),
    )


def _verified(history: TwoFactorHistory, exchange: Exchange, state_before: State | None) -> TwoFactorHistory:
    codes = exchange.two_factor.get("recovery-codes")
    recovery_codes = frozenset(code for code in codes if isinstance(code, str)) if isinstance(codes, list) else None
    code = exchange.request.attribute("code")
    is_right = state_before is not None and state_before.enabled and bool(code) and code == exchange.spec.known_code
    return replace(
        history,
        was_verified=True,
        # Those of former set-ups are of no use to anyone, and the more there are, the more match by chance.
        recovery_codes=recovery_codes or history.recovery_codes,
        confirmed=history.confirmed | ({state_before.delivery} if is_right and state_before else set()),
        wrong_codes=0,
    )


def provisioning_url(document: Any) -> str:
    """The `otpauth://` URL at any place of a response, or an empty string."""
    members = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    for value in members:
        if isinstance(value, str) and value.startswith("otpauth://"):
            return value
        url = provisioning_url(value)
        if url:
            return url
    return ""
