"""The pytest plugin of `judge`: all recordings are judged before pytest starts, and nothing is sent."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.keys import CONTRACT, MASKER, RECORD, SETTINGS
from conformance.model import AccountEnd, Case, CleanupResult, ConfigurationError, NoVerdict, Untested, Violation
from conformance.recording.har import read
from conformance.recording.reasons import abort_reason, notes
from conformance.recording.replay import Replay, replay
from conformance.run_record import RunRecord
from conformance.runner.outcomes import CASE, call, report_case, undecided, violated
from conformance.settings import Settings, add_options
from conformance.target import check_base_url

if TYPE_CHECKING:
    from conformance.masking import Masker
    from conformance.recording.har import Recording
    from schemas import Contract

HOME = Path(__file__).parent.resolve()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options that only recordings have; the others are those of every run."""
    group = parser.getgroup("recording", "recorded traffic")
    group.addoption("--recording", dest="recordings", action="append", metavar="FILE", help="a HAR file to judge")
    add_options("recording", group.addoption)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Judge the recordings, before the plugin of runs can start one; a mistake costs one line and exit code 2."""
    contract, masker = config.stash[CONTRACT], config.stash[MASKER]
    try:
        settings = config.stash[SETTINGS] = Settings.from_options(config.option)
        recordings, outcome = judge_files(contract, settings, masker)
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from error
    judge = RecordingJudge(settings, recordings, outcome, masker)
    config.stash[RECORD] = judge.record
    config.pluginmanager.register(judge, "conformance-recording")
    return None


def judge_files(contract: Contract, settings: Settings, masker: Masker) -> tuple[tuple[Recording, ...], Replay]:
    """The recordings that the settings name, and all judgements of them; the masker learns all of their secrets.

    Raises:
        ConfigurationError: a file is no HAR file, or the files hold several targets.
    """
    base_url = settings.base_url and check_base_url(settings.base_url, disposable=True, production=True)
    paths = [operation.path for operation in contract.operations.values()]
    recordings = tuple(read(file, paths, masker) for file in settings.recordings)
    if not recordings:
        raise ConfigurationError("--recording: name a HAR file")
    credentials = dict.fromkeys(value for recording in recordings for value in recording.credentials)
    for number, value in enumerate(credentials, 1):
        masker.add(value, "$TFE_TOKEN" if number == 1 else f"[token {number}]")
    return recordings, replay(contract, recordings, base_url, is_complete=settings.complete)


@pytest.hookimpl(tryfirst=True)
def pytest_ignore_collect(collection_path: Path) -> bool:
    """Leave out all tests that send requests."""
    return not (HOME.is_relative_to(collection_path) or collection_path == HOME / "test_recorded.py")


@dataclass(frozen=True, eq=False)
class RecordingJudge:
    """The hooks that turn the tests of recordings into cases, and these into the record of a run."""

    settings: Settings
    recordings: tuple[Recording, ...]
    outcome: Replay
    masker: Masker
    started: float = field(default_factory=time.time)
    cases: list[Case] = field(default_factory=list)

    @pytest.fixture(scope="session")
    def replayed(self) -> Replay:
        """The judgements of all recordings."""
        if abort_reason(self.recordings, self.outcome):
            raise Untested("the recording could not be judged")
        return self.outcome

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> object:
        """Run a test, which returns its evidence."""
        case = pyfuncitem.stash[CASE]
        try:
            pyfuncitem.stash[CASE] = replace(case, exchanges=call(pyfuncitem))
        except Violation as violation:
            (pyfuncitem.stash[CASE],) = violated(
                case, violation, self.outcome.contract, reproducible=violation.reproducible
            )
            raise
        except NoVerdict as reason:
            pyfuncitem.stash[CASE] = undecided(case, reason)
            raise
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Make pytest's report of a case."""
        report, case = report_case(
            item, call, contract=self.outcome.contract, levels=self.settings.levels, masker=self.masker
        )
        self.cases.extend([case] if case is not None else [])
        return report

    def record(self, session: pytest.Session, exit_status: int) -> RunRecord:
        """The record, after the last test."""
        missing = len(session.items) - len(self.cases)
        return RunRecord(
            contract=self.outcome.contract,
            settings=self.settings,
            target=self.outcome.base_url or ", ".join(recording.name for recording in self.recordings),
            embedded=False,
            recorded=True,
            cases=tuple(self.cases),
            exchanges=self.outcome.exchanges,
            abort_reason=self.masker.text(abort_reason(self.recordings, self.outcome)),
            stopped=f"{missing} cases were not judged (pytest's exit code is {exit_status})" if missing else "",
            partial="",
            usage="",
            limits={},
            cleanup=CleanupResult(AccountEnd.UNTOUCHED),
            notes=tuple(notes(self.recordings, self.outcome, is_complete=self.settings.complete)),
            started=self.started,
            seconds=time.time() - self.started,
            masker=self.masker,
        )
