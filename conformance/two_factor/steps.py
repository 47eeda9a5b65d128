"""Single steps of the account, each judged against the state that the responses before it left."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from conformance.checks import require
from conformance.limits import LimitReached
from conformance.model import Inconclusive, Untested, Violation
from conformance.two_factor.state import OFF
from strategies.json_path import replaced
from strategies.mutations import encode
from strategies.probe import RequestSpec
from strategies.two_factor import CODE_PATH, NEAR, TEST_SERVER_CODES, UNLIKELY_CODE, wrong_codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.model import Exchange
    from conformance.recorder import Entry
    from conformance.two_factor.account import Account
    from conformance.two_factor.state import State, TwoFactorHistory
    from conformance.two_factor.subject import TwoFactorSubject

STATE_OF_ENABLE = ("enable.response.delivery", "enable.response.enabled", "enable.response.verified")
"""The requirements on the response of enable that concern the state."""


class Steps:
    """Requests to an account, each with the response that its state demands.

    Each method raises `Violation`, and `Inconclusive` or `Untested` where the response can't be judged.

    Args:
        subject: the account.
        also: IDs of requirements that every violation breaks as well.
    """

    def __init__(self, subject: TwoFactorSubject, also: tuple[str, ...] = ()) -> None:
        self.subject = subject
        self.also = also

    @property
    def account(self) -> Account:
        """The account."""
        return self.subject.account

    @property
    def log(self) -> Sequence[Entry[TwoFactorHistory]]:
        """The log of the run, in which evidence may be found; empty while a violation is sent again."""
        session = self.account.session
        return () if session.is_repeating else session.recorder.entries

    @property
    def latest(self) -> tuple[Exchange, ...]:
        """The last exchange."""
        return tuple(self.account.session.recorder.exchanges[-1:])

    def enable(self, delivery: str, *requirements: str) -> Exchange:
        """From off it must be accepted; from on it may be."""
        before = self.account.state
        exchange = self.account.enable(delivery, f"enable by {delivery} while {before}")
        if before == OFF and not exchange.accepted:
            raise self._diagnose("enable", delivery, exchange)
        self.require(exchange, *requirements, *(STATE_OF_ENABLE if self.also else ()))
        return exchange

    def disable(self) -> Exchange:
        """From on it must be accepted; from off it may be."""
        before = self.account.state
        exchange = self.account.disable(f"disable while {before}")
        if before is not None and before.enabled and not exchange.accepted:
            raise self._diagnose("disable", "no-body", exchange)
        self.require(exchange)
        return exchange

    def resend(self) -> Exchange:
        """While an SMS code is awaited it must be accepted; at other times it may be."""
        before = self.account.state
        exchange = self.account.resend(f"resend while {before}")
        if before is not None and before.pending and before.delivery == "sms" and not exchange.accepted:
            raise self._diagnose("resend", "no-body", exchange)
        self.require(exchange)
        return exchange

    def verify(self) -> Exchange:
        """While a code is awaited the right one must be accepted; while verified it may be."""
        before = self._known_state()
        exchange = self.account.verify_right(before.delivery, f"right code while {before}")
        if before.pending and not exchange.accepted:
            raise self._diagnose("verify", "code", exchange)
        self.require(exchange)
        return exchange

    def verify_wrong(self, name: str) -> Exchange:
        """While a code is awaited a wrong one must be rejected; while verified it may be."""
        before = self._known_state()
        try:
            right, others = self.account.peek(before.delivery), self.account.codes
        except Untested:
            right, others = UNLIKELY_CODE, frozenset({*TEST_SERVER_CODES, *self.account.codes})
        code = wrong_codes(right, others).get(name, f"{right}0")
        masks = ((code, f"[wrong code: {name}]"),) if name in NEAR else ()
        exchange = self.account.verify(code, f"wrong code ({name}) while {before}", masks)
        if before.pending and not exchange.rejected:
            raise self._violation("verify.wrong-code", f"a 4xx to a wrong code ({name})", exchange)
        self.require(exchange)
        return exchange

    def verify_other_code(self, code: str, name: str) -> Exchange:
        """While another code is awaited, this one must be rejected."""
        exchange = self.account.verify(code, name, ((code, f"[{name}]"),))
        if not exchange.rejected:
            raise self._violation("verify.wrong-code", f"a 4xx to {name}", exchange)
        return exchange

    def verify_while_off(self, code: object, name: str) -> Exchange:
        """While off every code must be rejected, and none as well (`MISSING`, `None`)."""
        state = self.account.state
        purpose = f"code {name}, while off"
        if isinstance(code, str):
            exchange = self.account.verify(code, purpose)
        else:
            shape = self.account.session.contract.operations["verify"].shapes["code"]
            body = encode(replaced(shape, CODE_PATH, code))
            exchange = self.account.session.send(RequestSpec("verify", body, purpose))
        if not exchange.rejected and (state is None or state.is_assumed):
            raise Inconclusive("no response says that two-factor authentication is off", (exchange,))
        if not exchange.rejected:
            raise self._violation("verify.while-off", f"a 4xx to a code ({name}) while off", exchange)
        return exchange

    def code_while_off(self) -> str:
        """The code that would be right if two-factor authentication were on, as an application shows it.

        Raises:
            Untested: none can be had while off.
        """
        source = self.account.source
        if source is None or not source.available_without_setup:
            raise Untested("while off no code is sent, and the code source has none without a set-up")
        return self.account.peek(source.deliveries[0])

    def resend_then_verify(self) -> tuple[Exchange, ...]:
        """Resending, accepted or rejected, leaves the set-up as it was: the right code verifies it."""
        resent = self.resend()
        requirement = "resend.changes-nothing" if resent.accepted else "resend.rejected-changes-nothing"
        self.verify_as_before(requirement, resent)
        return resent, *self.latest

    def resend_then_disable(self, resent: Exchange | None = None) -> tuple[Exchange, ...]:
        """Without a code: after resending, a wrong code is rejected and disabling accepted."""
        resent = resent or self.resend()
        with suppress(LimitReached):
            self.verify_wrong("zeros")
        exchange = self.account.disable("after resending: still enabled")
        if exchange.rejected:
            raise Violation(
                "resend.changes-nothing",
                expected="two-factor authentication enabled as before, so that disable is accepted",
                actual=f"disable got {exchange.status}",
                exchanges=(resent, exchange),
            )
        return resent, exchange

    def verify_as_before(self, requirement: str, cause: Exchange) -> None:
        """After an exchange that must change nothing the right code is accepted, for the same set-up."""
        before = self._known_state()
        exchange, difference = self._verify_and_compare("right code: is everything as before?")
        if not difference:
            return
        self.subject.forget_state()
        self.account.to_pending(before.delivery)
        control, same = self._verify_and_compare("control: right code, without the request before it")
        if exchange.accepted and not self.account.difference(before, exchange, is_disturbed=True):
            return  # The control differs in the same way.
        if same and not control.accepted:
            raise self._diagnose("verify", "code", control)
        if same:
            raise Inconclusive(f"{difference}; so it is without the request before it", (cause, exchange, control))
        raise Violation(
            requirement,
            expected="the set-up as before, waiting to be verified",
            actual=difference,
            exchanges=(cause, exchange),
            also=self.also,
        )

    def _verify_and_compare(self, purpose: str) -> tuple[Exchange, str]:
        """Verify with the right code: the exchange, and the difference from what enabling answered, or empty."""
        before, is_disturbed = self._known_state(), self.account.history.is_disturbed
        exchange = self.account.verify_right(before.delivery, purpose)
        if not exchange.accepted:
            return exchange, f"the right code got {exchange.status}"
        return exchange, self.account.difference(before, exchange, is_disturbed=is_disturbed)

    def disable_then_verify(self) -> Exchange:
        """After disabling, the code that was right before is rejected."""
        code = self.account.code_at_hand(self._known_state().delivery)
        disabled = self.disable()
        exchange = self.account.verify(code, "after disabling: the code that was right before")
        if not exchange.rejected:
            raise self._violation("disable.ends-two-factor", "a 4xx to a code after disabling", exchange, disabled)
        return exchange

    def require(self, exchange: Exchange, *requirements: str) -> None:
        """Whatever the response is, it is no 5xx, and meets these requirements."""
        judgements = self.account.session.recorder.judgements_of(exchange)
        require(judgements, exchange, "http.no-server-error", *requirements, also=self.also)

    def _known_state(self) -> State:
        state = self.account.state
        if state is None:
            raise Inconclusive("the responses before left the state of the account unknown")
        return state

    def _violation(self, requirement: str, expected: str, exchange: Exchange, *before: Exchange) -> Violation:
        return Violation(
            requirement,
            expected=expected,
            actual=exchange.in_words,
            exchanges=(*before, exchange),
            also=self.also,
        )

    def _diagnose(self, operation: str, shape: str, exchange: Exchange) -> Violation | Inconclusive:
        outcome = self.subject.diagnose(operation, shape, exchange)
        if isinstance(outcome, Violation):
            return Violation(
                outcome.requirement,
                expected=outcome.expected,
                actual=outcome.actual,
                exchanges=outcome.exchanges,
                also=self.also,
            )
        return outcome
