"""The life of an account, as a Hypothesis state machine: any sequence of requests against a model of the states."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import seed
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from conformance.account.careful import ATTEMPTS
from conformance.account.state import OFF
from conformance.account.steps import Steps
from conformance.generation import quiet
from conformance.judging import require
from conformance.verdicts import NoVerdict, Untested, Violation
from strategies.account import WRONG_CODES
from strategies.credentials import CREDENTIALS
from strategies.defects import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.account.subject import AccountSubject
    from conformance.asker import Asker
    from conformance.run import Run

LIFE = "account.life"
STEPS = 8
ACTIONS = ("verify", "disable", "enable", "reject", "verify-wrongly", "resend", "verify")
BY_STATE = (
    "enable.response.delivery",
    "enable.starts-unverified",
    "verify.response.delivery",
    "disable.response.enabled",
)
"""Requirements by which answers are judged that depend on the requests before them."""
NEEDS = (("enable", 2 * STEPS), ("exchanges", 6 * STEPS), ("sms", STEPS), ("resend", STEPS))
"""What should be left of a budget, by kind, for lives to be worth beginning."""
DELIVERIES = st.sampled_from(["app", "sms"])
UNKNOWN = CREDENTIALS["unknown-token"]


class Life(RuleBasedStateMachine):
    """One life. The model is the state that the account keeps.

    A step that can't be judged ends the life without a verdict; `reason` says why.
    """

    steps: Steps
    reason: NoVerdict | None = None
    first: Violation | None = None

    @property
    def account(self) -> AccountSubject:
        """The account under test."""
        return self.steps.account

    def step(self, take: Callable[[], object]) -> None:
        """Take a step, unless the life ended before."""
        if type(self).reason is not None:
            return
        try:
            take()
        except NoVerdict as reason:
            type(self).reason = reason
        except Violation as violation:
            type(self).first = type(self).first or violation
            raise

    @initialize(delivery=DELIVERIES)
    def begin(self, delivery: str) -> None:
        """Start from off, and enable: most of what can go wrong comes after."""
        self.step(self.account.to_off)
        self.step(lambda: self.steps.enable(delivery))

    # One rule, and not one for each action: Hypothesis leaves out some rules of most lives, and few steps would remain.
    @rule(action=st.sampled_from(ACTIONS), delivery=DELIVERIES, wrong=st.sampled_from(list(WRONG_CODES)))
    def act(self, action: str, delivery: str, wrong: str) -> None:
        """Do something; where it can't be done, or would tell nothing, enable instead."""
        off = self.account.state in (None, OFF)
        match action:
            case "verify" if self.knows_code():
                self.step(self.steps.verify)
            case "verify-wrongly" if not off and self.account.wrong_codes < ATTEMPTS:
                self.step(lambda: self.steps.verify_wrongly(wrong))
            case "verify-wrongly" | "verify" if off:
                self.step(lambda: self.steps.verify_while_off("right" if self.knows_code_while_off() else "zeros"))
            case "disable" if not off:
                self.step(self.steps.disable)
            case "resend" if not off:
                self.step(self.steps.resend)
            case "reject":
                self.step(self.be_rejected)
            case _:
                self.step(lambda: self.steps.enable(delivery))

    def be_rejected(self) -> None:
        """Ask what is to be rejected: of enable without data, of disable and resend without a known token."""
        self.rejected("enable", encode({"data": {}}))
        for operation in ("disable", "resend"):
            token = self.account.asker.target.token.reveal()
            self.rejected(operation, None, authorization=UNKNOWN.values(token))

    def rejected(self, operation: str, body: bytes | None, **changed: Any) -> None:
        """Send a request that is to be rejected."""
        requirement = f"{operation}.request.type" if body is not None else "credentials.required"
        exchange = self.account.asker.send(operation, body, purpose=f"to be rejected: {requirement}", **changed)
        if not exchange.response.rejected:
            raise Violation(
                requirement,
                expected="a 4xx",
                actual=f"got {exchange.response}",
                exchanges=(exchange,),
                also=(LIFE,),
            )

    def knows_code_while_off(self) -> bool:
        """Whether the code of an application can be had without a set-up."""
        source = self.account.source
        return source is not None and source.standing and source.deliveries[0] in self.account.proven

    def knows_code(self) -> bool:
        """Whether the right code can be had, without a wait."""
        state, source = self.account.state, self.account.source
        known = state is not None and source is not None and not source.scarce
        return bool(known and state.delivery in self.account.proven)  # type: ignore[union-attr]


@pytest.mark.requirement(LIFE)
def test_any_sequence_of_requests_agrees_with_the_model(asker: Asker, run: Run) -> None:
    """What the enumerated cases did not think of."""
    if asker.thrifty and (run.options.profile == "frugal" or any(asker.budget.left(kind) < few for kind, few in NEEDS)):
        as_it_was_lived(run)
        return
    lives = run.options.examples // 2 + 1  # the first that Hypothesis draws is always the same dull one
    account: AccountSubject = asker.subject  # type: ignore[assignment]

    class This(Life):
        steps = Steps(account, also=(LIFE,))

    with contextlib.suppress(NoVerdict):
        account.spare()
    learn_codes(account)
    before = len(asker.exchanges)
    try:
        run_state_machine_as_test(seed(run.options.seed)(This), settings=quiet(lives, stateful_step_count=STEPS))
    except Violation:
        raise
    except Exception:
        # Hypothesis replays what failed, and is vexed when it does not fail again; the first answer counts all the
        # same.
        if This.first is None:
            raise
        This.first.reproducible = False
        raise This.first from None
    asker.show(*asker.exchanges[before:][-STEPS:])
    if This.reason is not None:
        raise This.reason


def learn_codes(account: AccountSubject) -> None:
    """Find which codes are accepted, where the tests before did not: lives verify by those only."""
    for delivery in account.source.deliveries if account.source is not None and not account.scarce else ():
        if delivery not in account.proven and delivery not in account.refuted:
            with contextlib.suppress(NoVerdict, Violation):
                account.to_verified(delivery)


def as_it_was_lived(run: Run) -> None:
    """Where no life can be afforded: the run itself was a sequence of requests, and its answers were judged by it.

    Raises:
        Violation: one of them did not agree with those before it.
        Untested: hardly any was judged.
    """
    judged = [exchange for exchange in run.everywhere if exchange.judged.keys() & BY_STATE]
    for exchange in judged:
        require(exchange, *BY_STATE, also=(LIFE,))
    if len(judged) < STEPS:
        raise Untested(f"only {len(judged)} answers of the run told a state")
    run.asker.show(*judged[-STEPS:])
