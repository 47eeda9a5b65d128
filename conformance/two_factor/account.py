"""The account under test: it is driven through its states, with codes from the code source."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from conformance.limits import Cost
from conformance.model import Inconclusive, Untested
from conformance.two_factor.code_sources import CodeRequest, Command, Totp
from conformance.two_factor.state import OFF, TOKEN_OR_PACE
from schemas import NotJSON, as_json_text, parse
from strategies.json_path import replaced
from strategies.mutations import encode, encode_body
from strategies.probe import RequestSpec
from strategies.two_factor import FICTIONAL_NUMBERS, numbers_of_others

if TYPE_CHECKING:
    from conformance.model import Exchange
    from conformance.session import Session
    from conformance.two_factor.code_sources import CodeSource
    from conformance.two_factor.state import State, TwoFactorHistory

SMS, WRONG_CODE, CODE = "sms", "verify-wrong", "codes"
"""The kinds of limits that this subject adds: messages, wrong codes, and right codes that can't be had for free."""
NUMBER_PATH = ("data", "attributes", "sms-number")
CODE_PATH = ("data", "attributes", "code")
NO_SOURCE = "no right code is known; give --code-source, such as static:123456 or totp:SECRET"
FREE_CODE = 2.0
"""Seconds; a code that takes longer is expensive."""
UNRELATED = (*TOKEN_OR_PACE, 404, 405, 415)
"""Statuses of rejections that are about neither the code nor the number."""
NOTICEABLE_SKEW = 15.0
"""Seconds; with clocks that differ by more, a time-based code may be that of another step."""


def cost_of(history: TwoFactorHistory, spec: RequestSpec, number: str, source: CodeSource | None) -> Cost:
    """The kinds of limits that a request counts as: a message, a wrong code, or an expensive right one.

    Raises:
        Untested: a lenient server might take a part of the request for a number that nobody gave, and send there.
    """
    if spec.operation == "enable" and numbers_of_others(spec.body, (number,)):
        raise Untested("skipped: a message might go to a number that nobody gave")
    try:
        attributes: Any = parse(spec.body or b"")["data"]["attributes"]
        delivery, code = attributes.get("delivery"), attributes.get("code")
    except (NotJSON, TypeError, KeyError, AttributeError):
        delivery = code = None
    match spec.operation:
        case "enable" if delivery == "sms":
            return Cost(if_accepted=(SMS,))
        case "resend" if history.state is None or history.state.delivery == "sms":
            return Cost(if_accepted=(SMS,))
        case "verify" if isinstance(code, str) and code != spec.known_code:
            return Cost(always=(WRONG_CODE,))
        case "verify" if isinstance(code, str) and source is not None and is_expensive(source):
            return Cost(if_accepted=(CODE,))
    return Cost()


def is_expensive(source: CodeSource) -> bool:
    """Whether each right code of a source costs a wait or a person's attention."""
    return source.is_single_use and source.seconds_per_code > FREE_CODE


class Account:
    """The account of the target's token: its requests, its codes and the way to its states.

    Methods that need a code or reach a state raise `Untested` where the user did not provide what it takes, or a limit
    is reached, and `Inconclusive` where the code source or the target fails.

    Args:
        session: sends the requests.
        source: the code source, or `None`.
        number: the number that SMS go to.
        is_own_number: the user gave the number; otherwise others that are reserved for fiction may serve as well.
    """

    def __init__(
        self, session: Session[TwoFactorHistory], source: CodeSource | None, number: str, *, is_own_number: bool
    ) -> None:
        self.session = session
        self.source = source
        self.is_own_number = is_own_number
        self.number = number
        self._other_numbers = [] if is_own_number else [other for other in FICTIONAL_NUMBERS if other != number]
        self._code = ""
        self._code_setup = -1.0
        self._codes: set[str] = set()
        self._delivered: set[str] = set()
        self._rejected_sources: dict[str, str] = {}

    # -- facts -----------------------------------------------------------------------------------------------------

    @property
    def history(self) -> TwoFactorHistory:
        """The facts that the exchanges so far tell."""
        return self.session.recorder.history

    @property
    def state(self) -> State | None:
        """The present state, `None` where it is unknown."""
        return self.history.state

    @property
    def known_code(self) -> str:
        """The code that is right for the present set-up, as far as it is known."""
        return self._code if self._code_setup == self.history.setup_began else ""

    @property
    def codes(self) -> frozenset[str]:
        """All codes that the source told."""
        return frozenset(self._codes)

    @property
    def codes_are_expensive(self) -> bool:
        """Whether each right code costs a wait or a person's attention."""
        return self.source is not None and is_expensive(self.source)

    @property
    def saves_setups(self) -> bool:
        """Whether few set-ups can be had: requests to enable are limited, or codes are expensive."""
        return self.codes_are_expensive or "enable" in self.session.limits.by_kind

    @property
    def has_authoritative_codes(self) -> bool:
        """Whether the codes of the source are right beyond doubt."""
        return self.source is not None and self.source.is_authoritative

    @property
    def is_number_doubtful(self) -> bool:
        """Whether a rejected request for SMS may be about the number."""
        return self.number not in self.history.accepted_numbers and not self.has_authoritative_codes

    # -- requests --------------------------------------------------------------------------------------------------

    def valid_body(self, operation: str, shape: str) -> Any:
        """The documented body, with the number of this run and the code that is right now."""
        body = self.session.contract.operations[operation].shapes[shape]
        if operation == "verify":
            return replaced(body, CODE_PATH, self.code(self.state.delivery if self.state else ""))
        if operation == "enable" and body["data"]["attributes"].get("sms-number") is not None:
            return replaced(body, NUMBER_PATH, self.number)
        return body

    def send_valid(self, operation: str, shape: str, purpose: str) -> Exchange:
        """Send a valid request of a documented shape to another operation than verify."""
        body = encode_body(self.valid_body(operation, shape))
        return self.session.send(RequestSpec(operation, body, purpose, shape=shape))

    def enable(self, shape: str, purpose: str) -> Exchange:
        """Enable by app, or by SMS to the number of this run; if it is rejected, to another number of fiction."""
        exchange = self.send_valid("enable", shape, purpose)
        while shape == "sms" and _is_about_body(exchange) and self._other_numbers and self.is_number_doubtful:
            self.number = self._other_numbers.pop(0)
            exchange = self.send_valid("enable", shape, f"{purpose}, to another number")
        return exchange

    def disable(self, purpose: str) -> Exchange:
        """Disable."""
        return self.send_valid("disable", "no-body", purpose)

    def resend(self, purpose: str) -> Exchange:
        """Have the code sent again."""
        return self.send_valid("resend", "no-body", purpose)

    def verify(self, code: str, purpose: str, masks: tuple[tuple[str, str], ...] = ()) -> Exchange:
        """Verify with a code."""
        body = replaced(self.session.contract.operations["verify"].shapes["code"], CODE_PATH, code)
        # While off there is no set-up, and the code that would be right is that of the one before or of the source.
        known_code = self._code if self.state == OFF else self.known_code
        shape = "code" if code == known_code else ""
        spec = RequestSpec("verify", encode(body), purpose, known_code=known_code, shape=shape, masks=masks)
        exchange = self.session.send(spec)
        if exchange.accepted and code == self._code and self.source is not None:
            self.source.mark_used()
        return exchange

    def verify_right(self, delivery: str, purpose: str) -> Exchange:
        """Verify with the right code; if a single-use code is rejected, it may be used or stale: try the next one."""
        if self.codes_are_expensive:
            self.session.limits.check((CODE,))  # before the code is waited for
        source, code = self.source_for(delivery), self.code(delivery)
        exchange = self.verify(code, purpose)
        tries = (1 if source.available_without_setup else 2) if source.is_single_use else 0
        for _ in range(tries):
            if not _is_about_body(exchange):
                break
            source.mark_used()
            previous, code = code, self.code(delivery)
            if code == previous:
                break
            exchange = self.verify(code, f"{purpose}, with another code")
        return exchange

    # -- codes -----------------------------------------------------------------------------------------------------

    def source_for(self, delivery: str) -> CodeSource:
        """The code source, if it may know codes for this delivery."""
        if self.source is None:
            raise Untested(NO_SOURCE)
        if delivery in self._rejected_sources:
            raise Untested(self._rejected_sources[delivery])
        if delivery not in self.source.deliveries:
            raise Untested(f"the code source has no codes for {delivery} delivery")
        return self.source

    def code(self, delivery: str) -> str:
        """The code that is right now; the same one for the whole set-up as long as it was not used."""
        source = self.source_for(delivery)
        try:
            code = source.code(self._code_request(delivery))
        except Inconclusive as reason:
            others = self.history.confirmed - {delivery}
            if others:
                raise Untested(f"{reason}; it has codes for {' and '.join(sorted(others))}") from reason
            raise
        self._delivered.add(delivery)
        return self._remember(code)

    def peek(self, delivery: str) -> str:
        """A code that is right, or was just now, for requests that must be rejected; it costs nothing."""
        return self._remember(self.source_for(delivery).peek(self._code_request(delivery)))

    def code_at_hand(self, delivery: str) -> str:
        """A code that is right for the present set-up, preferably one that costs nothing."""
        try:
            return self.peek(delivery)
        except Untested:
            return self.known_code or self.code(delivery)

    def _code_request(self, delivery: str) -> CodeRequest:
        return CodeRequest(delivery, self.number, self.history.setup_began, self.history.provisioning_url)

    def _remember(self, code: str) -> str:
        self._code, self._code_setup = code, self.history.setup_began
        self._codes.add(code)
        for form in (code, code.lstrip("0")):  # the second as the number that a code may be sent as
            self.session.masker.add(form, "[code]")
        return code

    def reject_source(self, delivery: str, exchange: Exchange) -> str:
        """Take no more codes for this delivery from the source: the reason, which names what may be wrong.

        Args:
            delivery: "app" or "sms".
            exchange: the last verification that was rejected.
        """
        hint = self.skew()
        if not hint and isinstance(self.source, Command) and self.history.confirmed:
            hint = f": does the command of --code-source look at TFE_CODE_DELIVERY, which is {delivery}?"
        reason = f"the target rejects the code for {delivery} delivery"
        reason += f"{error_title(exchange)}{hint or ': is --code-source right?'}"
        self._rejected_sources[delivery] = reason
        return reason

    def skew(self) -> str:
        """The difference between the target's clock and this machine's, where codes depend on it; else empty."""
        ahead = self.history.clock_ahead
        is_time_based = isinstance(self.source, Totp)
        if not is_time_based or abs(ahead) <= NOTICEABLE_SKEW:
            return ""
        direction = "ahead of" if ahead > 0 else "behind"
        return f"; its clock is {abs(ahead):.0f} s {direction} this machine's, and time-based codes depend on it"

    @property
    def delivery(self) -> str:
        """A delivery for which the source may have codes; one that was confirmed, if there is one."""
        if self.source is None:
            raise Untested(NO_SOURCE)
        remaining = [delivery for delivery in self.source.deliveries if delivery not in self._rejected_sources]
        confirmed = [delivery for delivery in remaining if delivery in self.history.confirmed]
        if confirmed:
            return confirmed[0]
        for delivery in remaining:
            try:
                self.ensure_code(delivery)
            except Inconclusive as reason:
                self._rejected_sources[delivery] = str(reason)
            else:
                return delivery
        raise Inconclusive("; ".join(self._rejected_sources.values()))

    @property
    def verified_delivery(self) -> str:
        """The delivery that is verified now, else one that can be."""
        return self.state.delivery if self.state is not None and self.state.verified else self.delivery

    def ensure_code(self, delivery: str) -> None:
        """Check that the source delivers a code at all, where that takes a set-up."""
        source = self.source_for(delivery)
        if not source.available_without_setup and delivery not in self._delivered:
            self.to_pending(delivery)
            self.code(delivery)

    # -- states ----------------------------------------------------------------------------------------------------

    def to_off(self) -> None:
        """Disable, unless two-factor authentication is off."""
        if self.state == OFF:
            return
        exchange = self.disable("set-up: off")
        if self.state != OFF:
            raise Inconclusive(f"set-up: disable was rejected ({exchange.status})", (exchange,))

    def try_off(self, *costs: str) -> None:
        """Disable if possible: most servers accept a request to enable all the same."""
        self.session.limits.check(costs)
        with contextlib.suppress(Inconclusive):
            self.to_off()

    def to_pending(self, delivery: str) -> None:
        """Enable by this delivery from off, unless such a set-up waits for its verification."""
        if self.state is not None and self.state.pending and self.state.delivery == delivery:
            return
        self.try_off("enable", *((SMS,) if delivery == "sms" else ()))
        exchange = self.enable(delivery, f"set-up: pending by {delivery}")
        self.check_number(exchange)
        if not exchange.accepted:
            raise Inconclusive(f"set-up: enable by {delivery} was rejected ({exchange.status})", (exchange,))

    def to_new_set_up(self, delivery: str) -> None:
        """Begin a set-up by this delivery, whatever the state is."""
        self.session.recorder.forget_state()
        self.to_pending(delivery)

    def to_verified(self, delivery: str) -> None:
        """Verify, unless a set-up by this delivery is verified."""
        if self.state is not None and self.state.verified and self.state.delivery == delivery:
            return
        self.to_pending(delivery)
        exchange = self.verify_right(delivery, f"set-up: verified by {delivery}")
        if exchange.accepted:
            return
        if exchange.rejected and delivery not in self.history.confirmed and not self.has_authoritative_codes:
            raise Inconclusive(f"{self.reject_source(delivery, exchange)} ({exchange.status})", (exchange,))
        raise Inconclusive(f"set-up: verify was rejected ({exchange.status})", (exchange,))

    def check_number(self, exchange: Exchange) -> None:
        """Blame a rejected request for SMS on the number, if none was accepted before."""
        if exchange.rejected and exchange.request.attribute("delivery") == "sms" and self.is_number_doubtful:
            raise Inconclusive(f"{self.number_rejected()} ({exchange.status})", (exchange,))

    def number_rejected(self) -> str:
        """The advice where the target accepts no number of this run."""
        if self.is_own_number:
            return "the target rejects SMS to the number of --sms-number: give one that it accepts"
        return "the target rejects SMS to numbers reserved for fiction: give a number of yours with --sms-number"


def _is_about_body(exchange: Exchange) -> bool:
    return exchange.rejected and exchange.status not in UNRELATED


def error_title(exchange: Exchange) -> str:
    """The title or detail of the first error of a rejection, in parentheses, or an empty string."""
    errors = exchange.document.get("errors")
    error = errors[0] if isinstance(errors, list) and errors else None
    title = error.get("title") or error.get("detail") if isinstance(error, dict) else error
    return f" ({as_json_text(title)})" if isinstance(title, str) else ""
