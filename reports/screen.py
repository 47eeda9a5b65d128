"""What of a run is on the terminal: our own few lines, or those of pytest where they were asked for, and the end."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from pytest_html.basereport import BaseReport  # type: ignore[import-untyped]

from conformance.plugin import RUN
from conformance.voice import SCREEN
from conformance.workers import CREW, is_worker
from reports import terminal
from reports.estimate import Together
from reports.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from reports.progress import Manner
    from reports.terminal import Line, Room

VERBOSITY = pytest.StashKey[int]()
"""As the command line says it."""
SILENT = -2
"""The verbosity at which pytest itself writes nothing but errors."""
FEWEST, MOST, BRIEF = 24, 40, 14
"""Rows of the end: of a small terminal, of a large one or a file, and where it is to be quiet."""
FILE_COLUMNS = 500
OTHERS = 3
"""Rows of a terminal that are not ours: blank lines, and the next prompt."""


def verbose(config: pytest.Config) -> bool:
    """Whether pytest is to write its own lines: they were asked for, or something else writes between ours."""
    option = config.option
    asked = ("setupshow", "setuponly", "setupplan", "usepdb", "trace", "log_cli_level")
    return option.verbose > 0 or any(getattr(option, name, None) for name in asked)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Keep pytest from writing its lines, before it begins."""
    config.stash[VERBOSITY] = config.option.verbose
    if RUN in config.stash and not verbose(config):
        config.option.verbose = SILENT


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin to show the run."""
    config = session.config
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is None or RUN not in config.stash or is_worker(config):
        return
    progress = Progress(config.stash[RUN], reporter, manner(config, reporter))
    if CREW in config.stash:
        run, crew = config.stash[RUN], config.stash[CREW]
        progress.estimate = Together(lambda: run.asked, lambda: crew.plan.expected)
        if config.option.verbose == SILENT:
            # What pytest-xdist says of its workers is told by us where it matters.
            config.pluginmanager.unregister(name="terminaldistreporter")
            config.pluginmanager.getplugin("dsession").terminal = None
    config.stash[SCREEN] = progress
    config.pluginmanager.register(progress, "progress")
    run = config.stash[RUN]
    # Of any other target, the run says itself at some length what it is about to do with it.
    if config.option.verbose == SILENT and config.stash[VERBOSITY] == 0 and (run.target.embedded or run.recording):
        reporter.write_line(target(config))
        reporter.flush()


def manner(config: pytest.Config, reporter: pytest.TerminalReporter) -> Manner:
    """How the run is to be shown while it goes on."""
    if config.option.verbose != SILENT:
        return "pytest"
    if reporter.isatty() and os.environ.get("TERM") != "dumb":
        return "drawn"
    return "lines" if config.stash[VERBOSITY] == 0 else "silent"


def target(config: pytest.Config) -> str:
    """The target, in a line."""
    asked = config.stash[RUN].target
    if asked.embedded and CREW in config.stash:
        return "target: the embedded reference server, one for each worker"
    return f"target: {asked.base_url}{' (the embedded reference server)' if asked.embedded else ''}"


def room(config: pytest.Config, reporter: pytest.TerminalReporter) -> Room:
    """What there is to write on: in a file lines are as long as they come, for those who search it."""
    size = shutil.get_terminal_size()
    columns, rows = (size.columns, size.lines) if reporter.isatty() else (FILE_COLUMNS, MOST)
    if config.option.verbose != SILENT:
        return terminal.Room(columns, None)
    return terminal.Room(columns, BRIEF if config.stash[VERBOSITY] < 0 else min(max(rows, FEWEST), MOST) - OTHERS)


def write(config: pytest.Config, lines: Callable[[Room], Iterable[Line]]) -> None:
    """Write lines, made for the room that there is, in the characters that the terminal has."""
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is None:
        return
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    for line in lines(room(config, reporter)):
        reporter.write_line(terminal.plain(line.text, encoding), **dict.fromkeys(line.markup, True))


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, object, object]:
    """Keep pytest-html from naming its page, which is named among the other files."""
    result = yield
    plugins = session.config.pluginmanager
    for plugin in plugins.get_plugins() if session.config.option.verbose == SILENT else ():
        if isinstance(plugin, BaseReport):
            plugins.unregister(plugin)
    return result
