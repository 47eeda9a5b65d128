"""The end of a run on a terminal: what the page says, in a screen; how the account was left comes last."""

from __future__ import annotations

import math
import textwrap
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from conformance.tool import TOOL, tool_version
from reports.causes import causes
from reports.evidence import printable
from reports.verdicts import LEVELS, ORDER
from reports.words import demanded, seen, where

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from reports.results import Report
    from reports.verdicts import Finding, Outcome

IDS_SHOWN = 4
LONGEST = 3
"""Rows of one text, where there is an end of rows."""
OTHERS = 2
"""Rows that what is to be fixed first leaves to all else."""
COLOURS = {"conformant": "green", "violated": "red", "configuration": "yellow", "no verdict": "yellow"}
TITLES = {
    "conformant": "CONFORMANT",
    "violated": "NOT CONFORMANT",
    "configuration": "NO VERDICT YET",
    "no verdict": "NO VERDICT",
}
ALIKE = str.maketrans({"…": "...", "–": "-", "×": "x", "“": '"', "”": '"', "→": "->"})
"""What can be written where a character can't."""


class Line(NamedTuple):
    """A line for the terminal; `markup` are colours and weights as pytest's writer names them."""

    text: str
    markup: tuple[str, ...] = ()


BLANK = Line("")
Form = tuple[Line, ...]
"""One way to say something."""


class Room(NamedTuple):
    """What there is to write on: columns, and rows, `None` for no end of them."""

    columns: int = 80
    rows: int | None = 24

    def takes(self, lines: Iterable[Line]) -> int:
        """The rows that lines take; a terminal breaks those that are too long."""
        return sum(max(math.ceil(len(line.text) / self.columns), 1) for line in lines)

    def wrapped(self, text: str, *markup: str, indent: str = "", hanging: str = "") -> Form:
        """A text in lines that are not too long, and not too many."""
        most = None if self.rows is None else LONGEST
        found = textwrap.wrap(
            text,
            self.columns,
            initial_indent=indent,
            subsequent_indent=hanging,
            break_on_hyphens=False,
            max_lines=most,
            placeholder=" …",
        )
        return tuple(Line(line, markup) for line in found)

    def labelled(self, label: str, text: str) -> Form:
        """A text with what it is before it."""
        return self.wrapped(text, indent=f"   {label + ':':<10}", hanging=" " * 13)

    def named(self, names: list[str]) -> str:
        """All names, or the first few where there is an end of rows."""
        return some(names) if self.rows else ", ".join(names)

    def cut(self, text: str, *markup: str) -> Line:
        """A text in one row."""
        text = " ".join(text.split())
        return Line(text if len(text) <= self.columns else f"{text[: self.columns - 2]} …", markup)


def lines(
    report: Report, written: Sequence[Path], room: Room, others: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Line]:
    """All lines; `written` are the files of the report, the page first, `others` what else was, by what it is."""
    end = tuple(_end(report, written, room, others))
    said = list(_notes(report, room))
    if not report.run.problem:
        said = [*_causes(report, room), *_open(report, room), *said]
    found = list(fitted(said, room, room.takes(end) + 1))
    yield from found
    if found and found[-1].text:
        yield BLANK
    yield from end


def fitted(said: Sequence[Sequence[Form]], room: Room, taken: int = 0) -> Iterator[Line]:
    """What there is to say, each thing in the longest of its forms for which there is room, the first ones first.

    The forms of a thing are those from the longest to the shortest; `taken` rows are needed for something else.
    """
    if room.rows is None or not said:
        yield from (line for forms in said for line in forms[0])
        return
    left = room.rows - taken
    least = [forms[-1] for forms in said]
    # The first one is to be understood without the report, even if not all of the others are named then.
    least[0] = next((form for form in said[0][1:] if room.takes(form) <= left - OTHERS), least[0])
    fit = len(said)
    while fit and room.takes(chain(*least[:fit])) + (fit < len(said)) > left:
        fit -= 1
    left -= room.takes(chain(*least[:fit])) + (fit < len(said))
    for forms, short in zip(said[:fit], least, strict=False):
        more = {id(form): room.takes(form) - room.takes(short) for form in forms}
        form = next((form for form in forms if more[id(form)] <= left), short)
        left -= more[id(form)]
        yield from form
    if fit < len(said):
        yield Line(f"… and {len(said) - fit} more, in the report")


def plain(text: str, encoding: str) -> str:
    """A text in the characters that an encoding has."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(ALIKE).encode(encoding, "backslashreplace").decode(encoding)
    return text


def headline(outcome: Outcome) -> str:
    """The verdict and what it rests on, in one line."""
    return f"{TITLES[outcome.verdict]}: {outcome.why}"


def left(said: str) -> Form:
    """How the account was left, or each account."""
    return tuple(Line(f"The account: {line}") for line in said.splitlines())


def totals(outcome: Outcome) -> Iterator[str]:
    """A line for each level that has requirements."""
    for level in LEVELS:
        found = outcome.counts[level]
        if sum(found.values()):
            parts = [f"{found[verdict]} {verdict}" for verdict in ORDER if found[verdict]]
            yield f"{level:<7} {sum(found.values()):>3}: {', '.join(parts)}"


def grouped(findings: list[Finding]) -> dict[str, list[str]]:
    """The IDs of requirements by the reason for which they have no verdict."""
    groups: dict[str, list[str]] = {}
    for finding in findings:
        groups.setdefault(finding.detail, []).append(finding.requirement.id)
    return groups


def some(names: list[str], shown: int = IDS_SHOWN) -> str:
    """The first few names, and how many there are beside."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def _causes(report: Report, room: Room) -> Iterator[Sequence[Form]]:
    """Each cause with the curl line that shows it, without, with what matters most, and in a row."""
    contract, exchanges = report.run.contract, report.run.exchanges
    for number, cause in enumerate(causes(report.outcome, contract, exchanges), start=1):
        requirement, case = cause.first.requirement, cause.first.decisive[0]
        also, hidden = ([each.requirement.id for each in those] for those in (cause.findings[1:], cause.blocked))
        level, colour = ("", "red") if cause.level == "MUST" else (f" ({cause.level})", "yellow")
        said = {
            "Expected": demanded(cause.first, contract),
            "Actual": case.actual,
            "Where": where(contract, requirement.id, case),
            "Seen": seen(cause, recorded=bool(report.run.recording)),
            "Breaks": f"also {room.named(also)}" if also else "",
            "Hides": f"what becomes of {room.named(hidden)}" if hidden else "",
        }
        rows = {name: room.labelled(name, _clean(report, text)) for name, text in said.items() if text}
        head = (
            *room.wrapped(f"{number}. {requirement.sentence}{level}", "bold", colour, hanging="   "),
            *room.wrapped(f"{requirement.id} ({requirement.source})", indent="   ", hanging="   "),
        )
        curl = [Line(f"   {printable(report.evidence.of(case.exchanges[-1]).curl)}", ("cyan",))] * bool(case.exchanges)
        without = (*head, *chain(*rows.values()))
        short = (*head, *rows["Expected"], *rows["Actual"])
        row = f"{number}. {requirement.id}{level}: {_clean(report, case.actual)}"
        yield (*without, *curl, BLANK), (*without, BLANK), (*short, BLANK), (room.cut(row, colour),)


def _open(report: Report, room: Room) -> Iterator[Sequence[Form]]:
    """What has no verdict, by reason."""
    for verdict in ("inconclusive", "untested"):
        for reason, names in grouped(report.outcome.those(verdict)).items():
            said = f"{verdict.capitalize()} ({len(names)}): {_clean(report, reason)}"
            whose = room.wrapped(room.named(names), indent="   ", hanging="   ")
            yield (*room.wrapped(said, "yellow", hanging="   "), *whose), (room.cut(said, "yellow"),)


def _notes(report: Report, room: Room) -> Iterator[Sequence[Form]]:
    for note in report.outcome.notes:
        if note != report.outcome.why:
            yield (room.wrapped(f"Note: {_clean(report, note)}", "yellow", hanging="   "),)
    waived = [finding.requirement.id for finding in report.outcome.those("waived")]
    if waived:
        yield (room.wrapped(f"Waived ({len(waived)}): {room.named(waived)}", hanging="   "),)


def _end(report: Report, written: Sequence[Path], room: Room, others: Mapping[str, str]) -> Iterator[Line]:
    run, outcome = report.run, report.outcome
    yield from room.wrapped(_clean(report, headline(outcome)), "bold", COLOURS[outcome.verdict], hanging="   ")
    for text in totals(outcome):
        yield Line(f"  {text}")
    yield Line(f"  {_clean(report, run.target.base_url)}")
    asked = f"recorded exchanges of {_clean(report, run.recording.archive.name)}" if run.recording else "exchanges"
    until = f"{report.finished:%Y-%m-%d %H:%M:%S} UTC"
    yield Line(f"  {len(run.exchanges)} {asked} in {report.seconds} s, until {until}, seed {run.options.seed}")
    yield Line(f"  {TOOL} {tool_version()}, contract {run.contract.name} {run.contract.version}")
    if written:
        yield Line(f"  Report: {written[0]}")
        beside = f"and {', '.join(file.name for file in written[1:])}"
        yield from room.wrapped(beside, indent="          ", hanging="          ")
    for name, what in others.items():
        yield Line(f"  {name}: {what}")
    yield from left(_clean(report, run.left))


def _clean(report: Report, text: str) -> str:
    # Before a text is broken into lines, in which no secret would be recognised.
    return printable(report.evidence.clean(text))
