"""Whole runs: what reaches the exit code, the terminal and the report's folder."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from reference.accounts import PEOPLE
from reference.server import running
from reports.files import NAMES, missing
from reports.results import schema
from tests.suite import ROOT, TOKEN, check

if TYPE_CHECKING:
    from pathlib import Path

    from tests.suite import Finished

FAULT = "put-enables"
BROKEN = "methods.other-than-post"
DISTURBED = ("-p", "tests.reports.disturbed")
PART = ("-k", "methods")


def written(done: Finished) -> None:
    """All reports are there, and the results as their schema says."""
    assert not missing(done.folder)
    Draft202012Validator(schema()).validate(done.results)
    assert done.results["exit_code"] == done.code


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return check(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def violated(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return check(tmp_path_factory.mktemp("violated"), *DISTURBED, FAULT="enable-type-case-ignored")


def test_a_conforming_target(whole: Finished) -> None:
    assert whole.code == 0, whole.out
    written(whole)
    assert "CONFORMANT: every MUST conforms" in whole.out
    assert whole.results["target"]["embedded"]


def test_a_violating_target(violated: Finished) -> None:
    assert violated.code == 1, violated.out
    written(violated)
    assert violated.having("violated") == {"enable.request.type"}
    assert "Traceback" not in violated.out
    assert "$TFE_TOKEN" in violated.out
    assert "MUSTs is violated" in (violated.folder / "report.html").read_text("utf-8")


def test_junit_tells_the_verdicts_apart(violated: Finished, tmp_path: Path) -> None:
    root = ET.parse(violated.folder / "junit.xml").getroot()  # noqa: S314 (our own)
    failures = [each for each in root.iter("testcase") if each.find("failure") is not None]
    assert {each.get("classname", "") for each in failures} == {"tfe-conformance", "enable.request.type"}
    dead = check(tmp_path, "--base-url=http://127.0.0.1:9/api/v2", *PART, TFE_TOKEN=TOKEN)
    assert dead.code == 3
    written(dead)
    root = ET.parse(dead.folder / "junit.xml").getroot()  # noqa: S314
    assert {each[0].tag for each in root.iter("testcase")} == {"skipped", "error"}
    assert [each.get("classname") for each in root.iter("testcase") if each.find("error") is not None] == [
        "tfe-conformance"
    ]
    assert str(ROOT) not in (dead.folder / "junit.xml").read_text("utf-8")
    assert "could not be tested" in dead.out


def test_what_is_inconclusive_is_an_error_in_junit(tmp_path: Path) -> None:
    done = check(tmp_path, *DISTURBED, *PART, DISTURB="bug")
    assert done.code == 3, done.out
    written(done)
    assert done.having("inconclusive")
    root = ET.parse(done.folder / "junit.xml").getroot()  # noqa: S314
    errors = [each.get("name", "") for each in root.iter("testcase") if each.find("error") is not None]
    assert errors.pop(0) == "verdict"
    assert errors
    assert all("PUT" in name for name in errors)
    assert not list(root.iter("failure"))
    assert "a test is broken" in (done.folder / "report.html").read_text("utf-8")


def test_a_token_that_the_target_repeats_is_in_no_report(tmp_path: Path) -> None:
    with running(fault="token-in-link") as server:
        done = check(
            tmp_path,
            f"--base-url={server.base_url}",
            "--code-source=static:123456",
            "-k",
            "whole_run",
            TFE_TOKEN=server.token,
        )
    assert done.having("violated"), done.out
    texts = [done.out, *((done.folder / name).read_text("utf-8") for name in NAMES)]
    assert all(server.token not in text and server.token[:-1] not in text for text in texts)
    assert all(str(ROOT) not in text for text in texts[1:])


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (PART, 3, "tests were deselected"),
        (("-k", "nothing_of_this_name"), 3, "tests were deselected"),
        ((f"--ignore={ROOT / 'conformance' / 'test_rejected.py'}", *PART), 3, "no test asked it in this run"),
        (("-p", "no:such", "conformance/no_such_test.py"), 2, "no_such_test"),
        (("--setup-only", *PART), 3, "NO VERDICT"),
    ],
)
def test_a_part_of_the_suite_gives_no_verdict(arguments: tuple[str, ...], code: int, line: str, tmp_path: Path) -> None:
    done = check(tmp_path, *arguments)
    assert done.code == code, done.out
    assert line in done.out
    if done.results:
        assert done.results["exit_code"] == done.code


@pytest.mark.parametrize(
    ("disturb", "code", "line"),
    [
        ("ctrl-c", 3, "the run was stopped before its end"),
        ("internal", 3, "the suite itself failed"),
        ("collection", 3, "a module is broken"),
        ("writer", 3, "the report could not be written (summary.md)"),
        ("html", 3, "the report could not be written (report.html)"),
        ("unconfigure", 3, "the suite itself failed"),
    ],
)
def test_a_disturbed_run_gives_no_verdict(disturb: str, code: int, line: str, tmp_path: Path) -> None:
    done = check(tmp_path, *DISTURBED, *PART, DISTURB=disturb)
    assert done.code == code, done.out
    assert line in done.out


def test_reports_that_hold_a_secret_are_removed_and_there_is_no_verdict(tmp_path: Path) -> None:
    """The redactor does nothing in this run: what reads the reports back has to find it out."""
    done = check(tmp_path, *DISTURBED, "-k", "whole_run or off_enable", FAULT="token-in-link", DISTURB="redactor")
    assert done.code == 3, done.out
    assert not missing_but(done, "badge.svg", "badge.json")
    assert "report.html ($TFE_TOKEN" in done.out
    assert "results.json ($TFE_TOKEN" in done.out
    assert "no verdict" in (done.folder / "badge.json").read_text("utf-8")
    token = PEOPLE[0].token
    assert all(token not in path.read_text("utf-8") for path in done.folder.iterdir())
    said = next(line for line in done.out.splitlines() if line.startswith("tfe-conformance: NO VERDICT: a secret"))
    assert token not in said


def missing_but(done: Finished, *names: str) -> list[str]:
    """The reports that are there beside these."""
    return [name for name in NAMES if name not in names and (done.folder / name).exists()]


def test_reports_that_cannot_be_read_back_are_removed(tmp_path: Path) -> None:
    done = check(tmp_path, *DISTURBED, *PART, DISTURB="gate")
    assert done.code == 3, done.out
    assert "the disk is broken" in done.out
    assert not list(done.folder.iterdir())


@pytest.mark.parametrize("disturb", ["", "ctrl-c", "writer"])
def test_a_violation_is_told_also_by_a_disturbed_run(disturb: str, tmp_path: Path) -> None:
    done = check(tmp_path, *DISTURBED, *PART, FAULT=FAULT, DISTURB=disturb)
    assert done.code == 1, done.out


def test_stopping_at_the_first_violation(tmp_path: Path) -> None:
    done = check(tmp_path, *DISTURBED, "-x", *PART, FAULT=FAULT)
    assert done.code == 1, done.out
    assert done.having("violated") == {BROKEN}
    assert done.having("untested")


def test_waivers(tmp_path: Path) -> None:
    file, fault = tmp_path / "waivers.toml", "enable-type-case-ignored"
    violated = check(tmp_path, *DISTURBED, f"--write-waivers={file}", FAULT=fault)
    assert violated.code == 1
    assert f"Waivers: {file}" in violated.out
    again = check(tmp_path, f"--write-waivers={file}")
    assert (again.code, again.out.count("\n")) == (2, 1)
    file.write_text(file.read_text("utf-8").replace("TODO:", "known since May:"), "utf-8")
    done = check(tmp_path, *DISTURBED, f"--waivers={file}", FAULT=fault)
    assert done.code == 0, done.out
    written(done)
    assert done.having("waived") == {"enable.request.type"}
    assert "Note:" not in done.out
    stale = check(tmp_path, f"--waivers={file}")
    assert stale.code == 2, stale.out
    assert "is stale" in stale.out
    written(stale)


def test_a_wrong_waiver_costs_one_line(tmp_path: Path) -> None:
    file = tmp_path / "waivers.toml"
    file.write_text('[[waiver]]\nid = "enable.request.typ"\nreason = "known"\n')
    done = check(tmp_path, f"--waivers={file}")
    assert done.code == 2
    assert done.out.strip().endswith("did you mean 'enable.request.type'?")
    assert len(done.out.strip().splitlines()) == 1


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("a file")
    done = check(tmp_path)
    assert done.code == 2
    assert "--report-dir" in done.out
    assert len(done.out.strip().splitlines()) == 1


def test_a_list_of_the_tests_leaves_no_report(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "--config-file=pyproject.toml", "--collect-only", "-q"]
    done = subprocess.run(
        [*command, f"--report-dir={tmp_path / 'none'}"], check=False, capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout
    assert not (tmp_path / "none").exists()
