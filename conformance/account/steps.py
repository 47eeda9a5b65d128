"""Single steps in the life of an account, each judged against the state that the answers before it left."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from conformance.account.state import OFF
from conformance.judging import require
from conformance.verdicts import Inconclusive, Untested, Violation
from strategies.account import NEAR, OF_TEST_SERVERS, UNLIKELY, wrong_codes

if TYPE_CHECKING:
    from conformance.account.state import State
    from conformance.account.subject import AccountSubject
    from conformance.exchange import Exchange


STATE = ("enable.response.delivery", "enable.response.enabled", "enable.response.verified")
"""The requirements on the answer of enable that concern the state."""


class Steps:
    """Asks an account to do something, and finds that the answer is one that its state allows.

    All methods raise `Violation`, and `Inconclusive` or `Untested` where the answer can't be judged. `also` are IDs of
    requirements that a violation breaks beside its own.
    """

    def __init__(self, account: AccountSubject, also: tuple[str, ...] = ()) -> None:
        self.account = account
        self.also = also

    def enable(self, delivery: str, *requirements: str) -> Exchange:
        """From off, it is accepted; from on, either way will do."""
        before = self.account.state
        exchange = self.account.enable(delivery, f"enable by {delivery} while {before}")
        if before == OFF and not exchange.response.accepted:
            raise self._with_also(self.account.refused("enable", delivery, exchange))
        self.open_step(exchange)
        require(exchange, *requirements, *(STATE if self.also else ()), also=self.also)
        return exchange

    def disable(self) -> Exchange:
        """From on, it is accepted; from off, either way will do."""
        before = self.account.state
        exchange = self.account.disable(f"disable while {before}")
        if before is not None and before.enabled and not exchange.response.accepted:
            raise self._with_also(self.account.refused("disable", "no-body", exchange))
        self.open_step(exchange)
        return exchange

    def resend(self) -> Exchange:
        """While an SMS code is awaited, it is accepted; at other times, either way will do."""
        before = self.account.state
        exchange = self.account.resend(f"resend while {before}")
        if before is not None and before.pending and before.delivery == "sms" and not exchange.response.accepted:
            raise self._with_also(self.account.refused("resend", "no-body", exchange))
        self.open_step(exchange)
        return exchange

    def verify(self) -> Exchange:
        """The right code is accepted while it is awaited; while verified, either way will do."""
        before = self._known()
        exchange = self.account.verify_rightly(before.delivery, f"right code while {before}")
        if before.pending and not exchange.response.accepted:
            raise self._with_also(self.account.refused("verify", "code", exchange))
        self.open_step(exchange)
        return exchange

    def verify_wrongly(self, name: str) -> Exchange:
        """A wrong code is rejected while one is awaited; while verified, either way will do."""
        before = self._known()
        try:
            right, others = self.account.near_code(before.delivery), self.account.codes
        except Untested:
            right, others = UNLIKELY, {*OF_TEST_SERVERS, *self.account.codes}
        code = wrong_codes(right, others).get(name, f"{right}0")
        if name in NEAR:
            self.account.asker.redactor.add(code, f"[wrong code: {name}]")
        exchange = self.account.verify(code, f"wrong code ({name}) while {before}")
        if before.pending and not exchange.response.rejected:
            raise self._violation("verify.wrong-code", f"a 4xx to a wrong code ({name})", exchange)
        self.open_step(exchange)
        return exchange

    def verify_while_off(self, name: str) -> Exchange:
        """While off, every code is rejected: the one that an application would show ("right"), and wrong ones."""
        source = self.account.source
        right = ""
        if source is not None and source.standing:
            with contextlib.suppress(Untested):
                right = self.account.right_code(source.deliveries[0], glance=True)
        if name == "right" and not right:
            if not self.account.asker.thrifty:
                raise Untested("while off, no code is sent, and the code source knows none by itself")
            name = "zeros"  # It may be the only case that is asked.
        code = right if name == "right" else wrong_codes(right or UNLIKELY).get(name, "000000")
        exchange = self.account.verify(code, f"{name} code while off")
        if not exchange.response.rejected:
            raise self._violation("verify.while-off", f"a 4xx to a code ({name}) while off", exchange)
        return exchange

    def resend_and_verify(self) -> None:
        """Resending, accepted or rejected, leaves the verification awaited as it was."""
        self._known()
        resent = self.resend()
        accepted = resent.response.accepted
        self.verify_as_before("resend.changes-nothing" if accepted else "resend.rejected-changes-nothing", resent)

    def resend_without_code(self) -> None:
        """Where no code can be had: after resending, a wrong code is rejected still, and disabling accepted."""
        resent = (self.account.resent if self.account.asker.thrifty else None) or self.resend()
        exchanges = (resent, self.verify_wrongly("zeros"), self.account.disable("after resending: it is enabled still"))
        if self.account.token_expired(exchanges[-1]):
            raise Inconclusive("the token is refused now, and was accepted before", exchanges)
        if exchanges[-1].response.rejected:
            raise Violation(
                "resend.changes-nothing",
                expected="two-factor authentication enabled as before, so that it can be disabled",
                actual=f"disable got {exchanges[-1].response}",
                exchanges=exchanges,
            )

    def verify_wrongly_then_rightly(self, name: str) -> None:
        """A wrong code leaves the verification awaited as it was."""
        self.verify_as_before("verify.rejected-changes-nothing", self.verify_wrongly(name))

    def verify_as_before(self, requirement: str, cause: Exchange) -> None:
        """After an exchange that is to change nothing, the right code is accepted, for the same set-up."""
        before = self._known()
        exchange, found = self._verified_otherwise("right code: is all as before?")
        if not found:
            return
        self.account.lost()
        self.account.to_pending(before.delivery)
        control, same = self._verified_otherwise("control: right code, with nothing before it")
        if exchange.response.accepted and not self.account.differs(before, exchange, disturbed=True):
            return  # The control says the same.
        if same:
            raise (
                self.account.refused("verify", "code", control)
                if not control.response.accepted
                else Inconclusive(f"{found}; but so it is with nothing before it", (cause, exchange, control))
            )
        raise Violation(
            requirement,
            expected="the verification awaited as before",
            actual=found,
            exchanges=(cause, exchange),
            also=self.also,
        )

    def _verified_otherwise(self, purpose: str) -> tuple[Exchange, str]:
        """Verify by the right code; what is not as it was when it was enabled, or an empty string."""
        before, disturbed = self._known(), self.account.disturbed
        exchange = self.account.verify_rightly(before.delivery, purpose)
        if not exchange.response.accepted:
            return exchange, f"the right code got {exchange.response}"
        return exchange, self.account.differs(before, exchange, disturbed=disturbed)

    def verify_twice_while_off(self) -> None:
        """A code that is rejected while off begins nothing."""
        self.account.lost()
        self.account.to_off()
        self.verify_while_off("right")
        cause = self.verify_while_off("zeros")
        try:
            self.verify_while_off("right")
        except Violation as violation:
            raise Violation(
                "verify.rejected-changes-nothing",
                expected="two-factor authentication off, as before",
                actual="the right code was then accepted",
                exchanges=(cause, *violation.exchanges),
            ) from violation

    def disable_and_verify(self) -> None:
        """After disabling, the code that was right before is rejected."""
        code = self.account.right_code(self._known().delivery, glance=True)
        self.verify_after(self.disable(), code)

    def verify_after(self, disabled: Exchange, code: str) -> None:
        """After it was disabled, a code that was right before is rejected."""
        exchange = self.account.verify(code, "the code that was right before disabling")
        if not exchange.response.rejected:
            raise self._violation("disable.ends-two-factor", "a 4xx to a code after disabling", exchange, disabled)

    def open_step(self, exchange: Exchange) -> None:
        """Whatever the answer is, it is no 5xx."""
        require(exchange, "http.no-server-error", also=self.also)

    def _known(self) -> State:
        state = self.account.state
        if state is None:
            raise Inconclusive("the answers before left the state of the account unknown")
        return state

    def _violation(self, requirement: str, expected: str, exchange: Exchange, *before: Exchange) -> Violation:
        return Violation(
            requirement,
            expected=expected,
            actual=f"got {exchange.response}",
            exchanges=(*before, exchange),
            also=self.also,
        )

    def _with_also(self, error: Exception) -> Exception:
        if isinstance(error, Violation):
            error.also = self.also
        return error
