"""The pytest plugin of the reports: it makes files of the record of a run, and sets the exit code."""

from __future__ import annotations

import sys
import traceback
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.keys import CONTRACT, RECORD, SETTINGS
from conformance.masking import printable
from conformance.model import ConfigurationError, ExitCode
from conformance.version import TOOL
from reports import files, html
from reports.build import build_result
from reports.github import Job, is_github
from reports.run_result import RunResult
from reports.terminal import print_summary
from reports.waivers import Waivers, read_waivers

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from pytest_html.report_data import ReportData  # type: ignore[import-untyped]

OUTPUT = pytest.StashKey[files.Output]()
WAIVERS = pytest.StashKey[Waivers]()
RESULT = pytest.StashKey[RunResult]()
EXIT_CODE = pytest.StashKey[ExitCode]()
JOB = pytest.StashKey[Job]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, int | pytest.ExitCode | None, int]:
    """Return the exit code of the verdict, whatever pytest or a plugin makes of the run."""
    try:
        status = int((yield) or 0)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 (an exit code of 1 would blame the target)
        code, problem = explain(error, config)
        print_problem(problem)
        return code
    if EXIT_CODE in config.stash:
        return config.stash[EXIT_CODE]
    if status == pytest.ExitCode.USAGE_ERROR:
        return ExitCode.USAGE
    return ExitCode.NO_VERDICT if status else ExitCode.CONFORMANT


def explain(error: BaseException, config: pytest.Config) -> tuple[ExitCode, str]:
    """The exit code and the line for an exception that ended the run."""
    match error:
        case pytest.UsageError():
            return ExitCode.USAGE, "; ".join(map(str, error.args))
        case ModuleNotFoundError():
            return ExitCode.USAGE, f"the package {error.name} is missing: install {TOOL} again, with its dependencies"
        case KeyboardInterrupt():
            return ExitCode.NO_VERDICT, "stopped, so there is no verdict"
    return ExitCode.NO_VERDICT, f"the suite itself failed: {failure(error, config)}"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Check the files before anything is sent, so that a mistake costs one line; tell pytest-html where to write."""
    if SETTINGS not in config.stash:
        return
    if not shows_pytest(config):
        config.pluginmanager.set_blocked("terminalreporter")
        config.pluginmanager.register(Errors())
    settings = config.stash[SETTINGS]
    try:
        config.stash[WAIVERS] = read_waivers(settings.waivers, config.stash[CONTRACT])
        output = config.stash[OUTPUT] = files.prepare(settings)
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from error
    if is_github():
        config.stash[JOB] = Job(sys.stdout)
        config.stash[JOB].begin()
    style = str(Path(__file__).with_name("report.css"))
    vars(config.option).update(htmlpath=str(output.draft), self_contained_html=True, css=[style])


def shows_pytest(config: pytest.Config) -> bool:
    """Whether pytest writes its own lines: with -v, or where an option needs them."""
    options = ("setupshow", "setuponly", "setupplan", "usepdb", "trace", "log_cli_level")
    return config.get_verbosity() > 0 or any(getattr(config.option, name, None) for name in options)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None, object, object]:
    """Build the result before pytest-html writes its page; write all files after it, and print the end of the run."""
    config, problems, value = session.config, list[str](), None
    if OUTPUT not in config.stash or RECORD not in config.stash:
        return (yield)
    output, record, result, page, report = config.stash[OUTPUT], None, None, None, None
    try:
        with _collecting(problems, "the result could not be built", config):
            record = config.stash[RECORD](session, exitstatus)
            result = config.stash[RESULT] = build_result(record, config.stash[WAIVERS])
        with _collecting(problems, "report.html could not be made", config):
            value = yield
            page = output.draft.read_text("utf-8")
    finally:
        output.draft.unlink(missing_ok=True)
    if result is not None and record is not None:
        with _collecting(problems, "the reports could not be made", config):
            report = files.publish(result, page, record, output, problems)
    if report is not None:
        config.stash[EXIT_CODE] = report.result.exit_code
        with suppress(OSError):
            print_summary(report.result, files.listed(report, output), sys.stdout, verbosity=config.get_verbosity())
    else:
        files.remove(output)
        config.stash[EXIT_CODE] = ExitCode.NO_VERDICT
        if record is not None:
            sys.stdout.write(f"The account: {printable(record.masker.value(record.cleanup.sentence))}\n")
    if JOB in config.stash:
        summary = report.contents.get(output.folder / "summary.md", "") if report is not None else ""
        problems.append(config.stash[JOB].end(report.result if report is not None else None, summary))
    for problem in filter(None, problems):
        print_problem(problem)
    return value


class Errors:
    """A plugin that prints the errors of collection and of the suite itself in a line, where pytest prints nothing."""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Print the last line of an error."""
        if report.failed:
            print_problem(f"{report.nodeid} can't be collected: {report.longreprtext.strip().splitlines()[-1]}")

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        """Print the error; `True` keeps pytest from printing its traceback."""
        print_problem(f"the suite itself failed: {excinfo.exconly()} (-v for more)")
        return True


@contextmanager
def _collecting(problems: list[str], problem: str, config: pytest.Config) -> Iterator[None]:
    """Note a problem instead of raising an exception, so that the rest is done, too."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 (whatever it is, the account and the other files matter more)
        problems.append(f"{problem}: {failure(error, config)}")


def failure(error: BaseException, config: pytest.Config) -> str:
    """An error of the suite itself in a line; with -v its traceback is printed."""
    if config.get_verbosity() > 0:
        with suppress(OSError):
            traceback.print_exception(error)
    return f"{type(error).__name__}: {error} (-v for more)"


def print_problem(problem: str) -> None:
    """Print a line on standard error."""
    with suppress(OSError):
        sys.stderr.write(f"{TOOL}: {printable(' '.join(problem.split()))}\n")


@pytest.hookimpl(optionalhook=True)
def pytest_metadata(metadata: dict[str, Any]) -> None:
    """Show nothing of the environment: CI servers put names and links of their own into it."""
    metadata.clear()


@pytest.hookimpl(optionalhook=True)
def pytest_html_report_title(report: ReportData) -> None:
    """Name the page, and the outcomes in its table of cases."""
    report.set_data("title", "Conformance report")
    for outcome, label in html.OUTCOMES.items():
        report.outcomes[outcome]["label"] = label


@pytest.hookimpl(optionalhook=True)
def pytest_html_results_summary(prefix: list[str], session: pytest.Session) -> None:
    """Put our part into the page."""
    if RESULT in session.config.stash:
        prefix.append(html.overview(session.config.stash[RESULT]))


@pytest.hookimpl(optionalhook=True)
def pytest_html_results_table_header(cells: list[str]) -> None:
    """The columns of the table of cases."""
    cells[:] = html.header_cells()


@pytest.hookimpl(optionalhook=True)
def pytest_html_results_table_row(report: Any, cells: list[str]) -> None:
    """The row of a case."""
    cells[:] = html.row_cells(report)


@pytest.hookimpl(optionalhook=True)
def pytest_html_results_table_html(data: list[str]) -> None:
    """No details: our part shows the evidence."""
    data.clear()
