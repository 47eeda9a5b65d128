"""Batches of probes, each with its control: a rejection counts only if a valid request is accepted after it.

A rejection may be about the token, the media type, the pace or a lock-out instead of the defect. So all probes of one
group are sent one after the other, and then their control, the valid request from which they depart. If the control is
accepted, every rejection was about its defect, and none of the probes changed anything. If it is rejected, the batch is
bisected until the probe that changed something is found, and that probe is sent again before it is reported.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.checks import judge_body, require
from conformance.model import Inconclusive, NotApplicable, NoVerdict, Untested, Violation
from conformance.subject import StateChanged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.model import Exchange
    from conformance.session import Session
    from conformance.subject import Subject
    from schemas import Contract
    from strategies.probe import Probe

MAX_EXPENSIVE_VIOLATIONS = 2
"""Violations of one requirement after which no more probes of it are sent, where each costs a wait or a message."""
MAX_EFFECTS = 2
"""Probes of one requirement with an effect, after which others of it are not searched for."""
MAX_RESENDS = 3
"""Times that probes are sent again because the state was lost before their control."""
MAX_BISECTIONS = 24
"""Bisections of a run; a target that needs more is not steady enough to be judged."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a probe.

    Attributes:
        exchange: the probe's exchange, `None` where it was not sent.
        control: the exchange of the control that was accepted after it.
        reason: why the rejection can't be judged.
        effect: the change that the rejected probe caused.
    """

    exchange: Exchange | None = None
    control: Exchange | None = None
    reason: NoVerdict | None = None
    effect: StateChanged | None = None

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        """The exchanges that show it."""
        last = self.effect.exchange if self.effect else self.control
        return tuple(exchange for exchange in (self.exchange, last) if exchange is not None)


def send_order(probe: Probe) -> tuple[bool, bool, str]:
    """Probes that may be accepted come first, as they lose the state; guesses last; those of one operation together."""
    return not probe.may_be_accepted, probe.is_guess, probe.operation


def had_effect(exchange: Exchange) -> bool:
    """Whether a probe may have been carried out, by its response, so that the state is unknown."""
    return not exchange.rejected and exchange.spec.method is None


class Batches:
    """Sends the planned probes of a run batch by batch, and keeps their outcomes."""

    def __init__(self, session: Session, subject: Subject) -> None:  # type: ignore[type-arg]  # any history will do
        self._session = session
        self._subject = subject
        self._planned: dict[tuple[int, tuple[str, str]], list[Probe]] = {}
        self._priorities: dict[Probe, int] = {}
        self._outcomes: dict[Probe, Outcome] = {}
        self._accepted: Counter[str] = Counter()
        self._bisections = 0
        self._effects: Counter[str] = Counter()

    def plan(self, probe: Probe, priority: int = 0) -> None:
        """Send this probe in one batch with the others of its group and priority."""
        if probe not in self._priorities:
            self._priorities[probe] = priority
            self._planned.setdefault((priority, probe.group), []).append(probe)

    def outcome(self, probe: Probe) -> Outcome:
        """The outcome of a probe; the first call for a group sends all of its planned probes."""
        if self._session.is_repeating:
            self._outcomes.pop(probe, None)
            self._send_group(probe.group, [probe])
        elif probe not in self._outcomes:
            planned = self._planned.get((self._priorities.get(probe, 0), probe.group), [])
            waiting = [other for other in planned if other not in self._outcomes]
            self._send_group(probe.group, waiting if probe in waiting else [probe])
        return self._outcomes[probe]

    def rejected_outcomes(self, operation: str) -> list[Outcome]:
        """The outcomes of the probes of an operation that were rejected."""
        return [
            outcome
            for probe, outcome in self._outcomes.items()
            if probe.operation == operation and outcome.exchange is not None and outcome.exchange.rejected
        ]

    def _send_group(self, group: tuple[str, str], probes: Sequence[Probe]) -> None:
        for batch in self._subject.batches(probes):
            self._send_batch(group, batch, MAX_RESENDS)

    def _send_batch(self, group: tuple[str, str], probes: Sequence[Probe], resends: int) -> None:
        """Send the probes and their control, and those again after which the state was lost before the control."""
        waiting: list[Probe] = []
        unconfirmed: list[Probe] = []
        for probe in sorted(probes, key=send_order):
            outcome = self._outcomes[probe] = self._send(group, probe)
            if outcome.exchange is not None and not had_effect(outcome.exchange):
                waiting.append(probe)
            elif outcome.exchange is not None or isinstance(outcome.reason, Inconclusive):
                unconfirmed += waiting  # The state is made anew, whatever they did to it.
                waiting = []
        if waiting:
            self._confirm(group, waiting, resends)
        if unconfirmed and resends:
            self._send_batch(group, unconfirmed, resends - 1)
        elif unconfirmed:
            reason = Inconclusive("requests that were sent together with it get no steady response")
            self._set_reason(unconfirmed, reason)

    def _send(self, group: tuple[str, str], probe: Probe) -> Outcome:
        expensive = self._subject.is_expensive(probe.operation)
        if expensive and self._accepted[probe.requirement] >= MAX_EXPENSIVE_VIOLATIONS:
            reason = Untested(f"skipped: {probe.requirement} is violated already, and each violation costs a code")
            return Outcome(reason=reason)
        try:
            self._subject.prepare_for(probe)
            spec = self._subject.spec_for(probe)
            if spec is None:
                return Outcome(reason=NotApplicable())
            exchange = self._session.send(spec, self._subject.cost_of_control(*group))
        except NoVerdict as reason:
            return Outcome(reason=reason)
        self._accepted[probe.requirement] += had_effect(exchange)
        return Outcome(exchange)

    def _confirm(self, group: tuple[str, str], rejected: list[Probe], resends: int) -> None:
        """Send the control. If it fails, send the halves of the batch, until the probe behind it is found."""
        try:
            control = self._subject.confirm(*group)
        except NoVerdict as reason:
            self._set_reason(rejected, reason)
        except StateChanged as change:
            suspects = [probe for probe in rejected if self._effects[probe.requirement] >= MAX_EFFECTS]
            others = [probe for probe in rejected if probe not in suspects]
            if suspects:
                requirements = ", ".join(sorted({probe.requirement for probe in suspects}))
                known = f"{change}; so it was after other requests that break {requirements}"
                self._set_reason(suspects, Inconclusive(known, (change.exchange,)))
                self._subject.forget_state()
                self._send_batch(group, others, resends)
            elif (obstacle := self._reason_not_to_bisect(group, rejected, change)) is not None:
                self._set_reason(rejected, obstacle)
            elif len(rejected) == 1:
                self._repeat(group, rejected[0], change)
            else:
                middle = len(rejected) // 2
                self._send_batch(group, rejected[:middle], resends)
                self._send_batch(group, rejected[middle:], resends)
        else:
            for probe in rejected:
                self._outcomes[probe] = replace(self._outcomes[probe], control=control)

    def _reason_not_to_bisect(
        self, group: tuple[str, str], rejected: list[Probe], change: StateChanged
    ) -> NoVerdict | None:
        """The reason why the rejected probes get no verdict: the control fails without any of them, or too often."""
        self._bisections += 1
        if self._bisections > MAX_BISECTIONS:
            return Inconclusive(f"the control keeps failing: {change}", (change.exchange,))
        try:
            self._confirm_alone(group, rejected)
        except NoVerdict as reason:
            return reason
        except StateChanged as rejection:
            return Inconclusive(f"the control was rejected: {rejection}", (rejection.exchange,))
        return None

    def _confirm_alone(self, group: tuple[str, str], rejected: list[Probe]) -> None:
        """Send the control without any probe before it; after guesses, once more when a lock-out may have ended."""
        try:
            self._prepare_anew(group)
            self._subject.confirm(*group)
        except StateChanged:
            if not any(probe.is_guess for probe in rejected):
                raise
            self._subject.wait_for_lockout()
            self._prepare_anew(group)
            self._subject.confirm(*group)

    def _repeat(self, group: tuple[str, str], probe: Probe, change: StateChanged) -> None:
        """Send a probe and its control again: an effect counts only if the probe has it twice."""
        self._subject.forget_state()
        outcome = self._send(group, probe)
        if outcome.exchange is not None and not had_effect(outcome.exchange):
            try:
                self._subject.confirm(*group)
            except NoVerdict as reason:
                outcome = replace(outcome, reason=reason)
            except StateChanged as again:
                outcome = replace(outcome, effect=again)
                self._effects[probe.requirement] += 1
                self._subject.forget_state()
            else:
                outcome = replace(
                    outcome, reason=Inconclusive(f"{change}; but not the second time", (change.exchange,))
                )
        self._outcomes[probe] = outcome

    def _prepare_anew(self, group: tuple[str, str]) -> None:
        self._subject.forget_state()
        self._subject.prepare(*group)

    def _set_reason(self, probes: Sequence[Probe], reason: NoVerdict) -> None:
        for probe in probes:
            self._outcomes[probe] = replace(self._outcomes[probe], reason=reason)


def judge_rejected(probe: Probe, outcome: Outcome) -> tuple[Exchange, ...]:
    """Judge that a probe was rejected, and that its control was accepted after it; the evidence.

    Raises:
        Violation: it was not rejected with a 4xx.
        NoVerdict: it was not sent, or its rejection tells nothing.
    """
    exchange = outcome.exchange
    if probe.may_be_accepted and exchange is not None and exchange.accepted:
        raise Untested("it was accepted, as it may be", (exchange,))
    if probe.may_be_accepted and outcome.effect is not None:
        judge_unchanged(probe.requirement, [outcome])
    if exchange is not None and not exchange.rejected:
        raise Violation(probe.requirement, expected="a 4xx", actual=exchange.in_words, exchanges=(exchange,))
    if outcome.reason is not None:
        raise outcome.reason
    return outcome.evidence


def judge_without_effect(contract: Contract, probe: Probe, outcome: Outcome) -> tuple[Exchange, ...]:
    """Judge that a probe by another method did nothing, whatever the response; the evidence.

    Raises:
        Violation: the response is the documented success, or the control shows an effect.
        NoVerdict: it was not sent, or the control was rejected without it, too.
    """
    exchange, actual = outcome.exchange, ""
    if exchange is not None and exchange.response is not None and exchange.accepted:
        judgements = judge_body(contract.operations[probe.operation].response, exchange.response)
        if exchange.request.method != "HEAD" and not any(judgement.problem for judgement in judgements):
            actual = f"{exchange.in_words}, with the documented success"
    if outcome.effect is not None:
        actual = f"the action was carried out: {outcome.effect}"
    if actual:
        raise Violation(probe.requirement, expected="no effect", actual=actual, exchanges=outcome.evidence)
    if outcome.reason is not None:
        raise outcome.reason
    return outcome.evidence


def judge_unchanged(requirement: str, outcomes: Sequence[Outcome]) -> tuple[Exchange, ...]:
    """Judge that no rejected request of an operation changed anything; the evidence of the last one.

    Raises:
        Violation: one did.
        NoVerdict: none was sent, or the controls were rejected without them, too.
    """
    for outcome in outcomes:
        if outcome.effect is not None and outcome.exchange is not None:
            raise Violation(
                requirement,
                expected="everything as before the rejected request",
                actual=f"after {outcome.exchange.in_words}: {outcome.effect}",
                exchanges=outcome.evidence,
                reproducible=True,
            )
    confirmed = [outcome for outcome in outcomes if outcome.control is not None]
    if not confirmed:
        reasons = (outcome.reason for outcome in outcomes)
        applicable = (reason for reason in reasons if reason is not None and not isinstance(reason, NotApplicable))
        raise next(applicable, Untested("no request was rejected"))
    return confirmed[-1].evidence


def send_open(session: Session, probe: Probe) -> tuple[Exchange, ...]:  # type: ignore[type-arg]  # any history will do
    """Send a probe that may be accepted or rejected, and judge that the response is no 5xx; the evidence.

    No state is prepared: any response will do, and each state on the way would cost requests.

    Raises:
        Violation: it is a 5xx.
        Untested: with these values it equals the valid request.
    """
    valid = session.contract.operations[probe.operation].shapes[probe.shape]
    spec = probe.build(valid, session.target.token.reveal())
    if spec is None:
        raise NotApplicable
    exchange = session.send(spec)
    require(session.recorder.judgements_of(exchange), exchange, "http.no-server-error")
    return (exchange,)
