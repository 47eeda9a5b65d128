"""Send the requests that are to be rejected in sandwiches: a rejection counts if a valid request is accepted after it.

A rejection may be about the token, the media type, the pace or a lock-out instead of the defect. So all requests that
are to be rejected in one state are sent one after the other, then the valid request from which they depart. When that
is accepted, every rejection before it was about its defect, and none of them changed anything. When it is not, the
sandwich is cut in halves until the request that changed something is found.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import TYPE_CHECKING

from conformance.asker import Ask
from conformance.judging import schema_judgements
from conformance.probes import Outcome, Rejected
from conformance.subject import Changed
from conformance.verdicts import Inconclusive, NoVerdict, Untested, Violation

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from conformance.asker import Asker
    from conformance.probes import Probe

ENOUGH = 2
"""How many violations of one requirement are asked for where each costs a wait or a person's attention."""
PORTION = 16
"""Requests that are sent together, and one by one once more if one of them is not rejected."""
AGAIN = 3
"""How often in a row a sandwich may be sent once more because the state was lost on the way."""
HALVINGS = 24
"""How many sandwiches a run may cut in halves: with more, the target is not steady enough to be judged."""


class Rejections:
    """Sends the probes of a run, all that share a control together.

    `elsewhere` is what became of those that other workers of the same run sent.
    """

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._planned: dict[tuple[int, tuple[str, str]], list[Probe]] = {}
        self._turns: dict[Probe, int] = {}
        self._accepted: Counter[str] = Counter()
        self._halvings = 0
        self.outcomes: dict[Probe, Outcome] = {}
        self.elsewhere: list[Rejected] = []

    def plan(self, probe: Probe, turn: int = 0) -> None:
        """Send this probe together with the others of its group and turn; what is planned twice keeps its first."""
        if probe not in self._turns:
            self._turns[probe] = turn
            self._planned.setdefault((turn, probe.group), []).append(probe)

    @property
    def planned(self) -> list[Probe]:
        """All that is planned, in its order."""
        return list(self._turns)

    def narrow(self, probes: Container[Probe]) -> None:
        """Send no others than these of what is planned: another worker does."""
        self._turns = {probe: turn for probe, turn in self._turns.items() if probe in probes}
        self._planned = {key: [probe for probe in group if probe in probes] for key, group in self._planned.items()}

    def outcome(self, probe: Probe) -> Outcome:
        """What became of a probe; the first call for a group sends all that is planned of it."""
        if probe not in self.outcomes:
            planned = self._planned.get((self._turns.get(probe, 0), probe.group), [])
            waiting = [other for other in planned if other not in self.outcomes]
            for chunk in self._asker.subject.chunks(probe.group[0], waiting if probe in waiting else [probe]):
                self._sandwich(probe.group, chunk)
            for other in {probe, *waiting} - self.outcomes.keys():
                self.outcomes[other] = Outcome(reason=Untested("each guess is costly, and others like it are asked"))
        return self.outcomes[probe]

    def settle(self, operation: str) -> None:
        """Send what is planned with a valid request to this operation as its control, if anything is."""
        for probe in self.planned:
            if probe.group[0] == operation:
                self.outcome(probe)

    def judge(self, probe: Probe) -> None:
        """Find that a probe was rejected, and that the control was accepted after it.

        Raises:
            Violation: it was not rejected with a 4xx.
            NoVerdict: it was not sent, or its rejection tells nothing.
        """
        outcome = self.outcome(probe)
        self._asker.show(*outcome.evidence())
        if probe.open_ended and outcome.exchange is not None and outcome.exchange.response.accepted:
            raise Untested("it was accepted, as it may be")
        if outcome.changed is not None and probe.requirement.endswith(".rejected-changes-nothing"):
            self.judge_unchanged(probe.operation)
        if outcome.exchange is not None and not outcome.exchange.response.rejected:
            raise Violation(
                probe.requirement,
                expected=f"a 4xx to {probe.operation} ({probe.name})",
                actual=f"{probe.name} got {outcome.exchange.response}",
                exchanges=(outcome.exchange,),
            )
        if outcome.reason is not None:
            raise outcome.reason

    def judge_undone(self, probe: Probe) -> None:
        """Find that a probe by another method did nothing, whatever the answer.

        Raises:
            Violation: the answer is the documented success, or the control shows that something changed.
            NoVerdict: it was not sent, or the control was refused without it too.
        """
        outcome = self.outcome(probe)
        self._asker.show(*outcome.evidence())
        exchange, actual = outcome.exchange, ""
        if exchange is not None and exchange.response.accepted and exchange.request.method != "HEAD":
            schema = self._asker.contract.operations[probe.operation].response
            if not any(problem for _, problem in schema_judgements(schema, exchange.response)):
                actual = f"{exchange.request.method} got {exchange.response}, with the documented success"
        if outcome.changed is not None:
            actual = f"the action was carried out: {outcome.changed}"
        if actual:
            raise Violation(probe.requirement, expected="no effect", actual=actual, exchanges=outcome.evidence())
        if outcome.reason is not None:
            raise outcome.reason

    def judge_unchanged(self, operation: str) -> None:
        """Find that no rejected request of an operation changed anything.

        Raises:
            Violation: one did.
            NoVerdict: none was sent, or the controls were refused without them too.
        """
        rejected = [each for each in (*self.own(), *self.elsewhere) if each.operation == operation]
        for _, name, outcome in rejected:
            if outcome.changed is not None:
                answer = outcome.exchange.response if outcome.exchange else "no answer"
                raise Violation(
                    f"{operation}.rejected-changes-nothing",
                    expected="everything as it was before the request that was rejected",
                    actual=f"after {name} ({answer}): {outcome.changed}",
                    exchanges=outcome.evidence(),
                    reproducible=True,
                )
        settled = [outcome for _, _, outcome in rejected if outcome.control is not None]
        if not settled:
            reasons = (outcome.reason for _, _, outcome in rejected)
            raise next((reason for reason in reasons if reason), Untested(f"no request to {operation} was rejected"))
        self._asker.show(*settled[-1].evidence())

    def own(self) -> list[Rejected]:
        """What became of the probes that were rejected."""
        return [
            Rejected(probe.operation, probe.name, outcome)
            for probe, outcome in self.outcomes.items()
            if outcome.exchange is not None and outcome.exchange.response.rejected
        ]

    def forget(self, probe: Probe) -> None:
        """Send this probe once more, alone, when it is asked for again."""
        self.outcomes.pop(probe, None)
        self._planned.pop((self._turns.get(probe, 0), probe.group), None)

    def _sandwich(self, group: tuple[str, str], probes: Sequence[Probe], again: int = AGAIN) -> None:
        """Send the probes, then the control. What was rejected before the state was lost is sent in one more."""
        rejected: list[Probe] = []
        unseen: list[Probe] = []
        for probe, outcome in self._in_turn(group, probes):
            self.outcomes[probe] = outcome
            if outcome.exchange is not None and not probe.acted(outcome.exchange):
                rejected.append(probe)
            elif outcome.exchange is not None or isinstance(outcome.reason, Inconclusive):
                unseen += rejected  # The state is made anew, whatever they did to it.
                rejected = []
        if rejected:
            self._close(group, rejected)
        if unseen and again:
            self._sandwich(group, unseen, again - 1)
        elif unseen:
            self._unsettled(unseen, Inconclusive("requests that were sent together with it get no steady answer"))

    def _in_turn(self, group: tuple[str, str], probes: Sequence[Probe]) -> Iterator[tuple[Probe, Outcome]]:
        """Ask what may be accepted, then what may go several at once, then the others; some twice, the last counts."""
        first = [probe for probe in probes if probe.open_ended]
        together = [probe for probe in probes if self._may_go_at_once(probe)]
        last = [probe for probe in probes if probe not in {*first, *together}]
        yield from ((probe, self._ask(group, probe)) for probe in first)
        for start in range(0, len(together), PORTION):
            portion = together[start : start + PORTION]
            found = self._ask_at_once(group, portion)
            yield from found.items()
            left = [probe for probe in portion if probe not in found or found[probe].exchange is None]
            yield from ((probe, self._ask(group, probe)) for probe in left)
        yield from ((probe, self._ask(group, probe)) for probe in last)

    def _close(self, group: tuple[str, str], rejected: list[Probe]) -> None:
        """Send the control, and search where it fails."""
        try:
            control = self._asker.subject.confirm(*group)
        except NoVerdict as reason:
            self._unsettled(rejected, reason)
        except Changed as changed:
            self._search(group, rejected, changed)
        else:
            for probe in rejected:
                self.outcomes[probe].control = control

    def _may_go_at_once(self, probe: Probe) -> bool:
        """Whether it is no guess, will not be accepted, and may be sent once more."""
        guess, limited = self._asker.subject.guesses(probe), probe.operation in self._asker.budget.limits
        return not (guess or limited or probe.open_ended)

    def _ask_at_once(self, group: tuple[str, str], portion: Sequence[Probe]) -> dict[Probe, Outcome]:
        """Send probes together, where the target allows it.

        They count only where all of them were rejected: else there are no exchanges in the outcomes, and each is to be
        asked alone, as if it had not been sent.
        """
        asker = self._asker
        if asker.client.at_once <= 1:
            return {}
        asks: dict[Probe, Ask] = {}
        try:
            asker.subject.prepare(*group)
            for probe in portion:
                with contextlib.suppress(Untested):
                    asks[probe] = self._asked(probe)
            exchanges = asker.ask(list(asks.values()), keep=asker.subject.control_costs(*group))
        except Untested:
            return {}  # What is still allowed is found out one by one.
        except Inconclusive as reason:
            asker.client.at_once = 1  # It may be that it serves one connection at a time.
            return {probe: Outcome(reason=reason) for probe in asks}
        if all(probe.undone(exchange) for probe, exchange in zip(asks, exchanges, strict=True)):
            return {probe: Outcome(exchange) for probe, exchange in zip(asks, exchanges, strict=True)}
        for exchange in exchanges:
            exchange.judged.clear()
        asker.subject.lost()
        return {probe: Outcome(reason=Inconclusive("not all that were sent at once were rejected")) for probe in asks}

    def _asked(self, probe: Probe) -> Ask:
        operation = self._asker.contract.operations[probe.operation]
        arguments = probe.apply(self._asker.subject.body(operation, probe.shape), self._asker)
        return Ask(probe.operation, purpose=f"{probe.requirement}: {probe.name}", **arguments)

    def _ask(self, group: tuple[str, str], probe: Probe) -> Outcome:
        asker = self._asker
        if asker.subject.costly(probe.operation) and self._accepted[probe.requirement] >= ENOUGH:
            return Outcome(reason=Untested(f"{probe.requirement} is violated already, and asking again is costly"))
        try:
            asker.subject.prepare(*group)
            exchange = asker.ask([self._asked(probe)], keep=asker.subject.control_costs(*group))[0]
        except NoVerdict as reason:
            return Outcome(reason=reason)
        self._accepted[probe.requirement] += probe.acted(exchange)
        return Outcome(exchange)

    def _search(self, group: tuple[str, str], rejected: list[Probe], changed: Changed) -> None:
        """The control was refused: find the probe behind it, unless it is refused without any probe too."""
        self._halvings += 1
        if self._halvings > HALVINGS:
            self._unsettled(rejected, Inconclusive(f"the control keeps failing: {changed}", (changed.exchange,)))
            return
        self._asker.subject.lost()
        if any(probe.attempt for probe in rejected):
            self._asker.wait_for_lock_out()
        try:
            self._asker.subject.prepare(*group)
            self._asker.subject.confirm(*group)
        except NoVerdict as reason:
            self._unsettled(rejected, reason)
        except Changed as refused:
            self._unsettled(rejected, Inconclusive(f"the control was refused: {refused}", (refused.exchange,)))
        else:
            if len(rejected) == 1:
                self._repeat(group, rejected[0], changed)
                return
            middle = len(rejected) // 2
            self._sandwich(group, rejected[:middle])
            self._sandwich(group, rejected[middle:])

    def _repeat(self, group: tuple[str, str], probe: Probe, changed: Changed) -> None:
        """What a single probe seems to have changed counts only if it does so again."""
        self._asker.subject.lost()
        outcome = self.outcomes[probe] = self._ask(group, probe)
        if outcome.exchange is None or probe.acted(outcome.exchange):
            return
        try:
            outcome.control = self._asker.subject.confirm(*group)
        except NoVerdict as reason:
            outcome.reason = reason
        except Changed as again:
            outcome.changed = again
            self._asker.subject.lost()  # It is not what it is believed to be; the next probe starts afresh.
        else:
            outcome.reason = Inconclusive(f"{changed}; but not so the next time", (changed.exchange,))

    def _unsettled(self, probes: Sequence[Probe], reason: NoVerdict) -> None:
        for probe in probes:
            self.outcomes[probe].reason = reason
