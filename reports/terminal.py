"""The end of a run on a terminal: what the page says, in a screen; how the account was left comes last."""

from __future__ import annotations

import math
import textwrap
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from reports.evidence import printable
from reports.results import TOOL, tool_version
from reports.verdicts import LEVELS, ORDER

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
    "violated": "VIOLATED",
    "configuration": "NO VERDICT YET",
    "no verdict": "NO VERDICT",
}
STAMPS = {True: ", reproducible", False: ", flaky: it did not happen again", None: ""}
ALIKE = str.maketrans({"…": "...", "–": "-", "×": "x", "“": '"', "”": '"', "→": "->"})
"""What can be written where a character can't."""


class Line(NamedTuple):
    """A line for the terminal; `markup` are colours and weights as pytest's writer names them."""

    text: str
    markup: tuple[str, ...] = ()


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
            text, self.columns, initial_indent=indent, subsequent_indent=hanging, max_lines=most, placeholder=" …"
        )
        return tuple(Line(line, markup) for line in found)

    def cut(self, text: str, *markup: str) -> Line:
        """A text in one row."""
        text = " ".join(text.split())
        return Line(text if len(text) <= self.columns else f"{text[: self.columns - 2]} …", markup)


def lines(
    report: Report, written: Sequence[Path], room: Room, others: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Line]:
    """All lines; `written` are the files of the report, the page first, `others` what else was, by what it is."""
    end = tuple(_end(report, written, room, others))
    said = [*_violations(report, room), *([] if report.run.problem else _open(report, room)), *_notes(report, room)]
    found = list(fitted(said, room, room.takes(end) + 1))
    yield from found
    if found and found[-1].text:
        yield Line("")
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
    least[0] = next((form for form in said[0][-2:] if room.takes(form) <= left - OTHERS), least[0])
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
    """How the account was left."""
    return (Line(f"The account: {said}"),) if said else ()


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


def _violations(report: Report, room: Room) -> Iterator[Sequence[Form]]:
    """Each violation with its curl line, without, and in a row."""
    for number, finding in enumerate(report.outcome.those("violated"), start=1):
        requirement, case = finding.requirement, finding.decisive[0]
        level = "" if requirement.level == "MUST" else f" ({requirement.level})"
        name, colour = f"{number}. {requirement.id}{level}", "red" if requirement.level == "MUST" else "yellow"
        long = (
            Line(name, ("bold", colour)),
            *room.wrapped(_clean(report, requirement.sentence), indent="   ", hanging="   "),
            *_labelled("Expected:", _clean(report, case.expected), room),
            *_labelled("Actual:", _clean(report, case.actual), room),
            *_labelled(
                "Cases:", _clean(report, f"{finding.tally}, first {case.name}{STAMPS[case.reproducible]}"), room
            ),
        )
        short = room.cut(f"{name}: {_clean(report, case.actual)}", colour)
        curl = [Line(f"   {printable(report.evidence.of(case.exchanges[-1]).curl)}", ("cyan",))] * bool(case.exchanges)
        yield (*long, *curl, Line("")), (*long, Line("")), (short,)


def _open(report: Report, room: Room) -> Iterator[Sequence[Form]]:
    """What has no verdict, by reason."""
    for verdict in ("inconclusive", "untested"):
        for reason, names in grouped(report.outcome.those(verdict)).items():
            said = f"{verdict.capitalize()} ({len(names)}): {_clean(report, reason)}"
            whose = some(names) if room.rows else ", ".join(names)
            yield (
                (*room.wrapped(said, "yellow", hanging="   "), *room.wrapped(whose, indent="   ", hanging="   ")),
                (room.cut(said, "yellow"),),
            )


def _notes(report: Report, room: Room) -> Iterator[Sequence[Form]]:
    for note in report.outcome.notes:
        if note != report.outcome.why:
            yield (room.wrapped(f"Note: {_clean(report, note)}", "yellow", hanging="   "),)
    waived = [finding.requirement.id for finding in report.outcome.those("waived")]
    if waived:
        yield (room.wrapped(f"Waived: {some(waived, 10)}", hanging="   "),)


def _end(report: Report, written: Sequence[Path], room: Room, others: Mapping[str, str]) -> Iterator[Line]:
    run, outcome = report.run, report.outcome
    yield from room.wrapped(_clean(report, headline(outcome)), "bold", COLOURS[outcome.verdict], hanging="   ")
    for text in totals(outcome):
        yield Line(f"  {text}")
    yield Line(f"  {_clean(report, run.target.base_url)}")
    asked = f"{len(run.exchanges)} exchanges in {report.seconds} s, seed {run.options.seed}"
    yield Line(f"  {asked}, {TOOL} {tool_version()}")
    if written:
        yield Line(f"  Report: {written[0]}")
        beside = f"and {', '.join(file.name for file in written[1:])}"
        yield from room.wrapped(beside, indent="          ", hanging="          ")
    for name, what in others.items():
        yield Line(f"  {name}: {what}")
    yield from left(_clean(report, run.left))


def _labelled(label: str, text: str, room: Room) -> Form:
    return room.wrapped(text, indent=f"   {label:<10}", hanging=" " * 13)


def _clean(report: Report, text: str) -> str:
    # Before a text is broken into lines, in which no secret would be recognised.
    return printable(report.evidence.clean(text))
