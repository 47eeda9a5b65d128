"""GitHub Actions: the causes as annotations of the job, and summary.md on its page."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from reports.run_result import TITLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from reports.run_result import RunResult

MAX_ANNOTATIONS = 10
"""GitHub shows no more for a step."""

ESCAPES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
ESCAPES_OF_TITLE = str.maketrans({":": "%3A", ",": "%2C"})


def is_github() -> bool:
    """Whether this process is a step of a job."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


class Job:
    """The job that this process is a step of.

    GitHub takes lines of the output for commands. The output holds text of the target, so a run is quiet between its
    beginning and its end.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._token = secrets.token_hex(16)

    def begin(self) -> None:
        """From here on, no line is a command."""
        self._stream.write(f"::stop-commands::{self._token}\n")
        self._stream.flush()

    def end(self, result: RunResult | None, summary: str) -> str:
        """Write the annotations, and append to the summary of the job: the problem with that, or an empty string."""
        self._stream.write(f"::{self._token}::\n")
        for line in commands_of(result) if result is not None else ():
            self._stream.write(f"{line}\n")
        self._stream.flush()
        file = os.environ.get("GITHUB_STEP_SUMMARY")
        if not file or not summary:
            return ""
        try:
            with Path(file).open("a", encoding="utf-8") as stream:
                stream.write(summary)
        except OSError as error:
            return f"GITHUB_STEP_SUMMARY can't be written to: {error.strerror or error}"
        return ""


def commands_of(result: RunResult) -> Iterator[str]:
    """A command for the verdict if it has no cause, else for each of the first causes."""
    if result.verdict != "conformant" and not result.causes:
        yield command("error", TITLES[result.verdict], result.why)
    for cause in result.causes[:MAX_ANNOTATIONS]:
        first = result.findings_of(cause)[0]
        case = first.decisive[0]
        text = f"{first.sentence}\nExpected: {case.expected}\nActual: {case.actual}\nSource: {first.source} {first.url}"
        yield command("error" if first.level in result.levels else "warning", first.id, text)


def command(name: str, title: str, message: str) -> str:
    """A workflow command, with the characters that have a meaning in it escaped."""
    return f"::{name} title={title.translate(ESCAPES | ESCAPES_OF_TITLE)}::{message.translate(ESCAPES)}"
