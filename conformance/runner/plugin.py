"""The pytest plugin: it collects the cases, orders them, runs each, and turns its outcome into a verdict."""

from __future__ import annotations

import signal
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import conformance
from conformance.keys import CONTRACT, MASKER, RECORD, SETTINGS
from conformance.lockout import excused, find_lockout
from conformance.masking import Masker
from conformance.model import (
    AccountEnd,
    Case,
    CleanupResult,
    ConfigurationError,
    Inconclusive,
    NoVerdict,
    Untested,
    Violation,
)
from conformance.ordering import Candidate, Policy, needed_for, ordered, selected_requirements
from conformance.run_record import RunRecord
from conformance.runner.lifecycle import (
    CLEAN_UP_STOPPED,
    Run,
    await_target,
    clean_up,
    first_contact,
    preflight_summary,
    public_words,
    start,
)
from conformance.runner.outcomes import CASE, call, report_case, undecided, violated
from conformance.runner.output import masked_console, masked_output
from conformance.runner.signals import ignore_signals, interrupt_on_signals
from conformance.settings import Settings, add_options
from conformance.two_factor.registry import STATION_OF, WALK
from reports.progress import Progress
from schemas import ContractError, load

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from contextlib import AbstractContextManager

    from conformance.batches import Batches
    from conformance.console import Console
    from conformance.model import Exchange
    from conformance.session import Session
    from conformance.two_factor.state import TwoFactorHistory
    from conformance.two_factor.subject import TwoFactorSubject
    from reference.server import Server

SERVER: pytest.StashKey[Callable[[], AbstractContextManager[Server]]] = pytest.StashKey()
"""Starts the server to test where there is no base URL, instead of the reference server."""
RUN = pytest.StashKey[Run]()
SKIPPED = pytest.StashKey[str]()
"""Why a test is skipped, or empty."""
EVIDENCE_SIZE = 3
"""Exchanges that are shown for a case that names none."""
MAX_REPETITIONS = 3
"""Violations of one requirement that are sent again."""
ENDINGS: dict[int, str] = {
    pytest.ExitCode.INTERRUPTED: "the run was stopped before its end",
    pytest.ExitCode.INTERNAL_ERROR: "the suite itself failed",
}
WRONG_NAMES = "the command line names tests that do not exist, or has a mistake in -k or -m"


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the options of a run, unless pytest has one that stores the same."""
    group = parser.getgroup("conformance", "the target, and how to test it")
    existing = {"--strict", "--lf"} if pluginmanager.has_plugin("cacheprovider") else {"--strict"}

    def add(*names: str, **attributes: Any) -> None:
        if names[0] not in existing:
            group.addoption(*names, **attributes)

    add_options("check", add)


def is_informational(config: pytest.Config) -> bool:
    """Whether pytest was asked to show something instead of running tests."""
    names = ("collectonly", "help", "version", "markers", "showfixtures", "show_fixtures_per_test")
    return any(getattr(config.option, name, False) for name in names)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Mask all output, before pytest captures it."""
    masker = early_config.stash[MASKER] = Masker(public_words(early_config.stash.setdefault(CONTRACT, load())))
    stack = ExitStack()
    stack.enter_context(masked_output(masker))
    early_config.add_cleanup(stack.close)
    yield


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Put the run together before pytest starts its session, so that a wrong option costs one line and exit code 2."""
    if is_informational(config) or SETTINGS in config.stash:  # a recording is judged: nothing is sent
        return None
    stack = ExitStack()
    contract, masker = config.stash[CONTRACT], config.stash[MASKER]
    console = masked_console(masker)
    try:
        settings = config.stash[SETTINGS] = Settings.from_options(config.option)
        selected = selected_requirements(settings, contract)
        run = start(contract, settings, masker, console, stack, config.stash.get(SERVER, None))
    except ConfigurationError as error:
        stack.close()
        raise pytest.UsageError(str(error)) from error
    config.add_cleanup(stack.close)
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:  # the suite was started by `pytest`
        interrupt_on_signals()
    config.stash[RUN] = run
    runner = Runner(run, console, selected)
    config.stash[RECORD] = runner.record
    config.pluginmanager.register(runner, "conformance-runner")
    return None


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the test of recordings."""
    return True if collection_path.name == "test_recorded.py" else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Make a case of each test; an unknown requirement or state is a mistake of ours."""
    contract = config.stash[CONTRACT]
    for item in items:
        marks = [mark for mark in item.iter_markers("requirement") if mark.args]
        names = tuple(dict.fromkeys(name for mark in marks for name in mark.args))
        try:
            for name in names:
                contract.requirement(name)
        except ContractError as error:
            raise pytest.UsageError(f"{item.nodeid}: {error}") from error
        if not names or state_of(item) not in ("", *WALK):
            raise pytest.UsageError(f"{item.nodeid}: it needs a requirement, and a state of {WALK}")
        operation = next((mark.kwargs["operation"] for mark in marks if "operation" in mark.kwargs), "")
        item.stash[CASE] = Case(names, operation, case_name(item, names))


def state_of(item: pytest.Item) -> str:
    """The state that a test needs, or an empty string."""
    return next((mark.kwargs.get("state", "") for mark in item.iter_markers("needs")), "")


def parameters_of(item: pytest.Item) -> Mapping[str, Any]:
    """The parameters of a test by name."""
    parameters: Mapping[str, Any] = item.callspec.params if hasattr(item, "callspec") else {}
    return parameters


def case_name(item: pytest.Item, requirements: tuple[str, ...]) -> str:
    """The ID of the parameters if it names a requirement, else the name of the test before it."""
    test = item.name.partition("[")[0].removeprefix("test_").replace("_", "-")
    parameters = str(item.callspec.id) if hasattr(item, "callspec") else ""
    if parameters.startswith(requirements):
        return parameters
    return f"{test}-{parameters}" if parameters else test


def candidate_of(item: pytest.Item, place: int) -> Candidate:
    """The facts of a test that decide on its place."""
    probe = parameters_of(item).get("probe")
    station = STATION_OF.get(probe.group, "") if probe else state_of(item)
    return Candidate(item.stash[CASE], probe, station, item.get_closest_marker("at_end") is not None, place)


class Runner:
    """The hooks of a run against a target, and all that it has found so far."""

    def __init__(self, run: Run, console: Console, selected: frozenset[str]) -> None:
        self._run = run
        self._console = console
        self._limits = run.session.limits.by_kind  # the clean-up lifts them
        self._selected = selected
        self._started = time.time()
        self._cases: list[Case] = []
        self._deselected: list[Case] = []
        self._repetitions: Counter[str] = Counter()
        self._abort_reason = ""
        self._progress: Progress | None = None
        self._cleanup = CleanupResult(AccountEnd.UNTOUCHED)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Bring the tests into the order in which to run them, and plan the probes that are sent in batches."""
        policy = Policy(self._run.settings.profile == "smoke", self._limits, WALK)
        candidates = [candidate_of(item, place) for place, item in enumerate(items)]
        if self._selected:
            candidates = needed_for(self._selected, candidates, self._run.contract)
        plans = ordered(candidates, self._run.contract, policy)
        items[:] = [items[plan.candidate.place] for plan in plans]
        for item, plan in zip(items, plans, strict=True):
            item.stash[SKIPPED] = plan.skipped
            if plan.candidate.probe is not None and not plan.skipped:
                self._run.batches.plan(plan.candidate.probe, plan.priority)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Remember the tests that the user excluded."""
        self._deselected += [item.stash[CASE] for item in items]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Make the first contact, without which every test is untested; clean the account up, however the run ends."""
        run = self._run
        try:
            if session.items:
                if not run.session.target.embedded:
                    cases = sum(not item.stash[SKIPPED] for item in session.items)
                    self._console.print(preflight_summary(run, cases))
                try:
                    await_target(run, self._console)
                    first_contact(run)
                except Inconclusive as reason:
                    url = run.session.target.base_url
                    self._abort_reason = run.session.masker.text(f"{url} could not be tested: {reason}")
                if session.config.get_verbosity() == 0:
                    self._progress = Progress(self._console, len(session.items), lambda: len(run.session.recorder))
            return (yield)
        finally:
            self._cleanup = CLEAN_UP_STOPPED
            try:
                if self._progress is not None:
                    self._progress.close()
                violated = {name for case in self._cases if case.verdict == "violated" for name in case.requirements}
                is_aborted = bool(self._abort_reason)
                self._cleanup = clean_up(run, self._console, is_aborted=is_aborted, violated=violated)
            finally:
                ignore_signals()

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> object:
        """Run a test, which returns its evidence; send a violation again, and stamp it reproducible or flaky."""
        session, case = self._run.session, pyfuncitem.stash[CASE]
        before = len(session.recorder)
        session.begin(case.id)

        def latest() -> tuple[Exchange, ...]:
            return tuple(session.recorder.exchanges[before:][-EVIDENCE_SIZE:])

        try:
            if skipped := pyfuncitem.stash[SKIPPED] or (self._abort_reason and "the target could not be tested"):
                raise Untested(skipped)
            evidence = call(pyfuncitem)
        except Violation as violation:
            reproducible = self._is_reproducible(pyfuncitem, case, violation)
            outcome, *others = violated(case, violation, self._run.contract, latest(), reproducible=reproducible)
            first = min(outcome.exchanges, key=lambda exchange: exchange.number, default=None)
            pyfuncitem.stash[CASE] = replace(outcome, steps=self._run.subject.steps_before(first) if first else ())
            self._cases += others
            raise
        except NoVerdict as reason:
            pyfuncitem.stash[CASE] = undecided(case, reason, latest())
            raise
        pyfuncitem.stash[CASE] = replace(case, exchanges=evidence or latest())
        return True

    def _is_reproducible(self, item: pytest.Function, case: Case, violation: Violation) -> bool | None:
        """Whether a violation happens again; `None` where it is not sent again."""
        name = violation.requirement
        if violation.reproducible is not None or violation.offending or self._repetitions[name] >= MAX_REPETITIONS:
            return violation.reproducible
        self._repetitions[name] += 1
        self._run.session.begin(case.id, repeating=True)
        try:
            call(item)
        except Violation as again:
            return again.requirement == name
        except Exception:  # noqa: BLE001 (the violation stands; a failure of ours only leaves open whether it recurs)
            return None
        return False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Make pytest's report of a case."""
        run = self._run
        report, case = report_case(
            item, call, contract=run.contract, levels=run.settings.levels, masker=run.session.masker
        )
        if case is not None:
            self._cases.append(case)
            if self._progress is not None:
                self._progress.advance(case.verdict, case.requirements[0])
        return report

    def record(self, session: pytest.Session, exit_status: int) -> RunRecord:
        """The record of the run, after its last test."""
        run = self._run
        done = {(case.name, case.operation) for case in self._cases}
        cases = [item.stash[CASE] for item in session.items if CASE in item.stash]  # none before the collection ended
        left = [case for case in cases if (case.name, case.operation) not in done]
        stopped = ENDINGS.get(exit_status) or (f"{len(left)} tests were not run" if left else "")
        if early := session.shouldfail or session.shouldstop:
            stopped = f"the run was stopped before its end: {early}"
        partial = "" if is_whole_suite(session.config) else "only a part of the suite was run"
        if self._deselected:
            partial = f"{len(self._deselected)} tests were deselected"
        exchanges = tuple(run.session.recorder.exchanges)
        lockout = find_lockout(exchanges)
        return RunRecord(
            contract=run.contract,
            settings=run.settings,
            target=run.session.target.base_url,
            embedded=run.session.target.embedded,
            recorded=False,
            cases=(
                *(excused(case, lockout) for case in self._cases if case.applies),
                *(replace(case, verdict="untested", detail="deselected") for case in self._deselected),
                *(replace(case, verdict="untested", detail="not run: the run was stopped") for case in left),
            ),
            exchanges=exchanges,
            abort_reason=self._abort_reason,
            stopped=stopped,
            partial=partial,
            usage=WRONG_NAMES if exit_status == pytest.ExitCode.USAGE_ERROR else "",
            limits=self._limits,
            cleanup=self._cleanup,
            notes=(lockout.reason,) if lockout else (),
            started=self._started,
            seconds=time.time() - self._started,
            masker=run.session.masker,
            selected=self._selected,
        )


@pytest.fixture(scope="session")
def settings(request: pytest.FixtureRequest) -> Settings:
    """The options of the run."""
    return request.config.stash[RUN].settings


@pytest.fixture(scope="session")
def session(request: pytest.FixtureRequest) -> Session[TwoFactorHistory]:
    """The session with the target."""
    return request.config.stash[RUN].session


@pytest.fixture(scope="session")
def subject(request: pytest.FixtureRequest) -> TwoFactorSubject:
    """The account under test."""
    return request.config.stash[RUN].subject


@pytest.fixture(scope="session")
def batches(request: pytest.FixtureRequest) -> Batches:
    """The batches of probes."""
    return request.config.stash[RUN].batches


def is_whole_suite(config: pytest.Config) -> bool:
    """Whether the command line asks for the whole suite."""
    home = Path(conformance.__file__ or "").parent.resolve()
    paths = [(config.invocation_params.dir / argument).resolve() for argument in config.args]
    ignored = config.option.ignore or config.option.ignore_glob
    return not ignored and any(home.is_relative_to(path) for path in paths)
