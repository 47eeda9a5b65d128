"""How long a run will still take: by the exchanges that are to come, and by what exchanges and cases took so far.

Cases differ: the first one of a group of probes sends them all, and those that read what was found send nothing. So
what is left is counted in exchanges, which are known for probes and expected for other tests, and in cases.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from conformance.budget import EXCHANGES
from conformance.cases import probe_of, test_of
from conformance.plugin import LEFT_OUT, TURN
from conformance.run import knowledge_of
from conformance.selection import FIRST
from conformance.workers.split import GUESS, OTHERWISE, READERS

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    import pytest

    from conformance.probes import Probe
    from conformance.run import Run

DOUBT = 60.0
"""Exchanges after which a run's own ratio of those that were sent to those expected counts for as much as none."""
HESITATION = 30.0
"""The same for waits that are foreseen, in seconds."""
LATELY = 50
"""Exchanges by whose mean it is told how long an answer takes."""

LATER = 0.15
"""How many of the cases that are not the first of their requirement a budget of requests is likely to allow."""


class Cost(NamedTuple):
    """What a case costs: exchanges, and the probe that it shares with others, if it asks one."""

    exchanges: float
    probe: Probe | None = None
    at_once: bool = False


def costs(items: Iterable[pytest.Item], run: Run) -> dict[str, Cost]:
    """What each of these tests costs, by its node ID."""
    knowledge, budget = knowledge_of(run.contract), run.asker.budget.limits
    # Where not everything may be asked, each test uses the state that another one has reached.
    expected = {} if knowledge is None or run.asker.thrifty else knowledge.expected(run.options)
    otherwise = 1.0 if run.asker.thrifty else OTHERWISE
    later = LATER if budget.keys() & run.contract.operations.keys() else 1.0
    found: dict[str, Cost] = {}
    for item in items:
        cost = _cost(item, defaultdict(lambda: otherwise, expected), run.asker.subject.guesses)
        likely = later if item.stash.get(TURN, FIRST) != FIRST else 1.0
        found[item.nodeid] = cost._replace(exchanges=cost.exchanges * likely)
    return found


def _cost(item: pytest.Item, expected: Mapping[str, float], guesses: Callable[[Probe], bool]) -> Cost:
    test, probe = test_of(item), probe_of(item)
    if LEFT_OUT in item.stash or test in READERS:
        return Cost(0.0)
    if probe is None:
        return Cost(expected[test])
    return Cost(GUESS, probe) if guesses(probe) else Cost(1.0, probe, at_once=not probe.open_ended)


@dataclass(frozen=True)
class Seen:
    """What an estimate sees of a run.

    `exchanges` tells how many there were, `sent` has the probes that were asked. `share` is how much of the time of
    an exchange that is made alone each takes of those that are on their way together. `left` is what is left of a
    budget, by kind; `waits`, how many seconds of waiting probes take beside their exchanges.
    """

    exchanges: Callable[[], int]
    sent: Container[Probe] = ()
    share: Callable[[], float] = lambda: 1.0
    left: Callable[[str], float] = lambda _: math.inf
    waits: Callable[[list[Probe]], float] = lambda _: 0.0


def seen(run: Run) -> Seen:
    """What is to be seen of a run."""
    asker = run.asker

    def share() -> float:
        limits, lately = asker.client.limits, asker.exchanges[-LATELY:]
        alone = sum(exchange.seconds for exchange in lately) / max(len(lately), 1)
        least = 1 / limits.rate if limits.rate else 0.001
        return max(alone / asker.client.at_once, least) / max(alone, least)

    return Seen(
        exchanges=lambda: len(asker.exchanges),
        sent=run.rejections.outcomes,
        share=share,
        left=asker.budget.left,
        waits=asker.subject.waits,
    )


class ToCome(NamedTuple):
    """Exchanges: those that are asked one by one, and those that may be on their way together."""

    alone: float
    at_once: float

    def by_time(self, share: float) -> float:
        """As many as take the same time when asked one by one."""
        return self.alone + self.at_once * share


class Estimate:
    """Follows a run from case to case; `unfinished` are the costs of the cases that have not ended."""

    def __init__(self, unfinished: Mapping[str, Cost], run: Seen) -> None:
        self.unfinished = dict(unfinished)
        self._run = run
        self._first = run.exchanges()
        self._case, self._since, self._before, self._unsent_before = "", 0.0, 0, 0
        self._asking = self._reading = 0.0
        self._asked = self._read = 0
        self._waited, self._wait = 0.0, (0.0, 0.0)
        self._planned, self._foreseen = self._to_come(), run.waits(list(self._unsent()))

    def begin(self, case: str, now: float) -> None:
        """A case begins; `now` is in seconds, here and below."""
        self._case, self._since, self._before = case, self._busy(now), self._run.exchanges()
        self._unsent_before = len(self._unsent())

    def end(self, case: str, now: float) -> None:
        """A case has ended."""
        self.unfinished.pop(case, None)
        if case == self._case:
            seconds, exchanges = self._busy(now) - self._since, self._run.exchanges() - self._before
            self._case = ""
            if exchanges:
                self._asking += seconds
                self._asked += exchanges
            else:
                self._reading += seconds
                self._read += 1

    def wait(self, seconds: float, now: float) -> None:
        """So many seconds are waited from now on, whatever was to be waited for before."""
        self._waited = self._waited_by(now)
        self._wait = (now, now + seconds)

    def left(self, now: float) -> float | None:
        """The seconds that are left, or `None` while nothing was asked."""
        exchanges = self._run.exchanges()
        asked = self._asked + (exchanges - self._before if self._case else 0)
        if not asked:
            return None
        asking = self._asking + (self._busy(now) - self._since if self._case else 0.0)
        share, to_come = self._run.share(), self._to_come()
        spent = max(sum(self._planned) - sum(to_come), 0.0)
        more = (exchanges - self._first + DOUBT) / (spent + DOUBT)
        allowed = max(self._run.left(EXCHANGES), 0.0) / max(sum(to_come), 1.0)
        to_ask = to_come.by_time(share) * min(more, allowed)
        at_once = min(max(self._planned.at_once - to_come.at_once, 0.0), asked)
        pace = asking / ToCome(asked - at_once, at_once).by_time(share)
        to_read = len(self.unfinished) * self._reading / max(self._read, 1)
        return to_ask * pace + to_read + self._to_wait(now)

    def expected(self) -> float:
        """The exchanges that are to come, as far as the tests alone tell."""
        return sum(self._to_come())

    def _to_come(self) -> ToCome:
        unsent, done = self._unsent(), self._run.exchanges() - self._before if self._case else 0
        counts = Counter(probe.operation for probe in unsent)
        allowed = {name: min(max(self._run.left(name), 0.0) / count, 1.0) for name, count in counts.items()}
        alone = at_once = 0.0
        for probe, cost in unsent.items():
            likely = cost.exchanges * allowed[probe.operation]
            alone, at_once = (alone, at_once + likely) if cost.at_once else (alone + likely, at_once)
        for case, cost in list(self.unfinished.items()):  # which another thread may shorten meanwhile
            if cost.probe is None:
                alone += max(cost.exchanges - done * (case == self._case), 0.0)
        if self._case and self._run.share() < 1:
            # Of those that are on their way together, none is marked as sent before they all are.
            at_once -= max(done - (self._unsent_before - len(unsent)), 0)
        return ToCome(alone, max(at_once, 0.0))

    def _unsent(self) -> dict[Probe, Cost]:
        """The probes that are to come, each with what it costs."""
        found: dict[Probe, Cost] = {}
        for cost in list(self.unfinished.values()):
            if cost.probe is not None and cost.probe not in self._run.sent:
                found.setdefault(cost.probe, cost)
        return found

    def _to_wait(self, now: float) -> float:
        """The rest of the present wait, and those to come that were foreseen, if they turn out as they did so far."""
        rest = max(self._wait[1] - now, 0.0)
        if not self._foreseen:
            return rest
        waited, to_come = self._waited_by(now), self._run.waits(list(self._unsent()))
        share = (waited + rest + HESITATION) / (max(self._foreseen - to_come, 0.0) + HESITATION)
        return max(rest, min(self._foreseen - waited, to_come * min(share, 1.0) + rest))

    def _busy(self, now: float) -> float:
        """The time without waits, where those are foreseen; if not, they are a part of what exchanges take."""
        return now - self._waited_by(now) if self._foreseen else now

    def _waited_by(self, now: float) -> float:
        since, until = self._wait
        return self._waited + max(min(now, until) - since, 0.0)


class Together(Estimate):
    """Follows workers that ask at the same time; `expected` tells how many exchanges are likely in all."""

    def __init__(self, exchanges: Callable[[], int], expected: Callable[[], float]) -> None:
        self._in_all = expected
        super().__init__({}, Seen(exchanges))

    def begin(self, case: str, now: float) -> None:
        """A case begins, the first of which begins it all."""
        self._case, self._since = case, self._since or now

    def end(self, case: str, now: float) -> None:
        """A case has ended: what counts are exchanges."""

    def left(self, now: float) -> float | None:
        """The seconds that are left, or `None` while nothing was asked."""
        exchanges = self._run.exchanges()
        return self.expected() * (now - self._since) / exchanges if exchanges and self._since else None

    def expected(self) -> float:
        """The exchanges that are to come."""
        return max(self._in_all() - self._run.exchanges(), 0.0)
