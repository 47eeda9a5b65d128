"""The plugin in a run of pytest with made-up tests: files, exit codes, and the end on the terminal."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from reports.files import NAMES
from tests.unit.reports.made import LEFT, MUST, case, conforming, others_conform
from tests.unit.reports.pytest_run import run

if TYPE_CHECKING:
    from pathlib import Path

VIOLATED = others_conform(case("violated", MUST))


@pytest.mark.parametrize(("cases", "code"), [(conforming(), 0), (VIOLATED, 1), (conforming(MUST), 3)])
def test_the_exit_code_is_that_of_the_verdict(
    cases: Any, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, cases) == code
    out, err = capsys.readouterr()
    assert not err
    assert out.splitlines()[-1] == f"The account: {LEFT}"
    assert "test session starts" not in out
    assert "passed" not in out
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == sorted(NAMES)
    document = json.loads((tmp_path / "reports" / "results.json").read_text("utf-8"))
    assert document["exit_code"] == code
    page = (tmp_path / "reports" / "report.html").read_text("utf-8")
    assert document["why"] in page
    assert f"test_{tmp_path.name}.py::test_fails" in page
    assert "AssertionError" not in page


def test_pytest_shows_its_own_lines_with_v(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, conforming(), "-v") == 0
    out = capsys.readouterr().out
    assert "::test_passes PASSED" in out
    assert out.splitlines()[-1] == f"The account: {LEFT}"


@pytest.mark.parametrize("changes", [{"waivers": "none.toml"}, {"har": "none/x.har"}, {"write_waivers": "none/x.toml"}])
def test_a_mistake_is_one_line_before_anything_is_sent(
    changes: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(tmp_path, conforming(), tests=f"open('{tmp_path}/sent', 'w')", **changes) == 2
    assert not (tmp_path / "sent").exists()
    out, err = capsys.readouterr()
    assert err.startswith("tfe-conformance: --")
    assert (out, err.count("\n")) == ("", 1)


def test_a_result_that_can_not_be_built_is_no_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "results.json").write_text("that of a run before")
    assert run(tmp_path, lambda: 1 / 0) == 3
    assert "tfe-conformance: the result could not be built" in capsys.readouterr().err
    assert list((tmp_path / "reports").iterdir()) == []


@pytest.mark.parametrize(("cases", "code"), [(conforming(), 3), (VIOLATED, 1)])
def test_a_page_that_can_not_be_made_is_no_pass(
    cases: Any, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    assert run(tmp_path, cases, plugin=SimpleNamespace(pytest_html_results_summary=fail)) == code
    out, err = capsys.readouterr()
    assert "tfe-conformance: report.html could not be made" in err
    assert out.splitlines()[-1] == f"The account: {LEFT}"
    names = {path.name for path in (tmp_path / "reports").iterdir()}
    assert names == set(NAMES) - {"report.html"}
    assert json.loads((tmp_path / "reports" / "results.json").read_text())["exit_code"] == code


def test_a_plugin_that_fails_is_no_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    assert run(tmp_path, conforming(), plugin=SimpleNamespace(pytest_sessionstart=fail)) == 3
    err = capsys.readouterr().err
    assert err == "tfe-conformance: the suite itself failed: ZeroDivisionError (-v for more)\n"


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (KeyboardInterrupt(), 3, "stopped, so there is no verdict"),
        (RuntimeError("broken"), 3, "the suite itself failed: RuntimeError: broken (-v for more)"),
        (ModuleNotFoundError("No", name="uvicorn"), 2, "the package uvicorn is missing: install tfe-conformance again"),
        (pytest.UsageError("a", "b"), 2, "a; b"),
    ],
)
def test_an_exception_before_the_session_is_a_line(
    error: BaseException, code: int, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    assert run(tmp_path, conforming(), plugin=SimpleNamespace(pytest_cmdline_main=fail)) == code
    err = capsys.readouterr().err
    assert err.startswith(f"tfe-conformance: {line}")
    assert err.count("\n") == 1


def test_the_traceback_of_an_exception_is_shown_with_v(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise RuntimeError("broken")

    assert run(tmp_path, conforming(), "-v", plugin=SimpleNamespace(pytest_cmdline_main=fail)) == 3
    assert "Traceback" in capsys.readouterr().err


def test_an_error_of_collection_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path, conforming(), tests="import nothing_of_this_name")
    err = capsys.readouterr().err
    assert "can't be collected: E ModuleNotFoundError: No module named 'nothing_of_this_name'\n" in err
    assert "Traceback" not in err


def test_a_test_that_does_not_exist_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, conforming(), str(tmp_path / "none.py")) == 2
    assert "none.py" in capsys.readouterr().err
