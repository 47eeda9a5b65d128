"""The kill matrix, the judgement of outcomes, and a few runs of the sweep; `make sweep` makes them all."""

from __future__ import annotations

import csv
import re

import pytest

from schemas import load
from tests.faults import FAULTS
from tests.sweep import matrix
from tests.sweep.runs import Kind, Run, problem_with, run_all, run_suite
from tests.variants import VARIANTS


def test_the_matrix_is_of_these_requirements_and_faults() -> None:
    with matrix.CSV.open(encoding="utf-8", newline="") as file:
        (_, *faults), *rows = csv.reader(file)
    assert faults == list(FAULTS)
    assert [name for name, *_ in rows] == list(load().requirements)
    assert [name for name, *marks in rows if "1" not in marks] == []


def test_the_matrix_for_readers_is_of_these_faults_and_variants() -> None:
    text = matrix.MARKDOWN.read_text("utf-8")
    for name, deviation in [*FAULTS.items(), *VARIANTS.items()]:
        assert f"| `{name}` | {deviation.sentence} |" in text


def run_of(kind: Kind, name: str, exit_code: int, *violated: str, output: str = "") -> Run:
    return Run(kind, name, exit_code, dict.fromkeys(violated, "violated"), output)


@pytest.mark.parametrize(
    ("run", "problem"),
    [
        (run_of("reference", "reference", 0), ""),
        (run_of("reference", "reference", 2), "the exit code is 2"),
        (run_of("reference", "reference", 0, output="Traceback (most recent call last)"), "a traceback"),
        (run_of("fault", "wrong-code-ends", 1, "verify.rejected-changes-nothing"), ""),
        (run_of("fault", "wrong-code-ends", 0, "verify.rejected-changes-nothing"), "the exit code is 0, and 1 MUSTs"),
        (run_of("fault", "wrong-code-ends", 1, "verify.wrong-code"), "none of .* went red, but"),
        (run_of("fault", "error-status-number", 0, "errors.status-string"), ""),
        (run_of("fault", "nan-taken", 0), ""),
        (run_of("fault", "nan-taken", 1, "enable.request.body"), "went red, but the fault is undecidable"),
        (run_of("variant", "compressed", 0), ""),
        (run_of("variant", "compressed", 3), ""),
        (run_of("variant", "compressed", 1, "user.document"), "'user.document'. went red"),
        (run_of("variant", "errors-in-text", 0, "errors.document"), ""),
        (run_of("variant", "errors-in-text", 0), "none of .* went red"),
    ],
)
def test_problem_with_an_outcome(run: Run, problem: str) -> None:
    assert re.search(problem or "^$", problem_with(run))


SOME: list[tuple[Kind, str]] = [
    ("fault", "enable-answer-used-recovery-codes-early"),
    ("fault", "prefix-missing"),
    ("variant", "single-use-codes"),
    ("variant", "charset-named"),
]


@pytest.mark.parametrize(
    ("kind", "name"),
    [pytest.param(*run, marks=pytest.mark.slow if index else ()) for index, run in enumerate(SOME)],
)
def test_some_outcomes(kind: Kind, name: str) -> None:
    run = run_suite(kind, name)
    assert not problem_with(run), run.output


def test_outcomes_come_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.sweep.runs.run_suite", lambda kind, name: Run(kind, name, 0, {}))
    assert [(run.kind, run.name) for run in run_all(SOME)] == SOME
