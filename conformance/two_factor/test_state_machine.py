"""A Hypothesis state machine: any sequence of requests against a model of the states."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import seed
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from conformance.checks import require
from conformance.model import NoVerdict, Untested, Violation
from conformance.parameters import at_end, needs
from conformance.two_factor.state import OFF
from conformance.two_factor.steps import Steps
from conformance.two_factor.subject import WRONG_CODES_IN_A_ROW
from strategies.credentials import UNKNOWN
from strategies.generation import deterministic_settings
from strategies.mutations import encode
from strategies.probe import RequestSpec
from strategies.two_factor import WRONG_CODES

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.model import Exchange
    from conformance.session import Session
    from conformance.settings import Settings
    from conformance.two_factor.account import Account
    from conformance.two_factor.state import TwoFactorHistory
    from conformance.two_factor.subject import TwoFactorSubject

LIFE = "account.life"
STEPS = 8
"""Requests of one run of the state machine, and the judged responses that take its place where limits forbid it."""
ACTIONS = ("verify", "disable", "enable", "reject", "verify-wrongly", "resend", "verify")
JUDGED_BY_STATE = (
    "enable.response.delivery",
    "enable.starts-unverified",
    "verify.response.delivery",
    "disable.response.enabled",
)
LIMITS = (("enable", 2 * STEPS), ("exchanges", 6 * STEPS), ("sms", STEPS), ("resend", STEPS))
"""The number of each kind that the state machine may need."""


class TwoFactorMachine(RuleBasedStateMachine):
    """One run, whose model is the state that the account keeps.

    `outcomes` has the steps that were violated or can't be judged; one of the latter ends the run.
    """

    steps: Steps
    outcomes: list[NoVerdict | Violation]

    @property
    def account(self) -> Account:
        """The account under test."""
        return self.steps.account

    def step(self, take: Callable[[], object]) -> None:
        """Take a step, unless the run has ended."""
        if any(isinstance(outcome, NoVerdict) for outcome in self.outcomes):
            return
        try:
            take()
        except NoVerdict as reason:
            self.outcomes.append(reason)
        except Violation as violation:
            self.outcomes.append(violation)
            raise

    @initialize(delivery=st.sampled_from(["app", "sms"]))
    def begin(self, delivery: str) -> None:
        """Start from off, and enable: most mistakes come after that."""
        self.step(self.account.to_off)
        self.step(lambda: self.steps.enable(delivery))

    # One rule instead of one per action: Hypothesis disables some rules in most runs, and few steps would remain.
    @rule(
        action=st.sampled_from(ACTIONS),
        delivery=st.sampled_from(["app", "sms"]),
        wrong=st.sampled_from(list(WRONG_CODES)),
    )
    def act(self, action: str, delivery: str, wrong: str) -> None:
        """Take an action; where it is impossible or would tell nothing, enable instead."""
        off = self.account.state in (None, OFF)
        match action:
            case "verify" if self.knows_code():
                self.step(self.steps.verify)
            case "verify-wrongly" if not off and self.account.history.wrong_codes < WRONG_CODES_IN_A_ROW:
                self.step(lambda: self.steps.verify_wrong(wrong))
            case "verify-wrongly" | "verify" if off:
                self.step(self.steps.verify_best_while_off)
            case "disable" if not off:
                self.step(self.steps.disable)
            case "resend" if not off:
                self.step(self.steps.resend)
            case "reject":
                self.step(self.be_rejected)
            case _:
                self.step(lambda: self.steps.enable(delivery))

    def be_rejected(self) -> None:
        """Send requests that must be rejected: enable without data, disable and resend without a known token."""
        unknown = (f"Bearer {UNKNOWN}",)
        for spec in (
            RequestSpec("enable", encode({"data": {}}), "data without members", "enable.request.type"),
            RequestSpec("disable", None, "unknown token", "credentials.required", authorization=unknown),
            RequestSpec("resend", None, "unknown token", "credentials.required", authorization=unknown),
        ):
            exchange = self.account.session.send(spec)
            self.steps.require_rejection(exchange, spec.requirement, spec.purpose)

    def knows_code(self) -> bool:
        """Whether a right code was accepted for the delivery of the state, and costs nothing."""
        state, account = self.account.state, self.account
        is_confirmed = state is not None and state.enabled and state.delivery in account.history.confirmed
        return is_confirmed and not account.codes_are_expensive


@pytest.mark.requirement(LIFE)
@at_end
@needs(codes=1)
def test_any_sequence_of_requests_agrees_with_the_model(
    session: Session[TwoFactorHistory], subject: TwoFactorSubject, settings: Settings
) -> tuple[Exchange, ...]:
    """Sequences that no other case has thought of."""
    if settings.profile == "smoke" or any(session.limits.left(kind) < count for kind, count in LIMITS):
        return judge_log(session)
    confirm_codes(subject)
    before = len(session.recorder)
    outcomes: list[NoVerdict | Violation] = []

    machine = type("Machine", (TwoFactorMachine,), {"steps": Steps(subject, also=(LIFE,)), "outcomes": outcomes})

    runs = settings.examples // 2 + 1  # the first run that Hypothesis generates is always the same simple one
    try:
        run_state_machine_as_test(
            seed(settings.seed)(machine), settings=deterministic_settings(runs, stateful_step_count=STEPS)
        )
    except Violation:
        raise
    except Exception:
        # Hypothesis replays a failure, and complains if it does not happen again. The first response still counts.
        violations = [outcome for outcome in outcomes if isinstance(outcome, Violation)]
        if not violations:
            raise
        first = violations[0]
        raise Violation(
            first.requirement,
            expected=first.expected,
            actual=first.actual,
            exchanges=first.exchanges,
            also=first.also,
            reproducible=False,
        ) from None
    if outcomes:
        raise outcomes[0]
    return tuple(session.recorder.exchanges[before:][-STEPS:])


def confirm_codes(subject: TwoFactorSubject) -> None:
    """Send right codes: one after wrong ones, and one by each delivery whose codes are free, if none was confirmed."""
    account = subject.account
    if account.history.wrong_codes >= subject.wrong_codes_in_a_row:
        with suppress(NoVerdict):
            subject.forget_state()
            account.to_verified(account.delivery)
    for delivery in account.source.deliveries if account.source is not None and not account.codes_are_expensive else ():
        if delivery not in account.history.confirmed:
            with suppress(NoVerdict, Violation):
                account.to_verified(delivery)


def judge_log(session: Session[TwoFactorHistory]) -> tuple[Exchange, ...]:
    """The run itself was a sequence of requests: its responses are held to the states that they left.

    Raises:
        Violation: a response contradicts those before it.
        Untested: too few responses tell a state.
    """
    judged = []
    for entry in session.recorder.entries:
        if any(judgement.requirement in JUDGED_BY_STATE for judgement in entry.judgements):
            require(entry.judgements, entry.exchange, *JUDGED_BY_STATE, also=(LIFE,))
            judged.append(entry.exchange)
    if len(judged) < STEPS:
        raise Untested(f"skipped: only {len(judged)} responses of the run tell a state; raise the limits with --budget")
    return tuple(judged[-STEPS:])
