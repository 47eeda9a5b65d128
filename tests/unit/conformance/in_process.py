"""The suite in this process: its cases, collected by pytest, and runs against a target that is no other process."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from conformance.keys import RECORD
from conformance.runner import lifecycle, plugin
from reference.service import Service
from tests.unit.conformance.fakes import FakeClient, FakeServer, in_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.model import Case
    from conformance.ordering import Candidate
    from conformance.run_record import RunRecord
    from tests.unit.conformance.fakes import Change

ROOT = Path(__file__).resolve().parents[3]
SUITE = ROOT / "conformance"
OPTIONS = (
    f"--config-file={ROOT / 'conformance' / 'pytest.toml'}",
    f"--rootdir={ROOT}",
    "--override-ini=addopts=--disable-plugin-autoload",
    "--noconftest",
    *(f"-pno:{name}" for name in ("cacheprovider", "unraisableexception", "threadexception", "faulthandler")),
    "--assert=plain",
    "--tb=no",
    "-q",
)


class Collector:
    """Keeps the collected items."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = list(session.items)


@cache
def items() -> tuple[pytest.Item, ...]:
    """The tests of the suite with all parameters, in the order of their collection."""
    collector = Collector()
    with contextlib.redirect_stdout(io.StringIO()) as output:
        code = pytest.main([*OPTIONS, "--collect-only", str(SUITE)], plugins=[plugin, collector])
    assert code == pytest.ExitCode.OK, output.getvalue()
    return tuple(collector.items)


@cache
def candidates() -> tuple[Candidate, ...]:
    """The cases of the suite with their needs."""
    return tuple(plugin.candidate_of(item, place) for place, item in enumerate(items()))


@dataclass
class Outcome:
    """A run that has ended: pytest's exit code, the record, pytest's reports, and what was printed."""

    code: int
    record: RunRecord
    reports: list[pytest.TestReport]
    output: str
    client: FakeClient

    def case(self, name: str) -> Case:
        """The case of this name."""
        (case,) = (case for case in self.record.cases if case.name == name)
        return case

    def report(self, name: str) -> pytest.TestReport:
        """The report of the case of this name."""
        (report,) = (item for item in self.reports if getattr(item, "case", None) and item.case.name == name)
        return report

    def verdicts(self) -> dict[str, int]:
        """The number of cases by verdict."""
        verdicts = [case.verdict for case in self.record.cases]
        return {verdict: verdicts.count(verdict) for verdict in verdicts}


@dataclass(eq=False)  # so that it has a hash, as plugins had to in pytest 9.0
class Embedding:
    """Gives a run its server, and keeps its reports and its record."""

    server: FakeServer
    reports: list[pytest.TestReport] = field(default_factory=list)
    record: RunRecord | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> None:
        config.stash[plugin.SERVER] = cast("Any", lambda: contextlib.nullcontext(self.server))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.reports.append(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        self.record = session.config.stash[RECORD](session, exitstatus)


def run_suite(change: Change | None = None, *arguments: str, service: Service | None = None) -> Outcome:
    """Run the suite, or the tests that the arguments name (relative to `conformance`), against the reference service.

    Args:
        change: makes a response from a request and the function that asks the service.
        arguments: options of pytest and of the suite, and names of files and tests.
        service: another service.
    """
    service = service or Service()
    forward = in_memory(service)
    client = FakeClient(forward if change is None else lambda request: change(request, forward))
    embedding = Embedding(FakeServer(service))
    names = [str(SUITE / argument) if ".py" in argument else argument for argument in arguments]
    if not any(".py" in argument for argument in arguments):
        names.append(str(SUITE))
    with _replaced_parts(client), contextlib.redirect_stdout(io.StringIO()) as output:
        code = pytest.main([*OPTIONS, *names], plugins=[plugin, embedding])
    assert embedding.record is not None, output.getvalue()
    return Outcome(code, embedding.record, embedding.reports, output.getvalue(), client)


@contextlib.contextmanager
def _replaced_parts(client: FakeClient) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lifecycle, "HttpClient", lambda *_: client)
        patch.setattr(plugin, "ignore_signals", lambda: None)
        patch.setattr(plugin, "interrupt_on_signals", lambda: None)
        patch.setattr("conformance.session.time.sleep", lambda _: None)
        yield
