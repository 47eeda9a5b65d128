"""The library makes a command line of its arguments, and a result of results.json."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.runner.cli import make_parser
from tests.unit.reports.made import CONTRACT, MUST, OTHER, SHOULD, mixed, situations
from tests.unit.tfe_conformance.test_serving import asgi_app
from tfe_conformance import CheckError, api, check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.run_result import RunResult


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[list[str], dict[str, str]]]:
    """The command lines and variables of the runs, each of which ends as a mixed one."""
    started: list[tuple[list[str], dict[str, str]]] = []

    def run(arguments: Sequence[str], variables: Mapping[str, str]) -> tuple[int, str, str]:
        started.append((list(arguments), dict(variables)))
        if "--strict" in arguments:
            return 2, "", "tfe-conformance: a mistake\n"
        (tmp_path / "results.json").write_text(mixed().to_json(), "utf-8")
        return 1, "1. A cause\n\nNOT CONFORMANT\n", "10/591 cases\n"

    monkeypatch.setattr(api, "_run", run)
    monkeypatch.chdir(tmp_path)
    return started


def parsed(result: RunResult, code: int = 1) -> api.RunResult:
    return api._result(code, json.loads(result.to_json()), Path("made"), "text\n")  # noqa: SLF001 (a pure part)


# -- the command line --------------------------------------------------------------------------------------------------


def test_options_become_those_of_the_command_line(runs: list[Any], tmp_path: Path) -> None:
    check(
        "https://target/api/v2",
        report_dir=tmp_path,
        disposable_account=True,
        allow_untested=False,
        waivers=None,
        rate=2.5,
        only=["enable.*", "user.id"],
    )
    ((arguments, variables),) = runs
    assert sorted(arguments) == [
        "--base-url=https://target/api/v2",
        "--disposable-account",
        "--only=enable.*",
        "--only=user.id",
        "--rate=2.5",
        f"--report-dir={tmp_path}",
    ]
    assert "TFE_TOKEN" not in variables
    make_parser().parse_args(["check", *arguments])


def test_secrets_go_through_variables(runs: list[Any], tmp_path: Path) -> None:
    check("http://127.0.0.1/api/v2", token="tok", code_source="totp:SECRET", report_dir=tmp_path)
    ((arguments, variables),) = runs
    assert variables["TFE_TOKEN"] == "tok"
    assert variables["TFE_CODE_SOURCE"] == "totp:SECRET"
    assert "--code-source=env:TFE_CODE_SOURCE" in arguments
    assert not any("tok" in argument or "SECRET" in argument for argument in arguments)


def test_an_application_is_served_for_the_run(runs: list[Any], tmp_path: Path) -> None:
    check(app=asgi_app, app_path="/v2", report_dir=tmp_path)
    (url,) = (argument for argument in runs[0][0] if argument.startswith("--base-url="))
    assert url.startswith("--base-url=http://127.0.0.1:")
    assert url.endswith("/v2")


def test_an_application_that_is_named_is_served_by_the_command(runs: list[Any], tmp_path: Path) -> None:
    check(app="server:app", app_path="/v2", report_dir=tmp_path)
    assert {"--app=server:app", "--app-path=/v2"} <= set(runs[0][0])
    assert not any(argument.startswith("--base-url") for argument in runs[0][0])


def test_a_target_is_either_a_url_or_an_application(runs: list[Any]) -> None:
    with pytest.raises(CheckError, match="not both"):
        check("http://127.0.0.1/api/v2", app=asgi_app)
    assert not runs


def test_a_run_that_leaves_no_result_is_an_error_even_after_one_that_did(runs: list[Any], tmp_path: Path) -> None:
    check(report_dir=tmp_path)
    with pytest.raises(CheckError, match="tfe-conformance: a mistake"):
        check(report_dir=tmp_path, strict=True)
    assert len(runs) == 2


def test_the_process_gets_the_variables_and_returns_what_it_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import os, sys; print(sys.argv[1:], os.environ['A']); print('err', file=sys.stderr); sys.exit(3)"
    monkeypatch.setattr(sys, "executable", sys.executable)
    real = subprocess.Popen

    def popen(command: list[str], **options: Any) -> Any:
        return real([command[0], "-c", script, *command[2:]], **options)

    monkeypatch.setattr(subprocess, "Popen", popen)
    assert api._run(["--x=1"], {"A": "b"}) == (3, "['check', '--x=1'] b\n", "err\n")  # noqa: SLF001
    assert "A" not in os.environ


# -- the result --------------------------------------------------------------------------------------------------------


def test_a_result_has_the_verdict_and_every_requirement(runs: list[Any], tmp_path: Path) -> None:
    result = check(report_dir=tmp_path)
    assert (result.verdict, result.exit_code, result.conformant) == ("violated", 1, False)
    assert result.why == mixed().why
    assert [each.id for each in result.requirements] == list(CONTRACT.requirements)
    assert result.report_dir == tmp_path
    assert result.summary() == "1. A cause\n\nNOT CONFORMANT"
    assert result.data["exchanges"] == mixed().exchanges
    assert len(runs) == 1


def test_findings_are_the_violated_requirements_musts_first() -> None:
    result = parsed(mixed())
    assert [finding.id for finding in result.findings] == [MUST, SHOULD]
    finding, requirement = result.findings[0], CONTRACT.requirements[MUST]
    assert (finding.level, finding.sentence, finding.url) == ("MUST", requirement.sentence, requirement.url)
    assert (finding.expected, finding.actual) == ("a 4xx", "got 200")
    assert finding.curl.startswith("curl -sS")
    assert str(finding) == f"{MUST}: got 200"


def test_requirements_that_are_not_violated_have_no_observation() -> None:
    findings = {finding.id: finding for finding in parsed(mixed()).requirements}
    assert findings[OTHER].verdict == "waived"
    conforming = next(finding for finding in findings.values() if finding.verdict == "conforms")
    assert (conforming.expected, conforming.actual, conforming.detail) == ("", "", "")
    assert str(conforming) == f"{conforming.id}: conforms"


@pytest.mark.parametrize("name", situations())
def test_every_result_can_be_read(name: str) -> None:
    made = situations()[name]
    result = parsed(made, made.exit_code)
    assert result.conformant == (made.exit_code == 0)
    assert len(result.findings) == len(made.having("violated"))
