"""The controller of a run with workers: it starts and stops them, and puts together what they found."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass, field, replace
from queue import Empty
from typing import TYPE_CHECKING, Any

import pytest

from conformance import journal
from conformance.run import intentions
from conformance.workers.found import Filed, Found, Plan, packed, put_together, unpacked
from conformance.workers.scheduler import Scheduler
from conformance.workers.shares import label

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from xdist.dsession import DSession
    from xdist.workermanage import WorkerController

    from conformance.run import Run
    from conformance.verdicts import Case
    from conformance.voice import Voice

EVENT = "conformance"
"""The event by which the loop of pytest-xdist hears of what a worker says; it calls a method of this name."""
TICK = 1.0
"""Seconds in which a signal is noticed at the latest."""


@dataclass
class Member:
    """A worker: what its account is called, the process, whether it has ended, and what it found, if it could say so.

    `crashed` tells that it ended without that and was not told to; `asked` is how many exchanges it had.
    `identity` is whose it is, by its answers; `reported` are the cases that it reported while it was asking, by the
    number of their test.
    """

    name: str
    channel: Any
    process: int = 0
    identity: str = ""
    asked: int = 0
    down: bool = False
    crashed: bool = False
    found: Found | None = None
    reported: dict[int, Case] = field(default_factory=dict)


class Crew:
    """The workers of a run, as a plugin of the controller."""

    def __init__(self, run: Run, size: int, voice: Voice) -> None:
        self.size = size
        self.plan = Plan()
        self._run = run
        self._voice = voice
        self._members: dict[WorkerController, Member] = {}
        self._session: DSession | None = None
        self._scheduler: Scheduler | None = None
        self._same = ""
        self._stopping = False

    # -- what the scheduler asks -----------------------------------------------------------------------------------

    def number(self, node: WorkerController) -> int:
        """The number of a worker's account."""
        return list(self._members).index(node)

    def is_down(self, node: WorkerController) -> bool:
        """Whether a worker has ended, in whatever way."""
        return self._members[node].down

    def ended(self, node: WorkerController) -> bool:
        """Whether a worker has ended in good order, and left what it found."""
        return self._members[node].found is not None

    def announce(self) -> None:
        """Say what will be done, before anything is."""
        if not self._run.target.embedded:
            self._voice.say(intentions(self._run, self.plan.asked, self.plan.intentions))

    def share(self, node: WorkerController, tests: Sequence[int]) -> None:
        """Tell a worker which tests it will be given, so that it asks nothing for others."""
        self._members[node].channel.send(("share", packed(tests)))

    def tell(self, node: WorkerController) -> None:
        """Tell a worker what all others found."""
        others = [member.found for other, member in self._members.items() if other is not node and member.found]
        self._members[node].channel.send(("others", packed(others)))

    # -- the hooks -------------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure_node(self, node: WorkerController) -> None:
        """Open a channel of our own to a worker that is about to be started."""
        session = self._loop(node.config)
        channel = node.gateway.newchannel()
        member = Member(label(node.config.option, len(self._members)), channel)
        self._members[node] = member
        node.workerinput["conformance"] = channel
        node.workerinput["number"] = self.number(node)
        channel.setcallback(lambda said: session.queue.put((EVENT, {"member": member, "said": said})))

    def _loop(self, config: pytest.Config) -> DSession:
        if self._session is None:
            self._session = config.pluginmanager.getplugin("dsession")
            setattr(self._session, f"worker_{EVENT}", self.hear)
        assert self._session is not None
        return self._session

    @pytest.hookimpl(tryfirst=True)
    def pytest_xdist_make_scheduler(self) -> Scheduler:
        """Hand out the tests in our way, whatever --dist says."""
        self._scheduler = Scheduler(self)
        return self._scheduler

    def pytest_testnodedown(self, node: WorkerController) -> None:
        """A worker has ended; if it could not say what it found, the others can't help to a verdict any more."""
        member = self._members[node]
        member.down = True
        member.crashed = member.found is None and not self._stopping
        if member.crashed:
            self._stop()
        if self._scheduler is not None:
            self._scheduler.others_ended()

    def pytest_internalerror(self) -> None:
        """Something failed here, or in a worker, which may end in good order all the same."""
        self._run.stopped = "the suite itself failed"

    @pytest.hookimpl(wrapper=True)
    def pytest_report_from_serializable(self, data: dict[str, Any]) -> Generator[None, Any, Any]:
        """Give a report the case that came along."""
        case = data.pop("conformance_case", None)
        report = yield
        if case is not None:
            report.case = unpacked(case)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep the case of a report, should its worker not live to tell more."""
        if hasattr(report, "case") and report.node in self._members:
            self._members[report.node].reported[report.item_index] = report.case
            self._run.cases.append(report.case)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Wait for all workers, however the run ends, and put together what they found."""
        try:
            return (yield)
        except KeyboardInterrupt:
            if self._active():
                self._voice.say("stopping: cleaning up first; press Ctrl-C again to leave everything as it is")
            raise
        finally:
            try:
                self._settle()
            finally:
                self._put_together()

    # -- what the workers say --------------------------------------------------------------------------------------

    def hear(self, member: Member, said: tuple[str, bytes]) -> None:
        """Take note of what a worker says."""
        kind, data = said
        match kind, unpacked(data):
            case "plan", Plan() as plan:
                member.process = plan.process
                if not self.plan.tasks:
                    self.plan = plan
                    self._run.planned = [task.case for task in plan.tasks]
                    self._run.deselected = plan.deselected
            case "asked", count:
                member.asked = count
                self._run.asked_by_workers = sum(each.asked for each in self._members.values())
            case "secrets", secrets:
                self._run.redactor.learn(secrets)
            case "say", text:
                self._voice.say(self._run.redactor.clean(f"{member.name}: {text}"))
            case "wait", (seconds, what_for):
                self._voice.wait(seconds, f"{member.name}: {what_for}")
            case "identity", identity:
                member.identity = identity
                same = [each.name for each in self._members.values() if each.identity == identity]
                if len(same) > 1:
                    self._same = f"{' and '.join(same)} are tokens of one account, and each worker needs its own"
                    self._stop()
            case "found", found:
                member.found = found

    # -- the end ---------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Stop the workers that are left, let them clean up, and wait for them; a second interruption ends them."""
        try:
            if self._active():
                self._stop()
            while self._active():
                self._listen()
        except KeyboardInterrupt:
            for member in self._active():
                if member.process:
                    with suppress(ProcessLookupError):
                        os.kill(member.process, signal.SIGKILL)
            raise

    def _active(self) -> list[Member]:
        return [member for member in self._members.values() if not member.down]

    def _stop(self) -> None:
        self._stopping = True
        for member in self._members.values():
            with suppress(OSError):
                member.channel.send(("stop", b""))

    def _listen(self) -> None:
        """Let pytest-xdist handle an event as it would have."""
        assert self._session is not None
        try:
            name, said = self._session.queue.get(timeout=TICK)
        except Empty:
            return
        with suppress(Exception):
            getattr(self._session, f"worker_{name}")(**said)

    def _put_together(self) -> None:
        """Enter all that was found into the run; where accounts are not apart, nothing of it can be relied on."""
        run, members = self._run, list(self._members.values())
        crashed = [member.name for member in members if member.crashed]
        found = {member.name: member.found or self._lost(member) for member in members}
        put_together(run, list(found.values()))
        run.left = said({name: each.left for name, each in found.items()}, "\n")
        run.problem = said({name: each.problem for name, each in found.items()}, "; ")
        if run.target.embedded and members:
            run.target = replace(run.target, base_url=found[members[0].name].base_url)
        if crashed:
            run.stopped = f"{' and '.join(crashed)}: the worker ended before it could say what it found"
        if self._same:
            run.problem, run.cases = self._same, []

    def _lost(self, member: Member) -> Found:
        """What is known of a worker that could not say what it found."""
        run, entry, left = self._run, journal.entry_of(member.process), ""
        if entry or member.asked:
            why = "its worker crashed" if member.crashed else "the clean-up was stopped"
            left = run.asker.subject.uncertain(why).sentence
            left += "; `tfe-conformance recover` finishes it" if entry else ""
        cases = [Filed(place, planned=True, case=case) for place, case in member.reported.items()]
        return Found(run.target.base_url, left, cases=cases)


def said(by_name: Mapping[str, str], between: str) -> str:
    """What is said of accounts, the same once; nothing of those of which nothing is said."""
    names: dict[str, list[str]] = {}
    for name, text in by_name.items():
        if text:
            names.setdefault(text, []).append(name)
    if len(names) == 1 and len(by_name) == sum(map(len, names.values())):
        return next(iter(names))
    return between.join(f"{', '.join(those)}: {text}" for text, those in names.items())
