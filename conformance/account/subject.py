"""Bring the account into the state that a test needs, and find afterwards that it is still in it."""

from __future__ import annotations

import contextlib
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.account.account import NO_SOURCE
from conformance.account.careful import ATTEMPTS, GUESSES, SMS, CarefulAccount
from conformance.account.state import OFF
from conformance.subject import REFUSES_CREDENTIALS, Changed, not_accepted
from conformance.verdicts import Inconclusive, NoVerdict, Untested

if TYPE_CHECKING:
    from conformance.exchange import Exchange

UNCHANGED = "unchanged by resend"
"""The name under which `Asker.seen` has, by delivery, that after resending the right code was accepted."""
AFTER_WRONG = "right after wrong"
"""The same, that after wrong codes the right one was accepted."""
ENDED = "verified, then disabled"
"""The same, of a request to disable what had just been verified; nothing was asked since, if it is off."""
OVER = "code after disabling"
"""The same, of a code that was right before disabling, and was rejected after it."""
NOT_THERE = {404, 405}


class AccountSubject(CarefulAccount):
    """The account as `conformance.subject.Subject` has it."""

    @property
    def delivery(self) -> str:
        """A delivery for which the source knows codes, found by trying.

        Raises:
            Untested: there is no source.
            Inconclusive: none of its codes was accepted.
        """
        if self.source is None:
            raise Untested(NO_SOURCE)
        left = [delivery for delivery in self.source.deliveries if delivery not in self.refuted]
        for delivery in self.source.deliveries:
            if delivery in self.proven or self.source.trusted:
                return delivery
        for delivery in left:
            try:
                self._try(delivery)
            except Inconclusive as reason:
                self.refuted[delivery] = str(reason)
                if delivery == left[-1]:
                    raise
            else:
                return delivery
        raise Inconclusive("; ".join(self.refuted.values()))

    def _try(self, delivery: str) -> None:
        """Find that a code is accepted; where each is costly, that one can be had: what needs it will show the rest."""
        if not self.scarce and not self.asker.thrifty:
            self.to_verified(delivery)
        elif delivery not in self.told and self.source is not None and not self.source.standing:
            self.to_pending(delivery)
            self.right_code(delivery)

    # -- states ----------------------------------------------------------------------------------------------------

    def to_off(self) -> None:
        """Disable, unless it is known to be off."""
        if self.state == OFF:
            return
        before = self.state
        exchange = self.disable("set-up: off")
        if exchange.response.rejected and before is None:
            self.state, self.supposed = OFF, True  # Disabling what is off may be refused: nothing else is known of it.
        elif not exchange.response.accepted:
            raise Inconclusive(f"set-up: disable was refused ({exchange.response})", (exchange,))

    def _try_off(self, *costs: str) -> None:
        """Disable if that can be done: where it can't, most servers take a request to enable all the same.

        Raises:
            Spent: what is to come after it, by its costs, can't be asked any more.
        """
        self.asker.budget.check(costs)
        with contextlib.suppress(Inconclusive):
            self.to_off()

    def to_pending(self, delivery: str) -> None:
        """Enable by this delivery, from off, unless it waits for its verification already."""
        if self.state is not None and self.state.pending and self.state.delivery == delivery:
            return
        self._try_off("enable", *((SMS,) if delivery == "sms" else ()))
        exchange = self.enable(delivery, f"set-up: pending by {delivery}")
        if exchange.response.rejected and delivery == "sms" and self.number_doubtful:
            raise Inconclusive(f"{self.number_refused()} ({exchange.response})", (exchange,))
        if not exchange.response.accepted:
            raise Inconclusive(f"set-up: enable by {delivery} was refused ({exchange.response})", (exchange,))

    def to_verified(self, delivery: str) -> None:
        """Verify, unless it is verified by this delivery already."""
        if self.state is not None and self.state.verified and self.state.delivery == delivery:
            return
        self.to_pending(delivery)
        exchange = self.verify_rightly(delivery, f"set-up: verified by {delivery}")
        source, unproven = self.source_for(delivery), delivery not in self.proven
        if unproven and exchange.response.rejected and source.scarce and source.standing:
            # The code may have been used up while it was off.
            source.refuse()
            exchange = self.verify(self.right_code(delivery), f"set-up: verified by {delivery}, by the next code")
        if self._absent(exchange):
            raise self.refused("verify", "code", exchange)
        if unproven and exchange.response.rejected and source.standing and not source.trusted:
            self.refuted[delivery] = self.doubt(delivery)  # Wrong ones after it would be as many in a row.
        if not exchange.response.accepted:
            raise Inconclusive(f"{self.doubt(delivery)} ({exchange.response})", (exchange,))

    # -- what the generic tests ask for ----------------------------------------------------------------------------

    def prepare(self, operation: str, shape: str) -> None:
        """Off for enable, pending for verify, pending by SMS for resend, enabled for disable."""
        match operation:
            case "enable":
                self._try_off("enable")
            case "resend":
                self.to_pending("sms")
            case "verify":
                self.to_pending(self._proven(shape) if shape in ("app", "sms") else self.delivery)
            case _ if self.asker.thrifty and self.state is not None and self.state.enabled:
                return  # Verified will do: to be pending again would cost another set-up.
            case _:
                self.to_pending(self._delivery_or("app"))

    def _proven(self, delivery: str) -> str:
        """The delivery, if a code for it is accepted; if only codes for another are, this one is not asked for."""
        if self.source is not None and not self.source.trusted and delivery not in self.proven:
            self.source_for(delivery)
            try:
                self._try(delivery)
            except Inconclusive as reason:
                if not self.proven:
                    raise
                self.refuted[delivery] = str(reason)
                raise Untested(self.refuted[delivery]) from reason
        return delivery

    def _delivery_or(self, otherwise: str) -> str:
        try:
            return self.delivery
        except (Untested, Inconclusive):
            return otherwise

    def confirm(self, operation: str, shape: str) -> Exchange:
        """Find by verifying that nothing changed, as far as codes can be had, and that the control is accepted."""
        if operation == "enable":
            self._confirm_off()
            return self._control("enable", shape)
        if operation == "disable" and self.state is not None and self.state.verified:
            return self._control("disable", shape)
        control = self._control("resend", shape) if operation == "resend" else None
        try:
            confirmed = self._confirm_pending()
        except Untested:
            if operation == "verify":
                raise
        else:
            control = control or confirmed
        if operation != "disable" and control is not None:
            return control
        before = self.state
        control = self._control("disable", shape)
        if before is not None and before.verified:
            self.asker.seen.setdefault((ENDED, before.delivery), control)
        return control

    def _control(self, operation: str, shape: str) -> Exchange:
        purpose, by_sms = f"control: {operation} is accepted", (operation, shape) == ("enable", "sms")
        exchange = self.enable("sms", purpose) if by_sms else self.asker.valid(operation, shape, purpose=purpose)
        _answered(exchange)
        if exchange.response.rejected and by_sms and self.number_doubtful:
            raise Inconclusive(f"{self.number_refused()} ({exchange.response})", (exchange,))
        if not exchange.response.accepted:
            raise Changed(f"a valid request to {operation} got {exchange.response}", exchange)
        return exchange

    def _confirm_off(self) -> None:
        """While it is off, not even a right code verifies; without a code that needs no message, take it as it is."""
        if (
            self.state != OFF
            or self.source is None
            or not self.source.standing
            or self.source.deliveries[0] in self.refuted
        ):
            return
        code = self.right_code(self.source.deliveries[0], glance=True)
        exchange = self.verify(code, "control: off, so the right code verifies nothing")
        if exchange.response.accepted:
            raise Changed("two-factor authentication is on: the right code was accepted", exchange)

    def _confirm_pending(self) -> Exchange:
        """The right code verifies, and the answer tells the delivery that was enabled."""
        before = self.state
        if before is None:
            raise Inconclusive("what a request before it did to the account is not known")
        if not before.pending:
            raise Inconclusive("the account is not in the state that it was brought into")
        disturbed, guessed = self.disturbed, self.wrong_codes > 0
        exchange = self.verify_rightly(before.delivery, "control: the right code is accepted")
        if exchange.response.rejected and self.source is not None and self.source.scarce and self.source.standing:
            # The code may have been used up by a request that was rejected for another reason.
            self.source.refuse()
            exchange = self.verify(self.right_code(before.delivery), "control: the next right code is accepted")
        _answered(exchange)
        if not exchange.response.accepted:
            self._refused_once_more(before.delivery)
            raise Changed(f"the right code got {exchange.response}{self.clocks()}", exchange)
        found = self.differs(before, exchange, disturbed=disturbed)
        if found:
            raise Changed(found, exchange)
        if self.resent is not None:
            self.asker.seen.setdefault((UNCHANGED, before.delivery), exchange)
        if guessed:
            self.asker.seen.setdefault((AFTER_WRONG, before.delivery), exchange)
        return exchange

    def _refused_once_more(self, delivery: str) -> None:
        """Give a delivery up where nothing but refusals is known of its codes: each one may have cost a wait."""
        self._refusals[delivery] += 1
        if delivery not in self.proven and self.scarce and self._refusals[delivery] > 1:
            self.refuted[delivery] = self.doubt(delivery)

    def refused(self, operation: str, shape: str, exchange: Exchange) -> Exception:
        """A violation, unless the token, the number, the code or a lock-out may be to blame."""
        reason = self._other_reason(operation, shape, exchange) if exchange.response.rejected else ""
        if exchange.resent:
            reason = reason or "the connection broke, and the second sending was refused"
        if reason:
            return Inconclusive(f"{reason} ({exchange.response})", (exchange,))
        return not_accepted(operation, exchange)

    def _other_reason(self, operation: str, shape: str, exchange: Exchange) -> str:
        """Why a valid request may have been rejected that is not the target's fault, or an empty string."""
        if exchange.response.status in REFUSES_CREDENTIALS and (
            not self.asker.token_was_accepted or self.token_expired(exchange)
        ):
            return "the token is refused"
        if operation == "enable" and self.state != OFF:
            return "enable was refused, and disable before it: the account is not off"
        trusted = self.source is not None and self.source.trusted
        delivery = self.state.delivery if self.state else ""
        doubtful = (operation == "enable" and shape == "sms" and self.number_doubtful) or (
            operation == "verify" and delivery not in self.proven
        )
        if doubtful and not trusted and not self._absent(exchange):
            if operation == "enable":
                return self.number_refused()
            self.refuted[delivery] = self.doubt(delivery)
            return self.refuted[delivery]
        if operation == "verify" and delivery in self.proven:
            return self._lock_out(delivery, before=self.wrong_codes - 1)
        return ""

    def _lock_out(self, delivery: str, before: int) -> str:
        """Whether a right code was refused for the wrong ones that went before, as far as trying anew can tell."""
        in_all = self.wrong_codes_in_all - 1
        for wait in (False, True):
            if wait:
                self.asker.wait_for_lock_out()
            self.lost()
            try:
                self.to_pending(delivery)
                exchange = self.verify_rightly(delivery, "right code, afresh: was it a lock-out?")
            except NoVerdict as reason:
                return f"whether it was a lock-out can't be told: {reason}"
            if exchange.response.accepted:
                told = f"after {in_all} rejected verifications the right code was refused, then accepted"
                return told if before or wait or (self.source is not None and self.source.fallible) else ""
        return f"after {in_all} rejected verifications no right code is accepted" if in_all > ATTEMPTS else ""

    def token_expired(self, refusal: Exchange) -> bool:
        """Whether a refusal is about the token: then it is the same where the body could be none of any request."""
        if refusal.response.status != HTTPStatus.UNAUTHORIZED:
            return False
        other = "enable" if refusal.operation == "verify" else "verify"
        exchange = self.asker.send(other, b"[", purpose="is the token still accepted?")
        return exchange.response.status == HTTPStatus.UNAUTHORIZED

    def _absent(self, refusal: Exchange) -> bool:
        """Whether a refusal is about the path: then it is the same for what no server could take for a body."""
        if refusal.response.status not in NOT_THERE:
            return False
        exchange = self.asker.send(refusal.operation, b"[", purpose="is the operation there at all?")
        return exchange.response.status in NOT_THERE

    def spare(self) -> None:
        """Before another wrong code: after some in a row, send a right one, so that a lock-out is not provoked.

        Raises:
            Untested: that would cost a wait or a person's attention.
        """
        if self.wrong_codes >= (GUESSES if self.scarce else ATTEMPTS):
            if self.scarce:
                raise Untested("as many wrong codes were sent in a row as it may be, and a right one is costly")
            self.lost()
            self.to_verified(self.delivery)


def _answered(exchange: Exchange) -> None:
    """A control that fails otherwise than by a rejection tells nothing of the state."""
    if not exchange.response.accepted and not exchange.response.rejected:
        raise Inconclusive(f"the control got {exchange.response}", (exchange,))
