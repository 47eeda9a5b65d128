"""Which worker asks what: tests that use what those before them did stay together, the rest is spread by its cost."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from conformance.cases import probe_of, test_of
from conformance.selection import FIRST, LAST
from conformance.workers.found import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    import pytest

    from conformance.probes import Probe
    from conformance.verdicts import Case

GUESS = 1.7
"""Answers that a guess waits for: its own, and its part of a right one after some in a row."""
READERS = ("every-answer", "rejected-request-changes-nothing")
"""Tests that judge what the others found, and send nothing."""
OTHERWISE = 2.0
"""Answers that a test waits for where nothing else is known."""


class Costs:
    """What tests cost, and where they belong; `exchanges` is how many those are likely to take that were looked at.

    Args:
        at_once: how many requests that change nothing are on their way together.
        expected: the answers that a case waits for, by the name of its test.
        guesses: tells which probes are asked one by one.
        late: the names of tests that judge what all workers found.
    """

    def __init__(
        self, at_once: int, expected: Mapping[str, float], guesses: Callable[[Probe], bool], late: Container[str]
    ) -> None:
        self._at_once = at_once
        self._expected = expected
        self._guesses = guesses
        self._late = late
        self._counted: set[Probe] = set()
        self.exchanges = 0.0

    def task(self, item: pytest.Item, case: Case, turn: int, *, left_out: bool) -> Task:
        """A test as the controller has to know it; `turn` is that of a thrifty run."""
        test, probe = test_of(item), probe_of(item)
        if turn == FIRST:
            unit = "the walk"
        elif probe is not None:
            unit = f"probes of {':'.join(probe.group)}"
        else:
            unit = item.nodeid.partition("::")[0]
        late = test in self._late or turn == LAST
        return Task(unit, 0.0 if left_out or late else self._cost(test, probe), late, case)

    def _cost(self, test: str, probe: Probe | None) -> float:
        if probe in self._counted:  # another test looks at the same answer
            return 0.0
        if probe is not None:
            self._counted.add(probe)
        alone = probe is None or self._guesses(probe)
        cost = self._expected.get(test, OTHERWISE) if probe is None else GUESS if alone else 1.0
        self.exchanges += cost
        return cost if alone else cost / self._at_once


def split(tasks: Sequence[Task], workers: int) -> list[list[int]]:
    """The numbers of the tests of each worker, in their order: the costliest unit first, to whom has least to do.

    What is late is left out.
    """
    units: dict[str, list[int]] = defaultdict(list)
    for number, task in enumerate(tasks):
        if not task.late:
            units[task.unit].append(number)
    load = [0.0] * workers
    shares: list[list[int]] = [[] for _ in range(workers)]
    costs = {unit: sum(tasks[number].cost for number in numbers) for unit, numbers in units.items()}
    for unit in sorted(units, key=lambda unit: -costs[unit]):
        least = load.index(min(load))
        load[least] += costs[unit]
        shares[least] += units[unit]
    return [sorted(share) for share in shares]
