"""How long a run will still take: by the exchanges that are to come, and by what exchanges and cases took so far.

Cases differ: the first one of a group of probes sends them all, and those that read what was found send nothing. So
what is left is counted in exchanges, which are known for probes and expected for other tests, and in cases.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from conformance.probes import Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    import pytest

PROBE, ATTEMPT = 1.05, 2.5
"""Exchanges for a probe, its share of the control included; an attempt to guess shares its own with a few others."""
EXPECTED: Mapping[str, float] = {
    "test_each_transition": 3.2,
    "test_life": 23.0,
    "test_code_is_answered": 3.9,
    "test_accepted": 2.2,
    "test_media_types": 1.5,
    "test_rejected": 0.0,
    "test_whole_run": 0.0,
}
"""Exchanges for a case that is no probe, by the name of its test or of its module; one where nothing is said."""
DOUBT = 60.0
"""Exchanges after which a run's own ratio of those that were sent to those expected counts for as much as none."""

Cost = Probe | float
"""What a case costs: the probe that it asks, or exchanges."""


def costs(items: Iterable[pytest.Item]) -> dict[str, Cost]:
    """What each of these tests costs, by its node ID."""
    return {item.nodeid: _cost(item) for item in items}


def _cost(item: pytest.Item) -> Cost:
    parameters = getattr(getattr(item, "callspec", None), "params", {}).values()
    probe = next((value for value in parameters if isinstance(value, Probe)), None)
    if probe is not None:
        return probe
    test, module = item.name.partition("[")[0], PurePosixPath(item.nodeid.partition("::")[0]).stem
    return EXPECTED.get(test, EXPECTED.get(module, 1.0))


class Estimate:
    """Follows a run from case to case.

    `unfinished` are the costs of the cases that have not ended; `sent` has the probes that were asked, `exchanges`
    tells how many there were so far, `limit` how many there may be.
    """

    def __init__(
        self,
        unfinished: Mapping[str, Cost],
        sent: Container[Probe],
        exchanges: Callable[[], int],
        limit: float = float("inf"),
    ) -> None:
        self.unfinished = dict(unfinished)
        self._sent, self._exchanges, self._limit = sent, exchanges, limit
        self._first = exchanges()
        self._case, self._since, self._before = "", 0.0, 0
        self._planned = self.expected()
        self._asking = self._reading = 0.0
        self._asked = self._read = 0

    def begin(self, case: str, now: float) -> None:
        """A case begins; `now` is in seconds, here and below."""
        self._case, self._since, self._before = case, now, self._exchanges()

    def end(self, case: str, now: float) -> None:
        """A case has ended."""
        self.unfinished.pop(case, None)
        if case == self._case:
            seconds, exchanges = now - self._since, self._exchanges() - self._before
            self._case = ""
            if exchanges:
                self._asking += seconds
                self._asked += exchanges
            else:
                self._reading += seconds
                self._read += 1

    def left(self, now: float) -> float | None:
        """The seconds that are left, or `None` while nothing was asked."""
        exchanges = self._exchanges()
        asked = self._asked + (exchanges - self._before if self._case else 0)
        if not asked:
            return None
        asking = self._asking + (now - self._since if self._case else 0.0)
        expected = self.expected()
        spent = max(self._planned - expected, 0.0)
        ratio = (exchanges - self._first + DOUBT) / (spent + DOUBT)
        to_ask = max(min(expected * ratio, self._limit - exchanges), 0.0)
        return to_ask * asking / asked + len(self.unfinished) * self._reading / max(self._read, 1)

    def expected(self) -> float:
        """The exchanges that are to come, as far as the tests alone tell."""
        unfinished = list(self.unfinished.items())  # which another thread may shorten meanwhile
        probes = {cost for _, cost in unfinished if isinstance(cost, Probe)}
        found = sum(ATTEMPT if probe.attempt else PROBE for probe in probes if probe not in self._sent)
        for case, cost in unfinished:
            if not isinstance(cost, Probe):
                done = self._exchanges() - self._before if case == self._case else 0
                found += max(cost - done, 0.0)
        return found


class Together(Estimate):
    """Follows workers that ask at the same time; `expected` tells how many exchanges are likely in all."""

    def __init__(self, exchanges: Callable[[], int], expected: Callable[[], float]) -> None:
        self._in_all = expected
        super().__init__({}, (), exchanges)

    def begin(self, case: str, now: float) -> None:
        """A case begins, the first of which begins it all."""
        self._case, self._since = case, self._since or now

    def end(self, case: str, now: float) -> None:
        """A case has ended: what counts are exchanges."""

    def left(self, now: float) -> float | None:
        """The seconds that are left, or `None` while nothing was asked."""
        exchanges = self._exchanges()
        return self.expected() * (now - self._since) / exchanges if exchanges and self._since else None

    def expected(self) -> float:
        """The exchanges that are to come."""
        return max(self._in_all() - self._exchanges(), 0.0)
