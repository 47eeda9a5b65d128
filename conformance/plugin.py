"""The pytest plugin: the options, the fixtures, one case for each test, and each violation asked for again."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance import options as run_options
from conformance.account import add_options as add_account_options
from conformance.cases import case_name, describe, note_violation, probe_of, reproduce
from conformance.run import Run, finish, first_contact, intentions
from conformance.selection import FIRST, FRUGAL, LAST, REST, Candidate, Thrift, selected
from conformance.target import ConfigurationError
from conformance.verdicts import Case, Inconclusive, NoVerdict, Untested, Violation
from conformance.voice import voice
from conformance.workers import CREW, WORKER, begin
from schemas import Contract, ContractError, load

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

    from conformance.asker import Asker
    from conformance.rejections import Rejections
    from reference.server import Server

CONTRACT = pytest.StashKey[Contract]()
RUN = pytest.StashKey[Run]()
CASE = pytest.StashKey[Case]()
TURN = pytest.StashKey[int]()
LEFT_OUT = pytest.StashKey[str]()
"""Why a test is not run."""
EMBEDDED: pytest.StashKey[Callable[[], AbstractContextManager[Server]]] = pytest.StashKey()
"""How the server is started that is tested where no base URL is given, if it is not the reference server as it is."""
REPEATED = pytest.StashKey[Counter[str]]()
USAGE = 2


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a run, as the command line has them."""
    group = parser.getgroup("conformance", "what to test, and how")

    def add(*names: str, **attributes: Any) -> None:
        # pytest has a --strict of its own, which its configuration here says already: it is free to say ours.
        if names != ("--strict",):
            group.addoption(*names, **attributes)

    run_options.add_options(add)
    add_account_options(add)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Make the run ready before pytest starts its session, so that a wrong option is one line, and exit code 2."""
    if config.option.collectonly or config.option.help or config.option.version or config.option.markers:
        return None
    if RUN in config.stash:
        return None
    stack = ExitStack()
    try:
        contract = config.stash.setdefault(CONTRACT, load())
        run = begin(config, contract, stack, voice(config), config.stash.get(EMBEDDED, None))
    except ConfigurationError as error:
        stack.close()
        sys.stderr.write(f"tfe-conformance: {error}\n")
        return USAGE
    # Who ends a job of CI does so by SIGTERM: leave the account off then too. It becomes a SIGINT, as asyncio knows how
    # to end a request by that; and a script that starts a run in the background has it ignore that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    config.stash[RUN] = run
    config.add_cleanup(stack.close)
    return None


def pytest_configure(config: pytest.Config) -> None:
    """Read the contract, and tell pytest about the marker."""
    config.addinivalue_line("markers", "requirement(*ids, operation=''): the requirements that a test asks")
    config.stash.setdefault(CONTRACT, load())
    config.stash[REPEATED] = Counter()


# -- collection ----------------------------------------------------------------------------------------------------


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what belongs to another contract than the one in use."""
    here = Path(__file__).parent
    if (
        collection_path.parent == here
        and collection_path.is_dir()
        and config.stash[CONTRACT].name != collection_path.name
    ):
        return True
    return None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, object, object]:
    """Give each test its case; a requirement that the contract does not have is a mistake of ours.

    Where not everything may be asked, bring what is left of the tests into the order in which to ask them.
    """
    contract = config.stash[CONTRACT]
    for item in items:
        marks = [mark for mark in item.iter_markers("requirement") if mark.args]
        names = tuple(dict.fromkeys(name for mark in marks for name in mark.args))
        try:
            for name in names:
                contract.requirement(name)
        except ContractError as error:
            raise pytest.UsageError(f"{item.nodeid}: {error}") from error
        operation = next((mark.kwargs["operation"] for mark in marks if "operation" in mark.kwargs), "")
        item.stash[CASE] = Case(names, operation, case_name(item, names))
    result = yield
    run = config.stash.get(RUN, None)
    if run is not None and run.asker.thrifty:
        frugal = config.option.profile == "frugal"
        candidates = [Candidate(item, item.stash[CASE], place) for place, item in enumerate(items)]
        thrift = Thrift(run.walk, run.asker.budget.limits, run.asker.subject.guesses)
        chosen = selected(candidates, contract, thrift, frugal=frugal)
        items[:] = [candidate.item for candidate in chosen]
        for candidate in chosen:
            candidate.item.stash[TURN] = candidate.turn
            if frugal and candidate.turn not in (FIRST, LAST):
                candidate.item.stash[LEFT_OUT] = FRUGAL
    return result


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Remember what was not wanted: its requirements are not asked."""
    if items and (run := items[0].config.stash.get(RUN, None)):
        run.deselected += [item.stash[CASE] for item in items]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Plan the probes of all tests that are left, so that those of one group are sent together."""
    run = session.config.stash.get(RUN, None)
    if run is not None and CREW not in session.config.stash:
        run.planned = [item.stash[CASE] for item in session.items]
        for item in session.items:
            probe = probe_of(item)
            if probe is not None and LEFT_OUT not in item.stash:
                run.rejections.plan(probe, item.stash.get(TURN, 0))
        if WORKER in session.config.stash:
            session.config.stash[WORKER].plan(
                [(item, item.stash[CASE], item.stash.get(TURN, REST), LEFT_OUT in item.stash) for item in session.items]
            )


# -- running -------------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Make the first contact; without one, every test is skipped. Leave the account off, however the run ends."""
    run, worker = session.config.stash.get(RUN, None), session.config.stash.get(WORKER, None)
    if run is None or run.recording or CREW in session.config.stash:
        return (yield)
    try:
        if session.items and worker is None:
            if not run.target.embedded:
                cases = sum(LEFT_OUT not in item.stash for item in session.items)
                voice(session.config).say(intentions(run, cases, run.asker.subject.intentions(run.rejections.planned)))
            meet(run)
        return (yield)
    finally:
        if worker is not None:
            worker.leave()
        finish(run, voice(session.config).say if worker is None else worker.keep_silent)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Ask nothing of a target that could not be reached."""
    run = item.config.stash.get(RUN, None)
    if run is not None:
        if LEFT_OUT not in item.stash and not run.recording:
            meet(run)  # a worker does so only now that it has been given something to ask
        if run.problem:
            raise Untested("the target could not be tested")
    if LEFT_OUT in item.stash:
        raise Untested(item.stash[LEFT_OUT])


def meet(run: Run) -> None:
    """Make the first contact, once."""
    if not run.met:
        run.met = True
        try:
            first_contact(run)
        except Inconclusive as reason:
            run.problem = run.redactor.clean(f"{run.target.base_url} could not be tested: {reason}")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run the test; ask for a violation a second time, and stamp it reproducible or flaky."""
    run = pyfuncitem.config.stash[RUN]
    case = pyfuncitem.stash[CASE]
    before = len(run.exchanges)
    run.asker.show()
    try:
        result = yield
    except Violation as violation:
        note_violation(run, case, violation, before)
        if run.recording is None:
            reproduce(pyfuncitem, run, case, violation, pyfuncitem.config.stash[REPEATED])
        raise
    except NoVerdict as reason:
        case.verdict = "untested" if isinstance(reason, Untested) else "inconclusive"
        case.detail = str(reason)
        case.exchanges = reason.exchanges or run.asker.shown or tuple(run.exchanges[before:][-3:])
        raise
    case.exchanges = run.asker.shown or tuple(run.exchanges[before:][-3:])
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the outcome of a case into pytest's: violated fails, inconclusive is an error, untested is skipped."""
    report = yield
    case = item.stash[CASE]
    raised = call.excinfo.value if call.excinfo else None
    if isinstance(raised, Violation):
        report.longrepr = describe(case)
        contract = item.config.stash[CONTRACT]
        if not item.config.option.strict and all(
            contract.requirements[name].level != "MUST" for name in case.requirements
        ):
            # A SHOULD that does not count is no failure to pytest, nor to who reads its JUnit file.
            report.outcome = "skipped"
            report.wasxfail = report.longrepr
    elif isinstance(raised, Untested):
        case.verdict, case.detail = "untested", str(raised)
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, f"untested: {raised}")
    elif isinstance(raised, Inconclusive):
        # An error of the set-up is what JUnit and pytest call a test that could not be made.
        report.when = "setup"
        report.longrepr = f"inconclusive: {raised}"
    elif raised is not None:
        case.verdict, case.detail = "inconclusive", f"the suite itself failed: {type(raised).__name__}: {raised}"
        report.when = "setup"
    run = item.config.stash.get(RUN, None)
    if run is not None:
        if isinstance(report.longrepr, str):
            report.longrepr = run.redactor.clean(report.longrepr)
        if report.when == "call" or report.outcome != "passed":
            run.cases.append(case)
            report.case = case  # type: ignore[attr-defined]
    return report


# -- fixtures ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Run:
    """The run."""
    return request.config.stash[RUN]


@pytest.fixture(scope="session")
def base_url(run: Run) -> str:
    """The base URL of the target."""
    return run.target.base_url


@pytest.fixture(scope="session")
def asker(run: Run) -> Asker:
    """Asks the target."""
    return run.asker


@pytest.fixture(scope="session")
def rejections(run: Run) -> Rejections:
    """Sends the requests that are to be rejected."""
    return run.rejections
