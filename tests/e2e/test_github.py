"""In a job of GitHub Actions a run writes to the page of the job by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.suite import CONFORMANT, ROOT, USAGE, VIOLATED, check
from tests.sweep.faulty import FAULT

if TYPE_CHECKING:
    from pathlib import Path

ONLY = ("--only=disable.ends-two-factor", "-p", "tests.sweep.faulty")


def test_a_run_appends_its_summary_and_annotates_its_causes(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    job = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(file)}
    job[FAULT] = "disable-only-says-so"
    run = check(tmp_path, *ONLY, cwd=ROOT, **job)
    assert run.code == VIOLATED, run.out
    assert file.read_text("utf-8") == (run.folder / "summary.md").read_text("utf-8")
    assert run.out.index("::stop-commands::") < run.out.index("NOT CONFORMANT") < run.out.index("::error title=")
    assert "::error title=disable.ends-two-factor::After disabling" in run.out


def test_a_mistake_of_the_command_line_leaves_no_summary(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    run = check(tmp_path, "--waivers=missing.toml", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(file))
    assert run.code == USAGE
    assert not file.exists()


@pytest.mark.slow
def test_elsewhere_nothing_of_this_is_printed(tmp_path: Path) -> None:
    run = check(tmp_path, *ONLY)
    assert run.code == CONFORMANT, run.out
    assert "::" not in run.out
