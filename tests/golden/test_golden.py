"""The stored runs, and the differences of other runs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas import load
from tests.faults import FAULTS
from tests.golden import stored
from tests.golden.stored import StoredRun
from tests.sweep.runs import Run
from tests.variants import VARIANTS

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

BEFORE = StoredRun("a", "fault", 1, {"violated": ["user.data", "user.id"], "untested": ["user.type"]})
OUTCOME = Run(
    "fault", "a", 1, {"user.data": "violated", "user.id": "violated", "user.type": "untested", "x": "conforms"}
)


def test_stored_runs_have_existing_names() -> None:
    names = {"reference": {"reference"}, "fault": FAULTS.keys(), "variant": VARIANTS.keys()}
    for run in stored.read():
        assert run.name in names[run.kind]
        assert run.by_requirement().keys() <= load().requirements.keys()


def test_stored_faults_turn_every_requirement_red() -> None:
    red = {name for run in stored.read() if run.kind == "fault" for name in run.verdicts.get("violated", [])}
    assert red == load().requirements.keys()


def test_the_same_outcome_has_no_difference() -> None:
    assert list(stored.differences(BEFORE, OUTCOME)) == []


def test_differences_of_verdicts_and_exit_codes() -> None:
    run = Run(
        "fault", "a", 3, {"user.data": "conforms", "user.id": "violated", "user.type": "untested", "x": "violated"}
    )
    assert list(stored.differences(BEFORE, run)) == [
        "exit code 1 -> 3",
        "user.data: violated -> conforms",
        "x: conforms -> violated",
    ]


def test_a_requirement_that_is_gone_is_a_difference() -> None:
    run = Run("fault", "a", 1, {"user.data": "violated", "user.id": "violated"})
    assert list(stored.differences(BEFORE, run)) == ["user.type: untested -> no requirement"]


def test_a_run_without_verdicts_is_a_difference() -> None:
    run = Run("fault", "a", 2, {}, "usage: …\nunknown option\n")
    assert list(stored.differences(BEFORE, run)) == ["exit code 1 -> 2", "no verdicts: unknown option"]


def test_runs_are_written_and_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(stored, "PATH", tmp_path / "runs.json")
    conforming = Run("reference", "reference", 0, {"x": "conforms"})
    stored.write([conforming, OUTCOME])
    assert stored.read() == [StoredRun("reference", "reference", 0, {}), BEFORE]
