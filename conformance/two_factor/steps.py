"""Single steps of the account, each judged against the state that the responses before it left."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from conformance.checks import require
from conformance.limits import LimitReached
from conformance.model import Inconclusive, NoVerdict, Untested, Violation
from conformance.subject import StateChanged
from strategies.json_path import replaced
from strategies.mutations import encode
from strategies.probe import RequestSpec
from strategies.two_factor import CODE_PATH, NEAR, TEST_SERVER_CODES, UNLIKELY_CODE, wrong_codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.model import Exchange
    from conformance.recorder import Entry
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
        self.account = subject.account
        self.also = also

    @property
    def log(self) -> Sequence[Entry[TwoFactorHistory]]:
        """The log of the run, in which evidence may be found; empty while a violation is sent again."""
        session = self.account.session
        return () if session.is_repeating else session.recorder.entries

    def enable(self, delivery: str, *requirements: str) -> Exchange:
        """From off it must be accepted; from on it may be."""
        before = self.account.state
        exchange = self.account.enable(delivery, f"enable by {delivery} while {before}")
        return self._judged(before, exchange, delivery, *requirements, *(STATE_OF_ENABLE if self.also else ()))

    def disable(self) -> Exchange:
        """From on it must be accepted; from off it may be."""
        before = self.account.state
        return self._judged(before, self.account.disable(f"disable while {before}"), "no-body")

    def resend(self) -> Exchange:
        """While an SMS code is awaited it must be accepted; at other times it may be."""
        before = self.account.state
        return self._judged(before, self.account.resend(f"resend while {before}"), "no-body")

    def verify(self) -> Exchange:
        """While a code is awaited the right one must be accepted; while verified it may be."""
        before = self._known_state()
        exchange = self.account.verify_right(before.delivery, f"right code while {before}")
        return self._judged(before, exchange, "code")

    def _judged(self, before: State | None, exchange: Exchange, shape: str, *requirements: str) -> Exchange:
        if before is not None and before.must_accept(exchange.operation) and not exchange.accepted:
            raise self.subject.diagnose(exchange.operation, shape, exchange, self.also)
        self.require(exchange, *requirements)
        return exchange

    def require(self, exchange: Exchange, *requirements: str) -> None:
        """Whatever the response is, it is no 5xx, and meets these requirements."""
        judgements = self.account.session.recorder.judgements_of(exchange)
        require(judgements, exchange, "http.no-server-error", *requirements, also=self.also)

    # -- codes that must be rejected -------------------------------------------------------------------------------

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
        if before.pending:
            self.require_rejection(exchange, "verify.wrong-code", f"a wrong code ({name})")
        self.require(exchange)
        return exchange

    def verify_other_code(self, code: str, name: str) -> Exchange:
        """While another code is awaited, this one must be rejected."""
        exchange = self.account.verify(code, name, ((code, f"[{name}]"),))
        return self.require_rejection(exchange, "verify.wrong-code", name)

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
        return self.require_rejection(exchange, "verify.while-off", f"a code ({name}) while off")

    def verify_best_while_off(self) -> Exchange:
        """While off the right code must be rejected; where none can be had, zeros must."""
        code, name = "000000", "zeros"
        with suppress(NoVerdict):
            code, name = self.code_while_off(), "right"
        return self.verify_while_off(code, name)

    def code_while_off(self) -> str:
        """The code that would be right if two-factor authentication were on, as an application shows it."""
        source = self.account.source
        if source is None or not source.available_without_setup:
            raise Untested("while off no code is sent, and the code source has none without a set-up")
        return self.account.peek(source.deliveries[0])

    def disable_then_verify(self) -> Exchange:
        """After disabling, the code that was right before is rejected."""
        code = self.account.code_at_hand(self._known_state().delivery)
        disabled = self.disable()
        exchange = self.account.verify(code, "after disabling: the code that was right before")
        return self.require_rejection(exchange, "disable.ends-two-factor", "a code after disabling", disabled)

    def require_rejection(self, exchange: Exchange, requirement: str, name: str, *before: Exchange) -> Exchange:
        """A request of this name must be rejected; `before` are exchanges to show before it."""
        if not exchange.rejected:
            raise Violation(
                requirement,
                expected=f"a 4xx to {name}",
                actual=exchange.in_words,
                exchanges=(*before, exchange),
                also=self.also,
            )
        return exchange

    # -- requests that must change nothing -------------------------------------------------------------------------

    def resend_then_verify(self) -> tuple[Exchange, ...]:
        """Resending, accepted or rejected, leaves the set-up as it was: the right code verifies it."""
        resent = self.resend()
        requirement = "resend.changes-nothing" if resent.accepted else "resend.rejected-changes-nothing"
        return resent, self.verify_as_before(requirement, resent)

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

    def verify_as_before(self, requirement: str, cause: Exchange) -> Exchange:
        """After an exchange that must change nothing the right code is accepted, for the same set-up."""
        before = self._known_state()
        try:
            return self.subject.confirm_pending()
        except StateChanged as difference:
            change = difference
        self.account.to_new_set_up(before.delivery)
        try:
            self.subject.confirm_pending()
        except StateChanged as again:  # without the request before it, too
            raise self.subject.diagnose("verify", "code", again.exchange, self.also) from again
        raise Violation(
            requirement,
            expected="the set-up as before, waiting to be verified",
            actual=str(change),
            exchanges=(cause, change.exchange),
            also=self.also,
        )

    def _known_state(self) -> State:
        state = self.account.state
        if state is None:
            raise Inconclusive("the responses before left the state of the account unknown")
        return state
