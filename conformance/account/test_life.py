"""The life of an account, as a Hypothesis state machine: any sequence of requests against a model of the states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import seed
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from conformance.account.account import ATTEMPTS
from conformance.account.state import OFF
from conformance.account.steps import Steps
from conformance.generation import quiet
from conformance.verdicts import NoVerdict, Violation
from strategies.account import WRONG_CODES
from strategies.credentials import CREDENTIALS
from strategies.defects import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.account.account import Account
    from conformance.asker import Asker
    from conformance.run import Run

LIFE = "account.life"
STEPS = 8
UNKNOWN = CREDENTIALS["unknown-token"]


class Life(RuleBasedStateMachine):
    """One life: it starts with two-factor authentication off. The model is the state that the account keeps.

    A step that can't be judged ends the life without a verdict; `reason` says why.
    """

    steps: Steps
    reason: NoVerdict | None = None
    first: Violation | None = None

    def __init__(self) -> None:
        super().__init__()
        self.attempts = 0

    @property
    def account(self) -> Account:
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

    @initialize()
    def begin(self) -> None:
        """Start from off."""
        self.step(self.account.to_off)

    @rule(delivery=st.sampled_from(["app", "sms"]))
    def enable(self, delivery: str) -> None:
        """Enable, by either delivery."""
        self.attempts = 0
        self.step(lambda: self.steps.enable(delivery))

    @precondition(lambda self: self.account.state != OFF)
    @rule()
    def disable(self) -> None:
        """Disable."""
        self.step(self.steps.disable)

    @rule()
    def resend(self) -> None:
        """Resend the code."""
        self.step(self.steps.resend)

    @precondition(lambda self: self.knows_code())
    @rule()
    def verify(self) -> None:
        """Verify by the right code."""
        self.attempts = 0
        self.step(self.steps.verify)

    @precondition(lambda self: self.attempts < ATTEMPTS and self.account.state not in (None, OFF))
    @rule(name=st.sampled_from(list(WRONG_CODES)))
    def verify_wrongly(self, name: str) -> None:
        """Verify by a wrong code."""
        self.attempts += 1
        self.step(lambda: self.steps.verify_wrongly(name))

    @precondition(lambda self: self.account.state == OFF)
    @rule(name=st.sampled_from(["right", "zeros", "sample"]))
    def verify_while_off(self, name: str) -> None:
        """Verify while there is nothing to verify."""
        source = self.account.source
        if name != "right" or (source is not None and source.standing):
            self.step(lambda: self.steps.verify_while_off(name))

    @rule(operation=st.sampled_from(["enable", "disable", "verify", "resend"]), defect=st.sampled_from(["{}", "[", ""]))
    def ask_badly(self, operation: str, defect: str) -> None:
        """Ask what is to be rejected: a defective body, or, where there is none, an unknown token."""
        asker = self.account.asker
        if asker.contract.operations[operation].request is None:
            token = asker.target.token.reveal()
            self.step(lambda: self.rejected(operation, None, authorization=UNKNOWN.values(token)))
        else:
            self.step(lambda: self.rejected(operation, defect.encode()))

    def rejected(self, operation: str, body: bytes | None, **changed: Any) -> None:
        """Send a request that is to be rejected."""
        requirement = f"{operation}.request.body" if body is not None else "credentials.required"
        if body == encode({}):
            requirement = f"{operation}.request.data"
        exchange = self.account.asker.send(operation, body, purpose=f"to be rejected: {requirement}", **changed)
        if not exchange.response.rejected:
            raise Violation(
                requirement,
                expected="a 4xx",
                actual=f"got {exchange.response}",
                exchanges=(exchange,),
                also=(LIFE,),
            )

    def knows_code(self) -> bool:
        """Whether the right code can be had, without a wait."""
        state, source = self.account.state, self.account.source
        known = state is not None and source is not None and not source.scarce
        return bool(known and state.delivery in self.account.proven)  # type: ignore[union-attr]


@pytest.mark.requirement(LIFE)
def test_any_sequence_of_requests_agrees_with_the_model(asker: Asker, run: Run) -> None:
    """What the enumerated cases did not think of."""
    lives = run.options.examples // 2
    account: Account = asker.subject  # type: ignore[assignment]

    class This(Life):
        steps = Steps(account, also=(LIFE,))

    before = len(asker.exchanges)
    try:
        run_state_machine_as_test(
            seed(run.options.seed)(This), settings=quiet(max(lives, 1), stateful_step_count=STEPS)
        )
    except Violation:
        raise
    except Exception:
        # Hypothesis replays what failed, and is vexed when it does not fail again; the first answer counts all the same.
        if This.first is None:
            raise
        This.first.reproducible = False
        raise This.first from None
    asker.show(*asker.exchanges[before:][-STEPS:])
    if This.reason is not None:
        raise This.reason
