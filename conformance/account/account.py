"""The account under test: what it can be asked, and its state, followed from answer to answer."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance.account.answers import Answers, same_number
from conformance.account.codes import Wanted
from conformance.account.state import OFF, State
from conformance.account.totp import NOTICEABLE, Totp, ahead
from conformance.subject import encoded
from conformance.verdicts import Inconclusive, Untested
from schemas import shown
from strategies.account import FICTIONAL_NUMBERS
from strategies.defects import broken_by
from strategies.places import replaced, value_at

if TYPE_CHECKING:
    from conformance.account.codes import CodeSource
    from conformance.asker import Asker
    from conformance.exchange import Exchange
    from schemas import Operation

NUMBER = ("data", "attributes", "sms-number")
CODE = ("data", "attributes", "code")
NO_SOURCE = (
    "no right code is known: give --code-source (totp:SECRET, or totp alone where enabling answers a "
    "provisioning-url; command:…, prompt, static:CODE)"
)
MISTAKES = 2
"""How many codes in a row may be those of earlier messages, or mistyped."""
A_MOMENT = 0.2
"""Seconds that may pass between an answer and its observation."""


class Account:
    """The account of the target's token.

    `state` is `None` while it is unknown: at the start, and after an answer that says nothing of it. `codes` are
    those that the source told, `told` the deliveries for which it did, `proven` those for which one was accepted;
    `refuted` has the reason why the source is of no use for a delivery. `wrong_codes` counts the verifications that
    were rejected since one was accepted, `wrong_codes_in_all` those of the run, `right_codes` the codes of the source
    that were accepted.
    `number` is where messages go, and `other_numbers` where else they may as long as none was accepted.
    `disturbed` tells that, since enabling, there was a request that is to change nothing; `resent` is the last one to
    resend that was accepted since then.
    """

    def __init__(self, asker: Asker, source: CodeSource | None, number: str, *, own_number: bool) -> None:
        self.asker = asker
        self.source = source
        self.number = number
        self.state: State | None = None
        self.supposed = False
        self.told: set[str] = set()
        self.codes: set[str] = set()
        self.proven: set[str] = set()
        self.refuted: dict[str, str] = {}
        self.own_number = own_number
        self.other_numbers = [] if own_number else [other for other in FICTIONAL_NUMBERS if other != number]
        self.number_accepted = False
        self.wrong_codes = self.wrong_codes_in_all = 0
        self.disturbed = False
        self.resent: Exchange | None = None
        self._unsaid: set[tuple[str, str]] = set()
        self._code = ""
        self._since = time.time()
        self._ahead = 0.0
        self._refusals: Counter[str] = Counter()
        self.right_codes = 0
        self._answers = Answers(asker, self)

    @property
    def scarce(self) -> bool:
        """Whether an accepted code costs time or attention."""
        return self.source is not None and self.source.scarce

    @property
    def last_code(self) -> str:
        """The code that the source told last for the set-up of now, or for the last one; else an empty string."""
        return self._code

    @property
    def number_doubtful(self) -> bool:
        """Whether a refusal to send messages may be about the number."""
        return not self.number_accepted and not (self.source is not None and self.source.trusted)

    @property
    def identity(self) -> str:
        """The id of the user, which no other one has."""
        return self._answers.user

    # -- what the operations do ------------------------------------------------------------------------------------

    def enable(self, delivery: str, purpose: str) -> Exchange:
        """Ask to enable by app, or by SMS to the number of this run; where it is refused, to another that may serve."""
        exchange = self.asker.valid("enable", delivery, purpose=purpose)
        while delivery == "sms" and exchange.response.rejected and self.other_numbers and self.number_doubtful:
            self.number = self.other_numbers.pop(0)
            exchange = self.asker.valid("enable", delivery, purpose=f"{purpose}, to another number")
        return exchange

    def disable(self, purpose: str) -> Exchange:
        """Ask to disable."""
        return self.asker.valid("disable", "no-body", purpose=purpose)

    def resend(self, purpose: str) -> Exchange:
        """Ask to send the code again."""
        return self.asker.valid("resend", "no-body", purpose=purpose)

    def verify(self, code: str, purpose: str) -> Exchange:
        """Ask to verify by a code."""
        shape = self.asker.contract.operations["verify"].shapes["code"]
        return self.asker.send("verify", encoded(replaced(shape, CODE, code)), purpose=purpose)

    def verify_rightly(self, delivery: str, purpose: str) -> Exchange:
        """Ask to verify by the right code; after a refusal by another, where the source may have told a wrong one."""
        source, code = self.source_for(delivery), self.right_code(delivery)
        exchange = self.verify(code, purpose)
        for _ in range(MISTAKES if source.fallible else 0):
            if not exchange.response.rejected:
                break
            source.refuse()
            before, code = code, self.right_code(delivery)
            if code == before:
                break
            exchange = self.verify(code, f"{purpose}, by another code")
        return exchange

    # -- codes -----------------------------------------------------------------------------------------------------

    def right_code(self, delivery: str, *, glance: bool = False) -> str:
        """The code that is right now; asked of the source once for each set-up where codes are sent.

        Args:
            delivery: "app" or "sms".
            glance: take one that may be spent, where another costs a wait: the request is to be rejected anyway.

        Raises:
            Untested: there is no source, or it knows no codes for this delivery.
            Inconclusive: the source failed.
        """
        source = self.source_for(delivery)
        try:
            code = (source.glance if glance else source.code)(Wanted(delivery, self.number, self._since))
        except Inconclusive as reason:
            if self.proven - {delivery}:
                raise Untested(f"{reason}; it does know codes for {' and '.join(sorted(self.proven))}") from reason
            raise
        self._code = code
        self.told.add(delivery)
        self.codes.add(code)
        for form in (code, code.lstrip("0")):  # the second as the number that a code may be sent as
            self.asker.redactor.add(form, "[code]")
        self._answers.code_known(code)
        return code

    def near_code(self, delivery: str) -> str:
        """The right code to make wrong ones of, where it is known or costs nothing.

        Raises:
            Untested: it would take a message or a person's attention, or there is none.
            Inconclusive: the source failed.
        """
        source = self.source_for(delivery)
        if source.scarce and not source.standing and not self._code:
            raise Untested("each code is costly")
        return self.right_code(delivery, glance=True)

    def source_for(self, delivery: str) -> CodeSource:
        """The source of codes, if it may know any for this delivery.

        Raises:
            Untested: it does not, or there is none.
        """
        if self.source is None:
            raise Untested(NO_SOURCE)
        if delivery in self.refuted:
            raise Untested(self.refuted[delivery])
        if delivery not in self.source.deliveries:
            raise Untested(f"the code source knows no codes for {delivery} delivery")
        return self.source

    def number_refused(self) -> str:
        """What to do where no message may be sent to any number of this run."""
        if self.own_number:
            return "the target refuses SMS to the number of --sms-number: give one that it takes"
        return "the target refuses SMS to numbers that are reserved for fiction: give one of yours with --sms-number"

    def doubt(self, delivery: str) -> str:
        """What may be wrong with a source whose code was refused."""
        return f"the target refuses the code for {delivery} delivery{self.clocks() or ': is --code-source right?'}"

    def clocks(self) -> str:
        """That the target's clock differs from this machine's, where that matters; else an empty string."""
        if not isinstance(self.source, Totp) or abs(self._ahead) <= NOTICEABLE:
            return ""
        where = "ahead of" if self._ahead > 0 else "behind"
        return f"; its clock is {abs(self._ahead):.0f} s {where} this machine's, and time-based codes depend on it"

    def differs(self, before: State, exchange: Exchange, *, disturbed: bool) -> str:
        """What an accepted verification says of delivery and number that was not so before, or an empty string.

        Where nothing stood between enabling and verifying (it was not `disturbed`), the target says so always: it is
        not held against any request.
        """
        answered = two_factor(exchange)
        delivery, number = answered.get("delivery", before.delivery), answered.get("sms-number", before.number)
        found = {}
        if delivery != before.delivery:
            found["delivery"] = f"the delivery is {shown(delivery)}, and was {shown(before.delivery)}"
        if before.number and not (isinstance(number, str) and same_number(number, before.number)):
            found["number"] = f"the number is {shown(number)}, and was {shown(before.number)}"
        if not disturbed:
            self._unsaid |= {(before.delivery, member) for member in found}
        return next((text for member, text in found.items() if (before.delivery, member) not in self._unsaid), "")

    def body(self, operation: Operation, shape: str) -> Any:
        """The documented body, with the number of this run and the code that is right now."""
        body = operation.shapes[shape]
        if operation.name == "verify":
            return replaced(body, CODE, self.right_code(self.state.delivery if self.state else ""))
        if operation.name == "enable" and body["data"]["attributes"].get("sms-number") is not None:
            return replaced(body, NUMBER, self.number)
        return body

    # -- what the answers tell -------------------------------------------------------------------------------------

    def lost(self) -> None:
        """A request got no answer: its effect is unknown."""
        self.state = None

    def observe(self, exchange: Exchange) -> None:
        """Judge the answer against the state, then follow it into the next one."""
        self._answers.judge(exchange)
        now = time.time()
        self._ahead = ahead(exchange.response, now) or self._ahead
        sent = now - exchange.seconds - A_MOMENT
        operation = self.asker.contract.operations[exchange.operation]
        if exchange.request.method != operation.method or exchange.response.rejected:
            self.disturbed = True
            self.wrong_codes += exchange.operation == "verify"
            self.wrong_codes_in_all += exchange.operation == "verify"
            return
        sound = bool(exchange.valid_credentials) and not broken_by(operation, exchange.request.body or b"")
        if not exchange.response.accepted or not sound:
            self.state = None
            return
        self.supposed = False
        match exchange.operation:
            case "enable":
                number = two_factor(exchange).get("sms-number")
                delivery = exchange.sent["data"]["attributes"]["delivery"]
                self.state = State(delivery, number=number if isinstance(number, str) else None)
                self.number_accepted |= delivery == "sms" and value_at(exchange.sent, NUMBER) == self.number
                self._code, self._since = "", sent
                self.disturbed = False
                self.resent = None
            case "disable":
                self.state = OFF
            case "verify":
                self._verified(exchange)
            case "resend":
                if self.state is not None and self.state.pending and self.state.delivery == "sms":
                    self._code, self._since = "", sent  # another was sent, which may or may not be the same
                self.disturbed = True
                self.resent = exchange

    def _verified(self, exchange: Exchange) -> None:
        """A code was accepted; whether it was the right one is for the test to say that sent it."""
        code = exchange.sent["data"]["attributes"]["code"]
        if self.state is None or not self.state.enabled:
            self.state = None
            return
        if self._code and code == self._code and self.source is not None:
            self.proven.add(self.state.delivery)
            self.right_codes += 1
            self.source.spend()
            if self.state.pending:
                self.asker.seen.setdefault(("verify", "code"), exchange)
        self.wrong_codes = 0
        self.state = State(self.state.delivery, verified=True, number=self.state.number)


def two_factor(exchange: Exchange) -> dict[str, Any]:
    """The member two-factor of an answer, or an empty object where there is none."""
    found: Any = exchange.response.document
    for member in ("data", "attributes", "two-factor"):
        found = found.get(member) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
