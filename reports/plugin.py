"""The pytest plugin of the reports: it takes what a run found, has it written, and sets the exit code."""

from __future__ import annotations

import platform
import sys
import traceback
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import conformance
from conformance.plugin import CONTRACT, RUN
from conformance.target import ConfigurationError
from conformance.verdicts import Case
from conformance.workers import CREW, is_worker
from reports import exitcodes, files, har, rows, screen, table, terminal, waiver_template
from reports.evidence import Evidence
from reports.exitcodes import OUTCOME
from reports.results import Report, report_of
from reports.verdicts import EXIT_CODES, Conduct, Outcome, conclude
from reports.vocabulary import words_of_reports
from reports.waivers import Waivers, read
from schemas import load

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pytest_html.report_data import ReportData  # type: ignore[import-untyped]

    from conformance.run import Run

INTERRUPTED = {
    pytest.ExitCode.INTERRUPTED: "the run was stopped before its end",
    pytest.ExitCode.INTERNAL_ERROR: "the suite itself failed",
}


@dataclass
class Reporter:
    """What the hooks share; `run` and `evidence` are there from the configuration on, `report` from the end on."""

    folder: Path
    waivers: Waivers
    template: Path | None = None
    har: Path | None = None
    run: Run | None = None
    evidence: Evidence | None = None
    report: Report | None = None
    failures: list[str] = field(default_factory=list)
    leaks: dict[str, list[str]] = field(default_factory=dict)

    @property
    def others(self) -> list[Path]:
        """Files that are written elsewhere."""
        return [path for path in (self.template, self.har) if path is not None]


REPORTER = pytest.StashKey[Reporter]()


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Bring in what sets the exit code, and what is on the terminal: hooks of names that this module has already."""
    pluginmanager.register(exitcodes)
    pluginmanager.register(screen)


def shows_only(config: pytest.Config) -> bool:
    """Whether pytest was asked to show something, and not to run."""
    option = config.option
    asked = ("collectonly", "help", "version", "markers", "showfixtures", "show_fixtures_per_test", "cacheshow")
    return any(getattr(option, name, False) for name in asked)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Read the waivers and make the folder before anything is asked, so that a mistake there costs one line."""
    if shows_only(config) or is_worker(config):
        return None
    try:
        waivers = read(config.option.waivers, config.stash.setdefault(CONTRACT, load()))
        template = waiver_template.checked(config.option.write_waivers)
        archive = har.checked(config.option.har)
        config.stash[REPORTER] = Reporter(files.prepared(config.option.report_dir), waivers, template, archive)
    except ConfigurationError as error:
        sys.stderr.write(f"tfe-conformance: {error}\n")
        return EXIT_CODES["configuration"]
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest-html where to write, before it looks, and keep pytest from saying and writing things twice."""
    reporter = config.stash.get(REPORTER, None)
    if RUN in config.stash and config.option.tbstyle == "auto":
        config.option.tbstyle = "no"
    if reporter is None or RUN not in config.stash:
        return
    reporter.run = config.stash[RUN]
    reporter.run.redactor.publish(words_of_reports())
    reporter.evidence = Evidence(reporter.run.redactor)
    config.option.htmlpath = str(reporter.folder / files.HTML)
    config.option.self_contained_html = True
    config.option.xmlpath = None
    if CREW in config.stash:
        config.pluginmanager.register(rows.Held(reporter.run), "held")
    if config.option.reportchars == "fE":
        config.option.reportchars = ""


@pytest.hookimpl(optionalhook=True)
def pytest_metadata(metadata: dict[str, Any], config: pytest.Config) -> None:
    """Leave nothing in the Environment table that a CI server put there."""
    reporter = config.stash.get(REPORTER, None)
    metadata.clear()
    if reporter and reporter.run:
        run = reporter.run
        metadata.update(table.environment(run.target.base_url, platform.python_version(), run.options.seed))


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the target."""
    return screen.target(config) if REPORTER in config.stash and RUN in config.stash else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the evidence beside each failure; that of a worker is made where all evidence is."""
    report = yield
    if report.outcome == "skipped" and isinstance(report.longrepr, tuple):
        report.longrepr = (report.location[0], *report.longrepr[1:])
    reporter = item.config.stash.get(REPORTER, None)
    if reporter and reporter.run and reporter.evidence:
        rows.prove(report, reporter.run, reporter.evidence)
    return report


# -- the end of the run --------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None, object, object]:
    """Conclude, write and redact; what goes wrong here leaves no verdict that could be taken for a good one."""
    reporter = session.config.stash.get(REPORTER, None)
    if reporter is None or reporter.run is None or reporter.evidence is None:
        return (yield)
    result = None
    try:
        outcome = conclude(reporter.run, reporter.waivers, conduct(session, reporter, exitstatus))
        reporter.evidence = Evidence(reporter.run.redactor)  # anew: since the first time, it has learnt more secrets
        reporter.report = report_of(reporter.run, outcome, reporter.evidence)
        files.write(reporter.report, reporter.folder)
        if reporter.template:
            reporter.template.write_text(waiver_template.template(reporter.report), "utf-8")
        if reporter.har:
            reporter.har.write_text(files.dumped(har.archive(reporter.run, reporter.evidence)), "utf-8")
    except Exception:  # noqa: BLE001 (whatever it is, the run must not pass)
        reporter.failures.append(traceback.format_exc())
    try:
        result = yield
    except Exception:  # noqa: BLE001
        reporter.failures.append(traceback.format_exc())
    except BaseException:
        files.remove(reporter.folder, *reporter.others)  # Ctrl-C once more: what was not looked through is not left
        raise
    if reporter.report:
        attempt(reporter, partial(files.complete, reporter.report, reporter.folder))
    attempt(reporter, partial(files.redact, reporter.folder, reporter.evidence))
    secure(reporter)
    session.config.stash[OUTCOME] = final = settled(reporter)
    session.exitstatus = final.exit_code
    show(session.config, reporter, final)
    return result


def attempt(reporter: Reporter, action: Callable[[], None]) -> None:
    """Do something that the verdict rests on: if it fails, the run does not pass, and the rest is done all the same."""
    try:
        action()
    except Exception:  # noqa: BLE001 (whatever it is)
        reporter.failures.append(traceback.format_exc())


def secure(reporter: Reporter) -> None:
    """Read every file of the report back: none that holds a secret is left, and the others say so."""
    secrets = reporter.run.redactor.known.values() if reporter.run else ()
    try:
        reporter.leaks = files.leaking(reporter.folder, secrets, *reporter.others)
        if reporter.leaks and reporter.report and reporter.evidence:
            reporter.report = replace(reporter.report, outcome=leaked(reporter))
            files.write(reporter.report, reporter.folder, but=reporter.leaks)
            files.redact(reporter.folder, reporter.evidence)
            reporter.leaks |= files.leaking(reporter.folder, secrets)
    except Exception:  # noqa: BLE001
        files.remove(reporter.folder, *reporter.others)
        reporter.failures.append(traceback.format_exc())


def leaked(reporter: Reporter) -> Outcome:
    """The outcome of a run in whose reports a secret was found: none, also where a requirement is violated."""
    held = ", ".join(f"{name} ({', '.join(labels)})" for name, labels in reporter.leaks.items())
    why = f"a secret was left in what was removed therefore: {held}; please report this mistake of the suite"
    found = reporter.report.outcome if reporter.report else Outcome((), "no verdict", "")
    return replace(found, verdict="no verdict", why=why, notes=(found.why, *found.notes))


def show(config: pytest.Config, reporter: Reporter, outcome: Outcome) -> None:
    """Say on the terminal what was found, after all that pytest has to say; how the account was left comes last."""
    report, run = reporter.report and replace(reporter.report, outcome=outcome), reporter.run
    if report:
        written = files.present(reporter.folder)
        others = {"HAR": str(reporter.har)} if reporter.har else {}
        if reporter.template and reporter.template.is_file():
            others["Waivers"] = f"{reporter.template}, to be filled in where it says TODO"
        screen.write(config, lambda room: terminal.lines(report, written, room, others))
    elif run:
        screen.write(config, lambda _: terminal.left(run.left))


def settled(reporter: Reporter) -> Outcome:
    """The outcome, if all reports of it were written; else there is no verdict, unless a requirement is violated."""
    if reporter.leaks:
        outcome = leaked(reporter)
        sys.stderr.write(f"tfe-conformance: {terminal.headline(outcome)}\n")
        return outcome
    lacking = files.missing(reporter.folder)
    if reporter.report and not lacking and not reporter.failures:
        return reporter.report.outcome
    for failure in reporter.failures:
        sys.stderr.write(failure)
    why = f"the report could not be written ({', '.join(lacking) or 'see above'})"
    sys.stderr.write(f"tfe-conformance: {why}\n")
    if reporter.report is None:
        return Outcome((), "no verdict", why)
    outcome = reporter.report.outcome
    return outcome if outcome.verdict == "violated" else replace(outcome, verdict="no verdict", why=why)


def conduct(session: pytest.Session, reporter: Reporter, status: int) -> Conduct:
    """How the run went."""
    config, run = session.config, reporter.run
    left, deselected, stopped = (run.unasked, run.deselected, run.stopped) if run else ([], [], "")
    found = Conduct([_unasked(case, "deselected") for case in deselected])
    found.unasked += [_unasked(case, "not run: the run was stopped") for case in left]
    found.stopped = stopped or (INTERRUPTED.get(pytest.ExitCode(status), "") if status in list(pytest.ExitCode) else "")
    early = session.shouldfail or session.shouldstop
    if early:
        found.stopped = f"the run was stopped before its end: {early}"
    elif left and not found.stopped:
        found.stopped = f"{len(left)} tests were not run"
    if status == pytest.ExitCode.USAGE_ERROR:
        found.usage = "the command line asks for what is not there"
    if deselected:
        found.partial = f"{len(deselected)} tests were deselected"
    elif not whole(config):
        found.partial = "only a part of the suite was asked for"
    return found


def whole(config: pytest.Config) -> bool:
    """Whether the command line asks for the whole suite."""
    home = Path(conformance.__file__ or "").parent.resolve()
    paths = [(config.invocation_params.dir / argument).resolve() for argument in config.args]
    ignored = config.option.ignore or config.option.ignore_glob
    return not ignored and any(home.is_relative_to(path) for path in paths)


def _unasked(case: Case, why: str) -> Case:
    return Case(case.requirements, case.operation, case.name, "untested", why)


# -- pytest-html ---------------------------------------------------------------------------------------------------


def pytest_html_report_title(report: ReportData) -> None:
    """Name what the table calls the outcomes; it begins folded, as all is said above it."""
    report.set_data("renderCollapsed", ["all"])
    for outcome, label in table.LABELS.items():
        report.outcomes[outcome]["label"] = label


def pytest_html_results_table_header(cells: list[str]) -> None:
    """The columns of the table of cases."""
    cells[:] = table.header_cells()


def pytest_html_results_table_row(report: Any, cells: list[str]) -> None:
    """The row of a case."""
    case = getattr(report, "case", None)
    cells[:] = table.row_cells(table.outcome_of(report), case, report.nodeid, getattr(report, "duration", 0.0))
