"""Whole runs: the exit code, the last lines and the files agree on the verdict."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from reports.files import NAMES
from reports.run_result import results_schema
from tests.e2e.services import Staging, target
from tests.faults import FAULTS
from tests.suite import CONFORMANT, NO_VERDICT, TOKEN, USAGE, VIOLATED, check_here
from tests.unit.conformance.http_servers import answering, message, sending, serving

if TYPE_CHECKING:
    from pathlib import Path

    from reference.service import Service
    from tests.suite import Finished

FAULT = "enable-answer-used-recovery-codes-early"
BROKEN = {"enable.response.used-recovery-codes", "enable.response.four-members"}
NOBODY = "http://127.0.0.1:9/api/v2"


def faulty() -> Service:
    """A service that breaks a MUST, and a SHOULD about the same member."""
    service: type[Service] = type("Faulty", (FAULTS[FAULT].service, Staging), {})
    return service()


def run(folder: Path, service: Service, *arguments: str, code: str = "271828") -> Finished:
    """A run against a service, with the terminal that its user would have seen."""
    with target(service, code=code) as (options, variables):
        return check_here(folder, *options, *arguments, **variables)


def assert_reports_agree(done: Finished) -> None:
    """All files exist, and say what the exit code says."""
    assert {path.name for path in done.folder.iterdir()} == {*NAMES}
    Draft202012Validator(results_schema()).validate(done.results)
    assert done.results["exit_code"] == done.code
    root = ET.parse(done.folder / "junit.xml").getroot()  # noqa: S314 (our own)
    kinds = {child.tag for case in root.iter("testcase") for child in case if child.tag in {"failure", "error"}}
    assert bool(kinds) == (done.code != CONFORMANT)
    assert ("failure" in kinds) == (done.code == VIOLATED)
    verdict = str(done.results["verdict"])
    assert verdict in (done.folder / "summary.md").read_text("utf-8").lower()
    assert verdict in (done.folder / "report.html").read_text("utf-8").lower()
    assert json.loads((done.folder / "badge.json").read_text("utf-8"))["message"]


@pytest.fixture(scope="module")
def locking() -> Staging:
    """A service that locks an account after five wrong codes in a row."""
    service = Staging()
    service.locks_after = 5
    return service


@pytest.fixture(scope="module")
def whole(locking: Staging, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return run(tmp_path_factory.mktemp("whole"), locking, "--strict")


@pytest.fixture(scope="module")
def violated(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("violated")
    return run(folder, faulty(), "--profile=smoke", f"--write-waivers={folder / 'waivers.toml'}")


def test_a_conforming_target(whole: Finished, locking: Staging) -> None:
    assert whole.code == CONFORMANT, whole.out
    assert_reports_agree(whole)
    assert whole.having("conforms") == {entry["id"] for entry in whole.results["requirements"]}
    assert whole.results["exchanges"] == locking.total < 650
    assert 0 < locking.most_in_a_row < locking.locks_after
    assert not locking.is_on
    assert "\nCONFORMANT" in whole.out


def test_a_violating_target(violated: Finished) -> None:
    assert violated.code == VIOLATED, violated.out
    assert_reports_agree(violated)
    assert violated.having("violated") == BROKEN
    assert BROKEN & set(violated.out.split())
    assert "curl" in violated.out


def test_violations_are_waived_until_they_are_mended(violated: Finished, tmp_path: Path) -> None:
    template, file = violated.folder.parent / "waivers.toml", tmp_path / "waivers.toml"
    assert run(tmp_path, faulty(), f"--waivers={template}").code == USAGE
    file.write_text(template.read_text("utf-8").replace("TODO", "known since May"), "utf-8")
    waived = run(tmp_path, faulty(), "--profile=smoke", f"--waivers={file}")
    assert waived.code == CONFORMANT, waived.out
    assert waived.having("waived") == BROKEN
    stale = run(tmp_path, Staging(), "--profile=smoke", f"--waivers={file}")
    assert stale.code == USAGE, stale.out
    assert "stale" in stale.out


def test_untested_requirements_leave_no_verdict_unless_they_may(tmp_path: Path) -> None:
    done = run(tmp_path, Staging(), "--profile=smoke", code="")
    assert done.code == NO_VERDICT, done.out
    assert_reports_agree(done)
    assert done.verdict("verify.accepted") == "untested"
    assert not done.having("violated") | done.having("inconclusive")
    assert "--code-source" in done.out
    assert run(tmp_path, Staging(), "--profile=smoke", "--allow-untested", code="").code == CONFORMANT


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["-k", "test_documented"], NO_VERDICT, "tests were deselected"),
        pytest.param(["-k", "no_such_test"], NO_VERDICT, "tests were deselected", marks=pytest.mark.slow),
        pytest.param(
            ["-x", "-k", "test_documented or every_response"],
            VIOLATED,
            "enable.response.used-recovery-codes",
            marks=pytest.mark.slow,
        ),
        (
            ["-p", "tests.e2e.babbling", "-k", "test_off_disable"],
            NO_VERDICT,
            "LookupError: there is no $TFE_TOKEN in it",
        ),
    ],
    ids=["part", "nothing", "first", "bug"],
)
def test_a_part_of_the_suite_can_only_find_violations(
    arguments: list[str], code: int, line: str, tmp_path: Path
) -> None:
    done = run(tmp_path, faulty(), *arguments)
    assert done.code == code, done.out
    assert_reports_agree(done)
    assert line in done.out


# -- other services ----------------------------------------------------------------------------------------------------


def test_nobody_is_there(tmp_path: Path) -> None:
    done = check_here(tmp_path, f"--base-url={NOBODY}", TFE_TOKEN=TOKEN)
    assert done.code == NO_VERDICT
    assert_reports_agree(done)
    assert f"NO VERDICT: {NOBODY} could not be tested: disable: no connection" in done.out


def test_a_base_url_that_redirects_gets_one_request_and_takes_the_token_nowhere(tmp_path: Path) -> None:
    elsewhere: list[bytes] = []
    with serving(lambda connection: elsewhere.append(connection.recv(9))) as other:
        answer = message("301 Moved Permanently", b"", f"Location: {other}/account", "Connection: close")
        with serving(answering(sending(answer))) as url:
            done = check_here(tmp_path, f"--base-url={url}", "-k", "test_documented", TFE_TOKEN=TOKEN)
    assert done.code == NO_VERDICT
    assert (done.results["exchanges"], [data for data in elsewhere if data]) == (1, [])
    assert f"it redirects (301) to '{other}/account'" in done.out
