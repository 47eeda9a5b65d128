"""The end of a run on a terminal: causes, verdict and files on one screen; the last line is about the account."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text

from conformance.console import RichConsole
from reports.run_result import UNDECIDED, some

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TextIO

    from reports.run_result import Cause, RunResult

MIN_ROWS, MAX_ROWS, BRIEF_ROWS = 21, 37, 14
"""Rows to use: of a small terminal, of a large one or a file, and with -q."""
PROMPT_ROWS = 3
REST_ROWS = 2
"""Rows that the first cause leaves to all else."""
FILE_COLUMNS = 500
MAX_LINES = 3
"""Lines of one text."""
MAX_COMMAND = 1_000
"""Characters of a curl command line; the report has it whole."""
STYLES = {"conformant": "green", "violated": "red", "configuration": "yellow", "no verdict": "yellow"}


class Line(NamedTuple):
    """A line, and its style in the words of rich."""

    text: str
    style: str = ""


Form = tuple[Line, ...]
"""One way to show an item."""


class Room(NamedTuple):
    """The size of the screen; `rows` is `None` where nothing is left out."""

    columns: int = 80
    rows: int | None = 24

    def height(self, lines: Iterable[Line]) -> int:
        """The rows that lines take; a terminal breaks the long ones."""
        return sum(max(-(-len(line.text) // self.columns), 1) for line in lines)

    def wrap(self, text: str, style: str = "", *, indent: str = "", hanging: str = "") -> Form:
        """A text in lines of the screen's width, the first few where rows are limited."""
        lines = textwrap.wrap(
            text,
            self.columns,
            initial_indent=indent,
            subsequent_indent=hanging,
            break_on_hyphens=False,
            max_lines=MAX_LINES if self.rows else None,
            placeholder=" ...",
        )
        return tuple(Line(line, style) for line in lines)

    def field(self, label: str, text: str) -> Form:
        """A text with its label; nothing where there is no text."""
        return () if not text else self.wrap(text, indent=f"   {label + ':':<10}", hanging=" " * 13)

    def row(self, text: str, style: str) -> Form:
        """A text in one row."""
        text = " ".join(text.split())
        return (Line(text if len(text) <= self.columns else f"{text[: self.columns - 4]} ...", style),)

    def commands(self, script: str) -> Form:
        """The command lines of a script, cut where rows are limited."""
        lines = script.splitlines()
        if self.rows:
            rest = " ... (cut, report.html has the whole line)"
            lines = [line if len(line) <= MAX_COMMAND else f"{line[:MAX_COMMAND]}{rest}" for line in lines]
        return tuple(Line(f"   {line}", "cyan") for line in lines)

    def names(self, names: Sequence[str]) -> str:
        """The names, the first few where rows are limited."""
        return some(names) if self.rows else ", ".join(names)


def print_summary(result: RunResult, written: Mapping[str, str], stream: TextIO, *, verbosity: int = 0) -> None:
    """Print the end of a run, with the names of the files that were written.

    Nothing is left out where `verbosity` is above 0, and less is shown where it is below.
    """
    console = RichConsole(file=stream, highlight=False, markup=False, emoji=False)
    columns, rows = (console.width, console.height) if console.is_terminal else (FILE_COLUMNS, MAX_ROWS)
    rows = BRIEF_ROWS if verbosity < 0 else min(max(rows - PROMPT_ROWS, MIN_ROWS), MAX_ROWS)
    for line in summary_lines(result, written, Room(columns, None if verbosity > 0 else rows)):
        console.print(Text(line.text, style=line.style), soft_wrap=True)


def summary_lines(result: RunResult, written: Mapping[str, str], room: Room) -> Iterator[Line]:
    """All lines."""
    end = tuple(_end(result, written, room))
    causes = [_cause(result, cause, number, room) for number, cause in enumerate(result.causes, start=1)]
    lines = list(fit([*causes, *_undecided(result, room), *_notes(result, room)], room, room.height(end) + 1))
    yield from lines
    if lines and lines[-1].text:
        yield Line("")
    yield from end


def fit(items: Sequence[Sequence[Form]], room: Room, taken: int = 0) -> Iterator[Line]:
    """Each item in the longest of its forms for which there is room, the first items first.

    The forms of an item go from the longest to the shortest; `taken` rows are needed for something else.
    """
    left = float("inf") if room.rows is None else room.rows - taken
    for place, forms in enumerate(items):
        others = items[place + 1 :]
        rest = sum(room.height(other[-1]) for other in others)
        form = next((form for form in forms if room.height(form) + rest <= left), forms[-1])
        if place == 0 and form == forms[-1]:
            # The first item has to be understood without the report, even if other items are left out.
            form = next((form for form in forms[1:] if room.height(form) + REST_ROWS <= left), form)
        left -= room.height(form)
        if left < bool(others):
            yield Line(f"... and {len(items) - place} more, in the report")
            return
        yield from form


def _cause(result: RunResult, cause: Cause, number: int, room: Room) -> Sequence[Form]:
    """A cause in full, with less and less, and in a row."""
    first, *others = result.findings_of(cause)
    case = first.decisive[0]
    level, colour = ("", "red") if first.level == "MUST" else (f" ({first.level})", "yellow")
    essence = (
        *room.wrap(f"{number}. {first.sentence}{level}", f"bold {colour}", hanging="   "),
        *room.wrap(f"{first.id} ({first.source})", indent="   ", hanging="   "),
        *room.field("Expected", case.expected),
        *room.field("Actual", case.actual),
    )
    details = (
        *room.field("Where", case.where),
        *room.field("Seen", result.seen(cause)),
        *room.field("Breaks", f"also {room.names([finding.id for finding in others])}" if others else ""),
        *room.field("Hides", f"the verdict on {room.names(cause.blocked)}" if cause.blocked else ""),
    )
    source = (Line(f"   {'Source:':<10}{first.url}"),) if first.url else ()
    again = room.field("Run only", result.run_again(cause))
    curl = room.commands(case.exchanges[-1].curl) if case.exchanges else ()
    blank = Line("")
    return (
        (*essence, *details, *source, *again, *room.commands(case.script), blank),
        (*essence, *details, *again, *curl, blank),
        (*essence, *details, *curl, blank),
        (*essence, *details, blank),
        (*essence, blank),
        room.row(f"{number}. {first.id}{level}: {case.actual}", colour),
    )


def _undecided(result: RunResult, room: Room) -> Iterator[Sequence[Form]]:
    if result.abort_reason:
        return
    for verdict in UNDECIDED:
        for reason, names in result.by_reason(verdict).items():
            text = f"{verdict.capitalize()} ({len(names)}): {reason}"
            ids = room.wrap(room.names(names), indent="   ", hanging="   ")
            yield (*room.wrap(text, "yellow", hanging="   "), *ids), room.row(text, "yellow")


def _notes(result: RunResult, room: Room) -> Iterator[Sequence[Form]]:
    for note in result.notes:
        yield (room.wrap(f"Note: {note}", "yellow", hanging="   "),)
    waived = [finding.id for finding in result.having("waived")]
    if waived:
        yield (room.wrap(f"Waived ({len(waived)}): {room.names(waived)}", hanging="   "),)


def _end(result: RunResult, written: Mapping[str, str], room: Room) -> Iterator[Line]:
    yield from room.wrap(result.headline, f"bold {STYLES[result.verdict]}", hanging="   ")
    yield from (Line(f"  {text}") for text in result.totals)
    kind = "the embedded reference server" if result.target.embedded else "a recording" if result.recorded else ""
    yield Line(f"  {result.target.base_url}{f' ({kind})' if kind else ''}")
    yield Line(f"  {result.exchanges} exchanges in {result.seconds} s, until {result.until}, seed {result.tool.seed}")
    contract = f"contract {result.contract.name} {result.contract.version}"
    yield Line(f"  {result.tool.name} {result.tool.version}, {contract}")
    for name, files in written.items():
        yield from room.wrap(f"{name}: {files}", indent="  ", hanging="          ")
    if result.account.sentence:
        yield Line(f"The account: {result.account.sentence}")
