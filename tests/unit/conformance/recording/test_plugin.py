"""`judge` collects the test of recordings and nothing else, sends nothing, and makes a record of what it judged."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import conformance
from conformance.keys import RECORD
from conformance.model import AccountEnd
from conformance.recording.test_recorded import concerned
from tests.unit.conformance.recording.hars import BASE, CONTRACT, TOKEN, disable, enable, har, life, user

if TYPE_CHECKING:
    from conformance.run_record import RunRecord

SUITE = Path(conformance.__file__ or "").parent


class RecordKeeper:
    """A plugin that keeps the record of the run, as the reports take it."""

    def __init__(self) -> None:
        self.record: RunRecord | None = None

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        self.record = session.config.stash[RECORD](session, exitstatus)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that judges documents by pytest in this process: its exit code, and the record if there is one."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    config = tmp_path / "pytest.toml"
    config.write_text('[pytest]\nminversion = "9.0"\n')

    def judge(*documents: Any, options: tuple[str, ...] = ()) -> tuple[int, RunRecord | None]:
        files = [tmp_path / f"{name}.har" for name, _ in zip("abc", documents, strict=False)]
        for file, document in zip(files, documents, strict=True):
            file.write_text(document if isinstance(document, str) else json.dumps(document))
        keeper = RecordKeeper()
        arguments = [f"--config-file={config}", f"--rootdir={SUITE.parent}", "--noconftest", "-pno:cacheprovider"]
        arguments += ["-pno:terminal", "-pconformance.runner.plugin", "-pconformance.recording.plugin", "-Wignore"]
        arguments += [f"--recording={file}" for file in files]
        return int(pytest.main([*arguments, *options, str(SUITE)], plugins=[keeper])), keeper.record

    return judge


def test_a_recording_becomes_the_record_of_a_run(run: Any) -> None:
    code, record = run(har(*life(), disable(answer=user("disable", enabled=True))), options=("--complete", "--strict"))
    assert code == pytest.ExitCode.TESTS_FAILED
    assert record.recorded
    assert not record.embedded
    assert record.settings.complete
    assert record.settings.strict
    assert (record.target, record.abort_reason, record.stopped, record.partial, record.usage) == (BASE, "", "", "", "")
    assert {(case.requirements[0], case.operation) for case in record.cases} == set(concerned(CONTRACT))
    assert len({case.id for case in record.cases}) == len(record.cases)
    assert len(record.exchanges) == len(life()) + 1
    assert record.cleanup.end is AccountEnd.UNTOUCHED
    assert record.masker.value(f"Bearer {TOKEN}") == "Bearer $TFE_TOKEN"
    assert record.notes == (
        (
            "a.har: recorded 2026-03-04 10:11 UTC with WebInspector 537.36; "
            "13 of 13 entries are requests to the operations"
        ),
    )
    violated = [case for case in record.cases if case.verdict == "violated"]
    assert [case.id for case in violated] == ["disable.response.enabled-disable"]
    assert violated[0].expected == CONTRACT.requirements["disable.response.enabled"].sentence
    assert violated[0].actual.endswith("got true (in 1 of 3 judged exchanges of disable)")
    assert [exchange.spec.purpose for exchange in violated[0].exchanges] == ["entry 13 of a.har"]
    assert violated[0].offending == violated[0].exchanges
    assert violated[0].reproducible is None


def test_a_violation_that_occurs_twice_is_reproducible(run: Any) -> None:
    wrong = disable(answer=user("disable", enabled=True))
    _, record = run(har(wrong, wrong))
    (case,) = [case for case in record.cases if case.verdict == "violated"]
    assert case.reproducible
    assert len(case.offending) == 2


def test_a_should_fails_nothing_unless_it_counts(run: Any) -> None:
    should = enable(answer_headers={"Content-Type": "application/json"})
    code, record = run(har(should))
    assert code == pytest.ExitCode.OK
    assert {case.requirements[0] for case in record.cases if case.verdict == "violated"} == {"response.media-type"}
    assert run(har(should), options=("--strict",))[0] == pytest.ExitCode.TESTS_FAILED


def test_a_recording_without_the_api_has_a_reason(run: Any) -> None:
    _, record = run(har(replace(enable(), url="https://ads.example/?token=S3cretOfTheUser")))
    assert record.abort_reason == (
        "a.har holds no request to an operation of this API: its 1 entries are for ads.example"
    )
    assert record.target == "a.har"
    assert {case.verdict for case in record.cases} == {"untested"}


def test_several_files_are_one_run(run: Any) -> None:
    steps = [replace(step, at=float(number)) for number, step in enumerate(life())]
    _, record = run(har(*steps[:6]), har(*steps[6:]))
    assert len(record.exchanges) == len(steps)
    assert len(record.notes) == 4


@pytest.mark.parametrize(
    ("documents", "options", "line"),
    [
        (("<html>",), (), "ERROR: a.har is not a HAR file: "),
        ((har(enable()),), ("--base-url=tfe",), "ERROR: --base-url: 'tfe' is not a URL"),
        ((), (), "ERROR: --recording: name a HAR file"),
        (
            (har(enable(), enable(url="http://127.0.0.1/x/account/actions/two-factor-enable")),),
            (),
            "ERROR: the recording holds several targets, ",
        ),
    ],
)
def test_a_mistake_costs_one_line(documents: Any, options: Any, line: str, run: Any, capfd: Any) -> None:
    code, record = run(*documents, options=options)
    assert code == pytest.ExitCode.USAGE_ERROR  # the plugin of the reports makes 2 of it
    assert record is None
    error = capfd.readouterr().err
    assert error.startswith(line)
    assert len(error.splitlines()) <= 2  # pytest adds an empty line
