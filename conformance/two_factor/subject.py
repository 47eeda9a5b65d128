"""The account as the engine sees it: it makes operations ready, confirms states, diagnoses rejections and cleans up."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance import lockout
from conformance.model import AccountEnd, CleanupResult, Inconclusive, NoVerdict, Untested, Violation
from conformance.settings import EXCHANGES
from conformance.subject import StateChanged
from conformance.two_factor.account import CODE_PATH, SMS
from conformance.two_factor.checks import differences
from conformance.two_factor.state import OFF
from strategies.json_path import replaced
from strategies.probe import RequestSpec
from strategies.two_factor import UNLIKELY_CODE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from conformance.model import Exchange
    from conformance.two_factor.account import Account
    from conformance.two_factor.state import State
    from strategies.probe import Probe

WRONG_CODES_IN_A_ROW = 2
"""Guesses between right codes: careful servers lock out after three or five."""
WRONG_CODES_IN_A_ROW_IF_EXPENSIVE = 4
WRONG_CODE_REQUIREMENT = "verify.wrong-code"
LOCKOUT_SECONDS = 3.0
LOCKOUTS = 3
"""The wait for a lock-out, and the number of waits in a run."""
CONTROL_EXCHANGES = 5
"""Exchanges to reserve for a control and for the clean-up."""
ENDS_TWO_FACTOR = "disable.ends-two-factor"
BELIED = (
    f"two-factor authentication of the account may still be on: the target says that it is off, but {ENDS_TWO_FACTOR} "
    "is violated; look at the account by hand"
)
SHORTEST_SETTLING, LONGEST_SETTLING = 0.5, 5.0
"""Seconds that an interrupted request may take until it is undone."""
NOT_FOUND = (404, 405)
STARTS = ("enable", "disable")
"""The operations after which the state does not depend on what was before."""
MAX_STEPS = 5
"""Requests after the first that are shown as the steps before an exchange."""


class TwoFactorSubject:
    """Implements `conformance.subject.Subject` for the Account API."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._session = account.session
        self._lockouts_left = LOCKOUTS
        self._rejected_controls: set[str] = set()
        self._ignored_members: set[tuple[str, str]] = set()

    @property
    def known_code(self) -> str:
        """The code that is right for the present set-up, as far as it is known."""
        return self.account.known_code

    def valid_body(self, operation: str, shape: str) -> Any:
        """The documented body, with the number of this run and the code that is right now."""
        return self.account.valid_body(operation, shape)

    def send_valid(self, operation: str, shape: str, purpose: str) -> Exchange:
        """Send a valid request; a code that was used or is stale is replaced by the next one."""
        match operation:
            case "verify":
                state = self.account.state
                delivery = state.delivery if state is not None and state.enabled else self.account.delivery
                return self.account.verify_right(delivery, purpose)
            case "enable":
                return self.account.enable(shape, purpose)
        return self.account.send_valid(operation, shape, purpose)

    def cost_of_control(self, operation: str, shape: str) -> tuple[str, ...]:
        """The control itself, a message where it causes one, and exchanges for the state and the clean-up."""
        sms = (SMS,) if operation == "resend" or (operation, shape) == ("enable", "sms") else ()
        return operation, *sms, *[EXCHANGES] * CONTROL_EXCHANGES

    def is_expensive(self, operation: str) -> bool:
        """Verifications are, where few set-ups or codes can be had."""
        return operation == "verify" and self.account.saves_setups

    def forget_state(self) -> None:
        """Take the state as unknown."""
        self._session.recorder.forget_state()

    def wait_for_lockout(self) -> None:
        """Wait for a short lock-out, a few times in a run."""
        if self._lockouts_left:
            self._lockouts_left -= 1
            self._session.pause(LOCKOUT_SECONDS)

    def steps_before(self, exchange: Exchange) -> tuple[Exchange, ...]:
        """The accepted requests before an exchange, since the set-up, or the end of one, that it found: a few."""
        accepted = [other for other in self._session.recorder.exchanges[: exchange.number - 1] if other.accepted]
        starts = [place for place, other in enumerate(accepted) if other.operation in STARTS]
        steps = accepted[starts[-1] :] if starts else []
        return tuple(steps[:1] + steps[1:][-MAX_STEPS:])

    # -- batches ---------------------------------------------------------------------------------------------------

    def batches(self, probes: Sequence[Probe]) -> list[list[Probe]]:
        """Batches with a few guesses each, so that the account is not locked; other probes are in the first.

        A batch has some wrong codes, and as many requests without a code that can be right, which few servers count.
        """
        size = self.wrong_codes_in_a_row
        wrong = [probe for probe in probes if probe.is_guess and probe.requirement == WRONG_CODE_REQUIREMENT]
        malformed = [probe for probe in probes if probe.is_guess and probe.requirement != WRONG_CODE_REQUIREMENT]
        others = [probe for probe in probes if not probe.is_guess]
        # The last batch has more wrong codes: some servers stop checking after a few, and accept any.
        last = wrong[-WRONG_CODES_IN_A_ROW_IF_EXPENSIVE:] if len(wrong) > size else []
        wrong = wrong[: len(wrong) - len(last)]
        batches: list[list[Probe]] = []
        while wrong or malformed:
            free = WRONG_CODES_IN_A_ROW_IF_EXPENSIVE - len(wrong[:size])
            batches.append([*wrong[:size], *malformed[:free]])
            wrong, malformed = wrong[size:], malformed[free:]
        batches.append(last)
        batches[0] = [*others, *batches[0]]
        return [batch for batch in batches if batch]

    @property
    def wrong_codes_in_a_row(self) -> int:
        """The number of guesses that may be sent without a right code between them, which costs a set-up."""
        return WRONG_CODES_IN_A_ROW_IF_EXPENSIVE if self.account.saves_setups else WRONG_CODES_IN_A_ROW

    def prepare_for(self, probe: Probe) -> None:
        """As `prepare`; a malformed code is sent even where no right one can be had, and no control after it."""
        guesses = self.account.history.wrong_codes
        if probe.is_guess and not probe.is_malformed and guesses >= WRONG_CODES_IN_A_ROW_IF_EXPENSIVE:
            raise Untested(
                f"skipped: {guesses} wrong codes were sent in a row, and no right one can be sent after them"
            )
        try:
            self.prepare(*probe.group)
        except NoVerdict:
            if not probe.is_malformed:
                raise
            self.account.to_pending("sms" if probe.group[1] == "sms" else "app")

    def spec_for(self, probe: Probe) -> RequestSpec | None:
        """The request of a probe; wrong codes are made from one that may be used, so that they cost nothing."""
        account = self.account
        if not probe.is_guess:
            valid = account.valid_body(probe.operation, probe.shape)
        else:
            try:
                code = account.code_at_hand(account.state.delivery if account.state else "")
            except NoVerdict:
                if not probe.is_malformed:
                    raise
                code = UNLIKELY_CODE
            valid = replaced(self._session.contract.operations["verify"].shapes["code"], CODE_PATH, code)
        spec = probe.build(valid, self._session.target.token.reveal())
        return replace(spec, known_code=account.known_code, case_id=probe.id) if spec is not None else None

    # -- states ----------------------------------------------------------------------------------------------------

    def prepare(self, operation: str, shape: str) -> None:
        """Off for enable, pending for verify, pending by SMS for resend, enabled for disable."""
        account = self.account
        match operation:
            case "enable":
                account.try_off("enable")
            case "resend":
                account.to_pending("sms")
            case "verify":
                account.to_pending(self._confirmed(shape) if shape in ("app", "sms") else account.delivery)
            case "disable" if account.saves_setups and account.state is not None and account.state.enabled:
                return  # To be pending again would cost another set-up.
            case _:
                delivery = "app"
                with contextlib.suppress(NoVerdict):
                    delivery = account.delivery
                account.to_pending(delivery)

    def _confirmed(self, delivery: str) -> str:
        """The delivery, if a code for it is accepted; if only others are, it is not tested."""
        account = self.account
        if account.has_authoritative_codes or delivery in account.history.confirmed:
            return delivery
        try:
            account.source_for(delivery)
            account.ensure_code(delivery)
            if not account.saves_setups:
                account.to_verified(delivery)
        except Inconclusive as reason:
            if not account.history.confirmed:
                raise
            raise Untested(str(reason)) from reason
        return delivery

    def confirm(self, operation: str, shape: str) -> Exchange:
        """Check by verifying that nothing changed, as far as codes can be had, and that the control is accepted.

        Raises:
            StateChanged: something changed, or the control was rejected.
            NoVerdict: it can't be told.
        """
        state = self.account.state
        if operation == "enable":
            self._confirm_off()
            return self._control("enable", shape)
        if operation == "disable" and state is not None and state.verified:
            return self._control("disable", shape)
        if operation == "verify":
            return self.confirm_pending()
        resent = self._control("resend", shape) if operation == "resend" else None
        with contextlib.suppress(Untested):
            self.confirm_pending()
        return resent or self._control("disable", "no-body")

    def _control(self, operation: str, shape: str) -> Exchange:
        exchange = self.send_valid(operation, shape, f"control: {operation} is accepted")
        _check_response(exchange)
        self.account.check_number(exchange)
        if not exchange.accepted:
            raise StateChanged(f"a valid request to {operation} got {exchange.status}", exchange)
        return exchange

    def _confirm_off(self) -> None:
        """While off, not even a right code verifies; without a code that needs no set-up there is nothing to check."""
        source = self.account.source
        if self.account.state != OFF or source is None or not source.available_without_setup:
            return
        with contextlib.suppress(NoVerdict):
            code = self.account.peek(source.deliveries[0])
            exchange = self.account.verify(code, "control: off, so the right code verifies nothing")
            if exchange.accepted:
                raise StateChanged("two-factor authentication is on: the right code was accepted", exchange)

    def confirm_pending(self) -> Exchange:
        """The right code verifies, and the response has the delivery and number of the set-up.

        Raises:
            StateChanged: it does not.
            NoVerdict: it can't be told.
        """
        account = self.account
        before = account.state
        if before is None:
            raise Inconclusive("the effect of an earlier request on the account is unknown")
        if not before.pending:
            raise Inconclusive("the account is not in the state that it was brought into")
        is_disturbed = account.history.is_disturbed
        exchange = account.verify_right(before.delivery, "control: the right code is accepted")
        _check_response(exchange)
        if not exchange.accepted:
            self._count_rejected_control(before.delivery, exchange)
            raise StateChanged(f"the right code got {exchange.status}{account.skew()}", exchange)
        if not is_disturbed:
            self._ignore_differences(before, exchange)
        elif self._differences(before, exchange):
            with contextlib.suppress(NoVerdict):
                self._verify_undisturbed(before.delivery)
        for difference in self._differences(before, exchange):
            raise StateChanged(difference, exchange)
        return exchange

    def _differences(self, before: State, exchange: Exchange) -> list[str]:
        """The differences from a set-up, without those that this target always has."""
        found = differences(before, exchange)
        return [text for name, text in found.items() if (before.delivery, name) not in self._ignored_members]

    def _ignore_differences(self, before: State, exchange: Exchange) -> None:
        """With nothing between enabling and verifying, the target always answers so."""
        self._ignored_members |= {(before.delivery, name) for name in differences(before, exchange)}

    def _verify_undisturbed(self, delivery: str) -> None:
        """Find out what the target always answers otherwise, by a set-up with nothing between its two requests."""
        self.account.to_new_set_up(delivery)
        state = self.account.state
        exchange = self.account.verify_right(delivery, "control: right code, without any request before it")
        if state is not None and exchange.accepted:
            self._ignore_differences(state, exchange)

    def _count_rejected_control(self, delivery: str, exchange: Exchange) -> None:
        """Give a delivery up where its expensive codes were rejected twice and never accepted."""
        if delivery not in self.account.history.confirmed and self.account.codes_are_expensive:
            if delivery in self._rejected_controls:
                self.account.reject_source(delivery, exchange)
            self._rejected_controls.add(delivery)

    # -- diagnosis -------------------------------------------------------------------------------------------------

    def diagnose(
        self, operation: str, shape: str, exchange: Exchange, also: tuple[str, ...] = ()
    ) -> Violation | Inconclusive:
        """A violation, also of other requirements, unless the token, the number, the code or a lock-out may be why."""
        reason = self._excuse(operation, shape, exchange) if exchange.rejected else ""
        if reason:
            return Inconclusive(f"{reason} ({exchange.status})", (exchange,))
        return Violation(
            f"{operation}.accepted",
            expected="a 2xx to a documented request",
            actual=exchange.in_words,
            exchanges=(exchange,),
            also=also,
        )

    def _excuse(self, operation: str, shape: str, exchange: Exchange) -> str:
        """A reason for a rejection that is not the target's fault, or an empty string."""
        account, state = self.account, self.account.state
        if exchange.status in (401, 403) and not self._session.recorder.token_was_accepted:
            return "the token is refused"
        if operation == "enable" and state != OFF:
            return "enable was rejected, and disable before it: the account is not off"
        delivery = state.delivery if state else ""
        is_doubtful = (operation == "enable" and shape == "sms" and account.is_number_doubtful) or (
            operation == "verify" and delivery not in account.history.confirmed
        )
        if is_doubtful and not account.has_authoritative_codes and not self._is_missing(exchange):
            return account.number_rejected() if operation == "enable" else account.reject_source(delivery, exchange)
        if operation == "verify" and delivery in account.history.confirmed:
            return self._lockout(delivery, wrong_codes=account.history.wrong_codes)
        return ""

    def _lockout(self, delivery: str, wrong_codes: int) -> str:
        """The remark that a right code was rejected because of wrong ones before it, as far as a new set-up tells."""
        account = self.account
        count = account.history.rejected_verifications - 1
        is_single_use = account.source is not None and account.source.is_single_use
        for wait in (False, True):
            if wait:
                self.wait_for_lockout()
            try:
                account.to_new_set_up(delivery)
                exchange = account.verify_right(delivery, "right code in a new set-up: was it a lock-out?")
            except NoVerdict as reason:
                return f"it can't be told whether it was a lock-out: {reason}"
            if exchange.accepted:
                remark = f"after {count} rejected verifications the right code was rejected, then accepted"
                return remark if wrong_codes or wait or is_single_use else ""
        return f"after {count} rejected verifications no right code is accepted" if count > WRONG_CODES_IN_A_ROW else ""

    def _is_missing(self, exchange: Exchange) -> bool:
        """Whether the endpoint is missing: a body that is never valid gets the same status."""
        if exchange.status not in NOT_FOUND:
            return False
        spec = RequestSpec(exchange.operation, b"[", "does the endpoint exist?")
        return self._session.send(spec).status in NOT_FOUND

    # -- beginning and end -----------------------------------------------------------------------------------------

    def preflight_summary(self) -> list[str]:
        """The effects on the account, the number that gets messages, and the source of codes."""
        account = self.account
        owner = "your number" if account.is_own_number else "a number reserved for fiction"
        codes = "right codes" if account.source is not None else "no right codes: there is no --code-source"
        return [
            "turns two-factor authentication of the account on and off, many times, and leaves it off",
            f"requests SMS to {account.number} ({owner}); sends wrong codes and {codes}",
        ]

    def clean_up(self, violated: Collection[str] = ()) -> CleanupResult:
        """Switch two-factor authentication off, whatever the state. Only a response that says so proves that it is."""
        account, session = self.account, self._session
        session.limits.lift()
        try:
            if session.was_interrupted:
                # A request that nobody waited for may still be carried out: let it, before it is undone.
                slowest = max((exchange.seconds for exchange in session.recorder.exchanges), default=0.0)
                session.pause(min(LONGEST_SETTLING, SHORTEST_SETTLING + 2 * slowest))
            before = account.state
            was_off = before == OFF and self._was_said_to_be_off()
            is_known = was_off or (before is not None and before.enabled)
            exchange = account.disable("clean-up: off")
            if exchange.rejected and (not is_known or exchange.status in lockout.STATUSES):
                # It may be off, and disabling then rejected: enabling tells. It also tells that all is refused.
                account.enable("app", "clean-up: is it off?")
                exchange = account.disable("clean-up: off")
        except Inconclusive as error:
            return self._maybe_on(str(error))
        except KeyboardInterrupt:
            return self._maybe_on("the clean-up was stopped")
        if says_off(exchange) or (exchange.rejected and was_off):
            if ENDS_TWO_FACTOR in violated:
                return CleanupResult(AccountEnd.MAYBE_ON, BELIED)
            return CleanupResult(AccountEnd.OFF, "two-factor authentication of the account is off")
        return self._maybe_on(f"disable got {exchange.status}")

    def _was_said_to_be_off(self) -> bool:
        """Whether a response says that the account is off, in the present state."""
        state = self.account.state
        exchanges = self._session.recorder.exchanges
        disabled = [exchange for exchange in exchanges if exchange.operation == "disable" and exchange.accepted]
        return state is not None and not state.is_assumed and bool(disabled) and says_off(disabled[-1])

    def _maybe_on(self, reason: str) -> CleanupResult:
        """Two-factor authentication may be on, if a request to enable may have been accepted."""
        enabled = [exchange for exchange in self._session.recorder.exchanges if exchange.operation == "enable"]
        if all(exchange.rejected for exchange in enabled):
            return CleanupResult(AccountEnd.UNTOUCHED, "no request to enable was accepted, so nothing was switched on")
        return CleanupResult(
            AccountEnd.MAYBE_ON,
            f"two-factor authentication of the account may still be on: {reason}; `tfe-conformance reset`, with the "
            "same target and token, switches it off",
        )


def says_off(exchange: Exchange) -> bool:
    """Whether disabling was accepted with the document that says so; a login page or an empty body does not."""
    return exchange.accepted and exchange.two_factor.get("enabled") is False


def _check_response(exchange: Exchange) -> None:
    """A control that fails otherwise than by a rejection tells nothing of the state."""
    if not exchange.accepted and not exchange.rejected:
        raise Inconclusive(f"the control got {exchange.status}", (exchange,))
