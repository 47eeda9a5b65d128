"""Waivers: read with care, applied to the cases that they name, and refused once they are stale."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from conformance.model import ConfigurationError
from reports.waivers import DAYS, Waiver, check_template, read_waivers, waivers_schema, waivers_template
from tests.unit.reports.made import (
    CONTRACT,
    MUST,
    OTHER,
    SHOULD,
    TODAY,
    TOKEN,
    case,
    conforming,
    finding,
    others_conform,
    result,
)

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

ENTRY = f'[[waiver]]\nid = "{MUST}"\nreason = "known"\n'
VIOLATED = others_conform(case("violated", MUST))
EXPIRED = date(2026, 6, 14)


# -- reading -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_all_keys_are_read_also_behind_a_byte_order_mark(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "waivers.toml"
    file.write_text(
        f'{ENTRY}expires = 2026-12-31\ncase = "*-null"\n{ENTRY}case = ["a", "b"]\nexpires = "2026-12-31"\n', encoding
    )
    day = date(2026, 12, 31)
    assert read_waivers(str(file), CONTRACT, TODAY).entries == (
        Waiver(MUST, "known", ("*-null",), day),
        Waiver(MUST, "known", ("a", "b"), day),
    )
    assert read_waivers(None, CONTRACT).entries == ()


def test_the_schema_describes_every_key() -> None:
    Draft202012Validator.check_schema(waivers_schema())
    keys = waivers_schema()["$defs"]["waiver"]["properties"]
    assert list(keys) == ["id", "reason", "expires", "case"]
    assert all(key["description"].endswith(".") for key in keys.values())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f'[[waiver]]\nid = "{MUST}x"\nreason = "known"', f"did you mean '{MUST}'?"),
        (
            f'{ENTRY}[[waiver]]\nid = "{MUST}"',
            "entry 2: 'reason' is a required property. An entry under",
        ),
        (f'[[waiver]]\nid = "{MUST}"\nreason = " "', 'entry 1: reason: " " is wrong. The reason for which'),
        ('[[waiver]]\nreason = "known"', "entry 1: 'id' is a required property"),
        ('[[waiver]]\nid = 1\nreason = "known"', "entry 1: id: 1 is wrong. The ID of the requirement"),
        (f'{ENTRY}reson = "known"', "('reson' was unexpected). An entry under [[waiver]] has the keys id, reason, exp"),
        (f'[[waiver]]\nid = "{MUST}"\nreason = 1', "reason: 1 is wrong"),
        (f'[[waiver]]\nid = "{MUST}"\nreason = "TODO: why?"', "in place of the TODO of --write-waivers"),
        (f'[[waiver]]\nid = "{MUST}"\nreason = " todo"', "in place of the TODO of --write-waivers"),
        (f'{ENTRY}expires = "soon"', 'expires: "soon" is wrong. The last day on which the waiver counts'),
        (f"{ENTRY}expires = 2026-12-31T10:00:00", "such as 2026-12-31"),
        (f"{ENTRY}expires = 2026", "such as 2026-12-31"),
        (f"{ENTRY}case = []", "case: [] is wrong"),
        (f'{ENTRY}case = ["a", 1]', "entry 1: case: entry 2: 1 is wrong"),
        (f'[waiver]\nid = "{MUST}"', "double brackets"),
        ("waiver = [1]", "entry 1: 1 is wrong. An entry under [[waiver]]"),
        ("[[waivers]]", "('waivers' was unexpected). Write each entry under [[waiver]], in double brackets"),
        ("[[waiver", "is not TOML in UTF-8"),
        (b"\xff", "is not TOML in UTF-8"),
    ],
)
def test_a_mistake_is_one_line(text: str | bytes, line: str, tmp_path: Path) -> None:
    file = tmp_path / "waivers.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigurationError) as caught:
        read_waivers(str(file), CONTRACT)
    assert str(caught.value).startswith(f"--waivers: {file}")
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="can't be read"):
        read_waivers(str(tmp_path / "none.toml"), CONTRACT)


# -- applying ----------------------------------------------------------------------------------------------------------


def test_a_glob_has_to_cover_every_violation() -> None:
    cases = others_conform(case("violated", MUST, name="type-null"), case("violated", MUST, name="type-list"))
    made = result(cases, Waiver(MUST, "known", ("*-null",)))
    assert made.exit_code == 1
    assert finding(made, MUST).detail.endswith("; 1 of the 2 violated cases are waived")
    assert [(each.verdict, each.waiver) for each in finding(made, MUST).cases] == [
        ("waived", "known"),
        ("violated", ""),
    ]
    made = result(cases, Waiver(MUST, "known", ("*-null",)), Waiver(MUST, "also", ("*-list",)))
    assert made.exit_code == 0
    assert finding(made, MUST).waiver == "known; also"


@pytest.mark.parametrize(
    ("cases", "waiver", "code", "line"),
    [
        (VIOLATED, Waiver(MUST, "known", expires=TODAY), 0, ""),
        (VIOLATED, Waiver(MUST, "known", expires=EXPIRED), 1, "expired on 2026-06-14: the violation counts again"),
        (conforming(), Waiver(MUST, "known", expires=EXPIRED), 2, "expired on 2026-06-14: and it is not needed either"),
        (others_conform(case("violated", SHOULD)), Waiver(SHOULD, "known", expires=EXPIRED), 2, "counts again"),
        (conforming(), Waiver(MUST, "known"), 2, "is stale, because the requirement conforms now: remove it"),
        (conforming(), Waiver(MUST, "known", ("nothing-*",)), 2, "(case 'nothing-*') names no case of the run"),
        (VIOLATED, Waiver(OTHER, "known"), 1, "is stale"),
        (others_conform(case("inconclusive", MUST)), Waiver(MUST, "known"), 3, ""),
    ],
)
def test_stale_and_expired_waivers(cases: Any, waiver: Waiver, code: int, line: str) -> None:
    made = result(cases, waiver)
    assert made.exit_code == code
    assert line in f"{made.why} {' '.join(made.notes)}"
    assert bool(line) == ("the waiver of" in f"{made.why} {' '.join(made.notes)}")


@pytest.mark.parametrize(
    "changes", [{"partial": "tests were deselected"}, {"stopped": "Ctrl-C"}, {"abort_reason": "x"}, {"recorded": True}]
)
def test_only_a_complete_run_calls_a_waiver_stale(changes: dict[str, Any]) -> None:
    made = result(conforming(), Waiver(MUST, "known"), **changes)
    assert "is stale" not in f"{made.why} {made.notes}"


def test_an_expired_waiver_of_an_untested_requirement_is_ignored() -> None:
    made = result([], Waiver(MUST, "known", expires=EXPIRED), abort_reason="no connection")
    assert (made.exit_code, made.notes) == (3, ())


# -- the template ------------------------------------------------------------------------------------------------------


def test_a_completed_template_waives_the_violations_that_it_was_made_of(tmp_path: Path) -> None:
    cases = others_conform(
        *(case("violated", MUST, name=name) for name in ("one[*]", "two", 'th"ree\\')),
        case("violated", OTHER, name="accepted"),
        case("violated", SHOULD, name="x"),
    )
    accepted = Waiver(OTHER, "known")
    text = waivers_template(result(cases, accepted))
    entries = tomllib.loads(text)["waiver"]
    assert [entry["id"] for entry in entries] == [MUST, SHOULD]
    assert all(entry["expires"] == TODAY + timedelta(days=DAYS) for entry in entries)
    file = tmp_path / "waivers.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match=r"reason: .* is wrong.*in place of the TODO"):
        read_waivers(str(file), CONTRACT, TODAY)
    file.write_text(text.replace("TODO: ", "done: "), "utf-8")
    waivers = read_waivers(str(file), CONTRACT, TODAY)
    made = result(cases, accepted, *waivers.entries)
    assert (made.exit_code, made.notes) == (0, ())
    assert result([*cases, case("violated", MUST, name="oneX")], accepted, *waivers.entries).exit_code == 1


def test_nothing_that_a_target_sends_leaves_its_comment() -> None:
    evil = f"{TOKEN} \n[[waiver]]\r\x00\x7f\ud800\u2028\u0085"
    text = waivers_template(result(others_conform(case("violated", MUST, name=evil, actual=evil))))
    assert len(tomllib.loads(text)["waiver"]) == 1
    assert TOKEN not in text


def test_a_template_without_violations_is_valid() -> None:
    assert tomllib.loads(waivers_template(result(conforming()))) == {}


def test_no_template_overwrites_a_file(tmp_path: Path) -> None:
    assert check_template(None) is None
    assert check_template(str(tmp_path / "new.toml")) == tmp_path / "new.toml"
    (tmp_path / "old.toml").write_text("mine")
    with pytest.raises(ConfigurationError, match="exists already"):
        check_template(str(tmp_path / "old.toml"))
    with pytest.raises(ConfigurationError, match="does not exist"):
        check_template(str(tmp_path / "none" / "new.toml"))
