"""The files of a report: written as a whole, replaced only by complete ones, and never with the token."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.masking import Masker
from conformance.model import ConfigurationError
from conformance.settings import Settings
from reports.build import build_result
from reports.files import NAMES, Output, listed, prepare, publish
from reports.waivers import Waivers
from tests.unit.reports.made import MUST, TOKEN, case, conforming, others_conform, record

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.run_record import RunRecord
    from reports.files import Report

PAGE = "<html>"


class Leaking(Masker):
    """A masker that masks nothing."""

    def value(self, value: str) -> str:
        return value


def written(made: RunRecord, folder: Path, page: str = PAGE, **places: Any) -> tuple[Report, list[str]]:
    """The report of a record as it was written, and the problems."""
    output, problems = Output(folder, **places), list[str]()
    return publish(build_result(made, Waivers()), page, made, output, problems), problems


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def test_all_files_are_written_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("old")
    made = record(conforming())
    report, problems = written(made, tmp_path, template=tmp_path / "waivers.toml", har=tmp_path / "run.har")
    assert not problems
    assert set(content(tmp_path)) == {*NAMES, "waivers.toml", "run.har"}
    assert json.loads(content(tmp_path)["results.json"])["verdict"] == "conformant"
    assert content(tmp_path)["report.html"] == PAGE
    assert listed(report, Output(tmp_path, tmp_path / "waivers.toml", tmp_path / "run.har")) == {
        "Report": f"{tmp_path / 'report.html'} and results.json, junit.xml, summary.md, badge.json",
        "HAR": str(tmp_path / "run.har"),
        "Waivers": f"{tmp_path / 'waivers.toml'}, to be completed where it says TODO",
    }


@pytest.mark.parametrize(("cases", "code"), [(conforming(), 3), (others_conform(case("violated", MUST)), 1)])
def test_a_file_that_can_not_be_written_is_no_pass(cases: Any, code: int, tmp_path: Path) -> None:
    (tmp_path / "junit.xml").mkdir()
    report, problems = written(record(cases), tmp_path)
    (problem,) = problems
    assert problem.startswith(f"{tmp_path / 'junit.xml'} can't be written")
    assert report.result.exit_code == code
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    document = json.loads((tmp_path / "results.json").read_text())
    assert document["exit_code"] == code
    assert problem in (document["why"], *document["notes"])
    assert not (tmp_path / "report.html").exists()


def test_a_page_with_the_token_is_withheld_and_the_others_say_so(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("that of a run before")
    report, problems = written(record(conforming()), tmp_path, f"<p>{TOKEN}</p>")
    assert not problems
    assert set(content(tmp_path)) == set(NAMES) - {"report.html"}
    assert report.result.exit_code == 3
    document = json.loads(content(tmp_path)["results.json"])
    assert document["why"].startswith("report.html withheld, because a secret was found in it")
    assert document["notes"] == ["every MUST conforms"]
    assert "report.html" not in listed(report, Output(tmp_path))["Report"]


def test_a_page_with_the_token_does_not_hide_a_file_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").mkdir()
    report, (problem,) = written(record(conforming()), tmp_path, TOKEN)
    assert "junit.xml can't be written" in problem
    assert report.result.notes[0].startswith("report.html withheld")
    assert sorted(path.name for path in report.contents) == ["badge.json", "results.json", "summary.md"]


def test_a_folder_that_is_gone_is_no_pass(tmp_path: Path) -> None:
    report, problems = written(record(conforming()), tmp_path / "gone")
    assert len(problems) == len(NAMES)
    assert (report.result.exit_code, listed(report, Output(tmp_path / "gone"))) == (3, {})


@pytest.mark.parametrize(("cases", "code"), [(conforming(), 3), (others_conform(case("violated", MUST)), 1)])
def test_no_file_is_written_with_the_token_and_a_violation_stays_one(cases: Any, code: int, tmp_path: Path) -> None:
    masker = Leaking()
    masker.add(TOKEN, "$TFE_TOKEN")
    made = record(replace(each, detail=f"it says {TOKEN}") for each in cases)
    report, _ = written(replace(made, masker=masker), tmp_path, TOKEN)
    assert report.result.exit_code == code
    assert TOKEN not in "".join(content(tmp_path).values())
    assert set(content(tmp_path)) >= {"badge.json"}
    assert "results.json" not in content(tmp_path)


def test_the_report_folder_is_made_and_checked(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert prepare(Settings(report_dir=str(folder))) == Output(folder)
    assert list(folder.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=r"--report-dir: .*/file can't be written to"):
        prepare(Settings(report_dir=str(tmp_path / "file")))
    with pytest.raises(ConfigurationError, match="--har"):
        prepare(Settings(report_dir=str(folder), har=str(tmp_path / "none" / "x.har")))
