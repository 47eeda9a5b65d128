"""How pytest-xdist hands out the tests: each worker has its own from the start, so that chance decides nothing.

A worker knows of two tests at a time, as pytest asks for the next one before it runs one; so a run can still be stopped
soon. What is late is run by the first worker, when all others have ended and it has been told what they found.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NoReturn

from conformance.workers.split import split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xdist.workermanage import WorkerController

    from conformance.workers.crew import Crew

AHEAD = 2
"""Tests that a worker knows of: the last of them is not run before it knows another, or that there is none."""


class Scheduler:
    """A scheduler as pytest-xdist wants it (`xdist.scheduler.Scheduling`)."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._collected: dict[WorkerController, list[str]] = {}
        self._waiting: dict[WorkerController, deque[int]] = {}
        self._sent: dict[WorkerController, list[int]] = {}
        self._late: list[int] = []
        self._first: WorkerController | None = None
        self._scheduled = False

    @property
    def nodes(self) -> list[WorkerController]:
        """The workers that are there."""
        return list(self._sent)

    @property
    def collection_is_completed(self) -> bool:
        """Whether all workers have said which tests there are."""
        return len(self._collected) >= self._crew.size

    @property
    def tests_finished(self) -> bool:
        """Whether nothing is left to be handed out."""
        return self._scheduled and not self._late and not any(self._waiting.values())

    @property
    def has_pending(self) -> bool:
        """Whether something is left to be done."""
        return not self.tests_finished or any(self._sent.values())

    def add_node(self, node: WorkerController) -> None:
        """A worker is there."""
        self._sent[node] = []

    def add_node_collection(self, node: WorkerController, collection: Sequence[str]) -> None:
        """A worker says which tests there are."""
        self._collected[node] = list(collection)

    def schedule(self) -> None:
        """All workers are there: begin."""
        if len({tuple(collection) for collection in self._collected.values()}) > 1:
            raise RuntimeError("the workers found different tests")
        nodes = sorted(self._sent, key=self._crew.number)
        tasks = self._crew.plan.tasks
        late = [number for number, task in enumerate(tasks) if task.late]
        shares = split(tasks, self._crew.size)
        # The first of what is late lets the worker run what comes before it.
        self._waiting = {node: deque(shares[self._crew.number(node)]) for node in nodes}
        self._first = nodes[0]
        self._waiting[self._first].extend(late[:1])
        self._late = late[1:]
        self._scheduled = True
        self._crew.announce()
        for node in nodes:
            self._crew.share(node, shares[self._crew.number(node)])
            self._feed(node)
        self.others_ended()

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:  # noqa: ARG002
        """A worker has run a test."""
        self._sent[node].remove(item_index)
        self._feed(node)

    def remove_node(self, node: WorkerController) -> str | None:
        """A worker is gone; the test in which it crashed, if it did."""
        self._waiting.pop(node, None)
        left = self._sent.pop(node)
        if node is self._first:
            self._late = []
        return self._collected[node][left[0]] if left and not self._crew.ended(node) else None

    def others_ended(self) -> None:
        """Let the first worker go on with what is late, if all others have ended."""
        first = self._first
        if first in self._waiting and all(self._crew.is_down(node) for node in self._sent if node is not first):
            self._crew.tell(first)
            self._first = None
            self._waiting[first].extend(self._late)
            self._late = []
            self._feed(first)

    def mark_test_pending(self, item: str) -> NoReturn:
        """No test is run twice."""
        raise NotImplementedError(item)

    def remove_pending_tests_from_node(self, node: WorkerController, indices: Sequence[int]) -> NoReturn:
        """No test is taken away from a worker."""
        raise NotImplementedError(node, indices)

    def _feed(self, node: WorkerController) -> None:
        waiting, sent = self._waiting[node], self._sent[node]
        while waiting and len(sent) < AHEAD and not node.shutting_down:
            sent.append(waiting.popleft())
            node.send_runtest_some(sent[-1:])
        if not waiting and node is not self._first:
            node.shutdown()
