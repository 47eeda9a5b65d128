"""The command line as a user meets it: exit codes, and one line where something is wrong."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from reference.server import running
from tests.conformance import hostile
from tests.suite import ROOT, TOKEN, check

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

USAGE, NO_VERDICT = 2, 3
HERE = "--base-url=http://127.0.0.1:9/api/v2"


@pytest.mark.parametrize(
    ("arguments", "variables", "line"),
    [
        (["--base-url=nonsense"], {"TFE_TOKEN": TOKEN}, "is no URL"),
        (["--base-url=https://tfe.example/api/v2"], {"TFE_TOKEN": TOKEN}, "--disposable-account"),
        ([HERE], {}, "no token"),
        ([HERE], {"TFE_TOKEN": ""}, "is empty"),
        ([HERE], {"TFE_TOKEN": "a\nb"}, "newline"),
        ([HERE, "--token-file=/does/not/exist"], {}, "can't be read"),
        ([HERE, "--code-source=magic"], {"TFE_TOKEN": TOKEN}, "--code-source"),
        ([HERE, "--sms-number=me"], {"TFE_TOKEN": TOKEN}, "--sms-number"),
        ([HERE, "--rate=-1"], {"TFE_TOKEN": TOKEN}, "--rate"),
        (["--no-such-option"], {}, "--no-such-option"),
        ([HERE, "-n2"], {"TFE_TOKEN": TOKEN}, "name 2 variables"),
        ([HERE, "--token-env=A,B"], {"A": TOKEN, "B": f"{TOKEN}2"}, "-n"),
    ],
)
def test_a_wrong_option_is_one_line_and_exit_code_2(
    arguments: list[str], variables: dict[str, Any], line: str, tmp_path: Path
) -> None:
    done = check(tmp_path, *arguments, **variables)
    assert done.code == USAGE
    assert line in done.out
    assert "Traceback" not in done.out
    assert TOKEN not in done.out


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (hostile.saying("200 OK", b"<!doctype html><p>welcome", "Content-Type: text/html"), "answers with HTML"),
        (hostile.saying("200 OK", b"OK", "Content-Type: text/plain"), "no JSON"),
        (hostile.saying("404 Not Found", b"{}", "Content-Type: application/json"), "does --base-url include /api/v2?"),
        (hostile.saying("301 Moved", b"", "Location: https://x.example/"), "redirects"),
        (hostile.saying("401 Unauthorized", b"{}"), "refuses the token"),
        (hostile.saying("503 Service Unavailable", b"{}"), "is not there (503)"),
        (hostile.reset, "reset"),
        (hostile.NO_ANSWER["garbage"][0], "no HTTP"),
        (hostile.NO_ANSWER["endless-body"][0], "larger than"),
    ],
    ids=["html", "text", "not-found", "redirect", "token", "gateway", "reset", "garbage", "flood"],
)
def test_another_service_is_one_line_and_exit_code_3(
    answer: Callable[[socket.socket], None], line: str, tmp_path: Path
) -> None:
    with hostile.listening(answer) as url:
        done = check(tmp_path, f"--base-url={url}", TFE_TOKEN=TOKEN)
    assert done.code == NO_VERDICT
    assert line in done.out
    assert "Traceback" not in done.out
    assert done.results["exit_code"] == NO_VERDICT
    assert {found["verdict"] for found in done.results["requirements"]} == {"untested"}


def test_nobody_there_is_exit_code_3(tmp_path: Path) -> None:
    done = check(tmp_path, HERE, TFE_TOKEN=TOKEN)
    assert done.code == NO_VERDICT
    assert "no connection" in done.out


def test_the_reference_server_conforms(tmp_path: Path) -> None:
    done = check(tmp_path, "--strict")
    assert (done.code, done.results["verdict"]) == (0, "conformant")
    assert done.having("conforms") == {found["id"] for found in done.results["requirements"]}
    assert done.results["exchanges"] <= 530


def test_a_server_without_a_code_source_has_no_verdict_but_may_be_let_pass(tmp_path: Path) -> None:
    with running() as server:
        arguments = [f"--base-url={server.base_url}", "--sms-number=+12025550123"]
        done = check(tmp_path, *arguments, TFE_TOKEN=server.token)
        assert done.code == NO_VERDICT
        assert done.verdict("verify.accepted") == "untested"
        assert not done.having("violated")
        assert not done.having("inconclusive")
        assert check(tmp_path, *arguments, "--allow-untested", TFE_TOKEN=server.token).code == 0


def test_a_code_source_that_is_wrong_accuses_nobody(tmp_path: Path) -> None:
    with running() as server:
        arguments = [f"--base-url={server.base_url}", "--sms-number=+12025550123", "--code-source=static:31415926"]
        done = check(tmp_path, *arguments, TFE_TOKEN=server.token)
    assert done.code == NO_VERDICT
    assert not done.having("violated")
    assert done.verdict("verify.accepted") == "inconclusive"


def test_a_command_that_fails_accuses_nobody(tmp_path: Path) -> None:
    with running() as server:
        arguments = [f"--base-url={server.base_url}", "--code-source=command:false", "--code-timeout=1"]
        done = check(tmp_path, *arguments, TFE_TOKEN=server.token)
    assert done.code == NO_VERDICT
    assert "exit code 1" in done.out


def test_nothing_selected_is_no_verdict(tmp_path: Path) -> None:
    assert check(tmp_path, "-k", "no_such_test").code == NO_VERDICT


def test_the_same_seed_asks_the_same(tmp_path: Path) -> None:
    runs = [check(tmp_path / str(number), "--seed=7").results for number in range(2)]
    asked = [
        [
            (case["name"], [(sent["request"]["method"], sent["request"]["body"]) for sent in case["exchanges"]])
            for found in run["requirements"]
            for case in found["cases"]
        ]
        for run in runs
    ]
    assert asked[0] == asked[1]
    assert runs[0]["exchanges"] == runs[1]["exchanges"]


def test_what_the_user_has_around_changes_nothing(tmp_path: Path) -> None:
    """A folder with schemas, a conftest.py and a pytest.ini of the user's, and pytest options in the environment."""
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "__init__.py").write_text("raise SystemExit('the wrong schemas')")
    (tmp_path / "conftest.py").write_text("raise SystemExit('a conftest of the user')")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    done = check(
        tmp_path, "-k", "test_off_enable", cwd=tmp_path, PYTEST_ADDOPTS="--no-such-option", PYTEST_PLUGINS="none_such"
    )
    assert done.code == NO_VERDICT
    assert done.verdict("enable.accepted") == "conforms"


def installed_plugin(folder: Path) -> str:
    """A folder for the path in which another pytest plugin is installed, that would end any run it is loaded into."""
    (folder / "another-1.0.dist-info").mkdir(parents=True)
    (folder / "another-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: another\nVersion: 1.0\n")
    (folder / "another-1.0.dist-info" / "entry_points.txt").write_text("[pytest11]\nanother = another_plugin\n")
    (folder / "another_plugin.py").write_text("raise SystemExit('another plugin was loaded')\n")
    return str(folder)


def test_other_plugins_that_are_installed_are_not_loaded(tmp_path: Path) -> None:
    done = check(tmp_path, "-k", "test_off_enable", PYTHONPATH=installed_plugin(tmp_path / "site"))
    assert done.verdict("enable.accepted") == "conforms", done.out


def test_pytest_in_a_checkout_is_the_same_run(tmp_path: Path) -> None:
    with running() as server:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "--base-url",
                server.base_url,
                f"--report-dir={tmp_path}",
                "-k",
                "off_enable",
            ],
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={
                "TFE_TOKEN": server.token,
                "PATH": "/usr/bin:/bin",
                "PYTHONPATH": installed_plugin(tmp_path / "site"),
            },
        )
    assert done.returncode == NO_VERDICT, done.stdout + done.stderr
    assert (tmp_path / "report.html").exists()


def command(*arguments: str) -> str:
    main = [sys.executable, str(ROOT / "conformance" / "__main__.py"), *arguments]
    return subprocess.run(main, check=True, capture_output=True, text=True).stdout


def test_what_goes_to_pytest_may_stand_before_the_command() -> None:
    assert command("--color=no", "check", "--version").startswith("pytest ")


def test_the_other_commands() -> None:
    assert "enable.request.type" in command("requirements")
    assert command("requirements", "--format=markdown").startswith("| ID |")
    assert command("openapi").startswith("{")
    assert "disable-missing" in command("serve", "--list-faults")
    assert command("--version").startswith("tfe-conformance ")
