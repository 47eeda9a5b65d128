"""Batches of probes, each with its control: a rejection counts only if a valid request is accepted after it.

A rejection may be about the token, the media type, the pace or a lock-out instead of the defect. So all probes of one
group are sent one after the other, and then their control, the valid request from which they depart. If the control is
accepted, every rejection was about its defect, and none of the probes changed anything. If it is rejected, the batch is
bisected until the probe that changed something is found, and that probe is sent again before it is reported.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.checks import judge_body
from conformance.model import Inconclusive, NoVerdict, Untested, Violation
from conformance.subject import StateChanged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


@dataclass(frozen=True)
class Batch:
    """Probes to send before one control; `resends` is the number of times that they may be sent again."""

    probes: tuple[Probe, ...]
    resends: int = MAX_RESENDS


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

    def rejected_outcomes(self, operation: str) -> Iterator[tuple[Probe, Outcome]]:
        """The probes of an operation that were rejected, with their outcomes."""
        for probe, outcome in self._outcomes.items():
            if probe.operation == operation and outcome.exchange is not None and outcome.exchange.rejected:
                yield probe, outcome

    # -- sending ---------------------------------------------------------------------------------------------------

    def _send_group(self, group: tuple[str, str], probes: Sequence[Probe]) -> None:
        work = deque(Batch(tuple(batch)) for batch in self._subject.batches(probes))
        while work:
            batch = work.popleft()
            rejected, unconfirmed = self._send_batch(group, batch)
            if rejected:
                work.extendleft(reversed(self._confirm(group, rejected, batch.resends)))
            if unconfirmed and batch.resends:
                work.appendleft(Batch(tuple(unconfirmed), batch.resends - 1))
            elif unconfirmed:
                reason = Inconclusive("requests that were sent together with it get no steady response")
                self._set_reason(unconfirmed, reason)

    def _send_batch(self, group: tuple[str, str], batch: Batch) -> tuple[list[Probe], list[Probe]]:
        """Send the probes: those that still wait for the control, and those after which the state was lost."""
        waiting: list[Probe] = []
        unconfirmed: list[Probe] = []
        for probe in sorted(batch.probes, key=send_order):
            outcome = self._outcomes[probe] = self._send(group, probe)
            if outcome.exchange is not None and not had_effect(outcome.exchange):
                waiting.append(probe)
            elif outcome.exchange is not None or isinstance(outcome.reason, Inconclusive):
                unconfirmed += waiting  # The state is made anew, whatever they did to it.
                waiting = []
        return waiting, unconfirmed

    def _send(self, group: tuple[str, str], probe: Probe) -> Outcome:
        expensive = self._subject.is_expensive(probe.operation)
        if expensive and self._accepted[probe.requirement] >= MAX_EXPENSIVE_VIOLATIONS:
            reason = Untested(f"skipped: {probe.requirement} is violated already, and each violation costs a code")
            return Outcome(reason=reason)
        try:
            self._subject.prepare_for(probe)
            spec = self._subject.spec_for(probe)
            if spec is None:
                return Outcome(reason=Untested("skipped: with these values it equals the valid request"))
            exchange = self._session.send(spec, self._subject.cost_of_control(*group))
        except NoVerdict as reason:
            return Outcome(reason=reason)
        self._accepted[probe.requirement] += had_effect(exchange)
        return Outcome(exchange)

    def _confirm(self, group: tuple[str, str], rejected: list[Probe], resends: int) -> list[Batch]:
        """Send the control. If it fails, the batches to send next, so that the probe behind it is found."""
        try:
            control = self._subject.confirm(*group)
        except NoVerdict as reason:
            self._set_reason(rejected, reason)
        except StateChanged as change:
            return self._bisect(group, rejected, change, resends)
        else:
            for probe in rejected:
                self._outcomes[probe] = replace(self._outcomes[probe], control=control)
        return []

    def _bisect(self, group: tuple[str, str], rejected: list[Probe], change: StateChanged, resends: int) -> list[Batch]:
        """The halves of a batch whose control failed; none where it fails without any probe, or the cause is known."""
        self._bisections += 1
        if self._bisections > MAX_BISECTIONS:
            self._set_reason(rejected, Inconclusive(f"the control keeps failing: {change}", (change.exchange,)))
            return []
        requirements = {probe.requirement for probe in rejected}
        if len(requirements) == 1 and self._effects[rejected[0].requirement] >= MAX_EFFECTS:
            reason = f"{change}; so it was after other requests that break {rejected[0].requirement}"
            self._set_reason(rejected, Inconclusive(reason, (change.exchange,)))
            return []
        try:
            self._confirm_alone(group, rejected)
        except NoVerdict as reason:
            self._set_reason(rejected, reason)
            return []
        except StateChanged as rejection:
            self._set_reason(rejected, Inconclusive(f"the control was rejected: {rejection}", (rejection.exchange,)))
            return []
        if len(rejected) > 1:
            middle = len(rejected) // 2
            return [Batch(tuple(rejected[:middle]), resends), Batch(tuple(rejected[middle:]), resends)]
        self._repeat(group, rejected[0], change)
        return []

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
        """An effect counts only if the probe has it again."""
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


# -- judging -----------------------------------------------------------------------------------------------------------


def judge_rejected(probe: Probe, outcome: Outcome) -> None:
    """Judge that a probe was rejected, and that its control was accepted after it.

    Raises:
        Violation: it was not rejected with a 4xx.
        NoVerdict: it was not sent, or its rejection tells nothing.
    """
    exchange = outcome.exchange
    if probe.may_be_accepted and exchange is not None and exchange.accepted:
        raise Untested("it was accepted, as it may be", (exchange,))
    if probe.may_be_accepted and outcome.effect is not None:
        judge_unchanged(probe.requirement, [(probe, outcome)])
    if exchange is not None and not exchange.rejected:
        raise Violation(
            probe.requirement,
            expected="a 4xx",
            actual=exchange.in_words,
            exchanges=(exchange,),
        )
    if outcome.reason is not None:
        raise outcome.reason


def judge_without_effect(contract: Contract, probe: Probe, outcome: Outcome) -> None:
    """Judge that a probe by another method did nothing, whatever the response.

    Raises:
        Violation: the response is the documented success, or the control shows an effect.
        NoVerdict: it was not sent, or the control was rejected without it, too.
    """
    exchange, actual = outcome.exchange, ""
    if exchange is not None and exchange.response is not None and exchange.accepted:
        method, schema = exchange.request.method, contract.operations[probe.operation].response
        is_documented = not any(judgement.problem for judgement in judge_body(schema, exchange.response))
        if method != "HEAD" and is_documented:
            actual = f"{exchange.in_words}, with the documented success"
    if outcome.effect is not None:
        actual = f"the action was carried out: {outcome.effect}"
    if actual:
        raise Violation(probe.requirement, expected="no effect", actual=actual, exchanges=outcome.evidence)
    if outcome.reason is not None:
        raise outcome.reason


def judge_unchanged(requirement: str, outcomes: Sequence[tuple[Probe, Outcome]]) -> tuple[Exchange, ...]:
    """Judge that no rejected request of an operation changed anything; the evidence of the last one.

    Raises:
        Violation: one did.
        NoVerdict: none was sent, or the controls were rejected without them, too.
    """
    for _, outcome in outcomes:
        if outcome.effect is not None and outcome.exchange is not None:
            raise Violation(
                requirement,
                expected="everything as before the rejected request",
                actual=f"after {outcome.exchange.in_words}: {outcome.effect}",
                exchanges=outcome.evidence,
                reproducible=True,
            )
    confirmed = [outcome for _, outcome in outcomes if outcome.control is not None]
    if not confirmed:
        reasons = (outcome.reason for _, outcome in outcomes if outcome.reason is not None)
        raise next(reasons, Untested("no request was rejected"))
    return confirmed[-1].evidence
