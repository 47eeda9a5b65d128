"""Each command does its work or says in a line why not."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from conformance.model import ConfigurationError, ExitCode
from conformance.runner import cli, lifecycle
from conformance.runner.__main__ import main
from conformance.runner.lifecycle import reset
from conformance.settings import Settings
from reference.service import Service
from tests.unit.conformance.fakes import BASE_URL, TOKEN, FakeClient, in_memory, operation_of, rejection
from tests.unit.conformance.in_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.model import Request
    from tests.unit.conformance.fakes import Respond


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment and the path are restored: commands change them for the process that they are all of."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setattr(sys, "path", sys.path.copy())


# -- commands ----------------------------------------------------------------------------------------------------------


def test_serve_passes_its_options_on(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    monkeypatch.setattr("reference.server.serve", lambda *args, **options: calls.append((args, options)))
    assert cli.run(["serve"]) == ExitCode.CONFORMANT
    options = ["--port=0", "--host=::1", "--code=123456", "--account=ada", "--account=jo smith"]
    assert cli.run(["serve", *options]) == ExitCode.CONFORMANT
    assert calls == [
        ((8080,), {"host": "127.0.0.1", "code": None, "names": []}),
        ((0,), {"host": "::1", "code": "123456", "names": ["ada", "jo smith"]}),
    ]


@pytest.mark.parametrize("form", ["table", "json", "markdown"])
def test_requirements_are_listed(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["requirements", "--format", form]) == ExitCode.CONFORMANT
    assert "enable.accepted" in capsys.readouterr().out


def test_the_contract_is_written_as_openapi(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["openapi"]) == ExitCode.CONFORMANT
    assert json.loads(capsys.readouterr().out)["openapi"].startswith("3.")


@pytest.mark.parametrize(
    "arguments", [[], ["unknown"], ["requirements", "--colour"], ["reset", "--har", "a"], ["serve", "--port=-1"]]
)
def test_a_wrong_command_line_is_a_usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.run(arguments)
    assert caught.value.code == ExitCode.USAGE
    assert capsys.readouterr().err


def test_a_configuration_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["reset"]) == ExitCode.USAGE
    assert capsys.readouterr().err == "tfe-conformance: reset: name the target with --base-url\n"


def test_an_error_of_ours_is_no_verdict(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object) -> int:
        raise ValueError("a mistake of ours")

    monkeypatch.setattr(cli, "run", broken)
    assert main(["requirements"]) == ExitCode.NO_VERDICT
    assert capsys.readouterr().err == (
        "tfe-conformance: the suite itself failed: ValueError: a mistake of ours (-v for more)\n"
    )
    assert main(["requirements", "-v"]) == ExitCode.NO_VERDICT
    assert "Traceback" in capsys.readouterr().err


# -- runs of pytest ----------------------------------------------------------------------------------------------------


@pytest.fixture
def pytest_arguments(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments that pytest is called with, instead of a run."""
    calls: list[list[str]] = []

    def call(arguments: list[str]) -> pytest.ExitCode:
        calls.append(arguments)
        return pytest.ExitCode.OK

    monkeypatch.setattr(pytest, "main", call)
    return calls


def test_check_runs_the_suite_with_its_own_configuration(
    pytest_arguments: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-x")
    assert cli.run(["check", "--base-url", "https://a", "-k", "check", "-v"]) == ExitCode.CONFORMANT
    (arguments,) = pytest_arguments
    assert arguments[0] == f"--config-file={ROOT / 'conformance' / 'pytest.toml'}"
    assert "PYTEST_ADDOPTS" not in os.environ
    assert arguments[-6:] == [str(ROOT / "conformance"), "--base-url", "https://a", "-k", "check", "-v"]


def test_a_usage_error_of_pytest_has_our_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytest, "main", lambda _: pytest.ExitCode.USAGE_ERROR)
    assert cli.run(["check"]) == ExitCode.USAGE


def test_a_run_whose_output_cannot_be_written_has_no_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: list[str]) -> int:
        raise BrokenPipeError

    monkeypatch.setattr(pytest, "main", broken)
    assert main(["check"]) == ExitCode.NO_VERDICT
    assert capsys.readouterr().err.startswith("tfe-conformance: the suite itself failed: BrokenPipeError")


def test_judge_passes_its_options_and_recordings(pytest_arguments: list[list[str]]) -> None:
    assert cli.run(["judge", "a.har", "b.har", "--strict", "--waivers=w.toml", "--complete"]) == 0
    (arguments,) = pytest_arguments
    assert {"--recording=a.har", "--recording=b.har", "--strict", "--waivers=w.toml", "--complete"} <= {*arguments}
    assert not [item for item in arguments if item.startswith(("--base-url", "--allow-untested"))]


# -- reset -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def reset_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[Callable[[Request, Respond], Any]], tuple[int, str]]:
    """Resets the account of a target whose responses a function changes: the exit code, and what was printed."""
    monkeypatch.setenv("TFE_TOKEN", TOKEN)

    def run(change: Callable[[Request, Respond], Any]) -> tuple[int, str]:
        forward = in_memory(Service())
        client = FakeClient(lambda request: change(request, forward))
        monkeypatch.setattr(lifecycle, "HttpClient", lambda *_: client)
        code = reset(argparse.Namespace(**vars(Settings(base_url=BASE_URL))))
        return code, capsys.readouterr().out

    return run


def test_reset_switches_two_factor_authentication_off(reset_at: Any) -> None:
    code, printed = reset_at(lambda request, forward: forward(request))
    assert (code, printed) == (ExitCode.CONFORMANT, "two-factor authentication of the account is off\n")


@pytest.mark.parametrize("status", [401, 422])
def test_reset_promises_nothing_where_all_is_rejected(status: int, reset_at: Any) -> None:
    code, printed = reset_at(lambda *_: rejection(status))
    assert code == ExitCode.NO_VERDICT
    assert f"may still be on: disable got {status}" in printed


def test_reset_promises_nothing_where_disabling_fails(reset_at: Any) -> None:
    code, printed = reset_at(
        lambda request, forward: rejection() if operation_of(request) == "disable" else forward(request)
    )
    assert code == ExitCode.NO_VERDICT
    assert "may still be on" in printed


def test_reset_needs_a_target() -> None:
    with pytest.raises(ConfigurationError, match="name the target"):
        reset(argparse.Namespace())
