"""The end of a run on a terminal."""

from __future__ import annotations

import io
import re

import pytest

from reports.terminal import Line, Room, fit, print_summary, summary_lines
from reports.waivers import Waiver
from tests.unit.reports.made import (
    CONTRACT,
    LEFT,
    MUST,
    MUSTS,
    OTHER,
    SHOULD,
    SHOULDS,
    case,
    conforming,
    exchange,
    others_conform,
    result,
    situations,
)

WRITTEN = {"Report": "/made/up/report.html and results.json, junit.xml", "Waivers": "/else/waivers.toml"}
SMALL, ENDLESS = Room(80, 21), Room(80, None)


def text_of(made: object, room: Room = ENDLESS) -> str:
    return "\n".join(line.text for line in summary_lines(made, WRITTEN, room))  # type: ignore[arg-type]


def apart(*names: str, **changes: object) -> list[object]:
    """Violated cases that have nothing in common."""
    return [
        case("violated", name, name=name, exchanges=(exchange(number=number, case_id=name),), **changes)
        for number, name in enumerate(names, 1)
    ]


def mixed() -> object:
    """A result with each verdict."""
    cases = [
        *apart(MUST, OTHER, reproducible=True),
        case("inconclusive", MUSTS[2]),
        *(case("untested", name, detail="no source") for name in SHOULDS[:6]),
    ]
    return result(others_conform(*cases), Waiver(OTHER, "known"))  # type: ignore[arg-type]


def test_it_has_all_that_is_needed_to_fix_a_violation() -> None:
    text = text_of(mixed())
    for part in (
        f"1. {CONTRACT.requirements[MUST].sentence.split(';', maxsplit=1)[0]}",
        f"   {MUST} (page: ",
        "Expected: a 4xx",
        "Actual:   got 200",
        "Where:    the status of the response",
        "Seen:     in 1 of 1 case; run again once, reproduced",
        f"Source:   {CONTRACT.requirements[MUST].url}\n",
        f"Run only: tfe-conformance check … --only {MUST}\n",
        "$TFE_TOKEN",
        "NOT CONFORMANT: 1 of ",
        f"Waived (1): {OTHER}",
        "Inconclusive (1): it is inconclusive",
        "Untested (6): no source",
        "  Report: /made/up/report.html and results.json, junit.xml\n  Waivers: /else/waivers.toml\n",
    ):
        assert part in text, part


@pytest.mark.parametrize("room", [SMALL, ENDLESS])
@pytest.mark.parametrize("name", situations())
def test_the_last_line_says_how_the_account_was_left(room: Room, name: str) -> None:
    lines = text_of(situations()[name], room).splitlines()
    assert lines[-1] == f"The account: {LEFT}"
    assert any(line.startswith(situations()[name].title[:40]) for line in lines)


def test_a_pass_needs_a_few_lines() -> None:
    assert len(text_of(result(conforming())).splitlines()) < 12


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@pytest.mark.parametrize("rows", [18, 21, 37])
@pytest.mark.parametrize("number", [1, 3, 40])
def test_it_fits_the_screen(columns: int, rows: int, number: int) -> None:
    room = Room(columns, rows)
    untested = [case("untested", name, detail=f"reason {name}") for name in MUSTS[number : number + 9]]
    cases = [*apart(*MUSTS[:number], actual="it is " + "so " * 99), *untested]
    lines = list(summary_lines(result(others_conform(*cases)), WRITTEN, room))  # type: ignore[arg-type]
    assert room.height(lines) <= rows
    # The first cause is explained, unless lines are very short.
    if columns >= 60 and rows > 18:
        assert lines[0].text.startswith("1. ")
        assert lines[0].style == "bold red"
        assert any(line.text.startswith("   Expected:") for line in lines)


def test_without_a_limit_nothing_is_left_out() -> None:
    made = result(apart(*MUSTS, actual="it is " + "so " * 999))  # type: ignore[arg-type]
    text = text_of(made)
    assert all(re.search(rf"[ ,]{re.escape(name)}[ ,\n]", text) for name in MUSTS)
    assert text.count("curl ") == len(made.causes) > 10
    assert text.count("so so") > 400 * len(made.causes)
    assert "..." not in text


def test_each_item_takes_the_longest_form_for_which_there_is_room() -> None:
    one, two, three = ((Line(name),) * 3 for name in "abc")
    forms = [(form, form[:1]) for form in (one, two, three)]

    def shown(rows: int) -> str:
        return "".join(line.text[0] for line in fit(forms, Room(80, rows)))

    assert shown(9) == "aaabbbccc"
    assert shown(8) == "aaabbbc"
    assert shown(5) == "aaabc"
    assert shown(4) == "abc"
    assert shown(2) == "a."
    assert shown(1) == "."


@pytest.mark.parametrize("verbosity", [0, 1])
def test_a_very_long_command_line_is_cut_with_a_hint_to_the_report(verbosity: int) -> None:
    stream, body = io.StringIO(), b'{"data": ' + b"[" * 7_000 + b"]" * 1_000
    bad = result(others_conform(case("violated", MUST, exchanges=(exchange(body=body),))))
    print_summary(bad, WRITTEN, stream, verbosity=verbosity)
    (line,) = (line for line in stream.getvalue().splitlines() if "curl" in line)
    assert (len(line) > 8_000) == (verbosity > 0)
    assert line.endswith("[[[ ... (cut, report.html has the whole line)") == (verbosity == 0)


def test_a_should_that_does_not_count_is_not_red() -> None:
    lines = list(summary_lines(result(apart(SHOULD)), WRITTEN, SMALL))  # type: ignore[arg-type]
    assert lines[0].style == "bold yellow"
    assert " (SHOULD)" in "\n".join(line.text for line in lines)


def test_a_target_cannot_write_to_the_terminal() -> None:
    stream = io.StringIO()
    bad = result([case("violated", MUST, actual="it is \x1b[2J\x07\u202e\ud800 bye [bold]x[/bold] :smile:")])
    print_summary(bad, WRITTEN, stream, verbosity=1)
    text = stream.getvalue()
    assert "\\x1b[2J\\x07" in text
    assert "[bold]x[/bold] :smile:" in text
    assert all(character.isprintable() or character == "\n" for character in text)
    text.encode()


@pytest.mark.parametrize(("verbosity", "rows"), [(0, 37), (-1, 14), (1, 400)])
def test_a_file_gets_as_many_lines_as_asked_for(verbosity: int, rows: int) -> None:
    stream = io.StringIO()
    print_summary(result(apart(*MUSTS)), WRITTEN, stream, verbosity=verbosity)  # type: ignore[arg-type]
    lines = stream.getvalue().splitlines()
    assert rows // 2 < len(lines) <= rows
    assert (max(map(len, lines)) > 100) == (verbosity >= 0)
