"""The pytest plugin that lets no secret onto the terminal, into a log or into pytest's own reports of tests."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

import pytest

from conformance.plugin import RUN

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

WIRE = (logging.getLogger("httpx"), logging.getLogger("httpcore.http11"))


class Discreet:
    """A text stream that shows no secret.

    What does not end a line is held back until the line ends or the stream is flushed: it may be half of a secret.
    """

    def __init__(self, stream: TextIO, clean: Callable[[str], str]) -> None:
        self._stream = stream
        self._clean = clean
        self._held: list[str] = []

    def write(self, text: str) -> int:
        """Take a text, and pass on what is complete."""
        self._held.append(text)
        if text.endswith("\n"):
            self._pass_on()
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Take some texts."""
        self.write("".join(lines))

    def flush(self) -> None:
        """Pass on the rest too."""
        self._pass_on()
        with self._whoever_reads():
            self._stream.flush()

    def _pass_on(self) -> None:
        held, self._held = "".join(self._held), []
        if held:
            with self._whoever_reads():
                self._stream.write(self._clean(held))

    @contextmanager
    def _whoever_reads(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            # Who reads, such as `head`, has seen enough: the run goes on, and so does what is written of it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def cleaner(config: pytest.Config) -> Callable[[str], str]:
    """A function that takes the secrets of the run out of a text; before there is a run, no secret is known."""

    def clean(text: str) -> str:
        run = config.stash.get(RUN, None)
        return text if run is None else run.redactor.clean(text)

    return clean


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Take the place of the streams before pytest captures them, so that it gives these back where it captures not."""
    streams = sys.stdout, sys.stderr
    discreet = [cast("TextIO", Discreet(stream, cleaner(early_config))) for stream in streams]

    def restore() -> None:
        for stream in discreet:
            stream.flush()
        sys.stdout, sys.stderr = streams
        for logger in WIRE:
            logger.removeFilter(without_answer)
        for name in ("debug", "log_file"):
            # What was written before a secret was known, such as the arguments of the command line.
            file = getattr(early_config.option, name, None)
            if file and Path(file).is_file():
                Path(file).write_text(cleaner(early_config)(Path(file).read_text("utf-8")), "utf-8")

    early_config.add_cleanup(restore)
    sys.stdout, sys.stderr = discreet
    for logger in WIRE:
        logger.addFilter(without_answer)
    return (yield)


def without_answer(record: logging.LogRecord) -> bool:
    """Take out of a record of the HTTP libraries what an answer says by its headers and its reason phrase.

    They log it before anything is known of the answer, and of the secrets that it may be the first to tell.
    """
    if record.name == "httpx" and isinstance(record.args, tuple):
        record.args = (*record.args[:-1], "")
    return "response_headers.complete" not in record.getMessage()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Take the place of the stream of --log-file too."""
    logs: Any = session.config.pluginmanager.get_plugin("logging-plugin")
    if logs is not None and logs.log_file_handler.baseFilename != os.devnull:
        logs.log_file_handler.setStream(Discreet(logs.log_file_handler.stream, cleaner(session.config)))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Clean each report where the secrets are known: a secret that is folded is printed line by line, and sent on."""
    report = yield
    clean = cleaner(item.config)
    report.sections = [(name, clean(text)) for name, text in report.sections]
    match report.longrepr:
        case None:
            pass
        case (path, line, reason):
            report.longrepr = (path, line, clean(reason))
        case shown:
            text = str(shown)
            said = clean(text)
            if said != text:
                report.longrepr = said
    if hasattr(report, "wasxfail"):
        report.wasxfail = clean(report.wasxfail)
    return report
