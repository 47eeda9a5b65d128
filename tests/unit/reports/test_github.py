"""In a job of GitHub Actions the causes are annotations, and the summary is on the page of the job."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from reports.github import MAX_ANNOTATIONS, Job, command, commands_of, is_github
from tests.unit.reports.made import CONTRACT, MUST, MUSTS, SHOULD, case, exchange, mixed, result, situations

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_job_is_known_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert is_github()
    monkeypatch.setenv("GITHUB_ACTIONS", "")
    assert not is_github()


def test_a_command_is_one_line_whatever_its_text_is() -> None:
    assert command("error", "a,b: 100%", "x\r\n::warning::50%") == (
        "::error title=a%2Cb%3A 100%25::x%0D%0A::warning::50%25"
    )


def test_each_cause_is_an_annotation_a_should_that_does_not_count_a_warning() -> None:
    error, warning = commands_of(mixed())
    requirement = CONTRACT.requirements[MUST]
    assert error.startswith(f"::error title={MUST}::{requirement.sentence}%0AExpected: a 4xx%0AActual: got 200%0A")
    assert error.endswith(requirement.url)
    assert warning.startswith(f"::warning title={SHOULD}::")
    assert all(line.startswith("::error") for line in commands_of(mixed(strict=True)))


def test_a_verdict_without_a_cause_is_an_annotation_and_success_is_none() -> None:
    assert list(commands_of(situations()["not reached"])) == ["::error title=NO VERDICT::no connection"]
    assert next(iter(commands_of(situations()["stale waiver"]))).startswith("::error title=CONFIGURATION ERROR::")
    assert list(commands_of(situations()["conformant"])) == []


def test_there_are_only_as_many_annotations_as_github_shows() -> None:
    cases = [
        case("violated", name, name=name, exchanges=(exchange(number=number, case_id=name, status=200 + number),))
        for number, name in enumerate(MUSTS, 1)
    ]
    made = result(cases)
    assert len(made.causes) > MAX_ANNOTATIONS
    assert len(list(commands_of(made))) == MAX_ANNOTATIONS


def test_no_line_is_a_command_between_the_beginning_and_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, stream = tmp_path / "summary", io.StringIO()
    file.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    job = Job(stream)
    job.begin()
    stream.write("::error::of the target\n")
    assert job.end(mixed(), "## a summary\n") == ""
    begin, _, end, *commands = stream.getvalue().splitlines()
    assert begin.startswith("::stop-commands::")
    assert end == f"::{begin.removeprefix('::stop-commands::')}::"
    assert len(end) > 20
    assert commands == list(commands_of(mixed()))
    assert file.read_text() == "before\n## a summary\n"


def test_a_summary_that_cannot_be_written_is_a_problem_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "missing" / "summary"))
    assert Job(io.StringIO()).end(mixed(), "text").startswith("GITHUB_STEP_SUMMARY can't be written to: No such file")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    assert Job(io.StringIO()).end(None, "text") == ""
