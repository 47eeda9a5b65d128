"""A worker of a run: it asks as a run without workers does, with its own account, and tells the controller all."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.cases import probe_of
from conformance.run import knowledge_of
from conformance.workers.found import Plan, found_by, packed, unpacked
from conformance.workers.split import READERS, Costs

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from conformance.probes import Probe
    from conformance.run import Run
    from conformance.verdicts import Case

NO_VERDICT = 3
END = ("stop", b"")
"""What is heard when the controller is gone: the same as when it says so."""


class Worker:
    """Tells the controller what there is to do, what happens, and what was found; a plugin, and the run's screen."""

    def __init__(self, config: pytest.Config, run: Run) -> None:
        self._config = config
        self._run = run
        self._channel = config.workerinput["conformance"]  # type: ignore[attr-defined]
        self._told = 0
        self._identity = ""
        self._probes: list[Probe | None] = []
        self._over = self._stopped = self._alone = False
        if hasattr(os, "setpgrp"):
            os.setpgrp()  # a Ctrl-C at the terminal is meant for the controller, which tells its workers
        self._channel.setcallback(self._hear, endmarker=END)

    def _say(self, kind: str, what: Any) -> None:
        with suppress(OSError):  # there may be nobody any more to hear it
            self._channel.send((kind, packed(what)))

    def _hear(self, said: tuple[str, Any]) -> None:
        """Heed the controller; this is called by another thread."""
        kind, what = said
        if kind == "share":
            self._run.rejections.narrow({self._probes[number] for number in unpacked(what)})
            return
        if kind == "others":
            self._run.elsewhere = unpacked(what)
            self._run.rejections.elsewhere = [each for found in self._run.elsewhere for each in found.rejected]
            return
        self._alone |= said is END
        if self._over or self._stopped:
            return
        self._stopped = True
        if not self._run.met:
            os._exit(NO_VERDICT)  # nothing was asked: there is nothing to be told, and nothing to be undone
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    # -- the screen of the run's voice -----------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Have a line shown."""
        self._say("say", text)

    def wait(self, seconds: float, what_for: str) -> None:
        """Have a wait shown."""
        self._say("wait", (seconds, what_for))

    def keep_silent(self, text: str) -> None:
        """Say nothing of what the controller says for all."""

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """A worker has no terminal."""
        yield

    # -- the hooks -------------------------------------------------------------------------------------------------

    def plan(self, tests: Sequence[tuple[pytest.Item, Case, int, bool]]) -> None:
        """Say what there is to do, before pytest-xdist says that it was collected.

        Args:
            tests: each with its case, its turn, and whether it is left out.
        """
        run = self._run
        self._probes = [probe_of(item) for item, *_ in tests]
        knowledge, late = knowledge_of(run.contract), set(READERS)
        if knowledge is not None and run.asker.thrifty:
            late |= set(knowledge.LATE)
        expected = knowledge.expected(run.options) if knowledge is not None else {}
        costs = Costs(run.asker.client.limits.at_once, expected, run.asker.subject.guesses, late)
        tasks = [costs.task(item, case, turn, left_out=left_out) for item, case, turn, left_out in tests]
        asked = sum(not left_out for *_, left_out in tests)
        said = run.asker.subject.intentions(run.rejections.planned)
        self._say("plan", Plan(tasks, run.deselected, os.getpid(), asked, costs.exchanges, said))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self) -> None:
        """Tell what the report that follows may hold."""
        self._say("asked", len(self._run.exchanges))
        known = self._run.redactor.known
        if len(known) > self._told:
            self._say("secrets", list(known.values())[self._told :])
            self._told = len(known)
        identity = self._run.asker.subject.identity
        if identity != self._identity:
            self._identity = identity
            self._say("identity", f"{identity} at {self._run.target.base_url}")

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(self, report: Any) -> Generator[None, Any, Any]:
        """Let the case of a report come along, without its exchanges: those come at the end."""
        case = report.__dict__.pop("case", None)
        try:
            data = yield
        finally:
            if case is not None:
                report.case = case
        if case is not None:
            data["conformance_case"] = packed(replace(case, exchanges=(), wrong=()))
        if isinstance(data["longrepr"], str):
            # What a target wrote may hold halves of characters, which don't go through the pipe.
            data["longrepr"] = data["longrepr"].encode("utf-8", "backslashreplace").decode()
        return data

    def leave(self) -> None:
        """The run ends: from now on nothing interrupts it but the end of the process."""
        self._over = True
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def pytest_sessionfinish(self) -> None:
        """Hand over all that was found; where the controller is gone, that was all."""
        if self._alone:
            os._exit(NO_VERDICT)  # pytest-xdist would fail over a pipe without an end
        self.pytest_runtest_logreport()
        self._say("found", found_by(self._run))
        if self._stopped:
            self._config.workeroutput["exitstatus"] = 0  # type: ignore[attr-defined]  # it ended as it was told to
