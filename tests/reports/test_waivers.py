"""Waivers: read with care, applied to what they name, and refused when they are stale."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from conformance.target import ConfigurationError
from reports.verdicts import Conduct
from reports.waivers import Waiver, read
from tests.reports.made import CONTRACT, MUSTS, TODAY, all_conform, case, report

if TYPE_CHECKING:
    from pathlib import Path

MUST, OTHER = MUSTS[:2]


def test_all_keys_are_read(tmp_path: Path) -> None:
    file = tmp_path / "waivers.toml"
    file.write_text(f'[[waiver]]\nid = "{MUST}"\nreason = "known"\ncase = "*-null"\nexpires = 2026-12-31\n')
    assert read(str(file), CONTRACT, TODAY).entries == (Waiver(MUST, "known", "*-null", date(2026, 12, 31)),)
    assert read(None, CONTRACT).entries == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f'[[waiver]]\nid = "{MUST}x"\nreason = "known"', f"did you mean '{MUST}'?"),
        (f'[[waiver]]\nid = "{MUST}"', "entry 1: reason is missing"),
        (f'[[waiver]]\nid = "{MUST}"\nreason = " "', "entry 1: reason is missing"),
        ('[[waiver]]\nreason = "known"', "id is missing"),
        (f'[[waiver]]\nid = "{MUST}"\nreson = "known"', "did you mean 'reason'?"),
        (f'[[waiver]]\nid = "{MUST}"\nreason = 1', "reason has to be a string"),
        (f'[[waiver]]\nid = "{MUST}"\nreason = "known"\nexpires = "2026-12-31"', "without quotes"),
        (f'[[waiver]]\nid = "{MUST}"\nreason = "known"\nexpires = 2026-12-31T10:00:00', "without quotes"),
        (f'[waiver]\nid = "{MUST}"', "double brackets"),
        ("[[waivers]]", "'waivers' is not known"),
        ("[[waiver", "is no TOML"),
        (b"\xff", "is not UTF-8"),
    ],
)
def test_a_mistake_is_one_line(text: str | bytes, line: str, tmp_path: Path) -> None:
    file = tmp_path / "waivers.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigurationError) as caught:
        read(str(file), CONTRACT)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="can't be read"):
        read(str(tmp_path / "none.toml"), CONTRACT)


def test_a_glob_has_to_cover_every_violation() -> None:
    cases = [case("violated", MUST, name="type-null"), case("violated", MUST, name="type-list")]
    assert report([*all_conform(MUST), *cases], Waiver(MUST, "known", "*-null")).outcome.exit_code == 1
    both = (Waiver(MUST, "known", "*-null"), Waiver(MUST, "also", "*-list"))
    found = report([*all_conform(MUST), *cases], *both).outcome
    assert found.exit_code == 0
    assert found.those("waived")[0].waiver == "known; also"


@pytest.mark.parametrize("day", [date(2026, 6, 14), date(2026, 1, 1)])
def test_an_expired_waiver_counts_no_more(day: date) -> None:
    found = report([*all_conform(MUST), case("violated", MUST)], Waiver(MUST, "known", expires=day)).outcome
    assert found.exit_code == 1
    assert f"expired on {day}: the violation counts again" in found.notes[0]


def test_a_waiver_counts_on_its_last_day() -> None:
    found = report([*all_conform(MUST), case("violated", MUST)], Waiver(MUST, "known", expires=TODAY)).outcome
    assert (found.exit_code, found.notes) == (0, ())


def test_a_stale_waiver_fails_the_run() -> None:
    found = report(all_conform(), Waiver(MUST, "known")).outcome
    assert (found.verdict, found.exit_code) == ("configuration", 2)
    assert "is stale" in found.why


def test_a_waiver_of_no_case_fails_the_run() -> None:
    found = report(all_conform(), Waiver(MUST, "known", "nothing-*")).outcome
    assert found.exit_code == 2
    assert "names no case" in found.why


def test_a_violation_outweighs_a_stale_waiver() -> None:
    found = report([*all_conform(OTHER), case("violated", OTHER)], Waiver(MUST, "known")).outcome
    assert found.exit_code == 1
    assert "is stale" in found.notes[0]


def test_a_part_of_a_run_does_not_call_a_waiver_stale() -> None:
    found = report(all_conform(), Waiver(MUST, "known"), conduct=Conduct(partial="some were deselected")).outcome
    assert (found.exit_code, found.notes) == (3, ())
