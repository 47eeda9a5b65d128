"""Take care of the account: what requests cost, how guesses are spaced, and that it is left as it should be."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from conformance.account.account import Account, two_factor
from conformance.account.forecast import right_codes
from conformance.account.state import OFF
from conformance.account.totp import Totp
from conformance.budget import EXCHANGES, Costs
from conformance.subject import Left
from conformance.verdicts import Inconclusive, Untested
from schemas import NotJSON, parse
from strategies.account import numbers_of_others

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.probes import Probe

SMS, WRONG_CODE = "sms", "verify-wrong"
"""The kinds of a budget that this subject knows."""
ATTEMPTS = 2
"""Wrong codes between right ones: careful servers lock out after three or five."""
GUESSES = 4
"""The same with all that a server may count as one; and where each right code costs a wait or a person's attention."""
CONTROL = 5
"""Exchanges that are to be left for a control and for cleaning up."""
SETTLING, LONGEST_SETTLING = 0.5, 5.0
"""Seconds that a request which nobody waited for may take at least, and at most, until it is undone."""


class CarefulAccount(Account):
    """The account, and what has to be respected in asking it."""

    def costs(self, operation: str, body: bytes | None) -> Costs:
        """A message, where it is accepted: one to enable by SMS, or to resend. A guess: any code but the right one.

        Raises:
            Untested: a lenient server might take something in it for a number that nobody gave, and send there.
        """
        if operation == "enable" and numbers_of_others(body, (self.number,)):
            raise Untested("a message might go to a number that nobody gave")
        try:
            sent: Any = parse(body or b"")
            attributes = sent["data"]["attributes"]
            delivery, code = attributes.get("delivery"), attributes.get("code")
        except (NotJSON, TypeError, KeyError, AttributeError):
            delivery = code = None
        by_sms = self.state is None or self.state.delivery == "sms"
        match operation:
            case "enable" if delivery == "sms":
                return Costs(accepted=(SMS,))
            case "resend" if by_sms:
                return Costs(accepted=(SMS,))
            case "verify" if isinstance(code, str) and code != self._code:
                return Costs(asked=(WRONG_CODE,))
        return Costs()

    def control_costs(self, operation: str, shape: str) -> tuple[str, ...]:
        """The request itself, a message where it brings one, and what it takes to see the state, and to clean up."""
        sms = (SMS,) if operation == "resend" or (operation, shape) == ("enable", "sms") else ()
        return operation, *sms, *[EXCHANGES] * CONTROL

    def costly(self, operation: str) -> bool:
        """Verifications are, where codes are scarce, or what makes another one possible."""
        return operation == "verify" and (self.scarce or "enable" in self.asker.budget.limits)

    def chunks(self, operation: str, probes: Sequence[Probe]) -> list[list[Probe]]:  # noqa: ARG002 (all are alike)
        """Portions with a few guesses each, so that a lock-out is not provoked; what is in none is too costly."""
        rest = [probe for probe in probes if not self.guesses(probe)]
        attempts = [probe for probe in probes if probe.attempt]
        doubtful = [probe for probe in probes if self.guesses(probe) and not probe.attempt]
        if self.scarce and not self.asker.thrifty:
            # What fits into the portions that the wrong codes need anyway, and one more where these are many.
            portions_needed = max(1, math.ceil(len(attempts) / GUESSES)) + (len(attempts) > GUESSES)
            room = portions_needed * GUESSES - len(attempts)
            doubtful = doubtful[:: max(1, len(doubtful) // max(1, room))][:room]
        if len(attempts) + len(doubtful) <= GUESSES:
            return [rest + attempts + doubtful]
        # The last portion holds as many wrong codes as may be: some servers stop checking after a few, and take any.
        attempts, last = attempts[:-GUESSES], attempts[-GUESSES:]
        portions = []
        while attempts or doubtful:
            few = attempts[:ATTEMPTS]
            few += doubtful[: GUESSES - len(few)]
            if self.scarce:
                few += attempts[ATTEMPTS : ATTEMPTS + GUESSES - len(few)]
            attempts = [probe for probe in attempts if probe not in few]
            doubtful = [probe for probe in doubtful if probe not in few]
            portions.append(few)
        portions.append(last)
        portions[0] = rest + portions[0]
        return [portion for portion in portions if portion]

    def guesses(self, probe: Probe) -> bool:
        """Whether a server may count it as a guess: a wrong code, or what stands in the place of one."""
        return probe.attempt or probe.requirement == "verify.request.code"

    def sending(self, operation: str) -> None:
        """Before it is enabled for the first time, the journal takes a note of it."""
        if operation == "enable" and self.asker.journal is not None:
            self.asker.journal.open()

    def intentions(self, probes: Sequence[Probe]) -> list[str]:
        """What will happen to the account, to whom messages go, and where codes come from."""
        whose = "your number" if self.own_number else "a number reserved for fiction"
        codes = (
            "no right ones, so that much stays untested: there is no --code-source"
            if self.source is None
            else "right codes"
        )
        return [
            "turns two-factor authentication of the account on and off, many times, and leaves it off",
            f"asks for messages to {self.number} ({whose}); sends wrong codes, and {codes}",
            *self._effort(probes),
        ]

    def _effort(self, probes: Sequence[Probe]) -> Iterator[str]:
        """What the right codes take, where they are costly."""
        if self.source is not None and self.source.scarce:
            needed = right_codes(self, probes, GUESSES, self.asker.budget.left(WRONG_CODE))
            yield f"needs about {needed.total()} right codes: {self.source.effort(needed)}"

    def waits(self, probes: Sequence[Probe]) -> float:
        """Those for time-based codes."""
        if not isinstance(self.source, Totp):
            return 0.0
        return self.source.waiting(right_codes(self, probes, GUESSES, self.asker.budget.left(WRONG_CODE)))

    def finish(self) -> Left:
        """Switch two-factor authentication off, whatever the state."""
        self.asker.budget.lift()
        if self.asker.interrupted:
            # A request that nobody waited for may be carried out still: let it, before it is undone.
            slowest = max((exchange.seconds for exchange in self.asker.exchanges), default=0.0)
            time.sleep(min(LONGEST_SETTLING, SETTLING + 2 * slowest))
        try:
            before, exchange = None if self.supposed else self.state, self.disable("the end: off")
            if exchange.response.rejected and before is None:
                # It may be off already, and disabling then refused: enabling tells.
                self.enable("app", "the end: is it off already?")
                exchange = self.disable("the end: off")
        except Inconclusive as error:
            return self.uncertain(str(error))
        off = exchange.response.accepted and two_factor(exchange).get("enabled") is not True
        if off or (exchange.response.rejected and before == OFF):
            return Left(at_rest=True, sentence="two-factor authentication of the account is off")
        return self.uncertain(f"disable got {exchange.response}")

    def uncertain(self, why: str) -> Left:
        """It may be on, verified or not."""
        return Left(at_rest=False, sentence=f"two-factor authentication of the account may still be on: {why}")
