"""The end of a run on a terminal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reports.causes import causes
from reports.terminal import IDS_SHOWN, Line, Room, fitted, lines, plain
from reports.waivers import Waiver
from tests.reports.made import CONTRACT, MUSTS, SHOULDS, all_conform, case, exchange, report

if TYPE_CHECKING:
    from conformance.verdicts import Case

MUST, OTHER = MUSTS[:2]
FILES = [Path("/made/up/report.html"), Path("/made/up/results.json"), Path("/made/up/summary.md")]
SMALL, ENDLESS = Room(80, 24), Room(80, None)
LEFT = "The account: two-factor authentication is off"


def text_of(found: object, room: Room = ENDLESS) -> str:
    return "\n".join(line.text for line in lines(found, FILES, room, {"Waivers": "/else/waivers.toml"}))  # type: ignore[arg-type]


def violated(name: str, **changed: Any) -> Case:
    """A case of which nothing says that it has the cause of another one."""
    return case("violated", name, exchanges=(exchange(purpose=name),), **changed)


def mixed() -> object:
    """A report that has some of everything."""
    cases = [
        violated(MUST, reproducible=True),
        violated(OTHER),
        case("inconclusive", MUSTS[2]),
        *(case("untested", name, detail="no source") for name in SHOULDS[: IDS_SHOWN + 2]),
    ]
    asked = {name for each in cases for name in each.requirements}
    return report([*all_conform(*asked), *cases], Waiver(OTHER, "known"))


def test_it_says_what_the_page_says() -> None:
    text = text_of(mixed())
    for part in (
        f"   {MUST} (page: ",
        CONTRACT.requirements[MUST].sentence.split(";", maxsplit=1)[0],
        "Expected: a 4xx",
        "Actual:   got 200",
        "Where:    the status of the answer",
        "in 1 of 1 case; asked again once, it happened again",
        "$TFE_TOKEN",
        "NOT CONFORMANT: 1 of ",
        f"Waived (1): {OTHER}",
        "Inconclusive (1): it is inconclusive",
        "Untested (6): no source",
        "1 exchanges in 1.5 s, until 2026-06-15 00:00:00 UTC, seed 0",
        "  Report: /made/up/report.html\n          and results.json, summary.md\n  Waivers: /else/waivers.toml\n",
    ):
        assert part in text


@pytest.mark.parametrize("room", [SMALL, ENDLESS])
def test_the_last_line_says_how_the_account_was_left(room: Room) -> None:
    assert text_of(mixed(), room).splitlines()[-1] == LEFT
    assert text_of(report(all_conform()), room).splitlines()[-1] == LEFT


def test_a_conforming_target_needs_a_few_lines() -> None:
    assert len(text_of(report(all_conform())).splitlines()) < 12


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@pytest.mark.parametrize("rows", [21, 24, 37])
@pytest.mark.parametrize("number", [1, 2, 3, 5, 9, 40])
def test_it_takes_a_screen(columns: int, rows: int, number: int) -> None:
    room = Room(columns, rows)
    broken = [violated(name, actual="it said " + "so " * 99) for name in MUSTS[:number]]
    open_ones = [case("untested", name, detail=f"reason {name}") for name in MUSTS[number : number + 9]]
    asked = {name for each in (*broken, *open_ones) for name in each.requirements}
    found = list(lines(report([*all_conform(*asked), *broken, *open_ones]), FILES, room))
    assert room.takes(found) <= rows
    # The first cause is told with what was expected, where lines are not very short.
    if columns >= 60:
        assert found[0].text.startswith("1. ")
        assert any(line.text.startswith("   Expected:") for line in found)
        assert found[0].markup == ("bold", "red")


def test_where_there_is_no_end_of_rows_nothing_is_left_out() -> None:
    long = "it said " + "so " * 999
    made = report([violated(name, actual=long) for name in MUSTS])
    text = text_of(made)
    assert all(re.search(rf"[ ,]{re.escape(name)}[ ,\n]", text) for name in MUSTS)
    number = len(causes(made.outcome, CONTRACT, made.run.exchanges))
    assert text.count("curl ") == number > 10
    assert text.count("so so") > 400 * number
    assert "…" not in text


def test_the_longest_form_is_taken_for_which_there_is_room() -> None:
    one, two, three = ((Line(name),) * 3 for name in "abc")
    forms = [(form, form[:1]) for form in (one, two, three)]

    def shown(rows: int) -> str:
        return "".join(line.text[0] for line in fitted(forms, Room(80, rows)))

    assert shown(9) == "aaabbbccc"
    assert shown(8) == "aaabbbc"
    assert shown(5) == "aaabc"
    assert shown(4) == "abc"
    assert shown(2) == "a…"
    assert shown(1) == "…"


def test_a_should_that_does_not_count_is_not_red() -> None:
    found = list(lines(report([violated(SHOULDS[0])]), FILES, SMALL))
    assert found[0].markup == ("bold", "yellow")
    assert " (SHOULD)" in found[0].text


def test_a_target_cannot_write_to_the_terminal() -> None:
    bad = report([case("violated", MUST, actual="it said \x1b[2J\x07\u202e\ud800 bye")])
    text = text_of(bad).replace("\n", "")
    assert "\\x1b[2J\\x07" in text
    assert all(character.isprintable() for character in text)
    text.encode()


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "a … “b” → ü 🔒"),
        ("ascii", 'a ... "b" -> \\xfc \\U0001f512'),
        ("cp1252", 'a ... "b" -> ü \\U0001f512'),
    ],
)
def test_what_a_terminal_cannot_show_is_written_otherwise(encoding: str, expected: str) -> None:
    assert plain("a … “b” → ü 🔒", encoding) == expected
    assert plain("all is well", encoding) == "all is well"
